//! The weight gradient of a 1x1 convolution: a product over all pixels. Blocks of pixels are brought together in the cache, the
//! tensor whose
//! channels are lanes is transposed, and each thread adds a fixed range of blocks to its own sums; these are added in order:
//! the same bits for the same number of threads.

use super::multiply::{Left, Product, multiply};
use super::pixels::{Gather, PixelPlan};
use super::prefetch::Prefetch;
use super::scratch::{padded, take, with_scratch};
use super::shape::{Activation, ConvShape};
use super::simd::{Kernel, SimdLevel};
use super::simd_interface::Simd;
use rayon::prelude::*;
use std::ops::Range;

/// Numbers of both tensors that a block may have.
const BLOCK_BUDGET: usize = 48 * 1024;
/// The most pixels in a block.
const MOST_PIXELS: usize = 1024;

/// A weight gradient, ready to run.
pub struct PointwiseWeightGradient<'a> {
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
struct Plan {
    pixels: PixelPlan,
    /// Whether the input channels (else the output channels) are lanes.
    input_lanes: bool,
    rows: usize,
    columns: usize,
    padded_columns: usize,
}

impl Plan {
    fn sums_len(&self) -> usize {
        padded(self.rows * self.padded_columns)
    }
    fn block_scratch(&self, lanes: usize) -> usize {
        let stride = self.pixels.stride;
        padded(self.rows * stride) + padded(self.padded_columns * stride) + padded(lanes * stride)
    }
}

/// Vector operations for `rows` and `columns`, the latter as lanes; see [`super::winograd_weight_gradient`].
fn cost(rows: usize, columns: usize, lanes: usize) -> usize {
    rows * columns.next_multiple_of(lanes) + 4 * columns
}

impl PointwiseWeightGradient<'_> {
    /// Runs it: `weight_gradient` is `[out_channels, in_channels]`, `bias_gradient` `[out_channels]`.
    pub fn run(&self, weight_gradient: &mut [f32], bias_gradient: Option<&mut [f32]>) {
        let ConvShape { in_channels, out_channels, .. } = self.shape;
        let lanes = self.level.lanes();
        let input_lanes = cost(out_channels, in_channels, lanes) <= cost(in_channels, out_channels, lanes);
        let (rows, columns) = if input_lanes { (out_channels, in_channels) } else { (in_channels, out_channels) };
        let padded_columns = columns.next_multiple_of(lanes);
        let most = (BLOCK_BUDGET / (rows + padded_columns)).clamp(lanes, MOST_PIXELS);
        let pixels = PixelPlan::new(&self.shape, most, lanes, rayon::current_num_threads());
        let plan = Plan { pixels, input_lanes, rows, columns, padded_columns };
        let threads = rayon::current_num_threads().min(pixels.count);
        let mut bias_sums = vec![0.0f64; threads * out_channels];
        with_scratch(threads * plan.sums_len(), |sums| {
            sums.par_chunks_mut(plan.sums_len()).zip(bias_sums.par_chunks_mut(out_channels)).enumerate().for_each(
                |(thread, (sums, bias))| {
                    with_scratch(plan.block_scratch(lanes), |scratch| {
                        let first = thread * pixels.count / threads;
                        for index in first..(thread + 1) * pixels.count / threads {
                            self.block(&plan, pixels.block(index), scratch, sums, bias, index > first);
                        }
                    });
                },
            );
            finish(&plan, sums, weight_gradient);
        });
        if let Some(bias_gradient) = bias_gradient {
            for (channel, gradient) in bias_gradient.iter_mut().enumerate() {
                *gradient = bias_sums.iter().skip(channel).step_by(out_channels).sum::<f64>() as f32;
            }
        }
    }

    /// Adds one block of pixels to a thread's sums.
    fn block(&self, plan: &Plan, block: Range<usize>, mut scratch: &mut [f32], sums: &mut [f32], bias: &mut [f64], accumulate: bool) {
        let lanes = self.level.lanes();
        let stride = plan.pixels.stride;
        let rows = take(&mut scratch, plan.rows * stride);
        let columns = take(&mut scratch, plan.padded_columns * stride);
        let group = take(&mut scratch, lanes * stride);
        self.gather(plan, &block, 0..plan.rows, !plan.input_lanes, rows, bias);
        for first in (0..plan.columns).step_by(lanes) {
            let range = first..plan.columns.min(first + lanes);
            group[range.len() * stride..].fill(0.0);
            self.gather(plan, &block, range, plan.input_lanes, group, bias);
            self.level.run(Transposition { plan, first, group, columns });
        }
        self.level.run(Sums { plan, pixels: block.len(), rows, columns, sums, accumulate });
    }

    /// Brings `range` of the input's or the gradient's channels together.
    fn gather(&self, plan: &Plan, block: &Range<usize>, range: Range<usize>, of_input: bool, target: &mut [f32], bias: &mut [f64]) {
        let (plan, block) = (&plan.pixels, block.clone());
        let ConvShape { in_channels, out_channels, .. } = self.shape;
        self.level.run(if of_input {
            Gather { plan, block, input: self.input, channels: in_channels, range, activation: self.before, target, sums: None }
        } else {
            let activation = Activation::Identity;
            Gather { plan, block, input: self.gradient, channels: out_channels, range, activation, target, sums: Some(bias) }
        });
    }
}

