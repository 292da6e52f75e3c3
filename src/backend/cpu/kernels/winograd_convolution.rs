//! A 3x3 convolution in Winograd form F(4x4, 3x3) (Lavin & Gray 2015): for each block of tiles, input transform, 36 matrix products,
//! output transform, all in one core's cache; the blocks are shared among the threads of the current rayon pool.
//! A tile's result does not depend on its block or thread: the same bits on any number of threads.

use super::epilogue::Epilogue;
use super::multiply::{Product, multiply, steps};
use super::prefetch::Prefetch;
use super::scratch::{padded, take, with_scratch};
use super::shape::{Activation, ConvShape};
use super::shared::SharedOutput;
use super::simd::{Kernel, SimdLevel};
use super::simd_interface::Simd;
use super::tiles::{BlockPlan, FREQUENCIES, TILE, TileGrid};
use super::winograd_input_transform::InputTransform;
use super::winograd_output_transform::OutputTransform;
use super::winograd_weights::{PackedLayout, WeightSource, pack_weights};
use rayon::prelude::*;

/// Numbers of transformed input that a block may have: half of a typical second-level cache.
const INPUT_BUDGET: usize = 128 * 1024;
/// Numbers of products that a block of output channels may have.
const PRODUCT_BUDGET: usize = 32 * 1024;
/// The most tiles in a block: a whole number of register tiles at every level.
const MOST_TILES: usize = 48;

/// A convolution, ready to run.
pub struct WinogradConvolution<'a> {
    /// Instructions to use.
    pub level: SimdLevel,
    /// Sizes.
    pub shape: ConvShape,
    /// `[batch, in_channels, height, width]`.
    pub input: &'a [f32],
    /// Applied to the input.
    pub before: Activation,
    /// The weights.
    pub weights: WeightSource<'a>,
    /// What else to do with the results.
    pub epilogue: Epilogue<'a>,
}

/// What all blocks share.
struct Plan<'a> {
    grid: TileGrid,
    blocks: BlockPlan,
    layout: PackedLayout,
    masks: &'a [f32],
    packed: &'a [f32],
}

