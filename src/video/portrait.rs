//! The portrait view of a journey: one large face, what moves beside it.
//!
//! Owns the layout; everything scales with the picture, from phone to 4K, wide or tall.

use super::FrameSize;
use super::canvas::{Area, Canvas, Colour, fitting};
use super::text::{Style, Weight};
use crate::latent::{Journey, JourneyPose, Zone};

const MIDDLE: Colour = [0x17, 0x1C, 0x2A];
const RIM: Colour = [0x0B, 0x0D, 0x12];
const TRACK: Colour = [0x23, 0x2A, 0x3A];
const TEXT: Colour = [0xC9, 0xD1, 0xE0];
const STRONG: Colour = [0xEE, 0xF2, 0xFA];
const QUIET: Colour = [0x7B, 0x86, 0x9C];
const ACCENT: Colour = [0xE8, 0xA1, 0x5A];
const KNOB: Colour = [0xF3, 0xEA, 0xDD];

/// Bars span this many sigma units to each side, or more where the journey goes further.
const SPAN: f32 = 3.0;
/// Corner radius of the face as a share of its width, as on the lattice.
const FACE_RADIUS: f32 = 0.055;

/// A title that is too long shrinks to this share of its size, and is cut beyond.
const LEAST_TITLE: f32 = 0.6;

/// Draws the frames of one journey.
pub struct Portrait {
    size: FrameSize,
    background: Canvas,
    layout: Layout,
    journey: Journey,
    model: String,
    /// The axes with a bar, counted from 0.
    axes: Vec<usize>,
    more: usize,
    span: f32,
}

/// Where things go, in pixels.
struct Layout {
    /// Pixels of one unit: the design is 720 units high, or wide where it is tall.
    unit: f32,
    face: Area,
    /// Left edge and width of the column with title and bars.
    column: (f32, f32),
    /// Baseline of the title.
    title: f32,
    /// Top of the first bar's row.
    bars: f32,
    /// How many bars there is room for.
    rows: usize,
}

/// Height of a bar's row in units.
const ROW: f32 = 52.0;

impl Layout {
    fn new(size: FrameSize) -> Self {
        let (width, height) = (size.width as f32, size.height as f32);
        let unit = width.min(height) / 720.0;
        let margin = 60.0 * unit;
        let rows = |top: f32, bottom: f32| (((bottom - top) / (ROW * unit)).floor().max(1.0)) as usize;
        if width >= height * 1.25 {
            let side = (height - 2.0 * margin).min(width * 0.52);
            let face = Area { x: margin, y: (height - side) / 2.0, width: side, height: side };
            let left = face.x + side + 64.0 * unit;
            let bars = face.y + 132.0 * unit;
            let column = (left, width - left - margin);
            Self { unit, face, column, title: face.y + 30.0 * unit, bars, rows: rows(bars, height - margin - 60.0 * unit) }
        } else {
            let side = (width - 2.0 * margin).min((height - 2.0 * margin) * 0.68);
            let face = Area { x: (width - side) / 2.0, y: margin * 0.7, width: side, height: side };
            let title = face.y + side + 58.0 * unit;
            // A caption of two lines needs more room above the bars, which a square does not have.
            let bars = title + if height > width * 1.25 { 84.0 } else { 66.0 } * unit;
            Self { unit, face, column: (face.x, side), title, bars, rows: rows(bars, height - 40.0 * unit) }
        }
    }
}

impl Portrait {
    /// A portrait view of a journey through a model with this title and `dim` axes.
    pub fn new(journey: &Journey, model: &str, dim: usize, size: FrameSize) -> Self {
        let layout = Layout::new(size);
        let mut axes: Vec<usize> = journey.axes().into_iter().filter(|axis| *axis < dim).collect();
        let more = axes.len().saturating_sub(layout.rows);
        axes.truncate(layout.rows);
        let reach = journey.keyframes.iter().flat_map(|keyframe| keyframe.axes.values()).fold(SPAN, |reach, value| reach.max(value.abs()));
        let mut background = Canvas::radial(size, MIDDLE, RIM);
        background.shadow(layout.face, FACE_RADIUS * layout.face.width, 26.0 * layout.unit, 0.5);
        Self { size, background, layout, journey: journey.clone(), model: model.to_owned(), axes, more, span: reach }
    }

