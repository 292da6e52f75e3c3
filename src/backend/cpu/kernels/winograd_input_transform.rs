//! `V = B^T d B`: a block of 6x6 input tiles (stride 4, one pixel of zero padding) into the Winograd domain.
//!
//! For each channel, the vertical half of the transform runs over whole image rows (columns as lanes) into a buffer that holds
//! the block's tile
//! rows side by side; the horizontal half takes that buffer apart by four, which makes tiles the lanes. No gathers.

use super::shape::Activation;
use super::simd::Kernel;
use super::simd_interface::Simd;
use super::tiles::{Block, FREQUENCIES, ROW_PAD, TILE, TileGrid};
use super::winograd_arithmetic::input_transform;
use std::ops::Range;

/// Transforms `range` of the channels of one block.
pub struct InputTransform<'a> {
    /// The images' tiles.
    pub grid: &'a TileGrid,
    /// Which of them.
    pub block: Block,
    /// Tiles rounded up to whole vectors: the length of a row of the result.
    pub stride: usize,
    /// From [`super::tiles::BlockPlan::edge_masks`] for this stride.
    pub masks: &'a [f32],
    /// `[images, channels, height, width]`.
    pub input: &'a [f32],
    /// Channels of the input.
    pub channels: usize,
    /// The channels to transform.
    pub range: Range<usize>,
    /// Applied to the input on the way.
    pub activation: Activation,
    /// Working memory: `6 * row_len + width` numbers.
    pub rows: &'a mut [f32],
    /// Numbers in one row of it.
    pub row_len: usize,
    /// The result: frequency `f` of channel `range.start + i` lies at `f * frequency_stride + i * stride`.
    pub target: &'a mut [f32],
    /// See `target`.
    pub frequency_stride: usize,
}

impl Kernel for InputTransform<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        let Self { grid, block, .. } = self;
        assert!(self.stride.is_multiple_of(S::LANES) && block.rows * grid.tile_columns <= self.stride);
        assert!(self.row_len >= ROW_PAD + TILE * self.stride + 2 * ROW_PAD);
        assert!(self.masks.len() >= 2 * self.stride && self.rows.len() >= 6 * self.row_len + grid.width);
        assert!(self.range.end <= self.channels && block.first + block.rows <= grid.total_rows);
        let images = grid.total_rows / grid.tile_rows;
        assert!(self.input.len() >= images * self.channels * grid.height * grid.width);
        assert!(self.frequency_stride >= self.range.len() * self.stride);
        assert!(self.target.len() >= (FREQUENCIES - 1) * self.frequency_stride + self.range.len() * self.stride);
        self.rows.fill(0.0);
        for channel in self.range.clone() {
            // SAFETY: the sizes were checked above.
            unsafe {
                match self.activation {
                    Activation::Identity => self.vertical::<S, false>(simd, channel, 1.0),
                    Activation::LeakyRelu(slope) => self.vertical::<S, true>(simd, channel, slope),
                }
                self.horizontal(simd, channel - self.range.start);
            }
        }
    }
}

impl InputTransform<'_> {
    /// Fills the row buffer with the block's tile rows of one channel.
    #[inline(always)]
    unsafe fn vertical<S: Simd, const ACTIVE: bool>(&mut self, simd: S, channel: usize, slope: f32) {
        let Self { grid, block, row_len, .. } = *self;
        let slope = simd.splat(slope);
        let buffer = self.rows.as_mut_ptr();
        for index in 0..block.rows {
            let place = grid.row(block.first + index);
            // SAFETY: image, channel and the rows that exist lie inside the input; the other rows are the zeros at the buffer's end.
            // A row of the buffer has room for the last vector of the last tile row.
            unsafe {
                let plane = self.input.as_ptr().add((place.image * self.channels + channel) * grid.height * grid.width);
                let zeros = buffer.add(6 * row_len).cast_const();
                let sources: [*const f32; 6] = std::array::from_fn(|i| {
                    let inside = (1..=grid.height).contains(&(place.top + i));
                    if inside { plane.add((place.top + i - 1) * grid.width) } else { zeros }
                });
                let target = buffer.add(ROW_PAD + index * grid.tile_columns * TILE);
                let mut x = 0;
                while x + S::LANES <= grid.width {
                    let mut values = [slope; 6];
                    for (value, row) in values.iter_mut().zip(sources) {
                        *value = simd.load(row.add(x));
                    }
                    store_column::<S, ACTIVE>(simd, values, slope, target.add(x), row_len);
                    x += S::LANES;
                }
                if x < grid.width {
                    let mut values = [slope; 6];
                    for (value, row) in values.iter_mut().zip(sources) {
                        *value = simd.load_partial(row.add(x), grid.width - x);
                    }
                    store_column::<S, ACTIVE>(simd, values, slope, target.add(x), row_len);
                }
            }
        }
    }

    /// Transforms the row buffer's rows and writes all frequencies of one channel.
    #[inline(always)]
    unsafe fn horizontal<S: Simd>(&mut self, simd: S, position: usize) {
        let Self { stride, row_len, frequency_stride, .. } = *self;
        let mut tile = 0;
        while tile < stride {
            // SAFETY: tiles tile..tile + LANES lie inside the masks, the row buffer (with one number on either side) and the target.
            unsafe {
                let left = simd.load(self.masks.as_ptr().add(tile));
                let right = simd.load(self.masks.as_ptr().add(stride + tile));
                for i in 0..6 {
                    let row = self.rows.as_ptr().add(i * row_len + ROW_PAD + TILE * tile);
                    let quarters = simd.deinterleave4(simd.load_rows(row, S::LANES));
                    let before = simd.and(simd.shift_up(quarters[3], *row.sub(1)), left);
                    let after = simd.and(simd.shift_down(quarters[0], *row.add(TILE * S::LANES)), right);
                    let values = input_transform(simd, [before, quarters[0], quarters[1], quarters[2], quarters[3], after]);
                    let target = self.target.as_mut_ptr().add(position * stride + tile);
                    simd.store_rows(target.add(6 * i * frequency_stride), frequency_stride, values);
                }
            }
            tile += S::LANES;
        }
    }
}

/// Transforms `LANES` columns of six rows and writes the six results `row_len` apart.
#[inline(always)]
unsafe fn store_column<S: Simd, const ACTIVE: bool>(simd: S, values: [S::Vector; 6], slope: S::Vector, target: *mut f32, row_len: usize) {
    let mut values = values;
    if ACTIVE {
        for value in &mut values {
            *value = simd.leaky(*value, slope);
        }
    }
    // SAFETY: the caller promises six rows with room for a vector.
    unsafe { simd.store_rows(target, row_len, input_transform(simd, values)) };
}
