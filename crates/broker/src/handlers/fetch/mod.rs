//! Fetch 0–17: record batches as they lie in the log, sent by sendfile; down-converted for versions 0 to 3. Sessions
//! (KIP-227), topic ids (KIP-516), leader and epoch checks (KIP-320), divergence (KIP-595), the new leader in the reply (KIP-951).
//!
//! A fetch that finds less than `min_bytes` waits for appends to its partitions, at most `max_wait_ms`; nothing polls.
//! A follower's fetch tells how far it has come. Consumers may read from followers, and are sent to one in their rack
//! (KIP-392).

mod from_disk;
mod read;

use self::read::{FetcherKind, Pass, ReadAll, Reading};
use super::new_leaders::{LeaderNode, NewLeaders};
use crate::{
    data::DataContext,
    fetch_session::{FetchParams, PartitionFetch, SessionRequest, TopicKey},
    metadata_cache::MetadataSnapshot,
    request::RequestContext,
};
use rkafka_protocol::{
    ErrorCode,
    messages::{
        FetchRequest, FetchResponse,
        fetch_request::FetchTopic,
        fetch_response::{FetchableTopicResponse, LeaderIdAndEpoch, NodeEndpoint, PartitionData},
    },
};
use rkafka_replication::{Waiter, WaiterPlace};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

/// From this version on topics are named by id.
const TOPIC_IDS_SINCE: i16 = 13;
/// From this version on a reply that says "not the leader" says who is.
const NEW_LEADER_SINCE: i16 = 16;
/// From this version on the follower's id stands in a tagged field.
const REPLICA_STATE_SINCE: i16 = 15;

pub async fn handle(
    context: Arc<DataContext>,
    request_context: RequestContext,
    request: FetchRequest,
) -> FetchResponse {
    let version = request_context.version;
    let uses_topic_ids = version >= TOPIC_IDS_SINCE;
    let reader = FetcherKind::of(replica_id(&request, version), version);
    let session = SessionRequest {
        id: request.session_id,
        epoch: request.session_epoch,
        uses_topic_ids,
        privileged: matches!(reader, FetcherKind::Follower(_)),
    };
    let wanted = request.topics.iter().flat_map(|t| wanted_partitions(t, uses_topic_ids)).collect();
    let forgotten = request.forgotten_topics_data.iter().flat_map(|t| {
        let key = topic_key(&t.topic, t.topic_id, uses_topic_ids);
        t.partitions.iter().map(move |p| (key.clone(), *p))
    });
    let now = context.now();
    let plan = match context.sessions.begin(&session, wanted, forgotten.collect(), now.0) {
        Ok(plan) => plan,
        Err(code) => return FetchResponse { error_code: code.0, ..Default::default() },
    };
    let reading = Reading::new(&context, &request, version, reader);
    let max_wait = Duration::from_millis(u64::try_from(request.max_wait_ms).unwrap_or(0));
    let data = read_or_wait(&context, &reading, &plan.partitions, max_wait).await;
    let (session_id, told) = context.sessions.finish(plan, data, || fastrand::i32(1..), now.0);
    respond(&context, &request_context, session_id, told)
}

fn replica_id(request: &FetchRequest, version: i16) -> i32 {
    if version >= REPLICA_STATE_SINCE { request.replica_state.replica_id } else { request.replica_id }
}

fn topic_key(name: &str, id: rkafka_base::Uuid, uses_topic_ids: bool) -> TopicKey {
    if uses_topic_ids { TopicKey::Id(id) } else { TopicKey::Name(Arc::from(name)) }
}

fn wanted_partitions(topic: &FetchTopic, uses_topic_ids: bool) -> impl Iterator<Item = PartitionFetch> {
    let key = topic_key(&topic.topic, topic.topic_id, uses_topic_ids);
    topic.partitions.iter().map(move |p| PartitionFetch {
        topic: key.clone(),
        partition: p.partition,
        params: FetchParams {
            offset: p.fetch_offset,
            log_start: p.log_start_offset,
            max_bytes: p.partition_max_bytes,
            current_leader_epoch: p.current_leader_epoch,
            last_fetched_epoch: p.last_fetched_epoch,
        },
    })
}

/// Reads at once, and if that is too little, again whenever appends have brought what was missing.
async fn read_or_wait(
    context: &DataContext,
    reading: &Reading,
    partitions: &[PartitionFetch],
    max_wait: Duration,
) -> Vec<PartitionData> {
    let first = reading.read_all(context, partitions, Pass::First).await;
    if first.is_enough(reading) || max_wait.is_zero() || partitions.is_empty() {
        return first.data;
    }
    let deadline = Instant::now() + max_wait;
    let waiter = Waiter::new(reading.min_bytes);
    let _registrations: Vec<WaiterPlace> = partitions
        .iter()
        .filter_map(|p| reading.find(context, p).ok())
        .map(|p| p.watch(&waiter, reading.waits_for()))
        .collect();
    loop {
        // Before the read: what comes after it is counted, what comes before may be counted twice and costs one look.
        waiter.reset(reading.min_bytes);
        let read: ReadAll = reading.read_all(context, partitions, Pass::Again).await;
        if read.is_enough(reading) {
            return read.data;
        }
        waiter.count(read.bytes);
        if tokio::time::timeout_at(deadline, waiter.woken()).await.is_err() {
            return reading.read_all(context, partitions, Pass::Again).await.data;
        }
    }
}

fn respond(
    context: &DataContext,
    request_context: &RequestContext,
    session_id: i32,
    told: Vec<(TopicKey, PartitionData)>,
) -> FetchResponse {
    let mut responses: Vec<FetchableTopicResponse> = Vec::new();
    let mut last: Option<TopicKey> = None;
    let snapshot = context.metadata.snapshot();
    let mut leaders = NewLeaders::new(&snapshot, request_context.listener());
    for (key, mut data) in told {
        if request_context.version >= NEW_LEADER_SINCE {
            name_leader(&snapshot, &key, &mut data, &mut leaders);
        }
        if last.as_ref() != Some(&key) {
            let (topic, topic_id) = match &key {
                TopicKey::Id(id) => (String::new(), *id),
                TopicKey::Name(name) => (name.to_string(), rkafka_base::Uuid::ZERO),
            };
            responses.push(FetchableTopicResponse { topic, topic_id, ..Default::default() });
            last = Some(key);
        }
        if let Some(topic) = responses.last_mut() {
            topic.partitions.push(data);
        }
    }
    let endpoint =
        |LeaderNode { id: node_id, host, port, rack }| NodeEndpoint { node_id, host, port, rack, ..Default::default() };
    let node_endpoints = leaders.nodes().map(endpoint).collect();
    FetchResponse { session_id, responses, node_endpoints, ..Default::default() }
}

/// Tells who leads a partition that this broker does not lead, or not any more.
fn name_leader(snapshot: &MetadataSnapshot, key: &TopicKey, data: &mut PartitionData, leaders: &mut NewLeaders<'_>) {
    let code = ErrorCode(data.error_code);
    if code != ErrorCode::NOT_LEADER_OR_FOLLOWER && code != ErrorCode::FENCED_LEADER_EPOCH {
        return;
    }
    let topic = match key {
        TopicKey::Id(id) => snapshot.topic_by_id(*id),
        TopicKey::Name(name) => snapshot.topic(name),
    };
    let Some(partition) = topic.and_then(|t| t.partitions.get(&data.partition_index)) else { return };
    let (leader_id, leader_epoch) = leaders.name(partition);
    data.current_leader = LeaderIdAndEpoch { leader_id, leader_epoch, ..Default::default() };
}
