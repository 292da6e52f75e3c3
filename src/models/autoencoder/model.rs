//! An autoencoder as a model that computes: faces to codes and back, in the frame of the codes' own PCA.
//!
//! Owns the forward passes in batches; learning is done elsewhere.

use burn::tensor::{Tensor, TensorData};

use super::{Autoencoder, AutoencoderConfig};
use crate::backend::FaceBackend;
use crate::data::{Faces, to_network};
use crate::latent::LatentFrame;
use crate::models::batches::{BATCH, decode_codes};
use crate::models::layers::load_parameters;
use crate::models::weights::WeightError;
use crate::models::{FaceModel, ModelHeader, StoredModel};

/// An autoencoder on a device.
pub struct AutoencoderModel<B: FaceBackend> {
    header: ModelHeader,
    frame: LatentFrame,
    network: Autoencoder<B>,
    device: B::Device,
}

impl<B: FaceBackend> AutoencoderModel<B> {
    /// Puts the weights of a stored autoencoder of a shape on a device.
    ///
    /// # Errors
    /// [`WeightError`] where a tensor is missing or has another shape.
    pub fn new(stored: &StoredModel, config: &AutoencoderConfig, device: B::Device) -> Result<Self, WeightError> {
        let network = load_parameters(Autoencoder::new(config, 0, &device), &stored.weights)?;
        Ok(Self::from_network(stored.header.clone(), stored.frame.clone(), network, device))
    }

    /// A network that is on its device already.
    pub fn from_network(header: ModelHeader, frame: LatentFrame, network: Autoencoder<B>, device: B::Device) -> Self {
        Self { header, frame, network, device }
    }
}

impl<B: FaceBackend> FaceModel for AutoencoderModel<B> {
    fn header(&self) -> &ModelHeader {
        &self.header
    }

    fn frame(&self) -> &LatentFrame {
        &self.frame
    }

    fn decode(&self, codes: &[f32]) -> Faces {
        decode_codes(codes, self.frame.code_dim(), self.header.size, &self.device, |codes| self.network.decoder.forward(codes))
    }

    fn encode(&self, faces: &Faces) -> Option<Vec<f32>> {
        let size = self.header.size;
        assert_eq!(faces.size(), size, "faces have the size of the model");
        let batches = faces.pixels().chunks(BATCH * faces.face_len()).flat_map(|bytes| {
            let shape = [bytes.len() / faces.face_len(), 3, size, size];
            let pictures = Tensor::from_data(TensorData::new(to_network(size, bytes), shape), &self.device); // [N, 3, S, S]
            self.network.encoder.forward(pictures).into_data().into_vec::<f32>().expect("the backend computes in f32") // [N, k]
        });
        Some(batches.collect())
    }
}
