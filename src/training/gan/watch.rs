//! Notices what goes wrong between a critic and a generator, and says what helps.
//!
//! Looks at averages over many steps. Each warning comes once, and again only after things were well in between.

use super::figures::place;
use crate::training::Objective;
use crate::training::watch::{Verdict, Watch};

/// Averages follow over about so many steps.
const FOLLOW: f64 = 0.01;
/// Nothing is judged before so many steps: beginnings are rough.
const SETTLING: u64 = 300;
/// A critic that tells so many pairs apart teaches the generator nothing.
const CRITIC_WINS: f64 = 0.985;
const CRITIC_LETS_GO: f64 = 0.95;
/// Fakes that differ less than this share of what real faces do, and of what fakes did before, are collapsing.
const COLLAPSED: f64 = 0.45;
const RECOVERED: f64 = 0.6;
/// Where the mean gradient norm of WGAN-GP belongs.
const NORMS: (f64, f64) = (0.6, 1.6);
/// Between these it is well again.
const GOOD_NORMS: (f64, f64) = (0.75, 1.35);
/// A zero-centred penalty beyond this is heavier than the game itself.
const HEAVIEST: f64 = 1.0;
/// Numbers beyond this are no scores any more.
const BROKEN: f32 = 1e5;

/// An average that follows, and whether it was warned about.
#[derive(Clone, Debug, Default)]
struct Followed {
    value: f64,
    seen: u64,
    is_bad: bool,
}

impl Followed {
    fn add(&mut self, value: f32) {
        self.seen += 1;
        // The first steps count alike, so that the beginning is forgotten soon.
        let follow = FOLLOW.max(1.0 / self.seen as f64);
        self.value += follow * (f64::from(value) - self.value);
    }

    fn is_settled(&self) -> bool {
        self.seen >= SETTLING
    }

    /// True when it turns bad.
    fn turns(&mut self, is_bad: bool, is_good: bool) -> bool {
        let turned = is_bad && !self.is_bad && self.is_settled();
        self.is_bad = (self.is_bad || turned) && !is_good;
        turned
    }
}

/// Watches the figures of every step.
#[derive(Clone, Debug)]
pub struct GanWatch {
    objective: Objective,
    accuracy: Followed,
    diversity: Followed,
    most_diversity: f64,
    penalty: Followed,
    norm: Followed,
}

impl GanWatch {
    /// For an objective.
    pub fn new(objective: Objective) -> Self {
        let (accuracy, diversity, penalty, norm) = Default::default();
        Self { objective, accuracy, diversity, most_diversity: 0.0, penalty, norm }
    }
}

impl Watch for GanWatch {
    fn look(&mut self, figures: &[Option<f32>]) -> Verdict {
        if let Some(figure) = figures.iter().flatten().find(|figure| !figure.is_finite() || figure.abs() > BROKEN) {
            let what = if figure.is_finite() {
                format!("a loss or score has grown to {figure:.0}")
            } else {
                "a loss is no longer a number".into()
            };
            return Verdict::Broken(what);
        }
        let at = |index: usize| figures.get(index).copied().flatten();
        if let Some(accuracy) = at(place::ACCURACY) {
            self.accuracy.add(accuracy);
            let value = self.accuracy.value;
            if self.accuracy.turns(value > CRITIC_WINS, value < CRITIC_LETS_GO) {
                return Verdict::Warned(format!(
                    "the critic wins: it tells {:.1} % of the pairs apart, so the generator learns little. Augment more, raise the penalty, \
                     or let the generator learn alone for a while",
                    100.0 * value
                ));
            }
        }
        if let Some(diversity) = at(place::DIVERSITY) {
            self.diversity.add(diversity);
            let value = self.diversity.value;
            if self.diversity.is_settled() {
                self.most_diversity = self.most_diversity.max(value);
            }
            let collapses = value < COLLAPSED && value < COLLAPSED / RECOVERED * self.most_diversity.max(COLLAPSED);
            if self.diversity.turns(collapses, value > RECOVERED) {
                return Verdict::Warned(format!(
                    "modes collapse: fake faces differ {:.0} % as much as real ones. Go back to an earlier checkpoint; raise the penalty or \
                     the batch, lower the learning rate, or let the critic see the minibatch deviation",
                    100.0 * value
                ));
            }
        }
        self.look_at_penalty(at(place::PENALTY), at(place::GRADIENT_NORM))
    }
}

