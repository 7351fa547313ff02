//! What Kafka keeps in znodes: paths and payloads, one file each.
//!
//! [`payload`] turns the bytes of a node into values and back and is pure; [`paths`] says where each node is.

pub mod paths;
pub mod payload;

pub use payload::*;
