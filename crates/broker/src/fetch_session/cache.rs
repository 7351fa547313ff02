//! The sessions of a broker behind their locks, in a bounded number of slots (`max.incremental.fetch.session.cache.slots`).

use super::session::{FetchSession, PartitionFetch, TopicKey};
use rkafka_protocol::{ErrorCode, messages::fetch_response::PartitionData};
use rkafka_runtime::lock::{Mutex, Rank};
use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

/// A session unused for this long may be pushed out, and one younger than this never by a larger one
/// (`min.incremental.fetch.session.eviction.ms`, which Kafka does not let one set).
const MIN_EVICTION_MS: i64 = 120_000;
/// The most partitions that one session remembers, and all together: some 160 MiB. Who asks for more gets no session, and
/// names all of them each time.
const MAX_PARTITIONS: usize = 250_000;
const MAX_PARTITIONS_IN_ALL: usize = 1_000_000;
/// Sessions with up to so many partitions are not counted: all slots together hold no more of them than that.
const FEW: usize = 1_000;
/// The epoch of a request that begins a session.
const INITIAL_EPOCH: i32 = 0;
/// The epoch of a request that wants no session, or ends the one it names.
const FINAL_EPOCH: i32 = -1;
/// "No session".
const NO_SESSION: i32 = 0;

/// The sessions by id.
pub struct FetchSessions {
    slots: usize,
    max_partitions: usize,
    max_partitions_in_all: usize,
    /// Each session's own lock is taken under it, to make room; never it under a session's.
    sessions: Mutex<HashMap<i32, Arc<Mutex<FetchSession>>>>,
}

/// What a fetch request comes down to.
pub struct Plan {
    pub partitions: Vec<PartitionFetch>,
    kind: Kind,
}

enum Kind {
    /// Nothing is remembered.
    Sessionless,
    /// A session is made of the response, if there is room.
    Begin {
        uses_topic_ids: bool,
        privileged: bool,
    },
    Continue {
        id: i32,
        session: Arc<Mutex<FetchSession>>,
    },
}

/// What a request says of its session.
pub struct SessionRequest {
    pub id: i32,
    pub epoch: i32,
    pub uses_topic_ids: bool,
    pub privileged: bool,
}

impl FetchSessions {
    pub fn new(slots: usize) -> FetchSessions {
        let sessions = Mutex::new(Rank::FetchSessions, HashMap::new());
        FetchSessions { slots, max_partitions: MAX_PARTITIONS, max_partitions_in_all: MAX_PARTITIONS_IN_ALL, sessions }
    }

    /// Finds out what to read. An error is the whole response's.
    pub fn begin(
        &self,
        request: &SessionRequest,
        wanted: Vec<PartitionFetch>,
        forgotten: Vec<(TopicKey, i32)>,
        now_ms: i64,
    ) -> Result<Plan, ErrorCode> {
        if matches!(request.epoch, INITIAL_EPOCH | FINAL_EPOCH) {
            if request.id != NO_SESSION {
                self.sessions.lock().remove(&request.id);
            }
            let kind = match request.epoch {
                FINAL_EPOCH => Kind::Sessionless,
                _ => Kind::Begin { uses_topic_ids: request.uses_topic_ids, privileged: request.privileged },
            };
            return Ok(Plan { partitions: each_once(wanted), kind });
        }
        let found = self.sessions.lock().get(&request.id).cloned();
        let session = found.ok_or(ErrorCode::FETCH_SESSION_ID_NOT_FOUND)?;
        let mut state = session.lock();
        if state.next_epoch != request.epoch {
            return Err(ErrorCode::INVALID_FETCH_SESSION_EPOCH);
        }
        if state.uses_topic_ids != request.uses_topic_ids {
            return Err(ErrorCode::FETCH_SESSION_TOPIC_ID_ERROR);
        }
        wanted.into_iter().for_each(|p| state.want(p));
        forgotten.into_iter().for_each(|(topic, partition)| state.forget(topic, partition));
        if state.len() > self.max_partitions {
            // As if the session had been pushed out: the client begins another one.
            drop(state);
            self.sessions.lock().remove(&request.id);
            return Err(ErrorCode::FETCH_SESSION_ID_NOT_FOUND);
        }
        if state.is_empty() {
            // Never both locks in this order: making room takes them the other way round.
            drop(state);
            self.sessions.lock().remove(&request.id);
            return Ok(Plan { partitions: Vec::new(), kind: Kind::Sessionless });
        }
        state.last_used_ms = now_ms;
        state.next_epoch = if request.epoch == i32::MAX { 1 } else { request.epoch + 1 };
        let partitions = state.partitions();
        drop(state);
        Ok(Plan { partitions, kind: Kind::Continue { id: request.id, session } })
    }

