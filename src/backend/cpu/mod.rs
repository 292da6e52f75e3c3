//! The processor: burn-flex tensors, with the operations of face models done by kernels of our own.
//!
//! Owns the kernels, the memory of their results, and the way between them and burn-flex.

mod buffers;
mod flex;
pub mod kernels;

pub use buffers::release_idle_memory;
pub use flex::simd_level;
