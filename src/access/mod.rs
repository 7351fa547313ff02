//! How a tool finds what it speaks with and may speak to it: addresses, properties files, who it is.

pub mod admin;
pub mod brokers_in_zookeeper;
pub mod client_defaults;
pub mod failure;
pub mod java_options;
pub mod properties;
pub mod secrets;
pub mod servers;
pub mod zookeeper_access;
