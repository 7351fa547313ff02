//! Pure: how a group's leader shares partitions out among the members.

mod range;
mod round_robin;
mod sticky;

use rkafka_base::TopicPartition;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// A way of sharing out. All members of a group must know the one that is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assignor {
    /// Each topic's partitions in runs, by member.
    Range,
    /// All partitions in turn.
    RoundRobin,
    /// Even, and with as few moves as can be; members stop while it happens.
    Sticky,
    /// As [`Assignor::Sticky`], but only the partitions that move stop, in two rebalances (KIP-429).
    CooperativeSticky,
}

/// One member, as the leader sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Member {
    pub id: String,
    /// Static members (KIP-345) come first and keep their place by this.
    pub instance_id: Option<String>,
    pub topics: BTreeSet<Arc<str>>,
    /// What it had before the rebalance.
    pub owned: Vec<TopicPartition>,
    /// The generation that it had that in; −1 if it does not say.
    pub generation: i32,
}

impl Member {
    /// Members are ordered by instance id, dynamic ones last, then by id (`AbstractPartitionAssignor.MemberInfo`).
    fn rank(&self) -> (bool, Option<&str>, &str) {
        (self.instance_id.is_none(), self.instance_id.as_deref(), &self.id)
    }
}

/// How many partitions each topic has.
pub type PartitionCounts = BTreeMap<Arc<str>, i32>;
/// What each member gets.
pub type Assignment = BTreeMap<String, Vec<TopicPartition>>;

impl Assignor {
    const ALL: [(Assignor, &str, &str); 4] = [
        (Assignor::Range, "range", "RangeAssignor"),
        (Assignor::RoundRobin, "roundrobin", "RoundRobinAssignor"),
        (Assignor::Sticky, "sticky", "StickyAssignor"),
        (Assignor::CooperativeSticky, "cooperative-sticky", "CooperativeStickyAssignor"),
    ];

    /// The protocol's name on the wire.
    pub fn name(self) -> &'static str {
        Assignor::ALL.iter().find(|(a, _, _)| *a == self).map_or("range", |(_, name, _)| name)
    }

    /// By the name on the wire, or by the Java class that `partition.assignment.strategy` names.
    pub fn from_name(name: &str) -> Option<Assignor> {
        let class = name.strip_prefix("org.apache.kafka.clients.consumer.").unwrap_or(name);
        Assignor::ALL.iter().find(|(_, wire, java)| *wire == name || *java == class).map(|(a, _, _)| *a)
    }

    /// Whether members keep what they own while the group rebalances.
    pub fn is_cooperative(self) -> bool {
        self == Assignor::CooperativeSticky
    }

    /// Shares out the partitions of every topic that a member subscribes to.
    pub fn assign(self, counts: &PartitionCounts, members: &[Member]) -> Assignment {
        let mut members: Vec<&Member> = members.iter().collect();
        members.sort_by(|a, b| a.rank().cmp(&b.rank()));
        let mut assignment = match self {
            Assignor::Range => range::assign(counts, &members),
            Assignor::RoundRobin => round_robin::assign(counts, &members),
            Assignor::Sticky => sticky::assign(counts, &members),
            Assignor::CooperativeSticky => sticky::assign_cooperatively(counts, &members),
        };
        for member in members {
            assignment.entry(member.id.clone()).or_default();
        }
        assignment
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub fn member(id: &str, topics: &[&str], owned: &[(&str, i32)]) -> Member {
        Member {
            id: id.into(),
            topics: topics.iter().map(|t| Arc::from(*t)).collect(),
            owned: owned.iter().map(|(t, p)| TopicPartition::new(*t, *p)).collect(),
            generation: 1,
            ..Default::default()
        }
    }

    pub fn counts(list: &[(&str, i32)]) -> PartitionCounts {
        list.iter().map(|(t, n)| (Arc::from(*t), *n)).collect()
    }

    /// `member: t-0 t-1; …`
    pub fn text(assignment: &Assignment) -> String {
        let one = |(id, list): (&String, &Vec<TopicPartition>)| {
            let mut list: Vec<String> = list.iter().map(|tp| tp.to_string()).collect();
            list.sort();
            format!("{id}: {}", list.join(" "))
        };
        assignment.iter().map(one).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn names() {
        for (assignor, name, class) in Assignor::ALL {
            assert_eq!(Assignor::from_name(name), Some(assignor));
            assert_eq!(Assignor::from_name(&format!("org.apache.kafka.clients.consumer.{class}")), Some(assignor));
            assert_eq!(assignor.name(), name);
        }
        assert_eq!(Assignor::from_name("com.example.Mine"), None);
    }

    #[test]
    fn every_partition_goes_to_one_subscriber() {
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..300 {
            let topics = ["a", "b", "c"];
            let counts: PartitionCounts = topics.iter().map(|t| (Arc::from(*t), random.i32(0..7))).collect();
            let members: Vec<Member> = (0..random.usize(1..6))
                .map(|n| {
                    let mine: Vec<&str> = topics.iter().copied().filter(|_| random.bool()).collect();
                    let owned: Vec<(&str, i32)> = mine.iter().map(|t| (*t, random.i32(0..7))).collect();
                    member(&format!("m{n}"), &mine, &owned)
                })
                .collect();
            for (assignor, _, _) in Assignor::ALL {
                let assignment = assignor.assign(&counts, &members);
                let mut seen = BTreeSet::new();
                for (id, list) in &assignment {
                    let member = members.iter().find(|m| m.id == *id).unwrap();
                    for tp in list {
                        assert!(member.topics.contains(&tp.topic) && tp.partition < counts[&tp.topic], "{assignor:?}");
                        assert!(seen.insert(tp.clone()), "{assignor:?} gives {tp} twice");
                    }
                }
                let due = counts.iter().filter(|(t, _)| members.iter().any(|m| m.topics.contains(*t)));
                let due: i32 = due.map(|(_, n)| *n).sum();
                assert!(seen.len() == due as usize || assignor.is_cooperative(), "{assignor:?}");
            }
        }
    }
}
