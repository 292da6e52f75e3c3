//! A run is one value: its folder, its checkpoints, curves, events and pictures, and all that is known of it.
//!
//! Owns the files of a run and their formats, whoever reads them, and [`RunFacts`], the one view of a run: of its trainer, of whoever
//! follows it, of the session, of reports and of the command line. How a network learns is the business of the folder above.

mod aside;
mod branch;
mod checkpoint;
mod curves;
mod events;
mod facts;
mod folder;
mod header;
mod keeper;
mod log_file;
mod names;
mod over_time;
mod reading;
mod report;
mod sheets;
mod snapshot_plan;
mod snapshots;
mod solved;
mod spec;
mod standing;
mod state;
mod warm_start;

pub use branch::branch;
pub use checkpoint::{Checkpoint, list_checkpoints, read_checkpoint, read_state};
pub use curves::{CURVES_TABLE, CurveFile, CurvePoint, Curves};
pub use events::{EventFile, EventKind, LastSeen, RunEvent, parse_events};
pub use facts::RunFacts;
pub use folder::{RunFolder, is_locked, is_run_folder};
pub use header::model_header;
pub use keeper::{CheckpointKeeper, kept_as};
pub use names::{CHECKPOINTS, CURVES, EVENTS, RUN, SAMPLES, SNAPSHOTS};
pub use over_time::{ModelsOverTime, RunModels};
pub use reading::{read_run, run_kept_in};
pub use report::{RunReport, RunSummary, StepOutcome};
pub use sheets::{RECONSTRUCTED, forget_sheets, steady_samples, write_sheets};
pub use snapshot_plan::{is_kept, is_place, room_left};
pub use snapshots::{AverageSnapshot, Moment, bytes_of_snapshots, forget_snapshots, newest_moment, write_snapshot};
pub use solved::{AverageError, SolvedAverage, solve_average};
pub use spec::{EarlierFaces, FacesUsed, RunSpec, read_spec};
pub use standing::{Standing, Unreadable, lost_averages};
pub use state::RunState;
pub use warm_start::{Beginnings, read_beginnings, warm_start};
