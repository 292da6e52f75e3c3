//! What benchmarks measure of networks, on any device. How often, and how it is told, is the business of the command line.

pub mod gan;
pub mod modes;
pub mod network;
mod timing;
