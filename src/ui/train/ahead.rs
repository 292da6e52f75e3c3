//! What to expect, said before one waits: what is seen after how many images, and when that is.
//!
//! Owns where and when it is shown; figures and sentences are the training's own.

use bevy_egui::egui::Ui;

use crate::session::{Training, TrainingStatus};
use crate::training::{Budget, Pace, TrainingSettings};
use crate::ui::theme;
use crate::ui::widgets::words;
use crate::words::unbroken;

/// Says what a training of this length will show. `rate`: images in a second, where a network like this was trained here before.
pub fn before(ui: &mut Ui, settings: &TrainingSettings, budget: Budget, rate: Option<f64>) {
    // Small pictures say little of how long the large ones take.
    let known_at = settings.growth().map(|growth| growth.last());
    line(ui, settings, settings.expectation().ahead(&Pace { known_at, ..Pace::before(budget, rate) }));
}

/// Says what comes next, as long as somebody may wait for it.
pub fn show(ui: &mut Ui, training: &Training) {
    if let Some(settings) = training.settings.as_ref().filter(|_| is_waited_for(&training.status)) {
        line(ui, settings, training.ahead());
    }
}

fn is_waited_for(status: &TrainingStatus) -> bool {
    use TrainingStatus::{Following, Paused, Running, Starting};
    matches!(status, Starting | Running | Paused(_) | Following { live: true })
}

fn line(ui: &mut Ui, settings: &TrainingSettings, text: Option<String>) {
    if let Some(text) = text {
        words(ui, &unbroken(&text), theme::TEXT_QUIET).on_hover_text(settings.expectation().source_in_words());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_waits_for_what_does_not_run() {
        use TrainingStatus::{Finished, Following, Idle, Paused, Running, Stopped};
        assert!([Running, Paused(None), Following { live: true }].iter().all(is_waited_for));
        assert!(![Idle, Finished, Stopped, Following { live: false }].iter().any(is_waited_for));
    }
}
