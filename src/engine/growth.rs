//! A run as it was at any moment: between two of the steps of which there is a model, the weights lie between those of both.
//!
//! Owns what is shown between two steps. Networks of different shapes have no weights in between: there the pictures cross-fade. Faces have
//! the size of the last step all along, and smaller ones show their pixels: what grows is seen to grow.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::{EngineError, open_model};
use crate::backend::BackendChoice;
use crate::data::Faces;
use crate::latent::{Latent, LatentFrame, ZonedLatent};
use crate::models::{FaceModel, ModelHeader, StoredModel};
use crate::training::ModelsOverTime;

/// A share so small that it is only rounding.
const NEAR: f32 = 1e-6;

/// A moment between two steps: the step before, the step after, and the share of the way from one to the other.
type Moment = (u64, u64, f32);

/// A run over time.
pub struct Growth {
    source: Box<dyn ModelsOverTime>,
    /// The first and the last step, whatever is cleared away meanwhile.
    ends: [u64; 2],
    /// The steps of which there still is a model, ascending: at least the last, whose model is held here.
    steps: Vec<u64>,
    /// The model of the last step.
    last: StoredModel,
    /// The models around the moment that was shown last.
    near: BTreeMap<u64, StoredModel>,
    opened: BTreeMap<u64, Rc<dyn FaceModel>>,
    shown: Option<(Moment, MomentModel)>,
}

impl Growth {
    /// Reads the last model of a run.
    ///
    /// # Errors
    /// [`EngineError::Training`] where it cannot be read.
    pub fn new(source: Box<dyn ModelsOverTime>) -> Result<Self, EngineError> {
        let steps = source.steps().to_vec();
        let ends = [steps.first(), steps.last()].map(|step| *step.expect("a run over time has a model of at least one step"));
        let last = source.model_at(ends[1])?;
        Ok(Self { source, ends, steps, last, near: BTreeMap::new(), opened: BTreeMap::new(), shown: None })
    }

    /// The model of the last step.
    pub fn last(&self) -> &StoredModel {
        &self.last
    }

    /// The first and the last step.
    pub fn ends(&self) -> [u64; 2] {
        self.ends
    }

    /// How many steps there are.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// The model at a step, which may be a fraction; and whether it is another one than was asked for before. Where a model is not there any
    /// more, those before and after it are taken.
    ///
    /// # Errors
    /// [`EngineError`] where a model of the run cannot be read or used.
    pub fn at(&mut self, step: f64) -> Result<(&dyn FaceModel, bool), EngineError> {
        let mut moment = moment(&self.steps, step);
        let is_new = self.shown.as_ref().is_none_or(|(shown, _)| *shown != moment);
        if is_new {
            let model = loop {
                match self.model_of(moment) {
                    Ok(model) => break model,
                    Err(error) => self.forget_what_is_gone(moment, error)?,
                }
                moment = self::moment(&self.steps, step);
            };
            self.shown = Some((moment, model));
        }
        let (_, model) = self.shown.as_ref().expect("it was just put there");
        Ok((model, is_new))
    }

    /// Forgets a step of which there is no model any more; `error` where all are there and something else is wrong.
    fn forget_what_is_gone(&mut self, (before, after, _): Moment, error: EngineError) -> Result<(), EngineError> {
        let gone = [before, after].into_iter().find(|step| *step != self.ends[1] && !self.source.has_model(*step)).ok_or(error)?;
        self.steps.retain(|step| *step != gone);
        Ok(())
    }

    fn model_of(&mut self, (before, after, share): Moment) -> Result<MomentModel, EngineError> {
        self.near.retain(|step, _| [before, after].contains(step));
        self.opened.retain(|step, _| [before, after].contains(step));
        for step in [before, after] {
            if !self.near.contains_key(&step) {
                let model = if step == self.ends[1] { self.last.clone() } else { self.source.model_at(step)? };
                self.near.insert(step, model);
            }
        }
        let (one, other) = (&self.near[&before], &self.near[&after]);
        let mixed = if before == after || share == 0.0 { Some(one.clone()) } else { one.mixed(other, share) };
        let frame = one.frame.mixed(&other.frame, share).unwrap_or_else(|| one.frame.clone());
        let members = match mixed {
            Some(mixed) => vec![(opened(&mixed)?, 1.0)],
            None => vec![(self.opened(before)?, 1.0 - share), (self.opened(after)?, share)],
        };
        let header = ModelHeader { size: self.last.header.size, ..self.last.header.clone() };
        Ok(MomentModel { header, frame, members })
    }

