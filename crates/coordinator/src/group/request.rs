//! Pure: the requests that a group shard takes and the replies that it gives, as the wire's own messages where one
//! fits. A reply is what the newest version carries; the API's handler bends it to older ones.

use rkafka_base::TopicPartition;
use rkafka_protocol::messages::{
    HeartbeatRequest, JoinGroupRequest, JoinGroupResponse, LeaveGroupRequest, LeaveGroupResponse, OffsetCommitRequest,
    OffsetCommitResponse, OffsetDeleteRequest, OffsetDeleteResponse, SyncGroupRequest, SyncGroupResponse,
    describe_groups_response::DescribedGroup, list_groups_response::ListedGroup,
    offset_fetch_request::OffsetFetchRequestGroup, offset_fetch_response::OffsetFetchResponseGroup,
};
use std::sync::Arc;

/// Who sent a JoinGroup.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// The request header's client id.
    pub id: String,
    /// The address as Java prints it: `/127.0.0.1`.
    pub host: String,
}

/// A JoinGroup and what its handler knows besides.
#[derive(Clone, Debug, Default)]
pub struct Join {
    pub request: JoinGroupRequest,
    pub client: Client,
    /// A random part for a new member's id, in the text form of a UUID.
    pub fresh_id: String,
    /// From version 4 on, a dynamic member without an id gets one and has to come again with it (KIP-394).
    pub require_known_member: bool,
    /// From version 9 on, a returning static leader may be told not to assign again (KIP-814).
    pub can_skip_assignment: bool,
}

/// Everything that can be asked of the groups of one partition.
#[derive(Clone, Debug)]
pub enum GroupRequest {
    Join(Join),
    Sync(SyncGroupRequest),
    Heartbeat(HeartbeatRequest),
    Leave(LeaveGroupRequest),
    CommitOffsets(OffsetCommitRequest),
    /// One group's offsets; no topics means all.
    FetchOffsets {
        request: OffsetFetchRequestGroup,
        require_stable: bool,
    },
    Describe(String),
    /// The groups in these states (in lower case); none means all.
    List(Vec<String>),
    Delete(String),
    DeleteOffsets(OffsetDeleteRequest),
    /// These partitions are gone, and so are their offsets in every group.
    ForgetPartitions(Arc<[TopicPartition]>),
}

/// The answers, one variant per request.
#[derive(Clone, Debug, PartialEq)]
pub enum GroupReply {
    Join(JoinGroupResponse),
    Sync(SyncGroupResponse),
    Heartbeat(i16),
    Leave(LeaveGroupResponse),
    CommitOffsets(OffsetCommitResponse),
    FetchOffsets(OffsetFetchResponseGroup),
    Describe(DescribedGroup),
    List(i16, Vec<ListedGroup>),
    Delete(i16),
    DeleteOffsets(OffsetDeleteResponse),
    ForgetPartitions,
}
