//! The broker: everything wired together.
//!
//! A request travels [`network`] (bytes to frames) → [`request`] (frame to header and decoded message) →
//! [`handlers`] (one file per API, found through one table) and its reply travels back the same way. Handlers get
//! narrow contexts out of [`services::Services`], never the whole broker. [`start`] owns the order in which everything
//! begins and ends; the tools `kafka-server-start` and `dev` call it.

pub mod admin;
pub mod api_error;
pub mod authorized_operations;
pub mod config_alteration;
pub mod config_resource;
mod controller_channels;
mod controller_link;
pub mod controller_requests;
pub mod data;
pub mod dynamic_config;
pub mod fetch_session;
pub mod following;
pub mod groups;
pub mod handlers;
mod isr_changes;
mod log_dir_failures;
pub mod log_dir_moves;
pub mod metadata_cache;
pub mod network;
pub mod producer_ids;
pub mod region;
pub mod request;
pub mod services;
pub mod start;
pub mod to_the_end;
pub mod topic_configs;
pub mod topic_creation;

pub use start::Broker;
