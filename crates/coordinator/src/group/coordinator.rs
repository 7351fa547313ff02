//! The group coordinator as the broker sees it: one async method per API, with the checks that need no group.

use super::{
    GroupConfig, GroupReply, GroupRequest, GroupShard,
    load::GroupLoader,
    offset_commit,
    request::{Client, Join},
    state::Phase,
    turn::{join_error, sync_error},
};
use crate::{
    OffsetsLog, partition_for,
    runtime::{Runtime, RuntimeConfig},
};
use rkafka_base::{OFFSETS_TOPIC, TopicPartition};
use rkafka_protocol::{
    ErrorCode,
    messages::{
        HeartbeatRequest, JoinGroupRequest, JoinGroupResponse, LeaveGroupRequest, LeaveGroupResponse,
        OffsetCommitRequest, OffsetCommitResponse, OffsetDeleteRequest, OffsetDeleteResponse, SyncGroupRequest,
        SyncGroupResponse, describe_groups_response::DescribedGroup, list_groups_response::ListedGroup,
        offset_fetch_request::OffsetFetchRequestGroup, offset_fetch_response::OffsetFetchResponseGroup,
    },
    record::Codec,
};
use rkafka_runtime::{clock::Clock, random};
use std::{
    sync::{
        Arc,
        atomic::{AtomicI32, Ordering},
    },
    time::Duration,
};

/// Coordinates the groups of the partitions of `__consumer_offsets` that this broker leads.
pub struct GroupCoordinator {
    runtime: Arc<Runtime<GroupShard>>,
    config: Arc<GroupConfig>,
    /// How many partitions the topic has, or will have when it is created.
    partitions: AtomicI32,
}

/// The reply, which `$reply` matches. If the coordinator has stopped meanwhile, `$stopped`.
macro_rules! ask {
    ($self:ident, $group:expr, $request:expr, $reply:path, $stopped:expr) => {
        match $self.runtime.request($self.partition_for($group), $request).await {
            Some($reply(response)) => response,
            _ => $stopped,
        }
    };
}

const STOPPED: ErrorCode = ErrorCode::COORDINATOR_NOT_AVAILABLE;

impl GroupCoordinator {
    /// Starts without partitions; `partitions` is how many the topic has or will have. Must be called within a tokio
    /// runtime.
    pub fn start(
        config: GroupConfig,
        partitions: i32,
        log: Arc<dyn OffsetsLog>,
        clock: Arc<dyn Clock>,
    ) -> GroupCoordinator {
        let runtime = RuntimeConfig {
            topic: OFFSETS_TOPIC,
            commit_timeout: Duration::from_millis(u64::try_from(config.commit_timeout_ms).unwrap_or_default()),
            load_buffer: config.load_buffer_size,
            codec: Codec::from_id(config.compression).unwrap_or(Codec::None),
        };
        let partitions = AtomicI32::new(partitions);
        GroupCoordinator { runtime: Runtime::start(runtime, log, clock), config: Arc::new(config), partitions }
    }

    /// The partition of `__consumer_offsets` that `group` belongs to.
    pub fn partition_for(&self, group: &str) -> i32 {
        partition_for(group, self.partitions.load(Ordering::Relaxed))
    }

    /// The topic turns out to have this many partitions. Takes effect on groups that are asked for from now on.
    pub fn set_partitions(&self, partitions: i32) {
        self.partitions.store(partitions, Ordering::Relaxed);
    }

    /// Whether a commit's metadata is longer than `offset.metadata.max.bytes`.
    pub fn is_metadata_too_long(&self, metadata: &str) -> bool {
        offset_commit::too_long(metadata, self.config.metadata_max)
    }

    /// This broker leads this partition of `__consumer_offsets` since `leader_epoch`: loads its groups.
    pub fn elected(&self, partition: i32, leader_epoch: i32) {
        log::info!(
            target: "kafka.coordinator.group.GroupCoordinator",
            "Elected as the group coordinator for partition {partition} in epoch {leader_epoch}",
        );
        self.runtime.elected(partition, leader_epoch, GroupLoader::new(partition, Arc::clone(&self.config)));
    }

    /// This broker leads this partition no more, as of `leader_epoch` if it is known: forgets its groups.
    pub fn resigned(&self, partition: i32, leader_epoch: Option<i32>) {
        log::info!(
            target: "kafka.coordinator.group.GroupCoordinator",
            "Resigned as the group coordinator for partition {partition} in epoch {leader_epoch:?}",
        );
        self.runtime.resigned(partition, leader_epoch);
    }

    /// Answers everybody who waits and serves nothing any more.
    pub fn shutdown(&self) {
        self.runtime.shutdown();
    }

    /// JoinGroup in version `version`, from `client`. Waits until the rebalance has gathered its members.
    pub async fn join_group(&self, request: JoinGroupRequest, version: i16, client: Client) -> JoinGroupResponse {
        let group = request.group_id.clone();
        let join = Join {
            client,
            fresh_id: fresh_id(),
            require_known_member: version >= 4 && request.group_instance_id.is_none(),
            can_skip_assignment: version >= 9,
            request,
        };
        if group.is_empty() {
            return join_error(&join.request.member_id, ErrorCode::INVALID_GROUP_ID);
        }
        ask!(self, &group, GroupRequest::Join(join), GroupReply::Join, join_error("", STOPPED))
    }

