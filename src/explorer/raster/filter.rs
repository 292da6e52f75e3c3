//! A face enlarged along its rows, and rows blended into the picture.
//!
//! Everything is in 16 bits: a byte times a share in 256ths, eight of which fit into a register of any processor.

/// Bytes of a pixel.
pub const CHANNELS: usize = 4;
/// The whole, in the unit of shares.
const WHOLE: u16 = 256;

/// A share in [0, 1] in 256ths.
pub fn share(of_one: f32) -> u16 {
    (of_one.clamp(0.0, 1.0) * f32::from(WHOLE) + 0.5) as u16
}

/// Between two bytes, `share` 256ths towards the second.
pub fn mix(first: u8, second: u8, share: u16) -> u8 {
    ((u16::from(first) * (WHOLE - share) + u16::from(second) * share + WHOLE / 2) >> 8) as u8
}

/// Between which pixels of a row, or which rows, something lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Between {
    /// The first of the two.
    pub first: usize,
    /// The second, the same at the rim.
    pub second: usize,
    /// How far towards the second, in [0, 1].
    pub share: f32,
}

impl Between {
    /// Of a position along a face of `side` pixels; 0 is one end and 1 the other, and both stay `inset` away.
    pub fn of(position: f32, inset: f32, side: usize) -> Self {
        let at = (position.clamp(inset, 1.0 - inset) * side as f32 - 0.5).clamp(0.0, (side - 1) as f32);
        let first = at as usize;
        Self { first, second: (first + 1).min(side - 1), share: at - first as f32 }
    }
}

/// A column of the picture: where the bytes of the two pixels begin that it lies between, and the share of the second.
#[derive(Clone, Copy)]
pub struct Column {
    first: u32,
    second: u32,
    share: u16,
}

impl From<Between> for Column {
    fn from(between: Between) -> Self {
        let byte = |pixel: usize| (pixel * CHANNELS) as u32;
        Self { first: byte(between.first), second: byte(between.second), share: share(between.share) }
    }
}

/// What fog does to colours.
pub struct Fog {
    /// What is left of them, in 256ths.
    keep: u16,
    /// What is added to each channel, in 256ths of a byte's step, with half of one so that the rest is cut off.
    add: [u16; CHANNELS],
}

impl Fog {
    /// Fog of this colour, sRGB bytes, in this share. Opacity stays.
    pub fn new([red, green, blue]: [u8; 3], of_one: f32) -> Self {
        let fog = share(of_one);
        Self { keep: WHOLE - fog, add: [red, green, blue, u8::MAX].map(|byte| u16::from(byte) * fog + WHOLE / 2) }
    }
}

impl Fog {
    /// A pixel in the fog.
    pub fn over(&self, pixel: [f32; CHANNELS]) -> [f32; CHANNELS] {
        let unit = f32::from(WHOLE);
        std::array::from_fn(|channel| (pixel[channel] * f32::from(self.keep) + f32::from(self.add[channel] - WHOLE / 2)) / unit)
    }
}

/// Enlarges a row of a face, and puts it into the fog.
pub fn enlarge(source: &[u8], columns: &[Column], fog: &Fog, enlarged: &mut [u8]) {
    for (column, pixel) in columns.iter().zip(enlarged.chunks_exact_mut(CHANNELS)) {
        let first = &source[column.first as usize..][..CHANNELS];
        let second = &source[column.second as usize..][..CHANNELS];
        for channel in 0..CHANNELS {
            let byte = mix(first[channel], second[channel], column.share);
            pixel[channel] = ((u16::from(byte) * fog.keep + fog.add[channel]) >> 8) as u8;
        }
    }
}

/// What lies between two enlarged rows.
pub fn between(rows: [&[u8]; 2], towards: u16, line: &mut [u8]) {
    for ((byte, first), second) in line.iter_mut().zip(rows[0]).zip(rows[1]) {
        *byte = mix(*first, *second, towards);
    }
}

/// Blends a line over a part of the picture.
pub fn blend(target: &mut [u8], line: &[u8], opacity: u16) {
    for (target, byte) in target.iter_mut().zip(line) {
        *target = mix(*target, *byte, opacity);
    }
}

/// [`blend`] for one pixel.
pub fn blend_pixel(target: &mut [u8], pixel: &[u8], opacity: u16) {
    for channel in 0..CHANNELS {
        target[channel] = mix(target[channel], pixel[channel], opacity);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_lie_between_the_middles_of_pixels() {
        assert_eq!(Between::of(0.0, 0.0, 8), Between { first: 0, second: 1, share: 0.0 });
        assert_eq!(Between::of(0.5, 0.0, 8), Between { first: 3, second: 4, share: 0.5 });
        assert_eq!(Between::of(1.0, 0.0, 8), Between { first: 7, second: 7, share: 0.0 });
        assert_eq!(Between::of(0.0, 0.125, 8), Between { first: 0, second: 1, share: 0.5 });
    }

    #[test]
    fn an_opaque_row_is_shown_as_it_is_and_a_clear_one_not_at_all() {
        let source: Vec<u8> = vec![0, 10, 255, 255, 100, 20, 3, 255];
        let columns: Vec<Column> = [0.25, 0.5, 0.75].map(|at| Between::of(at, 0.0, 2).into()).to_vec();
        let mut row = [0; 12];
        enlarge(&source, &columns, &Fog::new([0; 3], 0.0), &mut row);
        let shown = |opacity: f32, towards: f32| {
            let mut target = vec![77; 12];
            let mut line = [0; 12];
            between([&row, &row], share(towards), &mut line);
            blend(&mut target, &line, share(opacity));
            target
        };
        assert_eq!(shown(0.0, 0.3), [77; 12]);
        for towards in [0.0, 0.3, 1.0] {
            assert_eq!(shown(1.0, towards), [0, 10, 255, 255, 50, 15, 129, 255, 100, 20, 3, 255]);
        }
    }

    #[test]
    fn fog_moves_colours_towards_its_own() {
        let mut row = [0; 4];
        enlarge(&[200, 0, 100, 255], &[Between::of(0.5, 0.0, 1).into()], &Fog::new([0, 100, 100], 0.5), &mut row);
        assert_eq!(row, [100, 50, 100, 255]);
    }
}
