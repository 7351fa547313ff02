//! The partitions that one fetcher follows: what it has to ask about each, and what its session with the leader holds.

use super::session::FetchMetadata;
use crate::{
    Partition,
    fetch_state::{FetchState, Question},
};
use rkafka_base::{LeaderEpoch, Offset, TopicPartition, Uuid};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

/// A partition to follow, under a leader epoch.
#[derive(Clone)]
pub struct Following {
    pub partition: Arc<Partition>,
    /// Zero for a topic without an id.
    pub topic_id: Uuid,
    pub leader_epoch: LeaderEpoch,
}

/// What a fetch request says of one partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    pub question: Question,
    pub log_start: Offset,
}

/// One partition of the roster.
pub struct Slot {
    pub partition: Arc<Partition>,
    pub topic_id: Uuid,
    pub state: FetchState,
    /// What the leader's session holds; `None` if it does not hold the partition.
    in_session: Option<Params>,
}

impl Slot {
    /// A partition that no session holds yet.
    pub fn new(following: Following, state: FetchState) -> Slot {
        Slot { partition: following.partition, topic_id: following.topic_id, state, in_session: None }
    }
}

/// What the next request is to carry.
pub struct Ask {
    pub wanted: Vec<(TopicPartition, Uuid, Params)>,
    pub forget: Vec<(TopicPartition, Uuid)>,
    /// Whether topics are named by id.
    pub by_id: bool,
}

/// All partitions of one fetcher.
#[derive(Default)]
pub struct Roster {
    slots: HashMap<TopicPartition, Slot>,
    /// Names and numbers of partitions, by topic id.
    names: HashMap<Uuid, (Arc<str>, usize)>,
    /// Partitions of topics without an id.
    without_id: usize,
    /// What may differ from what the session holds.
    changed: BTreeSet<TopicPartition>,
    /// What the session under way does not hold yet.
    fresh: BTreeSet<TopicPartition>,
    /// What has left the roster, and has to leave the session.
    forgotten: BTreeSet<(TopicPartition, Uuid)>,
    /// When partitions that had an error may be asked about again.
    waiting: BTreeSet<(i64, TopicPartition)>,
    /// How many partitions the session holds.
    held: usize,
    /// How the session names topics.
    session_by_id: bool,
}

impl Roster {
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    pub fn get_mut(&mut self, name: &TopicPartition) -> Option<&mut Slot> {
        self.slots.get_mut(name)
    }

    /// Takes a partition's slot out for a while, so that another thread can have it. To be put back before anything else.
    pub fn lend(&mut self, name: &TopicPartition) -> Option<Slot> {
        self.slots.remove(name)
    }

    /// Puts a slot back.
    pub fn put_back(&mut self, name: TopicPartition, slot: Slot) {
        let other = self.slots.insert(name, slot);
        debug_assert!(other.is_none(), "a partition has one slot");
    }

    /// A topic's name by its id.
    pub fn name_of(&self, id: Uuid) -> Option<Arc<str>> {
        self.names.get(&id).map(|(name, _)| Arc::clone(name))
    }

    /// Follows a partition; one that is followed under the same epoch already goes on as it is. `state` makes its state.
    pub fn follow(&mut self, following: Following, state: impl FnOnce(&Following) -> FetchState) {
        let name = following.partition.name().clone();
        let held = match self.slots.get(&name) {
            Some(slot)
                if slot.topic_id != following.topic_id || !Arc::ptr_eq(&slot.partition, &following.partition) =>
            {
                self.unfollow(&name);
                None
            }
            Some(slot) if slot.state.leader_epoch() == following.leader_epoch => return,
            Some(slot) => slot.in_session,
            None => None,
        };
        if !self.slots.contains_key(&name) {
            self.count(&name, following.topic_id);
        }
        self.forgotten.remove(&(name.clone(), following.topic_id));
        self.changed.insert(name.clone());
        self.fresh.insert(name.clone());
        let state = state(&following);
        let slot = Slot { in_session: held, ..Slot::new(following, state) };
        self.slots.insert(name, slot);
    }

    fn count(&mut self, name: &TopicPartition, id: Uuid) {
        if id.is_zero() {
            self.without_id += 1;
        } else {
            self.names.entry(id).or_insert_with(|| (Arc::clone(&name.topic), 0)).1 += 1;
        }
    }

