//! Topics as they are typed for the offsets of a group: `topic`, or some partitions of it as `topic:0,1,2`.

use crate::options::UsageError;
use rkafka_base::TopicPartition;
use rkafka_client::Admin;
use std::{collections::BTreeMap, sync::Arc};

/// A value of `--topic`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TopicArg {
    Whole(String),
    Partitions(Vec<TopicPartition>),
}

impl TopicArg {
    /// Reads `topic` or `topic:0,1,2`.
    pub fn read(text: &str) -> Result<TopicArg, UsageError> {
        if !text.contains(':') {
            return Ok(TopicArg::Whole(text.to_owned()));
        }
        let parts: Vec<&str> = text.trim_end_matches(':').split(':').collect();
        let [name, numbers] = parts.as_slice() else {
            return Err(UsageError::Rule(format!("Invalid topic arg '{text}', expected topic name and partitions")));
        };
        let partition = |number: &str| match number.parse() {
            Ok(number) => Ok(TopicPartition::new(*name, number)),
            Err(_) => Err(UsageError::Rule(format!("Invalid partition '{number}' specified in topic arg '{text}''"))),
        };
        numbers.trim_end_matches(',').split(',').map(partition).collect::<Result<_, _>>().map(TopicArg::Partitions)
    }
}

/// The partitions that `--topic` names, those of whole topics last.
///
/// Errors: a topic that does not exist.
pub async fn partitions_of(admin: &Admin, topics: &[TopicArg]) -> anyhow::Result<Vec<TopicPartition>> {
    let mut partitions: Vec<TopicPartition> = Vec::new();
    let mut whole: Vec<Arc<str>> = Vec::new();
    for topic in topics {
        match topic {
            TopicArg::Partitions(some) => partitions.extend(some.iter().cloned()),
            TopicArg::Whole(name) => whole.push(name.as_str().into()),
        }
    }
    for topic in admin.describe_topics(&whole).await? {
        let topic = topic?;
        partitions.extend(topic.partitions.iter().map(|p| TopicPartition::new(topic.name.clone(), p.partition)));
    }
    Ok(partitions)
}

/// Sees to it that all these partitions exist and have leaders, as Kafka 4.4's tools do.
pub async fn check_exist(admin: &Admin, partitions: &[TopicPartition]) -> anyhow::Result<()> {
    let mut names: Vec<Arc<str>> = partitions.iter().map(|p| p.topic.clone()).collect();
    names.sort();
    names.dedup();
    let mut led: BTreeMap<TopicPartition, bool> = BTreeMap::new();
    for topic in admin.describe_topics(&names).await? {
        let topic = topic?;
        led.extend(
            topic.partitions.iter().map(|p| (TopicPartition::new(topic.name.clone(), p.partition), p.leader.is_some())),
        );
    }
    let named = |wrong: Vec<&TopicPartition>| wrong.into_iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let missing: Vec<&TopicPartition> = partitions.iter().filter(|p| !led.contains_key(p)).collect();
    anyhow::ensure!(missing.is_empty(), "The partitions \"{}\" do not exist", named(missing));
    let leaderless: Vec<&TopicPartition> = partitions.iter().filter(|p| led.get(p) == Some(&false)).collect();
    anyhow::ensure!(leaderless.is_empty(), "The partitions \"{}\" have no leader", named(leaderless));
    Ok(())
}
