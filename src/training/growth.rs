//! How a network grows while it learns: from which size to which, from which share of its length on, and how long a new stage fades in
//! (Karras et al. 2018, Progressive Growing of GANs, section 2).
//!
//! Owns the plan, and where a step stands in it; plain numbers. What grows, and how, is the learner's business.

use serde::{Deserialize, Serialize};

/// Of the planned length, each of the last two stages gets this share unless the user says otherwise; those before share the rest.
const LAST_TWO: f64 = 0.25;
/// Shares add up to one but for this.
const ROUNDING: f64 = 1e-3;
/// Sizes that networks begin with and grow to.
const SIZES: std::ops::RangeInclusive<usize> = 4..=64;

/// The plan of a growth.
#[derive(Clone, Debug, PartialEq)]
pub struct Growth {
    sizes: Vec<usize>,
    shares: Vec<f64>,
    fade: f64,
    rest: f64,
}

/// A stretch of a run in which pictures have one size, and the network is made for it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// After how many steps it began.
    pub since: u64,
    /// Faces are `size` x `size` pixels.
    pub size: usize,
    /// After how many faces it began.
    pub images: u64,
    /// After how many seconds of training it began.
    pub seconds: f64,
    /// By which share its new layers have faded in.
    pub faded: f64,
}

/// The size of the faces that the next step after `step` steps learns from, where it was `first` in the beginning. At the step at which a
/// network grew it is that from then on: the checkpoint and the pictures of that very step were made before, and have the size before.
pub fn size_at(first: usize, stages: &[Stage], step: u64) -> usize {
    stages.iter().rev().find(|stage| stage.since <= step).map_or(first, |stage| stage.size)
}

/// Where a step stands in its stage; plain data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StageMoment {
    /// Faces are `size` x `size` pixels.
    pub size: usize,
    /// Faces seen since the stage began; `None` in the stage that a run begins with.
    pub images: Option<u64>,
    /// The share of its planned length that is used, 0 to 1.
    pub progress: f64,
    /// Whether all other layers rest.
    pub rests: bool,
    /// Faces that the weights had seen before the run began with them.
    pub before: u64,
}

impl StageMoment {
    /// In a run of one size, of which a share is used.
    pub fn only(size: usize, progress: f64) -> Self {
        Self { size, images: None, progress, rests: false, before: 0 }
    }
}

impl Growth {
    /// A plan. `shares`: of the planned length, one for each size, or none for the usual ones; `fade` and `rest`: shares of a stage in which
    /// its new layers fade in, and in which only they learn.
    ///
    /// # Errors
    /// What is wrong with the sizes, as a sentence without its full stop.
    pub fn new(sizes: &[usize], shares: &[f32], fade: f32, rest: f32) -> Result<Self, String> {
        let named = || sizes.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let is_allowed = |size: &usize| size.is_power_of_two() && SIZES.contains(size);
        if sizes.len() < 2 || !sizes.iter().all(is_allowed) || sizes.windows(2).any(|pair| pair[1] != 2 * pair[0]) {
            return Err(format!(
                "a network grows from one of the sizes 4, 8, 16 and 32 by doubling up to 64 at most, as in 8,16,32,64; {} is no such way",
                named()
            ));
        }
        let shares = if shares.is_empty() { usual_shares(sizes.len()) } else { shares.iter().copied().map(f64::from).collect() };
        if shares.len() != sizes.len() {
            return Err(format!("there are {} sizes and {} shares: each size needs one", sizes.len(), shares.len()));
        }
        let sum: f64 = shares.iter().sum();
        if (sum - 1.0).abs() > ROUNDING {
            return Err(format!("the shares of the sizes add up to {}, not to 1", (sum * 1e4).round() / 1e4));
        }
        if shares.last().is_none_or(|last| *last <= 0.0) {
            return Err("the last size needs a share above 0".into());
        }
        Ok(Self { sizes: sizes.to_vec(), shares, fade: f64::from(fade), rest: f64::from(rest) })
    }

    /// The size that pictures have in the beginning.
    pub fn first(&self) -> usize {
        self.sizes[0]
    }

