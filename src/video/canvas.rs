//! A picture to draw captions and faces on: rounded rectangles, text, pictures, all antialiased.
//!
//! Owns pixels; where things go is its callers' business. Coordinates are pixels from the top left.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use super::FrameSize;
use super::text::{self, Ink, LINE_HEIGHT, Line, Style, set_line, set_lines};

/// sRGB bytes.
pub type Colour = [u8; 3];

/// A rectangle in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// To the right.
    pub width: f32,
    /// Downwards.
    pub height: f32,
}

/// An RGB8 picture.
#[derive(Clone)]
pub struct Canvas {
    size: FrameSize,
    pixels: Vec<u8>,
}

impl Canvas {
    /// A canvas with these RGB8 rows.
    ///
    /// # Panics
    /// Where the bytes are not that many.
    pub fn new(size: FrameSize, pixels: Vec<u8>) -> Self {
        assert_eq!(pixels.len(), size.bytes(), "a canvas has width x height RGB pixels");
        Self { size, pixels }
    }

    /// A soft radial gradient from `middle` to `rim`.
    pub fn radial(size: FrameSize, middle: Colour, rim: Colour) -> Self {
        let (width, height) = (size.width as f32, size.height as f32);
        let mut pixels = Vec::with_capacity(size.bytes());
        for y in 0..size.height {
            for x in 0..size.width {
                let (dx, dy) = ((x as f32 + 0.5) / width - 0.5, (y as f32 + 0.5) / height - 0.5);
                let t = (dx.hypot(dy) / 0.71).min(1.0);
                let t = t * t * (3.0 - 2.0 * t);
                // A pattern of one grey level hides the steps of so soft a gradient.
                let grain = f32::from(GRAIN[(y % 4) as usize][(x % 4) as usize]) / 16.0;
                pixels.extend((0..3).map(|n| (f32::from(middle[n]) + (f32::from(rim[n]) - f32::from(middle[n])) * t + grain) as u8));
            }
        }
        Self { size, pixels }
    }

    /// The RGB8 rows.
    pub fn into_pixels(self) -> Vec<u8> {
        self.pixels
    }

    /// Fills a rectangle with round corners; `opacity` in [0, 1].
    pub fn fill(&mut self, area: Area, radius: f32, colour: Colour, opacity: f32) {
        self.cover(area, |distance| (0.5 - distance).clamp(0.0, 1.0) * opacity, radius, |_, _| colour);
    }

    /// A soft shadow around a rectangle with round corners.
    pub fn shadow(&mut self, area: Area, radius: f32, softness: f32, opacity: f32) {
        let grown =
            Area { x: area.x - softness, y: area.y - softness, width: area.width + 2.0 * softness, height: area.height + 2.0 * softness };
        let shade = |distance: f32| {
            let t = (-distance / (2.0 * softness)).clamp(0.0, 1.0);
            t * t * (3.0 - 2.0 * t) * opacity
        };
        self.cover(grown, shade, radius + softness, |_, _| [0, 0, 0]);
    }

    /// Draws a square RGB8 picture of `side` pixels into a square area with round corners, enlarged by Lanczos, which shows no pixels.
    pub fn picture(&mut self, area: Area, radius: f32, side: usize, rgb: &[u8]) {
        let target = (area.width.round().max(1.0) as u32, area.height.round().max(1.0) as u32);
        let Ok(source) = ImageRef::new(side as u32, side as u32, rgb, PixelType::U8x3) else { return };
        let mut enlarged = Image::new(target.0, target.1, PixelType::U8x3);
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
        if Resizer::new().resize(&source, &mut enlarged, &options).is_err() {
            return;
        }
        let (left, top) = (area.x.round() as i32, area.y.round() as i32);
        let pixels = enlarged.buffer();
        let colour = |x: i32, y: i32| {
            let x = (x - left).clamp(0, target.0 as i32 - 1) as usize;
            let y = (y - top).clamp(0, target.1 as i32 - 1) as usize;
            let at = (y * target.0 as usize + x) * 3;
            [pixels[at], pixels[at + 1], pixels[at + 2]]
        };
        self.cover(area, |distance| (0.5 - distance).clamp(0.0, 1.0), radius, colour);
    }

    /// Writes text with its baseline's left end at (`x`, `y`).
    pub fn text(&mut self, text: &str, (x, y): (f32, f32), style: Style, colour: Colour) {
        set_line(text, style).iter().for_each(|line| self.line(line, (x, y), colour));
    }

    /// Text that ends at `x`.
    pub fn text_right(&mut self, text: &str, (x, y): (f32, f32), style: Style, colour: Colour) {
        set_line(text, style).iter().for_each(|line| self.line(line, (x - line.width, y), colour));
    }

    /// Writes text in at most `most` lines of at most `width` pixels, the first with its baseline's left end at (`x`, `y`); the last one
    /// ends in an ellipsis where there is more.
    pub fn text_lines(&mut self, text: &str, (x, y): (f32, f32), style: Style, (width, most): (f32, usize), colour: Colour) {
        for (index, line) in set_lines(text, style, width, most).iter().enumerate() {
            self.line(line, (x, y + index as f32 * style.size * LINE_HEIGHT), colour);
        }
    }

