//! What happens to a convolution's result on its way out: bias, activation mask, sum with another tensor, activation.

use super::shape::{Activation, SizeError, check_optional};
use super::shared::SharedOutput;
use super::simd_interface::Simd;

/// `activation((result + bias[channel]) * mask + add)`, each part optional. `mask` is 1 where its tensor is positive, else the slope.
#[derive(Clone, Copy, Default)]
pub struct Epilogue<'a> {
    /// One number for each output channel.
    pub bias: Option<&'a [f32]>,
    /// A tensor of the output's shape, and the slope.
    pub mask: Option<(&'a [f32], f32)>,
    /// A tensor of the output's shape.
    pub add: Option<&'a [f32]>,
    /// Applied last.
    pub activation: Activation,
}

impl Epilogue<'_> {
    /// # Errors
    /// [`SizeError`] where a slice does not fit an output of `channels` channels and `len` numbers.
    pub fn check(&self, channels: usize, len: usize) -> Result<(), SizeError> {
        check_optional("bias", self.bias, channels)?;
        check_optional("mask", self.mask.map(|(mask, _)| mask), len)?;
        check_optional("add", self.add, len)
    }

    /// The bias of `channel`.
    #[inline(always)]
    pub fn bias_of(&self, channel: usize) -> f32 {
        self.bias.map_or(0.0, |bias| bias[channel])
    }

    /// Finishes `count` results that lie at `results` and writes them to `output` from `offset` on.
    ///
    /// # Safety
    /// `results` must be readable for `count` numbers; `offset + count` must lie inside the output, whose part the caller owns;
    /// [`Epilogue::check`] must have passed for that output.
    #[inline(always)]
    pub unsafe fn write<S: Simd>(&self, simd: S, results: *const f32, bias: f32, output: SharedOutput<'_>, offset: usize, count: usize) {
        let bias = simd.splat(bias);
        let whole = count / S::LANES * S::LANES;
        // SAFETY: the caller promises `count` numbers on both sides, and mask and add are as long as the output.
        unsafe {
            let mut done = 0;
            while done < whole {
                let value = self.finish::<S, false>(simd, simd.load(results.add(done)), bias, offset + done, 0);
                simd.store(output.at(offset + done), value);
                done += S::LANES;
            }
            let rest = count - whole;
            if rest > 0 {
                let value = self.finish::<S, true>(simd, simd.load_partial(results.add(whole), rest), bias, offset + whole, rest);
                simd.store_partial(output.at(offset + whole), value, rest);
            }
        }
    }

    /// One vector of results, of which the first `count` (where `PARTIAL`, else all) belong to the output from `offset` on.
    #[inline(always)]
    unsafe fn finish<S: Simd, const PARTIAL: bool>(
        &self,
        simd: S,
        result: S::Vector,
        bias: S::Vector,
        offset: usize,
        count: usize,
    ) -> S::Vector {
        let mut value = simd.add(result, bias);
        // SAFETY: the caller promises that the numbers lie inside the output, and thus inside mask and add.
        unsafe {
            if let Some((mask, slope)) = self.mask {
                let place = mask.as_ptr().add(offset);
                let mask = if PARTIAL { simd.load_partial(place, count) } else { simd.load(place) };
                value = simd.select_positive(mask, value, simd.mul(value, simd.splat(slope)));
            }
            if let Some(add) = self.add {
                let place = add.as_ptr().add(offset);
                value = simd.add(value, if PARTIAL { simd.load_partial(place, count) } else { simd.load(place) });
            }
        }
        if let Activation::LeakyRelu(slope) = self.activation {
            value = simd.leaky(value, simd.splat(slope));
        }
        value
    }
}
