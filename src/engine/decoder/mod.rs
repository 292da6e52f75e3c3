//! The decoder thread: turns cells of the lattice into pixels while the explorer goes on.
//!
//! Owns the thread, its rayon pool and what waits for it. Every request names the opening of the model that it is meant for: while
//! another model is being opened, and after it was refused, what is asked of the one before is answered by that. Tile requests are
//! latest-wins: a new one supersedes what is not decoded yet. Nothing here ever makes the asking side wait.

mod requests;
mod serve;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, bounded};

use super::Waker;
use super::open::open_model_somewhere;
use super::threads::{self, Manners};
use crate::backend::BackendChoice;
use crate::models::StoredModel;

use requests::Shared;
pub use requests::{DecoderEvent, FaceRequest, TileRequest};
use serve::{Open, Server};
pub use serve::{decode_tiles, decode_zoned_tiles};

/// Finished chunks that may wait for the explorer before the decoder pauses.
const EVENTS_IN_FLIGHT: usize = 32;

/// The asking side. Dropping it ends the thread.
pub struct Decoder {
    shared: Arc<Shared>,
    events: Receiver<DecoderEvent>,
    thread: Option<JoinHandle<()>>,
}

impl Decoder {
    /// Starts the thread with `threads` worker threads of its own; `waker` is called for every event. Where the system starts none,
    /// the first event says so.
    pub fn spawn(threads: usize, waker: Waker) -> Self {
        Self::spawn_with(threads, waker, Box::new(open_model_somewhere))
    }

    fn spawn_with(threads: usize, waker: Waker, open: Box<Open>) -> Self {
        let shared = Arc::new(Shared::default());
        let (sender, events) = bounded(EVENTS_IN_FLIGHT);
        let inner = shared.clone();
        let teller = sender.clone();
        let work = move || threads::in_pool("decode", threads, Manners::Yields, || Server::new(&inner, sender, waker, open).run());
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
