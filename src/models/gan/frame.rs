//! The latent frame of a generator: directions in z that its early features know, by the variance that they cause in the picture.
//!
//! After Härkönen et al. 2020, GANSpace: principal components of early features, each regressed to z. The directions are orthonormalised in
//! the order of their influence and completed to a basis of the whole z space, so that a standard normal in coordinates is
//! a standard normal in z.

use burn::tensor::{Tensor, TensorData};
use faer::{Mat, Side};

use super::Generator;
use crate::backend::FaceBackend;
use crate::latent::{Latent, LatentFrame, LatentSampler};

/// Latents that are looked at come from this seed.
const SEED: u64 = 7;
/// Latents that go through the generator at once.
const BATCH: usize = 64;
/// What is left of a direction beside those before it, if it is to count as one of its own.
const LEAST: f64 = 0.05;

/// How carefully directions are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameCare {
    /// In a fraction of a second: while a training goes on.
    Quick,
    /// In a few seconds: for a model that stays.
    Thorough,
}

/// Finds the frame of a generator with latents of `dim` numbers.
pub fn latent_frame<B: FaceBackend>(generator: &Generator<B>, dim: usize, care: FrameCare, device: &B::Device) -> LatentFrame {
    latent_frame_while(generator, dim, care, device, &|| true)
}

/// The same, as long as it is wanted: asked at every direction. What has come out when it no longer is, is of no use.
pub fn latent_frame_while<B: FaceBackend>(
    generator: &Generator<B>,
    dim: usize,
    care: FrameCare,
    device: &B::Device,
    is_wanted: &dyn Fn() -> bool,
) -> LatentFrame {
    let (samples, places) = match care {
        FrameCare::Quick => (4 * dim, 2),
        FrameCare::Thorough => (1024.max(4 * dim), 16),
    };
    let candidates = candidates(generator, dim, samples, device);
    let order = |directions: &[Vec<f64>]| {
        let influence = influences(generator, directions, places, device, is_wanted);
        let mut order: Vec<usize> = (0..directions.len()).collect();
        order.sort_by(|a, b| influence[*b].total_cmp(&influence[*a]));
        (order, influence)
    };
    let (first, _) = order(&candidates);
    let axes = orthonormal(first.into_iter().map(|index| candidates[index].clone()), dim);
    let (last, influence) = order(&axes);
    let total = influence.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    let numbers = last.iter().flat_map(|index| facing(&axes[*index])).collect();
    let ratio = last.iter().map(|index| (influence[*index] / total) as f32).collect();
    LatentFrame::rotated(vec![0.0; dim], numbers, vec![1.0; dim], ratio).expect("there are as many axes as numbers in z")
}

/// Directions in z along which the principal components of early features change, of length 1.
fn candidates<B: FaceBackend>(generator: &Generator<B>, dim: usize, samples: usize, device: &B::Device) -> Vec<Vec<f64>> {
    let mut sampler = LatentSampler::new(SEED, 1.0);
    let latents: Vec<Latent> = (0..samples).map(|_| sampler.sample(dim)).collect();
    let features: Vec<f32> = in_batches(&latents, dim, device, |latents| generator.early_features(latents));
    let length = features.len() / samples;
    let mean: Vec<f64> =
        (0..length).map(|c| features.iter().skip(c).step_by(length).map(|x| f64::from(*x)).sum::<f64>() / samples as f64).collect();
    // Fewer samples than features: components come from the samples' inner products.
    let centred = Mat::from_fn(samples, length, |n, c| (f64::from(features[n * length + c]) - mean[c]) as f32); // [N, D]
    let products = &centred * centred.transpose(); // [N, N]
    let Ok(eigen) = products.self_adjoint_eigen(Side::Lower) else { return Vec::new() };
    (0..dim.min(samples))
        .map(|component| {
            let scores = eigen.U().col(samples - 1 - component); // [N]
            // The least-squares map from a component to z, up to its length.
            (0..dim).map(|k| (0..samples).map(|n| f64::from(scores[n]) * f64::from(latents[n].0[k])).sum()).collect::<Vec<f64>>()
        })
        .filter_map(normalised)
        .collect()
}

/// The mean squared change of pictures, per sigma, along each direction.
fn influences<B: FaceBackend>(
    generator: &Generator<B>,
    directions: &[Vec<f64>],
    places: usize,
    device: &B::Device,
    is_wanted: &dyn Fn() -> bool,
) -> Vec<f64> {
    let Some(dim) = directions.first().map(Vec::len) else { return Vec::new() };
    let mut sampler = LatentSampler::new(SEED + 1, 1.0);
    let places: Vec<Latent> = (0..places).map(|_| sampler.sample(dim)).collect();
    directions
        .iter()
        .map(|direction| {
            if !is_wanted() {
                return 0.0;
            }
            let step = |place: &Latent, length: f64| {
                Latent(place.0.iter().zip(direction).map(|(z, d)| (f64::from(*z) + length * d) as f32).collect())
            };
            let pairs: Vec<Latent> = places.iter().flat_map(|place| [step(place, 0.5), step(place, -0.5)]).collect();
            let pictures = in_batches(&pairs, dim, device, |latents| generator.forward(latents).flatten(1, 3));
            let length = pictures.len() / pairs.len();
            let squares = pictures.chunks(2 * length).map(|pair| {
                let (ahead, behind) = pair.split_at(length);
                ahead.iter().zip(behind).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>() / length as f64
            });
            squares.sum::<f64>() / places.len() as f64
        })
        .collect()
}