    /// SyncGroup. Waits for the leader's assignment.
    pub async fn sync_group(&self, request: SyncGroupRequest) -> SyncGroupResponse {
        let group = request.group_id.clone();
        if group.is_empty() {
            return sync_error(ErrorCode::INVALID_GROUP_ID);
        }
        ask!(self, &group, GroupRequest::Sync(request), GroupReply::Sync, sync_error(STOPPED))
    }

    /// Heartbeat; its error code.
    pub async fn heartbeat(&self, request: HeartbeatRequest) -> i16 {
        let group = request.group_id.clone();
        if group.is_empty() {
            return ErrorCode::INVALID_GROUP_ID.0;
        }
        ask!(self, &group, GroupRequest::Heartbeat(request), GroupReply::Heartbeat, STOPPED.0)
    }

    /// LeaveGroup of the members that the request lists.
    pub async fn leave_group(&self, request: LeaveGroupRequest) -> LeaveGroupResponse {
        let group = request.group_id.clone();
        if group.is_empty() {
            return LeaveGroupResponse { error_code: ErrorCode::INVALID_GROUP_ID.0, ..LeaveGroupResponse::default() };
        }
        ask!(
            self,
            &group,
            GroupRequest::Leave(request),
            GroupReply::Leave,
            LeaveGroupResponse { error_code: STOPPED.0, ..LeaveGroupResponse::default() }
        )
    }

    /// OffsetCommit. Waits until the offsets are committed to the log.
    pub async fn commit_offsets(&self, request: OffsetCommitRequest) -> OffsetCommitResponse {
        let group = request.group_id.clone();
        // One without partitions would be read as if all were committed.
        let stopped = offset_commit::answer(&request, STOPPED);
        ask!(self, &group, GroupRequest::CommitOffsets(request), GroupReply::CommitOffsets, stopped)
    }

    /// OffsetFetch of one group; no topics means all.
    pub async fn fetch_offsets(
        &self,
        request: OffsetFetchRequestGroup,
        require_stable: bool,
    ) -> OffsetFetchResponseGroup {
        let group = request.group_id.clone();
        ask!(
            self,
            &group,
            GroupRequest::FetchOffsets { request, require_stable },
            GroupReply::FetchOffsets,
            OffsetFetchResponseGroup { error_code: STOPPED.0, ..OffsetFetchResponseGroup::default() }
        )
    }

    /// DescribeGroups of one group.
    pub async fn describe_group(&self, group: String) -> DescribedGroup {
        ask!(
            self,
            &group,
            GroupRequest::Describe(group.clone()),
            GroupReply::Describe,
            DescribedGroup { error_code: STOPPED.0, ..DescribedGroup::default() }
        )
    }

    /// ListGroups: the groups in one of `states` and of one of `types`, empty lists meaning any; and an error code if the
    /// list may be incomplete because groups are being loaded.
    pub async fn list_groups(&self, states: &[String], types: &[String]) -> (i16, Vec<ListedGroup>) {
        let code = if self.runtime.is_loading() { ErrorCode::COORDINATOR_LOAD_IN_PROGRESS } else { ErrorCode::NONE };
        if !types.is_empty() && !types.iter().any(|t| t.eq_ignore_ascii_case("classic")) {
            return (code.0, Vec::new());
        }
        // A request may name states without end; every group is compared with those that there are.
        let asked_for = |phase: &Phase| states.iter().any(|s| s.eq_ignore_ascii_case(phase.name()));
        let known: Vec<String> =
            Phase::ALL.into_iter().filter(asked_for).map(|phase| phase.name().to_owned()).collect();
        if known.is_empty() && !states.is_empty() {
            return (code.0, Vec::new());
        }
        let mut groups = Vec::new();
        for partition in self.runtime.partitions() {
            let request = GroupRequest::List(known.clone());
            if let Some(GroupReply::List(_, listed)) = self.runtime.request(partition, request).await {
                groups.extend(listed);
            }
        }
        (code.0, groups)
    }

    /// DeleteGroups of one group; its error code.
    pub async fn delete_group(&self, group: String) -> i16 {
        ask!(self, &group, GroupRequest::Delete(group.clone()), GroupReply::Delete, STOPPED.0)
    }

    /// OffsetDelete.
    pub async fn delete_offsets(&self, request: OffsetDeleteRequest) -> OffsetDeleteResponse {
        let group = request.group_id.clone();
        if group.is_empty() {
            return OffsetDeleteResponse {
                error_code: ErrorCode::INVALID_GROUP_ID.0,
                ..OffsetDeleteResponse::default()
            };
        }
        ask!(
            self,
            &group,
            GroupRequest::DeleteOffsets(request),
            GroupReply::DeleteOffsets,
            OffsetDeleteResponse { error_code: STOPPED.0, ..OffsetDeleteResponse::default() }
        )
    }

    /// These partitions have been deleted: their offsets go from every group here.
    pub async fn partitions_deleted(&self, gone: Vec<TopicPartition>) {
        let gone: Arc<[TopicPartition]> = gone.into();
        for partition in self.runtime.partitions() {
            self.runtime.request(partition, GroupRequest::ForgetPartitions(Arc::clone(&gone))).await;
        }
    }
}

/// A random UUID (version 4) in its usual text form.
fn fresh_id() -> String {
    let mut bytes = [0; 16];
    random::fill(&mut bytes);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = format!("{:032x}", u128::from_be_bytes(bytes));
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
