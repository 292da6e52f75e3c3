//! The kinds of models, and the table of facts about each.
//!
//! Whoever wants to know what a kind can do asks for a fact, not for the kind.

use crate::latent::Walk;

/// The kinds of models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ModelKind {
    /// A convolutional autoencoder with a Gaussian fitted to its codes.
    Autoencoder,
    /// The generator of a generative adversarial network.
    Gan,
    /// Principal component analysis: a Gaussian with a linear decoder.
    Pca,
}

/// What there is to know of a kind.
#[derive(Debug)]
pub struct KindFacts {
    /// The word that files use.
    pub key: &'static str,
    /// The short name that users read.
    pub label: &'static str,
    /// What it is, and how long it takes to make one, for somebody who chooses.
    pub summary: &'static str,
    /// Whether it finds codes of faces.
    pub has_encoder: bool,
    /// Whether codes of faces are searched for instead: by inversion of its generator.
    pub is_inverted: bool,
    /// How a journey leads through its latent space.
    pub walk: Walk,
    /// What it knows the probability of.
    pub density: Density,
    /// Whether a mixture of Gaussians can stand for its codes.
    pub mixture: MixtureFact,
    /// Whether faces are weighted sums of its axes.
    pub is_linear: bool,
    /// Whether its axes can be shown as they are in the network as well.
    pub has_axis_choice: bool,
}

/// What a kind knows the probability of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Density {
    /// Of nothing.
    None,
    /// Of codes, and not of the pictures that they stand for.
    Codes,
    /// Of pictures, exactly.
    Pictures,
}

/// Whether a mixture of Gaussians can stand for the codes of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MixtureFact {
    /// It can.
    Fits,
    /// Its codes are one Gaussian already.
    OneGaussian,
    /// Without an encoder there are no codes of faces to fit one to.
    NoEncoder,
}

const AUTOENCODER: KindFacts = KindFacts {
    key: "autoencoder",
    label: "Autoencoder",
    summary: "A convolutional network that learns to write faces down in a few numbers; minutes to hours",
    has_encoder: true,
    is_inverted: false,
    walk: Walk::Straight,
    density: Density::Codes,
    mixture: MixtureFact::Fits,
    is_linear: false,
    has_axis_choice: false,
};
const GAN: KindFacts = KindFacts {
    key: "gan",
    label: "GAN",
    summary: "A generator that learns to pass a critic: sharper faces than an autoencoder's, but a photo's place has to be searched for; hours",
    has_encoder: false,
    is_inverted: true,
    // A generator has only seen latents at the distance of a normal from the mean.
    walk: Walk::Around,
    density: Density::None,
    mixture: MixtureFact::NoEncoder,
    is_linear: false,
    has_axis_choice: true,
};
const PCA: KindFacts = KindFacts {
    key: "pca",
    label: "PCA",
    summary: "Principal components: the best linear axes, computed in seconds",
    has_encoder: true,
    is_inverted: false,
    walk: Walk::Straight,
    density: Density::Pictures,
    mixture: MixtureFact::OneGaussian,
    is_linear: true,
    has_axis_choice: false,
};

impl ModelKind {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Autoencoder, Self::Gan, Self::Pca];

    /// What there is to know of it.
    pub fn facts(self) -> &'static KindFacts {
        match self {
            Self::Autoencoder => &AUTOENCODER,
            Self::Gan => &GAN,
            Self::Pca => &PCA,
        }
    }

    /// The short name that users read.
    pub fn label(self) -> &'static str {
        self.facts().label
    }

    /// The word that files use.
    pub fn key(self) -> &'static str {
        self.facts().key
    }

    /// The kind that files name with this word.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }
}
