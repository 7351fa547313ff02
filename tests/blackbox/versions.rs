//! Every version of every API that the broker advertises is answered, in that version's own form.

use crate::{
    client::{self, Client, batch},
    harness::{Cluster, ok},
};
use bytes::Bytes;
use rkafka_broker::handlers::HANDLERS;
use rkafka_protocol::{ApiKey, Records, Request, messages::*};

const TOPIC: &str = "versions";

fn produce(client: &mut Client, version: i16) {
    let records = if version >= 3 { batch() } else { legacy(version) };
    for (name, expected) in [(TOPIC, 0), ("no-such-topic", 3)] {
        let response = client.ask(&client::produce(name, -1, records.clone()), version);
        assert_eq!(response.responses[0].partition_responses[0].error_code, expected, "Produce {version} to {name}");
    }
}

/// A message set of magic 0 or 1.
fn legacy(version: i16) -> Bytes {
    use rkafka_protocol::record::{Codec, LegacyBuilder, TimestampType};
    let mut builder = LegacyBuilder::new(i8::from(version >= 2), Codec::None, TimestampType::CreateTime);
    builder.append(0.into(), 1_700_000_000_000.into(), Some(b"k"), Some(b"v"));
    builder.finish().expect("a message set")
}

fn fetch(client: &mut Client, version: i16, topic_id: rkafka_base::Uuid) {
    use fetch_request::{FetchPartition, FetchTopic};
    let partition = |offset| FetchPartition {
        fetch_offset: offset,
        partition_max_bytes: 1 << 20,
        current_leader_epoch: -1,
        last_fetched_epoch: -1,
        ..Default::default()
    };
    for (offset, code) in [(0, 0), (1_000_000, 1)] {
        let topic = FetchTopic {
            topic: if version < 13 { TOPIC.into() } else { String::new() },
            topic_id: if version < 13 { Default::default() } else { topic_id },
            partitions: vec![partition(offset)],
            ..Default::default()
        };
        let request = FetchRequest {
            max_wait_ms: 1,
            min_bytes: 1,
            topics: vec![topic],
            session_id: 0,
            session_epoch: if version < 7 { -1 } else { 0 },
            isolation_level: i8::from(version >= 4),
            ..Default::default()
        };
        let response = client.ask(&request, version);
        assert_eq!(response.error_code, 0, "Fetch {version}");
        let data = &response.responses[0].partitions[0];
        assert_eq!(data.error_code, code, "Fetch {version} at {offset}");
        let bytes = data.records.as_ref().map_or(0, Records::len);
        assert_eq!(bytes > 0, code == 0, "Fetch {version} at {offset}: {bytes} bytes");
        assert_eq!(response.session_id != 0, version >= 7, "Fetch {version}");
    }
}

fn list_offsets(client: &mut Client, version: i16) {
    use list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
    for timestamp in [-1, -2, 1, i64::MAX] {
        let partition = ListOffsetsPartition {
            timestamp,
            max_num_offsets: if version == 0 { 5 } else { 1 },
            current_leader_epoch: -1,
            ..Default::default()
        };
        let topic = ListOffsetsTopic { name: TOPIC.into(), partitions: vec![partition], ..Default::default() };
        let response = client.ask(&ListOffsetsRequest { topics: vec![topic], ..Default::default() }, version);
        let answer = &response.topics[0].partitions[0];
        assert_eq!(answer.error_code, 0, "ListOffsets {version}");
        match (version, timestamp) {
            (0, -2) => assert_eq!(answer.old_style_offsets, [0]),
            (0, 1) => assert!(answer.old_style_offsets.is_empty()),
            (0, _) => {
                let offsets = &answer.old_style_offsets;
                assert!(
                    offsets.len() == 2 && offsets[0] > 0 && offsets[1] == 0,
                    "the end counts as written now: {offsets:?}"
                );
            }
            (_, i64::MAX) => assert_eq!(answer.offset, -1, "ListOffsets {version}"),
            (_, -1) => assert!(answer.offset > 0, "ListOffsets {version}"),
            // The records of produce versions 0 and 1 came without timestamps.
            (_, 1) => assert_eq!(answer.offset, 2, "ListOffsets {version}"),
            _ => assert_eq!(answer.offset, 0, "ListOffsets {version}"),
        }
    }
}

fn offset_for_leader_epoch(client: &mut Client, version: i16) {
    use offset_for_leader_epoch_request::{OffsetForLeaderPartition, OffsetForLeaderTopic};
    let partition = OffsetForLeaderPartition { leader_epoch: 0, current_leader_epoch: -1, ..Default::default() };
    let topic = OffsetForLeaderTopic { topic: TOPIC.into(), partitions: vec![partition], ..Default::default() };
    let response = client.ask(&OffsetForLeaderEpochRequest { topics: vec![topic], ..Default::default() }, version);
    let answer = &response.topics[0].partitions[0];
    assert!(answer.error_code == 0 && answer.end_offset > 0, "OffsetForLeaderEpoch {version}: {answer:?}");
}

