//! The pictures of a report, and what lies half way between two faces.

use crate::data::synth::FaceFactors;
use crate::data::{DataError, FaceCache, Faces};
use crate::engine::EngineError;
use crate::engine::way_back::WayBack;
use crate::latent::interpolation::{linear, spherical};
use crate::latent::{Latent, LatentSampler, Walk};
use crate::metrics::{band_deviations, band_energy};
use crate::models::{FaceModel, PlacedModel};
use crate::progress::Monitor;
use crate::report::{AxisPictures, ModelPictures, Reconstructions, WalkFigures, Walks};
use crate::training::InversionSettings;

/// Faces that are reconstructed; pairs of them are walked between.
const FACES: usize = 8;
const PAIRS: usize = 3;
/// Pictures along a way, with both ends.
const STEPS: usize = 7;
const SAMPLES: usize = 16;
const TRUNCATIONS: [f32; 3] = [0.5, 0.7, 1.0];
const AXES: usize = 8;
/// How far out axes are shown, in sigma units.
const FAR: f32 = 3.0;
/// Samples among which a model without an encoder finds the nearest to a face.
const CANDIDATES: usize = 512;
/// Pairs that figures of ways are measured on.
const MEASURED_PAIRS: usize = 48;

/// What all models of a size are shown with.
pub struct Scene {
    /// Faces that stand for real ones.
    originals: Faces,
    seed: u64,
}

impl Scene {
    /// Faces of the cache with `with_faces`, else synthetic ones at its size.
    ///
    /// # Errors
    /// [`DataError`] where they cannot be read.
    pub fn new(cache: &FaceCache, indices: &[usize], seed: u64, with_faces: bool) -> Result<Self, DataError> {
        let size = cache.size();
        let originals = if with_faces {
            let shown = FACES.min(indices.len());
            cache.gather(&(0..shown).map(|at| indices[at * indices.len() / shown]).collect::<Vec<_>>())?
        } else {
            Faces::new(size, (0..FACES as u64).flat_map(|index| FaceFactors::random(seed, index).draw(size)).collect())
        };
        Ok(Self { originals, seed })
    }
}

/// Everything that a report shows of a model but what is searched for.
pub fn draw_pictures(model: &dyn FaceModel, scene: &Scene) -> ModelPictures {
    ModelPictures {
        reconstructions: model.encode(&scene.originals).map(|codes| compared(&scene.originals, model.decode(&codes))),
        inversions: None,
        samples: TRUNCATIONS.map(|truncation| (truncation, samples(model, SAMPLES, scene.seed, truncation).1)).into(),
        walks: walks(model, scene),
        axes: axes(model),
    }
}

/// What comes from the places that a search finds of the faces; `None` for a model that has an encoder.
///
/// # Errors
/// [`EngineError`] where the monitor cancels.
pub fn inversions(
    placed: &PlacedModel,
    model: &dyn FaceModel,
    scene: &Scene,
    monitor: &dyn Monitor,
) -> Result<Option<Reconstructions>, EngineError> {
    let Some(way_back) = WayBack::open(placed, monitor)? else { return Ok(None) };
    let found = way_back.invert(&scene.originals, &InversionSettings::default(), monitor, &mut |_| {})?;
    let codes: Vec<f32> = found.into_iter().flat_map(|found| found.code).collect();
    Ok(Some(compared(&scene.originals, model.decode(&codes))))
}

fn compared(originals: &Faces, reconstructed: Faces) -> Reconstructions {
    let difference = |(after, before): (&u8, &u8)| (128 + 2 * (i32::from(*after) - i32::from(*before))).clamp(0, 255) as u8;
    let differences = reconstructed.pixels().iter().zip(originals.pixels()).map(difference).collect();
    Reconstructions { originals: originals.clone(), differences: Faces::new(originals.size(), differences), reconstructed }
}

fn samples(model: &dyn FaceModel, count: usize, seed: u64, truncation: f32) -> (Vec<Latent>, Faces) {
    let mut sampler = LatentSampler::new(seed, truncation);
    let latents: Vec<Latent> = (0..count).map(|_| sampler.sample(model.frame().dim())).collect();
    let faces = model.decode_latents(&latents);
    (latents, faces)
}

/// The latents of faces; `None` for a model without an encoder.
fn latents_of(model: &dyn FaceModel, faces: &Faces) -> Option<Vec<Latent>> {
    let codes = model.encode(faces)?;
    Some(codes.chunks_exact(model.frame().code_dim()).map(|code| model.frame().to_latent(code)).collect())
}

