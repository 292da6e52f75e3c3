//! What lets many explorers be opened in little time: how many there are at once, and a model whose faces are small.

use std::sync::{Condvar, LazyLock, Mutex, PoisonError};

use facefield::models::{Precision, StoredModel, Weights};

/// Explorers that are open at the same time; each has a renderer and a decoder of its own.
const SEATS: usize = 2;
/// Pixels along each side of small faces.
const SMALL: usize = 16;

static TAKEN: Mutex<usize> = Mutex::new(0);
static LEFT: Condvar = Condvar::new();

/// The right to have explorers open, until it is dropped.
pub struct Seats(usize);

impl Drop for Seats {
    fn drop(&mut self) {
        *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) -= self.0;
        LEFT.notify_all();
    }
}

/// Waits for a place beside other tests.
pub fn in_company() -> Seats {
    take(1)
}

/// Waits until no other test has an explorer open, and keeps it so: for tests that say how long a frame may take.
pub fn alone() -> Seats {
    take(SEATS)
}

fn take(seats: usize) -> Seats {
    let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
    while *taken + seats > SEATS {
        taken = LEFT.wait(taken).unwrap_or_else(PoisonError::into_inner);
    }
    *taken += seats;
    Seats(seats)
}

/// The model that is part of the program, with faces of 16 pixels: its name, its axes and their lengths are the same, and the thousands of
/// faces around the camera are there in a fraction of the time.
pub fn small_model() -> StoredModel {
    static MODEL: LazyLock<StoredModel> = LazyLock::new(|| {
        let mut stored = StoredModel::embedded().unwrap();
        let (size, mut weights) = (stored.header.size, Weights::default());
        for name in stored.weights.names() {
            let (shape, values) = (stored.weights.shape(name).unwrap(), stored.weights.values(name));
            match shape {
                [before @ .., rows, columns, 3] if [*rows, *columns] == [size, size] => {
                    let pictures = values.chunks_exact(size * size * 3);
                    let small = pictures.flat_map(|picture| smaller(picture, size)).collect();
                    weights.insert(name, &[before, &[SMALL, SMALL, 3]].concat(), small, Precision::Single);
                }
                _ => weights.insert(name, shape, values.to_vec(), Precision::Single),
            }
        }
        stored.header.size = SMALL;
        StoredModel { weights: weights.into(), ..stored }
    });
    MODEL.clone()
}

/// The means of squares of pixels, HWC.
fn smaller(picture: &[f32], size: usize) -> Vec<f32> {
    let side = size / SMALL;
    let mut means = vec![0.0; SMALL * SMALL * 3];
    for (at, value) in picture.iter().enumerate() {
        let (row, column, channel) = (at / (size * 3), at / 3 % size, at % 3);
        means[(row / side * SMALL + column / side) * 3 + channel] += value / (side * side) as f32;
    }
    means
}

#[test]
fn the_small_model_has_the_axes_of_the_one_that_ships() {
    let (small, ships) = (small_model(), StoredModel::embedded().unwrap());
    assert_eq!((&small.frame, &small.header.name), (&ships.frame, &ships.header.name));
    let mean = |stored: &StoredModel| stored.weights.values("mean").iter().sum::<f32>() / stored.weights.values("mean").len() as f32;
    assert_eq!(small.weights.shape("axes").unwrap(), [ships.header.latent_dim, SMALL, SMALL, 3]);
    assert!((mean(&small) - mean(&ships)).abs() < 1e-3, "{} and {}", mean(&small), mean(&ships));
}
