//! The topics that a streams application makes for itself.

use crate::terminal::Terminal;
use rkafka_client::{Admin, admin::StreamsGroup};

/// The topics that a group has made for itself. Of one whose name does not look like that, it is said that it stays.
pub async fn of(admin: &Admin, group: &str, terminal: &mut Terminal) -> anyhow::Result<Vec<String>> {
    let described = match admin.describe_streams_group(group, false).await {
        Ok(described) => described,
        Err(error) => {
            terminal.say_failure(format_args!("\nError: Retrieving internal topics failed due to {error}"))?;
            return Ok(Vec::new());
        }
    };
    let (internal, others): (Vec<String>, Vec<String>) =
        own_topics(&described).into_iter().partition(|topic| is_internal(topic, group));
    for topic in others {
        terminal.say_failure(format_args!(
            "\nError: The internal topic '{topic}' is not inferred as internal and thus will not be deleted with the \
             group '{group}'."
        ))?;
    }
    Ok(internal)
}

fn own_topics(group: &StreamsGroup) -> Vec<String> {
    let sources = super::input_topics::of_input(group);
    let own = group.subtopologies.iter().flat_map(|subtopology| {
        subtopology.repartition_source_topics.iter().chain(&subtopology.state_changelog_topics)
    });
    own.map(|topic| topic.name.clone()).filter(|name| !sources.contains(name.as_str())).collect()
}

/// Whether a topic is named as an application names its own (`StreamsGroupCommand.isInferredInternalTopic`).
fn is_internal(topic: &str, application: &str) -> bool {
    const ENDINGS: [&str; 4] =
        ["-changelog", "-repartition", "-subscription-registration-topic", "-subscription-response-topic"];
    let is_own = topic.strip_prefix(application).is_some_and(|rest| rest.starts_with('-'));
    is_own && (ENDINGS.iter().any(|ending| topic.ends_with(ending)) || is_of_foreign_key_join(topic))
}

/// `…-KTABLE-FK-JOIN-SUBSCRIPTION-REGISTRATION-0000000006-topic`, and the same with RESPONSE.
fn is_of_foreign_key_join(topic: &str) -> bool {
    let Some(rest) = topic.strip_suffix("-topic") else { return false };
    let Some((name, number)) = rest.rsplit_once('-') else { return false };
    let is_number = !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit());
    let kinds = ["REGISTRATION", "RESPONSE"];
    let before = kinds.iter().find_map(|kind| name.strip_suffix(&format!("-KTABLE-FK-JOIN-SUBSCRIPTION-{kind}")));
    is_number && before.is_some_and(|before| !before.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_internal_topics() {
        for topic in [
            "app-store-changelog",
            "app-x-repartition",
            "app-KTABLE-FK-JOIN-SUBSCRIPTION-REGISTRATION-0000000006-topic",
            "app-KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE-0000000014-topic",
        ] {
            assert!(is_internal(topic, "app"), "{topic}");
            assert!(!is_internal(topic, "ap"), "{topic}");
        }
        for topic in ["app", "app-input", "other-store-changelog", "app-KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE-x-topic"] {
            assert!(!is_internal(topic, "app"), "{topic}");
        }
    }
}
