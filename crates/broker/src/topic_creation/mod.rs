//! Making topics and partitions: checks, replica assignment, znodes (`ZkAdminManager`, `AutoTopicCreationManager`).
//!
//! The znodes are all it takes; whoever is the controller does the rest. CreateTopics is served by the controller, but
//! a topic that is created because somebody asks for it is written by the broker that was asked.

pub mod allowance;
pub mod replica_assignment;
mod requested;
pub mod topic_name;

pub use allowance::Allowance;
pub use requested::NewTopic;

use crate::{
    api_error::ApiError,
    dynamic_config::DynamicConfig,
    metadata_cache::{MetadataCache, MetadataSnapshot},
    to_the_end::change,
};
use replica_assignment::{Candidate, Start};
use rkafka_base::{OFFSETS_TOPIC, TRANSACTION_TOPIC, Uuid};
use rkafka_config::topic::{self, TopicConfigError};
use rkafka_protocol::ErrorCode;
use rkafka_registry::{EntityConfig, ReplicaAssignment, TopicAssignment, paths, topics};
use rkafka_runtime::random;
use rkafka_zookeeper_client::{Watch, ZkClient};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Makes topics.
#[derive(Clone)]
pub struct TopicCreation {
    pub zk: ZkClient,
    pub metadata: Arc<MetadataCache>,
    pub config: Arc<DynamicConfig>,
}

/// A topic that was made, or that could be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedTopic {
    /// Zero if it was only checked.
    pub id: Uuid,
    pub partitions: BTreeMap<i32, Vec<i32>>,
    pub config: EntityConfig,
}

impl CreatedTopic {
    pub fn replication_factor(&self) -> i16 {
        self.partitions.values().next().map_or(-1, |replicas| i16::try_from(replicas.len()).unwrap_or(i16::MAX))
    }
}

impl TopicCreation {
    /// Checks a topic and, unless it is only to be checked, writes its znodes. Takes it off its request's `allowance`.
    pub async fn create(
        &self,
        topic: &NewTopic,
        validate_only: bool,
        allowance: &mut Allowance,
    ) -> Result<CreatedTopic, ApiError> {
        let snapshot = self.metadata.snapshot();
        if snapshot.topic(&topic.name).is_some() {
            return Err(already_exists(&topic.name));
        }
        let defaults = &self.config.file().topics;
        let brokers = candidates(&snapshot);
        let mut created = topic.resolve(defaults, allowance, |partitions, factor, allowance| {
            let lot = || fastrand::usize(..brokers.len().max(1));
            let start = Start { leader: lot(), shift: lot(), partition: 0 };
            replica_assignment::assign(&brokers, partitions, factor, start, allowance)
        })?;
        self.check_name(&topic.name).await?;
        check_assignment(&created.partitions)?;
        let pairs = created.config.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        topic::validate(pairs, &self.config.topic_defaults()).map_err(invalid_config)?;
        if !validate_only {
            created.id = random::uuid();
            self.write(&topic.name, &created).await?;
        }
        Ok(created)
    }

    async fn write(&self, name: &str, created: &CreatedTopic) -> Result<(), ApiError> {
        let partitions = created.partitions.iter();
        let assignment = TopicAssignment {
            topic_id: Some(created.id),
            partitions: partitions.map(|(n, replicas)| (*n, ReplicaAssignment::of(replicas.clone()))).collect(),
        };
        match topics::create(&self.zk, name, &assignment, &created.config).await {
            Err(error) if error.is_node_exists() => Err(already_exists(name)),
            Err(error) => Err(error.into()),
            Ok(()) => {
                log::info!(target: "kafka.zk.AdminZkClient",
                    "Creating topic {name} with configuration {:?} and initial partition assignment {:?}",
                    created.config, created.partitions);
                Ok(())
            }
        }
    }

