//! Notices when a training goes wrong: a loss that is no number, or one that leaves its own past far behind.

/// How fast the remembered loss follows.
const FOLLOW: f64 = 0.02;
/// A loss this many times the remembered one has exploded.
const EXPLODED: f64 = 20.0;
/// Losses are still falling from wherever they began during the first steps.
const SETTLING: u64 = 50;

/// Watches the loss of every step.
#[derive(Clone, Debug, Default)]
pub struct LossWatch {
    remembered: f64,
    seen: u64,
}

impl LossWatch {
    /// Takes note of a loss; what is wrong with it, if anything.
    pub fn look(&mut self, loss: f32) -> Option<String> {
        let loss = f64::from(loss);
        if !loss.is_finite() {
            return Some("the loss is no longer a number".into());
        }
        if self.seen >= SETTLING && loss > EXPLODED * self.remembered.max(1e-6) {
            return Some(format!("the loss rose to {loss:.3}, from about {:.4}", self.remembered));
        }
        self.remembered = if self.seen == 0 { loss } else { self.remembered + FOLLOW * (loss - self.remembered) };
        self.seen += 1;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_losses_pass_and_broken_ones_do_not() {
        let mut watch = LossWatch::default();
        for step in 0..500 {
            let loss = 0.5 / (1.0 + step as f32 * 0.1) + 0.004 * (step % 3) as f32;
            assert_eq!(watch.look(loss), None, "step {step}");
        }
        assert!(watch.clone().look(f32::NAN).is_some());
        assert!(watch.clone().look(f32::INFINITY).is_some());
        assert!(watch.clone().look(5.0).unwrap().contains("5.000"));
        assert_eq!(watch.look(0.1), None, "a bad batch is no explosion");
    }
}
