//! What stands in a run folder, by name.

/// The file that makes a folder a run.
pub const RUN: &str = "run.ron";
/// The curves' file.
pub const CURVES: &str = "curves.csv";
/// The events' file.
pub const EVENTS: &str = "events.csv";
/// Pictures of what the network could do at a step.
pub const SAMPLES: &str = "samples";
/// The folder of checkpoints.
pub const CHECKPOINTS: &str = "checkpoints";
/// Averages that are kept for good.
pub const SNAPSHOTS: &str = "snapshots";
/// The lock that a process holds while it trains.
pub const LOCK: &str = "run.lock";
