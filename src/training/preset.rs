//! How large a network is, in a word. What the word comes to is the business of each kind.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::held::held_as_word;

/// How large a network is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// Learns while one watches, on two cores.
    Tiny,
    /// For an hour or a few on two cores.
    #[default]
    Small,
    /// For a graphics card, or a night.
    Medium,
}

impl Preset {
    /// All of them, smallest first.
    pub const ALL: [Self; 3] = [Self::Tiny, Self::Small, Self::Medium];

    /// The word that users write.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tiny => "tiny",
            Self::Small => "small",
            Self::Medium => "medium",
        }
    }
}

held_as_word!(Preset);
