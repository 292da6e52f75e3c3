//! Captions: text in lines, and the title of a journey over a picture.

use super::FrameSize;
use super::canvas::{Area, Canvas, Colour, Weight, text_width};

const STRONG: Colour = [0xEE, 0xF2, 0xFA];
const TEXT: Colour = [0xC9, 0xD1, 0xE0];
const PANEL: Colour = [0x0E, 0x11, 0x19];

/// Draws text in at most `lines` lines of at most `width` pixels; the last one ends in an ellipsis where there is more.
pub fn draw_lines(canvas: &mut Canvas, text: &str, (x, y): (f32, f32), size: f32, width: f32, lines: usize, colour: Colour) {
    for (index, line) in wrap(text, size, width, lines).iter().enumerate() {
        canvas.text(line, (x, y + index as f32 * size * 1.35), size, Weight::Regular, colour);
    }
}

/// Draws a title and a caption in a panel at the lower left of a picture.
pub fn draw_caption(canvas: &mut Canvas, size: FrameSize, title: &str, text: &str) {
    let unit = size.width.min(size.height) as f32 / 720.0;
    let (title_size, text_size) = (22.0 * unit, 16.0 * unit);
    let most = size.width as f32 * 0.6;
    let lines = wrap(text, text_size, most, 2);
    let widest = lines.iter().map(|line| text_width(line, text_size, Weight::Regular)).fold(0.0, f32::max);
    let width = text_width(title, title_size, Weight::SemiBold).min(most).max(widest);
    let padding = 18.0 * unit;
    let height = 2.0 * padding + 17.0 * unit + lines.len() as f32 * text_size * 1.45;
    let (left, bottom) = (32.0 * unit, size.height as f32 - 32.0 * unit);
    let area = Area { x: left, y: bottom - height, width: width + 2.0 * padding, height };
    canvas.fill(area, 10.0 * unit, PANEL, 0.82);
    let title_lines = wrap(title, title_size, most, 1);
    let baseline = area.y + padding + 16.0 * unit;
    canvas.text(&title_lines.join(" "), (left + padding, baseline), title_size, Weight::SemiBold, STRONG);
    draw_lines(canvas, text, (left + padding, baseline + text_size * 1.6), text_size, most, 2, TEXT);
}

fn wrap(text: &str, size: f32, width: f32, lines: usize) -> Vec<String> {
    let fits = |line: &str| text_width(line, size, Weight::Regular) <= width;
    let mut wrapped: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match wrapped.last_mut() {
            Some(line) if fits(&format!("{line} {word}")) => *line = format!("{line} {word}"),
            _ => wrapped.push(word.to_owned()),
        }
    }
    if wrapped.len() > lines {
        wrapped.truncate(lines);
        if let Some(last) = wrapped.last_mut() {
            while !fits(&format!("{last}…")) && last.pop().is_some() {}
            last.push('…');
        }
    }
    wrapped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_at_words_and_cut_with_an_ellipsis() {
        let lines = wrap("one two three four five six seven", 20.0, 120.0, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines[1].ends_with('…') && lines[0].starts_with("one"));
        assert!(lines.iter().all(|line| text_width(line, 20.0, Weight::Regular) <= 120.0));
        assert!(wrap("", 20.0, 100.0, 2).is_empty());
    }
}
