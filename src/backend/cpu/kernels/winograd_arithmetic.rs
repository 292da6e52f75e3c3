//! The one-dimensional transforms of F(4, 3) with the points 0, 1, -1, 2, -2 and infinity (Lavin & Gray 2015, arXiv:1509.09308,
//! section 4.3).
//! Each works on vectors of independent tiles; a two-dimensional transform applies one to the rows and then to the columns.

use super::simd_interface::Simd;

/// `B^T d`: six inputs of a tile.
#[inline(always)]
pub fn input_transform<S: Simd>(simd: S, [d0, d1, d2, d3, d4, d5]: [S::Vector; 6]) -> [S::Vector; 6] {
    let (two, four, five) = (simd.splat(2.0), simd.splat(4.0), simd.splat(5.0));
    let even = simd.neg_mul_add(four, d2, d4);
    let odd = simd.neg_mul_add(four, d1, d3);
    let near = simd.sub(d4, d2);
    let far = simd.sub(d3, d1);
    [
        simd.mul_add(four, d0, simd.neg_mul_add(five, d2, d4)),
        simd.add(even, odd),
        simd.sub(even, odd),
        simd.mul_add(two, far, near),
        simd.neg_mul_add(two, far, near),
        simd.mul_add(four, d1, simd.neg_mul_add(five, d3, d5)),
    ]
}

/// `A^T m`: four outputs of a tile.
#[inline(always)]
pub fn output_transform<S: Simd>(simd: S, [m0, m1, m2, m3, m4, m5]: [S::Vector; 6]) -> [S::Vector; 4] {
    let (two, four, eight) = (simd.splat(2.0), simd.splat(4.0), simd.splat(8.0));
    let (near_sum, near_difference) = (simd.add(m1, m2), simd.sub(m1, m2));
    let (far_sum, far_difference) = (simd.add(m3, m4), simd.sub(m3, m4));
    [
        simd.add(simd.add(m0, near_sum), far_sum),
        simd.mul_add(two, far_difference, near_difference),
        simd.mul_add(four, far_sum, near_sum),
        simd.add(simd.mul_add(eight, far_difference, near_difference), m5),
    ]
}

/// `A y`: the four output gradients of a tile, carried back through [`output_transform`].
#[inline(always)]
pub fn gradient_transform<S: Simd>(simd: S, [y0, y1, y2, y3]: [S::Vector; 4]) -> [S::Vector; 6] {
    let (two, four) = (simd.splat(2.0), simd.splat(4.0));
    let (even, odd) = (simd.add(y0, y2), simd.add(y1, y3));
    let (far_even, far_odd) = (simd.mul_add(four, y2, y0), simd.mul_add(four, y3, y1));
    [y0, simd.add(even, odd), simd.sub(even, odd), simd.mul_add(two, far_odd, far_even), simd.neg_mul_add(two, far_odd, far_even), y3]
}

/// `G g`: three weights.
#[inline(always)]
pub fn weight_transform<S: Simd>(simd: S, [g0, g1, g2]: [S::Vector; 3]) -> [S::Vector; 6] {
    let outer = simd.mul(simd.add(g0, g2), simd.splat(-1.0 / 6.0));
    let inner = simd.mul(g1, simd.splat(1.0 / 6.0));
    let far = simd.mul_add(g0, simd.splat(1.0 / 24.0), simd.mul(g2, simd.splat(1.0 / 6.0)));
    let middle = simd.mul(g1, simd.splat(1.0 / 12.0));
    [simd.mul(g0, simd.splat(0.25)), simd.sub(outer, inner), simd.add(outer, inner), simd.add(far, middle), simd.sub(far, middle), g2]
}

/// `G^T u`: six weight gradients of the Winograd domain, carried back through [`weight_transform`].
#[inline(always)]
pub fn weight_gradient_transform<S: Simd>(simd: S, [u0, u1, u2, u3, u4, u5]: [S::Vector; 6]) -> [S::Vector; 3] {
    let sixth = simd.splat(1.0 / 6.0);
    let (near_sum, near_difference) = (simd.add(u1, u2), simd.sub(u2, u1));
    let (far_sum, far_difference) = (simd.add(u3, u4), simd.sub(u3, u4));
    let first = simd.mul_add(u0, simd.splat(0.25), simd.mul(far_sum, simd.splat(1.0 / 24.0)));
    [
        simd.neg_mul_add(near_sum, sixth, first),
        simd.mul_add(near_difference, sixth, simd.mul(far_difference, simd.splat(1.0 / 12.0))),
        simd.mul_add(simd.sub(far_sum, near_sum), sixth, u5),
    ]
}
