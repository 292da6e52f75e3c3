//! From the points of a training to lines that can be drawn: which quantities together, smoothed, on which scale, thinned.
//!
//! Owns the arithmetic; drawing is the curves' business.

use bevy_egui::egui::Color32;
use egui_plot::{GridInput, GridMark, PlotPoint};

use crate::training::{CurvePoint, Curves, Figure, FigureGroup, HELD_OUT, TrainingSettings};
use crate::ui::theme;

/// A line has at most about so many points: more than there are pixels would only cost time.
const MOST_POINTS: usize = 1000;
/// A horizontal axis has at most so many steps in sight.
const MOST_STEPS: f64 = 6.0;
/// What curves are drawn over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Abscissa {
    /// Steps made.
    Steps,
    /// Faces seen.
    Images,
    /// Minutes of training.
    Minutes,
}

impl Abscissa {
    /// Where a point stands.
    pub fn of(self, point: &CurvePoint) -> f64 {
        self.place(point.step, point.images, point.seconds)
    }

    /// Where something stands that happened after so many steps, faces and seconds.
    pub fn place(self, step: u64, images: u64, seconds: f64) -> f64 {
        match self {
            Self::Steps => step as f64,
            Self::Images => images as f64,
            Self::Minutes => seconds / 60.0,
        }
    }
}

/// The figure of a name: of some learner, or the held-out error.
pub fn figure_of(name: &str) -> Option<&'static Figure> {
    static HELD_OUT_ERROR: Figure = HELD_OUT;
    let known = TrainingSettings::all_figures().into_iter().flatten().chain([&HELD_OUT_ERROR]);
    known.into_iter().find(|figure| figure.name == name)
}

fn group_of(name: &str) -> FigureGroup {
    figure_of(name).map(|figure| figure.group).unwrap_or_default()
}

/// Whether a training has figures that are no losses, so that they are drawn in groups.
pub fn has_groups(curves: &Curves) -> bool {
    curves.loss_names.iter().any(|name| group_of(name) != FigureGroup::Losses)
}

/// How curves are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// Over what.
    pub over: Abscissa,
    /// Whether heights are logarithms.
    pub log: bool,
    /// How much of the mean so far stays at each point, 0 to 1.
    pub smoothing: f32,
}

/// One quantity as a line.
pub struct Series {
    /// Its name in the file.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// Its colour.
    pub color: Color32,
    /// The line.
    pub line: Vec<PlotPoint>,
    /// The same without smoothing; empty where nothing is smoothed.
    pub raw: Vec<PlotPoint>,
}

/// A quantity of a point by its place: the losses in their order, then the held-out error; `None` where it was not measured.
pub fn quantity(point: &CurvePoint, index: usize) -> Option<f64> {
    let loss = point.losses.get(index).map(|loss| f64::from(*loss));
    loss.or_else(|| point.held_out.filter(|_| index == point.losses.len())).filter(|value| !value.is_nan())
}

/// The places and names of the quantities of a group.
fn quantities(curves: &Curves, group: FigureGroup) -> impl Iterator<Item = (usize, &str)> {
    let names = curves.loss_names.iter().map(String::as_str).chain([HELD_OUT.name]).enumerate();
    names.filter(move |(_, name)| group_of(name) == group)
}

/// Whether every value of a group has a logarithm.
pub fn takes_log(curves: &Curves, group: FigureGroup) -> bool {
    let has_log = |index: usize| curves.points.iter().filter_map(|point| quantity(point, index)).all(|value| value > 0.0);
    quantities(curves, group).all(|(index, _)| has_log(index))
}

/// The lines of all quantities of a group.
pub fn all_series(curves: &Curves, group: FigureGroup, scale: Scale) -> Vec<Series> {
    quantities(curves, group)
        .enumerate()
        .map(|(place, (index, name))| {
            let points: Vec<(f64, f64)> =
                curves.points.iter().filter_map(|point| Some((scale.over.of(point), quantity(point, index)?))).collect();
            let is_held_out = name == HELD_OUT.name;
            // Held-out errors are means of many faces already, and few.
            let is_smoothed = scale.smoothing > 0.0 && !is_held_out;
            let smoothed = if is_smoothed { smooth(&points, f64::from(scale.smoothing)) } else { points.clone() };
            let color = match place {
                _ if is_held_out => theme::TYPICAL,
                0 => theme::ACCENT,
                place => theme::line(place - 1),
            };
            Series {
                name: name.to_owned(),
                label: label(name),
                color,
                line: to_line(&smoothed, scale.log),
                raw: if is_smoothed { to_line(&points, scale.log) } else { Vec::new() },
            }
        })
        .filter(|series| !series.line.is_empty())
        .collect()
}

