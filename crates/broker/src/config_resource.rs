//! Pure: what settings belong to: a topic, a broker, … (`ConfigResource`).

use std::fmt;

/// The kinds of resources, with the wire's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceType {
    Topic = 2,
    Broker = 4,
    BrokerLogger = 8,
    ClientMetrics = 16,
}

impl ResourceType {
    pub fn of(number: i8) -> Option<ResourceType> {
        use ResourceType::{Broker, BrokerLogger, ClientMetrics, Topic};
        [Topic, Broker, BrokerLogger, ClientMetrics].into_iter().find(|kind| *kind as i8 == number)
    }
}

/// A resource as a request names it. Displays as Kafka's messages do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConfigResource {
    pub kind: i8,
    pub name: String,
}

impl ConfigResource {
    /// Kafka's name for a type's number.
    pub(crate) fn type_name(number: i8) -> &'static str {
        match ResourceType::of(number) {
            Some(ResourceType::Topic) => "TOPIC",
            Some(ResourceType::Broker) => "BROKER",
            Some(ResourceType::BrokerLogger) => "BROKER_LOGGER",
            Some(ResourceType::ClientMetrics) => "CLIENT_METRICS",
            None => "UNKNOWN",
        }
    }
}

impl fmt::Display for ConfigResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConfigResource(type={}, name='{}')", ConfigResource::type_name(self.kind), self.name)
    }
}
