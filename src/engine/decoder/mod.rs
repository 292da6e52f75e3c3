//! The decoder thread: turns cells of the lattice into pixels while the explorer goes on.
//!
//! Owns the thread, its rayon pool and what waits for it. Every request names the opening of the model that it is meant for: while
//! another model is being opened, and after it was refused, what is asked of the one before is answered by that. Tile requests are
//! latest-wins: a new one supersedes what is not decoded yet. Nothing here ever makes the asking side wait.

mod serve;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, bounded};

use super::open::open_model_somewhere;
use super::threads::{self, Manners};
use super::tiles::TilePixels;
use crate::backend::{BackendChoice, DeviceInfo};
use crate::data::Faces;
use crate::latent::{CellCoord, Latent, Lattice};
use crate::models::StoredModel;

pub use serve::decode_tiles;
use serve::{Open, Server};

/// Finished chunks that may wait for the explorer before the decoder pauses.
const EVENTS_IN_FLIGHT: usize = 32;

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
    /// The answer to [`Decoder::decode`].
    FacesDecoded {
        /// The opening of the model that made them.
        generation: u64,
        /// The token that was asked with.
        token: u64,
        /// The faces, in the order asked.
        faces: Faces,
    },
}

/// The asking side. Dropping it ends the thread.
pub struct Decoder {
    shared: Arc<Shared>,
    events: Receiver<DecoderEvent>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    inbox: Mutex<Inbox>,
    changed: Condvar,
}

/// What waits; requests with the opening that they are meant for.
#[derive(Default)]
struct Inbox {
    model: Option<(u64, StoredModel, BackendChoice)>,
    faces: Vec<(u64, FaceRequest)>,
    tiles: Option<(u64, TileRequest)>,
    closed: bool,
}

impl Shared {
    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        // The inbox is plain data and whole at every moment, so a panic elsewhere leaves nothing broken in it.
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Decoder {
    /// Starts the thread with `threads` worker threads of its own. Where the system starts none, the first event says so.
    pub fn spawn(threads: usize) -> Self {
        Self::spawn_with(threads, Box::new(open_model_somewhere))
    }

    fn spawn_with(threads: usize, open: Box<Open>) -> Self {
        let shared = Arc::new(Shared::default());
        let (sender, events) = bounded(EVENTS_IN_FLIGHT);
        let inner = shared.clone();
        let teller = sender.clone();
        let work = move || threads::in_pool("decode", threads, Manners::Yields, || Server::new(&inner, sender, open).run());
        match threads::start("decoder", "decoding faces", work) {
            Ok(thread) => Self { shared, events, thread: Some(thread) },
            Err(reason) => {
                teller.try_send(DecoderEvent::Failed { generation: None, reason }).ok();
                Self { shared, events, thread: None }
            }
        }
    }

    /// Opens a model in place of the current one; `generation` marks everything that comes from it.
    pub fn open(&self, generation: u64, model: StoredModel, backend: BackendChoice) {
        self.shared.inbox().model = Some((generation, model, backend));
        self.shared.changed.notify_one();
    }

    /// Asks for tiles of the model that was opened as `generation`, superseding what was asked before.
    pub fn request_tiles(&self, generation: u64, request: TileRequest) {
        self.shared.inbox().tiles = Some((generation, request));
        self.shared.changed.notify_one();
    }

    /// Asks for single faces of the model that was opened as `generation`; they come before any tiles. A token that is still waiting
    /// is replaced.
    pub fn decode(&self, generation: u64, request: FaceRequest) {
        let mut inbox = self.shared.inbox();
        inbox.faces.retain(|(_, waiting)| waiting.token != request.token);
        inbox.faces.push((generation, request));
        self.shared.changed.notify_one();
    }

    /// Whether there is a thread that answers.
    pub fn is_running(&self) -> bool {
        self.thread.is_some()
    }

    /// What has happened since last asked.
    pub fn events(&self) -> &Receiver<DecoderEvent> {
        &self.events
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        self.shared.inbox().closed = true;
        self.shared.changed.notify_one();
        // A decoder that waits for room in the channel must be let through to see that it is over.
        while self.thread.as_ref().is_some_and(|thread| !thread.is_finished()) {
            self.events.recv_timeout(std::time::Duration::from_millis(5)).ok();
        }
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}
