//! The lattice of faces in 3D.
//!
//! Owns the fly camera, which tiles exist and how they stream in, their textures and drawing, and what the cursor points
//! at. Panels are drawn elsewhere; the explorer only learns from egui whether they hold the pointer or the keyboard.

mod camera;
mod driver;
mod keeping;
mod keyboard;
pub mod look;
mod marks;
mod picking;
mod raster;
mod render;
mod scene;
mod stirring;
mod streaming;
mod systems;
mod tiles;

use bevy::prelude::*;
use bevy::window::PrimaryWindow;
use bevy_egui::input::EguiWantsInput;
use bevy_egui::{EguiContext, PrimaryEguiContext, egui};

pub use camera::{FlyCamera, FlyTo, GoHome, home, lattice_camera, projection, projection_of_aspect, rotation};
pub use driver::driver_is_there;
pub use keyboard::{Keyboard, Layout, Modifiers, Press};
pub use marks::PickingMarks;
pub use picking::{Hovered, Select, Selection};
pub use raster::LatticeRaster;
pub use render::{Drawing, LatticePlugin, MAX_TILES, ReadyPipelines};
pub use scene::{LatticeScene, LatticeView};
pub use streaming::StreamingStats;
pub use systems::{ExplorerSystems, InputFocus};
pub use tiles::{TileStore, TileUpload, wanted_cells};

/// The explorer as the user flies it.
pub fn plugin(app: &mut App) {
    app.init_resource::<InputFocus>()
        .configure_sets(
            Update,
            (ExplorerSystems::Focus, ExplorerSystems::Move, ExplorerSystems::Pick, ExplorerSystems::Stream, ExplorerSystems::Compose)
                .chain()
                .after(crate::session::SessionSystems::Steer),
        )
        .add_systems(Update, read_focus.in_set(ExplorerSystems::Focus))
        .add_plugins((
            keyboard::plugin,
            camera::plugin,
            picking::plugin,
            streaming::plugin,
            scene::plugin,
            stirring::plugin,
            keeping::plugin,
        ));
}

fn read_focus(
    wants: Option<Res<EguiWantsInput>>,
    window: Query<&Window, With<PrimaryWindow>>,
    mut contexts: Query<&mut EguiContext, With<PrimaryEguiContext>>,
    mut focus: ResMut<InputFocus>,
) {
    let Some(wants) = wants else { return };
    let cursor = window.single().ok().and_then(Window::physical_cursor_position);
    // What egui wants it knows of the frame before: a pointer that has come to a panel and pressed within this frame is its own too.
    let is_over_panel = cursor.is_some_and(|cursor| contexts.iter_mut().any(|mut context| is_over_panel(context.get_mut(), cursor)));
    focus.pointer_taken = is_over_panel || wants.wants_any_pointer_input();
    focus.keyboard_taken = wants.wants_any_keyboard_input();
}

/// Whether a position in physical pixels lies on a panel as it was drawn last.
fn is_over_panel(ctx: &egui::Context, cursor: Vec2) -> bool {
    let position = cursor / ctx.pixels_per_point();
    ctx.layer_id_at(egui::pos2(position.x, position.y)).is_some_and(|layer| layer.order != egui::Order::Background)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panel_is_known_by_its_place_before_egui_hears_of_the_pointer() {
        let ctx = egui::Context::default();
        ctx.set_pixels_per_point(2.0);
        for _ in 0..2 {
            let _ = ctx.run_ui(egui::RawInput::default(), |ui| {
                egui::Area::new("panel".into()).fixed_pos(egui::pos2(10.0, 10.0)).show(ui.ctx(), |ui| {
                    ui.allocate_space(egui::vec2(100.0, 50.0));
                });
            });
        }
        assert!(!ctx.is_pointer_over_egui());
        assert!(is_over_panel(&ctx, Vec2::new(200.0, 100.0)), "in physical pixels");
        assert!(!is_over_panel(&ctx, Vec2::new(230.0, 100.0)) && !is_over_panel(&ctx, Vec2::new(10.0, 10.0)));
    }
}
