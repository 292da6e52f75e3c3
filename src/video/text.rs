//! Text in any script: which fonts draw it, where its lines break, where its letters go.
//!
//! Text that the two shipped fonts hold is drawn with them alone and looks the same on every machine. Where they lack a letter, the fonts
//! of the machine are looked through, once; a letter that none of them has is a box. Colours and places are the canvas's business.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use cosmic_text::fontdb::{Database, FaceInfo, Source};
use cosmic_text::{
    Attrs, Buffer, Ellipsize, EllipsizeHeightLimit, Family, FontSystem, LayoutGlyph, LayoutRun, Metrics, Shaping, SwashCache, SwashContent,
    Weight as FontWeight, Wrap,
};

const REGULAR: &[u8] = include_bytes!("../../assets/fonts/Inter-Regular.otf");
const SEMI_BOLD: &[u8] = include_bytes!("../../assets/fonts/Inter-SemiBold.otf");
/// What the shipped fonts go by here, so that an installed font of their own name does not stand in for them.
const FAMILY: &str = "facefield";
/// A shipped font's em as a share of the height from its ascenders to its descenders, by which sizes are given.
const EM: f32 = 2816.0 / 3408.0;
/// The box of a letter that no font has, in ems: as high as a capital, with room to its neighbours, as thick as a thin stroke.
const BOX_HEIGHT: f32 = 0.72;
const BOX_MARGIN: f32 = 0.08;
const BOX_STROKE: f32 = 0.06;
/// From baseline to baseline, as a share of the size.
pub const LINE_HEIGHT: f32 = 1.35;
/// Texts with letters from other fonts that are kept ready: those of a journey are far fewer.
const KEPT: usize = 512;

/// How heavy text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Weight {
    /// For reading.
    Regular,
    /// For titles and numbers.
    SemiBold,
}

/// What text looks like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// From ascenders to descenders, in pixels.
    pub size: f32,
    /// How heavy it is.
    pub weight: Weight,
}

/// One line of text, set.
pub struct Line {
    /// In pixels.
    pub width: f32,
    glyphs: Vec<LayoutGlyph>,
    fonts: Fonts,
}

/// The colour of one pixel of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// How much of it the letter covers, of 255, in the colour of the text.
    Text(u8),
    /// Red, green, blue and opacity of a letter with colours of its own.
    Own([u8; 4]),
}

/// Which fonts a line needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fonts {
    Shipped,
    Installed,
}

/// Sets text in at most `most` lines of at most `width` pixels; the last one ends in an ellipsis where there is more. Lines of scripts that
/// run from right to left end at `width`.
pub fn set_lines(text: &str, style: Style, width: f32, most: usize) -> Arc<[Line]> {
    set(text, style, Some((width, most)))
}

/// Sets text in one line, however wide.
pub fn set_line(text: &str, style: Style) -> Arc<[Line]> {
    set(text, style, None)
}

/// The letters for which no font is found, in the order of the text, each once.
pub fn letters_without_font(text: &str) -> Vec<String> {
    let text = on_one_line(text);
    let lines = set_line(&text, Style { size: 16.0, weight: Weight::Regular });
    let mut letters: Vec<String> = Vec::new();
    for letter in missing(&lines).into_iter().flat_map(|range| text[range].chars()) {
        if !letters.iter().any(|known| known.starts_with(letter)) && !letter.is_whitespace() {
            letters.push(letter.to_string());
        }
    }
    letters
}

/// Draws a line with its baseline's left end at (`x`, `y`): `paint` gets the pixels that it touches.
pub fn draw(line: &Line, (x, y): (f32, f32), mut paint: impl FnMut(i32, i32, Ink)) {
    with_typesetter(line.fonts, |typesetter| {
        // Baselines stand on whole pixels: what is level stays sharp.
        let origin = (x, y.round());
        for glyph in line.glyphs.iter() {
            if glyph.glyph_id == 0 {
                draw_box(glyph, origin, &mut paint);
                continue;
            }
            let placed = glyph.physical(origin, 1.0);
            let Some(image) = typesetter.images.get_image(&mut typesetter.fonts, placed.cache_key) else { continue };
            let (left, top) = (placed.x + image.placement.left, placed.y - image.placement.top);
            let at = |pixel: usize| {
                let width = (image.placement.width as usize).max(1);
                (left + (pixel % width) as i32, top + (pixel / width) as i32)
            };
            match image.content {
                SwashContent::Mask => image.data.iter().enumerate().for_each(|(pixel, cover)| {
                    let (x, y) = at(pixel);
                    paint(x, y, Ink::Text(*cover));
                }),
                SwashContent::Color | SwashContent::SubpixelMask => image.data.chunks_exact(4).enumerate().for_each(|(pixel, rgba)| {
                    let (x, y) = at(pixel);
                    paint(x, y, Ink::Own([rgba[0], rgba[1], rgba[2], rgba[3]]));
                }),
            }
        }
    });
}

