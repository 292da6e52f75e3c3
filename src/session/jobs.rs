//! Jobs of the session: import, fits and evaluations in the background, the dataset that is chosen, and files dropped on the window.
//!
//! Owns the worker thread and what is known of its job as plain data.

use std::path::{Path, PathBuf};
use std::time::Instant;

use bevy::prelude::*;
use bevy::window::FileDragAndDrop;

use super::activity::{Activity, Cause};
use super::alarm::Alarm;
use super::evaluations::{Evaluations, told};
use super::job_kind::JobKind;
use super::model::open_models;
use super::notice::Complaint;
use super::photo_messages::{OpenPhoto, PhotoPlaced};
use super::shelf::Shelve;
use super::{Notice, OpenModel, SessionSystems, Train};
use crate::data::{FaceCache, ImportOptions, SplitChoice, is_archive, is_face_cache, is_picture, split};
use crate::engine::{Job, JobEvent, JobHandle, JobOutcome, Worker};
use crate::files::Replace;
use crate::progress::Progress;
use crate::training::is_run_folder;
use crate::words::counted;

/// The size of faces that are imported by dropping them: quick to train, and recognisable.
pub const DEFAULT_SIZE: usize = 32;

pub(super) fn plugin(app: &mut App) {
    app.add_message::<RunJob>()
        .add_message::<ChooseDataset>()
        .add_message::<OpenPhoto>()
        .add_message::<PhotoPlaced>()
        .add_message::<Shelve>()
        .add_message::<FileDragAndDrop>()
        .init_resource::<Alarm>()
        .init_resource::<Activity>()
        .init_resource::<Jobs>()
        .init_resource::<Dataset>()
        .init_resource::<JobLink>()
        .add_systems(Update, receive_job.in_set(SessionSystems::Receive))
        .add_systems(
            Update,
            // A model that was dropped is on its way before anybody asks which one is.
            (take_dropped.before(open_models), start_jobs, choose_dataset).chain().in_set(SessionSystems::Steer),
        );
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
    /// What it is for, or what the last one was for.
    pub kind: Option<JobKind>,
    /// Where it stands.
    pub progress: Option<Progress>,
    /// The share of all its stages together that is done, 0 to 1, where that is known; it never falls.
    pub whole: Option<f64>,
    /// When the stage that it is at was first told of, and how much of it was done by then.
    pub stage_began: Option<(Instant, u64)>,
    /// How the last one ended, as people read it.
    pub message: Option<Result<String, String>>,
}

impl Jobs {
    /// Takes note of where the job stands.
    fn advance(&mut self, progress: Progress, whole: Option<f64>) {
        let goes_on = self
            .progress
            .is_some_and(|before| (before.part, before.stage) == (progress.part, progress.stage) && before.done <= progress.done);
        if !goes_on {
            self.stage_began = Some((Instant::now(), progress.done));
        }
        (self.progress, self.whole) = (Some(progress), whole);
    }

    /// Says why a job was not even started.
    pub(super) fn refuse(&mut self, kind: JobKind, reason: String) {
        if self.title.is_none() {
            self.kind = Some(kind);
        }
        self.message = Some(Err(reason));
    }
}

/// Asks for a face cache to train on, or to judge models by.
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
    /// Whether they are drawn rather than photographed.
    pub is_drawn: bool,
}

impl DatasetFacts {
    fn read(path: &Path) -> Result<Self, crate::data::DataError> {
        let cache = FaceCache::open(path)?;
        let choice = SplitChoice::default_for_fitting(cache.marks());
        let count = |wanted: u8| cache.marks().iter().filter(|mark| **mark == wanted).count();
        let held_out = if choice == SplitChoice::All { 0 } else { count(split::VALID) };
        let train = cache.marks().iter().filter(|mark| choice.takes(**mark)).count();
        Ok(Self { size: cache.size(), faces: cache.count(), train, held_out, is_drawn: cache.info().is_drawn() })
    }
}

#[derive(Default, Resource)]
pub(super) struct JobLink {
    worker: Option<Worker>,
    running: Option<JobHandle>,
    /// That there is one job at a time.
    crowded: Complaint,
    /// What the last job warned of.
    warned: Complaint,
}

