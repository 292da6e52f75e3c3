//! Which faces come when, and how they are shown: every face once in an epoch, in an order that follows from seed and epoch.
//!
//! Owns order, flips and shifts, and how all faces go through an encoder. What comes when is a function of the seed and of how many
//! faces were seen, so a training that goes on sees exactly what it would have seen.

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::data::{DataError, FaceCache, Faces, SplitChoice, split, write_face};
use crate::models::FaceModel;
use crate::progress::{Monitor, Progress};

/// Faces in memory at a time while all are encoded: a multiple of what models take at once, so that codes are those of one piece.
const ENCODED: usize = 128;

/// What is drawn for a face lies in a stream of its own, far from those of epochs.
const EPOCH_STREAMS: u64 = 1 << 63;

/// How faces are varied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variation {
    /// Mirror every second face.
    pub flips: bool,
    /// Move by up to so many pixels.
    pub shift: u32,
}

/// The faces of a training: those to learn from, and those held out.
pub struct TrainingFaces {
    cache: FaceCache,
    train: Vec<usize>,
    held_out: Vec<usize>,
    seed: u64,
    epoch: Option<(u64, Vec<u32>)>,
    /// How large they are given out: while a network grows, smaller than they lie in the cache.
    size: usize,
}

impl TrainingFaces {
    /// Learns from the faces marked for training where there are any, else from all; holds out those marked for validation,
    /// if they are not learned from.
    ///
    /// # Errors
    /// [`DataError`] where there are no faces.
    pub fn new(cache: FaceCache, seed: u64) -> Result<Self, DataError> {
        let choice = SplitChoice::default_for_fitting(cache.marks());
        let train = cache.select(choice)?;
        let held_out = if choice == SplitChoice::All {
            Vec::new()
        } else {
            (0..cache.count()).filter(|index| cache.marks()[*index] == split::VALID).collect()
        };
        let size = cache.size();
        Ok(Self { cache, train, held_out, seed, epoch: None, size })
    }

    /// Gives faces out at a size that divides theirs from now on.
    pub fn pool_to(&mut self, size: usize) {
        self.size = size;
    }

    /// Faces by their place in the cache, at the size that they are given out.
    fn gather(&self, indices: &[usize]) -> Result<Faces, DataError> {
        let faces = self.cache.gather(indices)?;
        Ok(if self.size == faces.size() { faces } else { faces.pooled(self.size) })
    }

    /// The face cache.
    pub fn cache(&self) -> &FaceCache {
        &self.cache
    }

    /// How many faces are learned from.
    pub fn count(&self) -> usize {
        self.train.len()
    }

    /// How many faces are held out.
    pub fn held_out_count(&self) -> usize {
        self.held_out.len()
    }

    /// Every face that is learned from.
    ///
    /// # Errors
    /// [`DataError`] where they cannot be read.
    pub fn all(&self) -> Result<Faces, DataError> {
        self.gather(&self.train)
    }

    /// The codes of every face that is learned from, as it is, row-major [N, code dimension]; `None` for a model without an encoder.
    ///
    /// # Errors
    /// [`DataError::Cancelled`] where the monitor cancels.
    ///
    /// # Panics
    /// Where the model is for faces of another size.
    pub fn codes(&self, model: &dyn FaceModel, monitor: &dyn Monitor) -> Result<Option<Vec<f32>>, DataError> {
        let mut codes = Vec::new();
        let mut done = 0;
        for part in self.train.chunks(ENCODED) {
            let Some(found) = model.encode(&self.gather(part)?) else { return Ok(None) };
            codes.extend(found);
            done += part.len();
            monitor.report(Progress { stage: "encoding", unit: "faces", done: done as u64, total: self.train.len() as u64, part: None });
            monitor.ensure_wanted()?;
        }
        Ok(Some(codes))
    }

    /// At most `most` of the faces that are learned from, spread evenly.
    ///
    /// # Errors
    /// [`DataError`] where they cannot be read.
    pub fn sample(&self, most: usize) -> Result<Faces, DataError> {
        self.gather(&spread(&self.train, most))
    }

    /// At most `most` of the faces held out, spread evenly; none where there are none.
    ///
    /// # Errors
    /// [`DataError`] where they cannot be read.
    pub fn held_out(&self, most: usize) -> Result<Faces, DataError> {
        self.gather(&spread(&self.held_out, most))
    }

    /// The first `most` of the faces held out as [`held_out`](Self::held_out) spreads them, a part at a time, so that few lie in memory.
    ///
    /// # Errors
    /// [`DataError`] where they cannot be read.
    pub fn held_out_in_parts(&self, most: usize) -> impl Iterator<Item = Result<Faces, DataError>> {
        let chosen = spread(&self.held_out, most);
        (0..chosen.len()).step_by(ENCODED).map(move |first| self.gather(&chosen[first..(first + ENCODED).min(chosen.len())]))
    }

