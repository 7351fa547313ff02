//! How fast moves may be: the settings of topics and brokers that hold replication back, made and taken away.

use super::file::Replicas;
use crate::terminal::Terminal;
use rkafka_base::TopicPartition;
use rkafka_client::{
    Admin,
    admin::{ConfigChange, ConfigOperation, ConfigResource, ResourceKind},
};
use rkafka_protocol::messages::list_partition_reassignments_response::OngoingPartitionReassignment;
use std::collections::{BTreeMap, BTreeSet};

const LEADERS: &str = "leader.replication.throttled.replicas";
const FOLLOWERS: &str = "follower.replication.throttled.replicas";
const LEADER_RATE: &str = "leader.replication.throttled.rate";
const FOLLOWER_RATE: &str = "follower.replication.throttled.rate";
const DIRS_RATE: &str = "replica.alter.log.dirs.io.max.bytes.per.second";

/// From which brokers to which a partition moves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Move {
    sources: BTreeSet<i32>,
    destinations: BTreeSet<i32>,
}

pub type Moves = BTreeMap<TopicPartition, Move>;
pub type Ongoing = BTreeMap<TopicPartition, OngoingPartitionReassignment>;

/// All moves there will be: those under way and the new ones.
pub fn moves(ongoing: &Ongoing, proposed: &Replicas, current: &Replicas) -> Moves {
    let mut moves = Moves::new();
    for (partition, reassignment) in ongoing {
        let destinations: BTreeSet<i32> = reassignment.adding_replicas.iter().copied().collect();
        let sources = reassignment.replicas.iter().filter(|id| !destinations.contains(id)).copied().collect();
        moves.insert(partition.clone(), Move { sources, destinations });
    }
    for (partition, replicas) in proposed {
        let known = moves.get(partition).map(|known| known.sources.clone());
        let sources = known.unwrap_or_else(|| current.get(partition).into_iter().flatten().copied().collect());
        let destinations = replicas.iter().filter(|id| !sources.contains(id)).copied().collect();
        moves.insert(partition.clone(), Move { sources, destinations });
    }
    moves
}

/// The replicas of each topic that are held back, as `partition:broker` sorted as text.
fn throttled(moves: &Moves, of: impl Fn(&Move) -> &BTreeSet<i32>) -> BTreeMap<String, String> {
    let mut topics: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (partition, one) in moves {
        let list = topics.entry(partition.topic.to_string()).or_default();
        list.extend(of(one).iter().map(|broker| format!("{}:{broker}", partition.partition)));
    }
    let text = |(topic, list): (String, BTreeSet<String>)| (topic, list.into_iter().collect::<Vec<_>>().join(","));
    topics.into_iter().map(text).collect()
}

fn set(name: &str, value: impl ToString) -> ConfigChange {
    (name.to_owned(), ConfigOperation::Set, Some(value.to_string()))
}

fn broker(id: i32) -> ConfigResource {
    ConfigResource { kind: ResourceKind::Broker, name: id.to_string() }
}

async fn change(admin: &Admin, changes: &[(ConfigResource, Vec<ConfigChange>)]) -> anyhow::Result<()> {
    for result in admin.incremental_alter_configs(changes, false).await? {
        result?;
    }
    Ok(())
}

/// Holds back the moves between brokers.
pub async fn throttle(admin: &Admin, moves: &Moves, rate: i64, terminal: &mut Terminal) -> anyhow::Result<()> {
    let (leaders, followers) = (throttled(moves, |m| &m.sources), throttled(moves, |m| &m.destinations));
    let topic = |(topic, sources): (&String, &String)| {
        let destinations = followers.get(topic).cloned().unwrap_or_default();
        (ConfigResource::topic(topic.clone()), vec![set(LEADERS, sources), set(FOLLOWERS, destinations)])
    };
    change(admin, &leaders.iter().map(topic).collect::<Vec<_>>()).await?;
    let brokers: BTreeSet<i32> =
        moves.values().flat_map(|one| one.sources.iter().chain(&one.destinations)).copied().collect();
    let rates = |id: &i32| (broker(*id), vec![set(LEADER_RATE, rate), set(FOLLOWER_RATE, rate)]);
    change(admin, &brokers.iter().map(rates).collect::<Vec<_>>()).await?;
    Ok(terminal.say(format_args!("The inter-broker throttle limit was set to {rate} B/s"))?)
}

/// Holds back the moves between the directories of brokers.
pub async fn throttle_dirs(
    admin: &Admin,
    brokers: &BTreeSet<i32>,
    rate: i64,
    terminal: &mut Terminal,
) -> anyhow::Result<()> {
    let rates = |id: &i32| (broker(*id), vec![set(DIRS_RATE, rate)]);
    change(admin, &brokers.iter().map(rates).collect::<Vec<_>>()).await?;
    Ok(terminal.say(format_args!("The replica-alter-dir throttle limit was set to {rate} B/s"))?)
}

/// Takes all throttles away, of all brokers: nobody knows any more which of them had some.
pub async fn clear(
    admin: &Admin,
    targets: &[(TopicPartition, Vec<i32>)],
    terminal: &mut Terminal,
) -> anyhow::Result<()> {
    let delete = |names: &[&str]| -> Vec<ConfigChange> {
        names.iter().map(|name| ((*name).to_owned(), ConfigOperation::Delete, None)).collect()
    };
    let mut brokers: BTreeSet<i32> = admin.describe_cluster(false).await?.nodes.iter().map(|node| node.id).collect();
    brokers.extend(targets.iter().flat_map(|(_, replicas)| replicas));
    let names: Vec<String> = brokers.iter().map(ToString::to_string).collect();
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let (s, names) = (plural(names.len()), names.join(","));
    terminal.say(format_args!("Clearing broker-level throttles on broker{s} {names}"))?;
    let of_broker = |id: &i32| (broker(*id), delete(&[LEADER_RATE, FOLLOWER_RATE, DIRS_RATE]));
    change(admin, &brokers.iter().map(of_broker).collect::<Vec<_>>()).await?;
    let topics: BTreeSet<&str> = targets.iter().map(|(partition, _)| &*partition.topic).collect();
    let names: Vec<&str> = topics.iter().copied().collect();
    let (s, names) = (plural(names.len()), names.join(","));
    terminal.say(format_args!("Clearing topic-level throttles on topic{s} {names}"))?;
    let of_topic = |topic: &&str| (ConfigResource::topic(*topic), delete(&[LEADERS, FOLLOWERS]));
    change(admin, &topics.iter().map(of_topic).collect::<Vec<_>>()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_held_back() {
        let p = |number| TopicPartition::new("t", number);
        let proposed = Replicas::from([(p(0), vec![1, 2]), (p(10), vec![3])]);
        let current = Replicas::from([(p(0), vec![0, 1]), (p(10), vec![3])]);
        let under_way =
            OngoingPartitionReassignment { replicas: vec![4, 5], adding_replicas: vec![5], ..Default::default() };
        let moves = moves(&Ongoing::from([(p(2), under_way)]), &proposed, &current);
        assert_eq!(throttled(&moves, |m| &m.sources)["t"], "0:0,0:1,10:3,2:4");
        assert_eq!(throttled(&moves, |m| &m.destinations)["t"], "0:2,2:5");
    }
}