    async fn check_name(&self, name: &str) -> Result<(), ApiError> {
        topic_name::validate(name)?;
        let zk_error =
            |error: rkafka_zookeeper_client::ZkClientError| ApiError::from(rkafka_registry::RegistryError::from(error));
        if self.zk.exists(&paths::delete_topic(name), Watch::No).await.map_err(zk_error)?.is_some() {
            let message = format!("Topic '{name}' is marked for deletion.");
            return Err(ApiError::new(ErrorCode::TOPIC_ALREADY_EXISTS, message));
        }
        if topics::exists(&self.zk, name).await? {
            return Err(already_exists(name));
        }
        if topic_name::may_collide(name) {
            let others = topics::names(&self.zk, Watch::No).await?;
            let others: Vec<&str> =
                others.iter().map(String::as_str).filter(|other| topic_name::collide(name, other)).collect();
            if others.contains(&name) {
                return Err(already_exists(name));
            }
            if !others.is_empty() {
                let message = format!("Topic '{name}' collides with existing topics: {}", others.join(", "));
                return Err(ApiError::new(ErrorCode::INVALID_TOPIC_EXCEPTION, message));
            }
        }
        Ok(())
    }

    /// Adds partitions to a topic, up to `count`; returns the number of partitions then. Takes them off `allowance`.
    pub async fn add_partitions(
        &self,
        name: &str,
        count: i32,
        wanted: Option<Vec<Vec<i32>>>,
        validate_only: bool,
        allowance: &mut Allowance,
    ) -> Result<usize, ApiError> {
        let unknown = || {
            let message = format!("The topic '{name}' does not exist.");
            ApiError::new(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, message)
        };
        let mut assignment = topics::read_assignment(&self.zk, name, Watch::No).await?.ok_or_else(unknown)?;
        if assignment.partitions.is_empty() {
            return Err(unknown());
        }
        let brokers = candidates(&self.metadata.snapshot());
        let added = requested::additions(name, &assignment, count, wanted, &brokers, allowance)?;
        assignment.partitions.extend(added.into_iter().map(|(n, replicas)| (n, ReplicaAssignment::of(replicas))));
        if !validate_only {
            topics::write_assignment(&self.zk, name, &assignment).await?;
        }
        Ok(assignment.partitions.len())
    }

    /// Makes a topic because somebody asked for its metadata or for its coordinator. Returns what to answer for it: a
    /// topic that comes into being has no leader yet.
    pub async fn create_automatically(&self, name: &str) -> ErrorCode {
        if topic_name::validate(name).is_err() {
            return ErrorCode::INVALID_TOPIC_EXCEPTION;
        }
        let alive = self.metadata.snapshot().brokers.len();
        let topic = self.automatic(name, alive);
        let factor = if topic.replication_factor == requested::DEFAULT {
            self.config.file().topics.default_replication_factor
        } else {
            topic.replication_factor
        };
        if usize::try_from(factor).is_ok_and(|factor| factor > alive) {
            log::error!(target: "kafka.server.DefaultAutoTopicCreationManager",
                "Number of alive brokers '{alive}' does not meet the required replication factor '{factor}' for topic \
                 {name}. This error can be ignored if the cluster is starting up and not all brokers are up yet.");
            return ErrorCode::INVALID_REPLICATION_FACTOR;
        }
        let this = self.clone();
        match change(async move { this.create(&topic, false, &mut Allowance::of_a_request()).await }).await {
            Ok(_) => ErrorCode::LEADER_NOT_AVAILABLE,
            Err(error) if error.code == ErrorCode::TOPIC_ALREADY_EXISTS => ErrorCode::LEADER_NOT_AVAILABLE,
            Err(error) => {
                log::warn!(target: "kafka.server.DefaultAutoTopicCreationManager",
                    "Topic {name} could not be created automatically: {error}");
                error.code
            }
        }
    }

