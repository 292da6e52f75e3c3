//! Memory of tensors, used again and again: a training step asks for the same sizes as the one before, and fresh pages from the
//! system would cost more than many of the computations on them.
//!
//! Owns the pool and the way of its buffers into tensors and back. What lies idle is bounded by what was once in use.

use std::collections::HashMap;
use std::mem::MaybeUninit;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use burn::tensor::{DType, Shape};
use burn_flex::{FlexTensor, Layout};
use burn_std::{AllocationController, AllocationProperty, Bytes};
use bytemuck::{Pod, Zeroable};

/// Smaller buffers are left to the ordinary allocator, which keeps them at hand by itself. In lines.
const SMALLEST_POOLED: usize = 1 << 8;

/// A cache line: vectors of any width are aligned in it.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, align(64))]
struct Line([f32; 16]);

/// A buffer of f32 numbers that goes back to the pool when it is dropped. At first it holds whatever it held before.
pub struct Buffer {
    lines: Vec<Line>,
    len: usize,
}

#[derive(Default)]
struct Pool {
    /// By their length in lines.
    idle: HashMap<usize, Vec<Vec<Line>>>,
    idle_lines: usize,
    used_lines: usize,
    most_used_lines: usize,
}

fn pool() -> MutexGuard<'static, Pool> {
    static POOL: LazyLock<Mutex<Pool>> = LazyLock::new(Mutex::default);
    // The pool is whole at every moment, so a panic elsewhere leaves nothing broken in it.
    POOL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Gives idle memory back to the system, as after a training has ended.
pub fn release_idle_memory() {
    let mut pool = pool();
    pool.idle.clear();
    pool.idle_lines = 0;
    pool.most_used_lines = pool.used_lines;
}

impl Pool {
    fn take(&mut self, lines: usize) -> Option<Vec<Line>> {
        self.used_lines += lines;
        self.most_used_lines = self.most_used_lines.max(self.used_lines);
        let found = self.idle.get_mut(&lines).and_then(Vec::pop);
        match &found {
            Some(_) => self.idle_lines -= lines,
            None => self.make_room(),
        }
        found
    }

    fn give_back(&mut self, lines: Vec<Line>) {
        self.used_lines -= lines.len();
        if self.used_lines + self.idle_lines + lines.len() <= self.limit() {
            self.idle_lines += lines.len();
            self.idle.entry(lines.len()).or_default().push(lines);
        }
    }

    /// Lines in use and idle together: what was once in use, and a quarter more for sizes that come and go.
    fn limit(&self) -> usize {
        self.most_used_lines + self.most_used_lines / 4
    }

    /// Drops idle buffers of sizes that are no longer asked for.
    fn make_room(&mut self) {
        while self.used_lines + self.idle_lines > self.limit() {
            let Some(size) = self.idle.iter().filter(|(_, buffers)| !buffers.is_empty()).map(|(size, _)| *size).max() else { return };
            self.idle.get_mut(&size).and_then(Vec::pop);
            self.idle_lines -= size;
        }
    }
}

impl Buffer {
    /// A buffer of `len` numbers, whichever they are.
    pub fn take(len: usize) -> Self {
        let lines = len.div_ceil(16);
        let idle = if lines < SMALLEST_POOLED { None } else { pool().take(lines) };
        Self { lines: idle.unwrap_or_else(|| vec![Line::zeroed(); lines]), len }
    }

    /// Its numbers.
    pub fn as_mut_slice(&mut self) -> &mut [f32] {
        &mut bytemuck::cast_slice_mut(&mut self.lines)[..self.len]
    }

    /// A tensor of these numbers, without a copy.
    ///
    /// # Panics
    /// Where the shape holds another count of numbers.
    pub fn into_tensor(self, shape: impl Into<Shape>) -> FlexTensor {
        let shape = shape.into();
        assert_eq!(shape.num_elements(), self.len, "the shape holds the buffer's numbers");
        let bytes = self.len * size_of::<f32>();
        // SAFETY: the first `bytes` bytes of the allocation are the buffer's numbers, which are initialised from its beginning.
        let bytes = unsafe { Bytes::from_controller(Box::new(self), bytes) };
        FlexTensor::new(bytes, Layout::contiguous(shape), DType::F32)
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let lines = std::mem::take(&mut self.lines);
        if lines.len() >= SMALLEST_POOLED {
            pool().give_back(lines);
        }
    }
}

impl AllocationController for Buffer {
    fn alloc_align(&self) -> usize {
        align_of::<Line>()
    }

    fn property(&self) -> AllocationProperty {
        AllocationProperty::Native
    }

    unsafe fn memory_mut(&mut self) -> &mut [MaybeUninit<u8>] {
        let bytes: &mut [u8] = &mut bytemuck::cast_slice_mut(&mut self.lines)[..self.len * size_of::<f32>()];
        // SAFETY: MaybeUninit<u8> has the layout of u8, and callers promise to write initialised bytes only.
        unsafe { &mut *(std::ptr::from_mut(bytes) as *mut [MaybeUninit<u8>]) }
    }

    fn memory(&self) -> &[MaybeUninit<u8>] {
        let bytes: &[u8] = &bytemuck::cast_slice(&self.lines)[..self.len * size_of::<f32>()];
        // SAFETY: MaybeUninit<u8> has the layout of u8, and any byte is a valid one of it.
        unsafe { &*(std::ptr::from_ref(bytes) as *const [MaybeUninit<u8>]) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_survive_the_way_through_a_tensor() {
        for len in [1, 15, 16, 17, 5000, 70_000] {
            let mut buffer = Buffer::take(len);
            buffer.as_mut_slice().iter_mut().enumerate().for_each(|(n, value)| *value = n as f32);
            let mut tensor = buffer.into_tensor([len]);
            assert_eq!(tensor.storage::<f32>().len(), len);
            assert_eq!(tensor.storage::<f32>()[len - 1], (len - 1) as f32);
            let copy = tensor.clone();
            tensor.storage_mut::<f32>()[0] = 7.0;
            assert_eq!((copy.storage::<f32>()[0], tensor.storage::<f32>()[0]), (0.0, 7.0), "copies do not share what is written");
            assert_eq!(copy.into_data().to_vec::<f32>().unwrap().len(), len);
        }
    }

    #[test]
    fn what_lies_idle_is_bounded_and_sizes_that_are_gone_make_room() {
        let mut pool = Pool::default();
        for round in 0..40 {
            let size = 1000 + round * 37;
            let taken: Vec<Vec<Line>> = (0..4).map(|_| pool.take(size).unwrap_or_else(|| vec![Line::zeroed(); size])).collect();
            assert_eq!(pool.used_lines, 4 * size);
            taken.into_iter().for_each(|lines| pool.give_back(lines));
            let idle: usize = pool.idle.iter().map(|(size, buffers)| size * buffers.len()).sum();
            assert_eq!(idle, pool.idle_lines);
            assert!(idle <= pool.limit(), "round {round}");
        }
        assert!(pool.take(1000 + 39 * 37).is_some(), "the last size is still at hand");
    }
}
