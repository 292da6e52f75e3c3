//! A photo becomes a place: the job that looks for it, and the flight there. Every place on the way is shown; what has been found is one
//! step that can be undone, and what is called off or fails leaves the user where they were.
//!
//! Owns where the sliders are meanwhile. How a place is found is the engine's business; codes come from there, which mean the same
//! whatever axes are on screen.

use std::path::PathBuf;
use std::time::Duration;

use bevy::prelude::*;

use super::activity::{Activity, Cause};
use super::history::{ChangeKind, History};
use super::job_kind::JobKind;
use super::jobs::{Jobs, RunJob, start_jobs, take_dropped};
use super::model::{CurrentModel, ModelOpened, ModelPlace};
use super::notice::Complaint;
use super::photo_messages::{OpenPhoto, PhotoPlaced};
use super::recording::steer;
use super::steering::{Steer, Steering, SteeringState};
use super::{Notice, SessionSystems};
use crate::engine::{Job, PhotoStages, PlacePhoto};
use crate::latent::Latent;
use crate::latent::interpolation::linear;
use crate::models::PlacedModel;
use crate::training::InversionSettings;

/// From one place on the way to the next, in seconds.
const GLIDE: f32 = 0.15;
/// What is said of a place that is found when the model it is one of is not open any more.
const ELSEWHERE: &str = "The photo has its place in the model that was open before, and none in this one";

pub(super) fn plugin(app: &mut App) {
    app.add_message::<OpenPhoto>().add_message::<PhotoPlaced>().init_resource::<PhotoFlight>().add_systems(
        Update,
        (begin.after(take_dropped).before(start_jobs), fly.after(start_jobs).after(steer)).chain().in_set(SessionSystems::Steer),
    );
}

/// The flight to the place of a photo, while there is one.
#[derive(Default, Resource)]
pub struct PhotoFlight {
    way: Option<Way>,
    /// Why no photo can be placed.
    refused: Complaint,
}

/// The way to a place.
struct Way {
    stages: PhotoStages,
    /// Of which model.
    model: ModelPlace,
    /// Where the user was.
    before: SteeringState,
    /// Where the sliders stood when this flight moved them last: elsewhere they are because the user steers. That the model learns meanwhile
    /// and is decoded anew moves nobody.
    left: SteeringState,
    /// Whether it still moves the sliders: not once the user has, or the axes are others.
    leads: bool,
    /// Whether it is a step that can be undone by now: from the first move on, so that whatever the user does next comes after it.
    is_step: bool,
    glide: Option<Glide>,
    /// The place of the photo, once it is found.
    end: Option<Vec<f32>>,
}

/// From one place to the next.
struct Glide {
    from: Latent,
    to: Latent,
    seconds: f32,
}

impl Way {
    fn new(stages: PhotoStages, model: ModelPlace, before: SteeringState) -> Self {
        Self { stages, model, left: before.clone(), before, leads: true, is_step: false, glide: None, end: None }
    }

    /// Moves the sliders to a place. Photos have theirs in the whole network: axes act everywhere there.
    fn fly_to(&mut self, place: Latent, steering: &mut Steering, history: &mut History, now: Duration) {
        steering.apply(&Steer::ClearZones);
        steering.apply(&Steer::SetLatent(place));
        self.left = steering.state();
        if !self.is_step && !self.left.looks_like(&self.before) {
            history.begin(ChangeKind::Photo, self.before.clone(), &self.left, now);
            self.is_step = true;
        }
    }

    /// Leads back to where the user was.
    fn call_off(&self, steering: &mut Steering, history: &mut History) {
        steering.set_state(&self.before);
        if self.is_step {
            history.call_off(ChangeKind::Photo);
        }
    }
}

impl PhotoFlight {
    /// Whether one is under way.
    pub fn is_under_way(&self) -> bool {
        self.way.is_some()
    }
}

fn begin(
    mut asked: MessageReader<OpenPhoto>,
    mut flight: ResMut<PhotoFlight>,
    mut run: MessageWriter<RunJob>,
    mut notice: ResMut<Notice>,
    model: Res<CurrentModel>,
    steering: Res<Steering>,
    jobs: Res<Jobs>,
) {
    let photos: Vec<PathBuf> = asked.read().map(|OpenPhoto(picture)| picture.clone()).collect();
    let Some(picture) = photos.first() else { return };
    let (Some(stored), Some(place)) = (model.original(), model.place.clone()) else {
        flight.refused.make(&mut notice, "Open a model first: a photo's place is one in its latent space".into());
        return;
    };
    flight.refused.settle(&mut notice);
    if photos.len() > 1 {
        let name = picture.file_name().unwrap_or_default().to_string_lossy();
        flight.refused.make(&mut notice, format!("One photo at a time: this is the place of {name}"));
    }
    let stages = PhotoStages::default();
    let placed = PlacedModel { stored, folder: place.folder.clone().map(PathBuf::from) };
    let job = PlacePhoto { model: placed, picture: picture.clone(), settings: InversionSettings::default(), stages: stages.clone() };
    run.write(RunJob::Start(Job::PlacePhoto(Box::new(job))));
    // One job at a time; who starts them says so.
    if jobs.title.is_none() {
        flight.way = Some(Way::new(stages, place, steering.state()));
    }
}

