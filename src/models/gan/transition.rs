//! The layers that join a new resolution to a network which knows the smaller one, so that nothing changes at first.
//!
//! Blocks begin as the identity, and 1x1 convolutions commute with pooling and with nearest neighbours. So the new last layers only have to
//! say, through the new width, what the old ones said (Chen et al. 2016, function-preserving growth); in every other direction they are as random as
//! first weights are. Where the new width is below 3, that is more than it can say, and comes as near as it can; where it is larger than the
//! old one, what is read says nothing yet of the channels that are more. Where blocks are no identity at first, the new layers are random.

use super::block::BlockKind;
use crate::backend::FaceBackend;
use crate::models::layers::{Conv1x1, Init};

/// Colours of a picture.
const COLOURS: usize = 3;
/// What is left of a vector of length 1 beside others, if it is to count as a direction of its own.
const LEAST: f64 = 1e-4;

/// For a generator: from the features that `to_picture` reads to `width` channels, where that is another number, and from those to
/// pictures.
pub(super) fn narrowed<B: FaceBackend>(
    kind: BlockKind,
    to_picture: &Conv1x1<B>,
    width: usize,
    init: &mut Init<B>,
) -> (Option<Conv1x1<B>>, Conv1x1<B>) {
    if !kind.begins_as_identity() {
        let channels = to_picture.numbers().0.len() / COLOURS;
        let narrow = (channels != width).then(|| kind.pointwise(channels, width, init));
        return (narrow, kind.pointwise(width, COLOURS, init));
    }
    let (old, bias) = to_picture.numbers(); // [3, C], [3]
    let channels = old.len() / COLOURS;
    if channels == width {
        return (None, Conv1x1::of(old, bias, init));
    }
    let old: Vec<Vec<f64>> = old.chunks(channels).map(in_f64).collect();
    let random = in_f64(&init.normal_numbers((width + COLOURS) * channels, 1.0 / (channels as f32).sqrt()));
    let rows = basis(old.iter().cloned().chain(random.chunks(channels).map(<[f64]>::to_vec)), width);
    // Only rows at right angles to each other may say it between them.
    let says = |(at, row): (usize, &Vec<f64>), colour: &[f64]| if at < channels { dot(colour, row) } else { 0.0 };
    let new: Vec<f64> = old.iter().flat_map(|colour| rows.iter().enumerate().map(|row| says(row, colour))).collect(); // [3, K]
    (Some(Conv1x1::of(in_f32(&rows.concat()), vec![0.0; width], init)), Conv1x1::of(in_f32(&new), bias, init))
}

/// For a critic: from pictures to `width` channels, and from those to the features that `from_picture` makes, where that is another number.
pub(super) fn widened<B: FaceBackend>(
    kind: BlockKind,
    from_picture: &Conv1x1<B>,
    width: usize,
    init: &mut Init<B>,
) -> (Conv1x1<B>, Option<Conv1x1<B>>) {
    if !kind.begins_as_identity() {
        let channels = from_picture.numbers().1.len();
        let widen = (channels != width).then(|| kind.pointwise(width, channels, init));
        return (kind.pointwise(COLOURS, width, init), widen);
    }
    let (old, bias) = from_picture.numbers(); // [C, 3], [C]
    let channels = bias.len();
    if channels == width {
        return (Conv1x1::of(old, bias, init), None);
    }
    let random = in_f64(&init.normal_numbers((COLOURS + 1) * width, 1.0));
    let columns = basis(random.chunks(width).map(<[f64]>::to_vec), COLOURS.min(width)); // [3, K]
    // What comes out varies as what goes in.
    let scale = (width as f64 / COLOURS as f64).sqrt();
    let new = (0..width).flat_map(|k| (0..COLOURS).map(move |colour| (k, colour)));
    let new: Vec<f64> = new.map(|(k, colour)| columns.get(colour).map_or(0.0, |column| scale * column[k])).collect(); // [K, 3]
    let free = in_f64(&init.normal_numbers(channels * width, 1.0 / (width as f32).sqrt()));
    let back = free.chunks(width).zip(old.chunks(COLOURS)).flat_map(|(free, old)| {
        let mut row = free.to_vec(); // [K]
        for (column, old) in columns.iter().zip(old) {
            let change = f64::from(*old) / scale - dot(&row, column);
            row.iter_mut().zip(column).for_each(|(row, column)| *row += change * column);
        }
        row
    });
    let back: Vec<f64> = back.collect(); // [C, K]
    (Conv1x1::of(in_f32(&new), vec![0.0; width], init), Some(Conv1x1::of(in_f32(&back), bias, init)))
}

/// At most `count` vectors of length 1, at right angles to each other, that span as much of the first `vectors` as they can; where there
/// are no more directions, those that follow are as they come.
fn basis(vectors: impl Iterator<Item = Vec<f64>> + Clone, count: usize) -> Vec<Vec<f64>> {
    let mut found: Vec<Vec<f64>> = Vec::with_capacity(count);
    for vector in vectors.clone() {
        let length = dot(&vector, &vector).sqrt();
        let mut left: Vec<f64> = vector.iter().map(|x| x / length.max(f64::MIN_POSITIVE)).collect();
        // Twice, so that rounding leaves no part of the others.
        for _ in 0..2 {
            for known in &found {
                let part = dot(&left, known);
                left.iter_mut().zip(known).for_each(|(left, known)| *left -= part * known);
            }
        }
        let rest = dot(&left, &left).sqrt();
        if found.len() < count && rest > LEAST {
            found.push(left.into_iter().map(|x| x / rest).collect());
        }
    }
    let missing = count - found.len();
    let more: Vec<Vec<f64>> = vectors.collect();
    found.extend(more.into_iter().rev().take(missing));
    found
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn in_f64(numbers: &[f32]) -> Vec<f64> {
    numbers.iter().map(|x| f64::from(*x)).collect()
}

fn in_f32(numbers: &[f64]) -> Vec<f32> {
    numbers.iter().map(|x| *x as f32).collect()
}
