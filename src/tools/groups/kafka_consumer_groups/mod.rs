//! `kafka-consumer-groups`: list and describe groups, delete them, move or delete their offsets.
//!
//! Texts, layouts and exit codes are those of Apache Kafka 3.9.1, except that its two tables of one line have a line for
//! each partition here, or of 4.4.0. What fails once the work has begun is told on stdout and ends with 0, as Kafka's tool has it.
//!
//! [`args`] is what can be typed, [`rules`] what goes together, [`plan`] what is meant; [`re2`] reads a value; the
//! other files do it, with what all kinds of groups share.

mod args;
mod delete;
mod describe;
mod plan;
mod re2;
mod reset;
mod rules;
mod shapes;

use crate::{
    access::admin,
    block_on::{block_on, block_on_for_reader},
    era::Era,
    options::{UsageError, kafka_command},
    terminal::{
        self, Terminal,
        output::{Field, Format, Shape},
    },
    tool::{Call, Exit, Tool},
    tools::groups::group_args::Groups,
};
use anyhow::anyhow;
use args::GroupsArgs;
use describe::Layout;
use plan::{Plan, Task};
use rkafka_client::Admin;
use rkafka_runtime::logging;
use serde_json::json;

pub const TOOL: Tool = Tool {
    name: "consumer-groups",
    script: "kafka-consumer-groups",
    command: kafka_command::<GroupsArgs>,
    run,
    shows: &[
        &shapes::LISTED,
        &shapes::OFFSETS,
        &shapes::MEMBERS,
        &shapes::STATES,
        &reset::RESET,
        &delete::DELETED,
        &delete::DELETED_OFFSETS,
        &CHECKED,
    ],
};

/// What was found of a pattern.
const CHECKED: Shape<2> = Shape::single(
    "consumer-groups --validate-regex",
    [
        Field::text("pattern", "The regular expression."),
        Field::text("error", "What is wrong with it; null if it is valid."),
    ],
);

fn introduction(era: Era) -> &'static str {
    era.pick(
        "This tool helps to list all consumer groups, describe a consumer group, delete consumer group info, or reset consumer \
         group offsets.",
        "This tool helps to list, describe, delete and manage the offsets of consumer groups.",
    )
}

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let (args, asked) = call.typed::<GroupsArgs>()?;
    rules::check_available(&args)?;
    if let Some(exit) = call.help_or_version(asked, introduction(call.era()), terminal)? {
        return Ok(exit);
    }
    if let Some(notice) = rules::notice(&args, call.era()) {
        terminal.talk(notice);
    }
    let plan = Plan::of(&args, call.era())?;
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    if let Ok(Task::ValidateRegex(pattern)) = &plan.task {
        return validate(pattern, terminal);
    }
    let names: Vec<String> = args.topic.values().into_iter().map(str::to_owned).collect();
    let only_shows = plan.only_shows;
    let work = async { finish(execute(plan, &names, call.era(), terminal).await, terminal) };
    if only_shows { block_on_for_reader(work) } else { block_on(work)? }
}

fn validate(pattern: &str, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let checked = re2::check(pattern);
    if terminal.format() != Format::Text {
        terminal.show(&CHECKED, [[json!(pattern), json!(checked.err().map(|reason| reason.to_string()))]])?;
        return Ok(Exit::OK);
    }
    match checked {
        Ok(()) => terminal.line(format_args!("The regular expression `{pattern}` is valid."))?,
        Err(reason) => terminal.line(format_args!("The regular expression `{pattern}` is invalid: {reason}."))?,
    }
    Ok(Exit::OK)
}

/// `names` are the topics as they were typed.
async fn execute(plan: Plan, names: &[String], era: Era, terminal: &mut Terminal) -> anyhow::Result<()> {
    let admin = admin::open(plan.admin_file.as_deref(), &plan.servers?).await?;
    let task = plan.task?;
    let admin = admin.with_timeout(plan.timeout?);
    match task {
        Task::List(list) => describe::list(&admin, &list, terminal).await,
        Task::Describe { groups, view, verbose } => {
            let layout = Layout { era, verbose };
            describe::run(&admin, &all_of(&admin, &groups).await?, view, layout, terminal).await
        }
        Task::Delete(groups) => delete::groups(&admin, &all_of(&admin, &groups).await?, era, terminal).await,
        Task::Reset(reset) => {
            let groups = all_of(&admin, &reset.groups).await?;
            reset::run(&admin, &reset, &groups, era, terminal).await
        }
        Task::DeleteOffsets { group, topics } => delete::offsets(&admin, &group, &topics, names, era, terminal).await,
        Task::ValidateRegex(_) => Ok(()),
    }
}

/// What Kafka's tool does with a failure: a line on stdout, what led to it on stderr, and no failure of its own.
fn finish(result: anyhow::Result<()>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let Err(error) = result else { return Ok(Exit::OK) };
    let is_usage = error.downcast_ref::<UsageError>().is_some_and(|error| matches!(error, UsageError::Rule(_)));
    if is_usage || terminal::is_closed_pipe(&error) {
        return Err(error);
    }
    if terminal.format() == Format::Text {
        terminal.line(format_args!("\nError: Executing consumer group command failed due to {error}"))?;
    }
    terminal.tell_failure(format_args!("{error:#}"), admin::hint(&error).as_deref());
    Ok(Exit::OK)
}

async fn all_of(admin: &Admin, groups: &Groups) -> anyhow::Result<Vec<String>> {
    match groups {
        Groups::Named(names) => Ok(names.clone()),
        Groups::All => Ok(admin.list_groups(&[], &[]).await?.into_iter().map(|group| group.group_id).collect()),
    }
}

/// Kafka 3.9's tool ends some tables without a newline, which only a screen minds.
fn end_table(era: Era, terminal: &mut Terminal) -> anyhow::Result<()> {
    if era == Era::V4_4 || terminal.out_is_screen() {
        terminal.line("")?;
    }
    Ok(())
}
