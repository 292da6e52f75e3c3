//! The lattice as a graphics driver draws it, without a window: one picture for each call.
//!
//! Owns a renderer of its own, driven frame by frame, and reading its pictures back. What is in them is decided by the
//! caller.

use std::num::NonZero;
use std::time::Duration;

use bevy::app::SubApps;
use bevy::camera::RenderTarget;
use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::render::pipelined_rendering::PipelinedRenderingPlugin;
use bevy::render::render_asset::RenderAssets;
use bevy::render::render_resource::{
    BufferDescriptor, BufferUsages, CommandEncoderDescriptor, Extent3d, MapMode, PollType, TexelCopyBufferInfo, TexelCopyBufferLayout,
    TextureFormat, TextureUsages,
};
use bevy::render::renderer::{RenderDevice, RenderQueue};
use bevy::render::texture::GpuImage;
use bevy::render::{RenderApp, RenderPlugin};
use bevy::window::ExitCondition;
use bevy::winit::WinitPlugin;

use crate::explorer::{
    Drawing, LatticePlugin, LatticeScene, LatticeView, PickingMarks, ReadyPipelines, TileStore, driver_is_there, lattice_camera,
};
use crate::faults::caught_everywhere;
use crate::video::VideoError;

/// Frames that may pass until the pipelines are compiled.
const WARM_UP_FRAMES: u32 = 200;
/// Seconds that the driver may take for one picture.
const PATIENCE: Duration = Duration::from_secs(60);

/// A renderer of lattice pictures of one size.
pub struct Offscreen {
    apps: SubApps,
    image: Handle<Image>,
    width: u32,
    height: u32,
}

impl Offscreen {
    /// Starts a renderer on the first driver that can draw, the software one included.
    ///
    /// # Errors
    /// [`VideoError`] where no driver can draw or its pipelines do not compile.
    pub fn new(width: u32, height: u32) -> Result<Self, VideoError> {
        if !driver_is_there() {
            return Err(VideoError::NoDriver("none was found".into()));
        }
        caught_everywhere(|| Self::start(width, height)).map_err(VideoError::NoDriver)?
    }

    fn start(width: u32, height: u32) -> Result<Self, VideoError> {
        let mut app = App::new();
        app.add_plugins(
            DefaultPlugins
                .set(WindowPlugin { primary_window: None, exit_condition: ExitCondition::DontExit, ..default() })
                .set(RenderPlugin { synchronous_pipeline_compilation: true, ..default() })
                .disable::<WinitPlugin>()
                .disable::<PipelinedRenderingPlugin>()
                .disable::<LogPlugin>(),
        )
        .add_plugins(LatticePlugin { instant: true, drawing: Drawing::Driver });
        app.finish();
        app.cleanup();
        let mut target = Image::new_target_texture(width, height, TextureFormat::Rgba8UnormSrgb, None);
        target.texture_descriptor.usage |= TextureUsages::COPY_SRC;
        let image = app.world_mut().resource_mut::<Assets<Image>>().add(target);
        app.world_mut().spawn((Name::new("Recording camera"), lattice_camera(), RenderTarget::from(image.clone())));
        let mut offscreen = Self { apps: std::mem::take(app.sub_apps_mut()), image, width, height };
        for _ in 0..WARM_UP_FRAMES {
            offscreen.apps.update();
            if offscreen.apps.main.world().resource::<ReadyPipelines>().is_ready() {
                return Ok(offscreen);
            }
        }
        Err(VideoError::Driver("its pipelines did not compile".into()))
    }

    /// Draws one picture: `fill` puts the tiles that it needs into the store. Returns RGB8 rows.
    ///
    /// # Errors
    /// [`VideoError::Driver`] where the driver does not answer.
    pub fn draw(&mut self, view: LatticeView, fill: impl FnOnce(&mut TileStore)) -> Result<Vec<u8>, VideoError> {
        let world = self.apps.main.world_mut();
        fill(&mut world.resource_mut::<TileStore>());
        let scene = LatticeScene::compose(world.resource::<TileStore>(), view, &PickingMarks::default());
        world.insert_resource(scene);
        self.apps.update();
        self.read_back()
    }

    fn read_back(&self) -> Result<Vec<u8>, VideoError> {
        let world = self.apps.main.world();
        let (device, queue) = (world.resource::<RenderDevice>(), world.resource::<RenderQueue>());
        let texture = self
            .apps
            .sub_apps
            .get(&bevy::app::AppLabel::intern(&RenderApp))
            .and_then(|render| render.world().resource::<RenderAssets<GpuImage>>().get(&self.image))
            .map(|image| image.texture.clone())
            .ok_or_else(|| VideoError::Driver("the picture was not prepared".into()))?;
        // Copies want rows that are a multiple of 256 bytes long.
        let row = RenderDevice::align_copy_bytes_per_row(self.width as usize * 4);
        let buffer = device.create_buffer(&BufferDescriptor {
            label: Some("read_back"),
            size: (row * self.height as usize) as u64,
            usage: BufferUsages::MAP_READ | BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let mut encoder = device.create_command_encoder(&CommandEncoderDescriptor::default());
        let rows = NonZero::new(row as u32).map(Into::into);
        encoder.copy_texture_to_buffer(
            texture.as_image_copy(),
            TexelCopyBufferInfo { buffer: &buffer, layout: TexelCopyBufferLayout { offset: 0, bytes_per_row: rows, rows_per_image: None } },
            Extent3d { width: self.width, height: self.height, depth_or_array_layers: 1 },
        );
        queue.submit([encoder.finish()]);
        let (sender, receiver) = crossbeam_channel::bounded(1);
        let slice = buffer.slice(..);
        slice.map_async(MapMode::Read, move |result| {
            sender.send(result).ok();
        });
        let driver = |reason: String| VideoError::Driver(reason);
        device
            .wgpu_device()
            .poll(PollType::Wait { submission_index: None, timeout: Some(PATIENCE) })
            .map_err(|error| driver(error.to_string()))?;
        receiver.recv_timeout(PATIENCE).map_err(|error| driver(error.to_string()))?.map_err(|error| driver(error.to_string()))?;
        let bytes = slice.get_mapped_range();
        let mut rgb = Vec::with_capacity(self.width as usize * self.height as usize * 3);
        for row in bytes.chunks_exact(row) {
            rgb.extend(row[..self.width as usize * 4].chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]));
        }
        Ok(rgb)
    }
}