    /// Notes what is about to be told and leaves out what the client knows. `data` stands in the order of the plan's
    /// partitions. Gives the session's id for the response.
    pub fn finish(
        &self,
        plan: Plan,
        data: Vec<PartitionData>,
        fresh_id: impl FnMut() -> i32,
        now_ms: i64,
    ) -> (i32, Vec<(TopicKey, PartitionData)>) {
        let told = |plan: Vec<PartitionFetch>| plan.into_iter().map(|p| p.topic).zip(data);
        match plan.kind {
            Kind::Sessionless => (NO_SESSION, told(plan.partitions).collect()),
            Kind::Continue { id, session } => {
                let mut state = session.lock();
                (id, told(plan.partitions).filter(|(topic, data)| state.tell(topic, data)).collect())
            }
            Kind::Begin { .. } if plan.partitions.len() > self.max_partitions => {
                (NO_SESSION, told(plan.partitions).collect())
            }
            Kind::Begin { uses_topic_ids, privileged } => {
                let mut session = FetchSession::new(uses_topic_ids, privileged, now_ms);
                plan.partitions.iter().for_each(|p| session.want(p.clone()));
                let told: Vec<_> = told(plan.partitions).collect();
                for (topic, data) in &told {
                    session.tell(topic, data);
                }
                (self.insert(session, fresh_id, now_ms), told)
            }
        }
    }

    fn insert(&self, session: FetchSession, mut fresh_id: impl FnMut() -> i32, now_ms: i64) -> i32 {
        let mut sessions = self.sessions.lock();
        if session.is_empty() || (sessions.len() >= self.slots && !make_room(&mut sessions, &session, now_ms)) {
            return NO_SESSION;
        }
        if session.len() > FEW && !self.has_room_for(&sessions, session.len()) {
            return NO_SESSION;
        }
        let id = loop {
            let id = fresh_id();
            if id > NO_SESSION && !sessions.contains_key(&id) {
                break id;
            }
        };
        sessions.insert(id, Arc::new(Mutex::new(Rank::FetchSession, session)));
        id
    }
}

impl FetchSessions {
    /// Whether the sessions remember few enough partitions for so many more.
    fn has_room_for(&self, sessions: &HashMap<i32, Arc<Mutex<FetchSession>>>, more: usize) -> bool {
        let remembered: usize = sessions.values().map(|session| session.lock().len()).sum();
        remembered + more <= self.max_partitions_in_all
    }
}

/// Leaves each partition once, where it is named first and as it is named last (`FetchRequest.fetchData`).
fn each_once(wanted: Vec<PartitionFetch>) -> Vec<PartitionFetch> {
    let mut places: HashMap<(TopicKey, i32), usize> = HashMap::with_capacity(wanted.len());
    let mut once: Vec<PartitionFetch> = Vec::with_capacity(wanted.len());
    for fetch in wanted {
        match places.entry((fetch.topic.clone(), fetch.partition)) {
            Entry::Occupied(place) => {
                if let Some(same) = once.get_mut(*place.get()) {
                    same.params = fetch.params;
                }
            }
            Entry::Vacant(place) => {
                place.insert(once.len());
                once.push(fetch);
            }
        }
    }
    once
}