fn fly(
    mut placed: MessageReader<PhotoPlaced>,
    mut opened: MessageReader<ModelOpened>,
    mut flight: ResMut<PhotoFlight>,
    mut steering: ResMut<Steering>,
    mut history: ResMut<History>,
    mut activity: ResMut<Activity>,
    mut run: MessageWriter<RunJob>,
    mut jobs: ResMut<Jobs>,
    model: Res<CurrentModel>,
    time: Res<Time<Real>>,
) {
    let found = placed.read().last().map(|PhotoPlaced(place)| place.code.clone());
    let has_other_axes = opened.read().last().is_some();
    let now = time.elapsed();
    let Some(way) = flight.way.as_mut().filter(|way| model.place.as_ref() == Some(&way.model)) else {
        // Places in one latent space are none in another.
        if found.is_some() {
            jobs.message = Some(Ok(ELSEWHERE.into()));
        } else if flight.way.as_ref().is_some_and(|way| way.end.is_none()) {
            run.write(RunJob::Cancel);
        }
        flight.way = None;
        return;
    };
    if has_other_axes || !steering.state().looks_like(&way.left) {
        way.leads = false;
    }
    way.end = way.end.take().or(found);
    let is_searching = jobs.title.is_some() && jobs.kind == Some(JobKind::Place);
    let Some(frame) = model.stored.as_ref().map(|stored| &stored.frame) else { return };
    match (&way.end, way.leads) {
        // It failed, or was called off.
        (None, leads) if !is_searching => {
            if leads {
                way.call_off(&mut steering, &mut history);
            }
            flight.way = None;
        }
        (None, false) => {}
        // The user was elsewhere meanwhile: this is a step of its own.
        (Some(code), false) => {
            let mut arrival = Way::new(PhotoStages::default(), way.model.clone(), steering.state());
            arrival.fly_to(frame.to_latent(code), &mut steering, &mut history, now);
            flight.way = None;
        }
        (end, true) => {
            let stages = std::iter::from_fn(|| way.stages.take());
            // What is where the sliders are already is passed.
            let mut places = stages.chain(end.clone()).map(|code| frame.to_latent(&code)).filter(|to| *to != steering.lattice.base);
            let from = || steering.lattice.base.clone();
            let glide = way.glide.take().or_else(|| places.next().map(|to| Glide { from: from(), to, seconds: 0.0 }));
            let Some(mut glide) = glide else {
                if end.is_some() {
                    let here = steering.lattice.base.clone();
                    way.fly_to(here, &mut steering, &mut history, now);
                    flight.way = None;
                }
                return;
            };
            activity.because(Cause::Arrives);
            glide.seconds += time.delta_secs();
            let share = (glide.seconds / GLIDE).min(1.0);
            let place = if share < 1.0 { between(&glide, share) } else { glide.to.clone() };
            way.fly_to(place, &mut steering, &mut history, now);
            way.glide = (share < 1.0).then_some(glide);
        }
    }
}

