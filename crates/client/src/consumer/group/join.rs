//! Joining: JoinGroup until the group has formed, the leader's shares, SyncGroup for one's own.

use super::{
    CLASS, GroupEvent, Identity,
    assignor::{Assignment, Assignor, Member, PartitionCounts},
    coordinator, protocol,
};
use crate::{BrokerConnection, ClientError, Cluster, Topics, consumer::config::GroupConfig};
use rkafka_base::TopicPartition;
use rkafka_protocol::{
    ErrorCode,
    messages::{
        JoinGroupRequest, JoinGroupResponse, SyncGroupRequest, SyncGroupResponse,
        join_group_request::JoinGroupRequestProtocol, join_group_response::JoinGroupResponseMember,
        sync_group_request::SyncGroupRequestAssignment,
    },
};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::sync::mpsc;

/// The type of group that consumers form.
const PROTOCOL_TYPE: &str = "consumer";
/// How much longer than the rebalance the answer to JoinGroup may take.
const JOIN_MARGIN: Duration = Duration::from_secs(5);

/// A membership.
#[derive(Clone, Debug)]
pub struct Joined {
    pub generation: i32,
    pub member_id: String,
    pub assignor: Assignor,
    pub assigned: Vec<TopicPartition>,
    /// For the leader: the partition counts that it shared out by. When they change, the group must rebalance.
    pub leads_by: Option<PartitionCounts>,
}

/// Everything that a join needs.
pub struct Join {
    pub cluster: Cluster,
    pub config: GroupConfig,
    pub identity: Identity,
    pub topics: Vec<Arc<str>>,
    pub owned: Vec<TopicPartition>,
    pub rack: String,
    pub events: mpsc::Sender<GroupEvent>,
}

impl Join {
    /// Tries until it is a member or fails for good.
    pub async fn run(mut self) -> Result<Joined, ClientError> {
        let backoff = self.cluster.config().retry_backoff;
        let mut tries = 0;
        loop {
            match self.attempt().await {
                Ok(joined) => return Ok(joined),
                Err(e) => {
                    let code = e.code().unwrap_or(ErrorCode::NONE);
                    log::debug!(target: CLASS, "{}JoinGroup failed: {e}", self.cluster.config().log_prefix);
                    match code {
                        // The coordinator has given out an id and wants to see it again (KIP-394).
                        ErrorCode::MEMBER_ID_REQUIRED => continue,
                        ErrorCode::UNKNOWN_MEMBER_ID | ErrorCode::ILLEGAL_GENERATION => self.forget(),
                        ErrorCode::REBALANCE_IN_PROGRESS => {}
                        // If nobody polls, nobody wants to know.
                        _ if e.is_retriable() => drop(self.events.try_send(GroupEvent::Retrying(e))),
                        _ => return Err(e),
                    }
                }
            }
            tokio::time::sleep(backoff.wait(tries, fastrand::f64())).await;
            tries += 1;
        }
    }

    fn forget(&mut self) {
        self.identity.member_id.clear();
        self.identity.generation = -1;
        self.owned.clear();
    }

    async fn attempt(&mut self) -> Result<Joined, ClientError> {
        let connection = coordinator(&self.cluster, &self.identity).await?;
        let response = self.join(&connection).await?;
        if !response.member_id.is_empty() {
            self.identity.member_id.clone_from(&response.member_id);
        }
        ErrorCode(response.error_code).ok().map_err(|code| self.explain(code))?;
        let name = response.protocol_name.clone().unwrap_or_default();
        let assignor = Assignor::from_name(&name).ok_or_else(|| {
            ClientError::State(format!("The group uses the assignor {name}, which this version does not have"))
        })?;
        let (mut assignments, mut leads_by) = (Vec::new(), None);
        if response.leader == response.member_id && !response.skip_assignment {
            let (assignment, counts) = self.share_out(assignor, response.members).await?;
            assignments = protocol::encode_assignment(&assignment)?;
            leads_by = Some(counts);
        }
        let generation = response.generation_id;
        let synced = self.sync(&connection, generation, &name, assignments).await?;
        ErrorCode(synced.error_code).ok().map_err(|code| self.explain(code))?;
        let assigned = protocol::decode_assignment(synced.assignment)
            .map_err(|e| ClientError::State(format!("The assignment from the group's leader cannot be read: {e}")))?;
        Ok(Joined { generation, member_id: response.member_id, assignor, assigned, leads_by })
    }