fn between(model: &dyn FaceModel, a: &Latent, b: &Latent, t: f32) -> Latent {
    match model.header().kind.facts().walk {
        Walk::Straight => Latent(linear(&a.0, &b.0, t)),
        Walk::Around => Latent(spherical(&a.0, &b.0, t)),
    }
}

fn walks(model: &dyn FaceModel, scene: &Scene) -> Option<Walks> {
    let originals = &scene.originals;
    let pairs = PAIRS.min(originals.count() / 2);
    if pairs == 0 {
        return None;
    }
    let (latents, nearest_of) = match latents_of(model, originals) {
        Some(latents) => (latents, None),
        None => (nearest_samples(model, scene), Some(CANDIDATES)),
    };
    let mut pixels = Vec::new();
    for pair in 0..pairs {
        let (first, second) = (2 * pair, 2 * pair + 1);
        let way: Vec<Latent> =
            (0..STEPS).map(|step| between(model, &latents[first], &latents[second], step as f32 / (STEPS - 1) as f32)).collect();
        pixels.extend_from_slice(originals.face(first));
        pixels.extend_from_slice(model.decode_latents(&way).pixels());
        pixels.extend_from_slice(originals.face(second));
    }
    Some(Walks { faces: Faces::new(originals.size(), pixels), columns: STEPS + 2, nearest_of })
}

/// For each face the latent of the sample that looks most like it.
fn nearest_samples(model: &dyn FaceModel, scene: &Scene) -> Vec<Latent> {
    let (latents, faces) = samples(model, CANDIDATES, scene.seed, 1.0);
    let distance = |a: &[u8], b: &[u8]| a.iter().zip(b).map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2)).sum::<u64>();
    let nearest = |face: &[u8]| {
        let at = (0..faces.count()).min_by_key(|at| distance(faces.face(*at), face)).expect("there are candidates");
        latents[at].clone()
    };
    scene.originals.iter().map(nearest).collect()
}

fn axes(model: &dyn FaceModel) -> Option<AxisPictures> {
    let axes = AXES.min(model.frame().dim());
    let at = |axis: usize, sigma: f32| {
        let mut latent = Latent::zeros(model.frame().dim());
        latent.shift(axis, sigma);
        latent
    };
    let latents: Vec<Latent> = [-FAR, 0.0, FAR]
        .into_iter()
        .flat_map(|sigma| (0..axes).map(move |axis| (axis, sigma)))
        .map(|(axis, sigma)| at(axis, sigma))
        .collect();
    (axes > 0).then(|| AxisPictures { faces: model.decode_latents(&latents), axes })
}

/// What lies half way between held-out faces as the model gives them back, or between samples where it has no encoder.
///
/// # Errors
/// [`DataError`] where they cannot be read.
pub fn walk_figures(model: &dyn FaceModel, cache: &FaceCache, indices: &[usize], seed: u64) -> Result<WalkFigures, DataError> {
    let shown = indices.len().min(2 * MEASURED_PAIRS);
    let latents = latents_of(model, &cache.gather(&indices[..shown])?).unwrap_or_else(|| samples(model, 2 * MEASURED_PAIRS, seed, 1.0).0);
    let (first, second): (Vec<Latent>, Vec<Latent>) = latents.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).unzip();
    if first.is_empty() {
        return Ok(WalkFigures::default());
    }
    let middle: Vec<Latent> = first.iter().zip(&second).map(|(a, b)| between(model, a, b, 0.5)).collect();
    let [a, b, middle] = [&first, &second, &middle].map(|latents| model.decode_latents(latents));
    let ends = Faces::new(a.size(), [a.pixels(), b.pixels()].concat());
    let detail = band_energy(&band_deviations(&ends), &band_deviations(&middle)).first().and_then(|(_, energy)| *energy);
    Ok(WalkFigures { bend: bend(&a, &b, &middle), detail })
}

/// How far the middle is from the mean of both ends, over how far those are from it.
fn bend(a: &Faces, b: &Faces, middle: &Faces) -> Option<f64> {
    let (mut off, mut half) = (0.0, 0.0);
    for ((a, b), middle) in a.pixels().iter().zip(b.pixels()).zip(middle.pixels()) {
        let (a, b, middle) = (f64::from(*a), f64::from(*b), f64::from(*middle));
        off += (middle - (a + b) / 2.0).powi(2);
        half += ((a - b) / 2.0).powi(2);
    }
    (half > 0.0).then(|| (off / half).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cross_fade_does_not_bend() {
        let face = |byte: u8| Faces::new(1, vec![byte; 3]);
        assert_eq!(bend(&face(10), &face(30), &face(20)), Some(0.0));
        assert_eq!(bend(&face(10), &face(30), &face(30)), Some(1.0));
        assert_eq!(bend(&face(10), &face(10), &face(30)), None);
    }
}
