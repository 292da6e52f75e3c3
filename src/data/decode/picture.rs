//! A decoded picture, and how large one may be.
//!
//! Owns the limits of size, and that large pictures come one after another; decoding is others' business.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Larger pictures are refused rather than held in memory, in decoded bytes.
pub const MAX_BYTES: usize = 600 << 20;
/// Pictures beyond this many decoded bytes are decoded one at a time.
const LARGE: usize = 64 << 20;

/// Held while a large picture is in memory.
static ONE_LARGE: Mutex<()> = Mutex::new(());

/// A decoded picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// In pixels.
    pub width: usize,
    /// In pixels.
    pub height: usize,
    /// RGB8 rows; only the first of them where others were not asked for.
    pub rgb: Vec<u8>,
}

/// Refuses sizes that make no sense or too much of it.
///
/// # Errors
/// A short reason.
pub fn checked_size(width: usize, height: usize, pixel: usize) -> Result<(), String> {
    if width == 0 || height == 0 {
        return Err("it has no pixels".into());
    }
    match width.checked_mul(height).and_then(|pixels| pixels.checked_mul(pixel)) {
        Some(bytes) if bytes <= MAX_BYTES => Ok(()),
        _ => Err(format!("it has {width}x{height} pixels, which is too large")),
    }
}

/// A picture whose size makes sense and whose pixels are all there.
///
/// # Errors
/// A short reason.
pub fn checked(width: usize, height: usize, rgb: Vec<u8>) -> Result<Picture, String> {
    checked_size(width, height, 3)?;
    if rgb.len() != width * height * 3 {
        return Err("it does not hold the pixels that its header promises".into());
    }
    Ok(Picture { width, height, rgb })
}

/// To be held while a picture of so many bytes is in memory, so that large ones come one after another.
pub fn one_large(bytes: usize) -> Option<MutexGuard<'static, ()>> {
    (bytes > LARGE).then(|| ONE_LARGE.lock().unwrap_or_else(PoisonError::into_inner))
}
