//! Layers in f64, written as plainly as they are defined: what devices are compared with.
//!
//! Arrays are NCHW. Rows are the inner loops, pictures are computed side by side.

use rayon::prelude::*;

/// A convolution with a square kernel of `side` 1 or 3, stride 1, same padding.
#[derive(Clone, Copy, Debug)]
pub struct ConvReference {
    /// N.
    pub count: usize,
    /// C.
    pub channels: usize,
    /// K.
    pub filters: usize,
    /// H.
    pub height: usize,
    /// W.
    pub width: usize,
    /// 1 or 3.
    pub side: usize,
}

impl ConvReference {
    fn plane(&self) -> usize {
        self.height * self.width
    }

    /// `input` [N, C, H, W], `weight` [K, C, side, side], `bias` `[K]` -> [N, K, H, W].
    pub fn forward(&self, input: &[f64], weight: &[f64], bias: &[f64]) -> Vec<f64> {
        let mut output = vec![0.0; self.count * self.filters * self.plane()];
        output.par_chunks_mut(self.plane()).enumerate().for_each(|(index, output)| {
            let (n, k) = (index / self.filters, index % self.filters);
            output.fill(bias[k]);
            for c in 0..self.channels {
                let input = &input[(n * self.channels + c) * self.plane()..][..self.plane()];
                self.for_each_row(|tap, from, to, len| {
                    let factor = weight[(k * self.channels + c) * self.side * self.side + tap];
                    for (sum, value) in output[to..to + len].iter_mut().zip(&input[from..from + len]) {
                        *sum += factor * value;
                    }
                });
            }
        });
        output
    }

    /// The gradient for the input: `output_gradient` [N, K, H, W] -> [N, C, H, W].
    pub fn input_gradient(&self, weight: &[f64], output_gradient: &[f64]) -> Vec<f64> {
        let mut gradient = vec![0.0; self.count * self.channels * self.plane()];
        gradient.par_chunks_mut(self.plane()).enumerate().for_each(|(index, gradient)| {
            let (n, c) = (index / self.channels, index % self.channels);
            for k in 0..self.filters {
                let output = &output_gradient[(n * self.filters + k) * self.plane()..][..self.plane()];
                self.for_each_row(|tap, from, to, len| {
                    let factor = weight[(k * self.channels + c) * self.side * self.side + tap];
                    for (sum, value) in gradient[from..from + len].iter_mut().zip(&output[to..to + len]) {
                        *sum += factor * value;
                    }
                });
            }
        });
        gradient
    }

    /// The gradient for the weight: [K, C, side, side].
    pub fn weight_gradient(&self, input: &[f64], output_gradient: &[f64]) -> Vec<f64> {
        let taps = self.side * self.side;
        let mut gradient = vec![0.0; self.filters * self.channels * taps];
        gradient.par_chunks_mut(taps).enumerate().for_each(|(index, gradient)| {
            let (k, c) = (index / self.channels, index % self.channels);
            for n in 0..self.count {
                let input = &input[(n * self.channels + c) * self.plane()..][..self.plane()];
                let output = &output_gradient[(n * self.filters + k) * self.plane()..][..self.plane()];
                self.for_each_row(|tap, from, to, len| {
                    gradient[tap] += input[from..from + len].iter().zip(&output[to..to + len]).map(|(a, b)| a * b).sum::<f64>();
                });
            }
        });
        gradient
    }

