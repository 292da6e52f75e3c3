//! Precision and recall of a set of points against real ones, and their sturdier kin density and coverage.
//!
//! Owns the definitions of Kynkäänniemi et al. 2019, "Improved Precision and Recall Metric", and Naeem et al. 2020, "Reliable Fidelity
//! and Diversity Metrics for Generative Models", as the package prdc of the latter has them: around every point a ball that reaches to
//! its k-th nearest neighbour of its own set, k = 5. In a linear space, blurred faces lie in the dense middle: they raise precision and
//! density.

use super::feature_space::{Features, kth_nearest, squared_distance};

/// k: the neighbour that a ball reaches to.
pub const NEAREST: usize = 5;

/// How two sets of points overlap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PrecisionRecall {
    /// The share of fake points in any real ball: how many look real.
    pub precision: f64,
    /// The share of real points in any fake ball: how much of what is real can be made.
    pub recall: f64,
    /// In how many real balls a fake point lies on average, divided by k: 1 on average for equal sets, more in the dense middle.
    pub density: f64,
    /// The share of real balls with a fake point in them; 1 - 2^-k, about 0.97, for large equal sets.
    pub coverage: f64,
}

/// Compares fake points with real ones; `None` where a set has no more than k points.
pub fn precision_recall(real: &Features, fake: &Features) -> Option<PrecisionRecall> {
    if real.count().min(fake.count()) <= NEAREST {
        return None;
    }
    // Every point is its own nearest neighbour, at distance 0.
    let [real_radii, fake_radii] = [real, fake].map(|points| kth_nearest(points, points, NEAREST + 1));
    let balls = fake.map_blocks(|_, queries| real_balls(&queries, real, &real_radii));
    let reals = real.map_blocks(|first, queries| found_by(&queries, &real_radii[first..], fake, &fake_radii));
    let share = |count: usize, of: usize| count as f64 / of as f64;
    Some(PrecisionRecall {
        precision: share(balls.iter().filter(|balls| **balls > 0).count(), fake.count()),
        recall: share(reals.iter().filter(|real| real.recalled).count(), real.count()),
        density: share(balls.iter().sum(), fake.count() * NEAREST),
        coverage: share(reals.iter().filter(|real| real.covered).count(), real.count()),
    })
}

/// How many real balls each fake point lies in.
fn real_balls(fakes: &[&[f32]], real: &Features, radii: &[f32]) -> Vec<usize> {
    let mut balls = vec![0; fakes.len()];
    for (point, radius) in real.iter().zip(radii) {
        for (fake, balls) in fakes.iter().zip(&mut balls) {
            *balls += usize::from(squared_distance(fake, point) < *radius);
        }
    }
    balls
}

/// What the fake points are to a real one.
#[derive(Clone, Copy, Default)]
struct Found {
    /// It lies in a fake ball.
    recalled: bool,
    /// A fake point lies in its ball.
    covered: bool,
}

fn found_by(reals: &[&[f32]], radii: &[f32], fake: &Features, fake_radii: &[f32]) -> Vec<Found> {
    let mut found = vec![Found::default(); reals.len()];
    for (point, fake_radius) in fake.iter().zip(fake_radii) {
        for ((real, radius), found) in reals.iter().zip(radii).zip(&mut found) {
            let distance = squared_distance(real, point);
            found.recalled |= distance < *fake_radius;
            found.covered |= distance < *radius;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::formula::points;

    fn moved(points: &Features, scale: f32, shift: f32) -> Features {
        let dim = points.iter().next().unwrap().len();
        Features::new(dim, points.iter().flatten().map(|x| scale * x + shift).collect())
    }

    #[test]
    fn figures_agree_with_the_package_prdc() {
        let found = precision_recall(&points(1, 60, 8), &moved(&points(2, 50, 8), 0.8, 0.3)).unwrap();
        let pairs = [(found.precision, 0.96), (found.recall, 0.566_666_667), (found.density, 0.744), (found.coverage, 0.583_333_333)];
        assert!(pairs.iter().all(|(found, wanted)| (found - wanted).abs() < 1e-6), "{found:?}");
    }

    #[test]
    fn sets_that_are_alike_overlap_and_sets_far_apart_do_not() {
        let (real, alike) = (points(1, 200, 4), points(5, 200, 4));
        let found = precision_recall(&real, &alike).unwrap();
        assert!(found.precision > 0.8 && found.recall > 0.8 && found.coverage > 0.8 && (found.density - 1.0).abs() < 0.25, "{found:?}");
        let apart = precision_recall(&real, &moved(&alike, 1.0, 50.0)).unwrap();
        assert_eq!(apart, PrecisionRecall { precision: 0.0, recall: 0.0, density: 0.0, coverage: 0.0 });
    }

    #[test]
    fn copies_of_one_point_cover_next_to_nothing() {
        let real = points(1, 100, 8);
        let one = real.iter().next().unwrap().repeat(100);
        let found = precision_recall(&real, &Features::new(8, one)).unwrap();
        // A ball without extent holds nothing, and the point lies in the balls of those few that have it among their nearest.
        assert!(found.coverage < 0.15 && found.recall == 0.0 && found.precision == 1.0, "{found:?}");
    }

    #[test]
    fn few_points_have_no_figures() {
        assert_eq!(precision_recall(&points(1, 5, 8), &points(2, 50, 8)), None);
        assert!(precision_recall(&points(1, 6, 8), &points(2, 6, 8)).is_some());
    }
}
