//! Two plots of models side by side: how far samples are from real faces, and how sharp they are at every level of detail.
//!
//! Owns how they are drawn and read; the figures are those of the table.

use bevy_egui::egui::{Align, Align2, Color32, Label, Layout, Rect, RichText, Sense, Stroke, Ui, Vec2, pos2, vec2};
use egui_plot::{Bar, BarChart, HLine, Line, Plot, PlotPoint, PlotTransform, Points};

use super::rows::{energy_at, level_sizes, mean_of, three};
use crate::metrics::Evaluation;
use crate::ui::plot::{self, LegendEntry};
use crate::ui::theme;
use crate::ui::widgets::{middle_of, significant};

/// Height of a plot.
const PLOT: f32 = 124.0;
/// Height of the names below a plot.
const NAMES: f32 = 14.0;
/// A bar is so wide, and so far from the middle of its model, where two models are 1 apart.
const BAR: (f64, f64) = (0.34, 0.19);
/// What a plot leaves free on both sides.
const SIDE: f64 = 0.6;

/// Draws both plots.
pub fn show(ui: &mut Ui, found: &[Evaluation]) {
    distances_ui(ui, found);
    ui.add_space(4.0);
    sharpness_ui(ui, found);
    legend_ui(ui, found);
}

/// A plot that stays as it is under the pointer: its places are models or levels, and there is nothing to look for elsewhere.
fn fixed_plot<'a>(name: &'static str, places: usize, size: Vec2) -> Plot<'a> {
    plot::plot((name, places), size, plot::y_axis(significant))
        .show_axes([false, true])
        .show_grid([false, true])
        .allow_zoom(false)
        .allow_drag(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .cursor_color(Color32::TRANSPARENT)
        .include_x(-SIDE)
        .include_x(places as f64 - 1.0 + SIDE)
}

/// The title of a plot on the left, what its marks mean on the right.
fn title_ui(ui: &mut Ui, title: &str, key: &str, tooltip: &str) {
    ui.horizontal(|ui| {
        ui.label(theme::title(title)).on_hover_text(tooltip);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let key = RichText::new(key).font(theme::small()).color(theme::TEXT_QUIET);
            ui.add(Label::new(key).truncate()).on_hover_text(tooltip);
        });
    });
}

/// The names of places below a plot.
fn names_ui(ui: &mut Ui, transform: &PlotTransform, names: &[String]) {
    let (strip, _) = ui.allocate_exact_size(vec2(ui.available_width(), NAMES), Sense::hover());
    let x = |place: usize| transform.position_from_point_x(place as f64);
    let room = (x(1) - x(0)).abs() - 4.0;
    for (place, name) in names.iter().enumerate() {
        let shown = middle_of(ui, name, theme::small(), room);
        ui.painter().text(pos2(x(place), strip.center().y), Align2::CENTER_CENTER, shown, theme::small(), theme::TEXT_QUIET);
        let rect = Rect::from_x_y_ranges(x(place) - room / 2.0..=x(place) + room / 2.0, strip.y_range());
        ui.interact(rect, ui.id().with(("plot-name", strip.top() as i32, place)), Sense::hover()).on_hover_text(name);
    }
}

/// A bar, and what real faces reach there.
struct DistanceBar {
    x: f64,
    value: f64,
    floor: Option<f64>,
    color: Color32,
    words: String,
}

/// Two bars for each model: SWD, and paler SWD-R.
fn distance_bars(found: &[Evaluation]) -> Vec<DistanceBar> {
    let of = |at: usize, evaluation: &Evaluation| {
        let (figures, floor) = (&evaluation.samples.figures, &evaluation.samples.floor);
        let (middle, color) = (at as f64, theme::series(at));
        let bar = |name: &str, x: f64, color: Color32, value: Option<f64>, floor: Option<f64>| {
            let value = value.filter(|value| value.is_finite())?;
            let beside = floor.map(|floor| format!(" · floor {}", three(floor))).unwrap_or_default();
            Some(DistanceBar { x, value, floor, color, words: format!("{}\n{name} {}{beside}", evaluation.model, three(value)) })
        };
        [
            bar("SWD", middle - BAR.1, color, mean_of(&figures.swd), mean_of(&floor.swd)),
            bar("SWD-R", middle + BAR.1, color.gamma_multiply(0.45), mean_of(&figures.swd_r), mean_of(&floor.swd_r)),
        ]
    };
    found.iter().enumerate().flat_map(|(at, evaluation)| of(at, evaluation)).flatten().collect()
}

