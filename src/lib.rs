//! rkafka: the Kafka you start in milliseconds. This package is the one binary and its tools ([`cli`]); what they stand on
//! are the crates below `crates/`, of which ARCHITECTURE.md has the map.

pub mod cli;
