//! Convolutions and elementwise operations for a few CPU cores.
//!
//! - `simd_interface`, `simd` and `simd_*`: vectors, the choice at run time among the instruction sets behind them, and these.
//! - `shape`: sizes, activations, errors; `scratch`: buffers that live between calls; `shared`: one output, many threads.
//! - `multiply`: the small matrix products inside every convolution; `prefetch`: memory asked for meanwhile;
//!   `epilogue`: what happens to a convolution's result on its way out.
//! - `conv3x3`: 3x3 convolutions and their gradients, on top of `tiles`, `winograd_*`.
//! - `conv1x1`: 1x1 convolutions and their gradients, on top of `pixels`, `pointwise_*`.
//! - `elementwise`: pooling, upsampling, activations, sums; `adamw`: the optimiser's step.

pub mod adamw;
pub mod conv1x1;
pub mod conv3x3;
pub mod elementwise;
mod epilogue;
mod multiply;
mod pixels;
mod pointwise_convolution;
mod pointwise_weight_gradient;
mod prefetch;
mod scratch;
pub mod shape;
mod shared;
pub mod simd;
#[cfg(target_arch = "x86_64")]
mod simd_avx2;
#[cfg(target_arch = "x86_64")]
mod simd_avx512;
pub mod simd_interface;
#[cfg(target_arch = "aarch64")]
mod simd_neon;
mod simd_portable;
#[cfg(test)]
mod tests;
mod tiles;
mod winograd_arithmetic;
mod winograd_channel_transform;
mod winograd_convolution;
mod winograd_gradient_transform;
mod winograd_input_transform;
mod winograd_output_transform;
mod winograd_weight_gradient;
mod winograd_weights;
