//! The step of a training that a keyframe names: by its number, or the first or last that there is.
//!
//! Owns how it is written. Which steps a run has is not known here.

use std::fmt;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const FIRST: &str = "first";
const LAST: &str = "last";

/// A step of a training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrainingStep {
    /// The first of which there is a model.
    First,
    /// The last of which there is a model.
    Last,
    /// After so many steps.
    At(u64),
}

impl TrainingStep {
    /// Its number in a run with models from `first` to `last`; what lies before or after them is the nearest that there is.
    pub fn number(self, first: u64, last: u64) -> u64 {
        match self {
            Self::First => first,
            Self::Last => last,
            Self::At(step) => step.clamp(first, last),
        }
    }
}

impl Serialize for TrainingStep {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::First => serializer.serialize_str(FIRST),
            Self::Last => serializer.serialize_str(LAST),
            Self::At(step) => serializer.serialize_u64(*step),
        }
    }
}

impl<'de> Deserialize<'de> for TrainingStep {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Step;
        impl Visitor<'_> for Step {
            type Value = TrainingStep;

            fn expecting(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(text, "a training step (a whole number, \"{FIRST}\" or \"{LAST}\")")
            }

            fn visit_u64<E: Error>(self, step: u64) -> Result<TrainingStep, E> {
                Ok(TrainingStep::At(step))
            }

            fn visit_str<E: Error>(self, word: &str) -> Result<TrainingStep, E> {
                match word {
                    FIRST => Ok(TrainingStep::First),
                    LAST => Ok(TrainingStep::Last),
                    other => Err(E::invalid_value(Unexpected::Str(other), &self)),
                }
            }
        }
        deserializer.deserialize_any(Step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_numbers_or_one_of_two_words() {
        for (text, step) in [("5000", TrainingStep::At(5000)), ("\"first\"", TrainingStep::First), ("\"last\"", TrainingStep::Last)] {
            assert_eq!(ron::from_str::<TrainingStep>(text).unwrap(), step);
            assert_eq!(ron::to_string(&step).unwrap(), text);
        }
        for text in ["-5", "1.5", "\"third\"", "[1]"] {
            let error = ron::from_str::<TrainingStep>(text).unwrap_err().to_string();
            assert!(error.contains("a training step"), "{text}: {error}");
        }
    }

    #[test]
    fn what_a_run_does_not_reach_is_the_nearest() {
        let numbers = [TrainingStep::First, TrainingStep::Last, TrainingStep::At(50), TrainingStep::At(1), TrainingStep::At(900)];
        assert_eq!(numbers.map(|step| step.number(10, 400)), [10, 400, 50, 10, 400]);
    }
}
