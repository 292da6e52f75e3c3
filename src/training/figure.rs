//! Figures: what a learner measures at every step, as data.
//!
//! A learner lists its figures once; columns of curves, lines of panels, the live line of the command line and summaries all come from
//! that list. Knows no kind.

/// Figures that are drawn together, because their heights compare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FigureGroup {
    /// What is minimised, and every figure that has no group of its own.
    #[default]
    Losses,
    /// A gradient penalty and what it holds.
    Penalty,
    /// What a critic thinks of real and fake faces.
    Scores,
    /// How a game stands: shares from 0 to 1, or about.
    Balance,
}

impl FigureGroup {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Losses, Self::Penalty, Self::Scores, Self::Balance];

    /// What panels call it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Losses => "Losses",
            Self::Penalty => "Penalty",
            Self::Scores => "Scores",
            Self::Balance => "Balance",
        }
    }
}

/// Which way a figure is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Good {
    /// The lower the better.
    Low,
    /// The higher the better.
    High,
    /// Neither: it tells how things stand.
    Neither,
}

/// How a figure appears in the one line that a training shows on a terminal.
#[derive(Clone, Copy)]
pub enum InLine {
    /// As the one whose course is drawn.
    Course,
    /// In these words, behind the course.
    Words(fn(f32) -> String),
    /// Not at all.
    Absent,
}

/// Something that is measured at every step, or at some.
#[derive(Clone, Copy)]
pub struct Figure {
    /// Its column in the curves.
    pub name: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// What it means, as a sentence without its full stop.
    pub help: &'static str,
    /// What it is drawn with.
    pub group: FigureGroup,
    /// Which way it is good.
    pub good: Good,
    /// How it appears on a terminal.
    pub in_line: InLine,
}

impl Figure {
    /// A loss, which is minimised.
    pub const fn loss(name: &'static str, label: &'static str, help: &'static str) -> Self {
        Self { name, label, help, group: FigureGroup::Losses, good: Good::Low, in_line: InLine::Absent }
    }

    /// A figure of a group that tells how things stand.
    pub const fn of(group: FigureGroup, name: &'static str, label: &'static str, help: &'static str) -> Self {
        Self { name, label, help, group, good: Good::Neither, in_line: InLine::Absent }
    }

    /// Good this way.
    pub const fn good(self, good: Good) -> Self {
        Self { good, ..self }
    }

    /// With a place on the terminal.
    pub const fn in_line(self, in_line: InLine) -> Self {
        Self { in_line, ..self }
    }

    /// What it means and which way is good, in sentences.
    pub fn described(&self) -> String {
        let good = match self.good {
            Good::Low => " Lower is better.",
            Good::High => " Higher is better.",
            Good::Neither => " It tells how things stand; neither way is better by itself.",
        };
        format!("{}.{good}", self.help)
    }
}

/// The error on faces that are not learned from, which the training measures itself.
pub const HELD_OUT: Figure =
    Figure::loss("held_out_mse", "held-out error", "Mean squared error, in [0, 1] units, on faces that are never learned from");

/// The names of figures, in their order.
pub fn names_of(figures: &[Figure]) -> Vec<&'static str> {
    figures.iter().map(|figure| figure.name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::TrainingSettings;

    #[test]
    fn every_figure_says_what_it_means_and_which_way_is_good() {
        for figure in TrainingSettings::all_figures().into_iter().flatten().chain([&HELD_OUT]) {
            let words = figure.described();
            assert!(figure.help.len() > 20 && words.starts_with(figure.help), "{}: {words}", figure.name);
            assert!(words.ends_with("better.") || words.ends_with("by itself."), "{}: {words}", figure.name);
        }
    }
}
