//! The Kafka client: connections, metadata, producer, consumer, admin. The tools use it, and brokers among themselves.
//!
//! [`BrokerConnection`] owns a socket; [`Cluster`] owns the connections to one cluster and what is known of it; [`admin`],
//! producer and consumer stand on [`Cluster`]. Configuration goes by Kafka's property names ([`settings`], [`config`]).
//! Whoever holds a producer, a consumer or an [`Admin`] drives it; each has background tasks that end with it.

pub mod admin;
mod bootstrap;
mod cluster;
mod config;
mod connection;
pub mod consumer;
mod error;
mod foreign;
mod metadata;
mod negotiate;
pub mod producer;
pub mod repeats;
mod retry;
mod settings;
pub mod share_consumer;
mod task;
pub mod unreached;

pub use admin::Admin;
pub use bootstrap::{HostPort, parse_addresses};
pub use cluster::{Cluster, CoordinatorKind};
pub use config::{ClientConfig, ClientKind, GIVE_UP_AFTER};
pub use connection::{BrokerConnection, DirectConnection, Target};
pub use consumer::Consumer;
pub use error::{ClientError, Foreign};
pub use metadata::{ClusterView, Node, PartitionView, TopicView, Topics};
pub use negotiate::BrokerVersions;
pub use producer::Producer;
pub use retry::Backoff;
pub use settings::Properties;
pub use share_consumer::ShareConsumer;
