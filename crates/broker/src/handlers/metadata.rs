//! Metadata 0–12: the live brokers, the controller, topics and their leaders, as the controller last told them.
//!
//! A topic that is not there is created if the request and `auto.create.topics.enable` allow it. From version 12 on
//! topics may be named by id.

use super::give_way;
use crate::{
    authorized_operations,
    data::DataContext,
    metadata_cache::{FIRST_METADATA, MetadataSnapshot, NO_LEADER, PartitionMetadata, TopicMetadata},
    request::RequestContext,
    topic_creation::topic_name,
};
use rkafka_base::{BrokerId, Uuid, is_internal_topic};
use rkafka_protocol::{
    ErrorCode,
    messages::{
        MetadataRequest, MetadataResponse,
        metadata_request::MetadataRequestTopic,
        metadata_response::{MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic},
    },
};
use std::{collections::HashSet, sync::Arc};

/// Until this version an empty list of topics means all of them.
const EMPTY_MEANS_ALL_UNTIL: i16 = 0;
/// From this version on topics may be named by id.
const TOPIC_IDS_SINCE: i16 = 12;
/// From this version on a leader without the client's listener has a code of its own.
const LISTENER_NOT_FOUND_SINCE: i16 = 6;
/// "Not asked for."
const NO_OPERATIONS: i32 = i32::MIN;

pub async fn handle(
    context: Arc<DataContext>,
    request_context: RequestContext,
    request: MetadataRequest,
) -> MetadataResponse {
    let version = request_context.version;
    if let Some(refusal) = refuse(version, request.topics.as_deref().unwrap_or_default()) {
        return refusal;
    }
    let mut snapshot = context.metadata.snapshot();
    if snapshot.brokers.is_empty() {
        // The controller has not spoken yet: a cluster without brokers is nothing that a client can use.
        context.metadata.wait_until(FIRST_METADATA, |m| !m.brokers.is_empty()).await;
        snapshot = context.metadata.snapshot();
    }
    let view = View { snapshot: &snapshot, listener: request_context.listener(), version };
    let wants_all = |topics: &[MetadataRequestTopic]| version <= EMPTY_MEANS_ALL_UNTIL && topics.is_empty();
    let mut topics: Vec<MetadataResponseTopic> = match request.topics.as_deref() {
        None => snapshot.topics.values().map(|t| view.topic(t)).collect(),
        Some(list) if wants_all(list) => snapshot.topics.values().map(|t| view.topic(t)).collect(),
        Some(list) => view.requested(list),
    };
    let unknown = topics.iter_mut().filter(|t| t.error_code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.0);
    for (n, topic) in unknown.enumerate() {
        give_way(n).await;
        let name = topic.name.as_deref().unwrap_or_default();
        let may_create = context.config.topics.auto_create_topics_enable && request.allow_auto_topic_creation;
        let code = match topic_name::validate(name) {
            Err(invalid) => invalid.code,
            Ok(()) if may_create => context.topics.create_automatically(name).await,
            Ok(()) => continue,
        };
        topic.error_code = code.0;
    }
    if request.include_topic_authorized_operations {
        let known = topics.iter_mut().filter(|t| t.error_code == 0);
        known.for_each(|t| t.topic_authorized_operations = authorized_operations::TOPIC);
    }
    MetadataResponse {
        brokers: view.brokers(),
        cluster_id: Some(context.cluster_id.clone()),
        controller_id: snapshot.controller.map_or(-1, |c| c.0),
        topics,
        cluster_authorized_operations: match request.include_cluster_authorized_operations {
            true => authorized_operations::CLUSTER,
            false => NO_OPERATIONS,
        },
        ..Default::default()
    }
}

/// Before version 12 topics have names and no ids; a request that knows better is refused as a whole.
fn refuse(version: i16, topics: &[MetadataRequestTopic]) -> Option<MetadataResponse> {
    let is_foreign = |t: &MetadataRequestTopic| t.name.is_none() || !t.topic_id.is_zero();
    if version >= TOPIC_IDS_SINCE || !topics.iter().any(is_foreign) {
        return None;
    }
    let refused = topics.iter().map(|t| MetadataResponseTopic {
        is_internal: false,
        ..absent(Some(t.name.clone().unwrap_or_default()), t.topic_id, ErrorCode::INVALID_REQUEST)
    });
    Some(MetadataResponse { controller_id: -1, topics: refused.collect(), ..Default::default() })
}

/// The cluster as a client of one listener and one version sees it.
struct View<'a> {
    snapshot: &'a MetadataSnapshot,
    listener: &'a str,
    version: i16,
}

