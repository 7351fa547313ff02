//! Pure: how far one partition has been copied: what was handed on, and what the target has.

use super::translation::Translation;
use std::collections::VecDeque;

/// One partition's way. Records are handed on in the order of their offsets, and written in that order.
#[derive(Clone, Debug)]
pub struct Progress {
    /// What the target may not have yet: the source's offset of a record, and how many follow it without a gap.
    under_way: VecDeque<(i64, i64)>,
    /// The source's offset before which the target has everything.
    source_next: i64,
    /// Where the target's next record will be.
    target_next: i64,
    /// The source's offset before which everything has been looked at.
    seen: i64,
    /// Records of somebody else have come between ours.
    is_shared: bool,
    pub translation: Translation,
}

impl Progress {
    /// Begins where everything before `source` has been copied, and the target's next record will be at `target`.
    pub fn new(source: i64, target: i64) -> Progress {
        Progress {
            under_way: VecDeque::new(),
            source_next: source,
            target_next: target,
            seen: source,
            is_shared: false,
            translation: Translation::begin(source, target),
        }
    }

    /// The record at `offset` has been handed on.
    pub fn hand_on(&mut self, offset: i64) {
        self.seen = offset + 1;
        match self.under_way.back_mut() {
            Some((first, count)) if *first + *count == offset => *count += 1,
            _ => self.under_way.push_back((offset, 1)),
        }
    }

    /// Everything before `next` has been looked at, and what of it is to be copied has been handed on.
    pub fn see(&mut self, next: i64) {
        self.seen = self.seen.max(next);
    }

    /// The target has the next `count` of the records handed on: at `target`, or where they were expected if the broker
    /// does not say.
    pub fn wrote(&mut self, count: i64, target: Option<i64>) {
        let mut target = target.unwrap_or(self.target_next);
        self.is_shared |= target != self.target_next;
        let mut left = count;
        while left > 0
            && let Some((first, length)) = self.under_way.front_mut()
        {
            let taken = left.min(*length);
            self.translation.wrote(*first, target, taken);
            self.source_next = *first + taken;
            (*first, *length) = (*first + taken, *length - taken);
            target += taken;
            left -= taken;
            if *length == 0 {
                self.under_way.pop_front();
            }
        }
        self.target_next = target;
    }

    /// How far everything is done, to be stored: the source's next offset and the target's.
    pub fn stored(&self) -> (i64, i64) {
        let source = if self.under_way.is_empty() { self.source_next.max(self.seen) } else { self.source_next };
        (source, self.target_next)
    }

    /// Whether somebody else writes to the target's partition.
    pub fn is_shared(&self) -> bool {
        self.is_shared
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_under_way_is_not_done() {
        let mut progress = Progress::new(10, 0);
        (10..15).for_each(|offset| progress.hand_on(offset));
        // A marker at 15.
        (16..18).for_each(|offset| progress.hand_on(offset));
        progress.see(20);
        assert_eq!(progress.stored(), (10, 0));
        progress.wrote(3, Some(0));
        assert_eq!(progress.stored(), (13, 3));
        progress.wrote(3, None);
        assert_eq!(progress.stored(), (17, 6));
        progress.wrote(1, Some(6));
        assert_eq!(progress.stored(), (20, 7));
        assert!(!progress.is_shared());
        assert_eq!((progress.translation.translate(15), progress.translation.translate(17)), (Some(5), Some(6)));
    }

    #[test]
    fn records_of_others_are_noticed() {
        let mut progress = Progress::new(0, 5);
        (0..4).for_each(|offset| progress.hand_on(offset));
        progress.wrote(2, Some(5));
        assert!(!progress.is_shared());
        progress.wrote(2, Some(9));
        assert!(progress.is_shared());
        assert_eq!(progress.stored(), (4, 11));
        assert_eq!(progress.translation.translate(2), Some(9));
    }
}
