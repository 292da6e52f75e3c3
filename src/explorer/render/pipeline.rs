//! The pipelines: background, tiles, outlines.
//!
//! Owns the shader, layouts and blend state; the pass itself is in `draw`.

use bevy::asset::uuid_handle;
use bevy::mesh::VertexBufferLayout;
use bevy::prelude::*;
use bevy::render::render_resource::binding_types::{sampler, texture_2d_array, uniform_buffer_sized};
use bevy::render::render_resource::{
    BindGroupLayoutDescriptor, BindGroupLayoutEntries, BlendComponent, BlendFactor, BlendOperation, BlendState, CachedRenderPipelineId,
    ColorTargetState, ColorWrites, FilterMode, FragmentState, MipmapFilterMode, PipelineCache, PrimitiveState, PrimitiveTopology,
    RenderPipelineDescriptor, Sampler, SamplerBindingType, SamplerDescriptor, ShaderStages, TextureSampleType, VertexFormat, VertexState,
    VertexStepMode,
};
use bevy::render::renderer::{RenderAdapterInfo, RenderDevice};
use bevy::shader::Shader;
use wgpu::DeviceType;

use super::view::{LATTICE_FORMAT, VIEW_BYTES};

const SHADER: Handle<Shader> = uuid_handle!("6f1c3f0e-7f43-4a0e-9d0f-6c2a1f0b7a11");
const SHADER_SOURCE: &str = include_str!("../../../assets/shaders/lattice.wgsl");

/// What the pass needs of the pipelines.
#[derive(Resource)]
pub struct LatticePipelines {
    /// View, pages, sampler.
    pub layout: BindGroupLayoutDescriptor,
    /// Trilinear, clamped.
    pub sampler: Sampler,
    /// The gradient behind everything.
    pub background: CachedRenderPipelineId,
    /// The tiles.
    pub tiles: CachedRenderPipelineId,
    /// Line and glow around a highlighted tile.
    pub outline: CachedRenderPipelineId,
}

/// Embeds the shader.
pub fn add_shader(app: &mut App) {
    if let Some(mut shaders) = app.world_mut().get_resource_mut::<Assets<Shader>>() {
        shaders.insert(SHADER.id(), Shader::from_wgsl(SHADER_SOURCE, "shaders/lattice.wgsl")).ok();
    }
}

/// Queues the pipelines; they compile in the background.
pub fn queue_pipelines(mut commands: Commands, device: Res<RenderDevice>, adapter: Res<RenderAdapterInfo>, cache: Res<PipelineCache>) {
    let layout = BindGroupLayoutDescriptor::new(
        "lattice_layout",
        &BindGroupLayoutEntries::sequential(
            ShaderStages::VERTEX_FRAGMENT,
            (
                uniform_buffer_sized(false, std::num::NonZero::new(VIEW_BYTES)),
                texture_2d_array(TextureSampleType::Float { filterable: true }),
                sampler(SamplerBindingType::Filtering),
            ),
        ),
    );
    let background = cache.queue_render_pipeline(descriptor(&layout, "background", vec![], None));
    let instances = VertexBufferLayout::from_vertex_formats(
        VertexStepMode::Instance,
        [VertexFormat::Float32x3, VertexFormat::Float32, VertexFormat::Uint32, VertexFormat::Float32],
    );
    let over =
        BlendComponent { src_factor: BlendFactor::SrcAlpha, dst_factor: BlendFactor::OneMinusSrcAlpha, operation: BlendOperation::Add };
    // The picture stays opaque whatever is drawn over it.
    let keep = BlendComponent { src_factor: BlendFactor::Zero, dst_factor: BlendFactor::One, operation: BlendOperation::Add };
    let blend = Some(BlendState { color: over, alpha: keep });
    let tiles = cache.queue_render_pipeline(descriptor(&layout, "tile", vec![instances.clone()], blend));
    let outline = cache.queue_render_pipeline(descriptor(&layout, "outline", vec![instances], blend));
    // Blending two levels doubles the work of a software driver, and the levels hardly differ there.
    let is_software = adapter.device_type == DeviceType::Cpu;
    let sampler = device.create_sampler(&SamplerDescriptor {
        label: Some("lattice_sampler"),
        mag_filter: FilterMode::Linear,
        min_filter: FilterMode::Linear,
        mipmap_filter: if is_software { MipmapFilterMode::Nearest } else { MipmapFilterMode::Linear },
        ..default()
    });
    commands.insert_resource(LatticePipelines { layout, sampler, background, tiles, outline });
}

fn descriptor(
    layout: &BindGroupLayoutDescriptor,
    name: &'static str,
    buffers: Vec<VertexBufferLayout>,
    blend: Option<BlendState>,
) -> RenderPipelineDescriptor {
    RenderPipelineDescriptor {
        label: Some(format!("lattice_{name}").into()),
        layout: vec![layout.clone()],
        vertex: VertexState { shader: SHADER, entry_point: Some(format!("{name}_vertex").into()), buffers, ..default() },
        primitive: PrimitiveState { topology: PrimitiveTopology::TriangleStrip, ..default() },
        fragment: Some(FragmentState {
            shader: SHADER,
            entry_point: Some(format!("{name}_fragment").into()),
            targets: vec![Some(ColorTargetState { format: LATTICE_FORMAT, blend, write_mask: ColorWrites::ALL })],
            ..default()
        }),
        ..default()
    }
}
