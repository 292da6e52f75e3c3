//! What one chooses of a GAN by word: the objective, the recipe, whose turn it is.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::training::held::held_as_word;
use crate::training::knob::Choice;

/// What critic and generator play for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Objective {
    /// Real faces against fake ones in pairs, with R1 and R2 (Huang et al. 2024, R3GAN): stable, keeps all modes.
    #[default]
    Rpgan,
    /// The Wasserstein distance with a gradient penalty (Gulrajani et al. 2017): the classic.
    WganGp,
    /// Margins with spectral normalisation (Miyato et al. 2018): the cheapest step.
    Hinge,
}

impl Objective {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Rpgan, Self::WganGp, Self::Hinge];
    /// In the same order: what users write, how panels write it, and what it means.
    pub(super) const CHOICES: &'static [Choice] = &[
        Choice {
            word: "rpgan",
            label: "RpGAN",
            help: "Real faces against fake ones in pairs, with R1 and R2 (Huang et al. 2024, R3GAN): stable, keeps all modes",
        },
        Choice {
            word: "wgan-gp",
            label: "WGAN-GP",
            help: "The Wasserstein distance with a gradient penalty (Gulrajani et al. 2017): the classic",
        },
        Choice { word: "hinge", label: "Hinge", help: "Margins with spectral normalisation (Miyato et al. 2018): the cheapest step" },
    ];

    /// The word that users write.
    pub fn word(self) -> &'static str {
        Self::CHOICES[self as usize].word
    }

    /// Whether it takes a gradient penalty at all.
    pub fn has_penalty(self) -> bool {
        self != Self::Hinge
    }

    /// Whether the weight of its penalty falls while it trains.
    pub fn penalty_falls(self) -> bool {
        self == Self::Rpgan
    }
}

held_as_word!(Objective);

/// Which of the two networks learns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Turns {
    /// Both, in turns.
    #[default]
    Both,
    /// The critic only: what could it tell apart, given time?
    Critic,
    /// The generator only: what does this critic let pass?
    Generator,
}

impl Turns {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Both, Self::Critic, Self::Generator];
    /// In the same order: what users write, what panels name it, and what one learns from it.
    pub(super) const CHOICES: &'static [Choice] = &[
        Choice { word: "both", label: "Both", help: "Critic and generator learn in turns, as a GAN does" },
        Choice {
            word: "critic",
            label: "Critic only",
            help: "The generator stands still. What could the critic tell apart, given time? Where its accuracy soon comes near 1, it \
                   still has much to teach; where it stays low, the fakes are as good as this critic can see",
        },
        Choice {
            word: "generator",
            label: "Generator only",
            help: "The critic stands still. What does it let pass? The samples drift to what this critic takes for real: its blind \
                   spots, and often fewer and fewer kinds of faces",
        },
    ];

    /// The word that users write.
    pub fn word(self) -> &'static str {
        Self::CHOICES[self as usize].word
    }
}

held_as_word!(Turns);

/// What the other settings begin with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Recipe {
    /// Real faces against fake ones in pairs, with R1 and R2, on residual blocks.
    #[default]
    Modern,
    /// WGAN-GP, growing, equalised learning rate, pixel norm, minibatch deviation (Karras et al. 2018).
    Progressive,
}

impl Recipe {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Modern, Self::Progressive];
    /// In the same order: what users write, how panels write it, and what it means.
    pub(super) const CHOICES: &'static [Choice] = &[
        Choice {
            word: "modern",
            label: "Modern",
            help: "Real faces against fake ones in pairs, R1 and R2, residual blocks (Huang et al. 2024)",
        },
        Choice {
            word: "progressive",
            label: "Progressive",
            help: "WGAN-GP on networks that grow, with equalised learning rates, pixel norm and batch deviation (Karras et al. 2018)",
        },
    ];

    /// The word that users write.
    pub fn word(self) -> &'static str {
        Self::CHOICES[self as usize].word
    }
}

held_as_word!(Recipe);
