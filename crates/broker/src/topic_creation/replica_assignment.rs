//! Pure: which brokers get the replicas of new partitions (`AdminUtils.assignReplicasToBrokers`).
//!
//! Leaders go round the brokers from a start that is drawn by lot; the further replicas of a partition go to brokers
//! at a shift that grows with each round, so that the partitions of one broker have their followers on many others.
//! With racks, the brokers are taken from one rack after the other, and a rack gets a second replica of a partition
//! only when all racks have one.

use super::allowance::Allowance;
use crate::api_error::ApiError;
use rkafka_protocol::ErrorCode;
use std::collections::{BTreeMap, BTreeSet};

/// A live broker and its rack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub id: i32,
    pub rack: Option<String>,
}

/// Where the assignment begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// The broker, by its place in the list, that leads partition 0.
    pub leader: usize,
    /// The first distance between a leader and its second replica.
    pub shift: usize,
    /// The number of the first new partition.
    pub partition: i32,
}

/// The replicas of `partitions` new partitions, from number `start.partition` on, as far as the request's allowance goes.
pub fn assign(
    brokers: &[Candidate],
    partitions: i32,
    replication_factor: i32,
    start: Start,
    allowance: &mut Allowance,
) -> Result<BTreeMap<i32, Vec<i32>>, ApiError> {
    if partitions <= 0 {
        return Err(ApiError::new(ErrorCode::INVALID_PARTITIONS, "Number of partitions must be larger than 0."));
    }
    let bad_factor = |message: String| Err(ApiError::new(ErrorCode::INVALID_REPLICATION_FACTOR, message));
    if replication_factor <= 0 {
        return bad_factor("Replication factor must be larger than 0.".to_owned());
    }
    let replicas = usize::try_from(replication_factor).unwrap_or(usize::MAX);
    if replicas > brokers.len() {
        let available = brokers.len();
        return bad_factor(format!(
            "Replication factor: {replication_factor} larger than available brokers: {available}."
        ));
    }
    let count = usize::try_from(partitions).unwrap_or(usize::MAX);
    allowance.take(count, count.saturating_mul(replicas))?;
    placed(brokers, partitions, replicas, start).ok_or_else(|| {
        log::error!(target: "kafka.server.ZkAdminManager",
            "Not all brokers have rack information for replica rack aware assignment.");
        ErrorCode::UNKNOWN_SERVER_ERROR.into()
    })
}

/// As [`assign`], for numbers that have been checked: no more replicas than brokers, and at least one. `None` if only
/// some brokers have a rack.
pub fn placed(
    brokers: &[Candidate],
    partitions: i32,
    replicas: usize,
    start: Start,
) -> Option<BTreeMap<i32, Vec<i32>>> {
    if brokers.iter().all(|broker| broker.rack.is_none()) {
        let ids: Vec<i32> = brokers.iter().map(|broker| broker.id).collect();
        return Some(without_racks(&ids, partitions, replicas, start));
    }
    let all_have_one = brokers.iter().all(|broker| broker.rack.is_some());
    all_have_one.then(|| with_racks(brokers, partitions, replicas, start))
}

/// The place of a partition's further replica, `n` after the first of them.
fn further(leader: usize, shift: usize, n: usize, brokers: usize) -> usize {
    (leader + 1 + (shift + n) % (brokers - 1)) % brokers
}

fn without_racks(ids: &[i32], partitions: i32, replicas: usize, start: Start) -> BTreeMap<i32, Vec<i32>> {
    let mut shift = start.shift;
    let mut assignment = BTreeMap::new();
    for partition in start.partition..start.partition.saturating_add(partitions) {
        let number = usize::try_from(partition).unwrap_or(0);
        if number > 0 && number % ids.len() == 0 {
            shift += 1;
        }
        let leader = (number + start.leader) % ids.len();
        let others = (0..replicas - 1).map(|n| ids[further(leader, shift, n, ids.len())]);
        assignment.insert(partition, std::iter::once(ids[leader]).chain(others).collect());
    }
    assignment
}

