//! The curves of a training: every loss term and the held-out error, with marks where something happened.
//!
//! Owns how they are drawn and read. Lines are computed anew only when there is something new to draw.

use std::collections::BTreeSet;
use std::path::PathBuf;

use bevy_egui::egui::{self, Align, Button, Color32, Label, Layout, Pos2, Rect, RichText, Sense, Ui, vec2};
use egui_plot::{Line, PlotTransform, VLine, uniform_grid_spacer};

use super::series::{Abscissa, Scale, Series, all_series, even_step, figure_of, has_groups, log_marks, nearest, quantity, takes_log};
use crate::session::Training;
use crate::training::{CurvePoint, Curves, EventKind, FigureGroup, RunEvent};
use crate::ui::plot::{self, LegendEntry};
use crate::ui::theme;
use crate::ui::widgets::{choices, significant};
use crate::words::duration;

/// A mark is read within so many points.
const MARK_REACH: f32 = 5.0;
/// Steps of the smoothing button.
const SMOOTHINGS: [(f32, &str); 4] = [(0.0, "off"), (0.6, "0.6"), (0.9, "0.9"), (0.98, "0.98")];

/// What is drawn together, and what each group holds.
fn groups(curves: &Curves) -> [(FigureGroup, &'static str, String); 4] {
    FigureGroup::ALL.map(|group| {
        let figures = curves.loss_names.iter().filter_map(|name| figure_of(name)).filter(|figure| figure.group == group);
        let means: Vec<String> = figures.map(|figure| format!("{}: {}", figure.label, figure.described())).collect();
        (group, group.label(), means.join("\n"))
    })
}

/// How the user looks at the curves.
pub struct CurveView {
    scale: Scale,
    group: FigureGroup,
    hidden: BTreeSet<String>,
    cache: Option<Cache>,
}

impl Default for CurveView {
    fn default() -> Self {
        let scale = Scale { over: Abscissa::Steps, log: true, smoothing: 0.6 };
        Self { scale, group: FigureGroup::default(), hidden: BTreeSet::new(), cache: None }
    }
}

/// The lines, and what they were computed from.
struct Cache {
    key: CacheKey,
    /// Whether all values have logarithms; where not, heights are as they are.
    takes_log: bool,
    series: Vec<Series>,
}

impl Cache {
    fn new(key: CacheKey, curves: &Curves) -> Self {
        let takes_log = takes_log(curves, key.group);
        let scale = Scale { log: key.scale.log && takes_log, ..key.scale };
        Self { takes_log, series: all_series(curves, key.group, scale), key }
    }
}

#[derive(PartialEq)]
struct CacheKey {
    run: Option<PathBuf>,
    version: u64,
    points: usize,
    last_step: u64,
    group: FigureGroup,
    scale: Scale,
}

impl CurveView {
    fn lines(&mut self, training: &Training) -> &Cache {
        let points = &training.curves.points;
        // What the user has chosen for a GAN waits for the next one.
        let group = if has_groups(&training.curves) { self.group } else { FigureGroup::default() };
        let key = CacheKey {
            run: training.run_path().map(ToOwned::to_owned),
            version: training.version,
            points: points.len(),
            last_step: points.last().map_or(0, |point| point.step),
            group,
            scale: self.scale,
        };
        let cached = self.cache.take().filter(|cache| cache.key == key);
        let cache = cached.unwrap_or_else(|| Cache::new(key, &training.curves));
        self.cache.insert(cache)
    }
}

/// Draws the curves; tells whether the user wants them saved.
pub fn show(ui: &mut Ui, training: &Training, view: &mut CurveView, height: f32) -> bool {
    let takes_log = view.lines(training).takes_log;
    let wants_file = header_ui(ui, training, &mut view.scale, takes_log);
    if has_groups(&training.curves) {
        choices(ui, &mut view.group, &groups(&training.curves));
    }
    let pointed = plot_ui(ui, training, view, height);
    let points = &training.curves.points;
    let point = match pointed {
        Some((x, _)) => nearest(points, view.scale.over, x),
        None => points.last(),
    };
    caption_ui(ui, point, pointed.is_some(), pointed.as_ref().and_then(|(_, happened)| happened.as_deref()));
    legend_ui(ui, training, point, view);
    wants_file
}

fn header_ui(ui: &mut Ui, training: &Training, scale: &mut Scale, takes_log: bool) -> bool {
    let mut wants_file = false;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 5.0;
        ui.spacing_mut().interact_size.y = 24.0;
        ui.spacing_mut().button_padding = vec2(7.0, 2.0);
        ui.label(theme::title("Curves"));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let has_points = !training.curves.points.is_empty();
            let save = ui.add_enabled(has_points, Button::new("CSV…")).on_hover_text("Save all points as a table");
            wants_file = save.clicked();
            let name = SMOOTHINGS.iter().position(|(value, _)| *value == scale.smoothing).unwrap_or(0);
            let smooth = ui.add(Button::new(format!("smooth {}", SMOOTHINGS[name].1)));
            let tooltip = "A running mean of the training losses: so much of it stays at each point. Held-out errors stay as they are.\n\
                           Default: 0.6. Click for the next.";
            if smooth.on_hover_text(tooltip).clicked() {
                scale.smoothing = SMOOTHINGS[(name + 1) % SMOOTHINGS.len()].0;
            }
            let log = ui.add_enabled(takes_log, Button::new("log").selected(scale.log && takes_log));
            let log = log.on_disabled_hover_text("Heights are as they are: zero and negative values, which stand here, have no logarithm");
            if log.on_hover_text("Logarithmic heights. Default: on, where all values are positive").clicked() {
                scale.log = !scale.log;
            }
            let (name, next) = match scale.over {
                Abscissa::Steps => ("steps", Abscissa::Images),
                Abscissa::Images => ("images", Abscissa::Minutes),
                Abscissa::Minutes => ("minutes", Abscissa::Steps),
            };
            if ui.add(Button::new(name)).on_hover_text("What the curves are drawn over: steps, images, minutes").clicked() {
                scale.over = next;
            }
        });
    });
    wants_file
}

