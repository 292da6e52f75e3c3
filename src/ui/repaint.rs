//! When panels want to be drawn again: at once while something in them moves, later where a tooltip or a cursor waits for its time.

use std::time::{Duration, Instant};

use bevy::log::trace;
use bevy::prelude::*;
use bevy_egui::egui::{Event, ViewportId};
use bevy_egui::{EguiContext, EguiFullOutput, EguiInput, EguiPostUpdateSet, EguiPreUpdateSet};

use crate::session::{Activity, Cause};

pub(super) fn plugin(app: &mut App) {
    app.add_systems(PreUpdate, forget_old_news.after(EguiPreUpdateSet::ProcessInput).before(EguiPreUpdateSet::BeginPass))
        .add_systems(PostUpdate, ask.after(EguiPostUpdateSet::EndPass).before(EguiPostUpdateSet::ProcessOutput));
}

/// Panels are told in every frame which modifiers are held, and take everything that they are told for a reason to be drawn again.
fn forget_old_news(mut contexts: Query<(&mut EguiContext, &mut EguiInput)>) {
    for (mut context, mut input) in &mut contexts {
        let known = Event::ModifiersChanged(context.get_mut().input(|input| input.modifiers));
        input.events.retain(|event| *event != known);
    }
}

fn ask(mut outputs: Query<(&mut EguiContext, &EguiFullOutput)>, mut activity: ResMut<Activity>) {
    for (mut context, _) in &mut outputs {
        trace!(repaints = ?context.get_mut().repaint_causes());
    }
    let delays = outputs.iter().filter_map(|(_, output)| Some(output.0.as_ref()?.viewport_output.get(&ViewportId::ROOT)?.repaint_delay));
    pass_on(delays.min(), Instant::now(), &mut activity);
}

/// Panels that want nothing name a delay beyond all times.
fn pass_on(delay: Option<Duration>, now: Instant, activity: &mut Activity) {
    match delay {
        Some(Duration::ZERO) => activity.because(Cause::Panels),
        Some(delay) => {
            if let Some(at) = now.checked_add(delay) {
                activity.by(at);
            }
        }
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Next;

    #[test]
    fn panels_are_drawn_when_they_want_to_be() {
        let (now, second) = (Instant::now(), Duration::from_secs(1));
        let mut activity = Activity::resting();
        let mut next = |delay| {
            pass_on(delay, now, &mut activity);
            activity.decide(now)
        };
        assert_eq!(next(Some(Duration::ZERO)), Next::AtOnce);
        assert_eq!(next(Some(second)), Next::At(now + second));
        assert_eq!(next(Some(Duration::MAX)), Next::WhenWoken);
        assert_eq!(next(None), Next::WhenWoken);
    }
}