    fn opened(&mut self, step: u64) -> Result<Rc<dyn FaceModel>, EngineError> {
        if let Some(model) = self.opened.get(&step) {
            return Ok(model.clone());
        }
        let model = opened(&self.near[&step])?;
        self.opened.insert(step, model.clone());
        Ok(model)
    }
}

fn opened(stored: &StoredModel) -> Result<Rc<dyn FaceModel>, EngineError> {
    Ok(Rc::from(open_model(stored, BackendChoice::Cpu)?.0))
}

/// Where a step lies among those that there are: shares are those of its logarithm, as most happens in the beginning.
fn moment(steps: &[u64], step: f64) -> Moment {
    let after = steps.partition_point(|known| (*known as f64) < step).min(steps.len() - 1);
    let (before, after) = (steps[after.saturating_sub(1)], steps[after]);
    let log = f64::ln_1p;
    let (from, to) = (log(before as f64), log(after as f64));
    if before == after || step <= before as f64 {
        return (before, before, 0.0);
    }
    match ((log(step) - from) / (to - from)) as f32 {
        share if share < NEAR => (before, before, 0.0),
        share if share > 1.0 - NEAR => (after, after, 0.0),
        share => (before, after, share),
    }
}

/// One model, or two whose pictures cross-fade, at the size of the last step.
struct MomentModel {
    header: ModelHeader,
    frame: LatentFrame,
    /// With their shares in the picture, which add up to 1.
    members: Vec<(Rc<dyn FaceModel>, f32)>,
}

impl MomentModel {
    /// What the members make, `decode` telling how, as one picture each.
    fn blended(&self, decode: impl Fn(&dyn FaceModel) -> Option<Faces>) -> Option<Faces> {
        let size = self.header.size;
        let made: Option<Vec<(Faces, f32)>> =
            self.members.iter().map(|(model, share)| Some((enlarged(decode(model.as_ref())?, size), *share))).collect();
        let mut made = made?;
        if made.len() == 1 {
            return made.pop().map(|(faces, _)| faces);
        }
        let length = made.first().map_or(0, |(faces, _)| faces.pixels().len());
        let blend = |at: usize| made.iter().map(|(faces, share)| f32::from(faces.pixels()[at]) * share).sum::<f32>().round() as u8;
        Some(Faces::new(size, (0..length).map(blend).collect()))
    }
}

impl FaceModel for MomentModel {
    fn header(&self) -> &ModelHeader {
        &self.header
    }

    fn frame(&self) -> &LatentFrame {
        &self.frame
    }

    fn decode(&self, codes: &[f32]) -> Faces {
        self.blended(|model| Some(model.decode(codes))).expect("every model decodes")
    }

    fn encode(&self, _faces: &Faces) -> Option<Vec<f32>> {
        None
    }

    fn decode_latents(&self, latents: &[Latent]) -> Faces {
        self.blended(|model| Some(model.decode_latents(latents))).expect("every model decodes")
    }

    fn decode_zoned(&self, codes: [&[f32]; 3]) -> Option<Faces> {
        self.blended(|model| model.decode_zoned(codes))
    }

    fn decode_zoned_latents(&self, latents: &[ZonedLatent]) -> Option<Faces> {
        self.blended(|model| model.decode_zoned_latents(latents))
    }
}

