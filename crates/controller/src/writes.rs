//! Carries out the controller's writes, each fenced by the controller's epoch.
//!
//! Every write is a multi whose first operation checks the version of `/controller_epoch`: a controller that was
//! replaced without noticing writes nothing. Writes that do not depend on each other run at the same time, and the
//! states of a topic's new partitions are created many at a time.

use super::event::{Write, WriteResult};
use rkafka_base::TopicPartition;
use rkafka_registry::controllers::Elected;
use rkafka_registry::{LeaderAndIsr, nodes, paths};
use rkafka_runtime::tasks::watched;
use rkafka_zookeeper_client::{ANY_VERSION, CreateMode, ZkClient, ZkClientError, ZkError, ZkOp, ZkOpResult};
use std::sync::Arc;
use tokio::task::JoinSet;

const TARGET: &str = "kafka.controller.KafkaController";

/// How many partitions come into being in one transaction; keeps it far below `jute.maxbuffer`.
const PARTITIONS_PER_MULTI: usize = 200;
/// How many writes wait for their answers at a time: several times what the client has on the wire.
const AT_ONCE: usize = 64;

/// Why the controller cannot go on.
#[derive(Debug, thiserror::Error)]
pub(super) enum WriteError {
    #[error("another controller has been elected")]
    Fenced,
    #[error(transparent)]
    ZooKeeper(#[from] ZkClientError),
}

type Result<T> = std::result::Result<T, WriteError>;

/// Writes under one epoch.
#[derive(Clone)]
pub(super) struct FencedWriter {
    pub zk: ZkClient,
    pub elected: Elected,
}

/// Writes that are carried out one after the other, with their places in the result.
enum Job {
    CreateStates { topic: Arc<str>, states: Vec<(usize, i32, LeaderAndIsr)> },
    Other(usize, Write),
}

impl FencedWriter {
    /// Carries out all of `writes`; the results come in their order.
    pub async fn execute(&self, writes: &[Write]) -> Result<Vec<WriteResult>> {
        writes.iter().for_each(|write| self.assert_own(write));
        let (mut waiting, mut running) = (jobs(writes).into_iter(), JoinSet::new());
        let mut results = vec![WriteResult::Gone; writes.len()];
        let mut known = 0;
        loop {
            while running.len() < AT_ONCE
                && let Some(job) = waiting.next()
            {
                let writer = self.clone();
                running.spawn(async move {
                    match job {
                        Job::CreateStates { topic, states } => writer.create_states(&topic, states).await,
                        Job::Other(at, write) => Ok(vec![(at, writer.write(write).await?)]),
                    }
                });
            }
            let Some(finished) = running.join_next().await else { break };
            // A panic goes on here, and ends the controller.
            for (at, result) in watched::joined(finished).ok_or(WriteError::ZooKeeper(ZkClientError::Closed))?? {
                if let Some(slot) = results.get_mut(at) {
                    *slot = result;
                    known += 1;
                }
            }
        }
        assert_eq!(known, writes.len(), "every write has come to an end");
        Ok(results)
    }

    /// A state says under which controller it was decided: this one, whose epoch fences the write.
    fn assert_own(&self, write: &Write) {
        if let Write::CreateState { partition, state } | Write::SetState { partition, state, .. } = write {
            let own = self.elected.controller_epoch;
            assert_eq!(state.controller_epoch, own, "{partition}: another controller's {state:?}");
        }
    }

