//! What a job is for.

use crate::engine::Job;

/// What a job is for: the panel that asks for it tells how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobKind {
    /// Faces or a model are made.
    Prepare,
    /// A photo is given its place.
    Place,
    /// Models are judged.
    Judge,
    /// A video is made.
    Record,
}

impl JobKind {
    /// What `job` is for.
    pub fn of(job: &Job) -> Self {
        match job {
            Job::Import { .. }
            | Job::DrawFaces { .. }
            | Job::FitPca(_)
            | Job::FitMixture(_)
            | Job::FitInverter(_)
            | Job::TakeAverage(_) => Self::Prepare,
            Job::PlacePhoto(_) => Self::Place,
            Job::Evaluate(_) | Job::WriteReport(_) => Self::Judge,
            Job::Record(_) => Self::Record,
        }
    }
}
