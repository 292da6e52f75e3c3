//! How a training begins or goes on: everything that could refuse is asked before anything is written.
//!
//! Owns the order of the questions: the run, the faces, the network, the device, the memory; then the folder. The loop is the business
//! of [`train`](super::train).

use std::path::Path;

use super::fit_pca::origin;
use super::memory::{ensure_memory_while_it_grows, most_memory};
use super::training_messages::{Beginning, TrainingMeans, TrainingRequest, TrainingStart};
use super::{EngineError, device_for_training};
use crate::backend::{DeviceVisitor, FaceBackend};
use crate::data::{FaceCache, SplitChoice};
use crate::files::{follow, is_vacant};
use crate::progress::Monitor;
use crate::training::{
    Beginnings, EventKind, FacesUsed, Learner, RunFolder, RunReport, RunSpec, Standing, TrainingError, TrainingFaces, TrainingRun,
    TrainingSettings, branch, is_locked, read_beginnings, read_spec, warm_start,
};

/// Sizes that networks are made for.
pub const SIZES: [usize; 3] = [16, 32, 64];

/// A run that another training goes on from.
struct Known {
    spec: RunSpec,
    /// The settings of the checkpoint that it goes on from.
    settings: TrainingSettings,
    /// The size of faces at that checkpoint.
    size: usize,
}

/// Opens everything that a training needs.
///
/// # Errors
/// [`EngineError`]; a new run or branch is not left then, and a run that was there is as it was.
pub(super) fn open_run(
    request: &TrainingRequest,
    monitor: &dyn Monitor,
    tell: &mut dyn FnMut(RunReport),
) -> Result<(TrainingRun, TrainingStart), EngineError> {
    let known = known_run(request)?;
    let data = match &known {
        Some(known) if request.data.as_os_str().is_empty() => known.spec.data.clone(),
        _ => request.data.clone(),
    };
    let cache = FaceCache::open(&data)?;
    let size = cache.size();
    if !SIZES.contains(&size) {
        return Err(TrainingError::Size { size }.into());
    }
    let seed = known.as_ref().map_or(request.settings.seed(), |known| known.spec.settings.seed());
    let (faces, used) = faces_of(cache, &data, seed)?;
    monitor.ensure_wanted()?;
    if let Some(known) = &known {
        ensure_same_network(known, request, size)?;
    }
    request.settings.check(size).map_err(TrainingError::Unsound)?;
    let network = request.settings.network(request.settings.last_size(size));
    let settings = known.as_ref().map_or_else(|| request.settings.clone(), |known| known.settings.clone());
    let beginnings = match &request.beginning {
        Beginning::WarmStart(from, step) => Some(fitting_beginnings(from, *step, request, size)?),
        _ => None,
    };
    let found = device_for_training(request.backend, monitor)?;
    let first_size = match (&known, &beginnings) {
        (Some(known), _) => known.size,
        (None, Some(beginnings)) => beginnings.size,
        (None, None) => settings.first_size(size),
    };
    ensure_memory_while_it_grows(&settings_after_edits(&settings, request), first_size, &found.info)?;
    let (info, skipped) = (found.info.clone(), found.skipped.iter().map(|e| format!("{}: {}", e.backend, e.reason)).collect());
    monitor.ensure_wanted()?;
    let learner = found.device.visit(Learning { settings: &settings, size: first_size });
    // Whatever could refuse has been asked, and so has the user: only now is anything written.
    monitor.ensure_wanted()?;
    let run = begin(request, known, beginnings, learner, faces, used, monitor, tell)?;
    let parameters = network.parameters();
    let most = most_memory(&run.state().settings, run.size());
    let memory_size = run.state().settings.growth().map(|_| most.size);
    let means = TrainingMeans { parameters, memory_bytes: most.bytes, memory_size, device: info, skipped };
    let start = TrainingStart { facts: run.facts(), means };
    Ok((run, start))
}

/// How the run stands that this one goes on with or from; `None` for one that begins.
fn known_run(request: &TrainingRequest) -> Result<Option<Known>, TrainingError> {
    let has_something = request.out.exists() && !is_vacant(&request.out);
    let (run, step) = match &request.beginning {
        Beginning::New | Beginning::Overwrite | Beginning::WarmStart(..) => return Ok(None),
        Beginning::Resume if !has_something => return Ok(None),
        Beginning::Resume => (&request.out, None),
        Beginning::RollBack(to) => (&request.out, Some(*to)),
        Beginning::Branch(from, at) => (from, *at),
    };
    let spec = read_spec(run)?;
    let is_copied = matches!(request.beginning, Beginning::Branch(..));
    if !is_copied && is_locked(run) {
        return Err(TrainingError::Busy { path: run.clone() });
    }
    let (settings, size) = match Standing::read(run, step)?.found {
        Some(found) => (found.state.settings.clone(), found.state.size(&spec)),
        None => (spec.settings.clone(), spec.size),
    };
    Ok(Some(Known { spec, settings, size }))
}

