//! After an unclean stop the broker waits to be missed before it is registered again:
//! [`rkafka_replication::unclean_start`] says why.

use super::registration::Registration;
use crate::start::LOG;
use rkafka_base::TopicPartition;
use rkafka_registry::{RegistryError, brokers, partition_states, together::all, topics};
use rkafka_replication::unclean_start::must_be_dropped;
use rkafka_zookeeper_client::{Watch, ZkClient};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

/// How often the state is looked at: at first, and after a while.
const LOOK_AGAIN: [Duration; 2] = [Duration::from_millis(10), Duration::from_millis(200)];
/// How long the wait may last beyond the session timeout, within which a dead controller is replaced.
const PATIENCE: Duration = Duration::from_secs(12);
/// How many partitions a warning names.
const MAX_NAMED: usize = 10;

impl Registration {
    /// Returns once no partition counts on this broker that another live broker could lead. Its own earlier registration
    /// is removed, so that the controller misses it.
    pub(crate) async fn step_aside(&self, zk: &ZkClient, session_timeout: Duration) -> Result<(), RegistryError> {
        let began = Instant::now();
        self.leave(zk).await?;
        let mut counting = self.counted_on(zk).await?;
        let mut told = false;
        while !counting.is_empty() {
            if began.elapsed() > session_timeout + PATIENCE {
                log::warn!(target: LOG, "The controller has not taken broker {} out of the in-sync replicas of {} within {} s; \
                    the broker, which was not stopped in order, is registered all the same, and records that it has lost may \
                    be lost for good", self.id, names(&counting), began.elapsed().as_secs());
                return Ok(());
            }
            if !std::mem::replace(&mut told, true) {
                log::info!(target: LOG, "Broker {} was not stopped in order and may have lost records: it waits until it is no \
                    longer counted in sync for {}", self.id, names(&counting));
            }
            let pause = LOOK_AGAIN[usize::from(began.elapsed() > LOOK_AGAIN[1] * 5)];
            tokio::time::sleep(pause).await;
            counting = self.still_counted_on(zk, counting).await?;
        }
        Ok(())
    }

    /// The partitions that must do without this broker first. With nobody else alive there are none, and nothing is read.
    async fn counted_on(&self, zk: &ZkClient) -> Result<Vec<TopicPartition>, RegistryError> {
        if self.others(zk).await?.is_empty() {
            return Ok(Vec::new());
        }
        let deleted: BTreeSet<String> = topics::pending_deletions(zk, Watch::No).await?.into_iter().collect();
        let names = topics::names(zk, Watch::No).await?.into_iter().filter(|name| !deleted.contains(name));
        let reads = names.map(|name| {
            let zk = zk.clone();
            async move {
                let assignment = topics::read_assignment(&zk, &name, Watch::No).await;
                Ok((name, passed_over(assignment)?))
            }
        });
        let mut own = Vec::new();
        for (name, assignment) in all(reads).await? {
            let partitions = assignment.map(|assignment| assignment.partitions).unwrap_or_default();
            let here = partitions.iter().filter(|(_, assigned)| assigned.replicas.contains(&self.id.0));
            own.extend(here.map(|(number, _)| TopicPartition::new(name.as_str(), *number)));
        }
        self.still_counted_on(zk, own).await
    }

    async fn still_counted_on(
        &self,
        zk: &ZkClient,
        partitions: Vec<TopicPartition>,
    ) -> Result<Vec<TopicPartition>, RegistryError> {
        let live = self.others(zk).await?;
        let reads = partitions.into_iter().map(|partition| {
            let zk = zk.clone();
            async move {
                let state = partition_states::read(&zk, &partition.topic, partition.partition).await;
                Ok((partition, passed_over(state)?))
            }
        });
        let counts = |isr: &[i32]| must_be_dropped(self.id.0, isr, &live);
        let states = all(reads).await?.into_iter();
        let counting = states.filter(|(_, state)| state.as_ref().is_some_and(|(state, _)| counts(&state.isr)));
        Ok(counting.map(|(partition, _)| partition).collect())
    }

    async fn others(&self, zk: &ZkClient) -> Result<BTreeSet<i32>, RegistryError> {
        Ok(brokers::ids(zk, Watch::No).await?.into_iter().filter(|id| *id != self.id.0).collect())
    }
}

/// A node that holds what nobody can read counts as none; the controller reports it.
fn passed_over<T>(read: Result<Option<T>, RegistryError>) -> Result<Option<T>, RegistryError> {
    match read {
        Err(RegistryError::Payload { .. }) => Ok(None),
        other => other,
    }
}

fn names(partitions: &[TopicPartition]) -> String {
    let named: Vec<String> = partitions.iter().take(MAX_NAMED).map(TopicPartition::to_string).collect();
    let more = partitions.len().saturating_sub(MAX_NAMED);
    if more == 0 { named.join(", ") } else { format!("{} and {more} more", named.join(", ")) }
}
