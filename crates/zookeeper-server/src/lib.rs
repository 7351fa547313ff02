//! A standalone ZooKeeper server, in the shape prepare → persist → apply.
//!
//! [`core`] is pure and holds all state: a request is prepared into a transaction ([`ops`], against the tree as it will
//! be: [`pending`]), the log thread makes it durable ([`log_thread`], [`storage`]), then it is applied
//! ([`database`]), watches fire ([`watches`]) and the reply goes out. The rest drives it: [`lifecycle`] listens,
//! `client_connection` moves frames, [`four_letter`], [`admin`] and [`prometheus_page`] answer operators out
//! of [`figures`]. Files are ZooKeeper's own ([`txn_log`], [`snapshot`]); Apache ZooKeeper can take over a data folder, and the reverse.

mod accept;
mod acl;
mod acl_table;
mod admin;
mod auth;
mod client_connection;
mod connect;
mod connection;
mod core;
mod database;
mod digest;
mod figures;
mod four_letter;
mod http;
mod lifecycle;
mod log_entry;
mod log_thread;
mod metrics;
mod name_index;
mod node;
mod nodes;
mod operator_doors;
mod ops;
mod outbox;
mod password;
mod path;
mod pending;
mod prometheus_page;
mod purge;
mod quota;
mod recovery;
mod reply;
mod restore;
mod rules;
mod sasl;
mod security;
mod sessions;
mod shared;
mod snapshot;
mod stats;
mod storage;
mod tls;
mod tls_context;
mod tree;
mod txn_log;
mod unsent;
mod watches;

#[cfg(test)]
mod tests;

pub use admin::AdminServerError;
pub use figures::VERSION;
pub use lifecycle::ZooKeeperServer;
