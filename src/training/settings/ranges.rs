//! The ranges that options are held to, on the command line and while a training runs.

pub(super) const MOST_BATCH: usize = 1024;
pub(super) const MOST_RATE: f32 = 1.0;
pub(super) const MOST_WEIGHT: f32 = 100.0;
pub(super) const MOST_PENALTY: f32 = 1000.0;
pub(super) const MOST_STEPS: u32 = 64;

pub(super) fn in_range<T: std::str::FromStr + PartialOrd + std::fmt::Display>(text: &str, least: T, most: T) -> Result<T, String> {
    match text.parse::<T>() {
        Ok(value) if value >= least && value <= most => Ok(value),
        _ => Err(format!("a number from {least} to {most} is wanted")),
    }
}

pub(super) fn latent_in_range(text: &str) -> Result<usize, String> {
    in_range(text, 2, 512)
}

pub(super) fn width_in_range(text: &str) -> Result<usize, String> {
    in_range(text, 4, 128)
}

pub(super) fn batch_in_range(text: &str) -> Result<usize, String> {
    in_range(text, 1, MOST_BATCH)
}

pub(super) fn rate_in_range(text: &str) -> Result<f32, String> {
    in_range(text, 0.0, MOST_RATE)
}

pub(super) fn weight_in_range(text: &str) -> Result<f32, String> {
    in_range(text, 0.0, MOST_WEIGHT)
}

pub(super) fn share_in_range(text: &str) -> Result<f32, String> {
    in_range(text, 0.0, 1.0)
}

/// A number brought into its range.
pub(super) fn clamped(value: f32, most: f32) -> f32 {
    if value.is_finite() { value.clamp(0.0, most) } else { 0.0 }
}

pub(super) fn penalty_in_range(text: &str) -> Result<f32, String> {
    in_range(text, 0.0, MOST_PENALTY)
}

pub(super) fn steps_in_range(text: &str) -> Result<u32, String> {
    in_range(text, 1, MOST_STEPS)
}
