//! Pure: which leader wrote which offsets (`LeaderEpochFileCache`), and the text of `leader-epoch-checkpoint`:
//! `0`, the count, then one line `epoch startOffset` each.

use super::{batch::Batch, types::EpochEndOffset};
use rkafka_base::{LeaderEpoch, Offset};

const VERSION: &str = "0";

/// The epochs of one partition, each with its first offset; both ascend.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeaderEpochs(Vec<(i32, i64)>);

impl LeaderEpochs {
    /// Reads the file's text; an empty file holds no epoch.
    pub fn parse(text: &str) -> Result<LeaderEpochs, String> {
        if text.is_empty() {
            return Ok(LeaderEpochs::default());
        }
        let mut lines = text.lines();
        let version = lines.next().unwrap_or_default();
        if version != VERSION {
            return Err(format!("line 1: the version is '{version}', only {VERSION} is known"));
        }
        let count = lines.next().unwrap_or_default();
        let count: usize = count.parse().map_err(|_| format!("line 2: '{count}' is no count"))?;
        let mut epochs = LeaderEpochs::default();
        let mut found = 0;
        for (n, line) in lines.enumerate() {
            let entry = line.split_once(' ').and_then(|(e, s)| Some((e.parse().ok()?, s.parse().ok()?)));
            let Some((epoch, start)) = entry.filter(|(e, s): &(i32, i64)| *e >= 0 && *s >= 0) else {
                return Err(format!("line {}: '{line}' is no epoch and offset", n + 3));
            };
            epochs.assign(epoch, start);
            found += 1;
        }
        if found == count { Ok(epochs) } else { Err(format!("line 2: {count} entries are announced, {found} found")) }
    }

    /// The file's text.
    pub fn to_text(&self) -> String {
        let mut text = format!("{VERSION}\n{}\n", self.0.len());
        self.0.iter().for_each(|(epoch, start)| text.push_str(&format!("{epoch} {start}\n")));
        text
    }

    /// Notes that `epoch` begins at `start`. Entries that contradict it are dropped. Returns whether anything changed.
    pub fn assign(&mut self, epoch: i32, start: i64) -> bool {
        assert!(epoch >= 0 && start >= 0, "the file could not be read again: epoch {epoch} at offset {start}");
        if self.0.last().is_some_and(|last| last.0 == epoch && start >= last.1) {
            return false;
        }
        while self.0.last().is_some_and(|last| last.0 >= epoch || last.1 >= start) {
            self.0.pop();
        }
        if self.0.is_empty() {
            // Most logs never have another: a first push would make room for four.
            self.0.reserve_exact(1);
        }
        self.0.push((epoch, start));
        self.assert_ascending();
        true
    }

    /// Whether [`Self::note`] would change anything.
    pub(super) fn is_news(&self, batch: &Batch) -> bool {
        match batch {
            Batch { magic: ..2, .. } => !self.0.is_empty(),
            Batch { leader_epoch: epoch @ 0.., base_offset: start, .. } => {
                self.0.last().is_none_or(|last| last.0 != *epoch || *start < last.1)
            }
            _ => false,
        }
    }

    /// Notes the epoch of a batch that comes after all others. A batch of an old format, which has none, ends what is
    /// known of epochs. Returns whether anything changed.
    pub(super) fn note(&mut self, batch: &Batch) -> bool {
        match batch {
            Batch { magic: ..2, .. } => self.clear(),
            Batch { leader_epoch: 0.., .. } => self.assign(batch.leader_epoch, batch.base_offset),
            _ => false,
        }
    }

    pub fn latest(&self) -> Option<LeaderEpoch> {
        self.0.last().map(|e| LeaderEpoch(e.0))
    }

    /// The first epoch and where it begins.
    pub(crate) fn earliest(&self) -> Option<(LeaderEpoch, Offset)> {
        self.0.first().map(|e| (LeaderEpoch(e.0), Offset(e.1)))
    }

    /// The epoch in which `offset` was written.
    pub(crate) fn epoch_of(&self, offset: i64) -> Option<LeaderEpoch> {
        let above = self.0.partition_point(|e| e.1 <= offset);
        self.0.get(above.checked_sub(1)?).map(|e| LeaderEpoch(e.0))
    }

