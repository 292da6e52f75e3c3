//! The centred faces as a matrix that is never in memory as a whole: bytes become numbers a few hundred faces at a time.
//!
//! A fit passes over them a dozen times, so bytes are kept from the first pass on as far as there is room; what does not fit is read again.

use std::sync::atomic::{AtomicU64, Ordering};

use faer::Mat;
use rayon::prelude::*;

use super::error::FitError;
use super::product::{View, multiply};
use crate::data::{FaceCache, Faces};
use crate::progress::{Monitor, Progress};

/// Faces that are numbers at a time.
const CHUNK: usize = 512;
/// Bytes of faces that are kept: all of CelebA at 32x32 pixels, a third of it at 64x64.
const KEPT: usize = 1 << 30;

/// N centred faces of d values.
pub struct FacesMatrix<'a> {
    cache: &'a FaceCache,
    indices: &'a [usize],
    monitor: &'a dyn Monitor,
    passes: usize,
    done: AtomicU64,
    /// The first chunks of the faces, as bytes.
    kept: Vec<Faces>,
    mean: Vec<f32>,
    total_variance: f64,
}

/// Which faces a pass is over.
#[derive(Clone, Copy)]
enum Passed<'a> {
    /// All of the matrix; that is progress.
    All,
    /// These of the cache.
    Some(&'a [usize]),
}

impl<'a> FacesMatrix<'a> {
    /// Measures mean and total variance, exactly, in a first pass of `passes`.
    ///
    /// # Errors
    /// [`FitError::Cancelled`], [`FitError::Data`].
    pub fn measure(cache: &'a FaceCache, indices: &'a [usize], passes: usize, monitor: &'a dyn Monitor) -> Result<Self, FitError> {
        let mut matrix =
            Self { cache, indices, monitor, passes, done: AtomicU64::new(0), kept: Vec::new(), mean: Vec::new(), total_variance: 0.0 };
        let mut sums = vec![0_u64; cache.face_len()];
        let mut squares = 0_u64;
        for chunk in indices.chunks(CHUNK) {
            matrix.advance(chunk.len())?;
            let faces = cache.gather(chunk)?;
            sums.par_chunks_mut(1 << 10).enumerate().for_each(|(block, sums)| {
                for face in faces.iter() {
                    let bytes = &face[block << 10..];
                    sums.iter_mut().zip(bytes).for_each(|(sum, byte)| *sum += u64::from(*byte));
                }
            });
            let square = |face: &[u8]| face.iter().map(|byte| u64::from(*byte).pow(2)).sum::<u64>();
            squares += faces.pixels().par_chunks(cache.face_len()).map(square).sum::<u64>();
            if (matrix.kept.len() + 1) * CHUNK * cache.face_len() <= KEPT {
                matrix.kept.push(faces);
            }
        }
        let count = indices.len() as f64;
        let about_mean = squares as f64 - sums.iter().map(|sum| (*sum as f64).powi(2) / count).sum::<f64>();
        matrix.mean = sums.iter().map(|sum| (*sum as f64 / count / 255.0) as f32).collect();
        matrix.total_variance = about_mean.max(0.0) / (count - 1.0) / (255.0 * 255.0);
        Ok(matrix)
    }

    /// N, the number of faces.
    pub fn faces(&self) -> usize {
        self.indices.len()
    }

    /// d, the number of values of a face.
    pub fn values(&self) -> usize {
        self.cache.face_len()
    }

    /// The mean face in [0, 1].
    pub fn mean(&self) -> &[f32] {
        &self.mean
    }

    /// The variance of all values together.
    pub fn total_variance(&self) -> f64 {
        self.total_variance
    }

    /// Covariance x `block`: [d, b] -> [d, b]. One pass over the faces; sums over chunks are kept in f64.
    ///
    /// # Errors
    /// [`FitError::Cancelled`], [`FitError::Data`].
    pub fn covariance_times(&self, block: &Mat<f64>) -> Result<Mat<f64>, FitError> {
        self.times(Passed::All, block)
    }

