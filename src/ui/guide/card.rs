//! The card of the guide: what is left to try, in the corner above the status bar. It stands still and asks for nothing: clicks beside
//! it go where they would go without it.
//!
//! Owns its look and its words.

use bevy::prelude::{KeyCode, Res, ResMut, Result};
use bevy_egui::EguiContexts;
use bevy_egui::egui::{Align, Align2, Area, Context, Label, Layout, Pos2, Rect, Sense, Ui, pos2, vec2};

use super::steps::{Guide, GuideStep};
use crate::explorer::{Keyboard, Layout as Letters, Selection};
use crate::ui::chips::{Chip, chips_ui};
use crate::ui::{Panes, panel, theme};

/// Width of the card, in points.
const WIDTH: f32 = 260.0;
/// Side of the place to click that dismisses it.
const CLOSE: f32 = 20.0;
/// Height of a step.
const ROW: f32 = 20.0;

/// Draws the card, as long as something is left and there is room for it.
pub fn show(
    mut contexts: EguiContexts,
    mut guide: ResMut<Guide>,
    keyboard: Res<Keyboard>,
    selection: Res<Selection>,
    panes: Res<Panes>,
) -> Result {
    let ctx = contexts.ctx_mut()?.clone();
    if panes.have_dock() {
        return Ok(());
    }
    if let Some(corner) = corner(ctx.content_rect(), selection.0.is_some())
        && card_ui(&ctx, corner, &guide, &keyboard.layout)
    {
        guide.dismiss();
    }
    Ok(())
}

/// Where its lower right corner is: beside the panel of a face where that is shown, and nowhere where it would cover the left panel.
fn corner(screen: Rect, shows_face: bool) -> Option<Pos2> {
    let face = if shows_face { theme::RIGHT_WIDTH + theme::MARGIN } else { 0.0 };
    let corner = pos2(screen.right() - theme::MARGIN - face, screen.bottom() - theme::STATUS_HEIGHT - theme::MARGIN);
    (corner.x - WIDTH >= screen.left() + theme::LEFT_WIDTH + 2.0 * theme::MARGIN).then_some(corner)
}

/// Whether it was dismissed.
fn card_ui(ctx: &Context, corner: Pos2, guide: &Guide, letters: &Letters) -> bool {
    let area = Area::new("guide".into()).pivot(Align2::RIGHT_BOTTOM).fixed_pos(corner);
    area.show(ctx, |ui| {
        panel::show(ui, |ui| {
            ui.set_width(WIDTH - 2.0 * theme::PADDING);
            ui.spacing_mut().interact_size.y = ROW;
            let is_dismissed = title_ui(ui);
            for step in guide.left() {
                step_ui(ui, *step, letters);
            }
            is_dismissed
        })
    })
    .inner
    .inner
}

fn title_ui(ui: &mut Ui) -> bool {
    ui.horizontal(|ui| {
        ui.label(theme::strong("First steps"));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let close = ui.add_sized(vec2(CLOSE, CLOSE), Label::new(theme::quiet("×")).sense(Sense::click()));
            close.on_hover_text("Not needed. It does not come back; ? lists all keys").clicked()
        })
        .inner
    })
    .inner
}

fn step_ui(ui: &mut Ui, step: GuideStep, letters: &Letters) {
    ui.horizontal(|ui| {
        chips_ui(ui, chips(step), letters);
        ui.label(theme::quiet(words(step)));
    });
}

/// What is pressed for it.
fn chips(step: GuideStep) -> &'static [Chip] {
    match step {
        GuideStep::Fly => &[Chip::Place(KeyCode::KeyW), Chip::Place(KeyCode::KeyA), Chip::Place(KeyCode::KeyS), Chip::Place(KeyCode::KeyD)],
        GuideStep::Steer => &[Chip::Name("drag")],
        GuideStep::Random => &[Chip::Letter('r')],
        GuideStep::Select => &[Chip::Name("click")],
        GuideStep::Train => &[Chip::Letter('t')],
    }
}

/// What to do.
fn words(step: GuideStep) -> &'static str {
    match step {
        GuideStep::Fly => "fly through the faces",
        GuideStep::Steer => "a slider on the left",
        GuideStep::Random => "or Random: another face",
        GuideStep::Select => "a face to ask about it",
        GuideStep::Train => "or Train: a model of yours",
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bevy_egui::egui::{RawInput, ViewportId};

    use super::*;

    #[test]
    fn the_card_stands_beside_the_panel_of_a_face_and_never_on_the_left_one() {
        let screen = |width| Rect::from_min_size(pos2(0.0, 0.0), vec2(width, 480.0));
        let right = |width, face| corner(screen(width), face).map(|corner| corner.x);
        assert_eq!(right(1280.0, false), Some(1280.0 - theme::MARGIN));
        assert_eq!(right(1280.0, true), Some(1280.0 - 2.0 * theme::MARGIN - theme::RIGHT_WIDTH));
        assert_eq!((right(640.0, false).is_some(), right(640.0, true)), (true, None));
    }

    #[test]
    fn every_step_says_what_to_press_and_what_for() {
        for step in GuideStep::ALL {
            assert!(!chips(step).is_empty() && words(step).len() > 10, "{step:?}");
        }
    }

    #[test]
    fn once_it_stands_there_it_wants_no_frame() {
        let ctx = Context::default();
        theme::apply(&ctx);
        let (guide, letters) = (Guide::resumed(None), Letters::default());
        let mut delay = Duration::ZERO;
        for frame in 0..60 {
            let screen_rect = Some(Rect::from_min_size(pos2(0.0, 0.0), vec2(1280.0, 720.0)));
            let input = RawInput { screen_rect, time: Some(f64::from(frame) * 0.05), ..RawInput::default() };
            let output = ctx.run_ui(input, |_| {
                assert!(!card_ui(&ctx, pos2(1267.0, 675.0), &guide, &letters), "nobody has clicked");
            });
            delay = output.viewport_output[&ViewportId::ROOT].repaint_delay;
            output.drop_without_applying_deltas();
        }
        assert_eq!(delay, Duration::MAX, "three seconds after it came it still asks for frames");
    }
}
