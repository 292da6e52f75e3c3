//! The weight gradient of a 3x3 convolution in Winograd form: `dg = G^T [sum over tiles of (A dy A^T) (B^T d B)] G`,
//! the exact transpose of [`super::winograd_convolution`]. For each block of tiles both tensors are transformed, one of them with channels
//! as lanes; 36 products over the tiles are added to the thread's sums. Each thread takes a fixed range of blocks and the
//! threads' sums are added in order: the same bits for the same number of threads.

use super::multiply::{Left, Product, multiply, steps};
use super::prefetch::Prefetch;
use super::scratch::{padded, take, with_scratch};
use super::shape::{Activation, ConvShape};
use super::shared::SharedOutput;
use super::simd::{Kernel, SimdLevel};
use super::simd_interface::{Simd, column};
use super::tiles::{Block, BlockPlan, FREQUENCIES, TileGrid};
use super::winograd_arithmetic::weight_gradient_transform;
use super::winograd_channel_transform::{ChannelTransform, Side};
use super::winograd_gradient_transform::GradientTransform;
use super::winograd_input_transform::InputTransform;
use rayon::prelude::*;

/// Tiles of a block: few enough for the cache, but the sums in memory are read and written once for each block.
const TILES: usize = 32;

/// A weight gradient, ready to run.
pub struct WinogradWeightGradient<'a> {
    /// Instructions to use.
    pub level: SimdLevel,
    /// Sizes.
    pub shape: ConvShape,
    /// The convolution's input.
    pub input: &'a [f32],
    /// What the convolution applies to its input.
    pub before: Activation,
    /// The gradient of the convolution's output.
    pub gradient: &'a [f32],
}

/// What all blocks share.
struct Plan<'a> {
    grid: TileGrid,
    blocks: BlockPlan,
    threads: usize,
    masks: &'a [f32],
    /// Whether the input channels (else the output channels) are lanes.
    input_lanes: bool,
    /// Channels that are rows of the sums.
    rows: usize,
    /// Channels that are lanes of the sums, and the same in whole vectors.
    columns: usize,
    padded_columns: usize,
}

impl Plan<'_> {
    /// Numbers in the sums of one thread: `[FREQUENCIES, rows, padded_columns]`.
    fn sums_len(&self) -> usize {
        padded(FREQUENCIES * self.rows * self.padded_columns)
    }
    fn row_stride(&self) -> usize {
        self.rows * self.blocks.stride + 16
    }
    fn column_stride(&self) -> usize {
        self.blocks.stride * self.padded_columns + 16
    }
}

/// Vector operations for a tile when `rows` channels are rows and `columns` are lanes; transposing costs four for each number.
fn cost(rows: usize, columns: usize, lanes: usize) -> usize {
    rows * columns.next_multiple_of(lanes) + 4 * columns
}

