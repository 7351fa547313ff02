//! Pure: who is alive. Sessions expire in buckets of one tick, as in ZooKeeper's `ExpiryQueue`: a session lives for at
//! least its timeout and at most one tick longer.

use std::collections::{BTreeMap, BTreeSet};

/// The id that a standalone ZooKeeper server puts on top of its session ids.
const STANDALONE_SERVER_ID: i64 = 1;

#[derive(Debug, Clone, Copy)]
struct TrackedSession {
    timeout_ms: i32,
    /// The end of the bucket in which it expires, in ms of the server's clock.
    bucket: i64,
    /// Its closeSession is on the way.
    closing: bool,
}

/// The sessions of a running server, by id.
#[derive(Debug)]
pub struct Sessions {
    tick_ms: i64,
    next_id: i64,
    sessions: BTreeMap<i64, TrackedSession>,
    buckets: BTreeMap<i64, BTreeSet<i64>>,
}

impl Sessions {
    /// `wall_ms` makes the first id: server id, 40 bits of the clock, 16 bits of counter.
    pub fn new(tick_ms: i64, wall_ms: i64) -> Sessions {
        let clock = ((wall_ms << 24) as u64 >> 8) as i64;
        let next_id = clock | (STANDALONE_SERVER_ID << 56);
        Sessions { tick_ms: tick_ms.max(1), next_id, sessions: BTreeMap::new(), buckets: BTreeMap::new() }
    }

    /// No sessions, and ids that go on where those of `before` end.
    pub fn continuing(before: &Sessions) -> Sessions {
        Sessions { next_id: before.next_id, ..Sessions::new(before.tick_ms, 0) }
    }

    /// The id of a new session.
    pub fn take_id(&mut self) -> i64 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }

    /// Begins to watch over a session; one that is known is only touched.
    pub fn track(&mut self, id: i64, timeout_ms: i32, now_ms: i64) {
        self.sessions.entry(id).or_insert(TrackedSession { timeout_ms, bucket: 0, closing: false });
        self.touch(id, timeout_ms, now_ms);
    }

    /// A sign of life, with the timeout of the connection that it comes from, which may be a shorter one than before; false when the session is unknown or closing.
    pub fn touch(&mut self, id: i64, timeout_ms: i32, now_ms: i64) -> bool {
        let Some(session) = self.sessions.get_mut(&id).filter(|session| !session.closing) else { return false };
        session.timeout_ms = timeout_ms;
        let bucket = ((now_ms + i64::from(timeout_ms)) / self.tick_ms + 1) * self.tick_ms;
        if bucket != session.bucket {
            let old = std::mem::replace(&mut session.bucket, bucket);
            self.leave_bucket(id, old);
            self.buckets.entry(bucket).or_default().insert(id);
        }
        debug_assert!(
            bucket > now_ms + i64::from(timeout_ms),
            "session 0x{id:x} lives until {bucket}, at {now_ms} for {timeout_ms} ms"
        );
        true
    }

    fn leave_bucket(&mut self, id: i64, bucket: i64) {
        if let Some(ids) = self.buckets.get_mut(&bucket) {
            ids.remove(&id);
            if ids.is_empty() {
                self.buckets.remove(&bucket);
            }
        }
    }

    /// Its closeSession is prepared: from now on it counts as gone.
    pub fn set_closing(&mut self, id: i64) {
        if let Some(session) = self.sessions.get_mut(&id) {
            session.closing = true;
        }
    }

    pub fn remove(&mut self, id: i64) {
        if let Some(session) = self.sessions.remove(&id) {
            self.leave_bucket(id, session.bucket);
        }
    }

    /// Whether the session exists and is not closing.
    pub fn is_open(&self, id: i64) -> bool {
        self.sessions.get(&id).is_some_and(|session| !session.closing)
    }

    /// When the next bucket ends, in ms of the server's clock.
    pub fn next_expiry(&self) -> Option<i64> {
        self.buckets.keys().next().copied()
    }

    /// Takes sessions whose time is over, with their timeouts; not more than `most`.
    pub fn expired(&mut self, now_ms: i64, most: usize) -> Vec<(i64, i32)> {
        let mut over = Vec::new();
        while over.len() < most
            && let Some(mut entry) = self.buckets.first_entry().filter(|entry| *entry.key() <= now_ms)
        {
            while over.len() < most
                && let Some(id) = entry.get_mut().pop_first()
            {
                over.push(id);
            }
            if entry.get().is_empty() {
                entry.remove();
            }
        }
        let with_timeout = |id: i64| self.sessions.get(&id).map(|session| (id, session.timeout_ms, session.closing));
        over.into_iter().filter_map(with_timeout).filter(|(.., closing)| !closing).map(|(id, ms, _)| (id, ms)).collect()
    }

    pub fn len(&self) -> usize {
        self.sessions.len()
    }

    /// The buckets with the sessions in them, for `dump`.
    pub fn buckets(&self) -> &BTreeMap<i64, BTreeSet<i64>> {
        &self.buckets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_lives_for_its_timeout_and_at_most_a_tick_more() {
        let mut sessions = Sessions::new(2000, 1);
        sessions.track(7, 4000, 100);
        assert_eq!(sessions.next_expiry(), Some(6000));
        assert!(sessions.expired(4100, 9).is_empty());
        assert!(sessions.touch(7, 4000, 3000));
        assert!(sessions.expired(6000, 9).is_empty());
        assert_eq!(sessions.expired(8000, 9), [(7, 4000)]);
        assert_eq!(sessions.next_expiry(), None);
    }

    #[test]
    fn a_closing_session_is_gone_for_everyone() {
        let mut sessions = Sessions::new(2000, 1);
        sessions.track(7, 4000, 0);
        sessions.set_closing(7);
        assert!(!sessions.touch(7, 4000, 1) && !sessions.is_open(7));
        assert!(sessions.expired(1_000_000, 9).is_empty());
        sessions.remove(7);
        assert_eq!(sessions.len(), 0);
    }

    #[test]
    fn ids_have_the_layout_of_a_standalone_server() {
        let mut sessions = Sessions::new(2000, 0x01a2_04a1_03bd);
        assert_eq!(sessions.take_id(), 0x01a2_04a1_03bd_0000);
        assert_eq!(sessions.take_id() & 0xffff, 1);
    }
}
