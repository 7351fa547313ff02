//! Pure: the topics that Kafka keeps for itself.

/// Keeps consumer groups and their offsets.
pub const OFFSETS_TOPIC: &str = "__consumer_offsets";
/// Keeps transactions.
pub const TRANSACTION_TOPIC: &str = "__transaction_state";

/// Whether a topic of this name is one of them.
pub fn is_internal_topic(name: &str) -> bool {
    matches!(name, OFFSETS_TOPIC | TRANSACTION_TOPIC)
}
