//! AdamW (Loshchilov and Hutter 2019, Decoupled Weight Decay Regularization), one fused step for each parameter.
//!
//! Moments are kept by the path of their parameter, such as `encoder.blocks.0.first.weight`, so that they outlive a program.

use std::collections::BTreeMap;

use burn::backend::Autodiff;
use burn::module::{AutodiffModule, ModuleMapper, Param};
use burn::tensor::backend::AutodiffBackend;
use burn::tensor::ops::FloatTensor;
use burn::tensor::{Shape, Tensor, TensorData, TensorMetadata, TensorPrimitive};

use crate::backend::{AdamParameter, AdamStep, FaceBackend};
use crate::models::{Precision, WeightError, Weights};

/// The names of the moments, after the path of their parameter.
const FIRST: &str = "first_moment";
const SECOND: &str = "second_moment";

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

    /// Changes the weight decay from the next step on.
    pub fn set_weight_decay(&mut self, weight_decay: f32) {
        self.config.weight_decay = weight_decay;
    }

    /// Changes the decay of the second moment from the next step on.
    pub fn set_beta2(&mut self, beta2: f32) {
        self.config.beta2 = beta2;
    }

    /// How many steps were made.
    pub fn steps(&self) -> u32 {
        self.steps
    }

    /// The moments as plain data: `<parameter>.first_moment` and `<parameter>.second_moment`.
    pub fn state(&self) -> Weights {
        let mut weights = Weights::default();
        let mut insert = |name: String, tensor: &FloatTensor<B>| {
            let shape: Vec<usize> = tensor.shape().to_vec();
            let numbers = shape.iter().product();
            let flat = Tensor::<B, 1>::from_primitive(TensorPrimitive::Float(B::float_reshape(tensor.clone(), Shape::new([numbers]))));
            let values = flat.into_data().into_vec().expect("the backend computes in f32");
            weights.insert(&name, &shape, values, Precision::Single);
        };
        for (path, (first, second)) in &self.moments {
            insert(format!("{path}.{FIRST}"), first);
            insert(format!("{path}.{SECOND}"), second);
        }
        weights
    }

    /// Takes up moments and the number of steps where they were left.
    ///
    /// # Errors
    /// [`WeightError`] where a moment lacks its other half.
    pub fn restore(&mut self, state: &Weights, steps: u32, device: &B::Device) -> Result<(), WeightError> {
        let tensor = |name: &str, shape: &[usize]| -> Result<FloatTensor<B>, WeightError> {
            let data = TensorData::new(state.get(name, shape)?.to_vec(), Shape::from(shape.to_vec()));
            Ok(B::float_from_data(data, device))
        };
        let mut moments = BTreeMap::new();
        for name in state.names().filter(|name| name.ends_with(FIRST)) {
            let path = name.trim_end_matches(FIRST).trim_end_matches('.');
            let shape = state.shape(name).unwrap_or_default();
            moments.insert(path.to_owned(), (tensor(name, shape)?, tensor(&format!("{path}.{SECOND}"), shape)?));
        }
        (self.moments, self.steps) = (moments, steps);
        Ok(())
    }

    /// Forgets the moments and every step: for a network that has other parameters now.
    pub fn forget(&mut self) {
        (self.moments, self.steps) = (BTreeMap::new(), 0);
    }

    /// Moves every parameter that has a gradient; the others stay as they are.
    pub fn step<M: AutodiffModule<Autodiff<B>>>(
        &mut self,
        module: M,
        gradients: <Autodiff<B> as AutodiffBackend>::Gradients,
        learning_rate: f32,
    ) -> M {
        self.step_only(module, gradients, learning_rate, &[])
    }

    /// The same for the parameters whose paths begin with one of `only`; for all where there is none. The others rest: their moments follow
    /// their gradients all the same, so that they wake with steps of the right length.
    pub fn step_only<M: AutodiffModule<Autodiff<B>>>(
        &mut self,
        module: M,
        gradients: <Autodiff<B> as AutodiffBackend>::Gradients,
        learning_rate: f32,
        only: &[String],
    ) -> M {
        self.steps += 1;
        let AdamConfig { beta1, beta2, epsilon, weight_decay } = self.config;
        let numbers = AdamStep { learning_rate, beta1, beta2, epsilon, weight_decay, step: self.steps };
        module.map(&mut StepMapper { moments: &mut self.moments, gradients, numbers, only, path: Vec::new() })
    }
}

struct StepMapper<'a, B: FaceBackend> {
    moments: &'a mut BTreeMap<String, (FloatTensor<B>, FloatTensor<B>)>,
    gradients: <Autodiff<B> as AutodiffBackend>::Gradients,
    numbers: AdamStep,
    only: &'a [String],
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
        let rests = !self.only.is_empty() && !self.only.iter().any(|first| path.starts_with(first));
        let numbers = if rests { AdamStep { learning_rate: 0.0, ..self.numbers } } else { self.numbers };
        let weight = tensor.inner().into_primitive().tensor();
        let (first_moment, second_moment) = self.moments.remove(&path).unwrap_or_else(|| {
            let zeros = || B::float_zeros(weight.shape(), &B::float_device(&weight), weight.dtype().into());
            (zeros(), zeros())
        });
        let parameter = AdamParameter::<B> { weight, first_moment, second_moment };
        let stepped = B::adam_step(parameter, gradient.into_primitive().tensor(), numbers);
        self.moments.insert(path, (stepped.first_moment, stepped.second_moment));
        let tensor = Tensor::<B, D>::from_primitive(TensorPrimitive::Float(stepped.weight));
        Param::from_mapped_value(id, Tensor::from_inner(tensor).require_grad(), mapper)
    }
}
