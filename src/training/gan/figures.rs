//! What is measured at a step of a GAN.

use crate::training::figure::{Figure, FigureGroup, Good, InLine};

/// The places of the figures in their list.
pub mod place {
    /// Of the generator's loss.
    pub const GENERATOR_LOSS: usize = 0;
    /// Of the critic's loss.
    pub const CRITIC_LOSS: usize = 1;
    /// Of the weighted gradient penalty.
    pub const PENALTY: usize = 2;
    /// Of the mean length of gradients.
    pub const GRADIENT_NORM: usize = 3;
    /// Of the mean score of real faces.
    pub const REAL_SCORE: usize = 4;
    /// Of the mean score of fake faces.
    pub const FAKE_SCORE: usize = 5;
    /// Of the share of pairs told apart.
    pub const ACCURACY: usize = 6;
    /// Of the share of differences.
    pub const DIVERSITY: usize = 7;
}

/// The figures of a step, in the order of their places.
pub const GAN_FIGURES: &[Figure] = &[
    Figure::loss("generator_loss", "generator loss", "What the generator minimises; it says little of how good the faces are")
        .good(Good::Neither)
        .in_line(InLine::Course),
    Figure::loss("critic_loss", "critic loss", "What the critic minimises; near its value at the start, it cannot tell faces apart")
        .good(Good::Neither)
        .in_line(InLine::Words(|loss| format!("critic {loss:.3}"))),
    Figure::of(FigureGroup::Penalty, "penalty", "penalty", "The gradient penalty as it counts in the critic's loss")
        .in_line(InLine::Words(|penalty| format!("penalty {penalty:.3}"))),
    Figure::of(
        FigureGroup::Penalty,
        "gradient_norm",
        "gradient norm",
        "The mean length of the critic's gradients for pictures, which WGAN-GP holds near 1",
    )
    .in_line(InLine::Words(|norm| format!("gradient {norm:.2}"))),
    Figure::of(FigureGroup::Scores, "real_score", "real score", "What the critic thinks of real faces on average"),
    Figure::of(
        FigureGroup::Scores,
        "fake_score",
        "fake score",
        "What the critic thinks of fake faces on average: the further below that of real ones, the more easily it tells which is which",
    ),
    Figure::of(
        FigureGroup::Balance,
        "accuracy",
        "accuracy",
        "The share of pairs of a real and a fake face that the critic tells apart: near 1 it wins, near 0.5 it guesses",
    )
    .in_line(InLine::Words(|accuracy| format!("{:.0} % told apart", 100.0 * accuracy))),
    Figure::of(
        FigureGroup::Balance,
        "diversity",
        "diversity",
        "How much fake faces differ, as a share of how much real ones do: near 0, modes collapse",
    )
    .good(Good::High)
    .in_line(InLine::Words(|diversity| format!("diversity {diversity:.2}"))),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_stands_at_its_place() {
        let at = |place: usize| GAN_FIGURES[place].name;
        assert_eq!((at(place::GENERATOR_LOSS), at(place::CRITIC_LOSS), at(place::PENALTY)), ("generator_loss", "critic_loss", "penalty"));
        assert_eq!((at(place::GRADIENT_NORM), at(place::REAL_SCORE)), ("gradient_norm", "real_score"));
        assert_eq!((at(place::FAKE_SCORE), at(place::ACCURACY), at(place::DIVERSITY)), ("fake_score", "accuracy", "diversity"));
    }
}
