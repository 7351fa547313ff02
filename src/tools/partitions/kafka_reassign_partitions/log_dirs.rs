//! Moves between the log directories of a broker: beginning them, and how far they are.

use super::file::{Dirs, Replicas};
use crate::{era::Era, terminal::Terminal};
use anyhow::{Context, bail};
use rkafka_base::TopicPartition;
use rkafka_client::Admin;
use rkafka_protocol::{ErrorCode, messages::describe_log_dirs_request::DescribableLogDirTopic};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

/// Before the moves that could not begin are tried again.
const PAUSE: Duration = Duration::from_millis(100);

/// What a broker says of a replica.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub current: Option<String>,
    /// Where it is being moved to.
    pub future: Option<String>,
}

/// Where the replicas are now.
pub async fn find(admin: &Admin, targets: &Dirs) -> anyhow::Result<BTreeMap<(i32, TopicPartition), Found>> {
    let mut found: BTreeMap<(i32, TopicPartition), Found> = BTreeMap::new();
    let brokers: BTreeSet<i32> = targets.keys().map(|(broker, _)| *broker).collect();
    for broker in brokers {
        let of_broker = targets.keys().filter(|(id, _)| *id == broker);
        let topic = |(_, partition): &(i32, TopicPartition)| DescribableLogDirTopic {
            topic: partition.topic.to_string(),
            partitions: vec![partition.partition],
            ..Default::default()
        };
        for dir in admin.describe_log_dirs(broker, Some(of_broker.map(topic).collect())).await? {
            for topic in dir.topics {
                for p in topic.partitions {
                    let place = (broker, TopicPartition::new(topic.name.as_str(), p.partition_index));
                    let found = found.entry(place).or_default();
                    let slot = if p.is_future_key { &mut found.future } else { &mut found.current };
                    *slot = Some(dir.log_dir.clone());
                }
            }
        }
    }
    Ok(found)
}

/// The directories in which replicas are, for an assignment that is shown. Only 4.4 tells them.
pub async fn current(admin: &Admin, replicas: &Replicas, era: Era) -> anyhow::Result<Dirs> {
    if era == Era::V3_9 {
        return Ok(Dirs::new());
    }
    let live: BTreeSet<i32> = admin.describe_cluster(false).await?.nodes.iter().map(|node| node.id).collect();
    let places = replicas.iter().flat_map(|(partition, ids)| ids.iter().map(move |id| (*id, partition.clone())));
    let places = places.filter(|(id, _)| live.contains(id)).map(|place| (place, String::new())).collect();
    let found = find(admin, &places).await?;
    Ok(found.into_iter().filter_map(|(place, found)| Some((place, found.current?))).collect())
}

/// How far a move of a replica is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Its broker knows nothing of the replica.
    Missing,
    Moving,
    MovingElsewhere,
    Completed,
    NotMoving,
}

impl Progress {
    /// How far a move to `target` is.
    pub fn of(target: &str, found: Option<&Found>) -> Progress {
        match found {
            None => Progress::Missing,
            Some(Found { future: Some(future), .. }) if future == target => Progress::Moving,
            Some(Found { future: Some(_), .. }) => Progress::MovingElsewhere,
            Some(Found { current: Some(current), .. }) if current == target => Progress::Completed,
            Some(Found { .. }) => Progress::NotMoving,
        }
    }

    /// Whether the move is over, well or not.
    pub fn is_over(self) -> bool {
        !matches!(self, Progress::Moving | Progress::MovingElsewhere)
    }

    /// The word of `--output json`.
    pub fn name(self) -> &'static str {
        match self {
            Progress::Missing => "missing",
            Progress::Moving => "inProgress",
            Progress::MovingElsewhere => "movingElsewhere",
            Progress::Completed => "completed",
            Progress::NotMoving => "notActive",
        }
    }
}

