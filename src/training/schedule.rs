//! How the learning rate runs over a training: a linear warm-up, then half a cosine (Loshchilov and Hutter 2017, SGDR).

/// The learning rate as a share of its height: `step` counts from 0, `progress` is the share of the budget that is used.
/// Falls from 1 to `final_share`, and stays there beyond the end.
pub fn rate_share(step: u64, warm_up: u64, progress: f64, final_share: f64) -> f64 {
    let rise = if step < warm_up { (step + 1) as f64 / warm_up as f64 } else { 1.0 };
    let cosine = 0.5 * (1.0 + (std::f64::consts::PI * progress.clamp(0.0, 1.0)).cos());
    rise * (final_share + (1.0 - final_share) * cosine)
}

/// How much of an average over weights stays at a step, counted from 0: less at first, so that early averages forget the
/// beginning, and `decay` in the long run.
pub fn ema_decay(step: u64, decay: f32) -> f32 {
    decay.min((1.0 + step as f32) / (10.0 + step as f32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rises_and_falls_without_a_jump() {
        assert!(rate_share(0, 100, 0.0, 0.01) <= 0.01);
        assert!((rate_share(99, 100, 0.0, 0.01) - 1.0).abs() < 1e-12);
        assert!((rate_share(5000, 100, 1.0, 0.01) - 0.01).abs() < 1e-12);
        assert_eq!(rate_share(5000, 100, 7.0, 0.01), rate_share(5000, 100, 1.0, 0.01));
        let shares: Vec<f64> = (0..1000).map(|step| rate_share(step, 50, step as f64 / 1000.0, 0.01)).collect();
        assert!(shares.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 0.021), "continuous");
        assert!(shares[50..].windows(2).all(|pair| pair[1] <= pair[0]), "falling after the warm-up");
        assert_eq!(rate_share(0, 0, 0.0, 0.0), 1.0, "no warm-up is none");
    }

    #[test]
    fn averages_forget_the_beginning() {
        assert!(ema_decay(0, 0.999) < 0.11);
        assert_eq!(ema_decay(1_000_000, 0.999), 0.999);
    }
}
