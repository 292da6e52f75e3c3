//! Pooling, upsampling, activations and sums: one pass over memory each, in vectors, shared among the threads of the current rayon pool.
//! Outputs need not be initialised.

use super::shape::{SizeError, check_len};
use super::simd::{Kernel, SimdLevel};
use super::simd_interface::Simd;
use rayon::prelude::*;

/// Below this many numbers of output a call stays on its thread.
const LEAST_SHARED: usize = 32 * 1024;

/// Numbers of output in one piece of work, whole `unit`s.
fn piece(len: usize, unit: usize) -> usize {
    if len < LEAST_SHARED {
        return len.max(1);
    }
    len.div_ceil(4 * rayon::current_num_threads()).next_multiple_of(unit)
}

/// Planes (images times channels) of one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planes {
    /// Images times channels.
    pub count: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

impl Planes {
    /// Numbers in all planes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count * self.height * self.width
    }
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Planes of half the size, odd rows and columns dropped.
    #[must_use]
    pub fn halved(&self) -> Self {
        Self { height: self.height / 2, width: self.width / 2, ..*self }
    }
    /// Planes of twice the size.
    #[must_use]
    pub fn doubled(&self) -> Self {
        Self { height: self.height * 2, width: self.width * 2, ..*self }
    }
}

/// Averages of 2x2 pixels: `input` of size `planes`, `output` of size `planes.halved()`.
///
/// # Errors
/// [`SizeError`] where a slice does not fit.
pub fn average_pool(level: SimdLevel, planes: &Planes, input: &[f32], output: &mut [f32]) -> Result<(), SizeError> {
    check_len("input", input, planes.len())?;
    check_len("output", output, planes.halved().len())?;
    shrink(level, *planes, input, 0.25, output);
    Ok(())
}

/// The input gradient of [`average_pool`]: a quarter of each number four times; zero in odd rows and columns that were dropped.
/// `gradient` is of size `planes.halved()`, `output` of size `planes`.
///
/// # Errors
/// [`SizeError`] where a slice does not fit.
pub fn average_pool_gradient(level: SimdLevel, planes: &Planes, gradient: &[f32], output: &mut [f32]) -> Result<(), SizeError> {
    check_len("gradient", gradient, planes.halved().len())?;
    check_len("output", output, planes.len())?;
    grow(level, *planes, gradient, 0.25, output);
    Ok(())
}

/// Every pixel four times: `input` of size `planes`, `output` of size `planes.doubled()`.
///
/// # Errors
/// [`SizeError`] where a slice does not fit.
pub fn upsample(level: SimdLevel, planes: &Planes, input: &[f32], output: &mut [f32]) -> Result<(), SizeError> {
    check_len("input", input, planes.len())?;
    check_len("output", output, planes.doubled().len())?;
    grow(level, planes.doubled(), input, 1.0, output);
    Ok(())
}

/// The input gradient of [`upsample`]: sums of 2x2 pixels. `gradient` is of size `planes.doubled()`, `output` of size `planes`.
///
/// # Errors
/// [`SizeError`] where a slice does not fit.
pub fn upsample_gradient(level: SimdLevel, planes: &Planes, gradient: &[f32], output: &mut [f32]) -> Result<(), SizeError> {
    check_len("gradient", gradient, planes.doubled().len())?;
    check_len("output", output, planes.len())?;
    shrink(level, planes.doubled(), gradient, 1.0, output);
    Ok(())
}

/// `output = input` where positive, else `slope * input`.
///
/// # Errors
/// [`SizeError`] where the lengths differ.
pub fn leaky_relu(level: SimdLevel, slope: f32, input: &[f32], output: &mut [f32]) -> Result<(), SizeError> {
    check_len("input", input, output.len())?;
    binary(level, Binary::Mask(slope), input, input, output);
    Ok(())
}

/// `output = gradient` where `input` is positive, else `slope * gradient`. `input` may be the activation's output too, if the
/// slope is positive.
///
/// # Errors
/// [`SizeError`] where the lengths differ.
pub fn leaky_relu_gradient(level: SimdLevel, slope: f32, input: &[f32], gradient: &[f32], output: &mut [f32]) -> Result<(), SizeError> {
    check_len("input", input, output.len())?;
    check_len("gradient", gradient, output.len())?;
    binary(level, Binary::Mask(slope), input, gradient, output);
    Ok(())
}

/// `output = a + b`.
///
/// # Errors
/// [`SizeError`] where the lengths differ.
pub fn add(level: SimdLevel, a: &[f32], b: &[f32], output: &mut [f32]) -> Result<(), SizeError> {
    check_len("a", a, output.len())?;
    check_len("b", b, output.len())?;
    binary(level, Binary::Add, a, b, output);
    Ok(())
}

/// `output = factor * a + b`.
///
/// # Errors
/// [`SizeError`] where the lengths differ.
pub fn scaled_add(level: SimdLevel, factor: f32, a: &[f32], b: &[f32], output: &mut [f32]) -> Result<(), SizeError> {
    check_len("a", a, output.len())?;
    check_len("b", b, output.len())?;
    binary(level, Binary::ScaledAdd(factor), a, b, output);
    Ok(())
}

/// A function of two numbers.
#[derive(Clone, Copy)]
enum Binary {
    /// `b` where `a` is positive, else `slope * b`.
    Mask(f32),
    Add,
    ScaledAdd(f32),
}

fn binary(level: SimdLevel, operation: Binary, a: &[f32], b: &[f32], output: &mut [f32]) {
    let piece = piece(output.len(), 16);
    let pieces = output.par_chunks_mut(piece).zip(a.par_chunks(piece).zip(b.par_chunks(piece)));
    pieces.for_each(|(output, (a, b))| level.run(BinaryPiece { operation, a, b, output }));
}

