//! Pure: how far a stream is with each of its partitions, and so what the group is to be told.

use rkafka_base::TopicPartition;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Default)]
pub struct Progress {
    /// The partitions that have an offset of the group's. Without one, whoever gets a partition next begins at its end, and
    /// misses what was not committed.
    begun: BTreeSet<TopicPartition>,
    /// The offsets behind what has been handed on and is not committed.
    handed_on: BTreeMap<TopicPartition, i64>,
}

impl Progress {
    /// Forgets all but `mine`: whoever has got the others copies again what was not committed.
    pub fn keep(&mut self, mine: &[TopicPartition]) {
        self.begun.retain(|partition| mine.contains(partition));
        self.handed_on.retain(|partition, _| mine.contains(partition));
    }

    /// Those of `mine` of which nothing has been handed on and nothing is committed: where they begin is to be committed
    /// first. Of others the beginning is over, and only what the target has may be committed.
    pub fn to_begin(&self, mine: &[TopicPartition]) -> Vec<TopicPartition> {
        let is_new =
            |partition: &&TopicPartition| !self.begun.contains(*partition) && !self.handed_on.contains_key(*partition);
        mine.iter().filter(is_new).cloned().collect()
    }

    /// Everything of `partition` before `offset` has been handed on.
    pub fn hand_on(&mut self, partition: &TopicPartition, offset: i64) {
        match self.handed_on.get_mut(partition) {
            Some(before) => *before = offset,
            None => drop(self.handed_on.insert(partition.clone(), offset)),
        }
    }

    /// What is to be committed once the target has it.
    pub fn to_commit(&self) -> Vec<(TopicPartition, i64)> {
        self.handed_on.iter().map(|(partition, offset)| (partition.clone(), *offset)).collect()
    }

    /// Whether that cannot wait: the group has no offset yet of a partition that is being copied.
    pub fn is_urgent(&self) -> bool {
        self.handed_on.keys().any(|partition| !self.begun.contains(partition))
    }

    /// The group has these offsets now.
    pub fn committed(&mut self, offsets: Vec<(TopicPartition, i64)>) {
        for (partition, offset) in offsets {
            if self.handed_on.get(&partition) == Some(&offset) {
                self.handed_on.remove(&partition);
            }
            self.begun.insert(partition);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_that_was_not_committed_is_never_replaced_by_what_the_target_may_lack() {
        let (a, b) = (TopicPartition::new("t", 0), TopicPartition::new("t", 1));
        let mine = [a.clone(), b.clone()];
        let mut progress = Progress::default();
        assert_eq!(progress.to_begin(&mine), mine);
        progress.committed(vec![(b.clone(), 0)]);
        assert_eq!(progress.to_begin(&mine), std::slice::from_ref(&a));
        assert!(!progress.is_urgent());
        // The commit of its beginning failed, and records were there.
        progress.hand_on(&a, 7);
        progress.hand_on(&b, 3);
        assert!(progress.to_begin(&mine).is_empty() && progress.is_urgent());
        let offsets = progress.to_commit();
        assert_eq!(offsets, [(a.clone(), 7), (b.clone(), 3)]);
        progress.hand_on(&b, 4);
        progress.committed(offsets);
        assert_eq!(progress.to_commit(), [(b.clone(), 4)]);
        assert!(progress.to_begin(&mine).is_empty() && !progress.is_urgent());
    }

    #[test]
    fn who_comes_back_begins_anew() {
        let a = TopicPartition::new("t", 0);
        let mut progress = Progress::default();
        progress.committed(vec![(a.clone(), 0)]);
        progress.hand_on(&a, 7);
        progress.keep(&[]);
        assert!(progress.to_commit().is_empty());
        assert_eq!(progress.to_begin(std::slice::from_ref(&a)), [a]);
    }
}
