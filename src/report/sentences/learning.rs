//! The sentence about a training: still learning, finished, overfitting, or a game out of balance.

use crate::report::html::{count, number, percent};
use crate::training::{CurvePoint, EventKind, RunFacts};

/// A held-out error that is so many times that of training faces tells of overfitting.
pub const OVERFITS: f64 = 1.3;
/// A held-out error so far above its own minimum has turned.
const TURNED: f64 = 1.03;
/// An error that fell by more than this share in the last fifth is still falling.
const STILL_FALLING: f64 = 0.03;
/// Shares of pairs that the critic tells apart.
const CRITIC: (f64, f64) = (0.56, 0.95);
/// Fakes that differ less than this share of what real faces do.
const COLLAPSING: f64 = 0.6;

/// What the curves and events show; `None` without curves.
pub fn training(name: &str, run: &RunFacts) -> Option<String> {
    let last = run.curves.points.last()?;
    let (faces, minutes) = (count(usize::try_from(last.images).ok()?), number(last.seconds / 60.0));
    let told = if column(run, "accuracy").is_some() { game(run)? } else { errors(run)? };
    Some(format!("{name}, {faces} faces seen in {minutes} minutes: {told}{}.", events(run)))
}

/// The mean of held-out errors over that of training errors, at the end.
pub fn held_out_over_training(run: &RunFacts) -> Option<f64> {
    let held_out = held_out(run).last().map(|(_, error)| *error)?;
    super::ratio(Some(held_out), mean_at_end(run, "mse"))
}

fn column(run: &RunFacts, name: &str) -> Option<usize> {
    run.curves.loss_names.iter().position(|known| known == name)
}

/// The mean of a figure over the last tenth of the points that have it.
fn mean_at_end(run: &RunFacts, name: &str) -> Option<f64> {
    let column = column(run, name)?;
    let figure = |point: &CurvePoint| point.losses.get(column).map(|figure| f64::from(*figure)).filter(|figure| figure.is_finite());
    let figures: Vec<f64> = run.curves.points.iter().filter_map(figure).collect();
    let end = &figures[figures.len() - figures.len().div_ceil(10)..];
    (!end.is_empty()).then(|| end.iter().sum::<f64>() / end.len() as f64)
}

/// Images and held-out error, where it was measured.
fn held_out(run: &RunFacts) -> Vec<(u64, f64)> {
    run.curves.points.iter().filter_map(|point| Some((point.images, point.held_out?))).filter(|(_, error)| error.is_finite()).collect()
}

fn errors(run: &RunFacts) -> Option<String> {
    let held_out = held_out(run);
    let Some((images, last)) = held_out.last().copied() else {
        return mean_at_end(run, "mse")
            .map(|error| format!("the training error ends at {}, and nothing was held out, so overfitting would not show", number(error)));
    };
    let (best_at, best) = held_out.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1))?;
    let before = held_out.iter().rfind(|(at, _)| at * 5 <= images * 4).map(|(_, error)| *error);
    let falling = before.map_or(0.0, |before| 1.0 - last / before);
    let gap = held_out_over_training(run);
    Some(if last > TURNED * best {
        format!(
            "the held-out error was lowest, {}, after {} faces and rose to {} since: overfitting, so stopping there, more faces or \
             weight decay would have helped",
            number(best),
            count(usize::try_from(best_at).unwrap_or(usize::MAX)),
            number(last)
        )
    } else if let Some(gap) = gap.filter(|gap| *gap > OVERFITS) {
        format!(
            "held-out faces err {}, {} times as much as training faces: the network has begun to learn its faces by heart, as there are \
             few for its size",
            number(last),
            number(gap)
        )
    } else if falling > STILL_FALLING {
        format!(
            "the held-out error ends at {} and still fell by {} in the last fifth: the training was short, and more of it would help",
            number(last),
            percent(falling)
        )
    } else {
        format!(
            "the held-out error ends at {} and hardly fell in the last fifth ({}): what is left is beyond this network and code, which \
             average what they cannot resolve",
            number(last),
            percent(falling)
        )
    })
}

