//! What the blocks of generator and critic are made of.

use serde::{Deserialize, Serialize};

use super::activation::SLOPE;
use crate::backend::FaceBackend;
use crate::models::layers::{Block, Conv1x1, Init, Linear};

/// What blocks are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BlockKind {
    /// x + conv(act(conv(x))), small at first.
    #[default]
    Fixup,
    /// The same with filters of which only the direction is learned, and a learned gain beside x.
    Normalised,
    /// act(conv(act(conv(x)))) with equalised learning rates; in the generator every pixel's features are brought to one length.
    Plain,
}

impl BlockKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Fixup, Self::Normalised, Self::Plain];

    /// The word that users write.
    pub fn word(self) -> &'static str {
        ["fixup", "normalised", "plain"][self as usize]
    }

    /// Whether this is the kind that is meant where none is named.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the weights that are learned are those that count: the bound of spectral normalisation is put on them.
    pub fn computes_with_its_weights(self) -> bool {
        self == Self::Fixup
    }

    /// Whether a block is the identity at first, so that a network can grow without a change.
    pub fn begins_as_identity(self) -> bool {
        self != Self::Plain
    }

    /// A block for `channels` C, as one of `blocks` of its network.
    pub(super) fn block<B: FaceBackend>(self, channels: usize, blocks: usize, is_of_generator: bool, init: &mut Init<B>) -> Block<B> {
        match self {
            Self::Fixup => Block::fixup(channels, blocks, SLOPE, init),
            Self::Normalised => Block::directions(channels, SLOPE, init),
            Self::Plain => Block::plain(channels, SLOPE, is_of_generator, init),
        }
    }

    /// A 1x1 convolution beside such blocks.
    pub(super) fn pointwise<B: FaceBackend>(self, channels: usize, filters: usize, init: &mut Init<B>) -> Conv1x1<B> {
        if self == Self::Plain { Conv1x1::equalised(channels, filters, init) } else { Conv1x1::normal(channels, filters, init) }
    }

    /// A linear layer beside such blocks.
    pub(super) fn linear<B: FaceBackend>(self, inputs: usize, outputs: usize, init: &mut Init<B>) -> Linear<B> {
        if self == Self::Plain { Linear::equalised(inputs, outputs, init) } else { Linear::normal(inputs, outputs, init) }
    }
}
