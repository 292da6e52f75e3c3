//! An output slice that several threads write at the same time, each its own part.

use std::marker::PhantomData;

/// A slice whose parts are written by different threads.
#[derive(Clone, Copy)]
pub struct SharedOutput<'a> {
    pointer: *mut f32,
    len: usize,
    lifetime: PhantomData<&'a mut [f32]>,
}

// SAFETY: the only access is through the unsafe methods below, whose callers promise disjoint parts.
unsafe impl Send for SharedOutput<'_> {}
// SAFETY: as above.
unsafe impl Sync for SharedOutput<'_> {}

impl<'a> SharedOutput<'a> {
    /// Borrows `slice` for as long as threads write to it.
    pub fn new(slice: &'a mut [f32]) -> Self {
        Self { pointer: slice.as_mut_ptr(), len: slice.len(), lifetime: PhantomData }
    }

    /// Numbers in the slice.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Where number `offset` lies.
    ///
    /// # Safety
    /// `offset` must not exceed the length; what the caller writes there must lie inside the slice and be its own.
    #[inline(always)]
    pub unsafe fn at(&self, offset: usize) -> *mut f32 {
        debug_assert!(offset <= self.len);
        // SAFETY: the caller keeps to the slice.
        unsafe { self.pointer.add(offset) }
    }
}
