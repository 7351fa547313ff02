//! Fetches: one under way per broker, sent ahead while the user works on what has come.

use super::{
    Event,
    config::ConsumerConfig,
    fetch_session::{FetchSessionHandler, SessionFetch, Wanted},
    fetched::{Fetched, ReadRules},
    partitions::Partitions,
};
use crate::{ClientError, Cluster, admin::OffsetSpec, consumer::config::OffsetReset, negotiate::own_range, task};
use rkafka_base::TopicPartition;
use rkafka_protocol::{
    ApiKey, ErrorCode, Uuid, VersionRange,
    messages::{
        FetchRequest, FetchResponse,
        fetch_request::{FetchPartition, FetchTopic, ForgottenTopic},
        fetch_response::PartitionData,
    },
};
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;

/// While more than this lies fetched and not handed out, no further fetch is sent.
const PREFETCH_BYTES: usize = 4 << 20;
/// The first version that names topics by id.
const TOPIC_IDS_SINCE: i16 = 13;
/// The class that Kafka's log lines about fetches name.
const CLASS: &str = "org.apache.kafka.clients.consumer.internals.AbstractFetch";

/// What the fetches have brought, and those under way.
#[derive(Default)]
pub struct Fetcher {
    nodes: BTreeMap<i32, NodeFetch>,
    ready: VecDeque<(u64, Fetched)>,
    ready_bytes: usize,
}

#[derive(Default)]
struct NodeFetch {
    session: FetchSessionHandler,
    under_way: bool,
    not_before: Option<Instant>,
    /// The eras of the partitions, as they were when the fetch was sent.
    eras: HashMap<TopicPartition, u64>,
}

/// What handling an answer found that concerns others.
#[derive(Debug, Default, PartialEq)]
pub struct Findings {
    /// Leaders have changed.
    pub refresh_metadata: bool,
}

impl Fetcher {
    /// Sends a fetch to every broker that leads something wanted and has none under way. Returns whether a leader is
    /// missing.
    pub fn send(
        &mut self,
        cluster: &Cluster,
        config: &Arc<ConsumerConfig>,
        partitions: &Partitions,
        events: &mpsc::Sender<Event>,
    ) -> bool {
        let view = cluster.view();
        let busy = |id: &i32| self.nodes.get(id).is_some_and(|n| n.under_way);
        if self.ready_bytes > PREFETCH_BYTES || (!view.nodes.is_empty() && view.nodes.keys().all(busy)) {
            return false;
        }
        let now = Instant::now();
        let (wanted, leaderless) = partitions.wanted(&view, now);
        for (id, wanted) in wanted {
            let node = self.nodes.entry(id).or_default();
            if node.under_way || node.not_before.is_some_and(|t| t > now) {
                continue;
            }
            node.under_way = true;
            node.eras = wanted.keys().filter_map(|tp| Some((tp.clone(), partitions.states.get(tp)?.era))).collect();
            let by_id = wanted.values().all(|w| !w.topic_id.is_zero());
            let fetch = node.session.next(wanted);
            let (cluster, config, events) = (cluster.clone(), config.clone(), events.clone());
            let work = async move { fetch_once(&cluster, id, &config, fetch, by_id).await };
            task::spawn("a fetch", work, move |result| async move {
                let _ = events.send(Event::Fetched(id, result)).await;
            });
        }
        leaderless
    }

