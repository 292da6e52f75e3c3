//! One palette for a whole video, and how pixels get their places in it.
//!
//! Owns the choice of colours and the pattern between them. What a pixel becomes depends on its colour and its place alone, so what
//! stands still in the frames stands still in what is shown.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;

/// The most colours of a palette; the last place of the 256 is left for pixels that stay as they are.
const COLOURS: usize = 255;
/// Pixels of the whole video that choose the palette.
const SAMPLES: u64 = 1 << 18;
/// How often the chosen colours are moved to the middle of those that they stand for: beyond that next to nothing is gained.
const ROUNDS: usize = 12;
/// How much of the noise that mixing two colours brings counts against it, next to the error that it takes away. At 1 nothing is mixed
/// and gradients show steps, at 0 everything is and faces get grain.
const NOISE: f32 = 0.3;

/// Red, green and blue, 0 to 255.
type Colour = [f32; 3];

/// Pixels picked evenly from all frames of a video.
pub struct Sample {
    /// How often each colour was picked.
    counts: BTreeMap<[u8; 3], u32>,
    each: u64,
    taken: u64,
}

impl Sample {
    /// For a video of about `frames` frames.
    pub fn new(frames: u64) -> Self {
        Self { counts: BTreeMap::new(), each: SAMPLES.div_ceil(frames.max(1)).max(16), taken: 0 }
    }

    /// Takes its share of a frame, RGB8 rows.
    pub fn take(&mut self, rgb: &[u8]) {
        let pixels = (rgb.len() / 3) as u64;
        for _ in 0..self.each.min(pixels) {
            // Multiples of the golden ratio fall evenly over the frame, and over the next one at other places.
            self.taken += 1;
            let place = (u128::from(self.taken.wrapping_mul(0x9E37_79B9_7F4A_7C15)) * u128::from(pixels)) >> 64;
            let at = place as usize * 3;
            *self.counts.entry([rgb[at], rgb[at + 1], rgb[at + 2]]).or_default() += 1;
        }
    }

    /// The palette that fits best.
    pub fn into_palette(self) -> Palette {
        let colours = match self.counts.len() {
            // Without a frame there is nothing to choose from.
            0 => vec![[0; 3]],
            // Where there is a place for every colour, each keeps its own.
            1..=COLOURS => self.counts.into_keys().collect(),
            _ => {
                let counted: Vec<(Colour, f32)> =
                    self.counts.into_iter().map(|(colour, count)| (colour.map(f32::from), count as f32)).collect();
                centred(&counted, seeds(&counted))
            }
        };
        Palette::new(colours)
    }
}

/// First colours of a palette, each picked by chance from what the ones before leave furthest away (k-means++, Arthur and Vassilvitskii
/// 2007). Distances are those of the sRGB bytes: a space of even steps for the eye spends most places on the dark background.
fn seeds(counted: &[(Colour, f32)]) -> Vec<Colour> {
    // The chance is always the same, as the palette must be.
    let mut state = 1_u64;
    let mut chance = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut costs: Vec<f32> = counted.iter().map(|(_, count)| *count).collect();
    let mut nearest = vec![f32::INFINITY; counted.len()];
    let mut seeds = Vec::with_capacity(COLOURS);
    while seeds.len() < COLOURS {
        let mut rest = chance() * costs.iter().map(|cost| f64::from(*cost)).sum::<f64>();
        let picked = costs.iter().position(|cost| {
            rest -= f64::from(*cost);
            *cost > 0.0 && rest <= 0.0
        });
        // Rounding may leave a rest behind the last one.
        let seed = counted[picked.unwrap_or(counted.len() - 1)].0;
        seeds.push(seed);
        costs.par_iter_mut().zip(nearest.par_iter_mut()).zip(counted).for_each(|((cost, nearest), (colour, count))| {
            *nearest = nearest.min(squared(&between(&seed, colour)));
            *cost = *nearest * count;
        });
    }
    seeds
}

/// Moves colours to the middle of those that are nearest to them, some times (k-means, Lloyd 1982).
fn centred(counted: &[(Colour, f32)], mut colours: Vec<Colour>) -> Vec<[u8; 3]> {
    for _ in 0..ROUNDS {
        let places: Vec<usize> = counted.par_iter().map(|(colour, _)| nearest(&colours, colour).0).collect();
        let mut sums = vec![[0.0_f64; 4]; colours.len()];
        for ((colour, count), place) in counted.iter().zip(places) {
            let count = f64::from(*count);
            (0..3).for_each(|n| sums[place][n] += count * f64::from(colour[n]));
            sums[place][3] += count;
        }
        for (colour, sum) in colours.iter_mut().zip(sums).filter(|(_, sum)| sum[3] > 0.0) {
            *colour = std::array::from_fn(|n| (sum[n] / sum[3]) as f32);
        }
    }
    colours.into_iter().map(|colour| colour.map(|value| value.round() as u8)).collect()
}

fn between(from: &Colour, to: &Colour) -> Colour {
    std::array::from_fn(|n| to[n] - from[n])
}

fn squared(a: &Colour) -> f32 {
    a[0] * a[0] + a[1] * a[1] + a[2] * a[2]
}

/// The first of the nearest colours, and the square of its distance.
fn nearest(colours: &[Colour], wanted: &Colour) -> (usize, f32) {
    let (mut nearest, mut error) = (0, f32::INFINITY);
    for (place, colour) in colours.iter().enumerate() {
        let distance = squared(&between(wanted, colour));
        if distance < error {
            (nearest, error) = (place, distance);
        }
    }
    (nearest, error)
}

