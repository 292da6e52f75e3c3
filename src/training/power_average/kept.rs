//! Averages as plain data, and as named tensors in a file.
//!
//! Counts stand in files as two numbers of 24 bits each, which f32 holds exactly.

use crate::models::{Precision, WeightError, Weights};

/// Before the names of the tensors of each average, the shorter first.
const PREFIXES: [&str; 2] = ["short.", "long."];
/// How many faces they have taken in.
const FACES: &str = "averages.faces";
/// How many came after that.
const PENDING: &str = "averages.pending";
/// The lower half of a count.
const HALF: u64 = 1 << 24;

/// Two averages of a network's weights, of the lengths that are tracked, the shorter first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeptAverages {
    /// Faces that they have taken in, from where they began.
    pub faces: u64,
    /// Faces that came after that.
    pub pending: u64,
    /// The averages.
    pub weights: [Weights; 2],
}

impl KeptAverages {
    /// All of it as named tensors, the averages at a precision.
    pub fn to_weights(&self, precision: Precision) -> Weights {
        let mut file = Weights::default();
        for (prefix, weights) in PREFIXES.iter().zip(&self.weights) {
            file.extend(prefix, weights.clone().at(precision));
        }
        insert_count(&mut file, FACES, self.faces);
        insert_count(&mut file, PENDING, self.pending);
        file
    }

    /// From named tensors; others than those are passed over.
    ///
    /// # Errors
    /// [`WeightError`] where counts are missing.
    pub fn from_weights(file: &Weights) -> Result<Self, WeightError> {
        let weights = PREFIXES.map(|prefix| file.under(prefix));
        Ok(Self { faces: count_in(file, FACES)?, pending: count_in(file, PENDING)?, weights })
    }

    /// The name of the first tensor with a number that is infinite or none.
    pub fn first_not_finite(&self) -> Option<&str> {
        self.weights.iter().find_map(Weights::first_not_finite)
    }
}

/// Adds a count, below 2^48.
pub fn insert_count(file: &mut Weights, name: &str, count: u64) {
    file.insert(name, &[2], vec![(count / HALF) as f32, (count % HALF) as f32], Precision::Single);
}

/// Reads a count.
///
/// # Errors
/// [`WeightError`] where it is missing.
pub fn count_in(file: &Weights, name: &str) -> Result<u64, WeightError> {
    let halves = file.get(name, &[2])?;
    Ok(halves[0].max(0.0) as u64 * HALF + halves[1].max(0.0) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_survive_the_round_trip() {
        let mut short = Weights::default();
        short.insert("generator.basis", &[2], vec![0.1, -1.5], Precision::Single);
        let mut long = Weights::default();
        long.insert("generator.basis", &[2], vec![0.3, 2.5], Precision::Single);
        let kept = KeptAverages { faces: 123_456_789_012, pending: 33_554_433, weights: [short, long] };
        let read = |precision| Weights::from_safetensors(&kept.to_weights(precision).to_safetensors()).unwrap();
        assert_eq!(KeptAverages::from_weights(&read(Precision::Single)).unwrap(), kept);
        let half = KeptAverages::from_weights(&read(Precision::Half)).unwrap();
        assert_eq!((half.faces, half.pending), (kept.faces, kept.pending), "counts are exact at any precision");
        assert!((half.weights[0].values("generator.basis")[0] - 0.1).abs() < 1e-4);
        assert!(KeptAverages::from_weights(&Weights::default()).is_err());
    }
}
