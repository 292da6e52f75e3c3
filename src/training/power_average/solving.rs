//! An average of any length at any moment from averages that were kept: their combination whose profile is nearest to that of the wish, by
//! the mean squared difference over all time.
//!
//! The factors add up to 1, so that weights that never change come out as they are.

use faer::linalg::solvers::Solve;
use faer::{Mat, Side};

use super::profile::Profile;

/// Of the size of a profile's own product, added to it: keeps averages that are almost alike from counting against each other by much.
const RIDGE: f64 = 1e-7;

/// What kept averages are multiplied with.
#[derive(Clone, Debug, PartialEq)]
pub struct Combination {
    /// A factor for each average, in their order; together 1.
    pub factors: Vec<f64>,
    /// How far the combined profile is from that of the wish, as a share of the size of that; 0 where it is met.
    pub residual: f64,
}

/// Combines averages with these profiles into one with the profile of the `wish`; `None` where there are none.
pub fn combine(kept: &[Profile], wish: &Profile) -> Option<Combination> {
    let count = kept.len();
    // In units of each profile's own size, so that those of early moments, which are narrow and high, do not outweigh the others.
    let sizes: Vec<f64> = kept.iter().map(|profile| profile.product(profile).sqrt()).collect();
    let ridge = |i, j| if i == j { RIDGE } else { 0.0 };
    let products = Mat::from_fn(count, count, |i, j| kept[i].product(&kept[j]) / (sizes[i] * sizes[j]) + ridge(i, j)); // [N, N]
    let sides = Mat::from_fn(count, 2, |i, side| if side == 0 { kept[i].product(wish) } else { 1.0 } / sizes[i]); // [N, 2]
    let solved = products.llt(Side::Lower).ok()?.solve(&sides); // [N, 2]
    let factor = |i: usize, side: usize| solved[(i, side)] / sizes[i];
    let sum = |side: usize| (0..count).map(|i| factor(i, side)).sum::<f64>();
    // The nearest of those whose factors add up to 1.
    let lift = (1.0 - sum(0)) / sum(1);
    let factors: Vec<f64> = (0..count).map(|i| factor(i, 0) + lift * factor(i, 1)).collect();
    if count == 0 || factors.iter().any(|factor| !factor.is_finite()) {
        return None;
    }
    let whole = wish.product(wish);
    let crossed: f64 = factors.iter().zip(kept).map(|(factor, profile)| factor * profile.product(wish)).sum();
    let own: f64 = factors.iter().zip(kept).map(|(a, p)| a * factors.iter().zip(kept).map(|(b, q)| b * p.product(q)).sum::<f64>()).sum();
    let residual = ((whole - 2.0 * crossed + own).max(0.0) / whole).sqrt();
    Some(Combination { factors, residual })
}

#[cfg(test)]
mod tests {
    use super::super::profile::{LENGTHS, TRACKED};
    use super::*;

    /// Steps of a training of one weight.
    const STEPS: u32 = 20_000;
    /// Moments at which both averages are kept.
    const MOMENTS: u32 = 48;

    /// A weight that settles, wanders and trembles.
    fn weight(step: u32) -> f64 {
        let t = f64::from(step) / f64::from(STEPS);
        1.0 - (-6.0 * t).exp() + 0.3 * (5.0 * t).sin() + 0.02 * f64::from(step % 7) - 0.06
    }

    /// The steps of 48 moments, evenly in the logarithm, the last one at the end.
    fn moments() -> Vec<u32> {
        let ratio = 1000.0_f64.powf(1.0 / f64::from(MOMENTS - 1));
        (0..MOMENTS).map(|n| (f64::from(STEPS) * ratio.powi(n as i32 - MOMENTS as i32 + 1)).round() as u32).collect()
    }

    /// The average of a length after every step in `at`, as a training tracks it.
    fn tracked(length: f64, at: &[u32]) -> Vec<f64> {
        let (mut average, mut found) = (0.0, Vec::new());
        for step in 1..=STEPS {
            let decay = Profile::decay(length, 1.0, f64::from(step));
            average = decay * average + (1.0 - decay) * weight(step);
            if at.contains(&step) {
                found.push(average);
            }
        }
        found
    }

    fn kept(at: &[u32]) -> (Vec<Profile>, Vec<f64>) {
        let profiles = TRACKED.iter().flat_map(|length| at.iter().map(|step| Profile::new(*length, f64::from(*step))));
        (profiles.collect(), TRACKED.iter().flat_map(|length| tracked(*length, at)).collect())
    }

    fn solved(combination: &Combination, values: &[f64]) -> f64 {
        combination.factors.iter().zip(values).map(|(factor, value)| factor * value).sum()
    }

