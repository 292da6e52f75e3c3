//! Spectral normalisation: every weight of a critic divided by its largest singular value, where that is above 1 (Miyato et al. 2018,
//! with the bound of Gouk et al. 2021). One step of the power iteration follows the value from training step to training step.
//!
//! Weights below the bound stay as they are: a layer that begins at zero cannot be brought to length 1.
//! It is a map over the whole network: no layer knows of it. Gradients flow through the division to the weights themselves.

use std::collections::BTreeMap;

use burn::module::Module;
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

use crate::backend::FaceBackend;
use crate::models::layers::{ParameterMapper, ParameterVisitor, map_parameters, visit_parameters};
use crate::models::{Precision, WeightError, Weights};

/// Against dividing by zero.
const LEAST: f32 = 1e-12;
/// What the largest singular value may be.
const BOUND: f32 = 1.0;
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
        visit_parameters(critic, &mut Follow(self));
    }

    /// The critic with no largest singular value above 1.
    pub fn normalised<B: FaceBackend, M: Module<B>>(&self, critic: M) -> M {
        map_parameters(critic, &mut Normalise(self))
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
        let found = state.names().map(|name| (name.to_owned(), state.values(name).to_vec()));
        // A vector of zeros would stay one for ever.
        self.left = found.filter(|(_, left)| left.iter().any(|number| *number != 0.0)).collect();
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

struct Follow<'a>(&'a mut Spectral);

impl<B: Backend> ParameterVisitor<B> for Follow<'_> {
    fn visit<const D: usize>(&mut self, name: &str, tensor: Tensor<B, D>) {
        let Some(matrix) = matrix(name, tensor.detach()) else { return }; // [K, C]
        let (rows, device) = (matrix.dims()[0], matrix.device());
        let known = self.0.left.get(name).cloned();
        let iterations = if known.is_some() { 1 } else { FIRST_ITERATIONS };
        let first = known.unwrap_or_else(|| vec![(rows as f32).sqrt().recip(); rows]);
        let mut left = Tensor::<B, 2>::from_data(TensorData::new(first.clone(), [rows, 1]), &device); // [K, 1]
        for _ in 0..iterations {
            let right = unit(matrix.clone().transpose().matmul(left)); // [C, 1]
            left = unit(matrix.clone().matmul(right)); // [K, 1]
        }
        let found: Vec<f32> = left.into_data().into_vec().expect("the backend computes in f32");
        // A weight of zeros has no direction; the search goes on from where it was.
        let is_lost = found.iter().all(|number| *number == 0.0);
        self.0.left.insert(name.to_owned(), if is_lost { first } else { found });
    }
}

struct Normalise<'a>(&'a Spectral);

impl<B: Backend> ParameterMapper<B> for Normalise<'_> {
    fn map<const D: usize>(&mut self, name: &str, tensor: Tensor<B, D>) -> Tensor<B, D> {
        match (matrix(name, tensor.clone()), self.0.left.get(name)) {
            (Some(matrix), Some(left)) => {
                let left = Tensor::<B, 2>::from_data(TensorData::new(left.clone(), [left.len(), 1]), &tensor.device()); // [K, 1]
                let right = unit(matrix.clone().detach().transpose().matmul(left.clone())); // [C, 1]
                let largest = (matrix.matmul(right) * left).sum(); // [1]
                tensor / largest.clamp_min(BOUND).reshape([1; D])
            }
            _ => tensor,
        }
    }
}
