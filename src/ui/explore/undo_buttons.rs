//! Undo and redo as two small arrows that say what they would change.
//!
//! Owns their look; what a step is, the session's history decides.

use bevy_egui::egui::{Color32, Pos2, Rect, Sense, Stroke, Ui, Vec2, vec2};

use crate::session::{ChangeKind, History, Redo, Undo};
use crate::ui::theme::COMMAND;
use crate::ui::{UiCommands, theme};

const SIZE: f32 = 18.0;

/// Draws both; right to left, as their row is laid out.
pub fn show(ui: &mut Ui, history: &History, commands: &mut UiCommands) {
    ui.spacing_mut().item_spacing.x = 3.0;
    if arrow_button(ui, "Redo", "Shift+Z", history.next_redo(), 1.0) {
        commands.redo.write(Redo);
    }
    if arrow_button(ui, "Undo", "Z", history.next_undo(), -1.0) {
        commands.undo.write(Undo);
    }
}

/// An arrow that points forward (`direction` 1) or back (-1); returns whether it was clicked and can do something.
fn arrow_button(ui: &mut Ui, name: &str, key: &str, change: Option<ChangeKind>, direction: f32) -> bool {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(SIZE), Sense::click());
    let color = match change {
        None => theme::CONTROL_BORDER,
        Some(_) if response.hovered() => theme::ACCENT_HOVERED,
        Some(_) => theme::TEXT,
    };
    paint_arrow(ui, rect, direction, color);
    let tooltip = match change {
        Some(change) => format!("{name}: {change} ({COMMAND}+{key})"),
        None => format!("Nothing to {} ({COMMAND}+{key})", name.to_lowercase()),
    };
    response.on_hover_text(tooltip).clicked() && change.is_some()
}

/// An arc over the top whose head comes down on the side that it points to.
fn paint_arrow(ui: &Ui, rect: Rect, direction: f32, color: Color32) {
    const RADIUS: f32 = 4.5;
    const POINTS: u16 = 16;
    let stroke = Stroke::new(1.4, color);
    let at = |x: f32, y: f32| rect.center() + vec2(direction * x, y + 1.5);
    // From a little below the middle on the far side over the top to the middle on the near side.
    let arc: Vec<Pos2> = (0..=POINTS)
        .map(|point| {
            let angle = 3.7 * (1.0 - f32::from(point) / f32::from(POINTS));
            at(RADIUS * angle.cos(), -RADIUS * angle.sin())
        })
        .collect();
    ui.painter().line(arc, stroke);
    let tip = at(RADIUS, 1.5);
    for wing in [-3.0, 3.0] {
        ui.painter().line_segment([tip, at(RADIUS + wing, -1.5)], stroke);
    }
}
