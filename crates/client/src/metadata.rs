//! Pure: what a client knows of the cluster: its brokers, its controller, and the leaders of the topics it asked about.

use super::HostPort;
use rkafka_protocol::{
    ErrorCode, Uuid,
    messages::{
        DescribeClusterResponse, MetadataRequest, MetadataResponse,
        describe_cluster_response::DescribeClusterBroker,
        metadata_request::MetadataRequestTopic,
        metadata_response::{MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic},
    },
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// One broker as the cluster lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub id: i32,
    pub address: HostPort,
    pub rack: Option<String>,
}

/// One partition as the cluster lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionView {
    pub partition: i32,
    pub error: ErrorCode,
    /// `None` while there is none.
    pub leader: Option<i32>,
    /// −1 if the broker is too old to say.
    pub leader_epoch: i32,
    pub replicas: Vec<i32>,
    pub isr: Vec<i32>,
    pub offline: Vec<i32>,
}

/// One topic as the cluster lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicView {
    pub name: Arc<str>,
    /// All zero if the broker is too old to say.
    pub id: Uuid,
    pub error: ErrorCode,
    pub internal: bool,
    /// In the order of their numbers.
    pub partitions: Vec<PartitionView>,
    /// The operations that the caller is allowed, as bits; `i32::MIN` if not asked for.
    pub authorized_operations: i32,
}

impl TopicView {
    /// The partition of a number; partitions may be missing while a topic is being created.
    pub fn partition(&self, partition: i32) -> Option<&PartitionView> {
        let at = self.partitions.binary_search_by_key(&partition, |p| p.partition).ok()?;
        Some(&self.partitions[at])
    }

    /// Keeps what is `known` of partitions whose leader epoch is later there.
    fn keep_newer(&mut self, known: &TopicView) {
        for partition in &mut self.partitions {
            let known =
                known.partition(partition.partition).filter(|known| known.leader_epoch > partition.leader_epoch);
            if let Some(known) = known.filter(|_| partition.leader_epoch >= 0) {
                partition.clone_from(known);
            }
        }
    }
}

/// The cluster at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClusterView {
    pub cluster_id: Option<String>,
    pub controller: Option<i32>,
    pub nodes: BTreeMap<i32, Node>,
    pub topics: HashMap<Arc<str>, TopicView>,
}

/// Which topics to ask about.
#[derive(Clone, Debug, PartialEq)]
pub enum Topics {
    /// None: brokers and controller only.
    None,
    All,
    Named(Vec<Arc<str>>),
    /// By id (brokers since 3.1).
    Ids(Vec<Uuid>),
}

impl Topics {
    /// The request for these topics in `version`. Version 0 cannot ask for none, so it asks for all.
    pub fn request(&self, version: i16, allow_auto_create: bool) -> MetadataRequest {
        let named = |name: Option<String>, topic_id| MetadataRequestTopic { name, topic_id, ..Default::default() };
        let topics = match self {
            Topics::None => Some(Vec::new()),
            Topics::All if version == 0 => Some(Vec::new()),
            Topics::All => None,
            Topics::Named(names) => Some(names.iter().map(|n| named(Some(n.to_string()), Uuid::ZERO)).collect()),
            Topics::Ids(ids) => Some(ids.iter().map(|id| named(None, *id)).collect()),
        };
        // Before version 4 brokers create topics as they please.
        let allow_auto_topic_creation = allow_auto_create || version < 4;
        MetadataRequest { topics, allow_auto_topic_creation, ..Default::default() }
    }
}

impl ClusterView {
    /// Reads an answer to [`Topics::request`].
    pub fn of(response: MetadataResponse) -> ClusterView {
        let nodes = response.brokers.into_iter().filter_map(node).map(|n| (n.id, n)).collect();
        let topics = response.topics.into_iter().map(topic).map(|t| (t.name.clone(), t)).collect();
        let controller = Some(response.controller_id).filter(|id| *id >= 0);
        ClusterView { cluster_id: response.cluster_id, controller, nodes, topics }
    }

    /// Reads what a controller answers to DescribeCluster: the nodes are controllers, and one of them is active.
    pub(crate) fn of_controllers(response: DescribeClusterResponse) -> ClusterView {
        let node = |b: DescribeClusterBroker| {
            let port = u16::try_from(b.port).ok()?;
            Some((b.broker_id, Node { id: b.broker_id, address: HostPort::new(b.host, port), rack: b.rack }))
        };
        ClusterView {
            cluster_id: Some(response.cluster_id),
            controller: Some(response.controller_id).filter(|id| *id >= 0),
            nodes: response.brokers.into_iter().filter_map(node).collect(),
            topics: HashMap::new(),
        }
    }