    async fn write(&self, write: Write) -> Result<WriteResult> {
        match write {
            Write::CreateState { partition, state } => self.create_state(&partition, state).await,
            Write::SetState { partition, state, expected_version } => {
                let path = paths::partition_state(&partition.topic, partition.partition);
                self.one(ZkOp::set_data(path, Some(state.encode()), expected_version)).await
            }
            Write::SetAssignment { topic, assignment } => {
                self.one(ZkOp::set_data(paths::topic(&topic), Some(assignment.encode()), ANY_VERSION)).await
            }
            Write::ChangeReplicas { topic, changes } => self.change_replicas(&topic, &changes).await,
            Write::DropReassignmentRequests { partitions } => self.drop_reassignment_requests(&partitions).await,
            Write::DropElectionRequest => self.drop_election_request().await,
            Write::SetProducerIds { block, expected_version } => {
                self.one(ZkOp::set_data(paths::LATEST_PRODUCER_ID_BLOCK, Some(block.encode()), expected_version)).await
            }
            Write::DeleteTopic { topic } => {
                for path in [paths::topic(&topic), paths::topic_config(&topic), paths::delete_topic(&topic)] {
                    self.delete_recursively(&path).await?;
                }
                Ok(WriteResult::Done(0))
            }
            Write::DropDeletionRequest { topic } => {
                self.delete_recursively(&paths::delete_topic(&topic)).await?;
                Ok(WriteResult::Done(0))
            }
        }
    }

    /// The results of `ops`, without that of the fence.
    async fn fenced(&self, mut ops: Vec<ZkOp>) -> Result<Vec<ZkOpResult>> {
        ops.insert(0, ZkOp::check(paths::CONTROLLER_EPOCH, self.elected.epoch_zk_version));
        match self.zk.multi(ops).await {
            Ok(mut results) => {
                results.remove(0);
                Ok(results)
            }
            Err(ZkClientError::Refused { path, .. }) if path == paths::CONTROLLER_EPOCH => Err(WriteError::Fenced),
            Err(error) => Err(error.into()),
        }
    }

    /// Carries out one operation.
    pub(super) async fn one(&self, op: ZkOp) -> Result<WriteResult> {
        result_of_one(self.fenced(vec![op]).await)
    }

    /// Creates the nodes of a topic's new partitions. Where some are there already, each is looked at by itself.
    async fn create_states(
        &self,
        topic: &Arc<str>,
        states: Vec<(usize, i32, LeaderAndIsr)>,
    ) -> Result<Vec<(usize, WriteResult)>> {
        let parent = paths::topic_partitions(topic);
        let mut parent_exists = false;
        let mut results = Vec::with_capacity(states.len());
        for chunk in states.chunks(PARTITIONS_PER_MULTI) {
            let created = loop {
                let mut ops = Vec::with_capacity(2 * chunk.len() + 1);
                if !parent_exists {
                    ops.push(ZkOp::create(parent.as_str(), None, CreateMode::Persistent));
                }
                for (_, number, state) in chunk {
                    let node = paths::partition_state(topic, *number);
                    ops.push(ZkOp::create(paths::partition(topic, *number), None, CreateMode::Persistent));
                    ops.push(ZkOp::create(node, Some(state.encode()), CreateMode::Persistent));
                }
                match self.fenced(ops).await {
                    Ok(_) => break Some(WriteResult::Done(0)),
                    Err(WriteError::ZooKeeper(ZkClientError::Refused { code, path }))
                        if code == ZkError::NODE_EXISTS && path == parent && !parent_exists =>
                    {
                        parent_exists = true;
                    }
                    Err(WriteError::ZooKeeper(error)) if error.is_node_exists() => break None,
                    Err(WriteError::ZooKeeper(error)) if error.is_no_node() => break Some(WriteResult::Gone),
                    Err(error) => return Err(error),
                }
            };
            parent_exists = true;
            for (at, number, state) in chunk {
                let result = match created {
                    Some(result) => result,
                    None => self.create_state(&TopicPartition::new(topic.clone(), *number), state.clone()).await?,
                };
                results.push((*at, result));
            }
        }
        Ok(results)
    }

