//! `--create`.

use super::speaks_as_0_8;
use crate::{options::argv::Options, terminal::Terminal};
use anyhow::{anyhow, bail};
use rkafka_client::{Admin, admin::NewTopic};
use rkafka_config::topic::{TopicDefaults, validate};
use rkafka_protocol::{
    ErrorCode,
    messages::create_topics_request::{CreatableReplicaAssignment, CreatableTopicConfig},
};

const COLLISION_WARNING: &str = "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore \
                                 ('_') could collide. To avoid issues it is best to use either, but not both.";

/// Creates the topic and says so.
pub async fn run(admin: &Admin, options: &Options, terminal: &mut Terminal) -> anyhow::Result<()> {
    let topic = requested(options, terminal)?;
    if topic.name.contains(['.', '_']) && !speaks_as_0_8(options) {
        terminal.line(COLLISION_WARNING)?;
    }
    check_counts(options)?;
    let created = admin.create_topics(std::slice::from_ref(&topic), false).await?;
    match created.into_iter().next() {
        Some(Err(error)) if error.code() == Some(ErrorCode::TOPIC_ALREADY_EXISTS) && options.has("if-not-exists") => {
            Ok(())
        }
        Some(Err(error)) => Err(error.into()),
        _ if speaks_as_0_8(options) => Ok(terminal.line(format_args!("Created topic \"{}\".", topic.name))?),
        _ => Ok(terminal.line(format_args!("Created topic {}.", topic.name))?),
    }
}

/// Reads the options into a request.
fn requested(options: &Options, terminal: &mut Terminal) -> anyhow::Result<NewTopic> {
    let name = options.required("topic")?.to_owned();
    let num_partitions = options.parsed::<i32>("partitions")?.unwrap_or(-1);
    let replication_factor = options.parsed::<i32>("replication-factor")?.unwrap_or(-1);
    let assignments = match options.value("replica-assignment")? {
        Some(text) if !text.is_empty() => parse_assignment(text)?,
        _ => Vec::new(),
    };
    let configs = parse_configs(&options.values("config"))?;
    if let Some((_, version)) = configs.iter().find(|(name, _)| name == "message.format.version") {
        terminal.line(format_args!(
            "WARNING: The configuration message.format.version={version} is specified. This configuration will be \
             ignored if the version is newer than the inter.broker.protocol.version specified in the broker or if the \
             inter.broker.protocol.version is 3.0 or newer. This configuration is deprecated and it will be removed in \
             Apache Kafka 4.0."
        ))?;
    }
    let config =
        |(name, value): (String, String)| CreatableTopicConfig { name, value: Some(value), ..Default::default() };
    let assignment = |(partition, brokers): (usize, Vec<i32>)| CreatableReplicaAssignment {
        partition_index: i32::try_from(partition).unwrap_or(i32::MAX),
        broker_ids: brokers,
        ..Default::default()
    };
    Ok(NewTopic {
        name,
        num_partitions,
        replication_factor: i16::try_from(replication_factor).unwrap_or(-1),
        assignments: assignments.into_iter().enumerate().map(assignment).collect(),
        configs: configs.into_iter().map(config).collect(),
        ..Default::default()
    })
}

fn check_counts(options: &Options) -> anyhow::Result<()> {
    if options.parsed::<i32>("replication-factor")?.is_some_and(|n| !(1..=32767).contains(&n)) {
        bail!("The replication factor must be between 1 and 32767 inclusive");
    }
    if options.parsed::<i32>("partitions")?.is_some_and(|n| n < 1) {
        bail!("The partitions must be greater than 0");
    }
    Ok(())
}

/// `name=value` pairs, checked as a broker would check them.
fn parse_configs(given: &[&str]) -> anyhow::Result<Vec<(String, String)>> {
    let pair = |text: &&str| {
        let (name, value) = text.split_once('=')?;
        let value = value.trim();
        (!value.is_empty() && !value.contains('=')).then(|| (name.trim().to_owned(), value.to_owned()))
    };
    let Some(pairs) = given.iter().map(pair).collect::<Option<Vec<_>>>() else {
        bail!("requirement failed: Invalid topic config: all configs to be added must be in the format \"key=val\".");
    };
    validate(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())), &TopicDefaults::of_kafka())?;
    Ok(pairs)
}

/// `0:1,1:2`: the brokers of partition 0, of partition 1, and so on.
pub fn parse_assignment(text: &str) -> anyhow::Result<Vec<Vec<i32>>> {
    let mut partitions: Vec<Vec<i32>> = Vec::new();
    for (partition, list) in text.trim_end_matches(',').split(',').enumerate() {
        let mut brokers: Vec<i32> = Vec::new();
        let mut repeated: Vec<String> = Vec::new();
        for id in list.split(':') {
            let id = id.trim();
            let broker = id.parse().map_err(|_| anyhow!("For input string: \"{id}\""))?;
            if brokers.contains(&broker) {
                repeated.push(id.to_owned());
            }
            brokers.push(broker);
        }
        if !repeated.is_empty() {
            bail!("Partition replica lists may not contain duplicate entries: {}", repeated.join(","));
        }
        if partitions.first().is_some_and(|first| first.len() != brokers.len()) {
            bail!("Partition {partition} has different replication factor: {brokers:?}");
        }
        partitions.push(brokers);
    }
    Ok(partitions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments() {
        assert_eq!(parse_assignment("0:1,1:2").unwrap(), [[0, 1], [1, 2]]);
        let refusal = |text| parse_assignment(text).unwrap_err().to_string();
        assert_eq!(refusal("0:0"), "Partition replica lists may not contain duplicate entries: 0");
        assert_eq!(refusal("0:1,1"), "Partition 1 has different replication factor: [1]");
        assert_eq!(refusal("a"), "For input string: \"a\"");
    }

    #[test]
    fn configs() {
        assert_eq!(parse_configs(&["retention.ms = 5"]).unwrap(), [("retention.ms".to_owned(), "5".to_owned())]);
        for bad in ["retention.ms", "retention.ms=", "a=b=c"] {
            assert!(
                parse_configs(&[bad]).unwrap_err().to_string().starts_with("requirement failed: Invalid topic config")
            );
        }
        assert_eq!(parse_configs(&["no.such=1"]).unwrap_err().to_string(), "Unknown topic config name: no.such");
    }
}
