//! `kafka-client-metrics`: which metrics clients are to send to the brokers.
//!
//! Texts and exit codes are those of Apache Kafka 3.9.1 (`ClientMetricsCommand`). Brokers that a KRaft controller leads
//! can do it.

use crate::{
    access::{admin, failure},
    block_on::{block_on, block_on_for_reader},
    options::{Flag, Once, Opt, Repeated, UsageError, kafka_command, refuse_together},
    terminal::{
        self, Terminal,
        output::{Field, Format, Shape},
    },
    tool::{Call, Exit, Tool},
};
use anyhow::anyhow;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use clap::{
    ArgAction::{Append, SetTrue},
    Args,
};
use rkafka_client::{
    Admin,
    admin::{ConfigChange, ConfigOperation, ConfigResource, ResourceKind},
};
use rkafka_runtime::logging;
use rkafka_security::scram::random_bytes;
use serde_json::{Map, Value, json};

pub const TOOL: Tool = Tool {
    name: "client-metrics",
    script: "kafka-client-metrics",
    command: kafka_command::<MetricsArgs>,
    run,
    shows: &[&LISTED, &DESCRIBED],
};

/// A subscription of the list.
const LISTED: Shape<1> = Shape::rows("client-metrics --list", [Field::text("name", "The subscription's name.")]);

/// A subscription.
const DESCRIBED: Shape<2> = Shape::rows(
    "client-metrics --describe",
    [
        Field::text("name", "The subscription's name."),
        Field::object(
            "configs",
            "Its settings by name, as texts: `interval.ms` (how often clients send, in ms), `metrics`, `match`.",
        ),
    ],
);

const INTRODUCTION: &str = "This tool helps to manipulate and describe client metrics configurations.";
/// The logger of Kafka's own tool.
const LOGGER: &str = "org.apache.kafka.tools.ClientMetricsCommand";

/// What can be typed.
#[derive(Debug, Args)]
#[command(about = "Say which metrics clients send to the brokers")]
struct MetricsArgs {
    #[arg(long, action = SetTrue, help = "Make or change a subscription.")]
    alter: Flag,
    #[arg(long, value_name = "String: server to connect to", help = "REQUIRED: The brokers, host:port,host:port.")]
    bootstrap_server: Once<String>,
    #[arg(long, value_name = "String: command config property file", help = "A properties file for the admin client.")]
    command_config: Once<String>,
    #[arg(long, action = SetTrue, help = "Delete a subscription.")]
    delete: Flag,
    #[arg(long, action = SetTrue, help = "Show one subscription, or all.")]
    describe: Flag,
    #[arg(long, action = SetTrue, help = "With --alter: make up a name.")]
    generate_name: Flag,
    #[arg(long, value_name = "String: push interval", help = "With --alter: how often clients send, in ms.")]
    interval: Once<i32>,
    #[arg(long, action = SetTrue, help = "List the names of the subscriptions.")]
    list: Flag,
    #[arg(
        long,
        action = Append,
        value_name = "String: k1=v1,k2=v2",
        help = "With --alter: which clients.",
        long_help = "With --alter: which clients, as k1=v1,k2=v2. The keys: client_id, client_instance_id, \
                     client_software_name, client_software_version, client_source_address, client_source_port."
    )]
    r#match: Repeated,
    #[arg(
        long,
        action = Append,
        value_name = "String: m1,m2",
        help = "With --alter: the beginnings of the names of metrics: m1,m2."
    )]
    metrics: Repeated,
    #[arg(long, value_name = "String: name", help = "The name of a subscription.")]
    name: Once<String>,
}

/// What is meant.
#[derive(Debug)]
struct Plan {
    servers: String,
    admin_file: Option<String>,
    /// Kafka's tool finds out about values when it comes to them.
    task: Result<Task, UsageError>,
}

