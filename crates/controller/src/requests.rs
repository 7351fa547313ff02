//! Pure: gathers what brokers must be told into one request of each kind per broker.
//!
//! A broker that is told of a partition's leadership makes every broker be told of its metadata. Requests go out in
//! the order LeaderAndIsr, UpdateMetadata, StopReplica.

use super::cluster::{Cluster, Partition};
use rkafka_base::{TopicPartition, Uuid};
use rkafka_protocol::messages::leader_and_isr_request::{
    LeaderAndIsrLiveLeader, LeaderAndIsrPartitionState, LeaderAndIsrTopicState,
};
use rkafka_protocol::messages::stop_replica_request::{StopReplicaPartitionState, StopReplicaTopicState};
use rkafka_protocol::messages::update_metadata_request::{
    UpdateMetadataBroker, UpdateMetadataEndpoint, UpdateMetadataPartitionState, UpdateMetadataTopicState,
};
use rkafka_protocol::messages::{LeaderAndIsrRequest, StopReplicaRequest, UpdateMetadataRequest};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The leader by which UpdateMetadata says that a partition is being deleted, and the epoch by which StopReplica does.
pub const DURING_DELETE: i32 = -2;

/// A request for one broker.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    LeaderAndIsr(LeaderAndIsrRequest),
    UpdateMetadata(UpdateMetadataRequest),
    StopReplica(StopReplicaRequest),
}

/// What brokers must be told after one step.
#[derive(Debug, Default)]
pub struct RequestBatch {
    /// Per broker the partitions, and whether they are new.
    leader_and_isr: BTreeMap<i32, BTreeMap<TopicPartition, bool>>,
    metadata_for: BTreeSet<i32>,
    metadata: BTreeSet<TopicPartition>,
    /// Per broker the partitions, and whether their records are deleted.
    stop_replica: BTreeMap<i32, BTreeMap<TopicPartition, bool>>,
}

impl RequestBatch {
    /// Tells `brokers` who leads a partition, and all brokers of its metadata.
    pub fn leader_and_isr(&mut self, cluster: &Cluster, brokers: &[i32], tp: &TopicPartition, is_new: bool) {
        for broker in brokers {
            self.leader_and_isr.entry(*broker).or_default().insert(tp.clone(), is_new);
        }
        self.metadata(cluster.brokers.keys().copied(), [tp.clone()]);
    }

    /// Tells `brokers` which brokers live, and of the metadata of `partitions`.
    pub fn metadata(
        &mut self,
        brokers: impl IntoIterator<Item = i32>,
        partitions: impl IntoIterator<Item = TopicPartition>,
    ) {
        self.metadata_for.extend(brokers);
        self.metadata.extend(partitions);
    }

    /// Tells a broker to stop a replica.
    pub fn stop_replica(&mut self, broker: i32, tp: &TopicPartition, delete: bool) {
        self.stop_replica.entry(broker).or_default().insert(tp.clone(), delete);
    }

    /// The requests for brokers that live.
    pub fn finish(self, cluster: &Cluster) -> Vec<(i32, Message)> {
        let mut messages = Vec::new();
        for (broker, partitions) in &self.leader_and_isr {
            let Some(live) = cluster.brokers.get(broker) else { continue };
            messages.push((*broker, Message::LeaderAndIsr(leader_and_isr(cluster, live.epoch, partitions))));
        }
        if !self.metadata_for.is_empty() {
            let template = update_metadata(cluster, &self.metadata);
            for broker in &self.metadata_for {
                let Some(live) = cluster.brokers.get(broker) else { continue };
                let request = UpdateMetadataRequest { broker_epoch: live.epoch, ..template.clone() };
                messages.push((*broker, Message::UpdateMetadata(request)));
            }
        }
        for (broker, partitions) in &self.stop_replica {
            let Some(live) = cluster.brokers.get(broker) else { continue };
            messages.push((*broker, Message::StopReplica(stop_replica(cluster, live.epoch, partitions))));
        }
        messages
    }
}

fn topic_id(cluster: &Cluster, topic: &str) -> Uuid {
    cluster.topics.get(topic).map_or(Uuid::ZERO, |topic| topic.id)
}

/// Groups entries by topic; the map's order keeps a topic's partitions together.
fn by_topic<T>(entries: impl Iterator<Item = (TopicPartition, T)>) -> Vec<(Arc<str>, Vec<T>)> {
    let mut topics: Vec<(Arc<str>, Vec<T>)> = Vec::new();
    for (tp, entry) in entries {
        match topics.last_mut() {
            Some((name, list)) if *name == tp.topic => list.push(entry),
            _ => topics.push((tp.topic, vec![entry])),
        }
    }
    topics
}

