//! Convolutions and their gradients as plain f64 loops, and random tensors.

use super::super::shape::{Activation, ConvShape};

/// A small generator (`SplitMix64`), so that the tests need no dependency.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    /// A size in 1..=most.
    pub fn size(&mut self, most: usize) -> usize {
        1 + (self.next() % most as u64) as usize
    }
    /// Numbers about as normal: the sum of four uniform ones.
    pub fn tensor(&mut self, len: usize) -> Vec<f32> {
        (0..len).map(|_| (0..4).map(|_| (self.next() >> 40) as f32 / 16_777_216.0 - 0.5).sum()).collect()
    }
    pub fn coin(&mut self) -> bool {
        self.next() & 1 == 1
    }
}

/// As the kernels do, in f32: the activation itself is not under test.
fn activated(activation: Activation, input: &[f32]) -> Vec<f64> {
    input.iter().map(|x| f64::from(if *x > 0.0 { *x } else { *x * activation.slope() })).collect()
}

fn exact(numbers: &[f32]) -> Vec<f64> {
    numbers.iter().map(|number| f64::from(*number)).collect()
}

/// Products along a row of the output that share a weight: those of `length` numbers from `output` on with as many from `input` on.
struct Run {
    output: usize,
    input: usize,
    length: usize,
    weight: usize,
}

/// Calls `visit` for every product of a convolution with `taps` (9 or 1) positions, run by run.
fn products(shape: &ConvShape, taps: usize, mut visit: impl FnMut(Run)) {
    let ConvShape { batch, in_channels, out_channels, height, width } = *shape;
    let side: usize = if taps == 9 { 3 } else { 1 };
    let pad = side / 2;
    for image in 0..batch {
        for out in 0..out_channels {
            for channel in 0..in_channels {
                for tap in 0..taps {
                    let (down, right) = (tap / side, tap % side);
                    // What lies beside the picture is zero: of a row, the columns whose input is in it.
                    let (first, last) = (pad.saturating_sub(right), (width + pad - right).min(width));
                    for y in (0..height).filter(|y| (pad..height + pad).contains(&(y + down))) {
                        visit(Run {
                            output: ((image * out_channels + out) * height + y) * width + first,
                            input: ((image * in_channels + channel) * height + y + down - pad) * width + first + right - pad,
                            length: last.saturating_sub(first),
                            weight: (out * in_channels + channel) * taps + tap,
                        });
                    }
                }
            }
        }
    }
}

/// Adds `weight` times every number to those of `sums`.
fn add(sums: &mut [f64], numbers: &[f64], weight: f64) {
    sums.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number * weight);
}

/// The sum of products, in four parts that do not wait for each other.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut parts = [0.0; 4];
    for (a, b) in a.chunks(4).zip(b.chunks(4)) {
        parts.iter_mut().zip(a.iter().zip(b)).for_each(|(part, (a, b))| *part += a * b);
    }
    parts.iter().sum()
}

pub fn forward(shape: &ConvShape, taps: usize, input: &[f32], before: Activation, weight: &[f32]) -> Vec<f64> {
    let (input, weight) = (activated(before, input), exact(weight));
    let mut result = vec![0.0; shape.output_len()];
    products(shape, taps, |run| add(&mut result[run.output..][..run.length], &input[run.input..][..run.length], weight[run.weight]));
    result
}

pub fn input_gradient(shape: &ConvShape, taps: usize, gradient: &[f32], weight: &[f32]) -> Vec<f64> {
    let (gradient, weight) = (exact(gradient), exact(weight));
    let mut result = vec![0.0; shape.input_len()];
    products(shape, taps, |run| add(&mut result[run.input..][..run.length], &gradient[run.output..][..run.length], weight[run.weight]));
    result
}

pub fn weight_gradient(shape: &ConvShape, taps: usize, input: &[f32], before: Activation, gradient: &[f32]) -> (Vec<f64>, Vec<f64>) {
    let (input, gradient) = (activated(before, input), exact(gradient));
    let mut weight = vec![0.0; shape.weight_len(taps)];
    products(shape, taps, |run| {
        weight[run.weight] += dot(&gradient[run.output..][..run.length], &input[run.input..][..run.length]);
    });
    let mut bias = vec![0.0; shape.out_channels];
    for (i, g) in gradient.iter().enumerate() {
        bias[i / shape.pixels() % shape.out_channels] += g;
    }
    (weight, bias)
}

/// max|e| / max|reference|.
pub fn error(found: &[f32], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let most = expected.iter().fold(1e-30f64, |most, x| most.max(x.abs()));
    let worst = found.iter().zip(expected).fold(0.0f64, |worst, (&f, &e)| {
        let difference = (f64::from(f) - e).abs();
        if difference.is_nan() { f64::INFINITY } else { worst.max(difference) }
    });
    worst / most
}
