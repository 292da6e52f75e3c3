//! A walk over the parameters of a network by name, such as `encoder.blocks.0.first.weight`.
//!
//! Owns how a module's path becomes a name. What is done with each parameter is decided by who walks.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

/// Looks at the parameters of a network.
pub trait ParameterVisitor<B: Backend> {
    /// Is shown one.
    fn visit<const D: usize>(&mut self, name: &str, tensor: Tensor<B, D>);
}

/// Replaces the parameters of a network.
pub trait ParameterMapper<B: Backend> {
    /// What takes the place of one; of the same shape.
    fn map<const D: usize>(&mut self, name: &str, tensor: Tensor<B, D>) -> Tensor<B, D>;
}

/// Shows every parameter of a network to a visitor, always in the same order.
pub fn visit_parameters<B: Backend, M: Module<B>>(network: &M, visitor: &mut impl ParameterVisitor<B>) {
    network.visit(&mut Walk { inner: visitor, path: Vec::new() });
}

/// The network with every parameter replaced.
pub fn map_parameters<B: Backend, M: Module<B>>(network: M, mapper: &mut impl ParameterMapper<B>) -> M {
    network.map(&mut Walk { inner: mapper, path: Vec::new() })
}

/// Keeps count of where in the network the walk is.
struct Walk<'a, T> {
    inner: &'a mut T,
    path: Vec<String>,
}

impl<B: Backend, T: ParameterVisitor<B>> ModuleVisitor<B> for Walk<'_, T> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        self.inner.visit(&self.path.join("."), param.val());
    }
}

impl<B: Backend, T: ParameterMapper<B>> ModuleMapper<B> for Walk<'_, T> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        let (id, tensor, mapper) = param.consume();
        let tensor = self.inner.map(&self.path.join("."), tensor);
        Param::from_mapped_value(id, tensor, mapper)
    }
}
