//! Consumer groups: list, describe, delete, their members, their committed offsets.

use super::{Admin, ItemResult, Route, item, reassignments::by_topic};
use crate::{ClientError, Topics};
use rkafka_base::TopicPartition;
use rkafka_protocol::{
    ErrorCode,
    messages::{
        DeleteGroupsRequest, DescribeGroupsRequest, ListGroupsRequest, OffsetFetchRequest, OffsetFetchResponse,
        describe_groups_response::DescribedGroup,
        offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic},
        offset_fetch_request::{OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics},
    },
};
use std::{collections::BTreeMap, sync::Arc};

/// A group in a listing: id, protocol type, state (brokers since 2.6), type (since 3.8).
pub use rkafka_protocol::messages::list_groups_response::ListedGroup as GroupListing;

/// What a group has committed for a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommittedOffset {
    pub offset: i64,
    /// −1 if unknown.
    pub leader_epoch: i32,
    pub metadata: String,
}

impl Admin {
    /// All groups of the cluster, asked from every broker, in the order of their ids. Filters are by state and type names;
    /// empty means all.
    pub async fn list_groups(&self, states: &[String], types: &[String]) -> Result<Vec<GroupListing>, ClientError> {
        let refresh = || self.cluster.refresh(&Topics::None);
        let view = self.cluster.retrying("findAllBrokers", self.deadline(), refresh).await?;
        let mut groups = BTreeMap::new();
        for node in view.nodes.keys() {
            let request = |version| ListGroupsRequest {
                states_filter: if version >= 4 { states.to_vec() } else { Vec::new() },
                types_filter: if version >= 5 { types.to_vec() } else { Vec::new() },
                ..Default::default()
            };
            let response =
                self.call("listConsumerGroups", Route::Node(*node), request, |r| ErrorCode(r.error_code)).await?;
            item(response.error_code, None, ())?;
            groups.extend(response.groups.into_iter().map(|g| (g.group_id.clone(), g)));
        }
        Ok(groups.into_values().collect())
    }

    /// One group's state and members, as its coordinator knows them. A group that does not exist is `Dead`.
    pub async fn describe_group(&self, group: &str, authorized_operations: bool) -> ItemResult<DescribedGroup> {
        let request = |version| DescribeGroupsRequest {
            groups: vec![group.to_owned()],
            include_authorized_operations: authorized_operations && version >= 3,
            ..Default::default()
        };
        let route = Route::Group(group.to_owned());
        let first = |r: &rkafka_protocol::messages::DescribeGroupsResponse| {
            r.groups.first().map_or(ErrorCode::NONE, |g| ErrorCode(g.error_code))
        };
        let response = self.call("describeConsumerGroups", route, request, first).await?;
        let described = response.groups.into_iter().next().ok_or_else(no_answer)?;
        item(described.error_code, described.error_message.clone().as_deref(), described)
    }

    /// Deletes a group without members.
    pub async fn delete_group(&self, group: &str) -> ItemResult<()> {
        let request = |_| DeleteGroupsRequest { groups_names: vec![group.to_owned()], ..Default::default() };
        let route = Route::Group(group.to_owned());
        let response = self
            .call("deleteConsumerGroups", route, request, |r| {
                r.results.first().map_or(ErrorCode::NONE, |g| ErrorCode(g.error_code))
            })
            .await?;
        let result = response.results.first().ok_or_else(no_answer)?;
        item(result.error_code, None, ())
    }

    /// What a group has committed: for the given partitions, or (`None`) for all that it has committed at all.
    pub async fn group_offsets(
        &self,
        group: &str,
        partitions: Option<&[TopicPartition]>,
    ) -> Result<BTreeMap<TopicPartition, ItemResult<Option<CommittedOffset>>>, ClientError> {
        let request = |version| offset_fetch_request(group, partitions, version, false);
        let route = Route::Group(group.to_owned());
        let response = self.call("listConsumerGroupOffsets", route, request, offset_fetch_error).await?;
        item(offset_fetch_error(&response).0, None, ())?;
        let result = |(tp, committed): (TopicPartition, Result<_, ErrorCode>)| {
            (tp, committed.map_err(|code| ClientError::broker(code, None)))
        };
        Ok(committed_offsets(response).into_iter().map(result).collect())
    }
}

fn no_answer() -> ClientError {
    ClientError::broker(ErrorCode::UNKNOWN_SERVER_ERROR, Some("The coordinator did not answer for this group"))
}

