//! `kafka-streams-groups`: list and describe streams groups (KIP-1071), delete them, move or delete their offsets.
//!
//! Texts, layouts and exit codes are those of Apache Kafka 4.4.0 (`StreamsGroupCommand`); 3.9 has no such tool. What fails
//! once the work has begun is told on stdout and ends with 1.
//!
//! [`args`] is what can be typed, [`rules`] what goes together, [`plan`] what is meant, [`topology`] how one is shown; the
//! other files do it.

mod args;
mod delete;
mod describe;
mod input_topics;
mod internal_topics;
mod plan;
mod reset;
mod rules;
mod shapes;
mod topology;

use crate::{
    access::admin,
    block_on::{block_on, block_on_for_reader},
    java_order,
    options::{UsageError, kafka_command},
    terminal::{self, Terminal, output::Format},
    tool::{Call, Exit, Tool},
    tools::groups::group_args::Groups,
};
use anyhow::anyhow;
use args::StreamsGroupsArgs;
use plan::{Plan, Task};
use rkafka_client::{Admin, admin::GroupListing};
use rkafka_runtime::logging;

pub const TOOL: Tool = Tool {
    name: "streams-groups",
    script: "kafka-streams-groups",
    command: kafka_command::<StreamsGroupsArgs>,
    run,
    shows: &[
        &shapes::LISTED,
        &shapes::OFFSETS,
        &shapes::MEMBERS,
        &shapes::STATES,
        &shapes::TOPOLOGY,
        &shapes::RESET,
        &shapes::DELETED,
        &shapes::DELETED_OFFSETS,
    ],
};

const INTRODUCTION: &str = "This tool helps to list, describe, delete and manage the offsets of streams groups.";
/// The type of these groups, for brokers.
const STREAMS: &str = "Streams";

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let (args, asked) = call.typed::<StreamsGroupsArgs>()?;
    rules::check_available(&args)?;
    if let Some(exit) = call.help_or_version(asked, INTRODUCTION, terminal)? {
        return Ok(exit);
    }
    let plan = Plan::of(&args)?;
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    let only_shows = plan.only_shows;
    let work = async { finish(execute(plan, terminal).await, terminal) };
    if only_shows { block_on_for_reader(work) } else { block_on(work)? }
}

async fn execute(plan: Plan, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let admin = admin::open(plan.admin_file.as_deref(), &plan.servers).await?.with_timeout(plan.timeout);
    match plan.task {
        Task::List { states } => describe::list(&admin, states.as_deref(), terminal).await?,
        Task::Describe { groups, view, verbose } => {
            return describe::run(&admin, &names_of(&admin, groups).await?, view, verbose, terminal).await;
        }
        Task::Delete { groups, with_internal_topics } => {
            delete::groups(&admin, groups, with_internal_topics, terminal).await?;
        }
        Task::DeleteOffsets { group, scope } => delete::offsets(&admin, &group, &scope, terminal).await?,
        Task::Reset(reset) => reset::run(&admin, &reset, terminal).await?,
    }
    Ok(Exit::OK)
}

/// What Kafka's tool does with a failure: a line on stdout, and what led to it on stderr.
fn finish(result: anyhow::Result<Exit>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let error = match result {
        Ok(exit) => return Ok(exit),
        Err(error) => error,
    };
    let is_usage = error.downcast_ref::<UsageError>().is_some_and(|error| matches!(error, UsageError::Rule(_)));
    if is_usage || terminal::is_closed_pipe(&error) {
        return Err(error);
    }
    if terminal.format() == Format::Text {
        terminal.line(format_args!("\nError: Executing streams group command failed due to {error}"))?;
    }
    terminal.tell_failure(format_args!("{error:#}"), admin::hint(&error).as_deref());
    Ok(Exit::FAILED)
}

/// The streams groups in these states, or in any, in the order in which Kafka's tool has them.
async fn streams_groups(admin: &Admin, states: &[String]) -> anyhow::Result<Vec<GroupListing>> {
    let mut groups = admin.list_all_groups(states, &[STREAMS.to_owned()]).await?;
    // A broker that is too old for streams groups may be too old to filter.
    groups.retain(|group| group.group_type.eq_ignore_ascii_case(STREAMS));
    java_order::sort_by_key(&mut groups, java_order::UNSIZED, |group| &group.group_id);
    Ok(groups)
}

async fn names_of(admin: &Admin, groups: Groups) -> anyhow::Result<Vec<String>> {
    match groups {
        Groups::Named(names) => Ok(names),
        Groups::All => Ok(streams_groups(admin, &[]).await?.into_iter().map(|group| group.group_id).collect()),
    }
}