struct BinaryPiece<'a> {
    operation: Binary,
    a: &'a [f32],
    b: &'a [f32],
    output: &'a mut [f32],
}

impl Kernel for BinaryPiece<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let len = self.output.len();
        assert!(self.a.len() == len && self.b.len() == len);
        let (a, b, output) = (self.a.as_ptr(), self.b.as_ptr(), self.output.as_mut_ptr());
        let whole = len / S::LANES * S::LANES;
        // SAFETY: all three slices have `len` numbers.
        unsafe {
            let mut i = 0;
            while i < whole {
                simd.store(output.add(i), self.operation.apply(simd, simd.load(a.add(i)), simd.load(b.add(i))));
                i += S::LANES;
            }
            let rest = len - whole;
            let (last_a, last_b) = (simd.load_partial(a.add(whole), rest), simd.load_partial(b.add(whole), rest));
            simd.store_partial(output.add(whole), self.operation.apply(simd, last_a, last_b), rest);
        }
    }
}

impl Binary {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, a: S::Vector, b: S::Vector) -> S::Vector {
        match self {
            Self::Mask(slope) => simd.select_positive(a, b, simd.mul(b, simd.splat(slope))),
            Self::Add => simd.add(a, b),
            Self::ScaledAdd(factor) => simd.mul_add(a, simd.splat(factor), b),
        }
    }
}

/// Sums of 2x2 pixels times `factor`; `planes` is the size of `input`.
fn shrink(level: SimdLevel, planes: Planes, input: &[f32], factor: f32, output: &mut [f32]) {
    let small = planes.halved();
    let (plane, small_plane) = (planes.height * planes.width, small.height * small.width);
    if output.is_empty() {
        return;
    }
    let piece = piece(output.len(), small_plane);
    let work = output.par_chunks_mut(piece).zip(input.par_chunks(piece / small_plane * plane));
    work.for_each(|(output, input)| level.run(Shrink { planes, input, factor, output }));
}

struct Shrink<'a> {
    planes: Planes,
    input: &'a [f32],
    factor: f32,
    output: &'a mut [f32],
}

impl Kernel for Shrink<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let (width, small_width, small_height) = (self.planes.width, self.planes.width / 2, self.planes.height / 2);
        let factor = simd.splat(self.factor);
        for (plane, small) in
            self.input.chunks_exact(self.planes.height * width).zip(self.output.chunks_exact_mut(small_height * small_width))
        {
            for (y, small) in small.chunks_exact_mut(small_width).enumerate() {
                let (upper, lower) = plane[2 * y * width..][..2 * width].split_at(width);
                let mut x = 0;
                while x + S::LANES <= small_width {
                    // SAFETY: 2 (x + LANES) <= width.
                    unsafe {
                        let [a, b]: [S::Vector; 2] = simd.load_rows(upper.as_ptr().add(2 * x), S::LANES);
                        let [c, d]: [S::Vector; 2] = simd.load_rows(lower.as_ptr().add(2 * x), S::LANES);
                        let sums = simd.pair_sums(simd.add(a, c), simd.add(b, d));
                        simd.store(small.as_mut_ptr().add(x), simd.mul(sums, factor));
                    }
                    x += S::LANES;
                }
                for x in x..small_width {
                    small[x] = ((upper[2 * x] + lower[2 * x]) + (upper[2 * x + 1] + lower[2 * x + 1])) * self.factor;
                }
            }
        }
    }
}

/// Every pixel four times, times `factor`; `planes` is the size of `output`, whose odd last row and column become zero.
fn grow(level: SimdLevel, planes: Planes, input: &[f32], factor: f32, output: &mut [f32]) {
    let small = planes.halved();
    let (plane, small_plane) = (planes.height * planes.width, small.height * small.width);
    if small_plane == 0 {
        output.fill(0.0);
        return;
    }
    if output.is_empty() {
        return;
    }
    let piece = piece(output.len(), plane);
    let work = output.par_chunks_mut(piece).zip(input.par_chunks(piece / plane * small_plane));
    work.for_each(|(output, input)| level.run(Grow { planes, input, factor, output }));
}

struct Grow<'a> {
    planes: Planes,
    input: &'a [f32],
    factor: f32,
    output: &'a mut [f32],
}

impl Kernel for Grow<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let (width, small_width, small_height) = (self.planes.width, self.planes.width / 2, self.planes.height / 2);
        let factor = simd.splat(self.factor);
        for (plane, small) in
            self.output.chunks_exact_mut(self.planes.height * width).zip(self.input.chunks_exact(small_height * small_width))
        {
            let (pairs, odd) = plane.split_at_mut(2 * small_height * width);
            odd.fill(0.0);
            for (rows, small) in pairs.chunks_exact_mut(2 * width).zip(small.chunks_exact(small_width)) {
                let (upper, lower) = rows.split_at_mut(width);
                let mut x = 0;
                while x + S::LANES <= small_width {
                    // SAFETY: 2 (x + LANES) <= width.
                    unsafe {
                        let values = simd.twice(simd.mul(simd.load(small.as_ptr().add(x)), factor));
                        simd.store_rows(upper.as_mut_ptr().add(2 * x), S::LANES, values);
                        simd.store_rows(lower.as_mut_ptr().add(2 * x), S::LANES, values);
                    }
                    x += S::LANES;
                }
                for x in x..small_width {
                    let value = small[x] * self.factor;
                    upper[2 * x..2 * x + 2].fill(value);
                    lower[2 * x..2 * x + 2].fill(value);
                }
                upper[2 * small_width..].fill(0.0);
                lower[2 * small_width..].fill(0.0);
            }
        }
    }
}
