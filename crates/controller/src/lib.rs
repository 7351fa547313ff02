//! The controller: decides which broker leads which partition.
//!
//! One broker of a cluster is elected controller by ZooKeeper. It watches brokers, topics and requests to delete
//! topics, keeps the state of every partition in ZooKeeper, and tells brokers what they need to know.
//!
//! Deciding is pure: an [`event::Event`] goes into [`step::decide`], which says what to write, and then into
//! [`step::apply`], which changes the [`cluster::Cluster`] and says whom to tell. [`driver`] is the loop around them.

mod admin_writes;
mod alter_partition;
mod ask;
mod asked;
mod brokers;
mod channels;
mod cluster;
mod command;
mod controlled_shutdown;
mod driver;
mod election;
mod event;
mod failover;
mod handle;
mod internal_topics;
mod leader_election;
mod listeners;
mod liveness;
mod load;
mod notices;
mod partitions;
mod producer_ids;
mod queues;
mod reassignment;
mod reassignment_requests;
mod rebalance;
mod refusal;
mod requests;
mod sender;
mod startup;
mod step;
mod suspicion;
mod topic_deletion;
mod topics;
mod writes;

#[cfg(test)]
mod driver_tests;
#[cfg(test)]
mod reassignment_tests;
#[cfg(test)]
mod step_tests;
#[cfg(test)]
mod world_for_tests;

pub use asked::{ElectionKind, Reply, Request, RequestId, Targets};
pub use channels::BrokerChannels;
pub use cluster::ControllerSettings;
pub use command::ControllerStatus;
pub use handle::{Controller, Surroundings};
pub use listeners::{Awaited, Listeners, NetworkListeners, Open, PATIENCE, Unopened};
pub use partitions::topics_without_clean_heir;
pub use refusal::{PartitionResults, Refusal};
pub use requests::{DURING_DELETE, Message};
