//! What to expect of a training before it shows anything: what is seen after how many images, and when that is at the rate of this machine.
//!
//! Owns the arithmetic and the sentences. The figures stand in the room of each kind, with where they were measured; a rate comes from
//! the run itself, and before there is one nobody knows.

use super::plan::Budget;
use crate::words::{capital, duration, grouped};

/// Something that is seen from so many images on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Milestone {
    /// Images seen by then.
    pub images: u64,
    /// What is seen, in the plural and without an article.
    pub shows: &'static str,
}

/// What a kind of network shows while it learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// What is seen at first.
    pub first: &'static str,
    /// What is seen later, ascending.
    pub milestones: &'static [Milestone],
    /// With what that was measured: others are faster or slower.
    pub measured: &'static str,
}

/// How far a training is, and how fast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// Images seen.
    pub images: u64,
    /// Seconds of training so far.
    pub seconds: f64,
    /// Images in a second, as measured; `None` before anything was.
    pub rate: Option<f64>,
    /// The planned length.
    pub budget: Budget,
    /// A rate is only worth something once faces have so many pixels, where the network grows.
    pub known_at: Option<usize>,
}

impl Pace {
    /// That of a training that has not begun; `rate`: that of one like it, on the same machine, where there was one.
    pub fn before(budget: Budget, rate: Option<f64>) -> Self {
        Self { images: 0, seconds: 0.0, rate, budget, known_at: None }
    }

    /// When a rate is known.
    fn known_when(&self) -> String {
        self.known_at.map_or_else(|| "runs".into(), |size| format!("draws {size} x {size} pixels"))
    }

    /// So many images are seen by the planned end; `None` where that follows from a rate that is not known.
    fn images_at_end(&self) -> Option<u64> {
        match self.budget {
            Budget::Images(images) => Some(images),
            Budget::Seconds(seconds) => {
                let more = self.rate? * (seconds - self.seconds).max(0.0);
                Some(self.images.saturating_add(more as u64))
            }
        }
    }
}

/// Of the images to what is seen next, so many are over before that begins to show.
const STILL: f64 = 0.25;

impl Expectation {
    /// What is seen by now: nobody wakes up one image to find all changed.
    fn now(&self, images: u64) -> String {
        let (seen, from) =
            self.milestones.iter().rev().find(|one| one.images <= images).map_or((self.first, 0), |one| (one.shows, one.images));
        match self.milestones.iter().find(|one| one.images > images) {
            _ if images == 0 => format!("{seen} at first"),
            Some(next) if (images - from) as f64 >= STILL * (next.images - from) as f64 => {
                format!("between {seen} and {} by now", next.shows)
            }
            _ => format!("{seen} by now"),
        }
    }

    /// What is seen after so many images.
    pub fn at(&self, images: u64) -> &'static str {
        self.milestones.iter().rev().find(|milestone| milestone.images <= images).map_or(self.first, |milestone| milestone.shows)
    }

    /// Where the figures are from, as a sentence.
    pub fn source_in_words(&self) -> String {
        format!("As measured with {}; other settings, sizes and faces come sooner or later.", self.measured)
    }

    /// What comes, and when, in sentences; `None` once everything that is known of has come.
    pub fn ahead(&self, pace: &Pace) -> Option<String> {
        let ahead: Vec<&Milestone> = self.milestones.iter().filter(|milestone| milestone.images > pace.images).collect();
        let last = ahead.last()?;
        let rate = pace.rate.filter(|rate| rate.is_finite() && *rate > 0.0);
        let steps = ahead.iter().map(|milestone| match rate {
            Some(rate) => format!("{} in {}", milestone.shows, duration((milestone.images - pace.images) as f64 / rate)),
            None => format!("{} after {} images", milestone.shows, grouped(milestone.images)),
        });
        let steps = steps.collect::<Vec<_>>().join(", ");
        let now = capital(&self.now(pace.images));
        let mut text = match rate {
            Some(rate) => format!("{now}; at {} images/s {steps}.", rate_in_words(rate)),
            None => format!("{now}; {steps}. How long that takes is known once it {}.", pace.known_when()),
        };
        match (Pace { rate, ..*pace }).images_at_end() {
            Some(images) if images < last.images => {
                text += &format!(" The planned length ends after {} images, with {}.", grouped(images), self.at(images));
            }
            Some(_) => {}
            None => text += " So is what comes of the planned minutes.",
        }
        Some(text)
    }
}