/// What the marks of the distances mean, of those that are drawn; and the same at length.
fn distance_key(bars: &[DistanceBar]) -> (&'static str, String) {
    let about = "Sliced Wasserstein distances of samples from real faces, the mean over all levels of detail.";
    let unit = "\nUnit: thousandths. Less is better.";
    let has_floor = bars.iter().any(|bar| bar.floor.is_some());
    match (bars.is_empty(), has_floor) {
        (true, _) => ("", format!("{about}{unit}")),
        (false, true) => {
            let floor = "The line is the floor: what as many training faces reach.";
            ("left SWD, right SWD-R, line: floor", format!("{about} {floor}{unit}"))
        }
        (false, false) => {
            let floor = "There is no floor to compare with: it needs the faces that the models were trained on.";
            ("left SWD, right SWD-R", format!("{about} {floor}{unit}"))
        }
    }
}

fn distances_ui(ui: &mut Ui, found: &[Evaluation]) {
    let bars = distance_bars(found);
    let (key, tooltip) = distance_key(&bars);
    title_ui(ui, "Distance to real faces", key, &tooltip);
    if bars.is_empty() {
        plot::empty(ui, vec2(ui.available_width(), PLOT / 2.0), "Faces this small have no levels of detail to compare");
        return;
    }
    let size = vec2(ui.available_width(), PLOT);
    let plot = fixed_plot("evaluation-distances", found.len(), size).include_y(0.0);
    let shown = plot.show(ui, |plot| {
        let filled = |bar: &DistanceBar| Bar::new(bar.x, bar.value).width(BAR.0).fill(bar.color).stroke(Stroke::NONE);
        plot.bar_chart(BarChart::new("distances", bars.iter().map(filled).collect()).color(theme::ACCENT).allow_hover(false));
        for bar in &bars {
            let Some(floor) = bar.floor else { continue };
            let ends = vec![[bar.x - BAR.0 / 2.0, floor], [bar.x + BAR.0 / 2.0, floor]];
            plot.line(Line::new(format!("floor at {}", bar.x), ends).color(theme::TEXT_STRONG).width(1.5).allow_hover(false));
        }
    });
    let names: Vec<String> = found.iter().map(|found| found.model.clone()).collect();
    names_ui(ui, &shown.transform, &names);
    let Some(pointer) = shown.response.hover_pos() else { return };
    let x = shown.transform.value_from_position(pointer).x;
    if let Some(bar) = bars.iter().find(|bar| (bar.x - x).abs() <= BAR.1) {
        shown.response.on_hover_text_at_pointer(bar.words.as_str());
    }
}

/// The band energies of a model: its place among the models, and a point for each level that it has.
fn energy_line(found: &Evaluation, sizes: &[usize]) -> Vec<PlotPoint> {
    let points = sizes.iter().enumerate();
    points.filter_map(|(at, size)| Some(PlotPoint::new(at as f64, energy_at(found, *size).filter(|energy| energy.is_finite())?))).collect()
}

