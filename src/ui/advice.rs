//! What would help, in the words of the panels: with the names of their controls.

use crate::words::{Advice, Setting, Voice, plainly, setting_plainly};

/// How the explorer says it.
pub const VOICE: Voice = Voice { advice, setting };

fn advice(advice: Advice) -> String {
    match advice {
        Advice::ResumeOrOverwrite => "Resume goes on with it; to begin anew, choose another folder, or let it be replaced".into(),
        Advice::Resume => "open it there and press Resume".into(),
        Advice::ResumeSlower => "lower the learning rate and press Resume".into(),
        Advice::BranchOrOverwrite => "branch off from another run into another folder, or begin anew in its place".into(),
        Advice::UseAsFaces => "a face cache is chosen as Faces, without an import".into(),
        Advice::TrainingFaces => "name the faces that the models were trained on at Training faces".into(),
        Advice::FewerAxes => "ask for fewer axes".into(),
        advice => plainly(advice),
    }
}

fn setting(setting: Setting) -> String {
    setting_plainly(setting)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_names_the_controls_of_the_panels() {
        assert_eq!(advice(Advice::TrainingFaces), "name the faces that the models were trained on at Training faces");
        assert!(advice(Advice::Resume).contains("press Resume"));
        assert_eq!(setting(Setting::Split), "split");
    }
}
