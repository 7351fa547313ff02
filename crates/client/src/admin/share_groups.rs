//! Share groups (KIP-932): what a group is made of, and where it begins to share each partition out.

use super::{Admin, ItemResult, Route, item, reassignments::by_topic};
use crate::{ClientError, CoordinatorKind};
use rkafka_base::TopicPartition;
use rkafka_protocol::{
    ErrorCode,
    messages::{
        AlterShareGroupOffsetsRequest, AlterShareGroupOffsetsResponse, DeleteShareGroupOffsetsRequest,
        DescribeShareGroupOffsetsRequest, ShareGroupDescribeRequest,
        alter_share_group_offsets_request::{
            AlterShareGroupOffsetsRequestPartition, AlterShareGroupOffsetsRequestTopic,
        },
        delete_share_group_offsets_request::DeleteShareGroupOffsetsRequestTopic,
        describe_share_group_offsets_request::DescribeShareGroupOffsetsRequestGroup,
        describe_share_group_offsets_response::DescribeShareGroupOffsetsResponsePartition,
        share_group_describe_response as described,
    },
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// A share group as its coordinator knows it (`ShareGroupDescription`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareGroup {
    pub group_id: String,
    pub state: String,
    /// The coordinator's id and its address, `host:port`.
    pub coordinator: (i32, String),
    pub group_epoch: i32,
    /// The epoch of the assignment that members are being moved to.
    pub assignment_epoch: i32,
    pub members: Vec<ShareGroupMember>,
}

/// One member of a share group, and the partitions of which it gets records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareGroupMember {
    pub member_id: String,
    pub epoch: i32,
    pub client_id: String,
    /// As the coordinator tells it: `/127.0.0.1`.
    pub host: String,
    pub assignment: Vec<TopicPartition>,
}

/// Where a share group stands in a partition (`SharePartitionOffsetInfo`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShareOffset {
    /// The first offset that is not done with.
    pub start: i64,
    pub leader_epoch: Option<i32>,
    /// How many records wait to be delivered; `None` if the broker does not say (before 4.3).
    pub lag: Option<i64>,
}

/// What became of each topic of [`Admin::delete_share_group_offsets`].
pub type ByTopic = BTreeMap<String, ItemResult<()>>;

impl Admin {
    /// One share group.
    ///
    /// Errors: GROUP_ID_NOT_FOUND, also for a group of another type; a broker without share groups.
    pub async fn describe_share_group(&self, group: &str) -> ItemResult<ShareGroup> {
        let request = ShareGroupDescribeRequest { group_ids: vec![group.to_owned()], ..Default::default() };
        let attempt = || async {
            let (id, connection) = self.cluster.coordinator(CoordinatorKind::Group, group).await?;
            let response = connection.call(&request).await?;
            let found = response.groups.into_iter().next().ok_or_else(not_answered)?;
            let message = found.error_message.clone();
            let coordinator = (id, connection.address().to_owned());
            item(found.error_code, message.as_deref(), found).map(|found| share_group(found, coordinator))
        };
        self.cluster.retrying("describeShareGroups", self.deadline(), attempt).await
    }

    /// Where a share group stands in every partition that it has state of; `None` where it has not begun. Partitions with
    /// an error of their own are left out and warned of.
    pub async fn share_group_offsets(
        &self,
        group: &str,
    ) -> Result<BTreeMap<TopicPartition, Option<ShareOffset>>, ClientError> {
        let request = |_| DescribeShareGroupOffsetsRequest {
            groups: vec![DescribeShareGroupOffsetsRequestGroup {
                group_id: group.to_owned(),
                topics: None,
                ..Default::default()
            }],
            ..Default::default()
        };
        let route = Route::Group(group.to_owned());
        let response = self
            .call("describeShareGroupOffsets", route, request, |r| {
                r.groups.first().map_or(ErrorCode::NONE, |g| ErrorCode(g.error_code))
            })
            .await?;
        let found = response.groups.into_iter().next().ok_or_else(not_answered)?;
        item(found.error_code, found.error_message.as_deref(), ())?;
        let mut offsets = BTreeMap::new();
        for topic in found.topics {
            let name: Arc<str> = topic.topic_name.into();
            for partition in topic.partitions {
                let tp = TopicPartition::new(name.clone(), partition.partition_index);
                match share_offset(&partition) {
                    Ok(offset) => drop(offsets.insert(tp, offset)),
                    Err(error) => log::warn!("Skipping return offset for {tp} due to error {error}."),
                }
            }
        }
        Ok(offsets)
    }

