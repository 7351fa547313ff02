//! Properties files, and the definitions of every key: name, type, default, range.
//!
//! A file's text becomes [`properties::Properties`], a table of [`definition::Definition`]s checks it into
//! [`settings::Settings`], and a typed struct ([`broker::BrokerConfig`], [`topic::TopicConfig`]) is what code uses.

pub mod broker;
pub mod broker_table;
pub mod client_tables;
pub mod definition;
pub mod describe;
pub mod file;
pub mod properties;
pub mod settings;
pub mod topic;
pub mod topic_table;
pub mod zookeeper;
pub mod zookeeper_table;

pub use broker::BrokerConfig;
pub use settings::ConfigError;
pub use zookeeper::ZooKeeperConfig;
