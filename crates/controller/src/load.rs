//! Reads from ZooKeeper what the controller must know, and sets the watches that tell of changes.
//!
//! A topic whose node cannot be read is left out with an error in the log: it must not keep the others from working.

use super::asked::Targets;
use super::cluster::Leadership;
use super::event::{Loaded, TopicSeen};
use rkafka_base::TopicPartition;
use rkafka_registry::brokers::{self, LiveBroker};
use rkafka_registry::{RegistryError, admin_requests, partition_states, paths, together::all, topics};
use rkafka_runtime::random;
use rkafka_zookeeper_client::{Watch, ZkClient};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const TARGET: &str = "kafka.controller.KafkaController";

/// Everything a newly elected controller needs.
pub(super) async fn everything(zk: &ZkClient) -> Result<Loaded, RegistryError> {
    let brokers = live_brokers(zk).await?;
    let names = topics::names(zk, Watch::Yes).await?.into_iter().map(Arc::from).collect();
    let topics = topics(zk, &names).await?;
    let partitions = topics
        .iter()
        .flat_map(|topic| topic.assignment.partitions.keys().map(|n| TopicPartition::new(topic.name.clone(), *n)));
    let states = states(zk, partitions.collect()).await?;
    let states = states.into_iter().filter_map(|(tp, state)| Some((tp, state?))).collect();
    let deletions = topics::pending_deletions(zk, Watch::Yes).await?.into_iter().map(Arc::from).collect();
    let reassignments = reassignment_requests(zk).await?;
    let preferred_elections = election_requests(zk).await?;
    let suspects = Vec::new();
    Ok(Loaded { brokers, topics, states, deletions, reassignments, preferred_elections, suspects })
}

/// What `/admin/reassign_partitions` asks for. Watches it.
pub(super) async fn reassignment_requests(zk: &ZkClient) -> Result<Targets, RegistryError> {
    let found = readable(admin_requests::reassignments(zk, Watch::Yes).await)?;
    let wanted = found.map(|(wanted, _)| wanted).unwrap_or_default();
    Ok(wanted.into_iter().map(|(tp, replicas)| (tp, Some(replicas))).collect())
}

/// What `/admin/preferred_replica_election` asks for, if it is there. Watches it.
pub(super) async fn election_requests(zk: &ZkClient) -> Result<Option<Vec<TopicPartition>>, RegistryError> {
    readable(admin_requests::preferred_elections(zk, Watch::Yes).await)
}

/// A request that cannot be read is as good as none.
fn readable<T>(read: Result<Option<T>, RegistryError>) -> Result<Option<T>, RegistryError> {
    match read {
        Err(error @ RegistryError::Payload { .. }) => {
            log::error!(target: TARGET, "A request is passed over: {error}");
            Ok(None)
        }
        other => other,
    }
}

/// The live brokers. Watches for others to come, and for changes of each.
pub(super) async fn live_brokers(zk: &ZkClient) -> Result<Vec<LiveBroker>, RegistryError> {
    let ids = brokers::ids(zk, Watch::Yes).await?;
    let reads = ids.into_iter().map(|id| {
        let zk = zk.clone();
        async move { live_broker(&zk, id).await }
    });
    Ok(all(reads).await?.into_iter().flatten().collect())
}

/// One broker, if it lives. Watches it.
pub(super) async fn live_broker(zk: &ZkClient, id: i32) -> Result<Option<LiveBroker>, RegistryError> {
    if zk.exists(&paths::broker_id(id), Watch::Yes).await?.is_none() {
        return Ok(None);
    }
    match brokers::read(zk, id).await {
        Err(error @ RegistryError::Payload { .. }) => {
            log::error!(target: TARGET, "Broker {id} is passed over: {error}");
            Ok(None)
        }
        other => other,
    }
}

/// The assignments of `names`. Watches each.
pub(super) async fn topics(zk: &ZkClient, names: &BTreeSet<Arc<str>>) -> Result<Vec<TopicSeen>, RegistryError> {
    let reads = names.iter().map(|name| {
        let (zk, name) = (zk.clone(), name.clone());
        async move { topic(&zk, name).await }
    });
    Ok(all(reads).await?.into_iter().flatten().collect())
}

/// One topic's assignment, if it can be read. Watches it.
pub(super) async fn topic(zk: &ZkClient, name: Arc<str>) -> Result<Option<TopicSeen>, RegistryError> {
    match topics::read_assignment(zk, &name, Watch::Yes).await {
        Ok(assignment) => Ok(assignment.map(|assignment| TopicSeen { name, assignment, fresh_id: random::uuid() })),
        Err(error @ RegistryError::Payload { .. }) => {
            log::error!(target: TARGET, "Topic {name} is passed over: {error}");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// The state of each partition; `None` for one that never had a leader.
pub(super) async fn states(
    zk: &ZkClient,
    partitions: Vec<TopicPartition>,
) -> Result<Vec<(TopicPartition, Option<Leadership>)>, RegistryError> {
    let reads = partitions.into_iter().map(|tp| {
        let zk = zk.clone();
        async move {
            let read = partition_states::read(&zk, &tp.topic, tp.partition).await?;
            Ok((tp, read.map(|(state, zk_version)| Leadership { state, zk_version })))
        }
    });
    all(reads).await
}

/// The topics that prefer a leader with lost records to none, by their own setting or the broker's.
pub(super) async fn unclean_topics(
    zk: &ZkClient,
    topics: BTreeSet<Arc<str>>,
    default: bool,
) -> Result<BTreeSet<Arc<str>>, RegistryError> {
    let mut unclean = BTreeSet::new();
    for topic in topics {
        let config = rkafka_registry::configs::read(zk, &format!("topics/{topic}")).await?;
        let own = config.get("unclean.leader.election.enable").map(|value| value.eq_ignore_ascii_case("true"));
        if own.unwrap_or(default) {
            unclean.insert(topic);
        }
    }
    Ok(unclean)
}

/// Finds what brokers of older releases leave in the notification directories; a new controller reads everything
/// anyhow. Watches for more.
pub(super) async fn stale_notifications(zk: &ZkClient) -> Result<Vec<String>, RegistryError> {
    let mut found = BTreeMap::new();
    for directory in [paths::LOG_DIR_EVENT_NOTIFICATION, paths::ISR_CHANGE_NOTIFICATION] {
        match zk.get_children(directory, Watch::Yes).await {
            Ok((names, _)) => {
                found.extend(names.into_iter().map(|name| (format!("{directory}/{name}"), ())));
            }
            Err(error) if error.is_no_node() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(found.into_keys().collect())
}
