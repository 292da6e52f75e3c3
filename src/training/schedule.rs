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

/// The part of a training over which gamma and beta2 of a GAN move to where they stay.
const SETTLED: f64 = 0.5;
/// The half-life of an average is at most this share of the faces seen, so that early averages forget the beginning.
const RAMP_UP: f64 = 0.05;

/// What falls from 1 to `final_share` along half a cosine and stays there from half of a training on.
pub fn settled_share(progress: f64, final_share: f64) -> f64 {
    let cosine = 0.5 * (1.0 + (std::f64::consts::PI * (progress / SETTLED).clamp(0.0, 1.0)).cos());
    final_share + (1.0 - final_share) * cosine
}

/// How much of an average over weights stays at a step of `batch` faces after `images` of them, if half of it is to stay after
/// `half_life` faces (Karras et al. 2020, with their ramp-up).
pub fn half_life_decay(images: u64, batch: usize, half_life: u64) -> f32 {
    let faces = (half_life as f64).min(RAMP_UP * (images + batch as u64) as f64).max(1e-9);
    0.5_f64.powf(batch as f64 / faces) as f32
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
    fn what_settles_falls_and_stays() {
        assert_eq!((settled_share(0.0, 0.1), settled_share(0.5, 0.1), settled_share(1.0, 0.1)), (1.0, 0.1, 0.1));
        assert!((settled_share(0.25, 0.1) - 0.55).abs() < 1e-12);
    }

    #[test]
    fn half_of_an_average_stays_after_its_half_life() {
        let decay = half_life_decay(10_000_000, 32, 3200);
        assert!((decay.powi(100) - 0.5).abs() < 1e-4);
        assert!(half_life_decay(0, 32, 3200) < 1e-5, "the first average is the first network");
        assert!(half_life_decay(6400, 32, 3200) < decay);
    }

    #[test]
    fn averages_forget_the_beginning() {
        assert!(ema_decay(0, 0.999) < 0.11);
        assert_eq!(ema_decay(1_000_000, 0.999), 0.999);
    }
}
