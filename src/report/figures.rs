//! Which plots a report has: content to plots.
//!
//! Owns what stands on which axis; drawing is the plots' business.

use super::content::{LikelihoodContent, ModelContent, PcaErrors};
use super::plot::{BarSeries, Bars, Mark, Plot, Series, Style};
use super::scale::Axis;
use crate::metrics::SetFigures;
use crate::training::{CurvePoint, EventKind, RunFacts};

/// More points than this do not show.
const POINTS: usize = 240;
/// More marks than this hide the curve.
const MARKS: usize = 12;

/// Explained variance, summed over the axes.
pub fn explained_variance(models: &[ModelContent]) -> String {
    let series = models.iter().enumerate().map(|(colour, model)| {
        let mut sum = 0.0;
        let points = model.explained_variance_ratio.iter().enumerate().map(|(axis, ratio)| {
            sum += 100.0 * f64::from(*ratio);
            (axis as f64 + 1.0, sum)
        });
        let style = if model.header.kind.facts().is_linear { Style::Line } else { Style::Dashed };
        Series { name: model.header.name.clone(), colour, style, points: points.collect() }
    });
    let series = series.collect();
    let (x, y) = (Axis::log("axes, by influence"), Axis::linear("share of the variance, %").including(0.0));
    Plot { title: "Explained variance, summed over the axes".into(), x, y, series, marks: Vec::new() }.svg()
}

/// Bits per dimension over the number of axes.
pub fn likelihood(content: &LikelihoodContent) -> String {
    let points = &content.curve.points;
    let of = |name: &str, colour, style, bits: fn(&crate::metrics::CurvePoint) -> f64| Series {
        name: name.into(),
        colour,
        style,
        points: points.iter().map(|point| (point.components as f64, bits(point))).collect(),
    };
    let series = vec![
        of("held-out faces", 0, Style::Line, |point| point.held_out.bits_per_dim),
        of("training faces", 1, Style::Dashed, |point| point.training.bits_per_dim),
    ];
    let best = content.curve.best.components;
    Plot {
        title: "Bits per dimension over the number of axes of a PCA".into(),
        x: Axis::log("axes K"),
        y: Axis::linear("bits per number"),
        series,
        marks: vec![Mark { at: best as f64, label: format!("K = {best}") }],
    }
    .svg()
}

/// Errors of a PCA over its number of axes, with the models of this size as dots.
pub fn errors(errors: &PcaErrors, models: &[ModelContent]) -> String {
    let curve = Series {
        name: format!("PCA at {0}x{0}", errors.size),
        colour: 0,
        style: Style::Line,
        points: errors.points.iter().map(|(k, error)| (*k as f64, *error)).collect(),
    };
    let dots = models.iter().enumerate().filter(|(_, model)| model.header.size == errors.size).filter_map(|(at, model)| {
        let points = vec![(model.header.latent_dim as f64, model.evaluation.reconstruction.mse?)];
        Some(Series { name: model.header.name.clone(), colour: at + 1, style: Style::Dots, points })
    });
    let series = std::iter::once(curve).chain(dots).collect();
    let (x, y) = (Axis::log("numbers kept, k"), Axis::log("mean squared error"));
    Plot { title: "Error of reconstructions over the length of the code".into(), x, y, series, marks: Vec::new() }.svg()
}

/// Band energy of every model by scale.
pub fn band_energy(models: &[ModelContent]) -> String {
    let mut categories: Vec<String> = Vec::new();
    for (level, _) in models.iter().flat_map(|model| &model.evaluation.samples.figures.band_energy.0) {
        if !categories.contains(level) {
            categories.push(level.clone());
        }
    }
    // The finest scale first, whichever model came first.
    categories.sort_by_key(|level| std::cmp::Reverse(level.parse::<usize>().unwrap_or(0)));
    let series = models.iter().enumerate().map(|(colour, model)| {
        let energy = |level: &String| model.evaluation.samples.figures.band_energy.of_level(level);
        BarSeries { name: model.header.name.clone(), colour, values: categories.iter().map(energy).collect() }
    });
    let series = series.collect();
    let categories = categories.iter().map(|level| format!("{level} pixels")).collect();
    Bars { title: "Band energy by scale".into(), label: "over that of real faces".into(), categories, series, level: Some(1.0) }.svg()
}

