//! The pass: background first, then all tiles, farthest first.
//!
//! Owns the uniform and instance buffers; textures are the pages' business.

use std::ops::Range;

use bevy::prelude::*;
use bevy::render::render_resource::{
    BindGroup, BindGroupEntries, Buffer, BufferDescriptor, BufferUsages, LoadOp, Operations, PipelineCache, RenderPassColorAttachment,
    RenderPassDescriptor, StoreOp,
};
use bevy::render::renderer::{RenderContext, RenderDevice, RenderQueue, ViewQuery};
use bevy::render::view::ViewTarget;

use super::drawn::{DrawnScene, ReadyPipelines};
use super::pages::TilePages;
use super::picture::Picture;
use super::pipeline::LatticePipelines;
use super::view::{VIEW_BYTES, ViewUniform};
use crate::explorer::look;
use crate::explorer::scene::TileInstance;

/// Buffers, bindings and the picture of the pass.
#[derive(Resource)]
pub struct LatticeBuffers {
    view: Buffer,
    instances: Buffer,
    instance_capacity: usize,
    bindings: Option<BindGroup>,
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
        buffers.bindings = Some(device.create_bind_group(
            "lattice_bindings",
            &cache.get_bind_group_layout(&pipelines.layout),
            &BindGroupEntries::sequential((buffers.view.as_entire_binding(), &pages.view, &pipelines.sampler)),
        ));
    }
}

fn new_buffer(device: &RenderDevice, bytes: u64, usage: BufferUsages) -> Buffer {
    device.create_buffer(&BufferDescriptor {
        label: Some("lattice_buffer"),
        size: bytes,
        usage: usage | BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

/// Draws the lattice and copies it into the camera's target.
///
/// It is drawn into a picture of its own, as the target converts to linear light when it is blended into, and the lattice
/// blends gamma-encoded colours.
pub fn draw_lattice(
    view: ViewQuery<&ViewTarget>,
    drawn: Res<DrawnScene>,
    buffers: Option<Res<LatticeBuffers>>,
    pipelines: Option<Res<LatticePipelines>>,
    pages: Option<Res<TilePages>>,
    cache: Res<PipelineCache>,
    ready: Res<ReadyPipelines>,
    queue: Res<RenderQueue>,
    mut picture: Local<Option<Picture>>,
    mut context: RenderContext,
) {
    let target = view.into_inner().main_texture();
    let (Some(buffers), Some(pipelines), Some(pages)) = (buffers, pipelines, pages) else { return };
    let pipeline = |id| cache.get_render_pipeline(id);
    let (Some(background), Some(tiles), Some(outline)) =
        (pipeline(pipelines.background), pipeline(pipelines.tiles), pipeline(pipelines.outline))
    else {
        return;
    };
    let Some(bindings) = &buffers.bindings else { return };
    ready.set();

    let size = target.size();
    let picture = Picture::of_size(&mut picture, context.render_device(), size);
    if picture.version.replace(drawn.version) == Some(drawn.version) {
        // Panels are drawn anew over the same picture.
        context.command_encoder().copy_texture_to_texture(picture.texture.as_image_copy(), target.as_image_copy(), size);
        return;
    }
    let uniform = view_uniform(&drawn, Vec2::new(size.width as f32, size.height as f32), &pages);
    queue.write_buffer(&buffers.view, 0, bytemuck::bytes_of(&uniform));

    let mut pass = context.command_encoder().begin_render_pass(&RenderPassDescriptor {
        label: Some("lattice"),
        color_attachments: &[Some(RenderPassColorAttachment {
            view: &picture.view,
            depth_slice: None,
            resolve_target: None,
            ops: Operations { load: LoadOp::Clear(wgpu::Color::BLACK), store: StoreOp::Store },
        })],
        depth_stencil_attachment: None,
        timestamp_writes: None,
        occlusion_query_set: None,
        multiview_mask: None,
    });
    pass.set_bind_group(0, bindings, &[]);
    pass.set_pipeline(background);
    pass.draw(0..3, 0..1);
    pass.set_vertex_buffer(0, *buffers.instances.slice(..));
    for (range, is_outline) in draw_ranges(&drawn.scene.instances[..drawn.scene.instances.len().min(buffers.instance_capacity)]) {
        pass.set_pipeline(if is_outline { outline } else { tiles });
        pass.draw(0..4, range);
    }
    drop(pass);
    context.command_encoder().copy_texture_to_texture(picture.texture.as_image_copy(), target.as_image_copy(), size);
}

/// Tiles in as few draws as can be; each outline right after its own tile, so that nearer tiles still cover it.
fn draw_ranges(instances: &[TileInstance]) -> Vec<(Range<u32>, bool)> {
    let mut ranges = Vec::new();
    let mut start = 0;
    for (index, instance) in instances.iter().enumerate() {
        if instance.outline > 0.0 {
            let index = index as u32;
            ranges.extend([(start..index + 1, false), (index..index + 1, true)]);
            start = index + 1;
        }
    }
    if start < instances.len() as u32 {
        ranges.push((start..instances.len() as u32, false));
    }
    ranges
}

fn view_uniform(drawn: &DrawnScene, target: Vec2, pages: &TilePages) -> ViewUniform {
    let view = &drawn.scene.view;
    let color = |srgb, w: f32| look::unit(srgb).extend(w).to_array();
    // clip_from_view.y.y is 1 / tan(half the field of view): pixels of one cell at distance 1.
    let focal = view.clip_from_view.y_axis.y * target.y * 0.5;
    ViewUniform {
        view_from_world: view.view_from_world.to_cols_array_2d(),
        clip_from_view: view.clip_from_view.to_cols_array_2d(),
        eye: view.eye.extend(focal).to_array(),
        screen: [target.x, target.y, pages.size as f32, look::SHARP_END],
        fog: color(look::FOG, look::FOG_SHARE),
        background_middle: color(look::BACKGROUND_MIDDLE, 1.0),
        background_rim: color(look::BACKGROUND_RIM, 1.0),
        accent: color(look::OUTLINE, 1.0),
        tile: [look::TILE_HALF_WIDTH, look::CORNER_RADIUS, look::NEAR_END, look::NEAR_START],
        far: [look::FAR_START, look::FAR_END, look::FAR_EXPONENT, look::SHARP_START],
        haze: [look::FOG_START, look::FOG_LENGTH, look::FOG_EXPONENT, 0.0],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outlines_follow_their_tiles() {
        let tile = |outline| TileInstance { outline, ..bytemuck::Zeroable::zeroed() };
        let instances = [tile(0.0), tile(1.0), tile(0.0), tile(0.0), tile(0.6)];
        assert_eq!(draw_ranges(&instances), [(0..2, false), (1..2, true), (2..5, false), (4..5, true)]);
        assert_eq!(draw_ranges(&instances[2..4]), [(0..2, false)]);
        assert!(draw_ranges(&[]).is_empty());
    }
}