    /// Has a share group without members begin at other offsets. A group that does not exist is made.
    ///
    /// Errors: the group's, or the first partition's, in the words of Kafka's admin client.
    pub async fn alter_share_group_offsets(
        &self,
        group: &str,
        offsets: &[(TopicPartition, i64)],
    ) -> Result<(), ClientError> {
        let by_partition: HashMap<&TopicPartition, i64> = offsets.iter().map(|(tp, offset)| (tp, *offset)).collect();
        let partitions: Vec<TopicPartition> = offsets.iter().map(|(tp, _)| tp.clone()).collect();
        let topic = |(name, numbers): (Arc<str>, Vec<i32>)| AlterShareGroupOffsetsRequestTopic {
            partitions: numbers
                .into_iter()
                .map(|n| AlterShareGroupOffsetsRequestPartition {
                    partition_index: n,
                    start_offset: by_partition.get(&TopicPartition::new(name.clone(), n)).copied().unwrap_or_default(),
                    ..Default::default()
                })
                .collect(),
            topic_name: name.to_string(),
            ..Default::default()
        };
        let request = |_| AlterShareGroupOffsetsRequest {
            group_id: group.to_owned(),
            topics: by_topic(&partitions).into_iter().map(topic).collect(),
            ..Default::default()
        };
        let route = Route::Group(group.to_owned());
        let response = self.call("alterShareGroupOffsets", route, request, |r| ErrorCode(r.error_code)).await?;
        not_altered(&response, &partitions)
    }

    /// Forgets where a share group without members stands in topics. The error of a topic is its own; one of the group is
    /// the call's.
    pub async fn delete_share_group_offsets(&self, group: &str, topics: &[String]) -> Result<ByTopic, ClientError> {
        let topic =
            |name: &String| DeleteShareGroupOffsetsRequestTopic { topic_name: name.clone(), ..Default::default() };
        let request = |_| DeleteShareGroupOffsetsRequest {
            group_id: group.to_owned(),
            topics: topics.iter().map(topic).collect(),
            ..Default::default()
        };
        let route = Route::Group(group.to_owned());
        let response = self.call("deleteShareGroupOffsets", route, request, |r| ErrorCode(r.error_code)).await?;
        item(response.error_code, response.error_message.as_deref(), ())?;
        let unanswered = |name: &String| {
            let text = format!("Offset deletion result for topic \"{name}\" was not included in the response");
            Err(ClientError::broker(ErrorCode::UNKNOWN_SERVER_ERROR, Some(&text)))
        };
        let mut results: ByTopic = topics.iter().map(|name| (name.clone(), unanswered(name))).collect();
        results.extend(
            response.responses.into_iter().map(|t| (t.topic_name, item(t.error_code, t.error_message.as_deref(), ()))),
        );
        Ok(results)
    }
}

fn share_group(group: described::DescribedGroup, coordinator: (i32, String)) -> ShareGroup {
    let member = |m: described::Member| ShareGroupMember {
        member_id: m.member_id,
        epoch: m.member_epoch,
        client_id: m.client_id,
        host: m.client_host,
        assignment: m.assignment.topic_partitions.iter().flat_map(partitions).collect(),
    };
    ShareGroup {
        group_id: group.group_id,
        state: group.group_state,
        coordinator,
        group_epoch: group.group_epoch,
        assignment_epoch: group.assignment_epoch,
        members: group.members.into_iter().map(member).collect(),
    }
}

