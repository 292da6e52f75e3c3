//! The flight view of a journey: the lattice through the camera, frame by frame.
//!
//! A frame is drawn when every tile that it shows is decoded, and time is the frame's number: the same journey gives the same
//! bytes.

use std::f32::consts::TAU;
use std::ops::Range;

use bevy::math::Vec3;
use bevy::prelude::Transform;

use super::Painter;
use crate::engine::{
    EngineError, Filmed, JourneyView, RecordJourney, decode_tiles, decode_zoned_tiles, warn_of_lacking_axes, warn_of_lacking_letters,
};
use crate::explorer::{LatticeView, projection_of_aspect, rotation};
use crate::latent::{CameraPose, CellCoord, Journey, JourneyPose, Lattice, ZonedLattice, Zones};
use crate::progress::Monitor;
use crate::video::{Canvas, FrameSize, FrameSource, VideoError, draw_caption};

/// How far a flight goes whose journey names no camera, in cells.
const DEFAULT_WAY: f32 = 6.0;

/// The lattice through the camera.
#[derive(Clone, Copy, Debug)]
pub struct FlightView;

impl JourneyView for FlightView {
    fn open(&self, job: &RecordJourney, frames: u64, monitor: &dyn Monitor) -> Result<Box<dyn FrameSource>, EngineError> {
        let filmed = Filmed::open(&job.journey, &job.subject, frames, monitor)?;
        let (journey, stored) = (filmed.journey(), filmed.stored());
        warn_of_lacking_axes(journey.axes().into_iter().chain(journey.lattice_axes()), stored, monitor);
        warn_of_lacking_letters(journey, "", monitor);
        let size = job.recording.size;
        Ok(Box::new(Flight { painter: Painter::new(size), size, filmed, version: 0, shown: None }))
    }
}

/// The frames of the flight view.
struct Flight {
    painter: Painter,
    size: FrameSize,
    filmed: Filmed,
    /// Of what the lattice shows: a higher one is another lattice, or another model.
    version: u64,
    shown: Option<ShownLattice>,
}

/// A lattice whose axes act everywhere, or where they were told to.
#[derive(Clone, Debug, PartialEq)]
enum ShownLattice {
    Whole(Lattice),
    Zoned(ZonedLattice),
}

impl FrameSource for Flight {
    fn draw(&mut self, frames: Range<u64>) -> Result<Vec<Vec<u8>>, VideoError> {
        frames.map(|frame| self.draw_one(frame)).collect()
    }
}

impl Flight {
    fn draw_one(&mut self, frame: u64) -> Result<Vec<u8>, VideoError> {
        let pose = self.filmed.pose(frame);
        let journey = self.filmed.journey();
        let lattice = lattice_of(journey, &pose, self.filmed.stored().frame.dim());
        let view = view_of(journey, &pose, self.size);
        let (title, caption) = (journey.name.clone(), journey.caption_at(&pose));
        let (model, is_other) = self.filmed.model(frame)?;
        if is_other || self.shown.as_ref() != Some(&lattice) {
            self.version += 1;
            self.shown = Some(lattice.clone());
        }
        let version = self.version;
        let rgb = self.painter.draw(view, |store| {
            store.drop_far(view.eye);
            let cells: Vec<CellCoord> = view.visible_cells().into_iter().filter(|cell| store.is_stale(*cell, version)).collect();
            let tiles = match &lattice {
                ShownLattice::Whole(lattice) => decode_tiles(model, lattice, &cells),
                ShownLattice::Zoned(lattice) => decode_zoned_tiles(model, lattice, &cells).unwrap_or_default(),
            };
            for (cell, pixels) in tiles {
                store.insert(cell, version, pixels);
            }
        });
        let mut canvas = Canvas::new(self.size, rgb);
        draw_caption(&mut canvas, self.size, &title, &caption);
        Ok(canvas.into_pixels())
    }
}

fn lattice_of(journey: &Journey, pose: &JourneyPose, dim: usize) -> ShownLattice {
    let (axes, step) = (journey.lattice_axes(), journey.lattice.step);
    match pose.zoned_latent(dim) {
        None => ShownLattice::Whole(Lattice { base: pose.latent(dim), axes, step, zones: Zones::default() }),
        Some(base) => ShownLattice::Zoned(ZonedLattice { base, axes: axes.map(|axis| (axis, journey.lattice.zone(axis + 1))), step }),
    }
}

fn view_of(journey: &Journey, pose: &JourneyPose, size: FrameSize) -> LatticeView {
    let camera = pose.camera.unwrap_or_else(|| default_camera(pose.progress, journey.r#loop));
    let (x, y, z) = camera.position;
    let rotation = rotation(camera.yaw.to_radians(), camera.pitch.to_radians());
    let transform = Transform::from_translation(Vec3::new(x, y, z)).with_rotation(rotation);
    LatticeView::new(&transform, &projection_of_aspect(size.width as f32 / size.height as f32))
}

/// A straight flight ahead from where the explorer starts; in a loop a circle as long that comes back to there, looking ahead all the way.
fn default_camera(progress: f64, is_loop: bool) -> CameraPose {
    let (position, yaw, pitch) = crate::explorer::home();
    let way = if is_loop {
        let (sin, cos) = (progress as f32 * TAU).sin_cos();
        Vec3::new(sin, 0.0, cos - 1.0) * (DEFAULT_WAY / TAU)
    } else {
        Vec3::NEG_Z * (DEFAULT_WAY * progress as f32)
    };
    let at = position + rotation(yaw, pitch) * way;
    CameraPose { position: (at.x, at.y, at.z), yaw: yaw.to_degrees(), pitch: pitch.to_degrees() }
}
