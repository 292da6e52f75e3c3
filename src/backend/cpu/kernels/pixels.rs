//! How a 1x1 convolution cuts the pixels of a batch into blocks, and how a block's pixels are brought together.

use super::shape::{Activation, ConvShape};
use super::simd::Kernel;
use super::simd_interface::Simd;
use super::tiles::{TILE, TileGrid};
use std::ops::Range;

/// The pixels of a batch, numbered image by image, in blocks.
#[derive(Clone, Copy, Debug)]
pub struct PixelPlan {
    /// Pixels of an image.
    pub image: usize,
    /// Pixels of the batch.
    total: usize,
    /// Pixels of a block, whole vectors.
    pub stride: usize,
    /// Blocks.
    pub count: usize,
}

/// Consecutive pixels of one image.
#[derive(Clone, Copy, Debug)]
pub struct Segment {
    /// The image.
    pub image: usize,
    /// The first pixel in it.
    pub pixel: usize,
    /// Where it lies in the block.
    pub place: usize,
    /// How many.
    pub len: usize,
}

impl PixelPlan {
    /// Blocks of about `pixels` pixels, a number that `threads` threads can share evenly.
    pub fn new(shape: &ConvShape, pixels: usize, lanes: usize, threads: usize) -> Self {
        let total = shape.batch * shape.pixels();
        let share = total.div_ceil(threads);
        let stride = share.div_ceil(share.div_ceil(pixels)).next_multiple_of(lanes);
        Self { image: shape.pixels(), total, stride, count: total.div_ceil(stride) }
    }

    /// Blocks as tile rows, for [`super::prefetch`]: where whole blocks make an image.
    pub fn as_tiles(&self) -> Option<TileGrid> {
        let width = self.stride / TILE;
        let tile_rows = self.image / self.stride;
        let whole = self.image.is_multiple_of(self.stride) && self.stride.is_multiple_of(TILE);
        whole.then(|| TileGrid { height: tile_rows * TILE, width, tile_rows, tile_columns: width.div_ceil(TILE), total_rows: self.count })
    }

    /// The pixels of block `index`.
    pub fn block(&self, index: usize) -> Range<usize> {
        index * self.stride..((index + 1) * self.stride).min(self.total)
    }

    /// The part of `block` that begins `place` pixels after its start and ends with its image; `None` at the block's end.
    #[inline(always)]
    pub fn segment(&self, block: &Range<usize>, place: usize) -> Option<Segment> {
        let start = block.start + place;
        if start >= block.end {
            return None;
        }
        let (image, pixel) = (start / self.image, start % self.image);
        Some(Segment { image, pixel, place, len: (self.image - pixel).min(block.end - start) })
    }
}

/// Copies some channels of a block of pixels side by side: `[range, stride]`, zeros after the last pixel.
pub struct Gather<'a> {
    /// All blocks.
    pub plan: &'a PixelPlan,
    /// The pixels.
    pub block: Range<usize>,
    /// `[images, channels, pixels]`.
    pub input: &'a [f32],
    /// Channels of the input.
    pub channels: usize,
    /// The channels to copy.
    pub range: Range<usize>,
    /// Applied on the way.
    pub activation: Activation,
    /// `range.len() * stride` numbers.
    pub target: &'a mut [f32],
    /// The sums over the pixels are added to these, one for each channel of the input.
    pub sums: Option<&'a mut [f64]>,
}

impl Kernel for Gather<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { plan, block, input, channels, range, activation, target, mut sums } = self;
        assert!(input.len() >= plan.total * channels && block.end <= plan.total && range.end <= channels);
        assert!(block.len() <= plan.stride && target.len() >= range.len() * plan.stride);
        let slope = simd.splat(activation.slope());
        let active = !activation.is_identity();
        for (position, channel) in range.enumerate() {
            let row = &mut target[position * plan.stride..(position + 1) * plan.stride];
            row[block.len()..].fill(0.0);
            let mut sum = simd.zero();
            let mut place = 0;
            while let Some(segment) = plan.segment(&block, place) {
                place += segment.len;
                let source = input[(segment.image * channels + channel) * plan.image + segment.pixel..][..segment.len].as_ptr();
                let target = row[segment.place..][..segment.len].as_mut_ptr();
                for start in (0..segment.len).step_by(S::LANES) {
                    let count = S::LANES.min(segment.len - start);
                    // SAFETY: both slices have segment.len numbers, as just cut.
                    unsafe {
                        let whole = count == S::LANES;
                        let value = if whole { simd.load(source.add(start)) } else { simd.load_partial(source.add(start), count) };
                        let value = if active { simd.leaky(value, slope) } else { value };
                        sum = simd.add(sum, value);
                        if whole {
                            simd.store(target.add(start), value);
                        } else {
                            simd.store_partial(target.add(start), value, count);
                        }
                    }
                }
            }
            if let Some(sums) = &mut sums {
                sums[channel] += f64::from(simd.sum(sum));
            }
        }
    }
}
