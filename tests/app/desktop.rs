//! Keyboards, touchpads, small windows, and what goes on when a model does not open: what desktops and files bring along.

use bevy_egui::EguiContexts;
use bevy_egui::egui::{Id, LayerId, Order, Rect};
use facefield::explorer::Keyboard;
use facefield::session::{AxisChoice, OpenModel, OpenState, UseAxes};
use facefield::ui::KEYS;

use super::*;

impl Explorer {
    /// Presses a key and lets it go.
    fn tap(&mut self, key_code: KeyCode, logical_key: &Key) {
        for state in [ButtonState::Pressed, ButtonState::Released] {
            self.any_key(key_code, logical_key.clone(), state);
        }
        self.update(1);
    }

    /// What shortcuts change.
    fn shortcuts_have_done(&self) -> (&'static str, bool, bool, SteeringOf, Selection) {
        let (state, steering) = (self.resource::<UiState>(), self.resource::<Steering>());
        (state.pane, state.visible, state.keys_open, (steering.seed, steering.lattice.base.0.clone()), *self.resource::<Selection>())
    }

    /// Where a panel stands, in points, if it does; and the whole window.
    fn panel(&mut self, name: &'static str) -> (Option<Rect>, Rect) {
        self.app.world_mut().run_system_cached_with(panel, name).unwrap()
    }

    /// Gives the window this size in physical pixels, on a screen of this scale.
    fn resize(&mut self, width: u32, height: u32, scale: f32) {
        let window = self.window;
        let mut window = self.app.world_mut().get_mut::<Window>(window).unwrap();
        window.resolution.set_scale_factor(scale);
        window.resolution.set_physical_resolution(width, height);
        self.update(4);
    }

    fn open_model(&mut self, request: &str) {
        self.app.world_mut().write_message(OpenModel(request.to_owned()));
    }
}

type SteeringOf = (u64, Vec<f32>);

fn panel(In(name): In<&'static str>, mut contexts: EguiContexts) -> (Option<Rect>, Rect) {
    let ctx = contexts.ctx_mut().unwrap();
    let id = Id::new(name);
    let rect = ctx.memory(|memory| memory.area_rect(id).filter(|_| memory.areas().is_visible(&LayerId::new(Order::Middle, id))));
    (rect, ctx.content_rect())
}

fn letter(text: &str) -> Key {
    Key::Character(text.into())
}

#[test]
fn a_key_for_commands_keeps_every_plain_shortcut_from_firing() {
    let _seat = in_company();
    let mut explorer = Explorer::open();
    explorer.app.world_mut().write_message(Select(Some(CellCoord::new(1, 0, 0))));
    explorer.update(2);
    let plain = [
        (KeyCode::KeyR, letter("r")),
        (KeyCode::KeyV, letter("v")),
        (KeyCode::KeyT, letter("t")),
        (KeyCode::KeyF, letter("f")),
        (KeyCode::Digit0, letter("0")),
        (KeyCode::Slash, letter("?")),
        (KeyCode::Tab, Key::Tab),
        (KeyCode::F1, Key::F1),
        (KeyCode::Escape, Key::Escape),
        (KeyCode::Home, Key::Home),
    ];
    let (before, eye) = (explorer.shortcuts_have_done(), explorer.eye());
    let held = [
        (KeyCode::ControlLeft, Key::Control),
        (KeyCode::CapsLock, Key::Control),
        (KeyCode::AltLeft, Key::Alt),
        (KeyCode::SuperLeft, Key::Super),
    ];
    for (code, key) in held {
        for mode in ["explore", "train", "evaluate"] {
            explorer.app.world_mut().resource_mut::<UiState>().pane = mode;
            explorer.any_key(code, key.clone(), ButtonState::Pressed);
            for (code, key) in &plain {
                explorer.tap(*code, key);
            }
            explorer.any_key(code, key.clone(), ButtonState::Released);
            assert_eq!(explorer.resource::<UiState>().pane, mode, "with {key:?}");
            explorer.app.world_mut().resource_mut::<UiState>().pane = "explore";
            assert_eq!(explorer.shortcuts_have_done(), before, "with {key:?} in {mode:?}");
        }
    }
    assert_eq!(explorer.eye(), eye, "nothing glides");
    explorer.tap(KeyCode::KeyR, &letter("r"));
    assert_ne!(explorer.shortcuts_have_done(), before, "alone it does what it should");
}

