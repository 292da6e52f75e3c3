//! Colours as people see them: what a picture's profile means is turned into sRGB.
//!
//! Owns the use of profiles. A profile that makes no sense is passed over, as viewers do.

use std::cell::RefCell;
use std::sync::Arc;

use moxcms::{ColorProfile, DataColorSpace, Layout, Transform8BitExecutor, TransformOptions};

/// Pixels that are turned at a time.
const STRIP: usize = 1 << 14;
/// Levels of the colours that tell whether a profile changes anything.
const PROBES: [u8; 6] = [0, 40, 95, 150, 205, 255];

/// The colours of one profile.
#[derive(Clone)]
enum Conversion {
    /// They are sRGB already, or the profile makes no sense.
    Nothing,
    Colours(Arc<Transform8BitExecutor>),
    Greys(Arc<Transform8BitExecutor>),
}

thread_local! {
    /// The last profile and what it means: most pictures of a set share theirs.
    static LAST: RefCell<Option<(Vec<u8>, Conversion)>> = const { RefCell::new(None) };
}

/// Turns RGB8 pixels of `profile` into sRGB.
pub fn to_srgb(rgb: &mut [u8], profile: &[u8]) {
    let conversion = LAST.with_borrow_mut(|last| match last {
        Some((known, conversion)) if known == profile => conversion.clone(),
        _ => {
            let conversion = conversion(profile).unwrap_or(Conversion::Nothing);
            *last = Some((profile.to_vec(), conversion.clone()));
            conversion
        }
    });
    // A profile of greys on a picture in colour is a mistake that viewers pass over.
    if matches!(conversion, Conversion::Greys(_)) && rgb.chunks_exact(3).any(|pixel| pixel[0] != pixel[1] || pixel[1] != pixel[2]) {
        return;
    }
    let mut before = Vec::new();
    for strip in rgb.chunks_mut(3 * STRIP) {
        before.clear();
        let done = match &conversion {
            Conversion::Nothing => return,
            Conversion::Colours(transform) => {
                before.extend_from_slice(strip);
                transform.transform(&before, strip)
            }
            Conversion::Greys(transform) => {
                before.extend(strip.iter().step_by(3));
                transform.transform(&before, strip)
            }
        };
        // Only lengths that do not fit are refused, and those fit.
        debug_assert!(done.is_ok(), "strips are whole pixels");
    }
}

fn conversion(profile: &[u8]) -> Option<Conversion> {
    let profile = ColorProfile::new_from_slice(profile).ok()?;
    let layout = match profile.color_space {
        DataColorSpace::Rgb => Layout::Rgb,
        DataColorSpace::Gray => Layout::Gray,
        _ => return None,
    };
    let srgb = ColorProfile::new_srgb();
    let transform = profile.create_transform_8bit(layout, &srgb, Layout::Rgb, TransformOptions::default()).ok()?;
    let mut probes: Vec<u8> = Vec::new();
    for r in PROBES {
        if layout == Layout::Gray {
            probes.push(r);
            continue;
        }
        PROBES.iter().for_each(|g| PROBES.iter().for_each(|b| probes.extend([r, *g, *b])));
    }
    let before: Vec<u8> = if layout == Layout::Gray { probes.iter().flat_map(|grey| [*grey; 3]).collect() } else { probes.clone() };
    let mut after = vec![0; before.len()];
    transform.transform(&probes, &mut after).ok()?;
    // What differs by rounding only stays as it is.
    if before.iter().zip(&after).all(|(before, after)| before.abs_diff(*after) <= 1) {
        return Some(Conversion::Nothing);
    }
    Some(if layout == Layout::Gray { Conversion::Greys(transform) } else { Conversion::Colours(transform) })
}
