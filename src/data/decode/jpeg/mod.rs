//! What a JPEG is made of: whether it is whole, where it ends, how it is to be held, and the profile of its colours.
//!
//! Owns its segments; pixels come from a library. Cameras put films and further pictures behind the first, so that a picture ends
//! where its own last scan does; and libraries fill what damage took with grey, so that every block is counted.

mod huffman;
mod scan;

use std::cell::RefCell;
use std::rc::Rc;

use huffman::Table;
use image::metadata::Orientation;
use scan::{Component, Frame, Scan};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::picture::{Picture, checked, checked_size, one_large};

/// Rows below the last that is wanted that may play a part in its colours.
const BELOW: usize = 4;
/// Tables of earlier pictures that are kept, since most pictures of a set share theirs.
const KEPT_TABLES: usize = 16;

thread_local! {
    static TABLES: RefCell<Vec<Rc<Table>>> = const { RefCell::new(Vec::new()) };
}

/// A JPEG that was found to be whole.
#[derive(Default)]
struct Facts {
    /// Bytes up to the end of the picture.
    end: usize,
    orientation: Option<Orientation>,
    /// Pieces of a colour profile with their places in it.
    profile: Vec<(u8, Vec<u8>)>,
    size: (usize, usize),
    components: usize,
    /// Where the height stands.
    height_at: usize,
    /// Rows of one unit where a single scan brings the picture from the top to the bottom.
    unit: Option<usize>,
}

/// A picture as it is stored, how it is to be held, and the profile of its colours.
pub struct Stored {
    pub picture: Picture,
    pub orientation: Orientation,
    pub profile: Option<Vec<u8>>,
}

/// Decodes a JPEG, of which `rows` are wanted.
///
/// # Errors
/// A short reason.
pub fn decode(bytes: &[u8], rows: &dyn Fn(usize, usize) -> usize) -> Result<Stored, String> {
    let mut facts = examine(bytes)?;
    let shorter = facts.shorter(bytes, rows);
    let (bytes, last) = shorter.as_ref().map_or((&bytes[..facts.end], facts.size.1), |(bytes, last)| (bytes.as_slice(), *last));
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .jpeg_set_out_colorspace(ColorSpace::RGB)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX));
    let _one = one_large(facts.size.0 * facts.size.1 * 3);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    let rgb = decoder.decode().map_err(|error| format!("the JPEG is damaged ({error})"))?;
    let (width, height) = decoder.dimensions().ok_or("the JPEG has no size")?;
    let picture = Picture { height: facts.size.1, ..checked(width, height, rgb)? };
    debug_assert_eq!(height, last, "the decoder follows the header");
    facts.profile.sort_by_key(|(place, _)| *place);
    let profile: Vec<u8> = facts.profile.into_iter().flat_map(|(_, piece)| piece).collect();
    // Inks are turned into light without their profile, which describes a press.
    let has_profile = !profile.is_empty() && facts.components < 4;
    let orientation = facts.orientation.unwrap_or(Orientation::NoTransforms);
    Ok(Stored { picture, orientation, profile: has_profile.then_some(profile) })
}

impl Facts {
    /// The same picture with its last rows left off, and how many are left; `None` where all of them are wanted.
    ///
    /// A decoder stops where the header says so, and what stands behind was counted before.
    fn shorter(&self, bytes: &[u8], rows: &dyn Fn(usize, usize) -> usize) -> Option<(Vec<u8>, usize)> {
        let unit = self.unit.filter(|_| matches!(self.orientation, None | Some(Orientation::NoTransforms)))?;
        // Colours of the last row of a unit are mixed with those below.
        let height = (rows(self.size.0, self.size.1) + BELOW).next_multiple_of(unit);
        if height >= self.size.1 {
            return None;
        }
        let mut shorter = bytes[..self.end].to_vec();
        shorter[self.height_at..self.height_at + 2].copy_from_slice(&(height as u16).to_be_bytes());
        Some((shorter, height))
    }
}

/// Walks through the segments up to the first end of image.
fn examine(bytes: &[u8]) -> Result<Facts, String> {
    let mut walk = Walk { facts: Facts::default(), frame: None, tables: Default::default(), interval: 0, scans: 0 };
    let mut place = 2;
    loop {
        let (marker, after) = next_marker(bytes, place).ok_or("the JPEG is cut short")?;
        place = match marker {
            0xD9 => {
                walk.facts.end = after;
                return walk.finish();
            }
            // These stand alone.
            0x01 | 0xD0..=0xD8 => after,
            _ => {
                let length = bytes.get(after..after + 2).map(|two| usize::from(u16::from_be_bytes([two[0], two[1]])));
                let length = length.filter(|length| *length >= 2).ok_or("the JPEG is cut short")?;
                let body = bytes.get(after + 2..after + length).ok_or("the JPEG is cut short")?;
                if marker == 0xDA {
                    walk.scan(body, bytes, after + length).map_err(|reason| format!("the JPEG is damaged: {reason}"))?
                } else {
                    walk.segment(marker, body)?;
                    if matches!(marker, 0xC0..=0xC2) {
                        walk.facts.height_at = after + 3;
                    }
                    after + length
                }
            }
        };
    }
}

/// The next marker from `place` on and what follows it.
fn next_marker(bytes: &[u8], mut place: usize) -> Option<(u8, usize)> {
    loop {
        place += bytes.get(place..)?.iter().position(|byte| *byte == 0xFF)?;
        place += bytes[place..].iter().position(|byte| *byte != 0xFF)?;
        if bytes[place] != 0 {
            return Some((bytes[place], place + 1));
        }
    }
}

/// Progressive pictures have ten or so; each is walked whole.
const MOST_SCANS: usize = 100;

