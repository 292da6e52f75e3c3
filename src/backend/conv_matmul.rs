//! 3x3 convolution as one matrix product over nine shifted copies of the picture.
//!
//! What GPUs without tensor cores do well, written in burn's own operations, so that it is the same everywhere.

use burn::tensor::backend::Backend;
use burn::tensor::ops::PadMode;
use burn::tensor::{Shape, Tensor};

/// `input` [N, C, H, W], `weight` [K, C, 3, 3] -> [N, K, H, W].
pub fn forward<B: Backend>(input: Tensor<B, 4>, weight: Tensor<B, 4>) -> Tensor<B, 4> {
    let [count, channels, height, width] = input.dims();
    let filters = weight.dims()[0];
    let rows = weight.permute([0, 2, 3, 1]).reshape([1, filters, 9 * channels]); // [1, K, 9 C]
    rows.matmul(shifted(input)).reshape([count, filters, height, width]) // [N, K, H, W]
}

/// The gradient for the input: the convolution with turned weights. `output_gradient` [N, K, H, W] -> [N, C, H, W].
pub fn input_gradient<B: Backend>(weight: Tensor<B, 4>, output_gradient: Tensor<B, 4>) -> Tensor<B, 4> {
    forward(output_gradient, weight.flip([2, 3]).swap_dims(0, 1))
}

/// The gradient for the weight: [K, C, 3, 3].
pub fn weight_gradient<B: Backend>(input: Tensor<B, 4>, output_gradient: Tensor<B, 4>) -> Tensor<B, 4> {
    let channels = input.dims()[1];
    let [count, filters, height, width] = output_gradient.dims();
    let gradient = output_gradient.reshape([count, filters, height * width]); // [N, K, H W]
    let products = gradient.matmul(shifted(input).swap_dims(1, 2)); // [N, K, 9 C]
    products.sum_dim(0).reshape([filters, 3, 3, channels]).permute([0, 3, 1, 2]) // [K, C, 3, 3]
}

/// Nine copies of the picture, shifted to where each tap of the kernel looks: [N, C, H, W] -> [N, 9 C, H W].
fn shifted<B: Backend>(input: Tensor<B, 4>) -> Tensor<B, 3> {
    let [count, channels, height, width] = input.dims();
    let padded = input.pad((1, 1, 1, 1), PadMode::Constant(0.0)); // [N, C, H + 2, W + 2]
    let taps = (0..9).map(|tap| {
        let (y, x) = (tap / 3, tap % 3);
        padded.clone().slice([0..count, 0..channels, y..y + height, x..x + width]) // [N, C, H, W]
    });
    Tensor::cat(taps.collect(), 1).reshape(Shape::new([count, 9 * channels, height * width]))
}

#[cfg(test)]
mod tests {
    use burn::tensor::module::conv2d;
    use burn::tensor::ops::ConvOptions;
    use burn::tensor::{Distribution, Tolerance};

    use super::*;
    use crate::backend::Cpu;

    #[test]
    fn the_product_is_the_convolution_and_its_gradients() {
        use burn::backend::Autodiff;
        type Tracked = Autodiff<Cpu>;
        let device = Default::default();
        for [count, channels, filters, height, width] in [[2, 3, 5, 7, 6], [1, 1, 1, 1, 1], [3, 4, 2, 8, 8]] {
            let random = |shape: [usize; 4]| Tensor::<Tracked, 4>::random(shape, Distribution::Default, &device).require_grad();
            let (input, weight) = (random([count, channels, height, width]), random([filters, channels, 3, 3]));
            let output = conv2d(input.clone(), weight.clone(), None, ConvOptions::new([1, 1], [1, 1], [1, 1], 1));
            let gradient = Tensor::<Cpu, 4>::random([count, filters, height, width], Distribution::Default, &device);
            let gradients = (output.clone() * Tensor::from_inner(gradient.clone())).sum().backward();
            let tolerance = Tolerance::<f32>::absolute(1e-4);
            let (plain_input, plain_weight) = (input.clone().inner(), weight.clone().inner());
            forward(plain_input.clone(), plain_weight.clone()).into_data().assert_approx_eq(&output.into_data(), tolerance);
            let of_input = input.grad(&gradients).unwrap();
            input_gradient(plain_weight, gradient.clone()).into_data().assert_approx_eq(&of_input.into_data(), tolerance);
            let of_weight = weight.grad(&gradients).unwrap();
            weight_gradient(plain_input, gradient).into_data().assert_approx_eq(&of_weight.into_data(), tolerance);
        }
    }
}
