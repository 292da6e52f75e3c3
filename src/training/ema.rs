//! The running average of a network's weights: what is shown, judged and kept is the average, not the last step
//! (Polyak and Juditsky 1992).

use std::collections::BTreeMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use burn::tensor::ops::FloatTensor;
use burn::tensor::{TensorMetadata, TensorPrimitive};

use crate::backend::FaceBackend;

/// `average` moved towards `current`: decay * average + (1 - decay) * current, parameter by parameter.
pub fn averaged<B: FaceBackend, M: Module<B>>(average: M, current: &M, decay: f32) -> M {
    let mut collect = Collect::<B> { values: BTreeMap::new(), path: Vec::new() };
    current.visit(&mut collect);
    average.map(&mut Average::<B> { current: collect.values, decay, path: Vec::new() })
}

struct Collect<B: Backend> {
    values: BTreeMap<String, FloatTensor<B>>,
    path: Vec<String>,
}

impl<B: Backend> ModuleVisitor<B> for Collect<B> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        self.values.insert(self.path.join("."), param.val().into_primitive().tensor());
    }
}

struct Average<B: Backend> {
    current: BTreeMap<String, FloatTensor<B>>,
    decay: f32,
    path: Vec<String>,
}

impl<B: FaceBackend> ModuleMapper<B> for Average<B> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        let (id, tensor, mapper) = param.consume();
        let average = tensor.into_primitive().tensor();
        let current = self.current.remove(&self.path.join(".")).expect("both networks have the same shape");
        debug_assert_eq!(average.shape(), current.shape());
        let kept = B::float_mul_scalar(average, self.decay.into());
        let added = B::float_mul_scalar(current, (1.0 - self.decay).into());
        let tensor = Tensor::from_primitive(TensorPrimitive::Float(B::float_add(kept, added)));
        Param::from_mapped_value(id, tensor, mapper)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::Cpu;
    use crate::models::autoencoder::{Autoencoder, AutoencoderConfig};
    use crate::models::layers::store_parameters;
    use crate::models::{Precision, Weights};

    #[test]
    fn every_parameter_moves_towards_the_current_one() {
        let config = AutoencoderConfig { size: 8, channels: 2, widest: 4, latent_dim: 3 };
        let network = |seed| Autoencoder::<Cpu>::new(&config, seed, &Default::default());
        let (a, b) = (network(1), network(2));
        let numbers = |network: &Autoencoder<Cpu>| {
            let mut weights = Weights::default();
            store_parameters(network, Precision::Single, &mut weights);
            weights.names().flat_map(|name| weights.values(name).to_vec()).collect::<Vec<f32>>()
        };
        let (first, second) = (numbers(&a), numbers(&b));
        let mean = numbers(&averaged(a, &b, 0.75));
        assert_eq!(mean.len(), first.len());
        for ((a, b), mean) in first.iter().zip(&second).zip(&mean) {
            assert!((0.75 * a + 0.25 * b - mean).abs() < 1e-6);
        }
    }
}