    /// Follows a partition no more.
    pub fn unfollow(&mut self, name: &TopicPartition) {
        let Some(slot) = self.slots.remove(name) else { return };
        self.changed.remove(name);
        self.fresh.remove(name);
        if slot.in_session.is_some() {
            self.held -= 1;
            self.forgotten.insert((name.clone(), slot.topic_id));
        }
        if slot.topic_id.is_zero() {
            self.without_id -= 1;
        } else if let Some((_, count)) = self.names.get_mut(&slot.topic_id) {
            *count -= 1;
            if *count == 0 {
                self.names.remove(&slot.topic_id);
            }
        }
    }

    /// Notes that a partition's state has changed.
    pub fn touch(&mut self, name: &TopicPartition) {
        let Some(slot) = self.slots.get(name) else { return };
        if slot.state.ready_at_ms() > 0 && !slot.state.is_stopped() {
            self.waiting.insert((slot.state.ready_at_ms(), name.clone()));
        }
        self.changed.insert(name.clone());
    }

    /// Has partitions asked about again whose wait is over. Gives the time until the next one is, if any waits.
    pub fn wake(&mut self, now_ms: i64) -> Option<i64> {
        while let Some((at, name)) = self.waiting.pop_first() {
            if at > now_ms {
                self.waiting.insert((at, name));
                return Some(at - now_ms);
            }
            if self.slots.contains_key(&name) {
                self.changed.insert(name.clone());
                self.fresh.insert(name);
            }
        }
        None
    }

    /// Looks for logs whose start has moved by itself.
    pub fn look_for_log_starts(&mut self) {
        let moved = |slot: &Slot| slot.in_session.is_some_and(|p| p.log_start != slot.partition.log().log_start());
        let moved = self.slots.iter().filter(|(_, slot)| moved(slot)).map(|(name, _)| name.clone());
        self.changed.extend(moved.collect::<Vec<_>>());
    }

    /// What was asked last of a partition within the session.
    pub fn asked(&self, name: &TopicPartition) -> Option<Question> {
        self.slots.get(name)?.in_session.map(|params| params.question)
    }

    /// What the session's next request carries; nothing if there is no partition to ask about.
    pub fn next(&mut self, session: &mut FetchMetadata, now_ms: i64) -> Option<Ask> {
        let by_id = self.without_id == 0;
        if by_id != self.session_by_id {
            session.restart();
            self.session_by_id = by_id;
        }
        let full = session.is_full();
        if full {
            self.leave_session();
        }
        let mut ask =
            Ask { wanted: Vec::new(), forget: std::mem::take(&mut self.forgotten).into_iter().collect(), by_id };
        for name in std::mem::take(&mut self.changed) {
            let Some(slot) = self.slots.get_mut(&name) else { continue };
            let params = slot.params(now_ms);
            if params == slot.in_session {
                continue;
            }
            match (slot.in_session.is_some(), params.is_some()) {
                (false, true) => self.held += 1,
                (true, false) => self.held -= 1,
                _ => {}
            }
            slot.in_session = params;
            match params {
                Some(params) => ask.wanted.push((name, slot.topic_id, params)),
                None => ask.forget.push((name, slot.topic_id)),
            }
        }
        self.fresh.clear();
        debug_assert_eq!(
            self.held,
            self.slots.values().filter(|slot| slot.in_session.is_some()).count(),
            "as many partitions are counted as the session holds"
        );
        if self.held == 0 {
            session.restart();
            return None;
        }
        Some(ask)
    }

    /// The session holds nothing any more: whatever is in the roster has to be named again.
    pub fn leave_session(&mut self) {
        self.forgotten.clear();
        self.held = 0;
        self.slots.values_mut().for_each(|slot| slot.in_session = None);
        self.changed = self.slots.keys().cloned().collect();
    }

    /// What can be asked beside the session's request under way, which does not know of it.
    pub fn beside(&self, now_ms: i64) -> Option<Ask> {
        let wanted = self.fresh.iter().filter_map(|name| {
            let slot = self.slots.get(name)?;
            Some((name.clone(), slot.topic_id, slot.params(now_ms)?))
        });
        let wanted: Vec<_> = wanted.collect();
        (!wanted.is_empty()).then_some(Ask { wanted, forget: Vec::new(), by_id: self.without_id == 0 })
    }
}

impl Slot {
    fn params(&self, now_ms: i64) -> Option<Params> {
        let question = self.state.question(now_ms)?;
        Some(Params { question, log_start: self.partition.log().log_start() })
    }
}
