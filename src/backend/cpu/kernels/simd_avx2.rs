//! AVX2 with FMA: 8 lanes, 16 registers.

use super::simd_interface::Simd;
use std::arch::x86_64::*;

/// Proof that the processor has AVX2 and FMA.
#[derive(Clone, Copy)]
pub struct Avx2(());

impl Avx2 {
    /// # Safety
    /// The processor must have AVX2 and FMA.
    #[inline(always)]
    pub unsafe fn new() -> Self {
        Self(())
    }

    /// Lanes below `count` have their sign bit set.
    #[inline(always)]
    fn first(self, count: usize) -> __m256i {
        // SAFETY: self proves AVX2.
        unsafe { _mm256_cmpgt_epi32(_mm256_set1_epi32(count as i32), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)) }
    }

    /// Transposes the 4x4 square in each half.
    #[inline(always)]
    fn transpose_halves(self, [a, b, c, d]: [__m256; 4]) -> [__m256; 4] {
        // SAFETY: self proves AVX2.
        unsafe {
            let low_ab = _mm256_castps_pd(_mm256_unpacklo_ps(a, b));
            let high_ab = _mm256_castps_pd(_mm256_unpackhi_ps(a, b));
            let low_cd = _mm256_castps_pd(_mm256_unpacklo_ps(c, d));
            let high_cd = _mm256_castps_pd(_mm256_unpackhi_ps(c, d));
            [
                _mm256_castpd_ps(_mm256_unpacklo_pd(low_ab, low_cd)),
                _mm256_castpd_ps(_mm256_unpackhi_pd(low_ab, low_cd)),
                _mm256_castpd_ps(_mm256_unpacklo_pd(high_ab, high_cd)),
                _mm256_castpd_ps(_mm256_unpackhi_pd(high_ab, high_cd)),
            ]
        }
    }

    /// The lower halves of both, then the upper halves of both.
    #[inline(always)]
    fn halves(self, a: __m256, b: __m256) -> (__m256, __m256) {
        // SAFETY: self proves AVX2.
        unsafe { (_mm256_permute2f128_ps::<0x20>(a, b), _mm256_permute2f128_ps::<0x31>(a, b)) }
    }
}

impl Simd for Avx2 {
    type Vector = __m256;
    const LANES: usize = 8;
    const PANEL: usize = 4;
    const GROUP: usize = 2;