#[test]
fn shortcuts_follow_the_letter_and_flying_follows_the_place() {
    let _seat = in_company();
    let mut explorer = Explorer::open();
    let seed = explorer.resource::<Steering>().seed;
    explorer.tap(KeyCode::KeyR, &letter("p"));
    assert_eq!(explorer.resource::<Steering>().seed, seed, "on a Dvorak keyboard there is no R here");
    explorer.tap(KeyCode::KeyO, &letter("r"));
    assert_ne!(explorer.resource::<Steering>().seed, seed, "but here");
    drop(explorer);

    let mut explorer = Explorer::open();
    let start = explorer.eye();
    let forward = {
        let mut camera = explorer.app.world_mut().query_filtered::<&Transform, With<FlyCamera>>();
        *camera.single(explorer.app.world()).unwrap().forward()
    };
    explorer.any_key(KeyCode::KeyW, letter("z"), ButtonState::Pressed);
    explorer.update_for(0.3);
    explorer.any_key(KeyCode::KeyW, letter("z"), ButtonState::Released);
    assert!((explorer.eye() - start).dot(forward) > 0.2, "the key above S flies ahead, whatever is written on it");
    let layout = &explorer.resource::<Keyboard>().layout;
    let hint: Vec<String> = KEYS[0].chips.iter().map(|chip| chip.text(layout)).collect();
    assert_eq!(hint, ["Z", "Q", "S", "D"], "one key is enough to know a French keyboard");
}

#[test]
fn a_command_does_not_fly_when_its_letter_is_let_go_last() {
    let _seat = in_company();
    let mut explorer = Explorer::open();
    let start = explorer.eye();
    explorer.any_key(KeyCode::ControlLeft, Key::Control, ButtonState::Pressed);
    explorer.any_key(KeyCode::KeyS, letter("s"), ButtonState::Pressed);
    explorer.update_for(0.1);
    explorer.any_key(KeyCode::ControlLeft, Key::Control, ButtonState::Released);
    explorer.update_for(0.2);
    assert_eq!(explorer.eye(), start);
}

#[test]
fn text_fields_take_letters_and_tab_does_not_lock_the_keyboard_in_a_panel() {
    let _seat = in_company();
    let mut explorer = Explorer::open();
    explorer.tap(KeyCode::Tab, &Key::Tab);
    assert!(!explorer.resource::<UiState>().visible);
    explorer.tap(KeyCode::Tab, &Key::Tab);
    explorer.update(3);
    assert!(explorer.resource::<UiState>().visible && !explorer.resource::<InputFocus>().keyboard_taken);

    // The field that filters the axes stands at the right edge of the left panel, below the button that asks for a photo.
    let found = (225..340).step_by(6).any(|y| {
        explorer.point_at(Vec2::new(270.0, y as f32));
        explorer.mouse(ButtonState::Pressed);
        explorer.mouse(ButtonState::Released);
        explorer.update(2);
        explorer.tap(KeyCode::Digit7, &letter("7"));
        explorer.resource::<ExplorePane>().filter == "7"
    });
    assert!(found, "there is a filter to type into");
    let before = explorer.shortcuts_have_done();
    for (code, key) in [(KeyCode::KeyR, letter("r")), (KeyCode::KeyT, letter("t")), (KeyCode::Digit0, letter("0"))] {
        explorer.tap(code, &key);
    }
    assert_eq!(explorer.resource::<ExplorePane>().filter, "7rt0");
    assert_eq!(explorer.shortcuts_have_done(), before);
}

#[test]
fn a_touchpad_changes_the_speed_little_by_little() {
    let _seat = in_company();
    let mut explorer = Explorer::open();
    explorer.point_at(OPEN_SPACE);
    let speed = explorer.resource::<FlightSpeed>().get();
    let window = explorer.window;
    explorer.send(MouseWheel { unit: MouseScrollUnit::Pixel, x: 0.0, y: 4.0, window, phase: TouchPhase::Moved });
    explorer.update(2);
    let faster = explorer.resource::<FlightSpeed>().get();
    assert!(faster > speed && faster < speed * 1.02, "{speed} to {faster}");
}

