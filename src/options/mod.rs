//! The options of the tools, read as Kafka's tools read a command line.

pub mod argv;
pub mod flags;
pub mod table;
