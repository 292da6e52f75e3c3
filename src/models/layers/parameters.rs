//! The parameters of a network as weights by name, such as `encoder.blocks.0.first.weight`, and back.
//!
//! Owns the names. They are the paths of the modules, so that they outlive a program.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

use crate::models::weights::{Precision, WeightError, Weights};

/// Adds every parameter of a network to `weights`.
pub fn store_parameters<B: Backend, M: Module<B>>(network: &M, precision: Precision, weights: &mut Weights) {
    network.visit(&mut Store { weights, precision, path: Vec::new() });
}

/// The network with the parameters that `weights` hold in place of its own.
///
/// # Errors
/// [`WeightError`] where one is missing or has another shape.
pub fn load_parameters<B: Backend, M: Module<B>>(network: M, weights: &Weights) -> Result<M, WeightError> {
    let mut load = Load { weights, path: Vec::new(), error: None };
    let network = network.map(&mut load);
    load.error.map_or(Ok(network), Err)
}

struct Store<'a> {
    weights: &'a mut Weights,
    precision: Precision,
    path: Vec<String>,
}

impl<B: Backend> ModuleVisitor<B> for Store<'_> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        let tensor = param.val();
        let shape = tensor.dims();
        let values = tensor.into_data().into_vec().expect("the backend computes in f32");
        self.weights.insert(&self.path.join("."), &shape, values, self.precision);
    }
}

struct Load<'a> {
    weights: &'a Weights,
    path: Vec<String>,
    error: Option<WeightError>,
}

impl<B: Backend> ModuleMapper<B> for Load<'_> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        let (id, tensor, mapper) = param.consume();
        let shape = tensor.dims();
        let tensor = match self.weights.get(&self.path.join("."), &shape) {
            Ok(values) => {
                let tracked = tensor.is_require_grad();
                let loaded = Tensor::from_data(TensorData::new(values.to_vec(), shape), &tensor.device());
                loaded.set_require_grad(tracked)
            }
            Err(error) => {
                self.error.get_or_insert(error);
                tensor
            }
        };
        Param::from_mapped_value(id, tensor, mapper)
    }
}
