//! How much of what varies each axis of the open model carries, as one plot.
//!
//! Owns the pane and how it is drawn; the shares are those of the model's frame.

use bevy::ecs::system::SystemParam;
use bevy::prelude::{Res, Resource};
use bevy_egui::egui::{Stroke, Ui, Vec2, vec2};
use egui_plot::{Bar, BarChart};

use super::UiCommands;
use super::pane::{Pane, PaneFacts, View};
use super::plot;
use super::theme;
use super::widgets::{section, significant, words};
use crate::session::CurrentModel;

/// Height of the plot, in points.
const PLOT: f32 = 180.0;
/// A bar is so wide where two axes are 1 apart.
const BAR: f64 = 0.8;

/// The pane remembers nothing.
#[derive(Debug, Default, Resource)]
pub struct VariancePane;

/// What it sees.
#[derive(SystemParam)]
pub struct VarianceView<'w> {
    /// The open model.
    model: Res<'w, CurrentModel>,
}

impl Pane for VariancePane {
    const FACTS: PaneFacts = PaneFacts {
        word: "variance",
        title: "Axes",
        purpose: "See how much of what varies each axis carries",
        letter: Some('x'),
        takes_faces: false,
    };
    type View = VarianceView<'static>;

    fn left(&mut self, ui: &mut Ui, view: &View<Self>, _commands: &mut UiCommands) {
        section(ui, "Share of the variance");
        let size = vec2(ui.available_width(), PLOT);
        match &view.model.stored {
            Some(stored) => {
                let shares = stored.frame.explained_variance_ratio();
                shares_ui(ui, shares, size);
                words(ui, &in_words(shares), theme::TEXT_QUIET);
            }
            None => plot::empty(ui, size, "Open a model first"),
        }
    }
}

fn shares_ui(ui: &mut Ui, shares: &[f32], size: Vec2) {
    let bars = shares
        .iter()
        .enumerate()
        .map(|(axis, share)| Bar::new(axis as f64 + 1.0, f64::from(*share) * 100.0).width(BAR).fill(theme::ACCENT).stroke(Stroke::NONE));
    let bars = BarChart::new("shares", bars.collect()).color(theme::ACCENT).allow_hover(false);
    let plot = plot::plot("shares-of-variance", size, plot::y_axis(significant)).custom_x_axes(vec![plot::x_axis(significant)]);
    plot.include_y(0.0).show(ui, |plot| plot.bar_chart(bars));
}

/// How many axes it takes for half of what varies.
fn in_words(shares: &[f32]) -> String {
    let (total, mut sum) = (shares.iter().sum::<f32>(), 0.0);
    let half = shares.iter().take_while(|share| {
        let is_before = sum < total / 2.0;
        sum += **share;
        is_before
    });
    let half = half.count();
    format!("Percent by axis, those of the largest influence first. {half} of {} axes carry half of what all of them do.", shares.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_are_counted_up_to_half_of_what_all_carry() {
        let half = |shares: &[f32]| in_words(shares).split_once(". ").unwrap().1.split(' ').next().unwrap().to_owned();
        assert_eq!(half(&[0.5, 0.25, 0.25]), "1");
        assert_eq!(half(&[0.375, 0.3125, 0.3125]), "2");
        assert_eq!(half(&[0.25, 0.125, 0.125]), "1", "of what the axes carry, not of everything");
        assert_eq!(half(&[]), "0");
    }
}