/// The faces that are learned from, and what is written down of them.
fn faces_of(cache: FaceCache, data: &Path, seed: u64) -> Result<(TrainingFaces, FacesUsed), EngineError> {
    let fingerprint = cache.fingerprint()?;
    let split = SplitChoice::default_for_fitting(cache.marks());
    let origin = origin(&cache, split, cache.select(split)?.len());
    let faces = TrainingFaces::new(cache, seed)?;
    let data = std::fs::canonicalize(data).unwrap_or_else(|_| data.to_path_buf());
    let used = FacesUsed { data, fingerprint, faces: faces.count(), held_out: faces.held_out_count(), origin };
    Ok((faces, used))
}

/// What a new run can begin with, where its first network is that of the other one.
fn fitting_beginnings(from: &Path, step: Option<u64>, request: &TrainingRequest, size: usize) -> Result<Beginnings, TrainingError> {
    let beginnings = read_beginnings(from, step)?;
    let (asked, first) = (&request.settings, request.settings.first_size(size));
    let unfit = |why: String| TrainingError::Unfit { path: from.to_path_buf(), why };
    let kinds = (beginnings.settings.kind(), asked.kind());
    if kinds.0 != kinds.1 {
        return Err(unfit(format!("they are those of the kind {}, not {}", kinds.0.label(), kinds.1.label())));
    }
    if beginnings.size != first {
        let sizes = (beginnings.size, first);
        return Err(unfit(format!("they make faces of {} pixels, and the first ones are to have {}", sizes.0, sizes.1)));
    }
    if beginnings.settings.network(first) != asked.network(first) {
        let known = network_in_words(&beginnings.settings, first);
        return Err(unfit(format!("they are those of {known}, not of {}", network_in_words(asked, first))));
    }
    Ok(beginnings)
}

/// The settings the run stands at, with the changes that are asked for.
fn settings_after_edits(settings: &TrainingSettings, request: &TrainingRequest) -> TrainingSettings {
    let mut settings = settings.clone();
    request.edits.iter().for_each(|edit| drop(settings.turn_live(edit)));
    settings
}

/// Makes or opens the run folder and the run in it. A branch that fails leaves nothing.
fn begin(
    request: &TrainingRequest,
    known: Option<Known>,
    beginnings: Option<Beginnings>,
    learner: Box<dyn Learner>,
    faces: TrainingFaces,
    used: FacesUsed,
    monitor: &dyn Monitor,
    tell: &mut dyn FnMut(RunReport),
) -> Result<TrainingRun, EngineError> {
    let goes_on = known.is_some();
    let may_be_discarded = match request.beginning {
        // The old run is gone by then: the new one is all that is left.
        Beginning::Overwrite => false,
        Beginning::Branch(..) | Beginning::WarmStart(..) => true,
        Beginning::New | Beginning::Resume | Beginning::RollBack(_) => !goes_on,
    };
    let was_there = request.out.is_dir();
    let mut warnings = Vec::new();
    let (folder, spec) = match &request.beginning {
        Beginning::Branch(from, at) => {
            warnings = branch(from, *at, &request.out)?.1;
            RunFolder::open(&request.out)?
        }
        Beginning::WarmStart(from, _) => {
            let beginnings = beginnings.expect("they were read before anything is written");
            warnings = vec![format!("it begins with the weights of {} at step {}", from.display(), beginnings.step)];
            let spec = RunSpec { parent: Some((from.clone(), beginnings.step)), ..new_spec(request, used.clone(), beginnings.size) };
            warm_start(beginnings, &request.out, &spec, request.budget.unwrap_or_default())?;
            RunFolder::open(&request.out)?
        }
        Beginning::RollBack(_) => RunFolder::open(&request.out)?,
        Beginning::Resume if goes_on => RunFolder::open(&request.out)?,
        Beginning::New | Beginning::Overwrite | Beginning::Resume => {
            let spec = new_spec(request, used.clone(), request.settings.first_size(faces.cache().size()));
            (RunFolder::create(&request.out, &spec, request.beginning == Beginning::Overwrite)?, spec)
        }
    };
    let step = if let Beginning::RollBack(to) = request.beginning { Some(to) } else { None };
    let opened = TrainingRun::open(folder, spec, request.budget.unwrap_or_default(), learner, faces, step, monitor, tell);
    let begun = opened.map_err(EngineError::from).and_then(|mut run| {
        // A run that goes on may be taken back by now: such a one is stopped as ever.
        if may_be_discarded && let Err(cancelled) = monitor.ensure_wanted() {
            run.discard();
            return Err(cancelled.into());
        }
        let told = if matches!(request.beginning, Beginning::WarmStart(..)) { EventKind::Branched } else { EventKind::Warned };
        warnings.into_iter().try_for_each(|text| run.note(told, text, tell))?;
        if goes_on {
            obey_request(&mut run, request, used, monitor, tell)?;
        }
        Ok(run)
    });
    if begun.is_err() && matches!(request.beginning, Beginning::Branch(..) | Beginning::WarmStart(..)) {
        // What cannot be removed stays a run that may be overwritten.
        let place = follow(&request.out);
        std::fs::remove_dir_all(&place).ok();
        if was_there {
            std::fs::create_dir(&place).ok();
        }
    }
    begun
}

