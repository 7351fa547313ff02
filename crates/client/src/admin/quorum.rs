//! The quorum of KRaft controllers: who votes, how far each has come, and who joins and leaves (KIP-595, KIP-853).

use super::{Admin, Route, item};
use crate::ClientError;
use rkafka_protocol::{
    ErrorCode, Uuid,
    messages::{
        AddRaftVoterRequest, DescribeQuorumRequest, DescribeQuorumResponse, RemoveRaftVoterRequest,
        add_raft_voter_request::Listener,
        describe_quorum_request::{PartitionData, TopicData},
        describe_quorum_response::ReplicaState,
    },
};
use std::collections::BTreeMap;

/// The log that the quorum agrees on; it has one partition.
const TOPIC: &str = "__cluster_metadata";

/// What the quorum's leader tells.
#[derive(Clone, Debug, PartialEq)]
pub struct Quorum {
    pub leader: i32,
    pub leader_epoch: i32,
    pub high_watermark: i64,
    pub voters: Vec<QuorumReplica>,
    /// Brokers, and controllers without a vote.
    pub observers: Vec<QuorumReplica>,
    /// Where voters can be reached; empty before 3.9.
    pub endpoints: BTreeMap<i32, Vec<RaftEndpoint>>,
}

/// How far one replica of the quorum's log has come.
#[derive(Clone, Debug, PartialEq)]
pub struct QuorumReplica {
    pub id: i32,
    /// All zero if it has told none.
    pub directory: Uuid,
    pub log_end_offset: i64,
    /// When it last fetched, in milliseconds since 1970; `None` if the leader does not know.
    pub last_fetch_ms: Option<i64>,
    /// When it last had everything, likewise.
    pub last_caught_up_ms: Option<i64>,
}

/// Where a controller can be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RaftEndpoint {
    pub listener: String,
    pub host: String,
    pub port: u16,
}

impl Admin {
    /// The quorum as its leader sees it. A cluster on ZooKeeper has none.
    pub async fn describe_quorum(&self) -> Result<Quorum, ClientError> {
        let request = |_| DescribeQuorumRequest {
            topics: vec![TopicData {
                topic_name: TOPIC.to_owned(),
                partitions: vec![PartitionData { partition_index: 0, ..Default::default() }],
                ..Default::default()
            }],
            ..Default::default()
        };
        let partition_error = |r: &DescribeQuorumResponse| {
            let partition = r.topics.first().and_then(|topic| topic.partitions.first());
            ErrorCode(partition.map_or(r.error_code, |partition| partition.error_code))
        };
        let response = self.call("describeMetadataQuorum", Route::Any, request, partition_error).await?;
        item(response.error_code, response.error_message.as_deref(), ())?;
        let topic = response.topics.into_iter().find(|topic| topic.topic_name == TOPIC);
        let Some(partition) = topic.and_then(|topic| topic.partitions.into_iter().next()) else {
            let message = "The answer tells nothing of the quorum's log";
            return Err(ClientError::broker(ErrorCode::UNKNOWN_SERVER_ERROR, Some(message)));
        };
        item(partition.error_code, partition.error_message.as_deref(), ())?;
        let endpoints = response.nodes.into_iter().map(|node| {
            let listeners = node.listeners.into_iter();
            let endpoint = |l: rkafka_protocol::messages::describe_quorum_response::Listener| RaftEndpoint {
                listener: l.name,
                host: l.host,
                port: l.port,
            };
            (node.node_id, listeners.map(endpoint).collect())
        });
        Ok(Quorum {
            leader: partition.leader_id,
            leader_epoch: partition.leader_epoch,
            high_watermark: partition.high_watermark,
            endpoints: endpoints.collect(),
            voters: partition.current_voters.into_iter().map(replica).collect(),
            observers: partition.observers.into_iter().map(replica).collect(),
        })
    }

    /// Gives a controller a vote. It must be running and have told the quorum of itself.
    pub async fn add_raft_voter(
        &self,
        id: i32,
        directory: Uuid,
        endpoints: &[RaftEndpoint],
    ) -> Result<(), ClientError> {
        let listener = |endpoint: &RaftEndpoint| Listener {
            name: endpoint.listener.clone(),
            host: endpoint.host.clone(),
            port: endpoint.port,
            ..Default::default()
        };
        let request = |_| AddRaftVoterRequest {
            // Whatever cluster it is.
            cluster_id: None,
            timeout_ms: self.operation_timeout_ms(),
            voter_id: id,
            voter_directory_id: directory,
            listeners: endpoints.iter().map(listener).collect(),
            ..Default::default()
        };
        let response = self.call("addRaftVoter", Route::Any, request, |r| ErrorCode(r.error_code)).await?;
        item(response.error_code, response.error_message.as_deref(), ())
    }

    /// Takes a controller's vote away.
    pub async fn remove_raft_voter(&self, id: i32, directory: Uuid) -> Result<(), ClientError> {
        let request = |_| RemoveRaftVoterRequest {
            cluster_id: None,
            voter_id: id,
            voter_directory_id: directory,
            ..Default::default()
        };
        let response = self.call("removeRaftVoter", Route::Any, request, |r| ErrorCode(r.error_code)).await?;
        item(response.error_code, response.error_message.as_deref(), ())
    }
}

fn replica(state: ReplicaState) -> QuorumReplica {
    let known = |ms: i64| Some(ms).filter(|ms| *ms >= 0);
    QuorumReplica {
        id: state.replica_id,
        directory: state.replica_directory_id,
        log_end_offset: state.log_end_offset,
        last_fetch_ms: known(state.last_fetch_timestamp),
        last_caught_up_ms: known(state.last_caught_up_timestamp),
    }
}
