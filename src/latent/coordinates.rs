//! A point of latent space in sigma units.
//!
//! Owns the type and its few operations; what the numbers mean for a model is the frame's business.

/// A point of latent space: one coordinate for each axis, in sigma units, axes sorted by influence.
///
/// The origin is the mean; under the model's Gaussian every coordinate is standard normal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Latent(pub Vec<f32>);

impl Latent {
    /// The mean: `dim` zeros.
    pub fn zeros(dim: usize) -> Self {
        Self(vec![0.0; dim])
    }

    /// Number of axes.
    pub fn dim(&self) -> usize {
        self.0.len()
    }

    /// Euclidean distance from the mean, in sigma units.
    pub fn radius(&self) -> f32 {
        self.0.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>().sqrt() as f32
    }

    /// Every coordinate multiplied by `factor`.
    pub fn scaled(&self, factor: f32) -> Self {
        Self(self.0.iter().map(|x| x * factor).collect())
    }

    /// Adds `amount` sigma along `axis` (counted from 0); an axis that is not there is left alone.
    pub fn shift(&mut self, axis: usize, amount: f32) {
        if let Some(coordinate) = self.0.get_mut(axis) {
            *coordinate += amount;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_radius_is_euclidean() {
        assert_eq!(Latent(vec![3.0, -4.0]).radius(), 5.0);
        assert_eq!(Latent::zeros(7).radius(), 0.0);
    }

    #[test]
    fn a_missing_axis_is_left_alone() {
        let mut latent = Latent::zeros(2);
        latent.shift(1, 0.5);
        latent.shift(2, 9.0);
        assert_eq!(latent, Latent(vec![0.0, 0.5]));
    }
}
