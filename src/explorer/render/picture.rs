//! The picture that the lattice is drawn into, before it is copied into the camera's target.

use bevy::render::render_resource::{
    Extent3d, Texture, TextureDescriptor, TextureDimension, TextureUsages, TextureView, TextureViewDescriptor,
};
use bevy::render::renderer::RenderDevice;

use super::view::LATTICE_FORMAT;

/// A texture of the target's size.
pub struct Picture {
    /// Gamma-encoded.
    pub texture: Texture,
    /// All of it.
    pub view: TextureView,
    /// Which version of what is seen it shows.
    pub version: Option<u64>,
}

impl Picture {
    /// The picture that is kept, or another one where it has not this size.
    pub fn of_size<'a>(kept: &'a mut Option<Self>, device: &RenderDevice, size: Extent3d) -> &'a mut Self {
        if kept.as_ref().is_none_or(|picture| picture.texture.size() != size) {
            *kept = None;
        }
        kept.get_or_insert_with(|| Self::new(device, size))
    }

    fn new(device: &RenderDevice, size: Extent3d) -> Self {
        let texture = device.create_texture(&TextureDescriptor {
            label: Some("lattice_picture"),
            size,
            mip_level_count: 1,
            sample_count: 1,
            dimension: TextureDimension::D2,
            format: LATTICE_FORMAT,
            usage: TextureUsages::RENDER_ATTACHMENT | TextureUsages::COPY_SRC | TextureUsages::COPY_DST,
            view_formats: &[],
        });
        let view = texture.create_view(&TextureViewDescriptor::default());
        Self { texture, view, version: None }
    }
}
