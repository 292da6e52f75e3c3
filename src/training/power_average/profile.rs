//! How the past counts in an average of weights: in proportion to a power of the time at which it was.
//!
//! At time T the weights of time t count p(t) = (g + 1) t^g / T^(g + 1): the longer the training, the longer the stretch that is averaged,
//! and the beginning is forgotten. A length is relative: the standard deviation of t under p, divided by T. Time is counted in faces, from
//! where the average began.

use std::ops::RangeInclusive;

/// The relative lengths of the two averages that every training keeps.
pub const TRACKED: [f64; 2] = [0.05, 0.10];
/// The relative lengths that can be chosen afterwards.
pub const LENGTHS: RangeInclusive<f64> = 0.02..=0.25;

/// How the past counts in the average of a moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Profile {
    /// The power of time.
    exponent: f64,
    /// The moment T, in faces; positive.
    time: f64,
}

impl Profile {
    /// The profile of a relative `length`, above 0 and at most that of plain averaging (0.28), at a moment after `time` faces.
    pub fn new(length: f64, time: f64) -> Self {
        Self { exponent: exponent_of(length), time }
    }

    /// How much of an average stays when `faces` more are seen, of `time` in the end.
    pub fn decay(length: f64, faces: f64, time: f64) -> f64 {
        (1.0 - faces / time).clamp(0.0, 1.0).powf(exponent_of(length) + 1.0)
    }

    /// The integral over all time of the product with another profile, in 1 / faces.
    pub fn product(&self, other: &Self) -> f64 {
        let (early, late) = if self.time <= other.time { (self, other) } else { (other, self) };
        // Both are 0 after the earlier moment, and powers of t before it.
        let height = (early.exponent + 1.0) * (late.exponent + 1.0) / (early.exponent + late.exponent + 1.0);
        height * (early.time / late.time).powf(late.exponent) / late.time
    }

    /// The mean of the times that count, in faces.
    #[cfg(test)]
    pub(super) fn mean(&self) -> f64 {
        self.time * (self.exponent + 1.0) / (self.exponent + 2.0)
    }
}

/// The standard deviation of t / T where t counts in proportion to t^exponent: that of a beta distribution.
fn length_of(exponent: f64) -> f64 {
    (exponent + 1.0).sqrt() / ((exponent + 2.0) * (exponent + 3.0).sqrt())
}

/// The exponent, from 0, whose profile has a relative length; lengths fall as exponents rise.
fn exponent_of(length: f64) -> f64 {
    let (mut least, mut most) = (0.0, 1.0);
    while length_of(most) > length && most < 1e9 {
        most *= 2.0;
    }
    // As often as there are bits to be found.
    for _ in 0..60 {
        let middle = 0.5 * (least + most);
        if length_of(middle) > length { least = middle } else { most = middle }
    }
    0.5 * (least + most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents_and_lengths_are_those_of_the_paper() {
        for (length, exponent) in [(0.05, 16.97), (0.10, 6.94)] {
            assert!((exponent_of(length) - exponent).abs() < 5e-3, "{length}: {}", exponent_of(length));
        }
        let lengths: Vec<f64> = (0..=46).map(|n| 0.02 + 0.005 * f64::from(n)).collect();
        assert!(lengths.iter().all(|length| (length_of(exponent_of(*length)) - length).abs() < 1e-9));
        assert!(lengths.windows(2).all(|pair| exponent_of(pair[0]) > exponent_of(pair[1])), "the shorter, the steeper");
        assert!(exponent_of(0.2886).abs() < 0.01, "plain averaging is the longest");
    }

    /// The integral of f over 0 to 1, by the middles of so many parts.
    fn integral(f: impl Fn(f64) -> f64) -> f64 {
        const PARTS: u32 = 200_000;
        (0..PARTS).map(|n| f((f64::from(n) + 0.5) / f64::from(PARTS))).sum::<f64>() / f64::from(PARTS)
    }

    fn at(profile: &Profile, t: f64) -> f64 {
        let Profile { exponent, time } = *profile;
        if t <= time { (exponent + 1.0) * (t / time).powf(exponent) / time } else { 0.0 }
    }

    #[test]
    fn products_are_the_integrals() {
        for (a, b) in [((0.05, 1.0), (0.10, 1.0)), ((0.05, 0.7), (0.25, 0.9)), ((0.25, 0.9), (0.05, 0.7)), ((0.02, 0.2), (0.1, 0.8))] {
            let [a, b] = [a, b].map(|(length, time)| Profile::new(length, time));
            let numeric = integral(|t| at(&a, t) * at(&b, t));
            assert!((a.product(&b) - numeric).abs() < 1e-4 * numeric.max(1e-3), "{a:?} {b:?}: {} {numeric}", a.product(&b));
            assert_eq!(a.product(&b), b.product(&a));
        }
    }

    #[test]
    fn the_length_is_the_standard_deviation_of_what_counts() {
        for length in [0.02, 0.05, 0.1, 0.25] {
            let profile = Profile::new(length, 1.0);
            let mean = integral(|t| t * at(&profile, t));
            let variance = integral(|t| (t - mean).powi(2) * at(&profile, t));
            assert!((integral(|t| at(&profile, t)) - 1.0).abs() < 1e-4);
            assert!((variance.sqrt() - length).abs() < 1e-4, "{length}: {}", variance.sqrt());
        }
    }

    #[test]
    fn decays_compose_to_the_profile() {
        // One update of many faces, or many of one: what was before counts the same.
        let (length, steps) = (0.1, 50);
        let one = Profile::decay(length, 50.0, 150.0);
        let many: f64 = (0..steps).map(|n| Profile::decay(length, 1.0, 101.0 + f64::from(n))).product();
        assert!((one - many).abs() < 1e-12);
        assert_eq!(Profile::decay(length, 32.0, 32.0), 0.0, "the first network counts whole");
    }
}