#[test]
fn no_panel_covers_another_and_none_hangs_out_of_a_small_window() {
    let _seat = in_company();
    let mut explorer = Explorer::open();
    explorer.app.world_mut().resource_mut::<Notice>().0 = Some("Something that the user should know, at some length: ".repeat(4));
    for (width, height, scale) in [(640, 480, 1.0), (1280, 960, 2.0), (1280, 720, 2.0), (700, 1400, 1.0), (1280, 720, 1.0)] {
        explorer.resize(width, height, scale);
        for mode in ["explore", "train", "evaluate"] {
            explorer.app.world_mut().resource_mut::<UiState>().pane = mode;
            for selected in [None, Some(CellCoord::new(0, 0, 0))] {
                explorer.app.world_mut().write_message(Select(selected));
                explorer.update(4);
                let what = format!("in {width}x{height} at {scale}, {mode:?}, {selected:?}");
                let names = ["left-panel", "status-bar", "face-panel", "hints"];
                let found: Vec<_> = names.iter().filter_map(|name| Some((*name, explorer.panel(name).0?))).collect();
                assert!(found.len() >= 3 || found.len() == 2 && selected.is_none(), "{found:?} {what}");
                let window = explorer.panel("left-panel").1;
                for (index, (name, place)) in found.iter().enumerate() {
                    assert!(window.expand(0.5).contains_rect(*place), "{name} {place} hangs out of {window} {what}");
                    for (other, there) in &found[index + 1..] {
                        assert!(!place.shrink(0.5).intersects(there.shrink(0.5)), "{name} {place} and {other} {there} {what}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_model_that_is_refused_leaves_the_one_before_alive() {
    let _seat = in_company();
    let place = tempfile::tempdir().unwrap();
    let mut explorer = Explorer::open_as_shipped();
    // Its files are whole, and its weights are those of faces of another size.
    let mut broken = StoredModel::embedded().unwrap();
    broken.header.size = 32;
    let folder = place.path().join("broken");
    broken.save(&folder, b"").unwrap();
    let generation = explorer.resource::<CurrentModel>().generation();
    explorer.open_model(folder.to_str().unwrap());
    explorer.update_until("it is refused", |world| matches!(world.resource::<CurrentModel>().state, OpenState::Refused(_)));
    let model = explorer.resource::<CurrentModel>();
    assert_eq!((model.generation(), model.stored.as_ref().unwrap().header.size), (generation, 64), "the one before is open");
    explorer.app.world_mut().write_message(Steer::Randomize);
    explorer.update(2);
    let version = explorer.resource::<Steering>().version();
    explorer.update_until("its faces follow the sliders", move |world| {
        let store = world.resource::<TileStore>();
        world.resource::<StreamingStats>().waiting == 0 && store.iter().all(|(_, tile)| tile.version >= version)
    });
    explorer.open_model("pca-celeba64");
    explorer.update_until("another one opens", |world| world.resource::<CurrentModel>().state == OpenState::Open);
}

#[test]
fn axes_are_what_their_unit_says_also_while_a_model_is_being_opened() {
    let _seat = in_company();
    let mut explorer = Explorer::open();
    let gan = StoredModel::open(Path::new("models/gan-celeba32")).unwrap();
    let tells_the_truth = |world: &World| {
        let model = world.resource::<CurrentModel>();
        let shown = model.stored.as_ref().map(|stored| stored.frame.clone()).unwrap();
        match (model.has_axis_choice(), model.axes) {
            (true, AxisChoice::Raw) => shown == gan.frame.unrotated(),
            (true, AxisChoice::Influence) => shown == gan.frame,
            (false, _) => model.axes == AxisChoice::Influence,
        }
    };
    // The click comes while the model is on its way.
    explorer.open_model("models/gan-celeba32");
    explorer.app.world_mut().write_message(UseAxes(AxisChoice::Raw));
    explorer.update_until("its own numbers are the axes", |world| {
        assert!(tells_the_truth(world));
        world.resource::<CurrentModel>().has_axis_choice() && world.resource::<CurrentModel>().axes == AxisChoice::Raw
    });
    // Twice while the axes change, and a slider meanwhile: the last wish counts, and the face is where it was steered.
    explorer.app.world_mut().write_message(UseAxes(AxisChoice::Influence));
    explorer.update(1);
    explorer.app.world_mut().write_message(UseAxes(AxisChoice::Raw));
    explorer.app.world_mut().write_message(Steer::Reset);
    explorer.update_until("nothing is being opened", |world| {
        assert!(tells_the_truth(world));
        let model = world.resource::<CurrentModel>();
        model.state == OpenState::Open && model.axes == model.wanted_axes
    });
    explorer.update(3);
    assert_eq!(explorer.resource::<CurrentModel>().axes, AxisChoice::Raw);
    let base = &explorer.resource::<Steering>().lattice.base;
    let code = explorer.resource::<CurrentModel>().stored.as_ref().unwrap().frame.to_code(base);
    let mean = gan.frame.to_code(&Latent::zeros(gan.header.latent_dim));
    assert!(code.iter().zip(&mean).all(|(a, b)| (a - b).abs() < 1e-3), "the mean stays the mean");
    // The wish is kept for the next model that has the choice.
    explorer.open_model("pca-celeba64");
    explorer.update_until("PCA is open", |world| {
        assert!(tells_the_truth(world));
        !world.resource::<CurrentModel>().has_axis_choice()
    });
    assert_eq!(explorer.resource::<CurrentModel>().wanted_axes, AxisChoice::Raw);
}

#[test]
fn large_faces_are_shown() {
    let _seat = in_company();
    let place = tempfile::tempdir().unwrap();
    let (data, out) = (place.path().join("faces.safetensors"), place.path().join("large"));
    facefield::data::synth::write_cache(5, 3, 256, &data, &Silent).unwrap();
    let fit = FitPca {
        data,
        components: Components::Count(3),
        split: Some(SplitChoice::All),
        out: out.clone(),
        precision: Precision::Half,
        origin: None,
        licence: None,
    };
    run_job(&Job::FitPca(fit), &Silent).unwrap();
    let mut explorer = Explorer::open();
    explorer.open_model(out.to_str().unwrap());
    explorer.update_until("its faces are shown", |world| {
        let (model, store) = (world.resource::<CurrentModel>(), world.resource::<TileStore>());
        model.stored.as_ref().is_some_and(|stored| stored.header.size == 256) && store.len() > 40
    });
}
