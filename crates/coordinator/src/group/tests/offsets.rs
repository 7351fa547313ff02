//! Committing, fetching, deleting and expiring.

use super::rig::{GROUP, Rig, WALL};
use crate::{
    group::{
        GroupConfig, GroupReply, GroupRequest, records,
        state::{CommittedOffset, Phase},
    },
    shard::{Shard, Ticket},
};
use rkafka_base::{Offset, ProducerId, TimestampMs, TopicPartition};
use rkafka_protocol::{
    ErrorCode,
    messages::{
        OffsetCommitRequest, OffsetDeleteRequest,
        offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic},
        offset_delete_request::{OffsetDeleteRequestPartition, OffsetDeleteRequestTopic},
        offset_fetch_request::{OffsetFetchRequestGroup, OffsetFetchRequestTopics},
    },
    record::{BatchBuilder, BatchOptions, patch},
};

const DAY: i64 = 24 * 60 * 60 * 1_000;

#[test]
fn a_simple_consumer_commits_without_being_a_member() {
    let mut rig = Rig::prompt();
    let ticket = rig.commit("", -1, &[("t", 0, 7), ("u", 2, 9)]);
    assert_eq!(rig.committed(ticket), Some(ErrorCode::NONE));
    assert_eq!(rig.offsets(), [("t".into(), 0, 7), ("u".into(), 2, 9)]);
    rig.restart();
    assert_eq!((rig.phase(), rig.offsets().len()), (Phase::Empty, 2));
    let ticket = rig.commit("m", 3, &[("t", 0, 8)]);
    assert_eq!(rig.committed(ticket), Some(ErrorCode::UNKNOWN_MEMBER_ID));
}

#[test]
fn only_members_of_the_generation_commit_to_a_group_with_members() {
    let mut rig = Rig::prompt();
    let (ids, generation) = rig.stable(&["a"]);
    for (member, generation, code) in [
        ("", -1, ErrorCode::UNKNOWN_MEMBER_ID),
        ("x", generation, ErrorCode::UNKNOWN_MEMBER_ID),
        (&*ids[0], generation - 1, ErrorCode::ILLEGAL_GENERATION),
        (&*ids[0], generation, ErrorCode::NONE),
    ] {
        let ticket = rig.commit(member, generation, &[("t", 0, 7)]);
        assert_eq!(rig.committed(ticket), Some(code), "{member} in {generation}");
    }
}

#[test]
fn a_commit_takes_effect_when_it_is_in_the_log_and_the_later_place_wins() {
    let mut rig = Rig::prompt();
    rig.hold = true;
    let first = rig.commit("", -1, &[("t", 0, 1)]);
    let second = rig.commit("", -1, &[("t", 0, 2)]);
    assert_eq!((rig.committed(first), rig.offsets()), (None, vec![]));
    rig.release(Ok(()));
    assert_eq!((rig.committed(first), rig.offsets()), (Some(ErrorCode::NONE), vec![("t".into(), 0, 1)]));
    rig.release(Err(ErrorCode::REQUEST_TIMED_OUT));
    assert_eq!((rig.committed(second), rig.offsets()), (Some(ErrorCode::REQUEST_TIMED_OUT), vec![("t".into(), 0, 1)]));
}

#[test]
fn long_metadata_is_refused_for_its_partition_only() {
    let mut rig = Rig::prompt();
    let partition = |partition_index, length| OffsetCommitRequestPartition {
        partition_index,
        committed_offset: 1,
        committed_metadata: Some("é".repeat(length)),
        ..Default::default()
    };
    let topic = OffsetCommitRequestTopic {
        name: "t".into(),
        partitions: vec![partition(0, 4_096), partition(1, 4_097)],
        ..Default::default()
    };
    let request = OffsetCommitRequest {
        group_id: GROUP.into(),
        generation_id_or_member_epoch: -1,
        topics: vec![topic],
        ..Default::default()
    };
    let ticket = rig.ask(GroupRequest::CommitOffsets(request));
    let Some(GroupReply::CommitOffsets(response)) = rig.replies.remove(&ticket) else { panic!("no reply") };
    let codes: Vec<i16> = response.topics[0].partitions.iter().map(|p| p.error_code).collect();
    assert_eq!(codes, [0, ErrorCode::OFFSET_METADATA_TOO_LARGE.0]);
    assert_eq!(rig.offsets(), [("t".into(), 0, 1)]);
}

