//! The form of a new training: what is typed into it, and the request that it comes to.
//!
//! Owns defaults and names of run folders. Nothing is read from the disk but whether a name is taken.

use std::path::{Path, PathBuf};

use crate::backend::BackendChoice;
use crate::engine::{Beginning, Components, FitPca, TrainingRequest};
use crate::models::Precision;
use crate::session::DEFAULT_SIZE;
use crate::training::{
    AutoencoderSettings, Budget, CheckpointPlan, GanSettings, Objective, Preset, TrainingError, TrainingSettings, read_spec,
};

/// What can be made of faces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A network that is trained to write faces down.
    Autoencoder,
    /// Two networks that are trained against each other.
    Gan,
    /// Principal components, computed at once.
    Pca,
}

/// The settings as they are before anyone changes them.
#[derive(Default)]
pub struct Defaults {
    /// Those of an autoencoder.
    pub autoencoder: AutoencoderSettings,
    /// Those of a GAN.
    pub gan: GanSettings,
}

/// What the form is filled with. Each kind has settings of its own, so that none are lost while the user compares.
pub struct Form {
    /// What is made.
    pub kind: Kind,
    /// How an autoencoder learns.
    pub autoencoder: AutoencoderSettings,
    /// How a GAN learns.
    pub gan: GanSettings,
    /// What both were before anyone changed them.
    pub defaults: Defaults,
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
        let defaults = Defaults::default();
        Self {
            kind: Kind::Autoencoder,
            autoencoder: defaults.autoencoder.clone(),
            gan: defaults.gan.clone(),
            defaults,
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
        let stem = match self.kind {
            Kind::Autoencoder => format!("runs/autoencoder-{}-{size}", self.autoencoder.preset.word()),
            Kind::Gan => format!("runs/gan-{}-{size}", self.gan.preset.word()),
            Kind::Pca => format!("models/pca-{}-{size}", self.components),
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
        match before.kind {
            Kind::Autoencoder => self.gan = before.gan,
            Kind::Gan => self.autoencoder = before.autoencoder,
            Kind::Pca => (self.autoencoder, self.gan) = (before.autoencoder, before.gan),
        }
    }

    /// What the chosen kind of network learns, and how.
    pub fn settings(&self) -> TrainingSettings {
        match self.kind {
            Kind::Gan => self.gan.clone().into(),
            Kind::Autoencoder | Kind::Pca => self.autoencoder.clone().into(),
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

    /// The training that the form asks for.
    pub fn request(&self, data: &Path) -> TrainingRequest {
        TrainingRequest {
            data: data.to_path_buf(),
            out: self.out_path(),
            settings: self.settings(),
            budget: Some(self.budget()),
            checkpoints: self.checkpoints,
            half: self.half,
            beginning: Beginning::New,
            changes: Vec::new(),
            backend: self.backend,
        }
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
            changes: Vec::new(),
            backend: self.backend,
        })
    }
}

/// The presets, and what each means and costs.
pub fn preset_choices(describe: fn(Preset) -> &'static str) -> [(Preset, &'static str, &'static str); 3] {
    Preset::ALL.map(|preset| {
        let name = match preset {
            Preset::Tiny => "Tiny",
            Preset::Small => "Small",
            Preset::Medium => "Medium",
        };
        (preset, name, describe(preset))
    })
}

/// The objectives of a GAN under the names that papers give them, and what each means.
pub fn objective_choices() -> [(Objective, &'static str, &'static str); 3] {
    Objective::ALL.map(|objective| {
        let name = match objective {
            Objective::Rpgan => "R3GAN",
            Objective::WganGp => "WGAN-GP",
            Objective::Hinge => "Hinge",
        };
        (objective, name, objective.description())
    })
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
        form.autoencoder.preset = Preset::Tiny;
        form.suggest_out(4);
        assert_eq!(form.out, "runs/autoencoder-tiny-4");
        form.kind = Kind::Gan;
        form.suggest_out(4);
        assert_eq!(form.out, "runs/gan-small-4");
        form.kind = Kind::Pca;
        form.suggest_out(4);
        assert_eq!(form.out, "models/pca-64-4");
    }

    #[test]
    fn the_form_starts_with_the_defaults_of_the_command_line() {
        let form = Form::default();
        assert_eq!(form.budget(), Budget::default());
        let request = form.request(Path::new("faces.safetensors"));
        assert_eq!(request.settings, TrainingSettings::Autoencoder(AutoencoderSettings::default()));
        assert_eq!(request.checkpoints, CheckpointPlan::default());
    }

    #[test]
    fn every_kind_keeps_its_settings_while_another_is_looked_at() {
        let mut form = Form::default();
        form.autoencoder.latent = 16;
        form.kind = Kind::Gan;
        form.gan.objective = Objective::WganGp;
        form.gan.batch = 64;
        let asked = |form: &Form| form.request(Path::new("faces.safetensors")).settings;
        let gan = GanSettings { objective: Objective::WganGp, batch: 64, ..Default::default() };
        assert_eq!(asked(&form), TrainingSettings::Gan(gan));
        form.kind = Kind::Autoencoder;
        let autoencoder = AutoencoderSettings { latent: 16, ..Default::default() };
        assert_eq!(asked(&form), TrainingSettings::Autoencoder(autoencoder));
        form.kind = Kind::Gan;
        assert_eq!((form.gan.batch, form.autoencoder.latent), (64, 16));
    }

    #[test]
    fn a_reset_leaves_the_other_kinds_alone() {
        let mut form = Form { kind: Kind::Gan, components: 7, ..Form::default() };
        (form.gan.batch, form.autoencoder.batch, form.minutes) = (1, 2, 3.0);
        form.reset();
        assert_eq!((form.kind, form.components, form.minutes), (Kind::Gan, 7, 30.0));
        assert_eq!((form.gan.batch, form.autoencoder.batch), (32, 2));
    }
}
