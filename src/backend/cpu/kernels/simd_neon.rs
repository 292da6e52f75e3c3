//! NEON (aarch64): 4 lanes, 32 registers.

use super::simd_interface::Simd;
use std::arch::aarch64::*;

/// Proof that the processor has NEON.
#[derive(Clone, Copy)]
pub struct Neon(());

impl Neon {
    /// # Safety
    /// The processor must have NEON.
    #[inline(always)]
    pub unsafe fn new() -> Self {
        Self(())
    }
}

impl Simd for Neon {
    type Vector = float32x4_t;
    const LANES: usize = 4;
    const PANEL: usize = 8;
    const GROUP: usize = 3;

    #[inline(always)]
    fn splat(self, value: f32) -> float32x4_t {
        // SAFETY: self proves NEON.
        unsafe { vdupq_n_f32(value) }
    }
    #[inline(always)]
    unsafe fn load(self, source: *const f32) -> float32x4_t {
        // SAFETY: self proves NEON; the caller promises four numbers.
        unsafe { vld1q_f32(source) }
    }
    #[inline(always)]
    unsafe fn load_partial(self, source: *const f32, count: usize) -> float32x4_t {
        let mut lanes = [0.0f32; 4];
        // SAFETY: self proves NEON; only the first `count <= 4` numbers are read.
        unsafe {
            std::ptr::copy_nonoverlapping(source, lanes.as_mut_ptr(), count);
            vld1q_f32(lanes.as_ptr())
        }
    }
    #[inline(always)]
    unsafe fn store(self, target: *mut f32, value: float32x4_t) {
        // SAFETY: self proves NEON; the caller promises four numbers.
        unsafe { vst1q_f32(target, value) }
    }
    #[inline(always)]
    unsafe fn store_partial(self, target: *mut f32, value: float32x4_t, count: usize) {
        let mut lanes = [0.0f32; 4];
        // SAFETY: self proves NEON; only the first `count <= 4` numbers are written.
        unsafe {
            vst1q_f32(lanes.as_mut_ptr(), value);
            std::ptr::copy_nonoverlapping(lanes.as_ptr(), target, count);
        }
    }
    #[inline(always)]
    fn add(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        // SAFETY: self proves NEON.
        unsafe { vaddq_f32(a, b) }
    }
    #[inline(always)]
    fn sub(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        // SAFETY: self proves NEON.
        unsafe { vsubq_f32(a, b) }
    }
    #[inline(always)]
    fn mul(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        // SAFETY: self proves NEON.
        unsafe { vmulq_f32(a, b) }
    }
    #[inline(always)]
    fn div(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        // SAFETY: self proves NEON.
        unsafe { vdivq_f32(a, b) }
    }
    #[inline(always)]
    fn sqrt(self, a: float32x4_t) -> float32x4_t {
        // SAFETY: self proves NEON.
        unsafe { vsqrtq_f32(a) }
    }
    #[inline(always)]
    fn mul_add(self, a: float32x4_t, b: float32x4_t, c: float32x4_t) -> float32x4_t {
        // SAFETY: self proves NEON.
        unsafe { vfmaq_f32(c, a, b) }
    }
    #[inline(always)]
    fn neg_mul_add(self, a: float32x4_t, b: float32x4_t, c: float32x4_t) -> float32x4_t {
        // SAFETY: self proves NEON.
        unsafe { vfmsq_f32(c, a, b) }
    }
    #[inline(always)]
    fn and(self, value: float32x4_t, mask: float32x4_t) -> float32x4_t {
        // SAFETY: self proves NEON.
        unsafe { vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(value), vreinterpretq_u32_f32(mask))) }
    }
    #[inline(always)]
    fn select_positive(self, x: float32x4_t, positive: float32x4_t, otherwise: float32x4_t) -> float32x4_t {
        // SAFETY: self proves NEON.
        unsafe { vbslq_f32(vcgtq_f32(x, vdupq_n_f32(0.0)), positive, otherwise) }
    }
    #[inline(always)]
    fn shift_up(self, value: float32x4_t, first: f32) -> float32x4_t {
        // SAFETY: self proves NEON.
        unsafe { vextq_f32::<3>(vdupq_n_f32(first), value) }
    }
    #[inline(always)]
    fn shift_down(self, value: float32x4_t, last: f32) -> float32x4_t {
        // SAFETY: self proves NEON.
        unsafe { vextq_f32::<1>(value, vdupq_n_f32(last)) }
    }
    #[inline(always)]
    fn deinterleave4(self, [a, b, c, d]: [float32x4_t; 4]) -> [float32x4_t; 4] {
        // SAFETY: self proves NEON.
        unsafe {
            let (ac, bd) = (vzipq_f32(a, c), vzipq_f32(b, d));
            let (low, high) = (vzipq_f32(ac.0, bd.0), vzipq_f32(ac.1, bd.1));
            [low.0, low.1, high.0, high.1]
        }
    }
    #[inline(always)]
    fn interleave4(self, values: [float32x4_t; 4]) -> [float32x4_t; 4] {
        self.deinterleave4(values)
    }
    #[inline(always)]
    fn pair_sums(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        // SAFETY: self proves NEON.
        unsafe { vpaddq_f32(a, b) }
    }
    #[inline(always)]
    fn twice(self, value: float32x4_t) -> [float32x4_t; 2] {
        // SAFETY: self proves NEON.
        unsafe { [vzip1q_f32(value, value), vzip2q_f32(value, value)] }
    }
    #[inline(always)]
    unsafe fn transpose(self, source: *const f32, source_stride: usize, target: *mut f32, target_stride: usize) {
        // SAFETY: the caller promises four rows of four numbers on both sides.
        unsafe {
            let columns = self.deinterleave4(self.load_rows(source, source_stride));
            for (i, &column) in columns.iter().enumerate() {
                self.store(target.add(i * target_stride), column);
            }
        }
    }
    #[inline(always)]
    fn prefetch(self, _address: *const f32) {}
    #[inline(always)]
    fn prefetch_far(self, _address: *const f32) {}
}