    #[inline(always)]
    fn splat(self, value: f32) -> __m256 {
        // SAFETY: self proves AVX2.
        unsafe { _mm256_set1_ps(value) }
    }
    #[inline(always)]
    unsafe fn load(self, source: *const f32) -> __m256 {
        // SAFETY: self proves AVX2; the caller promises 8 numbers.
        unsafe { _mm256_loadu_ps(source) }
    }
    #[inline(always)]
    unsafe fn load_partial(self, source: *const f32, count: usize) -> __m256 {
        // SAFETY: self proves AVX2; masked lanes are not touched.
        unsafe { _mm256_maskload_ps(source, self.first(count)) }
    }
    #[inline(always)]
    unsafe fn store(self, target: *mut f32, value: __m256) {
        // SAFETY: self proves AVX2; the caller promises 8 numbers.
        unsafe { _mm256_storeu_ps(target, value) }
    }
    #[inline(always)]
    unsafe fn store_partial(self, target: *mut f32, value: __m256, count: usize) {
        // SAFETY: self proves AVX2; masked lanes are not touched.
        unsafe { _mm256_maskstore_ps(target, self.first(count), value) }
    }
    #[inline(always)]
    fn add(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: self proves AVX2.
        unsafe { _mm256_add_ps(a, b) }
    }
    #[inline(always)]
    fn sub(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: self proves AVX2.
        unsafe { _mm256_sub_ps(a, b) }
    }
    #[inline(always)]
    fn mul(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: self proves AVX2.
        unsafe { _mm256_mul_ps(a, b) }
    }
    #[inline(always)]
    fn div(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: self proves AVX2.
        unsafe { _mm256_div_ps(a, b) }
    }
    #[inline(always)]
    fn sqrt(self, a: __m256) -> __m256 {
        // SAFETY: self proves AVX2.
        unsafe { _mm256_sqrt_ps(a) }
    }
    #[inline(always)]
    fn mul_add(self, a: __m256, b: __m256, c: __m256) -> __m256 {
        // SAFETY: self proves FMA.
        unsafe { _mm256_fmadd_ps(a, b, c) }
    }
    #[inline(always)]
    fn neg_mul_add(self, a: __m256, b: __m256, c: __m256) -> __m256 {
        // SAFETY: self proves FMA.
        unsafe { _mm256_fnmadd_ps(a, b, c) }
    }
    #[inline(always)]
    fn and(self, value: __m256, mask: __m256) -> __m256 {
        // SAFETY: self proves AVX2.
        unsafe { _mm256_and_ps(value, mask) }
    }
    #[inline(always)]
    fn select_positive(self, x: __m256, positive: __m256, otherwise: __m256) -> __m256 {
        // SAFETY: self proves AVX2.
        unsafe { _mm256_blendv_ps(otherwise, positive, _mm256_cmp_ps::<_CMP_GT_OQ>(x, _mm256_setzero_ps())) }
    }
    #[inline(always)]
    fn shift_up(self, value: __m256, first: f32) -> __m256 {
        // SAFETY: self proves AVX2.
        unsafe {
            let rotated = _mm256_permutevar8x32_ps(value, _mm256_setr_epi32(7, 0, 1, 2, 3, 4, 5, 6));
            _mm256_blend_ps::<0x01>(rotated, _mm256_set1_ps(first))
        }
    }
    #[inline(always)]
    fn shift_down(self, value: __m256, last: f32) -> __m256 {
        // SAFETY: self proves AVX2.
        unsafe {
            let rotated = _mm256_permutevar8x32_ps(value, _mm256_setr_epi32(1, 2, 3, 4, 5, 6, 7, 0));
            _mm256_blend_ps::<0x80>(rotated, _mm256_set1_ps(last))
        }
    }
    #[inline(always)]
    fn deinterleave4(self, [a, b, c, d]: [__m256; 4]) -> [__m256; 4] {
        let (tiles_04, tiles_15) = self.halves(a, c);
        let (tiles_26, tiles_37) = self.halves(b, d);
        self.transpose_halves([tiles_04, tiles_15, tiles_26, tiles_37])
    }
    #[inline(always)]
    fn interleave4(self, values: [__m256; 4]) -> [__m256; 4] {
        let [tiles_04, tiles_15, tiles_26, tiles_37] = self.transpose_halves(values);
        let (tiles_01, tiles_45) = self.halves(tiles_04, tiles_15);
        let (tiles_23, tiles_67) = self.halves(tiles_26, tiles_37);
        [tiles_01, tiles_23, tiles_45, tiles_67]
    }
    #[inline(always)]
    fn pair_sums(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: self proves AVX2. The sums come in quarters a, b, a, b.
        unsafe { _mm256_castpd_ps(_mm256_permute4x64_pd::<0b11_01_10_00>(_mm256_castps_pd(_mm256_hadd_ps(a, b)))) }
    }
    #[inline(always)]
    fn twice(self, value: __m256) -> [__m256; 2] {
        // SAFETY: self proves AVX2.
        unsafe {
            let (low, high) = (_mm256_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3), _mm256_setr_epi32(4, 4, 5, 5, 6, 6, 7, 7));
            [_mm256_permutevar8x32_ps(value, low), _mm256_permutevar8x32_ps(value, high)]
        }
    }
    #[inline(always)]
    unsafe fn transpose(self, source: *const f32, source_stride: usize, target: *mut f32, target_stride: usize) {
        // SAFETY: the caller promises 8 rows of 8 numbers on both sides.
        unsafe {
            let upper = self.transpose_halves(self.load_rows(source, source_stride));
            let lower = self.transpose_halves(self.load_rows(source.add(4 * source_stride), source_stride));
            for i in 0..4 {
                let (low, high) = self.halves(upper[i], lower[i]);
                self.store(target.add(i * target_stride), low);
                self.store(target.add((4 + i) * target_stride), high);
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
        unsafe { _mm_prefetch::<_MM_HINT_T1>(address.cast()) }
    }
}
