//! The generative models and how they stand on disk.
//!
//! Owns PCA, autoencoders and GANs, the model folder, and where models are looked up. Models are generic over `FaceBackend`; who runs them on
//! which thread is the engine's business.

pub mod autoencoder;
mod batches;
mod carried;
pub mod catalog;
pub mod dual;
mod folder;
mod frame_weights;
pub mod gan;
mod header;
mod in_place;
mod inverter_file;
mod kind;
pub mod layers;
mod mixture_weights;
mod network;
pub mod pca;
mod shipped;
mod weights;
mod zoning;

use crate::data::Faces;
use crate::latent::{Latent, LatentFrame, ZonedLatent};

pub use catalog::{PlacedModel, is_shipped, user_cache};
pub use folder::{FIGURES, HEADER, INVERTER, MODEL, ModelError, PREVIEW, StoredModel, WEIGHTS, is_model_folder};
pub use frame_weights::FrameWeights;
pub use header::ModelHeader;
pub use inverter_file::{ErrorLimit, InverterFile, StoredInverter, generator_fingerprint};
pub use kind::{Density, KindFacts, MixtureFact, ModelKind};
pub use mixture_weights::{MixtureWeightError, MixtureWeights};
pub use network::NetworkConfig;
pub use weights::{Precision, WeightError, WeightTensor, Weights};
pub use zoning::Zoning;

/// A model that is ready to compute. It lives on one thread; what other threads need of it is plain data.
pub trait FaceModel {
    /// What the model is.
    fn header(&self) -> &ModelHeader;

    /// The frame between sigma units and codes.
    fn frame(&self) -> &LatentFrame;

    /// Codes, row-major [N, code dimension], to N faces.
    fn decode(&self, codes: &[f32]) -> Faces;

    /// Faces to codes, row-major [N, code dimension]; `None` for a model without an encoder.
    ///
    /// # Panics
    /// Where the faces have another size than the model.
    fn encode(&self, faces: &Faces) -> Option<Vec<f32>>;

    /// The frame that follows from the network alone; `None` for a model whose frame is that of the codes of faces. Once it is no longer
    /// wanted, what comes out is of no use.
    fn own_frame(&self, _care: gan::FrameCare, _is_wanted: &dyn Fn() -> bool) -> Option<LatentFrame> {
        None
    }

    /// Latents in sigma units to faces.
    fn decode_latents(&self, latents: &[Latent]) -> Faces {
        let codes: Vec<f32> = latents.iter().flat_map(|latent| self.frame().to_code(latent)).collect();
        self.decode(&codes)
    }

    /// Codes that differ from zone to zone, those of each of [`Zone::PARTS`](crate::latent::Zone::PARTS) row-major [N, code dimension], to N
    /// faces. Where all agree, they are those of [`decode`](Self::decode). `None` for a model without zones.
    fn decode_zoned(&self, _codes: [&[f32]; 3]) -> Option<Faces> {
        None
    }

    /// Latents in sigma units that differ from zone to zone to faces; `None` for a model without zones.
    fn decode_zoned_latents(&self, latents: &[ZonedLatent]) -> Option<Faces> {
        let codes_of = |part: usize| latents.iter().flat_map(|latent| self.frame().to_code(&latent.parts()[part])).collect::<Vec<f32>>();
        let [coarse, middle, fine] = [0, 1, 2].map(codes_of);
        self.decode_zoned([&coarse, &middle, &fine])
    }
}
