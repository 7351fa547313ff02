//! Pure: the settings that a log obeys, with Kafka's defaults (`LogConfig` of Kafka's storage module).

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