    async fn join(&self, connection: &BrokerConnection) -> Result<JoinGroupResponse, ClientError> {
        let protocols = self.config.assignors.iter().map(|assignor| {
            // Assignors that stop the world own nothing when they join.
            let owned: &[TopicPartition] =
                if *assignor == Assignor::Range || *assignor == Assignor::RoundRobin { &[] } else { &self.owned };
            let metadata = protocol::encode_subscription(&self.topics, owned, self.identity.generation, &self.rack)?;
            Ok(JoinGroupRequestProtocol { name: assignor.name().to_owned(), metadata, ..Default::default() })
        });
        let request = JoinGroupRequest {
            group_id: self.identity.group_id.clone(),
            session_timeout_ms: millis(self.config.session_timeout),
            rebalance_timeout_ms: millis(self.config.max_poll_interval),
            member_id: self.identity.member_id.clone(),
            group_instance_id: self.identity.instance_id.clone(),
            protocol_type: PROTOCOL_TYPE.to_owned(),
            protocols: protocols.collect::<Result<_, ClientError>>()?,
            ..Default::default()
        };
        let version = connection.versions().choose(rkafka_protocol::ApiKey::JoinGroup)?;
        let timeout = self.cluster.config().request_timeout.max(self.config.max_poll_interval + JOIN_MARGIN);
        connection.call_within(&request, version, timeout).await
    }

    async fn sync(
        &self,
        connection: &BrokerConnection,
        generation: i32,
        protocol: &str,
        assignments: Vec<SyncGroupRequestAssignment>,
    ) -> Result<SyncGroupResponse, ClientError> {
        let request = SyncGroupRequest {
            group_id: self.identity.group_id.clone(),
            generation_id: generation,
            member_id: self.identity.member_id.clone(),
            group_instance_id: self.identity.instance_id.clone(),
            protocol_type: Some(PROTOCOL_TYPE.to_owned()),
            protocol_name: Some(protocol.to_owned()),
            assignments,
            ..Default::default()
        };
        let version = connection.versions().choose(rkafka_protocol::ApiKey::SyncGroup)?;
        let timeout = self.cluster.config().request_timeout.max(self.config.max_poll_interval + JOIN_MARGIN);
        connection.call_within(&request, version, timeout).await
    }

    /// The leader's work: who gets what.
    async fn share_out(
        &self,
        assignor: Assignor,
        members: Vec<JoinGroupResponseMember>,
    ) -> Result<(Assignment, PartitionCounts), ClientError> {
        let read = |m: JoinGroupResponseMember| {
            let id = m.member_id.clone();
            protocol::decode_subscription(m.member_id, m.group_instance_id, m.metadata)
                .map_err(|e| ClientError::State(format!("The subscription of group member {id} cannot be read: {e}")))
        };
        let members: Vec<Member> = members.into_iter().map(read).collect::<Result<_, _>>()?;
        let topics: BTreeSet<Arc<str>> = members.iter().flat_map(|m| m.topics.iter().cloned()).collect();
        let asked = Topics::Named(topics.iter().cloned().collect());
        let view = if topics.is_empty() { self.cluster.view() } else { self.cluster.refresh(&asked).await? };
        let count = |t: Arc<str>| {
            let partitions = view.topics.get(&t).map_or(0, |topic| topic.partitions.len());
            (t, i32::try_from(partitions).unwrap_or(i32::MAX))
        };
        let counts: PartitionCounts = topics.into_iter().map(count).collect();
        Ok((assignor.assign(&counts, &members), counts))
    }

    fn explain(&self, code: ErrorCode) -> ClientError {
        let message = match code {
            ErrorCode::FENCED_INSTANCE_ID => format!(
                "Another consumer with group.instance.id {} has taken over",
                self.identity.instance_id.as_deref().unwrap_or_default()
            ),
            ErrorCode::GROUP_AUTHORIZATION_FAILED => {
                format!("Not authorized to access group: {}", self.identity.group_id)
            }
            _ => return ClientError::broker(code, None),
        };
        ClientError::Broker { code, message }
    }
}

fn millis(duration: Duration) -> i32 {
    i32::try_from(duration.as_millis()).unwrap_or(i32::MAX)
}
