//! What is asked of the decoder, what it tells, and where requests wait.
//!
//! Owns plain data only; what comes first, and what is out of date, is decided by the thread's side.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::backend::{BackendChoice, DeviceInfo};
use crate::data::Faces;
use crate::engine::tiles::TilePixels;
use crate::latent::{CellCoord, Latent, Lattice, Zones};
use crate::models::StoredModel;

/// Which tiles to decode, in order.
#[derive(Clone, Debug)]
pub struct TileRequest {
    /// Counts changes of the lattice; comes back with the tiles.
    pub version: u64,
    /// The lattice that the cells belong to.
    pub lattice: Lattice,
    /// The cells, most urgent first.
    pub cells: Vec<CellCoord>,
}

/// Which single faces to decode.
#[derive(Clone, Debug)]
pub struct FaceRequest {
    /// Comes back with the faces.
    pub token: u64,
    /// What to decode.
    pub latents: Vec<Latent>,
    /// Where their axes act, in a model that has zones.
    pub zones: Zones,
    /// Larger faces come at this many pixels along each side.
    pub largest_side: usize,
}

/// What the decoder tells.
#[derive(Debug)]
pub enum DecoderEvent {
    /// The model is ready on this device. Everything that follows comes from it.
    ModelOpened {
        /// Which opening this answers.
        generation: u64,
        /// Where it computes.
        device: DeviceInfo,
    },
    /// The model could not be opened; the one before goes on.
    ModelRefused {
        /// Which opening this answers.
        generation: u64,
        /// What to tell the user.
        reason: String,
    },
    /// The driver of a device failed while it decoded; the same model goes on where it computes now.
    DeviceLost {
        /// The opening of the model.
        generation: u64,
        /// What to tell the user.
        reason: String,
        /// Where it computes from now on.
        device: DeviceInfo,
    },
    /// The model decodes no more; until one is opened, nothing comes.
    Failed {
        /// The opening of the model; `None` where the decoder itself is not there.
        generation: Option<u64>,
        /// What to tell the user.
        reason: String,
    },
    /// Some tiles of a request.
    TilesDecoded {
        /// The opening of the model that made them.
        generation: u64,
        /// The version of their request.
        version: u64,
        /// Cells and their pixels.
        tiles: Vec<(CellCoord, Arc<TilePixels>)>,
    },
    /// The answer to [`Decoder::decode`](super::Decoder::decode).
    FacesDecoded {
        /// The opening of the model that made them.
        generation: u64,
        /// The token that was asked with.
        token: u64,
        /// The faces, in the order asked.
        faces: Faces,
    },
}

/// What the two sides share.
#[derive(Default)]
pub struct Shared {
    inbox: Mutex<Inbox>,
    /// Told of every change of the inbox.
    pub changed: Condvar,
}

/// What waits; requests with the opening that they are meant for.
#[derive(Default)]
pub struct Inbox {
    pub model: Option<(u64, StoredModel, BackendChoice)>,
    pub faces: Vec<(u64, FaceRequest)>,
    pub tiles: Option<(u64, TileRequest)>,
    pub closed: bool,
}

impl Shared {
    /// The inbox, for as long as nobody else looks into it.
    pub fn inbox(&self) -> MutexGuard<'_, Inbox> {
        // The inbox is plain data and whole at every moment, so a panic elsewhere leaves nothing broken in it.
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
