//! One step of AdamW (Loshchilov & Hutter 2019, arXiv:1711.05101) over a flat slice: one pass over memory, in vectors, on all threads.

use super::shape::{SizeError, check_len};
use super::simd::{Kernel, SimdLevel};
use super::simd_interface::Simd;
use rayon::prelude::*;

/// Numbers in one piece of work.
const PIECE: usize = 16 * 1024;

/// The settings of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamW {
    /// Learning rate.
    pub learning_rate: f32,
    /// Decay of the first moment.
    pub beta1: f32,
    /// Decay of the second moment.
    pub beta2: f32,
    /// Added to the root of the second moment.
    pub epsilon: f32,
    /// Parameters shrink by `learning_rate * weight_decay` in each step.
    pub weight_decay: f32,
}

impl AdamW {
    /// Step number `step` (the first is 1): updates the parameters and both moments in place, as the class of that name in PyTorch does.
    ///
    /// # Errors
    /// [`SizeError`] where the lengths differ.
    pub fn step(
        &self,
        level: SimdLevel,
        step: u32,
        parameters: &mut [f32],
        gradients: &[f32],
        first: &mut [f32],
        second: &mut [f32],
    ) -> Result<(), SizeError> {
        check_len("gradients", gradients, parameters.len())?;
        check_len("first moment", first, parameters.len())?;
        check_len("second moment", second, parameters.len())?;
        let step = f64::from(step);
        let first_correction = 1.0 - f64::from(self.beta1).powf(step);
        let second_correction = 1.0 - f64::from(self.beta2).powf(step);
        let scales = Scales {
            decay: 1.0 - self.learning_rate * self.weight_decay,
            rate: (f64::from(self.learning_rate) / first_correction) as f32,
            root: (1.0 / second_correction.sqrt()) as f32,
        };
        let moments = first.par_chunks_mut(PIECE).zip(second.par_chunks_mut(PIECE));
        parameters.par_chunks_mut(PIECE).zip(gradients.par_chunks(PIECE)).zip(moments).for_each(
            |((parameters, gradients), (first, second))| {
                level.run(Piece { settings: *self, scales, parameters, gradients, first, second });
            },
        );
        Ok(())
    }
}

/// Factors that depend on the step.
#[derive(Clone, Copy)]
struct Scales {
    decay: f32,
    rate: f32,
    root: f32,
}

struct Piece<'a> {
    settings: AdamW,
    scales: Scales,
    parameters: &'a mut [f32],
    gradients: &'a [f32],
    first: &'a mut [f32],
    second: &'a mut [f32],
}

impl Kernel for Piece<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        let len = self.parameters.len();
        assert!(self.gradients.len() == len && self.first.len() == len && self.second.len() == len);
        let mut start = 0;
        while start < len {
            // SAFETY: start..start + count lies inside all four slices.
            unsafe { self.update(simd, start, S::LANES.min(len - start)) };
            start += S::LANES;
        }
    }
}

impl Piece<'_> {
    /// Numbers `start..start + count`.
    #[inline(always)]
    unsafe fn update<S: Simd>(&mut self, simd: S, start: usize, count: usize) {
        let AdamW { beta1, beta2, epsilon, .. } = self.settings;
        // SAFETY: promised by the caller.
        unsafe {
            let parameters = self.parameters.as_mut_ptr().add(start);
            let (first, second) = (self.first.as_mut_ptr().add(start), self.second.as_mut_ptr().add(start));
            let gradient = simd.load_partial(self.gradients.as_ptr().add(start), count);
            let old_first = simd.load_partial(first, count);
            let new_first = simd.mul_add(simd.sub(gradient, old_first), simd.splat(1.0 - beta1), old_first);
            let square = simd.mul(simd.mul(gradient, gradient), simd.splat(1.0 - beta2));
            let new_second = simd.mul_add(simd.load_partial(second, count), simd.splat(beta2), square);
            let root = simd.mul_add(simd.sqrt(new_second), simd.splat(self.scales.root), simd.splat(epsilon));
            let change = simd.mul(simd.div(new_first, root), simd.splat(self.scales.rate));
            let old = simd.load_partial(parameters, count);
            let new = simd.sub(simd.mul(old, simd.splat(self.scales.decay)), change);
            simd.store_partial(parameters, new, count);
            simd.store_partial(first, new_first, count);
            simd.store_partial(second, new_second, count);
        }
    }
}
