//! `--delete` and `--delete-offsets`.

use super::{input_topics, internal_topics, plan::Scope, shapes, streams_groups};
use crate::{
    access::failure,
    java_order,
    terminal::{Terminal, output::Format},
    tools::groups::{group_args::Groups, topic_args::TopicArg},
};
use rkafka_base::TopicPartition;
use rkafka_client::{Admin, ClientError, admin::GroupListing};
use rkafka_protocol::ErrorCode;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Deletes groups without members, and what they have made for themselves if that is wanted, and says what became of each.
pub async fn groups(
    admin: &Admin,
    groups: Groups,
    with_internal_topics: bool,
    terminal: &mut Terminal,
) -> anyhow::Result<()> {
    let listed = streams_groups(admin, &[]).await?;
    let names = match groups {
        Groups::Named(names) => names,
        Groups::All => listed.iter().map(|group| group.group_id.clone()).collect(),
    };
    let (mut deleted, mut failed) = (Vec::new(), Vec::new());
    let mut internal: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for name in names {
        if let Some(why) = refusal(&name, listed.iter().find(|group| group.group_id == name)) {
            failed.push((name, why));
            continue;
        }
        // Afterwards nobody knows them any more.
        let topics = if with_internal_topics { internal_topics::of(admin, &name, terminal).await? } else { Vec::new() };
        match admin.delete_group(&name).await {
            Ok(()) => {
                internal.extend((!topics.is_empty()).then(|| (name.clone(), topics)));
                deleted.push(name);
            }
            Err(error) => failed.push((name, error.to_string())),
        }
    }
    let topics_failed = delete_topics(admin, &internal, terminal).await?;
    java_order::sort_by_key(&mut deleted, java_order::UNSIZED, |name| name);
    java_order::sort_by_key(&mut failed, java_order::UNSIZED, |(name, _)| name);
    if !failed.is_empty() || !topics_failed.is_empty() {
        terminal.note_failure();
    }
    if terminal.format() != Format::Text {
        let row = |name: &String, why: Option<&String>| {
            let topics = internal.get(name).map(Vec::as_slice).unwrap_or_default();
            [json!(name), json!(why), json!(topics), json!(topics_failed.get(name))]
        };
        let failed = failed.iter().map(|(name, why)| row(name, Some(why)));
        return Ok(terminal.show(&shapes::DELETED, deleted.iter().map(|name| row(name, None)).chain(failed))?);
    }
    say_outcome(&deleted, &failed, terminal)?;
    if !internal.is_empty() {
        say_outcome_of_topics(&internal, &topics_failed, terminal)?;
    }
    Ok(())
}

/// Why a group is not asked to be deleted.
fn refusal(name: &str, listed: Option<&GroupListing>) -> Option<String> {
    match listed.map(|group| group.group_state.as_str()) {
        None => Some(format!("Group '{name}' does not exist or is not a streams group.")),
        Some("Dead") => Some(format!("Streams group '{name}' group state is DEAD.")),
        Some("Empty" | "") => None,
        Some(_) => Some(format!("Streams group '{name}' is not EMPTY.")),
    }
}

/// By group, the first failure.
async fn delete_topics(
    admin: &Admin,
    internal: &BTreeMap<String, Vec<String>>,
    terminal: &mut Terminal,
) -> anyhow::Result<BTreeMap<String, String>> {
    let mut failed = BTreeMap::new();
    for (group, topics) in internal {
        let results = match admin.delete_topics(topics).await {
            Ok(results) => results,
            Err(error) => {
                failed.insert(group.clone(), error.to_string());
                continue;
            }
        };
        for (topic, error) in topics.iter().zip(results).filter_map(|(topic, result)| Some((topic, result.err()?))) {
            terminal.say(format_args!("Failed to delete internal topic: {topic}"))?;
            failed.entry(group.clone()).or_insert_with(|| error.to_string());
        }
    }
    Ok(failed)
}

fn say_outcome(deleted: &[String], failed: &[(String, String)], terminal: &mut Terminal) -> anyhow::Result<()> {
    let names = deleted.join("', '");
    if failed.is_empty() {
        return Ok(terminal.line(format_args!("Deletion of requested streams groups ('{names}') was successful."))?);
    }
    terminal.line("\nError: Deletion of some streams groups failed:")?;
    for (name, why) in failed {
        terminal.line(format_args!("* Group '{name}' could not be deleted due to: {why}"))?;
    }
    if !deleted.is_empty() {
        terminal.line(format_args!("\nThese streams groups were deleted successfully: '{names}'."))?;
    }
    Ok(())
}

