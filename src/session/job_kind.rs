//! What a job is for.

use crate::engine::Job;

/// What a job is for: the panel that asks for it tells how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobKind {
    /// Faces or a model are made.
    Prepare,
    /// Models are judged.
    Judge,
}

impl JobKind {
    /// What `job` is for.
    pub fn of(job: &Job) -> Self {
        if matches!(job, Job::Evaluate(_) | Job::WriteReport(_)) { Self::Judge } else { Self::Prepare }
    }
}
