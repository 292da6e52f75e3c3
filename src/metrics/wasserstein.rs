//! The sliced Wasserstein distance between two sets of faces, level by level of a Laplacian pyramid.
//!
//! Owns the definition of Karras, Aila, Laine and Lehtinen 2018, "Progressive Growing of GANs", section 5: 128 random patches of 7 x 7
//! pixels of every face, each set normalised by its own mean and standard deviation of every channel, 512 random directions, the mean
//! absolute difference of the sorted projections, times 1000 (SWD); and our own SWD-R, where the real set normalises both, so that blur
//! and faint contrast count. Figures depend on how many faces there are: compare those of one number, and with their floor.
//!
//! Patches of both sets stay in memory (75 kB for each face and set); projections are made for some directions at a time.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use rayon::prelude::*;

use super::pyramid::{CHANNELS, band, level_sizes};
use super::sort::sort;
use crate::data::Faces;
use crate::progress::{Cancelled, Monitor, Progress};

/// Pixels of a patch along a side.
const PATCH: usize = 7;
/// Numbers of a patch: 7 x 7 x 3.
pub const PATCH_LEN: usize = PATCH * PATCH * CHANNELS;
const PATCHES_PER_FACE: usize = 128;
const DIRECTIONS: usize = 512;
/// Distances are reported times this.
const SCALE: f64 = 1000.0;
/// A channel that deviates less, in units of a byte, is flat: there is nothing to normalise, and it adds nothing.
const LEAST_DEVIATION: f64 = 1e-4;
/// Patches that one thread multiplies at a time.
const CHUNK: usize = 2048;
/// Directions at a time, and the numbers that their projections may be.
const MOST_AT_ONCE: usize = 32;
const PROJECTIONS_AT_ONCE: usize = 1 << 25;
/// Streams of random numbers; a sampler of latents with the same seed uses stream 0.
const ALONG: u64 = 1;
const REAL: u64 = 2;
const OTHER: u64 = 3;

/// The distances of one set of faces from the real ones, times 1000.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distances {
    /// Each set normalised by itself.
    pub swd: f64,
    /// Both sets normalised by the real one.
    pub swd_r: f64,
}

/// The distances at one level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LevelDistances {
    /// The level: height and width in pixels.
    pub size: usize,
    /// The distances there.
    pub distances: Distances,
}

/// Patches of one level of a set of faces, row-major [patches, 7 * 7 * 3], each HWC in units of a byte.
pub struct Patches {
    values: Vec<f32>,
    norm: Norm,
}

impl Patches {
    /// Takes given patches.
    ///
    /// # Panics
    /// Where the numbers are not whole patches, at least one.
    pub fn new(values: Vec<f32>) -> Self {
        assert!(!values.is_empty() && values.len().is_multiple_of(PATCH_LEN), "patches are whole");
        let norm = Norm::of(&values);
        Self { values, norm }
    }

    /// Draws patches of a level of faces; every face has random numbers of its own.
    fn random(faces: &Faces, level: usize, seed: u64, stream: u64) -> Self {
        let size = level_sizes(faces.size())[level];
        let places = (size - PATCH + 1) as u32;
        let mut values = vec![0.0; faces.count() * PATCHES_PER_FACE * PATCH_LEN];
        values.par_chunks_mut(PATCHES_PER_FACE * PATCH_LEN).enumerate().for_each(|(index, patches)| {
            let band = band(faces.face(index), faces.size(), level);
            let mut random = generator(seed, stream, level, index);
            for patch in patches.chunks_exact_mut(PATCH_LEN) {
                let [top, left]: [usize; 2] = std::array::from_fn(|_| random.random_range(0..places) as usize);
                for (row, line) in patch.chunks_exact_mut(PATCH * CHANNELS).enumerate() {
                    line.copy_from_slice(&band[((top + row) * size + left) * CHANNELS..][..PATCH * CHANNELS]);
                }
            }
        });
        Self::new(values)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.values.len() / PATCH_LEN
    }
}