/// An upright box in place of a letter that no font has: the shipped fonts draw nothing there, others what they like.
fn draw_box(glyph: &LayoutGlyph, origin: (f32, f32), paint: &mut impl FnMut(i32, i32, Ink)) {
    let em = glyph.font_size;
    let stroke = (em * BOX_STROKE).round().max(1.0) as i32;
    let left = (origin.0 + glyph.x + em * BOX_MARGIN).round() as i32;
    let right = ((origin.0 + glyph.x + glyph.w - em * BOX_MARGIN).round() as i32).max(left + 2 * stroke + 1);
    let bottom = origin.1 as i32;
    let top = bottom - ((em * BOX_HEIGHT).round() as i32).max(2 * stroke + 1);
    for y in top..bottom {
        for x in left..right {
            if x < left + stroke || x >= right - stroke || y < top + stroke || y >= bottom - stroke {
                paint(x, y, Ink::Text(u8::MAX));
            }
        }
    }
}

/// Fonts, and the pictures of letters that were drawn before.
struct Typesetter {
    fonts: FontSystem,
    images: SwashCache,
}

thread_local! {
    /// Frames are drawn side by side, and each thread sets its own numbers.
    static SHIPPED: RefCell<Typesetter> = RefCell::new(Typesetter::new(FontSystem::new_with_locale_and_db("en-US".into(), shipped_fonts())));
}

/// Looking through the fonts of a machine takes up to a second, so it happens when a text needs it, and once.
fn installed() -> MutexGuard<'static, Typesetter> {
    static INSTALLED: OnceLock<Mutex<Typesetter>> = OnceLock::new();
    let typesetter = INSTALLED.get_or_init(|| {
        let mut fonts = FontSystem::new();
        let database = fonts.db_mut();
        for face in shipped_fonts().faces() {
            database.push_face_info(face.clone());
        }
        Mutex::new(Typesetter::new(fonts))
    });
    typesetter.lock().unwrap_or_else(PoisonError::into_inner)
}

fn with_typesetter<T>(fonts: Fonts, work: impl FnOnce(&mut Typesetter) -> T) -> T {
    match fonts {
        Fonts::Shipped => SHIPPED.with_borrow_mut(work),
        Fonts::Installed => work(&mut installed()),
    }
}

fn shipped_fonts() -> Database {
    let mut database = Database::new();
    for bytes in [REGULAR, SEMI_BOLD] {
        database.load_font_source(Source::Binary(Arc::new(bytes)));
    }
    let faces: Vec<FaceInfo> = database.faces().cloned().collect();
    for mut face in faces {
        database.remove_face(face.id);
        face.families.iter_mut().for_each(|(name, _)| *name = FAMILY.to_owned());
        database.push_face_info(face);
    }
    database
}

/// What was set before with letters from other fonts: text, size, weight, width and most lines.
type Known = HashMap<(String, u32, Weight, Option<(u32, usize)>), Arc<[Line]>>;

fn set(text: &str, style: Style, limits: Option<(f32, usize)>) -> Arc<[Line]> {
    static KNOWN: Mutex<Option<Known>> = Mutex::new(None);
    let text = on_one_line(text);
    let lines = SHIPPED.with_borrow_mut(|typesetter| typesetter.set(&text, &[], None, style, limits, Fonts::Shipped));
    if missing(&lines).is_empty() {
        return lines.into();
    }
    let key = (text.clone(), style.size.to_bits(), style.weight, limits.map(|(width, most)| (width.to_bits(), most)));
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    if known.len() >= KEPT {
        known.clear();
    }
    known.entry(key).or_insert_with(|| set_with_installed_fonts(&text, style, limits).into()).clone()
}

