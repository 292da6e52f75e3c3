//! Whether a scan holds every block that its header promises, no fewer and no more.
//!
//! Owns the order of blocks in sequential and progressive scans. Decoders fill what is missing with grey and pass over what is
//! too much, so that only counting tells a damaged scan from a whole one.

use std::ops::Range;

use super::huffman::{Bits, Table};

const DAMAGED: &str = "a part of its scan is damaged";
const MISSING: &str = "a part of its scan is missing";
const CUT: &str = "it is cut short";
const NO_TABLE: &str = "a table that its scan needs is missing";

/// Bytes of nothing but 0 or FF that some cameras leave at the end of a scan.
const PADDING: usize = 7;

/// The picture that scans fill.
pub struct Frame {
    pub progressive: bool,
    pub width: usize,
    pub height: usize,
    pub components: Vec<Component>,
}

/// One colour of a picture.
pub struct Component {
    pub id: u8,
    /// Blocks side by side, and above each other, in one unit.
    pub across: usize,
    pub down: usize,
    /// True once a scan has brought its means.
    pub has_means: bool,
    /// For every block the coefficients that are not 0, in the order of the file; progressive pictures only.
    known: Vec<u64>,
}

impl Component {
    pub fn new(id: u8, across: usize, down: usize) -> Self {
        Self { id, across, down, has_means: false, known: Vec::new() }
    }
}

/// What a scan brings.
pub struct Scan<'a> {
    /// Places in the frame with the tables for means and other coefficients.
    pub parts: Vec<(usize, Option<&'a Table>, Option<&'a Table>)>,
    /// First and last coefficient.
    pub first: usize,
    pub last: usize,
    /// True where it only sharpens what other scans brought.
    pub refines: bool,
    /// Units between two restart markers; 0 for none.
    pub interval: usize,
}

impl Frame {
    fn units(&self) -> (usize, usize) {
        let most = |size: fn(&Component) -> usize| self.components.iter().map(size).max().unwrap_or(1);
        (self.width.div_ceil(8 * most(|c| c.across)), self.height.div_ceil(8 * most(|c| c.down)))
    }

    /// Blocks of one component that show something.
    fn blocks(&self, part: usize) -> (usize, usize) {
        let most = |size: fn(&Component) -> usize| self.components.iter().map(size).max().unwrap_or(1);
        let component = &self.components[part];
        let size = |pixels: usize, share: usize, most: usize| (pixels * share).div_ceil(most).div_ceil(8);
        (size(self.width, component.across, most(|c| c.across)), size(self.height, component.down, most(|c| c.down)))
    }

