//! Pure: what a command line of `kafka-topics` means.

use super::{
    args::TopicsArgs,
    rules::{self, Action},
    selection::Selection,
};
use crate::{
    era::Era,
    options::{Opt, UsageError},
};
use anyhow::{anyhow, bail};
use base64::{Engine, engine::general_purpose};
use rkafka_client::admin::{ConfigChange, ConfigOperation, NewTopic};
use rkafka_config::topic::{TopicDefaults, validate};
use rkafka_protocol::{
    Uuid,
    messages::create_topics_request::{CreatableReplicaAssignment, CreatableTopicConfig},
};

const COLLISION_WARNING: &str = "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore \
                                 ('_') could collide. To avoid issues it is best to use either, but not both.";

/// What one call is to do.
#[derive(Debug)]
pub struct Plan {
    /// A properties file for the admin client.
    pub admin_file: Option<String>,
    /// Looked at when the file has been read.
    pub brokers: Result<Brokers, UsageError>,
    /// Successes are worded as 0.8.2 worded them.
    pub as_0_8: bool,
    pub only_shows: bool,
    /// Lines that come before the work, or before the reason why it is refused.
    pub notices: Vec<String>,
    /// Kafka's tool finds this out when it has a client, and so tells of it as of a failure, not as of a usage error.
    pub task: anyhow::Result<Task>,
}

/// Where the brokers are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Brokers {
    Bootstrap(String),
    /// In ZooKeeper at this address.
    Registered(String),
}

#[derive(Debug)]
pub enum Task {
    Create(Create),
    List(Selection),
    Describe(Describe),
    Alter(Alter),
    Delete(Selection),
}

#[derive(Debug)]
pub struct Create {
    pub topic: NewTopic,
    pub if_not_exists: bool,
}

#[derive(Debug)]
pub struct Describe {
    pub topics: Described,
    pub show: Show,
}

/// Which topics are described.
#[derive(Debug)]
pub enum Described {
    ById { id: Uuid, if_exists: bool },
    Selected(Selection),
}

/// Which lines to print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Show {
    /// 0.8.2's layout.
    pub old: bool,
    pub only_overrides: bool,
    pub under_replicated: bool,
    pub under_min_isr: bool,
    pub at_min_isr: bool,
    pub unavailable: bool,
}

/// What is changed. What is wrong with a part is told when its turn comes: after the topics have been found.
#[derive(Debug)]
pub struct Alter {
    pub topics: Selection,
    /// `--zookeeper` alone may change settings.
    pub configs: anyhow::Result<Vec<ConfigChange>>,
    pub growth: Option<anyhow::Result<Growth>>,
}

/// More partitions.
#[derive(Debug, PartialEq, Eq)]
pub struct Growth {
    pub count: i32,
    /// The brokers of each partition, those that exist included.
    pub assignment: Option<Vec<Vec<i32>>>,
}

impl Plan {
    /// Understands the options, after checking which go together.
    pub fn of(args: &TopicsArgs, era: Era) -> Result<Plan, UsageError> {
        let action = rules::check(args, era)?;
        let admin_file = args.command_config.value()?;
        let mut notices = Vec::new();
        let task = match action {
            Action::Create => create(args, era, &mut notices).map(Task::Create),
            Action::List => Selection::of(args, era).map(Task::List),
            Action::Describe => describe(args, era, &mut notices).map(Task::Describe),
            Action::Alter => alter(args, era).map(Task::Alter),
            Action::Delete => Selection::of(args, era).map(Task::Delete),
        };
        let only_shows = matches!(action, Action::List | Action::Describe);
        Ok(Plan { admin_file, brokers: brokers(args), as_0_8: as_0_8(args), only_shows, notices, task })
    }
}

fn brokers(args: &TopicsArgs) -> Result<Brokers, UsageError> {
    match (args.bootstrap_server.value()?, args.zookeeper.value()?) {
        (Some(servers), _) => Ok(Brokers::Bootstrap(servers)),
        (None, Some(zookeeper)) => Ok(Brokers::Registered(zookeeper)),
        (None, None) => Err(UsageError::missing(&args.bootstrap_server)),
    }
}

fn as_0_8(args: &TopicsArgs) -> bool {
    args.zookeeper.is_given()
}

