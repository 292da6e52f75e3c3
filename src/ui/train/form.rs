//! The form of a new training: what is typed into it, and the request that it comes to.
//!
//! Owns defaults and names of run folders. Nothing is read from the disk but whether a name is taken.

use std::path::{Path, PathBuf};

use crate::backend::BackendChoice;
use crate::engine::{Beginning, Components, FitPca, TrainingRequest};
use crate::models::{ModelKind, Precision};
use crate::session::DEFAULT_SIZE;
use crate::training::{Budget, CheckpointPlan, Edit, TrainingError, TrainingSettings, read_spec};

/// What the form is filled with. Each kind has settings of its own, so that none are lost while the user compares.
pub struct Form {
    /// What is made.
    pub kind: ModelKind,
    /// How each kind of network learns.
    pub networks: Vec<TrainingSettings>,
    /// The length in faces.
    pub images: u64,
    /// The length in minutes.
    pub minutes: f64,
    /// Which of the two counts.
    pub by_minutes: bool,
    /// When checkpoints are written.
    pub checkpoints: CheckpointPlan,
    /// Whether weights are stored in half precision.
    pub half: bool,
    /// Where to train.
    pub backend: BackendChoice,
    /// How many axes PCA has.
    pub components: usize,
    /// Size of faces that are imported.
    pub import_size: usize,
    /// The folder that is written.
    pub out: String,
    /// What `out` was suggested for; `None` asks for another suggestion.
    pub(super) suggested: Option<String>,
}

impl Default for Form {
    fn default() -> Self {
        let networks = TrainingSettings::defaults();
        Self {
            kind: networks[0].kind(),
            networks,
            images: 500_000,
            minutes: 30.0,
            by_minutes: false,
            checkpoints: CheckpointPlan::default(),
            half: false,
            backend: BackendChoice::Auto,
            components: 64,
            import_size: DEFAULT_SIZE,
            out: String::new(),
            suggested: None,
        }
    }
}

impl Form {
    /// Suggests a folder whenever another one suits what is chosen; a name that the user has typed stays until then.
    pub fn suggest_out(&mut self, size: usize) {
        let kind = self.kind.key();
        let stem = match self.network() {
            Some(settings) => format!("runs/{kind}-{}-{size}", settings.preset().word()),
            None => format!("models/{kind}-{}-{size}", self.components),
        };
        if self.suggested.as_ref() != Some(&stem) {
            self.out = free_name(&stem, &|name| Path::new(name).exists());
            self.suggested = Some(stem);
        }
    }

    /// Has a name suggested again: the one before is taken by now.
    pub fn suggest_again(&mut self) {
        self.suggested = None;
    }

    /// Takes everything that is shown for the chosen kind back to its default; what the other kinds were set to stays.
    pub fn reset(&mut self) {
        let before = std::mem::take(self);
        (self.kind, self.components, self.import_size) = (before.kind, before.components, before.import_size);
        for (settings, before) in self.networks.iter_mut().zip(before.networks) {
            if before.kind() != self.kind {
                *settings = before;
            }
        }
    }

    /// What the chosen kind of network learns, and how; `None` for a kind that is not trained.
    pub fn network(&self) -> Option<&TrainingSettings> {
        self.networks.iter().find(|settings| settings.kind() == self.kind)
    }

    /// Turns a knob of the chosen kind of network.
    pub fn turn(&mut self, edit: &Edit) {
        if let Some(settings) = self.networks.iter_mut().find(|settings| settings.kind() == self.kind) {
            settings.turn(edit);
        }
    }

    /// The planned length.
    pub fn budget(&self) -> Budget {
        if self.by_minutes { Budget::Seconds(self.minutes * 60.0) } else { Budget::Images(self.images) }
    }

    /// The folder as a path.
    pub fn out_path(&self) -> PathBuf {
        PathBuf::from(self.out.trim())
    }

    /// The training that the form asks for; `None` for a kind that is not trained.
    pub fn request(&self, data: &Path) -> Option<TrainingRequest> {
        Some(TrainingRequest {
            data: data.to_path_buf(),
            out: self.out_path(),
            settings: self.network()?.clone(),
            budget: Some(self.budget()),
            checkpoints: self.checkpoints,
            half: self.half,
            beginning: Beginning::New,
            edits: Vec::new(),
            backend: self.backend,
        })
    }

    /// The PCA fit that the form asks for.
    pub fn fit(&self, data: &Path) -> FitPca {
        FitPca {
            data: data.to_path_buf(),
            components: Components::Count(self.components),
            split: None,
            out: self.out_path(),
            precision: if self.half { Precision::Half } else { Precision::Single },
            origin: None,
            licence: None,
        }
    }

