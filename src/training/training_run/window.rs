//! What comes together between two points of the curves.

use crate::training::run::{CurvePoint, RunState};

/// What came together since the last point of the curves.
#[derive(Default)]
pub struct Window {
    /// Of each figure the sum, and in how many steps it was measured.
    sums: Vec<(f64, u64)>,
    pub steps: u64,
    images: u64,
    seconds: f64,
}

impl Window {
    /// Takes note of a step.
    pub fn add(&mut self, losses: &[Option<f32>], batch: usize, seconds: f64) {
        self.sums.resize(losses.len(), (0.0, 0));
        for ((sum, count), loss) in self.sums.iter_mut().zip(losses).filter_map(|(sum, loss)| Some((sum, (*loss)?))) {
            (*sum, *count) = (*sum + f64::from(loss), *count + 1);
        }
        self.steps += 1;
        self.images += batch as u64;
        self.seconds += seconds;
    }

    /// Takes note of time between two steps.
    pub fn rest(&mut self, seconds: f64) {
        self.seconds += seconds;
    }

    /// The point of the curves that stands for them.
    pub fn point(&self, state: &RunState, size: usize, learning_rate: f32, held_out: Option<f64>, losses: usize) -> CurvePoint {
        let mean = |(sum, count): &(f64, u64)| if *count > 0 { (sum / *count as f64) as f32 } else { f32::NAN };
        let mut means: Vec<f32> = self.sums.iter().map(mean).collect();
        means.resize(losses, f32::NAN);
        CurvePoint {
            step: state.step,
            images: state.images,
            seconds: state.seconds,
            images_per_second: if self.seconds > 0.0 { self.images as f64 / self.seconds } else { 0.0 },
            learning_rate,
            batch: state.settings.batch_at(size),
            losses: means,
            held_out,
        }
    }
}
