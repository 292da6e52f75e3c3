//! The lattice drawn on the processor and handed to a software driver as a finished picture.
//!
//! Owns when that is done, and the picture that is kept while nothing changes; drawing it is the raster's business.

use bevy::prelude::*;
use bevy::render::render_resource::TexelCopyBufferLayout;
use bevy::render::renderer::{RenderAdapterInfo, RenderContext, RenderQueue, ViewQuery};
use bevy::render::view::ViewTarget;
use wgpu::DeviceType;

use super::drawn::{Drawing, DrawnScene, ReadyPipelines};
use super::picture::Picture;
use crate::explorer::raster::LatticeRaster;
use crate::explorer::scene::LatticeScene;

/// Draws in place of the driver.
#[derive(Default, Resource)]
pub struct SoftwareRaster {
    raster: LatticeRaster,
    /// What the kept picture shows.
    shown: LatticeScene,
    picture: Option<Picture>,
}

/// Adds the raster where it is faster than the driver.
pub fn prepare(drawing: Drawing) -> impl Fn(Commands, Res<RenderAdapterInfo>) {
    move |mut commands, adapter| {
        if drawing == Drawing::Fastest && adapter.device_type == DeviceType::Cpu {
            commands.init_resource::<SoftwareRaster>();
        }
    }
}

/// Draws the lattice and copies it into the camera's target.
pub fn draw_lattice(
    view: ViewQuery<&ViewTarget>,
    mut drawn: ResMut<DrawnScene>,
    mut software: ResMut<SoftwareRaster>,
    ready: Res<ReadyPipelines>,
    queue: Res<RenderQueue>,
    mut context: RenderContext,
) {
    let target = view.into_inner().main_texture();
    let size = target.size();
    let SoftwareRaster { raster, shown, picture } = &mut *software;
    let uploads = std::mem::take(&mut drawn.uploads);
    let is_kept = uploads.is_empty() && *shown == drawn.scene && picture.as_ref().is_some_and(|kept| kept.texture.size() == size);
    raster.take(uploads);
    let picture = Picture::of_size(picture, context.render_device(), size);
    if !is_kept {
        shown.clone_from(&drawn.scene);
        let rows = TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(size.width * 4), rows_per_image: None };
        queue.write_texture(picture.texture.as_image_copy(), raster.draw(shown, (size.width, size.height)), rows, size);
    }
    ready.set();
    context.command_encoder().copy_texture_to_texture(picture.texture.as_image_copy(), target.as_image_copy(), size);
}