impl GanWatch {
    fn look_at_penalty(&mut self, penalty: Option<f32>, norm: Option<f32>) -> Verdict {
        if let (Some(norm), Objective::WganGp) = (norm, self.objective) {
            self.norm.add(norm);
            let value = self.norm.value;
            let is_out = value < NORMS.0 || value > NORMS.1;
            if self.norm.turns(is_out, value > GOOD_NORMS.0 && value < GOOD_NORMS.1) {
                let side = if value < NORMS.0 {
                    "has lost its grip on the scores: raise the learning rate"
                } else {
                    "does not hold: raise the penalty"
                };
                return Verdict::Warned(format!("the mean gradient norm is {value:.2}, not near 1. The critic {side}"));
            }
        }
        if let (Some(penalty), Objective::Rpgan) = (penalty, self.objective) {
            self.penalty.add(penalty);
            let value = self.penalty.value;
            if self.penalty.turns(value > HEAVIEST, value < HEAVIEST / 2.0) {
                return Verdict::Warned(format!(
                    "the gradient penalty is {value:.2}, heavier than the game itself (0.7 where both are equal). Lower the learning rate or \
                     the penalty's weight"
                ));
            }
        }
        Verdict::Fine
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(penalty: f32, norm: f32, accuracy: f32, diversity: f32) -> Vec<Option<f32>> {
        [0.7, 0.7, penalty, norm, 0.5, -0.5, accuracy, diversity].map(Some).to_vec()
    }

    /// The warnings that come over steps of figures.
    fn warnings(watch: &mut GanWatch, steps: usize, figures: &[Option<f32>]) -> Vec<String> {
        (0..steps)
            .filter_map(|_| match watch.look(figures) {
                Verdict::Warned(text) => Some(text),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn what_is_well_is_not_warned_of() {
        for objective in Objective::ALL {
            let mut watch = GanWatch::new(objective);
            assert!(warnings(&mut watch, 2000, &figures(0.1, 1.0, 0.8, 0.9)).is_empty());
        }
    }

    #[test]
    fn each_trouble_is_named_once_and_again_after_it_was_over() {
        let cases = [
            (Objective::Rpgan, figures(0.1, 0.5, 1.0, 0.9), "critic wins"),
            (Objective::Rpgan, figures(0.1, 0.5, 0.8, 0.1), "modes collapse"),
            (Objective::Rpgan, figures(4.0, 3.0, 0.8, 0.9), "gradient penalty is"),
            (Objective::WganGp, figures(0.1, 3.0, 0.8, 0.9), "does not hold"),
            (Objective::WganGp, figures(0.1, 0.1, 0.8, 0.9), "lost its grip"),
        ];
        for (objective, bad, words) in cases {
            let mut watch = GanWatch::new(objective);
            warnings(&mut watch, 400, &figures(0.1, 1.0, 0.8, 0.9));
            for _ in 0..2 {
                let found = warnings(&mut watch, 1500, &bad);
                assert!(found.len() == 1 && found[0].contains(words), "{words}: {found:?}");
                warnings(&mut watch, 1500, &figures(0.1, 1.0, 0.8, 0.9));
            }
        }
    }

    #[test]
    fn what_is_no_number_breaks_it() {
        let mut watch = GanWatch::new(Objective::Rpgan);
        assert!(matches!(watch.look(&figures(f32::NAN, 1.0, 0.8, 0.9)), Verdict::Broken(_)));
        assert!(matches!(watch.look(&figures(1e6, 1.0, 0.8, 0.9)), Verdict::Broken(_)));
        assert_eq!(watch.look(&[None; 8]), Verdict::Fine, "a step that measured nothing");
    }
}
