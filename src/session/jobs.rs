//! Jobs of the session: import and PCA fit in the background, the dataset that is chosen, and files dropped on the window.
//!
//! Owns the worker thread and what is known of its job as plain data.

use std::path::{Path, PathBuf};
use std::time::Instant;

use bevy::prelude::*;
use bevy::window::FileDragAndDrop;

use super::{Notice, OpenModel, SessionSystems, Train};
use crate::data::{Crop, FaceCache, ImportOptions, SplitChoice, is_face_cache, is_zip, split};
use crate::engine::{Job, JobEvent, JobHandle, JobOutcome, Worker};
use crate::progress::Progress;
use crate::training::is_run_folder;

/// The size of faces that are imported by dropping them: quick to train, and recognisable.
pub const DEFAULT_SIZE: usize = 32;

pub(super) fn plugin(app: &mut App) {
    app.add_message::<RunJob>()
        .add_message::<ChooseDataset>()
        .add_message::<FileDragAndDrop>()
        .init_resource::<Jobs>()
        .init_resource::<Dataset>()
        .init_resource::<JobLink>()
        .add_systems(Update, receive_job.in_set(SessionSystems::Receive))
        .add_systems(Update, (take_dropped, start_jobs, choose_dataset).chain().in_set(SessionSystems::Steer));
}

/// What panels ask of the worker.
#[derive(Clone, Debug, Message)]
pub enum RunJob {
    /// Start a job; one at a time.
    Start(Job),
    /// Stop the one that runs.
    Cancel,
}

/// The job that runs, and how the last one ended.
#[derive(Default, Resource)]
pub struct Jobs {
    /// What runs, as people read it.
    pub title: Option<String>,
    /// Where it stands.
    pub progress: Option<Progress>,
    /// When it was started.
    pub started: Option<Instant>,
    /// How the last one ended, as people read it.
    pub message: Option<Result<String, String>>,
}

/// Asks for a face cache to train on.
#[derive(Clone, Debug, Message)]
pub struct ChooseDataset(pub PathBuf);

/// The face cache that is chosen.
#[derive(Default, Resource)]
pub struct Dataset {
    /// Where it stands.
    pub path: Option<PathBuf>,
    /// What is in it.
    pub facts: Option<DatasetFacts>,
    /// Why it cannot be used.
    pub error: Option<String>,
}

/// What is in a face cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetFacts {
    /// Faces are `size` x `size` pixels.
    pub size: usize,
    /// How many there are.
    pub faces: usize,
    /// How many are learned from.
    pub train: usize,
    /// How many are held out.
    pub held_out: usize,
}

impl DatasetFacts {
    fn read(path: &Path) -> Result<Self, crate::data::DataError> {
        let cache = FaceCache::open(path)?;
        let choice = SplitChoice::default_for_fitting(cache.marks());
        let count = |wanted: u8| cache.marks().iter().filter(|mark| **mark == wanted).count();
        let held_out = if choice == SplitChoice::All { 0 } else { count(split::VALID) };
        let train = cache.marks().iter().filter(|mark| choice.takes(**mark)).count();
        Ok(Self { size: cache.size(), faces: cache.count(), train, held_out })
    }
}

#[derive(Default, Resource)]
struct JobLink {
    worker: Option<Worker>,
    running: Option<JobHandle>,
}

fn start_jobs(mut asked: MessageReader<RunJob>, mut jobs: ResMut<Jobs>, mut link: ResMut<JobLink>) {
    for message in asked.read() {
        match message {
            RunJob::Cancel => {
                if let Some(running) = &link.running {
                    running.cancel();
                }
            }
            RunJob::Start(_) if link.running.is_some() => {
                jobs.message = Some(Err("One job at a time: wait for this one, or cancel it".into()));
            }
            RunJob::Start(job) => {
                let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
                let worker = link.worker.get_or_insert_with(|| Worker::spawn(threads));
                let title = match job {
                    Job::Import { .. } => "Importing",
                    Job::FitPca(_) => "Fitting PCA",
                    Job::Evaluate(_) => "Evaluating",
                    Job::WriteReport(_) => "Writing the report",
                };
                let running = worker.start(job.clone());
                *jobs = Jobs { title: Some(title.into()), progress: None, started: Some(Instant::now()), message: None };
                link.running = running;
            }
        }
    }
}

fn receive_job(
    mut jobs: ResMut<Jobs>,
    mut link: ResMut<JobLink>,
    mut dataset: MessageWriter<ChooseDataset>,
    mut open: MessageWriter<OpenModel>,
    mut notice: ResMut<Notice>,
) {
    let Some(running) = &link.running else { return };
    let mut end = None;
    for event in running.events().try_iter() {
        match event {
            JobEvent::Progressed(progress) => jobs.progress = Some(progress),
            JobEvent::Warned(message) => notice.0 = Some(message),
            JobEvent::Finished(outcome) => end = Some(Ok(finished(&outcome, &mut dataset, &mut open))),
            JobEvent::Failed(reason) => end = Some(Err(reason)),
            JobEvent::Cancelled => end = Some(Ok("Cancelled; nothing was written".into())),
        }
    }
    if let Some(end) = end {
        *jobs = Jobs { message: Some(end), ..default() };
        link.running = None;
    }
}

