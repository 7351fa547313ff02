//! Pure: the part of each partition that is read, and which partitions have been read to their end.

use super::range::Mark;
use rkafka_base::TopicPartition;
use std::collections::BTreeMap;

/// What is known of a partition's log at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Log {
    pub earliest: i64,
    pub latest: i64,
}

/// The part of a partition that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where the first fetch begins, within the log.
    pub fetch_from: i64,
    /// Offsets before it are not shown.
    pub first: i64,
    /// The offset before which it ends.
    pub end: Option<i64>,
}

impl Log {
    /// The offset of a place; `of_time` is the answer to a question for a time, −1 if nothing is that late.
    pub fn offset(self, mark: Mark, of_time: Option<i64>) -> i64 {
        match mark {
            Mark::Earliest => self.earliest,
            Mark::Back(count) => self.latest.saturating_sub(count).max(self.earliest),
            Mark::Offset(offset) => offset,
            Mark::Time(_) => of_time.filter(|offset| *offset >= 0).unwrap_or(self.latest),
        }
    }

    /// The part from one offset to before another; not behind the log's end unless it `follow`s.
    pub fn part(self, first: i64, end: Option<i64>, follow: bool) -> Part {
        let end = if follow { end } else { Some(end.unwrap_or(self.latest).min(self.latest)) };
        Part { fetch_from: first.clamp(self.earliest, self.latest.max(self.earliest)), first, end }
    }
}

/// The parts of all partitions. Those that have been read to their end are not in it any more.
#[derive(Clone, Debug, Default)]
pub struct Bounds {
    left: BTreeMap<TopicPartition, Part>,
    /// Whether partitions that are not in it are read: those that came later, when nothing has an end.
    open: bool,
}

impl Bounds {
    /// For the partitions that have something to be read.
    pub fn new(parts: BTreeMap<TopicPartition, Part>) -> Bounds {
        let open = parts.values().all(|part| part.end.is_none());
        let left = parts.into_iter().filter(|(_, part)| part.end.is_none_or(|end| part.fetch_from < end)).collect();
        Bounds { left, open }
    }

    /// Whether reading may go on for ever.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// The partitions that are left, and where they are read from.
    pub fn begins(&self) -> impl Iterator<Item = (&TopicPartition, i64)> {
        self.left.iter().map(|(partition, part)| (partition, part.fetch_from))
    }

    /// The offsets to be shown of a partition, from the first to before the last; `None` if it is done with.
    pub fn shown(&self, partition: &TopicPartition) -> Option<(i64, i64)> {
        match self.left.get(partition) {
            Some(part) => Some((part.first, part.end.unwrap_or(i64::MAX))),
            None => self.open.then_some((0, i64::MAX)),
        }
    }

    /// Takes note that a partition was read up to `position`. Whether that was its end.
    pub fn reached(&mut self, partition: &TopicPartition, position: i64) -> bool {
        let ends = |part: &Part| part.end.is_some_and(|end| position >= end);
        let ended = self.left.get(partition).is_some_and(ends);
        if ended {
            self.left.remove(partition);
        }
        ended
    }

    /// Whether nothing is left to be read.
    pub fn is_done(&self) -> bool {
        !self.open && self.left.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: Log = Log { earliest: 10, latest: 20 };

    #[test]
    fn offsets_of_places() {
        for (mark, of_time, offset) in [
            (Mark::Earliest, None, 10),
            (Mark::Back(0), None, 20),
            (Mark::Back(3), None, 17),
            (Mark::Back(i64::MAX), None, 10),
            (Mark::Offset(5), None, 5),
            (Mark::Time(1), Some(12), 12),
            (Mark::Time(1), Some(-1), 20),
        ] {
            assert_eq!(LOG.offset(mark, of_time), offset, "{mark:?}");
        }
    }

    #[test]
    fn parts() {
        let part = |first, end, follow| LOG.part(first, end, follow);
        assert_eq!(part(5, None, true), Part { fetch_from: 10, first: 5, end: None });
        assert_eq!(part(25, None, true), Part { fetch_from: 20, first: 25, end: None });
        assert_eq!(part(12, None, false), Part { fetch_from: 12, first: 12, end: Some(20) });
        assert_eq!(part(12, Some(30), false), Part { fetch_from: 12, first: 12, end: Some(20) });
        assert_eq!(part(12, Some(30), true), Part { fetch_from: 12, first: 12, end: Some(30) });
    }

    #[test]
    fn what_is_left() {
        let partition = |number| TopicPartition::new("t", number);
        let parts = [(0, 12, Some(15)), (1, 20, Some(20)), (2, 25, Some(30))];
        let parts = parts.map(|(number, first, end)| (partition(number), LOG.part(first, end, true)));
        let mut bounds = Bounds::new(parts.into());
        let begins: Vec<_> = bounds.begins().map(|(partition, from)| (partition.partition, from)).collect();
        assert_eq!((begins, bounds.is_open()), (vec![(0, 12), (2, 20)], false));
        assert_eq!(bounds.shown(&partition(2)), Some((25, 30)));
        assert_eq!(bounds.shown(&partition(1)), None);
        assert!(!bounds.reached(&partition(0), 14) && bounds.reached(&partition(0), 15));
        assert!(!bounds.reached(&partition(0), 16) && !bounds.is_done());
        assert!(bounds.reached(&partition(2), 31) && bounds.is_done());
        let mut open = Bounds::new([(partition(0), LOG.part(12, None, true))].into());
        assert!(open.is_open() && !open.is_done() && !open.reached(&partition(0), i64::MAX));
        assert_eq!(open.shown(&partition(9)), Some((0, i64::MAX)));
    }
}
