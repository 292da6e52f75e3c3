//! Codes that go through a decoder batch by batch.
//!
//! Owns how many at a time, and how pictures of a network become faces; the decoders are their models' own.

use burn::tensor::{Tensor, TensorData};

use crate::backend::FaceBackend;
use crate::data::{Faces, from_network};

/// Faces that go through a network at once: its feature maps stay in the cache.
pub(super) const BATCH: usize = 32;

/// The faces of `codes`, row-major [N, `dim`], through a decoder from `[B, dim]` to pictures `[B, 3, size, size]`.
pub(super) fn decode_codes<B: FaceBackend>(
    codes: &[f32],
    dim: usize,
    size: usize,
    device: &B::Device,
    decoder: impl Fn(Tensor<B, 2>) -> Tensor<B, 4>,
) -> Faces {
    let mut pixels = Vec::with_capacity(codes.len() / dim * size * size * 3);
    for codes in codes.chunks(BATCH * dim) {
        let codes = Tensor::from_data(TensorData::new(codes.to_vec(), [codes.len() / dim, dim]), device); // [B, k]
        let pictures = decoder(codes).into_data(); // [B, 3, S, S]
        pixels.extend(from_network(size, &pictures.into_vec::<f32>().expect("the backend computes in f32")));
    }
    Faces::new(size, pixels)
}