fn create(args: &TopicsArgs, era: Era, notices: &mut Vec<String>) -> anyhow::Result<Create> {
    let topic = new_topic(args, era)?;
    if let Some(config) = topic.configs.iter().find(|config| config.name == "message.format.version")
        && era == Era::V3_9
    {
        let version = config.value.as_deref().unwrap_or_default();
        notices.push(format!(
            "WARNING: The configuration message.format.version={version} is specified. This configuration will be \
             ignored if the version is newer than the inter.broker.protocol.version specified in the broker or if the \
             inter.broker.protocol.version is 3.0 or newer. This configuration is deprecated and it will be removed in \
             Apache Kafka 4.0."
        ));
    }
    if topic.name.contains(['.', '_']) && !as_0_8(args) {
        notices.push(COLLISION_WARNING.to_owned());
    }
    if args.replication_factor.value()?.is_some_and(|n| !(1..=32767).contains(&n)) {
        bail!("The replication factor must be between 1 and 32767 inclusive");
    }
    if args.partitions.value()?.is_some_and(|n| n < 1) {
        bail!("The partitions must be greater than 0");
    }
    Ok(Create { topic, if_not_exists: args.if_not_exists.is_given() })
}

fn new_topic(args: &TopicsArgs, era: Era) -> anyhow::Result<NewTopic> {
    let name = args.topic.required()?;
    let num_partitions = args.partitions.value()?.unwrap_or(-1);
    let replication_factor = args.replication_factor.value()?.unwrap_or(-1);
    let assignments = assignment(args)?.unwrap_or_default();
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
        configs: parse_configs(&args.config.values(), era)?.into_iter().map(config).collect(),
        ..Default::default()
    })
}

fn describe(args: &TopicsArgs, era: Era, notices: &mut Vec<String>) -> anyhow::Result<Describe> {
    if args.if_exists.is_given() && args.topic.is_given() && args.topic_id.is_given() {
        notices.push(
            "Only topic id will be used when both --topic and --topic-id are specified and topicId is not \
             Uuid.ZERO_UUID"
                .to_owned(),
        );
    }
    args.partition_size_limit_per_response.value()?;
    let id = args.topic_id.text()?.map(parse_id).transpose()?.filter(|id| *id != Uuid::ZERO);
    let topics = match id {
        Some(id) => Described::ById { id, if_exists: args.if_exists.is_given() },
        None => Described::Selected(Selection::of(args, era)?),
    };
    let show = Show {
        old: as_0_8(args),
        only_overrides: args.topics_with_overrides.is_given(),
        under_replicated: args.under_replicated_partitions.is_given(),
        under_min_isr: args.under_min_isr_partitions.is_given(),
        at_min_isr: args.at_min_isr_partitions.is_given(),
        unavailable: args.unavailable_partitions.is_given(),
    };
    Ok(Describe { topics, show })
}

fn alter(args: &TopicsArgs, era: Era) -> anyhow::Result<Alter> {
    let growth = |count: Result<i32, UsageError>| Ok(Growth { count: count?, assignment: assignment(args)? });
    Ok(Alter {
        topics: Selection::of(args, era)?,
        configs: if as_0_8(args) { config_changes(args) } else { Ok(Vec::new()) },
        growth: args.partitions.value().transpose().map(growth),
    })
}

fn config_changes(args: &TopicsArgs) -> anyhow::Result<Vec<ConfigChange>> {
    let set = args.config.values().into_iter().map(|text| {
        let (name, value) = text.split_once('=').ok_or_else(|| anyhow!(NOT_A_PAIR))?;
        Ok((name.trim().to_owned(), ConfigOperation::Set, Some(value.trim().to_owned())))
    });
    let delete = args.delete_config.values().into_iter();
    let delete = delete.map(|name| Ok((name.trim().to_owned(), ConfigOperation::Delete, None)));
    set.chain(delete).collect()
}

fn assignment(args: &TopicsArgs) -> anyhow::Result<Option<Vec<Vec<i32>>>> {
    args.replica_assignment.text()?.filter(|text| !text.is_empty()).map(parse_assignment).transpose()
}

const NOT_A_PAIR: &str =
    "requirement failed: Invalid topic config: all configs to be added must be in the format \"key=val\".";

/// Settings of topics that came and went after 3.9. What values the new ones may have, their brokers know.
const NEW_IN_4_4: [&str; 4] = [
    "errors.deadletterqueue.group.enable",
    "max.decompressed.message.bytes",
    "remote.copy.lag.bytes",
    "remote.copy.lag.ms",
];
const GONE_IN_4_4: [&str; 3] =
    ["message.downconversion.enable", "message.format.version", "message.timestamp.difference.max.ms"];

