//! How well averages of other lengths do, of a model that is a run, or keeps one.

use std::path::PathBuf;

use crate::backend::BackendChoice;
use crate::engine::EngineError;
use crate::engine::Evaluate;
use crate::engine::average::{framed, in_frame, warn_of_left_out};
use crate::engine::evaluate::{Candidate, SizedFaces, judge_by};
use crate::models::gan::FrameCare;
use crate::models::{PlacedModel, StoredModel};
use crate::progress::{Monitor, Progress, is_cancelled};
use crate::report::AverageContent;
use crate::training::{AverageError, solve_average};

/// The relative lengths that are judged.
const JUDGED: [f64; 5] = [0.02, 0.05, 0.1, 0.15, 0.25];

/// The figures of the averages of a candidate's run by its last moment; none where there is no run at `places`, or none whose network is of
/// its size. What keeps them from being put together is warned of: the report has the rest.
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
        match average_of(places, &candidate.of.stored, length, monitor) {
            Ok(Some((stored, residual))) => averages.push((length, residual, PlacedModel { stored, folder: None })),
            Ok(None) => return Ok(Vec::new()),
            Err(error) if is_cancelled(&error) => return Err(error),
            Err(error) => {
                monitor.warn(format!("{} is reported without averages of other lengths: {error}", candidate.header().title()));
                return Ok(Vec::new());
            }
        }
    }
    let models: Vec<PlacedModel> = averages.iter().map(|(_, _, model)| model.clone()).collect();
    let candidates = Candidate::open_all(&models)?;
    // The way back is that of the model as it was trained: for each of these, an encoder would be trained and thrown away.
    let job = Evaluate { invert: 0, ..job.clone() };
    let found = judge_by(&job, &candidates.iter().collect::<Vec<_>>(), faces, &Unwarned(monitor))?;
    let content = averages.iter().zip(found);
    Ok(content.map(|((length, residual, _), evaluation)| AverageContent { length: *length, residual: *residual, evaluation }).collect())
}

/// Passes on all but warnings: what lacks in averages has been told of the model that they belong to.
struct Unwarned<'a>(&'a dyn Monitor);

impl Monitor for Unwarned<'_> {
    fn report(&self, progress: Progress) {
        self.0.report(progress);
    }

    fn warn(&self, _message: String) {}

    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }
}

/// The average of a length as a model, and how far its profile is off.
fn average_of(
    places: &[PathBuf],
    model: &StoredModel,
    length: f64,
    monitor: &dyn Monitor,
) -> Result<Option<(StoredModel, f64)>, EngineError> {
    for run in places {
        let mut solved = match solve_average(run, length, None, monitor) {
            Ok(solved) => solved,
            Err(AverageError::Run(_) | AverageError::NoSnapshots { .. }) => continue,
            Err(error) => return Err(error.into()),
        };
        if (solved.header.size, solved.header.latent_dim) != (model.header.size, model.header.latent_dim) {
            continue;
        }
        warn_of_left_out(&solved, monitor);
        solved.header.name = format!("{} averaged over {length}", model.header.name);
        let residual = solved.residual;
        if !solved.header.kind.facts().has_encoder {
            // Along the same axes the same seed draws the same latents: only the weights differ.
            return Ok(Some((in_frame(solved, model.frame.clone()), residual)));
        }
        let (stored, _) = framed(solved, run, FrameCare::Thorough, BackendChoice::Cpu, monitor)?;
        return Ok(Some((stored, residual)));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::data::synth;
    use crate::engine::{Beginning, TrainShare, TrainingRequest, train};
    use crate::progress::Silent;
    use crate::training::{Budget, CheckpointPlan, GanSettings, Preset};

    #[derive(Default)]
    struct Listener {
        stages: Mutex<Vec<&'static str>>,
        warnings: Mutex<Vec<String>>,
    }

    impl Monitor for Listener {
        fn report(&self, progress: Progress) {
            self.stages.lock().unwrap().push(progress.stage);
        }
        fn warn(&self, message: String) {
            self.warnings.lock().unwrap().push(message);
        }
        fn cancelled(&self) -> bool {
            false
        }
    }

    #[test]
    fn no_encoder_is_trained_for_an_average_and_its_axes_are_those_of_the_model() {
        let place = tempfile::tempdir().unwrap();
        let (data, out) = (place.path().join("faces.safetensors"), place.path().join("run"));
        synth::write_cache(120, 1, 16, &data, &Silent).unwrap();
        let request = TrainingRequest {
            data: data.clone(),
            out: out.clone(),
            settings: GanSettings { preset: Preset::Tiny, latent: 4, batch: 8, ..Default::default() }.into(),
            budget: Some(Budget::Images(1600)),
            checkpoints: CheckpointPlan::default(),
            half: false,
            beginning: Beginning::New,
            edits: Vec::new(),
            backend: BackendChoice::Cpu,
        };
        let (_commands, inbox) = crossbeam_channel::bounded(1);
        train(&request, false, &TrainShare::default(), &inbox, &Silent, &mut |_| {}).unwrap();
        let model = PlacedModel { stored: StoredModel::open(&out).unwrap(), folder: Some(out.clone()) };
        let faces = SizedFaces::new(&data, None, 16, &Silent).unwrap();
        let candidates = Candidate::open_all(std::slice::from_ref(&model)).unwrap();
        let models = vec![model.clone()];
        let job = Evaluate { models, data, split: None, train: None, seed: 1, resize: true, reuse: false, invert: 4 };
        let listener = Listener::default();
        let found = judge_averages(&job, &candidates[0], std::slice::from_ref(&out), &faces, &listener).unwrap();
        assert_eq!(found.iter().map(|average| average.length).collect::<Vec<_>>(), JUDGED);
        assert!(
            found.iter().all(|average| average.evaluation.way_back.is_none() && average.evaluation.samples.figures.swd.mean().is_some())
        );
        let stages = listener.stages.into_inner().unwrap();
        assert!(stages.contains(&"sampling") && !stages.iter().any(|stage| stage.contains("way back")), "{stages:?}");
        assert_eq!(listener.warnings.into_inner().unwrap(), [] as [&str; 0], "all of it is told of the model itself");
        let (average, _) = average_of(std::slice::from_ref(&out), &model.stored, 0.2, &Silent).unwrap().unwrap();
        assert!(average.frame == model.stored.frame && average.weights != model.stored.weights);
        // A snapshot that is damaged is told of and left out; the report has the rest.
        let snapshot = std::fs::read_dir(out.join("snapshots")).unwrap().flatten().next().unwrap().path();
        std::fs::write(&snapshot, "half").unwrap();
        let listener = Listener::default();
        assert_eq!(judge_averages(&job, &candidates[0], &[out], &faces, &listener).unwrap().len(), JUDGED.len());
        let warnings = listener.warnings.into_inner().unwrap();
        assert!(warnings.iter().all(|warning| warning.contains(&snapshot.display().to_string())) && !warnings.is_empty(), "{warnings:?}");
    }
}
