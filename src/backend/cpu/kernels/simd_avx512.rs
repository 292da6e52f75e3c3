//! AVX-512F: 16 lanes, 32 registers.

use super::simd_interface::{Simd, column};
use std::arch::x86_64::*;

/// Proof that the processor has AVX-512F.
#[derive(Clone, Copy)]
pub struct Avx512(());

impl Avx512 {
    /// # Safety
    /// The processor must have AVX-512F.
    #[inline(always)]
    pub unsafe fn new() -> Self {
        Self(())
    }
}

/// The lowest `count` bits.
#[inline(always)]
fn first(count: usize) -> __mmask16 {
    ((1u32 << count) - 1) as __mmask16
}

/// Positions for `permutex2var`: numbers below 16 name lanes of the first operand, the others of the second.
const fn indices(base: [i32; 4], step: i32) -> [i32; 16] {
    let mut result = [0; 16];
    let mut i = 0;
    while i < 16 {
        result[i] = base[i / 4] + step * (i as i32 % 4);
        i += 1;
    }
    result
}

/// Numbers 4 i of two vectors, then numbers 4 i + 1.
const TAKE_01: [i32; 16] = indices([0, 16, 1, 17], 4);
/// Numbers 4 i + 2, then numbers 4 i + 3.
const TAKE_23: [i32; 16] = indices([2, 18, 3, 19], 4);

/// Where `interleave4` finds its numbers: `start` is the first of four tiles.
const fn weave(start: i32) -> [i32; 16] {
    let mut result = [0; 16];
    let mut i = 0;
    while i < 16 {
        result[i as usize] = start + i / 4 + 8 * (i % 4);
        i += 1;
    }
    result
}

const EVEN: [i32; 16] = [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30];
const ODD: [i32; 16] = [1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31];
const LOW_TWICE: [i32; 16] = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7];
const HIGH_TWICE: [i32; 16] = [8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15];
const WEAVE_0: [i32; 16] = weave(0);
const WEAVE_4: [i32; 16] = weave(4);

impl Simd for Avx512 {
    type Vector = __m512;
    const LANES: usize = 16;
    const PANEL: usize = 8;
    const GROUP: usize = 3;

