//! `kafka-streams-application-reset`: sets the offsets of a Kafka Streams application back and deletes its internal topics,
//! so that it begins anew.
//!
//! Texts and exit codes are those of Apache Kafka 3.9.1, or 4.4.0 (`StreamsResetter`).

mod plan;

use crate::{
    access::{failure::with_hint, properties},
    block_on::block_on,
    era::Era,
    java_order::{UNSIZED, sort_by_key, sort_by_partition},
    java_time,
    options::{
        Opt, UsageError, kafka_command,
        renamed::{has_been_deprecated, warnings},
    },
    terminal::{
        Terminal,
        output::{Field, Format, Shape},
    },
    tool::{Call, Exit, Tool},
};
use anyhow::{Context, anyhow, bail};
use plan::{Plan, ResetArgs, Target};
use rkafka_base::TopicPartition;
use rkafka_client::{
    Admin, CoordinatorKind, Properties,
    admin::{CommittedOffset, GroupMember, OffsetSpec},
};
use rkafka_protocol::{
    ErrorCode,
    messages::{LeaveGroupRequest, leave_group_request::MemberIdentity},
};
use rkafka_runtime::{
    clock::{Clock, SystemClock},
    logging,
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fs};

pub const TOOL: Tool = Tool {
    name: "streams-application-reset",
    script: "kafka-streams-application-reset",
    command: kafka_command::<ResetArgs>,
    run,
    shows: &[&ACTIONS],
};

/// What is done, or with `--dry-run` would be.
const ACTIONS: Shape<5> = Shape::rows(
    "streams-application-reset",
    [
        Field::text("action", "`resetOffset` or `deleteTopic`."),
        Field::text("topic", "The topic's name."),
        Field::integer("partition", "The partition whose offset is set; null for a topic that is deleted."),
        Field::integer("offset", "Where the application goes on; null for a topic that is deleted, and for the end."),
        Field::boolean("isDryRun", "Whether nothing has been done."),
    ],
);

const INTRODUCTION: &str = "\
This tool helps to quickly reset an application in order to reprocess its data from scratch.
* It resets offsets of input topics to the start, or to where an option says, and skips to the end of intermediate topics.
* It deletes the internal topics that Kafka Streams made, whose names begin with \"<application.id>-\"; it finds them itself,
  and --internal-topics names those of them that are to go.
* It deletes no output topics, and not the local state of the application: call KafkaStreams#cleanUp() for that, or
  delete it from state.dir.
* Stop the application first. Members whose session has not timed out are removed with --force.

*** Important! You will get wrong output if you don't clean up the local stores after running the reset tool!

*** Warning! This tool makes irreversible changes to your application. It is strongly recommended that you run this once
with \"--dry-run\" to preview your changes before making them.
";

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let (args, asked) = call.typed::<ResetArgs>().map_err(UsageError::with_table)?;
    if !args.application_id.is_given() && !asked.help && !asked.version {
        return Err(UsageError::missing_option(&args.application_id).into());
    }
    if let Some(exit) = call.help_or_version(asked, INTRODUCTION, terminal)? {
        return Ok(exit);
    }
    let plan = Plan::of(&args)?;
    for warning in warnings(call.era(), has_been_deprecated, &[(&args.config_file, &args.command_config)]) {
        terminal.talk(warning);
    }
    if call.era() == Era::V4_4 && args.intermediate_topics.is_given() {
        terminal.talk("WARN: `--intermediate-topics` is deprecated and will be removed in a future release");
    }
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    match block_on(reset(&plan, terminal))? {
        Ok(exit) => Ok(exit),
        Err(error) if crate::terminal::is_closed_pipe(&error) => Err(error),
        Err(error) => {
            match terminal.format().is_json() {
                true => terminal.tell_failure(format_args!("{error:#}"), None),
                false => terminal.talk(format_args!("ERROR: {error:#}")),
            }
            Ok(Exit::FAILED)
        }
    }
}

