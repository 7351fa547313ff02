//! `--delete` and `--delete-offsets`.

use super::{shapes, share_groups};
use crate::{
    access::failure,
    java_order,
    terminal::{Terminal, output::Format},
    tools::groups::group_args::Groups,
};
use rkafka_client::{Admin, ClientError, admin::GroupListing};
use rkafka_protocol::ErrorCode;
use serde_json::{Value, json};

/// Deletes groups without members and says what became of each.
pub async fn groups(admin: &Admin, groups: Groups, terminal: &mut Terminal) -> anyhow::Result<()> {
    let listed = share_groups(admin, &[]).await?;
    let names = match groups {
        Groups::Named(names) => names,
        Groups::All => listed.iter().map(|group| group.group_id.clone()).collect(),
    };
    let (mut deleted, mut failed) = (Vec::new(), Vec::new());
    for name in names {
        let refused = refusal(&name, listed.iter().find(|group| group.group_id == name));
        let outcome = match refused {
            Some(why) => Err(why),
            None => admin.delete_group(&name).await.map_err(|error| error.to_string()),
        };
        match outcome {
            Ok(()) => deleted.push(name),
            Err(why) => failed.push((name, why)),
        }
    }
    java_order::sort_by_key(&mut deleted, java_order::UNSIZED, |name| name);
    java_order::sort_by_key(&mut failed, java_order::UNSIZED, |(name, _)| name);
    if !failed.is_empty() {
        terminal.note_failure();
    }
    if terminal.format() != Format::Text {
        let deleted = deleted.iter().map(|name| [json!(name), Value::Null]);
        let failed = failed.iter().map(|(name, why)| [json!(name), json!(why)]);
        return Ok(terminal.show(&shapes::DELETED, deleted.chain(failed))?);
    }
    let quoted = deleted.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
    if failed.is_empty() {
        return Ok(terminal.line(format_args!("Deletion of requested share groups ({quoted}) was successful."))?);
    }
    terminal.line("\nError: Deletion of some share groups failed:")?;
    for (name, why) in failed {
        terminal.line(format_args!("* Group '{name}' could not be deleted due to: {why}"))?;
    }
    if !deleted.is_empty() {
        terminal.line(format_args!("\nThese share groups were deleted successfully: {quoted}"))?;
    }
    Ok(())
}

/// Why a group is not asked to be deleted.
fn refusal(name: &str, listed: Option<&GroupListing>) -> Option<String> {
    match listed.map(|group| group.group_state.as_str()) {
        None => Some(format!("Group '{name}' is not a share group.")),
        Some("Dead") => Some(format!("Share group '{name}' group state is DEAD.")),
        Some("Empty" | "") => None,
        Some(_) => Some(format!("Share group '{name}' is not EMPTY.")),
    }
}

/// Forgets where a group stands in topics, and says what became of each.
pub async fn offsets(admin: &Admin, group: &str, topics: &[String], terminal: &mut Terminal) -> anyhow::Result<()> {
    let asked = admin.delete_share_group_offsets(group, topics).await;
    let mut names = topics.to_vec();
    java_order::sort_by_key(&mut names, java_order::UNSIZED, |name| name);
    let failure = |name: &String| match &asked {
        Err(error) => Some(error),
        Ok(answers) => answers.get(name).and_then(|answer| answer.as_ref().err()),
    };
    if let Some(error) = names.iter().find_map(failure) {
        terminal.note_failure();
        if let Some(text) = outcome(error) {
            terminal.say_failure(format_args!("\nError: {text}"))?;
        }
        if error.hint().is_some() {
            terminal.talk(failure::with_hint(error));
        }
    }
    names.sort();
    if terminal.format() != Format::Text {
        let row = |name: &String| [json!(group), json!(name), json!(failure(name).map(ToString::to_string))];
        return Ok(terminal.show(&shapes::DELETED_OFFSETS, names.iter().map(row))?);
    }
    let width = names.iter().map(|name| name.chars().count()).fold(15, usize::max);
    terminal.print(format_args!("\n{:<width$} STATUS", "TOPIC"))?;
    for name in &names {
        let status = failure(name).map_or_else(|| "Successful".to_owned(), |error| format!("Error: {error}"));
        terminal.print(format_args!("\n{name:<width$} {status}"))?;
    }
    Ok(terminal.line("")?)
}

/// What is said of the first failure; one that is a topic's own stands in the table only.
fn outcome(error: &ClientError) -> Option<String> {
    match error.code() {
        Some(ErrorCode::TOPIC_AUTHORIZATION_FAILED | ErrorCode::UNKNOWN_TOPIC_OR_PARTITION) => None,
        Some(
            ErrorCode::INVALID_GROUP_ID
            | ErrorCode::GROUP_ID_NOT_FOUND
            | ErrorCode::GROUP_AUTHORIZATION_FAILED
            | ErrorCode::NON_EMPTY_GROUP,
        ) => Some(error.to_string()),
        _ => Some(format!("Encounter some unknown error: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_not_deleted() {
        let group = |state: &str| GroupListing { group_state: state.into(), ..Default::default() };
        assert_eq!(refusal("g", None).unwrap(), "Group 'g' is not a share group.");
        assert_eq!(refusal("g", Some(&group("Stable"))).unwrap(), "Share group 'g' is not EMPTY.");
        assert_eq!(refusal("g", Some(&group("Dead"))).unwrap(), "Share group 'g' group state is DEAD.");
        assert_eq!(refusal("g", Some(&group("Empty"))), None);
    }

    #[test]
    fn outcomes() {
        let of = |code| outcome(&ClientError::broker(code, None));
        assert_eq!(of(ErrorCode::NON_EMPTY_GROUP).unwrap(), "The group is not empty.");
        assert_eq!(of(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION), None);
        assert!(of(ErrorCode::INVALID_REQUEST).unwrap().starts_with("Encounter some unknown error: "));
    }
}
