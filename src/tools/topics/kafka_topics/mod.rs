//! `kafka-topics`: create, list, describe, grow and delete topics.
//!
//! Texts and exit codes are those of Apache Kafka 3.9.1, or 4.4.0. With `--zookeeper`, as scripts from before 2.2 have it, the
//! brokers are found in ZooKeeper, and successes are worded as 0.8.2's tool worded them.
//!
//! [`args`] is what can be typed, [`rules`] what goes together, [`plan`] what is meant; the other files do it.

mod args;
mod change;
mod create;
mod describe;
mod plan;
mod rules;
mod selection;

use crate::{
    access::{brokers_in_zookeeper, failure, properties},
    block_on::{block_on, block_on_for_reader},
    era::Era,
    options::{Opt, kafka_command},
    terminal::{self, Terminal},
    tool::{Call, Exit, Tool},
};
use anyhow::anyhow;
use args::TopicsArgs;
use plan::{Brokers, Plan, Task};
use rkafka_client::{Admin, ClientError, Properties};
use rkafka_runtime::logging;

pub const TOOL: Tool = Tool {
    name: "topics",
    script: "kafka-topics",
    command: kafka_command::<TopicsArgs>,
    run,
    shows: &[&selection::LISTED, &describe::DESCRIBED],
};

/// The logger of Kafka's own tool.
const LOGGER: &str = "org.apache.kafka.tools.TopicCommand";

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let (args, asked) = call.typed::<TopicsArgs>()?;
    if asked.nothing {
        call.print_usage("Create, delete, describe, or change a topic.", terminal);
        return Ok(Exit::FAILED);
    }
    let introduction = "This tool helps to create, delete, describe, or change a topic.";
    if let Some(exit) = call.help_or_version(asked, introduction, terminal)? {
        return Ok(exit);
    }
    if args.delete_config.is_given() && call.era() == Era::V4_4 {
        terminal.talk(
            "delete-config option is no longer supported and deprecated since version 4.0. The config will be fully removed \
             in future releases.",
        );
    }
    let plan = Plan::of(&args, call.era())?;
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    let properties = properties::load(plan.admin_file.as_deref())?;
    let only_shows = plan.only_shows;
    let work = async {
        let properties = with_brokers(properties, &plan.brokers.clone()?).await?;
        let admin = Admin::new(&properties).await.map_err(|error| failed_to_create(&error))?;
        finish(execute(&admin, plan, terminal).await, terminal)
    };
    if only_shows { block_on_for_reader(work) } else { block_on(work)? }
}

async fn execute(admin: &Admin, plan: Plan, terminal: &mut Terminal) -> anyhow::Result<()> {
    for notice in &plan.notices {
        terminal.say(notice)?;
    }
    let as_0_8 = plan.as_0_8;
    match plan.task? {
        Task::Create(create) => create::run(admin, create, as_0_8, terminal).await,
        Task::List(topics) => selection::list(admin, &topics, terminal).await,
        Task::Describe(describe) => describe::run(admin, &describe, terminal).await,
        Task::Alter(alter) => change::alter(admin, alter, as_0_8, terminal).await,
        Task::Delete(topics) => change::delete(admin, &topics, as_0_8, terminal).await,
    }
}

/// What Kafka's tool does with a failure: one line on stdout for people, one on stderr with time and logger.
fn finish(result: anyhow::Result<()>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let Err(error) = result else { return Ok(Exit::OK) };
    if terminal::is_closed_pipe(&error) {
        return Err(error);
    }
    let said = format!("Error while executing topic command : {error:#}");
    failure::tell_and_log(said, LOGGER, &error, terminal)?;
    Ok(Exit::FAILED)
}

fn failed_to_create(error: &ClientError) -> anyhow::Error {
    let hint = error.hint().map(|hint| format!(". {hint}")).unwrap_or_default();
    anyhow!("Failed to create new KafkaAdminClient: {error}{hint}")
}

async fn with_brokers(mut properties: Properties, brokers: &Brokers) -> anyhow::Result<Properties> {
    let servers = match brokers {
        Brokers::Bootstrap(servers) => servers.clone(),
        Brokers::Registered(zookeeper) => brokers_in_zookeeper::find(zookeeper).await?,
    };
    properties.insert("bootstrap.servers".to_owned(), servers);
    Ok(properties)
}