fn sharpness_ui(ui: &mut Ui, found: &[Evaluation]) {
    title_ui(
        ui,
        "Sharpness",
        "contrast of details, line: real faces",
        "Band energy: the contrast of details of each size in samples, against real faces. Below 1 is blur, above 1 noise.\n\
         No unit. Nearest to 1 is best.",
    );
    let sizes = level_sizes(found);
    let lines: Vec<Vec<PlotPoint>> = found.iter().map(|found| energy_line(found, &sizes)).collect();
    if lines.iter().all(Vec::is_empty) {
        plot::empty(ui, vec2(ui.available_width(), PLOT / 2.0), "Faces this small have no levels of detail to compare");
        return;
    }
    let size = vec2(ui.available_width(), PLOT);
    let plot = fixed_plot("evaluation-sharpness", sizes.len(), size).include_y(0.9).include_y(1.1);
    let shown = plot.show(ui, |plot| {
        plot.hline(HLine::new("real faces", 1.0).color(theme::TEXT_QUIET).width(1.0).allow_hover(false));
        for (at, line) in lines.iter().enumerate() {
            let color = theme::series(at);
            plot.line(Line::new(format!("model {at}"), line.as_slice()).color(color).width(1.6).allow_hover(false));
            plot.points(Points::new(format!("levels of model {at}"), line.as_slice()).color(color).radius(3.0).allow_hover(false));
        }
    });
    let names: Vec<String> = sizes.iter().map(|size| format!("{size} px")).collect();
    names_ui(ui, &shown.transform, &names);
    let Some(pointer) = shown.response.hover_pos() else { return };
    let place = shown.transform.value_from_position(pointer).x.round().clamp(0.0, sizes.len() as f64 - 1.0) as usize;
    shown.response.on_hover_text_at_pointer(level_words(found, sizes[place]));
}

/// The band energies of all models at the level of a size.
fn level_words(found: &[Evaluation], size: usize) -> String {
    let line = |found: &Evaluation| energy_at(found, size).map(|energy| format!("\n{} {}", found.model, three(energy)));
    format!("Details of {size} pixels{}\nreal faces 1", found.iter().filter_map(line).collect::<String>())
}

/// The names of the models with their colours, two in a row.
fn legend_ui(ui: &mut Ui, found: &[Evaluation]) {
    for ((at, evaluation), place) in found.iter().enumerate().zip(plot::legend(ui, found.len())) {
        let name = middle_of(ui, &evaluation.model, theme::body(), plot::name_width(place));
        let entry = LegendEntry { name: &name, value: "", color: theme::series(at), text: theme::TEXT, is_hidden: false };
        plot::legend_entry(ui, place, &entry);
        ui.interact(place, ui.id().with(("plot-model", at)), Sense::hover()).on_hover_text(&evaluation.model);
    }
}

#[cfg(test)]
mod tests {
    use super::super::rows::example::evaluation;
    use super::*;

    #[test]
    fn every_model_has_two_bars_over_its_own_floor() {
        let bars = distance_bars(&[evaluation("gan", 32), evaluation("pca", 64)]);
        let places: Vec<(f64, f64, Option<f64>)> = bars.iter().map(|bar| (bar.x, bar.value, bar.floor)).collect();
        assert_eq!(places[0], (-BAR.1, 20.0, Some(5.0)));
        assert_eq!((places.len(), places[3]), (4, (1.0 + BAR.1, 40.0, Some(10.0))));
        assert_eq!(bars[3].words, "pca-64\nSWD-R 40.0 · floor 10.0");
        assert!(bars.windows(2).all(|pair| pair[0].x + BAR.0 / 2.0 < pair[1].x - BAR.0 / 2.0), "bars do not overlap");
    }

    #[test]
    fn the_key_names_a_floor_only_where_one_is_drawn() {
        let mut bars = distance_bars(&[evaluation("gan", 32)]);
        assert!(distance_key(&bars).0.contains("floor") && distance_key(&bars).1.contains("The line"));
        bars.iter_mut().for_each(|bar| bar.floor = None);
        let (key, tooltip) = distance_key(&bars);
        assert!(!key.contains("floor") && tooltip.contains("no floor to compare with"), "{key}: {tooltip}");
        assert_eq!(distance_key(&[]).0, "");
    }

    #[test]
    fn levels_that_a_model_lacks_leave_a_gap_on_its_side() {
        let found = [evaluation("gan", 32), evaluation("pca", 64)];
        let sizes = level_sizes(&found);
        let places = |found: &Evaluation| energy_line(found, &sizes).iter().map(|point| point.x).collect::<Vec<f64>>();
        assert_eq!((places(&found[0]), places(&found[1])), (vec![1.0, 2.0], vec![0.0, 1.0, 2.0]));
        assert_eq!(level_words(&found, 64), "Details of 64 pixels\npca-64 0.750\nreal faces 1");
        assert!(level_words(&found, 32).contains("gan-32 0.750\npca-64 0.750"));
    }
}
