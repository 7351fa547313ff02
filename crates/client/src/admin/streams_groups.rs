//! Streams groups (KIP-1071): what a group is made of, and its topology (KIP-1331). Their offsets are those of consumer
//! groups.

use super::{Admin, ItemResult, item};
use crate::{ClientError, CoordinatorKind};
use rkafka_protocol::{
    ApiKey, ErrorCode,
    messages::{StreamsGroupDescribeRequest, streams_group_describe_response as described},
};

/// The tasks that a member has, by subtopology, and the description that a client has stored of its topology.
pub use described::{Assignment, Subtopology, TaskIds, TopologyDescription, TopologyDescriptionNode};

/// The first version that can carry the description of a topology.
const TOPOLOGY_DESCRIPTION_SINCE: i16 = 1;

/// A streams group as its coordinator knows it (`StreamsGroupDescription`).
#[derive(Clone, Debug, PartialEq)]
pub struct StreamsGroup {
    pub group_id: String,
    pub state: String,
    /// The coordinator's id and its address, `host:port`.
    pub coordinator: (i32, String),
    pub group_epoch: i32,
    /// The epoch of the assignment that members are being moved to.
    pub assignment_epoch: i32,
    pub topology_epoch: i32,
    pub subtopologies: Vec<Subtopology>,
    pub members: Vec<StreamsGroupMember>,
    /// `None` if the broker is too old to say.
    pub assignor: Option<String>,
    pub topology: StoredTopology,
}

/// One member of a streams group.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamsGroupMember {
    pub member_id: String,
    pub epoch: i32,
    pub process_id: String,
    pub client_id: String,
    /// Whether it still speaks the classic protocol.
    pub is_classic: bool,
    pub assignment: Assignment,
    /// What it is to have in the end.
    pub target: Assignment,
}

/// Whether there is a description of the topology (`StreamsGroupTopologyDescriptionStatus`).
#[derive(Clone, Debug, PartialEq)]
pub enum StoredTopology {
    /// Nobody asked for it, or the broker has none to give.
    NotRequested,
    NotStored,
    Available(Box<TopologyDescription>),
    /// The broker failed to get it.
    Failed,
}

impl Admin {
    /// One streams group, with the description of its topology if that is asked for.
    ///
    /// Errors: GROUP_ID_NOT_FOUND, also for a group of another type; a broker without streams groups, or too old for
    /// topologies.
    pub async fn describe_streams_group(&self, group: &str, with_topology: bool) -> ItemResult<StreamsGroup> {
        let request = StreamsGroupDescribeRequest {
            group_ids: vec![group.to_owned()],
            include_topology_description: with_topology,
            ..Default::default()
        };
        let attempt = || async {
            let (id, connection) = self.cluster.coordinator(CoordinatorKind::Group, group).await?;
            let version = connection.versions().choose(ApiKey::StreamsGroupDescribe)?;
            if with_topology && version < TOPOLOGY_DESCRIPTION_SINCE {
                let text = format!(
                    "The broker does not store descriptions of topologies: StreamsGroupDescribe version \
                     {TOPOLOGY_DESCRIPTION_SINCE} is needed"
                );
                return Err(ClientError::UnsupportedVersion(text));
            }
            let response = connection.call_at(&request, version).await?;
            let found = response.groups.into_iter().next().ok_or_else(not_answered)?;
            let message = found.error_message.clone();
            let coordinator = (id, connection.address().to_owned());
            streams_group(item(found.error_code, message.as_deref(), found)?, coordinator)
        };
        self.cluster.retrying("describeStreamsGroups", self.deadline(), attempt).await
    }
}

fn streams_group(group: described::DescribedGroup, coordinator: (i32, String)) -> Result<StreamsGroup, ClientError> {
    let Some(topology) = group.topology else {
        return Err(ClientError::State("Topology information is missing".to_owned()));
    };
    let member = |m: described::Member| StreamsGroupMember {
        member_id: m.member_id,
        epoch: m.member_epoch,
        process_id: m.process_id,
        client_id: m.client_id,
        is_classic: m.is_classic,
        assignment: m.assignment,
        target: m.target_assignment,
    };
    Ok(StreamsGroup {
        group_id: group.group_id,
        state: group.group_state,
        coordinator,
        group_epoch: group.group_epoch,
        assignment_epoch: group.assignment_epoch,
        topology_epoch: topology.epoch,
        subtopologies: topology.subtopologies.unwrap_or_default(),
        members: group.members.into_iter().map(member).collect(),
        assignor: group.assignor_name,
        topology: stored(group.topology_description_status, group.topology_description)?,
    })
}

fn stored(status: i8, description: Option<TopologyDescription>) -> Result<StoredTopology, ClientError> {
    match (status, description) {
        (0, _) => Ok(StoredTopology::NotRequested),
        (1, _) => Ok(StoredTopology::NotStored),
        (2, _) => Ok(StoredTopology::Failed),
        (3, Some(description)) => Ok(StoredTopology::Available(Box::new(description))),
        (3, None) => Err(ClientError::State("Topology description is missing despite status AVAILABLE".to_owned())),
        (other, _) => Err(ClientError::State(format!("Unknown topology description status {other}"))),
    }
}

fn not_answered() -> ClientError {
    ClientError::broker(ErrorCode::UNKNOWN_SERVER_ERROR, Some("The coordinator did not answer for this group"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topology_is_stored_or_not() {
        assert_eq!(stored(1, None), Ok(StoredTopology::NotStored));
        assert!(matches!(stored(3, Some(TopologyDescription::default())), Ok(StoredTopology::Available(_))));
        assert!(stored(3, None).is_err() && stored(9, None).is_err());
    }

    #[test]
    fn a_group_without_a_topology_is_refused() {
        let at = (1, "h:9092".to_owned());
        assert!(streams_group(described::DescribedGroup::default(), at.clone()).is_err());
        let group = described::DescribedGroup { topology: Some(described::Topology::default()), ..Default::default() };
        assert_eq!(streams_group(group, at).unwrap().topology, StoredTopology::NotRequested);
    }
}
