//! The settings of a run that begins with the weights of another one, and of the sizes to which their network can grow.
//!
//! Owns how a network that has learned goes on: its own size gets no share any more. What is refused is the business of `start`.

use super::SIZES;
use crate::training::{Edit, TrainingSettings, Value};

/// The knob with the sizes through which a network grows; not every kind has it.
pub const GROW: &str = "grow";
/// The knob with their shares of the planned length.
pub const STAGE_SHARES: &str = "stage_shares";

/// What a run does not take over from the one whose weights it begins with: how that grew, and which of its networks learned last.
const OF_ITS_COURSE: [&str; 3] = [GROW, STAGE_SHARES, "turns"];

/// The sizes to which a network of these settings can grow that makes faces of `size` pixels by now, ascending.
pub fn sizes_to_grow_to(settings: &TrainingSettings, size: usize) -> Vec<usize> {
    if settings.dials(size).iter().all(|dial| dial.name != GROW) {
        return Vec::new();
    }
    doublings(size).skip(1).collect()
}

/// The settings of a run that begins with the weights of a network that makes faces of `from` pixels: those of the other one, but for how it
/// grew and which of its networks learned last: all of them do. It grows to `to` pixels, or stays as it is where that is its own size.
pub fn settings_to_begin_with(learned: &TrainingSettings, from: usize, to: usize) -> TrainingSettings {
    let mut settings = learned.clone();
    let sizes: Vec<usize> = doublings(from).take_while(|size| *size <= to).collect();
    let new = sizes.len().saturating_sub(1);
    for edit in usual_course(learned) {
        settings.turn(&edit);
    }
    if new > 0 {
        let shares = std::iter::once(0.0).chain(std::iter::repeat_n(1.0 / new as f32, new)).collect();
        settings.turn(&Edit::new(GROW, Value::Numbers(sizes.iter().map(|size| *size as f32).collect())));
        settings.turn(&Edit::new(STAGE_SHARES, Value::Numbers(shares)));
    }
    settings
}

/// Where the knobs of its course stand in a run of this kind that nobody has told anything.
fn usual_course(like: &TrainingSettings) -> Vec<Edit> {
    let usual = TrainingSettings::defaults().into_iter().find(|usual| usual.kind() == like.kind());
    let stands = usual.map(|usual| usual.stands()).unwrap_or_default();
    stands.into_iter().filter(|edit| OF_ITS_COURSE.contains(&edit.knob.as_str())).collect()
}

/// The size and all that come by doubling, up to the largest that networks are made for.
fn doublings(size: usize) -> impl Iterator<Item = usize> {
    let most = SIZES[SIZES.len() - 1];
    std::iter::successors(Some(size), |size| Some(2 * size)).take_while(move |size| *size <= most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::{AutoencoderSettings, GanSettings, Turns};

    #[test]
    fn a_network_grows_from_its_own_size_at_once() {
        let learned = TrainingSettings::from(GanSettings { grow: vec![8, 16], stage_shares: vec![0.5, 0.5], ..Default::default() });
        assert_eq!(sizes_to_grow_to(&learned, 16), [32, 64]);
        let growth = |to| settings_to_begin_with(&learned, 16, to).growth();
        let far = growth(64).unwrap();
        assert_eq!((far.sizes(), far.end_of(16), far.end_of(32)), (&[16, 32, 64][..], 0.0, 0.5));
        assert_eq!(growth(32).map(|near| (near.sizes().to_vec(), near.end_of(16))), Some((vec![16, 32], 0.0)));
        assert_eq!(growth(16), None, "it stays as it is, and how it grew is over");
        assert!(settings_to_begin_with(&learned, 16, 32).check(32).is_ok());
    }

    #[test]
    fn both_networks_learn_again_whichever_learned_last() {
        let begun = GanSettings { latent: 9, learning_rate: 1e-3, ..Default::default() };
        let learned = GanSettings { grow: vec![8, 16], stage_shares: vec![0.5, 0.5], turns: Turns::Critic, ..begun.clone() };
        assert_eq!(settings_to_begin_with(&learned.clone().into(), 16, 16), begun.into(), "and all else is as it was");
        let grown = settings_to_begin_with(&learned.into(), 16, 32);
        assert!(grown.stands().contains(&Edit::new("turns", Value::Word("both".into()))));
        // A name that is no knob would be passed over in silence.
        assert_eq!(usual_course(&grown).len(), OF_ITS_COURSE.len());
    }

    #[test]
    fn what_cannot_grow_is_offered_no_size_and_begins_with_what_it_was_told() {
        let gan = TrainingSettings::from(GanSettings::default());
        assert!(sizes_to_grow_to(&gan, 64).is_empty(), "there is nothing larger");
        let other = TrainingSettings::from(AutoencoderSettings { batch: 7, ..Default::default() });
        assert!(sizes_to_grow_to(&other, 16).is_empty());
        assert_eq!(settings_to_begin_with(&other, 16, 16), other);
    }
}