/// Pushes out a session that nobody has used for long, or one that is worth less than `newcomer`: not a follower's if
/// that is a consumer's, and with fewer partitions.
fn make_room(sessions: &mut HashMap<i32, Arc<Mutex<FetchSession>>>, newcomer: &FetchSession, now_ms: i64) -> bool {
    let worth = |s: &FetchSession| (s.privileged, s.len());
    let mut best: Option<(bool, (bool, usize), i32)> = None;
    for (id, session) in sessions.iter() {
        let session = session.lock();
        let stale = now_ms - session.last_used_ms > MIN_EVICTION_MS;
        let weaker = worth(&session) < worth(newcomer)
            && (now_ms - session.created_ms > MIN_EVICTION_MS || (newcomer.privileged && !session.privileged));
        let candidate = (!stale, worth(&session), *id);
        if (stale || weaker) && best.is_none_or(|b| candidate < b) {
            best = Some(candidate);
        }
    }
    best.is_some_and(|(_, _, id)| sessions.remove(&id).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch_session::FetchParams;

    fn fetch(partition: i32) -> PartitionFetch {
        let params =
            FetchParams { offset: 0, log_start: -1, max_bytes: 1, current_leader_epoch: -1, last_fetched_epoch: -1 };
        PartitionFetch { topic: TopicKey::Name("t".into()), partition, params }
    }

    fn request(id: i32, epoch: i32) -> SessionRequest {
        SessionRequest { id, epoch, uses_topic_ids: false, privileged: false }
    }

    fn data(plan: &Plan) -> Vec<PartitionData> {
        plan.partitions.iter().map(|p| PartitionData { partition_index: p.partition, ..Default::default() }).collect()
    }

    fn begin_session(sessions: &FetchSessions, partitions: i32, id: i32, now_ms: i64) -> i32 {
        let plan = sessions.begin(&request(0, 0), (0..partitions).map(fetch).collect(), vec![], now_ms).unwrap();
        let data = data(&plan);
        sessions.finish(plan, data, || id, now_ms).0
    }

    #[test]
    fn a_session_begins_goes_on_and_ends() {
        let sessions = FetchSessions::new(10);
        assert_eq!(begin_session(&sessions, 2, 7, 0), 7);
        let plan = sessions.begin(&request(7, 1), vec![], vec![], 0).unwrap();
        assert_eq!(plan.partitions.len(), 2);
        let unchanged = data(&plan);
        assert_eq!(sessions.finish(plan, unchanged, || 0, 0), (7, vec![]));
        let again = sessions.begin(&request(7, 1), vec![], vec![], 0).err();
        assert_eq!(again, Some(ErrorCode::INVALID_FETCH_SESSION_EPOCH));
        let by_id = SessionRequest { uses_topic_ids: true, ..request(7, 2) };
        assert_eq!(sessions.begin(&by_id, vec![], vec![], 0).err(), Some(ErrorCode::FETCH_SESSION_TOPIC_ID_ERROR));
        let plan = sessions.begin(&request(7, -1), vec![], vec![], 0).unwrap();
        assert!(plan.partitions.is_empty());
        let gone = sessions.begin(&request(7, 2), vec![], vec![], 0).err();
        assert_eq!(gone, Some(ErrorCode::FETCH_SESSION_ID_NOT_FOUND));
    }

    #[test]
    fn sessions_remember_a_bounded_number_of_partitions() {
        let mut sessions = FetchSessions::new(1000);
        (sessions.max_partitions, sessions.max_partitions_in_all) = (2 * FEW, 8 * FEW);
        let sessions = sessions;
        let begin = |count: i32| {
            let plan = sessions.begin(&request(0, 0), (0..count).map(fetch).collect(), Vec::new(), 0).unwrap();
            let data = data(&plan);
            let (id, told) = sessions.finish(plan, data, || fastrand::i32(1..), 0);
            assert_eq!(told.len(), count as usize, "all of it is answered");
            id
        };
        assert_eq!(begin(2 * FEW as i32 + 1), NO_SESSION);
        let ids: Vec<i32> = (0..5).map(|_| begin(2 * FEW as i32)).collect();
        assert!(ids[..4].iter().all(|id| *id > 0) && ids[4] == NO_SESSION, "{ids:?}");
        assert!(begin(FEW as i32) > 0, "ordinary clients find room");
        let grown = sessions.begin(&request(ids[0], 1), vec![fetch(-5)], Vec::new(), 0);
        assert_eq!(grown.err(), Some(ErrorCode::FETCH_SESSION_ID_NOT_FOUND));
    }

    #[test]
    fn a_partition_that_is_named_twice_is_read_once() {
        let at = |partition, offset| {
            let mut fetch = fetch(partition);
            fetch.params.offset = offset;
            fetch
        };
        for epoch in [INITIAL_EPOCH, FINAL_EPOCH] {
            let wanted = vec![at(1, 5), at(0, 6), at(1, 7)];
            let plan = FetchSessions::new(1).begin(&request(0, epoch), wanted, vec![], 0).unwrap();
            assert_eq!(plan.partitions, [at(1, 7), at(0, 6)]);
        }
    }

    #[test]
    fn slots_are_bounded() {
        let sessions = FetchSessions::new(1);
        assert_eq!(begin_session(&sessions, 2, 1, 0), 1);
        assert_eq!(begin_session(&sessions, 2, 2, MIN_EVICTION_MS), 0, "in use, and not smaller");
        assert_eq!(begin_session(&sessions, 2, 3, MIN_EVICTION_MS + 1), 3, "stale");
        assert_eq!(begin_session(&sessions, 3, 4, MIN_EVICTION_MS + 2), 0, "larger, but the other is young");
    }
}
