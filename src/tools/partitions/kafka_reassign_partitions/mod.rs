//! `kafka-reassign-partitions`: moves partitions between brokers and log directories.
//!
//! Texts and exit codes are those of Apache Kafka 3.9.1, or 4.4.0, which tells failures on stdout.
//!
//! [`args`] is what can be typed, [`plan`] what is meant, [`file`] the JSON of moves, [`throttles`] how fast they may be;
//! [`wait`] waits until they are over; the other files do it.

mod args;
mod change;
mod file;
mod log_dirs;
mod plan;
mod show;
mod throttles;
mod wait;

use crate::{
    access::{admin, properties},
    block_on::{block_on, block_on_for_reader},
    era::Era,
    options::kafka_command,
    terminal::{self, Terminal, output::Format},
    tool::{Call, Exit, Tool},
};
use anyhow::{Context, anyhow, bail};
use args::ReassignArgs;
use plan::{Plan, Task};
use rkafka_client::Admin;
use rkafka_runtime::logging;

pub const TOOL: Tool = Tool {
    name: "reassign-partitions",
    script: "kafka-reassign-partitions",
    command: kafka_command::<ReassignArgs>,
    run,
    shows: &[&show::PROPOSED, &change::EXECUTED, &show::VERIFIED, &show::LISTED],
};

const INTRODUCTION: &str = "This tool helps to move topic partitions between replicas.";

/// A failure that is told without `Error: ` before it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Terse(String);

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let (args, asked) = call.typed::<ReassignArgs>()?;
    if let Some(exit) = call.help_or_version(asked, INTRODUCTION, terminal)? {
        return Ok(exit);
    }
    let plan = Plan::of(&args)?;
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    // Verifying ends throttles.
    let only_shows = matches!(plan.task, Task::List | Task::Generate { .. });
    let work = async { finish(execute(&plan, call.era(), terminal).await, terminal) };
    if only_shows { block_on_for_reader(work) } else { block_on(work)? }
}

async fn execute(plan: &Plan, era: Era, terminal: &mut Terminal) -> anyhow::Result<()> {
    let mut properties = properties::load(plan.admin_file.as_deref())?;
    let (key, addresses) = plan.door.property();
    properties.insert(key.to_owned(), addresses.to_owned());
    properties.entry("client.id".to_owned()).or_insert_with(|| "reassign-partitions-tool".to_owned());
    let admin = Admin::new(&properties).await.context("Failed to create new KafkaAdminClient")?;
    let read = |file: &str| std::fs::read_to_string(file).with_context(|| format!("Unable to read file {file}"));
    match &plan.task {
        Task::Verify { file, keep_throttles } if plan.waits => {
            wait::until_over(&admin, &read(file)?, *keep_throttles, terminal).await
        }
        Task::Verify { file, keep_throttles } => {
            show::verify(&admin, &read(file)?, *keep_throttles, terminal).await.map(drop)
        }
        Task::Generate { file, brokers, by_rack } => {
            show::generate(&admin, &read(file)?, brokers, *by_rack, era, terminal).await
        }
        Task::Execute(execute) => {
            if plan.waits && terminal.format() != Format::Text {
                bail!(
                    "--execute --wait shows two things, which --output cannot lay out as one: use --execute, then --verify \
                     --wait"
                );
            }
            let text = read(&execute.file)?;
            change::execute(&admin, execute, &text, era, terminal).await?;
            if plan.waits { wait::until_over(&admin, &text, false, terminal).await } else { Ok(()) }
        }
        Task::Cancel { file, keep_throttles, timeout } => {
            change::cancel(&admin, &read(file)?, *keep_throttles, *timeout, terminal).await
        }
        Task::List => show::list(&admin, terminal).await,
    }
}

/// What Kafka's tool does with a failure: it is told on stdout.
fn finish(result: anyhow::Result<()>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let Err(error) = result else { return Ok(Exit::OK) };
    if terminal::is_closed_pipe(&error) {
        return Err(error);
    }
    if terminal.format() != Format::Text {
        terminal.tell_failure(format_args!("{error:#}"), admin::hint(&error).as_deref());
        return Ok(Exit::FAILED);
    }
    let prefix = if error.is::<Terse>() { "" } else { "Error: " };
    terminal.line(format_args!("{prefix}{error}"))?;
    for cause in error.chain().skip(1) {
        terminal.talk(cause);
    }
    if let Some(hint) = admin::hint(&error) {
        terminal.talk(hint);
    }
    Ok(Exit::FAILED)
}
