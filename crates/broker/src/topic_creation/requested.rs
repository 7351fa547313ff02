//! Pure: what a client asks for when it makes a topic or adds partitions, made complete and checked.

use super::CreatedTopic;
use super::allowance::Allowance;
use super::replica_assignment::{self, Candidate, Start};
use crate::api_error::ApiError;
use rkafka_base::Uuid;
use rkafka_config::broker::TopicSettings;
use rkafka_protocol::ErrorCode;
use rkafka_registry::TopicAssignment;
use std::collections::{BTreeMap, BTreeSet};

/// "The broker's default", for numbers of partitions and replicas.
pub const DEFAULT: i32 = -1;

/// A topic that somebody wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewTopic {
    pub name: String,
    /// −1: `num.partitions`.
    pub partitions: i32,
    /// −1: `default.replication.factor`.
    pub replication_factor: i32,
    /// The replicas of each partition; empty if the broker is to choose.
    pub assignments: Vec<(i32, Vec<i32>)>,
    pub configs: Vec<(String, Option<String>)>,
}

impl NewTopic {
    /// Fills in the defaults and lets `assign` choose the replicas, unless the request does.
    pub(super) fn resolve(
        &self,
        defaults: &TopicSettings,
        allowance: &mut Allowance,
        assign: impl FnOnce(i32, i32, &mut Allowance) -> Result<BTreeMap<i32, Vec<i32>>, ApiError>,
    ) -> Result<CreatedTopic, ApiError> {
        let nulls: Vec<&str> =
            self.configs.iter().filter(|(_, value)| value.is_none()).map(|(name, _)| name.as_str()).collect();
        if !nulls.is_empty() {
            let message = format!("Null value not supported for topic configs: {}", nulls.join(","));
            return Err(ApiError::new(ErrorCode::INVALID_CONFIG, message));
        }
        if !self.assignments.is_empty() && (self.partitions != DEFAULT || self.replication_factor != DEFAULT) {
            let message = "Both numPartitions or replicationFactor and replicasAssignments were set. Both cannot be \
                           used at the same time.";
            return Err(ApiError::new(ErrorCode::INVALID_REQUEST, message));
        }
        let or = |given: i32, default: i32| if given == DEFAULT { default } else { given };
        let partitions = if self.assignments.is_empty() {
            let partitions = or(self.partitions, defaults.num_partitions);
            assign(partitions, or(self.replication_factor, defaults.default_replication_factor), allowance)?
        } else {
            let replicas = self.assignments.iter().map(|(_, replicas)| replicas.len()).sum();
            allowance.take(self.assignments.len(), replicas)?;
            self.assignments.iter().cloned().collect()
        };
        let config = self.configs.iter().filter_map(|(name, value)| Some((name.clone(), value.clone()?))).collect();
        Ok(CreatedTopic { id: Uuid::ZERO, partitions, config })
    }
}

fn bad_assignment(message: String) -> ApiError {
    ApiError::new(ErrorCode::INVALID_REPLICA_ASSIGNMENT, message)
}

fn list(numbers: impl IntoIterator<Item = impl ToString>) -> String {
    numbers.into_iter().map(|n| n.to_string()).collect::<Vec<_>>().join(", ")
}

/// The partitions that take a topic to `count` of them.
pub(super) fn additions(
    name: &str,
    existing: &TopicAssignment,
    count: i32,
    wanted: Option<Vec<Vec<i32>>>,
    brokers: &[Candidate],
    allowance: &mut Allowance,
) -> Result<BTreeMap<i32, Vec<i32>>, ApiError> {
    if existing.partitions.values().any(|partition| partition.is_being_reassigned()) {
        let message = format!("A partition reassignment is in progress for the topic '{name}'.");
        return Err(ApiError::new(ErrorCode::REASSIGNMENT_IN_PROGRESS, message));
    }
    let old = i32::try_from(existing.partitions.len()).unwrap_or(i32::MAX);
    let more = count.saturating_sub(old);
    let refuse = |message: String| Err(ApiError::new(ErrorCode::INVALID_PARTITIONS, message));
    if more < 0 {
        return refuse(format!("Topic currently has {old} partitions, which is higher than the requested {count}."));
    }
    if more == 0 {
        return refuse(format!("Topic already has {old} partitions."));
    }
    let Some(first) = existing.partitions.get(&0).map(|partition| &partition.replicas) else {
        log::error!(target: "kafka.zk.AdminZkClient",
            "Unexpected existing replica assignment for topic '{name}', partition id 0 is missing.");
        return Err(ErrorCode::UNKNOWN_SERVER_ERROR.into());
    };
    match wanted {
        Some(wanted) => {
            allowance.take(wanted.len(), wanted.iter().map(Vec::len).sum())?;
            given(wanted, old, more, first.len(), brokers)
        }
        None => {
            let head = first.first().copied().unwrap_or(-1);
            let start = brokers.iter().position(|broker| broker.id >= head).unwrap_or(0);
            let start = Start { leader: start, shift: start, partition: old };
            let factor = i32::try_from(first.len()).unwrap_or(i32::MAX);
            replica_assignment::assign(brokers, more, factor, start, allowance)
        }
    }
}

