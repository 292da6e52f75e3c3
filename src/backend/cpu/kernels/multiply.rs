//! The small matrix products inside every convolution: `target (+)= left x right`, with columns as vector lanes.
//!
//! A register tile of `PANEL` rows by `GROUP` vectors stays in registers over the whole depth; the left matrix is read one number at a time
//! (a broadcast from memory), the right one in vectors. The sums run over the depth in order: same inputs, same bits.

use super::prefetch::Prefetch;
use super::simd_interface::Simd;

/// How the left matrix (`rows x depth`) lies in memory.
#[derive(Clone, Copy)]
pub enum Left {
    /// Panels of [`Simd::PANEL`] rows, one after another; inside a panel, all its rows' numbers for one depth lie side by side.
    Packed,
    /// Row by row, this far apart.
    Rows(usize),
}

/// One product.
#[derive(Clone, Copy)]
pub struct Product {
    /// The left matrix.
    pub left: *const f32,
    /// Its layout.
    pub layout: Left,
    /// The right matrix: `depth` rows of `vectors * LANES` numbers, `right_stride` apart.
    pub right: *const f32,
    /// See `right`.
    pub right_stride: usize,
    /// The result: `rows` rows of `vectors * LANES` numbers, `target_stride` apart.
    pub target: *mut f32,
    /// See `target`.
    pub target_stride: usize,
    /// Rows of the left matrix.
    pub rows: usize,
    /// Columns of the left matrix, rows of the right one.
    pub depth: usize,
    /// Vectors in a row of the right matrix.
    pub vectors: usize,
    /// Whether to add to the target instead of overwriting it.
    pub accumulate: bool,
}

/// Register tiles in a product of `rows` rows and `vectors` vectors.
pub fn steps(tile: (usize, usize), rows: usize, vectors: usize) -> usize {
    let (panel, group) = tile;
    rows.div_ceil(panel) * vectors.div_ceil(group)
}

/// How many of `remaining` vectors to take next: as even as possible, at most `group`.
#[inline(always)]
fn next_group(remaining: usize, group: usize) -> usize {
    remaining.div_ceil(remaining.div_ceil(group))
}

/// Computes `product`; `prefetch` advances once for each of its [`steps`].
///
/// # Safety
/// The three matrices must be readable or writable as [`Product`] describes, and the target must not overlap the others.
#[inline(always)]
pub unsafe fn multiply<S: Simd>(simd: S, product: &Product, prefetch: &mut Prefetch<'_>) {
    let mut done = 0;
    while done < product.vectors {
        let group = next_group(product.vectors - done, S::GROUP);
        // SAFETY: columns done.. of the caller's matrices.
        unsafe {
            let right = product.right.add(done * S::LANES);
            let target = product.target.add(done * S::LANES);
            let columns = Product { right, target, vectors: group, ..*product };
            match group {
                1 => columns_of::<S, 1>(simd, &columns, prefetch),
                2 => columns_of::<S, 2>(simd, &columns, prefetch),
                _ => columns_of::<S, 3>(simd, &columns, prefetch),
            }
        }
        done += group;
    }
}

/// All rows of one group of columns.
#[inline(always)]
unsafe fn columns_of<S: Simd, const VECTORS: usize>(simd: S, product: &Product, prefetch: &mut Prefetch<'_>) {
    let mut row = 0;
    while row < product.rows {
        let rows = S::PANEL.min(product.rows - row);
        let (offset, row_stride, step) = match product.layout {
            Left::Packed => (row * product.depth, 1, rows),
            Left::Rows(stride) => (row * stride, stride, 1),
        };
        // SAFETY: rows row..row + rows of the caller's matrices.
        unsafe {
            let left = product.left.add(offset);
            let tile = Product { left, target: product.target.add(row * product.target_stride), ..*product };
            match rows {
                1 => register_tile::<S, 1, VECTORS>(simd, &tile, row_stride, step),
                2 => register_tile::<S, 2, VECTORS>(simd, &tile, row_stride, step),
                3 => register_tile::<S, 3, VECTORS>(simd, &tile, row_stride, step),
                4 => register_tile::<S, 4, VECTORS>(simd, &tile, row_stride, step),
                5 if S::PANEL > 4 => register_tile::<S, 5, VECTORS>(simd, &tile, row_stride, step),
                6 if S::PANEL > 4 => register_tile::<S, 6, VECTORS>(simd, &tile, row_stride, step),
                7 if S::PANEL > 4 => register_tile::<S, 7, VECTORS>(simd, &tile, row_stride, step),
                _ if S::PANEL > 4 => register_tile::<S, 8, VECTORS>(simd, &tile, row_stride, step),
                _ => unreachable!("a panel has at most {} rows", S::PANEL),
            }
        }
        prefetch.advance(simd);
        row += rows;
    }
}

/// `ROWS x VECTORS` accumulators over the whole depth.
#[inline(always)]
unsafe fn register_tile<S: Simd, const ROWS: usize, const VECTORS: usize>(simd: S, tile: &Product, row_stride: usize, step: usize) {
    let mut sums = [[simd.zero(); VECTORS]; ROWS];
    let Product { mut left, mut right, target, target_stride, .. } = *tile;
    // SAFETY: the caller's matrices have ROWS rows, VECTORS vectors of columns and this depth.
    unsafe {
        if tile.accumulate {
            for row in 0..ROWS {
                for vector in 0..VECTORS {
                    simd.prefetch(target.add(row * target_stride + vector * S::LANES));
                }
            }
        }
        for _ in 0..tile.depth {
            let columns: [S::Vector; VECTORS] = simd.load_rows(right, S::LANES);
            for (row, sums) in sums.iter_mut().enumerate() {
                let factor = simd.splat(*left.add(row * row_stride));
                for (sum, &column) in sums.iter_mut().zip(&columns) {
                    *sum = simd.mul_add(factor, column, *sum);
                }
            }
            left = left.add(step);
            right = right.add(tile.right_stride);
        }
        for (row, sums) in sums.iter().enumerate() {
            for (vector, &sum) in sums.iter().enumerate() {
                let place = target.add(row * target_stride + vector * S::LANES);
                let sum = if tile.accumulate { simd.add(simd.load(place), sum) } else { sum };
                simd.store(place, sum);
            }
        }
    }
}