    async fn create_state(&self, tp: &TopicPartition, state: LeaderAndIsr) -> Result<WriteResult> {
        let node = paths::partition(&tp.topic, tp.partition);
        for path in [paths::topic_partitions(&tp.topic), node] {
            if self.one(ZkOp::create(path, None, CreateMode::Persistent)).await? == WriteResult::Gone {
                return Ok(WriteResult::Gone);
            }
        }
        let path = paths::partition_state(&tp.topic, tp.partition);
        self.one(ZkOp::create(path, Some(state.encode()), CreateMode::Persistent)).await
    }

    /// Deletes a branch in as few transactions as its size allows, children first.
    pub async fn delete_recursively(&self, path: &str) -> Result<()> {
        loop {
            let found = nodes::list_recursively(&self.zk, path).await?;
            let ops: Vec<ZkOp> = found.into_iter().rev().map(|path| ZkOp::delete(path, ANY_VERSION)).collect();
            let mut changed_meanwhile = false;
            for chunk in ops.chunks(2 * PARTITIONS_PER_MULTI) {
                match self.fenced(chunk.to_vec()).await {
                    Ok(_) => {}
                    // Somebody else deletes or creates below the node; look again.
                    Err(WriteError::ZooKeeper(error)) if error.is_no_node() || error.code() == ZkError::NOT_EMPTY => {
                        changed_meanwhile = true;
                        break;
                    }
                    Err(error) => return Err(error),
                }
            }
            if !changed_meanwhile {
                return Ok(());
            }
        }
    }
}

/// What the answer to a single operation says of it. Only what concerns all writes is an error.
fn result_of_one(answer: Result<Vec<ZkOpResult>>) -> Result<WriteResult> {
    let error = match answer {
        Ok(results) => {
            return Ok(WriteResult::Done(match results.first() {
                Some(ZkOpResult::DataSet(stat)) => stat.version,
                _ => 0,
            }));
        }
        Err(WriteError::Fenced) => return Err(WriteError::Fenced),
        Err(WriteError::ZooKeeper(error)) => error,
    };
    match error {
        ZkClientError::RequestTooLarge { size, limit, .. } => {
            log::error!(target: TARGET, "Not written: {error}");
            Ok(WriteResult::TooLarge { size, limit })
        }
        error if error.is_bad_version() || error.is_node_exists() => Ok(WriteResult::Conflict),
        error if error.is_no_node() => Ok(WriteResult::Gone),
        error => Err(error.into()),
    }
}

fn jobs(writes: &[Write]) -> Vec<Job> {
    let mut jobs: Vec<Job> = Vec::new();
    for (at, write) in writes.iter().enumerate() {
        match (write, jobs.last_mut()) {
            (Write::CreateState { partition, state }, Some(Job::CreateStates { topic, states }))
                if *topic == partition.topic =>
            {
                states.push((at, partition.partition, state.clone()));
            }
            (Write::CreateState { partition, state }, _) => jobs.push(Job::CreateStates {
                topic: partition.topic.clone(),
                states: vec![(at, partition.partition, state.clone())],
            }),
            (other, _) => jobs.push(Job::Other(at, other.clone())),
        }
    }
    jobs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_ends_no_term() {
        let (size, limit) = (1 << 21, 1 << 20);
        let too_large = ZkClientError::RequestTooLarge { path: paths::topic("t"), size, limit };
        let result = result_of_one(Err(too_large.into()));
        assert_eq!(result.ok(), Some(WriteResult::TooLarge { size, limit }));
        let refused = |code| Err(ZkClientError::Refused { code, path: paths::topic("t") }.into());
        assert_eq!(result_of_one(refused(ZkError::NO_NODE)).ok(), Some(WriteResult::Gone));
        assert_eq!(result_of_one(refused(ZkError::BAD_VERSION)).ok(), Some(WriteResult::Conflict));
        assert!(result_of_one(Err(ZkClientError::SessionExpired.into())).is_err());
        assert!(matches!(result_of_one(Err(WriteError::Fenced)), Err(WriteError::Fenced)));
    }
}
