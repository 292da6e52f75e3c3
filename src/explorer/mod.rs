//! The lattice of faces in 3D.
//!
//! Owns the fly camera, which tiles exist and how they stream in, their textures and drawing, and what the cursor points
//! at. Panels are drawn elsewhere; the explorer only learns from egui whether they hold the pointer or the keyboard.

mod camera;
mod driver;
mod keeping;
pub mod look;
mod picking;
mod render;
mod scene;
mod streaming;
mod tiles;

use bevy::prelude::*;
use bevy_egui::input::EguiWantsInput;

pub use camera::{FlyCamera, FlyTo, GoHome, home, lattice_camera, projection, projection_of_aspect, rotation};
pub use driver::{driver_is_there, quietly};
pub use picking::{Hovered, PickingMarks, Select, Selection};
pub use render::{LatticePlugin, MAX_TILES, ReadyPipelines};
pub use scene::{LatticeScene, LatticeView};
pub use streaming::StreamingStats;
pub use tiles::{TileStore, TileUpload, wanted_cells};

/// When the explorer's systems run within a frame.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, SystemSet)]
pub enum ExplorerSystems {
    /// Once: the camera.
    Setup,
    /// Who holds pointer and keyboard.
    Focus,
    /// The camera moves.
    Move,
    /// What the cursor points at.
    Pick,
    /// Tiles come, fade and go.
    Stream,
    /// What is drawn this frame.
    Compose,
}

/// Whether the panels hold the pointer or the keyboard: then the camera leaves them alone.
#[derive(Clone, Copy, Debug, Default, Resource)]
pub struct InputFocus {
    /// A panel is under the pointer or being dragged.
    pub pointer_taken: bool,
    /// A text field is being edited.
    pub keyboard_taken: bool,
}

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
        .add_plugins((camera::plugin, picking::plugin, streaming::plugin, scene::plugin, keeping::plugin));
}

fn read_focus(wants: Option<Res<EguiWantsInput>>, mut focus: ResMut<InputFocus>) {
    if let Some(wants) = wants {
        focus.pointer_taken = wants.wants_any_pointer_input();
        focus.keyboard_taken = wants.wants_any_keyboard_input();
    }
}
