//! The controller's writes that change a part of a node and leave the rest as it is: read, change, write if nobody else
//! did meanwhile.

use super::event::WriteResult;
use super::writes::{FencedWriter, WriteError};
use rkafka_base::TopicPartition;
use rkafka_registry::{RegistryError, ReplicaAssignment, admin_requests, encode_reassignments, paths, topics};
use rkafka_zookeeper_client::{ANY_VERSION, Watch, ZkOp};
use std::collections::{BTreeMap, BTreeSet};

const TARGET: &str = "kafka.controller.KafkaController";

type Result<T> = std::result::Result<T, WriteError>;

impl FencedWriter {
    /// Gives the partitions in `changes` other replicas.
    pub(super) async fn change_replicas(
        &self,
        topic: &str,
        changes: &BTreeMap<i32, ReplicaAssignment>,
    ) -> Result<WriteResult> {
        loop {
            let read = match topics::read_assignment_and_version(&self.zk, topic).await {
                Err(error) => return unreadable(error),
                Ok(read) => read,
            };
            let Some((mut assignment, version)) = read else { return Ok(WriteResult::Gone) };
            assignment.partitions.extend(changes.iter().map(|(number, replicas)| (*number, replicas.clone())));
            let path = paths::topic(topic);
            match self.one(ZkOp::set_data(path, Some(assignment.encode()), version)).await? {
                WriteResult::Conflict => {}
                // The connection may have ended for another reason, behind the request.
                too_large @ WriteResult::TooLarge { .. } => {
                    let found = topics::read_assignment_and_version(&self.zk, topic).await;
                    return Ok(match found {
                        Ok(Some((found, version))) if found == assignment => WriteResult::Done(version),
                        _ => too_large,
                    });
                }
                other => return Ok(other),
            }
        }
    }

    /// Takes partitions out of `/admin/reassign_partitions`; the empty node goes.
    pub(super) async fn drop_reassignment_requests(
        &self,
        partitions: &BTreeSet<TopicPartition>,
    ) -> Result<WriteResult> {
        let path = paths::REASSIGN_PARTITIONS;
        loop {
            let read = match admin_requests::reassignments(&self.zk, Watch::No).await {
                Err(error) => return unreadable(error),
                Ok(read) => read,
            };
            let Some((mut requests, version)) = read else { return Ok(WriteResult::Gone) };
            let before = requests.len();
            requests.retain(|tp, _| !partitions.contains(tp));
            let op = match requests.len() {
                0 => ZkOp::delete(path, version),
                left if left == before => return Ok(WriteResult::Done(0)),
                _ => ZkOp::set_data(path, Some(encode_reassignments(&requests)), version),
            };
            match self.one(op).await? {
                WriteResult::Conflict => {}
                other => return Ok(other),
            }
        }
    }

    pub(super) async fn drop_election_request(&self) -> Result<WriteResult> {
        self.one(ZkOp::delete(paths::PREFERRED_REPLICA_ELECTION, ANY_VERSION)).await
    }
}

/// A node that holds something else is left alone.
fn unreadable(error: RegistryError) -> Result<WriteResult> {
    match error {
        RegistryError::ZooKeeper(error) => Err(WriteError::ZooKeeper(error)),
        other => {
            log::error!(target: TARGET, "Not changed: {other}");
            Ok(WriteResult::Gone)
        }
    }
}
