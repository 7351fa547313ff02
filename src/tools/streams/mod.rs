//! What Kafka Streams applications leave behind in a cluster.

pub mod kafka_streams_application_reset;
