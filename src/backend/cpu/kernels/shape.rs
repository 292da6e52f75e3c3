//! Sizes, activations and the one error of the convolutions.

use std::fmt;

pub use crate::backend::Activation;

/// Sizes of a convolution with stride 1 whose output is as large as its input.
/// Inputs are `[batch, in_channels, height, width]`, outputs `[batch, out_channels, height, width]`, contiguous; all sizes are at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvShape {
    /// Images.
    pub batch: usize,
    /// Channels of the input.
    pub in_channels: usize,
    /// Channels of the output.
    pub out_channels: usize,
    /// Rows of an image.
    pub height: usize,
    /// Columns of an image.
    pub width: usize,
}

impl ConvShape {
    /// Numbers in the input.
    #[must_use]
    pub fn input_len(&self) -> usize {
        self.batch * self.in_channels * self.pixels()
    }
    /// Numbers in the output.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.batch * self.out_channels * self.pixels()
    }
    /// Numbers in a weight with `taps` (9 or 1) positions.
    #[must_use]
    pub fn weight_len(&self, taps: usize) -> usize {
        self.in_channels * self.out_channels * taps
    }
    /// Pixels of one image.
    #[must_use]
    pub fn pixels(&self) -> usize {
        self.height * self.width
    }
    /// The shape of the convolution that carries gradients back: channels swapped.
    #[must_use]
    pub fn transposed(&self) -> Self {
        Self { in_channels: self.out_channels, out_channels: self.in_channels, ..*self }
    }
    /// Multiplications and additions of a direct convolution.
    #[must_use]
    pub fn operations(&self, taps: usize) -> f64 {
        2.0 * self.output_len() as f64 * (self.in_channels * taps) as f64
    }

    pub(super) fn check(&self) -> Result<(), SizeError> {
        for (name, size) in [
            ("batch", self.batch),
            ("in_channels", self.in_channels),
            ("out_channels", self.out_channels),
            ("height", self.height),
            ("width", self.width),
        ] {
            if size == 0 {
                return Err(SizeError { name, expected: 1, found: 0 });
            }
        }
        Ok(())
    }
}

/// A slice whose length does not fit the shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SizeError {
    /// Which slice or size.
    pub name: &'static str,
    /// How many numbers it should hold; for a size, the least it may be.
    pub expected: usize,
    /// How many it holds.
    pub found: usize,
}

impl fmt::Display for SizeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} is {}, expected {}", self.name, self.found, self.expected)
    }
}

impl std::error::Error for SizeError {}

/// Checks that `slice` has `expected` numbers.
pub(super) fn check_len(name: &'static str, slice: &[f32], expected: usize) -> Result<(), SizeError> {
    if slice.len() == expected { Ok(()) } else { Err(SizeError { name, expected, found: slice.len() }) }
}

/// [`check_len`] where there is a slice.
pub(super) fn check_optional(name: &'static str, slice: Option<&[f32]>, expected: usize) -> Result<(), SizeError> {
    slice.map_or(Ok(()), |slice| check_len(name, slice, expected))
}