#[derive(Debug, PartialEq, Eq)]
enum Task {
    List,
    Describe(Option<String>),
    Delete(String),
    Alter {
        /// `None`: a name is made up.
        name: Option<String>,
        /// Names and values; an empty value takes the setting away.
        settings: Vec<(&'static str, String)>,
    },
}

impl Plan {
    /// Understands the options.
    fn of(args: &MetricsArgs) -> Result<Plan, UsageError> {
        let wrong = |text: &str| Err(UsageError::Unusable(text.to_owned()));
        let actions = [&args.alter, &args.delete, &args.describe, &args.list];
        if actions.iter().filter(|action| action.is_given()).count() != 1 {
            let rule = "Command must include exactly one action: --alter, --delete, --describe or --list.";
            return Err(UsageError::Rule(rule.to_owned()));
        }
        if !args.bootstrap_server.is_given() {
            return wrong("--bootstrap-server must be specified.");
        }
        let of_alter: [&dyn Opt; 4] = [&args.generate_name, &args.interval, &args.r#match, &args.metrics];
        refuse_together(&args.delete, &of_alter)?;
        refuse_together(&args.describe, &of_alter)?;
        refuse_together(&args.list, &[&args.name])?;
        refuse_together(&args.list, &of_alter)?;
        if args.alter.is_given() && args.name.is_given() == args.generate_name.is_given() {
            return wrong("One of --name or --generate-name must be specified with --alter.");
        }
        if args.delete.is_given() && !args.name.is_given() {
            return wrong("A client metrics resource name must be specified with --delete.");
        }
        if args.interval.value().is_err() {
            return wrong("Invalid interval value. Enter an integer, or leave empty to reset.");
        }
        Ok(Plan {
            servers: args.bootstrap_server.required()?,
            admin_file: args.command_config.value()?,
            task: task(args),
        })
    }
}

fn task(args: &MetricsArgs) -> Result<Task, UsageError> {
    if args.list.is_given() {
        return Ok(Task::List);
    }
    let name = args.name.value()?;
    if args.describe.is_given() {
        return Ok(Task::Describe(name));
    }
    if args.delete.is_given() {
        return Ok(Task::Delete(name.unwrap_or_default()));
    }
    let mut settings = Vec::new();
    if let Some(interval) = args.interval.value()? {
        settings.push(("interval.ms", interval.to_string()));
    }
    for (option, setting) in [(&args.metrics, "metrics"), (&args.r#match, "match")] {
        if option.is_given() {
            settings.push((setting, option.values().join(",")));
        }
    }
    Ok(Task::Alter { name, settings })
}

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let (args, asked) = call.typed::<MetricsArgs>().map_err(|wrong| wrong.with_table_since_4(call.era()))?;
    if let Some(exit) = call.help_or_version(asked, INTRODUCTION, terminal)? {
        return Ok(exit);
    }
    let plan = Plan::of(&args)?;
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    let only_shows = !args.alter.is_given() && !args.delete.is_given();
    let work = async { finish(execute(plan, terminal).await, terminal) };
    if only_shows { block_on_for_reader(work) } else { block_on(work)? }
}

async fn execute(plan: Plan, terminal: &mut Terminal) -> anyhow::Result<()> {
    let admin = admin::open(plan.admin_file.as_deref(), &plan.servers).await?;
    match plan.task? {
        Task::List => {
            let names = admin.list_client_metrics().await?;
            match terminal.format() {
                Format::Text => Ok(terminal.line(names.join("\n"))?),
                _ => Ok(terminal.show(&LISTED, names.iter().map(|name| [json!(name)]))?),
            }
        }
        Task::Describe(name) => describe(&admin, name, terminal).await,
        Task::Delete(name) => {
            let names = settings(&admin, &name).await?.into_iter().map(|(setting, _)| setting);
            let delete = |setting| (setting, ConfigOperation::Delete, None);
            change(&admin, &name, names.map(delete).collect()).await?;
            Ok(terminal.say(format_args!("Deleted client metrics config for {name}."))?)
        }
        Task::Alter { name, settings } => {
            let name = name.map_or_else(made_up_name, Ok)?;
            let set = |(setting, value): (&str, String)| match value.is_empty() {
                true => (setting.to_owned(), ConfigOperation::Delete, None),
                false => (setting.to_owned(), ConfigOperation::Set, Some(value)),
            };
            change(&admin, &name, settings.into_iter().map(set).collect()).await?;
            Ok(terminal.say(format_args!("Altered client metrics config for {name}."))?)
        }
    }
}

/// A name as Kafka's tool makes them up: a random id that does not begin like an option.
fn made_up_name() -> anyhow::Result<String> {
    loop {
        let bytes: [u8; 16] = random_bytes().ok_or_else(|| anyhow!("the system has no randomness to give"))?;
        let name = URL_SAFE_NO_PAD.encode(bytes);
        if !name.starts_with('-') {
            return Ok(name);
        }
    }
}

async fn describe(admin: &Admin, name: Option<String>, terminal: &mut Terminal) -> anyhow::Result<()> {
    let names = match name {
        Some(name) => vec![name],
        None => admin.list_client_metrics().await?,
    };
    let mut rows = Vec::new();
    for name in names {
        let settings = settings(admin, &name).await;
        if terminal.format() != Format::Text {
            let configs = settings?.into_iter().map(|(setting, value)| (setting, json!(value)));
            rows.push([json!(name), configs.collect::<Map<String, Value>>().into()]);
            continue;
        }
        terminal.line(format_args!("Client metrics configs for {name} are:"))?;
        for (setting, value) in settings? {
            terminal.line(format_args!("  {setting}={value}"))?;
        }
    }
    if terminal.format() != Format::Text {
        terminal.show(&DESCRIBED, rows)?;
    }
    Ok(())
}

fn resource(name: &str) -> ConfigResource {
    ConfigResource { kind: ResourceKind::ClientMetrics, name: name.to_owned() }
}

async fn settings(admin: &Admin, name: &str) -> anyhow::Result<Vec<(String, String)>> {
    let mut settings = Vec::new();
    for configs in admin.describe_configs(&[resource(name)], false, false).await? {
        settings.extend(configs?.into_iter().map(|config| (config.name, config.value.unwrap_or_default())));
    }
    Ok(settings)
}

async fn change(admin: &Admin, name: &str, changes: Vec<ConfigChange>) -> anyhow::Result<()> {
    for result in admin.incremental_alter_configs(&[(resource(name), changes)], false).await? {
        result?;
    }
    Ok(())
}

/// What Kafka's tool does with a failure: one line on stdout, one on stderr with time and logger.
fn finish(result: anyhow::Result<()>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let Err(error) = result else { return Ok(Exit::OK) };
    if terminal::is_closed_pipe(&error) {
        return Err(error);
    }
    let said = format!("Error while executing client metrics command : {error}");
    failure::tell_and_log(said, LOGGER, &error, terminal)?;
    Ok(Exit::FAILED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::typed;

    fn plan(line: &str) -> Result<Task, String> {
        let args: MetricsArgs = typed(line).map_err(|error| error.to_string())?;
        Plan::of(&args).and_then(|plan| plan.task).map_err(|error| error.to_string())
    }

    #[test]
    fn tasks() {
        let of = |line: &str| plan(&format!("--bootstrap-server b {line}"));
        assert_eq!(of("--list"), Ok(Task::List));
        assert_eq!(of("--describe --name n"), Ok(Task::Describe(Some("n".into()))));
        let settings =
            vec![("interval.ms", "5".to_owned()), ("metrics", "a,b".to_owned()), ("match", "k=v".to_owned())];
        let altered = of("--alter --generate-name --interval 5 --metrics a --metrics b --match k=v");
        assert_eq!(altered, Ok(Task::Alter { name: None, settings }));
        assert_eq!(
            of("--alter --name n --interval x").unwrap_err(),
            "Invalid interval value. Enter an integer, or leave empty to reset."
        );
    }

    #[test]
    fn what_goes_together() {
        assert!(plan("--bootstrap-server b").unwrap_err().starts_with("Command must include exactly one action"));
        assert_eq!(plan("--list").unwrap_err(), "--bootstrap-server must be specified.");
        let of = |line: &str| plan(&format!("--bootstrap-server b {line}")).unwrap_err();
        assert_eq!(of("--alter"), "One of --name or --generate-name must be specified with --alter.");
        assert_eq!(of("--delete"), "A client metrics resource name must be specified with --delete.");
        assert_eq!(of("--list --name n"), "Option \"[list]\" can't be used with option \"[name]\"");
        assert_eq!(of("--describe --interval 5"), "Option \"[describe]\" can't be used with option \"[interval]\"");
    }

    #[test]
    fn names_that_are_made_up() {
        let name = made_up_name().unwrap();
        assert!(name.len() == 22 && !name.starts_with('-'), "{name}");
    }
}