fn metadata(client: &mut Client, version: i16) -> rkafka_base::Uuid {
    use metadata_request::MetadataRequestTopic;
    let topic = |name: &str| MetadataRequestTopic { name: Some(name.into()), ..Default::default() };
    let request = MetadataRequest {
        topics: Some(vec![topic(TOPIC), topic("bad/name")]),
        include_topic_authorized_operations: version >= 8,
        include_cluster_authorized_operations: (8..=10).contains(&version),
        ..Default::default()
    };
    let response = client.ask(&request, version);
    assert_eq!(response.brokers.len(), 1, "Metadata {version}");
    let found = &response.topics[0];
    assert_eq!((found.error_code, found.partitions.len()), (0, 1), "Metadata {version}");
    assert_eq!(response.topics[1].error_code, 17, "Metadata {version}: a name that no topic can have");
    found.topic_id
}

fn delete_records(client: &mut Client, version: i16) {
    use delete_records_request::{DeleteRecordsPartition, DeleteRecordsTopic};
    let partition = DeleteRecordsPartition { offset: 0, ..Default::default() };
    let topic = DeleteRecordsTopic { name: TOPIC.into(), partitions: vec![partition], ..Default::default() };
    let response = client.ask(&DeleteRecordsRequest { topics: vec![topic], ..Default::default() }, version);
    let answer = &response.topics[0].partitions[0];
    assert_eq!((answer.error_code, answer.low_watermark), (0, 0), "DeleteRecords {version}");
}

fn describe_log_dirs(client: &mut Client, version: i16) {
    let response = client.ask(&DescribeLogDirsRequest { topics: None, ..Default::default() }, version);
    let topics = &response.results[0].topics;
    assert!(topics.iter().any(|t| t.name == TOPIC && t.partitions[0].partition_size > 0), "DescribeLogDirs {version}");
}

/// Of a broker that is not there, so that the one that is goes on leading.
fn controlled_shutdown(client: &mut Client, version: i16) {
    let response = client.ask(&ControlledShutdownRequest { broker_id: 99, ..Default::default() }, version);
    assert_eq!(response.error_code, 8, "ControlledShutdown {version}: BROKER_NOT_AVAILABLE");
}

/// Sends `Q`'s default in each version: whatever the broker makes of it, it answers.
macro_rules! empty {
    ($client:expr, $version:expr, $($request:ident)*) => {
        |key: ApiKey| match key {
            $(<$request as Request>::KEY => { $client.ask(&$request::default(), $version); })*
            other => panic!("{other:?} is advertised, but no request of it is tried here"),
        }
    };
}

#[test]
fn every_advertised_version_is_answered() {
    let cluster = Cluster::start();
    ok(&cluster.shell(&format!("kafka-topics.sh --create --topic {TOPIC} --bootstrap-server localhost:9092"), ""));
    let mut client = Client::connect(cluster.port);
    let topic_id = metadata(&mut client, 12);
    for (key, version) in HANDLERS.iter().flat_map(|h| (h.min..=h.max).map(move |v| (h.key, v))) {
        match key {
            ApiKey::Produce => produce(&mut client, version),
            ApiKey::Fetch => fetch(&mut client, version, topic_id),
            ApiKey::ListOffsets => list_offsets(&mut client, version),
            ApiKey::Metadata => drop(metadata(&mut client, version)),
            ApiKey::DeleteRecords => delete_records(&mut client, version),
            ApiKey::OffsetForLeaderEpoch => offset_for_leader_epoch(&mut client, version),
            ApiKey::DescribeLogDirs => describe_log_dirs(&mut client, version),
            ApiKey::ControlledShutdown => controlled_shutdown(&mut client, version),
            other => empty!(client, version,
                LeaderAndIsrRequest StopReplicaRequest UpdateMetadataRequest AlterPartitionRequest
                AllocateProducerIdsRequest ElectLeadersRequest AlterPartitionReassignmentsRequest
                ListPartitionReassignmentsRequest
                OffsetCommitRequest OffsetFetchRequest FindCoordinatorRequest JoinGroupRequest HeartbeatRequest
                LeaveGroupRequest SyncGroupRequest DescribeGroupsRequest ListGroupsRequest ApiVersionsRequest
                CreateTopicsRequest DeleteTopicsRequest InitProducerIdRequest DescribeConfigsRequest
                AlterConfigsRequest AlterReplicaLogDirsRequest CreatePartitionsRequest DeleteGroupsRequest IncrementalAlterConfigsRequest
                OffsetDeleteRequest DescribeClusterRequest
            )(other),
        }
    }
    let mut log = cluster.broker.log();
    log.retain(|c| c != '\r');
    assert!(!log.contains("cannot be encoded") && !log.contains("panicked"), "{log}");
}
