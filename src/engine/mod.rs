//! Worker threads: jobs in, events out.
//!
//! Owns the threads on which models live. Sends plain data only: faces as bytes, never tensors.