pub(super) fn start_jobs(
    mut asked: MessageReader<RunJob>,
    mut jobs: ResMut<Jobs>,
    mut link: ResMut<JobLink>,
    mut evaluations: ResMut<Evaluations>,
    mut notice: ResMut<Notice>,
    alarm: Res<Alarm>,
) {
    for message in asked.read() {
        match message {
            RunJob::Cancel => {
                if let Some(running) = &link.running {
                    running.cancel();
                }
            }
            // Who asked may be another panel than the one that tells of the job under way.
            RunJob::Start(_) if link.running.is_some() => {
                link.crowded.make(&mut notice, "One job at a time: wait for the one that runs, or cancel it".into());
            }
            RunJob::Start(job) => {
                let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
                let worker = link.worker.get_or_insert_with(|| Worker::spawn(threads, alarm.patient_waker()));
                let title = match job {
                    Job::Import { .. } => "Importing",
                    Job::DrawFaces { .. } => "Drawing faces",
                    Job::FitPca(_) => "Fitting PCA",
                    Job::FitMixture(_) => "Fitting the mixture",
                    Job::TakeAverage(_) => "Averaging",
                    Job::FitInverter(_) => "Fitting the inverter",
                    Job::PlacePhoto(_) => "Placing the photo",
                    Job::Evaluate(_) => "Evaluating",
                    Job::WriteReport(_) => "Writing the report",
                    Job::Record(_) => "Recording the journey",
                };
                match worker.start(job.clone()) {
                    Ok(running) => {
                        evaluations.begin(job);
                        *jobs = Jobs { title: Some(title.into()), kind: Some(JobKind::of(job)), ..default() };
                        link.running = Some(running);
                        link.crowded.settle(&mut notice);
                        link.warned.settle(&mut notice);
                    }
                    Err(reason) => {
                        // Another time the system may have room for the thread.
                        link.worker = None;
                        jobs.refuse(JobKind::of(job), reason);
                    }
                }
            }
        }
    }
}

fn receive_job(
    mut jobs: ResMut<Jobs>,
    mut link: ResMut<JobLink>,
    mut dataset: MessageWriter<ChooseDataset>,
    mut open: MessageWriter<OpenModel>,
    mut shelve: MessageWriter<Shelve>,
    mut placed: MessageWriter<PhotoPlaced>,
    mut evaluations: ResMut<Evaluations>,
    mut notice: ResMut<Notice>,
    mut activity: ResMut<Activity>,
) {
    let JobLink { running: Some(running), warned, .. } = &mut *link else { return };
    let kind = jobs.kind;
    let mut end = None;
    for event in running.events().try_iter() {
        match event {
            JobEvent::Progressed { progress, whole } => jobs.advance(progress, whole),
            JobEvent::Warned(message) if kind == Some(JobKind::Judge) => evaluations.warn(message),
            JobEvent::Warned(message) => warned.make(&mut notice, message),
            JobEvent::Finished(outcome) => {
                evaluations.take(&outcome);
                end = Some(Ok(finished(&outcome, &mut dataset, &mut open, &mut shelve, &mut placed)));
            }
            JobEvent::Failed(reason) => end = Some(Err(reason)),
            JobEvent::Cancelled if kind == Some(JobKind::Judge) => end = Some(Ok("Cancelled; the figures are as they were".into())),
            JobEvent::Cancelled if kind == Some(JobKind::Place) => end = Some(Ok("Cancelled; the photo was given no place".into())),
            JobEvent::Cancelled => end = Some(Ok("Cancelled; nothing was written".into())),
        }
    }
    if let Some(end) = end {
        activity.because(Cause::Arrives);
        *jobs = Jobs { kind, message: Some(end), ..default() };
        evaluations.end();
        link.running = None;
    }
}

