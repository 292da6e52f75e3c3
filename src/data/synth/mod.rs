//! Procedural faces with known factors: data for tests, for a first run without CelebA, and for judging what a model has learned.
//!
//! Owns the factors and how they are drawn at random. `painter` draws one face, `export` writes many.

mod export;
mod painter;

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub use export::{SynthSummary, write_cache, write_zip};

/// What makes one face differ from another. Every factor lies in [-1, 1] and acts continuously; 0 is the middle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FaceFactors {
    /// Head turned to the picture's left (-1) or right (+1), about 25 degrees.
    pub turn: f32,
    /// Head tilted on the shoulder, about 10 degrees.
    pub tilt: f32,
    /// Narrow to wide face.
    pub width: f32,
    /// Pointed to square jaw.
    pub jaw: f32,
    /// Light to dark skin.
    pub skin: f32,
    /// Fair to black hair.
    pub hair_darkness: f32,
    /// Short to long hair.
    pub hair_length: f32,
    /// Low hairline with a fringe to high forehead.
    pub hairline: f32,
    /// Small to large eyes.
    pub eyes: f32,
    /// Lowered to raised brows.
    pub brows: f32,
    /// Corners of the mouth down to up.
    pub smile: f32,
    /// Mouth closed (-1) to open.
    pub mouth: f32,
    /// Light from the picture's left to right.
    pub light: f32,
    /// Hue of the background: warm to cold.
    pub background: f32,
}

impl FaceFactors {
    /// The names of the factors, in the order of [`values`](Self::values).
    pub const NAMES: [&'static str; 14] = [
        "turn",
        "tilt",
        "width",
        "jaw",
        "skin",
        "hair_darkness",
        "hair_length",
        "hairline",
        "eyes",
        "brows",
        "smile",
        "mouth",
        "light",
        "background",
    ];

    /// The factors as numbers.
    pub fn values(&self) -> [f32; 14] {
        [
            self.turn,
            self.tilt,
            self.width,
            self.jaw,
            self.skin,
            self.hair_darkness,
            self.hair_length,
            self.hairline,
            self.eyes,
            self.brows,
            self.smile,
            self.mouth,
            self.light,
            self.background,
        ]
    }

    /// Factors from numbers.
    pub fn from_values(values: [f32; 14]) -> Self {
        let [turn, tilt, width, jaw, skin, hair_darkness, hair_length, hairline, eyes, brows, smile, mouth, light, background] = values;
        Self { turn, tilt, width, jaw, skin, hair_darkness, hair_length, hairline, eyes, brows, smile, mouth, light, background }
    }

    /// The factors of face `index` of a seed: each is triangular around 0, and no face depends on how many are drawn.
    pub fn random(seed: u64, index: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(index);
        Self::from_values(std::array::from_fn(|_| triangular(&mut rng)))
    }

    /// Draws the face as CelebA's centre crop shows faces: RGB8, HWC, `size` x `size`.
    pub fn draw(&self, size: usize) -> Vec<u8> {
        let pitch = 2.0 / size as f32;
        painter::paint(self, size, size, [-1.0 + pitch / 2.0, -1.0 + pitch / 2.0], pitch)
    }

    /// Draws the face as an aligned CelebA picture of 178x218 pixels, whose centre 140x140 is what [`draw`](Self::draw) shows.
    pub fn draw_aligned(&self) -> Vec<u8> {
        let pitch = 2.0 / 140.0;
        painter::paint(self, 178, 218, [-1.0 + pitch * (0.5 - 19.0), -1.0 + pitch * (0.5 - 39.0)], pitch)
    }
}

fn triangular(rng: &mut impl Rng) -> f32 {
    rng.random_range(-0.5..0.5_f32) + rng.random_range(-0.5..0.5_f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_names_agree_and_faces_repeat() {
        let factors = FaceFactors::random(3, 5);
        assert_eq!(FaceFactors::from_values(factors.values()), factors);
        assert_eq!(FaceFactors::random(3, 5).draw(32), factors.draw(32));
        assert_ne!(FaceFactors::random(3, 6), factors);
        assert!(factors.values().iter().all(|value| value.abs() <= 1.0));
    }

    #[test]
    fn every_factor_shows_and_none_jumps() {
        let difference = |a: &[u8], b: &[u8]| a.iter().zip(b).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / a.len() as f64;
        for (index, name) in FaceFactors::NAMES.iter().enumerate() {
            let face = |value: f32| {
                let mut values = [0.1; 14];
                values[index] = value;
                FaceFactors::from_values(values).draw(64)
            };
            let whole = difference(&face(-0.8), &face(0.8));
            assert!(whole > 0.3, "{name} changes the face by {whole} of 255 only");
            for step in 0..16 {
                let at = -0.8 + 0.1 * step as f32;
                let part = difference(&face(at), &face(at + 0.1));
                assert!(part < whole * 0.5 + 0.1, "{name} jumps at {at}: {part} of {whole}");
            }
        }
    }

    #[test]
    fn sizes_show_the_same_face() {
        let factors = FaceFactors::random(1, 1);
        let large = crate::data::Faces::new(128, factors.draw(128)).resized(32).into_pixels();
        let mean: f64 = large.iter().zip(factors.draw(32)).map(|(a, b)| f64::from(a.abs_diff(b))).sum::<f64>() / large.len() as f64;
        assert!(mean < 4.0, "antialiasing agrees with shrinking within {mean} of 255");
    }
}
