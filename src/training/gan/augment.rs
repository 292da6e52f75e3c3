//! Differentiable augmentation: real and fake pictures are changed alike before the critic sees them, so that it cannot learn few faces by
//! heart (Zhao et al. 2020, Differentiable Augmentation for Data-Efficient GAN Training; probabilities as in Karras et al. 2020).
//!
//! All changes are linear in the picture: a shift, a part cut out, a brightness added.

use burn::tensor::{Tensor, TensorData};
use rand::RngExt;

use super::Draws;
use super::random::Purpose;
use crate::backend::FaceBackend;

/// The most that is added to or taken from all pixels, which lie in [-1, 1].
const BRIGHTNESS: f32 = 0.4;
/// The furthest shift, as a share of the side.
const SHIFT: f32 = 0.125;
/// The side of the part that is cut out, as a share of the picture's.
const CUT: f32 = 0.4;

/// What happens to each picture of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Augmentation {
    count: usize,
    size: usize,
    brightness: Vec<f32>,
    /// Right and down, in pixels.
    shifts: Vec<(i32, i32)>,
    /// The first column and row of the part that is cut out.
    cuts: Vec<Option<(i32, i32)>>,
}

impl Augmentation {
    /// Draws what happens to `count` pictures of `size` pixels, each way of it with a probability; `None` where nothing can.
    pub(super) fn draw(draws: Draws, purpose: Purpose, count: usize, size: usize, probability: f32) -> Option<Self> {
        if probability <= 0.0 || size < 8 {
            return None;
        }
        let mut random = draws.random(purpose);
        let mut drawn = Self { count, size, brightness: Vec::new(), shifts: Vec::new(), cuts: Vec::new() };
        let (reach, side) = ((SHIFT * size as f32) as i32, drawn.cut_side());
        for _ in 0..count {
            let mut happens = || random.random::<f32>() < probability;
            let (is_brightened, is_moved, is_cut) = (happens(), happens(), happens());
            // Numbers are drawn whether they are used or not: a face's fate does not depend on those before it.
            let brightness = random.random_range(-BRIGHTNESS..=BRIGHTNESS);
            let shift = (random.random_range(-reach..=reach), random.random_range(-reach..=reach));
            let cut = (random.random_range(-side / 2..size as i32 - side / 2), random.random_range(-side / 2..size as i32 - side / 2));
            drawn.brightness.push(if is_brightened { brightness } else { 0.0 });
            drawn.shifts.push(if is_moved { shift } else { (0, 0) });
            drawn.cuts.push(is_cut.then_some(cut));
        }
        Some(drawn)
    }

    fn cut_side(&self) -> i32 {
        (CUT * self.size as f32) as i32
    }

    /// The changed pictures: [N, C, S, S] -> [N, C, S, S].
    pub fn apply<B: FaceBackend>(&self, pictures: Tensor<B, 4>) -> Tensor<B, 4> {
        let device = pictures.device();
        let tensor = |values: Vec<f32>, shape: [usize; 4]| Tensor::<B, 4>::from_data(TensorData::new(values, shape), &device);
        let (count, size) = (self.count, self.size);
        let mut changed = pictures + tensor(self.brightness.clone(), [count, 1, 1, 1]); // [N, C, S, S]
        if self.shifts.iter().any(|shift| *shift != (0, 0)) {
            let rows = tensor(self.moves(|shift| shift.1, false), [count, 1, size, size]);
            let columns = tensor(self.moves(|shift| shift.0, true), [count, 1, size, size]);
            changed = rows.matmul(changed).matmul(columns); // [N, C, S, S]
        }
        if self.cuts.iter().any(Option::is_some) {
            changed = changed * tensor(self.masks(), [count, 1, size, size]); // [N, C, S, S]
        }
        changed
    }

    /// For every picture the matrix that moves rows down, or, from the other side, columns right; what comes in is grey.
    fn moves(&self, along: impl Fn(&(i32, i32)) -> i32, from_right: bool) -> Vec<f32> {
        let size = self.size as i32;
        let mut numbers = vec![0.0; self.count * self.size * self.size];
        for (matrix, shift) in numbers.chunks_exact_mut(self.size * self.size).zip(&self.shifts) {
            for to in 0..size {
                let from = to - along(shift);
                if (0..size).contains(&from) {
                    let (row, column) = if from_right { (from, to) } else { (to, from) };
                    matrix[(row * size + column) as usize] = 1.0;
                }
            }
        }
        numbers
    }

    fn masks(&self) -> Vec<f32> {
        let (size, side) = (self.size as i32, self.cut_side());
        let mut numbers = vec![1.0; self.count * self.size * self.size];
        for (mask, cut) in numbers.chunks_exact_mut(self.size * self.size).zip(&self.cuts) {
            let Some((left, top)) = cut else { continue };
            for y in (*top).max(0)..(top + side).min(size) {
                for x in (*left).max(0)..(left + side).min(size) {
                    mask[(y * size + x) as usize] = 0.0;
                }
            }
        }
        numbers
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::Cpu;

    fn pictures(count: usize, size: usize) -> Tensor<Cpu, 4> {
        let numbers = count * 3 * size * size;
        Tensor::<Cpu, 1, burn::tensor::Int>::arange(1..numbers as i64 + 1, &Default::default()).float().reshape([count, 3, size, size])
    }

    #[test]
    fn a_picture_is_brightened_moved_and_cut() {
        let augmentation =
            Augmentation { count: 2, size: 8, brightness: vec![0.0, 0.5], shifts: vec![(1, 0), (0, -2)], cuts: vec![Some((6, 6)), None] };
        let before: Vec<f32> = pictures(2, 8).into_data().into_vec().unwrap();
        let after: Vec<f32> = augmentation.apply(pictures(2, 8)).into_data().into_vec().unwrap();
        let at = |values: &[f32], n: usize, c: usize, y: usize, x: usize| values[((n * 3 + c) * 8 + y) * 8 + x];
        for c in 0..3 {
            assert_eq!(at(&after, 0, c, 3, 0), 0.0, "what comes in is grey");
            assert_eq!(at(&after, 0, c, 3, 5), at(&before, 0, c, 3, 4), "one to the right");
            assert_eq!(at(&after, 0, c, 7, 6), 0.0, "cut out");
            assert_eq!(at(&after, 1, c, 2, 5), at(&before, 1, c, 4, 5) + 0.5, "two up and brighter");
            assert_eq!(at(&after, 1, c, 7, 5), 0.0);
        }
    }

    #[test]
    fn it_happens_as_often_as_it_should_and_can_be_drawn_again() {
        let draw = |step| Augmentation::draw(Draws::new(1, step), Purpose::CriticFake, 2000, 32, 0.25).unwrap();
        let drawn = draw(3);
        assert_eq!(drawn, draw(3));
        assert_ne!(drawn, draw(4));
        let share = |count: usize| count as f32 / 2000.0;
        let cut = share(drawn.cuts.iter().flatten().count());
        let brightened = share(drawn.brightness.iter().filter(|b| **b != 0.0).count());
        assert!((cut - 0.25).abs() < 0.04 && (brightened - 0.25).abs() < 0.04, "{cut} {brightened}");
        assert_eq!(Augmentation::draw(Draws::new(1, 3), Purpose::CriticFake, 4, 32, 0.0), None);
    }
}
