//! A denoiser as a model that computes: an autoencoder's is all that it takes.

use crate::models::autoencoder::AutoencoderModel;

/// A denoiser on a device.
pub type DenoiserModel<B> = AutoencoderModel<B>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::Cpu;
    use crate::latent::LatentFrame;
    use crate::models::autoencoder::{Autoencoder, AutoencoderConfig};
    use crate::models::denoiser::DenoiserConfig;
    use crate::models::layers::store_parameters;
    use crate::models::{FaceModel, FrameWeights, ModelHeader, ModelKind, NetworkConfig, Precision, StoredModel, Weights};

    #[test]
    fn a_denoiser_is_one_after_it_was_kept() {
        let config = DenoiserConfig(AutoencoderConfig { size: 16, channels: 4, widest: 8, latent_dim: 3 });
        let mut weights = Weights::default();
        store_parameters(&Autoencoder::<Cpu>::new(&config, 1, &Default::default()), Precision::Single, &mut weights);
        let frame = LatentFrame::diagonal(vec![1.0; 3], vec![0.5, 0.3, 0.2]).unwrap();
        weights.insert_frame(&frame);
        let network = NetworkConfig::from(config);
        assert_eq!((network.kind(), network.widths(), network.latent_dim()), (ModelKind::Denoiser, vec![4, 8, 8], 3));
        let header = ModelHeader {
            name: "clean".into(),
            kind: ModelKind::Denoiser,
            size: 16,
            latent_dim: 3,
            faces: 1,
            origin: "a test".into(),
            licence: "any".into(),
            noise_variance: None,
            network: Some(network),
            training: None,
        };
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("clean");
        StoredModel { header: header.clone(), frame, weights: weights.into() }.save(&folder, b"").unwrap();
        let stored = StoredModel::open(&folder).unwrap();
        assert_eq!(stored.header, header);
        let model = DenoiserModel::<Cpu>::new(&stored, &config, Default::default()).unwrap();
        assert_eq!(model.encode(&model.decode(&[0.1, 0.2, 0.3])).map(|code| code.len()), Some(3));
    }
}
