//! Ways from one point to another: easing, straight lines, great circles, splines.
//!
//! Owns the mathematics on plain numbers and slices; pacing and cameras are the journey's business.

/// Smoothstep: rests at both ends. `t` in [0, 1].
pub fn ease_in_out(t: f32) -> f32 {
    let t = t.clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Straight line from `a` (t = 0) to `b` (t = 1). Slices of equal length.
pub fn linear(a: &[f32], b: &[f32], t: f32) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a + (b - a) * t).collect()
}

/// Great circle from `a` to `b` with the radius interpolated, so that a walk between two typical points stays typical
/// (Shoemake 1985; for latents White 2016). Falls back to the straight line where the directions nearly agree, oppose, or vanish.
pub fn spherical(a: &[f32], b: &[f32], t: f32) -> Vec<f32> {
    let norm = |v: &[f32]| v.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
    let (norm_a, norm_b) = (norm(a), norm(b));
    if norm_a < 1e-6 || norm_b < 1e-6 {
        return linear(a, b, t);
    }
    let cosine = a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>() / (norm_a * norm_b);
    let angle = cosine.clamp(-1.0, 1.0).acos();
    if angle.sin() < 1e-4 {
        return linear(a, b, t);
    }
    let t = f64::from(t);
    let radius = norm_a + (norm_b - norm_a) * t;
    let weight_a = ((1.0 - t) * angle).sin() / angle.sin() * radius / norm_a;
    let weight_b = (t * angle).sin() / angle.sin() * radius / norm_b;
    a.iter().zip(b).map(|(a, b)| (weight_a * f64::from(*a) + weight_b * f64::from(*b)) as f32).collect()
}

/// Catmull-Rom spline through `b` (t = 0) and `c` (t = 1) with neighbours `a` and `d`.
pub fn catmull_rom(a: f32, b: f32, c: f32, d: f32, t: f32) -> f32 {
    let (t2, t3) = (t * t, t * t * t);
    0.5 * (2.0 * b + (c - a) * t + (2.0 * a - 5.0 * b + 4.0 * c - d) * t2 + (3.0 * b - a - 3.0 * c + d) * t3)
}

/// From 0 (t = 0) to 1 (t = 1) with these slopes at the ends: a cubic that never turns back where both are from 0 to 3.
pub fn monotone(t: f64, start: f64, end: f64) -> f64 {
    let (t2, t3) = (t * t, t * t * t);
    start * (t3 - 2.0 * t2 + t) + 3.0 * t2 - 2.0 * t3 + end * (t3 - t2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_meets_its_ends() {
        let (a, b) = ([1.0, -2.0, 0.5], [-0.5, 1.0, 2.0]);
        for way in [linear, spherical] {
            for (end, t) in [(&a, 0.0), (&b, 1.0)] {
                for (x, y) in way(&a, &b, t).iter().zip(end) {
                    assert!((x - y).abs() < 1e-5);
                }
            }
        }
        assert_eq!((catmull_rom(0.0, 1.0, 4.0, 9.0, 0.0), catmull_rom(0.0, 1.0, 4.0, 9.0, 1.0)), (1.0, 4.0));
        assert_eq!((ease_in_out(-1.0), ease_in_out(0.5), ease_in_out(2.0)), (0.0, 0.5, 1.0));
    }

    #[test]
    fn the_great_circle_keeps_the_radius() {
        let middle = spherical(&[3.0, 0.0], &[0.0, 3.0], 0.5);
        assert!((middle[0].hypot(middle[1]) - 3.0).abs() < 1e-5);
        assert_eq!(spherical(&[0.0, 0.0], &[2.0, 0.0], 0.5), vec![1.0, 0.0], "from the mean it is a straight line");
    }

    #[test]
    fn a_spline_through_a_line_is_the_line() {
        for i in 0..=10 {
            let t = i as f32 / 10.0;
            assert!((catmull_rom(0.0, 1.0, 2.0, 3.0, t) - (1.0 + t)).abs() < 1e-6);
        }
    }

    #[test]
    fn a_monotone_way_never_turns_back_and_is_straight_at_even_speed() {
        for (start, end) in [(0.0, 0.0), (3.0, 3.0), (0.0, 3.0), (1.7, 0.2)] {
            let values: Vec<f64> = (0..=100).map(|i| monotone(f64::from(i) / 100.0, start, end)).collect();
            assert!(values.windows(2).all(|pair| pair[0] <= pair[1] + 1e-12) && values[0] == 0.0 && (values[100] - 1.0).abs() < 1e-12);
        }
        assert!((0..=10).all(|i| (monotone(f64::from(i) / 10.0, 1.0, 1.0) - f64::from(i) / 10.0).abs() < 1e-12));
    }
}