/// Mean and standard deviation of every channel.
#[derive(Clone, Copy)]
struct Norm {
    mean: [f64; CHANNELS],
    deviation: [f64; CHANNELS],
}

impl Norm {
    fn of(values: &[f32]) -> Self {
        // Sums over parts of a fixed length, added up in order: the result does not depend on threads.
        let parts: Vec<[[f64; 2]; CHANNELS]> = values.par_chunks(CHUNK * PATCH_LEN).map(sums).collect();
        let count = (values.len() / CHANNELS) as f64;
        let moment = |channel: usize, power: usize| parts.iter().map(|part| part[channel][power]).sum::<f64>() / count;
        let mean: [f64; CHANNELS] = std::array::from_fn(|channel| moment(channel, 0));
        let deviation = std::array::from_fn(|channel| (moment(channel, 1) - mean[channel].powi(2)).max(0.0).sqrt());
        Self { mean, deviation }
    }

    /// Directions [b, 147] on which patches as they are project as normalised ones do, but for a shift; and the shifts `[b]`.
    fn scaled(&self, directions: &[f32]) -> (Vec<f32>, Vec<f64>) {
        let scale = self.deviation.map(|deviation| if deviation > LEAST_DEVIATION { 1.0 / deviation } else { 0.0 });
        let scaled: Vec<f32> = directions.iter().enumerate().map(|(at, value)| (f64::from(*value) * scale[at % CHANNELS]) as f32).collect();
        let shift =
            |direction: &[f32]| direction.iter().enumerate().map(|(at, value)| f64::from(*value) * self.mean[at % CHANNELS]).sum::<f64>();
        let shifts = scaled.chunks_exact(PATCH_LEN).map(shift).collect();
        (scaled, shifts)
    }
}

/// Sums and sums of squares of every channel.
fn sums(values: &[f32]) -> [[f64; 2]; CHANNELS] {
    let mut sums = [[0.0; 2]; CHANNELS];
    for pixel in values.chunks_exact(CHANNELS) {
        for (sums, value) in sums.iter_mut().zip(pixel) {
            let value = f64::from(*value);
            sums[0] += value;
            sums[1] += value * value;
        }
    }
    sums
}

/// The distances of given patches along given directions, row-major [directions, 7 * 7 * 3] in the order of a patch, each of length 1.
///
/// # Panics
/// Where the two sets have not as many patches, or there is no whole direction.
pub fn distances(real: &Patches, other: &Patches, directions: &[f32]) -> Distances {
    compare(real, other, directions, |_| Ok(())).expect("nothing stops it")
}

/// The distances of faces from as many real ones, at every level from the finest on; faces of less than 16 pixels have none. Patches and
/// directions are drawn from the seed: the same for every set that is compared with the same real faces.
///
/// # Errors
/// [`Cancelled`] where the monitor cancels. `stage` is what it is told that is being done.
///
/// # Panics
/// Where the two are not as many faces of one size, or there are none.
pub fn sliced_wasserstein(
    real: &Faces,
    other: &Faces,
    seed: u64,
    stage: &'static str,
    monitor: &dyn Monitor,
) -> Result<Vec<LevelDistances>, Cancelled> {
    assert_eq!((real.size(), real.count()), (other.size(), other.count()), "sets are compared at one size and number");
    let sizes = level_sizes(real.size());
    let total = (sizes.len() * DIRECTIONS) as u64;
    let mut done = 0;
    let mut advance = |directions: usize| {
        monitor.ensure_wanted()?;
        monitor.report(Progress { stage, unit: "directions", done, total, part: None });
        done += directions as u64;
        Ok(())
    };
    let mut found = Vec::with_capacity(sizes.len());
    for (level, size) in sizes.into_iter().enumerate() {
        advance(0)?;
        let [real, other] = [(real, REAL), (other, OTHER)].map(|(faces, stream)| Patches::random(faces, level, seed, stream));
        let directions = random_directions(&mut generator(seed, ALONG, level, 0));
        found.push(LevelDistances { size, distances: compare(&real, &other, &directions, &mut advance)? });
    }
    monitor.report(Progress { stage, unit: "directions", done: total, total, part: None });
    Ok(found)
}

