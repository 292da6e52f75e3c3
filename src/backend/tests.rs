//! Gradients against numerical derivatives, and training with our kernels against training with burn's own.

use burn::backend::Autodiff;
use burn::tensor::module::{avg_pool2d, conv2d, interpolate};
use burn::tensor::ops::{ConvOptions, InterpolateMode, InterpolateOptions};
use burn::tensor::{Tensor, TensorData, activation::leaky_relu};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Activation, Cpu, operations};

type Tracked = Autodiff<Cpu>;
const SLOPE: f32 = 0.2;

fn numbers(len: usize, seed: u64) -> Vec<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    // Far enough from 0 that no step of a derivative crosses the activation's kink.
    let number = |_| random.random_range(0.2_f32..1.0) * if random.random_bool(0.5) { 1.0 } else { -1.0 };
    (0..len).map(number).collect()
}

fn leaf<const D: usize>(values: &[f32], shape: [usize; D]) -> Tensor<Tracked, D> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), &Default::default()).require_grad()
}

fn values<const D: usize>(tensor: Tensor<Cpu, D>) -> Vec<f32> {
    tensor.into_data().into_vec().unwrap()
}

/// Compares the gradients of a scalar function with central differences, in some places of each argument.
fn check_gradients(arguments: &[(Vec<f32>, [usize; 4])], function: impl Fn(&[Tensor<Tracked, 4>]) -> Tensor<Tracked, 1>) {
    const STEP: f32 = 0.05;
    let leaves = |arguments: &[(Vec<f32>, [usize; 4])]| arguments.iter().map(|(v, s)| leaf(v, *s)).collect::<Vec<_>>();
    let at = leaves(arguments);
    let gradients = function(&at).backward();
    for (index, (numbers, shape)) in arguments.iter().enumerate() {
        let gradient = values(at[index].grad(&gradients).unwrap());
        let largest = gradient.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        for place in (0..numbers.len()).step_by((numbers.len() / 7).max(1)) {
            let shifted = |by: f32| {
                let mut arguments = arguments.to_vec();
                arguments[index].0[place] += by;
                f64::from(values(function(&leaves(&arguments)).inner())[0])
            };
            let numerical = (shifted(STEP) - shifted(-STEP)) / f64::from(2.0 * STEP);
            let error = (numerical - f64::from(gradient[place])).abs() / f64::from(largest);
            assert!(error < 2e-3, "argument {index} {shape:?}, place {place}: {numerical} and {}", gradient[place]);
        }
    }
}

#[test]
fn gradients_are_numerical_derivatives() {
    for [count, channels, filters, height, width] in [[2, 3, 4, 6, 5], [1, 1, 1, 1, 1], [2, 8, 3, 8, 8]] {
        let argument = |shape: [usize; 4], seed| (numbers(shape.iter().product(), seed), shape);
        let input = argument([count, channels, height, width], 1);
        let (weight, bias) = (argument([filters, channels, 3, 3], 2), argument([1, 1, 1, filters], 3));
        let residual = argument([count, filters, height, width], 4);
        let weight_of_sum = numbers(count * filters * height * width, 5);
        let summed = |output: Tensor<Tracked, 4>| {
            let shape = output.dims();
            (output * Tensor::from_data(TensorData::new(weight_of_sum.clone(), shape), &Default::default())).sum()
        };
        check_gradients(&[input.clone(), weight, bias.clone(), residual], |x| {
            let bias = x[2].clone().reshape([filters]);
            summed(operations::conv3x3_residual(x[0].clone(), x[1].clone(), Some(bias), x[3].clone(), Activation::LeakyRelu(SLOPE)))
        });
        check_gradients(&[input, argument([filters, channels, 1, 1], 6), bias], |x| {
            summed(operations::conv1x1(x[0].clone(), x[1].clone(), Some(x[2].clone().reshape([filters]))))
        });
    }
    let square = |tensor: Tensor<Tracked, 4>| (tensor.clone() * tensor).sum();
    let input = (numbers(2 * 3 * 36, 7), [2, 3, 6, 6]);
    check_gradients(std::slice::from_ref(&input), |x| square(operations::average_pool2(x[0].clone())));
    check_gradients(std::slice::from_ref(&input), |x| square(operations::upsample2(x[0].clone())));
    check_gradients(&[input], |x| square(operations::activate(x[0].clone(), Activation::LeakyRelu(SLOPE))));
}

/// A small autoencoder's weights: 3 to 8, 8 to 8 at half the size, 8 to 3.
fn first_weights() -> Vec<Tensor<Tracked, 4>> {
    let shapes = [[8, 3, 3, 3], [8, 8, 3, 3], [3, 8, 3, 3]];
    let weights = shapes.into_iter().zip(10..).map(|(shape, seed)| {
        let values: Vec<f32> = numbers(shape.iter().product(), seed).into_iter().map(|value| value * 0.15).collect();
        leaf(&values, shape)
    });
    weights.collect()
}

fn with_our_kernels(w: &[Tensor<Tracked, 4>], pictures: Tensor<Tracked, 4>) -> Tensor<Tracked, 4> {
    let activation = Activation::LeakyRelu(SLOPE);
    let features = operations::average_pool2(operations::conv3x3(pictures, w[0].clone(), None, Activation::Identity));
    let features = operations::upsample2(operations::conv3x3(features, w[1].clone(), None, activation));
    operations::conv3x3(features, w[2].clone(), None, activation)
}

fn with_burns_own(w: &[Tensor<Tracked, 4>], pictures: Tensor<Tracked, 4>) -> Tensor<Tracked, 4> {
    let conv = |x, w: &Tensor<Tracked, 4>| conv2d(x, w.clone(), None, ConvOptions::new([1, 1], [1, 1], [1, 1], 1));
    let features = avg_pool2d(conv(pictures, &w[0]), [2, 2], [2, 2], [0, 0], true, false);
    let features = conv(leaky_relu(features, f64::from(SLOPE)), &w[1]);
    let features = interpolate(features, [16, 16], InterpolateOptions::new(InterpolateMode::Nearest));
    conv(leaky_relu(features, f64::from(SLOPE)), &w[2])
}

#[test]
fn two_hundred_steps_with_our_kernels_and_with_burns_own_give_the_same_losses() {
    let pictures: Vec<f32> = (0..4 * 3 * 256).map(|n| ((n % 16) as f32 * 0.3 + (n / 256) as f32).sin()).collect();
    let losses = |forward: &dyn Fn(&[Tensor<Tracked, 4>], Tensor<Tracked, 4>) -> Tensor<Tracked, 4>| {
        let mut weights = first_weights();
        let pictures = leaf(&pictures, [4, 3, 16, 16]).detach();
        let mut losses = Vec::new();
        for _ in 0..200 {
            let loss = (forward(&weights, pictures.clone()) - pictures.clone()).powi_scalar(2).mean();
            let gradients = loss.backward();
            losses.push(values(loss.inner())[0]);
            let stepped = weights.iter().map(|weight| weight.clone().inner() - weight.grad(&gradients).unwrap() * 0.05);
            weights = stepped.map(|weight| Tensor::from_inner(weight).require_grad()).collect();
        }
        losses
    };
    let (ours, burns) = (losses(&with_our_kernels), losses(&with_burns_own));
    assert!(ours[199] < ours[0] * 0.6, "it learns: {} to {}", ours[0], ours[199]);
    for (step, (a, b)) in ours.iter().zip(&burns).enumerate() {
        assert!((a / b - 1.0).abs() < 0.01, "step {step}: {a} and {b}");
    }
}
