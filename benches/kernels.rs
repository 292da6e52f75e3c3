//! GFLOP/s (of a direct convolution's operations) of every kernel on the shapes of small autoencoders:
//! `cargo bench --bench kernels -- [LEVEL] [FILTER] [REPEATS] [fiw]`. LEVEL `all` tries every level; `gemm`: a large product; `elementwise`: the rest;
//! the last argument picks forward, input and weight gradient.

use facefield::backend::cpu::kernels::adamw::AdamW;
use facefield::backend::cpu::kernels::conv3x3::{Forward, InputGradient, WeightGradient};
use facefield::backend::cpu::kernels::elementwise::{self, Planes};
use facefield::backend::cpu::kernels::shape::{Activation, ConvShape};
use facefield::backend::cpu::kernels::simd::SimdLevel;
use facefield::backend::cpu::kernels::{conv1x1, conv3x3};
use std::time::Instant;

const SHAPES: &[(usize, usize, usize)] = &[
    (3, 16, 64),
    (16, 16, 64),
    (16, 32, 64),
    (32, 32, 64),
    (32, 16, 64),
    (16, 3, 64),
    (32, 64, 32),
    (64, 64, 32),
    (64, 32, 32),
    (32, 32, 32),
    (64, 128, 16),
    (128, 128, 16),
    (128, 64, 16),
    (64, 64, 16),
    (128, 128, 8),
    (3, 32, 64),
    (32, 64, 64),
    (64, 64, 64),
    (64, 32, 64),
    (32, 3, 64),
    (64, 128, 32),
    (128, 128, 32),
    (128, 64, 32),
    (128, 256, 16),
    (256, 256, 16),
    (256, 128, 16),
    (256, 256, 8),
    (3, 16, 32),
    (16, 16, 32),
    (16, 32, 32),
    (32, 16, 32),
    (16, 3, 32),
    (32, 32, 16),
    (32, 64, 16),
    (64, 32, 16),
    (64, 64, 8),
    (64, 128, 8),
    (3, 8, 32),
    (8, 16, 32),
    (8, 8, 32),
    (16, 8, 32),
    (48, 32, 32),
    (64, 48, 16),
    (48, 48, 16),
];

