//! Pure: KIP-951: a reply that says "not the leader" says who is, and where.

use crate::metadata_cache::{MetadataSnapshot, PartitionMetadata};
use rkafka_base::BrokerId;
use std::collections::BTreeMap;

/// The leaders that one reply names.
pub struct NewLeaders<'a> {
    snapshot: &'a MetadataSnapshot,
    /// On which the client came; it learns the leaders' addresses there.
    listener: &'a str,
    nodes: BTreeMap<i32, LeaderNode>,
}

/// Where a leader is.
pub struct LeaderNode {
    pub id: i32,
    pub host: String,
    pub port: i32,
    pub rack: Option<String>,
}

impl<'a> NewLeaders<'a> {
    pub fn new(snapshot: &'a MetadataSnapshot, listener: &'a str) -> NewLeaders<'a> {
        NewLeaders { snapshot, listener, nodes: BTreeMap::new() }
    }

    /// The leader of a partition and its epoch. Where a live one is goes into the nodes.
    pub fn name(&mut self, partition: &PartitionMetadata) -> (i32, i32) {
        let id = partition.leader;
        if !self.nodes.contains_key(&id)
            && let Some(node) = self.find(id)
        {
            self.nodes.insert(id, node);
        }
        (id, partition.leader_epoch)
    }

    fn find(&self, id: i32) -> Option<LeaderNode> {
        let broker = self.snapshot.brokers.get(&BrokerId(id))?;
        let endpoint = broker.endpoint(self.listener)?;
        Some(LeaderNode { id, host: endpoint.host.clone(), port: endpoint.port, rack: broker.rack.clone() })
    }

    /// Each leader once, in the order of their ids.
    pub fn nodes(self) -> impl Iterator<Item = LeaderNode> {
        self.nodes.into_values()
    }
}
