//! The decoder thread as a resource. What its events become is the business of decoding.

use bevy::prelude::Resource;

use crate::engine::Decoder;

/// How many threads decode: one is left to the frames.
pub fn decoder_threads() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1)).max(1)
}

/// The decoder thread, as the app sees it.
#[derive(Resource)]
pub struct DecoderLink(pub Decoder);
