//! `A dy A^T`: a block of 4x4 output-gradient tiles into the Winograd domain, for the weight gradient; and their sums, for the
//! bias gradient.
//! Works like [`super::winograd_input_transform`], without a border.

use super::simd::Kernel;
use super::simd_interface::Simd;
use super::tiles::{Block, FREQUENCIES, ROW_PAD, TILE, TileGrid};
use super::winograd_arithmetic::gradient_transform;
use std::ops::Range;

/// Transforms `range` of the channels of one block.
pub struct GradientTransform<'a> {
    /// The images' tiles.
    pub grid: &'a TileGrid,
    /// Which of them.
    pub block: Block,
    /// Tiles rounded up to whole vectors: the length of a row of the result.
    pub stride: usize,
    /// `[images, channels, height, width]`.
    pub gradient: &'a [f32],
    /// Channels of the gradient.
    pub channels: usize,
    /// The channels to transform.
    pub range: Range<usize>,
    /// Working memory: `6 * row_len + width` numbers.
    pub rows: &'a mut [f32],
    /// Numbers in one row of it.
    pub row_len: usize,
    /// The result: frequency `f` of channel `range.start + i` lies at `f * frequency_stride + i * stride`.
    pub target: &'a mut [f32],
    /// See `target`.
    pub frequency_stride: usize,
    /// The sum over the block's pixels is added to the number of each channel (of all channels, not of `range`).
    pub sums: &'a mut [f64],
}

impl Kernel for GradientTransform<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        let Self { grid, block, .. } = self;
        assert!(self.stride.is_multiple_of(S::LANES) && block.rows * grid.tile_columns <= self.stride);
        assert!(self.row_len >= ROW_PAD + TILE * self.stride + 2 * ROW_PAD);
        assert!(self.rows.len() >= 6 * self.row_len + grid.width && self.sums.len() >= self.range.end);
        assert!(self.range.end <= self.channels && block.first + block.rows <= grid.total_rows);
        let images = grid.total_rows / grid.tile_rows;
        assert!(self.gradient.len() >= images * self.channels * grid.height * grid.width);
        assert!(self.frequency_stride >= self.range.len() * self.stride);
        assert!(self.target.len() >= (FREQUENCIES - 1) * self.frequency_stride + self.range.len() * self.stride);
        self.rows.fill(0.0);
        for channel in self.range.clone() {
            // SAFETY: the sizes were checked above.
            unsafe {
                self.sums[channel] += f64::from(self.vertical(simd, channel));
                self.horizontal(simd, channel - self.range.start);
            }
        }
    }
}

impl GradientTransform<'_> {
    /// Fills the row buffer with the block's tile rows of one channel and returns the sum of their pixels.
    #[inline(always)]
    unsafe fn vertical<S: Simd>(&mut self, simd: S, channel: usize) -> f32 {
        let Self { grid, block, row_len, .. } = *self;
        let buffer = self.rows.as_mut_ptr();
        let mut sum = simd.zero();
        for index in 0..block.rows {
            let place = grid.row(block.first + index);
            // SAFETY: image, channel and the rows that exist lie inside the gradient; the other rows are the zeros at the buffer's end.
            // A row of the buffer has room for the last vector of the last tile row.
            unsafe {
                let plane = self.gradient.as_ptr().add((place.image * self.channels + channel) * grid.height * grid.width);
                let zeros = buffer.add(6 * row_len).cast_const();
                let sources: [*const f32; 4] =
                    std::array::from_fn(|i| if place.top + i < grid.height { plane.add((place.top + i) * grid.width) } else { zeros });
                let target = buffer.add(ROW_PAD + index * grid.tile_columns * TILE);
                let mut x = 0;
                while x < grid.width {
                    let mut values = [sum; 4];
                    for (value, row) in values.iter_mut().zip(sources) {
                        let whole = x + S::LANES <= grid.width;
                        *value = if whole { simd.load(row.add(x)) } else { simd.load_partial(row.add(x), grid.width - x) };
                    }
                    sum = simd.add(sum, simd.add(simd.add(values[0], values[1]), simd.add(values[2], values[3])));
                    simd.store_rows(target.add(x), row_len, gradient_transform(simd, values));
                    x += S::LANES;
                }
            }
        }
        simd.sum(sum)
    }

    /// Transforms the row buffer's rows and writes all frequencies of one channel.
    #[inline(always)]
    unsafe fn horizontal<S: Simd>(&mut self, simd: S, position: usize) {
        let Self { stride, row_len, frequency_stride, .. } = *self;
        let mut tile = 0;
        while tile < stride {
            for i in 0..6 {
                // SAFETY: tiles tile..tile + LANES lie inside the row buffer and the target.
                unsafe {
                    let row = self.rows.as_ptr().add(i * row_len + ROW_PAD + TILE * tile);
                    let quarters = simd.deinterleave4(simd.load_rows(row, S::LANES));
                    let target = self.target.as_mut_ptr().add(position * stride + tile);
                    simd.store_rows(target.add(6 * i * frequency_stride), frequency_stride, gradient_transform(simd, quarters));
                }
            }
            tile += S::LANES;
        }
    }
}