fn deleted(rig: &mut Rig, ticket: Ticket) -> ErrorCode {
    match rig.replies.remove(&ticket) {
        Some(GroupReply::Delete(code)) => ErrorCode(code),
        other => panic!("{other:?} to a deletion"),
    }
}

#[test]
fn only_an_empty_group_can_be_deleted_and_it_does_not_come_back() {
    let mut rig = Rig::prompt();
    let (ids, generation) = rig.stable(&["a"]);
    rig.commit(&ids[0], generation, &[("t", 0, 7)]);
    let ticket = rig.ask(GroupRequest::Delete(GROUP.into()));
    assert_eq!(deleted(&mut rig, ticket), ErrorCode::NON_EMPTY_GROUP);
    rig.leave(&ids[0], None);
    rig.hold = true;
    let ticket = rig.ask(GroupRequest::Delete(GROUP.into()));
    let late = rig.commit("", -1, &[("t", 1, 1)]);
    assert_eq!(rig.committed(late), Some(ErrorCode::COORDINATOR_NOT_AVAILABLE));
    rig.release(Ok(()));
    assert_eq!(deleted(&mut rig, ticket), ErrorCode::NONE);
    assert!(rig.shard.group(GROUP).is_none() && rig.replay().group(GROUP).is_none());
    let ticket = rig.ask(GroupRequest::Delete(GROUP.into()));
    assert_eq!(deleted(&mut rig, ticket), ErrorCode::GROUP_ID_NOT_FOUND);
}

#[test]
fn offsets_of_subscribed_topics_cannot_be_deleted() {
    let mut rig = Rig::prompt();
    let (ids, generation) = rig.stable(&["a"]);
    rig.commit(&ids[0], generation, &[("t", 0, 7), ("u", 0, 8)]);
    let topic = |name: &str| OffsetDeleteRequestTopic {
        name: name.into(),
        partitions: vec![OffsetDeleteRequestPartition { partition_index: 0 }],
    };
    let request = OffsetDeleteRequest { group_id: GROUP.into(), topics: vec![topic("t"), topic("u")] };
    let ticket = rig.ask(GroupRequest::DeleteOffsets(request));
    let Some(GroupReply::DeleteOffsets(response)) = rig.replies.remove(&ticket) else { panic!("no reply") };
    let codes: Vec<i16> = response.topics.iter().map(|t| t.partitions[0].error_code).collect();
    assert_eq!(codes, [ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC.0, 0]);
    assert_eq!(rig.offsets(), [("t".into(), 0, 7)]);
    rig.restart();
    assert_eq!(rig.offsets(), [("t".into(), 0, 7)]);
}

#[test]
fn offsets_go_with_their_topic() {
    let mut rig = Rig::prompt();
    rig.commit("", -1, &[("t", 0, 7), ("u", 0, 8)]);
    rig.ask(GroupRequest::ForgetPartitions([TopicPartition::new("t", 0), TopicPartition::new("t", 1)].into()));
    assert_eq!(rig.offsets(), [("u".into(), 0, 8)]);
    rig.ask(GroupRequest::ForgetPartitions([TopicPartition::new("u", 0)].into()));
    assert!(rig.shard.group(GROUP).is_none(), "nothing is left of it");
}

#[test]
fn offsets_expire_a_week_after_the_last_member_left() {
    let mut rig = Rig::prompt();
    let (ids, generation) = rig.stable(&["a"]);
    rig.commit(&ids[0], generation, &[("t", 0, 7), ("unread", 0, 1)]);
    for _ in 0..(8 * DAY / 9_000) {
        rig.advance(9_000);
        rig.heartbeat(&ids[0], generation);
    }
    assert_eq!(rig.offsets(), [("t".into(), 0, 7)], "the topic that nobody reads has expired");
    rig.leave(&ids[0], None);
    rig.advance(7 * DAY - 600_000);
    assert_eq!(rig.offsets().len(), 1);
    rig.advance(1_200_000);
    assert!(rig.shard.group(GROUP).is_none() && rig.replay().groups().next().is_none());
}

