//! When averages are kept for good: evenly in the logarithm of the faces that they have seen, within a bound of bytes.
//!
//! The places are those of a fixed grid: 16 for each tenfold of faces, from 1,000 on, which makes 49 up to a million. What was kept is never
//! removed. Where room is short, it is for the last part of the planned length, which counts in every average of its end: places before it
//! are left out, and those in it that would take more than the room, so that what is left of it is spread evenly over what may still come.

/// Snapshots of one run take at most so many bytes.
pub const ROOM: u64 = 64 << 20;
/// The first place.
const FIRST: u64 = 1000;
/// Places for each tenfold of faces.
const A_DECADE: f64 = 16.0;
/// None is kept before so much of what is left of the room would hold every second place up to the end.
const CROWDED: u64 = 2;
/// The room is spread over so many places behind the planned end, for a run that is prolonged.
const BEYOND: u64 = 4;

/// The place of the grid that so many faces have reached; `None` before the first one.
fn place(faces: u64) -> Option<u64> {
    (faces >= FIRST).then(|| (A_DECADE * (faces as f64 / FIRST as f64).log10()).floor() as u64)
}

/// Whether a step that takes the averages from `before` faces to `after` comes to a place where they may be kept.
pub fn is_place(before: u64, after: u64) -> bool {
    place(after) > place(before)
}

/// The bytes that snapshots may take until the network grows next: `used`, what all of the run take already, and `later`, in how many more
/// stages it grows, which leave as much room to each other.
pub fn room_left(used: u64, later: u64) -> u64 {
    ROOM.saturating_sub(used) / (1 + later)
}

/// Whether they are kept at such a place: `last`, the faces of those that were kept last since the averages began, `end`, the faces that they
/// will have seen where the run, or the stage of a network that grows, is planned to end, `bytes`, what they would take, and `room`, what
/// is left for them.
pub fn is_kept(last: Option<u64>, faces: u64, end: u64, bytes: u64, room: u64) -> bool {
    let Some(now) = place(faces).filter(|_| bytes <= room) else { return false };
    let ahead = 1 + place(end).unwrap_or_default().saturating_sub(now);
    if ahead.saturating_mul(bytes) > CROWDED * room {
        return false;
    }
    let apart = ((ahead + BEYOND) * bytes).div_ceil(room);
    last.and_then(place).is_none_or(|last| now >= last + apart)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::power_average::{Profile, TRACKED, combine};

    /// The faces at which averages of so many bytes are kept in a run of `images` faces in batches of 32, planned to end at `end`.
    fn kept(images: u64, end: u64, bytes: u64) -> Vec<u64> {
        let mut kept: Vec<u64> = Vec::new();
        for faces in (32..=images).step_by(32) {
            let room = room_left(kept.len() as u64 * bytes, 0);
            if is_place(faces - 32, faces) && is_kept(kept.last().copied(), faces, end, bytes, room) {
                kept.push(faces);
            }
        }
        kept
    }

    #[test]
    fn about_48_lie_evenly_in_the_logarithm() {
        for (images, least, most) in [(500_000, 43, 45), (1_000_000, 48, 50), (2_000_000, 53, 55)] {
            let kept = kept(images, images, 800_000);
            assert!((least..=most).contains(&kept.len()), "{images}: {}", kept.len());
            assert_eq!(kept[0], 1024, "the first step from 1,000 faces on");
            let late = kept.iter().filter(|faces| **faces > 20_000).copied().collect::<Vec<_>>();
            assert!(late.windows(2).all(|pair| (1.14..1.17).contains(&(pair[1] as f64 / pair[0] as f64))), "{late:?}");
        }
        assert_eq!(kept(900, 900, 1000), [] as [u64; 0]);
    }

    #[test]
    fn room_bounds_them_and_none_has_to_go() {
        for mib in [2_u64, 6, 20, 40, 60, 65] {
            let bytes = mib << 20;
            let kept = kept(8_000_000, 2_000_000, bytes);
            assert!(kept.len() as u64 * bytes <= ROOM, "{mib} MiB: {}", kept.len());
            if mib > 64 {
                assert!(kept.is_empty());
                continue;
            }
            let until_end = kept.iter().filter(|faces| **faces <= 2_000_000).count();
            assert!(until_end >= 1 && until_end as u64 * bytes >= ROOM / 4, "{mib} MiB: room is used: {kept:?}");
            assert!(kept[until_end - 1] > 1_000_000, "{mib} MiB: up to the last part of the plan: {kept:?}");
            let ratios: Vec<f64> = kept[..until_end].windows(2).map(|pair| pair[1] as f64 / pair[0] as f64).collect();
            let (least, most) = ratios.iter().fold((f64::MAX, 0.0_f64), |(least, most), ratio| (least.min(*ratio), most.max(*ratio)));
            assert!(ratios.is_empty() || most.ln() < 3.5 * least.ln(), "{mib} MiB: evenly: {ratios:?}");
        }
    }

    /// How far the average of a length is off after `images` faces, of these moments and a checkpoint at the end.
    fn residual(kept: &[u64], images: u64, length: f64) -> f64 {
        let moments = kept.iter().copied().filter(|faces| *faces < images).chain([images]);
        let profiles: Vec<Profile> = moments.flat_map(|faces| TRACKED.map(|tracked| Profile::new(tracked, faces as f64))).collect();
        combine(&profiles, &Profile::new(length, images as f64)).unwrap().residual
    }

    #[test]
    fn large_networks_have_averages_of_their_planned_end_too() {
        const END: u64 = 1_000_000;
        // Megabytes of a snapshot, and what lengths of 0.15 and 0.25 are off by at most.
        for (megabytes, middle, long) in [(1, 0.04, 0.08), (6, 0.07, 0.22), (11, 0.11, 0.35), (19, 0.12, 0.49)] {
            let kept = kept(END, END, megabytes * 1_000_000);
            assert!(*kept.last().unwrap() > END * 7 / 10, "{megabytes} MB: {kept:?}");
            for (length, most) in [(0.07, 0.05), (0.15, middle), (0.25, long)] {
                let found = residual(&kept, END, length);
                assert!(found < most, "{megabytes} MB, {length}: {found}: {kept:?}");
            }
        }
    }

    #[test]
    fn a_run_that_is_prolonged_finds_room_for_more() {
        for megabytes in [6, 11, 19] {
            let bytes = megabytes * 1_000_000;
            let before = kept(1_000_000, 1_000_000, bytes);
            let room = room_left(before.len() as u64 * bytes, 0);
            let mut more = (32..=62_500).map(|step| 32 * step).filter(|faces| *faces > 1_000_000 && is_place(faces - 32, *faces));
            let found = more.any(|faces| is_kept(before.last().copied(), faces, 2_000_000, bytes, room));
            assert!(found, "{megabytes} MB: {before:?}");
        }
    }

    #[test]
    fn a_new_beginning_has_places_of_its_own() {
        assert!(is_place(999, 1000) && !is_place(1000, 1010) && !is_place(0, 999));
        assert!(is_kept(None, 1000, 1000, 1 << 20, room_left(40 << 20, 0)) && !is_kept(None, 1000, 1000, 1 << 20, room_left(ROOM, 0)));
        let room = room_left(46 << 20, 1);
        assert!(is_kept(None, 1000, 1000, 9 << 20, room) && !is_kept(None, 1000, 1000, 10 << 20, room), "half is for the next stage");
    }
}