/// The letters that the shipped fonts lack get another family's regular face, or its bold one in titles where it has one.
fn set_with_installed_fonts(text: &str, style: Style, limits: Option<(f32, usize)>) -> Vec<Line> {
    let whole = SHIPPED.with_borrow_mut(|typesetter| typesetter.set(text, &[], None, style, None, Fonts::Shipped));
    let lacking = missing(&whole);
    let mut typesetter = installed();
    if style.weight == Weight::SemiBold {
        let lines = typesetter.set(text, &lacking, Some(FontWeight::BOLD), style, limits, Fonts::Installed);
        if typesetter.is_bold(&lines, &lacking) {
            return lines;
        }
    }
    typesetter.set(text, &lacking, Some(FontWeight::NORMAL), style, limits, Fonts::Installed)
}

/// Ranges of a text whose letters no font had: whole clusters, neighbours joined.
fn missing(lines: &[Line]) -> Vec<Range<usize>> {
    let glyphs = lines.iter().flat_map(|line| &line.glyphs).filter(|glyph| glyph.glyph_id == 0 && glyph.start < glyph.end);
    let mut ranges: Vec<Range<usize>> = glyphs.map(|glyph| glyph.start..glyph.end).collect();
    ranges.sort_unstable_by_key(|range| (range.start, range.end));
    ranges.into_iter().fold(Vec::new(), |mut joined: Vec<Range<usize>>, range| {
        match joined.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
        joined
    })
}

/// Without line breaks, tabs and other control characters, which are no letters.
fn on_one_line(text: &str) -> String {
    let plain: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    plain.split_whitespace().collect::<Vec<&str>>().join(" ")
}

impl Typesetter {
    fn new(fonts: FontSystem) -> Self {
        Self { fonts, images: SwashCache::new() }
    }

    /// Whether all letters in some ranges of a text come from bold faces.
    fn is_bold(&self, lines: &[Line], ranges: &[Range<usize>]) -> bool {
        let weight = |glyph: &LayoutGlyph| self.fonts.db().face(glyph.font_id).map(|face| face.weight);
        let glyphs = lines.iter().flat_map(|line| &line.glyphs).filter(|glyph| ranges.iter().any(|range| range.contains(&glyph.start)));
        glyphs.into_iter().all(|glyph| glyph.glyph_id != 0 && weight(glyph) >= Some(FontWeight::SEMIBOLD))
    }

    /// Sets one paragraph; the ranges in `lacking` are set in the first family that has them, at `other` weight where one is given.
    fn set(
        &mut self,
        text: &str,
        lacking: &[Range<usize>],
        other: Option<FontWeight>,
        style: Style,
        limits: Option<(f32, usize)>,
        fonts: Fonts,
    ) -> Vec<Line> {
        let em = style.size * EM;
        // A size of nothing has no letters, and the library takes none.
        if text.is_empty() || em.is_nan() || em <= 0.01 {
            return Vec::new();
        }
        let weight = match style.weight {
            Weight::Regular => FontWeight::NORMAL,
            Weight::SemiBold => FontWeight::SEMIBOLD,
        };
        let attributes = Attrs::new().family(Family::Name(FAMILY)).weight(weight);
        let mut buffer = Buffer::new_empty(Metrics::relative(em, LINE_HEIGHT / EM));
        match limits {
            Some((width, most)) => {
                buffer.set_wrap(Wrap::WordOrGlyph);
                buffer.set_ellipsize(Ellipsize::End(EllipsizeHeightLimit::Lines(most)));
                buffer.set_size(Some(width), None);
            }
            None => {
                buffer.set_wrap(Wrap::None);
                buffer.set_size(None, None);
            }
        }
        let lighter = attributes.clone().weight(other.unwrap_or(weight));
        let spans = spans(text, lacking).map(|(range, lacks)| (&text[range], if lacks { lighter.clone() } else { attributes.clone() }));
        buffer.set_rich_text(spans, &attributes, Shaping::Advanced, None);
        buffer.shape_until_scroll(&mut self.fonts, false);
        buffer.layout_runs().map(|run| without_leading_space(text, &run, fonts)).collect()
    }
}

