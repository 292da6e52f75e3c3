//! When averages are kept for good: evenly in the logarithm of the faces that they have seen, within a bound of bytes.
//!
//! The end of a run is not known while it goes on, so the places are those of a fixed grid: 16 for each tenfold of faces, from 1,000 on, which
//! makes 48 up to a million. What was kept is never removed; where room is short, places are left out, so that what is left of it is spread
//! evenly over what may still come.

/// Snapshots of one run take at most so many bytes.
pub const ROOM: u64 = 64 << 20;
/// The first place.
const FIRST: u64 = 1000;
/// Places for each tenfold of faces.
const A_DECADE: f64 = 16.0;
/// Runs are expected to end about here: room is spread up to it.
const HORIZON: u64 = 2_000_000;
/// Beyond that, room is spread over so many places more.
const BEYOND: u64 = 8;

/// The place of the grid that so many faces have reached; `None` before the first one.
fn place(faces: u64) -> Option<u64> {
    (faces >= FIRST).then(|| (A_DECADE * (faces as f64 / FIRST as f64).log10()).floor() as u64)
}

/// Whether a step that takes the averages from `before` faces to `after` comes to a place where they may be kept.
pub fn is_place(before: u64, after: u64) -> bool {
    place(after) > place(before)
}

/// Whether they are kept at such a place: `last`, the faces of those that were kept last since the averages began, `bytes`, what these
/// would take, `used`, what all of the run take already, and `later`, in how many more stages the network grows, which leave as much room to
/// each other.
pub fn is_kept(last: Option<u64>, faces: u64, bytes: u64, used: u64, later: u64) -> bool {
    let free = ROOM.saturating_sub(used) / (1 + later);
    let Some(now) = place(faces).filter(|_| bytes <= free) else { return false };
    let ahead = 1 + place(HORIZON).unwrap_or_default().saturating_sub(now).max(BEYOND);
    let apart = (ahead * bytes).div_ceil(free);
    last.and_then(place).is_none_or(|last| now >= last + apart)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The faces at which averages of so many bytes are kept in a run of `images` faces in batches of 32.
    fn kept(images: u64, bytes: u64) -> Vec<u64> {
        let mut kept: Vec<u64> = Vec::new();
        for faces in (32..=images).step_by(32) {
            let used = kept.len() as u64 * bytes;
            if is_place(faces - 32, faces) && is_kept(kept.last().copied(), faces, bytes, used, 0) {
                kept.push(faces);
            }
        }
        kept
    }

    #[test]
    fn about_48_lie_evenly_in_the_logarithm() {
        for (images, least, most) in [(500_000, 43, 45), (1_000_000, 48, 50), (2_000_000, 53, 55)] {
            let kept = kept(images, 800_000);
            assert!((least..=most).contains(&kept.len()), "{images}: {}", kept.len());
            assert_eq!(kept[0], 1024, "the first step from 1,000 faces on");
            let late = kept.iter().filter(|faces| **faces > 20_000).copied().collect::<Vec<_>>();
            assert!(late.windows(2).all(|pair| (1.14..1.17).contains(&(pair[1] as f64 / pair[0] as f64))), "{late:?}");
        }
        assert_eq!(kept(900, 1000), [] as [u64; 0]);
    }

    #[test]
    fn room_bounds_them_and_none_has_to_go() {
        for mib in [2_u64, 6, 20, 60, 65] {
            let bytes = mib << 20;
            let kept = kept(20_000_000, bytes);
            assert!(kept.len() as u64 * bytes <= ROOM, "{mib} MiB: {}", kept.len());
            if mib > 64 {
                assert!(kept.is_empty());
                continue;
            }
            let until_horizon = kept.iter().filter(|faces| **faces <= HORIZON).count();
            assert!(until_horizon as u64 * bytes >= ROOM / 4, "{mib} MiB: room is used: {kept:?}");
            let ratios: Vec<f64> = kept[..until_horizon].windows(2).map(|pair| pair[1] as f64 / pair[0] as f64).collect();
            let (least, most) = ratios.iter().fold((f64::MAX, 0.0_f64), |(least, most), ratio| (least.min(*ratio), most.max(*ratio)));
            assert!(ratios.is_empty() || most.ln() < 3.5 * least.ln(), "{mib} MiB: evenly: {ratios:?}");
        }
    }

    #[test]
    fn a_new_beginning_has_places_of_its_own() {
        assert!(is_place(999, 1000) && !is_place(1000, 1010) && !is_place(0, 999));
        assert!(is_kept(None, 1000, 1 << 20, 40 << 20, 0) && !is_kept(None, 1000, 1 << 20, ROOM, 0));
        assert!(is_kept(None, 1000, 9 << 20, 46 << 20, 1) && !is_kept(None, 1000, 10 << 20, 46 << 20, 1), "half is for the next stage");
    }
}
