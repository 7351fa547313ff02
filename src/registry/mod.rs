//! What Kafka keeps in znodes: paths and payloads, one file each.
