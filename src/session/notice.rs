//! The one line that tells the user what went otherwise than expected.
//!
//! Owns the line and how it goes away: by hand, or with the next success of what it complains of. The status bar shows it.

use bevy::prelude::*;

use super::SessionSystems;

pub(super) fn plugin(app: &mut App) {
    app.add_message::<DismissNotice>().init_resource::<Notice>().add_systems(Update, dismiss.in_set(SessionSystems::Steer));
}

/// What the user should know, until it is dismissed; the newest line replaces the one before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Resource)]
pub struct Notice(pub Option<String>);

/// What the user was last told to have failed in one matter: it goes with the next success there, as long as it is still on screen.
#[derive(Debug, Default)]
pub(super) struct Complaint(Option<String>);

impl Complaint {
    /// Tells it.
    pub(super) fn make(&mut self, notice: &mut Notice, text: String) {
        notice.0 = Some(text.clone());
        self.0 = Some(text);
    }

    /// Takes it away, and nothing else that was told meanwhile.
    pub(super) fn settle(&mut self, notice: &mut Notice) {
        if let Some(text) = self.0.take()
            && notice.0.as_ref() == Some(&text)
        {
            notice.0 = None;
        }
    }
}

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
    fn a_complaint_goes_with_the_next_success_and_takes_nothing_else_along() {
        let (mut notice, mut complaint) = (Notice::default(), Complaint::default());
        complaint.make(&mut notice, "no run stands there".into());
        assert!(notice.0.is_some());
        complaint.settle(&mut notice);
        assert_eq!(notice, Notice(None));
        complaint.make(&mut notice, "no run stands there".into());
        notice.0 = Some("the disk is full".into());
        complaint.settle(&mut notice);
        assert_eq!(notice, Notice(Some("the disk is full".into())));
    }

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