    fn line(&mut self, line: &Line, at: (f32, f32), colour: Colour) {
        text::draw(line, at, |x, y, ink| match ink {
            Ink::Text(cover) => self.blend(x, y, colour, f32::from(cover) / 255.0),
            Ink::Own([red, green, blue, opacity]) => self.blend(x, y, [red, green, blue], f32::from(opacity) / 255.0),
        });
    }

    /// Blends what `share` gives for the signed distance of each pixel to the rounded rectangle (negative inside).
    fn cover(&mut self, area: Area, share: impl Fn(f32) -> f32, radius: f32, colour: impl Fn(i32, i32) -> Colour) {
        let radius = radius.min(area.width / 2.0).min(area.height / 2.0);
        let (half_width, half_height) = (area.width / 2.0, area.height / 2.0);
        let (cx, cy) = (area.x + half_width, area.y + half_height);
        let range = |start: f32, length: f32, limit: u32| (start.floor() as i32).max(0)..((start + length).ceil() as i32).min(limit as i32);
        for y in range(area.y, area.height, self.size.height) {
            for x in range(area.x, area.width, self.size.width) {
                let dx = (x as f32 + 0.5 - cx).abs() - half_width + radius;
                let dy = (y as f32 + 0.5 - cy).abs() - half_height + radius;
                let distance = dx.max(0.0).hypot(dy.max(0.0)) + dx.max(dy).min(0.0) - radius;
                let share = share(distance);
                if share > 0.0 {
                    self.blend(x, y, colour(x, y), share);
                }
            }
        }
    }

    fn blend(&mut self, x: i32, y: i32, colour: Colour, share: f32) {
        if x < 0 || y < 0 || x >= self.size.width as i32 || y >= self.size.height as i32 {
            return;
        }
        let at = (y as usize * self.size.width as usize + x as usize) * 3;
        for (pixel, colour) in self.pixels[at..at + 3].iter_mut().zip(colour) {
            *pixel = (f32::from(*pixel) + (f32::from(colour) - f32::from(*pixel)) * share + 0.5) as u8;
        }
    }
}

/// A 4x4 ordered pattern, in sixteenths.
const GRAIN: [[u8; 4]; 4] = [[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]];

/// How wide a text is in one line, in pixels.
pub fn text_width(text: &str, style: Style) -> f32 {
    set_line(text, style).iter().map(|line| line.width).sum()
}

/// The style with the largest size at which the text is at most `width` wide: no more than its own, no less than `least` of it.
pub fn fitting(text: &str, style: Style, width: f32, least: f32) -> Style {
    let wanted = text_width(text, style);
    let share = if wanted > width { (width / wanted).max(least) } else { 1.0 };
    Style { size: style.size * share, ..style }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::text::Weight;

    const SIZE: FrameSize = FrameSize { width: 80, height: 40 };

    fn black() -> Canvas {
        Canvas::new(SIZE, vec![0; SIZE.bytes()])
    }

    fn lit(canvas: Canvas) -> usize {
        canvas.into_pixels().chunks(3).filter(|pixel| pixel[0] > 0).count()
    }

    #[test]
    fn a_filled_area_has_its_size_and_what_lies_outside_does_no_harm() {
        let mut canvas = black();
        canvas.fill(Area { x: 10.0, y: 5.0, width: 20.0, height: 10.0 }, 0.0, [255; 3], 1.0);
        assert_eq!(lit(canvas), 200);
        let mut canvas = black();
        canvas.fill(Area { x: -30.0, y: -30.0, width: 500.0, height: 500.0 }, 9.0, [255; 3], 1.0);
        assert_eq!(lit(canvas), 80 * 40);
    }

    #[test]
    fn text_is_as_wide_as_measured() {
        let style = Style { size: 18.0, weight: Weight::SemiBold };
        let width = text_width("+1.23 σ", style);
        let mut left = black();
        left.text("+1.23 σ", (4.0, 30.0), style, [255; 3]);
        let mut right = black();
        right.text_right("+1.23 σ", (4.0 + width, 30.0), style, [255; 3]);
        assert!(lit(left.clone()) > 60 && left.into_pixels() == right.into_pixels());
        assert!(fitting("a long line of text", style, 60.0, 0.1).size < 18.0);
        assert!((fitting("a long line of text", style, 60.0, 0.9).size - 16.2).abs() < 1e-4);
    }

    #[test]
    fn text_that_reaches_out_of_the_canvas_does_no_harm() {
        let mut canvas = black();
        canvas.text_lines(&"words ".repeat(40), (-20.0, 0.0), Style { size: 30.0, weight: Weight::Regular }, (300.0, 9), [255; 3]);
        assert!(lit(canvas) > 100);
    }

    #[test]
    fn a_flat_picture_stays_flat() {
        let mut canvas = black();
        canvas.picture(Area { x: 8.0, y: 4.0, width: 32.0, height: 32.0 }, 6.0, 8, &[200; 8 * 8 * 3]);
        let pixels = canvas.into_pixels();
        let at = (20 * 80 + 24) * 3;
        assert_eq!(&pixels[at..at + 3], [200; 3]);
    }
}
