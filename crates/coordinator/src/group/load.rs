//! Pure: the groups of one partition, rebuilt from its log.

use super::{
    config::GroupConfig,
    records::{self, BadRecord, Key},
    shard::GroupShard,
    state::{Change, CommittedOffset, Group, Restored},
};
use crate::shard::{BatchFacts, Effects, Loader, LogRecord, Now, Shard};
use rkafka_base::{OFFSETS_TOPIC, TopicPartition};
use std::{collections::BTreeMap, sync::Arc};

const TARGET: &str = "kafka.coordinator.group.GroupMetadataManager";

type OffsetKey = (Arc<str>, TopicPartition);

/// Gathers what the records say. The last one of a key counts; a transaction's offsets count from its commit marker on.
pub struct GroupLoader {
    partition: i32,
    config: Arc<GroupConfig>,
    groups: BTreeMap<Arc<str>, Restored>,
    offsets: BTreeMap<OffsetKey, CommittedOffset>,
    /// Offsets of transactions that have not ended, by producer id; `None` is a tombstone.
    open: BTreeMap<i64, BTreeMap<OffsetKey, Option<CommittedOffset>>>,
}

impl GroupLoader {
    pub fn new(partition: i32, config: Arc<GroupConfig>) -> GroupLoader {
        let (groups, offsets, open) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        GroupLoader { partition, config, groups, offsets, open }
    }

    fn take(&mut self, batch: BatchFacts, record: LogRecord) -> Result<(), BadRecord> {
        match records::read_key(record.key)? {
            Key::Offset(group, partition) => {
                let value = record.value.map(|v| records::read_offset(v, batch.base_offset)).transpose()?;
                match (batch.transaction, value) {
                    (Some(producer), value) => {
                        self.open.entry(producer).or_default().insert((group, partition), value);
                    }
                    (None, Some(offset)) => drop(self.offsets.insert((group, partition), offset)),
                    (None, None) => drop(self.offsets.remove(&(group, partition))),
                }
            }
            Key::Group(group) => match record.value {
                Some(value) => drop(self.groups.insert(group, records::read_group(value)?)),
                None => drop(self.groups.remove(&group)),
            },
            Key::Unknown(version) => log::warn!(
                target: TARGET,
                "Unknown message key with version {version} while loading offsets and group metadata from \
                 {OFFSETS_TOPIC}-{}. Ignoring it.",
                self.partition,
            ),
        }
        Ok(())
    }
}

impl Loader for GroupLoader {
    type Shard = GroupShard;

    fn record(&mut self, batch: BatchFacts, record: LogRecord) {
        if let Err(e) = self.take(batch, record) {
            let (partition, offset) = (self.partition, batch.base_offset);
            log::error!(
                target: TARGET,
                "A record of {OFFSETS_TOPIC}-{partition} in the batch at offset {offset} cannot be read and is left \
                 out: {e}",
            );
        }
    }

    fn marker(&mut self, producer_id: i64, committed: bool) {
        for (key, offset) in self.open.remove(&producer_id).unwrap_or_default() {
            let Some(offset) = offset.filter(|_| committed) else { continue };
            if self.offsets.get(&key).is_none_or(|old| old.appended_at < offset.appended_at) {
                self.offsets.insert(key, offset);
            }
        }
    }

    fn finish(self, now: Now) -> (GroupShard, Effects<<GroupShard as Shard>::Reply>) {
        let mut groups: BTreeMap<Arc<str>, Group> = BTreeMap::new();
        for (id, restored) in self.groups {
            let mut group = Group::new(id.clone(), now.wall_ms);
            group.apply(Change::Restore(restored));
            groups.insert(id, group);
        }
        let mut apply = |id: Arc<str>, change| {
            groups.entry(id.clone()).or_insert_with(|| Group::new(id, now.wall_ms)).apply(change);
        };
        for ((id, partition), offset) in self.offsets {
            apply(id, Change::Commit(partition, offset));
        }
        for (producer, offsets) in self.open {
            for ((id, partition), offset) in offsets {
                if let Some(offset) = offset {
                    apply(id, Change::CommitInTransaction(producer, partition, offset));
                }
            }
        }
        GroupShard::loaded(self.partition, self.config, groups, now)
    }
}
