//! One file per API, and the HANDLERS table that finds them.
//!
//! A handler is `pub async fn handle(context: Arc<ItsContext>, request_context: RequestContext, request: XRequest)
//! -> XResponse`. The context is one field of [`Services`]: the narrow group of things that the APIs of one area
//! need. The future may wait as long as the protocol lets it; the connection sends replies in the order of the
//! requests. Everything up to the first `await` that is not ready runs before the connection's next request starts.
//! What ApiVersions advertises is derived from the table, so an API or version enters the table when it works.
//! The request's byte strings share the frame's memory: what a handler keeps beyond the reply it copies.

mod allocate_producer_ids;
mod alter_configs;
mod alter_partition;
mod alter_partition_reassignments;
mod alter_replica_log_dirs;
pub(crate) mod api_versions;
mod controlled_shutdown;
mod create_partitions;
mod create_topics;
mod delete_groups;
mod delete_records;
mod delete_topics;
mod describe_cluster;
mod describe_configs;
mod describe_groups;
mod describe_log_dirs;
mod each_resource;
mod elect_leaders;
mod fetch;
mod find_coordinator;
mod heartbeat;
mod incremental_alter_configs;
mod init_producer_id;
mod join_group;
mod leader_and_isr;
mod leave_group;
mod list_groups;
mod list_offsets;
mod list_partition_reassignments;
mod metadata;
mod new_leaders;
mod offset_commit;
mod offset_delete;
mod offset_fetch;
mod offset_for_leader_epoch;
mod produce;
mod stop_replica;
mod sync_group;
mod update_metadata;

use crate::{
    request::{ReplyFuture, RequestContext, start},
    services::Services,
};
use rkafka_base::TopicPartition;
use rkafka_protocol::{ApiKey, Reader, WireError};
use std::{collections::BTreeMap, sync::Arc};

/// One row: an API, the versions served (and advertised), and the function that starts a request.
pub struct Handler {
    pub key: ApiKey,
    pub min: i16,
    pub max: i16,
    pub start: fn(&Arc<Services>, RequestContext, Reader) -> Result<ReplyFuture, WireError>,
}

/// `Api min..=max => field of Services, handler`.
macro_rules! handlers {
    ($($api:ident $min:literal ..= $max:literal => $context:ident, $handle:path;)*) => {
        &[$(Handler {
            key: ApiKey::$api,
            min: $min,
            max: $max,
            start: |services, request, reader| start(Arc::clone(&services.$context), request, reader, $handle),
        }),*]
    };
}

/// Every API that this broker serves, in the order of their keys.
pub static HANDLERS: &[Handler] = handlers! {
    Produce 0..=11 => data, produce::handle;
    Fetch 0..=17 => data, fetch::handle;
    ListOffsets 0..=9 => data, list_offsets::handle;
    Metadata 0..=12 => data, metadata::handle;
    LeaderAndIsr 0..=7 => controller_requests, leader_and_isr::handle;
    StopReplica 0..=4 => controller_requests, stop_replica::handle;
    UpdateMetadata 0..=8 => controller_requests, update_metadata::handle;
    ControlledShutdown 0..=3 => admin, controlled_shutdown::handle;
    OffsetCommit 0..=9 => groups, offset_commit::handle;
    OffsetFetch 0..=9 => groups, offset_fetch::handle;
    FindCoordinator 0..=6 => admin, find_coordinator::handle;
    JoinGroup 0..=9 => groups, join_group::handle;
    Heartbeat 0..=4 => groups, heartbeat::handle;
    LeaveGroup 0..=5 => groups, leave_group::handle;
    SyncGroup 0..=5 => groups, sync_group::handle;
    DescribeGroups 0..=5 => groups, describe_groups::handle;
    ListGroups 0..=5 => groups, list_groups::handle;
    ApiVersions 0..=4 => metadata, api_versions::handle;
    CreateTopics 0..=7 => admin, create_topics::handle;
    DeleteTopics 0..=6 => admin, delete_topics::handle;
    DeleteRecords 0..=2 => data, delete_records::handle;
    InitProducerId 0..=5 => admin, init_producer_id::handle;
    OffsetForLeaderEpoch 0..=4 => data, offset_for_leader_epoch::handle;
    DescribeConfigs 0..=4 => admin, describe_configs::handle;
    AlterConfigs 0..=2 => admin, alter_configs::handle;
    AlterReplicaLogDirs 0..=2 => controller_requests, alter_replica_log_dirs::handle;
    DescribeLogDirs 0..=4 => data, describe_log_dirs::handle;
    CreatePartitions 0..=3 => admin, create_partitions::handle;
    DeleteGroups 0..=2 => groups, delete_groups::handle;
    ElectLeaders 0..=2 => admin, elect_leaders::handle;
    IncrementalAlterConfigs 0..=1 => admin, incremental_alter_configs::handle;
    AlterPartitionReassignments 0..=0 => admin, alter_partition_reassignments::handle;
    ListPartitionReassignments 0..=0 => admin, list_partition_reassignments::handle;
    OffsetDelete 0..=0 => groups, offset_delete::handle;
    AlterPartition 0..=3 => admin, alter_partition::handle;
    DescribeCluster 0..=1 => admin, describe_cluster::handle;
    AllocateProducerIds 0..=0 => admin, allocate_producer_ids::handle;
};

/// After so many entries of a request its handler lets other tasks have their turn.
const ENTRIES_PER_TURN: usize = 32;

/// Lets other tasks have their turn if entry number `n` of a request is the last of a turn. For loops that may compute
/// on without ever waiting, over lists as long as clients like.
async fn give_way(n: usize) {
    if n % ENTRIES_PER_TURN == ENTRIES_PER_TURN - 1 {
        tokio::task::yield_now().await;
    }
}

/// Groups what belongs to partitions by topic, in the order of the topics' names and the partitions' numbers.
fn by_topic<T>(entries: impl IntoIterator<Item = (TopicPartition, T)>) -> BTreeMap<Arc<str>, Vec<(i32, T)>> {
    let mut topics: BTreeMap<Arc<str>, Vec<(i32, T)>> = BTreeMap::new();
    for (tp, entry) in entries {
        topics.entry(tp.topic).or_default().push((tp.partition, entry));
    }
    for partitions in topics.values_mut() {
        partitions.sort_by_key(|(number, _)| *number);
    }
    topics
}

/// The row of an API.
pub fn find(api: ApiKey) -> Option<&'static Handler> {
    HANDLERS.binary_search_by_key(&(api as i16), |h| h.key as i16).ok().and_then(|i| HANDLERS.get(i))
}

#[cfg(test)]
mod admin_tests;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_within_what_kafka_3_9_advertises() {
        assert!(HANDLERS.windows(2).all(|w| (w[0].key as i16) < (w[1].key as i16)));
        for handler in HANDLERS {
            let kafka = handler.key.facts().in_3_9.expect("an API of 3.9");
            assert!(kafka.min <= handler.min && handler.max <= kafka.max, "{:?}", handler.key);
        }
    }
}
