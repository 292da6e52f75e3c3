//! How long a training is planned to be, and when it is written down.

use serde::{Deserialize, Serialize};

/// How long a training is planned to be, over all its sittings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Budget {
    /// So many faces seen.
    Images(u64),
    /// So many seconds of training; pauses do not count.
    Seconds(f64),
}

impl Default for Budget {
    fn default() -> Self {
        Self::Images(500_000)
    }
}

impl std::fmt::Display for Budget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Images(total) => write!(f, "{total} faces"),
            Self::Seconds(total) => write!(f, "{total:.0} s"),
        }
    }
}

impl Budget {
    /// The share that is used, from 0; 1 and more means done.
    pub fn share(&self, images: u64, seconds: f64) -> f64 {
        match self {
            Self::Images(total) => images as f64 / (*total).max(1) as f64,
            Self::Seconds(total) => seconds / total.max(1e-9),
        }
    }
}

/// When the state of a training is written down.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckpointPlan {
    /// At least every so many steps.
    pub steps: u64,
    /// At least every so many seconds.
    pub seconds: f64,
    /// How many of the newest are kept, besides the best.
    pub newest: usize,
}

impl Default for CheckpointPlan {
    fn default() -> Self {
        Self { steps: 500, seconds: 60.0, newest: 3 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_budgets() {
        assert_eq!(Budget::Images(200).share(50, 1e9), 0.25);
        assert_eq!(Budget::Seconds(60.0).share(0, 90.0), 1.5);
    }
}
