//! Pure: one fetch session.

use rkafka_base::Uuid;
use rkafka_protocol::messages::fetch_response::PartitionData;
use std::{collections::HashMap, sync::Arc};

/// How a request names a topic: by id from version 13 on, by name before.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TopicKey {
    Id(Uuid),
    Name(Arc<str>),
}

/// From where and how much of one partition a client wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchParams {
    pub offset: i64,
    /// The follower's log start; −1 from consumers.
    pub log_start: i64,
    pub max_bytes: i32,
    /// −1: not to be checked.
    pub current_leader_epoch: i32,
    /// −1: not to be checked.
    pub last_fetched_epoch: i32,
}

/// One partition to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionFetch {
    pub topic: TopicKey,
    pub partition: i32,
    pub params: FetchParams,
}

/// What the client was told last; −1 makes the next response repeat it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Told {
    high_watermark: i64,
    log_start: i64,
}

impl Told {
    const NOTHING: Told = Told { high_watermark: -1, log_start: -1 };
}

#[derive(Debug)]
struct Entry {
    fetch: PartitionFetch,
    told: Told,
}

/// A session: its partitions, in an order that gives each its turn.
#[derive(Debug)]
pub struct FetchSession {
    /// The epoch that the next request must carry.
    pub next_epoch: i32,
    pub uses_topic_ids: bool,
    /// A follower's session; a consumer's never pushes it out.
    pub privileged: bool,
    pub created_ms: i64,
    pub last_used_ms: i64,
    entries: Vec<Entry>,
    by_key: HashMap<(TopicKey, i32), usize>,
    /// Where the next response begins, so that a full response does not starve the partitions after it.
    first: usize,
}

impl FetchSession {
    pub fn new(uses_topic_ids: bool, privileged: bool, now_ms: i64) -> FetchSession {
        FetchSession {
            next_epoch: 1,
            uses_topic_ids,
            privileged,
            created_ms: now_ms,
            last_used_ms: now_ms,
            entries: Vec::new(),
            by_key: HashMap::new(),
            first: 0,
        }
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Adds a partition or changes what is wanted of it.
    pub(crate) fn want(&mut self, fetch: PartitionFetch) {
        let key = (fetch.topic.clone(), fetch.partition);
        match self.by_key.get(&key).and_then(|at| self.entries.get_mut(*at)) {
            Some(entry) => entry.fetch.params = fetch.params,
            None => {
                self.by_key.insert(key, self.entries.len());
                self.entries.push(Entry { fetch, told: Told::NOTHING });
            }
        }
    }

    /// Drops a partition.
    pub fn forget(&mut self, topic: TopicKey, partition: i32) {
        let Some(at) = self.by_key.remove(&(topic, partition)) else { return };
        self.entries.swap_remove(at);
        if let Some(moved) = self.entries.get(at) {
            self.by_key.insert((moved.fetch.topic.clone(), moved.fetch.partition), at);
        }
    }

    /// Every partition, beginning with the one whose turn it is.
    pub fn partitions(&self) -> Vec<PartitionFetch> {
        let (before, from) = self.entries.split_at(self.first.min(self.entries.len()));
        from.iter().chain(before).map(|e| e.fetch.clone()).collect()
    }

    /// Notes what is about to be told of a partition. False if the client knows it already.
    pub fn tell(&mut self, topic: &TopicKey, data: &PartitionData) -> bool {
        let Some(at) = self.by_key.get(&(topic.clone(), data.partition_index)).copied() else { return true };
        let Some(entry) = self.entries.get_mut(at) else { return true };
        let has_records = data.records.as_ref().is_some_and(|r| !r.is_empty());
        let now = Told { high_watermark: data.high_watermark, log_start: data.log_start_offset };
        let failed = data.error_code != 0 || data.diverging_epoch.epoch >= 0;
        let news = has_records || now != entry.told || failed;
        // After a failure the client wants to hear when it is over.
        entry.told = if failed { Told::NOTHING } else { now };
        if has_records {
            self.first = at + 1;
        }
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use rkafka_protocol::Records;

    fn fetch(partition: i32, offset: i64) -> PartitionFetch {
        let params =
            FetchParams { offset, log_start: -1, max_bytes: 1, current_leader_epoch: -1, last_fetched_epoch: -1 };
        PartitionFetch { topic: TopicKey::Name("t".into()), partition, params }
    }

    fn data(partition: i32, high_watermark: i64, records: &'static [u8]) -> PartitionData {
        PartitionData {
            partition_index: partition,
            high_watermark,
            records: Some(Records::Bytes(Bytes::from_static(records))),
            ..Default::default()
        }
    }

    #[test]
    fn only_news_is_told() {
        let mut session = FetchSession::new(false, false, 0);
        session.want(fetch(0, 0));
        let topic = TopicKey::Name("t".into());
        assert!(session.tell(&topic, &data(0, 5, b"")));
        assert!(!session.tell(&topic, &data(0, 5, b"")));
        assert!(session.tell(&topic, &data(0, 6, b"")));
        assert!(session.tell(&topic, &data(0, 6, b"x")));
        let failed = PartitionData { error_code: 6, ..data(0, -1, b"") };
        assert!(session.tell(&topic, &failed) && session.tell(&topic, &failed));
        assert!(session.tell(&topic, &data(0, 6, b"")));
    }

    #[test]
    fn partitions_take_turns_come_and_go() {
        let mut session = FetchSession::new(false, false, 0);
        (0..4).for_each(|p| session.want(fetch(p, 0)));
        let order = |s: &FetchSession| s.partitions().iter().map(|p| p.partition).collect::<Vec<_>>();
        session.tell(&TopicKey::Name("t".into()), &data(1, 1, b"x"));
        assert_eq!(order(&session), [2, 3, 0, 1]);
        session.forget(TopicKey::Name("t".into()), 0);
        session.want(fetch(3, 77));
        assert_eq!(session.len(), 3);
        assert_eq!(session.partitions().iter().find(|p| p.partition == 3).map(|p| p.params.offset), Some(77));
        session.forget(TopicKey::Name("t".into()), 3);
        session.forget(TopicKey::Name("t".into()), 3);
        (1..3).for_each(|p| session.forget(TopicKey::Name("t".into()), p));
        assert!(session.is_empty() && order(&session).is_empty());
    }
}