/// What people call a figure, also one that no learner of this program has.
fn label(name: &str) -> String {
    figure_of(name).map_or_else(|| name.replace('_', " "), |figure| figure.label.to_owned())
}

fn to_line(points: &[(f64, f64)], log: bool) -> Vec<PlotPoint> {
    let height = |y: f64| if log { y.log10() } else { y };
    let points: Vec<PlotPoint> =
        points.iter().map(|(x, y)| PlotPoint::new(*x, height(*y))).filter(|point| point.x.is_finite() && point.y.is_finite()).collect();
    thin(points, MOST_POINTS)
}

/// A running mean that forgets: at each point `keep` of it stays. The first points count fully, so that it starts at the data.
pub fn smooth(points: &[(f64, f64)], keep: f64) -> Vec<(f64, f64)> {
    let (mut sum, mut weight) = (0.0, 0.0);
    points
        .iter()
        .map(|(x, y)| {
            if y.is_finite() {
                sum = sum * keep + y * (1.0 - keep);
                weight = weight * keep + (1.0 - keep);
            }
            (*x, if weight > 0.0 { sum / weight } else { f64::NAN })
        })
        .collect()
}

/// At most about `most` points that draw the same line: the lowest and the highest of every stretch, and both ends.
pub fn thin(points: Vec<PlotPoint>, most: usize) -> Vec<PlotPoint> {
    if points.len() <= most.max(4) {
        return points;
    }
    let (first, last) = (points[0], points[points.len() - 1]);
    let stretch = points.len().div_ceil((most.max(4) - 2) / 2);
    let mut thinned = vec![first];
    for part in points[1..points.len() - 1].chunks(stretch) {
        let lowest = (0..part.len()).min_by(|a, b| part[*a].y.total_cmp(&part[*b].y)).unwrap_or(0);
        let highest = (0..part.len()).max_by(|a, b| part[*a].y.total_cmp(&part[*b].y)).unwrap_or(0);
        thinned.push(part[lowest.min(highest)]);
        if lowest != highest {
            thinned.push(part[lowest.max(highest)]);
        }
    }
    thinned.push(last);
    thinned
}

/// The point of the curves that is nearest to a place.
pub fn nearest(points: &[CurvePoint], over: Abscissa, x: f64) -> Option<&CurvePoint> {
    let after = points.partition_point(|point| over.of(point) < x);
    let candidates = [after.checked_sub(1), Some(after)].into_iter().flatten().filter_map(|index| points.get(index));
    candidates.min_by(|a, b| (over.of(a) - x).abs().total_cmp(&(over.of(b) - x).abs()))
}

/// Grid lines of a logarithmic scale at round numbers: 1, 2 and 5 times powers of ten, or evenly where less than a decade is seen.
pub fn log_marks(input: &GridInput) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    if !(low.is_finite() && high.is_finite()) || high <= low || high - low > 60.0 {
        return Vec::new();
    }
    if high - low >= 0.8 {
        let decades = low.floor() as i32..=high.ceil() as i32;
        let marks = decades.flat_map(|decade| {
            [(1.0_f64, 1.0), (2.0, 0.3), (5.0, 0.3)]
                .map(|(times, step_size)| GridMark { value: f64::from(decade) + times.log10(), step_size })
        });
        return marks.filter(|mark| mark.value >= low && mark.value <= high).collect();
    }
    let (from, to) = (10_f64.powf(low), 10_f64.powf(high));
    let step = round_step((to - from) / 5.0);
    let first = (from / step).ceil() as i64;
    (0..40_i64)
        .map(|index| (first + index) as f64 * step)
        .take_while(|value| *value <= to)
        .filter(|value| *value > 0.0)
        .map(|value| GridMark { value: value.log10(), step_size: (value + step).log10() - value.log10() })
        .collect()
}