/// The brokers, one from each rack in turn.
fn alternating(brokers: &[Candidate]) -> Vec<(i32, &str)> {
    let mut racks: BTreeMap<&str, BTreeSet<i32>> = BTreeMap::new();
    for broker in brokers {
        racks.entry(broker.rack.as_deref().unwrap_or_default()).or_default().insert(broker.id);
    }
    let mut arranged = Vec::with_capacity(brokers.len());
    while racks.values().any(|rack| !rack.is_empty()) {
        for (name, rack) in &mut racks {
            arranged.extend(rack.pop_first().map(|id| (id, *name)));
        }
    }
    arranged
}

fn with_racks(brokers: &[Candidate], partitions: i32, replicas: usize, start: Start) -> BTreeMap<i32, Vec<i32>> {
    let arranged = alternating(brokers);
    let racks = arranged.iter().map(|(_, rack)| rack).collect::<BTreeSet<_>>().len();
    let mut shift = start.shift;
    let mut assignment = BTreeMap::new();
    for partition in start.partition..start.partition.saturating_add(partitions) {
        let number = usize::try_from(partition).unwrap_or(0);
        if number > 0 && number % arranged.len() == 0 {
            shift += 1;
        }
        let leader = (number + start.leader) % arranged.len();
        assignment.insert(partition, spread(&arranged, racks, replicas, (leader, shift)));
    }
    assignment
}

