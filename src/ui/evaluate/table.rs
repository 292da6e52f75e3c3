//! The table of figures: a row for each figure, a column for each model, and the floor.
//!
//! Owns its drawing, what stays in sight while it scrolls, and the words of its tooltips; which rows there are, and which models are best,
//! stands in the rows.

use bevy_egui::egui::{Align2, Rect, ScrollArea, Sense, Stroke, Ui, pos2, vec2};

use super::rows::{Figure, Group, Row, rows, share_size, three};
use crate::metrics::Evaluation;
use crate::models::ModelKind;
use crate::ui::theme;
use crate::ui::widgets::{TOOLTIP, middle_of, significant};

/// Width of the names of figures, at least.
const NAMES: f32 = 112.0;
/// Width of the floor.
const FLOOR: f32 = 48.0;
/// Width of a model: at least, where there is room, and at most.
const MODEL: [f32; 3] = [57.0, 92.0, 150.0];
/// Height of the models' names.
const HEAD: f32 = 36.0;
/// Height of a group's title.
const GROUP: f32 = 25.0;
/// Height of a row, without and with the ratio to the floor below the value.
const ROW: (f32, f32) = (20.0, 31.0);
/// Between a value and the edge of its column.
const EDGE: f32 = 4.0;
/// What a scroll bar takes below the columns.
const SCROLL_BAR: f32 = 9.0;

/// Draws the table.
pub fn show(ui: &mut Ui, found: &[Evaluation]) {
    let rows = rows(found);
    let layout = TableLayout::new(&rows, share_size(found));
    let Widths { names, model, scrolls } = Widths::of(ui.available_width(), found.len(), layout.floor_width());
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        names_ui(ui, &rows, &layout, names);
        if scrolls {
            let room = ui.available_width() - layout.floor_width();
            ScrollArea::horizontal().id_salt("evaluation-columns").max_width(room).show(ui, |ui| {
                columns_ui(ui, found, &rows, &layout, model, SCROLL_BAR);
            });
        } else {
            columns_ui(ui, found, &rows, &layout, model, 0.0);
        }
        if layout.has_floor_column {
            floors_ui(ui, &rows, &layout);
        }
    });
}

/// Width of a table that shows every model with its name, in points.
pub fn width(found: &[Evaluation]) -> f32 {
    NAMES + found.len() as f32 * MODEL[1] + if share_size(found) { FLOOR } else { 0.0 }
}

/// How the columns share the room that there is.
#[derive(Debug, PartialEq)]
struct Widths {
    names: f32,
    model: f32,
    /// Whether the models scroll between the names and the floor, which stay.
    scrolls: bool,
}

impl Widths {
    fn of(room: f32, models: usize, floor: f32) -> Self {
        let count = models.max(1) as f32;
        let equal = ((room - NAMES - floor) / count).floor();
        if equal < MODEL[0] {
            return Self { names: NAMES, model: MODEL[0], scrolls: true };
        }
        let model = equal.min(MODEL[2]);
        Self { names: room - floor - count * model, model, scrolls: false }
    }
}

/// Where lines stand, from the top of the table.
struct TableLayout {
    /// The top of every group's title.
    groups: Vec<(f32, Group)>,
    /// The top of every row, in order.
    tops: Vec<f32>,
    row_height: f32,
    height: f32,
    /// Whether all models have the same floor, so that it has a column.
    has_floor_column: bool,
}

impl TableLayout {
    fn new(rows: &[Row], has_floor_column: bool) -> Self {
        // Where floors differ, each value has its own ratio.
        let row_height = if has_floor_column { ROW.0 } else { ROW.1 };
        let (mut groups, mut tops, mut y) = (Vec::<(f32, Group)>::new(), Vec::new(), HEAD);
        for row in rows {
            if groups.last().is_none_or(|(_, group)| *group != row.figure.group) {
                groups.push((y, row.figure.group));
                y += GROUP;
            }
            tops.push(y);
            y += row_height;
        }
        Self { groups, tops, row_height, height: y, has_floor_column }
    }

    fn floor_width(&self) -> f32 {
        if self.has_floor_column { FLOOR } else { 0.0 }
    }