/// Precision and recall over the length of an average, then distances from real faces.
pub fn averages(model: &ModelContent) -> String {
    let plot = |title: &str, y: Axis, figures: [(&str, fn(&SetFigures) -> Option<f64>); 2]| {
        let (lengths, floor) = (&model.averages, &model.evaluation.samples.floor);
        let ends = [lengths.first(), lengths.last()];
        let series = figures.iter().enumerate().flat_map(|(colour, (name, figure))| {
            let points = lengths.iter().filter_map(|average| Some((average.length, figure(&average.evaluation.samples.figures)?)));
            let reached = Series { name: (*name).into(), colour, style: Style::Line, points: points.collect() };
            let floor = ends.iter().flatten().filter_map(|average| Some((average.length, figure(floor)?)));
            let floor = Series { name: format!("{name}, floor"), colour, style: Style::Dashed, points: floor.collect() };
            [reached, floor].into_iter().filter(|series| !series.points.is_empty())
        });
        Plot { title: title.into(), x: Axis::linear("length of the average"), y, series: series.collect(), marks: Vec::new() }.svg()
    };
    [
        plot(
            "Precision and recall over the length of the average",
            Axis::linear("share"),
            [("precision", |set| set.precision), ("recall", |set| set.recall)],
        ),
        plot(
            "Distances over the length of the average",
            Axis::linear("distance \u{d7} 1000").including(0.0),
            [("SWD", |set| set.swd.mean()), ("SWD-R", |set| set.swd_r.mean())],
        ),
    ]
    .concat()
}

/// The curves of a training, one plot under the other.
pub fn training(run: &RunFacts) -> String {
    let figure = |title: &str, y: Axis, names: &[&str]| {
        let mut series: Vec<Series> = names.iter().enumerate().filter_map(|(colour, name)| curve(run, name, colour)).collect();
        if names.contains(&"mse") {
            series.extend(held_out(run, 1));
        }
        Plot { title: title.into(), x: Axis::linear("faces seen"), y, series, marks: marks(run) }.svg()
    };
    [
        figure("Errors during training", Axis::log("mean squared error"), &["mse"]),
        figure("Losses during training", Axis::linear("loss"), &["generator_loss", "critic_loss"]),
        figure("The game during training", Axis::linear("share").including(0.0), &["accuracy", "diversity"]),
    ]
    .concat()
}

fn curve(run: &RunFacts, name: &str, colour: usize) -> Option<Series> {
    let column = run.curves.loss_names.iter().position(|known| known == name)?;
    let value = |point: &CurvePoint| Some((point.images as f64, f64::from(*point.losses.get(column)?)));
    let points: Vec<(f64, f64)> = run.curves.points.iter().filter_map(value).filter(|(_, value)| value.is_finite()).collect();
    let name = match name {
        "accuracy" => "pairs that the critic tells apart",
        "diversity" => "how much samples differ, real faces = 1",
        "mse" => "training faces",
        "generator_loss" => "generator",
        "critic_loss" => "critic",
        other => other,
    };
    (!points.is_empty()).then(|| Series { name: name.into(), colour, style: Style::Line, points: thinned(&points) })
}

fn held_out(run: &RunFacts, colour: usize) -> Option<Series> {
    let points: Vec<(f64, f64)> = run.curves.points.iter().filter_map(|point| Some((point.images as f64, point.held_out?))).collect();
    (!points.is_empty()).then(|| Series { name: "held-out faces".into(), colour, style: Style::Dashed, points: thinned(&points) })
}

