//! Pure: a fetch session with one broker (KIP-227). After a first full fetch only what changed is sent.

use rkafka_base::TopicPartition;
use rkafka_protocol::{ErrorCode, Uuid};
use std::collections::BTreeMap;

/// What is asked of one partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub topic_id: Uuid,
    pub offset: i64,
    /// −1 if unknown.
    pub leader_epoch: i32,
}

/// What the next fetch carries.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionFetch {
    pub session_id: i32,
    pub session_epoch: i32,
    /// The partitions to name: all of them in a full fetch, else those that are new or moved.
    pub send: Vec<(TopicPartition, Wanted)>,
    /// Partitions that leave the session.
    pub forget: Vec<(TopicPartition, Uuid)>,
}

/// This side of one session. The broker may refuse to keep one (id 0); then every fetch is full.
#[derive(Debug, Default)]
pub struct FetchSessionHandler {
    id: i32,
    /// 0 makes the next fetch a full one.
    epoch: i32,
    known: BTreeMap<TopicPartition, Wanted>,
}

impl FetchSessionHandler {
    /// The next fetch for `wanted`, which from then on is what the session holds.
    pub fn next(&mut self, wanted: BTreeMap<TopicPartition, Wanted>) -> SessionFetch {
        let full = self.epoch == 0;
        let known = std::mem::take(&mut self.known);
        // A partition whose topic was created anew is a stranger to the session.
        let same_topic = |tp: &TopicPartition, w: &Wanted| wanted.get(tp).is_some_and(|n| n.topic_id == w.topic_id);
        let forget = match full {
            true => Vec::new(),
            false => {
                known.iter().filter(|(tp, w)| !same_topic(tp, w)).map(|(tp, w)| (tp.clone(), w.topic_id)).collect()
            }
        };
        let changed = wanted.iter().filter(|(tp, w)| full || known.get(tp) != Some(w));
        let send = changed.map(|(tp, w)| (tp.clone(), *w)).collect();
        self.known = wanted;
        SessionFetch { session_id: self.id, session_epoch: self.epoch, send, forget }
    }

    /// Takes note of an answer's session id and top-level error. Returns whether the answer's partitions can be used.
    pub fn answered(&mut self, error: ErrorCode, session_id: i32) -> bool {
        if error.is_error() {
            self.reset();
            return false;
        }
        if session_id == 0 {
            // What was asked stays known: the answer is to be read by it.
            (self.id, self.epoch) = (0, 0);
        } else if self.epoch == 0 {
            (self.id, self.epoch) = (session_id, 1);
        } else {
            self.epoch = self.epoch.checked_add(1).unwrap_or(1);
        }
        true
    }

    /// Starts over with a full fetch.
    pub fn reset(&mut self) {
        *self = FetchSessionHandler::default();
    }

    /// The topic of an id, among those of the session.
    pub fn topic_of(&self, id: Uuid) -> Option<&TopicPartition> {
        self.known.iter().find(|(_, w)| w.topic_id == id).map(|(tp, _)| tp)
    }

    /// What was last asked of a partition.
    pub fn asked(&self, tp: &TopicPartition) -> Option<&Wanted> {
        self.known.get(tp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(list: &[(i32, i64)]) -> BTreeMap<TopicPartition, Wanted> {
        let one = |(p, offset): &(i32, i64)| {
            (TopicPartition::new("t", *p), Wanted { topic_id: Uuid::ZERO, offset: *offset, leader_epoch: 0 })
        };
        list.iter().map(one).collect()
    }

    fn numbers(fetch: &SessionFetch) -> (i32, i32, Vec<i32>, Vec<i32>) {
        let send = fetch.send.iter().map(|(tp, _)| tp.partition).collect();
        let forget = fetch.forget.iter().map(|(tp, _)| tp.partition).collect();
        (fetch.session_id, fetch.session_epoch, send, forget)
    }

    #[test]
    fn only_changes_after_the_first() {
        let mut session = FetchSessionHandler::default();
        assert_eq!(numbers(&session.next(wanted(&[(0, 0), (1, 0)]))), (0, 0, vec![0, 1], vec![]));
        assert!(session.answered(ErrorCode::NONE, 7));
        assert_eq!(numbers(&session.next(wanted(&[(0, 5), (1, 0)]))), (7, 1, vec![0], vec![]));
        assert!(session.answered(ErrorCode::NONE, 7));
        assert_eq!(numbers(&session.next(wanted(&[(0, 5), (2, 0)]))), (7, 2, vec![2], vec![1]));
        assert!(!session.answered(ErrorCode::FETCH_SESSION_ID_NOT_FOUND, 0));
        assert_eq!(numbers(&session.next(wanted(&[(0, 5)]))), (0, 0, vec![0], vec![]));
        assert!(session.answered(ErrorCode::NONE, 0));
        assert!(session.asked(&TopicPartition::new("t", 0)).is_some(), "the answer can be read");
        assert_eq!(numbers(&session.next(wanted(&[(0, 5)]))), (0, 0, vec![0], vec![]), "no session: full again");
    }
}