/// A line without the space at which the one before was broken: between texts of different fonts it falls to the next line.
fn without_leading_space(text: &str, run: &LayoutRun, fonts: Fonts) -> Line {
    let mut glyphs = run.glyphs.to_vec();
    let is_space =
        |glyph: &&LayoutGlyph| text.get(glyph.start..glyph.end).is_some_and(|letters| !letters.is_empty() && letters.trim().is_empty());
    let spaces = if run.rtl { glyphs.iter().rev().take_while(is_space).count() } else { glyphs.iter().take_while(is_space).count() };
    let leading = if run.rtl { glyphs.len() - spaces..glyphs.len() } else { 0..spaces };
    let width: f32 = glyphs.drain(leading).map(|glyph| glyph.w).sum();
    let shift = if run.rtl { width } else { -width };
    glyphs.iter_mut().for_each(|glyph| glyph.x += shift);
    Line { width: run.line_w - width, glyphs, fonts }
}

/// A text from its start to its end in ranges, and whether each is one of `marked`.
fn spans(text: &str, marked: &[Range<usize>]) -> impl Iterator<Item = (Range<usize>, bool)> {
    let mut spans = Vec::new();
    let mut at = 0;
    for range in marked {
        spans.extend([(at..range.start, false), (range.clone(), true)]);
        at = range.end;
    }
    spans.push((at..text.len(), false));
    spans.into_iter().filter(|(range, _)| !range.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLE: Style = Style { size: 20.0, weight: Weight::Regular };

    #[test]
    fn what_the_shipped_fonts_hold_needs_no_others() {
        for text in ["What the first axes do", "Ångström, naïve café", "+1.23 σ", "e\u{301}te\u{301}", "→ ✓ …", "a\u{200d}b"] {
            for weight in [Weight::Regular, Weight::SemiBold] {
                let lines = set_line(text, Style { weight, ..STYLE });
                assert!(lines.len() == 1 && lines[0].fonts == Fonts::Shipped && missing(&lines).is_empty(), "{text}");
            }
            assert!(letters_without_font(text).is_empty());
        }
        // A letter of a private area, which fonts that have one draw each as they like.
        assert_eq!(set_line("a \u{10fffd} b", STYLE)[0].fonts, Fonts::Installed);
    }

    #[test]
    fn letters_that_no_font_has_are_boxes_and_named_once() {
        let text = "x\u{10fffd}\u{10fffd} \u{10fffd}y";
        assert_eq!(letters_without_font(text), ["\u{10fffd}"]);
        let mut covered = 0;
        draw(&set_line("\u{10fffd}", STYLE)[0], (0.0, 20.0), |_, _, ink| covered += usize::from(ink != Ink::Text(0)));
        assert!(covered > 20, "a box is drawn: {covered} pixels");
    }

    #[test]
    fn lines_break_at_words_or_between_letters_and_end_in_an_ellipsis() {
        let lines = set_lines("one two three four five six seven", STYLE, 120.0, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| line.width <= 120.0));
        let whole = set_lines("one two", STYLE, 500.0, 2);
        assert_eq!((whole.len(), whole[0].glyphs.len()), (1, 7));
        // The box stands in another span than the words around it, which is where a space may fall to the next line.
        for words in 1..12 {
            let lines = set_lines(&format!("{} \u{10fffd} four five six", "w ".repeat(words)), STYLE, 90.0, 9);
            assert!(lines.iter().all(|line| line.glyphs[0].x.abs() < 0.01), "{words}: no line begins with a space");
        }
        let long = set_lines(&"m".repeat(200), STYLE, 120.0, 3);
        assert!(long.len() == 3 && long.iter().all(|line| line.width <= 120.0), "a word without an end breaks anywhere");
        assert!(set_lines("", STYLE, 100.0, 2).is_empty() && set_lines(" \n\t", STYLE, 100.0, 2).is_empty());
        assert!(set_line("a\nb", STYLE).len() == 1 && set_line("x", Style { size: 0.0, ..STYLE }).is_empty());
    }

    #[test]
    fn pairs_of_letters_are_kerned_and_figures_do_not_dance() {
        let width = |text: &str| set_line(text, STYLE)[0].width;
        assert!(width("AV") < width("A") + width("V") - 0.5);
        assert_eq!((width("0"), width("1")), (width("1"), width("8")));
    }
}
