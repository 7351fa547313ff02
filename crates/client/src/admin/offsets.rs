//! Offsets of partitions: by time, earliest, latest; and deleting the records before one.

use super::{Admin, ItemResult, reassignments::by_topic};
use crate::{BrokerConnection, ClientError, Topics};
use rkafka_base::TopicPartition;
use rkafka_protocol::{
    ApiKey, ErrorCode,
    messages::{
        DeleteRecordsRequest, ListOffsetsRequest, ListOffsetsResponse,
        delete_records_request::{DeleteRecordsPartition, DeleteRecordsTopic},
        list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic},
        list_offsets_response::ListOffsetsPartitionResponse,
    },
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// Which offset of a partition is wanted (`OffsetSpec`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OffsetSpec {
    /// Where the next record will be; under read_committed, the last stable offset.
    Latest,
    Earliest,
    /// That of the record with the highest timestamp (brokers since 3.0).
    MaxTimestamp,
    /// The first one that is on the broker's own disk (tiered storage, brokers since 3.4).
    EarliestLocal,
    /// The last one in tiered storage (brokers since 3.9).
    LatestTiered,
    /// The first one that is not in tiered storage yet (brokers since 4.2, KIP-1023).
    EarliestPendingUpload,
    /// That of the first record at or after a time in milliseconds.
    Timestamp(i64),
}

impl OffsetSpec {
    /// The timestamp that stands for it in ListOffsets, and the first version that knows it.
    pub fn wire(self) -> (i64, i16) {
        match self {
            OffsetSpec::Latest => (-1, 0),
            OffsetSpec::Earliest => (-2, 0),
            OffsetSpec::MaxTimestamp => (-3, 7),
            OffsetSpec::EarliestLocal => (-4, 8),
            OffsetSpec::LatestTiered => (-5, 9),
            OffsetSpec::EarliestPendingUpload => (-6, 11),
            OffsetSpec::Timestamp(ms) => (ms, 0),
        }
    }
}

/// An answer to an [`OffsetSpec`]. The offset is −1 if no record fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundOffset {
    pub offset: i64,
    /// The record's timestamp, −1 if the answer is not a record.
    pub timestamp: i64,
    /// −1 if unknown.
    pub leader_epoch: i32,
}

/// Partition results of a call that goes to the leaders.
pub type ByPartition<T> = BTreeMap<TopicPartition, ItemResult<T>>;

impl Admin {
    /// The wanted offset of each partition, asked from its leader. `read_committed` bounds Latest by the last stable offset.
    pub async fn list_offsets(
        &self,
        wanted: &[(TopicPartition, OffsetSpec)],
        read_committed: bool,
    ) -> Result<ByPartition<FoundOffset>, ClientError> {
        let specs: HashMap<TopicPartition, OffsetSpec> = wanted.iter().cloned().collect();
        let partitions: Vec<TopicPartition> = wanted.iter().map(|(tp, _)| tp.clone()).collect();
        let specs = &specs;
        self.on_leaders("listOffsets", partitions, move |connection, partitions, epochs| async move {
            list_offsets_once(
                &connection,
                &partitions,
                |tp| (specs.get(tp).copied().unwrap_or(OffsetSpec::Latest), epochs.get(tp).copied().unwrap_or(-1)),
                read_committed,
            )
            .await
        })
        .await
    }

    /// Deletes each partition's records before an offset (−1: all). The results are the new log start offsets.
    pub async fn delete_records(&self, before: &[(TopicPartition, i64)]) -> Result<ByPartition<i64>, ClientError> {
        let offsets: HashMap<TopicPartition, i64> = before.iter().cloned().collect();
        let (offsets, timeout_ms) = (&offsets, self.operation_timeout_ms());
        let partitions: Vec<TopicPartition> = before.iter().map(|(tp, _)| tp.clone()).collect();
        self.on_leaders("deleteRecords", partitions, move |connection, partitions, _| async move {
            let topic = |(name, numbers): (Arc<str>, Vec<i32>)| DeleteRecordsTopic {
                partitions: numbers
                    .into_iter()
                    .map(|n| DeleteRecordsPartition {
                        partition_index: n,
                        offset: offsets.get(&TopicPartition::new(name.clone(), n)).copied().unwrap_or_default(),
                        ..Default::default()
                    })
                    .collect(),
                name: name.to_string(),
                ..Default::default()
            };
            let topics = by_topic(&partitions).into_iter().map(topic).collect();
            let response = connection.call(&DeleteRecordsRequest { topics, timeout_ms, ..Default::default() }).await?;
            let results = response.topics.into_iter().flat_map(|t| {
                let name: Arc<str> = t.name.into();
                t.partitions.into_iter().map(move |p| {
                    let tp = TopicPartition::new(name.clone(), p.partition_index);
                    (tp, ErrorCode(p.error_code).ok().map(|()| p.low_watermark))
                })
            });
            Ok(results.collect())
        })
        .await
    }

