//! How well averages of other lengths do, of a model that is a run, or keeps one.

use std::path::PathBuf;

use crate::backend::BackendChoice;
use crate::engine::EngineError;
use crate::engine::Evaluate;
use crate::engine::average::{FrameSource, framed};
use crate::engine::evaluate::{Candidate, SizedFaces, judge_by};
use crate::models::gan::FrameCare;
use crate::models::{PlacedModel, StoredModel};
use crate::progress::Monitor;
use crate::report::AverageContent;
use crate::training::{AverageError, solve_average};

/// The relative lengths that are judged.
const JUDGED: [f64; 5] = [0.02, 0.05, 0.1, 0.15, 0.25];

/// The figures of the averages of a candidate's run by its last moment; none where there is no run at `places`, or none whose network is of
/// its size.
pub fn judge_averages(
    job: &Evaluate,
    candidate: &Candidate<'_>,
    places: &[PathBuf],
    faces: &SizedFaces,
    monitor: &dyn Monitor,
) -> Result<Vec<AverageContent>, EngineError> {
    let mut averages = Vec::new();
    for length in JUDGED {
        monitor.ensure_wanted()?;
        match average_of(places, &candidate.of.stored, length, monitor)? {
            Some((stored, residual)) => averages.push((length, residual, PlacedModel { stored, folder: None })),
            None => return Ok(Vec::new()),
        }
    }
    let models: Vec<PlacedModel> = averages.iter().map(|(_, _, model)| model.clone()).collect();
    let candidates = Candidate::open_all(&models)?;
    let found = judge_by(job, &candidates.iter().collect::<Vec<_>>(), faces, monitor)?;
    let content = averages.iter().zip(found);
    Ok(content.map(|((length, residual, _), evaluation)| AverageContent { length: *length, residual: *residual, evaluation }).collect())
}

/// The average of a length as a model, and how far its profile is off.
fn average_of(
    places: &[PathBuf],
    model: &StoredModel,
    length: f64,
    monitor: &dyn Monitor,
) -> Result<Option<(StoredModel, f64)>, EngineError> {
    for run in places {
        let mut solved = match solve_average(run, length, None) {
            Ok(solved) => solved,
            Err(AverageError::Run(_) | AverageError::NoSnapshots { .. }) => continue,
            Err(error) => return Err(error.into()),
        };
        if (solved.header.size, solved.header.latent_dim) != (model.header.size, model.header.latent_dim) {
            continue;
        }
        solved.header.name = format!("{} averaged over {length}", model.header.name);
        let residual = solved.residual;
        let (mut stored, source) = framed(solved, run, FrameCare::Thorough, BackendChoice::Cpu, monitor)?;
        if source == FrameSource::Network {
            // Along the same axes the same seed draws the same latents: only the weights differ.
            stored.frame = model.frame.clone();
        }
        return Ok(Some((stored, residual)));
    }
    Ok(None)
}
