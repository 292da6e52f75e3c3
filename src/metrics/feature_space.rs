//! The space in which faces are near or far: the first principal components of the training faces, and distances there.
//!
//! Owns the space, points in it, and the search for nearest points. The axes are those of the model PCA (exact for few faces, block Krylov
//! for many), at most 128 of them, not whitened, of faces in [0, 1]: a distance is that between two faces once what the axes leave out is
//! taken away. Distances are sums of squared differences, never of products, so that those of faces that are nearly alike are right too.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use rayon::prelude::*;

use crate::data::{FaceCache, Faces};
use crate::models::pca::{FitError, fit};
use crate::progress::Monitor;

/// Axes, where the training faces determine as many.
const COMPONENTS: usize = 128;
/// Faces that one thread projects at a time.
const FACES: usize = 64;
/// Points that one thread looks for the neighbours of at a time.
const QUERIES: usize = 16;
/// Squares that are added up side by side.
const LANES: usize = 8;

/// The first principal components of some faces.
pub struct FeatureSpace {
    size: usize,
    /// [H * W * 3]
    mean: Vec<f32>,
    /// Row-major [K, H * W * 3], of length 1 each.
    axes: Vec<f32>,
}

impl FeatureSpace {
    /// Fits the axes to faces of a cache.
    ///
    /// # Errors
    /// [`FitError`] where there are fewer than two faces, or the monitor cancels.
    pub fn fit(cache: &FaceCache, indices: &[usize], monitor: &dyn Monitor) -> Result<Self, FitError> {
        let most = indices.len().saturating_sub(1).min(cache.face_len());
        let fitted = fit(cache, indices, COMPONENTS.min(most), monitor)?;
        Ok(Self { size: cache.size(), mean: fitted.mean, axes: fitted.axes })
    }

    /// Number of axes K.
    pub fn dim(&self) -> usize {
        self.axes.len() / self.mean.len()
    }

    /// Where faces lie.
    ///
    /// # Panics
    /// Where they have another size.
    pub fn project(&self, faces: &Faces) -> Features {
        assert_eq!(faces.size(), self.size, "faces have the size of the space");
        let (length, dim) = (faces.face_len(), self.dim());
        let mut values = vec![0.0; faces.count() * dim];
        values.par_chunks_mut(FACES * dim).zip(faces.pixels().par_chunks(FACES * length)).for_each(|(points, bytes)| {
            let centred: Vec<f32> = bytes
                .chunks_exact(length)
                .flat_map(|face| face.iter().zip(&self.mean).map(|(byte, mean)| f32::from(*byte) / 255.0 - mean))
                .collect();
            let rows = bytes.len() / length;
            let centred = MatRef::from_row_major_slice(&centred, rows, length); // [faces, H * W * 3]
            let axes = MatRef::from_column_major_slice(&self.axes, length, dim); // [H * W * 3, K]
            matmul(MatMut::from_row_major_slice_mut(points, rows, dim), Accum::Replace, centred, axes, 1.0, Par::Seq);
        });
        Features::new(dim, values)
    }
}

/// Points, row-major [N, K].
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    dim: usize,
    values: Vec<f32>,
}

impl Features {
    /// Points with `dim` coordinates each.
    ///
    /// # Panics
    /// Where the numbers are not whole points.
    pub fn new(dim: usize, values: Vec<f32>) -> Self {
        assert!(dim > 0 && values.len().is_multiple_of(dim), "points are whole");
        Self { dim, values }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.values.len() / self.dim
    }

    /// The points one by one.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.values.chunks_exact(self.dim)
    }

    /// Adds others.
    ///
    /// # Panics
    /// Where they have another number of coordinates.
    pub fn extend(&mut self, others: Self) {
        assert_eq!(self.dim, others.dim, "points of one space");
        self.values.extend(others.values);
    }

    /// The points in parts of at most `count`.
    pub fn parts(&self, count: usize) -> impl Iterator<Item = Self> {
        self.values.chunks(count * self.dim).map(|values| Self { dim: self.dim, values: values.to_vec() })
    }

    /// For some points at a time, in parallel: their numbers of order and they themselves. Results stand in the order of the points.
    pub(super) fn map_blocks<T: Send>(&self, work: impl Fn(usize, Vec<&[f32]>) -> Vec<T> + Sync) -> Vec<T> {
        let blocks = self.values.par_chunks(QUERIES * self.dim).enumerate();
        blocks.flat_map_iter(|(block, values)| work(block * QUERIES, values.chunks_exact(self.dim).collect())).collect()
    }
}

/// The squared Euclidean distance of two points.
pub fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    let (a_lanes, b_lanes) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = a_lanes.remainder().iter().zip(b_lanes.remainder()).map(|(a, b)| (a - b) * (a - b)).sum();
    for (a, b) in a_lanes.zip(b_lanes) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += (a - b) * (a - b);
        }
    }
    lanes.iter().sum::<f32>() + rest
}

