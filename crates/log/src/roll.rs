//! Pure: when a segment is full or old enough to begin the next one (`LogSegment.shouldRoll`).

use super::config::LogConfig;

/// What is known of the active segment when records are about to be appended.
#[derive(Clone, Copy, Debug)]
pub struct ActiveSegment {
    pub base_offset: i64,
    pub size: u64,
    /// When the segment was begun, by the broker's clock.
    pub created_ms: i64,
    /// The largest timestamp of the first batch; none if there is no batch, negative if it has none.
    pub first_timestamp: Option<i64>,
    /// By how much `segment.ms` is shortened.
    pub jitter_ms: i64,
    pub index_full: bool,
}

/// The records that are about to be appended.
#[derive(Clone, Copy, Debug)]
pub struct Incoming {
    pub size: u64,
    pub last_offset: i64,
    pub max_timestamp: i64,
    pub now: i64,
}

/// Whether the records belong into a new segment.
pub fn should_roll(config: &LogConfig, active: &ActiveSegment, incoming: &Incoming) -> bool {
    debug_assert!(incoming.last_offset >= active.base_offset, "{incoming:?} belongs behind {active:?}");
    let too_large = active.size + incoming.size > u64::from(config.segment_bytes);
    let age = match active.first_timestamp.filter(|t| *t >= 0) {
        Some(first) => incoming.max_timestamp.saturating_sub(first),
        None => incoming.now.saturating_sub(active.created_ms),
    };
    let too_old = active.size > 0 && age > config.segment_ms.saturating_sub(active.jitter_ms);
    let too_far = incoming.last_offset - active.base_offset > i64::from(i32::MAX);
    too_large || too_old || active.index_full || too_far
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason() {
        let config = LogConfig { segment_bytes: 1000, segment_ms: 100, ..LogConfig::default() };
        let active = ActiveSegment {
            base_offset: 50,
            size: 500,
            created_ms: 0,
            first_timestamp: Some(10_000),
            jitter_ms: 0,
            index_full: false,
        };
        let incoming = Incoming { size: 500, last_offset: 60, max_timestamp: 10_100, now: 99_999 };
        let roll = |a: ActiveSegment, i: Incoming| should_roll(&config, &a, &i);
        assert!(!roll(active, incoming));
        assert!(roll(active, Incoming { size: 501, ..incoming }));
        assert!(roll(active, Incoming { max_timestamp: 10_101, ..incoming }));
        assert!(roll(ActiveSegment { jitter_ms: 1, ..active }, incoming));
        assert!(roll(ActiveSegment { first_timestamp: Some(-1), ..active }, incoming));
        assert!(roll(ActiveSegment { index_full: true, ..active }, incoming));
        assert!(roll(active, Incoming { last_offset: 50 + (1 << 31), ..incoming }));
        assert!(!roll(ActiveSegment { size: 0, first_timestamp: None, ..active }, incoming));
    }
}