impl WinogradWeightGradient<'_> {
    /// Runs it: `weight_gradient` is `[out_channels, in_channels, 3, 3]`, `bias_gradient` `[out_channels]`.
    pub fn run(&self, weight_gradient: &mut [f32], bias_gradient: Option<&mut [f32]>) {
        let ConvShape { in_channels, out_channels, .. } = self.shape;
        let lanes = self.level.lanes();
        let grid = TileGrid::new(&self.shape);
        let input_lanes = cost(out_channels, in_channels, lanes) <= cost(in_channels, out_channels, lanes);
        let (rows, columns) = if input_lanes { (out_channels, in_channels) } else { (in_channels, out_channels) };
        let padded_columns = columns.next_multiple_of(lanes);
        let blocks = grid.plan(TILES, lanes, rayon::current_num_threads());
        let threads = rayon::current_num_threads().min(blocks.count);
        let plan = Plan { grid, blocks, threads, masks: &[], input_lanes, rows, columns, padded_columns };
        let mut bias_sums = vec![0.0f64; threads * out_channels];
        with_scratch(padded(2 * blocks.stride) + threads * plan.sums_len(), |mut scratch| {
            let masks = take(&mut scratch, 2 * blocks.stride);
            blocks.edge_masks(&grid, &mut masks[..2 * blocks.stride]);
            let plan = Plan { masks, ..plan };
            let sums = &mut scratch[..threads * plan.sums_len()];
            sums.par_chunks_mut(plan.sums_len()).zip(bias_sums.par_chunks_mut(out_channels)).enumerate().for_each(
                |(thread, (sums, bias))| {
                    with_scratch(self.block_scratch(&plan), |scratch| {
                        for index in thread * blocks.count / threads..(thread + 1) * blocks.count / threads {
                            let first = index == thread * blocks.count / threads;
                            let last = index + 1 == (thread + 1) * blocks.count / threads;
                            let next = (!last).then(|| blocks.block(index + 1));
                            self.block(&plan, blocks.block(index), next, scratch, sums, bias, !first);
                        }
                    });
                },
            );
            self.finish(&plan, sums, weight_gradient);
        });
        if let Some(bias_gradient) = bias_gradient {
            for (channel, gradient) in bias_gradient.iter_mut().enumerate() {
                *gradient = bias_sums.iter().skip(channel).step_by(out_channels).sum::<f64>() as f32;
            }
        }
    }

    fn block_scratch(&self, plan: &Plan<'_>) -> usize {
        padded(FREQUENCIES * plan.row_stride())
            + padded(FREQUENCIES * plan.column_stride())
            + padded(ChannelTransform::pixels_len(&plan.grid, plan.blocks.rows, self.level.lanes()))
            + padded(6 * plan.blocks.row_len() + plan.grid.width)
    }

    /// Adds one block of tiles to a thread's sums.
    fn block(
        &self,
        plan: &Plan<'_>,
        block: Block,
        next: Option<Block>,
        mut scratch: &mut [f32],
        sums: &mut [f32],
        bias: &mut [f64],
        accumulate: bool,
    ) {
        let lanes = self.level.lanes();
        let tiles = block.rows * plan.grid.tile_columns;
        let rows = take(&mut scratch, FREQUENCIES * plan.row_stride());
        let columns = take(&mut scratch, FREQUENCIES * plan.column_stride());
        let buffer = take(&mut scratch, 6 * plan.blocks.row_len() + plan.grid.width);
        let pixels = take(&mut scratch, ChannelTransform::pixels_len(&plan.grid, plan.blocks.rows, lanes));
        self.transform(plan, block, buffer, rows, bias);
        let (tensor, side) = if plan.input_lanes { (self.input, Side::Input(self.before)) } else { (self.gradient, Side::Gradient) };
        for first in (0..plan.columns).step_by(lanes) {
            self.level.run(ChannelTransform {
                side,
                grid: &plan.grid,
                block,
                tensor,
                channels: plan.columns,
                first,
                pixels,
                target: columns,
                frequency_stride: plan.column_stride(),
                tile_stride: plan.padded_columns,
                sums: bias,
            });
        }
        self.level.run(Products { plan, tiles, rows, columns, sums, accumulate, prefetch: self.prefetch(plan, next) });
    }

    /// What to ask for during the products of a block: both tensors under the next one.
    fn prefetch<'a>(&'a self, plan: &'a Plan<'_>, next: Option<Block>) -> Prefetch<'a> {
        let ConvShape { in_channels, out_channels, .. } = self.shape;
        let mut prefetch = Prefetch::new();
        if let Some(next) = next {
            prefetch.push(&plan.grid, next, self.input.as_ptr(), in_channels, 0..in_channels);
            prefetch.push(&plan.grid, next, self.gradient.as_ptr(), out_channels, 0..out_channels);
        }
        prefetch.spread(FREQUENCIES * steps(self.level.tile(), plan.rows, plan.padded_columns / self.level.lanes()))
    }

    /// Transforms the tensor whose channels are rows of the sums.
    fn transform(&self, plan: &Plan<'_>, block: Block, rows: &mut [f32], target: &mut [f32], sums: &mut [f64]) {
        let (grid, stride, row_len) = (&plan.grid, plan.blocks.stride, plan.blocks.row_len());
        let (channels, range, frequency_stride) = (plan.rows, 0..plan.rows, plan.row_stride());
        if plan.input_lanes {
            let gradient = self.gradient;
            self.level.run(GradientTransform {
                grid,
                block,
                stride,
                gradient,
                channels,
                range,
                rows,
                row_len,
                target,
                frequency_stride,
                sums,
            });
        } else {
            let (masks, input, activation) = (plan.masks, self.input, self.before);
            self.level.run(InputTransform {
                grid,
                block,
                stride,
                masks,
                input,
                channels,
                range,
                activation,
                rows,
                row_len,
                target,
                frequency_stride,
            });
        }
    }

    /// Adds the threads' sums and transforms them into the weight gradient.
    fn finish(&self, plan: &Plan<'_>, sums: &[f32], weight_gradient: &mut [f32]) {
        let output = SharedOutput::new(weight_gradient);
        let work = |row: usize| self.level.run(Finish { plan, sums, row, output });
        if plan.rows * plan.columns < 1024 {
            (0..plan.rows).for_each(work);
        } else {
            (0..plan.rows).into_par_iter().for_each(work);
        }
    }
}

