//! Matrix products on all cores, in f32, on plain slices.
//!
//! Owns the one unsafe call. Sums run in a fixed order: same thread count, same bits.

use gemm::Parallelism;

/// A row-major matrix, or its transpose.
#[derive(Clone, Copy)]
pub struct View<'a> {
    numbers: &'a [f32],
    rows: usize,
    columns: usize,
    transposed: bool,
}

impl<'a> View<'a> {
    /// Row-major [rows, columns].
    ///
    /// # Panics
    /// Where the numbers are not as many.
    pub fn new(numbers: &'a [f32], rows: usize, columns: usize) -> Self {
        assert_eq!(numbers.len(), rows * columns, "a matrix has rows x columns numbers");
        Self { numbers, rows, columns, transposed: false }
    }

    /// [columns, rows], without moving anything.
    pub fn transposed(self) -> Self {
        Self { rows: self.columns, columns: self.rows, transposed: !self.transposed, ..self }
    }

    /// Distances in memory between neighbours in a row and between rows.
    fn strides(&self) -> (isize, isize) {
        if self.transposed { (self.rows as isize, 1) } else { (1, self.columns as isize) }
    }
}

/// `out` = `left` x `right`, row-major [left rows, right columns].
///
/// # Panics
/// Where the shapes do not fit.
pub fn multiply(left: View, right: View, out: &mut [f32]) {
    assert_eq!(left.columns, right.rows, "inner dimensions agree");
    assert_eq!(out.len(), left.rows * right.columns, "the result has room");
    let ((left_column, left_row), (right_column, right_row)) = (left.strides(), right.strides());
    // SAFETY: the assertions here and in `View::new` keep every index within its slice, and `out` is borrowed alone.
    unsafe {
        gemm::gemm(
            left.rows,
            right.columns,
            left.columns,
            out.as_mut_ptr(),
            1,
            right.columns as isize,
            false,
            left.numbers.as_ptr(),
            left_column,
            left_row,
            right.numbers.as_ptr(),
            right_column,
            right_row,
            0.0,
            1.0,
            false,
            false,
            false,
            Parallelism::Rayon(0),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_and_transposes_agree_with_sums() {
        let a: Vec<f32> = (0..6).map(|x| x as f32).collect();
        let b: Vec<f32> = (0..12).map(|x| (x * x % 7) as f32).collect();
        let mut out = vec![9.0; 8];
        multiply(View::new(&a, 2, 3), View::new(&b, 3, 4), &mut out);
        for (index, value) in out.iter().enumerate() {
            let (row, column) = (index / 4, index % 4);
            assert_eq!(*value, (0..3).map(|k| a[row * 3 + k] * b[k * 4 + column]).sum::<f32>());
        }
        let mut turned = vec![0.0; 9];
        multiply(View::new(&a, 2, 3).transposed(), View::new(&a, 2, 3), &mut turned);
        assert_eq!(turned[1], a[0] * a[1] + a[3] * a[4]);
    }
}
