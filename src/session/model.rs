//! Which model is open, and which one is on its way.
//!
//! Owns plain data about the model, and by what it is found again; the model itself lives on the decoder thread.

use std::path::Path;

use bevy::prelude::*;
use serde::{Deserialize, Serialize};

use super::{DecoderLink, SessionSystems, SteeringState};
use crate::backend::{BackendChoice, DeviceInfo};
use crate::engine::ShelfItem;
use crate::latent::LatentFrame;
use crate::models::catalog;
use crate::models::{ModelError, PlacedModel, StoredModel};

pub(super) fn plugin(app: &mut App) {
    app.add_message::<OpenModel>()
        .add_message::<UseAxes>()
        .add_message::<ModelOpened>()
        .add_message::<ModelRefreshed>()
        .init_resource::<CurrentModel>()
        .add_systems(Update, (open_models, use_axes).chain().in_set(SessionSystems::Steer));
}

/// Asks for another model, by name or path.
#[derive(Clone, Debug, Message)]
pub struct OpenModel(pub String);

/// Which directions of the latent space of a GAN are the axes.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub enum AxisChoice {
    /// Those that change pictures most, sorted.
    #[default]
    Influence,
    /// The numbers of z themselves, in their own order.
    Raw,
}

/// Asks for other axes; the face that is shown stays.
#[derive(Clone, Copy, Debug, Message)]
pub struct UseAxes(pub AxisChoice);

/// Another model is open: everything on screen belongs to the one before.
#[derive(Clone, Copy, Debug, Message)]
pub struct ModelOpened;

/// By what a model is found again.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct ModelPlace {
    /// The name or path that it was asked for by.
    pub name: String,
    /// The folder it stands in, from the root, so that it is found from any working folder; none for a model that is part of
    /// the program.
    pub folder: Option<String>,
}

impl ModelPlace {
    /// The place of a model that is found by its name.
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), folder: None }
    }

    /// The place of a model that was found in a folder, or in the program itself, when it was asked for by this.
    fn of_request(request: &str, folder: Option<&Path>) -> Self {
        Self { name: request.to_owned(), folder: folder.and_then(absolute) }
    }

    /// The place of the model in a folder.
    pub(super) fn of_folder(folder: &Path) -> Self {
        Self { name: folder.to_string_lossy().into_owned(), folder: absolute(folder) }
    }

    /// Whether it is that of the model in a folder, whatever it was asked for by.
    pub fn stands_at(&self, folder: &Path) -> bool {
        self.folder.is_some() && self.folder == absolute(folder)
    }

    /// Opens what stands there, or what has this name elsewhere by now.
    pub(super) fn open(&self) -> Result<StoredModel, ModelError> {
        match &self.folder {
            Some(folder) if Path::new(folder).is_dir() => StoredModel::open(Path::new(folder)),
            None if self.name == catalog::EMBEDDED => StoredModel::embedded(),
            _ => catalog::resolve(&self.name),
        }
    }
}

fn absolute(folder: &Path) -> Option<String> {
    std::path::absolute(folder).ok()?.to_str().map(str::to_owned)
}

/// A model on its way to the decoder.
#[derive(Clone)]
pub(super) struct Opening {
    /// What is opened, with its axes by influence.
    pub(super) stored: StoredModel,
    /// By what it is found again.
    pub(super) place: ModelPlace,
    /// Where in its latent space the user left it; else the user starts at a random face.
    pub(super) steering: Option<SteeringState>,
    /// Whether it is the model on screen, having learned more: the user stays where they are.
    pub(super) is_refresh: bool,
    /// Whether it is the model on screen with other axes: the face stays, and its coordinates change.
    pub(super) keeps_face: bool,
}

impl Opening {
    fn new(stored: StoredModel, place: ModelPlace) -> Self {
        Self { stored, place, steering: None, is_refresh: false, keeps_face: false }
    }

    /// As the user left it.
    pub(super) fn as_left(stored: StoredModel, place: ModelPlace, steering: Option<SteeringState>) -> Self {
        Self { steering, ..Self::new(stored, place) }
    }
}

/// An opening that the decoder is at.
struct Pending {
    opening: Opening,
    /// The axes that it was sent with.
    axes: AxisChoice,
    generation: u64,
}

/// The model on screen has learned more: it looks different, but everything means the same.
#[derive(Clone, Copy, Debug, Message)]
pub struct ModelRefreshed;

/// How the last opening went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OpenState {
    /// The decoder is at it.
    #[default]
    Opening,
    /// It is open.
    Open,
    /// It could not be opened; what to tell the user.
    Refused(String),
}

