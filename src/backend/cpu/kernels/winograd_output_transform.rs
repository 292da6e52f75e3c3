//! `Y = A^T M A`: a block of products back from the Winograd domain into 4x4 tiles, through the epilogue, into rows of the output.

use super::epilogue::Epilogue;
use super::shared::SharedOutput;
use super::simd::Kernel;
use super::simd_interface::{Simd, column};
use super::tiles::{Block, FREQUENCIES, TILE, TileGrid};
use super::winograd_arithmetic::output_transform;
use std::ops::Range;

/// Transforms `range` of the output channels of one block.
pub struct OutputTransform<'a> {
    /// The images' tiles.
    pub grid: &'a TileGrid,
    /// Which of them; this thread owns their pixels of `output`.
    pub block: Block,
    /// Tiles rounded up to whole vectors: the length of a row of the products.
    pub stride: usize,
    /// Frequency `f` of channel `range.start + i` lies at `f * frequency_stride + i * stride`.
    pub products: &'a [f32],
    /// See `products`.
    pub frequency_stride: usize,
    /// Channels of the output.
    pub channels: usize,
    /// The channels to transform.
    pub range: Range<usize>,
    /// What else to do with the results; checked against the output.
    pub epilogue: &'a Epilogue<'a>,
    /// Working memory: `4 * 4 * stride` numbers.
    pub rows: &'a mut [f32],
    /// `[images, channels, height, width]`.
    pub output: SharedOutput<'a>,
}

impl Kernel for OutputTransform<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        let Self { grid, block, .. } = self;
        assert!(self.stride.is_multiple_of(S::LANES) && block.rows * grid.tile_columns <= self.stride);
        assert!(self.rows.len() >= TILE * TILE * self.stride);
        assert!(self.range.end <= self.channels && block.first + block.rows <= grid.total_rows);
        let images = grid.total_rows / grid.tile_rows;
        assert!(self.output.len() >= images * self.channels * grid.height * grid.width);
        assert!(self.frequency_stride >= self.range.len() * self.stride);
        assert!(self.products.len() >= (FREQUENCIES - 1) * self.frequency_stride + self.range.len() * self.stride);
        for channel in self.range.clone() {
            // SAFETY: the sizes were checked above.
            unsafe {
                self.transform(simd, channel - self.range.start);
                self.write(simd, channel);
            }
        }
    }
}

impl OutputTransform<'_> {
    /// Fills the row buffer with one channel's results: four rows that hold the block's tile rows side by side.
    #[inline(always)]
    unsafe fn transform<S: Simd>(&mut self, simd: S, position: usize) {
        let Self { stride, frequency_stride, .. } = *self;
        let mut tile = 0;
        while tile < stride {
            // SAFETY: tiles tile..tile + LANES lie inside the products and the row buffer.
            unsafe {
                let source = self.products.as_ptr().add(position * stride + tile);
                let mut halves = [[simd.zero(); 4]; 6];
                for (i, half) in halves.iter_mut().enumerate() {
                    *half = output_transform(simd, simd.load_rows(source.add(6 * i * frequency_stride), frequency_stride));
                }
                let mut columns = [[simd.zero(); 4]; 4];
                for (j, values) in columns.iter_mut().enumerate() {
                    *values = output_transform(simd, column(&halves, j));
                }
                for i in 0..TILE {
                    let row = self.rows.as_mut_ptr().add(i * TILE * stride + TILE * tile);
                    simd.store_rows(row, S::LANES, simd.interleave4(column(&columns, i)));
                }
            }
            tile += S::LANES;
        }
    }

    /// Writes the row buffer to one channel of the output.
    #[inline(always)]
    unsafe fn write<S: Simd>(&self, simd: S, channel: usize) {
        let Self { grid, block, stride, .. } = *self;
        let bias = self.epilogue.bias_of(channel);
        for index in 0..block.rows {
            let place = grid.row(block.first + index);
            let offset = (place.image * self.channels + channel) * grid.height * grid.width + place.top * grid.width;
            for i in 0..TILE.min(grid.height - place.top) {
                // SAFETY: the row lies inside the image and belongs to this thread's block; the buffer holds its `width` results.
                unsafe {
                    let results = self.rows.as_ptr().add(i * TILE * stride + index * grid.tile_columns * TILE);
                    self.epilogue.write(simd, results, bias, self.output, offset + i * grid.width, grid.width);
                }
            }
        }
    }
}