    /// [`covariance_times`](Self::covariance_times) of about `count` faces, evenly chosen.
    ///
    /// # Errors
    /// [`FitError::Cancelled`], [`FitError::Data`].
    pub fn sample_covariance_times(&self, block: &Mat<f64>, count: usize) -> Result<Mat<f64>, FitError> {
        let stride = (self.faces() / count.max(1)).max(1);
        let sample: Vec<usize> = self.indices.iter().copied().step_by(stride).collect();
        self.times(Passed::Some(&sample), block)
    }

    fn times(&self, passed: Passed, block: &Mat<f64>) -> Result<Mat<f64>, FitError> {
        let (values, width) = (self.values(), block.ncols());
        let narrow = row_major(block);
        let mut sum = vec![0.0_f64; values * width];
        let mut part = vec![0.0_f32; values * width];
        let passed = self.for_each_chunk(passed, |centred, count| {
            let faces = View::new(centred, count, values);
            let mut along = vec![0.0; count * width];
            multiply(faces, View::new(&narrow, values, width), &mut along);
            multiply(faces.transposed(), View::new(&along, count, width), &mut part);
            sum.par_iter_mut().zip(&part).for_each(|(sum, part)| *sum += f64::from(*part));
        })?;
        let scale = 1.0 / (passed as f64 - 1.0);
        Ok(Mat::from_fn(values, width, |i, j| sum[i * width + j] * scale))
    }

    /// All centred faces in f64, [N, d]: for small problems only.
    ///
    /// # Errors
    /// [`FitError::Cancelled`], [`FitError::Data`].
    pub fn dense(&self) -> Result<Mat<f64>, FitError> {
        let mut dense = Mat::zeros(self.faces(), self.values());
        let mut row = 0;
        self.for_each_chunk(Passed::All, |centred, count| {
            for face in centred.chunks_exact(self.values()) {
                face.iter().enumerate().for_each(|(column, value)| dense[(row, column)] = f64::from(*value));
                row += 1;
            }
            debug_assert!(row <= self.faces() && count > 0, "chunks are rows");
        })?;
        Ok(dense)
    }

    /// Calls `work` with the centred numbers of some faces and their count, in order; returns how many faces there were.
    fn for_each_chunk(&self, passed: Passed, mut work: impl FnMut(&[f32], usize)) -> Result<usize, FitError> {
        let (indices, kept, counts) = match passed {
            Passed::All => (self.indices, &self.kept[..], true),
            Passed::Some(indices) => (indices, &[][..], false),
        };
        let values = self.values();
        let mut centred = vec![0.0_f32; CHUNK.min(indices.len()) * values];
        for (place, chunk) in indices.chunks(CHUNK).enumerate() {
            self.advance(if counts { chunk.len() } else { 0 })?;
            let numbers = &mut centred[..chunk.len() * values];
            match kept.get(place) {
                Some(faces) => {
                    let pairs = numbers.par_chunks_exact_mut(values).zip(faces.pixels().par_chunks_exact(values));
                    pairs.for_each(|(numbers, face)| self.centre(face, numbers));
                }
                None => self.cache.read_as(chunk, numbers, |face, numbers| self.centre(face, numbers))?,
            }
            work(numbers, chunk.len());
        }
        Ok(indices.len())
    }

    /// Bytes minus the mean, in [-1, 1].
    fn centre(&self, face: &[u8], numbers: &mut [f32]) {
        for ((number, byte), mean) in numbers.iter_mut().zip(face).zip(&self.mean) {
            *number = f32::from(*byte) * (1.0 / 255.0) - mean;
        }
    }

    fn advance(&self, faces: usize) -> Result<(), FitError> {
        self.monitor.ensure_wanted()?;
        let done = self.done.fetch_add(faces as u64, Ordering::Relaxed);
        let total = (self.faces() * self.passes) as u64;
        self.monitor.report(Progress { stage: "fitting", unit: "faces", done: done.min(total), total, part: None });
        Ok(())
    }
}

fn row_major(block: &Mat<f64>) -> Vec<f32> {
    let width = block.ncols();
    let mut numbers = vec![0.0; block.nrows() * width];
    numbers.par_chunks_mut(width).enumerate().for_each(|(i, row)| {
        row.iter_mut().enumerate().for_each(|(j, number)| *number = block[(i, j)] as f32);
    });
    numbers
}