/// Draws the plot; where the pointer is along it, and what happened there.
fn plot_ui(ui: &mut Ui, training: &Training, view: &mut CurveView, height: f32) -> Option<(f64, Option<String>)> {
    view.lines(training);
    let CurveView { scale, hidden, cache, .. } = view;
    let Cache { key, takes_log, series } = cache.as_ref()?;
    let scale = Scale { log: scale.log && *takes_log, ..*scale };
    let size = vec2(ui.available_width(), height);
    if series.is_empty() {
        let is_early = training.curves.points.is_empty();
        let text = if is_early { "The curves begin after 20 steps" } else { "None of these figures was measured" };
        plot::empty(ui, size, text);
        return None;
    }
    let y_axis = plot::y_axis(move |value| significant(if scale.log { 10_f64.powf(value) } else { value }));
    let id = ("training-curves", key.group, scale.log, scale.over);
    let mut plot = plot::plot(id, size, y_axis).custom_x_axes(vec![plot::x_axis(move |value| short(value, scale.over))]);
    plot = plot.x_grid_spacer(uniform_grid_spacer(|input| [even_step(&input); 3]));
    if scale.log {
        plot = plot.y_grid_spacer(|input| log_marks(&input));
    }
    let events = &training.events;
    let shown = plot.show(ui, |plot| {
        for event in events.iter().filter(|event| is_marked(event)) {
            let x = scale.over.place(event.step, event.images, event.seconds);
            plot.vline(VLine::new(event.kind.word(), x).color(mark_color(event.kind)).width(1.0).allow_hover(false));
        }
        let visible = || series.iter().filter(|series| !hidden.contains(&series.name));
        for series in visible().filter(|series| !series.raw.is_empty()) {
            let color = series.color.gamma_multiply(0.22);
            plot.line(Line::new(format!("{} raw", series.name), series.raw.as_slice()).color(color).width(1.0).allow_hover(false));
        }
        // The first is the loss: it is drawn last, over its terms.
        for series in visible().rev() {
            plot.line(Line::new(series.name.as_str(), series.line.as_slice()).color(series.color).width(1.6));
        }
    });
    let pointer = shown.response.hover_pos()?;
    let x = shown.transform.value_from_position(pointer).x;
    let happened = happened_at(training, scale.over, &shown.transform, pointer);
    if let Some(happened) = &happened {
        // The line below the plot is too short for advice.
        shown.response.on_hover_text_at_pointer(happened.as_str());
    }
    Some((x, happened))
}

