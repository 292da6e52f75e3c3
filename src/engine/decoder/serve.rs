//! The thread's side: one piece of work after another, whatever becomes of the device.
//!
//! Owns the model in use, and what happens when the driver under it panics: the next device takes over, and the work is done again.

use std::sync::{Arc, PoisonError};

use crossbeam_channel::Sender;

use super::requests::{DecoderEvent, FaceRequest, Shared, TileRequest};
use crate::backend::{BackendChoice, DeviceError, DeviceInfo};
use crate::data::Faces;
use crate::engine::tiles::TilePixels;
use crate::engine::{EngineError, Waker};
use crate::faults::caught;
use crate::latent::{CellCoord, Latent, Lattice, ZonedLatent, ZonedLattice, Zones};
use crate::models::{FaceModel, StoredModel};

/// Tiles decoded between two looks at the request slot: small enough that a new request waits some milliseconds only.
const TILES_PER_CHUNK: usize = 48;
/// Bytes of numbers that faces may take while they are decoded.
const BYTES_AT_ONCE: usize = 128 << 20;
/// However small they are, not more faces than this are decoded at once.
const MOST_AT_ONCE: usize = 1024;

/// How models are put on devices; it takes note of those that are lost.
pub(super) type Open = dyn Fn(&StoredModel, BackendChoice, &mut Vec<DeviceError>) -> Result<Opened, EngineError> + Send;
type Opened = (Box<dyn FaceModel>, DeviceInfo);

/// The model in use.
struct Current {
    generation: u64,
    model: Box<dyn FaceModel>,
    device: DeviceInfo,
    stored: StoredModel,
    choice: BackendChoice,
}

enum Work {
    Open(u64, Box<StoredModel>, BackendChoice),
    Faces(FaceRequest),
    Tiles(TileRequest),
}

pub(super) struct Server<'a> {
    shared: &'a Shared,
    events: Sender<DecoderEvent>,
    waker: Waker,
    open: Box<Open>,
    current: Option<Current>,
    /// Devices that failed once are not asked again: what a driver does after a panic is anybody's guess.
    lost: Vec<DeviceError>,
}

impl<'a> Server<'a> {
    pub(super) fn new(shared: &'a Shared, events: Sender<DecoderEvent>, waker: Waker, open: Box<Open>) -> Self {
        Self { shared, events, waker, open, current: None, lost: Vec::new() }
    }

    /// Works until the asking side is gone.
    pub(super) fn run(mut self) {
        while let Some(work) = self.next_work() {
            let event = match work {
                Work::Open(generation, stored, choice) => Some(self.open_model(generation, *stored, choice)),
                Work::Faces(request) => self.faces(&request),
                Work::Tiles(request) => self.tiles(request),
            };
            if event.is_some_and(|event| !self.tell(event)) {
                return;
            }
        }
    }

    /// Sends an event and wakes who waits for it; false where nobody listens any more.
    fn tell(&self, event: DecoderEvent) -> bool {
        let is_heard = self.events.send(event).is_ok();
        self.waker.wake();
        is_heard
    }