fn median_seconds(repeats: usize, wanted: bool, mut work: impl FnMut()) -> f64 {
    if !wanted {
        return f64::INFINITY;
    }
    work();
    let mut times: Vec<f64> = (0..repeats)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn numbers(len: usize) -> Vec<f32> {
    (0..len).map(|i| ((i * 7919) % 1009) as f32 / 1009.0 - 0.5).collect()
}

fn bench(level: SimdLevel, shape: &ConvShape, taps: usize, repeats: usize, wanted: &str) -> [f64; 3] {
    let (input, weight, bias) = (numbers(shape.input_len()), numbers(shape.weight_len(taps)), numbers(shape.out_channels));
    let gradient = numbers(shape.output_len());
    let (mut output, mut input_gradient) = (vec![0.0; shape.output_len()], vec![0.0; shape.input_len()]);
    let (mut weight_gradient, mut bias_gradient) = (vec![0.0; shape.weight_len(taps)], vec![0.0; shape.out_channels]);
    let identity = Activation::Identity;
    let forward = Forward { input: &input, weight: &weight, bias: Some(&bias), residual: None, before: identity, after: identity };
    let backward = InputGradient { output_gradient: &gradient, weight: &weight, before: None, add: None };
    let weights = WeightGradient { input: &input, before: identity, output_gradient: &gradient };
    let run_forward = if taps == 9 { conv3x3::forward } else { conv1x1::forward };
    let run_backward = if taps == 9 { conv3x3::input_gradient } else { conv1x1::input_gradient };
    let run_weights = if taps == 9 { conv3x3::weight_gradient } else { conv1x1::weight_gradient };
    let seconds = [
        median_seconds(repeats, wanted.contains('f'), || run_forward(level, shape, &forward, &mut output).expect("sizes fit")),
        median_seconds(repeats, wanted.contains('i'), || run_backward(level, shape, &backward, &mut input_gradient).expect("sizes fit")),
        median_seconds(repeats, wanted.contains('w'), || {
            run_weights(level, shape, &weights, &mut weight_gradient, Some(&mut bias_gradient)).expect("sizes fit");
        }),
    ];
    seconds.map(|seconds| shape.operations(taps) / seconds / 1e9)
}

/// GFLOP/s of a large product with the `gemm` crate on all threads.
fn gemm_peak(size: usize) -> f64 {
    let (left, right, mut target) = (numbers(size * size), numbers(size * size), vec![0.0f32; size * size]);
    let (rows, stride) = (size, size as isize);
    let seconds = median_seconds(9, true, || {
        // SAFETY: three square matrices of `size` rows, one after another.
        unsafe {
            gemm::gemm(
                rows,
                rows,
                rows,
                target.as_mut_ptr(),
                1,
                stride,
                false,
                left.as_ptr(),
                1,
                stride,
                right.as_ptr(),
                1,
                stride,
                0.0,
                1.0,
                false,
                false,
                false,
                gemm::Parallelism::Rayon(0),
            );
        }
    });
    2.0 * (size as f64).powi(3) / seconds / 1e9
}

/// GB/s (numbers read and written) of the elementwise kernels on 32 x 32 planes of 64x64.
fn bench_elementwise(level: SimdLevel) {
    let planes = Planes { count: 1024, height: 64, width: 64 };
    let (small, len) = (planes.halved(), planes.len());
    let (a, b, quarter) = (numbers(len), numbers(len), numbers(small.len()));
    let (mut output, mut small_output) = (vec![0.0; len], vec![0.0; small.len()]);
    let (mut first, mut second) = (vec![0.0; len], vec![0.0; len]);
    let settings = AdamW { learning_rate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.01 };
    let report = |name: &str, numbers: usize, seconds: f64| {
        println!("{name:22} {:8} {:6.2} ms {:6.1} GB/s", level.name(), 1e3 * seconds, 4e-9 * numbers as f64 / seconds);
    };
    let pooled = len + small.len();
    report(
        "average_pool",
        pooled,
        median_seconds(15, true, || elementwise::average_pool(level, &planes, &a, &mut small_output).expect("sizes fit")),
    );
    report(
        "average_pool_gradient",
        pooled,
        median_seconds(15, true, || elementwise::average_pool_gradient(level, &planes, &quarter, &mut output).expect("sizes fit")),
    );
    report(
        "upsample",
        pooled,
        median_seconds(15, true, || elementwise::upsample(level, &small, &quarter, &mut output).expect("sizes fit")),
    );
    report(
        "upsample_gradient",
        pooled,
        median_seconds(15, true, || elementwise::upsample_gradient(level, &small, &a, &mut small_output).expect("sizes fit")),
    );
    report("leaky_relu", 2 * len, median_seconds(15, true, || elementwise::leaky_relu(level, 0.2, &a, &mut output).expect("sizes fit")));
    report(
        "leaky_relu_gradient",
        3 * len,
        median_seconds(15, true, || elementwise::leaky_relu_gradient(level, 0.2, &a, &b, &mut output).expect("sizes fit")),
    );
    report("add", 3 * len, median_seconds(15, true, || elementwise::add(level, &a, &b, &mut output).expect("sizes fit")));
    report(
        "adamw",
        7 * len,
        median_seconds(15, true, || settings.step(level, 1, &mut output, &b, &mut first, &mut second).expect("sizes fit")),
    );
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let text = |i: usize| arguments.get(i).map_or("", String::as_str);
    if text(0) == "gemm" {
        println!("gemm 2048 on {} threads: {:.0} GFLOP/s", rayon::current_num_threads(), gemm_peak(2048));
        return;
    }
    if text(0) == "elementwise" {
        bench_elementwise(SimdLevel::detect());
        return;
    }
    let levels = match text(0) {
        "" | "best" => vec![SimdLevel::detect()],
        "list" => vec![],
        "all" => SimdLevel::available(),
        name => vec![SimdLevel::named(name).expect("a level of this processor")],
    };
    let repeats = text(2).parse().unwrap_or(9);
    for taps in [9, 1] {
        for &(in_channels, out_channels, size) in SHAPES {
            if taps == 1 && (in_channels == out_channels || in_channels == 3 || out_channels == 3) {
                continue;
            }
            let name = format!("{}x{}:{in_channels}->{out_channels}@{size}", if taps == 9 { 3 } else { 1 }, if taps == 9 { 3 } else { 1 });
            if !name.contains(text(1)) && text(1) != format!("={name}") {
                continue;
            }
            if text(0) == "list" {
                println!("{name}");
                continue;
            }
            let shape = ConvShape { batch: 32, in_channels, out_channels, height: size, width: size };
            for &level in &levels {
                let [forward, backward, weights] = bench(level, &shape, taps, repeats, if text(3).is_empty() { "fiw" } else { text(3) });
                println!("{name:20} {:8} {forward:7.1} {backward:7.1} {weights:7.1}", level.name());
            }
        }
    }
}