    /// The size that they have in the end.
    pub fn last(&self) -> usize {
        self.sizes[self.sizes.len() - 1]
    }

    /// All of them, ascending.
    pub fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    /// The size after another one.
    pub fn after(&self, size: usize) -> Option<usize> {
        self.sizes.iter().copied().find(|next| *next > size)
    }

    /// The share of the planned length after which pictures of a size are over; 1 for the last.
    pub fn end_of(&self, size: usize) -> f64 {
        let before = self.sizes.iter().zip(&self.shares).take_while(|(other, _)| **other <= size);
        if size >= self.last() { 1.0 } else { before.map(|(_, share)| share).sum() }
    }

    /// The same where pictures of that size came only after a share of the planned length: later than planned, they get their share of what
    /// was left then.
    pub fn end_from(&self, size: usize, begun: f64) -> f64 {
        let shares = self.sizes.iter().zip(&self.shares).filter(|(other, _)| **other >= size).map(|(_, share)| share);
        let of_what_is_left = self.share_of(size) / shares.sum::<f64>().max(f64::MIN_POSITIVE);
        self.end_of(size).max(begun + (1.0 - begun) * of_what_is_left)
    }

    fn share_of(&self, size: usize) -> f64 {
        self.sizes.iter().position(|other| *other == size).map_or(0.0, |at| self.shares[at])
    }

    /// Whether a network for pictures of `size` pixels is to grow, as a share of the planned length is used, `begun` was used when they came,
    /// and their stage has `faded` in by a share.
    pub fn is_due(&self, size: usize, begun: f64, progress: f64, faded: f64) -> bool {
        size < self.last() && faded >= 1.0 && progress + f64::EPSILON >= self.end_from(size, begun)
    }

    /// Where a step stands. `stage`: that which it belongs to, `None` for the first one; `begun`: the share of the planned length that was
    /// used before it; `progress`: the share that is used now.
    pub fn moment(&self, stage: Option<&Stage>, begun: f64, images: u64, progress: f64) -> StageMoment {
        let size = stage.map_or(self.first(), |stage| stage.size);
        let used = used(begun, progress, self.end_from(size, begun));
        StageMoment {
            size,
            images: stage.map(|stage| images.saturating_sub(stage.images)),
            progress: used,
            rests: stage.is_some() && used < self.rest,
            before: 0,
        }
    }

    /// The share by which a stage has faded in when a share of the planned length is used; never less than it had.
    pub fn faded(&self, stage: &Stage, begun: f64, progress: f64) -> f64 {
        let used = used(begun, progress, self.end_from(stage.size, begun));
        let faded = if self.fade > 0.0 { (used / self.fade).min(1.0) } else { 1.0 };
        stage.faded.max(faded)
    }

    /// How many times smaller pictures of a size are than those of the end, in doublings.
    pub fn doublings_to(&self, size: usize) -> u32 {
        (self.last() / size).max(1).ilog2()
    }
}

/// The share of a stretch of the planned length that is used.
fn used(begun: f64, progress: f64, end: f64) -> f64 {
    ((progress - begun) / (end - begun).max(1e-9)).clamp(0.0, 1.0)
}