fn is_marked(event: &RunEvent) -> bool {
    event.step > 0 && !matches!(event.kind, EventKind::Finished | EventKind::Stopped)
}

fn mark_color(kind: EventKind) -> Color32 {
    match kind {
        EventKind::Changed => theme::ACCENT.gamma_multiply(0.6),
        EventKind::Grown => theme::TYPICAL,
        EventKind::RolledBack | EventKind::Restored | EventKind::Failed | EventKind::Warned => theme::UNTYPICAL,
        _ => theme::TEXT_QUIET.gamma_multiply(0.55),
    }
}

/// What happened where the pointer is.
fn happened_at(training: &Training, over: Abscissa, transform: &PlotTransform, pointer: Pos2) -> Option<String> {
    let is_near = |event: &&RunEvent| {
        let x = transform.position_from_point_x(over.place(event.step, event.images, event.seconds));
        (x - pointer.x).abs() <= MARK_REACH
    };
    let texts: Vec<String> = training.events.iter().filter(|event| is_marked(event)).filter(is_near).map(event_words).collect();
    (!texts.is_empty()).then(|| texts.join("; "))
}

fn event_words(event: &RunEvent) -> String {
    let detail = event.detail.replace("->", "→");
    if detail.is_empty() { event.kind.word().to_owned() } else { format!("{}: {detail}", event.kind.word()) }
}

/// Places along the horizontal axis in few characters: 500, 12k, 1.5M.
fn short(value: f64, over: Abscissa) -> String {
    match (over, value.abs()) {
        (Abscissa::Minutes, _) => format!("{} min", significant(value)),
        (_, size) if size >= 1e6 => format!("{}M", significant(value / 1e6)),
        (_, size) if size >= 1e4 => format!("{}k", significant(value / 1e3)),
        _ => format!("{value:.0}"),
    }
}

fn caption_ui(ui: &mut Ui, point: Option<&CurvePoint>, is_pointed: bool, happened: Option<&str>) {
    let color = if is_pointed { theme::TEXT } else { theme::TEXT_QUIET };
    // The rate of now stands in the panel; that of a point was one of its own.
    let then = |point: &CurvePoint| format!(" · {} images/s then", theme::grouped(point.images_per_second.round() as u64));
    let mut text = point.map_or_else(String::new, |point| {
        format!(
            "step {} · {}{} · learning rate {} · batch {}",
            theme::grouped(point.step),
            duration(point.seconds),
            if is_pointed { then(point) } else { String::new() },
            significant(f64::from(point.learning_rate)),
            point.batch
        )
    });
    if let Some(happened) = happened {
        text = format!("step {} · {happened}", point.map_or(0, |point| point.step));
    }
    let label = Label::new(RichText::new(text).font(theme::small()).color(color)).truncate();
    ui.add_sized(vec2(ui.available_width(), 20.0), label.halign(Align::LEFT));
}

