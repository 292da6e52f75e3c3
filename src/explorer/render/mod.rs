//! Drawing the lattice: one draw call for all tiles, over a soft background; on the processor where the driver is a software one.
//!
//! Owns the GPU side: what is extracted from the app, texture pages, pipelines and the pass. What is drawn is composed in
//! the scene.

mod draw;
mod drawn;
mod pages;
mod picture;
mod pipeline;
mod software;
mod view;

use bevy::core_pipeline::{Core3d, Core3dSystems};
use bevy::prelude::*;
use bevy::render::renderer::RenderDevice;
use bevy::render::{Extract, ExtractSchedule, MainWorld, Render, RenderApp, RenderStartup, RenderSystems};

use drawn::DrawnScene;
pub use drawn::{Drawing, MAX_TILES, ReadyPipelines};
use software::SoftwareRaster;

use super::tiles::TileStore;
use super::{LatticeScene, PickingMarks};

/// Adds drawing of the lattice to an app that renders.
pub struct LatticePlugin {
    /// What draws it.
    pub drawing: Drawing,
    /// Nothing fades in: for recordings, where a frame may depend on nothing before it.
    pub instant: bool,
}

impl Plugin for LatticePlugin {
    fn build(&self, app: &mut App) {
        let ready = ReadyPipelines::default();
        app.insert_resource(ready.clone()).init_resource::<LatticeScene>().init_resource::<PickingMarks>();
        pipeline::add_shader(app);
        let Some(render_app) = app.get_sub_app_mut(RenderApp) else { return };
        render_app
            .insert_resource(ready)
            .init_resource::<DrawnScene>()
            .add_systems(ExtractSchedule, (extract_scene, extract_uploads))
            .add_systems(
                RenderStartup,
                (software::prepare(self.drawing), pipeline::queue_pipelines.run_if(not(resource_exists::<SoftwareRaster>))).chain(),
            )
            .add_systems(
                Render,
                (pages::upload_tiles, draw::write_buffers)
                    .chain()
                    .in_set(RenderSystems::PrepareResources)
                    .run_if(not(resource_exists::<SoftwareRaster>)),
            )
            .add_systems(
                Core3d,
                (
                    draw::draw_lattice.run_if(not(resource_exists::<SoftwareRaster>)),
                    software::draw_lattice.run_if(resource_exists::<SoftwareRaster>),
                )
                    .after(Core3dSystems::MainPass)
                    .before(Core3dSystems::EarlyPostProcess),
            );
    }

    fn finish(&self, app: &mut App) {
        let capacity = app.world().get_resource::<RenderDevice>().map_or(MAX_TILES, |device| pages::capacity(&device.limits()));
        app.insert_resource(TileStore::new(capacity, self.instant));
    }
}

fn extract_scene(scene: Extract<Res<LatticeScene>>, mut drawn: ResMut<DrawnScene>) {
    if !drawn.scene.looks_like(&scene) {
        drawn.scene.clone_from(&scene);
        drawn.version += 1;
    }
}

fn extract_uploads(mut main: ResMut<MainWorld>, mut drawn: ResMut<DrawnScene>) {
    if let Some(mut store) = main.get_resource_mut::<TileStore>() {
        let uploads = store.take_uploads();
        drawn.version += u64::from(!uploads.is_empty());
        drawn.uploads.extend(uploads);
    }
}
