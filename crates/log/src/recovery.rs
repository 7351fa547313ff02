//! Pure: what of a log is believed after a crash.
//!
//! A process that ends loses nothing, but a machine that loses its power keeps any selection of the pages and names
//! that were not fsynced. Below the recovery point everything is on disk. Above it a log is believed as far as it is
//! one unbroken stretch of whole batches: behind the first flaw there may be anything, also segments in perfect order
//! whose predecessors have lost their ends. What is kept is thus exactly a beginning of what the log was, and a replica
//! that keeps less than it had knows it by its log end.

/// Whether a segment that begins at `next` goes on where the batches before it end, at `end`.
///
/// A segment begins where its predecessor ended, so a gap means that the predecessor has lost its last batches. Two gaps
/// are none: below `cleaned_to` (the first offset that no cleaner has looked at) compaction removes whole batches; and a
/// step beyond what the offsets of one segment can reach cannot be the missing end of a segment.
pub fn continues(end: i64, next: i64, cleaned_to: i64) -> bool {
    let beyond_one_segment = next.saturating_sub(end) > i64::from(i32::MAX);
    next == end || (next > end && (next <= cleaned_to || beyond_one_segment))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_and_overlaps_break_a_log() {
        assert!(continues(100, 100, 0));
        assert!(!continues(99, 100, 0) && !continues(101, 100, 0));
    }

    #[test]
    fn compaction_leaves_gaps() {
        assert!(continues(90, 100, 100));
        assert!(!continues(90, 100, 99));
        assert!(!continues(110, 100, 200));
    }

    #[test]
    fn no_segment_reaches_further_than_its_index() {
        assert!(continues(0, 1 << 31, 0));
        assert!(!continues(0, (1 << 31) - 1, 0));
    }
}