fn leader_and_isr(
    cluster: &Cluster,
    broker_epoch: i64,
    partitions: &BTreeMap<TopicPartition, bool>,
) -> LeaderAndIsrRequest {
    let mut leaders = BTreeSet::new();
    let states = partitions.iter().filter_map(|(tp, is_new)| {
        let partition = cluster.partition(tp)?;
        let leadership = partition.leadership.as_ref()?;
        leaders.insert(leadership.state.leader);
        Some((
            tp.clone(),
            LeaderAndIsrPartitionState {
                partition_index: tp.partition,
                controller_epoch: leadership.state.controller_epoch,
                leader: leadership.state.leader,
                leader_epoch: leadership.state.leader_epoch,
                isr: leadership.state.isr.clone(),
                partition_epoch: leadership.zk_version,
                replicas: partition.assignment.replicas.clone(),
                adding_replicas: partition.assignment.adding.clone(),
                removing_replicas: partition.assignment.removing.clone(),
                is_new: *is_new,
                leader_recovery_state: i8::from(leadership.state.recovering),
                ..Default::default()
            },
        ))
    });
    let topic_states = by_topic(states).into_iter().map(|(name, partition_states)| LeaderAndIsrTopicState {
        topic_id: topic_id(cluster, &name),
        topic_name: name.to_string(),
        partition_states,
        ..Default::default()
    });
    let topic_states = topic_states.collect();
    LeaderAndIsrRequest {
        controller_id: cluster.settings.broker_id,
        controller_epoch: cluster.epoch,
        broker_epoch,
        topic_states,
        live_leaders: leaders.into_iter().filter_map(|id| live_leader(cluster, id)).collect(),
        ..Default::default()
    }
}

fn live_leader(cluster: &Cluster, id: i32) -> Option<LeaderAndIsrLiveLeader> {
    let endpoints = &cluster.brokers.get(&id)?.registration.endpoints;
    let endpoint = endpoints.iter().find(|e| e.listener == cluster.settings.inter_broker_listener)?;
    Some(LeaderAndIsrLiveLeader {
        broker_id: id,
        host_name: endpoint.host.clone(),
        port: endpoint.port,
        ..Default::default()
    })
}

/// The request without the epoch of its receiver.
fn update_metadata(cluster: &Cluster, partitions: &BTreeSet<TopicPartition>) -> UpdateMetadataRequest {
    let states = partitions.iter().filter_map(|tp| {
        let partition = cluster.partition(tp)?;
        Some((tp.clone(), partition_metadata(cluster, tp, partition)?))
    });
    let topic_states = by_topic(states).into_iter().map(|(name, partition_states)| UpdateMetadataTopicState {
        topic_id: topic_id(cluster, &name),
        topic_name: name.to_string(),
        partition_states,
        ..Default::default()
    });
    UpdateMetadataRequest {
        controller_id: cluster.settings.broker_id,
        controller_epoch: cluster.epoch,
        topic_states: topic_states.collect(),
        live_brokers: live_brokers(cluster),
        ..Default::default()
    }
}

/// What brokers may know of a partition; nothing as long as it never had a leader.
fn partition_metadata(
    cluster: &Cluster,
    tp: &TopicPartition,
    partition: &Partition,
) -> Option<UpdateMetadataPartitionState> {
    let replicas = partition.assignment.replicas.clone();
    let offline = replicas.iter().copied().filter(|broker| !cluster.is_replica_live(*broker, tp)).collect();
    let state = UpdateMetadataPartitionState {
        partition_index: tp.partition,
        replicas,
        offline_replicas: offline,
        ..Default::default()
    };
    if cluster.is_to_be_deleted(&tp.topic) {
        let isr = partition.leadership.as_ref().map_or_else(Vec::new, |l| l.state.isr.clone());
        let controller_epoch = cluster.epoch;
        return Some(UpdateMetadataPartitionState { leader: DURING_DELETE, isr, controller_epoch, ..state });
    }
    let leadership = partition.leadership.as_ref()?;
    Some(UpdateMetadataPartitionState {
        controller_epoch: leadership.state.controller_epoch,
        leader: leadership.state.leader,
        leader_epoch: leadership.state.leader_epoch,
        isr: leadership.state.isr.clone(),
        zk_version: leadership.zk_version,
        ..state
    })
}

fn live_brokers(cluster: &Cluster) -> Vec<UpdateMetadataBroker> {
    let brokers = cluster.brokers.values().map(|broker| UpdateMetadataBroker {
        id: broker.id,
        endpoints: broker
            .registration
            .endpoints
            .iter()
            .map(|endpoint| UpdateMetadataEndpoint {
                port: endpoint.port,
                host: endpoint.host.clone(),
                listener: endpoint.listener.clone(),
                security_protocol: endpoint.security_protocol.id(),
                ..Default::default()
            })
            .collect(),
        rack: broker.registration.rack.clone(),
        ..Default::default()
    });
    brokers.collect()
}

fn stop_replica(
    cluster: &Cluster,
    broker_epoch: i64,
    partitions: &BTreeMap<TopicPartition, bool>,
) -> StopReplicaRequest {
    let states = partitions.iter().map(|(tp, delete)| {
        let leader_epoch = if cluster.is_to_be_deleted(&tp.topic) {
            DURING_DELETE
        } else {
            let leadership = cluster.partition(tp).and_then(|partition| partition.leadership.as_ref());
            leadership.map_or(-1, |leadership| leadership.state.leader_epoch)
        };
        let state = StopReplicaPartitionState {
            partition_index: tp.partition,
            leader_epoch,
            delete_partition: *delete,
            ..Default::default()
        };
        (tp.clone(), state)
    });
    let topic_states = by_topic(states).into_iter().map(|(name, partition_states)| StopReplicaTopicState {
        topic_name: name.to_string(),
        partition_states,
        ..Default::default()
    });
    StopReplicaRequest {
        controller_id: cluster.settings.broker_id,
        controller_epoch: cluster.epoch,
        broker_epoch,
        topic_states: topic_states.collect(),
        ..Default::default()
    }
}
