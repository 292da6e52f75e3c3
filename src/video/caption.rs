//! The title of a journey and its caption over a picture.

use super::FrameSize;
use super::canvas::{Area, Canvas, Colour};
use super::text::{Style, Weight, set_lines};

const STRONG: Colour = [0xEE, 0xF2, 0xFA];
const TEXT: Colour = [0xC9, 0xD1, 0xE0];
const PANEL: Colour = [0x0E, 0x11, 0x19];

/// Draws a title and a caption in a panel at the lower left of a picture.
pub fn draw_caption(canvas: &mut Canvas, size: FrameSize, title: &str, text: &str) {
    let unit = size.width.min(size.height) as f32 / 720.0;
    let title_style = Style { size: 22.0 * unit, weight: Weight::SemiBold };
    let text_style = Style { size: 16.0 * unit, weight: Weight::Regular };
    let most = size.width as f32 * 0.6;
    let (title_lines, lines) = (set_lines(title, title_style, most, 1), set_lines(text, text_style, most, 2));
    if title_lines.is_empty() && lines.is_empty() {
        return;
    }
    // A pixel more, so that what was measured does not break anew.
    let width = title_lines.iter().chain(lines.iter()).map(|line| line.width).fold(0.0, f32::max) + 1.0;
    let padding = 18.0 * unit;
    let height = 2.0 * padding + 17.0 * unit + lines.len() as f32 * text_style.size * 1.45;
    let (left, bottom) = (32.0 * unit, size.height as f32 - 32.0 * unit);
    let area = Area { x: left, y: bottom - height, width: width + 2.0 * padding, height };
    canvas.fill(area, 10.0 * unit, PANEL, 0.82);
    let baseline = area.y + padding + 16.0 * unit;
    canvas.text_lines(title, (left + padding, baseline), title_style, (width, 1), STRONG);
    canvas.text_lines(text, (left + padding, baseline + text_style.size * 1.6), text_style, (width, 2), TEXT);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_panel_is_as_wide_as_its_text_and_absent_without_any() {
        let size = FrameSize { width: 640, height: 360 };
        let drawn = |title: &str, text: &str| {
            let mut canvas = Canvas::new(size, vec![200; size.bytes()]);
            draw_caption(&mut canvas, size, title, text);
            canvas.into_pixels().chunks(3).filter(|pixel| *pixel != [200; 3]).count()
        };
        assert_eq!(drawn("", " "), 0);
        let (short, long) = (drawn("A", "b"), drawn("A", "a much longer caption than that"));
        assert!(short > 500 && long > 2 * short, "{short}, {long}");
    }
}