impl WinogradConvolution<'_> {
    /// Runs it. Slices must fit the shape.
    pub fn run(&self, output: &mut [f32]) {
        let ConvShape { in_channels, out_channels, .. } = self.shape;
        let lanes = self.level.lanes();
        let (panel, _) = self.level.tile();
        let grid = TileGrid::new(&self.shape);
        let tiles = (INPUT_BUDGET / (FREQUENCIES * in_channels)).clamp(lanes, MOST_TILES);
        let blocks = grid.plan(tiles, lanes, rayon::current_num_threads());
        let most = (PRODUCT_BUDGET / (FREQUENCIES * blocks.stride)).next_multiple_of(panel);
        let block = out_channels.div_ceil(out_channels.div_ceil(most)).next_multiple_of(panel);
        let layout = PackedLayout { in_channels, out_channels, block, panel };
        with_scratch(padded(2 * blocks.stride) + layout.len(), |mut scratch| {
            let masks = take(&mut scratch, 2 * blocks.stride);
            blocks.edge_masks(&grid, &mut masks[..2 * blocks.stride]);
            let packed = take(&mut scratch, layout.len());
            pack_weights(self.level, self.weights, layout, packed);
            let plan = Plan { grid, blocks, layout, masks, packed };
            let output = SharedOutput::new(output);
            let work = |index: usize| with_scratch(self.block_scratch(&plan), |scratch| self.block(&plan, index, scratch, output));
            if blocks.count == 1 {
                work(0);
            } else {
                (0..blocks.count).into_par_iter().with_max_len(1).for_each(work);
            }
        });
    }

    /// The distance between frequencies of `channels` rows of tiles. One cache line more than they need,
    /// because powers of two would compete for the same lines of the cache.
    fn frequency_stride(plan: &Plan<'_>, channels: usize) -> usize {
        channels * plan.blocks.stride + 16
    }

    fn block_scratch(&self, plan: &Plan<'_>) -> usize {
        let stride = plan.blocks.stride;
        padded(FREQUENCIES * Self::frequency_stride(plan, self.shape.in_channels))
            + padded(FREQUENCIES * Self::frequency_stride(plan, plan.layout.block))
            + padded(6 * plan.blocks.row_len() + plan.grid.width)
            + padded(TILE * TILE * stride)
    }

    /// What to ask for during the products of output channels from `first` on: where their results go, what they are added to
    /// and masked with,
    /// and a share of the next block's input.
    fn prefetch<'a>(&'a self, plan: &'a Plan<'_>, index: usize, first: usize, vectors: usize, output: SharedOutput<'_>) -> Prefetch<'a> {
        let ConvShape { in_channels, out_channels, .. } = self.shape;
        let (grid, block) = (&plan.grid, plan.blocks.block(index));
        let last = first + plan.layout.block_len(first);
        let mut prefetch = Prefetch::new();
        // SAFETY: the start of the slice.
        prefetch.push(grid, block, unsafe { output.at(0) }, out_channels, first..last);
        for tensor in [self.epilogue.add, self.epilogue.mask.map(|(mask, _)| mask)].into_iter().flatten() {
            prefetch.push(grid, block, tensor.as_ptr(), out_channels, first..last);
        }
        if index + 1 < plan.blocks.count {
            let share = first * in_channels / out_channels..last * in_channels / out_channels;
            prefetch.push(grid, plan.blocks.block(index + 1), self.input.as_ptr(), in_channels, share);
        }
        prefetch.spread(FREQUENCIES * steps(self.level.tile(), last - first, vectors))
    }

    /// All three phases of one block.
    fn block(&self, plan: &Plan<'_>, index: usize, mut scratch: &mut [f32], output: SharedOutput<'_>) {
        let ConvShape { in_channels, out_channels, .. } = self.shape;
        let (block, stride, row_len) = (plan.blocks.block(index), plan.blocks.stride, plan.blocks.row_len());
        let input_stride = Self::frequency_stride(plan, in_channels);
        let product_stride = Self::frequency_stride(plan, plan.layout.block);
        let transformed = take(&mut scratch, FREQUENCIES * input_stride);
        let products = take(&mut scratch, FREQUENCIES * product_stride);
        self.level.run(InputTransform {
            grid: &plan.grid,
            block,
            stride,
            masks: plan.masks,
            input: self.input,
            channels: in_channels,
            range: 0..in_channels,
            activation: self.before,
            rows: take(&mut scratch, 6 * row_len + plan.grid.width),
            row_len,
            target: transformed,
            frequency_stride: input_stride,
        });
        let rows = take(&mut scratch, TILE * TILE * stride);
        let vectors = (block.rows * plan.grid.tile_columns).div_ceil(self.level.lanes());
        for first in (0..out_channels).step_by(plan.layout.block) {
            let prefetch = self.prefetch(plan, index, first, vectors, output);
            self.level.run(Products { plan, first, vectors, transformed, input_stride, products, product_stride, prefetch });
            self.level.run(OutputTransform {
                grid: &plan.grid,
                block,
                stride,
                products,
                frequency_stride: product_stride,
                channels: out_channels,
                range: first..first + plan.layout.block_len(first),
                epilogue: &self.epilogue,
                rows,
                output,
            });
        }
    }
}

/// The 36 products of one block of tiles and one block of output channels.
struct Products<'a> {
    plan: &'a Plan<'a>,
    first: usize,
    vectors: usize,
    transformed: &'a [f32],
    input_stride: usize,
    products: &'a mut [f32],
    product_stride: usize,
    prefetch: Prefetch<'a>,
}

impl Kernel for Products<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        let Plan { blocks, layout, packed, .. } = self.plan;
        let rows = layout.block_len(self.first);
        assert!(self.vectors * S::LANES <= blocks.stride && layout.panel == S::PANEL && packed.len() >= layout.len());
        assert!(self.transformed.len() >= FREQUENCIES * self.input_stride && self.input_stride >= layout.in_channels * blocks.stride);
        assert!(self.products.len() >= FREQUENCIES * self.product_stride && self.product_stride >= rows * blocks.stride);
        for frequency in 0..FREQUENCIES {
            // SAFETY: the sizes were checked above; the three slices are distinct.
            unsafe {
                let product = Product {
                    left: packed.as_ptr().add(layout.offset(self.first, frequency)),
                    layout: PackedLayout::LEFT,
                    right: self.transformed.as_ptr().add(frequency * self.input_stride),
                    right_stride: blocks.stride,
                    target: self.products.as_mut_ptr().add(frequency * self.product_stride),
                    target_stride: blocks.stride,
                    rows,
                    depth: layout.in_channels,
                    vectors: self.vectors,
                    accumulate: false,
                };
                multiply(simd, &product, &mut self.prefetch);
            }
        }
    }
}
