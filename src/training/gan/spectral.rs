//! Spectral normalisation: every weight of a critic divided by its largest singular value, which one step of the power iteration
//! follows from training step to training step (Miyato et al. 2018).
//!
//! It is a map over the whole network: no layer knows of it. Gradients flow through the division to the weights themselves.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

use crate::backend::FaceBackend;
use crate::models::{Precision, WeightError, Weights};

const LEAST: f32 = 1e-12;
/// Before any step the iteration is run for so long.
const FIRST_ITERATIONS: usize = 20;

/// The left singular vectors by the path of their weight.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Spectral {
    left: BTreeMap<String, Vec<f32>>,
}

impl Spectral {
    /// Follows the weights of a critic by one step of the power iteration.
    pub fn follow<B: FaceBackend, M: Module<B>>(&mut self, critic: &M) {
        critic.visit(&mut Follow::<'_> { spectral: self, path: Vec::new() });
    }

    /// The critic with every weight divided by its largest singular value.
    pub fn normalised<B: FaceBackend, M: Module<B>>(&self, critic: M) -> M {
        critic.map(&mut Normalise { spectral: self, path: Vec::new() })
    }

    /// As plain data.
    pub fn state(&self) -> Weights {
        let mut weights = Weights::default();
        for (path, left) in &self.left {
            weights.insert(path, &[left.len()], left.clone(), Precision::Single);
        }
        weights
    }

    /// From plain data.
    pub fn restore(&mut self, state: &Weights) -> Result<(), WeightError> {
        self.left = state.names().map(|name| (name.to_owned(), state.values(name).to_vec())).collect();
        Ok(())
    }
}

/// A weight as a matrix of one row for each first index; `None` for biases and the like.
fn matrix<B: Backend, const D: usize>(name: &str, tensor: Tensor<B, D>) -> Option<Tensor<B, 2>> {
    let dims = tensor.dims();
    let numbers: usize = dims.iter().product();
    name.ends_with("weight").then(|| tensor.reshape([dims[0], numbers / dims[0]]))
}

fn unit<B: Backend>(vector: Tensor<B, 2>) -> Tensor<B, 2> {
    let length = vector.clone().powi_scalar(2).sum().sqrt() + LEAST; // [1]
    vector / length.reshape([1, 1])
}

struct Follow<'a> {
    spectral: &'a mut Spectral,
    path: Vec<String>,
}

impl<B: Backend> ModuleVisitor<B> for Follow<'_> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        let path = self.path.join(".");
        let Some(matrix) = matrix(&path, param.val().detach()) else { return }; // [K, C]
        let (rows, device) = (matrix.dims()[0], matrix.device());
        let known = self.spectral.left.get(&path).cloned();
        let iterations = if known.is_some() { 1 } else { FIRST_ITERATIONS };
        let first = known.unwrap_or_else(|| vec![(rows as f32).sqrt().recip(); rows]);
        let mut left = Tensor::<B, 2>::from_data(TensorData::new(first, [rows, 1]), &device); // [K, 1]
        for _ in 0..iterations {
            let right = unit(matrix.clone().transpose().matmul(left)); // [C, 1]
            left = unit(matrix.clone().matmul(right)); // [K, 1]
        }
        self.spectral.left.insert(path, left.into_data().into_vec().expect("the backend computes in f32"));
    }
}

struct Normalise<'a> {
    spectral: &'a Spectral,
    path: Vec<String>,
}

impl<B: Backend> ModuleMapper<B> for Normalise<'_> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        let (id, tensor, mapper) = param.consume();
        let path = self.path.join(".");
        let normalised = match (matrix(&path, tensor.clone()), self.spectral.left.get(&path)) {
            (Some(matrix), Some(left)) => {
                let left = Tensor::<B, 2>::from_data(TensorData::new(left.clone(), [left.len(), 1]), &tensor.device()); // [K, 1]
                let right = unit(matrix.clone().detach().transpose().matmul(left.clone())); // [C, 1]
                let largest = (matrix.matmul(right) * left).sum(); // [1]
                tensor / (largest + LEAST).reshape([1; D])
            }
            _ => tensor,
        };
        Param::from_mapped_value(id, normalised, mapper)
    }
}
