//! What benchmarks measure of GANs: steps of the critic and of both networks on noise, and whole steps on faces, made by the learner that
//! trains them, part by part.

use burn::backend::Autodiff;
use burn::module::Module;
use burn::tensor::{Distribution, Tensor};

use super::timing::{timed, try_timed};
use crate::backend::{BackendChoice, DeviceInfo, DeviceVisitor, FaceBackend, probe};
use crate::data::{DataError, FaceCache};
use crate::engine::memory::ensure_memory;
use crate::engine::{EngineError, device_for_training};
use crate::models::gan::{Critic, GanConfig, Generator};
use crate::progress::Monitor;
use crate::training::{
    Adversaries, CriticRules, GanLearner, GanSettings, Learner, Objective, Preset, StageMoment, StepPart, TrainingFaces,
};

const LEARNING_RATE: f32 = 1e-3;

/// What is measured of a critic.
#[derive(Clone, Debug)]
pub struct CriticBench {
    /// The networks.
    pub config: GanConfig,
    /// The share by which their newest stage has faded in, 0 to 1; `None` where none fades.
    pub fade: Option<f32>,
    /// Real pictures in a batch, and as many fake ones.
    pub batch: usize,
    /// Steps in a repeat.
    pub steps: usize,
    /// Timed repeats, after an untimed one.
    pub repeats: usize,
}

/// Seconds of each timed repeat of a critic's steps.
#[derive(Clone, Debug)]
pub struct CriticTimes {
    /// The device.
    pub device: DeviceInfo,
    /// How many numbers both networks learn.
    pub parameters: usize,
    /// Of steps of the critic: fakes, exact R1 and R2, Adam.
    pub critic_seconds: Vec<f64>,
    /// Of steps of critic and generator.
    pub seconds: Vec<f64>,
}

/// What is measured of whole steps.
#[derive(Clone, Debug)]
pub struct GanBench {
    /// How large the networks are.
    pub preset: Preset,
    /// Faces are `size` x `size` pixels.
    pub size: usize,
    /// The share by which the newest stage has faded in, 0 to 1; `None` where none fades.
    pub fade: Option<f32>,
    /// Faces in a step.
    pub batch: usize,
    /// Steps in a repeat.
    pub steps: usize,
    /// Timed repeats, after an untimed one.
    pub repeats: usize,
}

/// Where the time of whole steps goes.
#[derive(Clone, Debug)]
pub struct GanTimes {
    /// The device.
    pub device: DeviceInfo,
    /// How many numbers both networks learn.
    pub parameters: usize,
    /// Of each timed repeat.
    pub seconds: Vec<f64>,
    /// Seconds of every part of a step on average, from a repeat of their own.
    pub parts: Vec<(StepPart, f64)>,
}

impl GanBench {
    /// What a training of these networks has in all but the size: the defaults.
    pub fn settings(&self) -> GanSettings {
        let grow = if self.fade.is_some() { vec![self.size / 2, self.size] } else { Vec::new() };
        GanSettings { preset: self.preset, batch: self.batch, grow, ..GanSettings::default() }
    }
}

/// Times steps of a GAN's critic with R1 and R2 at every step, and of both its networks.
///
/// # Errors
/// [`EngineError::Device`] where a device was named and is not there.
pub fn time_critic(bench: &CriticBench, choice: BackendChoice) -> Result<CriticTimes, EngineError> {
    let found = probe(choice)?;
    Ok(found.device.visit(Critics(bench, found.info)))
}

/// Times whole steps as a training makes them, on `faces` of the size that is measured.
///
/// # Errors
/// [`EngineError::Device`] where a device was named and is not there or gives wrong numbers; [`EngineError::Memory`];
/// [`EngineError::Data`] where faces cannot be read.
///
/// # Panics
/// Where the faces have another size.
pub fn time_gan(bench: &GanBench, faces: FaceCache, choice: BackendChoice, monitor: &dyn Monitor) -> Result<GanTimes, EngineError> {
    assert_eq!(faces.size(), bench.size, "faces have the size that is measured");
    let found = device_for_training(choice, monitor)?;
    let settings = bench.settings();
    ensure_memory(&settings.network(bench.size).into(), bench.batch, &found.info)?;
    let faces = TrainingFaces::new(faces, settings.seed)?;
    Ok(found.device.visit(WholeSteps(bench, settings, faces, found.info))?)
}

struct Critics<'a>(&'a CriticBench, DeviceInfo);
struct WholeSteps<'a>(&'a GanBench, GanSettings, TrainingFaces, DeviceInfo);

impl DeviceVisitor for Critics<'_> {
    type Output = CriticTimes;

    fn visit<B: FaceBackend>(self, device: &B::Device) -> CriticTimes {
        let Self(bench, info) = self;
        let config = &bench.config;
        let shape = [bench.batch, 3, config.size, config.size];
        let real = Tensor::<B, 4>::random(shape, Distribution::Uniform(-1.0, 1.0), device);
        let latents = || Tensor::<B, 2>::random([bench.batch, config.latent_dim], Distribution::Normal(0.0, 1.0), device);
        let between = Tensor::<B, 4>::zeros([bench.batch, 1, 1, 1], device);
        let (generator, critic) = networks::<B>(config, bench.fade, device);
        let parameters = generator.num_params() + critic.num_params();
        let mut networks = Adversaries::<B, _, _>::new(generator, critic);
        let rules = CriticRules {
            objective: Objective::Rpgan,
            penalty: Some(0.5),
            penalty_every: 1,
            drift: 0.0,
            learning_rate: LEARNING_RATE,
            beta2: 0.99,
            noise: 0,
        };
        let mut measure = |both: bool| {
            timed(bench.repeats, || {
                for _ in 0..bench.steps {
                    networks.critic_step(real.clone(), latents(), between.clone(), [None; 2], &rules);
                    if both {
                        networks.generator_step(real.clone(), latents(), [None; 2], &rules);
                    }
                }
                B::sync(device).ok();
            })
        };
        CriticTimes { device: info, parameters, critic_seconds: measure(false), seconds: measure(true) }
    }
}

