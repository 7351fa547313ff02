//! `kafka-groups`: lists the groups of every type: classic, consumer, share and streams.
//!
//! Texts, layout and exit codes are those of Apache Kafka 4.4.0 (`GroupsCommand`); 3.9 has no such tool.

use super::named_type;
use crate::{
    access::{admin, failure},
    block_on::block_on_for_reader,
    java_order,
    options::{Flag, Once, Opt, UsageError, kafka_command, refuse_together},
    terminal::{
        self, Terminal,
        output::{Field, Format, Shape},
    },
    tool::{Call, Exit, Tool},
};
use anyhow::anyhow;
use clap::{ArgAction::SetTrue, Args};
use rkafka_client::admin::GroupListing;
use rkafka_runtime::logging;
use serde_json::json;

pub const TOOL: Tool =
    Tool { name: "groups", script: "kafka-groups", command: kafka_command::<GroupsArgs>, run, shows: &[&GROUPS] };

const INTRODUCTION: &str = "This tool helps to list groups of all types.";
/// The logger of Kafka's own tool.
const LOGGER: &str = "org.apache.kafka.tools.GroupsCommand";
const TYPES: [&str; 4] = ["Classic", "Consumer", "Share", "Streams"];

/// A group.
const GROUPS: Shape<3> = Shape::rows(
    "groups --list",
    [
        Field::text("group", "The group's id."),
        Field::text("type", "Classic, Consumer, Share or Streams."),
        Field::text("protocol", "What the members agree on by: `consumer`, `connect` …; may be empty."),
    ],
);

/// What can be typed.
#[derive(Debug, Args)]
#[command(about = "List the groups of every type")]
struct GroupsArgs {
    #[arg(long, value_name = "String: server to connect to", help = "REQUIRED: The brokers, host:port,host:port.")]
    bootstrap_server: Once<String>,
    #[arg(long, value_name = "String: command config property file", help = "A properties file for the admin client.")]
    command_config: Once<String>,
    #[arg(
        long,
        action = SetTrue,
        help = "Only groups of consumers: those of type consumer, and classic ones whose protocol is consumer or empty."
    )]
    consumer: Flag,
    #[arg(long, value_name = "String: type", help = "Only groups of this type: classic, consumer, share or streams.")]
    group_type: Once<String>,
    #[arg(long, action = SetTrue, help = "List the groups.")]
    list: Flag,
    #[arg(long, value_name = "String: protocol", help = "Only groups of this protocol.")]
    protocol: Once<String>,
    #[arg(long, action = SetTrue, help = "Only share groups.")]
    share: Flag,
    #[arg(long, action = SetTrue, help = "Only streams groups.")]
    streams: Flag,
}

/// What is meant.
#[derive(Debug, PartialEq, Eq)]
struct Plan {
    servers: String,
    admin_file: Option<String>,
    filter: Filter,
}

/// Which groups.
#[derive(Debug, PartialEq, Eq)]
enum Filter {
    All,
    /// Of this type and, if there is one, of this protocol.
    Type(&'static str, Option<String>),
    Protocol(String),
    Consumers,
}

impl Plan {
    /// Understands the options.
    fn of(args: &GroupsArgs) -> Result<Plan, UsageError> {
        if !args.list.is_given() {
            return Err(UsageError::Rule("Command must include exactly one action: --list.".to_owned()));
        }
        let group_type = args.group_type.text()?.map(known_type).transpose()?;
        refuse_together(&args.consumer, &[&args.group_type, &args.protocol, &args.share, &args.streams])?;
        refuse_together(&args.share, &[&args.consumer, &args.group_type, &args.protocol, &args.streams])?;
        refuse_together(&args.streams, &[&args.consumer, &args.group_type, &args.protocol, &args.share])?;
        let filter = match (group_type, args.protocol.value()?) {
            (Some(group_type), protocol) => Filter::Type(group_type, protocol),
            (None, Some(protocol)) => Filter::Protocol(protocol),
            (None, None) if args.consumer.is_given() => Filter::Consumers,
            (None, None) if args.share.is_given() => Filter::Type("Share", None),
            (None, None) if args.streams.is_given() => Filter::Type("Streams", None),
            (None, None) => Filter::All,
        };
        Ok(Plan { servers: args.bootstrap_server.required()?, admin_file: args.command_config.value()?, filter })
    }
}

fn known_type(text: &str) -> Result<&'static str, UsageError> {
    TYPES.into_iter().find(|name| name.eq_ignore_ascii_case(text)).ok_or_else(|| {
        let types = TYPES.join(", ").to_lowercase();
        UsageError::Unusable(format!("--group-type must be a valid group type.\nThere are: {types}"))
    })
}

