//! Generators and critics as weights by name, and back, also while a stage fades in.
//!
//! The share of that stage stands among the weights as `fading.share`: it belongs to what the network makes of a latent.

use super::{Critic, GanConfig, Generator};
use crate::backend::FaceBackend;
use crate::models::layers::{load_parameters, store_parameters};
use crate::models::{Precision, WeightError, Weights};

/// Before the paths of the layers that go when a stage has faded in.
const FADING: &str = "fading.";
/// By which share it has.
const SHARE: &str = "fading.share";

/// The weights of a generator.
pub fn generator_weights<B: FaceBackend>(generator: &Generator<B>) -> Weights {
    let mut weights = Weights::default();
    store_parameters(generator, Precision::Single, &mut weights);
    with_share(weights, generator.share())
}

/// The weights of a critic.
pub fn critic_weights<B: FaceBackend>(critic: &Critic<B>) -> Weights {
    let mut weights = Weights::default();
    store_parameters(critic, Precision::Single, &mut weights);
    with_share(weights, critic.share())
}

/// The generator of a shape that has these weights.
///
/// # Errors
/// [`WeightError`] where one is missing or has another shape.
pub fn load_generator<B: FaceBackend>(config: &GanConfig, weights: &Weights, device: &B::Device) -> Result<Generator<B>, WeightError> {
    let Some(share) = share_in(weights)? else { return load_parameters(Generator::new(config, 0, device), weights) };
    let fading = |before: &GanConfig| Generator::new(before, 0, device).grown(config, 0, device);
    let mut generator = load_parameters(config.before().as_ref().map_or_else(|| Generator::new(config, 0, device), fading), weights)?;
    generator.fade(share);
    Ok(generator)
}

/// The critic of a shape that has these weights.
///
/// # Errors
/// [`WeightError`] where one is missing or has another shape.
pub fn load_critic<B: FaceBackend>(config: &GanConfig, weights: &Weights, device: &B::Device) -> Result<Critic<B>, WeightError> {
    let Some(share) = share_in(weights)? else { return load_parameters(Critic::new(config, 0, device), weights) };
    let fading = |before: &GanConfig| Critic::new(before, 0, device).grown(config, 0, device);
    let mut critic = load_parameters(config.before().as_ref().map_or_else(|| Critic::new(config, 0, device), fading), weights)?;
    critic.fade(share);
    Ok(critic)
}

/// A generator that has the layers of `grown`, and the numbers of `average`, which is one stage smaller, wherever that has some.
///
/// # Errors
/// [`WeightError`] where they do not belong together.
pub fn grown_average<B: FaceBackend>(grown: Generator<B>, average: &Generator<B>) -> Result<Generator<B>, WeightError> {
    let (mut weights, known) = (Weights::default(), generator_weights(average));
    store_parameters(&grown, Precision::Single, &mut weights);
    for name in known.names() {
        // What read the last features so far reads those before the new stage.
        let place = if name.starts_with("to_picture.") { format!("{FADING}{name}") } else { name.to_owned() };
        let shape = known.shape(name).unwrap_or_default().to_vec();
        weights.insert(&place, &shape, known.values(name).to_vec(), Precision::Single);
    }
    load_parameters(grown, &weights)
}

