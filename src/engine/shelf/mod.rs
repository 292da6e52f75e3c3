//! The shelf: all models and runs that a user may want to open, whoever made them.
//!
//! Owns what a list shows of each, where they are looked for, and the thread that looks. What is remembered from one session to the
//! next, and what is done with an item, is the business of others.

mod face;
mod item;
mod reader;
mod search;

pub use face::ShelfFace;
pub use item::{RunLine, ShelfFault, ShelfItem};
pub use reader::ShelfReader;