    /// Runs `call` once per leader until every partition has its result or the time is up. A partition whose error may
    /// pass is asked again, after a look at the metadata.
    async fn on_leaders<T, F, A>(
        &self,
        name: &str,
        mut left: Vec<TopicPartition>,
        call: F,
    ) -> Result<ByPartition<T>, ClientError>
    where
        F: Fn(BrokerConnection, Vec<TopicPartition>, HashMap<TopicPartition, i32>) -> A,
        A: Future<Output = Result<Vec<(TopicPartition, Result<T, ErrorCode>)>, ClientError>>,
    {
        let deadline = self.deadline();
        let mut results = ByPartition::new();
        let mut tries = 0;
        while !left.is_empty() {
            let names: Vec<Arc<str>> = by_topic(&left).into_keys().collect();
            let asked = Topics::Named(names);
            let view = self.cluster.retrying(name, deadline, || self.cluster.refresh_creating(&asked, false)).await?;
            let mut by_leader: BTreeMap<i32, Vec<TopicPartition>> = BTreeMap::new();
            let mut epochs = HashMap::new();
            let mut retry: Vec<(TopicPartition, ErrorCode)> = Vec::new();
            for tp in left.drain(..) {
                match view.leader(&tp.topic, tp.partition) {
                    Some((node, epoch)) => {
                        epochs.insert(tp.clone(), epoch);
                        by_leader.entry(node.id).or_default().push(tp);
                    }
                    None if view.topics.get(&tp.topic).is_some_and(|t| t.partition(tp.partition).is_some()) => {
                        retry.push((tp, ErrorCode::LEADER_NOT_AVAILABLE));
                    }
                    None => retry.push((tp, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)),
                }
            }
            for (node, partitions) in by_leader {
                let answer = async { call(self.cluster.node(node).await?, partitions.clone(), epochs.clone()).await };
                match tokio::time::timeout_at(deadline, answer).await {
                    Ok(Ok(list)) => {
                        for (tp, result) in list {
                            match result {
                                Err(code) if code.is_retriable() => retry.push((tp, code)),
                                other => drop(results.insert(tp, other.map_err(|c| ClientError::broker(c, None)))),
                            }
                        }
                    }
                    Ok(Err(e)) if !e.is_retriable() => return Err(e),
                    _ => retry.extend(partitions.into_iter().map(|tp| (tp, ErrorCode::NETWORK_EXCEPTION))),
                }
            }
            let wait = self.cluster.config().retry_backoff.wait(tries, fastrand::f64());
            tries += 1;
            if tokio::time::Instant::now() + wait >= deadline {
                results.extend(retry.drain(..).map(|(tp, code)| (tp, Err(ClientError::broker(code, None)))));
            } else if !retry.is_empty() {
                tokio::time::sleep(wait).await;
            }
            left = retry.into_iter().map(|(tp, _)| tp).collect();
        }
        Ok(results)
    }
}

/// One ListOffsets call to one leader, which is tried once. `spec` gives what is wanted of a partition and the leader epoch it is known under.
pub async fn list_offsets_once(
    connection: &BrokerConnection,
    partitions: &[TopicPartition],
    spec: impl Fn(&TopicPartition) -> (OffsetSpec, i32),
    read_committed: bool,
) -> Result<Vec<(TopicPartition, Result<FoundOffset, ErrorCode>)>, ClientError> {
    let version = connection.versions().choose(ApiKey::ListOffsets)?;
    let topic = |(name, numbers): (Arc<str>, Vec<i32>)| {
        let partition = |n: i32| {
            let (spec, epoch) = spec(&TopicPartition::new(name.clone(), n));
            let (timestamp, since) = spec.wire();
            if version < since {
                let text = format!("The broker cannot look up {spec:?} offsets: ListOffsets version {since} is needed");
                return Err(ClientError::UnsupportedVersion(text));
            }
            Ok(ListOffsetsPartition {
                partition_index: n,
                current_leader_epoch: epoch,
                timestamp,
                max_num_offsets: 1,
                ..Default::default()
            })
        };
        let partitions = numbers.into_iter().map(partition).collect::<Result<_, _>>()?;
        Ok(ListOffsetsTopic { name: name.to_string(), partitions, ..Default::default() })
    };
    let topics = by_topic(partitions).into_iter().map(topic).collect::<Result<_, ClientError>>()?;
    let isolation_level = i8::from(read_committed && version >= 2);
    let request = ListOffsetsRequest { replica_id: -1, isolation_level, topics, ..Default::default() };
    Ok(found_offsets(connection.call_at(&request, version).await?, version))
}

fn found_offsets(response: ListOffsetsResponse, version: i16) -> Vec<(TopicPartition, Result<FoundOffset, ErrorCode>)> {
    let found = |p: &ListOffsetsPartitionResponse| FoundOffset {
        offset: if version == 0 { p.old_style_offsets.first().copied().unwrap_or(-1) } else { p.offset },
        timestamp: p.timestamp,
        leader_epoch: p.leader_epoch,
    };
    let topics = response.topics.into_iter().flat_map(|t| {
        let name: Arc<str> = t.name.into();
        t.partitions.into_iter().map(move |p| {
            let tp = TopicPartition::new(name.clone(), p.partition_index);
            (tp, ErrorCode(p.error_code).ok().map(|()| found(&p)))
        })
    });
    topics.collect()
}
