//! Pure: a broker's settings, typed: what the code uses of the table in `broker_table`.
//!
//! Every property of Apache Kafka 3.9.1 is known and checked; those that this broker has no use for (JMX, KRaft, remote
//! storage) change nothing, and those whose promise it cannot keep are refused at the start (`refuse_unserved`).

mod areas;
mod listeners;
mod load;

pub use areas::*;
pub use listeners::{Listener, Listeners, SecurityProtocol};

use super::{
    settings::Settings,
    topic::{TopicConfig, TopicDefaults},
};
use rkafka_base::BrokerId;

/// A broker's settings. Build it with [`BrokerConfig::from_properties`].
#[derive(Clone, Debug)]
pub struct BrokerConfig {
    /// `broker.id`; −1: ask ZooKeeper for one (`broker.id.generation.enable`).
    pub broker_id: BrokerId,
    /// `broker.id.generation.enable`.
    pub broker_id_generation_enable: bool,
    /// `reserved.broker.max.id`: generated ids are larger.
    pub reserved_broker_max_id: i32,
    /// `broker.rack`.
    pub rack: Option<String>,
    pub listeners: Listeners,
    /// `log.dirs`, or `log.dir`.
    pub log_dirs: Vec<String>,
    pub zookeeper: ZooKeeperSettings,
    pub network: NetworkSettings,
    pub topics: TopicSettings,
    pub logs: LogSettings,
    pub replication: ReplicationSettings,
    pub groups: GroupSettings,
    pub offsets: OffsetsSettings,
    pub transactions: TransactionSettings,
    pub controlled_shutdown: ControlledShutdownSettings,
    /// What topics have unless they say otherwise.
    pub topic_defaults: TopicDefaults,
    /// `topic_defaults`, typed.
    pub default_topic: TopicConfig,
    /// All checked settings, for DescribeConfigs and for the `KafkaConfig values` log line.
    pub settings: Settings,
    /// What the start should tell: unknown, repeated and unused keys, one line each.
    pub warnings: Vec<String>,
}
