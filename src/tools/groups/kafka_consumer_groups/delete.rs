//! `--delete` and `--delete-offsets`.

use crate::{
    era::Era,
    java_class, java_order,
    terminal::{
        Terminal,
        output::{Field, Format, Shape},
    },
    tools::groups::topic_args::TopicArg,
};
use rkafka_base::TopicPartition;
use rkafka_client::{Admin, ClientError};
use rkafka_protocol::ErrorCode;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What became of a group.
pub const DELETED: Shape<2> = Shape::rows(
    "consumer-groups --delete",
    [
        Field::text("group", "The group's id."),
        Field::text("error", "Why it could not be deleted; null if it has been."),
    ],
);

/// What became of a partition's offset.
pub const DELETED_OFFSETS: Shape<4> = Shape::rows(
    "consumer-groups --delete-offsets",
    [
        Field::text("group", "The group's id."),
        Field::text("topic", "The topic's name."),
        Field::integer("partition", "The partition's number; null for a topic that was not found."),
        Field::text("error", "Why the offset could not be deleted; null if it has been."),
    ],
);

/// Deletes groups and says what became of each.
pub async fn groups(admin: &Admin, groups: &[String], era: Era, terminal: &mut Terminal) -> anyhow::Result<()> {
    let (mut deleted, mut failed) = (Vec::new(), Vec::new());
    for group in groups {
        match admin.delete_group(group).await {
            Ok(()) => deleted.push(group.clone()),
            Err(error) => failed.push((group.clone(), error)),
        }
    }
    java_order::sort_by_key(&mut deleted, java_order::UNSIZED, |group| group);
    java_order::sort_by_key(&mut failed, java_order::UNSIZED, |(group, _)| group);
    if !failed.is_empty() {
        terminal.note_failure();
    }
    if terminal.format() != Format::Text {
        let deleted = deleted.iter().map(|group| [json!(group), Value::Null]);
        let failed = failed.iter().map(|(group, error)| [json!(group), json!(error.to_string())]);
        return Ok(terminal.show(&DELETED, deleted.chain(failed))?);
    }
    if failed.is_empty() {
        let names = era.pick(format!("'{}'", deleted.join(", ")), quoted(&deleted));
        return Ok(terminal.line(format_args!("Deletion of requested consumer groups ({names}) was successful."))?);
    }
    terminal.line("\nError: Deletion of some consumer groups failed:")?;
    for (group, error) in failed {
        let error = told(&error, era);
        terminal.line(format_args!("* Group '{group}' could not be deleted due to: {error}"))?;
    }
    if !deleted.is_empty() {
        let names = match era {
            // The quotes are those of Kafka's tool.
            Era::V3_9 => format!("'{}', '", deleted.join("'")),
            Era::V4_4 => quoted(&deleted),
        };
        terminal.line(format_args!("\nThese consumer groups were deleted successfully: {names}"))?;
    }
    Ok(())
}

fn quoted(groups: &[String]) -> String {
    groups.iter().map(|group| format!("'{group}'")).collect::<Vec<_>>().join(", ")
}

/// An error as it stands in a line of data: 4.4 has the class of Java's exception before it.
fn told(error: &ClientError, era: Era) -> String {
    match era {
        Era::V3_9 => error.to_string(),
        Era::V4_4 => java_class::with_message(error),
    }
}

/// Forgets what a group has committed for topics, and says what became of each partition.
pub async fn offsets(
    admin: &Admin,
    group: &str,
    topics: &[TopicArg],
    names: &[String],
    era: Era,
    terminal: &mut Terminal,
) -> anyhow::Result<()> {
    let is_text = terminal.format() == Format::Text;
    let told = |error: &ClientError| if is_text { told(error, era) } else { error.to_string() };
    let mut results: BTreeMap<TopicPartition, Option<String>> = BTreeMap::new();
    let mut partitions = Vec::new();
    for topic in topics {
        match topic {
            TopicArg::Partitions(list) => partitions.extend(list.iter().cloned()),
            TopicArg::Whole(name) => match admin.describe_topics(&[name.as_str().into()]).await?.into_iter().next() {
                Some(Ok(topic)) => partitions
                    .extend(topic.partitions.iter().map(|p| TopicPartition::new(topic.name.clone(), p.partition))),
                Some(Err(error)) => drop(results.insert(TopicPartition::new(name.as_str(), -1), Some(told(&error)))),
                None => {}
            },
        }
    }
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
        results.insert(partition, error.map(told));
    }
    say_outcome(group, names, whole.as_ref(), era, terminal)?;
    if !is_text {
        return Ok(terminal.show(&DELETED_OFFSETS, rows(group, &results))?);
    }
    print(&results, era, terminal)
}