/// `name=value` pairs, checked as a broker would check them.
fn parse_configs(given: &[&str], era: Era) -> anyhow::Result<Vec<(String, String)>> {
    let pair = |text: &&str| {
        let (name, value) = text.split_once('=')?;
        let value = value.trim();
        (!value.is_empty() && !value.contains('=')).then(|| (name.trim().to_owned(), value.to_owned()))
    };
    let Some(pairs) = given.iter().map(pair).collect::<Option<Vec<_>>>() else { bail!(NOT_A_PAIR) };
    if let Some((gone, _)) = pairs.iter().find(|(name, _)| era == Era::V4_4 && GONE_IN_4_4.contains(&name.as_str())) {
        bail!("Unknown topic config name: {gone}");
    }
    let known = pairs.iter().filter(|(name, _)| era == Era::V3_9 || !NEW_IN_4_4.contains(&name.as_str()));
    validate(known.map(|(name, value)| (name.as_str(), value.as_str())), &TopicDefaults::of_kafka())?;
    Ok(pairs)
}

/// `0:1,1:2`: the brokers of partition 0, of partition 1, and so on.
fn parse_assignment(text: &str) -> anyhow::Result<Vec<Vec<i32>>> {
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

/// A topic id as 22 characters of base64.
fn parse_id(text: &str) -> anyhow::Result<Uuid> {
    if text.len() > 24 {
        let start: String = text.chars().take(24).collect();
        bail!("Input string with prefix `{start}` is too long to be decoded as a base64 UUID");
    }
    let bytes = general_purpose::URL_SAFE_NO_PAD.decode(text.trim_end_matches('='));
    let bytes = bytes.map_err(|error| anyhow!("Input string `{text}` is not base64: {error}"))?;
    let length = bytes.len();
    let array = <[u8; 16]>::try_from(bytes).map_err(|_| {
        anyhow!(
            "Input string `{text}` decoded as {length} bytes, which is not equal to the expected 16 bytes of a \
             base64-encoded UUID"
        )
    })?;
    Ok(Uuid(array))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::typed;

    fn plan(line: &str) -> Plan {
        Plan::of(&typed(line).unwrap(), Era::V3_9).unwrap()
    }

    fn created(line: &str) -> (usize, Result<Create, String>) {
        let plan = plan(&format!("--bootstrap-server b:1 --create {line}"));
        let task = plan.task.map(|task| match task {
            Task::Create(create) => create,
            other => panic!("{other:?}"),
        });
        (plan.notices.len(), task.map_err(|error| error.to_string()))
    }

    #[test]
    fn where_and_how() {
        let new = plan("--list --bootstrap-server b:1 --command-config f");
        assert_eq!((new.brokers, new.admin_file.as_deref()), (Ok(Brokers::Bootstrap("b:1".into())), Some("f")));
        assert_eq!((new.as_0_8, new.only_shows), (false, true));
        let old = plan("--delete --zookeeper z:1 --topic t");
        assert_eq!((old.brokers, old.as_0_8, old.only_shows), (Ok(Brokers::Registered("z:1".into())), true, false));
        let both = plan("--list --zookeeper z:1 --bootstrap-server b:1");
        assert_eq!((both.brokers, both.as_0_8), (Ok(Brokers::Bootstrap("b:1".into())), true));
        let twice = plan("--list --bootstrap-server a:1 --bootstrap-server b:1").brokers;
        assert_eq!(twice, Err(UsageError::Multiple("bootstrap-server".into())));
    }

    #[test]
    fn topics_to_create() {
        let (notices, create) = created("--topic t --partitions 3 --replication-factor 2 --config retention.ms=5");
        let Create { topic, if_not_exists } = create.unwrap();
        assert_eq!((notices, topic.num_partitions, topic.replication_factor, if_not_exists), (0, 3, 2, false));
        assert_eq!(topic.configs[0].value.as_deref(), Some("5"));
        let (_, create) = created("--topic t --replica-assignment 0:1,1:0 --if-not-exists");
        let Create { topic, if_not_exists } = create.unwrap();
        assert_eq!((topic.num_partitions, topic.replication_factor, if_not_exists), (-1, -1, true));
        assert_eq!(topic.assignments[1].broker_ids, [1, 0]);
    }

    /// Each with the number of lines that Kafka's tool prints before.
    #[test]
    fn topics_that_are_refused() {
        for (line, notices, message) in [
            ("--topic a --topic b", 0, "Found multiple arguments for option topic, but you asked for only one"),
            ("--topic a.b --partitions x", 0, "Cannot parse argument 'x' of option partitions"),
            ("--topic a.b --partitions 0", 1, "The partitions must be greater than 0"),
            ("--topic a --replication-factor 0", 0, "The replication factor must be between 1 and 32767 inclusive"),
            ("--topic a --config no.such=1", 0, "Unknown topic config name: no.such"),
        ] {
            let (said, create) = created(line);
            assert_eq!((said, create.unwrap_err().as_str()), (notices, message), "{line}");
        }
    }

    #[test]
    fn what_is_described() {
        let described = |line: &str| match plan(&format!("--describe --bootstrap-server b:1 {line}")) {
            Plan { notices, task: Ok(Task::Describe(describe)), .. } => (notices.len(), describe),
            other => panic!("{other:?}"),
        };
        let (notices, describe) = described("--topic t --topic-id AQEBAQEBAQEBAQEBAQEBAQ --if-exists");
        assert_eq!(notices, 1);
        assert!(matches!(describe.topics, Described::ById { id: Uuid([1, ..]), if_exists: true }));
        let (_, describe) = described("--topic-id AAAAAAAAAAAAAAAAAAAAAA --unavailable-partitions");
        assert!(matches!(describe.topics, Described::Selected(_)));
        assert!(describe.show.unavailable && !describe.show.old);
        let refused = plan("--describe --bootstrap-server b:1 --topic-id notauuid").task.unwrap_err().to_string();
        assert!(refused.contains("`notauuid` decoded as 6 bytes"), "{refused}");
    }

    #[test]
    fn which_lines_are_shown() {
        let nothing = Show::default();
        for (line, show) in [
            ("--bootstrap-server b:1", nothing),
            ("--zookeeper z:1", Show { old: true, ..nothing }),
            ("--bootstrap-server b:1 --topics-with-overrides", Show { only_overrides: true, ..nothing }),
            ("--bootstrap-server b:1 --under-replicated-partitions", Show { under_replicated: true, ..nothing }),
            ("--bootstrap-server b:1 --under-min-isr-partitions", Show { under_min_isr: true, ..nothing }),
            ("--bootstrap-server b:1 --at-min-isr-partitions", Show { at_min_isr: true, ..nothing }),
            ("--bootstrap-server b:1 --unavailable-partitions", Show { unavailable: true, ..nothing }),
        ] {
            match plan(&format!("--describe {line}")).task {
                Ok(Task::Describe(describe)) => assert_eq!(describe.show, show, "{line}"),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn what_is_altered() {
        let altered = |line: &str| match plan(&format!("--alter --topic t {line}")).task {
            Ok(Task::Alter(alter)) => alter,
            other => panic!("{other:?}"),
        };
        let alter = altered("--bootstrap-server b:1 --partitions 2 --replica-assignment 0,1");
        let assignment = Some(vec![vec![0], vec![1]]);
        assert_eq!(alter.growth.unwrap().unwrap(), Growth { count: 2, assignment });
        let late = altered("--bootstrap-server b:1 --partitions x").growth.unwrap().unwrap_err();
        assert_eq!(late.to_string(), "Cannot parse argument 'x' of option partitions");
        let alter = altered("--zookeeper z:1 --config a=b --delete-config c");
        assert!(alter.growth.is_none());
        let changes = alter.configs.unwrap();
        assert_eq!(changes[0], ("a".into(), ConfigOperation::Set, Some("b".into())));
        assert_eq!(changes[1], ("c".into(), ConfigOperation::Delete, None));
    }

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
        assert_eq!(
            parse_configs(&["retention.ms = 5"], Era::V3_9).unwrap(),
            [("retention.ms".to_owned(), "5".to_owned())]
        );
        for bad in ["retention.ms", "retention.ms=", "a=b=c"] {
            assert!(
                parse_configs(&[bad], Era::V3_9)
                    .unwrap_err()
                    .to_string()
                    .starts_with("requirement failed: Invalid topic config")
            );
        }
        assert_eq!(
            parse_configs(&["no.such=1"], Era::V3_9).unwrap_err().to_string(),
            "Unknown topic config name: no.such"
        );
        assert!(parse_configs(&["remote.copy.lag.ms=1"], Era::V4_4).is_ok());
        let gone = parse_configs(&["message.format.version=2.8"], Era::V4_4).unwrap_err().to_string();
        assert_eq!(gone, "Unknown topic config name: message.format.version");
    }

    #[test]
    fn topic_ids() {
        assert_eq!(parse_id("AQEBAQEBAQEBAQEBAQEBAQ").unwrap(), Uuid([1; 16]));
        assert!(parse_id("notauuid").unwrap_err().to_string().contains("`notauuid` decoded as 6 bytes"));
        assert!(parse_id("!").is_err());
    }
}
