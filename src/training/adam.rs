//! AdamW (Loshchilov and Hutter 2019, Decoupled Weight Decay Regularization), one fused step for each parameter.
//!
//! Moments are kept by the path of their parameter, such as `encoder.blocks.0.first.weight`, so that they outlive a program.

use std::collections::BTreeMap;

use burn::backend::Autodiff;
use burn::module::{AutodiffModule, ModuleMapper, Param};
use burn::tensor::backend::AutodiffBackend;
use burn::tensor::ops::FloatTensor;
use burn::tensor::{Tensor, TensorMetadata, TensorPrimitive};

use crate::backend::{AdamParameter, AdamStep, FaceBackend};

/// What stays the same over all steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamConfig {
    /// Decay of the first moment.
    pub beta1: f32,
    /// Decay of the second moment.
    pub beta2: f32,
    /// Keeps the quotient finite.
    pub epsilon: f32,
    /// Decoupled weight decay.
    pub weight_decay: f32,
}

impl Default for AdamConfig {
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 1e-2 }
    }
}

/// The optimiser of one network.
pub struct Adam<B: FaceBackend> {
    config: AdamConfig,
    steps: u32,
    moments: BTreeMap<String, (FloatTensor<B>, FloatTensor<B>)>,
}

impl<B: FaceBackend> Adam<B> {
    /// An optimiser that has not seen a gradient yet.
    pub fn new(config: AdamConfig) -> Self {
        Self { config, steps: 0, moments: BTreeMap::new() }
    }

    /// Moves every parameter that has a gradient; the others stay as they are.
    pub fn step<M: AutodiffModule<Autodiff<B>>>(
        &mut self,
        module: M,
        gradients: <Autodiff<B> as AutodiffBackend>::Gradients,
        learning_rate: f32,
    ) -> M {
        self.steps += 1;
        let AdamConfig { beta1, beta2, epsilon, weight_decay } = self.config;
        let numbers = AdamStep { learning_rate, beta1, beta2, epsilon, weight_decay, step: self.steps };
        module.map(&mut StepMapper { moments: &mut self.moments, gradients, numbers, path: Vec::new() })
    }
}

struct StepMapper<'a, B: FaceBackend> {
    moments: &'a mut BTreeMap<String, (FloatTensor<B>, FloatTensor<B>)>,
    gradients: <Autodiff<B> as AutodiffBackend>::Gradients,
    numbers: AdamStep,
    path: Vec<String>,
}

impl<B: FaceBackend> ModuleMapper<Autodiff<B>> for StepMapper<'_, B> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<Autodiff<B>, D>>) -> Param<Tensor<Autodiff<B>, D>> {
        let (id, tensor, mapper) = param.consume();
        let Some(gradient) = tensor.grad_remove(&mut self.gradients) else {
            return Param::from_mapped_value(id, tensor, mapper);
        };
        let path = self.path.join(".");
        let weight = tensor.inner().into_primitive().tensor();
        let (first_moment, second_moment) = self.moments.remove(&path).unwrap_or_else(|| {
            let zeros = || B::float_zeros(weight.shape(), &B::float_device(&weight), weight.dtype().into());
            (zeros(), zeros())
        });
        let parameter = AdamParameter::<B> { weight, first_moment, second_moment };
        let stepped = B::adam_step(parameter, gradient.into_primitive().tensor(), self.numbers);
        self.moments.insert(path, (stepped.first_moment, stepped.second_moment));
        let tensor = Tensor::<B, D>::from_primitive(TensorPrimitive::Float(stepped.weight));
        Param::from_mapped_value(id, Tensor::from_inner(tensor).require_grad(), mapper)
    }
}
