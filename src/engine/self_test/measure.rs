//! Measures which algorithm is right and fastest for each convolution of a device that has several.

use std::time::Instant;

use burn::tensor::{Tensor, TensorData, TensorPrimitive};

use super::layers::{Numbers, error, to_f64, values};
use super::reference::ConvReference;
use crate::backend::{ConvAlgorithm, ConvCase, ConvChoices, ConvPass, FaceBackend};
use crate::models::autoencoder::LayerShape;

/// Pictures in a batch: enough to keep a device busy.
const COUNT: usize = 16;
/// Timed runs of each algorithm.
const REPEATS: usize = 3;

/// The choices for some layers. `limit`: how far from the reference a result may be.
pub fn choices<B: FaceBackend>(layers: impl IntoIterator<Item = LayerShape>, limit: f64, device: &B::Device) -> ConvChoices {
    let mut choices = ConvChoices::new();
    if B::CONV_ALGORITHMS.is_empty() {
        return choices;
    }
    for layer in layers {
        if let LayerShape::Conv3x3 { channels, filters, size } = layer {
            let conv = ConvReference { count: COUNT, channels, filters, height: size, width: size, side: 3 };
            choices.extend(of_convolution::<B>(conv, limit, device));
        }
    }
    choices
}

fn of_convolution<B: FaceBackend>(conv: ConvReference, limit: f64, device: &B::Device) -> Vec<(ConvCase, ConvAlgorithm)> {
    let ConvReference { count, channels, filters, height, width, .. } = conv;
    let mut random = Numbers::new(2);
    let input = random.take(count * channels * height * width);
    let (weight, gradient) = (random.take(filters * channels * 9), random.take(count * filters * height * width));
    let on_device = |values: &[f32], shape: [usize; 4]| {
        Tensor::<B, 4>::from_data(TensorData::new(values.to_vec(), shape), device).into_primitive().tensor()
    };
    let (x, w) = (on_device(&input, [count, channels, height, width]), on_device(&weight, [filters, channels, 3, 3]));
    let g = on_device(&gradient, [count, filters, height, width]);
    let [input, weight, gradient] = [&input, &weight, &gradient].map(|values| to_f64(values));
    let wanted = |pass| match pass {
        ConvPass::Forward => conv.forward(&input, &weight, &vec![0.0; filters]),
        ConvPass::InputGradient => conv.input_gradient(&weight, &gradient),
        ConvPass::WeightGradient => conv.weight_gradient(&input, &gradient),
    };
    let best = ConvPass::ALL.into_iter().filter_map(|pass| {
        let wanted = wanted(pass);
        let seconds = |algorithm: ConvAlgorithm| {
            let run = || B::try_conv3x3(pass, algorithm, x.clone(), w.clone(), g.clone());
            let found = values(Tensor::<B, 4>::from_primitive(TensorPrimitive::Float(run()?)));
            if error("", "", &found, &wanted).error > limit {
                return None;
            }
            let timed = (0..REPEATS).map(|_| {
                let start = Instant::now();
                // Reading one number would hide that the rest is still being computed; waiting does not.
                drop(run());
                B::sync(device).ok();
                start.elapsed().as_secs_f64()
            });
            Some(timed.fold(f64::INFINITY, f64::min))
        };
        let measured = B::CONV_ALGORITHMS.iter().filter_map(|algorithm| Some((seconds(*algorithm)?, *algorithm)));
        let (_, algorithm) = measured.min_by(|a, b| a.0.total_cmp(&b.0))?;
        Some((ConvCase { pass, channels, filters, height, width }, algorithm))
    });
    best.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::Cpu;

    #[test]
    fn where_there_is_but_one_way_nothing_is_measured() {
        let layer = LayerShape::Conv3x3 { channels: 3, filters: 4, size: 4 };
        assert!(choices::<Cpu>([layer], 1e-4, &Default::default()).is_empty());
    }

    #[cfg(all(feature = "gpu", target_os = "linux"))]
    #[test]
    fn every_pass_of_a_convolution_gets_an_algorithm_that_the_device_can_do() {
        use crate::backend::{BackendChoice, Device, Gpu, probe};
        let Ok(Device::Gpu(device)) = probe(BackendChoice::Vulkan).map(|found| found.device) else {
            panic!("these tests need a Vulkan driver, such as Debian's mesa-vulkan-drivers")
        };
        let layer = LayerShape::Conv3x3 { channels: 3, filters: 4, size: 4 };
        let choices = choices::<Gpu>([layer], 1e-4, &device);
        assert_eq!(choices.len(), 3, "{choices:?}");
    }
}
