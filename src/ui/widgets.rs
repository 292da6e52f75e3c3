//! The small parts that panels are made of: rows with a label and a number, choices side by side, paths, figures in words.
//!
//! Owns their look; what they stand for is their callers' business.

use std::ops::RangeInclusive;

use bevy_egui::egui::emath::Numeric;
use bevy_egui::egui::text::{CCursor, CCursorRange};
use bevy_egui::egui::text_edit::TextEditState;
use bevy_egui::egui::{
    self, Align, Align2, Button, Color32, CornerRadius, DragValue, FontId, Id, Label, Layout, ProgressBar, Response, RichText, Sense,
    TextEdit, Ui, vec2,
};

use super::theme;

/// Height of a row of the form.
pub const ROW: f32 = 24.0;
/// What the label of a row takes.
const LABEL: f32 = 116.0;
/// Width of tooltips.
pub const TOOLTIP: f32 = 280.0;
/// Between choices side by side.
const CHOICE_GAP: f32 = 4.0;
/// What a field for a path takes beside the text.
const PATH_PADDING: f32 = 12.0;

/// A row: what it is on the left, the control on the right. The tooltip is made only when it is shown.
pub fn row(ui: &mut Ui, label: &str, tooltip: &dyn Fn() -> String, add: impl FnOnce(&mut Ui) -> Response) -> Response {
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size.y = ROW;
        ui.spacing_mut().button_padding = vec2(8.0, 2.0);
        let (rect, name) = ui.allocate_exact_size(vec2(LABEL, ROW), Sense::hover());
        ui.painter().text(rect.left_center(), Align2::LEFT_CENTER, label, theme::body(), theme::TEXT_QUIET);
        let show = |ui: &mut Ui| {
            ui.set_max_width(TOOLTIP);
            ui.label(tooltip());
        };
        name.on_hover_ui(show);
        let control = ui.with_layout(Layout::right_to_left(Align::Center), add).inner;
        control.on_hover_ui(show)
    })
    .inner
}

/// A number to drag or type.
pub fn number<N: Numeric>(ui: &mut Ui, value: &mut N, range: RangeInclusive<N>, unit: &str) -> Response {
    let now = value.to_f64().abs();
    let speed = if N::INTEGRAL { (now * 0.01).max(0.1) } else { (now * 0.02).max(1e-5) };
    let format = |number: f64, _: RangeInclusive<usize>| if N::INTEGRAL { format!("{number:.0}") } else { figures(number, 5) };
    let suffix = if unit.is_empty() { String::new() } else { format!(" {unit}") };
    let field = DragValue::new(value).range(range).speed(speed).update_while_editing(false).custom_formatter(format).suffix(suffix);
    ui.add_sized(vec2(ui.available_width(), ROW), field)
}

/// A row with a yes or no of the settings.
pub fn check_row(ui: &mut Ui, label: &str, tooltip: &dyn Fn() -> String, value: &mut bool) -> Response {
    row(ui, label, tooltip, |ui| {
        let words = if *value { "yes" } else { "no" };
        let response = ui.add_sized(vec2(ui.available_width(), ROW), Button::new(words).selected(*value));
        if response.clicked() {
            *value = !*value;
        }
        response
    })
}

/// Choices side by side: value, name, tooltip. Tells whether another one was chosen.
pub fn choices<T: Copy + PartialEq>(ui: &mut Ui, value: &mut T, options: &[(T, &str, impl AsRef<str>)]) -> bool {
    let before = *value;
    let padding = vec2(4.0, 2.0);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = CHOICE_GAP;
        // A button is never lower than this: a larger one would hang out of its row.
        ui.spacing_mut().interact_size.y = ROW;
        ui.spacing_mut().button_padding = padding;
        let needs: Vec<f32> = options.iter().map(|(_, name, _)| text_width(ui, name, theme::body()) + 2.0 * padding.x).collect();
        let widths = shared_widths(ui.available_width() - CHOICE_GAP * (options.len() as f32 - 1.0), &needs);
        for ((option, name, tooltip), width) in options.iter().zip(widths) {
            let button = Button::new(*name).selected(*value == *option);
            if ui.add_sized(vec2(width, ROW), button).on_hover_text(tooltip.as_ref()).clicked() {
                *value = *option;
            }
        }
    });
    *value != before
}

/// Widths of buttons that fill `total` points, in whole points so that their edges stay sharp: equal where all texts fit, else what
/// each needs and an equal share of what is left.
fn shared_widths(total: f32, needs: &[f32]) -> Vec<f32> {
    let count = needs.len().max(1) as f32;
    let (equal, spare) = (total / count, (total - needs.iter().sum::<f32>()) / count);
    let all_fit = needs.iter().all(|need| *need <= equal);
    let mut edge = 0.0_f32;
    needs
        .iter()
        .map(|need| {
            let from = edge.round();
            edge += if all_fit { equal } else { need + spare };
            edge.round() - from
        })
        .collect()
}

