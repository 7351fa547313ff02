//! `kafka-leader-election`: elects preferred leaders, or any leader for partitions without one.
//!
//! Texts and exit codes are those of Apache Kafka 3.9.1, or 4.4.0 (`LeaderElectionCommand`).

use super::json_partitions;
use crate::{
    access::{admin, properties},
    block_on::block_on,
    java_order,
    options::{
        Flag, Once, Opt, UsageError, kafka_command, refuse_together,
        renamed::{has_been_deprecated, warnings},
    },
    terminal::{
        Terminal,
        output::{Field, Format, Shape},
    },
    tool::{Call, Exit, Tool},
};
use anyhow::{Context, anyhow, bail};
use clap::{ArgAction::SetTrue, Args};
use rkafka_base::TopicPartition;
use rkafka_client::{Admin, ClientError, Properties, admin::ElectionKind};
use rkafka_protocol::ErrorCode;
use rkafka_runtime::logging;
use serde_json::{Value, json};
use std::{io, str::FromStr};

pub const TOOL: Tool = Tool {
    name: "leader-election",
    script: "kafka-leader-election",
    command: kafka_command::<ElectionArgs>,
    run,
    shows: &[&ELECTED],
};

/// What became of a partition.
const ELECTED: Shape<5> = Shape::rows(
    "leader-election",
    [
        Field::text("topic", "The topic's name."),
        Field::integer("partition", "The partition's number."),
        Field::text("electionType", "`PREFERRED` or `UNCLEAN`."),
        Field::text("result", "`elected`, `notNeeded` (the right one leads already) or `failed`."),
        Field::text("error", "Why it failed; null if it did not."),
    ],
);

const INTRODUCTION: &str = "This tool attempts to elect a new leader for a set of topic partitions. The type of elections \
                            supported are preferred replicas and unclean replicas.";

/// What can be typed.
#[derive(Debug, Args)]
#[command(about = "Elect leaders of partitions")]
struct ElectionArgs {
    #[arg(
        long = "admin.config",
        value_name = "String: config file",
        help = "DEPRECATED, use --command-config: a properties file for the admin client."
    )]
    admin_config: Once<String>,
    #[arg(long, action = SetTrue, help = "All partitions that need it.")]
    all_topic_partitions: Flag,
    #[arg(long, value_name = "String: host:port", help = "REQUIRED: The brokers, host:port,host:port.")]
    bootstrap_server: Once<String>,
    #[arg(long, value_name = "String: config file", help = "A properties file for the admin client.")]
    command_config: Once<String>,
    #[arg(
        long,
        value_name = "[PREFERRED,UNCLEAN]: election type",
        help = "REQUIRED: Whom to elect: preferred or unclean.",
        long_help = "REQUIRED: Whom to elect: with preferred the first replica of a partition, if it does not lead; with \
                     unclean any that lives, if there is no leader. That may lose records."
    )]
    election_type: Once<ElectionType>,
    #[arg(long, value_name = "Integer: partition id", help = "The partition of --topic.")]
    partition: Once<i32>,
    #[arg(
        long,
        value_name = "String: Path to JSON file",
        help = "A JSON file with partitions.",
        long_help = "A JSON file with partitions:\n{\"partitions\":\n  [{\"topic\": \"foo\", \"partition\": 1},\n   \
                     {\"topic\": \"foobar\", \"partition\": 2}]\n}"
    )]
    path_to_json_file: Once<String>,
    #[arg(long, value_name = "String: topic name", help = "The topic of --partition.")]
    topic: Once<String>,
}

/// Whom to elect, as it is typed and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ElectionType(ElectionKind);

impl FromStr for ElectionType {
    type Err = ();

    fn from_str(text: &str) -> Result<ElectionType, ()> {
        let kinds = [ElectionKind::Preferred, ElectionKind::Unclean].map(ElectionType);
        kinds.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(text)).ok_or(())
    }
}

impl ElectionType {
    fn name(self) -> &'static str {
        match self.0 {
            ElectionKind::Preferred => "PREFERRED",
            ElectionKind::Unclean => "UNCLEAN",
        }
    }
}

/// What is meant.
#[derive(Debug, PartialEq, Eq)]
struct Plan {
    servers: String,
    admin_file: Option<String>,
    kind: ElectionType,
    scope: Scope,
}

/// Which partitions.
#[derive(Debug, PartialEq, Eq)]
enum Scope {
    All,
    One(TopicPartition),
    File(String),
}