    #[inline(always)]
    fn splat(self, value: f32) -> __m512 {
        // SAFETY: self proves AVX-512F.
        unsafe { _mm512_set1_ps(value) }
    }
    #[inline(always)]
    unsafe fn load(self, source: *const f32) -> __m512 {
        // SAFETY: self proves AVX-512F; the caller promises 16 numbers.
        unsafe { _mm512_loadu_ps(source) }
    }
    #[inline(always)]
    unsafe fn load_partial(self, source: *const f32, count: usize) -> __m512 {
        // SAFETY: self proves AVX-512F; masked lanes are not touched.
        unsafe { _mm512_maskz_loadu_ps(first(count), source) }
    }
    #[inline(always)]
    unsafe fn store(self, target: *mut f32, value: __m512) {
        // SAFETY: self proves AVX-512F; the caller promises 16 numbers.
        unsafe { _mm512_storeu_ps(target, value) }
    }
    #[inline(always)]
    unsafe fn store_partial(self, target: *mut f32, value: __m512, count: usize) {
        // SAFETY: self proves AVX-512F; masked lanes are not touched.
        unsafe { _mm512_mask_storeu_ps(target, first(count), value) }
    }
    #[inline(always)]
    fn add(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: self proves AVX-512F.
        unsafe { _mm512_add_ps(a, b) }
    }
    #[inline(always)]
    fn sub(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: self proves AVX-512F.
        unsafe { _mm512_sub_ps(a, b) }
    }
    #[inline(always)]
    fn mul(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: self proves AVX-512F.
        unsafe { _mm512_mul_ps(a, b) }
    }
    #[inline(always)]
    fn div(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: self proves AVX-512F.
        unsafe { _mm512_div_ps(a, b) }
    }
    #[inline(always)]
    fn sqrt(self, a: __m512) -> __m512 {
        // SAFETY: self proves AVX-512F.
        unsafe { _mm512_sqrt_ps(a) }
    }
    #[inline(always)]
    fn mul_add(self, a: __m512, b: __m512, c: __m512) -> __m512 {
        // SAFETY: self proves AVX-512F.
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }
    #[inline(always)]
    fn neg_mul_add(self, a: __m512, b: __m512, c: __m512) -> __m512 {
        // SAFETY: self proves AVX-512F.
        unsafe { _mm512_fnmadd_ps(a, b, c) }
    }
    #[inline(always)]
    fn and(self, value: __m512, mask: __m512) -> __m512 {
        // SAFETY: self proves AVX-512F.
        unsafe { _mm512_castsi512_ps(_mm512_and_si512(_mm512_castps_si512(value), _mm512_castps_si512(mask))) }
    }
    #[inline(always)]
    fn select_positive(self, x: __m512, positive: __m512, otherwise: __m512) -> __m512 {
        // SAFETY: self proves AVX-512F.
        unsafe { _mm512_mask_blend_ps(_mm512_cmp_ps_mask::<_CMP_GT_OQ>(x, _mm512_setzero_ps()), otherwise, positive) }
    }
    #[inline(always)]
    fn shift_up(self, value: __m512, first: f32) -> __m512 {
        // SAFETY: self proves AVX-512F.
        unsafe {
            let fill = _mm512_castps_si512(_mm512_set1_ps(first));
            _mm512_castsi512_ps(_mm512_alignr_epi32::<15>(_mm512_castps_si512(value), fill))
        }
    }
    #[inline(always)]
    fn shift_down(self, value: __m512, last: f32) -> __m512 {
        // SAFETY: self proves AVX-512F.
        unsafe {
            let fill = _mm512_castps_si512(_mm512_set1_ps(last));
            _mm512_castsi512_ps(_mm512_alignr_epi32::<1>(fill, _mm512_castps_si512(value)))
        }
    }
    #[inline(always)]
    fn deinterleave4(self, [a, b, c, d]: [__m512; 4]) -> [__m512; 4] {
        // SAFETY: self proves AVX-512F; the index arrays hold 16 numbers.
        unsafe {
            let take_01 = _mm512_loadu_si512(TAKE_01.as_ptr().cast());
            let take_23 = _mm512_loadu_si512(TAKE_23.as_ptr().cast());
            let low_01 = _mm512_permutex2var_ps(a, take_01, b);
            let high_01 = _mm512_permutex2var_ps(c, take_01, d);
            let low_23 = _mm512_permutex2var_ps(a, take_23, b);
            let high_23 = _mm512_permutex2var_ps(c, take_23, d);
            [
                _mm512_shuffle_f32x4::<0x44>(low_01, high_01),
                _mm512_shuffle_f32x4::<0xee>(low_01, high_01),
                _mm512_shuffle_f32x4::<0x44>(low_23, high_23),
                _mm512_shuffle_f32x4::<0xee>(low_23, high_23),
            ]
        }
    }
    #[inline(always)]
    fn interleave4(self, [a, b, c, d]: [__m512; 4]) -> [__m512; 4] {
        // SAFETY: self proves AVX-512F; the index arrays hold 16 numbers.
        unsafe {
            let weave_0 = _mm512_loadu_si512(WEAVE_0.as_ptr().cast());
            let weave_4 = _mm512_loadu_si512(WEAVE_4.as_ptr().cast());
            let low_01 = _mm512_shuffle_f32x4::<0x44>(a, b);
            let high_01 = _mm512_shuffle_f32x4::<0xee>(a, b);
            let low_23 = _mm512_shuffle_f32x4::<0x44>(c, d);
            let high_23 = _mm512_shuffle_f32x4::<0xee>(c, d);
            [
                _mm512_permutex2var_ps(low_01, weave_0, low_23),
                _mm512_permutex2var_ps(low_01, weave_4, low_23),
                _mm512_permutex2var_ps(high_01, weave_0, high_23),
                _mm512_permutex2var_ps(high_01, weave_4, high_23),
            ]
        }
    }
    #[inline(always)]
    fn pair_sums(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: self proves AVX-512F; the index arrays hold 16 numbers.
        unsafe {
            let even = _mm512_permutex2var_ps(a, _mm512_loadu_si512(EVEN.as_ptr().cast()), b);
            let odd = _mm512_permutex2var_ps(a, _mm512_loadu_si512(ODD.as_ptr().cast()), b);
            _mm512_add_ps(even, odd)
        }
    }
    #[inline(always)]
    fn twice(self, value: __m512) -> [__m512; 2] {
        // SAFETY: self proves AVX-512F; the index arrays hold 16 numbers.
        unsafe {
            let low = _mm512_loadu_si512(LOW_TWICE.as_ptr().cast());
            let high = _mm512_loadu_si512(HIGH_TWICE.as_ptr().cast());
            [_mm512_permutexvar_ps(low, value), _mm512_permutexvar_ps(high, value)]
        }
    }
    /// Two rounds of [`Simd::deinterleave4`]: each rotates the eight index bits (row, column) by two places.
    #[inline(always)]
    unsafe fn transpose(self, source: *const f32, source_stride: usize, target: *mut f32, target_stride: usize) {
        let mut rounds = [[self.zero(); 4]; 4];
        for (group, columns) in rounds.iter_mut().enumerate() {
            // SAFETY: the caller promises 16 rows.
            let rows = unsafe { self.load_rows(source.add(4 * group * source_stride), source_stride) };
            *columns = self.deinterleave4(rows);
        }
        for low in 0..4 {
            let columns = self.deinterleave4(column(&rounds, low));
            for (high, &column) in columns.iter().enumerate() {
                // SAFETY: the caller promises 16 rows.
                unsafe { self.store(target.add((4 * high + low) * target_stride), column) };
            }
        }
    }
    #[inline(always)]
    fn prefetch(self, address: *const f32) {
        // SAFETY: a prefetch reads nothing that the program can see, whatever the address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(address.cast()) }
    }
    #[inline(always)]
    fn prefetch_far(self, address: *const f32) {
        // SAFETY: a prefetch reads nothing that the program can see, whatever the address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(address.cast()) }
    }
}
