//! What speaks with ZooKeeper itself.

pub mod zookeeper_security_migration;
pub mod zookeeper_shell;
