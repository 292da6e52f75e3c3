//! Texture pages: arrays with one layer for each tile, written layer by layer.
//!
//! Owns the arrays and uploads; which layer belongs to which tile is the store's business.

use bevy::prelude::*;
use bevy::render::render_resource::{
    Extent3d, Origin3d, TexelCopyBufferLayout, TexelCopyTextureInfo, Texture, TextureAspect, TextureDescriptor, TextureDimension,
    TextureFormat, TextureUsages, TextureView, TextureViewDescriptor, TextureViewDimension, WgpuLimits,
};
use bevy::render::renderer::{RenderDevice, RenderQueue};

use super::{DrawnScene, MAX_TILES};
use crate::engine::mip_level_count;

/// Pages that the shader binds at once.
pub const PAGES: u32 = 4;
/// More layers in one array gain nothing.
const MAX_LAYERS: u32 = 2048;

/// Layers of one page on this device.
pub fn layers_per_page(limits: &WgpuLimits) -> u32 {
    limits.max_texture_array_layers.min(MAX_LAYERS)
}

/// How many tiles have room on this device.
pub fn capacity(limits: &WgpuLimits) -> u32 {
    (layers_per_page(limits) * PAGES).min(MAX_TILES)
}

/// The texture arrays, all for faces of one size.
#[derive(Resource)]
pub struct TilePages {
    /// Pixels of a face along each side.
    pub size: u32,
    /// Layers of one page.
    pub layers: u32,
    textures: Vec<Texture>,
    /// A view of each page.
    pub views: Vec<TextureView>,
}

impl TilePages {
    fn new(device: &RenderDevice, size: u32) -> Self {
        let layers = layers_per_page(&device.limits());
        let textures: Vec<Texture> = (0..capacity(&device.limits()).div_ceil(layers))
            .map(|_| {
                device.create_texture(&TextureDescriptor {
                    label: Some("lattice_page"),
                    size: Extent3d { width: size, height: size, depth_or_array_layers: layers },
                    mip_level_count: mip_level_count(size as usize) as u32,
                    sample_count: 1,
                    dimension: TextureDimension::D2,
                    format: TextureFormat::Rgba8UnormSrgb,
                    usage: TextureUsages::TEXTURE_BINDING | TextureUsages::COPY_DST,
                    view_formats: &[],
                })
            })
            .collect();
        let view = TextureViewDescriptor { dimension: Some(TextureViewDimension::D2Array), ..default() };
        let views = textures.iter().map(|texture| texture.create_view(&view)).collect();
        Self { size, layers, textures, views }
    }

    /// A view for each place of the shader; pages that there are not repeat the first.
    pub fn bound_views(&self) -> [&TextureView; PAGES as usize] {
        std::array::from_fn(|page| self.views.get(page).unwrap_or(&self.views[0]))
    }
}

/// Writes what has arrived to its layers; a model with faces of another size gets new pages.
pub fn upload_tiles(
    mut commands: Commands,
    mut drawn: ResMut<DrawnScene>,
    pages: Option<ResMut<TilePages>>,
    device: Res<RenderDevice>,
    queue: Res<RenderQueue>,
) {
    let Some(size) = drawn.uploads.last().map(|upload| upload.pixels.size() as u32) else {
        if pages.is_none() {
            // Before the first face there is a background to draw, and its bindings want pages, however small.
            commands.insert_resource(TilePages::new(&device, 4));
        }
        return;
    };
    let uploads = std::mem::take(&mut drawn.uploads);
    let write = |pages: &TilePages| {
        for upload in uploads.iter().filter(|upload| upload.pixels.size() as u32 == size) {
            write_layer(&queue, pages, upload.layer, &upload.pixels);
        }
    };
    match pages {
        Some(pages) if pages.size == size => write(&pages),
        _ => {
            let pages = TilePages::new(&device, size);
            write(&pages);
            commands.insert_resource(pages);
        }
    }
}

fn write_layer(queue: &RenderQueue, pages: &TilePages, layer: u32, pixels: &crate::engine::TilePixels) {
    let Some(texture) = pages.textures.get((layer / pages.layers) as usize) else { return };
    for (level, (side, bytes)) in pixels.levels().enumerate() {
        let side = side as u32;
        queue.write_texture(
            TexelCopyTextureInfo {
                texture,
                mip_level: level as u32,
                origin: Origin3d { x: 0, y: 0, z: layer % pages.layers },
                aspect: TextureAspect::All,
            },
            bytes,
            TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(side * 4), rows_per_image: Some(side) },
            Extent3d { width: side, height: side, depth_or_array_layers: 1 },
        );
    }
}