fn say_outcome_of_topics(
    internal: &BTreeMap<String, Vec<String>>,
    failed: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> anyhow::Result<()> {
    if failed.is_empty() {
        let mut groups: Vec<&str> = internal.keys().map(String::as_str).collect();
        java_order::sort_by_key(&mut groups, java_order::UNSIZED, |name| name);
        let text = "Deletion of associated internal topics of the streams groups";
        return Ok(terminal.line(format_args!("{text} ('{}') was successful.", groups.join("', '")))?);
    }
    terminal.line("Deletion of some associated internal topics failed:")?;
    for (group, why) in failed {
        let text = format!("* Internal topics of the streams group '{group}' could not be deleted due to");
        terminal.line(format_args!("{text}: {why}"))?;
    }
    Ok(())
}

/// By partition, what went wrong with it; by a topic that is not there, partition −1.
type Results = BTreeMap<TopicPartition, Option<ClientError>>;

/// Forgets what a group has committed for input topics, and says what became of each partition.
pub async fn offsets(admin: &Admin, group: &str, scope: &Scope, terminal: &mut Terminal) -> anyhow::Result<()> {
    let mut results = Results::new();
    let mut partitions = match scope {
        Scope::Topics(topics) => partitions(admin, topics, &mut results).await?,
        Scope::AllInputTopics | Scope::AsPlanned => {
            let described = admin.describe_streams_group(group, false).await?;
            let topics = input_topics::of_input(&described);
            input_topics::committed(admin, group, Some(&topics)).await?.into_keys().collect()
        }
    };
    partitions.sort();
    partitions.dedup();
    let asked = admin.delete_group_offsets(group, &partitions).await;
    let mut whole = asked.as_ref().err().cloned();
    for partition in partitions {
        let error = match &asked {
            Err(error) => Some(error),
            Ok(answers) => answers.get(&partition).and_then(|answer| answer.as_ref().err()),
        };
        whole = whole.or_else(|| error.cloned());
        results.insert(partition, error.cloned());
    }
    match &whole {
        None => terminal.say(format_args!("Request succeeded for deleting offsets from group {group}."))?,
        Some(error) => {
            terminal.say_failure(format_args!("\nError: {}", outcome(error)))?;
            if error.hint().is_some() {
                terminal.talk(failure::with_hint(error));
            }
        }
    }
    if terminal.format() != Format::Text {
        return Ok(terminal.show(&shapes::DELETED_OFFSETS, results.iter().map(|(p, error)| row(group, p, error)))?);
    }
    print(&results, terminal)
}

fn row(group: &str, partition: &TopicPartition, error: &Option<ClientError>) -> [Value; 4] {
    let number = Some(partition.partition).filter(|number| *number >= 0);
    [json!(group), json!(&*partition.topic), json!(number), json!(error.as_ref().map(ToString::to_string))]
}

async fn partitions(admin: &Admin, topics: &[TopicArg], results: &mut Results) -> anyhow::Result<Vec<TopicPartition>> {
    let mut partitions = Vec::new();
    for topic in topics {
        match topic {
            TopicArg::Partitions(some) => partitions.extend(some.iter().cloned()),
            TopicArg::Whole(name) => match admin.describe_topics(&[name.as_str().into()]).await?.into_iter().next() {
                Some(Ok(topic)) => partitions
                    .extend(topic.partitions.iter().map(|p| TopicPartition::new(topic.name.clone(), p.partition))),
                Some(Err(error)) => drop(results.insert(TopicPartition::new(name.as_str(), -1), Some(error))),
                None => {}
            },
        }
    }
    Ok(partitions)
}

/// What is said of the first failure of a partition, or of all.
fn outcome(error: &ClientError) -> String {
    match error.code() {
        Some(
            code @ (ErrorCode::INVALID_GROUP_ID
            | ErrorCode::GROUP_ID_NOT_FOUND
            | ErrorCode::GROUP_AUTHORIZATION_FAILED
            | ErrorCode::NON_EMPTY_GROUP),
        ) => code.message().to_owned(),
        Some(
            ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC
            | ErrorCode::TOPIC_AUTHORIZATION_FAILED
            | ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
        ) => "Encountered some partition-level error, see the follow-up details.".to_owned(),
        Some(code) => format!("Encountered some unknown error: {}", code.name()),
        None => format!("Encountered some unknown error: {error}"),
    }
}

fn print(results: &Results, terminal: &mut Terminal) -> anyhow::Result<()> {
    let width = results.keys().map(|partition| partition.topic.chars().count()).fold(15, usize::max);
    let mut rows: Vec<(String, &TopicPartition, &Option<ClientError>)> =
        results.iter().map(|(p, error)| (format!("{}{}", p.topic, p.partition), p, error)).collect();
    rows.sort_by(|(a, ..), (b, ..)| a.cmp(b));
    terminal.print(format_args!("\n{:<width$} {:<10} {:<15}", "TOPIC", "PARTITION", "STATUS"))?;
    for (_, TopicPartition { topic, partition }, error) in rows {
        let number = if *partition >= 0 { partition.to_string() } else { "-".to_owned() };
        let status = error.as_ref().map_or_else(|| "Successful".to_owned(), |error| format!("Error: {error}"));
        terminal.print(format_args!("\n{topic:<width$} {number:<10} {status:<15}"))?;
    }
    Ok(terminal.line("")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_not_deleted() {
        let group = |state: &str| GroupListing { group_state: state.into(), ..Default::default() };
        assert_eq!(refusal("g", None).unwrap(), "Group 'g' does not exist or is not a streams group.");
        assert_eq!(refusal("g", Some(&group("NotReady"))).unwrap(), "Streams group 'g' is not EMPTY.");
        assert_eq!(refusal("g", Some(&group("Empty"))), None);
    }

    #[test]
    fn outcomes() {
        let of = |code| outcome(&ClientError::broker(code, None));
        assert_eq!(of(ErrorCode::GROUP_ID_NOT_FOUND), "The group id does not exist.");
        assert!(of(ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC).starts_with("Encountered some partition-level error"));
        assert_eq!(of(ErrorCode::INVALID_REQUEST), "Encountered some unknown error: INVALID_REQUEST");
    }
}
