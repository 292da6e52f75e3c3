//! The models that are part of the program, so that one that was installed alone shows all of them in any folder.
//!
//! Owns their names and their bytes as they stand in `models/`; how a model is read is the business of the model folder, and which
//! place comes first that of the catalogue.

/// A model as its folder holds it.
pub(super) struct Shipped {
    /// What it is opened by: the name of its folder.
    pub(super) name: &'static str,
    /// The text of its header.
    pub(super) header: &'static str,
    /// Its weights, as safetensors.
    pub(super) weights: &'static [u8],
    /// Its preview, as PNG.
    pub(super) preview: &'static [u8],
    /// The encoder beside a generator, as safetensors, where there is one.
    pub(super) inverter: Option<&'static [u8]>,
}

/// All of them, in the order of their names.
pub(super) const SHIPPED: [Shipped; 3] = [
    Shipped {
        name: "autoencoder-celeba32",
        header: include_str!("../../models/autoencoder-celeba32/model.ron"),
        weights: include_bytes!("../../models/autoencoder-celeba32/weights.safetensors"),
        preview: include_bytes!("../../models/autoencoder-celeba32/preview.png"),
        inverter: None,
    },
    Shipped {
        name: "gan-celeba32",
        header: include_str!("../../models/gan-celeba32/model.ron"),
        weights: include_bytes!("../../models/gan-celeba32/weights.safetensors"),
        preview: include_bytes!("../../models/gan-celeba32/preview.png"),
        inverter: Some(include_bytes!("../../models/gan-celeba32/inverter.safetensors")),
    },
    Shipped {
        name: "pca-celeba64",
        header: include_str!("../../models/pca-celeba64/model.ron"),
        weights: include_bytes!("../../models/pca-celeba64/weights.safetensors"),
        preview: include_bytes!("../../models/pca-celeba64/preview.png"),
        inverter: None,
    },
];