/// The model that the explorer shows.
#[derive(Default, Resource)]
pub struct CurrentModel {
    /// What is open, if anything is, with the axes that are shown.
    pub stored: Option<StoredModel>,
    /// By what that is found again.
    pub place: Option<ModelPlace>,
    /// Where it computes.
    pub device: Option<DeviceInfo>,
    /// How the last opening went.
    pub state: OpenState,
    /// Which axes the open model shows, where there is a choice.
    pub axes: AxisChoice,
    /// Which axes the user wants: the open model shows them as soon as no other one is being opened.
    pub wanted_axes: AxisChoice,
    /// The frame by influence, while raw axes are shown.
    by_influence: Option<LatentFrame>,
    pending: Option<Pending>,
    /// The opening of the model that is open.
    generation: u64,
    /// The newest opening.
    newest: u64,
}

impl CurrentModel {
    /// Which opening the open model comes from: what belongs to another one is not of this model.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Number of latent axes; 0 while nothing is open.
    pub fn latent_dim(&self) -> usize {
        self.stored.as_ref().map_or(0, |stored| stored.header.latent_dim)
    }

    /// Whether raw axes mean something else than those by influence.
    pub fn has_axis_choice(&self) -> bool {
        self.stored.as_ref().is_some_and(has_axis_choice)
    }

    /// Takes note that the decoder has opened a model; `None` where a later opening has overtaken it.
    pub(super) fn finish_opening(&mut self, generation: u64, device: DeviceInfo) -> Option<Opening> {
        let Pending { opening, axes, .. } = self.pending.take_if(|pending| pending.generation == generation)?;
        self.by_influence = (axes == AxisChoice::Raw).then(|| opening.stored.frame.clone());
        self.stored = Some(with_axes(&opening.stored, axes));
        self.place = Some(opening.place.clone());
        self.device = Some(device);
        self.state = OpenState::Open;
        self.axes = axes;
        self.generation = generation;
        Some(opening)
    }

    /// Takes note that the decoder has refused a model: the one before, if any, goes on. Nothing is said of an opening that a later
    /// one has overtaken.
    pub(super) fn refuse_opening(&mut self, generation: u64, reason: String) {
        if self.pending.take_if(|pending| pending.generation == generation).is_some() {
            self.state = OpenState::Refused(reason);
            // Axes that could not be opened are not asked for again and again.
            self.wanted_axes = self.axes;
        }
    }

    /// What is on its way to the decoder.
    pub(super) fn coming(&self) -> Option<&Opening> {
        self.pending.as_ref().map(|pending| &pending.opening)
    }

    /// Where the model stands that is on its way, or else the one that is open.
    pub(super) fn heads_for(&self) -> Option<&ModelPlace> {
        self.coming().map(|opening| &opening.place).or(self.place.as_ref())
    }

    /// The open model with its axes by influence.
    pub(super) fn original(&self) -> Option<StoredModel> {
        let stored = self.stored.clone()?;
        Some(match self.by_influence.clone() {
            Some(frame) => StoredModel { frame, ..stored },
            None => stored,
        })
    }
}

fn has_axis_choice(stored: &StoredModel) -> bool {
    stored.header.kind.facts().has_axis_choice
}

/// A model as it is shown with these axes.
fn with_axes(stored: &StoredModel, axes: AxisChoice) -> StoredModel {
    match axes {
        AxisChoice::Influence => stored.clone(),
        AxisChoice::Raw => StoredModel { frame: stored.frame.unrotated(), ..stored.clone() },
    }
}

/// The system that opens what panels ask for.
pub(super) fn open_models(mut requests: MessageReader<OpenModel>, mut model: ResMut<CurrentModel>, link: Res<DecoderLink>) {
    let Some(OpenModel(name)) = requests.read().last() else { return };
    match catalog::place(name) {
        Ok(PlacedModel { stored, folder }) => {
            let place = ModelPlace::of_request(name, folder.as_deref());
            start_opening(&mut model, &link, Opening::new(stored, place));
        }
        Err(error) => model.state = OpenState::Refused(why_not(name, &error)),
    }
}

/// Why a model cannot be opened; a run that has none yet is named as what it is.
fn why_not(name: &str, error: &ModelError) -> String {
    let is_bare_run =
        ShelfItem::read(Path::new(name)).is_some_and(|item| item.run.is_some() && item.model.is_none() && item.fault.is_none());
    match is_bare_run {
        true => format!("{name} is a run that has written no model yet. Look at it in the training panel until it has"),
        false => error.to_string(),
    }
}

