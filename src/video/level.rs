//! H.264 levels (ITU-T H.264, table A-1): what a decoder must manage to play a stream.
//!
//! Owns which level a picture size, a frame rate and a bit rate need, and what to say where none is enough.

use super::{FrameRate, FrameSize, VideoError};
use crate::words::{Advice, Setting, grouped};

/// One row of the table.
struct Level {
    /// Ten times the level's number, as it stands in streams.
    code: u8,
    /// The most macroblocks (16 x 16 pixels) a second.
    blocks_a_second: u64,
    /// The most macroblocks of a frame.
    blocks: u64,
    /// The most bits a second, in thousands, without the framing of its units.
    kilobits: u64,
}

const fn level(code: u8, blocks_a_second: u64, blocks: u64, kilobits: u64) -> Level {
    Level { code, blocks_a_second, blocks, kilobits }
}

/// The levels up to the highest that the encoder and common players know. Level 1b is left out: it is told by a flag and not by its code.
const LEVELS: [Level; 16] = [
    level(10, 1_485, 99, 64),
    level(11, 3_000, 396, 192),
    level(12, 6_000, 396, 384),
    level(13, 11_880, 396, 768),
    level(20, 11_880, 396, 2_000),
    level(21, 19_800, 792, 4_000),
    level(22, 20_250, 1_620, 4_000),
    level(30, 40_500, 1_620, 10_000),
    level(31, 108_000, 3_600, 14_000),
    level(32, 216_000, 5_120, 20_000),
    level(40, 245_760, 8_192, 20_000),
    level(41, 245_760, 8_192, 50_000),
    level(42, 522_240, 8_704, 50_000),
    level(50, 589_824, 22_080, 135_000),
    level(51, 983_040, 36_864, 240_000),
    level(52, 2_073_600, 36_864, 240_000),
];

const HIGHEST: &Level = &LEVELS[LEVELS.len() - 1];

impl Level {
    fn allows(&self, size: FrameSize, rate: FrameRate) -> bool {
        let (wide, high) = blocks(size);
        let a_second = wide * high * u64::from(rate.numerator().get());
        // A frame may be no longer than the root of eight times its most blocks.
        let longest = wide.max(high);
        wide * high <= self.blocks
            && longest * longest <= 8 * self.blocks
            && a_second <= self.blocks_a_second * u64::from(rate.denominator().get())
    }
}

/// Macroblocks along the width and the height.
fn blocks(size: FrameSize) -> (u64, u64) {
    (u64::from(size.width.div_ceil(16)), u64::from(size.height.div_ceil(16)))
}

/// The lowest level, as its code in streams, for a size, a rate, and as many bits in the second that has most of them. Where only the
/// bits are too many for any level, it is the highest: players stumble over sizes and rates, and over bits at worst while they load.
pub fn lowest_level(size: FrameSize, rate: FrameRate, bits_a_second: u64) -> u8 {
    // Table A-1 counts a fifth more for the framing of the stream's units, which are counted here.
    let fits = |level: &&Level| level.allows(size, rate) && bits_a_second <= level.kilobits * 1200;
    LEVELS.iter().find(fits).unwrap_or(HIGHEST).code
}

/// A warning where the second that has most bits has more of them than the highest level allows.
pub fn too_many_bits(bits_a_second: u64) -> Option<String> {
    let most = HIGHEST.kilobits * 1200;
    (bits_a_second > most).then(|| {
        format!(
            "the MP4 has up to {} megabits a second, and H.264 allows {} at its highest level (5.2): some players may stutter; {} \
             has fewer",
            grouped(bits_a_second.div_ceil(1_000_000)),
            grouped(most / 1_000_000),
            Advice::SmallerVideo
        )
    })
}

/// Refuses a size at a rate that is more than the highest level allows.
///
/// # Errors
/// [`VideoError::Size`], naming the rate and the size that would fit.
pub fn ensure_some_level(size: FrameSize, rate: FrameRate) -> Result<(), VideoError> {
    if HIGHEST.allows(size, rate) {
        return Ok(());
    }
    let (wide, high) = blocks(size);
    let most = HIGHEST.blocks_a_second / (wide * high);
    let (size_name, rate_name) = (Setting::FrameSize, Setting::FrameRate);
    let way = format!(
        "{rate_name} {most} fits this size, {size_name} {} fits this rate, and a folder of PNG frames holds both",
        largest_like(size, rate)
    );
    Err(VideoError::Size(format!(
        "an MP4 holds at most {} blocks of 16x16 pixels a second (H.264, level 5.2), and {size_name} {size} at {rate_name} {rate} has more: {way}",
        grouped(HIGHEST.blocks_a_second)
    )))
}

/// The largest even size of about this shape that some level allows at a rate.
fn largest_like(size: FrameSize, rate: FrameRate) -> FrameSize {
    let even = |length: u32, share: f64| ((f64::from(length) * share / 2.0).floor() as u32 * 2).max(16);
    let shares = (1..=1000).rev().map(|thousandth| f64::from(thousandth) / 1000.0);
    shares
        .map(|share| FrameSize { width: even(size.width, share), height: even(size.height, share) })
        .find(|smaller| HIGHEST.allows(*smaller, rate))
        .unwrap_or(FrameSize { width: 16, height: 16 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needed(size: &str, rate: &str) -> u8 {
        lowest_level(size.parse().unwrap(), rate.parse().unwrap(), 0)
    }

    #[test]
    fn size_and_rate_choose_the_level() {
        for (size, rate, wanted) in [
            ("128x96", "15", 10),
            ("128x96", "60", 11),
            ("320x180", "30", 13),
            ("320x180", "60", 21),
            ("640x480", "30", 30),
            ("1280x720", "29.97", 31),
            ("1280x720", "30", 31),
            ("1280x720", "60", 32),
            ("1280x720", "120", 42),
            ("1920x1080", "30", 40),
            ("1920x1080", "59.94", 42),
            ("3840x2160", "30", 51),
            ("3840x2160", "60", 52),
            // 240 blocks in a row want frames of 7,200.
            ("3840x64", "1", 40),
        ] {
            assert_eq!(needed(size, rate), wanted, "{size} at {rate}");
        }
        let bits = |bits| lowest_level("320x180".parse().unwrap(), FrameRate::whole(30).unwrap(), bits);
        assert_eq!([0, 921_600, 921_601, 3_000_000, 1 << 40].map(bits), [13, 13, 20, 21, 52], "more bits need a higher level as well");
    }

    #[test]
    fn bits_beyond_the_highest_level_are_warned_of() {
        assert_eq!(too_many_bits(288_000_000), None);
        let warning = too_many_bits(300_000_001).unwrap();
        assert!(warning.contains("301 megabits") && warning.contains("288") && warning.contains("smaller size"), "{warning}");
    }

    #[test]
    fn what_no_level_allows_is_refused_with_what_fits() {
        let check = |size: &str, rate: &str| ensure_some_level(size.parse().unwrap(), rate.parse().unwrap());
        assert!(check("3840x2160", "64").is_ok());
        for rate in ["65", "90", "119.88", "120"] {
            let message = check("3840x2160", rate).unwrap_err().to_string();
            assert!(message.contains("rate 64 fits"), "{message}");
            let size = message.split("size ").nth(2).and_then(|rest| rest.split(' ').next()).unwrap();
            assert!(check(size, rate).is_ok(), "{message}");
        }
    }
}
