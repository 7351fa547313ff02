//! Pure: the settings that a log obeys, with Kafka's defaults (`LogConfig` of Kafka's storage module).

use rkafka_config::topic::TopicConfig;

/// What one partition's log obeys. The broker derives it from its own properties and the topic's overrides; a change
/// takes effect with the next append or maintenance pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogConfig {
    /// `segment.bytes`: a segment is rolled before it would grow past this many bytes.
    pub segment_bytes: u32,
    /// `segment.ms`: a segment is rolled when its first batch is older than this.
    pub segment_ms: i64,
    /// `segment.jitter.ms`: the most by which `segment_ms` is shortened, at random, for each segment.
    pub segment_jitter_ms: i64,
    /// `segment.index.bytes`: the size to which the active segment's indexes are preallocated.
    pub segment_index_bytes: u32,
    /// `index.interval.bytes`: how many bytes are appended between two index entries.
    pub index_interval_bytes: u32,
    /// `retention.bytes`: −1 for no limit.
    pub retention_bytes: i64,
    /// `retention.ms`: −1 for no limit.
    pub retention_ms: i64,
    /// `flush.messages`: fsync when this many records were appended since the last fsync.
    pub flush_messages: i64,
    /// `flush.ms`: fsync when the last one is this long ago.
    pub flush_ms: i64,
    /// `file.delete.delay.ms`: how long a removed file lives on under its `.deleted` name.
    pub file_delete_delay_ms: i64,
    /// `cleanup.policy` contains `delete`.
    pub delete: bool,
    /// `cleanup.policy` contains `compact`.
    pub compact: bool,
    /// `producer.id.expiration.ms`: a producer that wrote nothing for this long is forgotten.
    pub producer_id_expiration_ms: i64,
}

impl LogConfig {
    /// The part of a topic's settings that its logs obey, with the broker's `producer.id.expiration.ms`.
    pub fn of_topic(topic: &TopicConfig, producer_id_expiration_ms: i64) -> LogConfig {
        // The definitions allow no negative sizes.
        let size = |n: i32| u32::try_from(n).unwrap_or(0);
        LogConfig {
            segment_bytes: size(topic.segment_bytes),
            segment_ms: topic.segment_ms,
            segment_jitter_ms: topic.segment_jitter_ms,
            segment_index_bytes: size(topic.segment_index_bytes),
            index_interval_bytes: size(topic.index_interval_bytes),
            retention_bytes: topic.retention_bytes,
            retention_ms: topic.retention_ms,
            flush_messages: topic.flush_messages,
            flush_ms: topic.flush_ms,
            file_delete_delay_ms: topic.file_delete_delay_ms,
            delete: topic.delete,
            compact: topic.compact,
            producer_id_expiration_ms,
        }
    }
}

impl Default for LogConfig {
    fn default() -> LogConfig {
        const DAY_MS: i64 = 24 * 60 * 60 * 1000;
        LogConfig {
            segment_bytes: 1 << 30,
            segment_ms: 7 * DAY_MS,
            segment_jitter_ms: 0,
            segment_index_bytes: 10 << 20,
            index_interval_bytes: 4096,
            retention_bytes: -1,
            retention_ms: 7 * DAY_MS,
            flush_messages: i64::MAX,
            flush_ms: i64::MAX,
            file_delete_delay_ms: 60_000,
            delete: true,
            compact: false,
            producer_id_expiration_ms: DAY_MS,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_topic_has_the_defaults() {
        assert_eq!(LogConfig::of_topic(&TopicConfig::default(), 86_400_000), LogConfig::default());
    }
}
