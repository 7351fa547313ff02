//! Pure: partitions as what tools show for programs has them.

use rkafka_base::TopicPartition;
use serde_json::{Value, json};

/// An array of `{"topic": …, "partition": …}`, in the order given.
pub fn list(partitions: &[TopicPartition]) -> Value {
    partitions.iter().map(|p| json!({ "topic": &*p.topic, "partition": p.partition })).collect()
}
