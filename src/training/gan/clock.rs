//! Where the time of a step goes.
//!
//! Owns the parts of a step of both networks, and the clock that is read between them. Who learns says which part is over; who wants to
//! know starts the clock. As long as nobody does, it costs a comparison a part.

use std::time::Instant;

use burn::tensor::backend::Backend;

/// A part of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepPart {
    /// Real faces are read, mirrored, brought to the device and, while a stage fades in, blended.
    Faces,
    /// Changes of real and fake pictures are drawn and made.
    Augmentation,
    /// The generator's pictures for the critic.
    Fakes,
    /// The critic's gradients for pictures, and the penalty on them.
    Penalty,
    /// Scores of real and fake pictures, with their tangents where there is a penalty, and the critic's loss.
    CriticForward,
    /// The gradients of that loss for the critic's weights.
    CriticBackward,
    /// The generator's pictures for itself, their scores and those of real ones, and its loss.
    GeneratorForward,
    /// The gradients of that loss for the generator's weights.
    GeneratorBackward,
    /// Adam, of both networks.
    Optimisers,
    /// The running average of the generator, and those of which an average of any length comes.
    Averages,
    /// What curves and warnings are made of.
    Figures,
}

impl StepPart {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Faces,
        Self::Augmentation,
        Self::Fakes,
        Self::Penalty,
        Self::CriticForward,
        Self::CriticBackward,
        Self::GeneratorForward,
        Self::GeneratorBackward,
        Self::Optimisers,
        Self::Averages,
        Self::Figures,
    ];

    /// What it is called.
    pub fn name(self) -> &'static str {
        [
            "faces",
            "augmentation",
            "fakes for the critic",
            "penalty",
            "critic forward",
            "critic backward",
            "generator forward",
            "generator backward",
            "optimisers",
            "averages",
            "figures",
        ][self as usize]
    }
}

/// A clock that is read between the parts of steps.
pub struct StepClock<B: Backend>(Option<Running<B>>);

struct Running<B: Backend> {
    device: B::Device,
    /// When the last part was over.
    since: Instant,
    seconds: [f64; StepPart::ALL.len()],
}

impl<B: Backend> Default for StepClock<B> {
    fn default() -> Self {
        Self(None)
    }
}

impl<B: Backend> StepClock<B> {
    /// Begins anew for steps on a device. From now on every part is waited for, which slows down a device that works on while it is told
    /// more: a rate is measured without it.
    pub fn start(&mut self, device: &B::Device) {
        B::sync(device).ok();
        self.0 = Some(Running { device: device.clone(), since: Instant::now(), seconds: [0.0; StepPart::ALL.len()] });
    }

    /// A part is over: the time since the last one belongs to it.
    pub fn lap(&mut self, part: StepPart) {
        let Some(running) = &mut self.0 else { return };
        B::sync(&running.device).ok();
        let now = Instant::now();
        running.seconds[part as usize] += (now - running.since).as_secs_f64();
        running.since = now;
    }

    /// The seconds of every part since the start; `None` where nobody has started it. It stands still again.
    pub fn stop(&mut self) -> Option<Vec<(StepPart, f64)>> {
        let running = self.0.take()?;
        Some(StepPart::ALL.into_iter().zip(running.seconds).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::Cpu;
    use crate::training::{GanLearner, GanSettings, Learner, Preset, StageMoment};

    const SIZE: usize = 8;
    const BATCH: usize = 4;

    fn step(learner: &mut GanLearner<Cpu>, settings: &GanSettings, number: u64) {
        let pictures = (0..BATCH * 3 * SIZE * SIZE).map(|n| (n as f32 * 0.37).sin()).collect();
        learner.step(pictures, BATCH, &settings.moment(number, number * BATCH as u64, 0.0, StageMoment::only(SIZE, 0.0)));
    }

    #[test]
    fn a_clock_measures_every_part_and_changes_nothing() {
        let settings = GanSettings { preset: Preset::Tiny, batch: BATCH, augment: 1.0, ..GanSettings::default() };
        let learner = || GanLearner::<Cpu>::new(&settings, SIZE, Default::default());
        let (mut plain, mut timed) = (learner(), learner());
        let start = Instant::now();
        timed.clock().start(&Default::default());
        for number in 0..2 {
            step(&mut timed, &settings, number);
        }
        let passed = start.elapsed().as_secs_f64();
        let parts = timed.clock().stop().unwrap();
        assert!(parts.iter().all(|(_, seconds)| *seconds > 0.0), "{parts:?}");
        let sum: f64 = parts.iter().map(|(_, seconds)| seconds).sum();
        assert!(sum <= passed, "{sum} of {passed} seconds");
        assert_eq!(timed.clock().stop(), None, "it stands still");
        for number in 0..2 {
            step(&mut plain, &settings, number);
        }
        assert_eq!(plain.clock().stop(), None, "and had never to be started");
        assert!(plain.state() == timed.state(), "both have learned the same");
    }

    #[test]
    fn parts_stand_in_their_order() {
        assert!(StepPart::ALL.iter().enumerate().all(|(at, part)| *part as usize == at));
    }
}
