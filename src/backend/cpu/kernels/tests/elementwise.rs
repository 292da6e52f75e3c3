//! Elementwise kernels and the optimiser at every level against plain loops.

use super::super::adamw::AdamW;
use super::super::elementwise::{self, Planes};
use super::super::simd::SimdLevel;
use super::reference::Random;

fn close(found: &[f32], expected: impl Iterator<Item = f64>) {
    let mut count = 0;
    for (found, expected) in found.iter().zip(expected) {
        assert!((f64::from(*found) - expected).abs() <= 1e-6 * (1.0 + expected.abs()), "{found} instead of {expected}");
        count += 1;
    }
    assert_eq!(count, found.len());
}

#[test]
fn pooling_and_upsampling() {
    let mut random = Random(11);
    for level in SimdLevel::available() {
        for _ in 0..60 {
            let planes = Planes { count: random.size(40), height: random.size(70), width: random.size(70) };
            let (small, large) = (planes.halved(), planes.doubled());
            let pixel = |slice: &[f32], size: &Planes, plane: usize, y: usize, x: usize| {
                f64::from(slice[(plane * size.height + y) * size.width + x])
            };
            let four = |slice: &[f32], size: &Planes, i: usize, half: &Planes| {
                let (plane, y, x) = (i / half.width / half.height, i / half.width % half.height * 2, i % half.width * 2);
                pixel(slice, size, plane, y, x)
                    + pixel(slice, size, plane, y, x + 1)
                    + pixel(slice, size, plane, y + 1, x)
                    + pixel(slice, size, plane, y + 1, x + 1)
            };
            let position = |i: usize, size: &Planes| (i / size.width / size.height, i / size.width % size.height, i % size.width);

            let input = random.tensor(planes.len());
            let mut pooled = vec![f32::NAN; small.len()];
            elementwise::average_pool(level, &planes, &input, &mut pooled).unwrap();
            close(&pooled, (0..small.len()).map(|i| four(&input, &planes, i, &small) / 4.0));

            let gradient = random.tensor(small.len());
            let mut result = vec![f32::NAN; planes.len()];
            elementwise::average_pool_gradient(level, &planes, &gradient, &mut result).unwrap();
            close(
                &result,
                (0..planes.len()).map(|i| {
                    let (plane, y, x) = position(i, &planes);
                    if y / 2 < small.height && x / 2 < small.width { pixel(&gradient, &small, plane, y / 2, x / 2) / 4.0 } else { 0.0 }
                }),
            );

            let mut result = vec![f32::NAN; large.len()];
            elementwise::upsample(level, &planes, &input, &mut result).unwrap();
            close(
                &result,
                (0..large.len()).map(|i| {
                    let (plane, y, x) = position(i, &large);
                    pixel(&input, &planes, plane, y / 2, x / 2)
                }),
            );

            let gradient = random.tensor(large.len());
            let mut result = vec![f32::NAN; planes.len()];
            elementwise::upsample_gradient(level, &planes, &gradient, &mut result).unwrap();
            close(&result, (0..planes.len()).map(|i| four(&gradient, &large, i, &planes)));
        }
    }
}

#[test]
fn activations_and_sums() {
    let mut random = Random(12);
    for level in SimdLevel::available() {
        for len in [0, 1, 15, 16, 17, 1000, 100_003] {
            let (a, b) = (random.tensor(len), random.tensor(len));
            let slope = |x: f32| if x > 0.0 { 1.0 } else { f64::from(0.2f32) };
            let mut result = vec![f32::NAN; len];
            elementwise::leaky_relu(level, 0.2, &a, &mut result).unwrap();
            close(&result, a.iter().map(|&a| f64::from(a) * slope(a)));
            elementwise::leaky_relu_gradient(level, 0.2, &a, &b, &mut result).unwrap();
            close(&result, a.iter().zip(&b).map(|(&a, &b)| f64::from(b) * slope(a)));
            elementwise::add(level, &a, &b, &mut result).unwrap();
            close(&result, a.iter().zip(&b).map(|(&a, &b)| f64::from(a) + f64::from(b)));
            elementwise::scaled_add(level, 0.5, &a, &b, &mut result).unwrap();
            close(&result, a.iter().zip(&b).map(|(&a, &b)| 0.5 * f64::from(a) + f64::from(b)));
        }
    }
}

#[test]
fn adamw_steps() {
    let mut random = Random(13);
    let settings = AdamW { learning_rate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.01 };
    for level in SimdLevel::available() {
        let len = 40_001;
        let mut parameters = random.tensor(len);
        let (mut first, mut second) = (vec![0.0; len], vec![0.0; len]);
        let mut expected: Vec<[f64; 3]> = parameters.iter().map(|&p| [f64::from(p), 0.0, 0.0]).collect();
        for step in 1..=3 {
            let gradients = random.tensor(len);
            settings.step(level, step, &mut parameters, &gradients, &mut first, &mut second).unwrap();
            for ([p, m, v], &g) in expected.iter_mut().zip(&gradients) {
                let g = f64::from(g);
                *p *= 1.0 - 1e-3 * 0.01;
                *m = 0.9 * *m + 0.1 * g;
                *v = 0.999 * *v + 0.001 * g * g;
                let (correction1, correction2) = (1.0 - 0.9f64.powi(step as i32), 1.0 - 0.999f64.powi(step as i32));
                *p -= 1e-3 * (*m / correction1) / ((*v / correction2).sqrt() + 1e-8);
            }
        }
        close(&parameters, expected.iter().map(|e| e[0]));
        close(&first, expected.iter().map(|e| e[1]));
        close(&second, expected.iter().map(|e| e[2]));
    }
}