/// How far a move to `target` is, in the words of Kafka's tool.
pub fn told(broker: i32, partition: &TopicPartition, target: &str, found: Option<&Found>) -> String {
    let replica = format!("{}-{}-{broker}", partition.topic, partition.partition);
    let of = |dir: fn(&Found) -> Option<&String>| found.and_then(dir).map(String::as_str).unwrap_or_default();
    let (current, future) = (of(|found| found.current.as_ref()), of(|found| found.future.as_ref()));
    match Progress::of(target, found) {
        Progress::Missing => format!(
            "Partition {partition} is not found in any live log dir on broker {broker}. There is likely an offline log \
             directory on the broker."
        ),
        Progress::Moving => format!("Reassignment of replica {replica} is still in progress."),
        Progress::MovingElsewhere => {
            let to = format!("is being moved to log dir {future} instead of {target}.");
            format!("Partition {partition} on broker {broker} {to}")
        }
        Progress::Completed => format!("Reassignment of replica {replica} completed successfully."),
        Progress::NotMoving => {
            let text = format!("is not being moved from log dir {current} to {target}.");
            format!("Partition {partition} on broker {broker} {text}")
        }
    }
}

/// Begins moves; a replica that its broker does not have yet is tried again until the time is up.
pub async fn begin(admin: &Admin, dirs: Dirs, timeout: Duration, terminal: &mut Terminal) -> anyhow::Result<()> {
    let end = Instant::now() + timeout;
    let mut left = dirs;
    loop {
        for ((broker, partition), dir) in try_all(admin, &mut left).await? {
            let TopicPartition { topic, partition } = partition;
            terminal.say(format_args!(
                "Successfully started moving log directory to {dir} for replica {topic}-{partition} with broker {broker} "
            ))?;
        }
        if left.is_empty() {
            return Ok(());
        }
        if Instant::now() >= end {
            let names: Vec<String> =
                left.keys().map(|(broker, p)| format!("{}-{}-{broker}", p.topic, p.partition)).collect();
            let s = if names.len() == 1 { "" } else { "s" };
            bail!("Timed out before log directory move{s} could be started for: {}", names.join(","));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Takes those that have begun from `left`.
async fn try_all(admin: &Admin, left: &mut Dirs) -> anyhow::Result<Dirs> {
    let mut begun = Dirs::new();
    let brokers: BTreeSet<i32> = left.keys().map(|(broker, _)| *broker).collect();
    for broker in brokers {
        let moves: Vec<(TopicPartition, String)> = left
            .iter()
            .filter(|((id, _), _)| *id == broker)
            .map(|((_, partition), dir)| (partition.clone(), dir.clone()))
            .collect();
        let results = admin.alter_replica_log_dirs(broker, &moves).await?;
        for ((partition, dir), result) in moves.into_iter().zip(results) {
            match result {
                Ok(()) => {
                    left.remove(&(broker, partition.clone()));
                    begun.insert((broker, partition), dir);
                }
                Err(error) if error.code() == Some(ErrorCode::REPLICA_NOT_AVAILABLE) => {}
                Err(error) => {
                    let replica = format!("{}-{}-{broker}", partition.topic, partition.partition);
                    return Err(error).with_context(|| format!("Failed to alter dir for {replica}"));
                }
            }
        }
    }
    Ok(begun)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_moves_are() {
        let partition = TopicPartition::new("t", 0);
        let of = |current: &str, future: Option<&str>| {
            let found = Found { current: Some(current.into()), future: future.map(Into::into) };
            (told(1, &partition, "/b", Some(&found)), Progress::of("/b", Some(&found)).is_over())
        };
        assert_eq!(of("/a", Some("/b")), ("Reassignment of replica t-0-1 is still in progress.".into(), false));
        assert_eq!(of("/b", None), ("Reassignment of replica t-0-1 completed successfully.".into(), true));
        assert_eq!(of("/a", None).0, "Partition t-0 on broker 1 is not being moved from log dir /a to /b.");
        assert_eq!(of("/a", Some("/c")).0, "Partition t-0 on broker 1 is being moved to log dir /c instead of /b.");
        assert!(told(1, &partition, "/b", None).contains("is not found in any live log dir"));
    }
}