/// The names with their values at the pointer, else the newest; a click hides a line.
fn legend_ui(ui: &mut Ui, training: &Training, point: Option<&CurvePoint>, view: &mut CurveView) {
    let names = &training.curves.loss_names;
    let CurveView { hidden, cache, .. } = view;
    let series: &[Series] = cache.as_ref().map(|cache| cache.series.as_slice()).unwrap_or_default();
    for (series, rect) in series.iter().zip(plot::legend(ui, series.len())) {
        let index = names.iter().position(|name| *name == series.name).unwrap_or(names.len());
        let value = point.and_then(|point| value_at(training, point, index));
        let response = ui.interact(rect, ui.id().with(("curve", series.name.as_str())), Sense::click());
        let is_hidden = hidden.contains(&series.name);
        entry_ui(ui, rect, series, value, is_hidden, response.hovered());
        let means = figure_of(&series.name).map_or_else(String::new, |figure| figure.described() + "\n");
        if response
            .on_hover_text(format!("{means}Click to hide or show this curve"))
            .on_hover_cursor(egui::CursorIcon::PointingHand)
            .clicked()
        {
            if is_hidden {
                hidden.remove(&series.name);
            } else {
                hidden.insert(series.name.clone());
            }
        }
    }
}

/// The value at a point; where it was not measured there, the one before.
fn value_at(training: &Training, point: &CurvePoint, index: usize) -> Option<f64> {
    let points = &training.curves.points;
    let end = points.partition_point(|other| other.step <= point.step);
    points[..end].iter().rev().find_map(|point| quantity(point, index))
}

fn entry_ui(ui: &Ui, rect: Rect, series: &Series, value: Option<f64>, is_hidden: bool, is_hovered: bool) {
    let text = match (is_hidden, is_hovered) {
        (_, true) => theme::TEXT_STRONG,
        (true, false) => theme::TEXT_QUIET.gamma_multiply(0.7),
        (false, false) => theme::TEXT,
    };
    let value = value.map_or_else(|| "–".into(), significant);
    plot::legend_entry(ui, rect, &LegendEntry { name: &series.label, value: &value, color: series.color, text, is_hidden });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_short() {
        let cases = [(500.0, "500"), (12_000.0, "12k"), (1_500_000.0, "1.5M")];
        for (value, text) in cases {
            assert_eq!(short(value, Abscissa::Steps), text);
        }
        assert_eq!(short(2.5, Abscissa::Minutes), "2.5 min");
    }

    #[test]
    fn events_are_told_in_words_and_the_beginning_is_no_mark() {
        let event = |step, kind, detail: &str| RunEvent { step, images: 0, seconds: 0.0, kind, detail: detail.into() };
        assert_eq!(event_words(&event(5, EventKind::Changed, "batch 32 -> 64")), "changed: batch 32 → 64");
        assert_eq!(event_words(&event(5, EventKind::Paused, "")), "paused");
        assert!(!is_marked(&event(0, EventKind::Started, "")) && is_marked(&event(5, EventKind::Paused, "")));
        assert!(is_marked(&event(300, EventKind::Warned, "modes collapse")));
        let grown = event(300, EventKind::Grown, "32 x 32 pixels from here on");
        assert!(is_marked(&grown) && mark_color(grown.kind) != mark_color(EventKind::Paused));
        assert_eq!(event_words(&grown), "grown: 32 x 32 pixels from here on");
    }

    #[test]
    fn heights_are_logarithms_only_where_all_values_have_one() {
        let point = |loss: f32| CurvePoint {
            step: 20,
            images: 640,
            seconds: 1.0,
            images_per_second: 640.0,
            learning_rate: 1e-3,
            batch: 32,
            losses: vec![loss, 0.5],
            held_out: None,
        };
        let height = |loss: f32| {
            let names = ["generator_loss", "real_score"].map(str::to_owned).to_vec();
            let mut training = Training::default();
            training.curves.clone_from(&Curves { loss_names: names, points: vec![point(loss)] });
            let mut view = CurveView::default();
            view.scale.smoothing = 0.0;
            let lines = view.lines(&training);
            (lines.takes_log, lines.series.len(), lines.series[0].line[0].y.round())
        };
        assert_eq!(height(100.0), (true, 1, 2.0));
        assert_eq!(height(-100.0), (false, 1, -100.0));
    }
}