    /// Takes in an answer. Positions move on in `partitions`; records wait in order.
    ///
    /// Errors: what the user must hear of: no reset rule for an offset out of range, no authorization, corrupt batches.
    pub fn answered(
        &mut self,
        id: i32,
        result: Result<FetchResponse, ClientError>,
        partitions: &mut Partitions,
        config: &ConsumerConfig,
    ) -> Result<Findings, ClientError> {
        let Some(node) = self.nodes.get_mut(&id) else { return Ok(Findings::default()) };
        node.under_way = false;
        let now = Instant::now();
        let response = match result {
            Ok(response) => response,
            Err(e) => {
                node.session.reset();
                node.not_before = Some(now + config.client.retry_backoff.first);
                return if e.is_retriable() { Ok(Findings { refresh_metadata: true }) } else { Err(e) };
            }
        };
        let error = ErrorCode(response.error_code);
        if !node.session.answered(error, response.session_id) {
            log::debug!(target: CLASS, "{}Node {id} was unable to process the fetch request: {}",
                config.client.log_prefix, error.name());
            let stale_ids = [
                ErrorCode::FETCH_SESSION_TOPIC_ID_ERROR,
                ErrorCode::UNKNOWN_TOPIC_ID,
                ErrorCode::INCONSISTENT_TOPIC_ID,
            ];
            return Ok(Findings { refresh_metadata: stale_ids.contains(&error) });
        }
        let mut findings = Findings::default();
        let (mut come, mut failed) = (Vec::new(), None);
        for topic in response.responses {
            let name = match topic.topic_id {
                Uuid::ZERO => Some(Arc::from(topic.topic)),
                id => node.session.topic_of(id).map(|tp| tp.topic.clone()),
            };
            let Some(name) = name else { continue };
            for data in topic.partitions {
                let tp = TopicPartition::new(name.clone(), data.partition_index);
                let (asked, era) = (node.session.asked(&tp).copied(), node.eras.get(&tp).copied());
                let (Some(asked), Some(era)) = (asked, era) else { continue };
                match take_in((tp, era, asked), data, partitions, config, now) {
                    Ok(Taken::Records(fetched)) => come.push((era, fetched)),
                    Ok(Taken::Nothing) => {}
                    Ok(Taken::Stale) => findings.refresh_metadata = true,
                    Err(e) => failed = Some(e),
                }
            }
        }
        self.ready_bytes += come.iter().map(|(_, f)| f.bytes()).sum::<usize>();
        self.ready.extend(come);
        failed.map_or(Ok(findings), Err)
    }

    /// The next records to hand out; their partition's position moves past them.
    pub fn take(&mut self, partitions: &mut Partitions) -> Option<Fetched> {
        while let Some((era, fetched)) = self.ready.pop_front() {
            self.ready_bytes = self.ready_bytes.saturating_sub(fetched.bytes());
            let Some(state) = partitions.states.get_mut(&fetched.partition).filter(|s| s.era == era) else { continue };
            if state.paused || state.position != Some(fetched.from) {
                partitions.rewind(&fetched.partition);
                continue;
            }
            state.position = Some(fetched.next_offset);
            return Some(fetched);
        }
        None
    }

    /// When a broker may be asked again after a failure.
    pub fn next_retry(&self) -> Option<Instant> {
        self.nodes.values().filter(|n| !n.under_way).filter_map(|n| n.not_before).min()
    }
}

enum Taken {
    Records(Fetched),
    Nothing,
    /// The metadata may be out of date.
    Stale,
}

fn take_in(
    (tp, era, asked): (TopicPartition, u64, Wanted),
    data: PartitionData,
    partitions: &mut Partitions,
    config: &ConsumerConfig,
    now: Instant,
) -> Result<Taken, ClientError> {
    // A seek or a new assignment came in between.
    let current = partitions.states.get_mut(&tp).filter(|s| s.era == era && s.fetch_position == asked.offset);
    let Some(state) = current else { return Ok(Taken::Nothing) };
    state.not_before = None;
    match ErrorCode(data.error_code) {
        ErrorCode::NONE => {}
        ErrorCode::OFFSET_OUT_OF_RANGE => return out_of_range(&tp, asked.offset, partitions, config),
        code @ (ErrorCode::TOPIC_AUTHORIZATION_FAILED
        | ErrorCode::CORRUPT_MESSAGE
        | ErrorCode::UNSUPPORTED_COMPRESSION_TYPE) => {
            let message = format!("Fetching {tp} at offset {} failed: {}", asked.offset, code.message());
            return Err(ClientError::Broker { code, message });
        }
        code => {
            log::debug!(target: CLASS, "{}Error in fetch for partition {tp}: {}", config.client.log_prefix, code.name());
            state.not_before = Some(now + config.client.retry_backoff.first);
            return Ok(Taken::Stale);
        }
    }
    state.high_watermark = Some(data.high_watermark);
    let records = data.records.as_ref().and_then(|r| r.as_bytes()).cloned().unwrap_or_default();
    if records.is_empty() {
        return Ok(Taken::Nothing);
    }
    let rules = ReadRules { check_crcs: config.check_crcs, read_committed: config.read_committed };
    let fetched = Fetched::new(tp, asked.offset, data.high_watermark, records, rules, data.aborted_transactions)?;
    state.fetch_position = fetched.next_offset;
    Ok(Taken::Records(fetched))
}

