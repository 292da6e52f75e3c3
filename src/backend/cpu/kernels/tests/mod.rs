//! Every kernel at every level against plain f64 loops.

mod convolutions;
mod elementwise;
mod reference;
