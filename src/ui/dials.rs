//! Rows of a form for knobs of whatever kind: one control for each sort of value.
//!
//! Owns their look and their tooltips. Which knobs there are, and what they mean, is the business of the kind.

use bevy_egui::egui::{Button, Id, Response, TextEdit, Ui, vec2};

use crate::training::{Choice, Dial, Range, Value};
use crate::ui::theme;
use crate::ui::widgets::{ROW, check_row, choices, number, row, significant, text_width};

/// Room around the name on the button that takes a value back to what suits the other settings.
const SWITCH_PADDING: f32 = 20.0;

/// Draws a knob that stands at `value`, which changes with the hand. `more` is added to its tooltip.
pub fn dial_row(ui: &mut Ui, dial: &Dial, value: &mut Value, more: &str) -> Response {
    let tooltip = || tooltip(dial, more);
    match (dial.range, &dial.automatic) {
        (Range::Words(words), _) => words_ui(ui, words, value),
        (Range::Flag, _) => {
            let mut flag = *value == Value::Flag(true);
            let response = check_row(ui, dial.label, &tooltip, &mut flag);
            *value = Value::Flag(flag);
            response
        }
        (Range::Numbers(..), _) => row(ui, dial.label, &tooltip, |ui| numbers_ui(ui, dial, value)),
        (range, Some((name, suited))) => row(ui, dial.label, &tooltip, |ui| {
            let width = text_width(ui, name, theme::body()) + SWITCH_PADDING;
            let is_automatic = *value == Value::Auto;
            let switch = ui.add_sized(vec2(width, ROW), Button::new(*name).selected(is_automatic));
            let mut shown = if is_automatic { suited.clone() } else { value.clone() };
            let figure = number_ui(ui, range, &mut shown, "");
            if figure.changed() {
                *value = shown;
            }
            if switch.clicked() {
                *value = if is_automatic { suited.clone() } else { Value::Auto };
            }
            // The focus is that of the number.
            figure.union(switch)
        }),
        (range, None) => row(ui, dial.label, &tooltip, |ui| number_ui(ui, range, value, dial.unit)),
    }
}

fn number_ui(ui: &mut Ui, range: Range, value: &mut Value, unit: &str) -> Response {
    match (range, value) {
        (Range::Number(least, most), Value::Number(figure)) => number(ui, figure, least..=most, unit),
        (Range::Count(least, most), Value::Count(count)) => number(ui, count, least..=most, unit),
        (_, value) => ui.label(value.to_string()),
    }
}

/// A text that is half typed, and the value that stood in the field before.
#[derive(Clone, Debug, PartialEq)]
struct Typed {
    from: Value,
    text: String,
}

/// Numbers in a row, to be typed with commas between them. They take effect once they can be read, when the field is left or with Enter;
/// until then what is wanted stands below. A text goes with the form that it was typed into: where another value stands, it is another form.
fn numbers_ui(ui: &mut Ui, dial: &Dial, value: &mut Value) -> Response {
    let id = Id::new(("numbers", dial.name));
    let typed: Option<Typed> = ui.data(|data| data.get_temp(id)).filter(|typed: &Typed| typed.from == *value);
    let mut text = typed.as_ref().map_or_else(|| value.to_string(), |typed| typed.text.clone());
    ui.vertical(|ui| {
        let response = ui.add_sized(vec2(ui.available_width(), ROW), TextEdit::singleline(&mut text).id(id));
        let read = dial.range.read(&text);
        let is_half_typed = response.has_focus() || typed.is_some() && read.is_err();
        ui.data_mut(|data| {
            if is_half_typed {
                data.insert_temp(id, Typed { from: value.clone(), text });
            } else {
                data.remove::<Typed>(id);
            }
        });
        match read {
            Ok(numbers) if response.lost_focus() => *value = numbers,
            Err(wanted) if !response.has_focus() => {
                ui.label(theme::quiet(wanted));
            }
            _ => {}
        }
        response
    })
    .inner
}

/// Words side by side.
fn words_ui(ui: &mut Ui, words: &'static [Choice], value: &mut Value) -> Response {
    let mut at = words.iter().position(|choice| *value == Value::Word(choice.word.into())).unwrap_or_default();
    let options: Vec<(usize, &str, &str)> = words.iter().enumerate().map(|(at, choice)| (at, choice.label, choice.help)).collect();
    let response = ui.scope(|ui| choices(ui, &mut at, &options)).response;
    *value = Value::Word(words[at].word.into());
    response
}

/// The help text of the command line as a sentence, with unit and default.
pub fn tooltip(dial: &Dial, more: &str) -> String {
    let unit = if dial.unit.is_empty() { String::new() } else { format!("Unit: {}. ", dial.unit) };
    let default = match (&dial.default, &dial.automatic) {
        (Value::Auto, Some((name, suited))) => format!("{}, {name}", in_words(suited)),
        (value, _) => in_words(value),
    };
    let more = if more.is_empty() { String::new() } else { format!("\n{more}") };
    format!("{}.\n{unit}Default: {default}.{more}", dial.help)
}

fn in_words(value: &Value) -> String {
    match value {
        Value::Number(number) => significant(f64::from(*number)),
        Value::Flag(true) => "yes".into(),
        Value::Flag(false) => "no".into(),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use bevy_egui::egui::{Context, RawInput};

    use super::*;
    use crate::training::{AutoencoderSettings, GanSettings, Knobs};

    #[test]
    fn a_half_typed_text_goes_with_the_value_that_it_began_from() {
        let dials = GanSettings::default().dials(32);
        let dial = dials.iter().find(|dial| matches!(dial.range, Range::Numbers(..))).unwrap();
        let (ctx, id) = (Context::default(), Id::new(("numbers", dial.name)));
        let kept = |from: &[f32], now: &[f32]| {
            let typed = Typed { from: Value::Numbers(from.to_vec()), text: "8,x".into() };
            ctx.data_mut(|data| data.insert_temp(id, typed));
            let mut value = Value::Numbers(now.to_vec());
            drop(ctx.run_ui(RawInput::default(), |ui| drop(numbers_ui(ui, dial, &mut value))));
            assert_eq!(value, Value::Numbers(now.to_vec()), "what cannot be read changes nothing");
            ctx.data(|data| data.get_temp::<Typed>(id)).map(|typed| typed.text)
        };
        assert_eq!(kept(&[8.0, 16.0], &[8.0, 16.0]).as_deref(), Some("8,x"), "it waits where it was typed");
        assert_eq!(kept(&[8.0, 16.0], &[]), None, "another form shows its own value");
    }

    fn tooltip_of(dials: &[Dial], name: &str) -> String {
        tooltip(dials.iter().find(|dial| dial.name == name).unwrap(), "")
    }

    #[test]
    fn tooltips_have_unit_and_default() {
        let dials = AutoencoderSettings::default().dials(32);
        let text = tooltip_of(&dials, "shift");
        assert!(text.contains("Unit: px. Default: 0.") && text.contains("pixels"), "{text}");
        assert!(tooltip_of(&dials, "width").ends_with("Default: 16, by preset."), "{}", tooltip_of(&dials, "width"));
        let dials = GanSettings::default().dials(32);
        let text = tooltip_of(&dials, "augment");
        assert!(text.contains("brightness") && text.ends_with(".\nDefault: 0.2."), "{text}");
        assert!(tooltip_of(&dials, "penalty").ends_with("Default: 0.5, automatic."));
    }
}