/// Checks the replicas that the request chose for new partitions.
fn given(
    wanted: Vec<Vec<i32>>,
    old: i32,
    more: i32,
    factor: usize,
    brokers: &[Candidate],
) -> Result<BTreeMap<i32, Vec<i32>>, ApiError> {
    let known: BTreeSet<i32> = brokers.iter().map(|broker| broker.id).collect();
    let unknown: BTreeSet<i32> = wanted.iter().flatten().copied().filter(|id| !known.contains(id)).collect();
    if !unknown.is_empty() {
        return Err(bad_assignment(format!("Unknown broker(s) in replica assignment: {}.", list(unknown))));
    }
    let assignments = wanted.len();
    if i32::try_from(assignments).unwrap_or(i32::MAX) != more {
        return Err(bad_assignment(format!(
            "Increasing the number of partitions by {more} but {assignments} assignments provided."
        )));
    }
    let numbered: BTreeMap<i32, Vec<i32>> = (old..).zip(wanted).collect();
    for (n, replicas) in &numbered {
        if replicas.is_empty() {
            return Err(bad_assignment(format!("Cannot have replication factor of 0 for partition id {n}.")));
        }
        if replicas.iter().collect::<BTreeSet<_>>().len() != replicas.len() {
            return Err(bad_assignment(format!(
                "Duplicate brokers not allowed in replica assignment: {} for partition id {n}.",
                list(replicas)
            )));
        }
    }
    let uneven: Vec<(&i32, usize)> =
        numbered.iter().map(|(n, replicas)| (n, replicas.len())).filter(|(_, size)| *size != factor).collect();
    if !uneven.is_empty() {
        return Err(bad_assignment(format!(
            "Inconsistent replication factor between partitions, partition 0 has {factor} while partitions [{}] have \
             replication factors [{}], respectively.",
            list(uneven.iter().map(|(n, _)| n)),
            list(uneven.iter().map(|(_, size)| size)),
        )));
    }
    Ok(numbered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_registry::ReplicaAssignment;

    fn existing(partitions: &[&[i32]]) -> TopicAssignment {
        let numbered = partitions.iter().enumerate().map(|(n, r)| (n as i32, ReplicaAssignment::of(r.to_vec())));
        TopicAssignment { topic_id: None, partitions: numbered.collect() }
    }

    fn refusal(count: i32, wanted: Option<Vec<Vec<i32>>>) -> String {
        let brokers = [0, 1].map(|id| Candidate { id, rack: None });
        additions("t", &existing(&[&[0], &[1]]), count, wanted, &brokers, &mut Allowance::of_a_request())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn refusals_are_worded_like_kafkas() {
        assert_eq!(refusal(1, None), "Topic currently has 2 partitions, which is higher than the requested 1.");
        assert!(refusal(i32::MAX, None).starts_with("Creating 2147483645 partitions is too much for one request"));
        assert_eq!(refusal(2, None), "Topic already has 2 partitions.");
        assert_eq!(refusal(3, Some(vec![vec![7]])), "Unknown broker(s) in replica assignment: 7.");
        assert_eq!(
            refusal(4, Some(vec![vec![0]])),
            "Increasing the number of partitions by 2 but 1 assignments provided."
        );
        assert_eq!(
            refusal(3, Some(vec![vec![0, 0]])),
            "Duplicate brokers not allowed in replica assignment: 0, 0 for partition id 2."
        );
        assert_eq!(
            refusal(3, Some(vec![vec![0, 1]])),
            "Inconsistent replication factor between partitions, partition 0 has 1 while partitions [2] have \
             replication factors [2], respectively."
        );
    }

    #[test]
    fn new_partitions_follow_the_old_ones() {
        let brokers = [0, 1].map(|id| Candidate { id, rack: None });
        let added =
            additions("t", &existing(&[&[0], &[1]]), 4, None, &brokers, &mut Allowance::of_a_request()).unwrap();
        assert_eq!(added.into_iter().collect::<Vec<_>>(), [(2, vec![0]), (3, vec![1])]);
    }

    #[test]
    fn defaults_are_filled_in() {
        let defaults = TopicSettings {
            num_partitions: 3,
            default_replication_factor: 2,
            auto_create_topics_enable: true,
            delete_topic_enable: true,
            internal_topics_grow_enable: true,
        };
        let topic = NewTopic { partitions: DEFAULT, replication_factor: DEFAULT, ..NewTopic::default() };
        let mut asked = None;
        let mut allowance = Allowance::of_a_request();
        let assign = |n, r, _: &mut Allowance| {
            asked = Some((n, r));
            Ok(BTreeMap::new())
        };
        topic.resolve(&defaults, &mut allowance, assign).unwrap();
        assert_eq!(asked, Some((3, 2)));
        let both = NewTopic { partitions: 1, assignments: vec![(0, vec![0])], ..topic };
        assert!(both.resolve(&defaults, &mut allowance, |_, _, _| Ok(BTreeMap::new())).is_err());
        let by_hand = |replicas| NewTopic {
            partitions: DEFAULT,
            replication_factor: DEFAULT,
            assignments: vec![(0, vec![0; replicas])],
            ..NewTopic::default()
        };
        let mut resolve = |topic: NewTopic| topic.resolve(&defaults, &mut allowance, |_, _, _| Ok(BTreeMap::new()));
        assert!(resolve(by_hand(600_001)).unwrap_err().to_string().starts_with("Creating 600001 replicas is too much"));
        assert_eq!(resolve(by_hand(2)).unwrap().partitions, [(0, vec![0, 0])].into());
    }
}
