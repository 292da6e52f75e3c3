//! Where a journey stands in the time of a training.
//!
//! Owns how steps run from keyframe to keyframe: in the logarithm of steps, as most happens in the beginning, and never back where the
//! keyframes go forward.

use super::interpolation::{ease_in_out, monotone};
use super::{Easing, Journey, TrainingStep};

impl Journey {
    /// Whether a keyframe names a step of a training.
    pub fn has_steps(&self) -> bool {
        self.keyframes.iter().any(|keyframe| keyframe.step.is_some())
    }

    /// The same journey, which names no step.
    #[must_use]
    pub fn without_steps(&self) -> Self {
        let mut journey = self.clone();
        journey.keyframes.iter_mut().for_each(|keyframe| keyframe.step = None);
        journey
    }

    /// The same journey through the time of a training as well: keyframes that name no step are passed from the first model to the last.
    /// One that names steps stays as it is.
    #[must_use]
    pub fn growing(&self) -> Self {
        let mut journey = self.clone();
        if !journey.has_steps() {
            if journey.keyframes.len() == 1 {
                journey.keyframes.push(journey.keyframes[0].clone());
            }
            let last = journey.keyframes.len() - 1;
            journey.keyframes[0].step = Some(TrainingStep::First);
            journey.keyframes[last].step = Some(TrainingStep::Last);
        }
        journey
    }

    /// The step of the training at frame `frame` of `frames`, for a run with models from `first` to `last`: between two steps a fraction.
    /// `None` where no keyframe names one.
    pub fn training_at(&self, frame: u64, frames: u64, first: u64, last: u64) -> Option<f64> {
        let named: Vec<(usize, f64)> = self
            .keyframes
            .iter()
            .enumerate()
            .filter_map(|(index, keyframe)| Some((index, log_of(keyframe.step?.number(first, last)))))
            .collect();
        let logs = self.filled(&named, |from, to, share| from + (to - from) * share)?;
        let log = self.without_turning_back(&logs, self.position(self.progress_at(frame, frames)));
        Some(log.exp_m1().clamp(first as f64, last as f64))
    }

    /// A value that the keyframes give, at a position: on every way between the two that it leads from and to.
    fn without_turning_back(&self, values: &[f64], position: f64) -> f64 {
        let (count, ways) = (values.len(), self.ways());
        if ways == 0 {
            return values[0];
        }
        let way = (position as usize).min(ways - 1);
        let t = position - way as f64;
        let rise = |way: usize| values[(way + 1) % count] - values[way];
        let slope = |keyframe: usize| match keyframe {
            _ if self.r#loop => harmonic(rise((keyframe + ways - 1) % ways), rise(keyframe % ways)),
            0 => rise(0),
            _ => harmonic(rise(keyframe - 1), rise(keyframe.min(ways - 1))),
        };
        let rises = rise(way);
        let share = match self.easing {
            Easing::Linear => t,
            Easing::EaseInOut => f64::from(ease_in_out(t as f32)),
            Easing::Smooth if rises == 0.0 => t,
            Easing::Smooth => monotone(t, slope(way) / rises, slope(way + 1) / rises),
        };
        values[way] + rises * share
    }
}

/// The harmonic mean of two slopes; 0 where they go opposite ways.
fn harmonic(a: f64, b: f64) -> f64 {
    if a * b > 0.0 { 2.0 * a * b / (a + b) } else { 0.0 }
}

fn log_of(step: u64) -> f64 {
    (step as f64).ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::latent::Keyframe;

    fn journey(easing: Easing, is_loop: bool, steps: &[Option<TrainingStep>]) -> Journey {
        let keyframes = steps.iter().map(|step| Keyframe { step: *step, ..Keyframe::default() }).collect();
        Journey::new("growth", 4.0, easing, is_loop, keyframes).unwrap()
    }

    #[test]
    fn named_steps_are_met_in_order_and_time_never_runs_back() {
        use TrainingStep::{At, First, Last};
        for easing in [Easing::Smooth, Easing::Linear, Easing::EaseInOut] {
            let journey = journey(easing, false, &[Some(First), None, Some(At(500)), Some(At(500)), Some(Last)]);
            let at = |frame: u64| journey.training_at(frame, 401, 10, 4000).unwrap();
            for (frame, wanted) in [(0, 10.0), (200, 500.0), (250, 500.0), (300, 500.0), (400, 4000.0)] {
                assert!((at(frame) - wanted).abs() < 0.01, "{easing:?}, frame {frame}: {}", at(frame));
            }
            // Between the first and the third it is the geometric mean.
            assert!((at(100) - (11.0_f64 * 501.0).sqrt() + 1.0).abs() < 0.01, "{easing:?}: {}", at(100));
            let way: Vec<f64> = (0..=400).map(at).collect();
            assert!(way.windows(2).all(|pair| pair[0] <= pair[1] + 0.01), "{easing:?}");
            let jump = way.windows(2).map(|pair| (pair[1] / pair[0]).ln()).fold(0.0, f64::max);
            assert!(jump < 0.1, "{easing:?}: {jump}");
        }
    }

    #[test]
    fn a_loop_comes_back_in_time_and_a_single_keyframe_rests() {
        use TrainingStep::{At, First, Last};
        let journey_of = |steps: &[Option<TrainingStep>]| journey(Easing::Smooth, true, steps);
        let there_and_back = journey_of(&[Some(First), Some(Last)]);
        let at = |frame: u64| there_and_back.training_at(frame, 400, 10, 4000).unwrap();
        assert!((at(0) - 10.0).abs() < 0.01 && (at(200) - 4000.0).abs() < 0.01 && (at(100) - at(300)).abs() < 0.01);
        assert!((journey_of(&[Some(At(70))]).training_at(3, 400, 10, 4000).unwrap() - 70.0).abs() < 0.01);
        assert_eq!(journey_of(&[None, None]).training_at(3, 400, 10, 4000), None);
        assert!((journey_of(&[Some(At(9))]).training_at(3, 400, 10, 10).unwrap() - 10.0).abs() < 0.01, "a run with one model");
    }

    #[test]
    fn a_journey_without_steps_leads_from_the_first_model_to_the_last() {
        let still = journey(Easing::Smooth, false, &[None]);
        let growing = still.growing();
        assert!(!still.has_steps() && growing.has_steps() && !growing.without_steps().has_steps());
        let ends = [0, 100].map(|frame| growing.training_at(frame, 101, 3, 800).unwrap());
        assert!((ends[0] - 3.0).abs() < 0.01 && (ends[1] - 800.0).abs() < 0.01, "{ends:?}");
        let mut told = still;
        told.keyframes[0].caption = Some("a face".into());
        assert_eq!(told.growing().keyframes[1].caption.as_deref(), Some("a face"), "what is said of it is said until the end");
        let named = journey(Easing::Smooth, false, &[Some(TrainingStep::At(5)), None]);
        assert_eq!(named.growing(), named);
    }
}