    /// What a topic looks like that is made without anybody saying how.
    ///
    /// Internal topics do not wait for as many brokers as their factor names: they begin with those that live and grow
    /// with the cluster (`docs/adr/0006`).
    fn automatic(&self, name: &str, alive: usize) -> NewTopic {
        let config = self.config.file();
        let internal = |factor: i16| {
            let alive = i32::try_from(alive).unwrap_or(i32::MAX).max(1);
            let factor = i32::from(factor);
            if config.topics.internal_topics_grow_enable { factor.min(alive) } else { factor }
        };
        let setting = |name: &str, value: String| (name.to_owned(), Some(value));
        let (partitions, replication_factor, configs) = match name {
            OFFSETS_TOPIC => (
                config.offsets.topic_num_partitions,
                internal(config.offsets.topic_replication_factor),
                vec![
                    setting("cleanup.policy", "compact".to_owned()),
                    setting("compression.type", "producer".to_owned()),
                    setting("segment.bytes", config.offsets.topic_segment_bytes.to_string()),
                ],
            ),
            TRANSACTION_TOPIC => (
                config.transactions.state_log_num_partitions,
                internal(config.transactions.state_log_replication_factor),
                vec![
                    setting("cleanup.policy", "compact".to_owned()),
                    setting("compression.type", "uncompressed".to_owned()),
                    setting("min.insync.replicas", config.transactions.state_log_min_isr.to_string()),
                    setting("segment.bytes", config.transactions.state_log_segment_bytes.to_string()),
                    setting("unclean.leader.election.enable", "false".to_owned()),
                ],
            ),
            _ => (requested::DEFAULT, requested::DEFAULT, Vec::new()),
        };
        NewTopic { name: name.to_owned(), partitions, replication_factor, assignments: Vec::new(), configs }
    }
}

fn already_exists(name: &str) -> ApiError {
    ApiError::new(ErrorCode::TOPIC_ALREADY_EXISTS, format!("Topic '{name}' already exists."))
}

fn invalid_config(error: TopicConfigError) -> ApiError {
    ApiError::new(ErrorCode::INVALID_CONFIG, error.to_string())
}

/// The live brokers, sorted by id.
fn candidates(snapshot: &MetadataSnapshot) -> Vec<Candidate> {
    snapshot.brokers.values().map(|broker| Candidate { id: broker.id.0, rack: broker.rack.clone() }).collect()
}

/// What holds for the assignment of every new topic.
fn check_assignment(partitions: &BTreeMap<i32, Vec<i32>>) -> Result<(), ApiError> {
    let bad = |message: String| Err(ApiError::new(ErrorCode::INVALID_REPLICA_ASSIGNMENT, message));
    let sizes: BTreeSet<usize> = partitions.values().map(Vec::len).collect();
    if sizes.len() != 1 {
        return bad("All partitions should have the same number of replicas".to_owned());
    }
    for replicas in partitions.values() {
        if replicas.iter().collect::<BTreeSet<_>>().len() != replicas.len() {
            return bad(format!("Duplicate replica assignment found: {}", scala_map(partitions)));
        }
    }
    if partitions.keys().copied().ne(0..i32::try_from(partitions.len()).unwrap_or(i32::MAX)) {
        return bad("partitions should be a consecutive 0-based integer sequence".to_owned());
    }
    Ok(())
}

/// An assignment as Kafka's message shows it.
fn scala_map(partitions: &BTreeMap<i32, Vec<i32>>) -> String {
    let entry = |(n, replicas): (&i32, &Vec<i32>)| {
        let ids: Vec<String> = replicas.iter().map(ToString::to_string).collect();
        format!("{n} -> ArrayBuffer({})", ids.join(", "))
    };
    format!("HashMap({})", partitions.iter().map(entry).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments_are_checked() {
        let message = |partitions: &[(i32, &[i32])]| {
            let map = partitions.iter().map(|(n, replicas)| (*n, replicas.to_vec())).collect();
            check_assignment(&map).err().map(|error| error.to_string())
        };
        assert_eq!(message(&[(0, &[0, 1]), (1, &[1, 0])]), None);
        assert_eq!(
            message(&[(0, &[0]), (1, &[1, 0])]).as_deref(),
            Some("All partitions should have the same number of replicas")
        );
        assert_eq!(
            message(&[(0, &[0, 0])]).as_deref(),
            Some("Duplicate replica assignment found: HashMap(0 -> ArrayBuffer(0, 0))")
        );
        assert_eq!(
            message(&[(1, &[0])]).as_deref(),
            Some("partitions should be a consecutive 0-based integer sequence")
        );
    }
}