/// The replicas of one partition: no rack twice before every rack has one.
fn spread(arranged: &[(i32, &str)], racks: usize, replicas: usize, (leader, shift): (usize, usize)) -> Vec<i32> {
    let mut chosen = vec![arranged[leader]];
    let mut step = 0;
    while chosen.len() < replicas {
        let (id, rack) = arranged[further(leader, shift * racks, step, arranged.len())];
        step += 1;
        let used: BTreeSet<&str> = chosen.iter().map(|(_, rack)| *rack).collect();
        let rack_is_free = !used.contains(rack) || used.len() == racks;
        if rack_is_free && chosen.iter().all(|(other, _)| *other != id) {
            chosen.push((id, rack));
        }
    }
    chosen.into_iter().map(|(id, _)| id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brokers(racks: &[Option<&str>]) -> Vec<Candidate> {
        let candidate = |(id, rack): (usize, &Option<&str>)| Candidate { id: id as i32, rack: rack.map(str::to_owned) };
        racks.iter().enumerate().map(candidate).collect()
    }

    fn assign(
        brokers: &[Candidate],
        partitions: i32,
        factor: i32,
        start: Start,
    ) -> Result<BTreeMap<i32, Vec<i32>>, ApiError> {
        super::assign(brokers, partitions, factor, start, &mut Allowance::of_a_request())
    }

    const ZERO: Start = Start { leader: 0, shift: 0, partition: 0 };

    /// The table that documents the algorithm in Kafka's AdminUtils.
    #[test]
    fn ten_partitions_on_five_brokers() {
        let assignment = assign(&brokers(&[None; 5]), 10, 3, ZERO).unwrap();
        let wanted = [
            [0, 1, 2],
            [1, 2, 3],
            [2, 3, 4],
            [3, 4, 0],
            [4, 0, 1],
            [0, 2, 3],
            [1, 3, 4],
            [2, 4, 0],
            [3, 0, 1],
            [4, 1, 2],
        ];
        assert_eq!(assignment.into_values().collect::<Vec<_>>(), wanted);
    }

    /// The example of rack awareness in the same place: brokers 0 and 5 in rack1, 3 and 1 in rack3, 4 and 2 in rack2.
    #[test]
    fn racks_take_turns() {
        let rack = |name| Some(name);
        let six = brokers(&[rack("rack1"), rack("rack3"), rack("rack2"), rack("rack3"), rack("rack2"), rack("rack1")]);
        let order: Vec<i32> = alternating(&six).into_iter().map(|(id, _)| id).collect();
        assert_eq!(order, [0, 2, 1, 5, 4, 3]);
        let assignment = assign(&six, 12, 3, ZERO).unwrap();
        for replicas in assignment.values() {
            let racks: BTreeSet<_> = replicas.iter().map(|id| six[*id as usize].rack.clone()).collect();
            assert_eq!(racks.len(), 3, "{replicas:?}");
        }
    }

    /// What `AdminUtils` of 3.9.1 gives: from its fixed start 0 for partitions 0 to 6, and from 1 for partitions 2 to 8.
    #[test]
    fn racks_as_kafka_fills_them() {
        let six = ["r1", "r3", "r3", "r2", "r2", "r1"];
        let five = ["a", "a", "b", "b", "c"];
        type SevenPartitions = [[i32; 3]; 7];
        let recorded: [(&[&str], SevenPartitions, SevenPartitions); 3] = [
            (
                &six,
                [[0, 3, 1], [3, 1, 5], [1, 5, 4], [5, 4, 2], [4, 2, 0], [2, 0, 3], [0, 4, 2]],
                [[5, 3, 1], [4, 1, 5], [2, 5, 4], [0, 4, 2], [3, 5, 2], [1, 4, 0], [5, 2, 3]],
            ),
            (
                &["r0", "r1", "r0"],
                [[0, 1, 2], [1, 2, 0], [2, 1, 0], [0, 1, 2], [1, 2, 0], [2, 1, 0], [0, 1, 2]],
                [[0, 1, 2], [1, 2, 0], [2, 1, 0], [0, 1, 2], [1, 2, 0], [2, 1, 0], [0, 1, 2]],
            ),
            (
                &five,
                [[0, 2, 4], [2, 4, 1], [4, 1, 3], [1, 3, 4], [3, 0, 4], [0, 3, 4], [2, 0, 4]],
                [[1, 4, 3], [3, 1, 4], [0, 3, 4], [2, 0, 4], [4, 0, 2], [1, 2, 4], [3, 4, 1]],
            ),
        ];
        for (racks, from_zero, from_one) in recorded {
            let brokers = brokers(&racks.iter().map(|rack| Some(*rack)).collect::<Vec<_>>());
            let given = |start| assign(&brokers, 7, 3, start).unwrap().into_values().collect::<Vec<_>>();
            assert_eq!(given(ZERO), from_zero);
            assert_eq!(given(Start { leader: 1, shift: 1, partition: 2 }), from_one);
        }
    }

    #[test]
    fn refusals_are_worded_like_kafkas() {
        let one = brokers(&[None]);
        let refusal = |partitions, factor| assign(&one, partitions, factor, ZERO).unwrap_err().to_string();
        assert_eq!(refusal(0, 1), "Number of partitions must be larger than 0.");
        assert_eq!(refusal(1, 0), "Replication factor must be larger than 0.");
        assert_eq!(refusal(1, 4), "Replication factor: 4 larger than available brokers: 1.");
        assert!(refusal(i32::MAX, 1).starts_with("Creating 2147483647 partitions is too much for one request"));
        assert_eq!(assign(&one, 2, 1, ZERO).unwrap().into_values().collect::<Vec<_>>(), [[0], [0]]);
        assert!(assign(&brokers(&[None, Some("r")]), 1, 1, ZERO).is_err());
    }

    #[test]
    fn new_partitions_continue_where_the_old_ones_end() {
        let start = Start { leader: 1, shift: 1, partition: 4 };
        let assignment = assign(&brokers(&[None; 3]), 2, 2, start).unwrap();
        assert_eq!(assignment.into_iter().collect::<Vec<_>>(), [(4, vec![2, 1]), (5, vec![0, 2])]);
    }
}
