//! Watching a cluster from a client's side: what keeps a client from it, and what happens in it.

pub mod doctor;
mod span;
mod together;
pub mod top;
