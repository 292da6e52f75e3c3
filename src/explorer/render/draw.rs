//! The pass: background first, then all tiles in one draw call, farthest first.
//!
//! Owns the uniform and instance buffers; textures are the pages' business.

use std::sync::atomic::Ordering;

use bevy::prelude::*;
use bevy::render::render_resource::{
    BindGroup, BindGroupEntries, Buffer, BufferDescriptor, BufferUsages, PipelineCache, RenderPassDescriptor,
};
use bevy::render::renderer::{RenderContext, RenderDevice, RenderQueue, ViewQuery};
use bevy::render::view::ViewTarget;
use bytemuck::{Pod, Zeroable};

use super::pages::{PAGES, TilePages};
use super::pipeline::LatticePipelines;
use super::{DrawnScene, ReadyPipelines};
use crate::explorer::look;
use crate::explorer::scene::TileInstance;

/// Bytes of the view uniform.
pub const VIEW_BYTES: u64 = size_of::<ViewUniform>() as u64;

/// `View` of the shader.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct ViewUniform {
    view_from_world: [[f32; 4]; 4],
    clip_from_view: [[f32; 4]; 4],
    eye: [f32; 4],
    target: [f32; 4],
    fog: [f32; 4],
    background_middle: [f32; 4],
    background_rim: [f32; 4],
    accent: [f32; 4],
    tile: [f32; 4],
    far: [f32; 4],
}

/// Buffers and bindings of the pass.
#[derive(Resource)]
pub struct LatticeBuffers {
    view: Buffer,
    instances: Buffer,
    instance_capacity: usize,
    bindings: Option<(u32, BindGroup)>,
}

/// Writes the instances of this frame. The view is written by the pass, which knows the size of its target.
pub fn write_buffers(
    mut commands: Commands,
    drawn: Res<DrawnScene>,
    buffers: Option<ResMut<LatticeBuffers>>,
    pages: Option<Res<TilePages>>,
    pipelines: Option<Res<LatticePipelines>>,
    cache: Res<PipelineCache>,
    device: Res<RenderDevice>,
    queue: Res<RenderQueue>,
) {
    let Some(mut buffers) = buffers else {
        commands.insert_resource(LatticeBuffers {
            view: new_buffer(&device, VIEW_BYTES, BufferUsages::UNIFORM),
            instances: new_buffer(&device, size_of::<TileInstance>() as u64, BufferUsages::VERTEX),
            instance_capacity: 1,
            bindings: None,
        });
        return;
    };
    let instances = &drawn.scene.instances;
    if instances.len() > buffers.instance_capacity {
        buffers.instance_capacity = instances.len().next_power_of_two();
        let bytes = (buffers.instance_capacity * size_of::<TileInstance>()) as u64;
        buffers.instances = new_buffer(&device, bytes, BufferUsages::VERTEX);
    }
    if !instances.is_empty() {
        queue.write_buffer(&buffers.instances, 0, bytemuck::cast_slice(instances));
    }
    let (Some(pages), Some(pipelines)) = (pages, pipelines) else { return };
    if pages.is_changed() || buffers.bindings.is_none() {
        let views = pages.bound_views();
        let group = device.create_bind_group(
            "lattice_bindings",
            &cache.get_bind_group_layout(&pipelines.layout),
            &BindGroupEntries::sequential((buffers.view.as_entire_binding(), views[0], views[1], views[2], views[3], &pipelines.sampler)),
        );
        buffers.bindings = Some((pages.size, group));
    }
    const { assert!(PAGES == 4, "the shader binds four pages") };
}

fn new_buffer(device: &RenderDevice, bytes: u64, usage: BufferUsages) -> Buffer {
    device.create_buffer(&BufferDescriptor {
        label: Some("lattice_buffer"),
        size: bytes,
        usage: usage | BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

/// Draws the lattice into the camera's target.
pub fn draw_lattice(
    view: ViewQuery<&ViewTarget>,
    drawn: Res<DrawnScene>,
    buffers: Option<Res<LatticeBuffers>>,
    pipelines: Option<Res<LatticePipelines>>,
    pages: Option<Res<TilePages>>,
    cache: Res<PipelineCache>,
    ready: Res<ReadyPipelines>,
    queue: Res<RenderQueue>,
    mut context: RenderContext,
) {
    let target = view.into_inner();
    let (Some(buffers), Some(pipelines), Some(pages)) = (buffers, pipelines, pages) else { return };
    let (Some(background), Some(tiles)) = (cache.get_render_pipeline(pipelines.background), cache.get_render_pipeline(pipelines.tiles))
    else {
        return;
    };
    let Some((_, bindings)) = &buffers.bindings else { return };
    ready.0.store(true, Ordering::Release);

    let size = target.main_texture().size();
    let uniform = view_uniform(&drawn, Vec2::new(size.width as f32, size.height as f32), &pages);
    queue.write_buffer(&buffers.view, 0, bytemuck::bytes_of(&uniform));

    let mut pass = context.command_encoder().begin_render_pass(&RenderPassDescriptor {
        label: Some("lattice"),
        color_attachments: &[Some(target.get_color_attachment())],
        depth_stencil_attachment: None,
        timestamp_writes: None,
        occlusion_query_set: None,
        multiview_mask: None,
    });
    pass.set_bind_group(0, bindings, &[]);
    pass.set_pipeline(background);
    pass.draw(0..3, 0..1);
    let count = drawn.scene.instances.len().min(buffers.instance_capacity) as u32;
    if count > 0 {
        pass.set_pipeline(tiles);
        pass.set_vertex_buffer(0, *buffers.instances.slice(..));
        pass.draw(0..4, 0..count);
    }
}

fn view_uniform(drawn: &DrawnScene, target: Vec2, pages: &TilePages) -> ViewUniform {
    let view = &drawn.scene.view;
    let color = |srgb, w: f32| look::linear(srgb).extend(w).to_array();
    // clip_from_view.y.y is 1 / tan(half the field of view): pixels of one cell at distance 1.
    let focal = view.clip_from_view.y_axis.y * target.y * 0.5;
    ViewUniform {
        view_from_world: view.view_from_world.to_cols_array_2d(),
        clip_from_view: view.clip_from_view.to_cols_array_2d(),
        eye: view.eye.extend(focal).to_array(),
        target: [target.x, target.y, pages.size as f32, pages.layers as f32],
        fog: color(look::FOG, look::FOG_SHARE),
        background_middle: color(look::BACKGROUND_MIDDLE, 1.0),
        background_rim: color(look::BACKGROUND_RIM, 1.0),
        accent: color(look::OUTLINE, 1.0),
        tile: [look::TILE_HALF_WIDTH, look::CORNER_RADIUS, look::NEAR_END, look::NEAR_START],
        far: [look::FAR_START, look::FAR_END, look::FAR_EXPONENT, 0.0],
    }
}