    /// Walks through a scan that begins at `place`. Returns where the next marker stands.
    ///
    /// # Errors
    /// What is damaged.
    pub fn walk(&mut self, scan: &Scan, bytes: &[u8], place: usize) -> Result<usize, &'static str> {
        let (across, down) = match scan.parts.as_slice() {
            [(part, ..)] => self.blocks(*part),
            _ => self.units(),
        };
        let units = across * down;
        if self.progressive {
            let (units_across, units_down) = self.units();
            for (part, ..) in &scan.parts {
                let component = &mut self.components[*part];
                component.known.resize(units_across * units_down * component.across * component.down, 0);
            }
        }
        let interval = if scan.interval == 0 { units } else { scan.interval };
        let (mut place, mut unit, mut restarts) = (place, 0, 0_u8);
        loop {
            let mut bits = Bits::new(bytes, place);
            let end = units.min(unit + interval);
            self.walk_interval(scan, &mut bits, unit..end, across).map_err(|reason| if bits.are_cut() { CUT } else { reason })?;
            let (marker, left) = bits.end();
            if left.len() > PADDING || left.iter().any(|byte| !matches!(byte, 0 | 0xFF)) {
                return Err(MISSING);
            }
            unit = end;
            if unit >= units {
                for (part, ..) in scan.parts.iter().filter(|_| scan.first == 0) {
                    self.components[*part].has_means = true;
                }
                return Ok(marker);
            }
            // Any number of FF may stand before a marker.
            let number = marker + bytes[marker..].iter().position(|byte| *byte != 0xFF).ok_or(CUT)?;
            if bytes[number] != 0xD0 + restarts {
                return Err(MISSING);
            }
            (place, restarts) = (number + 1, (restarts + 1) % 8);
        }
    }

    fn walk_interval(&mut self, scan: &Scan, bits: &mut Bits, units: Range<usize>, across: usize) -> Result<(), &'static str> {
        if self.progressive {
            return self.walk_progressive(scan, bits, units, across);
        }
        let alone = scan.parts.len() == 1;
        let mut parts = Vec::with_capacity(scan.parts.len());
        for (part, means, others) in &scan.parts {
            let component = &self.components[*part];
            let blocks = if alone { 1 } else { component.across * component.down };
            parts.push((blocks, means.ok_or(NO_TABLE)?, others.ok_or(NO_TABLE)?));
        }
        for _ in units {
            for (blocks, means, others) in &parts {
                for _ in 0..*blocks {
                    let size = bits.symbol(means).ok_or(DAMAGED)?;
                    bits.skip(u32::from(size.min(16)));
                    if !bits.block(others) {
                        return Err(DAMAGED);
                    }
                }
            }
            if bits.ran_out() {
                return Err(MISSING);
            }
        }
        Ok(())
    }

    fn walk_progressive(&mut self, scan: &Scan, bits: &mut Bits, units: Range<usize>, across: usize) -> Result<(), &'static str> {
        let units_across = self.units().0;
        let alone = scan.parts.len() == 1;
        // Blocks that end at once, because an earlier one said so.
        let mut ended = 0_u32;
        for unit in units {
            for (part, means, others) in &scan.parts {
                let component = &mut self.components[*part];
                if scan.first == 0 {
                    let blocks = if alone { 1 } else { component.across * component.down };
                    for _ in 0..blocks {
                        let size = if scan.refines { 1 } else { u32::from(bits.symbol(means.ok_or(NO_TABLE)?).ok_or(DAMAGED)?.min(16)) };
                        bits.skip(size);
                    }
                    continue;
                }
                let table = others.ok_or(NO_TABLE)?;
                let place = unit / across * units_across * component.across + unit % across;
                let known = component.known.get_mut(place).ok_or(DAMAGED)?;
                let coefficients = scan.first..scan.last + 1;
                let whole = if scan.refines {
                    refine(bits, table, coefficients, known, &mut ended)
                } else {
                    bring(bits, table, coefficients, known, &mut ended)
                };
                whole.ok_or(DAMAGED)?;
            }
            if bits.ran_out() {
                return Err(MISSING);
            }
        }
        if ended > 0 { Err(MISSING) } else { Ok(()) }
    }
}

/// A block of a scan that brings coefficients; `None` where it is damaged.
fn bring(bits: &mut Bits, table: &Table, coefficients: Range<usize>, known: &mut u64, ended: &mut u32) -> Option<()> {
    if *ended > 0 {
        *ended -= 1;
        return Some(());
    }
    let mut place = coefficients.start;
    while place < coefficients.end {
        let symbol = bits.symbol(table)?;
        match (symbol >> 4, symbol & 15) {
            (15, 0) => place += 16,
            (run, 0) => {
                *ended = (1 << run) + bits.value(u32::from(run)) - 1;
                return Some(());
            }
            (run, size) => {
                bits.skip(u32::from(size));
                place += usize::from(run);
                if place >= coefficients.end {
                    return None;
                }
                *known |= 1 << place;
                place += 1;
            }
        }
    }
    (place == coefficients.end).then_some(())
}

/// A block of a scan that sharpens coefficients: one more bit for each that is known, and some that were 0.
fn refine(bits: &mut Bits, table: &Table, coefficients: Range<usize>, known: &mut u64, ended: &mut u32) -> Option<()> {
    let mut place = coefficients.start;
    if *ended == 0 {
        while place < coefficients.end {
            let symbol = bits.symbol(table)?;
            let (mut run, size) = (symbol >> 4, symbol & 15);
            if size > 0 {
                bits.skip(1);
            } else if run < 15 {
                *ended = (1 << run) + bits.value(u32::from(run));
                break;
            }
            while place < coefficients.end {
                if *known >> place & 1 == 1 {
                    bits.skip(1);
                } else if run == 0 {
                    break;
                } else {
                    run -= 1;
                }
                place += 1;
            }
            if size > 0 {
                if place >= coefficients.end {
                    return None;
                }
                *known |= 1 << place;
            }
            place += 1;
        }
    }
    if *ended > 0 {
        *ended -= 1;
        (place..coefficients.end).filter(|place| *known >> place & 1 == 1).for_each(|_| bits.skip(1));
    }
    Some(())
}
