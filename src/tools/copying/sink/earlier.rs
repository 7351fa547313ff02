//! Progress as it is stored, as offsets of a group in the target: what an earlier copy has left there, and what is new.

use super::{Sink, note::Note};
use crate::access::failure::with_hint;
use anyhow::{Context, anyhow, bail};
use rkafka_base::TopicPartition;
use rkafka_client::{ClientError, admin::CommittedOffset};
use rkafka_protocol::ErrorCode;
use std::{collections::BTreeMap, time::Duration};
use tokio::time::sleep;

/// How often, and after which pause, offsets are looked for of which a transaction has not been ended.
const LOOKS_FOR_OFFSETS: u32 = 900;
const LOOK_FOR_OFFSETS: Duration = Duration::from_millis(100);

/// What a group has committed, or why that is not known.
type Committed = BTreeMap<TopicPartition, Result<Option<CommittedOffset>, ClientError>>;

impl Sink {
    /// The progress that has yet to be stored.
    pub(super) fn changed(&self) -> Vec<(TopicPartition, Note)> {
        let is_exact = self.is_exactly_once();
        let notes = self.lanes.iter().map(|(partition, lane)| (partition, lane.note(is_exact), &lane.stored));
        let changed = notes.filter(|(_, note, stored)| stored.as_ref() != Some(note));
        changed.map(|(partition, note, _)| (partition.clone(), note)).collect()
    }

    pub(super) fn offsets(notes: &[(TopicPartition, Note)]) -> Vec<(TopicPartition, CommittedOffset)> {
        let offset = |note: &Note| CommittedOffset { offset: note.source, leader_epoch: -1, metadata: note.text() };
        notes.iter().map(|(partition, note)| (partition.clone(), offset(note))).collect()
    }

    pub(super) fn are_stored(&mut self, notes: Vec<(TopicPartition, Note)>) {
        for (partition, note) in notes {
            if let Some(lane) = self.lanes.get_mut(&partition) {
                lane.stored = Some(note);
            }
        }
    }

    /// What an earlier copy has stored.
    pub(super) async fn earlier(&self, new: &[TopicPartition]) -> anyhow::Result<BTreeMap<TopicPartition, Note>> {
        let Some(group) = &self.options.group else { return Ok(BTreeMap::new()) };
        let stored = self.stable_offsets(group, new).await?;
        let mut earlier = BTreeMap::new();
        for (partition, found) in stored {
            let Some(found) = found.map_err(|error| anyhow!("group {group}, {partition}: {error}"))? else { continue };
            let stored = Note::read(found.offset, &found.metadata).with_context(|| {
                format!("the group {group} is not ours: it has noted '{}' for {partition}", found.metadata)
            })?;
            earlier.insert(partition, stored);
        }
        Ok(earlier)
    }

    /// What a group has committed, when all transactions have ended that an earlier copy had begun.
    async fn stable_offsets(&self, group: &str, of: &[TopicPartition]) -> anyhow::Result<Committed> {
        let is_unstable = |found: &Result<_, ClientError>| {
            found.as_ref().err().and_then(ClientError::code) == Some(ErrorCode::UNSTABLE_OFFSET_COMMIT)
        };
        for _ in 0..LOOKS_FOR_OFFSETS {
            match self.admin.stable_group_offsets(group, of).await {
                Ok(found) if found.values().any(is_unstable) => {}
                Err(error) if error.code() == Some(ErrorCode::UNSTABLE_OFFSET_COMMIT) => {}
                found => return found.map_err(|error| with_hint(&error)),
            }
            sleep(LOOK_FOR_OFFSETS).await;
        }
        bail!(
            "group {group}: a transaction of an earlier copy is still open; it is aborted by the brokers after its time"
        )
    }
}
