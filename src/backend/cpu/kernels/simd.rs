//! The instruction sets behind the vector interface ([`simd_interface`](super::simd_interface)), and the choice between them at run time.
//!
//! A kernel is a struct that implements [`Kernel`]: its `run` is generic over [`Simd`] and `#[inline(always)]`, so that
//! [`SimdLevel::run`] compiles it once for each instruction set, inside a function that has that set enabled.

use super::simd_interface::Simd;
#[cfg(target_arch = "aarch64")]
use super::simd_neon::Neon;
use super::simd_portable::Portable;
#[cfg(target_arch = "x86_64")]
use super::{simd_avx2::Avx2, simd_avx512::Avx512};

/// Work that can be compiled for any instruction set. Implementations of `run` and all that it calls must be `#[inline(always)]`,
/// without closures around vector operations: a closure that is not inlined has no vector instructions.
pub trait Kernel {
    /// What `run` gives back.
    type Output;
    /// Does the work with the instructions of `S`.
    fn run<S: Simd>(self, simd: S) -> Self::Output;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Portable,
    #[cfg(target_arch = "aarch64")]
    Neon,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

/// An instruction set that this processor has. Only the constructors below make one, so holding a level proves that it can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SimdLevel(Level);

impl SimdLevel {
    /// The best level of this processor.
    #[must_use]
    pub fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            if avx2 && is_x86_feature_detected!("avx512f") {
                return Self(Level::Avx512);
            }
            if avx2 {
                return Self(Level::Avx2);
            }
        }
        #[cfg(target_arch = "aarch64")]
        if std::arch::is_aarch64_feature_detected!("neon") {
            return Self(Level::Neon);
        }
        Self(Level::Portable)
    }

    /// Every level that this processor can run, the slowest first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        let best = Self::detect();
        let mut levels = vec![Self(Level::Portable)];
        #[cfg(target_arch = "x86_64")]
        if best == Self(Level::Avx512) {
            levels.push(Self(Level::Avx2));
        }
        if best != levels[0] {
            levels.push(best);
        }
        levels
    }

    /// The level of that name (see [`SimdLevel::name`]), where this processor has it.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::available().into_iter().find(|level| level.name() == name)
    }

    /// `portable`, `neon`, `avx2` or `avx512`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.0 {
            Level::Portable => "portable",
            #[cfg(target_arch = "aarch64")]
            Level::Neon => "neon",
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => "avx512",
        }
    }

    /// The numbers in a vector of this level.
    #[must_use]
    pub fn lanes(self) -> usize {
        self.shape().0
    }

    /// The level to use where channels are lanes and there are no more than `channels` of them: half-empty vectors are a waste.
    pub(super) fn narrowed(self, channels: usize) -> Self {
        #[cfg(target_arch = "x86_64")]
        if self.0 == Level::Avx512 && channels <= 8 {
            return Self(Level::Avx2);
        }
        let _ = channels;
        self
    }

    /// Rows and vectors of a register tile.
    pub(super) fn tile(self) -> (usize, usize) {
        let (_, panel, group) = self.shape();
        (panel, group)
    }

    fn shape(self) -> (usize, usize, usize) {
        fn of<S: Simd>() -> (usize, usize, usize) {
            (S::LANES, S::PANEL, S::GROUP)
        }
        match self.0 {
            Level::Portable => of::<Portable>(),
            #[cfg(target_arch = "aarch64")]
            Level::Neon => of::<Neon>(),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => of::<Avx2>(),
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => of::<Avx512>(),
        }
    }

    /// Runs `kernel` with the instructions of this level.
    #[inline]
    pub fn run<K: Kernel>(self, kernel: K) -> K::Output {
        match self.0 {
            Level::Portable => kernel.run(Portable),
            #[cfg(target_arch = "aarch64")]
            // SAFETY: a Neon level is only made where the processor has NEON.
            Level::Neon => unsafe { run_neon(kernel) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: an Avx2 level is only made where the processor has AVX2 and FMA.
            Level::Avx2 => unsafe { run_avx2(kernel) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: an Avx512 level is only made where the processor has AVX-512F, AVX2 and FMA.
            Level::Avx512 => unsafe { run_avx512(kernel) },
        }
    }
}

#[cfg(target_arch = "aarch64")]
#[target_feature(enable = "neon")]
fn run_neon<K: Kernel>(kernel: K) -> K::Output {
    // SAFETY: NEON is enabled in this function.
    kernel.run(unsafe { Neon::new() })
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn run_avx2<K: Kernel>(kernel: K) -> K::Output {
    // SAFETY: AVX2 and FMA are enabled in this function.
    kernel.run(unsafe { Avx2::new() })
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx2,fma")]
fn run_avx512<K: Kernel>(kernel: K) -> K::Output {
    // SAFETY: AVX-512F is enabled in this function.
    kernel.run(unsafe { Avx512::new() })
}
