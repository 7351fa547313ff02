//! Consumer groups: which there are, and the offsets that they have committed.

use super::{Admin, ItemResult, Route, item, reassignments::by_topic};
use crate::{ClientError, Topics};
use rkafka_base::TopicPartition;
use rkafka_protocol::{
    ApiKey, ErrorCode,
    messages::{
        ListGroupsRequest, OffsetCommitRequest, OffsetCommitResponse, OffsetDeleteRequest, OffsetFetchRequest,
        OffsetFetchResponse,
        offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic},
        offset_delete_request::{OffsetDeleteRequestPartition, OffsetDeleteRequestTopic},
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
    /// The groups of consumers of the cluster, those that only commit offsets among them. As
    /// [`Admin::list_all_groups`] else.
    pub async fn list_groups(&self, states: &[String], types: &[String]) -> Result<Vec<GroupListing>, ClientError> {
        let mut groups = self.list_all_groups(states, types).await?;
        groups.retain(|group| group.protocol_type.is_empty() || group.protocol_type == "consumer");
        Ok(groups)
    }

    /// The groups of every protocol, asked from every broker, in the order of their ids. Filters are by state and type
    /// names; empty means all.
    ///
    /// Errors: a broker that is too old for a filter; no broker answers.
    pub async fn list_all_groups(&self, states: &[String], types: &[String]) -> Result<Vec<GroupListing>, ClientError> {
        let refresh = || self.cluster.refresh(&Topics::None);
        let view = self.cluster.retrying("findAllBrokers", self.deadline(), refresh).await.map_err(no_brokers)?;
        let mut groups = BTreeMap::new();
        for node in view.nodes.keys() {
            let attempt = || async {
                let connection = self.cluster.node(*node).await?;
                let version = connection.versions().choose(ApiKey::ListGroups)?;
                let response = connection.call_at(&list_request(states, types, version)?, version).await?;
                item(response.error_code, None, response.groups)
            };
            let listed = self.cluster.retrying("listConsumerGroups", self.deadline(), attempt).await?;
            groups.extend(listed.into_iter().map(|g| (g.group_id.clone(), g)));
        }
        Ok(groups.into_values().collect())
    }

    /// As [`Admin::group_offsets`], once no transaction is open that has offsets of the group with it: a partition of which
    /// that is not known is an UNSTABLE_OFFSET_COMMIT (KIP-447, brokers since 2.5).
    pub async fn stable_group_offsets(
        &self,
        group: &str,
        partitions: &[TopicPartition],
    ) -> Result<BTreeMap<TopicPartition, ItemResult<Option<CommittedOffset>>>, ClientError> {
        self.offsets_of_group(group, Some(partitions), true).await
    }

    /// What a group has committed: for the given partitions, or (`None`) for all that it has committed at all.
    pub async fn group_offsets(
        &self,
        group: &str,
        partitions: Option<&[TopicPartition]>,
    ) -> Result<BTreeMap<TopicPartition, ItemResult<Option<CommittedOffset>>>, ClientError> {
        self.offsets_of_group(group, partitions, false).await
    }

    async fn offsets_of_group(
        &self,
        group: &str,
        partitions: Option<&[TopicPartition]>,
        require_stable: bool,
    ) -> Result<BTreeMap<TopicPartition, ItemResult<Option<CommittedOffset>>>, ClientError> {
        let request = |version| offset_fetch_request(group, partitions, version, require_stable);
        let route = Route::Group(group.to_owned());
        let response = self.call("listConsumerGroupOffsets", route, request, offset_fetch_error).await?;
        item(offset_fetch_error(&response).0, None, ())?;
        let result = |(tp, committed): (TopicPartition, Result<_, ErrorCode>)| {
            (tp, committed.map_err(|code| ClientError::broker(code, None)))
        };
        Ok(committed_offsets(response).into_iter().map(result).collect())
    }

    /// Commits offsets for a group without members.
    ///
    /// Errors: the first partition's, in the words of Kafka's admin client.
    pub async fn alter_group_offsets(
        &self,
        group: &str,
        offsets: &[(TopicPartition, CommittedOffset)],
    ) -> Result<(), ClientError> {
        let request = |_| OffsetCommitRequest {
            group_id: group.to_owned(),
            generation_id_or_member_epoch: -1,
            retention_time_ms: -1,
            topics: commit_topics(offsets),
            ..Default::default()
        };
        let codes = |r: &OffsetCommitResponse| {
            let partitions = r.topics.iter().flat_map(|t| &t.partitions);
            partitions.map(|p| ErrorCode(p.error_code)).find(|code| is_coordinator_error(*code))
        };
        let route = Route::Group(group.to_owned());
        let failure = |r: &OffsetCommitResponse| codes(r).unwrap_or(ErrorCode::NONE);
        let response = self.call("alterConsumerGroupOffsets", route, request, failure).await?;
        not_altered(&response)
    }

    /// Forgets what a group has committed for partitions. The error of a partition is its own; one of the group is the
    /// call's.
    pub async fn delete_group_offsets(
        &self,
        group: &str,
        partitions: &[TopicPartition],
    ) -> Result<BTreeMap<TopicPartition, ItemResult<()>>, ClientError> {
        let topic = |(name, numbers): (Arc<str>, Vec<i32>)| {
            let partition = |partition_index| OffsetDeleteRequestPartition { partition_index };
            OffsetDeleteRequestTopic {
                name: name.to_string(),
                partitions: numbers.into_iter().map(partition).collect(),
            }
        };
        let request = |_| OffsetDeleteRequest {
            group_id: group.to_owned(),
            topics: by_topic(partitions).into_iter().map(topic).collect(),
        };
        let route = Route::Group(group.to_owned());
        let response = self.call("deleteConsumerGroupOffsets", route, request, |r| ErrorCode(r.error_code)).await?;
        item(response.error_code, None, ())?;
        // What the coordinator leaves out was not done.
        let unanswered = || {
            Err(ClientError::broker(
                ErrorCode::UNKNOWN_SERVER_ERROR,
                Some("The coordinator did not answer for this partition"),
            ))
        };
        let mut results: BTreeMap<_, ItemResult<()>> = partitions.iter().map(|p| (p.clone(), unanswered())).collect();
        for topic in response.topics {
            let name: Arc<str> = topic.name.into();
            for p in topic.partitions {
                results.insert(TopicPartition::new(name.clone(), p.partition_index), item(p.error_code, None, ()));
            }
        }
        Ok(results)
    }
}

