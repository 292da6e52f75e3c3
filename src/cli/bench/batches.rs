//! The options of benchmarks of networks: how much goes through them, and where.

use clap::Args;

use super::timing::RepeatArgs;
use crate::backend::BackendChoice;

/// How much goes through a network in a repeat.
#[derive(Debug, Args)]
pub struct BatchArgs {
    /// Pictures in a batch; for a critic, as many real as fake ones.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=4096))]
    batch: u16,
    /// Batches in a repeat.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    steps: u32,
    /// The device.
    #[arg(long, value_enum, default_value_t = BackendChoice::Auto)]
    pub backend: BackendChoice,
    #[command(flatten)]
    repeats: RepeatArgs,
}

impl BatchArgs {
    /// Pictures in a batch, batches in a repeat, and repeats.
    pub fn counts(&self) -> (usize, usize, usize) {
        (usize::from(self.batch), self.steps as usize, self.repeats.repeats as usize)
    }
}