fn finished(
    outcome: &JobOutcome,
    dataset: &mut MessageWriter<ChooseDataset>,
    open: &mut MessageWriter<OpenModel>,
    shelve: &mut MessageWriter<Shelve>,
    placed: &mut MessageWriter<PhotoPlaced>,
) -> String {
    match outcome {
        JobOutcome::Imported(summary) => {
            dataset.write(ChooseDataset(summary.path.clone()));
            let damaged = summary.damaged.len();
            let damaged = if damaged == 0 { String::new() } else { format!("; {damaged} pictures are damaged and were left out") };
            // The full list is the command line's; here nothing that matters may pass without a word.
            let warnings: String = summary.warnings.iter().map(|warning| format!(". {warning}")).collect();
            let left_out: usize = summary.left_out.iter().map(|known| known.count).sum();
            let left_out = if left_out == 0 { String::new() } else { format!("; {left_out} other files were left out") };
            format!("{} faces imported in {:.1} s{damaged}{left_out}{warnings}", summary.faces, summary.seconds)
        }
        JobOutcome::FacesDrawn(summary) => {
            dataset.write(ChooseDataset(summary.path.clone()));
            format!("{} drawn in {:.1} s: {}", counted(summary.faces as u64, "face"), summary.seconds, summary.path.display())
        }
        JobOutcome::PcaFitted(summary) => {
            open.write(OpenModel(summary.path.to_string_lossy().into_owned()));
            format!("PCA of {} axes fitted to {} faces in {:.1} s", summary.latent_dim, summary.faces, summary.seconds)
        }
        JobOutcome::MixtureFitted(summary) => {
            shelve.write(Shelve::Add(summary.path.clone()));
            let (gaussians, faces) = (counted(summary.components as u64, "Gaussian"), counted(summary.faces as u64, "face"));
            format!("{gaussians} fitted to the codes of {faces} in {:.1} s", summary.seconds)
        }
        JobOutcome::AverageTaken(summary) => {
            shelve.write(Shelve::Add(summary.path.clone()));
            format!("The average of length {} stands in {}", summary.length, summary.path.display())
        }
        JobOutcome::InverterFitted(summary) => {
            format!("The encoder of {} has learned from {} in {:.1} s", summary.model, counted(summary.images, "sample"), summary.seconds)
        }
        JobOutcome::PhotoPlaced(place) => {
            placed.write(PhotoPlaced(place.clone()));
            let name = place.picture.file_name().unwrap_or_default().to_string_lossy();
            format!("{name} has its place: PSNR {:.1} dB, in {:.1} s", place.psnr, place.seconds)
        }
        JobOutcome::Evaluated(found) => told(found),
        JobOutcome::ReportWritten(summary) => {
            format!("Report of {} in {}", counted(summary.models.len() as u64, "model"), summary.path.display())
        }
        JobOutcome::Recorded(video) => {
            format!("{} in {} ({:.1} s)", counted(video.frames, "frame"), video.path.display(), video.seconds)
        }
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
    Photo,
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
        () if is_picture(path) => Dropped::Photo,
        () if is_archive(path) => Dropped::Pictures,
        () if is_face_cache(path) => Dropped::Dataset,
        () => Dropped::Unknown,
    }
}