/// The step of a horizontal axis: round, and so long that every one has room for its number.
pub fn even_step(input: &GridInput) -> f64 {
    let step = round_step((input.bounds.1 - input.bounds.0) / MOST_STEPS);
    if step.is_finite() && step > 0.0 { step } else { input.base_step_size }
}

/// 1, 2 or 5 times a power of ten, at least `least` but for rounding.
fn round_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0].into_iter().map(|times| times * power).find(|step| *step >= least * (1.0 - 1e-9)).unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::GAN_FIGURES;

    fn curves() -> Curves {
        let point = |step: u64| CurvePoint {
            step,
            images: step * 32,
            seconds: step as f64,
            images_per_second: 32.0,
            learning_rate: 1e-3,
            batch: 32,
            losses: vec![1.0 / step as f32, 0.0],
            held_out: step.is_multiple_of(40).then_some(0.5),
        };
        Curves { loss_names: vec!["loss".into(), "latent_penalty".into()], points: (1..=5).map(|n| point(n * 20)).collect() }
    }

    /// Curves of a GAN; every second point has no loss of the generator.
    fn gan_curves(losses: [f32; 8]) -> Curves {
        let mut curves = curves();
        curves.loss_names = GAN_FIGURES.iter().map(|figure| figure.name.to_owned()).collect();
        for (number, point) in curves.points.iter_mut().enumerate() {
            (point.losses, point.held_out) = (losses.to_vec(), None);
            if number % 2 == 1 {
                point.losses[0] = f32::NAN;
            }
        }
        curves
    }

    #[test]
    fn thinning_keeps_ends_and_peaks() {
        let points: Vec<PlotPoint> = (0..10_000).map(|x| PlotPoint::new(f64::from(x), if x == 4321 { 9.0 } else { 0.0 })).collect();
        let thinned = thin(points.clone(), 100);
        assert!(thinned.len() <= 102, "{}", thinned.len());
        assert_eq!((thinned[0].x, thinned[thinned.len() - 1].x), (0.0, 9999.0));
        assert!(thinned.iter().any(|point| point.y == 9.0), "the peak stays");
        assert!(thinned.windows(2).all(|pair| pair[0].x < pair[1].x), "in order");
        assert_eq!(thin(points[..50].to_vec(), 100).len(), 50);
    }

    #[test]
    fn smoothing_starts_at_the_data_and_passes_over_gaps() {
        let constant: Vec<(f64, f64)> = (0..5).map(|x| (f64::from(x), 3.0)).collect();
        assert!(smooth(&constant, 0.9).iter().all(|(_, y)| (y - 3.0).abs() < 1e-12));
        let smoothed = smooth(&[(0.0, 1.0), (1.0, f64::NAN), (2.0, 0.0)], 0.5);
        assert_eq!((smoothed[0].1, smoothed[1].1), (1.0, 1.0));
        assert!((smoothed[2].1 - 1.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn every_quantity_becomes_a_line() {
        let linear = Scale { over: Abscissa::Images, log: false, smoothing: 0.0 };
        let series = all_series(&curves(), FigureGroup::Losses, linear);
        let names: Vec<(&str, usize)> = series.iter().map(|series| (series.name.as_str(), series.line.len())).collect();
        assert_eq!(names, [("loss", 5), ("latent_penalty", 5), ("held_out_mse", 2)]);
        assert_eq!(series[0].line[0].x, 640.0);
        let log = all_series(&curves(), FigureGroup::Losses, Scale { log: true, smoothing: 0.6, ..linear });
        assert_eq!(log.len(), 2, "a term that is zero has no logarithm");
        assert!((log[0].line[0].y - 0.05_f64.log10()).abs() < 1e-6);
        assert_eq!((log[0].raw.len(), log[1].raw.len()), (5, 0));
    }

    #[test]
    fn figures_of_a_gan_come_in_groups() {
        assert!(!has_groups(&curves()));
        let curves = gan_curves([0.7, 0.6, 0.1, 1.0, 0.5, -0.5, 0.8, 0.9]);
        assert!(has_groups(&curves));
        let linear = Scale { over: Abscissa::Steps, log: false, smoothing: 0.9 };
        let lines = |group| -> Vec<(String, usize)> {
            all_series(&curves, group, linear).into_iter().map(|series| (series.label, series.line.len())).collect()
        };
        let expected = |pairs: [(&str, usize); 2]| pairs.map(|(label, points)| (label.to_owned(), points));
        assert_eq!(
            lines(FigureGroup::Losses),
            expected([("generator loss", 3), ("critic loss", 5)]),
            "what was not measured is passed over"
        );
        assert_eq!(lines(FigureGroup::Penalty), expected([("penalty", 5), ("gradient norm", 5)]));
        assert_eq!(lines(FigureGroup::Scores), expected([("real score", 5), ("fake score", 5)]));
        assert_eq!(lines(FigureGroup::Balance), expected([("accuracy", 5), ("diversity", 5)]));
        let series = all_series(&curves, FigureGroup::Scores, linear);
        assert!(series[0].color == theme::ACCENT && series[1].color == theme::line(0), "each group has the accent once");
        assert!(series[1].line.iter().all(|point| (point.y + 0.5).abs() < 1e-6), "negative values are drawn as they are");
    }

    #[test]
    fn a_curve_keeps_its_name_and_colour_whatever_else_is_drawn() {
        let linear = Scale { over: Abscissa::Steps, log: false, smoothing: 0.0 };
        let looks = |curves: &Curves| -> Vec<(String, Color32)> {
            all_series(curves, FigureGroup::Losses, linear).into_iter().map(|series| (series.label, series.color)).collect()
        };
        let mut curves = curves();
        curves.loss_names = ["loss", "mse", "latent_penalty"].map(str::to_owned).to_vec();
        curves.points.iter_mut().for_each(|point| point.losses = vec![1.0, 0.5, 0.25]);
        let all = looks(&curves);
        assert_eq!(all.len(), 4);
        // A term that was not measured takes no colour from the others, nor does a held-out error that is not there.
        curves.points.iter_mut().for_each(|point| (point.losses[1], point.held_out) = (f32::NAN, None));
        assert_eq!(looks(&curves), [all[0].clone(), all[2].clone()]);
        let mut colors: Vec<_> = all.iter().map(|(_, color)| color.to_array()).collect();
        colors.sort_unstable();
        colors.dedup();
        assert_eq!(colors.len(), 4);
    }

    #[test]
    fn only_groups_of_positive_values_take_logarithms() {
        let curves = gan_curves([0.7, -0.2, 0.1, 1.0, 0.5, 0.4, 0.8, 0.0]);
        let taken =
            [FigureGroup::Losses, FigureGroup::Penalty, FigureGroup::Scores, FigureGroup::Balance].map(|group| takes_log(&curves, group));
        assert_eq!(taken, [false, true, true, false], "negative, positive, positive, zero");
        assert!(takes_log(&Curves::default(), FigureGroup::Losses), "nothing is in the way yet");
    }

    #[test]
    fn the_pointer_finds_the_nearest_point() {
        let curves = curves();
        let step = |x: f64| nearest(&curves.points, Abscissa::Steps, x).map(|point| point.step);
        assert_eq!((step(-5.0), step(29.0), step(31.0), step(1e9)), (Some(20), Some(20), Some(40), Some(100)));
        assert!(nearest(&[], Abscissa::Steps, 1.0).is_none());
    }

    #[test]
    fn a_logarithmic_grid_has_round_numbers() {
        let values = |low: f64, high: f64| -> Vec<f64> {
            let marks = log_marks(&GridInput { bounds: (low, high), base_step_size: 0.01 });
            marks.iter().map(|mark| (10_f64.powf(mark.value) * 1e6).round() / 1e6).collect()
        };
        assert_eq!(values(-2.0, 0.0), [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0]);
        assert_eq!(values(0.011_f64.log10(), 0.021_f64.log10()), [0.012, 0.014, 0.016, 0.018, 0.02]);
        assert!(values(f64::NEG_INFINITY, 0.0).is_empty());
        let step = |high| even_step(&GridInput { bounds: (0.0, high), base_step_size: 7.0 });
        assert_eq!([540.0, 1054.0, 2813.0, 0.0].map(step), [100.0, 200.0, 500.0, 7.0]);
    }
}
