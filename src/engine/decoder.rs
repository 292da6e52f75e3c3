//! The decoder thread: turns cells of the lattice into pixels while the explorer goes on.
//!
//! Owns the thread, its rayon pool and the model on it. Tile requests are latest-wins: a new one supersedes what is not
//! decoded yet. Nothing here ever makes the asking side wait.

use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::open_model;
use super::priority::yield_to_frames;
use super::tiles::TilePixels;
use crate::backend::{BackendChoice, DeviceInfo};
use crate::data::Faces;
use crate::latent::{CellCoord, Latent, Lattice};
use crate::models::{FaceModel, StoredModel};

/// Tiles decoded between two looks at the request slot: small enough that a new request waits some milliseconds only.
const TILES_PER_CHUNK: usize = 48;
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

#[derive(Default)]
struct Inbox {
    model: Option<(u64, StoredModel, BackendChoice)>,
    faces: Vec<(u64, Vec<Latent>)>,
    tiles: Option<TileRequest>,
    closed: bool,
}

impl Shared {
    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        // The inbox is plain data and whole at every moment, so a panic elsewhere leaves nothing broken in it.
        self.inbox.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Decoder {
    /// Starts the thread with `threads` worker threads of its own.
    pub fn spawn(threads: usize) -> Self {
        let shared = Arc::new(Shared::default());
        let (sender, events) = bounded(EVENTS_IN_FLIGHT);
        let inner = shared.clone();
        let work = move || {
            yield_to_frames();
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.max(1)).thread_name(|n| format!("decode-{n}"));
            match pool.start_handler(|_| yield_to_frames()).build() {
                Ok(pool) => pool.install(|| serve(&inner, &sender)),
                Err(_) => serve(&inner, &sender),
            }
        };
        let thread = std::thread::Builder::new().name("decoder".into()).spawn(work).ok();
        Self { shared, events, thread }
    }

    /// Opens a model in place of the current one; `generation` marks everything that comes from it.
    pub fn open(&self, generation: u64, model: StoredModel, backend: BackendChoice) {
        let mut inbox = self.shared.inbox();
        inbox.tiles = None;
        inbox.faces.clear();
        inbox.model = Some((generation, model, backend));
        self.shared.changed.notify_one();
    }

    /// Asks for tiles, superseding what was asked before.
    pub fn request_tiles(&self, request: TileRequest) {
        self.shared.inbox().tiles = Some(request);
        self.shared.changed.notify_one();
    }

    /// Asks for single faces; they come before any tiles. A token that is still waiting is replaced.
    pub fn decode(&self, token: u64, latents: Vec<Latent>) {
        let mut inbox = self.shared.inbox();
        inbox.faces.retain(|(waiting, _)| *waiting != token);
        inbox.faces.push((token, latents));
        self.shared.changed.notify_one();
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

enum Work {
    Open(u64, Box<StoredModel>, BackendChoice),
    Faces(u64, Vec<Latent>),
    Tiles(TileRequest),
}

fn next_work(shared: &Shared, ready: bool) -> Option<Work> {
    let mut inbox = shared.inbox();
    loop {
        if inbox.closed {
            return None;
        }
        if let Some((generation, model, backend)) = inbox.model.take() {
            return Some(Work::Open(generation, Box::new(model), backend));
        }
        if ready {
            if !inbox.faces.is_empty() {
                let (token, latents) = inbox.faces.remove(0);
                return Some(Work::Faces(token, latents));
            }
            if let Some(request) = inbox.tiles.take() {
                return Some(Work::Tiles(request));
            }
        }
        inbox = shared.changed.wait(inbox).unwrap_or_else(std::sync::PoisonError::into_inner);
    }
}

fn serve(shared: &Shared, events: &Sender<DecoderEvent>) {
    let mut current: Option<(u64, Box<dyn FaceModel>)> = None;
    // What is left of a request; whatever is newer goes first.
    let mut rest: Option<TileRequest> = None;
    loop {
        if let Some(request) = rest.take() {
            let mut inbox = shared.inbox();
            if inbox.tiles.is_none() && inbox.model.is_none() {
                inbox.tiles = Some(request);
            }
        }
        let event = match next_work(shared, current.is_some()) {
            None => return,
            Some(Work::Open(generation, stored, backend)) => match open_model(&stored, backend) {
                Ok((model, device)) => {
                    current = Some((generation, model));
                    DecoderEvent::ModelOpened { generation, device }
                }
                Err(error) => DecoderEvent::ModelRefused { generation, reason: error.to_string() },
            },
            Some(Work::Faces(token, latents)) => {
                let Some((generation, model)) = &current else { continue };
                DecoderEvent::FacesDecoded { generation: *generation, token, faces: model.decode_latents(&latents) }
            }
            Some(Work::Tiles(mut request)) => {
                let Some((generation, model)) = &current else { continue };
                let later = request.cells.split_off(request.cells.len().min(TILES_PER_CHUNK));
                let tiles = decode_tiles(model.as_ref(), &request.lattice, &request.cells);
                let version = request.version;
                if !later.is_empty() {
                    rest = Some(TileRequest { cells: later, ..request });
                }
                DecoderEvent::TilesDecoded { generation: *generation, version, tiles }
            }
        };
        if events.send(event).is_err() {
            return;
        }
    }
}

/// Decodes cells of a lattice at once, in the order given.
pub fn decode_tiles(model: &dyn FaceModel, lattice: &Lattice, cells: &[CellCoord]) -> Vec<(CellCoord, Arc<TilePixels>)> {
    let latents: Vec<Latent> = cells.iter().map(|cell| lattice.latent_at(*cell)).collect();
    let faces = model.decode_latents(&latents);
    cells.iter().zip(faces.iter()).map(|(cell, face)| (*cell, Arc::new(TilePixels::from_face(faces.size(), face)))).collect()
}