fn rows(group: &str, results: &BTreeMap<TopicPartition, Option<String>>) -> Vec<[Value; 4]> {
    let row = |(TopicPartition { topic, partition }, error): (&TopicPartition, &Option<String>)| {
        let number = Some(*partition).filter(|number| *number >= 0);
        [json!(group), json!(&**topic), json!(number), json!(error)]
    };
    results.iter().map(row).collect()
}

/// Kafka's tool looks at the first failure, and not at topics that it could not find.
fn say_outcome(
    group: &str,
    names: &[String],
    failure: Option<&ClientError>,
    era: Era,
    terminal: &mut Terminal,
) -> anyhow::Result<()> {
    let Some(failure) = failure else {
        terminal.say(era.pick(
            format!("Request succeed for deleting offsets with topic {} group {group}", names.join(", ")),
            format!("Request succeeded for deleting offsets from group {group}."),
        ))?;
        return Ok(());
    };
    let outcome = outcome(group, failure, era);
    terminal.note_failure();
    if terminal.format() != Format::Text {
        terminal.tell_failure(outcome, failure.hint().as_deref());
        return Ok(());
    }
    terminal.line(format_args!("\nError: {outcome}"))?;
    if let Some(hint) = failure.hint() {
        terminal.talk(hint);
    }
    Ok(())
}

fn outcome(group: &str, failure: &ClientError, era: Era) -> String {
    match failure.code() {
        Some(
            ErrorCode::INVALID_GROUP_ID
            | ErrorCode::GROUP_ID_NOT_FOUND
            | ErrorCode::GROUP_AUTHORIZATION_FAILED
            | ErrorCode::NON_EMPTY_GROUP,
        ) if era == Era::V4_4 => failure.to_string(),
        Some(ErrorCode::INVALID_GROUP_ID) => format!("'{group}' is not valid."),
        Some(ErrorCode::GROUP_ID_NOT_FOUND) => format!("'{group}' does not exist."),
        Some(ErrorCode::GROUP_AUTHORIZATION_FAILED) => format!("Access to '{group}' is not authorized."),
        Some(ErrorCode::NON_EMPTY_GROUP) => {
            format!("Deleting offsets of a consumer group '{group}' is forbidden if the group is not empty.")
        }
        Some(
            ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC
            | ErrorCode::TOPIC_AUTHORIZATION_FAILED
            | ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
        ) => era
            .pick(
                "Encounter some partition level error, see the follow-up details:",
                "Encountered some partition-level error, see the follow-up details.",
            )
            .to_owned(),
        Some(code) if era == Era::V3_9 => format!("Encounter some unknown error: {}", code.name()),
        _ => format!("{} some unknown error: {failure}", era.pick("Encounter", "Encountered")),
    }
}

fn print(results: &BTreeMap<TopicPartition, Option<String>>, era: Era, terminal: &mut Terminal) -> anyhow::Result<()> {
    let mut rows: Vec<(String, &TopicPartition, &Option<String>)> =
        results.iter().map(|(p, result)| (format!("{}{}", p.topic, p.partition), p, result)).collect();
    rows.sort();
    let longest = rows.iter().map(|(_, p, _)| p.topic.chars().count()).fold(15, usize::max);
    let (topics, partitions, before) = era.pick((30, 15, ":"), (longest, 10, ""));
    terminal.print(format_args!("\n{:<topics$} {:<partitions$} {:<15}", "TOPIC", "PARTITION", "STATUS"))?;
    for (_, TopicPartition { topic, partition }, error) in rows {
        let number = if *partition >= 0 { partition.to_string() } else { era.pick("Not Provided", "-").to_owned() };
        let status = error.as_ref().map_or_else(|| "Successful".to_owned(), |error| format!("Error: {before}{error}"));
        terminal.print(format_args!("\n{topic:<topics$} {number:<partitions$} {status:<15}"))?;
    }
    super::end_table(era, terminal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_for_programs() {
        let whole = (TopicPartition::new("x", -1), Some("no".to_owned()));
        let results = BTreeMap::from([(TopicPartition::new("t", 1), None), whole]);
        let (done, missing) =
            ([json!("g"), json!("t"), json!(1), Value::Null], [json!("g"), json!("x"), Value::Null, json!("no")]);
        assert_eq!(rows("g", &results), [done, missing]);
    }

    #[test]
    fn outcomes() {
        let of = |code| outcome("g", &ClientError::broker(code, None), Era::V3_9);
        assert_eq!(of(ErrorCode::GROUP_ID_NOT_FOUND), "'g' does not exist.");
        assert_eq!(
            of(ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC),
            "Encounter some partition level error, see the follow-up details:"
        );
        assert_eq!(of(ErrorCode::INVALID_REQUEST), "Encounter some unknown error: INVALID_REQUEST");
        let now = outcome("g", &ClientError::broker(ErrorCode::GROUP_ID_NOT_FOUND, Some("No.")), Era::V4_4);
        assert_eq!(now, "No.");
    }
}
