//! What benchmarks of networks measure: a training step, a decode, and single convolutions of the autoencoder that is compared
//! with PyTorch, on any device.

use burn::backend::Autodiff;
use burn::module::{AutodiffModule, Module};
use burn::tensor::{Distribution, Tensor};

use super::timing::timed;
use crate::backend::{Activation, BackendChoice, DeviceInfo, DeviceVisitor, FaceBackend, probe};
use crate::engine::memory::ensure_memory;
use crate::engine::{EngineError, device_for_training};
use crate::models::autoencoder::{Autoencoder, AutoencoderConfig, LayerShape};
use crate::progress::Monitor;
use crate::training::{Adam, AdamConfig};

const LEARNING_RATE: f32 = 1e-3;
const SLOPE: f32 = 0.2;

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub struct NetworkBench {
    /// The network.
    pub config: AutoencoderConfig,
    /// Pictures in a batch.
    pub batch: usize,
    /// Batches in a repeat.
    pub steps: usize,
    /// Timed repeats, after an untimed one.
    pub repeats: usize,
}

/// Seconds of each timed repeat.
#[derive(Clone, Debug)]
pub struct NetworkTimes {
    /// The device.
    pub device: DeviceInfo,
    /// How many numbers the network has learned.
    pub parameters: usize,
    /// Seconds of each repeat.
    pub seconds: Vec<f64>,
}

/// Seconds of one 3x3 convolution.
#[derive(Clone, Debug)]
pub struct ConvTimes {
    /// C, K, and H = W.
    pub shape: [usize; 3],
    /// Median and largest seconds of the forward pass, the input gradient and the parameter gradients.
    pub seconds: [(f64, f64); 3],
}

/// Times training steps: forward, backward, AdamW.
///
/// # Errors
/// [`EngineError::Device`] where a device was named and is not there or gives wrong numbers; [`EngineError::Memory`].
pub fn time_training(bench: &NetworkBench, choice: BackendChoice, monitor: &dyn Monitor) -> Result<NetworkTimes, EngineError> {
    let found = device_for_training(choice, monitor)?;
    ensure_memory(&bench.config.into(), bench.batch, &found.info)?;
    Ok(found.device.visit(Training(bench, found.info)))
}

/// Times decoding.
///
/// # Errors
/// [`EngineError::Device`] where a device was named and is not there.
pub fn time_decoding(bench: &NetworkBench, choice: BackendChoice) -> Result<NetworkTimes, EngineError> {
    let found = probe(choice)?;
    Ok(found.device.visit(Decoding(bench, found.info)))
}

/// Times the 3x3 convolutions of the network one by one.
///
/// # Errors
/// [`EngineError::Device`] where a device was named and is not there.
pub fn time_convolutions(bench: &NetworkBench, choice: BackendChoice) -> Result<(DeviceInfo, Vec<ConvTimes>), EngineError> {
    let found = probe(choice)?;
    Ok(found.device.visit(Convolutions(bench, found.info)))
}

struct Training<'a>(&'a NetworkBench, DeviceInfo);
struct Decoding<'a>(&'a NetworkBench, DeviceInfo);
struct Convolutions<'a>(&'a NetworkBench, DeviceInfo);

impl DeviceVisitor for Training<'_> {
    type Output = NetworkTimes;

    fn visit<B: FaceBackend>(self, device: &B::Device) -> NetworkTimes {
        let Self(bench, info) = self;
        let shape = [bench.batch, 3, bench.config.size, bench.config.size];
        let pictures = Tensor::<Autodiff<B>, 4>::random(shape, Distribution::Default, device);
        let network = Autoencoder::<Autodiff<B>>::new(&bench.config, 1, device);
        let parameters = network.num_params();
        // Handed over whole at every step, so that weights change in place.
        let mut network = Some(network);
        let mut adam = Adam::<B>::new(AdamConfig::default());
        let seconds = timed(bench.repeats, || {
            let mut loss = None;
            for _ in 0..bench.steps {
                let current = network.take().expect("every step gives the network back");
                let error = (current.forward(pictures.clone()) - pictures.clone()).powi_scalar(2).mean();
                let gradients = error.backward();
                network = Some(adam.step(current, gradients, LEARNING_RATE));
                loss = Some(error);
            }
            // Reading a number waits for the device.
            drop(loss.map(Tensor::into_data));
            B::sync(device).ok();
        });
        NetworkTimes { device: info, parameters, seconds }
    }
}

impl DeviceVisitor for Decoding<'_> {
    type Output = NetworkTimes;

    fn visit<B: FaceBackend>(self, device: &B::Device) -> NetworkTimes {
        let Self(bench, info) = self;
        let codes = Tensor::<B, 2>::random([bench.batch, bench.config.latent_dim], Distribution::Normal(0.0, 1.0), device);
        let network = Autoencoder::<Autodiff<B>>::new(&bench.config, 1, device).valid();
        let seconds = timed(bench.repeats, || {
            let mut pictures = None;
            for _ in 0..bench.steps {
                pictures = Some(network.decoder.forward(codes.clone()));
            }
            drop(pictures.map(Tensor::into_data));
            B::sync(device).ok();
        });
        NetworkTimes { device: info, parameters: network.num_params(), seconds }
    }
}

impl DeviceVisitor for Convolutions<'_> {
    type Output = (DeviceInfo, Vec<ConvTimes>);

    fn visit<B: FaceBackend>(self, device: &B::Device) -> Self::Output {
        let Self(bench, info) = self;
        let times = bench.config.layers().into_iter().filter_map(|layer| match layer {
            LayerShape::Conv3x3 { channels, filters, size } => Some(conv_times::<B>(bench, channels, filters, size, device)),
            _ => None,
        });
        (info, times.collect())
    }
}

fn conv_times<B: FaceBackend>(bench: &NetworkBench, channels: usize, filters: usize, size: usize, device: &B::Device) -> ConvTimes {
    let random = |shape: [usize; 4]| Tensor::<B, 4>::random(shape, Distribution::Default, device).into_primitive().tensor();
    let activation = Activation::LeakyRelu(SLOPE);
    let (input, weight) = (random([bench.batch, channels, size, size]), random([filters, channels, 3, 3]));
    let gradient = random([bench.batch, filters, size, size]);
    let median = |work: &dyn Fn()| {
        let mut seconds = timed(bench.repeats, || {
            (0..bench.steps).for_each(|_| work());
            B::sync(device).ok();
        });
        seconds.sort_by(f64::total_cmp);
        let of_one = |seconds: f64| seconds / bench.steps as f64;
        (of_one(seconds[seconds.len() / 2]), of_one(seconds[seconds.len() - 1]))
    };
    let seconds = [
        median(&|| drop(B::conv3x3(input.clone(), weight.clone(), None, None, activation))),
        median(&|| drop(B::conv3x3_input_gradient(input.clone(), weight.clone(), gradient.clone(), activation))),
        median(&|| drop(B::conv3x3_parameter_gradients(input.clone(), gradient.clone(), activation))),
    ];
    ConvTimes { shape: [channels, filters, size], seconds }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;

    fn bench(batch: usize) -> NetworkBench {
        NetworkBench { config: AutoencoderConfig::peer(16, 16), batch, steps: 1, repeats: 1 }
    }

    #[test]
    fn the_processor_trains_the_network_that_the_shape_counts() {
        let times = time_training(&bench(2), BackendChoice::Cpu, &Silent).unwrap();
        assert_eq!((times.parameters, times.seconds.len()), (bench(2).config.parameters(), 1));
        assert_eq!(time_decoding(&bench(2), BackendChoice::Cpu).unwrap().seconds.len(), 1);
    }
}
