//! What turns frames into a file, whatever its format.
//!
//! Owns the terms between an encoder and the writer; each format has a file of its own.

use super::VideoError;

/// What an encoder says while it completes a file.
pub enum Note {
    /// How many frames are completed.
    Frames(u64),
    /// Something that the user should know.
    Warning(String),
}

/// Takes a note; refuses once nobody waits for the file any more.
pub type Step<'a> = dyn FnMut(Note) -> Result<(), VideoError> + 'a;

/// What turns frames into a file.
pub trait Encoder: Send {
    /// Takes the next frame, RGB8 rows.
    fn push(&mut self, rgb: &[u8]) -> Result<(), VideoError>;
    /// Completes the file and gives it its name.
    fn finish(self: Box<Self>, step: &mut Step) -> Result<(), VideoError>;
}