/// The question for the groups of one broker in `version`, which may be too old to filter.
fn list_request(states: &[String], types: &[String], version: i16) -> Result<ListGroupsRequest, ClientError> {
    let too_old = |needed: i16, what: &str| {
        let text = format!(
            "The broker only supports ListGroups v{version}, but we need v{needed} or newer to request groups by {what}."
        );
        Err(ClientError::UnsupportedVersion(text))
    };
    if version < 4 && !states.is_empty() {
        return too_old(4, "states");
    }
    // All groups of brokers that know no other type are classic.
    let only_classic = types.iter().all(|name| name.eq_ignore_ascii_case("classic"));
    if version < 5 && !only_classic {
        return too_old(5, "type");
    }
    let types_filter = if version < 5 { Vec::new() } else { types.to_vec() };
    Ok(ListGroupsRequest { states_filter: states.to_vec(), types_filter, ..Default::default() })
}

fn no_brokers(cause: ClientError) -> ClientError {
    let message = "Failed to find brokers to send ListGroups".to_owned();
    match cause {
        ClientError::Timeout { cause, .. } => ClientError::Timeout { message, cause },
        cause => ClientError::Timeout { message, cause: Some(Box::new(cause)) },
    }
}

fn not_altered(response: &OffsetCommitResponse) -> Result<(), ClientError> {
    let results = response.topics.iter().flat_map(|t| t.partitions.iter().map(move |p| (&t.name, p)));
    let failed: Vec<_> = results.filter(|(_, p)| p.error_code != 0).collect();
    let Some((_, first)) = failed.first() else { return Ok(()) };
    let names: Vec<String> = failed.iter().map(|(topic, p)| format!("{topic}-{}", p.partition_index)).collect();
    let message = format!("Failed altering group offsets for the following partitions: [{}]", names.join(", "));
    Err(ClientError::broker(ErrorCode(first.error_code), Some(&message)))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_brokers_cannot_filter() {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let refused = |states: &[&str], types: &[&str], version| {
            list_request(&names(states), &names(types), version).map(|_| ()).map_err(|error| error.to_string())
        };
        assert_eq!(refused(&["Empty"], &["Consumer"], 5), Ok(()));
        assert_eq!(refused(&[], &["Classic"], 3), Ok(()));
        let text = "The broker only supports ListGroups v3, but we need v4 or newer to request groups by states.";
        assert_eq!(refused(&["Empty"], &[], 3), Err(text.to_owned()));
        let text = "The broker only supports ListGroups v4, but we need v5 or newer to request groups by type.";
        assert_eq!(refused(&[], &["Consumer"], 4), Err(text.to_owned()));
    }

    #[test]
    fn what_was_not_committed_is_named() {
        use rkafka_protocol::messages::offset_commit_response::{
            OffsetCommitResponsePartition, OffsetCommitResponseTopic,
        };
        let partition = |partition_index, error_code| OffsetCommitResponsePartition {
            partition_index,
            error_code,
            ..Default::default()
        };
        let topic = OffsetCommitResponseTopic {
            name: "t".into(),
            partitions: vec![partition(0, 0), partition(1, 25)],
            ..Default::default()
        };
        let error = not_altered(&OffsetCommitResponse { topics: vec![topic], ..Default::default() }).unwrap_err();
        assert_eq!(error.to_string(), "Failed altering group offsets for the following partitions: [t-1]");
    }
}
