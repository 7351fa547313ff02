//! What is read of a log without its lock, so that no reader waits for a disk that an append waits for.
//!
//! Written only under the log's lock, each part as a whole. Two parts that are read one after the other need not belong
//! together: a reader finds the segments that were, or those that are, and reads no further than the log end says.

use super::{leader_epochs::LeaderEpochs, producer_state::Unstable, segment::Segment};
use arc_swap::{ArcSwap, ArcSwapOption, Guard};
use rkafka_base::Offset;
use std::sync::{
    Arc,
    atomic::{AtomicU8, AtomicU64, Ordering},
};

/// Whether a log can be used, and if not, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Condition {
    Usable,
    Closed,
    /// Its directory has gone out of the way for another log of this name, or for none.
    Deleted,
    NotUndone,
    NotNoted,
    NotTruncated,
}

impl Condition {
    const ALL: [Condition; 6] = [
        Condition::Usable,
        Condition::Closed,
        Condition::Deleted,
        Condition::NotUndone,
        Condition::NotNoted,
        Condition::NotTruncated,
    ];

    /// How an error says it: "the log is …".
    pub fn text(self) -> &'static str {
        match self {
            Condition::Usable => "usable",
            Condition::Closed => "closed",
            Condition::Deleted => "deleted",
            Condition::NotUndone => "unusable: a failed write could not be undone",
            Condition::NotNoted => "unusable: an aborted transaction could not be noted",
            Condition::NotTruncated => "unusable: it could not be truncated",
        }
    }
}

/// What readers see.
pub(super) struct View {
    segments: ArcSwap<Vec<Arc<Segment>>>,
    /// Bytes of all segments but the last.
    sealed_size: AtomicU64,
    epochs: ArcSwap<LeaderEpochs>,
    /// `None` if there are no such transactions.
    unstable: ArcSwapOption<Unstable>,
    condition: AtomicU8,
}

impl View {
    pub fn new(segments: &Arc<Vec<Arc<Segment>>>, epochs: &Arc<LeaderEpochs>) -> View {
        View {
            segments: ArcSwap::new(Arc::clone(segments)),
            sealed_size: AtomicU64::new(sealed_size(segments)),
            epochs: ArcSwap::new(Arc::clone(epochs)),
            unstable: ArcSwapOption::empty(),
            condition: AtomicU8::new(Condition::Usable as u8),
        }
    }

    pub fn segments(&self) -> Guard<Arc<Vec<Arc<Segment>>>> {
        self.segments.load()
    }

    pub fn epochs(&self) -> Guard<Arc<LeaderEpochs>> {
        self.epochs.load()
    }

    /// Bytes of batches in all segments.
    pub fn size(&self) -> u64 {
        self.sealed_size.load(Ordering::Acquire) + self.segments.load().last().map_or(0, |s| s.size())
    }

    /// The first offset of a transaction that is open, or whose end lies at or above the high watermark.
    pub(crate) fn first_unstable(&self, high_watermark: Offset) -> Option<Offset> {
        self.unstable.load().as_ref().and_then(|unstable| unstable.first_offset(high_watermark.0)).map(Offset)
    }

    pub fn condition(&self) -> Condition {
        let stored = self.condition.load(Ordering::Acquire);
        Condition::ALL.get(usize::from(stored)).copied().unwrap_or(Condition::NotUndone)
    }

    pub(crate) fn become_unusable(&self, why: Condition) {
        self.condition.store(why as u8, Ordering::Release);
    }

    pub(crate) fn show_segments(&self, segments: &Arc<Vec<Arc<Segment>>>) {
        self.sealed_size.store(sealed_size(segments), Ordering::Release);
        self.segments.store(Arc::clone(segments));
    }

    pub(crate) fn show_epochs(&self, epochs: &Arc<LeaderEpochs>) {
        self.epochs.store(Arc::clone(epochs));
    }

    /// Shows what keeps `read_committed` readers from reading on.
    pub(crate) fn show_unstable(&self, unstable: Option<Unstable>) {
        if unstable.is_some() || self.unstable.load().is_some() {
            self.unstable.store(unstable.map(Arc::new));
        }
    }

    /// Readers see what the log's owner has.
    pub(crate) fn assert_shows(&self, segments: &Arc<Vec<Arc<Segment>>>, epochs: &Arc<LeaderEpochs>) {
        debug_assert!(Arc::ptr_eq(&self.segments.load(), segments), "readers see other segments");
        debug_assert_eq!(**self.epochs.load(), **epochs, "readers see other epochs");
        debug_assert_eq!(
            self.sealed_size.load(Ordering::Relaxed),
            sealed_size(segments),
            "the size of all segments but the last is known"
        );
    }
}

fn sealed_size(segments: &[Arc<Segment>]) -> u64 {
    segments.iter().rev().skip(1).map(|segment| segment.size()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_found_again() {
        for (at, condition) in Condition::ALL.into_iter().enumerate() {
            assert_eq!(condition as usize, at);
        }
    }
}