/// Whether a tensor among a model's weights is such a share, which belongs to a moment and is learned from nothing.
pub fn is_share(name: &str) -> bool {
    name.strip_suffix(SHARE).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

fn with_share(mut weights: Weights, share: Option<f32>) -> Weights {
    if let Some(share) = share {
        weights.insert(SHARE, &[1], vec![share], Precision::Single);
    }
    weights
}

fn share_in(weights: &Weights) -> Result<Option<f32>, WeightError> {
    if weights.names().any(|name| name == SHARE) { Ok(weights.get(SHARE, &[1])?.first().copied()) } else { Ok(None) }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Tensor, TensorData};

    use super::*;
    use crate::backend::Cpu;
    use crate::models::dual::Scorer;

    fn config(size: usize) -> GanConfig {
        let widths = [6, 6, 5, 4][..(size / 4).ilog2() as usize + 1].to_vec();
        GanConfig { size, widths, latent_dim: 3, minibatch_deviation: true, ..GanConfig::default() }
    }

    fn numbers(count: usize) -> Vec<f32> {
        (0..count).map(|n| (n as f32 * 0.7).sin()).collect()
    }

    fn painted(generator: &Generator<Cpu>) -> Tensor<Cpu, 4> {
        generator.forward(Tensor::from_data(TensorData::new(numbers(4 * 3), [4, 3]), &Default::default()))
    }

    fn judged(critic: &Critic<Cpu>, pictures: Tensor<Cpu, 4>) -> Vec<f32> {
        critic.score(pictures, 4).into_data().into_vec().unwrap()
    }

    fn differ(a: Vec<f32>, b: Vec<f32>) -> f32 {
        assert_eq!(a.len(), b.len());
        a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    fn pixels(pictures: Tensor<Cpu, 4>) -> Vec<f32> {
        pictures.into_data().into_vec().unwrap()
    }

    #[test]
    fn what_has_grown_makes_and_judges_as_before_at_every_share() {
        let device = Default::default();
        // Widths fall, as those of presets do, or rise.
        let of_widths =
            |size: usize, all: [usize; 4]| GanConfig { widths: all[..(size / 4).ilog2() as usize + 1].to_vec(), ..config(size) };
        for (widths, small) in [[6, 6, 5, 4], [4, 6, 9, 11]].into_iter().flat_map(|widths| [4, 8, 16].map(|small| (widths, small))) {
            let (large, config) = (2 * small, |size| of_widths(size, widths));
            let generator = Generator::<Cpu>::new(&config(small), 1, &device);
            let critic = Critic::<Cpu>::new(&config(small), 2, &device);
            let before = painted(&generator);
            let doubled = crate::backend::operations::upsample2(before.clone());
            let score = judged(&critic, before);
            let (mut generator, mut critic) = (generator.grown(&config(large), 3, &device), critic.grown(&config(large), 4, &device));
            for share in [0.0, 0.4, 1.0] {
                generator.fade(share);
                critic.fade(share);
                let apart = differ(pixels(painted(&generator)), pixels(doubled.clone()));
                assert!(apart < 2e-5, "{widths:?}, {large} pixels, share {share}: {apart}");
                let apart = differ(judged(&critic, doubled.clone()), score.clone());
                assert!(apart < 2e-5, "{widths:?}, {large} pixels, share {share}: {apart}");
            }
            assert!(generator.share().is_none() && critic.share().is_none(), "what has faded in is there for good");
        }
    }

    #[test]
    fn networks_survive_as_weights_in_the_middle_of_a_fade_and_after_it() {
        let device = Default::default();
        let mut generator = Generator::<Cpu>::new(&config(8), 1, &device).grown(&config(16), 3, &device);
        let mut critic = Critic::<Cpu>::new(&config(8), 2, &device).grown(&config(16), 4, &device);
        for share in [0.3, 1.0] {
            generator.fade(share);
            critic.fade(share);
            let pictures = painted(&generator);
            let read = load_generator::<Cpu>(&config(16), &generator_weights(&generator), &device).unwrap();
            assert_eq!(pixels(painted(&read)), pixels(pictures.clone()));
            assert_eq!(read.share(), (share < 1.0).then_some(share));
            let read = load_critic::<Cpu>(&config(16), &critic_weights(&critic), &device).unwrap();
            assert_eq!(judged(&read, pictures.clone()), judged(&critic, pictures));
        }
        assert!(load_generator::<Cpu>(&config(8), &generator_weights(&generator), &device).is_err(), "it is another network by now");
    }

    #[test]
    fn an_average_grows_with_its_network() {
        let device = Default::default();
        let average = Generator::<Cpu>::new(&config(8), 9, &device);
        let grown = Generator::<Cpu>::new(&config(8), 1, &device).grown(&config(16), 3, &device);
        let before = crate::backend::operations::upsample2(painted(&average));
        let average = grown_average(grown, &average).unwrap();
        assert!(differ(pixels(painted(&average)), pixels(before)) < 1e-6, "it makes what it made, twice as large");
    }
}