impl DeviceVisitor for WholeSteps<'_> {
    type Output = Result<GanTimes, DataError>;

    fn visit<B: FaceBackend>(self, device: &B::Device) -> Self::Output {
        let Self(bench, settings, faces, info) = self;
        let mut training = Training::<B> { learner: learner(bench, &settings, device), faces, settings, size: bench.size, step: 0 };
        let seconds = try_timed(bench.repeats, || training.go_on(bench.steps, device))?;
        training.learner.clock().start(device);
        training.go_on(bench.steps, device)?;
        let parts = training.learner.clock().stop().unwrap_or_default();
        let parts = parts.into_iter().map(|(part, seconds)| (part, seconds / bench.steps as f64)).collect();
        Ok(GanTimes { device: info, parameters: training.learner.parameters(), seconds, parts })
    }
}

/// A training of which nothing is kept.
struct Training<B: FaceBackend> {
    learner: GanLearner<B>,
    faces: TrainingFaces,
    settings: GanSettings,
    size: usize,
    step: u64,
}

impl<B: FaceBackend> Training<B> {
    /// Makes so many steps more, to their end.
    fn go_on(&mut self, steps: usize, device: &B::Device) -> Result<(), DataError> {
        let batch = self.settings.batch;
        for _ in 0..steps {
            let seen = self.step * batch as u64;
            let moment = self.settings.moment(self.step, seen, 0.0, StageMoment::only(self.size, 0.0));
            let pictures = self.faces.batch(seen, batch, self.settings.variation())?;
            self.learner.step(pictures, batch, &moment);
            self.step += 1;
        }
        B::sync(device).ok();
        Ok(())
    }
}

/// What a training begins with, or, where a stage fades, what it has come to in the middle of that.
fn learner<B: FaceBackend>(bench: &GanBench, settings: &GanSettings, device: &B::Device) -> GanLearner<B> {
    let Some(share) = bench.fade else { return GanLearner::new(settings, bench.size, device.clone()) };
    let mut learner = GanLearner::new(settings, bench.size / 2, device.clone());
    learner.grow(bench.size);
    learner.fade(share);
    learner
}

/// Both networks, of which the newest stage has faded in by a share.
fn networks<B: FaceBackend>(config: &GanConfig, fade: Option<f32>, device: &B::Device) -> (Generator<Autodiff<B>>, Critic<Autodiff<B>>) {
    let (Some(share), Some(before)) = (fade, config.before()) else {
        return (Generator::new(config, 1, device), Critic::new(config, 2, device));
    };
    let mut generator = Generator::new(&before, 1, device).grown(config, 3, device);
    let mut critic = Critic::new(&before, 2, device).grown(config, 4, device);
    generator.fade(share);
    critic.fade(share);
    (generator, critic)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::synth;
    use crate::progress::Silent;

    fn bench(fade: Option<f32>) -> GanBench {
        GanBench { preset: Preset::Tiny, size: 16, fade, batch: 2, steps: 2, repeats: 2 }
    }

    fn drawn(size: usize) -> (tempfile::TempDir, FaceCache) {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("faces.safetensors");
        synth::write_cache(20, 1, size, &path, &Silent).unwrap();
        let cache = FaceCache::open(&path).unwrap();
        (place, cache)
    }

    #[test]
    fn every_part_of_a_whole_step_is_measured() {
        let (_place, faces) = drawn(16);
        let times = time_gan(&bench(None), faces, BackendChoice::Cpu, &Silent).unwrap();
        assert_eq!((times.parameters, times.seconds.len()), (bench(None).settings().network(16).parameters(), 2));
        assert!(times.parts.len() == StepPart::ALL.len() && times.parts.iter().all(|(_, seconds)| *seconds > 0.0), "{times:?}");
    }

    #[test]
    fn a_stage_that_fades_in_has_layers_of_both_sizes() {
        let (_place, faces) = drawn(16);
        let fading = bench(Some(0.5));
        let config = fading.settings().network(16);
        let widths = &config.widths;
        let width = widths[widths.len() - 2];
        // What reads and writes pictures of half the size.
        let parameters = config.parameters() + 4 * width + 3 * (width + 1);
        assert_eq!(time_gan(&fading, faces, BackendChoice::Cpu, &Silent).unwrap().parameters, parameters);
        let critic = CriticBench { config, fade: Some(0.5), batch: 2, steps: 1, repeats: 1 };
        let times = time_critic(&critic, BackendChoice::Cpu).unwrap();
        assert_eq!((times.parameters, times.critic_seconds.len(), times.seconds.len()), (parameters, 1, 1));
        let direct = time_critic(&CriticBench { fade: None, ..critic.clone() }, BackendChoice::Cpu).unwrap();
        assert_eq!(direct.parameters, critic.config.parameters());
    }
}