async fn reset(plan: &Plan, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let mut properties = properties::load(plan.config_file.as_deref())?;
    properties.insert("bootstrap.servers".into(), plan.servers.clone());
    let admin = Admin::new(&properties).await.map_err(|error| with_hint(&error))?;
    remove_members(plan, &admin, terminal).await?;
    let listed = admin.list_topics().await.map_err(|error| with_hint(&error))?;
    let mut topics: Vec<String> =
        listed.into_iter().filter(|topic| !topic.internal).map(|topic| topic.name.to_string()).collect();
    sort_by_key(&mut topics, UNSIZED, String::as_str);
    if plan.dry_run {
        let text = "----Dry run displays the actions which will be performed when running Streams Reset Tool----";
        terminal.say(text)?;
    }
    let mut done = Vec::new();
    let reset = reset_offsets(plan, &admin, &properties, &topics, &mut done, terminal).await;
    let ended = match reset {
        Ok(missed) => delete_internal(plan, &admin, &topics, &mut done, terminal).await.map(|()| missed),
        Err(error) => Err(error),
    };
    if terminal.format() != Format::Text {
        terminal.show(&ACTIONS, done.iter().map(|action| action.row(plan.dry_run)))?;
    }
    ended.map(|missed| if missed { Exit::FAILED } else { Exit::OK })
}

/// What has been done, or would be.
#[derive(Debug, PartialEq, Eq)]
enum Action {
    /// To an offset; `None`: to the end, wherever that is.
    Reset(TopicPartition, Option<i64>),
    Delete(String),
}

impl Action {
    fn row(&self, is_dry_run: bool) -> [Value; 5] {
        let (action, topic, partition, offset) = match self {
            Action::Reset(partition, offset) => ("resetOffset", &*partition.topic, Some(partition.partition), *offset),
            Action::Delete(topic) => ("deleteTopic", topic.as_str(), None, None),
        };
        [json!(action), json!(topic), json!(partition), json!(offset), json!(is_dry_run)]
    }
}

/// Sees to it that nobody is in the group.
async fn remove_members(plan: &Plan, admin: &Admin, terminal: &mut Terminal) -> anyhow::Result<()> {
    let members = match admin.describe_consumer_group(&plan.group).await {
        Ok(group) => group.members,
        Err(rkafka_client::ClientError::Broker { code: ErrorCode::GROUP_ID_NOT_FOUND, .. }) => Vec::new(),
        Err(error) => return Err(with_hint(&error)),
    };
    if members.is_empty() {
        return Ok(());
    }
    if !plan.force {
        let names: Vec<&str> = members.iter().map(|member| member.member_id.as_str()).collect();
        bail!(
            "Consumer group '{}' is still active and has following members: [{}]. Make sure to stop all running application \
             instances before running the reset tool. You can use option '--force' to remove active members from the group.",
            plan.group,
            names.join(", ")
        );
    }
    terminal.say(format_args!("Force deleting all active members in the group: {}", plan.group))?;
    terminal.flush()?;
    let identity = |member: GroupMember| MemberIdentity {
        member_id: member.member_id,
        group_instance_id: member.instance_id,
        ..MemberIdentity::default()
    };
    let members: Vec<MemberIdentity> = members.into_iter().map(identity).collect();
    let found = admin.cluster().coordinator(CoordinatorKind::Group, &plan.group).await;
    let (_, connection) = found.map_err(|error| with_hint(&error))?;
    let request = LeaveGroupRequest { group_id: plan.group.clone(), members, ..LeaveGroupRequest::default() };
    let left = connection.call(&request).await.map_err(|error| with_hint(&error))?;
    let codes = left.members.iter().map(|member| member.error_code).chain([left.error_code]);
    match codes.map(ErrorCode).find(|code| code.is_error() && *code != ErrorCode::UNKNOWN_MEMBER_ID) {
        Some(code) => bail!("the members of group '{}' cannot be removed: {}", plan.group, code.message()),
        None => Ok(()),
    }
}