#[test]
fn a_retention_time_of_the_client_counts() {
    let mut rig = Rig::new(GroupConfig::default());
    let partition = OffsetCommitRequestPartition { committed_offset: 1, ..Default::default() };
    let topic = OffsetCommitRequestTopic { name: "t".into(), partitions: vec![partition], ..Default::default() };
    let request = OffsetCommitRequest {
        group_id: GROUP.into(),
        generation_id_or_member_epoch: -1,
        retention_time_ms: 1_000,
        topics: vec![topic],
        ..Default::default()
    };
    rig.ask(GroupRequest::CommitOffsets(request));
    assert_eq!(rig.offsets().len(), 1);
    rig.restart();
    rig.advance(600_000);
    assert!(rig.shard.group(GROUP).is_none());
}

#[test]
fn whoever_waits_is_answered_when_the_partition_goes() {
    let mut rig = Rig::prompt();
    rig.hold = true;
    let join = rig.join(super::rig::consumer("a", &["t"]));
    let request = OffsetCommitRequest { group_id: "h".into(), generation_id_or_member_epoch: -1, ..Default::default() };
    let partition = OffsetCommitRequestPartition::default();
    let topic = OffsetCommitRequestTopic { name: "t".into(), partitions: vec![partition], ..Default::default() };
    let commit = rig.ask(GroupRequest::CommitOffsets(OffsetCommitRequest { topics: vec![topic], ..request }));
    let Rig { shard, .. } = rig;
    let replies = shard.unload().replies;
    assert_eq!(replies.iter().map(|(t, _)| *t).collect::<Vec<_>>(), [join, commit]);
    for (_, reply) in replies {
        assert!(format!("{reply:?}").contains("error_code: 16"), "{reply:?}");
    }
}

/// Whether the offset of t-0 is said to be unstable, and what it is.
fn stable_offset(rig: &mut Rig) -> (ErrorCode, i64) {
    let topics = vec![OffsetFetchRequestTopics { name: "t".into(), partition_indexes: vec![0], ..Default::default() }];
    let request = OffsetFetchRequestGroup { group_id: GROUP.into(), topics: Some(topics), ..Default::default() };
    let ticket = rig.ask(GroupRequest::FetchOffsets { request, require_stable: true });
    let Some(GroupReply::FetchOffsets(response)) = rig.replies.remove(&ticket) else { panic!("no reply") };
    let partition = &response.topics[0].partitions[0];
    (ErrorCode(partition.error_code), partition.committed_offset)
}

#[test]
fn offsets_of_a_transaction_count_when_it_has_committed() {
    let mut rig = Rig::prompt();
    rig.commit("", -1, &[("t", 0, 1)]);
    assert_eq!(stable_offset(&mut rig), (ErrorCode::NONE, 1));
    let [plain, marker] = [false, true].map(|control| {
        let options = BatchOptions { producer_id: ProducerId(7), transactional: true, control, ..Default::default() };
        BatchBuilder::new(options)
    });
    let offset = CommittedOffset {
        offset: 2,
        leader_epoch: -1,
        metadata: String::new(),
        commit_timestamp_ms: WALL,
        expire_timestamp_ms: None,
        appended_at: Offset(0),
    };
    let record = records::offset(GROUP, &TopicPartition::new("t", 0), &offset).expect("a record");
    let with = |mut batch: BatchBuilder, at: i64, key: &[u8], value: &[u8]| {
        batch.append(TimestampMs(WALL), Some(key), Some(value), &[]);
        let mut batch = batch.finish().expect("fits").to_vec();
        patch::base_offset(&mut batch, Offset(at));
        batch
    };
    rig.log.extend(with(plain, 1, &record.key, &record.value.expect("a value")));
    rig.restart();
    assert_eq!(stable_offset(&mut rig), (ErrorCode::UNSTABLE_OFFSET_COMMIT, -1));
    assert_eq!(rig.offsets(), [("t".into(), 0, 1)]);
    rig.log.extend(with(marker, 2, &[0, 0, 0, 1], &[0; 6]));
    rig.restart();
    assert_eq!(stable_offset(&mut rig), (ErrorCode::NONE, 2));
}