/// Adds the threads' sums, in order.
fn finish(plan: &Plan, sums: &[f32], weight_gradient: &mut [f32]) {
    for row in 0..plan.rows {
        for column in 0..plan.columns {
            let place = if plan.input_lanes { row * plan.columns + column } else { column * plan.rows + row };
            weight_gradient[place] = sums.iter().skip(row * plan.padded_columns + column).step_by(plan.sums_len()).sum();
        }
    }
}

/// Turns `LANES` channels of a block around: pixels become rows, channels lanes.
struct Transposition<'a> {
    plan: &'a Plan,
    first: usize,
    group: &'a [f32],
    columns: &'a mut [f32],
}

impl Kernel for Transposition<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { plan, first, group, columns } = self;
        let stride = plan.pixels.stride;
        assert!(stride.is_multiple_of(S::LANES) && group.len() >= S::LANES * stride);
        assert!(first + S::LANES <= plan.padded_columns && columns.len() >= stride * plan.padded_columns);
        for pixel in (0..stride).step_by(S::LANES) {
            // SAFETY: LANES channels of LANES pixels on both sides, as just checked.
            unsafe {
                let target = columns.as_mut_ptr().add(pixel * plan.padded_columns + first);
                simd.transpose(group.as_ptr().add(pixel), stride, target, plan.padded_columns);
            }
        }
    }
}

/// The product over one block of pixels.
struct Sums<'a> {
    plan: &'a Plan,
    pixels: usize,
    rows: &'a [f32],
    columns: &'a [f32],
    sums: &'a mut [f32],
    accumulate: bool,
}

impl Kernel for Sums<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { plan, rows, columns, sums, .. } = self;
        let stride = plan.pixels.stride;
        assert!(self.pixels <= stride && rows.len() >= plan.rows * stride && columns.len() >= stride * plan.padded_columns);
        assert!(sums.len() >= plan.sums_len() && plan.padded_columns.is_multiple_of(S::LANES));
        let product = Product {
            left: rows.as_ptr(),
            layout: Left::Rows(stride),
            right: columns.as_ptr(),
            right_stride: plan.padded_columns,
            target: sums.as_mut_ptr(),
            target_stride: plan.padded_columns,
            rows: plan.rows,
            depth: self.pixels,
            vectors: plan.padded_columns / S::LANES,
            accumulate: self.accumulate,
        };
        // SAFETY: the sizes were checked above; the three slices are distinct.
        unsafe { multiply(simd, &product, &mut Prefetch::new()) };
    }
}