impl Filter {
    fn has(&self, group: &GroupListing) -> bool {
        let is_type = |name: &str| group.group_type.eq_ignore_ascii_case(name);
        match self {
            Filter::All => true,
            Filter::Type(name, protocol) => {
                is_type(name) && protocol.as_ref().is_none_or(|protocol| group.protocol_type == *protocol)
            }
            Filter::Protocol(protocol) => group.protocol_type == *protocol,
            Filter::Consumers => ["consumer", ""].contains(&group.protocol_type.as_str()) || is_type("consumer"),
        }
    }
}

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let (args, asked) = call.typed::<GroupsArgs>().map_err(UsageError::with_table)?;
    let asks = asked.help || asked.version;
    if !asks && !args.bootstrap_server.is_given() {
        return Err(UsageError::missing_option(&args.bootstrap_server).into());
    }
    if let Some(exit) = call.help_or_version(asked, INTRODUCTION, terminal)? {
        return Ok(exit);
    }
    let plan = Plan::of(&args)?;
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    let listed = block_on_for_reader(list(&plan, terminal));
    match listed {
        Ok(()) => Ok(Exit::OK),
        Err(error) if terminal::is_closed_pipe(&error) => Err(error),
        Err(error) => {
            let said = format!("Error while executing groups command : {error}");
            failure::tell_and_log(said, LOGGER, &error, terminal)?;
            Ok(Exit::FAILED)
        }
    }
}

async fn list(plan: &Plan, terminal: &mut Terminal) -> anyhow::Result<()> {
    let admin = admin::open(plan.admin_file.as_deref(), &plan.servers).await?;
    let mut groups = admin.list_all_groups(&[], &[]).await?;
    java_order::sort_by_key(&mut groups, java_order::UNSIZED, |group| &group.group_id);
    groups.retain(|group| plan.filter.has(group));
    if terminal.format() != Format::Text {
        let row = |group: &GroupListing| {
            [json!(group.group_id), json!(named_type(&group.group_type)), json!(group.protocol_type)]
        };
        return Ok(terminal.show(&GROUPS, groups.iter().map(row))?);
    }
    Ok(terminal.print(table(&groups))?)
}

/// Three columns of the same width; rows end in a blank, the header does not.
fn table(groups: &[GroupListing]) -> String {
    let rows: Vec<[String; 3]> = groups
        .iter()
        .map(|group| [group.group_id.clone(), named_type(&group.group_type), group.protocol_type.clone()])
        .collect();
    let width = rows.iter().flatten().map(|text| text.chars().count()).fold(20, usize::max);
    let mut text = format!("{:<width$} {:<width$} {:<width$}\n", "GROUP", "TYPE", "PROTOCOL");
    for [group, kind, protocol] in rows {
        text.push_str(&format!("{group:<width$} {kind:<width$} {protocol:<width$} \n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::typed;

    fn plan(line: &str) -> Result<Plan, String> {
        let args: GroupsArgs = typed(line).map_err(|error| error.to_string())?;
        Plan::of(&args).map_err(|error| error.to_string())
    }

    fn group(id: &str, group_type: &str, protocol: &str) -> GroupListing {
        GroupListing {
            group_id: id.into(),
            group_type: group_type.into(),
            protocol_type: protocol.into(),
            ..Default::default()
        }
    }

    #[test]
    fn filters() {
        let of = |line: &str| plan(&format!("--bootstrap-server b --list {line}")).map(|plan| plan.filter);
        assert_eq!(of(""), Ok(Filter::All));
        assert_eq!(of("--share"), Ok(Filter::Type("Share", None)));
        assert_eq!(of("--group-type CLASSIC --protocol x"), Ok(Filter::Type("Classic", Some("x".into()))));
        assert!(of("--group-type foo").unwrap_err().starts_with("--group-type must be a valid group type."));
        assert_eq!(
            of("--consumer --share").unwrap_err(),
            "Option \"[consumer]\" can't be used with option \"[share]\""
        );
        assert_eq!(plan("--bootstrap-server b").unwrap_err(), "Command must include exactly one action: --list.");
        assert!(
            Filter::Consumers.has(&group("g", "classic", "")) && !Filter::Consumers.has(&group("g", "share", "share"))
        );
        assert!(Filter::Type("Share", None).has(&group("g", "share", "share")));
    }

    #[test]
    fn columns() {
        let text = table(&[group("g", "classic", "consumer")]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], format!("{:<20} {:<20} {:<20}", "GROUP", "TYPE", "PROTOCOL"));
        assert_eq!(lines[1], format!("{:<20} {:<20} {:<20} ", "g", "Classic", "consumer"));
    }
}