fn out_of_range(
    tp: &TopicPartition,
    offset: i64,
    partitions: &mut Partitions,
    config: &ConsumerConfig,
) -> Result<Taken, ClientError> {
    let spec = match config.auto_offset_reset {
        OffsetReset::Earliest => OffsetSpec::Earliest,
        OffsetReset::Latest => OffsetSpec::Latest,
        OffsetReset::None => {
            let message = format!(
                "Fetch position {offset} is out of range for partition {tp}, and no reset policy is configured"
            );
            return Err(ClientError::Broker { code: ErrorCode::OFFSET_OUT_OF_RANGE, message });
        }
    };
    log::info!(target: CLASS, "{}Fetch position {offset} is out of range for partition {tp}, resetting offset",
        config.client.log_prefix);
    partitions.reset(tp, Some(spec));
    Ok(Taken::Nothing)
}

async fn fetch_once(
    cluster: &Cluster,
    node: i32,
    config: &ConsumerConfig,
    fetch: SessionFetch,
    by_id: bool,
) -> Result<FetchResponse, ClientError> {
    let connection = cluster.node_for_fetches(node).await?;
    let own = own_range(ApiKey::Fetch);
    let max = if by_id { own.max } else { TOPIC_IDS_SINCE - 1 };
    let version = connection.versions().choose_within(ApiKey::Fetch, VersionRange { min: own.min, max })?;
    let request = request(config, fetch, version);
    let timeout =
        cluster.config().request_timeout + Duration::from_millis(u64::try_from(request.max_wait_ms).unwrap_or(0));
    connection.call_within(&request, version, timeout).await
}

fn request(config: &ConsumerConfig, fetch: SessionFetch, version: i16) -> FetchRequest {
    let mut topics: BTreeMap<Arc<str>, FetchTopic> = BTreeMap::new();
    for (tp, wanted) in fetch.send {
        let topic = topics.entry(tp.topic.clone()).or_insert_with(|| FetchTopic {
            topic: if version < TOPIC_IDS_SINCE { tp.topic.to_string() } else { String::new() },
            topic_id: if version < TOPIC_IDS_SINCE { Uuid::ZERO } else { wanted.topic_id },
            ..Default::default()
        });
        topic.partitions.push(FetchPartition {
            partition: tp.partition,
            current_leader_epoch: wanted.leader_epoch,
            fetch_offset: wanted.offset,
            partition_max_bytes: config.max_partition_fetch_bytes,
            ..Default::default()
        });
    }
    let mut forgotten: BTreeMap<(Arc<str>, Uuid), ForgottenTopic> = BTreeMap::new();
    for (tp, id) in fetch.forget {
        let topic = forgotten.entry((tp.topic.clone(), id)).or_insert_with(|| ForgottenTopic {
            topic: if version < TOPIC_IDS_SINCE { tp.topic.to_string() } else { String::new() },
            topic_id: if version < TOPIC_IDS_SINCE { Uuid::ZERO } else { id },
            ..Default::default()
        });
        topic.partitions.push(tp.partition);
    }
    FetchRequest {
        replica_id: -1,
        max_wait_ms: i32::try_from(config.fetch_max_wait.as_millis()).unwrap_or(i32::MAX),
        min_bytes: config.fetch_min_bytes,
        max_bytes: config.fetch_max_bytes,
        isolation_level: if version >= 4 { i8::from(config.read_committed) } else { 0 },
        session_id: if version >= 7 { fetch.session_id } else { 0 },
        session_epoch: if version >= 7 { fetch.session_epoch } else { -1 },
        topics: topics.into_values().collect(),
        forgotten_topics_data: if version >= 7 { forgotten.into_values().collect() } else { Vec::new() },
        rack_id: if version >= 11 { config.client_rack.clone() } else { String::new() },
        ..Default::default()
    }
}
