//! How the place of a picture is looked for, and how the encoder learns that says where to begin: every number of both, with its default.

/// How the place of a picture is looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct InversionSettings {
    /// Places that the search begins at: the encoder's, the mean, and others of the seed.
    pub starts: usize,
    /// So many of them go on after the first part of the steps, those that are nearest by then.
    pub kept: usize,
    /// The part of the steps that all starts are given.
    pub together: f64,
    /// Steps of Adam.
    pub steps: u32,
    /// Its learning rate at its height, in sigma units.
    pub learning_rate: f32,
    /// Steps over which it rises.
    pub warm_up: u64,
    /// The share of it that is left at the end.
    pub final_share: f64,
    /// Weight of the squared deviation of |z| / sqrt(k) from 1, beside the mean absolute differences of the levels of a Laplacian pyramid
    /// of pictures in [-1, 1].
    pub pull: f32,
    /// No place lies further from the mean than so many times sqrt(k).
    pub farthest: f32,
    /// Of the starts.
    pub seed: u64,
}

impl Default for InversionSettings {
    fn default() -> Self {
        Self {
            starts: 4,
            kept: 2,
            together: 0.3,
            steps: 200,
            learning_rate: 0.1,
            warm_up: 10,
            final_share: 0.02,
            pull: 0.1,
            farthest: 1.5,
            seed: 1,
        }
    }
}

/// How an encoder learns from the samples of its generator.
#[derive(Clone, Debug, PartialEq)]
pub struct InverterPlan {
    /// Samples that it sees.
    pub images: u64,
    /// Samples in a step.
    pub batch: usize,
    /// Learning rate of AdamW at its height.
    pub learning_rate: f32,
    /// Steps over which it rises.
    pub warm_up: u64,
    /// The share of it that is left at the end.
    pub final_share: f64,
    /// The standard deviation of the noise that samples are seen through, in units of pixels in [-1, 1]: photos differ from samples in
    /// what is finest.
    pub noise: f32,
    /// Of first weights, samples and noise.
    pub seed: u64,
}

impl Default for InverterPlan {
    fn default() -> Self {
        Self { images: 40_000, batch: 32, learning_rate: 2e-3, warm_up: 50, final_share: 0.01, noise: 0.05, seed: 1 }
    }
}
