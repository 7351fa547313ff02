//! What copies from one cluster to another.

pub mod kafka_mirror_maker;
