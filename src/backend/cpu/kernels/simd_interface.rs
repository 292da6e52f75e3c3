//! The vector interface that every kernel is written against: one register and what is done with it.
//!
//! Values of the [`Simd`] types exist only where the processor has the instructions, which makes their arithmetic safe to call.

/// Vectors of `LANES` numbers in f32 and what the kernels do with them.
pub trait Simd: Copy + Send + Sync + 'static {
    /// One register.
    type Vector: Copy;
    /// Numbers in a vector: 4, 8 or 16.
    const LANES: usize;
    /// Rows of a register tile of the small matrix products: see `multiply`.
    const PANEL: usize;
    /// Vectors in a row of a register tile.
    const GROUP: usize;

    /// All lanes equal to `value`.
    fn splat(self, value: f32) -> Self::Vector;
    /// Reads `LANES` numbers; no alignment needed.
    ///
    /// # Safety
    /// `LANES` numbers must be readable at `source`.
    unsafe fn load(self, source: *const f32) -> Self::Vector;
    /// Reads `count <= LANES` numbers; the other lanes are zero.
    ///
    /// # Safety
    /// `count` numbers must be readable at `source`.
    unsafe fn load_partial(self, source: *const f32, count: usize) -> Self::Vector;
    /// Writes `LANES` numbers; no alignment needed.
    ///
    /// # Safety
    /// `LANES` numbers must be writable at `target`.
    unsafe fn store(self, target: *mut f32, value: Self::Vector);
    /// Writes the first `count <= LANES` numbers.
    ///
    /// # Safety
    /// `count` numbers must be writable at `target`.
    unsafe fn store_partial(self, target: *mut f32, value: Self::Vector, count: usize);
    /// `a + b`.
    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `a - b`.
    fn sub(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `a * b`.
    fn mul(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `a / b`.
    fn div(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// The square root.
    fn sqrt(self, a: Self::Vector) -> Self::Vector;
    /// `a * b + c`.
    fn mul_add(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;
    /// `c - a * b`.
    fn neg_mul_add(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;
    /// The bits that `value` and `mask` have in common.
    fn and(self, value: Self::Vector, mask: Self::Vector) -> Self::Vector;
    /// `positive` where `x > 0`, else `otherwise`.
    fn select_positive(self, x: Self::Vector, positive: Self::Vector, otherwise: Self::Vector) -> Self::Vector;
    /// `[first, value[0], value[1], ..]`.
    fn shift_up(self, value: Self::Vector, first: f32) -> Self::Vector;
    /// `[value[1], .., last]`.
    fn shift_down(self, value: Self::Vector, last: f32) -> Self::Vector;
    /// Takes `4 * LANES` consecutive numbers apart: vector `j` of the result holds numbers `4 i + j`.
    fn deinterleave4(self, values: [Self::Vector; 4]) -> [Self::Vector; 4];
    /// Undoes [`Simd::deinterleave4`].
    fn interleave4(self, values: [Self::Vector; 4]) -> [Self::Vector; 4];
    /// Sums of neighbours: `[a[0] + a[1], a[2] + a[3], .., b[0] + b[1], ..]`.
    fn pair_sums(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// Every number twice: `[value[0], value[0], value[1], value[1], ..]`, two vectors.
    fn twice(self, value: Self::Vector) -> [Self::Vector; 2];
    /// Transposes a square of `LANES x LANES` numbers.
    ///
    /// # Safety
    /// `LANES` rows of `LANES` numbers, `source_stride` and `target_stride` apart, must be readable and writable; the two must not overlap.
    unsafe fn transpose(self, source: *const f32, source_stride: usize, target: *mut f32, target_stride: usize);
    /// Asks for the cache line at `address`, which need not be valid.
    fn prefetch(self, address: *const f32);
    /// Asks for the cache line at `address`, which need not be valid, in the second-level cache.
    fn prefetch_far(self, address: *const f32);

    /// `N` vectors, `stride` numbers apart.
    ///
    /// # Safety
    /// As [`Simd::load`], for each vector.
    #[inline(always)]
    unsafe fn load_rows<const N: usize>(self, source: *const f32, stride: usize) -> [Self::Vector; N] {
        let mut values = [self.zero(); N];
        for (i, value) in values.iter_mut().enumerate() {
            // SAFETY: promised by the caller.
            *value = unsafe { self.load(source.add(i * stride)) };
        }
        values
    }
    /// Writes `N` vectors, `stride` numbers apart.
    ///
    /// # Safety
    /// As [`Simd::store`], for each vector.
    #[inline(always)]
    unsafe fn store_rows<const N: usize>(self, target: *mut f32, stride: usize, values: [Self::Vector; N]) {
        for (i, value) in values.into_iter().enumerate() {
            // SAFETY: promised by the caller.
            unsafe { self.store(target.add(i * stride), value) };
        }
    }
    /// All lanes zero.
    #[inline(always)]
    fn zero(self) -> Self::Vector {
        self.splat(0.0)
    }
    /// `x` where positive, else `slope * x`.
    #[inline(always)]
    fn leaky(self, x: Self::Vector, slope: Self::Vector) -> Self::Vector {
        self.select_positive(x, x, self.mul(x, slope))
    }
    /// The sum of the lanes, always in the same order.
    #[inline(always)]
    fn sum(self, value: Self::Vector) -> f32 {
        let mut lanes = [0.0f32; 16];
        // SAFETY: LANES <= 16.
        unsafe { self.store(lanes.as_mut_ptr(), value) };
        lanes[..Self::LANES].iter().sum()
    }
}

/// Column `index` of a matrix of vectors. A loop: closures (`map`, `from_fn`) may stay calls, which lose the instruction set.
#[inline(always)]
pub fn column<V: Copy, const ROWS: usize, const COLUMNS: usize>(matrix: &[[V; COLUMNS]; ROWS], index: usize) -> [V; ROWS] {
    let mut result = [matrix[0][0]; ROWS];
    for (value, row) in result.iter_mut().zip(matrix) {
        *value = row[index];
    }
    result
}
