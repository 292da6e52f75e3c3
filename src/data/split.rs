//! Which faces are for training, for validation and for testing.
//!
//! Owns the numbers that files use and the choices that users have.

use clap::ValueEnum;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// The face is for training.
pub const TRAIN: u8 = 0;
/// The face is for validation.
pub const VALID: u8 = 1;
/// The face is for testing.
pub const TEST: u8 = 2;
/// The face was not assigned.
pub const NONE: u8 = 255;

/// Of every hundred faces, this many are for validation and as many for testing where no partition is given.
const HELD_OUT_PERCENT: usize = 5;

/// Which faces of a cache are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SplitChoice {
    /// Those marked for training.
    Train,
    /// Those marked for validation.
    Valid,
    /// Those marked for testing.
    Test,
    /// Every face.
    All,
}

impl SplitChoice {
    /// The word that users write.
    pub fn word(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Valid => "valid",
            Self::Test => "test",
            Self::All => "all",
        }
    }

    /// True where a face with this mark is used.
    pub fn takes(self, mark: u8) -> bool {
        match self {
            Self::Train => mark == TRAIN,
            Self::Valid => mark == VALID,
            Self::Test => mark == TEST,
            Self::All => true,
        }
    }

    /// What a model is fitted on by default: the training faces where any face is marked so, else all.
    pub fn default_for_fitting(marks: &[u8]) -> Self {
        if marks.contains(&TRAIN) { Self::Train } else { Self::All }
    }
}

/// Marks for `count` faces: 90 % train, 5 % valid, 5 % test, shuffled by a fixed seed.
pub fn seeded_split(count: usize) -> Vec<u8> {
    let held_out = (count * HELD_OUT_PERCENT + 50) / 100;
    let mut marks = vec![TRAIN; count];
    marks[..held_out.min(count)].fill(VALID);
    marks[held_out.min(count)..(2 * held_out).min(count)].fill(TEST);
    marks.shuffle(&mut ChaCha8Rng::seed_from_u64(0));
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seeded_split_is_ninety_five_five_and_repeats() {
        let marks = seeded_split(1000);
        let count = |mark| marks.iter().filter(|m| **m == mark).count();
        assert_eq!((count(TRAIN), count(VALID), count(TEST)), (900, 50, 50));
        assert_eq!(marks, seeded_split(1000));
        assert!(marks[..100].contains(&VALID) && marks[900..].contains(&VALID), "the marks are spread");
        for count in 0..30 {
            assert_eq!(seeded_split(count).len(), count);
        }
    }

    #[test]
    fn fitting_takes_the_training_faces_where_there_are_any() {
        assert_eq!(SplitChoice::default_for_fitting(&[VALID, TRAIN]), SplitChoice::Train);
        assert_eq!(SplitChoice::default_for_fitting(&[NONE, VALID]), SplitChoice::All);
    }
}