    /// Draws the frame of a pose: `face` is the RGB8 picture of `side` x `side` pixels that the model makes of it.
    pub fn draw(&self, pose: &JourneyPose, side: usize, face: &[u8]) -> Vec<u8> {
        let Layout { unit, face: area, column: (left, width), title, .. } = self.layout;
        let mut canvas = self.background.clone();
        canvas.picture(area, FACE_RADIUS * area.width, side, face);
        let name = &self.journey.name;
        let style = fitting(name, Style { size: 34.0 * unit, weight: Weight::SemiBold }, width, LEAST_TITLE);
        canvas.text_lines(name, (left, title), style, (width, 1), STRONG);
        canvas.text_lines(&self.journey.caption_at(pose), (left, title + 34.0 * unit), regular(18.0 * unit), (width, 2), TEXT);
        for (row, axis) in self.axes.iter().enumerate() {
            self.bar(&mut canvas, row, *axis, pose.axes.get(axis).copied().unwrap_or(0.0));
        }
        if self.more > 0 {
            let text = format!("and {} more axes", self.more);
            let y = self.layout.bars + (self.axes.len() as f32 * ROW + 14.0) * unit;
            canvas.text(&text, (left, y), regular(15.0 * unit), QUIET);
        }
        self.footer(&mut canvas, pose);
        canvas.into_pixels()
    }

    fn bar(&self, canvas: &mut Canvas, row: usize, axis: usize, value: f32) {
        let Layout { unit, column: (left, width), bars, .. } = self.layout;
        let top = bars + row as f32 * ROW * unit;
        let zone = self.journey.zone_of(axis);
        let zone = if zone == Zone::Whole { String::new() } else { format!(", {}", zone.word()) };
        canvas.text(&format!("Axis {}{zone}", axis + 1), (left, top + 14.0 * unit), regular(17.0 * unit), TEXT);
        let strong = Style { size: 17.0 * unit, weight: Weight::SemiBold };
        canvas.text_right(&sigma(value), (left + width, top + 14.0 * unit), strong, STRONG);
        let y = top + 27.0 * unit;
        let thick = 5.0 * unit;
        canvas.fill(Area { x: left, y, width, height: thick }, thick / 2.0, TRACK, 1.0);
        let middle = left + width / 2.0;
        let reach = value / self.span * width / 2.0;
        let filled = Area { x: middle.min(middle + reach), y, width: reach.abs(), height: thick };
        canvas.fill(filled, thick / 2.0, ACCENT, 1.0);
        canvas.fill(Area { x: middle - unit, y: y - 3.0 * unit, width: 2.0 * unit, height: thick + 6.0 * unit }, unit, QUIET, 0.8);
        let knob = 15.0 * unit;
        let knob_area = Area { x: middle + reach - knob / 2.0, y: y + (thick - knob) / 2.0, width: knob, height: knob };
        canvas.fill(knob_area, knob / 2.0, KNOB, 1.0);
    }

    fn footer(&self, canvas: &mut Canvas, pose: &JourneyPose) {
        let (width, height) = (self.size.width as f32, self.size.height as f32);
        let Layout { unit, face, column: (left, column), .. } = self.layout;
        if width >= height * 1.25 {
            let baseline = face.y + face.height - 4.0 * unit;
            let style = fitting(&self.model, regular(15.0 * unit), column, LEAST_TITLE);
            canvas.text_lines(&self.model, (left, baseline), style, (column, 1), QUIET);
        }
        let line = 3.0 * unit;
        canvas.fill(Area { x: 0.0, y: height - line, width, height: line }, 0.0, TRACK, 1.0);
        canvas.fill(Area { x: 0.0, y: height - line, width: width * pose.progress as f32, height: line }, 0.0, ACCENT, 1.0);
    }
}

fn regular(size: f32) -> Style {
    Style { size, weight: Weight::Regular }
}

/// A value in sigma units with a proper sign.
fn sigma(value: f32) -> String {
    let rounded = (value * 100.0).round() / 100.0;
    let sign = if rounded < 0.0 { "−" } else { "+" };
    if rounded == 0.0 { "0.00 σ".to_owned() } else { format!("{sign}{:.2} σ", rounded.abs()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::latent::{Easing, Keyframe, Walk};

    #[test]
    fn values_have_proper_signs() {
        assert_eq!([1.234, -0.5, -0.001].map(sigma), ["+1.23 σ", "−0.50 σ", "0.00 σ"]);
    }

    #[test]
    fn the_face_is_there_in_every_shape_and_the_bar_moves() {
        let keyframes = [-2.0, 2.0].map(|value| Keyframe { axes: [(1, value)].into(), ..Keyframe::default() }).to_vec();
        let journey = Journey::new("A walk", 1.0, Easing::Linear, false, keyframes).unwrap();
        for (width, height) in [(1280, 720), (720, 1280), (500, 500), (64, 64), (3840, 2160)] {
            let size = FrameSize { width, height };
            let portrait = Portrait::new(&journey, "PCA", 4, size);
            let frames = [0, 1].map(|frame| portrait.draw(&journey.pose_at(frame, 2, Walk::Straight), 8, &[201; 8 * 8 * 3]));
            assert!(frames.iter().all(|frame| frame.len() == size.bytes()));
            let shown = frames[0].chunks(3).filter(|pixel| **pixel == [201; 3]).count();
            assert!(shown as u32 * 5 > width.min(height).pow(2), "{width}x{height}: {shown} pixels of the face");
            assert_ne!(frames[0], frames[1]);
        }
    }
}