/// Shows what a training has learned by now: in place of what the same run had shown, or as another model, in which the user is
/// where they left it.
pub(super) fn show_run(model: &mut CurrentModel, link: &DecoderLink, run: &Path, stored: StoredModel, steering: Option<SteeringState>) {
    let place = ModelPlace::of_folder(run);
    let shape = |stored: &StoredModel| (stored.header.size, stored.header.latent_dim);
    let coming = model.coming().filter(|opening| !opening.is_refresh);
    let is_other_coming = coming.is_some();
    // A newer network of a run that is on its way comes in its place, also in its place in latent space, or with its face.
    let same_coming = coming.filter(|opening| opening.place.stands_at(run));
    let keeps_face = same_coming.is_some_and(|opening| opening.keeps_face);
    let steering = steering.or_else(|| same_coming?.steering.clone());
    let is_refresh = !is_other_coming
        && model.place.as_ref().is_some_and(|shown| shown.stands_at(run))
        && model.stored.as_ref().is_some_and(|shown| shape(shown) == shape(&stored));
    start_opening(model, link, Opening { is_refresh, keeps_face, ..Opening::as_left(stored, place, steering) });
}

/// The axes that are wanted are shown as soon as no opening is under way: what is shown always means what it says.
fn use_axes(mut requests: MessageReader<UseAxes>, mut model: ResMut<CurrentModel>, link: Res<DecoderLink>) {
    if let Some(UseAxes(axes)) = requests.read().last().copied()
        && axes != model.wanted_axes
    {
        model.wanted_axes = axes;
    }
    if model.pending.is_some() || model.axes == model.wanted_axes || !model.has_axis_choice() {
        return;
    }
    let (Some(stored), Some(place)) = (model.original(), model.place.clone()) else { return };
    start_opening(&mut model, &link, Opening { keeps_face: true, ..Opening::new(stored, place) });
}

/// Sends a model to the decoder.
pub(super) fn start_opening(model: &mut CurrentModel, link: &DecoderLink, opening: Opening) {
    if !link.0.is_running() {
        model.state = OpenState::Refused("No thread decodes faces: close other programs and start again".into());
        return;
    }
    let axes = if has_axis_choice(&opening.stored) { model.wanted_axes } else { AxisChoice::Influence };
    model.newest += 1;
    if !opening.is_refresh {
        model.state = OpenState::Opening;
    }
    let (generation, stored) = (model.newest, with_axes(&opening.stored, axes));
    model.pending = Some(Pending { opening, axes, generation });
    link.0.open(generation, stored, BackendChoice::Auto);
}

/// Opens `stored` before the first frame.
pub fn open_model_on_start(app: &mut App, stored: StoredModel) {
    let place = ModelPlace::named(&stored.header.name);
    open_on_start(app, Opening::new(stored, place));
}

pub(super) fn open_on_start(app: &mut App, opening: Opening) {
    app.add_systems(Startup, move |mut model: ResMut<CurrentModel>, link: Res<DecoderLink>| {
        start_opening(&mut model, &link, opening.clone());
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Decoder, Waker};

    #[test]
    fn what_a_run_has_learned_comes_in_place_of_what_is_on_its_way_and_keeps_its_face() {
        let link = DecoderLink(Decoder::spawn(1, Waker::default()));
        let (stored, run) = (StoredModel::embedded().unwrap(), Path::new("/runs/mine"));
        let mut model = CurrentModel::default();
        start_opening(&mut model, &link, Opening { keeps_face: true, ..Opening::new(stored.clone(), ModelPlace::of_folder(run)) });
        show_run(&mut model, &link, run, stored.clone(), None);
        assert!(model.coming().is_some_and(|coming| coming.keeps_face && !coming.is_refresh));
        show_run(&mut model, &link, Path::new("/runs/other"), stored, None);
        assert!(model.coming().is_some_and(|coming| !coming.keeps_face), "the faces of another run are others");
    }

    #[test]
    fn a_place_names_its_folder_from_the_root() {
        let relative = ModelPlace::of_request("a-model-of-a-test", Some(Path::new("models/a-model-of-a-test")));
        let folder = relative.folder.clone().unwrap();
        assert!(Path::new(&folder).is_absolute() && folder.ends_with("a-model-of-a-test"), "{folder}");
        assert!(relative.stands_at(Path::new("models/a-model-of-a-test")) && relative.stands_at(Path::new(&folder)));
        assert!(!relative.stands_at(Path::new("models")));
        let by_path = ModelPlace::of_folder(Path::new(&folder));
        assert_eq!((by_path.name.as_str(), by_path.folder.as_deref()), (folder.as_str(), Some(folder.as_str())));
        assert_eq!(ModelPlace::of_request(catalog::EMBEDDED, None), ModelPlace::named(catalog::EMBEDDED));
        assert!(!ModelPlace::named(catalog::EMBEDDED).stands_at(Path::new(catalog::EMBEDDED)));
    }

    #[test]
    fn the_model_of_the_program_is_found_without_a_folder_and_what_is_gone_is_not() {
        let mut place = ModelPlace::named(catalog::EMBEDDED);
        assert_eq!(place.open().unwrap().header.name, catalog::EMBEDDED);
        place.name = "a-model-of-a-test".into();
        place.folder = Some("/nowhere/a-model-of-a-test".into());
        assert!(place.open().is_err());
    }
}