fn between(glide: &Glide, share: f32) -> Latent {
    Latent(linear(&glide.from.0, &glide.to.0, share))
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::{Duration, Instant};

    use super::super::activity;
    use super::super::evaluations::Evaluations;
    use super::super::flight::FlightSpeed;
    use super::super::{Train, Undo, decoding, jobs, model, recording, undo};
    use super::*;
    use crate::backend::BackendChoice;
    use crate::data::face_png;
    use crate::engine::{PhotoPlace, open_model};
    use crate::latent::Zone;
    use crate::models::StoredModel;

    /// The session with the model of the program open, and the photo of a face that it can say.
    fn session(place: &Path) -> (App, PathBuf, Latent) {
        let stored = StoredModel::embedded().unwrap();
        let mut latent = Latent::zeros(stored.frame.dim());
        (latent.0[0], latent.0[1]) = (0.9, -0.6);
        let face = open_model(&stored, BackendChoice::Cpu).unwrap().0.decode_latents(std::slice::from_ref(&latent));
        let photo = place.join("me.png");
        std::fs::write(&photo, face_png(face.size(), face.face(0))).unwrap();
        let mut app = App::new();
        app.add_plugins(MinimalPlugins).add_message::<Train>().init_resource::<Notice>().init_resource::<Evaluations>();
        app.init_resource::<ButtonInput<MouseButton>>().init_resource::<FlightSpeed>();
        app.configure_sets(Update, (SessionSystems::Receive, SessionSystems::Steer).chain());
        app.add_plugins((activity::plugin, model::plugin, recording::plugin, undo::plugin, decoding::plugin, jobs::plugin, plugin));
        model::open_model_on_start(&mut app, stored);
        update_until(&mut app, |world| world.resource::<CurrentModel>().stored.is_some());
        (app, photo, latent)
    }

    fn update_until(app: &mut App, done: impl Fn(&World) -> bool) {
        let start = Instant::now();
        app.update();
        while !done(app.world()) {
            assert!(start.elapsed() < Duration::from_secs(90), "gave up waiting");
            std::thread::sleep(Duration::from_millis(5));
            app.update();
        }
    }

    /// A flight whose places are told by the test.
    fn depart(app: &mut App, stages: PhotoStages, end: Option<Vec<f32>>) {
        let before = app.world().resource::<Steering>().state();
        let model = app.world().resource::<CurrentModel>().place.clone().unwrap();
        app.world_mut().resource_mut::<PhotoFlight>().way = Some(Way { end, ..Way::new(stages, model, before) });
        *app.world_mut().resource_mut::<Jobs>() = Jobs { title: Some("Placing".into()), kind: Some(JobKind::Place), ..default() };
    }

    /// The code of a place on the first axis.
    fn code(app: &App, first: f32) -> Vec<f32> {
        let model = app.world().resource::<CurrentModel>();
        let mut latent = Latent::zeros(model.latent_dim());
        latent.0[0] = first;
        model.stored.as_ref().unwrap().frame.to_code(&latent)
    }

    /// A flight that has begun to move the sliders, and where they were before.
    fn under_way(app: &mut App) -> SteeringState {
        let before = app.world().resource::<Steering>().state();
        let stages = PhotoStages::default();
        stages.tell(&code(app, 3.0));
        depart(app, stages, None);
        update_until(app, |world| (world.resource::<Steering>().lattice.base.0[0] - 3.0).abs() < 1e-4);
        before
    }

    fn is_over(world: &World) -> bool {
        !world.resource::<PhotoFlight>().is_under_way() && world.resource::<Jobs>().title.is_none()
    }

    #[test]
    fn a_photo_is_flown_to_and_one_step_leads_back() {
        let place = tempfile::tempdir().unwrap();
        let (mut app, photo, latent) = session(place.path());
        let before = app.world().resource::<Steering>().state();
        app.world_mut().write_message(OpenPhoto(photo));
        app.update();
        assert!(app.world().resource::<PhotoFlight>().is_under_way());
        update_until(&mut app, is_over);
        let base = app.world().resource::<Steering>().lattice.base.clone();
        assert!((base.0[0] - latent.0[0]).abs() < 0.05 && (base.0[1] - latent.0[1]).abs() < 0.05, "{:?}", &base.0[..3]);
        assert_eq!(app.world().resource::<History>().next_undo(), Some(ChangeKind::Photo));
        let message = app.world().resource::<Jobs>().message.clone();
        assert!(matches!(&message, Some(Ok(text)) if text.starts_with("me.png has its place")), "{message:?}");
        app.world_mut().write_message(Undo);
        app.update();
        assert!(app.world().resource::<Steering>().state().looks_like(&before));
        assert_eq!(app.world().resource::<History>().next_undo(), None, "the flight was one step");
    }

    #[test]
    fn what_fails_leaves_the_user_where_they_were() {
        let place = tempfile::tempdir().unwrap();
        let (mut app, _, _) = session(place.path());
        let before = app.world().resource::<Steering>().state();
        app.world_mut().write_message(OpenPhoto(place.path().join("nowhere.png")));
        update_until(&mut app, is_over);
        let message = app.world().resource::<Jobs>().message.clone();
        assert!(matches!(&message, Some(Err(text)) if text.contains("nowhere.png")), "{message:?}");
        assert_eq!(app.world().resource::<Steering>().state(), before);
        assert_eq!(app.world().resource::<History>().next_undo(), None);
    }

    #[test]
    fn who_steers_meanwhile_is_not_pulled_along() {
        let place = tempfile::tempdir().unwrap();
        let (mut app, photo, latent) = session(place.path());
        app.world_mut().write_message(OpenPhoto(photo));
        app.world_mut().write_message(Steer::SetCoordinate(5, 1.5));
        app.update();
        let steered = app.world().resource::<Steering>().state();
        update_until(&mut app, is_over);
        assert!((app.world().resource::<Steering>().lattice.base.0[0] - latent.0[0]).abs() < 0.05, "it is placed in the end");
        app.world_mut().write_message(Undo);
        app.update();
        assert!(app.world().resource::<Steering>().state().looks_like(&steered), "and what was steered is a step before that");
    }

    #[test]
    fn places_on_the_way_are_passed_one_after_another() {
        let place = tempfile::tempdir().unwrap();
        let (mut app, _, _) = session(place.path());
        let stages = PhotoStages::default();
        [0.0, 2.0].into_iter().for_each(|first| stages.tell(&code(&app, first)));
        let end = code(&app, 1.0);
        depart(&mut app, stages, Some(end));
        let mut seen: Vec<f32> = Vec::new();
        let start = Instant::now();
        while app.world().resource::<PhotoFlight>().is_under_way() {
            assert!(start.elapsed() < Duration::from_secs(60), "gave up waiting");
            std::thread::sleep(Duration::from_millis(5));
            app.update();
            seen.push(app.world().resource::<Steering>().lattice.base.0[0]);
        }
        let passed = |wanted: f32| seen.iter().position(|found| (found - wanted).abs() < 1e-4);
        let (mean, far, end) = (passed(0.0).unwrap(), passed(2.0).unwrap(), seen.len() - 1);
        assert!(mean < far && far < end && (seen[end] - 1.0).abs() < 1e-4, "{seen:?}");
    }

    #[test]
    fn a_model_that_learns_meanwhile_does_not_end_the_flight() {
        let place = tempfile::tempdir().unwrap();
        let (mut app, _, _) = session(place.path());
        let before = under_way(&mut app);
        app.world_mut().resource_mut::<Steering>().renew(None);
        app.update();
        assert!(app.world().resource::<PhotoFlight>().way.as_ref().is_some_and(|way| way.leads), "nobody has steered");
        // The search fails.
        app.world_mut().resource_mut::<Jobs>().title = None;
        app.update();
        assert!(!app.world().resource::<PhotoFlight>().is_under_way());
        assert!(app.world().resource::<Steering>().state().looks_like(&before));
        assert_eq!(app.world().resource::<History>().next_undo(), None);
    }

    #[test]
    fn who_takes_over_on_the_way_can_go_back_to_where_they_were() {
        let place = tempfile::tempdir().unwrap();
        let (mut app, _, _) = session(place.path());
        let before = under_way(&mut app);
        app.world_mut().write_message(Steer::SetCoordinate(5, 1.5));
        app.update();
        app.world_mut().resource_mut::<Jobs>().title = None;
        app.update();
        assert!(!app.world().resource::<PhotoFlight>().is_under_way());
        assert!((app.world().resource::<Steering>().lattice.base.0[5] - 1.5).abs() < 1e-6, "they are where they steered");
        for _ in 0..2 {
            app.world_mut().write_message(Undo);
            app.update();
        }
        assert!(app.world().resource::<Steering>().state().looks_like(&before));
        assert_eq!(app.world().resource::<History>().next_undo(), None, "the slider and the flight, no more");
    }

    #[test]
    fn a_photo_lies_where_axes_act_everywhere_and_undo_brings_their_zones_back() {
        let place = tempfile::tempdir().unwrap();
        let (mut app, photo, latent) = session(place.path());
        app.world_mut().write_message(Steer::SetZone(0, Zone::Fine));
        app.update();
        let before = app.world().resource::<Steering>().state();
        app.world_mut().write_message(OpenPhoto(photo));
        app.update();
        update_until(&mut app, is_over);
        let lattice = &app.world().resource::<Steering>().lattice;
        assert!(lattice.zones.are_whole() && (lattice.base.0[0] - latent.0[0]).abs() < 0.05);
        app.world_mut().write_message(Undo);
        app.update();
        assert!(app.world().resource::<Steering>().state().looks_like(&before));
    }

    #[test]
    fn a_place_in_a_model_that_is_not_open_any_more_is_told_of_as_such() {
        let place = tempfile::tempdir().unwrap();
        let (mut app, _, _) = session(place.path());
        let end = code(&app, 1.0);
        depart(&mut app, PhotoStages::default(), None);
        app.world_mut().resource_mut::<CurrentModel>().place = Some(ModelPlace::named("another"));
        let before = app.world().resource::<Steering>().state();
        app.update();
        assert!(!app.world().resource::<PhotoFlight>().is_under_way());
        app.world_mut().write_message(PhotoPlaced(PhotoPlace { picture: "me.png".into(), code: end, psnr: 20.0, seconds: 1.0 }));
        app.update();
        let message = app.world().resource::<Jobs>().message.clone();
        assert_eq!(message, Some(Ok(ELSEWHERE.into())));
        assert_eq!(app.world().resource::<Steering>().state(), before);
    }
}
