//! A face enlarged by Lanczos' filter over six pixels each way: near faces show no pixels, and stay sharp.
//!
//! Bytes count from their middle, so that six of them times shares in 128ths fit into 16 bits although some shares are negative.

use std::f32::consts::PI;
use std::sync::LazyLock;

use super::filter::{CHANNELS, Fog};

/// Pixels that one is made of, each way.
pub const TAPS: usize = 6;
/// Steps from one pixel to the next: more than a face is ever enlarged by matter nothing.
const STEPS: usize = 128;
/// The middle of a byte's range.
const MIDDLE: i16 = 128;

/// The shares of six pixels for each step from the third of them to the fourth.
static SHARES: LazyLock<Vec<[f32; TAPS]>> = LazyLock::new(|| (0..=STEPS).map(|step| shares(step as f32 / STEPS as f32)).collect());

fn shares(towards: f32) -> [f32; TAPS] {
    let shares: [f32; TAPS] = std::array::from_fn(|tap| kernel(tap as f32 - 2.0 - towards));
    let sum: f32 = shares.iter().sum();
    shares.map(|share| share / sum)
}

fn kernel(at: f32) -> f32 {
    let angle = PI * at.abs().max(1e-4);
    if angle < 3.0 * PI { 3.0 * angle.sin() * (angle / 3.0).sin() / (angle * angle) } else { 0.0 }
}

/// Six pixels of a row, or six rows, and the share of each.
#[derive(Clone, Copy)]
pub struct Around {
    /// Which they are; those beyond the rim are those at the rim.
    pub taps: [usize; TAPS],
    exact: [f32; TAPS],
    shares: [i16; TAPS],
}

impl Around {
    /// Of a position along a face of `side` pixels; 0 is one end and 1 the other. A sharpness of 0 is a straight line between two pixels,
    /// 1 the filter itself.
    pub fn of(position: f32, side: usize, sharpness: f32) -> Self {
        let at = position.clamp(0.0, 1.0) * side as f32 - 0.5;
        let third = at.floor();
        let towards = at - third;
        let straight = [0.0, 0.0, 1.0 - towards, towards, 0.0, 0.0];
        let sharp = &SHARES[((towards * STEPS as f32 + 0.5) as usize).min(STEPS)];
        let exact: [f32; TAPS] = std::array::from_fn(|tap| straight[tap] + (sharp[tap] - straight[tap]) * sharpness);
        let mut shares = exact.map(|share| (share * 128.0 + 128.5) as i16 - 128);
        // What rounding leaves goes to the nearest pixel, so that what is flat stays flat.
        shares[if towards < 0.5 { 2 } else { 3 }] += 128 - shares.iter().sum::<i16>();
        let taps = std::array::from_fn(|tap| (third as i32 + tap as i32 - 2).clamp(0, side as i32 - 1) as usize);
        Self { taps, exact, shares }
    }
}

/// Memory that is used again.
#[derive(Default)]
pub struct Memory {
    pixels: Vec<[f32; CHANNELS]>,
    numbers: Vec<[f32; CHANNELS]>,
    sums: Vec<i16>,
}

/// Enlarges a row of a face, and puts it into the fog.
pub fn enlarge(source: &[u8], columns: &[Around], fog: &Fog, memory: &mut Memory, enlarged: &mut [u8]) {
    let Memory { pixels, numbers, .. } = memory;
    pixels.clear();
    pixels.extend(source.as_chunks::<CHANNELS>().0.iter().map(|pixel| fog.over(pixel.map(f32::from))));
    numbers.clear();
    numbers.extend(columns.iter().map(|column| {
        let mut sum = [0.0; CHANNELS];
        for (tap, share) in column.taps.into_iter().zip(column.exact) {
            let pixel = pixels[tap];
            for channel in 0..CHANNELS {
                sum[channel] += pixel[channel] * share;
            }
        }
        sum
    }));
    for (byte, number) in enlarged.iter_mut().zip(numbers.as_flattened()) {
        *byte = nearest_byte(*number);
    }
}

/// The byte nearest to a number: its last bits once it stands where floats step by one.
fn nearest_byte(number: f32) -> u8 {
    (number.clamp(0.0, 255.0) + 8_388_608.0).to_bits() as u8
}

/// What lies among six enlarged rows.
pub fn among(rows: [&[u8]; TAPS], around: &Around, memory: &mut Memory, line: &mut [u8]) {
    let sums = &mut memory.sums;
    sums.clear();
    sums.resize(line.len(), 64);
    for (row, share) in rows.into_iter().zip(around.shares) {
        for (sum, byte) in sums.iter_mut().zip(row) {
            *sum += (i16::from(*byte) - MIDDLE) * share;
        }
    }
    for (byte, sum) in line.iter_mut().zip(&*sums) {
        *byte = ((*sum >> 7) + MIDDLE).clamp(0, 255) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_sum_up_and_never_overflow() {
        let shares = |step: usize, sharpness: f32| Around::of((step as f32 / 999.0 + 2.5) / 6.0, 6, sharpness).shares;
        for (step, sharpness) in (0..1000).flat_map(|step| [0.0, 0.4, 1.0].map(|sharpness| (step, sharpness))) {
            let shares = shares(step, sharpness);
            assert_eq!(shares.iter().sum::<i16>(), 128);
            let most: i32 = shares.iter().map(|share| i32::from(share.abs()) * 128).sum();
            assert!(most + 64 <= i32::from(i16::MAX), "{shares:?}");
        }
        assert_eq!((shares(0, 1.0), shares(500, 0.0)), ([0, 0, 128, 0, 0, 0], [0, 0, 64, 64, 0, 0]));
        assert!(shares(500, 1.0)[1] < -10);
    }

    #[test]
    fn what_is_flat_stays_flat_and_an_edge_is_steeper_than_a_line() {
        let fog = Fog::new([0; 3], 0.0);
        let drawn = |source: &[u8], sharpness: f32| {
            let columns: Vec<Around> = (0..80).map(|column| Around::of((column as f32 + 0.5) / 80.0, 8, sharpness)).collect();
            let mut row = vec![0; 80 * CHANNELS];
            enlarge(source, &columns, &fog, &mut Memory::default(), &mut row);
            row
        };
        assert!(drawn(&[90; 32], 1.0) == [90; 320]);
        let edge = [[40; 16], [200; 16]].concat();
        let (straight, sharp) = (drawn(&edge, 0.0), drawn(&edge, 1.0));
        assert!(sharp[36 * 4] < straight[36 * 4] - 4 && sharp[43 * 4] > straight[43 * 4] + 4, "{} {}", sharp[36 * 4], straight[36 * 4]);
    }

    #[test]
    fn rows_are_summed_up_as_pixels_are() {
        let rows: Vec<u8> = (0..6).map(|row| row * 40 + 20).collect();
        let around = Around::of(0.5, 6, 1.0);
        let mut target = [0; 4];
        let rows: Vec<[u8; 4]> = rows.into_iter().map(|byte| [byte; 4]).collect();
        among(std::array::from_fn(|row| &rows[row][..]), &around, &mut Memory::default(), &mut target);
        assert!(target.iter().all(|byte| byte.abs_diff(120) <= 1), "{target:?}");
    }
}
