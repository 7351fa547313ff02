//! Pure: what is asked, as a Fetch request.

use super::{
    FetchSettings,
    roster::{Ask, Params},
};
use rkafka_base::{TopicPartition, Uuid};
use rkafka_protocol::messages::{
    FetchRequest,
    fetch_request::{FetchPartition, FetchTopic, ForgottenTopic, ReplicaState},
};

/// The version of Fetch between brokers of 3.9, and the last one that names topics by name.
const BY_ID: i16 = 17;
const BY_NAME: i16 = 12;

/// The version that names topics as `by_id` says.
pub fn version(by_id: bool) -> i16 {
    if by_id { BY_ID } else { BY_NAME }
}

/// The request. `session` holds the session's id and epoch.
pub fn fetch_request(
    settings: &FetchSettings,
    broker_epoch: i64,
    session: (i32, i32),
    max_wait_ms: i32,
    ask: &Ask,
) -> FetchRequest {
    let broker = settings.broker.0;
    let replica_state = ReplicaState { replica_id: broker, replica_epoch: broker_epoch, ..Default::default() };
    FetchRequest {
        replica_id: if ask.by_id { -1 } else { broker },
        replica_state: if ask.by_id { replica_state } else { ReplicaState::default() },
        max_wait_ms,
        min_bytes: settings.min_bytes,
        max_bytes: settings.response_max_bytes,
        session_id: session.0,
        session_epoch: session.1,
        topics: topics(&ask.wanted, settings.max_bytes),
        forgotten_topics_data: forgotten(&ask.forget),
        ..Default::default()
    }
}

fn topics(wanted: &[(TopicPartition, Uuid, Params)], max_bytes: i32) -> Vec<FetchTopic> {
    let same = |a: &(TopicPartition, Uuid, Params), b: &(TopicPartition, Uuid, Params)| a.0.topic == b.0.topic;
    let topic = |chunk: &[(TopicPartition, Uuid, Params)]| {
        let (first, topic_id, _) = chunk.first()?;
        let partitions = chunk.iter().map(|(name, _, params)| partition(name.partition, params, max_bytes));
        Some(FetchTopic {
            topic: first.topic.to_string(),
            topic_id: *topic_id,
            partitions: partitions.collect(),
            ..Default::default()
        })
    };
    wanted.chunk_by(same).filter_map(topic).collect()
}

fn partition(number: i32, params: &Params, max_bytes: i32) -> FetchPartition {
    FetchPartition {
        partition: number,
        current_leader_epoch: params.question.leader_epoch.0,
        fetch_offset: params.question.offset.0,
        last_fetched_epoch: params.question.last_epoch.0,
        log_start_offset: params.log_start.0,
        partition_max_bytes: max_bytes,
        ..Default::default()
    }
}

fn forgotten(list: &[(TopicPartition, Uuid)]) -> Vec<ForgottenTopic> {
    let topic = |chunk: &[(TopicPartition, Uuid)]| {
        let (first, topic_id) = chunk.first()?;
        Some(ForgottenTopic {
            topic: first.topic.to_string(),
            topic_id: *topic_id,
            partitions: chunk.iter().map(|(name, _)| name.partition).collect(),
            ..Default::default()
        })
    };
    list.chunk_by(|a, b| a.1 == b.1 && a.0.topic == b.0.topic).filter_map(topic).collect()
}
