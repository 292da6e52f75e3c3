//! The flight view of a journey: the lattice through the camera, frame by frame.
//!
//! A frame is drawn when every tile that it shows is decoded, and time is the frame's number: the same journey gives the same
//! bytes.

use std::f32::consts::TAU;
use std::time::Instant;

use bevy::math::Vec3;
use bevy::prelude::Transform;

use super::{Painter, RecorderError};
use crate::backend::BackendChoice;
use crate::engine::{RenderOptions, RenderSummary, decode_tiles, open_model, warn_of_lacking_axes, warn_of_lacking_letters};
use crate::explorer::{LatticeView, projection_of_aspect, rotation};
use crate::latent::{CameraPose, CellCoord, Journey, JourneyPose, Lattice};
use crate::models::StoredModel;
use crate::progress::{Monitor, Progress};
use crate::video::{Canvas, FrameSize, VideoError, VideoWriter, draw_caption};

/// How far a flight goes whose journey names no camera, in cells.
const DEFAULT_WAY: f32 = 6.0;

/// Renders the flight view.
///
/// # Errors
/// [`RecorderError`] where the model or the target cannot be used, or the monitor cancels; the target is
/// untouched then.
pub fn render_flight(
    journey: &Journey,
    stored: &StoredModel,
    options: &RenderOptions,
    monitor: &dyn Monitor,
) -> Result<RenderSummary, RecorderError> {
    let start = Instant::now();
    options.target.ensure_replaceable(options.replace).map_err(VideoError::from)?;
    warn_of_lacking_axes(journey.axes().into_iter().chain(journey.lattice_axes()), stored, monitor);
    warn_of_lacking_letters(journey, "", monitor);
    let (model, _) = open_model(stored, BackendChoice::Cpu)?;
    let frames = options.rate.frames_in(journey.seconds);
    let size = options.size;
    let mut writer = VideoWriter::create(&options.target, options.replace, size, options.rate, frames)?;
    let mut painter = Painter::new(size);
    let mut version = 0;
    let mut shown: Option<Lattice> = None;
    for frame in 0..frames {
        if monitor.cancelled() {
            return Err(VideoError::Cancelled.into());
        }
        monitor.report(Progress { stage: "rendering", unit: "frames", done: frame, total: frames });
        let pose = journey.pose_at(frame, frames, stored.header.kind.facts().walk);
        let lattice = lattice_of(journey, &pose, stored.frame.dim());
        if shown.as_ref() != Some(&lattice) {
            version += 1;
            shown = Some(lattice.clone());
        }
        let view = view_of(journey, &pose, size);
        let rgb = painter.draw(view, |store| {
            store.drop_far(view.eye);
            let cells: Vec<CellCoord> = view.visible_cells().into_iter().filter(|cell| store.is_stale(*cell, version)).collect();
            for (cell, pixels) in decode_tiles(model.as_ref(), &lattice, &cells) {
                store.insert(cell, version, pixels);
            }
        });
        let mut canvas = Canvas::new(size, rgb);
        draw_caption(&mut canvas, size, &journey.name, journey.caption_at(&pose));
        writer.push(canvas.into_pixels())?;
    }
    writer.finish(monitor)?;
    Ok(RenderSummary { frames, seconds: start.elapsed().as_secs_f64(), path: options.target.path().to_path_buf() })
}

fn lattice_of(journey: &Journey, pose: &JourneyPose, dim: usize) -> Lattice {
    Lattice { base: pose.latent(dim), axes: journey.lattice_axes(), step: journey.lattice.step }
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
