//! `kafka-topics`: create, list, describe, grow and delete topics.
//!
//! Texts and exit codes are those of Apache Kafka 3.9.1. With `--zookeeper`, as scripts from before 2.2 have it, the
//! brokers are found in ZooKeeper, and successes are worded as 0.8.2's tool worded them.

mod change;
mod create;
mod describe;
mod listing;
mod options;

use crate::{
    options::argv::{Options, UsageError},
    terminal::Terminal,
    tool::{Call, Exit, Tool},
};
use anyhow::anyhow;
use options::Action;
use rkafka_client::{Admin, ClientError, Properties};
use rkafka_config as config;
use rkafka_runtime::logging;
use std::io;

pub const TOOL: Tool = Tool { name: "topics", script: "kafka-topics", command: options::command, run };

/// The logger of Kafka's own tool.
const LOGGER: &str = "org.apache.kafka.tools.TopicCommand";

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let options = call.options()?;
    if options.is_empty() {
        call.print_usage("Create, delete, describe, or change a topic.", terminal);
        return Ok(Exit::FAILED);
    }
    let introduction = "This tool helps to create, delete, describe, or change a topic.";
    if let Some(exit) = call.help_or_version(&options, introduction, terminal)? {
        return Ok(exit);
    }
    let action = options::check(&options)?;
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    let properties = admin_properties(&options)?;
    let only_shows = matches!(action, Action::List | Action::Describe);
    let work = async {
        let properties = with_brokers(properties, &options).await?;
        let admin = Admin::new(&properties).await.map_err(|error| failed_to_create(&error))?;
        finish(execute(&admin, &options, action, terminal).await, terminal)
    };
    if only_shows { crate::block_on::block_on_for_reader(work) } else { crate::block_on::block_on(work)? }
}

async fn execute(admin: &Admin, options: &Options, action: Action, terminal: &mut Terminal) -> anyhow::Result<()> {
    match action {
        Action::Create => create::run(admin, options, terminal).await,
        Action::List => listing::run(admin, options, terminal).await,
        Action::Describe => describe::run(admin, options, terminal).await,
        Action::Alter => change::alter(admin, options, terminal).await,
        Action::Delete => change::delete(admin, options, terminal).await,
    }
}

/// What Kafka's tool does with a failure: one line on stdout for people, one on stderr with time and logger.
fn finish(result: anyhow::Result<()>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let Err(error) = result else { return Ok(Exit::OK) };
    if crate::terminal::is_closed_pipe(&error) {
        return Err(error);
    }
    let said = terminal.line(format_args!("Error while executing topic command : {error:#}"));
    if let Err(unsaid) = said.and_then(|()| terminal.flush())
        && unsaid.kind() != io::ErrorKind::BrokenPipe
    {
        return Err(unsaid.into());
    }
    log::error!(target: LOGGER, "{error:#}");
    if let Some(hint) = error.downcast_ref::<ClientError>().and_then(ClientError::hint) {
        terminal.talk(hint);
    }
    Ok(Exit::FAILED)
}

fn failed_to_create(error: &ClientError) -> anyhow::Error {
    let hint = error.hint().map(|hint| format!(". {hint}")).unwrap_or_default();
    anyhow!("Failed to create new KafkaAdminClient: {error}{hint}")
}

/// The file of `--command-config`.
fn admin_properties(options: &Options) -> anyhow::Result<Properties> {
    let mut properties = Properties::new();
    if let Some(file) = options.value("command-config")? {
        for (key, entry) in config::file::load(file)?.effective() {
            properties.insert(key.to_owned(), entry.value.clone());
        }
    }
    Ok(properties)
}

async fn with_brokers(mut properties: Properties, options: &Options) -> anyhow::Result<Properties> {
    let servers = match (options.value("bootstrap-server")?, options.value("zookeeper")?) {
        (Some(servers), _) => servers.to_owned(),
        (None, Some(zookeeper)) => crate::access::brokers_in_zookeeper::find(zookeeper).await?,
        (None, None) => return Err(UsageError::missing("bootstrap-server").into()),
    };
    properties.insert("bootstrap.servers".to_owned(), servers);
    Ok(properties)
}

/// Whether successes are worded as 0.8.2 worded them.
fn speaks_as_0_8(options: &Options) -> bool {
    options.has("zookeeper")
}
