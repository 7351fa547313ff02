//! The classic consumer group protocol as Apache Kafka 3.9's group coordinator speaks it.
//!
//! [`shard`] holds the groups of one partition of `__consumer_offsets` and sends every request to the file of its
//! concern: joining ([`join`], [`static_member`]), rebalancing ([`rebalance`]), [`sync`], [`membership`] (heartbeat,
//! leave, session expiry), offsets ([`offset_commit`], [`offset_fetch`], [`removal`], [`expiry`]) and views
//! ([`describe`]). They read the [`state`] and change it through `Change`s only. [`records`] and [`load`] are the way
//! to the log and back. [`coordinator`] is the driver's face towards the broker.

mod config;
pub(crate) mod coordinator;
mod describe;
mod expiry;
mod join;
mod load;
mod membership;
mod offset_commit;
mod offset_fetch;
mod rebalance;
mod records;
mod removal;
mod request;
mod shard;
mod state;
mod static_member;
mod subscription;
mod sync;
mod turn;
mod write;

pub use config::GroupConfig;
pub use request::{Client, GroupReply, GroupRequest, Join};
pub use shard::GroupShard;

#[cfg(test)]
mod tests;
