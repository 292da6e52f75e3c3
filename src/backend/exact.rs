//! A reference backend for tests: no kernel of ours, convolutions as plain sums, in f64.
//!
//! The precision belongs to the device, which all of burn-ndarray share: no test may use it in f32 beside this.

use burn_ndarray::NdArray;

use super::FaceBackend;

/// Plain sums in f64.
pub type Exact = NdArray<f64>;

impl FaceBackend for Exact {}
