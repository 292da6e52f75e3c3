//! The faces that a run shows and finds its frame by, at the size that pictures have by now.

use crate::data::Faces;
use crate::training::batches::TrainingFaces;
use crate::training::error::TrainingError;
use crate::training::kinds::TrainingSettings;
use crate::training::run::RECONSTRUCTED;

/// Faces whose codes give the frame while training goes on; at the end it is all of them.
const FRAME_FACES: usize = 1024;

/// Some of the faces of a run.
pub struct Shown {
    /// Those over their reconstructions.
    pub pictured: Faces,
    /// Those whose codes give the frame.
    pub framing: Faces,
}

impl Shown {
    /// Those of a training, as large as it gives them out.
    ///
    /// # Errors
    /// [`TrainingError::Data`] where they cannot be read.
    pub fn of(faces: &TrainingFaces, settings: &TrainingSettings) -> Result<Self, TrainingError> {
        let pictured = if faces.held_out_count() > 0 { faces.held_out(RECONSTRUCTED)? } else { faces.sample(RECONSTRUCTED)? };
        // A network without an encoder finds its frame without faces.
        let framing = if settings.has_encoder() { FRAME_FACES.max(4 * settings.latent()) } else { 0 };
        Ok(Self { pictured, framing: faces.sample(framing)? })
    }
}