/// Faces at `size` x `size` pixels, each of which is the nearest that there is.
fn enlarged(faces: Faces, size: usize) -> Faces {
    let small = faces.size();
    if small == size {
        return faces;
    }
    let mut pixels = Vec::with_capacity(faces.count() * size * size * 3);
    for face in faces.iter() {
        for (y, x) in (0..size).flat_map(|y| (0..size).map(move |x| (y, x))) {
            let at = (y * small / size * small + x * small / size) * 3;
            pixels.extend_from_slice(&face[at..at + 3]);
        }
    }
    Faces::new(size, pixels)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::latent::LatentSampler;
    use crate::models::catalog;
    use crate::training::TrainingError;

    /// Three models of the shape of the one that ships, and one before them whose faces have half the size.
    struct Made {
        models: Vec<(u64, StoredModel)>,
        steps: Vec<u64>,
        /// Steps whose models cannot be read, and whether they are gone.
        broken: Rc<RefCell<BTreeMap<u64, bool>>>,
    }

    impl ModelsOverTime for Made {
        fn steps(&self) -> &[u64] {
            &self.steps
        }

        fn model_at(&self, step: u64) -> Result<StoredModel, TrainingError> {
            if self.broken.borrow().contains_key(&step) {
                return Err(TrainingError::NotARun { path: "run".into(), reason: format!("step {step} cannot be read") });
            }
            Ok(self.models.iter().find(|(known, _)| *known == step).expect("it was asked for a step that there is").1.clone())
        }

        fn has_model(&self, step: u64) -> bool {
            self.broken.borrow().get(&step) != Some(&true)
        }
    }

    /// A GAN of `size` pixels with random weights.
    fn random(size: usize, seed: u64) -> StoredModel {
        use crate::models::gan::{GanConfig, Generator};
        use crate::models::layers::store_parameters;
        use crate::models::{Precision, Weights};
        let config = GanConfig { size, widths: vec![6; (size / 4).ilog2() as usize + 1], latent_dim: 5, ..GanConfig::default() };
        let generator = Generator::<crate::backend::Cpu>::new(&config, seed, &Default::default());
        let (mut part, mut weights) = (Weights::default(), Weights::default());
        store_parameters(&generator, Precision::Single, &mut part);
        weights.extend("generator.", part);
        let header = catalog::resolve("gan-celeba32").unwrap().header;
        let header = ModelHeader { size, latent_dim: 5, network: Some(config.into()), ..header };
        let frame = LatentFrame::rotated(vec![0.0; 5], identity(5), vec![1.0; 5], vec![0.2; 5]).unwrap();
        StoredModel { header, frame, weights: weights.into() }
    }

    fn identity(dim: usize) -> Vec<f32> {
        (0..dim * dim).map(|at| f32::from(u8::from(at % (dim + 1) == 0))).collect()
    }

    fn run() -> Made {
        let models = vec![(10, random(8, 1)), (100, random(16, 2)), (1000, random(16, 3))];
        let steps = models.iter().map(|(step, _)| *step).collect();
        Made { models, steps, broken: Rc::default() }
    }

    fn latents() -> Vec<Latent> {
        let mut sampler = LatentSampler::new(4, 1.0);
        (0..3).map(|_| sampler.sample(5)).collect()
    }

    fn faces_of(model: &StoredModel) -> Faces {
        open_model(model, BackendChoice::Cpu).unwrap().0.decode_latents(&latents())
    }

    fn largest_difference(a: &Faces, b: &Faces) -> u8 {
        a.pixels().iter().zip(b.pixels()).map(|(a, b)| a.abs_diff(*b)).max().unwrap()
    }

    #[test]
    fn at_its_steps_a_run_is_its_models_and_small_faces_show_their_pixels() {
        let made = run();
        let models: Vec<StoredModel> = made.models.iter().map(|(_, model)| model.clone()).collect();
        let mut growth = Growth::new(Box::new(made)).unwrap();
        assert_eq!((growth.ends(), growth.len(), growth.last().header.size), ([10, 1000], 3, 16));
        for (step, model) in [(10.0, &models[0]), (100.0, &models[1]), (1000.0, &models[2]), (3.0, &models[0]), (5000.0, &models[2])] {
            let shown = growth.at(step).unwrap().0.decode_latents(&latents());
            assert_eq!(shown, enlarged(faces_of(model), 16), "step {step}");
        }
        let (small, shown) = (faces_of(&models[0]), growth.at(10.0).unwrap().0.decode_latents(&latents()));
        assert_eq!((small.size(), shown.size()), (8, 16));
        let pixel = |faces: &Faces, x: usize, y: usize| faces.face(1)[(y * faces.size() + x) * 3..][..3].to_vec();
        assert!((0..16).all(|x| (0..16).all(|y| pixel(&shown, x, y) == pixel(&small, x / 2, y / 2))));
    }

    #[test]
    fn between_two_steps_weights_are_mixed_where_they_can_be_and_pictures_elsewhere() {
        let made = run();
        let models: Vec<StoredModel> = made.models.iter().map(|(_, model)| model.clone()).collect();
        let mut growth = Growth::new(Box::new(made)).unwrap();
        // Half of the way in the logarithm.
        let middle = |a: f64, b: f64| ((1.0 + a) * (1.0 + b)).sqrt() - 1.0;
        let shown = growth.at(middle(100.0, 1000.0)).unwrap().0.decode_latents(&latents());
        let mixed = faces_of(&models[1].mixed(&models[2], 0.5).unwrap());
        assert!(largest_difference(&shown, &mixed) <= 1);
        assert!(models[0].mixed(&models[1], 0.5).is_none());
        let shown = growth.at(middle(10.0, 100.0)).unwrap().0.decode_latents(&latents());
        let (small, large) = (enlarged(faces_of(&models[0]), 16), faces_of(&models[1]));
        let means = small.pixels().iter().zip(large.pixels()).map(|(a, b)| (f32::from(*a) + f32::from(*b)) / 2.0);
        assert!(shown.pixels().iter().zip(means).all(|(shown, mean)| (f32::from(*shown) - mean).abs() <= 1.0));
    }

    #[test]
    fn time_passes_without_a_jump_and_says_when_something_changes() {
        let mut growth = Growth::new(Box::new(run())).unwrap();
        let steps: Vec<f64> = (0..=200).map(|at| (11.0_f64.ln() + f64::from(at) / 200.0 * (1001.0_f64 / 11.0).ln()).exp() - 1.0).collect();
        let mut before: Option<Faces> = None;
        let mut largest = 0;
        for step in steps {
            let (model, is_new) = growth.at(step).unwrap();
            assert!(is_new, "step {step}");
            let faces = model.decode_latents(&latents());
            largest = before.map_or(0, |before| largest_difference(&before, &faces)).max(largest);
            before = Some(faces);
        }
        assert!(largest < 24, "a pixel changes by {largest} at once");
        assert!(!growth.at(1000.0).unwrap().1 && growth.at(10.0).unwrap().1);
    }

    #[test]
    fn a_model_that_is_cleared_away_meanwhile_gives_way_to_its_neighbours() {
        let made = run();
        let models: Vec<StoredModel> = made.models.iter().map(|(_, model)| model.clone()).collect();
        let broken = made.broken.clone();
        let mut growth = Growth::new(Box::new(made)).unwrap();
        // The last one was read in the beginning.
        broken.borrow_mut().extend([(100, true), (1000, true)]);
        let middle = (11.0_f64 * 1001.0).sqrt() - 1.0;
        let shown = growth.at(middle).unwrap().0.decode_latents(&latents());
        let (small, large) = (enlarged(faces_of(&models[0]), 16), faces_of(&models[2]));
        let means = small.pixels().iter().zip(large.pixels()).map(|(a, b)| (f32::from(*a) + f32::from(*b)) / 2.0);
        assert!(shown.pixels().iter().zip(means).all(|(shown, mean)| (f32::from(*shown) - mean).abs() <= 1.0));
        assert_eq!((growth.ends(), growth.len()), ([10, 1000], 2));
        broken.borrow_mut().insert(10, true);
        let mut growth = Growth { near: BTreeMap::new(), opened: BTreeMap::new(), shown: None, ..growth };
        assert_eq!(growth.at(10.0).unwrap().0.decode_latents(&latents()), large, "the nearest that there still is");
        assert_eq!(growth.ends(), [10, 1000], "the time of the journey stays");
    }

    #[test]
    fn a_model_that_is_there_and_cannot_be_read_is_an_error() {
        let made = run();
        made.broken.borrow_mut().insert(100, false);
        let mut growth = Growth::new(Box::new(made)).unwrap();
        let message = growth.at(100.0).err().unwrap().to_string();
        assert!(message.contains("step 100"), "{message}");
    }

    #[test]
    fn moments_lie_where_their_logarithm_does() {
        let steps = [0, 10, 1000];
        assert_eq!(moment(&steps, 0.0), (0, 0, 0.0));
        assert_eq!(moment(&steps, 10.0), (10, 10, 0.0));
        assert_eq!(moment(&steps, 4000.0), (1000, 1000, 0.0));
        assert_eq!(moment(&[7], 3.0), (7, 7, 0.0));
        let (before, after, share) = moment(&steps, 11.0_f64.sqrt() - 1.0);
        assert!((before, after) == (0, 10) && (share - 0.5).abs() < 1e-6, "{share}");
    }
}
