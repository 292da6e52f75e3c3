//! What makes one synthetic face differ from another.
//!
//! Owns the factors, their names and order, and how they are drawn at random; how they show is the business of `painter`.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

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
}
