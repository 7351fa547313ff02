//! Pure: OffsetCommit. Checks that the committer may commit, and writes one record per partition.

use super::{
    records,
    request::GroupReply,
    state::{Change, CommittedOffset, Phase},
    turn::Turn,
    write::{Then, refuse_commit},
};
use crate::shard::Ticket;
use rkafka_base::{Offset, TopicPartition};
use rkafka_protocol::{
    ErrorCode,
    messages::{
        OffsetCommitRequest, OffsetCommitResponse,
        offset_commit_request::OffsetCommitRequestPartition,
        offset_commit_response::{OffsetCommitResponsePartition, OffsetCommitResponseTopic},
    },
};
use std::sync::Arc;

/// Handles an OffsetCommit.
pub fn commit(turn: &mut Turn, ticket: Ticket, request: OffsetCommitRequest) {
    let mut response = answer(&request, ErrorCode::NONE);
    match check(turn, &request) {
        Ok(()) => write(turn, ticket, request, response),
        Err(code) => {
            refuse_commit(&mut response, code);
            turn.reply(ticket, GroupReply::CommitOffsets(response));
        }
    }
}

/// The response that gives every partition of `request` the same code.
pub fn answer(request: &OffsetCommitRequest, code: ErrorCode) -> OffsetCommitResponse {
    let topic = |t: &rkafka_protocol::messages::offset_commit_request::OffsetCommitRequestTopic| {
        let partition = |p: &OffsetCommitRequestPartition| OffsetCommitResponsePartition {
            partition_index: p.partition_index,
            error_code: code.0,
            ..OffsetCommitResponsePartition::default()
        };
        OffsetCommitResponseTopic {
            name: t.name.clone(),
            topic_id: t.topic_id,
            partitions: t.partitions.iter().map(partition).collect(),
            ..OffsetCommitResponseTopic::default()
        }
    };
    OffsetCommitResponse { topics: request.topics.iter().map(topic).collect(), ..OffsetCommitResponse::default() }
}

/// Whether the committer may commit, in Kafka's order of checks. Renews its session if it is a member.
fn check(turn: &mut Turn, request: &OffsetCommitRequest) -> Result<(), ErrorCode> {
    let generation = request.generation_id_or_member_epoch;
    let instance = request.group_instance_id.as_deref();
    let empty = turn.group().is(Phase::Empty);
    if turn.group().is(Phase::Dead) {
        return Err(ErrorCode::COORDINATOR_NOT_AVAILABLE);
    }
    // Tools, and consumers that assign partitions themselves.
    if generation < 0 && empty {
        return Ok(());
    }
    if generation < 0 && request.member_id.is_empty() && instance.is_none() {
        return if empty { Ok(()) } else { Err(ErrorCode::UNKNOWN_MEMBER_ID) };
    }
    let member = turn.check_generation(&request.member_id, instance, generation)?;
    match turn.group().phase() {
        // The member has the newest generation but cannot own partitions yet.
        Phase::CompletingRebalance => Err(ErrorCode::REBALANCE_IN_PROGRESS),
        _ => {
            turn.renew_session(&member);
            Ok(())
        }
    }
}

fn write(turn: &mut Turn, ticket: Ticket, request: OffsetCommitRequest, mut response: OffsetCommitResponse) {
    let now_ms = turn.now().wall_ms;
    let expire_timestamp_ms =
        (request.retention_time_ms >= 0).then(|| now_ms.saturating_add(request.retention_time_ms));
    let mut offsets = Vec::new();
    for (topic, answers) in request.topics.into_iter().zip(&mut response.topics) {
        let name: Arc<str> = topic.name.into();
        for (partition, answer) in topic.partitions.into_iter().zip(&mut answers.partitions) {
            let metadata = partition.committed_metadata.unwrap_or_default();
            if too_long(&metadata, turn.config().metadata_max) {
                answer.error_code = ErrorCode::OFFSET_METADATA_TOO_LARGE.0;
                continue;
            }
            let commit_timestamp_ms =
                if partition.commit_timestamp == -1 { now_ms } else { partition.commit_timestamp };
            let offset = CommittedOffset {
                offset: partition.committed_offset,
                leader_epoch: partition.committed_leader_epoch,
                metadata,
                commit_timestamp_ms,
                expire_timestamp_ms,
                appended_at: Offset(-1),
            };
            offsets.push((TopicPartition::new(name.clone(), partition.partition_index), offset));
        }
    }
    if offsets.is_empty() {
        turn.reply(ticket, GroupReply::CommitOffsets(response));
        return;
    }
    let group = turn.group().id().clone();
    let records: Vec<_> =
        offsets.iter().map(|(partition, offset)| records::offset(&group, partition, offset)).collect();
    turn.apply(Change::BeginCommit(offsets.iter().map(|(partition, _)| partition.clone()).collect()));
    turn.write(records, 0, Then::Commit { ticket, offsets, response });
}

/// `offset.metadata.max.bytes` counts as Java does: UTF-16 units.
pub fn too_long(metadata: &str, max: usize) -> bool {
    metadata.len() > max && metadata.encode_utf16().count() > max
}