/// Resets what is to be reset. Returns whether a topic that was named is missing.
async fn reset_offsets(
    plan: &Plan,
    admin: &Admin,
    properties: &Properties,
    topics: &[String],
    done: &mut Vec<Action>,
    terminal: &mut Terminal,
) -> anyhow::Result<bool> {
    if plan.input.is_empty() && plan.intermediate.is_empty() {
        terminal.say("No input or intermediate topics specified. Skipping seek.")?;
        return Ok(false);
    }
    if !plan.input.is_empty() {
        terminal.say(format_args!("Reset-offsets for input topics [{}]", plan.input.join(", ")))?;
    }
    if !plan.intermediate.is_empty() {
        terminal.say(format_args!("Seek-to-end for intermediate topics [{}]", plan.intermediate.join(", ")))?;
    }
    let mut missed = false;
    for (named, what, colon) in [(&plan.input, "input", "Topic: "), (&plan.intermediate, "intermediate", "Topic:")] {
        let missing: Vec<&String> = named.iter().filter(|topic| !topics.contains(topic)).collect();
        if !missing.is_empty() {
            terminal.say(format_args!("Following {what} topics are not found, skipping them"))?;
            missed = true;
        }
        for topic in missing {
            terminal.say(format_args!("{colon}{topic}"))?;
        }
    }
    let input = partitions(admin, &plan.input, topics).await?;
    let skipped: Vec<String> = plan.intermediate.iter().filter(|topic| !plan.input.contains(topic)).cloned().collect();
    let intermediate = partitions(admin, &skipped, topics).await?;
    if input.is_empty() && intermediate.is_empty() {
        return Ok(missed);
    }
    let moved = match new_offsets(plan, admin, properties, &input, terminal).await {
        Ok(moved) => moved,
        Err(error) => {
            terminal.talk("ERROR: Resetting offsets failed.");
            return Err(error);
        }
    };
    if !intermediate.is_empty() {
        let text = "Following intermediate topics offsets will be reset to end (for consumer group";
        terminal.say(format_args!("{text} {})", plan.group))?;
        for partition in &intermediate {
            terminal.say(format_args!("Topic: {}", partition.topic))?;
        }
    }
    if plan.dry_run {
        done.extend(moved.into_iter().map(|(partition, offset)| Action::Reset(partition, Some(offset))));
        done.extend(intermediate.into_iter().map(|partition| Action::Reset(partition, None)));
    } else {
        let mut all = moved;
        all.extend(offsets(admin, &intermediate, OffsetSpec::Latest).await?);
        let actions: Vec<Action> = all.iter().map(|(p, offset)| Action::Reset(p.clone(), Some(*offset))).collect();
        let at = |offset| CommittedOffset { offset, leader_epoch: -1, metadata: String::new() };
        let all: Vec<_> = all.into_iter().map(|(partition, offset)| (partition, at(offset))).collect();
        admin.alter_group_offsets(&plan.group, &all).await.map_err(|error| with_hint(&error))?;
        done.extend(actions);
    }
    terminal.say("Done.")?;
    Ok(missed)
}

/// The partitions of those of `named` that exist, in the order in which Kafka's tool goes through them.
async fn partitions(admin: &Admin, named: &[String], topics: &[String]) -> anyhow::Result<Vec<TopicPartition>> {
    let mut names: Vec<std::sync::Arc<str>> =
        named.iter().filter(|topic| topics.contains(topic)).map(|topic| topic.as_str().into()).collect();
    names.sort();
    names.dedup();
    let mut all = Vec::new();
    for topic in admin.describe_topics(&names).await.map_err(|error| with_hint(&error))? {
        let topic = topic.map_err(|error| with_hint(&error))?;
        all.extend(topic.partitions.iter().map(|p| TopicPartition::new(topic.name.clone(), p.partition)));
    }
    sort_by_partition(&mut all, UNSIZED, |partition| partition);
    Ok(all)
}

