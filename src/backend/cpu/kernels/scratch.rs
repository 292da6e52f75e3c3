//! Working memory that each thread keeps between calls, aligned to cache lines.

use std::cell::RefCell;

/// One cache line.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; LINE]);

const LINE: usize = 16;

thread_local! {
    /// Buffers not in use. A stack, because a thread that waits inside rayon may begin another convolution.
    static FREE: RefCell<Vec<Vec<Line>>> = const { RefCell::new(Vec::new()) };
}

/// Calls `work` with `len` numbers of unspecified (but finite or stale) contents, aligned to 64 bytes. The memory is kept for
/// the next call.
pub fn with_scratch<R>(len: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    let mut buffer = FREE.with_borrow_mut(Vec::pop).unwrap_or_default();
    let lines = len.div_ceil(LINE);
    if buffer.len() < lines {
        buffer.resize(lines, Line([0.0; LINE]));
    }
    // SAFETY: a Line is LINE numbers without padding, and `buffer` holds at least `lines` of them.
    let numbers = unsafe { std::slice::from_raw_parts_mut(buffer.as_mut_ptr().cast::<f32>(), lines * LINE) };
    let result = work(&mut numbers[..len]);
    FREE.with_borrow_mut(|free| free.push(buffer));
    result
}

/// The first `len` numbers, rounded up to whole cache lines, cut off the front of `rest`.
pub fn take<'a>(rest: &mut &'a mut [f32], len: usize) -> &'a mut [f32] {
    let (front, back) = std::mem::take(rest).split_at_mut(padded(len));
    *rest = back;
    front
}

/// `len` rounded up to whole cache lines: what [`take`] consumes.
pub fn padded(len: usize) -> usize {
    len.next_multiple_of(LINE)
}