struct Walk {
    facts: Facts,
    frame: Option<Frame>,
    /// For means and for other coefficients, by number.
    tables: [[Option<Rc<Table>>; 4]; 2],
    interval: usize,
    scans: usize,
}

impl Walk {
    fn segment(&mut self, marker: u8, body: &[u8]) -> Result<(), String> {
        match marker {
            0xC4 => self.define_tables(body).ok_or("the JPEG is damaged: its tables make no sense")?,
            0xC0..=0xC2 => self.frame(marker, body)?,
            0xC9..=0xCB | 0xCD..=0xCF => {
                return Err("it is a JPEG with arithmetic coding, which is not read; save it as an ordinary JPEG".into());
            }
            0xC3 | 0xC5..=0xC7 => return Err("it is a lossless JPEG, which is not read; save it as an ordinary JPEG or PNG".into()),
            0xDD if body.len() >= 2 => self.interval = usize::from(u16::from_be_bytes([body[0], body[1]])),
            0xE1 if self.facts.orientation.is_none() => {
                self.facts.orientation = body.strip_prefix(b"Exif\0\0").and_then(Orientation::from_exif_chunk);
            }
            0xE2 => {
                if let Some([place, _, piece @ ..]) = body.strip_prefix(b"ICC_PROFILE\0") {
                    self.facts.profile.push((*place, piece.to_vec()));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn frame(&mut self, marker: u8, body: &[u8]) -> Result<(), String> {
        let [precision, h1, h0, w1, w0, count, parts @ ..] = body else { return Err("the JPEG is cut short".into()) };
        if self.frame.is_some() {
            return Err("the JPEG is damaged: it has two headers".into());
        }
        if *precision != 8 {
            return Err(format!("it is a JPEG with {precision} bits for each colour, which is not read; save it with 8"));
        }
        let (width, height) = (usize::from(u16::from_be_bytes([*w1, *w0])), usize::from(u16::from_be_bytes([*h1, *h0])));
        checked_size(width, height, 3)?;
        let components: Vec<Component> = parts
            .chunks_exact(3)
            .take(usize::from(*count))
            .map(|part| Component::new(part[0], usize::from(part[1] >> 4), usize::from(part[1] & 15)))
            .collect();
        let makes_sense = |c: &Component| (1..=4).contains(&c.across) && (1..=4).contains(&c.down);
        if components.is_empty() || components.len() != usize::from(*count) || components.len() > 4 || !components.iter().all(makes_sense) {
            return Err("the JPEG is damaged: its header makes no sense".into());
        }
        (self.facts.size, self.facts.components) = ((width, height), components.len());
        self.frame = Some(Frame { progressive: marker == 0xC2, width, height, components });
        Ok(())
    }

    fn define_tables(&mut self, mut body: &[u8]) -> Option<()> {
        while let [class, rest @ ..] = body {
            let values = rest.get(..16)?.iter().map(|count| usize::from(*count)).sum::<usize>();
            let definition = rest.get(..16 + values)?;
            let slot = self.tables.get_mut(usize::from(class >> 4))?.get_mut(usize::from(class & 15))?;
            *slot = Some(table(definition)?);
            body = &rest[16 + values..];
        }
        Some(())
    }

    fn scan(&mut self, body: &[u8], bytes: &[u8], place: usize) -> Result<usize, &'static str> {
        const NO_SENSE: &str = "the header of a scan makes no sense";
        self.scans += 1;
        if self.scans > MOST_SCANS {
            return Err("it has more scans than any picture");
        }
        let frame = self.frame.as_mut().ok_or("a scan stands before its header")?;
        let [count, rest @ ..] = body else { return Err(NO_SENSE) };
        let (parts, rest) = rest.split_at_checked(2 * usize::from(*count)).ok_or(NO_SENSE)?;
        let [first, last, steps, ..] = rest else { return Err(NO_SENSE) };
        let mut scan = Scan {
            parts: Vec::new(),
            first: usize::from(*first),
            last: usize::from(*last),
            refines: steps >> 4 != 0,
            interval: self.interval,
        };
        for part in parts.chunks_exact(2) {
            let number = frame.components.iter().position(|component| component.id == part[0]).ok_or(NO_SENSE)?;
            let table = |class: usize, number: u8| self.tables[class].get(usize::from(number)).and_then(Option::as_deref);
            scan.parts.push((number, table(0, part[1] >> 4), table(1, part[1] & 15)));
        }
        let one_or_means = scan.first == 0 || scan.parts.len() == 1;
        if scan.parts.is_empty() || scan.parts.len() > 4 || scan.first > scan.last.min(63) || scan.last > 63 || !one_or_means {
            return Err(NO_SENSE);
        }
        let most = frame.components.iter().map(|component| component.down).max().unwrap_or(1);
        self.facts.unit = (!frame.progressive && scan.parts.len() == frame.components.len()).then_some(8 * most);
        frame.walk(&scan, bytes, place)
    }

    fn finish(self) -> Result<Facts, String> {
        let frame = self.frame.ok_or("the JPEG is damaged: it ends before its header")?;
        if frame.components.iter().all(|component| component.has_means) {
            Ok(self.facts)
        } else {
            Err("the JPEG is damaged: it ends before its picture".into())
        }
    }
}

/// The table of a definition, kept from an earlier picture where possible.
fn table(definition: &[u8]) -> Option<Rc<Table>> {
    TABLES.with_borrow_mut(|tables| {
        if let Some(known) = tables.iter().find(|table| table.is(definition)) {
            return Some(Rc::clone(known));
        }
        let new = Rc::new(Table::new(definition)?);
        if tables.len() == KEPT_TABLES {
            tables.remove(0);
        }
        tables.push(Rc::clone(&new));
        Some(new)
    })
}