    /// A request that goes on with the run at `path`, with its own faces, settings and length.
    pub fn request_of_run(&self, path: &Path, beginning: Beginning) -> Result<TrainingRequest, TrainingError> {
        let from = if let Beginning::Branch(from, _) = &beginning { from.clone() } else { path.to_path_buf() };
        let spec = read_spec(&from)?;
        Ok(TrainingRequest {
            data: PathBuf::new(),
            out: path.to_path_buf(),
            settings: spec.settings,
            budget: None,
            checkpoints: spec.checkpoints,
            half: spec.half,
            beginning,
            edits: Vec::new(),
            backend: self.backend,
        })
    }
}

/// The name, with the first number appended that makes it free where it is taken.
pub fn free_name(name: &str, is_taken: &dyn Fn(&str) -> bool) -> String {
    if !is_taken(name) {
        return name.to_owned();
    }
    (2_u32..).map(|number| format!("{name}-{number}")).find(|name| !is_taken(name)).unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::{AutoencoderSettings, GanSettings, Objective, Value};

    #[test]
    fn a_taken_name_gets_a_number() {
        let taken = ["runs/a", "runs/a-2", "runs/b"];
        let free = |name: &str| free_name(name, &|name| taken.contains(&name));
        assert_eq!((free("runs/a"), free("runs/b"), free("runs/c")), ("runs/a-3".into(), "runs/b-2".into(), "runs/c".into()));
    }

    #[test]
    fn a_typed_name_stays_until_something_else_is_chosen() {
        let mut form = Form::default();
        form.suggest_out(4);
        assert_eq!(form.out, "runs/autoencoder-small-4");
        form.out = "mine".into();
        form.suggest_out(4);
        assert_eq!(form.out, "mine");
        form.turn(&Edit::new("preset", Value::Word("tiny".into())));
        form.suggest_out(4);
        assert_eq!(form.out, "runs/autoencoder-tiny-4");
        form.kind = ModelKind::Gan;
        form.suggest_out(4);
        assert_eq!(form.out, "runs/gan-small-4");
        form.kind = ModelKind::Pca;
        form.suggest_out(4);
        assert_eq!(form.out, "models/pca-64-4");
    }

    #[test]
    fn the_form_starts_with_the_defaults_of_the_command_line() {
        let form = Form::default();
        assert_eq!(form.budget(), Budget::default());
        let request = form.request(Path::new("faces.safetensors")).unwrap();
        assert_eq!(request.settings, AutoencoderSettings::default().into());
        assert_eq!(request.checkpoints, CheckpointPlan::default());
    }

    #[test]
    fn every_kind_keeps_its_settings_while_another_is_looked_at() {
        let mut form = Form::default();
        form.turn(&Edit::new("latent", Value::Count(16)));
        form.kind = ModelKind::Gan;
        form.turn(&Edit::new("objective", Value::Word("wgan-gp".into())));
        form.turn(&Edit::new("batch", Value::Count(64)));
        let asked = |form: &Form| form.request(Path::new("faces.safetensors")).map(|request| request.settings);
        let gan = GanSettings { objective: Objective::WganGp, batch: 64, ..Default::default() };
        assert_eq!(asked(&form), Some(gan.into()));
        form.kind = ModelKind::Autoencoder;
        let autoencoder = AutoencoderSettings { latent: 16, ..Default::default() };
        assert_eq!(asked(&form), Some(autoencoder.into()));
        form.kind = ModelKind::Pca;
        assert_eq!(asked(&form), None, "it is computed, not trained");
    }

    #[test]
    fn a_reset_leaves_the_other_kinds_alone() {
        let mut form = Form { components: 7, minutes: 3.0, ..Form::default() };
        let batch_of = |form: &Form, kind| form.networks.iter().find(|settings| settings.kind() == kind).map(TrainingSettings::batch);
        let batches = |form: &Form| [ModelKind::Autoencoder, ModelKind::Gan].map(|kind| batch_of(form, kind));
        form.turn(&Edit::new("batch", Value::Count(2)));
        form.kind = ModelKind::Gan;
        form.turn(&Edit::new("batch", Value::Count(1)));
        assert_eq!(batches(&form), [Some(2), Some(1)]);
        form.reset();
        assert_eq!((form.kind, form.components, form.minutes), (ModelKind::Gan, 7, 30.0));
        assert_eq!(batches(&form), [Some(2), Some(32)]);
    }
}
