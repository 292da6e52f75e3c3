//! What is asked and told about photos: their own file, as whoever starts jobs and whoever flies along both need it.

use std::path::PathBuf;

use bevy::prelude::Message;

use crate::engine::PhotoPlace;

/// Asks for the place of a photo in the latent space of the open model.
#[derive(Clone, Debug, Message)]
pub struct OpenPhoto(pub PathBuf);

/// A photo has its place.
#[derive(Clone, Debug, Message)]
pub struct PhotoPlaced(pub PhotoPlace);