    /// The next `batch` faces after `seen` ones, as NCHW numbers in [-1, 1].
    ///
    /// # Errors
    /// [`DataError`] where they cannot be read.
    pub fn batch(&mut self, seen: u64, batch: usize, variation: Variation) -> Result<Vec<f32>, DataError> {
        let face_len = self.size * self.size * 3;
        let mut values = vec![0.0; batch * face_len];
        let indices: Vec<usize> = (seen..seen + batch as u64).map(|at| self.index(at)).collect();
        let faces = self.gather(&indices)?;
        for (offset, (values, face)) in values.chunks_exact_mut(face_len).zip(faces.iter()).enumerate() {
            let at = seen + offset as u64;
            let mut random = self.random(at);
            let flip = variation.flips && random.random::<bool>();
            let reach = variation.shift as i32;
            let (right, down) = (random.random_range(-reach..=reach), random.random_range(-reach..=reach));
            if flip || right != 0 || down != 0 {
                write_face(&varied(face, self.size, flip, right, down), values);
            } else {
                write_face(face, values);
            }
        }
        Ok(values)
    }

    /// The face that comes after `seen` ones.
    fn index(&mut self, seen: u64) -> usize {
        let count = self.train.len() as u64;
        let epoch = seen / count;
        if self.epoch.as_ref().is_none_or(|(known, _)| *known != epoch) {
            let mut order: Vec<u32> = (0..self.train.len() as u32).collect();
            order.shuffle(&mut self.random(EPOCH_STREAMS + epoch));
            self.epoch = Some((epoch, order));
        }
        let (_, order) = self.epoch.as_ref().expect("the order of this epoch was just made");
        self.train[order[(seen % count) as usize] as usize]
    }

    fn random(&self, stream: u64) -> ChaCha8Rng {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream(stream);
        random
    }
}

fn spread(indices: &[usize], most: usize) -> Vec<usize> {
    let count = indices.len().min(most);
    (0..count).map(|n| indices[n * indices.len() / count]).collect()
}

/// A face mirrored and moved; what comes in at the edge repeats it.
fn varied(face: &[u8], size: usize, flip: bool, right: i32, down: i32) -> Vec<u8> {
    let last = size as i32 - 1;
    let mut moved = Vec::with_capacity(face.len());
    for y in 0..size as i32 {
        let row = (y - down).clamp(0, last) as usize * size;
        for x in 0..size as i32 {
            let column = (x - right).clamp(0, last);
            let column = if flip { last - column } else { column } as usize;
            moved.extend_from_slice(&face[(row + column) * 3..][..3]);
        }
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::synth;
    use crate::progress::Silent;
    use std::collections::HashSet;

    fn faces(place: &tempfile::TempDir) -> TrainingFaces {
        let path = place.path().join("faces.safetensors");
        synth::write_cache(50, 1, 8, &path, &Silent).unwrap();
        TrainingFaces::new(FaceCache::open(&path).unwrap(), 7).unwrap()
    }

    const PLAIN: Variation = Variation { flips: false, shift: 0 };

    #[test]
    fn every_face_comes_once_in_an_epoch_and_orders_differ() {
        let place = tempfile::tempdir().unwrap();
        let mut faces = faces(&place);
        let count = faces.count() as u64;
        let epoch = |faces: &mut TrainingFaces, n: u64| (n * count..(n + 1) * count).map(|at| faces.index(at)).collect::<Vec<_>>();
        let (first, second) = (epoch(&mut faces, 0), epoch(&mut faces, 1));
        assert_eq!(first.iter().collect::<HashSet<_>>().len(), first.len());
        assert_ne!(first, second);
        assert_eq!(epoch(&mut faces, 0), first, "and come back the same");
        let held_out = faces.held_out(100).unwrap();
        assert!(held_out.count() > 0 && held_out.count() + faces.count() <= 50);
    }

    #[test]
    fn what_comes_depends_on_what_was_seen_only() {
        let place = tempfile::tempdir().unwrap();
        let mut faces = faces(&place);
        let variation = Variation { flips: true, shift: 2 };
        let whole = faces.batch(30, 40, variation).unwrap();
        let len = faces.cache().face_len();
        assert_eq!(faces.batch(50, 20, variation).unwrap(), whole[20 * len..], "batches may be cut anywhere");
        assert_ne!(faces.batch(30, 40, PLAIN).unwrap(), whole);
    }

    #[test]
    fn faces_are_given_out_as_small_as_a_network_is() {
        let place = tempfile::tempdir().unwrap();
        let mut faces = faces(&place);
        let whole = faces.batch(3, 2, PLAIN).unwrap();
        faces.pool_to(4);
        let small = faces.batch(3, 2, PLAIN).unwrap();
        assert_eq!((small.len(), faces.sample(5).unwrap().size()), (2 * 4 * 4 * 3, 4));
        let mean = [0, 1, 8, 9].map(|at| whole[at]).iter().sum::<f32>() / 4.0;
        assert!((small[0] - mean).abs() <= 0.5 / 127.5 + 1e-6, "{} and {mean}", small[0]);
    }

    #[test]
    fn faces_are_mirrored_and_moved() {
        let face: Vec<u8> = (0..4).flat_map(|n| [n; 3]).collect(); // 0 1 / 2 3
        let first = |face: Vec<u8>| face.chunks(3).map(|pixel| pixel[0]).collect::<Vec<_>>();
        assert_eq!(first(varied(&face, 2, true, 0, 0)), [1, 0, 3, 2]);
        assert_eq!(first(varied(&face, 2, false, 1, 0)), [0, 0, 2, 2]);
        assert_eq!(first(varied(&face, 2, false, 0, -1)), [2, 3, 2, 3]);
    }
}