/// Has a run that goes on take up what is asked for now.
fn obey_request(
    run: &mut TrainingRun,
    request: &TrainingRequest,
    used: FacesUsed,
    monitor: &dyn Monitor,
    tell: &mut dyn FnMut(RunReport),
) -> Result<(), EngineError> {
    if let Some(budget) = request.budget {
        run.extend(budget, tell)?;
    }
    let before = run.spec().faces_used();
    let is_other = before.fingerprint != used.fingerprint;
    if run.state().finished {
        if is_other {
            monitor.warn(format!(
                "{} holds other faces than the run has learned from; as it has ended, they are not used",
                used.data.display()
            ));
        }
    } else {
        if is_other {
            monitor.warn(format!("the run goes on with other faces: {}. Before it was {}", used.in_words(), before.in_words()));
        }
        // Before any setting changes: a change writes a checkpoint, and its error is to be that on these faces.
        run.use_faces(used, tell)?;
    }
    for edit in &request.edits {
        run.turn(edit, tell)?;
    }
    Ok(run.plan(request.checkpoints, request.half, tell)?)
}

fn new_spec(request: &TrainingRequest, used: FacesUsed, size: usize) -> RunSpec {
    let FacesUsed { data, fingerprint, faces, held_out, origin } = used;
    RunSpec {
        version: RunSpec::VERSION,
        data,
        fingerprint,
        size,
        faces,
        held_out,
        origin,
        settings: request.settings.clone(),
        checkpoints: request.checkpoints,
        half: request.half,
        parent: None,
        earlier: Vec::new(),
    }
}

/// Refuses a network that the run does not have.
fn ensure_same_network(known: &Known, request: &TrainingRequest, size: usize) -> Result<(), TrainingError> {
    let (last, wanted) = (known.settings.last_size(known.size), request.settings.last_size(size));
    if last != wanted || known.settings.network(last) != request.settings.network(wanted) {
        let (begun, asked) = (network_in_words(&known.settings, last), network_in_words(&request.settings, wanted));
        return Err(TrainingError::Fixed { path: request.out.clone(), begun, asked });
    }
    Ok(())
}

/// The network of some settings for faces of `size` pixels.
fn network_in_words(settings: &TrainingSettings, size: usize) -> String {
    let remark = settings.network(size).remark();
    let widths: Vec<String> = settings.network(size).widths().iter().map(ToString::to_string).collect();
    let (kind, preset, widths, latent) = (settings.kind().label(), settings.preset().word(), widths.join(", "), settings.latent());
    format!("{kind}, preset {preset}, channels {widths}{remark}, k {latent}, {size} x {size} pixels")
}

/// Puts a network that learns on a device.
struct Learning<'a> {
    settings: &'a TrainingSettings,
    size: usize,
}

impl DeviceVisitor for Learning<'_> {
    type Output = Box<dyn Learner>;

    fn visit<B: FaceBackend>(self, device: &B::Device) -> Self::Output {
        self.settings.learner::<B>(self.size, device.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::{BackendChoice, DeviceInfo};
    use crate::engine::memory::ensure_memory;
    use crate::training::{AutoencoderSettings, CheckpointPlan, Edit, Value};

    #[test]
    fn memory_is_asked_for_the_batch_that_will_run() {
        let begun = AutoencoderSettings { batch: 8, ..Default::default() };
        let request = |edits: Vec<Edit>| TrainingRequest {
            data: "faces".into(),
            out: "run".into(),
            settings: begun.clone().into(),
            budget: None,
            checkpoints: CheckpointPlan::default(),
            half: false,
            beginning: Beginning::Resume,
            edits,
            backend: BackendChoice::Cpu,
        };
        let grown = TrainingSettings::from(AutoencoderSettings { batch: 512, ..begun.clone() });
        assert_eq!(settings_after_edits(&grown, &request(Vec::new())).batch(), 512, "that of the checkpoint, not that of the beginning");
        assert_eq!(settings_after_edits(&grown, &request(vec![Edit::new("batch", Value::Count(4))])).batch(), 4);
        let network = grown.network(64);
        let small = DeviceInfo { memory_bytes: Some(network.training_bytes(64)), ..DeviceInfo::cpu() };
        assert!(ensure_memory(&network, settings_after_edits(&grown, &request(Vec::new())).batch(), &small).is_err());
        ensure_memory(&network, settings_after_edits(&grown, &request(vec![Edit::new("batch", Value::Count(4))])).batch(), &small).unwrap();
    }
}
