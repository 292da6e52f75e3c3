//! A 1x1 convolution: for each block of pixels, its input channels are brought together in the cache, multiplied with packed weights,
//! and written through the epilogue. The blocks are shared among the threads of the current rayon pool; a pixel's result does
//! not depend on them.

use super::epilogue::Epilogue;
use super::multiply::{Left, Product, multiply, steps};
use super::pixels::{Gather, PixelPlan};
use super::prefetch::Prefetch;
use super::scratch::{padded, take, with_scratch};
use super::shape::{Activation, ConvShape};
use super::shared::SharedOutput;
use super::simd::{Kernel, SimdLevel};
use super::simd_interface::Simd;
use super::tiles::{Block, TileGrid};
use super::winograd_weights::WeightSource;
use rayon::prelude::*;
use std::ops::Range;

/// Numbers of input and output that a block may have.
const BLOCK_BUDGET: usize = 64 * 1024;
/// The most pixels in a block.
const MOST_PIXELS: usize = 1024;

/// A convolution, ready to run.
pub struct PointwiseConvolution<'a> {
    /// Instructions to use.
    pub level: SimdLevel,
    /// Sizes.
    pub shape: ConvShape,
    /// `[batch, in_channels, height, width]`.
    pub input: &'a [f32],
    /// Applied to the input.
    pub before: Activation,
    /// The weights, with one tap.
    pub weights: WeightSource<'a>,
    /// What else to do with the results.
    pub epilogue: Epilogue<'a>,
}

impl PointwiseConvolution<'_> {
    /// Runs it. Slices must fit the shape.
    pub fn run(&self, output: &mut [f32]) {
        let ConvShape { in_channels, out_channels, .. } = self.shape;
        let (panel, group) = self.level.tile();
        let lanes = self.level.lanes();
        let pixels = (BLOCK_BUDGET / (in_channels + out_channels)).clamp(group * lanes, MOST_PIXELS);
        // A power of two, so that whole blocks make an image of the usual sizes.
        let pixels = 1 << pixels.ilog2();
        let plan = PixelPlan::new(&self.shape, pixels, lanes, rayon::current_num_threads());
        with_scratch(in_channels * out_channels, |packed| {
            self.pack(panel, packed);
            let packed = &*packed;
            let output = SharedOutput::new(output);
            let work = |index: usize| {
                with_scratch(padded(in_channels * plan.stride) + out_channels * plan.stride, |scratch| {
                    self.block(&plan, index, packed, scratch, output);
                });
            };
            if plan.count == 1 {
                work(0);
            } else {
                (0..plan.count).into_par_iter().with_max_len(1).for_each(work);
            }
        });
    }

    /// Panels of output channels, as [`Left::Packed`] wants them.
    fn pack(&self, panel: usize, packed: &mut [f32]) {
        let WeightSource { weight, in_channels, out_channels, transposed } = self.weights;
        for first in (0..out_channels).step_by(panel) {
            let rows = panel.min(out_channels - first);
            for input in 0..in_channels {
                for row in 0..rows {
                    let output = first + row;
                    let place = if transposed { input * out_channels + output } else { output * in_channels + input };
                    packed[first * in_channels + input * rows + row] = weight[place];
                }
            }
        }
    }

    /// What to ask for during the product of a block: where the results go, what they are added to and masked with, and the next
    /// block's input.
    fn prefetch<'a>(&'a self, grid: &'a TileGrid, index: usize, plan: &PixelPlan, output: SharedOutput<'_>) -> Prefetch<'a> {
        let ConvShape { in_channels, out_channels, .. } = self.shape;
        let row = |first: usize| Block { first, rows: 1 };
        let mut prefetch = Prefetch::new();
        // SAFETY: the start of the slice.
        prefetch.push(grid, row(index), unsafe { output.at(0) }, out_channels, 0..out_channels);
        for tensor in [self.epilogue.add, self.epilogue.mask.map(|(mask, _)| mask)].into_iter().flatten() {
            prefetch.push(grid, row(index), tensor.as_ptr(), out_channels, 0..out_channels);
        }
        if index + 1 < plan.count {
            prefetch.push(grid, row(index + 1), self.input.as_ptr(), in_channels, 0..in_channels);
        }
        prefetch.spread(steps(self.level.tile(), out_channels, plan.stride / self.level.lanes()))
    }

    fn block(&self, plan: &PixelPlan, index: usize, packed: &[f32], mut scratch: &mut [f32], output: SharedOutput<'_>) {
        let ConvShape { in_channels, out_channels, .. } = self.shape;
        let block = plan.block(index);
        let tiles = plan.as_tiles();
        let prefetch = tiles.as_ref().map_or_else(Prefetch::new, |grid| self.prefetch(grid, index, plan, output));
        let gathered = take(&mut scratch, in_channels * plan.stride);
        let results = scratch;
        let range = 0..in_channels;
        let target = &mut *gathered;
        let gather = Gather {
            plan,
            block: block.clone(),
            input: self.input,
            channels: in_channels,
            range,
            activation: self.before,
            target,
            sums: None,
        };
        self.level.run(gather);
        self.level.run(Finish {
            plan,
            block,
            in_channels,
            out_channels,
            packed,
            gathered,
            results,
            epilogue: &self.epilogue,
            output,
            prefetch,
        });
    }
}

/// Product and epilogue of one block.
struct Finish<'a> {
    plan: &'a PixelPlan,
    block: Range<usize>,
    in_channels: usize,
    out_channels: usize,
    packed: &'a [f32],
    gathered: &'a [f32],
    results: &'a mut [f32],
    epilogue: &'a Epilogue<'a>,
    output: SharedOutput<'a>,
    prefetch: Prefetch<'a>,
}

impl Kernel for Finish<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { plan, block, in_channels, out_channels, epilogue, output, mut prefetch, .. } = self;
        assert!(self.packed.len() >= in_channels * out_channels && self.gathered.len() >= in_channels * plan.stride);
        assert!(self.results.len() >= out_channels * plan.stride && block.len() <= plan.stride);
        let product = Product {
            left: self.packed.as_ptr(),
            layout: Left::Packed,
            right: self.gathered.as_ptr(),
            right_stride: plan.stride,
            target: self.results.as_mut_ptr(),
            target_stride: plan.stride,
            rows: out_channels,
            depth: in_channels,
            vectors: block.len().div_ceil(S::LANES),
            accumulate: false,
        };
        // SAFETY: the sizes were checked above; the three slices are distinct.
        unsafe { multiply(simd, &product, &mut prefetch) };
        for channel in 0..out_channels {
            let bias = epilogue.bias_of(channel);
            let mut place = 0;
            while let Some(segment) = plan.segment(&block, place) {
                place += segment.len;
                let results = self.results[channel * plan.stride + segment.place..][..segment.len].as_ptr();
                let offset = (segment.image * out_channels + channel) * plan.image + segment.pixel;
                assert!(offset + segment.len <= output.len());
                // SAFETY: inside the output, as just checked; the pixels are this block's own.
                unsafe { epilogue.write(simd, results, bias, output, offset, segment.len) };
            }
        }
    }
}
