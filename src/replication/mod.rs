//! Partitions and their replicas.
