//! Which algorithm computes a convolution on a device that has several.
//!
//! Owns the choices in force on each device and the order without any. Measuring them is the self-test's business, doing them the backend's.

#[cfg(any(feature = "gpu", feature = "cuda"))]
use std::any::TypeId;
use std::collections::BTreeMap;
#[cfg(any(feature = "gpu", feature = "cuda"))]
use std::sync::{PoisonError, RwLock};

#[cfg(any(feature = "gpu", feature = "cuda"))]
use burn::tensor::backend::DeviceOps;

use serde::{Deserialize, Serialize};

/// How a 3x3 convolution is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConvAlgorithm {
    /// Implicit GEMM on tensor cores; not every device and shape has it.
    ImplicitGemm,
    /// One matrix product over nine shifted copies of the picture.
    Matmul,
    /// burn's direct kernel.
    Direct,
}

impl ConvAlgorithm {
    /// All of them, in the order in which they are tried without a measurement.
    pub const ALL: [Self; 3] = [Self::ImplicitGemm, Self::Matmul, Self::Direct];
}

/// Which of the three computations of a 3x3 convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ConvPass {
    /// The output.
    Forward,
    /// The gradient for the input.
    InputGradient,
    /// The gradient for the weight.
    WeightGradient,
}

impl ConvPass {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Forward, Self::InputGradient, Self::WeightGradient];
}

/// What a choice is made for. The batch does not matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ConvCase {
    /// The computation.
    pub pass: ConvPass,
    /// C of the forward pass.
    pub channels: usize,
    /// K of the forward pass.
    pub filters: usize,
    /// H.
    pub height: usize,
    /// W.
    pub width: usize,
}

/// The algorithms that were measured to be right and fastest on one device.
pub type ConvChoices = BTreeMap<ConvCase, ConvAlgorithm>;

/// A device among those of its backend and of all others.
#[cfg(any(feature = "gpu", feature = "cuda"))]
type Key = (TypeId, u16, u16);

/// Choices by the device that they were measured on: burn's devices are names that hold nothing, so what belongs to one stands here.
#[cfg(any(feature = "gpu", feature = "cuda"))]
static CHOICES: RwLock<BTreeMap<Key, ConvChoices>> = RwLock::new(BTreeMap::new());

#[cfg(any(feature = "gpu", feature = "cuda"))]
fn key<D: DeviceOps>(device: &D) -> Key {
    let id = device.id();
    (TypeId::of::<D>(), id.type_id, id.index_id)
}

/// Puts choices in force for a device.
#[cfg(any(feature = "gpu", feature = "cuda"))]
pub(super) fn set_choices<D: DeviceOps>(device: &D, choices: ConvChoices) {
    CHOICES.write().unwrap_or_else(PoisonError::into_inner).insert(key(device), choices);
}

/// Runs the algorithm in force for a case on a device, or the first that the device can do.
///
/// # Panics
/// Where `run` can do none of them.
#[cfg(any(feature = "gpu", feature = "cuda"))]
pub(super) fn by_choice<D: DeviceOps, T>(device: &D, case: ConvCase, run: impl Fn(ConvAlgorithm) -> Option<T>) -> T {
    let chosen = CHOICES.read().unwrap_or_else(PoisonError::into_inner).get(&key(device)).and_then(|choices| choices.get(&case)).copied();
    run_first(chosen, run)
}

#[cfg(any(feature = "gpu", feature = "cuda", test))]
fn run_first<T>(chosen: Option<ConvAlgorithm>, run: impl Fn(ConvAlgorithm) -> Option<T>) -> T {
    let chosen = chosen.and_then(&run);
    chosen.or_else(|| ConvAlgorithm::ALL.into_iter().find_map(&run)).expect("the direct kernel takes every shape")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "gpu")]
    #[test]
    fn a_choice_is_in_force_on_its_own_device_only() {
        use burn_wgpu::WgpuDevice;
        let case = ConvCase { pass: ConvPass::Forward, channels: 1, filters: 1, height: 1, width: 1 };
        let (mine, other) = (WgpuDevice::VirtualGpu(6), WgpuDevice::VirtualGpu(7));
        set_choices(&mine, [(case, ConvAlgorithm::Direct)].into());
        assert_eq!([&mine, &other].map(|device| by_choice(device, case, Some)), [ConvAlgorithm::Direct, ConvAlgorithm::ImplicitGemm]);
    }

    #[test]
    fn a_choice_that_a_device_cannot_do_falls_back_to_the_order() {
        let without_tensor_cores = |algorithm| (algorithm != ConvAlgorithm::ImplicitGemm).then_some(algorithm);
        assert_eq!(run_first(Some(ConvAlgorithm::Direct), without_tensor_cores), ConvAlgorithm::Direct);
        assert_eq!(run_first(Some(ConvAlgorithm::ImplicitGemm), without_tensor_cores), ConvAlgorithm::Matmul);
        assert_eq!(run_first(None, Some), ConvAlgorithm::ImplicitGemm);
    }
}
