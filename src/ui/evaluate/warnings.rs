//! Warnings of an evaluation or a report in the panel.

use bevy_egui::egui::{Label, RichText, Ui};

use crate::ui::theme;

/// So many warnings are shown: the last ones.
const MOST_WARNINGS: usize = 4;

/// The last warnings of an evaluation or report, quietly.
pub fn warnings_ui(ui: &mut Ui, warnings: &[String]) {
    for warning in last(warnings, MOST_WARNINGS) {
        ui.add(Label::new(RichText::new(warning).font(theme::small()).color(theme::TEXT_QUIET)).wrap());
    }
}

/// At most so many at the end, each once.
fn last(warnings: &[String], most: usize) -> Vec<&String> {
    let mut shown: Vec<&String> = Vec::new();
    for warning in warnings.iter().rev() {
        if shown.len() < most && !shown.contains(&warning) {
            shown.push(warning);
        }
    }
    shown.reverse();
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_warnings_are_shown_once_each() {
        let warnings = ["a", "b", "c", "b", "d"].map(str::to_owned);
        assert_eq!(last(&warnings, 3), ["c", "b", "d"]);
        assert_eq!(last(&warnings, 9), ["a", "c", "b", "d"]);
        assert!(last(&[], 4).is_empty());
    }
}