    /// A cell of a row between two distances from the left edge of `area`.
    fn cell(&self, area: Rect, row: usize, left: f32, right: f32) -> Rect {
        let top = area.top() + self.tops[row];
        Rect::from_x_y_ranges(area.left() + left..=area.left() + right, top..=top + self.row_height)
    }
}

/// The head of a part of the table: it stays in sight while the rows pass below it.
fn head_of(ui: &Ui, area: Rect) -> Rect {
    let top = ui.clip_rect().top().min(area.bottom() - HEAD).max(area.top());
    let head = Rect::from_x_y_ranges(area.x_range(), top..=top + HEAD);
    if top > area.top() {
        ui.painter().rect_filled(head, 0.0, theme::PANEL.to_opaque());
    }
    head
}

fn names_ui(ui: &mut Ui, rows: &[Row], layout: &TableLayout, width: f32) {
    let (area, _) = ui.allocate_exact_size(vec2(width, layout.height), Sense::hover());
    rules_ui(ui, area, layout);
    for (top, group) in &layout.groups {
        let place = pos2(area.left(), area.top() + top + GROUP / 2.0 + 3.0);
        ui.painter().text(place, Align2::LEFT_CENTER, group.title(), theme::semi_bold(11.0), theme::TEXT);
    }
    for (at, row) in rows.iter().enumerate() {
        let cell = layout.cell(area, at, 0.0, width);
        ui.painter().text(cell.left_center(), Align2::LEFT_CENTER, row.figure.name, theme::body(), theme::TEXT_QUIET);
        tip(ui, cell, (row.figure.key, usize::MAX), &|| row.figure.tooltip());
    }
    head_of(ui, area);
}

/// A line above every group.
fn rules_ui(ui: &Ui, area: Rect, layout: &TableLayout) {
    for (top, _) in &layout.groups {
        ui.painter().hline(area.x_range(), area.top() + top + 2.0, Stroke::new(1.0, theme::BORDER));
    }
}

