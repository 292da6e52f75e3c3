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

pub fn active(activation: Activation, x: f32) -> f64 {
    // As the kernels do, in f32: the activation itself is not under test.
    f64::from(if x > 0.0 { x } else { x * activation.slope() })
}

/// Calls `visit(output index, input index, weight index)` for every product of a convolution with `taps` (9 or 1) positions.
fn products(shape: &ConvShape, taps: usize, mut visit: impl FnMut(usize, usize, usize)) {
    let ConvShape { batch, in_channels, out_channels, height, width } = *shape;
    let side: usize = if taps == 9 { 3 } else { 1 };
    let pad = side / 2;
    for image in 0..batch {
        for out in 0..out_channels {
            for y in 0..height {
                for x in 0..width {
                    let output = ((image * out_channels + out) * height + y) * width + x;
                    for channel in 0..in_channels {
                        for tap in 0..taps {
                            let (row, column) = (y + tap / side, x + tap % side);
                            if (pad..height + pad).contains(&row) && (pad..width + pad).contains(&column) {
                                let input = ((image * in_channels + channel) * height + row - pad) * width + column - pad;
                                visit(output, input, (out * in_channels + channel) * taps + tap);
                            }
                        }
                    }
                }
            }
        }
    }
}

pub fn forward(shape: &ConvShape, taps: usize, input: &[f32], before: Activation, weight: &[f32]) -> Vec<f64> {
    let mut result = vec![0.0; shape.output_len()];
    products(shape, taps, |o, i, w| result[o] += active(before, input[i]) * f64::from(weight[w]));
    result
}

pub fn input_gradient(shape: &ConvShape, taps: usize, gradient: &[f32], weight: &[f32]) -> Vec<f64> {
    let mut result = vec![0.0; shape.input_len()];
    products(shape, taps, |o, i, w| result[i] += f64::from(gradient[o]) * f64::from(weight[w]));
    result
}

pub fn weight_gradient(shape: &ConvShape, taps: usize, input: &[f32], before: Activation, gradient: &[f32]) -> (Vec<f64>, Vec<f64>) {
    let mut weight = vec![0.0; shape.weight_len(taps)];
    products(shape, taps, |o, i, w| weight[w] += f64::from(gradient[o]) * active(before, input[i]));
    let mut bias = vec![0.0; shape.out_channels];
    for (i, &g) in gradient.iter().enumerate() {
        bias[i / shape.pixels() % shape.out_channels] += f64::from(g);
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