fn finished(outcome: &JobOutcome, dataset: &mut MessageWriter<ChooseDataset>, open: &mut MessageWriter<OpenModel>) -> String {
    match outcome {
        JobOutcome::Imported(summary) => {
            dataset.write(ChooseDataset(summary.path.clone()));
            let damaged = summary.damaged.len();
            let damaged = if damaged == 0 { String::new() } else { format!("; {damaged} pictures are damaged and were left out") };
            format!("{} faces imported in {:.1} s{damaged}", summary.faces, summary.seconds)
        }
        JobOutcome::PcaFitted(summary) => {
            open.write(OpenModel(summary.path.to_string_lossy().into_owned()));
            format!("PCA of {} axes fitted to {} faces in {:.1} s", summary.latent_dim, summary.faces, summary.seconds)
        }
        JobOutcome::Evaluated(found) => format!("{} models evaluated", found.len()),
        JobOutcome::ReportWritten(summary) => format!("Report of {} models in {}", summary.models.len(), summary.path.display()),
    }
}

fn choose_dataset(mut asked: MessageReader<ChooseDataset>, mut dataset: ResMut<Dataset>) {
    let Some(ChooseDataset(path)) = asked.read().last() else { return };
    *dataset = match DatasetFacts::read(path) {
        Ok(facts) => Dataset { path: Some(path.clone()), facts: Some(facts), error: None },
        Err(error) => Dataset { path: None, facts: None, error: Some(error.to_string()) },
    };
}

/// What a dropped path is taken for.
#[derive(Debug, PartialEq, Eq)]
enum Dropped {
    Dataset,
    Pictures,
    Run,
    Model,
    Unknown,
}

fn kind_of(path: &Path) -> Dropped {
    if path.is_dir() {
        return match () {
            () if path.join("run.ron").is_file() && is_run_folder(path) => Dropped::Run,
            () if path.join("model.ron").is_file() => Dropped::Model,
            () => Dropped::Pictures,
        };
    }
    match () {
        () if is_zip(path) => Dropped::Pictures,
        () if is_face_cache(path) => Dropped::Dataset,
        () => Dropped::Unknown,
    }
}

fn take_dropped(
    mut dropped: MessageReader<FileDragAndDrop>,
    mut jobs: MessageWriter<RunJob>,
    mut choose: MessageWriter<ChooseDataset>,
    mut train: MessageWriter<Train>,
    mut open: MessageWriter<OpenModel>,
    mut notice: ResMut<Notice>,
) {
    let mut pictures = Vec::new();
    for message in dropped.read() {
        let FileDragAndDrop::DroppedFile { path_buf, .. } = message else { continue };
        match kind_of(path_buf) {
            Dropped::Dataset => {
                choose.write(ChooseDataset(path_buf.clone()));
            }
            Dropped::Run => {
                train.write(Train::OpenRun(path_buf.clone()));
            }
            Dropped::Model => {
                open.write(OpenModel(path_buf.to_string_lossy().into_owned()));
            }
            Dropped::Pictures => pictures.push(path_buf.clone()),
            Dropped::Unknown => {
                notice.0 = Some(format!(
                    "{} is no zip or folder of pictures, face cache, model or run",
                    path_buf.file_name().unwrap_or_default().to_string_lossy()
                ));
            }
        }
    }
    if let Some(first) = pictures.first() {
        let out = import_target(first, DEFAULT_SIZE);
        let options = ImportOptions { size: DEFAULT_SIZE, crop: Crop::Auto, limit: None };
        jobs.write(RunJob::Start(Job::Import { sources: pictures, out, options }));
    }
}

/// Where the faces of a source go: beside it.
pub fn import_target(source: &Path, size: usize) -> PathBuf {
    let stem = source.file_stem().unwrap_or_default().to_string_lossy();
    source.with_file_name(format!("{stem}-{size}.safetensors"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_is_told_apart() {
        let place = tempfile::tempdir().unwrap();
        let path = |name: &str| place.path().join(name);
        crate::data::synth::write_cache(40, 1, 16, &path("faces.safetensors"), &crate::progress::Silent).unwrap();
        crate::data::synth::write_zip(3, 1, &path("faces.zip"), &crate::progress::Silent).unwrap();
        std::fs::create_dir(path("pictures")).unwrap();
        std::fs::write(path("notes.txt"), "mine").unwrap();
        assert_eq!(kind_of(&path("faces.safetensors")), Dropped::Dataset);
        assert_eq!(kind_of(&path("faces.zip")), Dropped::Pictures);
        assert_eq!(kind_of(&path("pictures")), Dropped::Pictures);
        assert_eq!(kind_of(&path("notes.txt")), Dropped::Unknown);
        let facts = DatasetFacts::read(&path("faces.safetensors")).unwrap();
        assert_eq!((facts.size, facts.faces, facts.train, facts.held_out), (16, 40, 36, 2));
        assert_eq!(import_target(Path::new("/a/celeba.zip"), 32), Path::new("/a/celeba-32.safetensors"));
    }
}
