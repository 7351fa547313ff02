//! The broker: everything wired together.
//!
//! A request travels [`network`] (bytes to frames) → [`request`] (frame to header and decoded message) →
//! [`handlers`] (one file per API, found through one table) and its reply travels back the same way. Handlers get
//! narrow contexts out of [`services::Services`], never the whole broker.

pub mod authorized_operations;
mod controller_channels;
pub mod controller_requests;
pub mod data;
pub mod fetch_session;
pub mod groups;
pub mod handlers;
pub mod metadata_cache;
pub mod network;
pub mod region;
pub mod request;
pub mod services;
pub mod start;
pub mod topic_configs;

pub use start::Broker;