impl Plan {
    /// Understands the options.
    fn of(args: &ElectionArgs) -> Result<Plan, UsageError> {
        let wrong = |text: String| Err(UsageError::Unusable(text));
        refuse_together(&args.admin_config, &[&args.command_config])?;
        let required: [&dyn Opt; 2] = [&args.bootstrap_server, &args.election_type];
        let missing: Vec<&str> = required.iter().filter(|o| !o.is_given()).map(|o| o.name()).collect();
        if !missing.is_empty() {
            return wrong(format!("Missing required option(s): {}", missing.join(", ")));
        }
        let scopes: [&dyn Opt; 3] = [&args.topic, &args.all_topic_partitions, &args.path_to_json_file];
        if scopes.iter().filter(|option| option.is_given()).count() != 1 {
            let names = scopes.map(Opt::name).join(", ");
            return wrong(format!("One and only one of the following options is required: {names}"));
        }
        if args.topic.is_given() && !args.partition.is_given() {
            return wrong("Missing required option(s): partition".to_owned());
        }
        if !args.topic.is_given() && args.partition.is_given() {
            return wrong("Option partition is only allowed if topic is used".to_owned());
        }
        let kind = args.election_type.required()?;
        let scope = match (args.path_to_json_file.value()?, args.topic.text()?) {
            (Some(file), _) => Scope::File(file),
            (None, Some(topic)) => Scope::One(TopicPartition::new(topic, args.partition.required()?)),
            (None, None) => Scope::All,
        };
        let servers = args.bootstrap_server.required()?;
        let admin_file = args.command_config.value_or(&args.admin_config)?;
        Ok(Plan { servers, admin_file, kind, scope })
    }
}

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let (args, asked) = call.typed::<ElectionArgs>()?;
    if let Some(exit) = call.help_or_version(asked, INTRODUCTION, terminal)? {
        return Ok(exit);
    }
    let plan = Plan::of(&args)?;
    let renamed: [(&dyn Opt, &dyn Opt); 1] = [(&args.admin_config, &args.command_config)];
    for warning in warnings(call.era(), has_been_deprecated, &renamed) {
        terminal.talk(warning);
    }
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    block_on(elect(&plan, terminal))?.map(|()| Exit::OK).map_err(admin::explained)
}

async fn elect(plan: &Plan, terminal: &mut Terminal) -> anyhow::Result<()> {
    let partitions = match &plan.scope {
        Scope::All => None,
        Scope::One(partition) => Some(vec![partition.clone()]),
        Scope::File(file) => {
            let text = std::fs::read_to_string(file).with_context(|| format!("Unable to read file {file}"))?;
            Some(listed(&text)?)
        }
    };
    let admin = Admin::new(&settings(plan, properties::load(plan.admin_file.as_deref())?)).await?;
    let results = admin.elect_leaders(plan.kind.0, partitions.as_deref()).await;
    let results = match results {
        Ok(results) => results,
        Err(error) => {
            let message = match &error {
                ClientError::Timeout { .. } => "Timeout waiting for election results",
                error if error.code() == Some(ErrorCode::CLUSTER_AUTHORIZATION_FAILED) => {
                    "Not authorized to perform leader election"
                }
                _ => return Err(error.into()),
            };
            if terminal.format() == Format::Text {
                terminal.line(message)?;
            }
            let hint = admin::hint(&anyhow!(error.clone())).unwrap_or_else(|| error.to_string());
            bail!("{message}\n{hint}");
        }
    };
    tell(results.into_iter().collect(), plan.kind, terminal)
}

/// The admin client's properties: half a minute for the whole, half of that for a request, unless the file says more.
fn settings(plan: &Plan, file: Properties) -> Properties {
    let mut properties = file;
    properties.insert("bootstrap.servers".to_owned(), plan.servers.clone());
    properties.entry("default.api.timeout.ms".to_owned()).or_insert_with(|| "30000".to_owned());
    properties.entry("request.timeout.ms".to_owned()).or_insert_with(|| "15000".to_owned());
    properties
}

fn listed(text: &str) -> anyhow::Result<Vec<TopicPartition>> {
    let partitions: Vec<TopicPartition> =
        json_partitions::read(text)?.into_iter().map(|(partition, _)| partition).collect();
    let twice = json_partitions::repeated(partitions.iter());
    if !twice.is_empty() {
        let names: Vec<String> = twice.iter().map(ToString::to_string).collect();
        bail!("Replica election data contains duplicate partitions: [{}]", names.join(", "));
    }
    Ok(partitions)
}

type Results = Vec<(TopicPartition, Result<(), ClientError>)>;