/// Directions that are equally likely to point anywhere: [512, 147], each of length 1.
fn random_directions(random: &mut ChaCha8Rng) -> Vec<f32> {
    let mut directions = Vec::with_capacity(DIRECTIONS * PATCH_LEN);
    for _ in 0..DIRECTIONS {
        let direction: [f64; PATCH_LEN] = std::array::from_fn(|_| random.sample(StandardNormal));
        let length = direction.iter().map(|x| x * x).sum::<f64>().sqrt();
        directions.extend(direction.iter().map(|x| (x / length) as f32));
    }
    directions
}

fn generator(seed: u64, stream: u64, level: usize, index: usize) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream((stream << 48) | ((level as u64) << 40) | index as u64);
    random
}

/// Block by block of directions; `advance` hears how many come next.
fn compare(
    real: &Patches,
    other: &Patches,
    directions: &[f32],
    mut advance: impl FnMut(usize) -> Result<(), Cancelled>,
) -> Result<Distances, Cancelled> {
    assert_eq!(real.count(), other.count(), "sets are compared at one number");
    assert!(!directions.is_empty() && directions.len().is_multiple_of(PATCH_LEN), "directions are whole");
    let width = (PROJECTIONS_AT_ONCE / (3 * real.count())).clamp(1, MOST_AT_ONCE);
    let mut block = Block::new(real, other, width);
    let mut sums = [0.0; 2];
    for directions in directions.chunks(width * PATCH_LEN) {
        advance(directions.len() / PATCH_LEN)?;
        for found in block.differences(directions) {
            sums.iter_mut().zip(found).for_each(|(sum, found)| *sum += found);
        }
    }
    let [swd, swd_r] = sums.map(|sum| SCALE * sum / (directions.len() / PATCH_LEN) as f64);
    Ok(Distances { swd, swd_r })
}