/// A place with a tooltip that is made only when it is shown.
fn tip(ui: &Ui, cell: Rect, id: (&'static str, usize), words: &dyn Fn() -> String) {
    let response = ui.interact(cell, ui.id().with(("evaluation-cell", id.0, id.1)), Sense::hover());
    response.on_hover_ui(|ui| {
        ui.set_max_width(TOOLTIP);
        ui.label(words());
    });
}

fn columns_ui(ui: &mut Ui, found: &[Evaluation], rows: &[Row], layout: &TableLayout, width: f32, below: f32) {
    let (area, _) = ui.allocate_exact_size(vec2(found.len() as f32 * width, layout.height + below), Sense::hover());
    rules_ui(ui, area, layout);
    for (at, evaluation) in found.iter().enumerate() {
        for (line, row) in rows.iter().enumerate() {
            let cell = layout.cell(area, line, at as f32 * width, (at + 1) as f32 * width);
            value_ui(ui, cell, row, at, evaluation, !layout.has_floor_column);
        }
    }
    // Over the rows: it is seen while they pass below it.
    let head = head_of(ui, area);
    for (at, evaluation) in found.iter().enumerate() {
        let left = area.left() + at as f32 * width;
        head_ui(ui, Rect::from_x_y_ranges(left..=left + width, head.y_range()), at, evaluation);
    }
}

fn floors_ui(ui: &mut Ui, rows: &[Row], layout: &TableLayout) {
    let (area, _) = ui.allocate_exact_size(vec2(FLOOR, layout.height), Sense::hover());
    rules_ui(ui, area, layout);
    for (line, row) in rows.iter().enumerate() {
        floor_ui(ui, layout.cell(area, line, 0.0, FLOOR), row);
    }
    let head = head_of(ui, area);
    let place = pos2(head.right() - EDGE, head.bottom() - 12.0);
    ui.painter().text(place, Align2::RIGHT_CENTER, "floor", theme::small(), theme::TEXT_QUIET);
}

/// The name of a model in at most two lines, over its colour in the plots.
fn head_ui(ui: &Ui, cell: Rect, at: usize, found: &Evaluation) {
    let room = cell.width() - 2.0 * EDGE;
    let (first, second) = two_lines(&found.model);
    let line = |text: &str| middle_of(ui, text, theme::small(), room);
    let (right, bottom) = (cell.right() - EDGE, cell.bottom() - 8.0);
    let painter = ui.painter();
    if second.is_empty() {
        painter.text(pos2(right, bottom), Align2::RIGHT_BOTTOM, line(first), theme::small(), theme::TEXT);
    } else {
        painter.text(pos2(right, bottom - 12.0), Align2::RIGHT_BOTTOM, line(first), theme::small(), theme::TEXT);
        painter.text(pos2(right, bottom), Align2::RIGHT_BOTTOM, line(second), theme::small(), theme::TEXT);
    }
    let bar = Rect::from_x_y_ranges(cell.left() + 2.0 * EDGE..=right, cell.bottom() - 6.0..=cell.bottom() - 4.0);
    painter.rect_filled(bar, 1.0, theme::series(at));
    tip(ui, cell, ("model", at), &|| about(found));
}

/// A name before and after its first hyphen: models are told apart by both.
fn two_lines(name: &str) -> (&str, &str) {
    name.split_once('-').filter(|(before, after)| !before.is_empty() && !after.is_empty()).unwrap_or((name, ""))
}

/// What a model is, and what its figures stand on.
fn about(found: &Evaluation) -> String {
    let kind: &str = match ModelKind::from_key(&found.kind) {
        Some(kind) => kind.label(),
        None => &found.kind,
    };
    let back = found.way_back.as_ref().map(|back| {
        let how = if back.is_inversion { "their places searched for" } else { "through its encoder" };
        format!("\n{} there and back, {how}", theme::counted(back.faces as u64, "face"))
    });
    let kept = if found.is_kept { "\nFigures kept in its folder; tick Compute anew to measure again." } else { "" };
    format!(
        "{}\n{kind} · k {} · {2} × {2} pixels\n{3} of the split {4}, {5}, {6}{7}{kept}",
        found.model,
        found.latent_dim,
        found.size,
        theme::counted(found.faces as u64, "face"),
        found.split,
        theme::counted(found.n as u64, "sample"),
        theme::counted(found.training_faces as u64, "training face"),
        back.unwrap_or_default()
    )
}

fn value_ui(ui: &Ui, cell: Rect, row: &Row, at: usize, found: &Evaluation, has_ratio: bool) {
    let is_best = row.best.contains(&at);
    let value = row.values[at];
    let (font, color) = match (value, is_best) {
        (None, _) => (theme::body(), theme::TEXT_QUIET),
        (Some(_), true) => (theme::semi_bold(12.0), theme::ACCENT),
        (Some(_), false) => (theme::body(), theme::TEXT_STRONG),
    };
    let ratio = row.ratio(at).filter(|_| has_ratio);
    let middle = cell.center().y - if ratio.is_some() { 6.0 } else { 0.0 };
    let text = value.map_or_else(|| "–".into(), three);
    ui.painter().text(pos2(cell.right() - EDGE, middle), Align2::RIGHT_CENTER, text, font, color);
    if let Some(ratio) = ratio {
        let place = pos2(cell.right() - EDGE, middle + 12.0);
        ui.painter().text(place, Align2::RIGHT_CENTER, format!("× {}", three(ratio)), theme::small(), theme::TEXT_QUIET);
    }
    tip(ui, cell, (row.figure.key, at), &|| cell_words(row, at, found));
}

/// A cell in words: the figure, how it stands to the floor, and whether it is the best of its size; or why there is none.
fn cell_words(row: &Row, at: usize, found: &Evaluation) -> String {
    let name = &found.model;
    let Some(value) = row.values[at] else { return format!("{name}: {}.", row.figure.why_absent(found)) };
    let mut text = format!("{name}\n{}: {}", row.figure.name, value_words(row.figure, value));
    if let Some(floor) = row.floors[at] {
        text += &format!("\nFloor: {}", value_words(row.figure, floor));
    }
    if let Some(ratio) = row.ratio(at) {
        text += &format!(", {} times that", three(ratio));
    }
    if row.best.contains(&at) {
        text += &format!("\nThe best of the models of {0} × {0} pixels", found.size);
    }
    text
}

/// More digits than a cell has room for, with the unit where it is a word.
fn value_words(figure: &Figure, value: f64) -> String {
    let digits = if value.abs() >= 1.0 { format!("{value:.4}") } else { format!("{value:.6}") };
    if figure.unit == "dB" { format!("{digits} dB") } else { digits }
}

fn floor_ui(ui: &Ui, cell: Rect, row: &Row) {
    if !row.figure.has_floor() {
        return;
    }
    let floor = row.floors.iter().copied().flatten().next();
    let text = floor.map_or_else(|| "–".into(), three);
    ui.painter().text(pos2(cell.right() - EDGE, cell.center().y), Align2::RIGHT_CENTER, text, theme::body(), theme::TEXT_QUIET);
    tip(ui, cell, (row.figure.key, usize::MAX - 1), &|| match floor {
        Some(floor) => format!("What as many training faces reach: {}. No model can be expected to do better.", significant(floor)),
        None => "There is no floor without training faces: choose some at Training faces.".into(),
    });
}

#[cfg(test)]
mod tests {
    use super::super::rows::example::evaluation;
    use super::*;

    #[test]
    fn groups_stand_above_their_rows_and_nothing_overlaps() {
        let rows = rows(&[evaluation("pca", 32)]);
        for has_floor_column in [true, false] {
            let layout = TableLayout::new(&rows, has_floor_column);
            assert_eq!((layout.groups.len(), layout.tops.len()), (3, rows.len()));
            assert!(layout.tops.windows(2).all(|pair| pair[1] - pair[0] >= layout.row_height));
            assert!(layout.groups.iter().all(|(top, _)| layout.tops.iter().any(|row| *row == top + GROUP)));
            assert_eq!(layout.height, layout.tops[rows.len() - 1] + layout.row_height);
        }
    }

    #[test]
    fn columns_take_the_room_that_there_is_and_scroll_only_where_it_is_too_little() {
        let of = |room, models| Widths::of(room, models, FLOOR);
        for (room, models) in [(386.0, 1), (386.0, 2), (386.0, 3), (1200.0, 9), (1200.0, 18)] {
            let Widths { names, model, scrolls } = of(room, models);
            assert!(!scrolls && names >= NAMES, "{models} in {room}");
            assert_eq!(names + model * models as f32 + FLOOR, room, "{models} in {room}: nothing is left over");
        }
        assert_eq!(of(386.0, 4), Widths { names: NAMES, model: MODEL[0], scrolls: true });
        let found: Vec<Evaluation> = (0..9).map(|_| evaluation("pca", 32)).collect();
        assert!(!of(width(&found), found.len()).scrolls, "a table that is asked for fits");
    }

    #[test]
    fn names_break_at_their_first_hyphen() {
        assert_eq!(two_lines("gan-celeba32"), ("gan", "celeba32"));
        assert_eq!(two_lines("autoencoder-small-32"), ("autoencoder", "small-32"));
        assert_eq!((two_lines("mine"), two_lines("-a"), two_lines("a-")), (("mine", ""), ("-a", ""), ("a-", "")));
    }

    #[test]
    fn cells_say_how_they_stand_to_the_floor_or_why_they_are_empty() {
        let found = [evaluation("gan", 32), evaluation("pca", 32), evaluation("pca", 64)];
        let rows = rows(&found);
        let words = |key: &str, at: usize| {
            let row = rows.iter().find(|row| row.figure.key == key).unwrap();
            cell_words(row, at, &found[at])
        };
        assert_eq!(words("swd", 0), "gan-32\nSWD: 20.0000\nFloor: 5.0000, 4.00 times that\nThe best of the models of 32 × 32 pixels");
        assert_eq!(words("swd", 2), "pca-64\nSWD: 20.0000\nFloor: 5.0000, 4.00 times that", "alone of its size");
        assert_eq!(words("psnr", 1), "pca-32\nPSNR (dB): 23.0000 dB");
        assert!(words("mse", 0).contains("gan-32: It has no encoder"), "{}", words("mse", 0));
    }

    #[test]
    fn a_model_is_told_with_what_its_figures_stand_on() {
        let text = about(&Evaluation { is_kept: true, ..evaluation("gan", 32) });
        assert!(text.contains("GAN · k 8 · 32 × 32 pixels\n50 faces of the split valid, 40 samples, 100 training faces"), "{text}");
        assert!(text.ends_with("measure again."), "{text}");
    }
}
