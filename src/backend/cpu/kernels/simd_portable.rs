//! Four lanes in plain Rust: what runs where no known vector instructions exist, and the yardstick for the other levels' tests.

use super::simd_interface::Simd;

/// Plain Rust on arrays of four; the compiler may use the vectors of the target's baseline.
#[derive(Clone, Copy)]
pub struct Portable;

#[inline(always)]
fn zip(a: [f32; 4], b: [f32; 4], f: impl Fn(f32, f32) -> f32) -> [f32; 4] {
    std::array::from_fn(|i| f(a[i], b[i]))
}

impl Simd for Portable {
    type Vector = [f32; 4];
    const LANES: usize = 4;
    const PANEL: usize = 4;
    const GROUP: usize = 2;

    #[inline(always)]
    fn splat(self, value: f32) -> [f32; 4] {
        [value; 4]
    }
    #[inline(always)]
    unsafe fn load(self, source: *const f32) -> [f32; 4] {
        // SAFETY: the caller promises four numbers.
        unsafe { source.cast::<[f32; 4]>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn load_partial(self, source: *const f32, count: usize) -> [f32; 4] {
        // SAFETY: only the first `count` numbers are read.
        std::array::from_fn(|i| if i < count { unsafe { *source.add(i) } } else { 0.0 })
    }
    #[inline(always)]
    unsafe fn store(self, target: *mut f32, value: [f32; 4]) {
        // SAFETY: the caller promises four numbers.
        unsafe { target.cast::<[f32; 4]>().write_unaligned(value) }
    }
    #[inline(always)]
    unsafe fn store_partial(self, target: *mut f32, value: [f32; 4], count: usize) {
        for (i, &number) in value.iter().enumerate().take(count) {
            // SAFETY: only the first `count` numbers are written.
            unsafe { *target.add(i) = number };
        }
    }
    #[inline(always)]
    fn add(self, a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
        zip(a, b, |a, b| a + b)
    }
    #[inline(always)]
    fn sub(self, a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
        zip(a, b, |a, b| a - b)
    }
    #[inline(always)]
    fn mul(self, a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
        zip(a, b, |a, b| a * b)
    }
    #[inline(always)]
    fn div(self, a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
        zip(a, b, |a, b| a / b)
    }
    #[inline(always)]
    fn sqrt(self, a: [f32; 4]) -> [f32; 4] {
        a.map(f32::sqrt)
    }
    #[inline(always)]
    fn mul_add(self, a: [f32; 4], b: [f32; 4], c: [f32; 4]) -> [f32; 4] {
        std::array::from_fn(|i| a[i] * b[i] + c[i])
    }
    #[inline(always)]
    fn neg_mul_add(self, a: [f32; 4], b: [f32; 4], c: [f32; 4]) -> [f32; 4] {
        std::array::from_fn(|i| c[i] - a[i] * b[i])
    }
    #[inline(always)]
    fn and(self, value: [f32; 4], mask: [f32; 4]) -> [f32; 4] {
        zip(value, mask, |value, mask| f32::from_bits(value.to_bits() & mask.to_bits()))
    }
    #[inline(always)]
    fn select_positive(self, x: [f32; 4], positive: [f32; 4], otherwise: [f32; 4]) -> [f32; 4] {
        std::array::from_fn(|i| if x[i] > 0.0 { positive[i] } else { otherwise[i] })
    }
    #[inline(always)]
    fn shift_up(self, [a, b, c, _]: [f32; 4], first: f32) -> [f32; 4] {
        [first, a, b, c]
    }
    #[inline(always)]
    fn shift_down(self, [_, b, c, d]: [f32; 4], last: f32) -> [f32; 4] {
        [b, c, d, last]
    }
    #[inline(always)]
    fn deinterleave4(self, values: [[f32; 4]; 4]) -> [[f32; 4]; 4] {
        std::array::from_fn(|i| std::array::from_fn(|j| values[j][i]))
    }
    #[inline(always)]
    fn interleave4(self, values: [[f32; 4]; 4]) -> [[f32; 4]; 4] {
        self.deinterleave4(values)
    }
    #[inline(always)]
    fn pair_sums(self, a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
        [a[0] + a[1], a[2] + a[3], b[0] + b[1], b[2] + b[3]]
    }
    #[inline(always)]
    fn twice(self, [a, b, c, d]: [f32; 4]) -> [[f32; 4]; 2] {
        [[a, a, b, b], [c, c, d, d]]
    }
    #[inline(always)]
    unsafe fn transpose(self, source: *const f32, source_stride: usize, target: *mut f32, target_stride: usize) {
        for i in 0..4 {
            for j in 0..4 {
                // SAFETY: the caller promises four rows of four numbers on both sides.
                unsafe { *target.add(j * target_stride + i) = *source.add(i * source_stride + j) };
            }
        }
    }
    #[inline(always)]
    fn prefetch(self, _address: *const f32) {}
    #[inline(always)]
    fn prefetch_far(self, _address: *const f32) {}
}
