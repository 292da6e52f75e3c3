//! How near samples lie to the faces that a model was trained on: does it copy?
//!
//! Owns our own definition, in the manner of the nearest neighbours that papers on generative models show: the median distance from a
//! sample to the nearest training face or mirrored training face, divided by the same median of real faces that were not trained on. About
//! 1 is right, far below 1 is copying. Copies that are shifted by some pixels escape it, and faces that say little look copied.

use super::feature_space::{FeatureSpace, Features, kth_nearest};
use crate::data::{DataError, FaceCache, Faces};
use crate::progress::{Cancelled, Monitor, Progress};

/// Training faces in memory at a time.
const FACES: usize = 2048;
/// Points whose neighbours are looked for between two looks at the monitor.
const POINTS: usize = 512;

/// Training faces and their mirror images in a space of features.
pub struct TrainingNeighbours {
    points: Features,
}

impl TrainingNeighbours {
    /// Puts faces of a cache into a space.
    ///
    /// # Errors
    /// [`DataError`] where faces cannot be read, or the monitor cancels.
    pub fn new(space: &FeatureSpace, cache: &FaceCache, indices: &[usize], monitor: &dyn Monitor) -> Result<Self, DataError> {
        let mut points = Features::new(space.dim(), Vec::with_capacity(2 * indices.len() * space.dim()));
        let mut watch = Watch { stage: "placing training faces", done: 0, total: indices.len(), monitor };
        for chunk in indices.chunks(FACES) {
            watch.advance(chunk.len())?;
            let faces = cache.gather(chunk)?;
            points.extend(space.project(&faces));
            points.extend(space.project(&mirrored(&faces)));
        }
        Ok(Self { points })
    }

    /// The median distance from a point to the nearest training face, in units of the space; not a number for no points.
    ///
    /// # Errors
    /// [`Cancelled`] where the monitor cancels.
    pub fn median_distance(&self, points: &Features, monitor: &dyn Monitor) -> Result<f64, Cancelled> {
        let mut distances = Vec::with_capacity(points.count());
        let mut watch = Watch { stage: "looking for neighbours", done: 0, total: points.count(), monitor };
        for part in points.parts(POINTS) {
            watch.advance(part.count())?;
            distances.extend(kth_nearest(&part, &self.points, 1).into_iter().map(|squared| f64::from(squared).sqrt()));
        }
        Ok(median(distances))
    }
}

/// Tells how many faces are done.
struct Watch<'a> {
    stage: &'static str,
    done: usize,
    total: usize,
    monitor: &'a dyn Monitor,
}

impl Watch<'_> {
    /// Before some more faces.
    fn advance(&mut self, faces: usize) -> Result<(), Cancelled> {
        self.monitor.ensure_wanted()?;
        self.done += faces;
        self.monitor.report(Progress { stage: self.stage, unit: "faces", done: self.done as u64, total: self.total as u64, part: None });
        Ok(())
    }
}

/// The middle of some numbers, or the mean of the two in the middle; not a number for none.
pub fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    match numbers.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => numbers[count / 2],
        count => 0.5 * (numbers[count / 2 - 1] + numbers[count / 2]),
    }
}

/// Left for right.
fn mirrored(faces: &Faces) -> Faces {
    let rows = faces.pixels().chunks_exact(3 * faces.size());
    Faces::new(faces.size(), rows.flat_map(|row| row.chunks_exact(3).rev().flatten()).copied().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::synth;
    use crate::metrics::formula::synthetic;
    use crate::metrics::precision_recall;
    use crate::progress::Silent;

    #[test]
    fn medians_and_mirrors() {
        assert_eq!((median(vec![3.0, 1.0, 2.0]), median(vec![4.0, 1.0, 2.0, 3.0])), (2.0, 2.5));
        assert!(median(vec![]).is_nan());
        let face = Faces::new(2, (0..12).collect());
        assert_eq!(mirrored(&face).pixels(), [3, 4, 5, 0, 1, 2, 9, 10, 11, 6, 7, 8]);
        assert_eq!(mirrored(&mirrored(&face)), face);
    }

    #[test]
    fn known_sets_of_faces_give_what_they_should() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("faces.safetensors");
        synth::write_cache(200, 2, 32, &path, &Silent).unwrap();
        let cache = FaceCache::open(&path).unwrap();
        let indices: Vec<usize> = (0..200).collect();
        let space = FeatureSpace::fit(&cache, &indices, &Silent).unwrap();
        let neighbours = TrainingNeighbours::new(&space, &cache, &indices, &Silent).unwrap();
        let [real, fresh] = [0, 1].map(|half| space.project(&part(&synthetic(1, 200, 32), half * 100)));
        let train = space.project(&cache.gather(&indices[..100]).unwrap());
        let median = |points: &Features| neighbours.median_distance(points, &Silent).unwrap();
        let ratio = |points: &Features| median(points) / median(&real);
        assert!((ratio(&fresh) - 1.0).abs() < 0.1, "other faces lie as near: {}", ratio(&fresh));
        assert!(ratio(&train) < 0.01, "training faces lie on training faces: {}", ratio(&train));
        let turned = space.project(&mirrored(&cache.gather(&indices[..100]).unwrap()));
        assert!(ratio(&turned) < 0.01, "and so do their mirror images: {}", ratio(&turned));

        let floor = precision_recall(&real, &train).unwrap();
        assert!(floor.precision > 0.85 && floor.recall > 0.7 && floor.coverage > 0.85 && (floor.density - 1.0).abs() < 0.2, "{floor:?}");
        let copies = Features::new(space.dim(), train.iter().next().unwrap().repeat(100));
        let copied = precision_recall(&real, &copies).unwrap();
        assert!(copied.coverage < 0.15 && copied.recall == 0.0, "{copied:?}");
    }

    fn part(faces: &Faces, first: usize) -> Faces {
        Faces::new(faces.size(), faces.pixels()[first * faces.face_len()..][..100 * faces.face_len()].to_vec())
    }
}
