//! Beyond which error a picture is none that a generator can say.
//!
//! Owns both definitions: the 99th percentile of the errors of held-out faces; and where there are none at hand, the median distance of a
//! sample to the sample that is most like it: what is found of a picture is no more like it then than one person is like another.

use rayon::prelude::*;

use crate::data::Faces;
use crate::latent::{Latent, LatentSampler};
use crate::metrics::median;
use crate::models::{ErrorLimit, FaceModel};

/// The share of held-out faces within the limit.
const WITHIN: f64 = 0.99;
/// Samples that are compared with each other.
const SAMPLES: usize = 256;
/// Of the samples.
const SEED: u64 = 3;

/// The limit by errors of held-out faces, mean squared ones in [0, 1] units.
///
/// # Panics
/// Where there are none.
pub fn limit_of_errors(mut errors: Vec<f64>) -> ErrorLimit {
    errors.sort_by(f64::total_cmp);
    let place = WITHIN * (errors.len() - 1) as f64;
    let (below, above) = (errors[place.floor() as usize], errors[place.ceil() as usize]);
    ErrorLimit { mse: below + (above - below) * place.fract(), faces: errors.len() }
}

/// The limit by the model's own samples.
pub fn limit_of_samples(model: &dyn FaceModel) -> ErrorLimit {
    let mut sampler = LatentSampler::new(SEED, 1.0);
    let latents: Vec<Latent> = (0..SAMPLES).map(|_| sampler.sample(model.frame().dim())).collect();
    ErrorLimit { mse: nearest_distance(&model.decode_latents(&latents)), faces: 0 }
}

/// The median over faces of the mean squared difference to the face that is most like it, in [0, 1] units.
fn nearest_distance(faces: &Faces) -> f64 {
    let distance = |a: &[u8], b: &[u8]| a.iter().zip(b).map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2)).sum::<u64>();
    let nearest = |at: usize| {
        let others = (0..faces.count()).filter(|other| *other != at);
        others.map(|other| distance(faces.face(at), faces.face(other))).min().unwrap_or_default() as f64
    };
    let distances: Vec<f64> = (0..faces.count()).into_par_iter().map(nearest).collect();
    median(distances) / faces.face_len() as f64 / (255.0 * 255.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_face_in_a_hundred_lies_beyond() {
        let errors: Vec<f64> = (0..=100).rev().map(|at| f64::from(at) / 1000.0).collect();
        assert_eq!(limit_of_errors(errors), ErrorLimit { mse: 0.099, faces: 101 });
        assert_eq!(limit_of_errors(vec![0.5]), ErrorLimit { mse: 0.5, faces: 1 });
    }

    #[test]
    fn samples_are_compared_with_the_one_most_like_them() {
        let faces = Faces::new(1, [0_u8, 51, 255, 204].iter().flat_map(|byte| [*byte; 3]).collect());
        assert!((nearest_distance(&faces) - 0.04).abs() < 1e-12, "each differs by a fifth from its neighbour");
    }
}
