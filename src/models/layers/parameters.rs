//! The parameters of a network as weights by name, and back.
//!
//! The names are the paths of the modules, so that they outlive a program.

use burn::module::Module;
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

use super::walk::{ParameterMapper, ParameterVisitor, map_parameters, visit_parameters};
use crate::models::weights::{Precision, WeightError, Weights};

/// Adds every parameter of a network to `weights`.
pub fn store_parameters<B: Backend, M: Module<B>>(network: &M, precision: Precision, weights: &mut Weights) {
    visit_parameters(network, &mut Store { weights, precision });
}

/// The network with the parameters that `weights` hold in place of its own.
///
/// # Errors
/// [`WeightError`] where one is missing or has another shape.
pub fn load_parameters<B: Backend, M: Module<B>>(network: M, weights: &Weights) -> Result<M, WeightError> {
    let mut load = Load { weights, error: None };
    let network = map_parameters(network, &mut load);
    load.error.map_or(Ok(network), Err)
}

struct Store<'a> {
    weights: &'a mut Weights,
    precision: Precision,
}

impl<B: Backend> ParameterVisitor<B> for Store<'_> {
    fn visit<const D: usize>(&mut self, name: &str, tensor: Tensor<B, D>) {
        let shape = tensor.dims();
        let values = tensor.into_data().into_vec().expect("the backend computes in f32");
        self.weights.insert(name, &shape, values, self.precision);
    }
}

struct Load<'a> {
    weights: &'a Weights,
    error: Option<WeightError>,
}

impl<B: Backend> ParameterMapper<B> for Load<'_> {
    fn map<const D: usize>(&mut self, name: &str, tensor: Tensor<B, D>) -> Tensor<B, D> {
        let shape = tensor.dims();
        match self.weights.get(name, &shape) {
            Ok(values) => {
                let tracked = tensor.is_require_grad();
                let loaded = Tensor::from_data(TensorData::new(values.to_vec(), shape), &tensor.device());
                loaded.set_require_grad(tracked)
            }
            Err(error) => {
                self.error.get_or_insert(error);
                tensor
            }
        }
    }
}
