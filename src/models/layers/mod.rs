//! The layers that networks are made of: 3x3 and 1x1 convolutions, linear layers, residual blocks.
//!
//! Owns their parameters and forward passes. Resolution changes by average-pool and nearest neighbours only.

mod block;
mod conv;
mod init;
mod linear;
mod parameters;
mod residual;
mod walk;
mod weighting;

pub use block::Block;
pub use conv::{Conv1x1, Conv3x3};
pub use init::Init;
pub use linear::Linear;
pub use parameters::{load_parameters, store_parameters};
pub use residual::ResidualBlock;
pub use walk::{ParameterMapper, ParameterVisitor, map_parameters, visit_parameters};
pub use weighting::normalised;