fn partitions(topic: &described::TopicPartitions) -> Vec<TopicPartition> {
    topic.partitions.iter().map(|partition| TopicPartition::new(topic.topic_name.as_str(), *partition)).collect()
}

fn share_offset(p: &DescribeShareGroupOffsetsResponsePartition) -> ItemResult<Option<ShareOffset>> {
    let offset = ShareOffset {
        start: p.start_offset,
        leader_epoch: Some(p.leader_epoch).filter(|epoch| *epoch >= 0),
        lag: Some(p.lag).filter(|lag| *lag >= 0),
    };
    item(p.error_code, p.error_message.as_deref(), Some(offset).filter(|offset| offset.start >= 0))
}

fn not_altered(response: &AlterShareGroupOffsetsResponse, asked: &[TopicPartition]) -> Result<(), ClientError> {
    let failed_together = ErrorCode(response.error_code).is_error();
    let mut failed: Vec<(TopicPartition, ErrorCode, Option<&str>)> = Vec::new();
    if failed_together {
        let (code, message) = (ErrorCode(response.error_code), response.error_message.as_deref());
        failed.extend(asked.iter().map(|tp| (tp.clone(), code, message)));
    }
    for topic in response.responses.iter().filter(|_| !failed_together) {
        let wrong = topic.partitions.iter().filter(|p| p.error_code != 0);
        failed.extend(wrong.map(|p| {
            let tp = TopicPartition::new(topic.topic_name.as_str(), p.partition_index);
            (tp, ErrorCode(p.error_code), p.error_message.as_deref())
        }));
    }
    let Some((_, code, message)) = failed.first() else { return Ok(()) };
    let names: Vec<String> = failed.iter().map(|(tp, ..)| tp.to_string()).collect();
    let why = message.filter(|text| !text.is_empty()).unwrap_or_else(|| code.message());
    let names = names.join(", ");
    let text = format!("{why} Failed altering group offsets for the following partitions: [{names}]");
    Err(ClientError::broker(*code, Some(&text)))
}

fn not_answered() -> ClientError {
    ClientError::broker(ErrorCode::UNKNOWN_SERVER_ERROR, Some("The coordinator did not answer for this group"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_protocol::messages::alter_share_group_offsets_response::{
        AlterShareGroupOffsetsResponsePartition, AlterShareGroupOffsetsResponseTopic,
    };

    #[test]
    fn where_a_group_stands() {
        let of = |start_offset, leader_epoch, lag| {
            let partition =
                DescribeShareGroupOffsetsResponsePartition { start_offset, leader_epoch, lag, ..Default::default() };
            share_offset(&partition).unwrap()
        };
        assert_eq!(of(3, 1, 7), Some(ShareOffset { start: 3, leader_epoch: Some(1), lag: Some(7) }));
        assert_eq!(of(0, -1, -1), Some(ShareOffset { start: 0, leader_epoch: None, lag: None }));
        assert_eq!(of(-1, 0, -1), None);
    }

    #[test]
    fn what_was_not_altered_is_named() {
        let asked = [TopicPartition::new("t", 0), TopicPartition::new("t", 1)];
        let whole = AlterShareGroupOffsetsResponse { error_code: 68, ..Default::default() };
        let expected = "The group is not empty. Failed altering group offsets for the following partitions: [t-0, t-1]";
        assert_eq!(not_altered(&whole, &asked).unwrap_err().to_string(), expected);
        let partition = |partition_index, error_code| AlterShareGroupOffsetsResponsePartition {
            partition_index,
            error_code,
            ..Default::default()
        };
        let topic = AlterShareGroupOffsetsResponseTopic {
            topic_name: "t".into(),
            partitions: vec![partition(0, 0), partition(1, 3)],
            ..Default::default()
        };
        let one = AlterShareGroupOffsetsResponse { responses: vec![topic], ..Default::default() };
        assert!(not_altered(&one, &asked).unwrap_err().to_string().ends_with("partitions: [t-1]"));
        assert_eq!(not_altered(&AlterShareGroupOffsetsResponse::default(), &asked), Ok(()));
    }
}
