//! What a consumer group is made of: its coordinator, its state, its members and what each of them has.

use super::{Admin, ItemResult, item};
use crate::{BrokerConnection, ClientError, CoordinatorKind, consumer::decode_assignment};
use rkafka_base::TopicPartition;
use rkafka_protocol::{
    ApiKey, ErrorCode, VersionRange,
    messages::{
        ConsumerGroupDescribeRequest, DeleteGroupsRequest, DescribeGroupsRequest,
        consumer_group_describe_response as modern, describe_groups_response as classic,
    },
};

/// The protocol type of consumers; groups that only commit have none.
const CONSUMER: &str = "consumer";
/// The last one, of 4.4, says why a group cannot be deleted.
const DELETE_VERSIONS: VersionRange = VersionRange { min: 0, max: 3 };

/// A group as its coordinator knows it. One that does not exist is `Dead`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerGroup {
    pub group_id: String,
    pub state: String,
    /// The coordinator's id and its address, `host:port`.
    pub coordinator: (i32, String),
    /// The name of the strategy by which partitions are assigned; empty without members.
    pub assignor: String,
    /// The group's epoch and that of the assignment it is on the way to; `None` for a group of the classic protocol.
    pub epochs: Option<(i32, i32)>,
    pub members: Vec<GroupMember>,
}

/// One member of a group and its partitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupMember {
    pub member_id: String,
    pub instance_id: Option<String>,
    pub client_id: String,
    /// As the coordinator tells it: `/127.0.0.1`.
    pub host: String,
    pub assignment: Vec<TopicPartition>,
    /// The member's epoch and the partitions it is to have; `None` in a group of the classic protocol.
    pub target: Option<(i32, Vec<TopicPartition>)>,
}

impl Admin {
    /// One group, of the new protocol (KIP-848) or of the classic one.
    ///
    /// Errors: those of the coordinator; a group that is not one of consumers.
    pub async fn describe_consumer_group(&self, group: &str) -> ItemResult<ConsumerGroup> {
        let attempt = || async {
            let (id, connection) = self.cluster.coordinator(CoordinatorKind::Group, group).await?;
            let coordinator = (id, connection.address().to_owned());
            if connection.versions().choose(ApiKey::ConsumerGroupDescribe).is_ok()
                && let Some(found) = modern_group(&connection, group).await?
            {
                return Ok(of_modern(found, coordinator));
            }
            of_classic(classic_group(&connection, group).await?, coordinator)
        };
        self.cluster.retrying("describeConsumerGroups", self.deadline(), attempt).await
    }

    /// Deletes a group without members, of any type.
    pub async fn delete_group(&self, group: &str) -> ItemResult<()> {
        let request = DeleteGroupsRequest { groups_names: vec![group.to_owned()], ..Default::default() };
        let attempt = || async {
            let (_, connection) = self.cluster.coordinator(CoordinatorKind::Group, group).await?;
            let version = connection.versions().choose_within(ApiKey::DeleteGroups, DELETE_VERSIONS)?;
            let response = connection.call_at(&request, version).await?;
            let result = response.results.first().ok_or_else(no_answer)?;
            item(result.error_code, result.error_message.as_deref(), ())
        };
        self.cluster.retrying("deleteConsumerGroups", self.deadline(), attempt).await
    }
}

/// The group if it is one of the new protocol.
async fn modern_group(
    connection: &BrokerConnection,
    group: &str,
) -> Result<Option<modern::DescribedGroup>, ClientError> {
    let request = ConsumerGroupDescribeRequest { group_ids: vec![group.to_owned()], ..Default::default() };
    let response = connection.call(&request).await?;
    let found = response.groups.into_iter().next().ok_or_else(no_answer)?;
    match ErrorCode(found.error_code) {
        ErrorCode::GROUP_ID_NOT_FOUND | ErrorCode::UNSUPPORTED_VERSION => Ok(None),
        _ => item(found.error_code, found.error_message.clone().as_deref(), Some(found)),
    }
}

async fn classic_group(connection: &BrokerConnection, group: &str) -> Result<classic::DescribedGroup, ClientError> {
    let request = DescribeGroupsRequest { groups: vec![group.to_owned()], ..Default::default() };
    let response = connection.call(&request).await?;
    let found = response.groups.into_iter().next().ok_or_else(no_answer)?;
    item(found.error_code, found.error_message.clone().as_deref(), found)
}

fn of_modern(group: modern::DescribedGroup, coordinator: (i32, String)) -> ConsumerGroup {
    let member = |m: modern::Member| GroupMember {
        member_id: m.member_id,
        instance_id: m.instance_id,
        client_id: m.client_id,
        host: m.client_host,
        assignment: m.assignment.topic_partitions.iter().flat_map(partitions).collect(),
        target: Some((m.member_epoch, m.target_assignment.topic_partitions.iter().flat_map(partitions).collect())),
    };
    ConsumerGroup {
        group_id: group.group_id,
        state: group.group_state,
        coordinator,
        assignor: group.assignor_name,
        epochs: Some((group.group_epoch, group.assignment_epoch)),
        members: group.members.into_iter().map(member).collect(),
    }
}

fn partitions(topic: &modern::TopicPartitions) -> Vec<TopicPartition> {
    topic.partitions.iter().map(|partition| TopicPartition::new(topic.topic_name.as_str(), *partition)).collect()
}

fn of_classic(group: classic::DescribedGroup, coordinator: (i32, String)) -> Result<ConsumerGroup, ClientError> {
    let classic::DescribedGroup { group_id, group_state, protocol_type, protocol_data, members, .. } = group;
    if protocol_type != CONSUMER && !protocol_type.is_empty() {
        let message = format!("GroupId {group_id} is not a consumer group ({protocol_type}).");
        return Err(ClientError::State(message));
    }
    let member = |m: classic::DescribedGroupMember| {
        let assignment = decode_assignment(m.member_assignment).map_err(|error| unreadable(&m.member_id, &error))?;
        Ok(GroupMember {
            member_id: m.member_id,
            instance_id: m.group_instance_id,
            client_id: m.client_id,
            host: m.client_host,
            assignment,
            target: None,
        })
    };
    let members = members.into_iter().map(member).collect::<Result<_, ClientError>>()?;
    Ok(ConsumerGroup { group_id, state: group_state, coordinator, assignor: protocol_data, epochs: None, members })
}

fn unreadable(member: &str, error: &rkafka_protocol::WireError) -> ClientError {
    ClientError::State(format!("the assignment of member {member} cannot be read: {error}"))
}

fn no_answer() -> ClientError {
    ClientError::broker(ErrorCode::UNKNOWN_SERVER_ERROR, Some("The coordinator did not answer for this group"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_classic_group_must_be_one_of_consumers() {
        let group = |protocol_type: &str| classic::DescribedGroup {
            group_id: "g".into(),
            group_state: "Stable".into(),
            protocol_type: protocol_type.into(),
            protocol_data: "range".into(),
            members: vec![classic::DescribedGroupMember { member_id: "m".into(), ..Default::default() }],
            ..Default::default()
        };
        let at = (1, "h:9092".to_owned());
        let found = of_classic(group("consumer"), at.clone()).unwrap();
        assert_eq!((found.assignor.as_str(), found.members[0].assignment.len()), ("range", 0));
        let refused = of_classic(group("connect"), at).unwrap_err();
        assert_eq!(refused.to_string(), "GroupId g is not a consumer group (connect).");
    }
}
