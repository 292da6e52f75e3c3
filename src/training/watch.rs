//! Notices when a training goes wrong: a loss that is no number, or one that leaves its own past far behind.

/// How fast the remembered loss follows.
const FOLLOW: f64 = 0.02;
/// A loss this many times the lowest remembered one has exploded.
const EXPLODED: f64 = 20.0;
/// During the first steps losses still fall from wherever they began; they are compared with the very first one.
const SETTLING: u64 = 50;

/// Watches the loss of every step.
#[derive(Clone, Debug, Default)]
pub struct LossWatch {
    first: f64,
    remembered: f64,
    lowest: f64,
    seen: u64,
}

impl LossWatch {
    /// Takes note of a loss; what is wrong with it, if anything.
    pub fn judge(&mut self, loss: f32) -> Option<String> {
        let loss = f64::from(loss);
        if !loss.is_finite() {
            return Some("the loss is no longer a number".into());
        }
        if self.seen == 0 {
            (self.first, self.remembered) = (loss, loss);
        }
        let usual = if self.seen < SETTLING { self.first } else { self.lowest };
        if loss > EXPLODED * usual.max(1e-6) {
            return Some(format!("the loss rose to {loss:.3}, from about {usual:.4}"));
        }
        self.remembered += FOLLOW * (loss - self.remembered);
        // What was remembered while the loss still fell is too high to be the lowest.
        self.lowest = if self.seen < SETTLING { self.remembered } else { self.lowest.min(self.remembered) };
        self.seen += 1;
        None
    }
}

/// Looks out for trouble in the figures of steps.
pub trait Watch {
    /// Takes note of the figures of a step, in the order of the learner.
    fn look(&mut self, figures: &[Option<f32>]) -> Verdict;
}

/// For one network whose first figure is its loss.
impl Watch for LossWatch {
    fn look(&mut self, figures: &[Option<f32>]) -> Verdict {
        let loss = figures.first().copied().flatten().unwrap_or(f32::NAN);
        self.judge(loss).map_or(Verdict::Fine, Verdict::Broken)
    }
}

/// What a look came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Nothing new.
    Fine,
    /// Something that the user should know, with advice.
    Warned(String),
    /// The training cannot go on like this.
    Broken(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_losses_pass_and_broken_ones_do_not() {
        let mut watch = LossWatch::default();
        for step in 0..500 {
            let loss = 0.5 / (1.0 + step as f32 * 0.1) + 0.004 * (step % 3) as f32;
            assert_eq!(watch.judge(loss), None, "step {step}");
        }
        assert!(watch.clone().judge(f32::NAN).is_some());
        assert!(watch.clone().judge(f32::INFINITY).is_some());
        assert!(watch.clone().judge(5.0).unwrap().contains("5.000"));
        assert_eq!(watch.judge(0.1), None, "a bad batch is no explosion");
        let mut young = LossWatch::default();
        assert_eq!((young.judge(0.3), young.judge(2.0)), (None, None), "beginnings are rough");
        assert!(young.judge(7.0).is_some(), "but not that rough");
    }
}
