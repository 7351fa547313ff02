//! rkafka: the Kafka you start in milliseconds.
//!
//! The map, and who may import whom (a module imports only from rows above it; `tests/tidy.rs` enforces it):
//!
//! | row | modules | what lives there |
//! |---|---|---|
//! | 0 | [`base`] | newtypes: offset, epoch, broker id, topic partition; clock; hashes |
//! | 1 | [`runtime`], [`config`], [`protocol`], [`zookeeper::jute`], [`zookeeper::sasl`] | the doors outside; property files; bytes to values (no I/O) |
//! | 2 | [`log`], [`client`], [`zookeeper::client`] | one replica's files; the Kafka client; the ZooKeeper client |
//! | 3 | [`registry`], [`zookeeper::server`] | what Kafka keeps in znodes; the ZooKeeper server |
//! | 4 | [`replication`], [`coordinator`], [`controller`] | the deciding state machines; never each other |
//! | 5 | [`broker`] | all wiring |
//! | 6 | [`cli`] | the tools |
//!
//! A file whose first line starts with `//! Pure:` does no I/O, reads no clock and no randomness, and awaits nothing.

pub mod base;
pub mod broker;
pub mod cli;
pub mod client;
pub mod config;
pub mod controller;
pub mod coordinator;
pub mod log;
pub mod protocol;
pub mod registry;
pub mod replication;
pub mod runtime;
pub mod zookeeper;