/// Means over as many points as it takes for few to be left.
fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mean = |group: &[(f64, f64)]| {
        let count = group.len() as f64;
        (group.iter().map(|point| point.0).sum::<f64>() / count, group.iter().map(|point| point.1).sum::<f64>() / count)
    };
    points.chunks(points.len().div_ceil(POINTS).max(1)).map(mean).collect()
}

/// The events that the marks of a training stand for, in order.
pub fn marked_events(run: &RunFacts) -> impl Iterator<Item = &crate::training::RunEvent> {
    let is_ordinary = |kind: EventKind| matches!(kind, EventKind::Started | EventKind::Finished);
    run.events.iter().filter(move |event| !is_ordinary(event.kind)).take(MARKS)
}

fn marks(run: &RunFacts) -> Vec<Mark> {
    marked_events(run).enumerate().map(|(at, event)| Mark { at: event.images as f64, label: (at + 1).to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::ModelKind;
    use crate::report::content::example::{average, model};
    use crate::training::{Curves, RunEvent};

    #[test]
    fn models_of_another_size_have_no_dot() {
        let pca = PcaErrors { size: 32, points: vec![(1, 0.04), (4, 0.02)], psnr: Vec::new(), training_faces: 9 };
        let mut models = [model(ModelKind::Autoencoder), model(ModelKind::Gan)];
        assert_eq!(errors(&pca, &models).matches("<circle").count(), 1, "a generator has no error");
        models[0].header.size = 64;
        assert_eq!(errors(&pca, &models).matches("<circle").count(), 0);
    }

    #[test]
    fn bars_stand_by_scale_and_variance_adds_up() {
        let mut models = [model(ModelKind::Pca), model(ModelKind::Gan)];
        models[1].evaluation.samples.figures.band_energy.0.insert(0, ("64".into(), Some(0.5)));
        let svg = band_energy(&models);
        assert_eq!(svg.matches("<rect").count(), 5);
        assert!(svg.find("64 pixels").unwrap() < svg.find("32 pixels").unwrap());
        assert_eq!(explained_variance(&models).matches("<polyline").count(), 2);
    }

    #[test]
    fn averages_have_a_line_for_each_figure_and_one_for_its_floor() {
        let mut gan = model(ModelKind::Gan);
        assert_eq!(averages(&gan), "");
        gan.averages = vec![average(0.05, 0.7, 0.6, 9.0), average(0.1, 0.75, 0.55, 8.0), average(0.25, 0.8, 0.5, 7.5)];
        let svg = averages(&gan);
        assert_eq!((svg.matches("<svg").count(), svg.matches("<polyline").count(), svg.matches("stroke-dasharray").count()), (2, 8, 4));
    }

    #[test]
    fn long_curves_are_thinned_and_events_marked() {
        let point = |at: u64| CurvePoint {
            step: at,
            images: at * 10,
            seconds: 1.0,
            images_per_second: 1.0,
            learning_rate: 0.1,
            batch: 1,
            losses: vec![if at == 0 { f32::NAN } else { 0.5 }],
            held_out: at.is_multiple_of(100).then_some(0.25),
        };
        let event = |kind, images| RunEvent { step: 1, images, seconds: 1.0, kind, detail: String::new() };
        let curves = Curves { loss_names: vec!["mse".into()], points: (0..1000).map(point).collect() };
        let run = RunFacts { curves, events: vec![event(EventKind::Started, 0), event(EventKind::Warned, 500)], ..RunFacts::default() };
        let series = curve(&run, "mse", 0).unwrap();
        assert!(series.points.len() <= POINTS && series.points.iter().all(|point| point.1 == 0.5));
        let svg = training(&run);
        assert_eq!((svg.matches("<polyline").count(), svg.matches("class=\"mark\"").count(), svg.matches("<svg").count()), (2, 1, 1));
    }
}
