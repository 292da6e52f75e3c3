//! How the window rests: without a cause no frame is drawn until something comes.
//!
//! Owns what the window system is told and what wakes it. What keeps frames coming is named by the layers, in the session's activity.

use std::time::{Duration, Instant};

use bevy::app::TerminalCtrlCHandlerPlugin;
use bevy::ecs::message::Messages;
use bevy::log::trace;
use bevy::prelude::*;
use bevy::render::render_resource::PipelineCache;
use bevy::render::{Render, RenderApp, RenderSystems};
use bevy::time::{TimeSystems, TimeUpdateStrategy};
use bevy::window::{RequestRedraw, WindowEvent};
use bevy::winit::{EventLoopProxyWrapper, UpdateMode, WinitSettings, WinitUserEvent};

use crate::engine::Waker;
use crate::session::{Activity, Alarm, Cause, Next, SessionSystems};

/// A window that nothing wakes looks up after this time all the same.
const LONGEST: Duration = Duration::from_secs(3600);
/// For so long after the start frame follows frame: windows are fitted, pipelines compiled, panels laid out.
const BEGINNING: Duration = Duration::from_secs(2);
/// What passes for everything that moves in the first frame after a rest: that it was long says nothing of it.
const FIRST_STEP: Duration = Duration::from_millis(16);

/// Lets the app rest where its activity says so. The layers have to come after it, as they start the threads that wake it. Without a
/// window, who drives the app reads from the activity whether it would rest.
pub fn plugin(app: &mut App) {
    app.init_resource::<Activity>()
        .init_resource::<Alarm>()
        .add_systems(First, step_out_of_rest.before(TimeSystems))
        .add_systems(Update, hear_input)
        .add_systems(Last, rest_or_go_on.after(SessionSystems::Save));
    let Some(proxy) = app.world().get_resource::<EventLoopProxyWrapper>() else { return };
    let proxy = (**proxy).clone();
    // A window that is gone need not be woken.
    let waker = Waker::new(move || {
        proxy.send_event(WinitUserEvent::WakeUp).ok();
    });
    end_on_signals(app, waker.clone());
    let mode = UpdateMode::reactive_low_power(LONGEST);
    app.insert_resource(Alarm::new(waker.clone())).insert_resource(WinitSettings { focused_mode: mode, unfocused_mode: mode });
    if let Some(render_app) = app.get_sub_app_mut(RenderApp) {
        let go_on = move |pipelines: Res<PipelineCache>| {
            if pipelines.waiting_pipelines().next().is_some() {
                waker.wake();
            }
        };
        render_app.add_systems(Render, go_on.in_set(RenderSystems::Cleanup));
    }
}

/// Ends the app when a terminal or the system asks for it, also while it rests.
fn end_on_signals(app: &mut App, waker: Waker) {
    let end = move || {
        TerminalCtrlCHandlerPlugin::gracefully_exit();
        waker.wake();
    };
    // Where signals are handled already, they end the program as they did.
    ctrlc::try_set_handler(end).ok();
    app.add_systems(Update, TerminalCtrlCHandlerPlugin::exit_on_flag);
}

/// The renderer tells the time of frames, but for some frames after a rest what it tells is from before that.
fn step_out_of_rest(
    activity: Res<Activity>,
    mut strategy: ResMut<TimeUpdateStrategy>,
    mut time: ResMut<Time<Virtual>>,
    mut usual: Local<Option<Duration>>,
) {
    let usual = *usual.get_or_insert(time.max_delta());
    *strategy = match activity.rests {
        true => TimeUpdateStrategy::ManualInstant(Instant::now()),
        false => TimeUpdateStrategy::Automatic,
    };
    let longest = if activity.follows_rest() { FIRST_STEP } else { usual };
    if time.max_delta() != longest {
        time.set_max_delta(longest);
    }
}

fn hear_input(mut events: MessageReader<WindowEvent>, time: Res<Time<Real>>, mut activity: ResMut<Activity>) {
    for event in events.read() {
        trace!(?event);
        activity.because(Cause::Input);
    }
    if time.elapsed() < BEGINNING {
        activity.because(Cause::Begins);
    }
}

/// Whoever asked for a redraw has named its cause as well.
fn rest_or_go_on(mut activity: ResMut<Activity>, alarm: Res<Alarm>, mut redraws: ResMut<Messages<RequestRedraw>>) {
    redraws.clear();
    match activity.decide(Instant::now()) {
        Next::AtOnce => {
            redraws.write(RequestRedraw);
        }
        Next::At(at) => alarm.set(Some(at)),
        Next::WhenWoken => alarm.set(None),
    }
}
