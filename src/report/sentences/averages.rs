//! The sentence about averages of other lengths: what a longer one wins and what it costs.

use super::listed;
use crate::metrics::SetFigures;
use crate::report::content::{AverageContent, ModelContent};
use crate::report::html::number;
use crate::training::TRACKED;

/// Shares that differ by less are the same.
const SAME: f64 = 0.02;
/// Profiles that are farther off are not what they are called.
const FAR_OFF: f64 = 0.15;

/// What happens from the shortest average to the longest, and which one is nearest to real faces; `None` where there are none.
pub fn averages(model: &ModelContent) -> Option<String> {
    let (first, last) = (model.averages.first()?, model.averages.last()?);
    let moved = [("precision", share_of(first, last, |set| set.precision)), ("recall", share_of(first, last, |set| set.recall))];
    let moved: Vec<String> = moved.into_iter().filter_map(|(name, told)| Some(format!("{name} {}", told?))).collect();
    let (shortest, longest) = (first.length, last.length);
    let mut told = match moved.is_empty() {
        true => format!("From a length of {shortest} to one of {longest} nothing is known of precision and recall"),
        false => format!("From a length of {shortest} to one of {longest} {}", listed(&moved)),
    };
    let distance = |average: &&AverageContent| average.evaluation.samples.figures.swd_r.mean().unwrap_or(f64::INFINITY);
    let trained = model.evaluation.samples.figures.swd_r.mean();
    if let Some((best, trained)) = model.averages.iter().min_by(|a, b| distance(a).total_cmp(&distance(b))).zip(trained) {
        let best_distance = distance(&best);
        told += &if best_distance < trained {
            format!(
                "; by SWD-R {} is nearest to real faces, with {} where the model as it was trained has {}",
                best.length,
                number(best_distance),
                number(trained)
            )
        } else {
            format!("; by SWD-R none is nearer to real faces than the model as it was trained, with {}", number(trained))
        };
    }
    // Which of them are not what they are called, by why they are not.
    let off = |is_of: fn(f64) -> bool| {
        let far = model.averages.iter().filter(|average| average.residual > FAR_OFF && is_of(average.length));
        Some(far.map(|average| average.length.to_string()).collect::<Vec<_>>()).filter(|far| !far.is_empty())
    };
    if let Some(short) = off(|length| length < TRACKED[0]) {
        told += &format!("; what is averaged at {} is longer than that, as nothing so short was kept", listed(&short));
    }
    if let Some(long) = off(|length| length >= TRACKED[0]) {
        told += &format!("; what is averaged at {} is another length, as too few snapshots lie so far back", listed(&long));
    }
    Some(told + ".")
}

/// "rises from 0.6 to 0.7".
fn share_of(first: &AverageContent, last: &AverageContent, share: fn(&SetFigures) -> Option<f64>) -> Option<String> {
    let [from, to] = [first, last].map(|average| share(&average.evaluation.samples.figures));
    let (from, to) = from.zip(to)?;
    let way = match to - from {
        change if change > SAME => "rises",
        change if change < -SAME => "falls",
        _ => return Some(format!("stays at about {}", number(to))),
    };
    Some(format!("{way} from {} to {}", number(from), number(to)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::ModelKind;
    use crate::report::content::example::{average, model};

    #[test]
    fn what_a_longer_average_wins_and_costs_is_told() {
        let mut gan = model(ModelKind::Gan);
        assert_eq!(averages(&gan), None);
        gan.averages = vec![average(0.02, 0.7, 0.75, 9.0), average(0.1, 0.8, 0.75, 6.0), average(0.25, 0.85, 0.6, 7.0)];
        gan.averages[0].residual = 0.25;
        let told = averages(&gan).unwrap();
        for part in [
            "precision rises from 0.700 to 0.850",
            "recall falls from 0.750 to 0.600",
            "0.1 is nearest",
            "has 8.00",
            "at 0.02 is longer than that",
        ] {
            assert!(told.contains(part), "no `{part}` in: {told}");
        }
        gan.averages[2].evaluation.samples.figures.precision = Some(0.71);
        gan.averages[0].residual = 0.0;
        gan.averages[2].residual = 0.5;
        let told = averages(&gan).unwrap();
        assert!(told.contains("precision stays at about 0.710") && !told.contains("longer than that"), "{told}");
        assert!(told.contains("at 0.25 is another length, as too few snapshots lie so far back"), "{told}");
        gan.averages[1] = average(0.1, 0.8, 0.75, 8.5);
        gan.averages[2] = average(0.25, 0.8, 0.75, 8.25);
        let told = averages(&gan).unwrap();
        assert!(told.contains("none is nearer to real faces than the model as it was trained, with 8.00"), "{told}");
        assert!(!told.contains("is nearest") && !told.contains("another length"), "{told}");
    }
}