    /// The gradient for the bias: `[K]`.
    pub fn bias_gradient(&self, output_gradient: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.filters];
        for (index, plane) in output_gradient.chunks_exact(self.plane()).enumerate() {
            sums[index % self.filters] += plane.iter().sum::<f64>();
        }
        sums
    }

    /// Calls `work` with a tap, the places where a row begins in the input and in the output, and its length.
    fn for_each_row(&self, mut work: impl FnMut(usize, usize, usize, usize)) {
        let reach = self.side / 2;
        for tap in 0..self.side * self.side {
            let (dy, dx) = (tap / self.side, tap % self.side);
            let (left, right) = (reach.saturating_sub(dx), dx.saturating_sub(reach));
            let Some(len) = self.width.checked_sub(left + right).filter(|len| *len > 0) else { continue };
            for y in 0..self.height {
                let Some(from_y) = (y + dy).checked_sub(reach).filter(|from_y| *from_y < self.height) else { continue };
                work(tap, from_y * self.width + right, y * self.width + left, len);
            }
        }
    }
}

/// `input` [N, C], `weight` [C, K], `bias` `[K]` -> [N, K].
pub fn linear(input: &[f64], weight: &[f64], bias: &[f64]) -> Vec<f64> {
    let outputs = bias.len();
    let inputs = weight.len() / outputs;
    let rows = input.par_chunks_exact(inputs).flat_map_iter(|row| {
        let mut sums = bias.to_vec();
        for (value, weights) in row.iter().zip(weight.chunks_exact(outputs)) {
            sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += value * weight);
        }
        sums
    });
    rows.collect()
}

/// Means of 2x2 pixels of square maps.
pub fn average_pool(input: &[f64], size: usize) -> Vec<f64> {
    let small = size / 2;
    let value = |map: &[f64], y: usize, x: usize| {
        (map[2 * y * size + 2 * x] + map[2 * y * size + 2 * x + 1] + map[(2 * y + 1) * size + 2 * x] + map[(2 * y + 1) * size + 2 * x + 1])
            / 4.0
    };
    let maps = input.chunks_exact(size * size);
    maps.flat_map(|map| (0..small * small).map(move |index| value(map, index / small, index % small))).collect()
}

/// Every pixel of square maps as 2x2 pixels.
pub fn upsample(input: &[f64], size: usize) -> Vec<f64> {
    let large = 2 * size;
    let maps = input.chunks_exact(size * size);
    maps.flat_map(|map| (0..large * large).map(move |index| map[index / large / 2 * size + index % large / 2])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// <f(x), y> of a linear map is bilinear: its adjoints are right where all three inner products agree.
    #[test]
    fn gradients_are_the_adjoints_of_the_forward_map() {
        for side in [1, 3] {
            for (count, channels, filters, height, width) in [(2, 3, 2, 5, 4), (1, 1, 1, 1, 1), (1, 2, 3, 1, 6)] {
                let conv = ConvReference { count, channels, filters, height, width, side };
                let numbers = |len: usize, seed: f64| (0..len).map(|n| (n as f64 * 1.7 + seed).sin()).collect::<Vec<f64>>();
                let plane = height * width;
                let (input, weight) = (numbers(count * channels * plane, 0.1), numbers(filters * channels * side * side, 0.7));
                let (bias, gradient) = (numbers(filters, 0.4), numbers(count * filters * plane, 0.9));
                let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
                let output = conv.forward(&input, &weight, &vec![0.0; filters]);
                let wanted = dot(&output, &gradient);
                assert!((dot(&input, &conv.input_gradient(&weight, &gradient)) - wanted).abs() < 1e-9);
                assert!((dot(&weight, &conv.weight_gradient(&input, &gradient)) - wanted).abs() < 1e-9);
                let with_bias = dot(&conv.forward(&input, &weight, &bias), &gradient) - wanted;
                assert!((dot(&bias, &conv.bias_gradient(&gradient)) - with_bias).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn a_shifted_kernel_shifts_the_picture() {
        let conv = ConvReference { count: 1, channels: 1, filters: 1, height: 2, width: 3, side: 3 };
        let mut weight = [0.0; 9];
        weight[5] = 2.0; // the right neighbour
        assert_eq!(conv.forward(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &weight, &[0.5]), [4.5, 6.5, 0.5, 10.5, 12.5, 0.5]);
    }
}
