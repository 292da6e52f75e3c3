//! Texture pages: layers of an array with 8 x 8 tiles each, written tile by tile with their mip levels.
//!
//! Owns the array and uploads; which slot belongs to which tile is the store's business. Tiles share a page because
//! arrays have few layers (256 on modest drivers), and one array can be bound where several would need branches.

use bevy::prelude::*;
use bevy::render::render_resource::{
    Extent3d, Origin3d, TexelCopyBufferLayout, TexelCopyTextureInfo, Texture, TextureAspect, TextureDescriptor, TextureDimension,
    TextureFormat, TextureUsages, TextureView, TextureViewDescriptor, TextureViewDimension, WgpuLimits,
};
use bevy::render::renderer::{RenderDevice, RenderQueue};

use super::drawn::{DrawnScene, MAX_TILES};
use crate::engine::{LARGEST_TILE, TilePixels, mip_level_count};

/// Tiles along each side of a page; the shader has the same number.
pub const TILES_PER_SIDE: u32 = 8;
/// Tiles on a page.
const TILES_PER_PAGE: u32 = TILES_PER_SIDE * TILES_PER_SIDE;

/// What all pages may take of the device's memory, in bytes.
const BYTES: u64 = 512 << 20;

/// How many tiles have room on this device, whatever their size.
pub fn capacity(limits: &WgpuLimits) -> u32 {
    let tiles = u32::try_from(BYTES / bytes_of_tile(LARGEST_TILE as u32)).unwrap_or(MAX_TILES);
    (limits.max_texture_array_layers * TILES_PER_PAGE).min(MAX_TILES).min(tiles)
}

/// What a tile of `size` pixels takes, its smaller levels included.
fn bytes_of_tile(size: u32) -> u64 {
    let size = u64::from(size);
    (size * size * 4 * 4).div_ceil(3)
}

/// The texture array, for faces of one size.
#[derive(Resource)]
pub struct TilePages {
    /// Pixels of a face along each side.
    pub size: u32,
    texture: Texture,
    /// The whole array.
    pub view: TextureView,
}

impl TilePages {
    fn new(device: &RenderDevice, size: u32, tiles: u32) -> Self {
        let texture = device.create_texture(&TextureDescriptor {
            label: Some("lattice_pages"),
            size: Extent3d {
                width: size * TILES_PER_SIDE,
                height: size * TILES_PER_SIDE,
                depth_or_array_layers: tiles.div_ceil(TILES_PER_PAGE),
            },
            mip_level_count: mip_level_count(size as usize) as u32,
            sample_count: 1,
            dimension: TextureDimension::D2,
            // Gamma-encoded bytes are shown as they are; see the shader.
            format: TextureFormat::Rgba8Unorm,
            usage: TextureUsages::TEXTURE_BINDING | TextureUsages::COPY_DST,
            view_formats: &[],
        });
        let view = texture.create_view(&TextureViewDescriptor { dimension: Some(TextureViewDimension::D2Array), ..default() });
        Self { size, texture, view }
    }
}

/// Writes what has arrived to its slots; a model with faces of another size gets new pages.
pub fn upload_tiles(
    mut commands: Commands,
    mut drawn: ResMut<DrawnScene>,
    pages: Option<Res<TilePages>>,
    device: Res<RenderDevice>,
    queue: Res<RenderQueue>,
) {
    let Some(size) = drawn.uploads.last().map(|upload| upload.pixels.size() as u32) else {
        if pages.is_none() {
            // Before the first face there is a background to draw, and its bindings want pages, however small.
            commands.insert_resource(TilePages::new(&device, 4, 1));
        }
        return;
    };
    let uploads = std::mem::take(&mut drawn.uploads);
    let write = |pages: &TilePages| {
        for upload in uploads.iter().filter(|upload| upload.pixels.size() as u32 == size) {
            write_tile(&queue, pages, upload.slot, &upload.pixels);
        }
    };
    match pages {
        Some(pages) if pages.size == size => write(&pages),
        _ => {
            let pages = TilePages::new(&device, size, capacity(&device.limits()));
            write(&pages);
            commands.insert_resource(pages);
        }
    }
}

fn write_tile(queue: &RenderQueue, pages: &TilePages, slot: u32, pixels: &TilePixels) {
    for (level, (side, bytes)) in pixels.levels().enumerate() {
        let side = side as u32;
        let (column, row) = (slot % TILES_PER_SIDE, slot / TILES_PER_SIDE % TILES_PER_SIDE);
        queue.write_texture(
            TexelCopyTextureInfo {
                texture: &pages.texture,
                mip_level: level as u32,
                origin: Origin3d { x: column * side, y: row * side, z: slot / TILES_PER_PAGE },
                aspect: TextureAspect::All,
            },
            bytes,
            TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(side * 4), rows_per_image: Some(side) },
            Extent3d { width: side, height: side, depth_or_array_layers: 1 },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_bounded_in_bytes_and_fit_into_modest_textures() {
        let modest = WgpuLimits::downlevel_defaults();
        for limits in [WgpuLimits::default(), modest.clone()] {
            let tiles = capacity(&limits);
            assert!(tiles >= 5600, "all tiles within sight, and some that cross-fade: {tiles}");
            assert!(tiles.div_ceil(TILES_PER_PAGE) <= limits.max_texture_array_layers);
            assert!(u64::from(tiles) * bytes_of_tile(LARGEST_TILE as u32) <= BYTES);
        }
        assert!(LARGEST_TILE as u32 * TILES_PER_SIDE <= modest.max_texture_dimension_2d);
    }
}