fn usual_shares(count: usize) -> Vec<f64> {
    match count {
        0..=2 => vec![1.0 / count.max(1) as f64; count],
        _ => (0..count).map(|at| if at + 2 >= count { LAST_TWO } else { (1.0 - 2.0 * LAST_TWO) / (count - 2) as f64 }).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grown(sizes: &[usize], shares: &[f32]) -> Result<Growth, String> {
        Growth::new(sizes, shares, 0.5, 0.0)
    }

    #[test]
    fn sizes_and_shares_that_make_no_way_are_refused_with_what_is_wrong() {
        for (sizes, shares, words) in [
            (vec![16], vec![], "is no such way"),
            (vec![32, 16], vec![], "32,16 is no such way"),
            (vec![8, 32], vec![], "is no such way"),
            (vec![8, 12], vec![], "is no such way"),
            (vec![64, 128], vec![], "is no such way"),
            (vec![16, 32], vec![0.5], "2 sizes and 1 shares"),
            (vec![16, 32], vec![0.5, 0.6], "add up to 1.1"),
            (vec![16, 32], vec![1.0, 0.0], "the last size needs"),
        ] {
            let reason = grown(&sizes, &shares).unwrap_err();
            assert!(reason.contains(words), "{reason}");
        }
        assert_eq!(grown(&[16, 32, 64], &[]).unwrap().shares, [0.5, 0.25, 0.25]);
        assert_eq!(grown(&[4, 8, 16, 32, 64], &[]).unwrap().shares.iter().sum::<f64>(), 1.0);
    }

    #[test]
    fn a_stage_begins_when_the_one_before_is_over_and_has_faded_in() {
        let growth = grown(&[16, 32, 64], &[]).unwrap();
        assert_eq!([16, 32, 64].map(|size| growth.end_of(size)), [0.5, 0.75, 1.0]);
        assert!(!growth.is_due(16, 0.0, 0.499, 1.0) && growth.is_due(16, 0.0, 0.5, 1.0));
        assert!(!growth.is_due(32, 0.5, 0.8, 0.9) && growth.is_due(32, 0.5, 0.8, 1.0));
        assert!(!growth.is_due(64, 0.75, 1.0, 1.0) && growth.after(32) == Some(64) && growth.after(64).is_none());
        assert!(grown(&[32, 64], &[0.0, 1.0]).unwrap().is_due(32, 0.0, 0.0, 1.0), "at once, where the first size has no share");
    }

    #[test]
    fn a_new_stage_fades_in_over_its_first_half_and_never_back() {
        let growth = grown(&[16, 32], &[0.5, 0.5]).unwrap();
        let mut stage = Stage { since: 10, size: 32, images: 320, seconds: 1.0, faded: 0.0 };
        let faded = |stage: &Stage, progress| growth.faded(stage, 0.5, progress);
        assert_eq!([0.5, 0.625, 0.75, 0.9].map(|progress| faded(&stage, progress)), [0.0, 0.5, 1.0, 1.0]);
        stage.faded = 0.8;
        assert_eq!(faded(&stage, 0.625), 0.8, "as after another length was planned");
        let moment = growth.moment(Some(&stage), 0.5, 400, 0.75);
        assert_eq!(moment, StageMoment { images: Some(80), ..StageMoment::only(32, 0.5) });
        assert_eq!(growth.moment(None, 0.0, 400, 0.25), StageMoment::only(16, 0.5));
    }

    #[test]
    fn a_stage_that_comes_late_gets_its_share_of_what_is_left() {
        let growth = grown(&[16, 32, 64], &[]).unwrap();
        let late = Stage { since: 10, size: 32, images: 800, seconds: 1.0, faded: 0.0 };
        let faded = [0.8, 0.825, 0.85].map(|progress| growth.faded(&late, 0.8, progress));
        assert!(faded.iter().zip([0.0, 0.5, 1.0]).all(|(faded, wanted)| (faded - wanted).abs() < 1e-9), "{faded:?}");
        assert!(!growth.is_due(32, 0.8, 0.89, 1.0) && growth.is_due(32, 0.8, 0.9 + 1e-12, 1.0));
        let early = Stage { images: 250, ..late };
        assert_eq!(growth.faded(&early, 0.25, 0.5), 1.0, "after more was planned: half of the way to the end that is planned now");
        assert!(!growth.is_due(32, 0.25, 0.74, 1.0) && growth.is_due(32, 0.25, 0.75, 1.0));
    }

    #[test]
    fn other_layers_rest_in_the_first_part_of_a_stage() {
        let growth = Growth::new(&[16, 32], &[], 0.5, 0.1).unwrap();
        let stage = Stage { since: 10, size: 32, images: 320, seconds: 1.0, faded: 0.0 };
        let rests = |stage, progress| growth.moment(stage, 0.5, 400, progress).rests;
        assert!(rests(Some(&stage), 0.51) && !rests(Some(&stage), 0.56) && !rests(None, 0.5));
    }
}