/// Two sets along some directions at a time, and room for their projections: of the real set, of the other one normalised by itself, and of
/// the other one normalised by the real set.
struct Block<'a> {
    sides: [(&'a [f32], Norm); 3],
    patches: usize,
    projections: [Vec<f32>; 3],
}

/// What one thread sorts in.
#[derive(Default)]
struct Sorting {
    real: Vec<f32>,
    other: Vec<f32>,
    keys: [Vec<u32>; 2],
}

impl<'a> Block<'a> {
    fn new(real: &'a Patches, other: &'a Patches, width: usize) -> Self {
        let sides = [(&real.values[..], real.norm), (&other.values[..], other.norm), (&other.values[..], real.norm)];
        let patches = real.count();
        Self { sides, patches, projections: std::array::from_fn(|_| vec![0.0; patches * width]) }
    }

    /// The mean absolute differences of sorted projections along each direction: normalised each by itself, and both by the real set.
    fn differences(&mut self, directions: &[f32]) -> Vec<[f64; 2]> {
        let count = directions.len() / PATCH_LEN;
        let mut shifts: [Vec<f64>; 3] = Default::default();
        for (((values, norm), projections), shifts) in self.sides.iter().zip(&mut self.projections).zip(&mut shifts) {
            let (scaled, shift) = norm.scaled(directions);
            project(values, &scaled, &mut projections[..self.patches * count]);
            *shifts = shift;
        }
        let sorted = |side: usize, direction: usize, row: &mut Vec<f32>, keys: &mut [Vec<u32>; 2]| {
            gather(&self.projections[side][..self.patches * count], count, direction, row);
            sort(row, keys);
        };
        let difference = |work: &mut Sorting, direction: usize| {
            let Sorting { real, other, keys } = work;
            sorted(0, direction, real, keys);
            [1, 2].map(|side| {
                sorted(side, direction, other, keys);
                mean_difference(real, other, shifts[0][direction] - shifts[side][direction])
            })
        };
        (0..count).into_par_iter().map_init(Sorting::default, difference).collect()
    }
}

/// Patches times directions [b, 147]. Chunk by chunk of the patches, the projections on one direction after another.
fn project(patches: &[f32], directions: &[f32], projections: &mut [f32]) {
    let count = directions.len() / PATCH_LEN;
    projections.par_chunks_mut(CHUNK * count).zip(patches.par_chunks(CHUNK * PATCH_LEN)).for_each(|(projections, patches)| {
        let rows = patches.len() / PATCH_LEN;
        let patches = MatRef::from_row_major_slice(patches, rows, PATCH_LEN); // [patches, 147]
        let directions = MatRef::from_column_major_slice(directions, PATCH_LEN, count); // [147, b]
        // One thread for each product: sums run in the same order whatever the number of threads.
        matmul(MatMut::from_column_major_slice_mut(projections, rows, count), Accum::Replace, patches, directions, 1.0, Par::Seq);
    });
}

/// The projections of all patches on one of `count` directions.
fn gather(projections: &[f32], count: usize, direction: usize, row: &mut Vec<f32>) {
    row.clear();
    for chunk in projections.chunks(CHUNK * count) {
        let patches = chunk.len() / count;
        row.extend_from_slice(&chunk[direction * patches..][..patches]);
    }
}

fn mean_difference(a: &[f32], b: &[f32], shift: f64) -> f64 {
    a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b) - shift).abs()).sum::<f64>() / a.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::formula::{pictures, synthetic};
    use crate::metrics::pyramid::Picture;
    use crate::progress::Silent;

    fn patches(factor: usize, count: usize, change: impl Fn(f64) -> f64) -> Patches {
        let number = |i: usize, j: usize| (((i * i * 31 + j * 17 + i * j * factor) % 251) as f64 - 100.0) * (1 + j % 3) as f64;
        Patches::new((0..count * PATCH_LEN).map(|at| change(number(at / PATCH_LEN, at % PATCH_LEN)) as f32).collect())
    }

    fn directions(count: usize) -> Vec<f32> {
        let number = |d: usize, j: usize| ((d * d * 29 + j * j * 13 + d * j * 7 + d * 3) % 101) as f64 - 50.0;
        let direction = |d: usize| {
            let length = (0..PATCH_LEN).map(|j| number(d, j).powi(2)).sum::<f64>().sqrt();
            (0..PATCH_LEN).map(move |j| (number(d, j) / length) as f32)
        };
        (0..count).flat_map(direction).collect()
    }

    #[test]
    fn given_patches_and_directions_agree_with_another_implementation() {
        let found = distances(&patches(7, 300, |x| x), &patches(13, 300, |x| 0.8 * x + 5.0), &directions(20));
        assert!((found.swd - 106.922_611).abs() < 1e-3 && (found.swd_r - 164.619_783).abs() < 1e-3, "{found:?}");
    }

    #[test]
    fn own_patches_and_directions_agree_with_another_implementation() {
        let real = pictures(0, 120, 32);
        let other = Faces::new(32, real.pixels().iter().map(|byte| if *byte > 150 { 200 } else { *byte / 2 }).collect());
        let found: Vec<_> = (1..=4).map(|seed| sliced_wasserstein(&real, &other, seed, "comparing", &Silent).unwrap()).collect();
        let mean = |of: &dyn Fn(&[LevelDistances]) -> f64| found.iter().map(|levels| of(levels)).sum::<f64>() / found.len() as f64;
        for (level, (size, swd, swd_r)) in [(32, 22.107_658_9, 320.706_9), (16, 26.910_357_3, 654.765_343)].into_iter().enumerate() {
            assert_eq!(found[0][level].size, size);
            let (own, by_real) = (mean(&|levels| levels[level].distances.swd), mean(&|levels| levels[level].distances.swd_r));
            assert!((own / swd - 1.0).abs() < 0.06, "level {size}: {own} instead of {swd}");
            assert!((by_real / swd_r - 1.0).abs() < 0.06, "level {size}: {by_real} instead of {swd_r}");
        }
    }

    #[test]
    fn a_seed_means_the_same_distances_with_any_number_of_threads() {
        let (real, other) = (synthetic(1, 12, 32), synthetic(2, 12, 32));
        let with = |threads: usize, seed: u64| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| sliced_wasserstein(&real, &other, seed, "comparing", &Silent).unwrap())
        };
        assert_eq!(with(1, 5), with(3, 5));
        assert_ne!(with(1, 5), with(1, 6));
    }

    #[test]
    fn the_contrast_of_patches_only_counts_where_the_real_ones_normalise() {
        let (real, halved) = (patches(7, 300, |x| x), patches(7, 300, |x| 0.5 * x));
        let found = distances(&real, &halved, &directions(20));
        assert!(found.swd < 0.01 && found.swd_r > 100.0, "{found:?}");
    }

    fn changed(faces: &Faces, change: impl Fn(&Picture) -> Vec<f32>) -> Faces {
        let values = faces.iter().flat_map(|face| change(&Picture::new(32, face.iter().map(|byte| f32::from(*byte)).collect())));
        Faces::new(32, values.map(|value| (value + 0.5) as u8).collect())
    }

    #[test]
    fn known_changes_show_where_they_should() {
        let (real, train) = (synthetic(1, 200, 32), synthetic(2, 200, 32));
        let halved = changed(&real, |picture| {
            let bytes: Vec<u8> = picture.values.iter().map(|value| *value as u8).collect();
            picture.values.iter().zip(band(&bytes, 32, 0)).map(|(value, band)| value - 0.5 * band).collect()
        });
        let blurred = changed(&real, |picture| picture.blurred().values);
        let [floor, halved, blurred] =
            [train, halved, blurred].map(|faces| sliced_wasserstein(&real, &faces, 1, "comparing", &Silent).unwrap()[0].distances);
        assert!(floor.swd < 20.0 && floor.swd_r < 30.0, "{floor:?}");
        // Half of the band is not half of every patch of it, as the next level takes its share: SWD stays near its floor, not on it.
        assert!(halved.swd < 5.0 * floor.swd && halved.swd_r > 10.0 * floor.swd_r, "{halved:?} against {floor:?}");
        assert!(blurred.swd > 2.0 * halved.swd && blurred.swd_r > 1.2 * halved.swd_r, "{blurred:?} against {halved:?}");
    }

    #[test]
    fn flat_faces_have_finite_distances_and_the_user_can_stop() {
        struct Stop;
        impl Monitor for Stop {
            fn report(&self, _progress: Progress) {}
            fn warn(&self, _message: String) {}
            fn cancelled(&self) -> bool {
                true
            }
        }
        let (flat, faces) = (Faces::new(16, vec![99; 2 * 768]), synthetic(1, 2, 16));
        for (real, other) in [(&flat, &faces), (&faces, &flat), (&flat, &flat)] {
            let found = sliced_wasserstein(real, other, 1, "comparing", &Silent).unwrap();
            assert!(found.iter().all(|level| level.distances.swd.is_finite() && level.distances.swd_r.is_finite()), "{found:?}");
        }
        assert_eq!(sliced_wasserstein(&faces, &faces, 1, "comparing", &Stop), Err(Cancelled));
        assert_eq!(sliced_wasserstein(&Faces::new(8, vec![0; 192]), &Faces::new(8, vec![0; 192]), 1, "comparing", &Silent), Ok(vec![]));
    }
}