/// An offset of each partition; −1 where there is none.
async fn offsets(
    admin: &Admin,
    partitions: &[TopicPartition],
    spec: OffsetSpec,
) -> anyhow::Result<BTreeMap<TopicPartition, i64>> {
    let asked: Vec<(TopicPartition, OffsetSpec)> = partitions.iter().map(|tp| (tp.clone(), spec)).collect();
    let mut found = BTreeMap::new();
    for (partition, offset) in admin.list_offsets(&asked, false).await.map_err(|error| with_hint(&error))? {
        found.insert(partition, offset.map_err(|error| with_hint(&error))?.offset);
    }
    Ok(found)
}

/// Where the input topics' offsets go; says so.
async fn new_offsets(
    plan: &Plan,
    admin: &Admin,
    properties: &Properties,
    input: &[TopicPartition],
    terminal: &mut Terminal,
) -> anyhow::Result<BTreeMap<TopicPartition, i64>> {
    if input.is_empty() {
        return Ok(BTreeMap::new());
    }
    let text = "Following input topics offsets will be reset to (for consumer group";
    terminal.say(format_args!("{text} {})", plan.group))?;
    let found = match &plan.target {
        Target::Earliest => offsets(admin, input, OffsetSpec::Earliest).await?,
        Target::Latest => offsets(admin, input, OffsetSpec::Latest).await?,
        Target::DateTime(text) => at_time(admin, input, java_time::date_time(text)?, terminal).await?,
        Target::Duration(text) => {
            let now_ns = i128::from(SystemClock.now().0) * 1_000_000;
            let moment = java_time::before(now_ns, java_time::duration(text)?)?;
            at_time(admin, input, moment, terminal).await?
        }
        Target::Offset(offset) => {
            let wanted = input.iter().map(|partition| (partition.clone(), *offset)).collect();
            in_range(admin, input, wanted, terminal).await?
        }
        Target::Shift(by) => {
            let current = current(plan, admin, properties, input).await?;
            let wanted = current.into_iter().map(|(partition, offset)| (partition, offset.saturating_add(*by)));
            in_range(admin, input, wanted.collect(), terminal).await?
        }
        Target::File(path) => {
            let text = fs::read_to_string(path).with_context(|| format!("Unable to read file {path}"))?;
            let listed = plan::offsets_of_file(&text).map_err(|error| anyhow!(error))?;
            let wanted: BTreeMap<TopicPartition, i64> = listed
                .into_iter()
                .map(|(topic, partition, offset)| (TopicPartition::new(topic, partition), offset))
                .collect();
            if let Some(missing) = input.iter().find(|partition| !wanted.contains_key(partition)) {
                bail!("{path} has no offset for {missing}, which is a partition of the input topics");
            }
            if let Some(stranger) = wanted.keys().find(|partition| !input.contains(partition)) {
                bail!("{path} has an offset for {stranger}, which is no partition of the input topics");
            }
            in_range(admin, input, wanted, terminal).await?
        }
    };
    for partition in input {
        let offset = found.get(partition).copied().unwrap_or(0);
        let (topic, number) = (&partition.topic, partition.partition);
        terminal.say(format_args!("Topic: {topic} Partition: {number} Offset: {offset}"))?;
    }
    Ok(found)
}

/// The first offset at or after a time, or the end.
async fn at_time(
    admin: &Admin,
    input: &[TopicPartition],
    time: i64,
    terminal: &mut Terminal,
) -> anyhow::Result<BTreeMap<TopicPartition, i64>> {
    let mut found = offsets(admin, input, OffsetSpec::Timestamp(time)).await?;
    let late: Vec<TopicPartition> =
        input.iter().filter(|partition| found.get(partition).is_none_or(|offset| *offset < 0)).cloned().collect();
    for partition in &late {
        terminal.say(format_args!(
            "Partition {} from topic {} is empty, without a committed record. Falling back to latest known offset.",
            partition.partition, partition.topic
        ))?;
    }
    if !late.is_empty() {
        found.extend(offsets(admin, &late, OffsetSpec::Latest).await?);
    }
    Ok(found)
}

