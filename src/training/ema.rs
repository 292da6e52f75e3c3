//! The running average of a network's weights: what is shown, judged and kept is the average, not the last step
//! (Polyak and Juditsky 1992).

use std::collections::BTreeMap;

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use burn::tensor::ops::FloatTensor;
use burn::tensor::{TensorMetadata, TensorPrimitive};

use crate::backend::FaceBackend;
use crate::models::layers::{ParameterMapper, ParameterVisitor, map_parameters, visit_parameters};

/// `average` moved towards `current`: decay * average + (1 - decay) * current, parameter by parameter.
pub fn averaged<B: FaceBackend, M: Module<B>>(average: M, current: &M, decay: f32) -> M {
    let mut collect = Collect::<B>(BTreeMap::new());
    visit_parameters(current, &mut collect);
    map_parameters(average, &mut Average::<B> { current: collect.0, decay })
}

struct Collect<B: Backend>(BTreeMap<String, FloatTensor<B>>);

impl<B: Backend> ParameterVisitor<B> for Collect<B> {
    fn visit<const D: usize>(&mut self, name: &str, tensor: Tensor<B, D>) {
        self.0.insert(name.to_owned(), tensor.into_primitive().tensor());
    }
}

struct Average<B: Backend> {
    current: BTreeMap<String, FloatTensor<B>>,
    decay: f32,
}

impl<B: FaceBackend> ParameterMapper<B> for Average<B> {
    fn map<const D: usize>(&mut self, name: &str, tensor: Tensor<B, D>) -> Tensor<B, D> {
        let average = tensor.into_primitive().tensor();
        let current = self.current.remove(name).expect("both networks have the same shape");
        debug_assert_eq!(average.shape(), current.shape());
        let kept = B::float_mul_scalar(average, self.decay.into());
        let added = B::float_mul_scalar(current, (1.0 - self.decay).into());
        Tensor::from_primitive(TensorPrimitive::Float(B::float_add(kept, added)))
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
