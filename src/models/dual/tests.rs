//! Every tangent rule against numerical derivatives in f64.

use burn::tensor::{Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Dual, Maps, Rows, Scorer};
use crate::backend::{Activation, Exact};
use crate::models::layers::{Block, Conv1x1, Conv3x3, Init, Linear};

const ACTIVATION: Activation = Activation::LeakyRelu(0.2);
const STEP: f64 = 1e-6;

/// Every layer that critics are made of, in one network: 3 -> 5 -> 5 -> fade-in -> 4 -> deviation -> score.
struct EveryLayer {
    first: Conv3x3<Exact>,
    second: Conv3x3<Exact>,
    skip: Conv1x1<Exact>,
    block: Block<Exact>,
    directed: Conv3x3<Exact>,
    levelled: Block<Exact>,
    hidden: Linear<Exact>,
    to_score: Linear<Exact>,
}

impl EveryLayer {
    fn new() -> Self {
        let device = Default::default();
        let mut init = Init::new(3, &device);
        Self {
            first: Conv3x3::new(3, 5, &mut init),
            second: Conv3x3::new(5, 5, &mut init),
            skip: Conv1x1::new(3, 5, &mut init),
            block: Block::fixup(5, 1, 0.2, &mut init),
            directed: Conv3x3::directions(5, 5, 1.3, false, &mut init),
            levelled: Block::plain(5, 0.2, true, &mut init),
            hidden: Linear::new(6 * 16, 7, &mut init),
            to_score: Linear::new(7, 1, &mut init),
        }
    }
}

impl Scorer<Exact> for EveryLayer {
    fn score<M: Maps<Exact>>(&self, pictures: M, group: usize) -> M::Rows {
        let features = pictures.clone().conv3x3(&self.first, Activation::Identity); // [N, 5, 8, 8]
        let features = features.conv3x3_residual(&self.second, pictures.clone().conv1x1(&self.skip), ACTIVATION); // [N, 5, 8, 8]
        let old = pictures.average_pool2().upsample2().conv1x1(&self.skip).activate(ACTIVATION); // [N, 5, 8, 8]
        let features = old.blend(features.clone(), 0.3).add(features); // [N, 5, 8, 8]
        let features = self.block.forward(features, ACTIVATION).conv3x3(&self.directed, ACTIVATION); // [N, 5, 8, 8]
        let features = self.levelled.forward(features, ACTIVATION).average_pool2().with_deviation(group); // [N, 6, 4, 4]
        features.flatten().linear(&self.hidden).activate(ACTIVATION).linear(&self.to_score) // [N, 1]
    }
}

fn pictures(seed: u64) -> Tensor<Exact, 4> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let numbers: Vec<f64> = (0..4 * 3 * 64).map(|_| random.random_range(-1.0..1.0)).collect();
    Tensor::from_data(TensorData::new(numbers, [4, 3, 8, 8]), &Default::default())
}

fn numbers(tensor: Tensor<Exact, 2>) -> Vec<f64> {
    tensor.into_data().into_vec().unwrap()
}

#[test]
fn tangents_are_directional_derivatives() {
    let network = EveryLayer::new();
    for (group, seed) in [(4, 1), (2, 3), (1, 5)] {
        let (at, along) = (pictures(seed), pictures(seed + 1));
        let dual = network.score(Dual { value: at.clone(), tangent: along.clone() }, group);
        let shifted = |by: f64| numbers(network.score(at.clone() + along.clone() * by, group));
        assert_eq!(numbers(dual.value), shifted(0.0), "values are those of plain tensors");
        let numerical: Vec<f64> = shifted(STEP).iter().zip(shifted(-STEP)).map(|(ahead, behind)| (ahead - behind) / (2.0 * STEP)).collect();
        let largest = numerical.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
        for (tangent, numerical) in numbers(dual.tangent).into_iter().zip(numerical) {
            assert!((tangent - numerical).abs() < 1e-6 * largest, "group {group}: {tangent} and {numerical}");
        }
    }
}

#[test]
fn tangents_are_linear_in_the_direction() {
    let network = EveryLayer::new();
    let tangent = |along: Tensor<Exact, 4>| numbers(network.score(Dual { value: pictures(1), tangent: along }, 4).tangent);
    let (first, second) = (tangent(pictures(2)), tangent(pictures(3)));
    let both = tangent(pictures(2) * 2.0 + pictures(3));
    for ((first, second), both) in first.iter().zip(second).zip(both) {
        assert!((2.0 * first + second - both).abs() < 1e-12);
    }
}
