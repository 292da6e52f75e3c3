//! The activation that generator and critic share.

use crate::backend::Activation;

/// The slope of every leaky rectifier on the negative side.
pub const SLOPE: f32 = 0.2;
/// The activation within blocks.
pub const ACTIVATION: Activation = Activation::LeakyRelu(SLOPE);