fn in_batches<B: FaceBackend>(
    latents: &[Latent],
    dim: usize,
    device: &B::Device,
    forward: impl Fn(Tensor<B, 2>) -> Tensor<B, 2>,
) -> Vec<f32> {
    let batch = |latents: &[Latent]| {
        let numbers = latents.iter().flat_map(|latent| latent.0.iter().copied()).collect();
        let latents = Tensor::from_data(TensorData::new::<f32, _>(numbers, [latents.len(), dim]), device); // [N, k]
        forward(latents).into_data().into_vec::<f32>().expect("the backend computes in f32")
    };
    latents.chunks(BATCH).flat_map(batch).collect()
}

/// Gram and Schmidt, twice over for the sake of rounding; where directions run out, those of z itself fill up.
fn orthonormal(directions: impl Iterator<Item = Vec<f64>>, dim: usize) -> Vec<Vec<f64>> {
    let own = (0..dim).map(|k| (0..dim).map(|c| f64::from(u8::from(c == k))).collect::<Vec<f64>>());
    let mut axes: Vec<Vec<f64>> = Vec::with_capacity(dim);
    // The second round takes what the first left aside, whatever little of it is new.
    for (direction, least) in directions.map(|d| (d, LEAST)).chain(own.clone().map(|d| (d, LEAST))).chain(own.map(|d| (d, 1e-9))) {
        if axes.len() == dim {
            break;
        }
        let rest = without(without(direction, &axes), &axes);
        if rest.iter().map(|x| x * x).sum::<f64>().sqrt() >= least {
            axes.extend(normalised(rest));
        }
    }
    axes
}

fn without(mut direction: Vec<f64>, axes: &[Vec<f64>]) -> Vec<f64> {
    for axis in axes {
        let along: f64 = direction.iter().zip(axis).map(|(d, a)| d * a).sum();
        direction.iter_mut().zip(axis).for_each(|(d, a)| *d -= along * a);
    }
    direction
}

fn normalised(direction: Vec<f64>) -> Option<Vec<f64>> {
    let length = direction.iter().map(|x| x * x).sum::<f64>().sqrt();
    (length.is_finite() && length > 1e-12).then(|| direction.into_iter().map(|x| x / length).collect())
}

/// Turned so that its largest number is positive: generators that are alike have frames that are alike.
fn facing(axis: &[f64]) -> Vec<f32> {
    let largest = axis.iter().copied().fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a });
    axis.iter().map(|x| (x * largest.signum()) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::Cpu;
    use crate::models::gan::GanConfig;

    #[test]
    fn the_frame_is_an_orthonormal_basis_sorted_by_influence() {
        let config = GanConfig { size: 8, widths: vec![8, 6], latent_dim: 12, ..GanConfig::default() };
        let generator = Generator::<Cpu>::new(&config, 3, &Default::default());
        for care in [FrameCare::Quick, FrameCare::Thorough] {
            let frame = latent_frame(&generator, 12, care, &Default::default());
            assert_eq!((frame.dim(), frame.code_dim(), frame.sigma()), (12, 12, &[1.0; 12][..]));
            for (i, j) in (0..12).flat_map(|i| (0..12).map(move |j| (i, j))) {
                let product: f32 = frame.axis(i).iter().zip(frame.axis(j)).map(|(a, b)| a * b).sum();
                assert!((product - f32::from(u8::from(i == j))).abs() < 1e-5, "axes {i} and {j}: {product}");
            }
            let ratio = frame.explained_variance_ratio();
            assert!((ratio.iter().sum::<f32>() - 1.0).abs() < 1e-4 && ratio.windows(2).all(|pair| pair[0] >= pair[1]), "{ratio:?}");
            assert!(ratio[0] > 1.2 / 12.0, "the first axis does more than its share: {ratio:?}");
            let own: Vec<Vec<f64>> = orthonormal(std::iter::empty(), 12);
            let mut without_features = influences(&generator, &own, 64, &Default::default(), &|| true);
            without_features.sort_by(|a, b| b.total_cmp(a));
            let best = without_features[..3].iter().sum::<f64>() / without_features.iter().sum::<f64>();
            let found = ratio[..3].iter().sum::<f32>();
            assert!(f64::from(found) > 1.05 * best, "three axes do more than the best three numbers of z: {found} against {best}");
            assert_eq!(frame, latent_frame(&generator, 12, care, &Default::default()), "the same every time");
        }
    }

    #[test]
    fn directions_that_are_missing_or_alike_are_completed() {
        let axes = orthonormal([vec![0.6, 0.8, 0.0], vec![0.6, 0.8, 1e-6]].into_iter(), 3);
        assert_eq!((axes.len(), &axes[0]), (3, &vec![0.6, 0.8, 0.0]));
        assert_eq!(orthonormal(std::iter::empty(), 4).len(), 4);
    }
}
