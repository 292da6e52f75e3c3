//! What draws the lattice: the graphics driver, or the processor.
//!
//! Owns the choice; how each draws it stands in files of its own.

/// What draws the lattice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawing {
    /// The graphics driver, also a software one.
    Driver,
    /// The processor in place of a software driver, the driver otherwise.
    Fastest,
}
