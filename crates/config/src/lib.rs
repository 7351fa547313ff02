//! Properties files, and the definitions of every key: name, type, default, range.
//!
//! A file's text becomes [`properties::Properties`], a table of [`definition::Definition`]s checks it into
//! [`settings::Settings`], and a typed struct ([`broker::BrokerConfig`], [`topic::TopicConfig`]) is what code uses. Owns
//! the tables; servers read files through it at their start, handlers check changes of settings, and tools their options.

pub mod broker;
pub mod broker_table;
pub mod client_tables;
pub mod definition;
pub mod describe;
pub mod file;
pub mod jaas;
mod listen_address;
pub mod properties;
pub mod settings;
pub mod system_properties;
mod tls_options;
pub mod topic;
pub mod topic_table;
pub mod zookeeper;
pub mod zookeeper_doors;
mod zookeeper_security;
mod zookeeper_table;

pub use broker::BrokerConfig;
pub use settings::ConfigError;
pub use tls_options::{ClientAuth, Store, StoreKind, TlsOptions, TlsOptionsError};
pub use zookeeper::ZooKeeperConfig;
pub use zookeeper_doors::{AdminConfig, DoorsConfig, PrometheusConfig};
pub use zookeeper_security::{DigestAlgorithm, JaasConfig, SecurityConfig};

#[cfg(test)]
mod tests {
    use super::{
        broker_table::BROKER,
        client_tables::{ADMIN, CLIENT, CONSUMER, PRODUCER},
        definition::Preset,
        topic_table::TOPIC,
    };

    #[test]
    fn tables_are_sorted_and_their_defaults_are_allowed() {
        for table in [BROKER, TOPIC, CLIENT, PRODUCER, CONSUMER, ADMIN] {
            assert!(table.is_sorted_by(|a, b| a.name < b.name), "{} …", table[0].name);
            for definition in table {
                if let Preset::Is(text) = definition.preset {
                    assert!(definition.parse(text).is_ok(), "{}={text}", definition.name);
                }
            }
        }
        assert!(BROKER.iter().chain(TOPIC).all(|definition| !definition.doc.is_empty()));
    }
}