/// Up to 255 colours, and what every colour becomes in them.
pub struct Palette {
    colours: Vec<[u8; 3]>,
    /// The same to reckon with.
    exact: Vec<Colour>,
    /// For each of the 2^24 colours, once it was looked up: the nearest place, the place it is mixed with, the share of that one in
    /// 1/256, and a mark that all this is known.
    mixtures: Vec<AtomicU32>,
}

impl Palette {
    fn new(colours: Vec<[u8; 3]>) -> Self {
        let exact = colours.iter().map(|colour| colour.map(f32::from)).collect();
        Self { colours, exact, mixtures: (0..1 << 24).map(|_| AtomicU32::new(0)).collect() }
    }

    /// The colours, sRGB bytes.
    pub fn colours(&self) -> &[[u8; 3]] {
        &self.colours
    }

    /// The place of a colour at a pixel of the picture.
    pub fn place(&self, colour: [u8; 3], x: usize, y: usize) -> u8 {
        let [red, green, blue] = colour.map(usize::from);
        let known = &self.mixtures[red << 16 | green << 8 | blue];
        let mut mixture = known.load(Ordering::Relaxed);
        if mixture == 0 {
            // Whoever looks it up first finds the same.
            mixture = self.mixture(colour);
            known.store(mixture, Ordering::Relaxed);
        }
        let [nearest, second, share, _] = mixture.to_le_bytes();
        if share > threshold(x, y) { second } else { nearest }
    }

    fn mixture(&self, colour: [u8; 3]) -> u32 {
        let colour = colour.map(f32::from);
        let (nearest, error) = nearest(&self.exact, &colour);
        let first = between(&colour, &self.exact[nearest]);
        let (mut second, mut share, mut cost) = (nearest, 0.0, error);
        for (place, candidate) in self.exact.iter().enumerate() {
            let way = between(&self.exact[nearest], candidate);
            let length = squared(&way);
            let along = -(first[0] * way[0] + first[1] * way[1] + first[2] * way[2]) / length.max(1.0);
            let t = along.clamp(0.0, 0.5);
            let rest: Colour = std::array::from_fn(|n| first[n] + way[n] * t);
            let with_noise = squared(&rest) + NOISE * t * (1.0 - t) * length;
            if with_noise < cost {
                (second, share, cost) = (place, t, with_noise);
            }
        }
        // Mixing begins gently where it begins to pay.
        let start = NOISE / (1.0 + NOISE);
        let share = ((share - start) / (1.0 - 2.0 * start)).clamp(0.0, 0.5);
        u32::from_le_bytes([nearest as u8, second as u8, (share * 256.0) as u8, 1])
    }
}

/// Interleaved gradient noise (Jimenez 2014): every small square of pixels holds nearly all thresholds, without a visible grid.
fn threshold(x: usize, y: usize) -> u8 {
    let noise = (0.067_110_56 * x as f64 + 0.005_837_15 * y as f64).fract();
    ((52.982_918_9 * noise).fract() * 256.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn palette(colours: &[[u8; 3]]) -> Palette {
        Palette::new(colours.to_vec())
    }

    #[test]
    fn few_colours_stay_as_they_are() {
        let mut sample = Sample::new(1);
        let rgb: Vec<u8> = (0..4000).flat_map(|pixel| [[0, 0, 0], [255, 0, 9], [17, 200, 30]][pixel % 3]).collect();
        sample.take(&rgb);
        let palette = sample.into_palette();
        assert_eq!(palette.colours(), [[0, 0, 0], [17, 200, 30], [255, 0, 9]]);
        assert!((0..100).all(|x| palette.place([17, 200, 30], x, 3) == 1));
        assert_eq!(Sample::new(5).into_palette().colours().len(), 1, "without a frame");
    }

    #[test]
    fn between_two_colours_there_is_a_mixture_of_them_with_the_right_mean() {
        let palette = palette(&[[0, 0, 0], [16, 16, 16], [250, 20, 20]]);
        let mean = |grey: u8| {
            let shown = (0..64 * 64).map(|pixel| palette.colours()[usize::from(palette.place([grey; 3], pixel % 64, pixel / 64))][0]);
            shown.map(f64::from).sum::<f64>() / 4096.0
        };
        assert!((mean(8) - 8.0).abs() < 0.5, "{}", mean(8));
        assert!(mean(1) == 0.0 && mean(15) == 16.0, "next to a colour there is no grain");
        let means: Vec<f64> = (0..=16).map(mean).collect();
        assert!(means.windows(2).all(|pair| pair[0] <= pair[1]), "a gradient rises: {means:?}");
    }

    #[test]
    fn a_colour_at_a_place_is_always_the_same() {
        let mut sample = Sample::new(1);
        sample.take(&(0..3 * 65536_u32).map(|byte| (byte.wrapping_mul(2_654_435_761) >> 24) as u8).collect::<Vec<u8>>());
        let palette = sample.into_palette();
        assert_eq!(palette.colours().len(), COLOURS);
        let all = || (0..4096).map(|n| palette.place([n as u8, (n >> 4) as u8, 90], n % 64, n / 64)).collect::<Vec<u8>>();
        assert_eq!(all(), all());
    }
}
