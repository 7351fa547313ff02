//! The broker: everything wired together.
//!
//! A request travels [`network`] (bytes to frames) → [`request`] (frame to header and decoded message) →
//! [`handlers`] (one file per API, found through one table) and its reply travels back the same way. Handlers get
//! narrow contexts out of [`services::Services`], never the whole broker. [`start`] owns the order in which everything
//! begins and ends; the tools `kafka-server-start` and `dev` call it.

mod admin;
mod api_error;
mod authorized_operations;
mod config_alteration;
mod config_resource;
mod controller_channels;
mod controller_link;
mod controller_requests;
mod data;
mod dynamic_config;
mod fetch_session;
mod following;
mod groups;
pub mod handlers;
mod isr_changes;
mod log_dir_failures;
mod log_dir_moves;
mod lost_leadership;
mod metadata_cache;
mod network;
mod producer_ids;
mod region;
mod request;
mod services;
mod start;
mod to_the_end;
mod topic_configs;
mod topic_creation;

pub use groups::OffsetsPartitions;
pub use start::Broker;
pub use topic_creation::replica_assignment;
