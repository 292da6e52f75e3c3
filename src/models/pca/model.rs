//! The linear decoder and encoder of PCA.
//!
//! Owns the forward pass; fitting is done elsewhere.

use burn::tensor::{Tensor, TensorData, TensorPrimitive};
use rayon::prelude::*;

use crate::backend::FaceBackend;
use crate::data::Faces;
use crate::latent::LatentFrame;
use crate::models::weights::WeightError;
use crate::models::{FaceModel, ModelHeader, StoredModel};

/// Faces decoded in one product: bounds the memory in flight.
const BATCH: usize = 256;

/// face = mean + code x axes, in [0, 1]; code = (face - mean) x axes transposed.
pub struct PcaModel<B: FaceBackend> {
    header: ModelHeader,
    frame: LatentFrame,
    /// [1, D]
    mean: Tensor<B, 2>,
    /// [K, D]
    axes: Tensor<B, 2>,
    device: B::Device,
}

impl<B: FaceBackend> PcaModel<B> {
    /// Puts the weights of a stored PCA on a device.
    ///
    /// # Errors
    /// [`WeightError`] where a tensor is missing or has another shape.
    pub fn new(stored: &StoredModel, device: B::Device) -> Result<Self, WeightError> {
        let (size, dim) = (stored.header.size, stored.header.latent_dim);
        let pixels = size * size * 3;
        let mean = stored.weights.get("mean", &[size, size, 3])?.to_vec();
        let axes = stored.weights.get("axes", &[dim, size, size, 3])?.to_vec();
        Ok(Self {
            header: stored.header.clone(),
            frame: stored.frame.clone(),
            mean: Tensor::from_data(TensorData::new(mean, [1, pixels]), &device),
            axes: Tensor::from_data(TensorData::new(axes, [dim, pixels]), &device),
            device,
        })
    }

    fn decode_batch(&self, codes: &[f32]) -> Vec<u8> {
        let dim = self.header.latent_dim;
        let codes = Tensor::<B, 2>::from_data(TensorData::new(codes.to_vec(), [codes.len() / dim, dim]), &self.device); // [N, K]
        let faces = linear(codes, self.axes.clone(), self.mean.clone()); // [N, D]
        let data = faces.into_data();
        let values = data.as_slice::<f32>().expect("the backend computes in f32");
        let mut bytes = vec![0; values.len()];
        bytes.par_chunks_mut(1 << 14).zip(values.par_chunks(1 << 14)).for_each(|(bytes, values)| {
            for (byte, value) in bytes.iter_mut().zip(values) {
                *byte = (value * 255.0 + 0.5) as u8;
            }
        });
        bytes
    }
}

/// [N, C] x [C, K] + [1, K] -> [N, K], through the backend's own operation.
fn linear<B: FaceBackend>(input: Tensor<B, 2>, weight: Tensor<B, 2>, bias: Tensor<B, 2>) -> Tensor<B, 2> {
    let [input, weight, bias] = [input, weight, bias].map(|tensor| tensor.into_primitive().tensor());
    Tensor::from_primitive(TensorPrimitive::Float(<B as FaceBackend>::linear(input, weight, bias)))
}

impl<B: FaceBackend> FaceModel for PcaModel<B> {
    fn header(&self) -> &ModelHeader {
        &self.header
    }

    fn frame(&self) -> &LatentFrame {
        &self.frame
    }

    fn decode(&self, codes: &[f32]) -> Faces {
        let pixels = codes.chunks(BATCH * self.header.latent_dim).flat_map(|batch| self.decode_batch(batch)).collect();
        Faces::new(self.header.size, pixels)
    }

    fn encode(&self, faces: &Faces) -> Option<Vec<f32>> {
        assert_eq!(faces.size(), self.header.size, "faces have the size of the model");
        let mut codes = Vec::with_capacity(faces.count() * self.header.latent_dim);
        let towards_mean = linear(self.mean.clone(), self.axes.clone().transpose(), Tensor::zeros([1, 1], &self.device)); // [1, K]
        for batch in faces.pixels().chunks(BATCH * faces.face_len()) {
            let unit: Vec<f32> = batch.iter().map(|byte| f32::from(*byte) / 255.0).collect();
            let count = unit.len() / faces.face_len();
            let input = Tensor::<B, 2>::from_data(TensorData::new(unit, [count, faces.face_len()]), &self.device); // [N, D]
            let output = linear(input, self.axes.clone().transpose(), towards_mean.clone().neg()); // [N, K]
            codes.extend_from_slice(output.into_data().as_slice::<f32>().expect("the backend computes in f32"));
        }
        Some(codes)
    }
}