/// Says what became of each partition.
fn tell(mut results: Results, kind: ElectionType, terminal: &mut Terminal) -> anyhow::Result<()> {
    java_order::sort_by_partition(&mut results, java_order::UNSIZED, |(partition, _)| partition);
    let kind = kind.name();
    let failed = results.iter().filter(|(_, result)| result.is_err() && !needless(result)).count();
    if terminal.format() != Format::Text {
        terminal.show(&ELECTED, results.iter().map(|(partition, result)| row(partition, kind, result)))?;
    } else {
        tell_text(&results, kind, terminal)?;
    }
    if failed > 0 {
        bail!("{failed} replica(s) could not be elected");
    }
    Ok(())
}

fn needless(result: &Result<(), ClientError>) -> bool {
    result.as_ref().is_err_and(|error| error.code() == Some(ErrorCode::ELECTION_NOT_NEEDED))
}

fn row(partition: &TopicPartition, kind: &str, result: &Result<(), ClientError>) -> [Value; 5] {
    let (word, error) = match result {
        Ok(()) => ("elected", None),
        Err(_) if needless(result) => ("notNeeded", None),
        Err(error) => ("failed", Some(error.to_string())),
    };
    [json!(&*partition.topic), json!(partition.partition), json!(kind), json!(word), json!(error)]
}

fn tell_text(
    results: &[(TopicPartition, Result<(), ClientError>)],
    kind: &str,
    terminal: &mut Terminal,
) -> io::Result<()> {
    let names = |fits: &dyn Fn(&Result<(), ClientError>) -> bool| {
        let fitting = results.iter().filter(|(_, result)| fits(result));
        fitting.map(|(partition, _)| partition.to_string()).collect::<Vec<_>>().join(", ")
    };
    let (elected, kept) = (names(&Result::is_ok), names(&needless));
    if !elected.is_empty() {
        terminal.line(format_args!("Successfully completed leader election ({kind}) for partitions {elected}"))?;
    }
    if !kept.is_empty() {
        terminal.line(format_args!("Valid replica already elected for partitions {kept}"))?;
    }
    for (partition, result) in results.iter().filter(|(_, result)| !needless(result)) {
        if let Err(error) = result {
            terminal
                .line(format_args!("Error completing leader election ({kind}) for partition: {partition}: {error}"))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::typed;

    fn plan(line: &str) -> Result<Plan, String> {
        Plan::of(&typed(line).map_err(|error| error.to_string())?).map_err(|error| error.to_string())
    }

    #[test]
    fn which_partitions() {
        let of = |line: &str| plan(&format!("--bootstrap-server b --election-type Unclean {line}"));
        assert_eq!(of("--all-topic-partitions").unwrap().scope, Scope::All);
        let one = of("--topic t --partition 3 --command-config f").unwrap();
        assert_eq!((one.scope, one.admin_file.as_deref()), (Scope::One(TopicPartition::new("t", 3)), Some("f")));
        assert_eq!(of("--path-to-json-file f").unwrap().scope, Scope::File("f".into()));
        let none =
            "One and only one of the following options is required: topic, all-topic-partitions, path-to-json-file";
        assert_eq!(of("").unwrap_err(), none);
        assert_eq!(of("--topic t").unwrap_err(), "Missing required option(s): partition");
        assert_eq!(
            of("--all-topic-partitions --partition 1").unwrap_err(),
            "Option partition is only allowed if topic is used"
        );
        assert_eq!(
            plan("--all-topic-partitions").unwrap_err(),
            "Missing required option(s): bootstrap-server, election-type"
        );
        let bad = plan("--bootstrap-server b --election-type foo --all-topic-partitions").unwrap_err();
        assert_eq!(bad, "Cannot parse argument 'foo' of option election-type");
        assert!(
            of("--all-topic-partitions --command-config a --admin.config b").unwrap_err().contains("can't be used")
        );
    }

    #[test]
    fn rows_for_programs() {
        let partition = TopicPartition::new("t", 1);
        let of = |code| row(&partition, "PREFERRED", &Err(ClientError::broker(code, None)));
        assert_eq!(of(ErrorCode::ELECTION_NOT_NEEDED)[3..], [json!("notNeeded"), Value::Null]);
        assert_eq!(of(ErrorCode::INVALID_TOPIC_EXCEPTION)[3], json!("failed"));
        let elected = [json!("t"), json!(1), json!("PREFERRED"), json!("elected"), Value::Null];
        assert_eq!(row(&partition, "PREFERRED", &Ok(())), elected);
    }

    #[test]
    fn partitions_of_a_file() {
        let entry = r#"{"topic":"t","partition":1}"#;
        let text = |list: &str| format!("{{\"partitions\":[{list}]}}");
        assert_eq!(listed(&text(entry)).unwrap(), [TopicPartition::new("t", 1)]);
        let twice = listed(&text(&format!("{entry},{entry}"))).unwrap_err().to_string();
        assert_eq!(twice, "Replica election data contains duplicate partitions: [t-1]");
    }
}
