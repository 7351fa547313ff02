//! rkafka's own: what is made from the other tools' definitions, and servers for a developer.

pub mod complete;
pub mod completions;
pub mod context;
pub mod dev;
pub mod link;
pub mod man;
pub mod run_class;