pub(super) fn take_dropped(
    mut dropped: MessageReader<FileDragAndDrop>,
    mut jobs: MessageWriter<RunJob>,
    mut choose: MessageWriter<ChooseDataset>,
    mut train: MessageWriter<Train>,
    mut open: MessageWriter<OpenModel>,
    mut photo: MessageWriter<OpenPhoto>,
    mut notice: ResMut<Notice>,
    mut unknown: Local<Complaint>,
) {
    let mut pictures = Vec::new();
    for message in dropped.read() {
        let FileDragAndDrop::DroppedFile { path_buf, .. } = message else { continue };
        let kind = kind_of(path_buf);
        if kind != Dropped::Unknown {
            unknown.settle(&mut notice);
        }
        match kind {
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
            Dropped::Photo => {
                photo.write(OpenPhoto(path_buf.clone()));
            }
            Dropped::Unknown => {
                let name = path_buf.file_name().unwrap_or_default().to_string_lossy();
                unknown.make(&mut notice, format!("{name} is no archive or folder of pictures, photo, face cache, model or run"));
            }
        }
    }
    if let Some(first) = pictures.first() {
        let out = import_target(first, DEFAULT_SIZE);
        let options = ImportOptions { size: DEFAULT_SIZE, ..ImportOptions::default() };
        jobs.write(RunJob::Start(Job::Import { sources: pictures, out, options, replace: Replace::Own }));
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
    use crate::engine::Evaluate;

    #[test]
    fn the_rate_of_a_stage_begins_with_it() {
        let progress = |stage, done| Progress { stage, unit: "faces", done, total: 600, part: None };
        let mut jobs = Jobs::default();
        jobs.advance(progress("reconstructing", 256), None);
        let began = jobs.stage_began;
        assert!(began.is_some_and(|(_, done)| done == 256));
        jobs.advance(progress("reconstructing", 512), None);
        assert_eq!(jobs.stage_began, began);
        jobs.advance(progress("sampling", 100), None);
        assert!(jobs.stage_began.is_some_and(|(_, done)| done == 100), "another stage");
        jobs.advance(progress("sampling", 50), None);
        assert!(jobs.stage_began.is_some_and(|(_, done)| done == 50), "the next model's");
    }

    #[test]
    fn a_second_job_is_refused_where_every_panel_shows_it() {
        let place = tempfile::tempdir().unwrap();
        let data = place.path().join("faces.safetensors");
        let evaluate = Evaluate { models: Vec::new(), data, split: None, train: None, seed: 1, resize: true, reuse: true, invert: 0 };
        let options = ImportOptions { size: DEFAULT_SIZE, ..ImportOptions::default() };
        let import = Job::Import { sources: Vec::new(), out: place.path().join("other.safetensors"), options, replace: Replace::Own };
        let mut app = App::new();
        app.add_message::<OpenModel>().add_message::<Train>().init_resource::<Notice>().init_resource::<Evaluations>();
        // As in the app: how a job ended is told in the frame after the one that started it.
        app.configure_sets(Update, (SessionSystems::Receive, SessionSystems::Steer).chain());
        app.add_plugins(plugin);
        app.world_mut().write_message(RunJob::Start(Job::Evaluate(evaluate)));
        app.world_mut().write_message(RunJob::Start(import));
        app.update();
        let notice = app.world().resource::<Notice>();
        assert!(notice.0.as_ref().is_some_and(|text| text.starts_with("One job at a time")), "{notice:?}");
        let jobs = app.world().resource::<Jobs>();
        assert_eq!((jobs.title.as_deref(), jobs.kind, jobs.message.as_ref()), (Some("Evaluating"), Some(JobKind::Judge), None));
    }

    #[test]
    fn a_refusal_leaves_a_job_that_runs_alone() {
        let mut jobs = Jobs { title: Some("Importing".into()), kind: Some(JobKind::Prepare), ..default() };
        jobs.refuse(JobKind::Judge, "no".into());
        assert_eq!((jobs.kind, jobs.message.as_ref()), (Some(JobKind::Prepare), Some(&Err("no".into()))));
        jobs.title = None;
        jobs.refuse(JobKind::Judge, "no".into());
        assert_eq!(jobs.kind, Some(JobKind::Judge));
    }

    #[test]
    fn what_is_dropped_is_told_apart() {
        let place = tempfile::tempdir().unwrap();
        let path = |name: &str| place.path().join(name);
        crate::data::synth::write_cache(40, 1, 16, &path("faces.safetensors"), &crate::progress::Silent).unwrap();
        crate::data::synth::write_zip(3, 1, &path("faces.zip"), &crate::progress::Silent).unwrap();
        std::fs::create_dir(path("pictures")).unwrap();
        std::fs::write(path("notes.txt"), "mine").unwrap();
        std::fs::write(path("me"), crate::data::face_png(4, &[7; 48])).unwrap();
        assert_eq!(kind_of(&path("me")), Dropped::Photo, "by its content");
        assert_eq!(kind_of(&path("faces.safetensors")), Dropped::Dataset);
        assert_eq!(kind_of(&path("faces.zip")), Dropped::Pictures);
        assert_eq!(kind_of(&path("pictures")), Dropped::Pictures);
        assert_eq!(kind_of(&path("notes.txt")), Dropped::Unknown);
        let facts = DatasetFacts::read(&path("faces.safetensors")).unwrap();
        assert_eq!((facts.size, facts.faces, facts.train, facts.held_out), (16, 40, 36, 2));
        assert!(facts.is_drawn, "the file itself says so");
        assert_eq!(import_target(Path::new("/a/celeba.zip"), 32), Path::new("/a/celeba-32.safetensors"));
    }
}
