//! Pure: what brokers leave in ZooKeeper for the controller: leaders of releases before 2.7 that changed an in-sync set
//! by themselves, and brokers that have lost a log dir.

use super::cluster::{Cluster, Leadership};
use super::event::Outcome;
use super::reassignment;
use super::requests::RequestBatch;
use rkafka_base::TopicPartition;

/// Takes in the states that old leaders have written, and tells everybody.
pub fn apply_isr_changes(cluster: &mut Cluster, states: Vec<(TopicPartition, Option<Leadership>)>) -> Outcome {
    let mut batch = RequestBatch::default();
    let mut changed = Vec::new();
    for (tp, leadership) in states {
        let Some(leadership) = leadership else { continue };
        let Some(partition) = cluster.partition_mut(&tp) else { continue };
        if partition.leadership.as_ref().is_some_and(|known| known.zk_version < leadership.zk_version) {
            partition.leadership = Some(leadership);
            changed.push(tp);
        }
    }
    if changed.is_empty() {
        return Outcome::default();
    }
    batch.metadata(cluster.brokers.keys().copied(), changed.iter().cloned());
    let follow_ups = reassignment::completions(cluster, &changed).into_iter().collect();
    Outcome { messages: batch.finish(cluster), follow_ups, ..Outcome::default() }
}

/// Asks the brokers about all their replicas; for those in the failed dir they answer that they cannot reach them.
pub fn apply_log_dirs_failed(cluster: &Cluster, brokers: &[i32]) -> Outcome {
    let mut batch = RequestBatch::default();
    for (tp, _, partition) in cluster.partitions() {
        if partition.leadership.is_none() || cluster.is_to_be_deleted(&tp.topic) {
            continue;
        }
        let concerned: Vec<i32> =
            brokers.iter().copied().filter(|broker| partition.assignment.replicas.contains(broker)).collect();
        if !concerned.is_empty() {
            batch.leader_and_isr(cluster, &concerned, &tp, false);
        }
    }
    Outcome { messages: batch.finish(cluster), ..Outcome::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;
    use crate::world_for_tests::{World, seen};

    #[test]
    fn an_old_leader_changes_its_set_by_itself() {
        let mut world = World::with_live(&[(0, 5), (1, 6)]);
        world.create(vec![seen("t", &[&[1, 0]], Some(1))]);
        world.transcript();
        let tp = TopicPartition::new("t", 0);
        let mut leadership = world.cluster.partition(&tp).unwrap().leadership.clone().unwrap();
        world.handle(Event::IsrChangesSeen(vec![(tp.clone(), Some(leadership.clone()))]));
        assert!(world.transcript().is_empty());
        leadership.state.isr = vec![1];
        leadership.zk_version = 3;
        world.handle(Event::IsrChangesSeen(vec![(tp, Some(leadership))]));
        assert_eq!(world.transcript(), ["0 UMR[0, 1] t-0:1", "1 UMR[0, 1] t-0:1"]);
    }

    #[test]
    fn a_broker_that_lost_a_log_dir_is_asked_about_its_replicas() {
        let mut world = World::with_live(&[(0, 5), (1, 6)]);
        world.create(vec![seen("t", &[&[1, 0], &[0]], Some(1))]);
        world.transcript();
        world.handle(Event::LogDirsFailed(vec![1]));
        let told = world.transcript();
        assert_eq!(told.first().map(String::as_str), Some("1 LISR t-0:1e0[1, 0]"));
        world.handle(Event::ReplicasFailed { broker: 1, epoch: 6, partitions: vec![TopicPartition::new("t", 0)] });
        assert_eq!(world.state("t", 0), (0, 1, vec![0]));
    }
}
