//! The Kafka client: connections, metadata, producer, consumer, admin. Tools and brokers share it.
