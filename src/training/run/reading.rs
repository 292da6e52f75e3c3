//! What is known of a run from its folder, whoever writes it.
//!
//! Only reads, and holds no lock: a run that is being written is read as it is at the moment.

use std::path::Path;

use super::checkpoint::{list_averages, list_checkpoints, read_state};
use super::curves::Curves;
use super::events::parse_events;
use super::facts::RunFacts;
use super::folder::is_locked;
use super::names::{CHECKPOINTS, CURVES, EVENTS};
use super::sheets::list_sheets;
use super::snapshots::list_snapshots;
use super::spec::read_spec;
use crate::training::error::TrainingError;

/// Reads a run folder.
///
/// # Errors
/// [`TrainingError::NotARun`].
pub fn read_run(path: &Path) -> Result<RunFacts, TrainingError> {
    let spec = read_spec(path)?;
    let facts = run_kept_in(path);
    let folder = path.join(CHECKPOINTS);
    let settings = Some(spec.settings.clone());
    let mut facts = RunFacts { path: Some(path.to_path_buf()), spec: Some(spec), settings, is_live: is_locked(path), ..facts };
    if let Some(state) = facts.checkpoints.iter().rev().find_map(|step| read_state(&folder, *step).ok()) {
        // Curves go on between two checkpoints.
        let is_newer = state.step >= facts.step;
        if is_newer {
            (facts.step, facts.images, facts.seconds) = (state.step, state.images, state.seconds);
        }
        (facts.budget, facts.best, facts.is_finished) = (state.budget, state.best, state.finished);
        (facts.settings, facts.stages) = (Some(state.settings), state.stages);
    }
    Ok(facts)
}

/// What a folder keeps of a run without being one, such as that of a model beside which curves and events were kept.
pub fn run_kept_in(path: &Path) -> RunFacts {
    let text = |name: &str| std::fs::read_to_string(path.join(name)).unwrap_or_default();
    let curves = Curves::parse(&text(CURVES));
    let (step, images, seconds) = curves.points.last().map_or((0, 0, 0.0), |point| (point.step, point.images, point.seconds));
    RunFacts {
        step,
        images,
        seconds,
        curves,
        events: parse_events(&text(EVENTS)),
        sheets: list_sheets(path),
        checkpoints: list_checkpoints(&path.join(CHECKPOINTS)),
        averaged: list_averages(&path.join(CHECKPOINTS)),
        snapshots: list_snapshots(path),
        ..RunFacts::default()
    }
}