/// The 36 products of one block of tiles.
struct Products<'a> {
    plan: &'a Plan<'a>,
    tiles: usize,
    rows: &'a [f32],
    columns: &'a [f32],
    sums: &'a mut [f32],
    accumulate: bool,
    prefetch: Prefetch<'a>,
}

impl Kernel for Products<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        let plan = self.plan;
        assert!(self.tiles <= plan.blocks.stride && plan.padded_columns.is_multiple_of(S::LANES));
        assert!(self.rows.len() >= FREQUENCIES * plan.row_stride() && self.columns.len() >= FREQUENCIES * plan.column_stride());
        assert!(self.sums.len() >= plan.sums_len());
        for frequency in 0..FREQUENCIES {
            // SAFETY: the sizes were checked above; the three slices are distinct.
            unsafe {
                let product = Product {
                    left: self.rows.as_ptr().add(frequency * plan.row_stride()),
                    layout: Left::Rows(plan.blocks.stride),
                    right: self.columns.as_ptr().add(frequency * plan.column_stride()),
                    right_stride: plan.padded_columns,
                    target: self.sums.as_mut_ptr().add(frequency * plan.rows * plan.padded_columns),
                    target_stride: plan.padded_columns,
                    rows: plan.rows,
                    depth: self.tiles,
                    vectors: plan.padded_columns / S::LANES,
                    accumulate: self.accumulate,
                };
                multiply(simd, &product, &mut self.prefetch);
            }
        }
    }
}

/// One row of the sums, all threads, into the weight gradient.
struct Finish<'a> {
    plan: &'a Plan<'a>,
    sums: &'a [f32],
    row: usize,
    output: SharedOutput<'a>,
}

impl Kernel for Finish<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let plan = self.plan;
        assert!(self.sums.len() >= plan.threads * plan.sums_len() && self.row < plan.rows);
        assert!(self.output.len() >= plan.rows * plan.columns * 9);
        for first in (0..plan.columns).step_by(S::LANES) {
            let mut taps = [[0.0f32; 16]; 9];
            // SAFETY: the row's vector lies inside each frequency of each thread's sums; 16 numbers are enough for a vector.
            unsafe {
                let source = self.sums.as_ptr().add(self.row * plan.padded_columns + first);
                let mut halves = [[simd.zero(); 3]; 6];
                for (i, half) in halves.iter_mut().enumerate() {
                    let mut row = [simd.zero(); 6];
                    for (j, value) in row.iter_mut().enumerate() {
                        *value = self.sum(simd, source, 6 * i + j);
                    }
                    *half = weight_gradient_transform(simd, row);
                }
                for j in 0..3 {
                    let values = weight_gradient_transform(simd, column(&halves, j));
                    simd.store_rows(taps.as_mut_ptr().cast::<f32>().add(16 * j), 3 * 16, values);
                }
            }
            for lane in 0..S::LANES.min(plan.columns - first) {
                let column = first + lane;
                let place = if plan.input_lanes { self.row * plan.columns + column } else { column * plan.rows + self.row };
                for (tap, lanes) in taps.iter().enumerate() {
                    // SAFETY: inside the output, as checked above; this (row, column) is this kernel's own.
                    unsafe { *self.output.at(9 * place + tap) = lanes[lane] };
                }
            }
        }
    }
}

impl Finish<'_> {
    /// The threads' sums of one frequency, in order.
    #[inline(always)]
    unsafe fn sum<S: Simd>(&self, simd: S, source: *const f32, frequency: usize) -> S::Vector {
        let offset = frequency * self.plan.rows * self.plan.padded_columns;
        // SAFETY: the caller's vector lies inside each thread's sums.
        unsafe {
            let mut sum = simd.load(source.add(offset));
            for thread in 1..self.plan.threads {
                sum = simd.add(sum, simd.load(source.add(thread * self.plan.sums_len() + offset)));
            }
            sum
        }
    }
}