    /// This view after `newer`, an answer about `asked`, has come in: brokers are replaced, and so are the topics that
    /// were asked about. A leader that the cluster has replaced is not taken back: a broker that was asleep tells what it
    /// knew, and would be asked for records that it does not have (`Metadata.updateLatestMetadata`).
    pub(crate) fn updated(&self, mut newer: ClusterView, asked: &Topics) -> ClusterView {
        // order: each topic for itself.
        for topic in newer.topics.values_mut() {
            if let Some(known) = self.topics.get(&topic.name).filter(|known| known.id == topic.id) {
                topic.keep_newer(known);
            }
        }
        let topics = match asked {
            Topics::All => newer.topics,
            _ => {
                let mut topics = self.topics.clone();
                topics.extend(newer.topics);
                topics
            }
        };
        ClusterView { topics, ..newer }
    }

    /// The leader of a partition, if it has one that is listed.
    pub fn leader(&self, topic: &str, partition: i32) -> Option<(&Node, i32)> {
        let p = self.topics.get(topic)?.partition(partition)?;
        Some((self.nodes.get(&p.leader?)?, p.leader_epoch))
    }
}

fn node(b: MetadataResponseBroker) -> Option<Node> {
    let port = u16::try_from(b.port).ok()?;
    Some(Node { id: b.node_id, address: HostPort::new(b.host, port), rack: b.rack })
}

fn topic(t: MetadataResponseTopic) -> TopicView {
    let mut partitions: Vec<PartitionView> = t.partitions.into_iter().map(partition).collect();
    partitions.sort_by_key(|p| p.partition);
    TopicView {
        name: t.name.unwrap_or_default().into(),
        id: t.topic_id,
        error: ErrorCode(t.error_code),
        internal: t.is_internal,
        partitions,
        authorized_operations: t.topic_authorized_operations,
    }
}

fn partition(p: MetadataResponsePartition) -> PartitionView {
    PartitionView {
        partition: p.partition_index,
        error: ErrorCode(p.error_code),
        leader: Some(p.leader_id).filter(|id| *id >= 0),
        leader_epoch: p.leader_epoch,
        replicas: p.replica_nodes,
        isr: p.isr_nodes,
        offline: p.offline_replicas,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(topic: &str, leader_id: i32) -> MetadataResponse {
        let partition = MetadataResponsePartition { leader_id, leader_epoch: 3, ..Default::default() };
        let broker = MetadataResponseBroker { node_id: 1, host: "h".into(), port: 9092, ..Default::default() };
        MetadataResponse {
            brokers: vec![broker],
            topics: vec![MetadataResponseTopic {
                name: Some(topic.into()),
                partitions: vec![partition],
                ..Default::default()
            }],
            ..Default::default()
        }
    }

    #[test]
    fn leaders_and_updates() {
        let view = ClusterView::of(answer("a", 1));
        assert_eq!(view.leader("a", 0).map(|(n, e)| (n.id, e)), Some((1, 3)));
        assert_eq!(view.leader("a", 1), None);
        let view = view.updated(ClusterView::of(answer("b", -1)), &Topics::Named(vec!["b".into()]));
        assert!(view.leader("a", 0).is_some() && view.leader("b", 0).is_none());
        let view = view.updated(ClusterView::of(answer("b", 1)), &Topics::All);
        assert!(!view.topics.contains_key("a"));
    }

    #[test]
    fn a_leader_that_was_replaced_is_not_taken_back() {
        let of = |leader, epoch, id| {
            let mut answer = answer("a", leader);
            answer.topics[0].partitions[0].leader_epoch = epoch;
            answer.topics[0].topic_id = Uuid([id; 16]);
            answer.brokers.push(MetadataResponseBroker { node_id: 2, port: 9093, ..Default::default() });
            ClusterView::of(answer)
        };
        let leader = |view: &ClusterView| view.leader("a", 0).map(|(node, epoch)| (node.id, epoch));
        let view = of(2, 7, 1).updated(of(1, 6, 1), &Topics::All);
        assert_eq!(leader(&view), Some((2, 7)));
        assert_eq!(leader(&view.updated(of(1, 8, 1), &Topics::All)), Some((1, 8)));
        assert_eq!(leader(&view.updated(of(1, -1, 1), &Topics::All)), Some((1, -1)), "a broker too old to say");
        assert_eq!(leader(&view.updated(of(1, 0, 2), &Topics::All)), Some((1, 0)), "another topic of that name");
    }

    #[test]
    fn asking_for_none_and_all() {
        assert_eq!(Topics::All.request(0, true).topics, Some(vec![]));
        assert_eq!(Topics::All.request(1, true).topics, None);
        assert_eq!(Topics::None.request(9, true).topics, Some(vec![]));
    }
}
