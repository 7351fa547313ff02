//! Pure: offsets and groups that go: DeleteGroups, OffsetDelete, deleted topics. Everything that goes leaves a tombstone,
//! so that it does not come back when the log is read again.

use super::{
    records,
    request::GroupReply,
    state::{Change, Phase},
    turn::Turn,
    write::Then,
};
use crate::shard::Ticket;
use rkafka_base::{Offset, TopicPartition};
use rkafka_protocol::{
    ErrorCode,
    messages::{
        OffsetDeleteRequest, OffsetDeleteResponse,
        offset_delete_response::{OffsetDeleteResponsePartition, OffsetDeleteResponseTopic},
    },
};
use std::collections::BTreeSet;

const TARGET: &str = "kafka.coordinator.group.GroupCoordinator";

/// Handles DeleteGroups for this group.
pub fn delete_group(turn: &mut Turn, ticket: Ticket) {
    let code = match turn.group().phase() {
        Phase::Dead => ErrorCode::GROUP_ID_NOT_FOUND,
        Phase::Empty => {
            // Commits on their way have their place in the log before these tombstones.
            let offsets = turn.group().offsets();
            let partitions: BTreeSet<TopicPartition> =
                offsets.iter().map(|(p, _)| p).chain(offsets.in_flight()).cloned().collect();
            log::info!(target: TARGET, "Deleting group {} and its {} offsets", turn.group().id(), partitions.len());
            let reply = GroupReply::Delete(ErrorCode::NONE.0);
            return remove(turn, partitions.into_iter().collect(), true, Some((ticket, reply)));
        }
        Phase::PreparingRebalance | Phase::CompletingRebalance | Phase::Stable => ErrorCode::NON_EMPTY_GROUP,
    };
    turn.reply(ticket, GroupReply::Delete(code.0));
}

/// Handles OffsetDelete. A consumer group's members keep the offsets of the topics that they read.
pub fn delete_offsets(turn: &mut Turn, ticket: Ticket, request: OffsetDeleteRequest) {
    let group = turn.group();
    let code = match group.phase() {
        Phase::Dead => ErrorCode::GROUP_ID_NOT_FOUND,
        Phase::Empty => ErrorCode::NONE,
        _ if group.is_consumer_group() => ErrorCode::NONE,
        _ => ErrorCode::NON_EMPTY_GROUP,
    };
    if code.is_error() {
        let response = OffsetDeleteResponse { error_code: code.0, ..OffsetDeleteResponse::default() };
        return turn.reply(ticket, GroupReply::DeleteOffsets(response));
    }
    let mut response = OffsetDeleteResponse::default();
    let mut partitions = Vec::new();
    for topic in request.topics {
        let kept = !group.is(Phase::Empty) && group.is_subscribed_to(&topic.name);
        let code = if kept { ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC } else { ErrorCode::NONE };
        let indexes: Vec<i32> = topic.partitions.iter().map(|p| p.partition_index).collect();
        let answer = |p: &i32| OffsetDeleteResponsePartition { partition_index: *p, error_code: code.0 };
        response.topics.push(OffsetDeleteResponseTopic {
            name: topic.name.clone(),
            partitions: indexes.iter().map(answer).collect(),
        });
        if !kept {
            let name: std::sync::Arc<str> = topic.name.into();
            partitions.extend(indexes.into_iter().map(|p| TopicPartition::new(name.clone(), p)));
        }
    }
    // What may be deleted need not be there: a group that keeps nothing goes all the same.
    let asked = !partitions.is_empty();
    partitions.retain(|p| group.offsets().get(p).is_some());
    let empties = asked && leaves_nothing(turn, &partitions);
    remove(turn, partitions, empties, Some((ticket, GroupReply::DeleteOffsets(response))));
}

/// Forgets the offsets of partitions that exist no more.
pub fn forget_partitions(turn: &mut Turn, gone: &[TopicPartition]) {
    let has = |p: &&TopicPartition| turn.group().offsets().get(p).is_some();
    let partitions: Vec<TopicPartition> = gone.iter().filter(has).cloned().collect();
    if !partitions.is_empty() && !turn.group().is(Phase::Dead) {
        let empties = leaves_nothing(turn, &partitions);
        remove(turn, partitions, empties, None);
    }
}

/// Whether the group has nothing left to be kept for once these offsets are gone.
pub fn leaves_nothing(turn: &Turn, partitions: &[TopicPartition]) -> bool {
    let group = turn.group();
    let offsets = group.offsets();
    group.is(Phase::Empty)
        && group.pending().is_empty()
        && !offsets.has_unsettled()
        && offsets.iter().all(|(p, _)| partitions.contains(p))
}

/// Writes tombstones for `partitions` and, if it goes with them, the group; `reply` waits until they are in the log.
pub fn remove(
    turn: &mut Turn,
    partitions: Vec<TopicPartition>,
    group_is_dead: bool,
    reply: Option<(Ticket, GroupReply)>,
) {
    let group = turn.group();
    let mut records: Vec<_> = partitions.iter().map(|p| records::offset_tombstone(group.id(), p)).collect();
    // A group that only ever stored offsets has no record of its own.
    if group_is_dead && group.generation() > 0 {
        records.push(records::group_tombstone(group.id()));
    }
    if group_is_dead {
        let (id, generation) = (group.id(), group.generation());
        log::info!(target: TARGET, "Group {id} transitioned to Dead in generation {generation}");
        turn.enter(Phase::Dead);
    }
    if records.is_empty() {
        if let Some((ticket, reply)) = reply {
            turn.reply(ticket, reply);
        }
        return;
    }
    turn.write(records, -1, Then::Remove { partitions, group_is_dead, reply });
}

/// The tombstones are in the log, or could not be written.
pub fn removed(
    turn: &mut Turn,
    partitions: Vec<TopicPartition>,
    group_is_dead: bool,
    result: Result<Offset, ErrorCode>,
    reply: Option<(Ticket, GroupReply)>,
) {
    match result {
        Ok(at) => partitions.into_iter().for_each(|p| turn.apply(Change::Forget(p, at))),
        Err(code) => {
            let id = turn.group().id();
            log::warn!(target: TARGET, "Failed to write {} tombstones for group {id}: {code}", partitions.len());
            if group_is_dead {
                turn.enter(Phase::Empty);
            }
        }
    }
    if let Some((ticket, reply)) = reply {
        turn.reply(ticket, if let Err(code) = result { refuse(reply, code) } else { reply });
    }
}

pub fn refuse(reply: GroupReply, code: ErrorCode) -> GroupReply {
    match reply {
        GroupReply::Delete(_) => GroupReply::Delete(code.0),
        GroupReply::DeleteOffsets(_) => {
            GroupReply::DeleteOffsets(OffsetDeleteResponse { error_code: code.0, ..OffsetDeleteResponse::default() })
        }
        other => other,
    }
}
