//! TLS: who we are and whom we trust, as Kafka's and ZooKeeper's settings say it.

mod options;

pub use options::{ClientAuth, Store, StoreKind, TlsOptions, TlsOptionsError};