    #[test]
    fn what_is_solved_is_what_would_have_been_tracked() {
        let at = moments();
        let (profiles, values) = kept(&at);
        for (length, most) in [(0.05, 1e-5), (0.07, 2e-3), (0.1, 1e-5), (0.13, 2e-3), (0.15, 2e-3), (0.2, 2e-3), (0.25, 3e-3)] {
            let combination = combine(&profiles, &Profile::new(length, f64::from(STEPS))).unwrap();
            let (found, exact) = (solved(&combination, &values), tracked(length, &[STEPS])[0]);
            assert!((found - exact).abs() < most, "{length}: {found} instead of {exact}");
            assert!(combination.residual < 0.08, "{length}: {}", combination.residual);
            assert!((combination.factors.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn every_moment_that_was_kept_has_its_averages() {
        let at = moments()[..30].to_vec();
        let (profiles, values) = kept(&at);
        let end = at[29];
        for length in [0.07, 0.2] {
            let combination = combine(&profiles, &Profile::new(length, f64::from(end))).unwrap();
            let exact = tracked(length, &[end])[0];
            assert!((solved(&combination, &values) - exact).abs() < 8e-3, "{length}: {}", solved(&combination, &values) - exact);
        }
        // Between two moments a profile ends where no other one does.
        let between = f64::from((at[28] + at[29]) / 2);
        assert!(combine(&profiles, &Profile::new(0.1, between)).unwrap().residual > 0.2);
    }

    #[test]
    fn one_that_was_kept_is_itself() {
        let (profiles, _) = kept(&moments());
        for which in [3, 47, 90] {
            let combination = combine(&profiles, &profiles[which]).unwrap();
            assert!(combination.residual < 1e-3);
            for (index, factor) in combination.factors.iter().enumerate() {
                let wanted = f64::from(u8::from(index == which));
                assert!((factor - wanted).abs() < 2e-3, "{which}, {index}: {factor}");
            }
        }
    }

    #[test]
    fn short_lengths_are_the_harder_the_farther_they_are_from_those_kept() {
        let (profiles, _) = kept(&moments());
        let residual = |length| combine(&profiles, &Profile::new(length, f64::from(STEPS))).unwrap().residual;
        let lengths = [0.02, 0.025, 0.03, 0.04, 0.05];
        assert!(lengths.windows(2).all(|pair| residual(pair[0]) > residual(pair[1])));
        assert!(residual(0.02) < 0.27 && residual(0.03) < 0.12 && residual(0.04) < 0.04, "{} {}", residual(0.02), residual(0.04));
    }

    #[test]
    fn nothing_that_was_kept_counts_so_much_that_its_rounding_shows() {
        let plain = moments();
        let end = plain[MOMENTS as usize - 1];
        // Numbers of half precision are off by a two-thousandth at most.
        let most = |at: &[u32]| {
            let profiles: Vec<Profile> = at.iter().flat_map(|step| TRACKED.map(|length| Profile::new(length, f64::from(*step)))).collect();
            let time = f64::from(at[at.len() - 1]);
            let sum = |length: f64| {
                let combination = combine(&profiles, &Profile::new(length, time)).unwrap();
                combination.factors.iter().map(|factor| factor.abs()).sum::<f64>()
            };
            (0..=46).map(|n| sum(LENGTHS.start() + 0.005 * f64::from(n))).fold(0.0, f64::max)
        };
        assert!(most(&plain) < 30.0, "{}", most(&plain));
        // A checkpoint beside the last snapshot, or beside one in the middle.
        for steps in 1..=8 {
            for beside in [end, plain[MOMENTS as usize - 8]] {
                let mut at = [plain.as_slice(), &[beside + steps]].concat();
                at.sort_unstable();
                assert!(most(&at) < 30.0, "{steps} steps beside {beside}: {}", most(&at));
            }
        }
    }

    #[test]
    fn longer_averages_reach_farther_back() {
        let (profiles, _) = kept(&moments());
        let mean = |length: f64| {
            let combination = combine(&profiles, &Profile::new(length, f64::from(STEPS))).unwrap();
            combination.factors.iter().zip(&profiles).map(|(factor, profile)| factor * profile.mean()).sum::<f64>()
        };
        let means: Vec<f64> = [0.02, 0.05, 0.08, 0.1, 0.15, 0.2, 0.25].map(mean).to_vec();
        assert!(means.windows(2).all(|pair| pair[0] > pair[1]), "{means:?}");
    }

    #[test]
    fn nothing_makes_nothing_and_one_makes_itself() {
        assert_eq!(combine(&[], &Profile::new(0.1, 10.0)), None);
        let only = Profile::new(0.05, 10.0);
        let combination = combine(&[only], &Profile::new(0.1, 10.0)).unwrap();
        assert!((combination.factors[0] - 1.0).abs() < 1e-9 && combination.residual > 0.1);
    }
}
