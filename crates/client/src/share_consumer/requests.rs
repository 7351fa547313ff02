//! The requests that read records of a share group and acknowledge them.

use super::{
    config::ShareConsumerConfig,
    session::{Acks, IdPartition, SessionFetch},
};
use crate::{ClientError, Cluster};
use rkafka_protocol::{
    ApiKey, Uuid,
    messages::{
        ShareAcknowledgeRequest, ShareAcknowledgeResponse, ShareFetchRequest, ShareFetchResponse,
        share_acknowledge_request::{AcknowledgePartition, AcknowledgeTopic},
        share_fetch_request::{FetchPartition, FetchTopic, ForgottenTopic},
    },
};
use std::{collections::BTreeMap, time::Duration};

/// The first version that can limit records to `max.poll.records`.
const RECORD_LIMIT_SINCE: i16 = 2;
/// The first version that knows renewals.
const RENEWALS_SINCE: i16 = 2;

/// Fetches once from a broker, and acknowledges on the way.
///
/// Errors: those of the connection; `share.acquire.mode=record_limit` with a broker that is too old for it.
pub async fn fetch(
    cluster: &Cluster,
    node: i32,
    config: &ShareConsumerConfig,
    member_id: String,
    fetch: SessionFetch,
) -> Result<ShareFetchResponse, ClientError> {
    let connection = cluster.node_for_fetches(node).await?;
    let version = connection.versions().choose(ApiKey::ShareFetch)?;
    if config.record_limit && version < RECORD_LIMIT_SINCE {
        let text = format!(
            "The broker does not support share.acquire.mode=record_limit: ShareFetch version {RECORD_LIMIT_SINCE} is needed"
        );
        return Err(ClientError::UnsupportedVersion(text));
    }
    let request = fetch_request(config, member_id, fetch);
    let timeout = cluster.config().request_timeout + config.fetch_max_wait;
    connection.call_within(&request, version, timeout).await
}

fn fetch_request(config: &ShareConsumerConfig, member_id: String, fetch: SessionFetch) -> ShareFetchRequest {
    let mut topics: BTreeMap<Uuid, FetchTopic> = BTreeMap::new();
    for ((topic_id, partition_index), acks) in fetch.send {
        let topic = topics.entry(topic_id).or_insert_with(|| FetchTopic { topic_id, ..Default::default() });
        let acknowledgement_batches = acks.for_fetch();
        topic.partitions.push(FetchPartition { partition_index, acknowledgement_batches, ..Default::default() });
    }
    let forgotten = by_topic(fetch.forget);
    let forgotten = forgotten.into_iter().map(|(topic_id, partitions)| ForgottenTopic {
        topic_id,
        partitions,
        ..Default::default()
    });
    ShareFetchRequest {
        group_id: Some(config.group_id.clone()),
        member_id: Some(member_id),
        share_session_epoch: fetch.epoch,
        max_wait_ms: i32::try_from(config.fetch_max_wait.as_millis()).unwrap_or(i32::MAX),
        min_bytes: config.fetch_min_bytes,
        max_bytes: config.fetch_max_bytes,
        max_records: config.max_poll_records,
        batch_size: config.max_poll_records,
        share_acquire_mode: i8::from(config.record_limit),
        topics: topics.into_values().collect(),
        forgotten_topics_data: forgotten.collect(),
        ..Default::default()
    }
}

fn by_topic(partitions: Vec<IdPartition>) -> BTreeMap<Uuid, Vec<i32>> {
    let mut topics: BTreeMap<Uuid, Vec<i32>> = BTreeMap::new();
    for (topic, number) in partitions {
        topics.entry(topic).or_default().push(number);
    }
    topics
}

/// Acknowledges without fetching.
///
/// Errors: those of the connection; renewals for a broker that is too old for them.
pub async fn acknowledge(
    cluster: &Cluster,
    node: i32,
    group_id: String,
    member_id: String,
    epoch: i32,
    acks: Acks,
) -> Result<ShareAcknowledgeResponse, ClientError> {
    let renews = acks.values().any(|acks| acks.renewals().next().is_some());
    let mut topics: BTreeMap<Uuid, AcknowledgeTopic> = BTreeMap::new();
    for ((topic_id, partition_index), acks) in acks {
        let topic = topics.entry(topic_id).or_insert_with(|| AcknowledgeTopic { topic_id, ..Default::default() });
        let acknowledgement_batches = acks.alone();
        topic.partitions.push(AcknowledgePartition { partition_index, acknowledgement_batches, ..Default::default() });
    }
    let request = ShareAcknowledgeRequest {
        group_id: Some(group_id),
        member_id: Some(member_id),
        share_session_epoch: epoch,
        is_renew_ack: renews,
        topics: topics.into_values().collect(),
        ..Default::default()
    };
    let connection = cluster.node_for_fetches(node).await?;
    let version = connection.versions().choose(ApiKey::ShareAcknowledge)?;
    if renews && version < RENEWALS_SINCE {
        let text = format!("The broker does not renew locks: ShareAcknowledge version {RENEWALS_SINCE} is needed");
        return Err(ClientError::UnsupportedVersion(text));
    }
    let timeout: Duration = cluster.config().request_timeout;
    connection.call_within(&request, version, timeout).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Properties,
        share_consumer::acknowledgements::{AckType, Acknowledgements},
    };

    #[test]
    fn a_fetch_names_topics_once() {
        let given = [("bootstrap.servers", "h:1"), ("group.id", "g"), ("max.poll.records", "7")];
        let given: Properties = given.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        let config = ShareConsumerConfig::read(&given).unwrap();
        let (a, b) = (Uuid([1; 16]), Uuid([2; 16]));
        let mut acks = Acknowledgements::default();
        acks.add(4, AckType::Accept);
        let send = BTreeMap::from([((a, 0), acks), ((a, 1), Acknowledgements::default())]);
        let fetch = SessionFetch { epoch: 3, send, forget: vec![(b, 0), (b, 2)] };
        let request = fetch_request(&config, "m".into(), fetch);
        assert_eq!((request.topics.len(), request.topics[0].partitions.len()), (1, 2));
        assert_eq!(request.topics[0].partitions[0].acknowledgement_batches.len(), 1);
        assert_eq!(request.forgotten_topics_data[0].partitions, [0, 2]);
        assert_eq!((request.share_session_epoch, request.max_records, request.share_acquire_mode), (3, 7, 0));
    }
}
