//! Whether a device is worth training on: one convolution, forward and backward, against the processor.

use std::time::Instant;

use burn::backend::Autodiff;
use burn::tensor::{Distribution, Tensor};

use crate::backend::{Activation, Cpu, FaceBackend, operations};

const COUNT: usize = 8;
const CHANNELS: usize = 32;
const SIZE: usize = 32;
const REPEATS: usize = 3;

/// The device's time as a multiple of the processor's.
pub fn time_against_cpu<B: FaceBackend>(device: &B::Device) -> f64 {
    seconds::<B>(device) / seconds::<Cpu>(&Default::default()).max(1e-9)
}

/// The shortest of some repeats, after one that compiles kernels.
fn seconds<B: FaceBackend>(device: &B::Device) -> f64 {
    let random = |shape: [usize; 4]| Tensor::<Autodiff<B>, 4>::random(shape, Distribution::Default, device).require_grad();
    let (input, weight) = (random([COUNT, CHANNELS, SIZE, SIZE]), random([CHANNELS, CHANNELS, 3, 3]));
    let once = || {
        let start = Instant::now();
        let output = operations::conv3x3(input.clone(), weight.clone(), None, Activation::LeakyRelu(0.2));
        let gradients = output.sum().backward();
        // Reading the results waits for the device.
        let read = |leaf: &Tensor<Autodiff<B>, 4>| leaf.grad(&gradients).map(Tensor::into_data);
        drop((read(&input), read(&weight)));
        start.elapsed().as_secs_f64()
    };
    once();
    (0..REPEATS).map(|_| once()).fold(f64::INFINITY, f64::min)
}