/// A box to tick: square, since several may be ticked, and with an edge that is seen where it is empty.
pub fn tick(ui: &mut Ui, is_ticked: &mut bool, text: &str) -> Response {
    ui.scope(|ui| {
        let states = &mut ui.visuals_mut().widgets;
        for state in [&mut states.inactive, &mut states.hovered, &mut states.active] {
            state.corner_radius = CornerRadius::same(3);
            state.bg_stroke.color = theme::TEXT_QUIET;
        }
        ui.checkbox(is_ticked, text)
    })
    .inner
}

/// How wide a text is on one line, in points.
pub fn text_width(ui: &Ui, text: &str, font: FontId) -> f32 {
    ui.painter().layout_no_wrap(text.to_owned(), font, theme::TEXT).size().x
}

/// A path to type. While nobody types, its end is shown: where many begin alike, the end tells them apart.
pub fn path_field(ui: &mut Ui, id: Id, path: &mut String) -> Response {
    let size = vec2(ui.available_width(), ROW);
    if ui.memory(|memory| memory.has_focus(id)) {
        return ui.add_sized(size, TextEdit::singleline(path).vertical_align(Align::Center).id(id));
    }
    let mut shown = end_of(ui, path, theme::body(), size.x - PATH_PADDING);
    let response = ui.add_sized(size, TextEdit::singleline(&mut shown).vertical_align(Align::Center).id(id));
    if response.gained_focus() {
        // The place of the click was one in the shortened text.
        let mut state = TextEditState::load(ui.ctx(), id).unwrap_or_default();
        state.cursor.set_char_range(Some(CCursorRange::one(CCursor::new(path.chars().count()))));
        state.store(ui.ctx(), id);
    }
    response
}

/// As much of the end of a text as `width` points hold; an ellipsis stands for the rest.
pub fn end_of(ui: &Ui, text: &str, font: FontId, width: f32) -> String {
    longest_end(text, &|text| text_width(ui, text, font.clone()) <= width)
}

fn longest_end(text: &str, fits: &dyn Fn(&str) -> bool) -> String {
    if fits(text) {
        return text.to_owned();
    }
    let end = |at: usize| format!("…{}", &text[at..]);
    let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).skip(1).collect();
    let first = starts.partition_point(|at| !fits(&end(*at)));
    starts.get(first).map_or_else(|| "…".to_owned(), |at| end(*at))
}

/// As much of both ends of a name as `width` points hold; an ellipsis stands for what is between: names that begin alike differ at their
/// end.
pub fn middle_of(ui: &Ui, text: &str, font: FontId, width: f32) -> String {
    longest_ends(text, &|text| text_width(ui, text, font.clone()) <= width)
}

fn longest_ends(text: &str, fits: &dyn Fn(&str) -> bool) -> String {
    if fits(text) {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    let with = |kept: usize| -> String {
        let (start, end) = (kept.div_ceil(2), letters.len() - kept / 2);
        letters[..start].iter().chain(&['…']).chain(&letters[end..]).collect()
    };
    let kept = (0..letters.len()).collect::<Vec<_>>().partition_point(|kept| fits(&with(*kept)));
    with(kept.saturating_sub(1))
}

/// As much of the beginning of a text as `width` points hold; an ellipsis stands for the rest.
pub fn start_of(ui: &Ui, text: &str, font: FontId, width: f32) -> String {
    longest_start(text, &|text| text_width(ui, text, font.clone()) <= width)
}

fn longest_start(text: &str, fits: &dyn Fn(&str) -> bool) -> String {
    if fits(text) {
        return text.to_owned();
    }
    let start = |at: usize| format!("{}…", text[..at].trim_end());
    let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).skip(1).collect();
    let fitting = ends.partition_point(|at| fits(&start(*at)));
    fitting.checked_sub(1).map_or_else(|| "…".to_owned(), |last| start(ends[last]))
}

/// A section's title with room above.
pub fn section(ui: &mut Ui, text: &str) {
    ui.add_space(5.0);
    ui.label(theme::title(text));
}

/// The primary button.
pub fn accent_button(ui: &mut Ui, text: &str, size: egui::Vec2) -> Response {
    ui.scope(|ui| {
        let states = &mut ui.visuals_mut().widgets;
        for (state, fill) in [
            (&mut states.inactive, theme::ACCENT),
            (&mut states.hovered, theme::ACCENT_HOVERED),
            (&mut states.active, theme::ACCENT_HOVERED),
        ] {
            state.weak_bg_fill = fill;
            state.bg_stroke = egui::Stroke::NONE;
        }
        ui.add_sized(size, Button::new(RichText::new(text).font(theme::semi_bold(12.0)).color(theme::ON_ACCENT)))
    })
    .inner
}

