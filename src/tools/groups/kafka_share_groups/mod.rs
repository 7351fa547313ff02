//! `kafka-share-groups`: list and describe share groups (KIP-932), delete them, move or delete their offsets.
//!
//! Texts, layouts and exit codes are those of Apache Kafka 4.4.0 (`ShareGroupCommand`); 3.9 has no such tool. What fails
//! once the work has begun is told on stdout and ends with 0, as Kafka's tool has it.
//!
//! [`args`] is what can be typed, [`rules`] what goes together, [`plan`] what is meant; the other files do it.

mod args;
mod delete;
mod describe;
mod plan;
mod reset;
mod rules;
mod shapes;

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
use args::ShareGroupsArgs;
use plan::{Plan, Task};
use rkafka_client::{Admin, admin::GroupListing};
use rkafka_runtime::logging;

pub const TOOL: Tool = Tool {
    name: "share-groups",
    script: "kafka-share-groups",
    command: kafka_command::<ShareGroupsArgs>,
    run,
    shows: &[
        &shapes::LISTED,
        &shapes::OFFSETS,
        &shapes::MEMBERS,
        &shapes::STATES,
        &shapes::RESET,
        &shapes::DELETED,
        &shapes::DELETED_OFFSETS,
    ],
};

const INTRODUCTION: &str = "This tool helps to list, describe, delete and manage the offsets of share groups.";
/// The type of these groups, for brokers.
const SHARE: &str = "Share";

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let (args, asked) = call.typed::<ShareGroupsArgs>()?;
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

async fn execute(plan: Plan, terminal: &mut Terminal) -> anyhow::Result<()> {
    let admin = admin::open(plan.admin_file.as_deref(), &plan.servers).await?.with_timeout(plan.timeout);
    match plan.task {
        Task::List { states } => describe::list(&admin, states.as_deref(), terminal).await,
        Task::Describe { groups, view, verbose } => {
            describe::run(&admin, &names_of(&admin, groups).await?, view, verbose, terminal).await
        }
        Task::Delete(groups) => delete::groups(&admin, groups, terminal).await,
        Task::DeleteOffsets { group, topics } => delete::offsets(&admin, &group, &topics, terminal).await,
        Task::Reset(reset) => reset::run(&admin, &reset, terminal).await,
    }
}

/// A failure that ends Kafka's tool with 1 and its bare text on stderr.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Refused(String);

/// What Kafka's tool does with a failure: a line on stdout, what led to it on stderr, and no failure of its own.
fn finish(result: anyhow::Result<()>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let Err(error) = result else { return Ok(Exit::OK) };
    let is_usage = error.downcast_ref::<UsageError>().is_some_and(|error| matches!(error, UsageError::Rule(_)));
    if is_usage || error.is::<Refused>() || terminal::is_closed_pipe(&error) {
        return Err(error);
    }
    if terminal.format() == Format::Text {
        terminal.line(format_args!("\nError: Executing share group command failed due to {error}"))?;
    }
    terminal.tell_failure(format_args!("{error:#}"), admin::hint(&error).as_deref());
    Ok(Exit::OK)
}

/// The share groups in these states, or in any, in the order in which Kafka's tool has them.
async fn share_groups(admin: &Admin, states: &[String]) -> anyhow::Result<Vec<GroupListing>> {
    let mut groups = admin.list_all_groups(states, &[SHARE.to_owned()]).await?;
    // A broker that is too old for share groups may be too old to filter.
    groups.retain(|group| group.group_type.eq_ignore_ascii_case(SHARE));
    java_order::sort_by_key(&mut groups, java_order::UNSIZED, |group| &group.group_id);
    Ok(groups)
}

async fn names_of(admin: &Admin, groups: Groups) -> anyhow::Result<Vec<String>> {
    match groups {
        Groups::Named(names) => Ok(names),
        Groups::All => Ok(share_groups(admin, &[]).await?.into_iter().map(|group| group.group_id).collect()),
    }
}