fn game(run: &RunFacts) -> Option<String> {
    let accuracy = mean_at_end(run, "accuracy")?;
    let told_apart = percent(accuracy);
    let diversity = mean_at_end(run, "diversity");
    if let Some(diversity) = diversity.filter(|diversity| *diversity < COLLAPSING) {
        return Some(format!(
            "at the end samples differ only {} as much as real faces: mode collapse, the generator makes few faces that its critic accepts",
            percent(diversity)
        ));
    }
    let spread =
        diversity.map(|diversity| format!(", and samples differ {} as much as real faces", percent(diversity))).unwrap_or_default();
    Some(match accuracy {
        accuracy if accuracy > CRITIC.1 => {
            format!(
                "at the end the critic tells {told_apart} of the pairs apart: the critic is too strong, and hardly any direction is left \
                 for the generator to learn from{spread}"
            )
        }
        accuracy if accuracy < CRITIC.0 => {
            format!(
                "at the end the critic tells only {told_apart} of the pairs apart: the critic is too weak to say what is wrong, so \
                 detail stops improving{spread}"
            )
        }
        _ => format!(
            "at the end the critic tells {told_apart} of the pairs apart: the game is in balance, so what the samples lack is a matter \
             of time and width{spread}"
        ),
    })
}

fn events(run: &RunFacts) -> String {
    let of = |kinds: &[EventKind]| run.events.iter().filter(|event| kinds.contains(&event.kind)).count();
    let (broken, warned, changed) = (
        of(&[EventKind::Restored, EventKind::Failed]),
        of(&[EventKind::Warned]),
        of(&[EventKind::Changed, EventKind::RolledBack, EventKind::Branched]),
    );
    let mut words = Vec::new();
    if broken > 0 {
        words.push(format!("{broken} times it went wrong and was taken back"));
    }
    if warned > 0 {
        words.push(format!("{warned} warnings came"));
    }
    if changed > 0 {
        words.push(format!("{changed} changes were made by hand"));
    }
    if words.is_empty() { String::new() } else { format!("; {}", super::listed(&words)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::{Curves, RunEvent};

    fn run(names: &[&str], points: impl Iterator<Item = (Vec<f32>, Option<f64>)>) -> RunFacts {
        let point = |(at, (losses, held_out)): (usize, (Vec<f32>, Option<f64>))| CurvePoint {
            step: at as u64,
            images: 32 * at as u64,
            seconds: at as f64,
            images_per_second: 32.0,
            learning_rate: 0.001,
            batch: 32,
            losses,
            held_out,
        };
        let curves =
            Curves { loss_names: names.iter().map(|name| (*name).to_owned()).collect(), points: points.enumerate().map(point).collect() };
        RunFacts { curves, ..RunFacts::default() }
    }

    fn coder(training: impl Fn(f64) -> f64, held_out: impl Fn(f64) -> f64) -> String {
        let points = (0..=100).map(|at| f64::from(at) / 100.0).map(|at| (vec![training(at) as f32], Some(held_out(at))));
        super::training("coder", &run(&["mse"], points)).unwrap()
    }

    #[test]
    fn errors_that_fall_rest_turn_or_part_are_told_apart() {
        let falling = coder(|at| 0.02 - 0.01 * at, |at| 0.02 - 0.01 * at);
        assert!(falling.contains("still fell by 17 %") && falling.contains("3,200 faces"), "{falling}");
        assert!(coder(|_| 0.01, |_| 0.01).contains("hardly fell"));
        let turned = coder(|at| 0.02 - 0.01 * at, |at| 0.012 + 0.02 * (at - 0.5).powi(2));
        assert!(turned.contains("overfitting") && turned.contains("1,600 faces"), "{turned}");
        assert!(coder(|_| 0.005, |_| 0.01).contains("by heart"));
    }

    #[test]
    fn the_game_of_critic_and_generator_is_judged_by_its_end() {
        let game = |accuracy: f32, diversity: f32| {
            let points = (0..50).map(|at| (vec![if at < 20 { 0.5 } else { accuracy }, if at == 49 { f32::NAN } else { diversity }], None));
            training("gan", &run(&["accuracy", "diversity"], points)).unwrap()
        };
        assert!(game(0.99, 1.0).contains("too strong"));
        assert!(game(0.51, 1.0).contains("too weak"));
        assert!(game(0.7, 1.0).contains("in balance") && game(0.7, 1.0).contains("70 %"));
        assert!(game(0.7, 0.3).contains("mode collapse"));
    }

    #[test]
    fn events_are_counted() {
        let mut content = run(&["mse"], (0..3).map(|_| (vec![0.01], None)));
        assert!(!training("coder", &content).unwrap().contains("warnings"));
        let event = |kind| RunEvent { step: 1, images: 32, seconds: 1.0, kind, detail: String::new() };
        content.events = vec![event(EventKind::Warned), event(EventKind::Warned), event(EventKind::Restored)];
        let told = training("coder", &content).unwrap();
        assert!(told.contains("1 times it went wrong") && told.contains("2 warnings"), "{told}");
        assert_eq!(training("coder", &RunFacts::default()), None);
    }
}