/// Errors that the whole call passes through, not one partition's own.
fn is_coordinator_error(code: ErrorCode) -> bool {
    [ErrorCode::NOT_COORDINATOR, ErrorCode::COORDINATOR_NOT_AVAILABLE, ErrorCode::COORDINATOR_LOAD_IN_PROGRESS]
        .contains(&code)
}

/// Offsets to commit, as the wire wants them.
pub(crate) fn commit_topics(offsets: &[(TopicPartition, CommittedOffset)]) -> Vec<OffsetCommitRequestTopic> {
    let mut topics: BTreeMap<Arc<str>, Vec<OffsetCommitRequestPartition>> = BTreeMap::new();
    for (tp, committed) in offsets {
        topics.entry(tp.topic.clone()).or_default().push(OffsetCommitRequestPartition {
            partition_index: tp.partition,
            committed_offset: committed.offset,
            committed_leader_epoch: committed.leader_epoch,
            commit_timestamp: -1,
            committed_metadata: Some(committed.metadata.clone()),
            ..Default::default()
        });
    }
    let topic = |(name, partitions): (Arc<str>, Vec<_>)| OffsetCommitRequestTopic {
        name: name.to_string(),
        partitions,
        ..Default::default()
    };
    topics.into_iter().map(topic).collect()
}

/// An OffsetFetch for one group in `version`. Versions 0 and 1 cannot ask for all partitions.
pub(crate) fn offset_fetch_request(
    group: &str,
    partitions: Option<&[TopicPartition]>,
    version: i16,
    require_stable: bool,
) -> OffsetFetchRequest {
    let mut request = OffsetFetchRequest { require_stable: require_stable && version >= 7, ..Default::default() };
    let topics = partitions.map(by_topic);
    if version >= 8 {
        let topic = |(name, partition_indexes): (Arc<str>, Vec<i32>)| OffsetFetchRequestTopics {
            name: name.to_string(),
            partition_indexes,
            ..Default::default()
        };
        request.groups = vec![OffsetFetchRequestGroup {
            group_id: group.to_owned(),
            topics: topics.map(|t| t.into_iter().map(topic).collect()),
            ..Default::default()
        }];
    } else {
        let topic = |(name, partition_indexes): (Arc<str>, Vec<i32>)| OffsetFetchRequestTopic {
            name: name.to_string(),
            partition_indexes,
            ..Default::default()
        };
        request.group_id = group.to_owned();
        request.topics = topics.map(|t| t.into_iter().map(topic).collect()).or((version < 2).then(Vec::new));
    }
    request
}

/// The error of the whole answer.
pub(crate) fn offset_fetch_error(response: &OffsetFetchResponse) -> ErrorCode {
    let of_group = response.groups.first().map_or(0, |g| g.error_code);
    let first = if response.error_code != 0 { response.error_code } else { of_group };
    if first != 0 {
        return ErrorCode(first);
    }
    // Versions 0 and 1 say it at every partition.
    let mut codes = response.topics.iter().flat_map(|t| t.partitions.iter().map(|p| ErrorCode(p.error_code)));
    codes.find(|c| is_coordinator_error(*c)).unwrap_or(ErrorCode::NONE)
}

type Committed = (TopicPartition, Result<Option<CommittedOffset>, ErrorCode>);

/// The offsets in an answer; `None` where nothing is committed.
pub(crate) fn committed_offsets(response: OffsetFetchResponse) -> Vec<Committed> {
    let one = |name: &Arc<str>, partition, code, offset, leader_epoch, metadata: Option<String>| {
        let committed = CommittedOffset { offset, leader_epoch, metadata: metadata.unwrap_or_default() };
        // Version 0 has an error where later ones have offset −1.
        let result = match ErrorCode(code) {
            ErrorCode::UNKNOWN_TOPIC_OR_PARTITION => Ok(None),
            code => code.ok().map(|()| Some(committed).filter(|c| c.offset >= 0)),
        };
        (TopicPartition::new(name.clone(), partition), result)
    };
    let mut list = Vec::new();
    for topic in response.topics {
        let name: Arc<str> = topic.name.into();
        for p in topic.partitions {
            list.push(one(
                &name,
                p.partition_index,
                p.error_code,
                p.committed_offset,
                p.committed_leader_epoch,
                p.metadata,
            ));
        }
    }
    for topic in response.groups.into_iter().flat_map(|g| g.topics) {
        let name: Arc<str> = topic.name.into();
        for p in topic.partitions {
            list.push(one(
                &name,
                p.partition_index,
                p.error_code,
                p.committed_offset,
                p.committed_leader_epoch,
                p.metadata,
            ));
        }
    }
    list
}