impl View<'_> {
    fn brokers(&self) -> Vec<MetadataResponseBroker> {
        let reachable = self.snapshot.brokers.values().filter_map(|b| Some((b, b.endpoint(self.listener)?)));
        let brokers = reachable.map(|(b, endpoint)| MetadataResponseBroker {
            node_id: b.id.0,
            host: endpoint.host.clone(),
            port: endpoint.port,
            rack: b.rack.clone(),
            ..Default::default()
        });
        brokers.collect()
    }

    /// The topics that a request names. Each is answered once, however often it is named, for an entry may be long.
    /// As soon as one topic is named by id, ids alone count: clients put an empty name beside them.
    fn requested(&self, list: &[MetadataRequestTopic]) -> Vec<MetadataResponseTopic> {
        if list.iter().any(|t| !t.topic_id.is_zero()) {
            let mut seen = HashSet::new();
            let ids = list.iter().map(|t| t.topic_id).filter(|id| !id.is_zero());
            ids.filter(|id| seen.insert(*id)).map(|id| self.by_id(id)).collect()
        } else {
            let mut seen = HashSet::new();
            let names = list.iter().map(|t| t.name.as_deref());
            names.filter(|name| seen.insert(*name)).map(|name| self.by_name(name)).collect()
        }
    }

    fn by_id(&self, id: Uuid) -> MetadataResponseTopic {
        match self.snapshot.topic_by_id(id) {
            Some(topic) => self.topic(topic),
            None => absent(None, id, ErrorCode::UNKNOWN_TOPIC_ID),
        }
    }

    fn by_name(&self, name: Option<&str>) -> MetadataResponseTopic {
        let Some(name) = name else { return absent(None, Uuid::ZERO, ErrorCode::UNKNOWN_TOPIC_ID) };
        match self.snapshot.topic(name) {
            Some(topic) => self.topic(topic),
            None => absent(Some(name.to_owned()), Uuid::ZERO, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
        }
    }

    fn topic(&self, topic: &TopicMetadata) -> MetadataResponseTopic {
        MetadataResponseTopic {
            name: Some(topic.name.to_string()),
            topic_id: topic.id,
            is_internal: is_internal_topic(&topic.name),
            partitions: topic.partitions.values().map(|p| self.partition(p)).collect(),
            topic_authorized_operations: NO_OPERATIONS,
            ..Default::default()
        }
    }

    fn partition(&self, partition: &PartitionMetadata) -> MetadataResponsePartition {
        let reachable = |id: i32| self.snapshot.endpoint(BrokerId(id), self.listener).is_some();
        let code = match partition.leader {
            leader if reachable(leader) => ErrorCode::NONE,
            leader if leader != NO_LEADER && self.version >= LISTENER_NOT_FOUND_SINCE => {
                if self.snapshot.is_alive(BrokerId(leader)) {
                    ErrorCode::LISTENER_NOT_FOUND
                } else {
                    ErrorCode::LEADER_NOT_AVAILABLE
                }
            }
            _ => ErrorCode::LEADER_NOT_AVAILABLE,
        };
        // The oldest clients cannot take a broker that they are not told the address of.
        let listed = |ids: &[i32]| ids.iter().copied().filter(|id| self.version > 0 || reachable(*id)).collect();
        let (replica_nodes, isr_nodes): (Vec<i32>, Vec<i32>) = (listed(&partition.replicas), listed(&partition.isr));
        let all_listed = replica_nodes.len() == partition.replicas.len() && isr_nodes.len() == partition.isr.len();
        let code = if code == ErrorCode::NONE && !all_listed { ErrorCode::REPLICA_NOT_AVAILABLE } else { code };
        let offline = partition.replicas.iter().copied();
        MetadataResponsePartition {
            error_code: code.0,
            partition_index: partition.partition,
            leader_id: if code == ErrorCode::LEADER_NOT_AVAILABLE || code == ErrorCode::LISTENER_NOT_FOUND {
                NO_LEADER
            } else {
                partition.leader
            },
            leader_epoch: partition.leader_epoch,
            replica_nodes,
            isr_nodes,
            offline_replicas: offline.filter(|id| partition.offline_replicas.contains(id) || !reachable(*id)).collect(),
            ..Default::default()
        }
    }
}

fn absent(name: Option<String>, topic_id: Uuid, code: ErrorCode) -> MetadataResponseTopic {
    let is_internal = name.as_deref().is_some_and(is_internal_topic);
    MetadataResponseTopic {
        error_code: code.0,
        name,
        topic_id,
        is_internal,
        topic_authorized_operations: NO_OPERATIONS,
        ..Default::default()
    }
}
