//! The three operations of both convolutions, plain and fused, on many shapes.

use super::super::conv3x3::{Forward, InputGradient, WeightGradient};
use super::super::shape::{Activation, ConvShape};
use super::super::simd::SimdLevel;
use super::super::{conv1x1, conv3x3};
use super::reference::{self, Random, error};

const FORWARD_LIMIT: f64 = 5e-5;
const GRADIENT_LIMIT: f64 = 2e-4;

fn shape(batch: usize, in_channels: usize, out_channels: usize, height: usize, width: usize) -> ConvShape {
    ConvShape { batch, in_channels, out_channels, height, width }
}

fn activation(random: &mut Random) -> Activation {
    if random.coin() { Activation::LeakyRelu(0.2) } else { Activation::Identity }
}

fn optional<'a>(random: &mut Random, slice: &'a [f32]) -> Option<&'a [f32]> {
    random.coin().then_some(slice)
}

/// The largest error of an operation at any level; none may be above the limit. What is to be expected is computed once for all of them.
fn worst(shape: &ConvShape, taps: usize, operation: &str, limit: f64, error_at: impl Fn(SimdLevel) -> f64) -> f64 {
    SimdLevel::available().into_iter().fold(0.0, |worst, level| {
        let error = error_at(level);
        assert!(error <= limit, "{} {shape:?} {taps} taps, {operation}: {error}", level.name());
        worst.max(error)
    })
}

fn check_forward(shape: &ConvShape, taps: usize, random: &mut Random) -> f64 {
    let (input, weight) = (random.tensor(shape.input_len()), random.tensor(shape.weight_len(taps)));
    let (bias, residual) = (random.tensor(shape.out_channels), random.tensor(shape.output_len()));
    let operands = Forward {
        input: &input,
        weight: &weight,
        bias: optional(random, &bias),
        residual: optional(random, &residual),
        before: activation(random),
        after: activation(random),
    };
    let mut expected = reference::forward(shape, taps, &input, operands.before, &weight);
    for (i, value) in expected.iter_mut().enumerate() {
        *value += operands.bias.map_or(0.0, |bias| f64::from(bias[i / shape.pixels() % shape.out_channels]));
        *value += operands.residual.map_or(0.0, |residual| f64::from(residual[i]));
        *value *= if *value > 0.0 { 1.0 } else { f64::from(operands.after.slope()) };
    }
    let run = if taps == 9 { conv3x3::forward } else { conv1x1::forward };
    worst(shape, taps, "forward", FORWARD_LIMIT, |level| {
        let mut output = vec![f32::NAN; shape.output_len()];
        run(level, shape, &operands, &mut output).unwrap();
        error(&output, &expected)
    })
}

fn check_input_gradient(shape: &ConvShape, taps: usize, random: &mut Random) -> f64 {
    let (input, weight) = (random.tensor(shape.input_len()), random.tensor(shape.weight_len(taps)));
    let (output_gradient, add) = (random.tensor(shape.output_len()), random.tensor(shape.input_len()));
    let before = activation(random);
    let operands = InputGradient {
        output_gradient: &output_gradient,
        weight: &weight,
        before: random.coin().then_some((&input[..], before)),
        add: optional(random, &add),
    };
    let mut expected = reference::input_gradient(shape, taps, &output_gradient, &weight);
    for (i, value) in expected.iter_mut().enumerate() {
        if let Some((input, activation)) = operands.before {
            *value *= if input[i] > 0.0 { 1.0 } else { f64::from(activation.slope()) };
        }
        *value += operands.add.map_or(0.0, |add| f64::from(add[i]));
    }
    let run = if taps == 9 { conv3x3::input_gradient } else { conv1x1::input_gradient };
    worst(shape, taps, "input gradient", GRADIENT_LIMIT, |level| {
        let mut gradient = vec![f32::NAN; shape.input_len()];
        run(level, shape, &operands, &mut gradient).unwrap();
        error(&gradient, &expected)
    })
}