/// Where the group stands; at the end where it has no offset.
async fn current(
    plan: &Plan,
    admin: &Admin,
    properties: &Properties,
    input: &[TopicPartition],
) -> anyhow::Result<BTreeMap<TopicPartition, i64>> {
    let without = match properties.get("auto.offset.reset").map(String::as_str) {
        Some("earliest") => OffsetSpec::Earliest,
        _ => OffsetSpec::Latest,
    };
    let mut found = offsets(admin, input, without).await?;
    let committed = admin.group_offsets(&plan.group, Some(input)).await.map_err(|error| with_hint(&error))?;
    for (partition, committed) in committed {
        if let Some(committed) = committed.map_err(|error| with_hint(&error))? {
            found.insert(partition, committed.offset);
        }
    }
    Ok(found)
}

/// Offsets moved to between start and end.
async fn in_range(
    admin: &Admin,
    input: &[TopicPartition],
    wanted: BTreeMap<TopicPartition, i64>,
    terminal: &mut Terminal,
) -> anyhow::Result<BTreeMap<TopicPartition, i64>> {
    let (starts, ends) =
        (offsets(admin, input, OffsetSpec::Earliest).await?, offsets(admin, input, OffsetSpec::Latest).await?);
    let mut found = BTreeMap::new();
    for partition in input {
        let at = |all: &BTreeMap<TopicPartition, i64>| all.get(partition).copied().unwrap_or(0);
        let (offset, start, end) = (at(&wanted), at(&starts), at(&ends));
        let moved = if offset >= end {
            let text = "is higher than latest offset. Value will be set to";
            terminal.say(format_args!("New offset ({offset}) {text} {end}"))?;
            end
        } else if offset <= start {
            let text = "is lower than earliest offset. Value will be set to";
            terminal.say(format_args!("New offset ({offset}) {text} {start}"))?;
            start
        } else {
            offset
        };
        found.insert(partition.clone(), moved);
    }
    Ok(found)
}

async fn delete_internal(
    plan: &Plan,
    admin: &Admin,
    topics: &[String],
    done: &mut Vec<Action>,
    terminal: &mut Terminal,
) -> anyhow::Result<()> {
    let inferred: Vec<String> = topics.iter().filter(|topic| plan.is_internal(topic)).cloned().collect();
    let (doomed, how) = if plan.internal.is_empty() { (&inferred, "inferred") } else { (&plan.internal, "specified") };
    if !doomed.iter().all(|topic| inferred.contains(topic)) {
        bail!(
            "Invalid topic specified in the --internal-topics option. Ensure that the topics specified are all internal \
             topics. Do a dry run without the --internal-topics option to see the list of all internal topics that can be \
             deleted."
        );
    }
    terminal.say(format_args!("Deleting {how} internal topics [{}]", doomed.join(", ")))?;
    if plan.dry_run {
        done.extend(doomed.iter().cloned().map(Action::Delete));
    } else if !doomed.is_empty() {
        terminal.flush()?;
        let results = admin.delete_topics(doomed).await.map_err(|error| with_hint(&error))?;
        let mut failed = false;
        for (topic, result) in doomed.iter().zip(results) {
            match result {
                Ok(()) => done.push(Action::Delete(topic.clone())),
                Err(error) => {
                    terminal.talk(format_args!("ERROR: deleting topic {topic}\n{error}"));
                    failed = true;
                }
            }
        }
        if failed {
            bail!("Encountered an error deleting one or more topics");
        }
    }
    terminal.say("Done.")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_for_programs() {
        let reset = Action::Reset(TopicPartition::new("t", 1), Some(5)).row(true);
        assert_eq!(reset, [json!("resetOffset"), json!("t"), json!(1), json!(5), json!(true)]);
        let deleted = Action::Delete("t".to_owned()).row(false);
        assert_eq!(deleted, [json!("deleteTopic"), json!("t"), Value::Null, Value::Null, json!(false)]);
    }
}
