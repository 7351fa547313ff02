//! The ZooKeeper server: prepare, persist, apply.

pub mod acl;
pub mod auth;
mod connect;
pub mod connection;
pub mod core;
pub mod database;
pub mod digest;
pub mod log_entry;
pub mod node;
pub mod ops;
pub mod password;
pub mod path;
pub mod pending;
pub mod recovery;
mod reply;
pub mod rules;
pub mod sessions;
pub mod snapshot;
pub mod stats;
pub mod tree;
pub mod txn_log;
pub mod watches;
