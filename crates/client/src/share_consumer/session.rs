//! Pure: the share session with one broker (KIP-932): which partitions it knows of, and the epoch of the next request.
//!
//! A session begins with epoch 0 and all partitions; later requests name only what has changed, and what they acknowledge.
//! Fetches and acknowledgements of their own count the same epochs.

use super::acknowledgements::Acknowledgements;
use rkafka_protocol::Uuid;
use std::collections::{BTreeMap, BTreeSet};

/// A partition as sessions name it.
pub type IdPartition = (Uuid, i32);
/// What is acknowledged of each partition.
pub type Acks = BTreeMap<IdPartition, Acknowledgements>;

/// The epoch that begins a session.
const INITIAL: i32 = 0;
/// The epoch that ends a session.
const FINAL: i32 = -1;

/// One broker's session.
#[derive(Debug, Default)]
pub struct ShareSession {
    epoch: i32,
    known: BTreeSet<IdPartition>,
}

/// What the next fetch says of the session.
#[derive(Debug, PartialEq)]
pub struct SessionFetch {
    pub epoch: i32,
    /// Partitions to name, each with what is acknowledged of it.
    pub send: BTreeMap<IdPartition, Acknowledgements>,
    pub forget: Vec<IdPartition>,
}

impl ShareSession {
    /// Whether the broker keeps a session for this member.
    pub fn is_open(&self) -> bool {
        self.epoch != INITIAL
    }

    /// The next fetch of the partitions that are `wanted`. Of a session that is not open yet nothing can be acknowledged:
    /// then `acks` must be empty.
    pub fn fetch(&mut self, wanted: BTreeSet<IdPartition>, acks: &Acks) -> SessionFetch {
        let mut send: BTreeMap<IdPartition, Acknowledgements> =
            wanted.difference(&self.known).map(|partition| (*partition, Acknowledgements::default())).collect();
        send.extend(acks.iter().map(|(partition, acks)| (*partition, acks.clone())));
        // What is acknowledged now is forgotten with a later request: one that names it would take it up again.
        let forget: Vec<IdPartition> =
            self.known.difference(&wanted).filter(|partition| !acks.contains_key(*partition)).copied().collect();
        // Also what had been forgotten: the broker has taken it up again.
        self.known = wanted;
        self.known.extend(acks.keys().copied());
        SessionFetch { epoch: self.epoch, send, forget }
    }

    /// Whether the broker's session holds partitions.
    pub fn has_partitions(&self) -> bool {
        self.is_open() && !self.known.is_empty()
    }

    /// The epoch of a request that only acknowledges.
    pub fn epoch(&self) -> i32 {
        self.epoch
    }

    /// The epoch of the last request, which ends the session.
    pub fn close(&mut self) -> i32 {
        self.reset();
        FINAL
    }

    /// The request was answered without an error of the session.
    pub fn answered(&mut self) {
        self.epoch = if self.epoch == i32::MAX { 1 } else { self.epoch + 1 };
    }

    /// The session is lost: the next fetch begins a new one.
    pub fn reset(&mut self) {
        *self = ShareSession::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::share_consumer::AckType;

    fn of(numbers: &[i32]) -> BTreeSet<IdPartition> {
        numbers.iter().map(|number| (Uuid([1; 16]), *number)).collect()
    }

    fn numbers<'a>(partitions: impl IntoIterator<Item = &'a IdPartition>) -> Vec<i32> {
        partitions.into_iter().map(|(_, number)| *number).collect()
    }

    #[test]
    fn only_what_changes_is_named() {
        let mut session = ShareSession::default();
        let first = session.fetch(of(&[0, 1]), &Acks::new());
        assert_eq!((first.epoch, numbers(first.send.keys()), first.forget.len()), (0, vec![0, 1], 0));
        session.answered();
        let second = session.fetch(of(&[1, 2]), &Acks::new());
        assert_eq!((second.epoch, numbers(second.send.keys()), numbers(&second.forget)), (1, vec![2], vec![0]));
        session.answered();
        let third = session.fetch(of(&[1, 2]), &Acks::new());
        assert_eq!((third.epoch, third.send.len(), third.forget.len()), (2, 0, 0));
        assert_eq!(session.close(), -1);
        assert!(!session.is_open());
    }

    #[test]
    fn what_is_acknowledged_is_named_and_forgotten_later() {
        let mut session = ShareSession::default();
        session.fetch(of(&[0]), &Acks::new());
        session.answered();
        let mut acks = Acks::new();
        acks.entry((Uuid([1; 16]), 0)).or_default().add(7, AckType::Accept);
        let fetch = session.fetch(of(&[1]), &acks);
        assert_eq!((numbers(fetch.send.keys()), fetch.forget.len()), (vec![0, 1], 0));
        session.answered();
        assert_eq!(numbers(&session.fetch(of(&[1]), &Acks::new()).forget), [0]);
        session.answered();
        // Acknowledged after it was forgotten.
        assert_eq!(numbers(session.fetch(of(&[1]), &acks).send.keys()), [0]);
        session.answered();
        assert_eq!(numbers(&session.fetch(of(&[1]), &Acks::new()).forget), [0]);
    }

    #[test]
    fn epochs_go_round() {
        let mut session = ShareSession { epoch: i32::MAX, ..Default::default() };
        session.answered();
        assert_eq!(session.epoch(), 1);
        session.reset();
        assert_eq!(session.epoch(), 0);
    }
}