    /// Where `epoch` ends in a log that ends at `log_end`.
    pub fn end_offset_for(&self, epoch: LeaderEpoch, log_end: Offset) -> EpochEndOffset {
        if epoch == LeaderEpoch::NONE {
            return EpochEndOffset::UNDEFINED;
        }
        if self.latest() == Some(epoch) {
            return EpochEndOffset { leader_epoch: epoch, end_offset: log_end };
        }
        let above = self.0.partition_point(|e| e.0 <= epoch.0);
        let Some(higher) = self.0.get(above) else { return EpochEndOffset::UNDEFINED };
        let floor = above.checked_sub(1).and_then(|at| self.0.get(at)).map_or(epoch, |e| LeaderEpoch(e.0));
        EpochEndOffset { leader_epoch: floor, end_offset: Offset(higher.1) }
    }

    /// Drops epochs that begin at `end` or later. Returns whether anything changed.
    pub fn truncate_from_end(&mut self, end: i64) -> bool {
        let before = self.0.len();
        self.0.retain(|e| e.1 < end);
        self.assert_ascending();
        self.0.len() != before
    }

    /// Drops epochs that end at `start` or earlier; the one that holds it begins there. Returns whether anything changed.
    pub(crate) fn truncate_from_start(&mut self, start: i64) -> bool {
        let below = self.0.partition_point(|e| e.1 <= start);
        let Some(last) = below.checked_sub(1) else { return false };
        let changed = last > 0 || self.0.get(last).is_some_and(|e| e.1 != start);
        self.0.drain(..last);
        if let Some(first) = self.0.first_mut() {
            first.1 = start;
        }
        self.assert_ascending();
        changed
    }

    fn assert_ascending(&self) {
        debug_assert!(
            self.0.is_sorted_by(|one, next| one.0 < next.0 && one.1 < next.1),
            "epochs and their starts ascend: {:?}",
            self.0
        );
    }

    pub fn clear(&mut self) -> bool {
        let had = !self.0.is_empty();
        self.0.clear();
        had
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_kafkas() {
        let recorded = "0\n3\n0 0\n3 82\n4 84\n";
        let epochs = LeaderEpochs::parse(recorded).unwrap();
        assert_eq!(epochs.to_text(), recorded);
        assert_eq!(LeaderEpochs::parse("").unwrap(), LeaderEpochs::default());
        for bad in
            ["1\n0\n", "0\nx\n", "0\n2\n0 0\n", "0\n1\n0\n", "0\n1\n-1 0\n", "0\n1\n0 x\n", "\n", "0\n1\n0 0\n1 5\n"]
        {
            assert!(LeaderEpochs::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn contradicted_entries_go() {
        let mut e = LeaderEpochs::default();
        for (epoch, start) in [(0, 0), (1, 82), (2, 82), (3, 82), (4, 84)] {
            assert!(e.assign(epoch, start));
        }
        assert!(!e.assign(4, 90));
        assert_eq!(e.to_text(), "0\n3\n0 0\n3 82\n4 84\n");
    }

    #[test]
    fn ends_of_epochs() {
        let mut e = LeaderEpochs::default();
        let end = |e: &LeaderEpochs, epoch| {
            let found = e.end_offset_for(LeaderEpoch(epoch), Offset(100));
            (found.leader_epoch.0, found.end_offset.0)
        };
        assert_eq!(end(&e, 3), (-1, -1));
        for (epoch, start) in [(2, 10), (4, 30), (7, 60)] {
            e.assign(epoch, start);
        }
        let found = [-1, 0, 2, 3, 4, 6, 7, 8].map(|epoch| end(&e, epoch));
        assert_eq!(found, [(-1, -1), (0, 10), (2, 30), (2, 30), (4, 60), (4, 60), (7, 100), (-1, -1)]);
        assert_eq!([9, 10, 59, 60].map(|o| e.epoch_of(o).map(|l| l.0)), [None, Some(2), Some(4), Some(7)]);
    }

    #[test]
    fn cut_at_both_ends() {
        let mut e = LeaderEpochs::parse("0\n3\n2 10\n4 30\n7 60\n").unwrap();
        assert!(!e.truncate_from_start(9));
        assert!(e.truncate_from_start(35));
        assert_eq!(e.to_text(), "0\n2\n4 35\n7 60\n");
        assert!(e.truncate_from_end(60));
        assert_eq!(e.to_text(), "0\n1\n4 35\n");
        assert!(!e.truncate_from_end(60));
    }
}