/// A rate as a whole number, where it is one image a second or more.
fn rate_in_words(rate: f64) -> String {
    if rate >= 1.0 { grouped(rate.round() as u64) } else { format!("{rate:.2}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOY: Expectation = Expectation {
        first: "noise",
        milestones: &[Milestone { images: 100, shows: "blocks" }, Milestone { images: 1000, shows: "faces" }],
        measured: "a toy",
    };

    #[test]
    fn what_comes_is_said_before_one_waits_and_without_a_rate_nothing_is_promised() {
        let text = TOY.ahead(&Pace::before(Budget::Images(5000), None)).unwrap();
        assert_eq!(text, "Noise at first; blocks after 100 images, faces after 1,000 images. How long that takes is known once it runs.");
        let text = TOY.ahead(&Pace::before(Budget::Seconds(150.0), None)).unwrap();
        assert!(text.ends_with("So is what comes of the planned minutes."), "{text}");
        let growing = Pace { known_at: Some(64), ..Pace::before(Budget::Images(5000), None) };
        assert!(TOY.ahead(&growing).unwrap().ends_with("How long that takes is known once it draws 64 x 64 pixels."));
        let text = TOY.ahead(&Pace::before(Budget::Seconds(150.0), Some(2.0))).unwrap();
        assert!(text.starts_with("Noise at first; at 2 images/s blocks in 50 s") && text.ends_with("300 images, with blocks."), "{text}");
        let text = TOY.ahead(&Pace::before(Budget::Images(500), None)).unwrap();
        assert!(text.ends_with("The planned length ends after 500 images, with blocks."), "{text}");
    }

    #[test]
    fn a_measured_rate_says_when() {
        let pace = Pace { images: 40, seconds: 20.0, rate: Some(2.0), budget: Budget::Images(5000), known_at: None };
        assert_eq!(TOY.ahead(&pace).unwrap(), "Between noise and blocks by now; at 2 images/s blocks in 30 s, faces in 8 min 00 s.");
        let short = Pace { budget: Budget::Seconds(45.0), ..pace };
        assert!(TOY.ahead(&short).unwrap().ends_with("The planned length ends after 90 images, with noise."), "{:?}", TOY.ahead(&short));
        let passed = Pace { images: 500, ..pace };
        assert_eq!(TOY.ahead(&passed).unwrap(), "Between blocks and faces by now; at 2 images/s faces in 4 min 10 s.");
        assert_eq!(TOY.ahead(&Pace { images: 1000, ..pace }), None, "everything has come");
    }

    #[test]
    fn what_is_seen_does_not_lag_behind_what_is_shown() {
        let now = [0, 1, 24, 25, 99, 100, 324, 325, 1000].map(|images| TOY.now(images));
        let between = |one: &str, other: &str| format!("between {one} and {other} by now");
        assert_eq!(now[..3], ["noise at first", "noise by now", "noise by now"]);
        assert_eq!(now[3..5], [between("noise", "blocks"), between("noise", "blocks")]);
        assert_eq!(now[5..], ["blocks by now".into(), "blocks by now".into(), between("blocks", "faces"), "faces by now".into()]);
    }

    #[test]
    fn a_rate_that_is_none_is_not_divided_by() {
        let pace = Pace { images: 40, seconds: 20.0, rate: None, budget: Budget::Seconds(60.0), known_at: None };
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(TOY.ahead(&Pace { rate: Some(rate), ..pace }), TOY.ahead(&pace), "{rate}");
        }
        let slow = TOY.ahead(&Pace { rate: Some(1e-9), ..pace }).unwrap();
        assert!(slow.contains("blocks in more than a year"), "{slow}");
    }
}