    fn next_work(&mut self) -> Option<Work> {
        let mut inbox = self.shared.inbox();
        loop {
            if inbox.closed {
                return None;
            }
            if let Some((generation, model, choice)) = inbox.model.take() {
                return Some(Work::Open(generation, Box::new(model), choice));
            }
            if let Some(current) = &self.current {
                // What was meant for a model before is out of date.
                inbox.faces.retain(|(generation, _)| *generation >= current.generation);
                inbox.tiles = inbox.tiles.take().filter(|(generation, _)| *generation >= current.generation);
                if let Some(at) = inbox.faces.iter().position(|(generation, _)| *generation == current.generation) {
                    return Some(Work::Faces(inbox.faces.remove(at).1));
                }
                if inbox.tiles.as_ref().is_some_and(|(generation, _)| *generation == current.generation) {
                    return inbox.tiles.take().map(|(_, request)| Work::Tiles(request));
                }
            }
            inbox = self.shared.changed.wait(inbox).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn open_model(&mut self, generation: u64, stored: StoredModel, choice: BackendChoice) -> DecoderEvent {
        match (self.open)(&stored, choice, &mut self.lost) {
            Ok((model, device)) => {
                let before = self.current.replace(Current { generation, model, device: device.clone(), stored, choice });
                caught(|| drop(before)).ok();
                DecoderEvent::ModelOpened { generation, device }
            }
            Err(error) => DecoderEvent::ModelRefused { generation, reason: error.to_string() },
        }
    }

    fn faces(&mut self, request: &FaceRequest) -> Option<DecoderEvent> {
        let faces = self.compute(|model| decode_faces(model, request))?;
        let generation = self.current.as_ref()?.generation;
        Some(DecoderEvent::FacesDecoded { generation, token: request.token, faces })
    }

    /// Decodes the first tiles of a request and puts the rest back, unless something newer waits.
    fn tiles(&mut self, mut request: TileRequest) -> Option<DecoderEvent> {
        let size = self.current.as_ref()?.model.header().size;
        let later = request.cells.split_off(request.cells.len().min(TILES_PER_CHUNK.min(at_once(size))));
        let tiles = self.compute(|model| decode_tiles(model, &request.lattice, &request.cells))?;
        let (generation, version) = (self.current.as_ref()?.generation, request.version);
        if !later.is_empty() {
            let rest = TileRequest { cells: later, ..request };
            self.shared.inbox().tiles.get_or_insert((generation, rest));
        }
        Some(DecoderEvent::TilesDecoded { generation, version, tiles })
    }

    /// Does some work with the model in use; where its driver panics, again on the next device. `None` where no device is left.
    fn compute<T>(&mut self, work: impl Fn(&dyn FaceModel) -> T) -> Option<T> {
        loop {
            let current = self.current.as_ref()?;
            match caught(|| work(current.model.as_ref())) {
                Ok(result) => return Some(result),
                Err(reason) => self.move_on(&reason),
            }
        }
    }

    /// Leaves the device that has just failed for the next one, and tells of it.
    fn move_on(&mut self, reason: &str) {
        let Some(Current { generation, model, device, stored, choice }) = self.current.take() else { return };
        caught(|| drop(model)).ok();
        let event = if device.backend == "cpu" || choice != BackendChoice::Auto {
            failed(generation, &device, reason)
        } else {
            self.lost.push(DeviceError { backend: device.backend, reason: reason.to_owned() });
            match (self.open)(&stored, choice, &mut self.lost) {
                Ok((model, next)) => {
                    let (label, at) = (device.label(), if next.backend == "cpu" { "processor".into() } else { next.device.clone() });
                    let reason = format!("{label} failed while it decoded faces ({reason}). They come from the {at} now");
                    self.current = Some(Current { generation, model, device: next.clone(), stored, choice });
                    DecoderEvent::DeviceLost { generation, reason, device: next }
                }
                Err(error) => failed(generation, &device, &error.to_string()),
            }
        };
        // Nobody listening any more is no reason to fail: the next look at the inbox ends the thread.
        self.tell(event);
    }
}

fn failed(generation: u64, device: &DeviceInfo, reason: &str) -> DecoderEvent {
    let label = device.label();
    let reason = format!("Faces are no longer decoded: {label} failed at it ({reason}). Open this model again, or another one");
    DecoderEvent::Failed { generation: Some(generation), reason }
}

/// How many faces of `size` x `size` pixels are decoded at once, so that the memory in flight is bounded whatever their size.
fn at_once(size: usize) -> usize {
    (BYTES_AT_ONCE / (size * size * 3 * size_of::<f32>()).max(1)).clamp(1, MOST_AT_ONCE)
}

/// Decodes single faces; larger ones than `largest_side` come at that size.
fn decode_faces(model: &dyn FaceModel, request: &FaceRequest) -> Faces {
    let size = model.header().size;
    let side = size.min(request.largest_side);
    let mut pixels = Vec::with_capacity(request.latents.len() * side * side * 3);
    for latents in request.latents.chunks(at_once(size)) {
        let faces = decode(model, latents, &request.zones);
        let faces = if side < size { faces.resized(side) } else { faces };
        pixels.extend_from_slice(faces.pixels());
    }
    Faces::new(side, pixels)
}

/// Decodes latents whose axes act where `zones` say; in a model without zones they always act as a whole.
fn decode(model: &dyn FaceModel, latents: &[Latent], zones: &Zones) -> Faces {
    let zoned = || latents.iter().map(|latent| ZonedLatent::of(latent, zones)).collect::<Vec<ZonedLatent>>();
    let faces = if zones.are_whole() { None } else { model.decode_zoned_latents(&zoned()) };
    faces.unwrap_or_else(|| model.decode_latents(latents))
}

/// Decodes cells of a lattice, in the order given.
pub fn decode_tiles(model: &dyn FaceModel, lattice: &Lattice, cells: &[CellCoord]) -> Vec<(CellCoord, Arc<TilePixels>)> {
    let latents = |cells: &[CellCoord]| cells.iter().map(|cell| lattice.latent_at(*cell)).collect::<Vec<Latent>>();
    tiles_of(model, cells, |cells| Some(decode(model, &latents(cells), &lattice.zones))).unwrap_or_default()
}

/// Decodes cells of a lattice whose latents differ from zone to zone, in the order given; `None` for a model without zones.
pub fn decode_zoned_tiles(model: &dyn FaceModel, lattice: &ZonedLattice, cells: &[CellCoord]) -> Option<Vec<(CellCoord, Arc<TilePixels>)>> {
    let latents = |cells: &[CellCoord]| cells.iter().map(|cell| lattice.latents_at(*cell)).collect::<Vec<ZonedLatent>>();
    tiles_of(model, cells, |cells| model.decode_zoned_latents(&latents(cells)))
}

/// The tiles of cells whose faces come from `decode`, as many at once as there is room for; `None` where it gives none.
fn tiles_of(
    model: &dyn FaceModel,
    cells: &[CellCoord],
    decode: impl Fn(&[CellCoord]) -> Option<Faces>,
) -> Option<Vec<(CellCoord, Arc<TilePixels>)>> {
    let mut tiles = Vec::with_capacity(cells.len());
    for cells in cells.chunks(at_once(model.header().size)) {
        let faces = decode(cells)?;
        tiles.extend(cells.iter().zip(faces.iter()).map(|(cell, face)| (*cell, Arc::new(TilePixels::from_face(faces.size(), face)))));
    }
    Some(tiles)
}