fn check_weight_gradient(shape: &ConvShape, taps: usize, random: &mut Random) -> f64 {
    let (input, output_gradient) = (random.tensor(shape.input_len()), random.tensor(shape.output_len()));
    let operands = WeightGradient { input: &input, before: activation(random), output_gradient: &output_gradient };
    let (expected, expected_bias) = reference::weight_gradient(shape, taps, &input, operands.before, &output_gradient);
    // A bias gradient may nearly cancel: it is held to the size of its terms.
    let size: f64 = output_gradient.iter().map(|g| f64::from(*g).powi(2)).sum::<f64>().sqrt();
    let run = if taps == 9 { conv3x3::weight_gradient } else { conv1x1::weight_gradient };
    worst(shape, taps, "weight gradient", GRADIENT_LIMIT, |level| {
        let (mut weight, mut bias) = (vec![f32::NAN; shape.weight_len(taps)], vec![f32::NAN; shape.out_channels]);
        run(level, shape, &operands, &mut weight, Some(&mut bias)).unwrap();
        let off = bias.iter().zip(&expected_bias).fold(0.0f64, |off, (f, e)| off.max((f64::from(*f) - e).abs()));
        assert!(off <= 1e-5 * size, "bias gradient off by {off} of {size}");
        error(&weight, &expected)
    })
}

fn check(shape: &ConvShape, taps: usize, seed: u64) -> [f64; 3] {
    let mut random = Random(seed);
    [
        check_forward(shape, taps, &mut random),
        check_input_gradient(shape, taps, &mut random),
        check_weight_gradient(shape, taps, &mut random),
    ]
}

#[test]
fn sizes_one_to_nine() {
    for height in 1..=9 {
        for width in 1..=9 {
            for taps in [9, 1] {
                check(&shape(2, 3, 5, height, width), taps, (height * 10 + width) as u64);
            }
        }
    }
}

#[test]
fn random_shapes() {
    let mut random = Random(7);
    for seed in 0..150 {
        let shape = shape(random.size(5), random.size(40), random.size(40), random.size(40), random.size(40));
        check(&shape, 9, seed);
        check(&shape, 1, seed);
    }
}

#[test]
fn shapes_of_the_networks() {
    let mut worst = [0.0f64; 3];
    for (seed, (inputs, outputs, size)) in
        [(3, 16, 64), (16, 32, 64), (32, 16, 64), (16, 3, 64), (48, 32, 32), (64, 128, 16), (128, 128, 8), (8, 16, 32), (256, 256, 8)]
            .into_iter()
            .enumerate()
    {
        for taps in [9, 1] {
            let errors = check(&shape(4, inputs, outputs, size, size), taps, seed as u64);
            for i in 0..3 {
                worst[i] = worst[i].max(errors[i]);
            }
        }
    }
    println!("worst errors: forward {:.1e}, input gradient {:.1e}, weight gradient {:.1e}", worst[0], worst[1], worst[2]);
}

#[test]
fn wide_images_and_many_channels() {
    check(&shape(1, 2, 3, 5, 1000), 9, 1);
    check(&shape(1, 2, 3, 5, 1000), 1, 1);
    check(&shape(1, 520, 9, 5, 6), 9, 2);
    check(&shape(1, 9, 520, 5, 6), 9, 3);
}

#[test]
fn same_bits_every_time() {
    let shape = shape(9, 20, 24, 19, 21);
    let mut random = Random(3);
    let (input, weight, gradient) =
        (random.tensor(shape.input_len()), random.tensor(shape.weight_len(9)), random.tensor(shape.output_len()));
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let level = SimdLevel::detect();
            let (mut output, mut weight_gradient) = (vec![0.0; shape.output_len()], vec![0.0; shape.weight_len(9)]);
            let before = Activation::LeakyRelu(0.2);
            let operands = Forward { input: &input, weight: &weight, bias: None, residual: None, before, after: Activation::Identity };
            conv3x3::forward(level, &shape, &operands, &mut output).unwrap();
            let operands = WeightGradient { input: &input, before, output_gradient: &gradient };
            conv3x3::weight_gradient(level, &shape, &operands, &mut weight_gradient, None).unwrap();
            (output, weight_gradient)
        })
    };
    for threads in 1..=4 {
        assert!(run(threads) == run(threads));
    }
    assert!(run(1).0 == run(3).0, "a forward pass has the same bits on any number of threads");
}

#[test]
fn wrong_sizes_are_errors() {
    let shape = shape(1, 2, 3, 4, 4);
    let (input, weight) = (vec![0.0; 32], vec![0.0; 53]);
    let operands =
        Forward { input: &input, weight: &weight, bias: None, residual: None, before: Activation::Identity, after: Activation::Identity };
    let problem = conv3x3::forward(SimdLevel::detect(), &shape, &operands, &mut [0.0; 48]).unwrap_err();
    assert_eq!(problem.to_string(), "weight is 53, expected 54");
}
