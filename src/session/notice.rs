//! The one line that tells the user what went otherwise than expected.
//!
//! Owns the line and how it goes away; the status bar shows it.

use bevy::prelude::*;

use super::SessionSystems;

pub(super) fn plugin(app: &mut App) {
    app.add_message::<DismissNotice>().init_resource::<Notice>().add_systems(Update, dismiss.in_set(SessionSystems::Steer));
}

/// What the user should know, until it is dismissed; the newest line replaces the one before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Resource)]
pub struct Notice(pub Option<String>);

/// Asks to take the notice away.
#[derive(Clone, Copy, Debug, Message)]
pub struct DismissNotice;

fn dismiss(mut requests: MessageReader<DismissNotice>, mut notice: ResMut<Notice>) {
    if requests.read().last().is_some() {
        notice.0 = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_stays_until_it_is_dismissed() {
        let mut app = App::new();
        app.add_plugins(plugin);
        app.world_mut().resource_mut::<Notice>().0 = Some("the disk is full".into());
        app.update();
        assert!(app.world().resource::<Notice>().0.is_some());
        app.world_mut().write_message(DismissNotice);
        app.update();
        assert_eq!(app.world().resource::<Notice>().0, None);
    }
}
