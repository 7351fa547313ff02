//! What operators can learn of the server, whoever asks: the four-letter words, the AdminServer and the Prometheus page
//! each render it in their own way.

pub mod connections;
pub mod dirs;
pub mod environment;
pub mod monitor;
pub mod reset;
pub mod settings;
pub mod trace_mask;
pub mod watches;

/// What `srvr` and `mntr` say this is: the release of ZooKeeper whose behaviour it has, and what it really is.
pub const VERSION: &str = concat!("3.8.4-rkafka-", env!("CARGO_PKG_VERSION"), ", built on 2024-02-12 22:16 UTC");