/// The squared distance of every point of `from` to its k-th nearest of `to`, k counted from 1; infinite where there are fewer.
///
/// # Panics
/// Where k is 0.
pub fn kth_nearest(from: &Features, to: &Features, k: usize) -> Vec<f32> {
    assert!(k > 0, "neighbours are counted from 1");
    from.map_blocks(|_, queries| {
        let mut nearest = vec![vec![f32::INFINITY; k]; queries.len()];
        // Every point is looked at for all queries while it is at hand.
        for point in to.iter() {
            for (query, nearest) in queries.iter().zip(&mut nearest) {
                insert(nearest, squared_distance(query, point));
            }
        }
        nearest.into_iter().map(|nearest| nearest[k - 1]).collect()
    })
}

/// Puts a distance among the smallest, which stand in rising order.
fn insert(smallest: &mut [f32], distance: f32) {
    if smallest.last().is_some_and(|largest| distance < *largest) {
        let place = smallest.partition_point(|other| *other <= distance);
        smallest[place..].rotate_right(1);
        smallest[place] = distance;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{CacheInfo, CacheWriter, FaceRecord};
    use crate::metrics::formula::{pictures, points};
    use crate::metrics::neighbours::median;
    use crate::progress::Silent;

    /// The faces in a cache of their own.
    fn cached(faces: &Faces) -> (tempfile::TempDir, FaceCache) {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("faces.safetensors");
        let names: Vec<String> = (0..faces.count()).map(|index| format!("{index}.png")).collect();
        let mut writer = CacheWriter::create(&path, faces.size(), CacheInfo::default(), names.iter().map(String::as_str)).unwrap();
        writer.push(faces.pixels(), names.iter().map(|name| FaceRecord { name: name.clone(), ..FaceRecord::default() })).unwrap();
        writer.finish().unwrap();
        let cache = FaceCache::open(&path).unwrap();
        (place, cache)
    }

    #[test]
    fn distances_agree_with_another_pca() {
        let (_place, cache) = cached(&pictures(0, 150, 8));
        let indices: Vec<usize> = (0..150).collect();
        let space = FeatureSpace::fit(&cache, &indices, &Silent).unwrap();
        let found = space.project(&pictures(300, 4, 8));
        assert_eq!((space.dim(), found.count()), (128, 4));
        let found: Vec<&[f32]> = found.iter().collect();
        for (other, wanted) in found[1..].iter().zip([4.275_606_23, 3.945_334_19, 3.407_599_29]) {
            let distance = f64::from(squared_distance(found[0], other)).sqrt();
            assert!((distance - wanted).abs() < 1e-4, "{distance} instead of {wanted}");
        }
    }

    #[test]
    fn few_faces_give_few_axes_and_one_gives_none() {
        let (_place, cache) = cached(&pictures(0, 5, 8));
        let space = FeatureSpace::fit(&cache, &[0, 1, 2, 3, 4], &Silent).unwrap();
        let found = space.project(&pictures(0, 2, 8));
        let pixels: f32 = pictures(0, 1, 8).to_unit().iter().zip(pictures(1, 1, 8).to_unit()).map(|(a, b)| (a - b) * (a - b)).sum();
        let points: Vec<&[f32]> = found.iter().collect();
        assert_eq!(space.dim(), 4);
        assert!((squared_distance(points[0], points[1]) / pixels - 1.0).abs() < 1e-4, "all axes keep all distances");
        assert!(FeatureSpace::fit(&cache, &[0], &Silent).is_err());
    }

    #[test]
    fn neighbours_agree_with_another_implementation() {
        let (train, samples) = (points(3, 70, 10), points(4, 33, 10));
        let distances =
            |k: usize| kth_nearest(&samples, &train, k).into_iter().map(|squared| f64::from(squared).sqrt()).collect::<Vec<f64>>();
        for (found, wanted) in [
            (median(distances(1)), 0.164_405_461),
            (median(distances(3)), 0.454_267_371),
            (median(distances(1)[..32].to_vec()), 0.155_212_714),
        ] {
            assert!((found - wanted).abs() < 1e-6, "{found} instead of {wanted}");
        }
        assert_eq!(kth_nearest(&samples, &samples, 1), vec![0.0; 33], "a point is its own nearest");
        assert!(kth_nearest(&samples, &train, 71).iter().all(|distance| distance.is_infinite()));
    }

    #[test]
    fn points_can_be_joined_and_parted() {
        let whole = points(1, 7, 3);
        let mut parts = whole.parts(3);
        let mut joined = parts.next().unwrap();
        parts.for_each(|part| joined.extend(part));
        assert_eq!((joined.count(), &joined), (7, &whole));
    }

    #[test]
    fn the_smallest_are_kept_in_order() {
        let mut smallest = [f32::INFINITY; 3];
        [5.0, 2.0, 9.0, 2.0, 1.0, 7.0].into_iter().for_each(|distance| insert(&mut smallest, distance));
        assert_eq!(smallest, [1.0, 2.0, 2.0]);
    }
}
