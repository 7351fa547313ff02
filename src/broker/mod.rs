//! The broker: everything wired together.
//!
//! A request travels [`network`] (bytes to frames) → [`request`] (frame to header and decoded message) →
//! [`handlers`] (one file per API, found through one table) and its reply travels back the same way. Handlers get
//! narrow contexts out of [`services::Services`], never the whole broker.

pub mod fetch_session;
pub mod groups;
pub mod handlers;
pub mod metadata_cache;
pub mod network;
pub mod request;
pub mod services;
