//! Pure: which segments at the start of a log may go (`UnifiedLog.deleteOldSegments`).

use super::config::LogConfig;

/// What retention must know of one segment.
#[derive(Clone, Copy, Debug)]
pub struct SegmentAge {
    pub base_offset: i64,
    pub size: u64,
    /// The largest timestamp of its records; without one, when the file was last written.
    pub largest_timestamp: i64,
}

/// The log as retention sees it.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub log_start: i64,
    pub high_watermark: i64,
    pub log_end: i64,
    pub now: i64,
}

/// Why segments go, in Kafka's words for the log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    LogStart,
    Size,
    Time,
}

/// How many of the first segments may go, and why. The three reasons are looked at one after the other, as Kafka does,
/// each on what the one before has left.
pub fn deletable(config: &LogConfig, segments: &[SegmentAge], bounds: &Bounds) -> Vec<(Reason, usize)> {
    debug_assert!(
        bounds.log_start <= bounds.high_watermark
            && bounds.high_watermark <= bounds.log_end
            && segments.is_sorted_by(|one, next| one.base_offset < next.base_offset),
        "{bounds:?} with {segments:?}"
    );
    let mut found = Vec::new();
    let mut left = segments;
    let mut take = |reason, count: usize| {
        if count > 0 {
            found.push((reason, count));
            left = left.get(count..).unwrap_or_default();
        }
        left
    };
    let rest = take(Reason::LogStart, leading(segments, bounds, |_, next| next.is_some_and(|n| n <= bounds.log_start)));
    if !config.delete {
        return found;
    }
    let rest = take(Reason::Size, by_size(config, rest, bounds));
    take(Reason::Time, by_time(config, rest, bounds));
    found
}

fn by_size(config: &LogConfig, segments: &[SegmentAge], bounds: &Bounds) -> usize {
    let total: u64 = segments.iter().map(|s| s.size).sum();
    let Some(mut excess) = u64::try_from(config.retention_bytes).ok().and_then(|limit| total.checked_sub(limit)) else {
        return 0;
    };
    leading(segments, bounds, |segment, _| match excess.checked_sub(segment.size) {
        Some(left) => {
            excess = left;
            true
        }
        None => false,
    })
}

fn by_time(config: &LogConfig, segments: &[SegmentAge], bounds: &Bounds) -> usize {
    if config.retention_ms < 0 {
        return 0;
    }
    leading(segments, bounds, |s, _| bounds.now.saturating_sub(s.largest_timestamp) > config.retention_ms)
}

/// How many segments from the first on satisfy `goes`, lie wholly below the high watermark, and are not an empty last one.
fn leading(segments: &[SegmentAge], bounds: &Bounds, mut goes: impl FnMut(&SegmentAge, Option<i64>) -> bool) -> usize {
    let mut count = 0;
    for (at, segment) in segments.iter().enumerate() {
        let next = segments.get(at + 1).map(|s| s.base_offset);
        let empty_last = next.is_none() && segment.size == 0;
        if empty_last || bounds.high_watermark < next.unwrap_or(bounds.log_end) || !goes(segment, next) {
            break;
        }
        count += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments() -> Vec<SegmentAge> {
        (0..4).map(|n| SegmentAge { base_offset: n * 10, size: 100, largest_timestamp: n * 1000 }).collect()
    }

    fn bounds() -> Bounds {
        Bounds { log_start: 0, high_watermark: 40, log_end: 40, now: 3000 }
    }

    fn none() -> LogConfig {
        LogConfig { retention_ms: -1, retention_bytes: -1, ..LogConfig::default() }
    }

    #[test]
    fn by_log_start() {
        let b = Bounds { log_start: 20, ..bounds() };
        assert_eq!(deletable(&none(), &segments(), &b), [(Reason::LogStart, 2)]);
        let compacted = LogConfig { delete: false, compact: true, retention_ms: 0, ..none() };
        assert_eq!(deletable(&compacted, &segments(), &b), [(Reason::LogStart, 2)]);
    }

    #[test]
    fn by_size() {
        let keep = |bytes| LogConfig { retention_bytes: bytes, ..none() };
        assert_eq!(deletable(&keep(200), &segments(), &bounds()), [(Reason::Size, 2)]);
        assert_eq!(deletable(&keep(201), &segments(), &bounds()), [(Reason::Size, 1)]);
        assert_eq!(deletable(&keep(0), &segments(), &bounds()), [(Reason::Size, 4)]);
        assert_eq!(deletable(&keep(400), &segments(), &bounds()), []);
    }

    #[test]
    fn by_time_below_the_high_watermark() {
        let keep = |ms| LogConfig { retention_ms: ms, ..none() };
        assert_eq!(deletable(&keep(1500), &segments(), &bounds()), [(Reason::Time, 2)]);
        assert_eq!(
            deletable(&keep(1500), &segments(), &Bounds { high_watermark: 19, ..bounds() }),
            [(Reason::Time, 1)]
        );
        let mut s = segments();
        s[3].size = 0;
        assert_eq!(deletable(&keep(0), &s, &Bounds { now: 99_999, ..bounds() }), [(Reason::Time, 3)]);
    }
}