/// A word that can be clicked.
pub fn link(ui: &mut Ui, text: &str) -> Response {
    let response = ui.add(Label::new(theme::quiet(text)).sense(Sense::click()));
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// Words that wrap and that one can select and copy.
pub fn words(ui: &mut Ui, text: &str, color: Color32) -> Response {
    ui.add(Label::new(RichText::new(text).font(theme::body()).color(color)).wrap().selectable(true))
}

/// What became of the last thing that was asked for; a click takes it away.
pub fn message(ui: &mut Ui, message: &mut Option<Result<String, String>>) {
    let response = match message {
        Some(Ok(text)) => words(ui, text, theme::TYPICAL),
        Some(Err(text)) => words(ui, text, theme::ACCENT_HOVERED),
        None => return,
    };
    if response.on_hover_text("Click to dismiss").clicked() {
        *message = None;
    }
}

/// A bar that fills.
pub fn bar(ui: &mut Ui, share: f32) {
    let width = ui.available_width();
    ui.add(ProgressBar::new(share).desired_width(width).desired_height(9.0).fill(theme::ACCENT).corner_radius(CornerRadius::same(4)));
}

/// Two buttons or more of equal width: their size.
pub fn share_of_row(ui: &Ui, count: f32) -> egui::Vec2 {
    let gap = ui.spacing().item_spacing.x;
    vec2((ui.available_width() - gap * (count - 1.0)) / count, 30.0)
}

/// Three figures that count, without zeros that say nothing: "0.002", "1e-4", "12.5".
pub fn significant(value: f64) -> String {
    figures(value, 3)
}

/// So many figures that count, without zeros that say nothing.
fn figures(value: f64, count: i32) -> String {
    if value == 0.0 || !value.is_finite() {
        return if value == 0.0 { "0".into() } else { "–".into() };
    }
    let scientific = format!("{value:.*e}", usize::try_from(count - 1).unwrap_or(0));
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-3..7).contains(&exponent) {
        let decimals = usize::try_from(count - 1 - exponent).unwrap_or(0);
        without_zeros(&format!("{value:.decimals$}")).to_owned()
    } else {
        format!("{}e{exponent}", without_zeros(mantissa))
    }
}

fn without_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// An amount of memory in words.
pub fn memory(bytes: u64) -> String {
    let megabytes = bytes as f64 / 1e6;
    if megabytes >= 1000.0 { format!("{:.1} GB", megabytes / 1000.0) } else { format!("{megabytes:.0} MB") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_say_what_counts() {
        let cases = [(0.0, "0"), (0.002, "0.002"), (f64::from(1e-4_f32), "1e-4"), (12.5, "12.5"), (0.999, "0.999"), (500_000.0, "500000")];
        for (value, text) in cases {
            assert_eq!(significant(value), text);
        }
    }

    #[test]
    fn memory_in_words() {
        assert_eq!((memory(210_000_000), memory(2_500_000_000)), ("210 MB".into(), "2.5 GB".into()));
    }

    #[test]
    fn choices_share_a_row_in_whole_points() {
        assert_eq!(shared_widths(250.0, &[40.0, 50.0, 60.0]), [83.0_f32, 84.0, 83.0], "equal, and nothing is left over");
        let widths = shared_widths(250.0, &[34.0, 65.0, 92.0]);
        assert_eq!(widths.iter().sum::<f32>(), 250.0);
        assert!(widths[2] >= 92.0 && widths[0] > 34.0, "the long one gets what it needs: {widths:?}");
        assert!(shared_widths(250.0, &[]).is_empty());
    }

    #[test]
    fn a_long_path_is_told_by_its_end() {
        let shown = |text: &str, most: usize| longest_end(text, &|text| text.chars().count() <= most);
        assert_eq!(shown("runs/a", 6), "runs/a");
        assert_eq!(shown("runs/gän-small-32", 6), "…ll-32");
        assert_eq!((shown("runs/a", 1), shown("runs/a", 0)), ("…".to_owned(), "…".to_owned()));
    }

    #[test]
    fn a_long_name_is_told_by_both_ends() {
        let shown = |text: &str, most: usize| longest_ends(text, &|text| text.chars().count() <= most);
        assert_eq!((shown("gan", 3), shown("gän-small-32", 6), shown("gän-small-32", 5)), ("gan".into(), "gän…32".into(), "gä…32".into()));
        assert_eq!((shown("gan", 2), shown("gan", 1), shown("gan", 0)), ("g…".to_owned(), "…".to_owned(), "…".to_owned()));
    }

    #[test]
    fn a_long_name_is_told_by_its_beginning() {
        let shown = |text: &str, most: usize| longest_start(text, &|text| text.chars().count() <= most);
        assert_eq!((shown("gan", 3), shown("gän-small", 4), shown("a gan", 3)), ("gan".into(), "gän…".into(), "a…".into()));
        assert_eq!((shown("gan", 1), shown("gan", 0)), ("…".to_owned(), "…".to_owned()));
    }
}
