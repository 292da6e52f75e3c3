//! PCA as a model that computes: face = mean + code x axes, code = (face - mean) x axes transposed, in [0, 1] units.
//!
//! Owns the forward passes; fitting is done elsewhere.

use burn::tensor::{Tensor, TensorData, TensorPrimitive};
use rayon::prelude::*;

use crate::backend::FaceBackend;
use crate::data::Faces;
use crate::latent::LatentFrame;
use crate::models::weights::WeightError;
use crate::models::{FaceModel, ModelHeader, StoredModel};

/// Faces decoded or encoded in one product: enough for full speed, and it bounds the memory in flight.
const BATCH: usize = 128;

/// Numbers that one thread turns into bytes at a time.
const BYTES_AT_ONCE: usize = 1 << 14;

/// PCA on a device.
pub struct PcaModel<B: FaceBackend> {
    header: ModelHeader,
    frame: LatentFrame,
    mean: Vec<f32>,
    /// [1, H * W * 3]
    bias: Tensor<B, 2>,
    /// [K, H * W * 3]
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
        let mean = stored.weights.get("mean", &[size, size, 3])?.to_vec();
        let axes = stored.weights.get("axes", &[dim, size, size, 3])?.to_vec();
        Ok(Self {
            header: stored.header.clone(),
            frame: stored.frame.clone(),
            bias: Tensor::from_data(TensorData::new(mean.clone(), [1, mean.len()]), &device),
            axes: Tensor::from_data(TensorData::new(axes, [dim, mean.len()]), &device),
            mean,
            device,
        })
    }

    fn face_len(&self) -> usize {
        self.mean.len()
    }

    /// Row-major [N, C] numbers through a linear layer with `weight` [C, D] and `bias` [1, D] to row-major [N, D].
    fn linear(&self, input: Vec<f32>, weight: Tensor<B, 2>, bias: Tensor<B, 2>) -> Vec<f32> {
        let columns = weight.dims()[0];
        let shape = [input.len() / columns, columns];
        let input = Tensor::<B, 2>::from_data(TensorData::new(input, shape), &self.device); // [N, C]
        let [input, weight, bias] = [input, weight, bias].map(|tensor| tensor.into_primitive().tensor());
        let output = Tensor::<B, 2>::from_primitive(TensorPrimitive::Float(<B as FaceBackend>::linear(input, weight, bias))); // [N, D]
        output.into_data().into_vec().expect("the backend computes in f32")
    }

    /// NHWC bytes to centred numbers in [0, 1] units, row-major [N, H * W * 3].
    fn centred(&self, pixels: &[u8]) -> Vec<f32> {
        let mut centred = vec![0.0; pixels.len()];
        centred.par_chunks_mut(self.face_len()).zip(pixels.par_chunks(self.face_len())).for_each(|(centred, face)| {
            for ((number, byte), mean) in centred.iter_mut().zip(face).zip(&self.mean) {
                *number = f32::from(*byte) / 255.0 - mean;
            }
        });
        centred
    }
}

impl<B: FaceBackend> FaceModel for PcaModel<B> {
    fn header(&self) -> &ModelHeader {
        &self.header
    }

    fn frame(&self) -> &LatentFrame {
        &self.frame
    }

    fn decode(&self, codes: &[f32]) -> Faces {
        let dim = self.frame.code_dim();
        let mut pixels = vec![0; codes.len() / dim * self.face_len()];
        for (codes, pixels) in codes.chunks(BATCH * dim).zip(pixels.chunks_mut(BATCH * self.face_len())) {
            let numbers = self.linear(codes.to_vec(), self.axes.clone(), self.bias.clone()); // [N, H * W * 3]
            pixels.par_chunks_mut(BYTES_AT_ONCE).zip(numbers.par_chunks(BYTES_AT_ONCE)).for_each(|(bytes, numbers)| {
                Faces::write_unit(numbers, bytes);
            });
        }
        Faces::new(self.header.size, pixels)
    }

    fn encode(&self, faces: &Faces) -> Option<Vec<f32>> {
        assert_eq!(faces.size(), self.header.size, "faces have the size of the model");
        let no_bias = Tensor::zeros([1, self.frame.code_dim()], &self.device);
        let weight = self.axes.clone().transpose(); // [H * W * 3, K]
        let batches = faces.pixels().chunks(BATCH * self.face_len());
        Some(batches.flat_map(|batch| self.linear(self.centred(batch), weight.clone(), no_bias.clone())).collect())
    }
}
