//! Pure: all partitions in turn over the members that subscribe to them (Kafka's `RoundRobinAssignor`).

use super::{Assignment, Member, PartitionCounts};
use rkafka_base::TopicPartition;

/// `members` are in their order.
pub fn assign(counts: &PartitionCounts, members: &[&Member]) -> Assignment {
    let mut assignment = Assignment::new();
    let mut turn = 0;
    for (topic, count) in counts {
        if !members.iter().any(|m| m.topics.contains(topic)) {
            continue;
        }
        for partition in 0..*count {
            while !members[turn % members.len()].topics.contains(topic) {
                turn += 1;
            }
            let member = members[turn % members.len()];
            assignment.entry(member.id.clone()).or_default().push(TopicPartition::new(topic.clone(), partition));
            turn += 1;
        }
    }
    assignment
}

#[cfg(test)]
mod tests {
    use super::super::{Assignor, tests::*};

    #[test]
    fn as_kafka_documents_it() {
        let members = [member("C0", &["t0", "t1"], &[]), member("C1", &["t0", "t1"], &[])];
        let assignment = Assignor::RoundRobin.assign(&counts(&[("t0", 3), ("t1", 3)]), &members);
        assert_eq!(text(&assignment), "C0: t0-0 t0-2 t1-1; C1: t0-1 t1-0 t1-2");
        let members =
            [member("C0", &["t0"], &[]), member("C1", &["t0", "t1"], &[]), member("C2", &["t0", "t1", "t2"], &[])];
        let assignment = Assignor::RoundRobin.assign(&counts(&[("t0", 1), ("t1", 2), ("t2", 3)]), &members);
        assert_eq!(text(&assignment), "C0: t0-0; C1: t1-0; C2: t1-1 t2-0 t2-1 t2-2");
    }
}
