//! What the shader is told of a frame, and the format that it writes: shared by the pipelines and the pass.

use bevy::render::render_resource::TextureFormat;
use bytemuck::{Pod, Zeroable};

/// Gamma-encoded bytes, blended as they are.
pub const LATTICE_FORMAT: TextureFormat = TextureFormat::Rgba8Unorm;
/// Bytes of the view uniform.
pub const VIEW_BYTES: u64 = size_of::<ViewUniform>() as u64;

/// `View` of the shader.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub struct ViewUniform {
    pub view_from_world: [[f32; 4]; 4],
    pub clip_from_view: [[f32; 4]; 4],
    pub eye: [f32; 4],
    pub screen: [f32; 4],
    pub fog: [f32; 4],
    pub background_middle: [f32; 4],
    pub background_rim: [f32; 4],
    pub accent: [f32; 4],
    pub tile: [f32; 4],
    pub far: [f32; 4],
    pub haze: [f32; 4],
}
