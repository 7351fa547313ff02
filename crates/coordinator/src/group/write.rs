//! Pure: writes on their way to the log, and what becomes of the group when they have arrived.

use super::{
    rebalance, removal,
    request::GroupReply,
    state::{Change, CommittedOffset, Member, MemberId},
    static_member, sync,
    turn::Turn,
};
use crate::shard::{LogRecord, Ticket, Write, WriteId};
use bytes::Bytes;
use rkafka_base::{Offset, TopicPartition};
use rkafka_protocol::{ErrorCode, messages::OffsetCommitResponse};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What happens when a write is committed or has failed.
#[derive(Debug)]
pub enum Then {
    /// The leader's assignment of this generation takes effect.
    Assign { generation: i32, assignments: BTreeMap<MemberId, Bytes> },
    /// Nothing: that the group is empty is true whether the record lasts or not.
    Emptied,
    /// The static member that came back is told so.
    Returned(Returned),
    /// The offsets take effect.
    Commit { ticket: Ticket, offsets: Vec<(TopicPartition, CommittedOffset)>, response: OffsetCommitResponse },
    /// The offsets, and perhaps the group, are gone.
    Remove { partitions: Vec<TopicPartition>, group_is_dead: bool, reply: Option<(Ticket, GroupReply)> },
}

/// A static member that came back under a new id while the group was stable.
#[derive(Debug)]
pub struct Returned {
    pub instance: Arc<str>,
    pub id: MemberId,
    /// The member as it was before, to go back to if the write fails.
    pub before: Member,
    /// Who led the group before.
    pub leader_before: Option<MemberId>,
    pub can_skip_assignment: bool,
}

/// The writes whose outcome is unknown.
#[derive(Debug, Default)]
pub struct Writes {
    last: u64,
    waiting: BTreeMap<WriteId, (Arc<str>, Then)>,
    groups: BTreeMap<Arc<str>, BTreeSet<WriteId>>,
}

impl Writes {
    pub fn begin(&mut self, group: Arc<str>, records: Vec<LogRecord>, base_sequence: i32, then: Then) -> Write {
        debug_assert!(!records.is_empty(), "a write of group {group} has records");
        self.last += 1;
        let id = WriteId(self.last);
        self.groups.entry(group.clone()).or_default().insert(id);
        self.waiting.insert(id, (group, then));
        Write { id, records, base_sequence }
    }

    pub fn end(&mut self, id: WriteId) -> Option<(Arc<str>, Then)> {
        let (group, then) = self.waiting.remove(&id)?;
        if let Some(ids) = self.groups.get_mut(&group) {
            ids.remove(&id);
            if ids.is_empty() {
                self.groups.remove(&group);
            }
        }
        Some((group, then))
    }

    /// Whether something of `group` is on its way.
    pub(crate) fn any_of(&self, group: &str) -> bool {
        self.groups.contains_key(group)
    }

    /// Everything that waits, in the order in which it began.
    pub fn drain(&mut self) -> Vec<Then> {
        self.groups.clear();
        std::mem::take(&mut self.waiting).into_values().map(|(_, then)| then).collect()
    }
}

/// Applies the outcome of a write to its group.
pub fn written(turn: &mut Turn, then: Then, result: Result<Offset, ErrorCode>) {
    match then {
        Then::Assign { generation, assignments } => {
            sync::assignment_written(turn, generation, assignments, result.map_err(group_write_error));
        }
        Then::Emptied => rebalance::emptied(turn, result.map_err(group_write_error)),
        Then::Returned(returned) => static_member::returned(turn, returned, result.map_err(group_write_error)),
        Then::Commit { ticket, offsets, mut response } => {
            turn.apply(Change::EndCommit(offsets.iter().map(|(p, _)| p.clone()).collect()));
            match result {
                Ok(at) => {
                    for (partition, offset) in offsets {
                        turn.apply(Change::Commit(partition, CommittedOffset { appended_at: at, ..offset }));
                    }
                }
                Err(code) => refuse_commit(&mut response, commit_write_error(code)),
            }
            turn.reply(ticket, GroupReply::CommitOffsets(response));
        }
        Then::Remove { partitions, group_is_dead, reply } => {
            removal::removed(turn, partitions, group_is_dead, result.map_err(commit_write_error), reply);
        }
    }
}

/// Puts `code` on every partition that has no error of its own.
pub fn refuse_commit(response: &mut OffsetCommitResponse, code: ErrorCode) {
    for partition in response.topics.iter_mut().flat_map(|t| &mut t.partitions) {
        if partition.error_code == ErrorCode::NONE.0 {
            partition.error_code = code.0;
        }
    }
}

/// What a member is told when its group's record could not be written (`GroupMetadataManager.storeGroup`).
fn group_write_error(code: ErrorCode) -> ErrorCode {
    match code {
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
        | ErrorCode::NOT_ENOUGH_REPLICAS
        | ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND => ErrorCode::COORDINATOR_NOT_AVAILABLE,
        ErrorCode::NOT_LEADER_OR_FOLLOWER | ErrorCode::KAFKA_STORAGE_ERROR => ErrorCode::NOT_COORDINATOR,
        ErrorCode::REQUEST_TIMED_OUT => ErrorCode::REBALANCE_IN_PROGRESS,
        ErrorCode::MESSAGE_TOO_LARGE | ErrorCode::RECORD_LIST_TOO_LARGE | ErrorCode::INVALID_FETCH_SIZE => {
            ErrorCode::UNKNOWN_SERVER_ERROR
        }
        other => other,
    }
}

/// What a committer is told when its offsets could not be written (`maybeConvertOffsetCommitError`).
fn commit_write_error(code: ErrorCode) -> ErrorCode {
    match code {
        ErrorCode::NETWORK_EXCEPTION => ErrorCode::COORDINATOR_LOAD_IN_PROGRESS,
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
        | ErrorCode::NOT_ENOUGH_REPLICAS
        | ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND => ErrorCode::COORDINATOR_NOT_AVAILABLE,
        ErrorCode::NOT_LEADER_OR_FOLLOWER | ErrorCode::KAFKA_STORAGE_ERROR => ErrorCode::NOT_COORDINATOR,
        ErrorCode::MESSAGE_TOO_LARGE | ErrorCode::RECORD_LIST_TOO_LARGE | ErrorCode::INVALID_FETCH_SIZE => {
            ErrorCode::INVALID_COMMIT_OFFSET_SIZE
        }
        other => other,
    }
}
