//! Pure: runs of each topic's partitions by member (Kafka's `RangeAssignor`, without racks).

use super::{Assignment, Member, PartitionCounts};
use rkafka_base::TopicPartition;

/// `members` are in their order; the first ones get one partition more where the number does not divide.
pub fn assign(counts: &PartitionCounts, members: &[&Member]) -> Assignment {
    let mut assignment = Assignment::new();
    for (topic, count) in counts {
        let takers: Vec<&&Member> = members.iter().filter(|m| m.topics.contains(topic)).collect();
        if takers.is_empty() {
            continue;
        }
        let (each, more) = (*count as usize / takers.len(), *count as usize % takers.len());
        let mut next = 0;
        for (i, member) in takers.iter().enumerate() {
            let take = each + usize::from(i < more);
            let mine = (next..next + take).map(|p| TopicPartition::new(topic.clone(), p as i32));
            assignment.entry(member.id.clone()).or_default().extend(mine);
            next += take;
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
        let assignment = Assignor::Range.assign(&counts(&[("t0", 3), ("t1", 3)]), &members);
        assert_eq!(text(&assignment), "C0: t0-0 t0-1 t1-0 t1-1; C1: t0-2 t1-2");
    }
}
