//! `--list`, and which topics `--topic` names.

use crate::{options::argv::Options, terminal::Terminal};
use anyhow::{Context, anyhow};
use regex_lite::Regex;
use rkafka_base::is_internal_topic;
use rkafka_client::Admin;
use std::sync::Arc;

/// Prints the names of the topics; an empty line when there is none, as Kafka's tool does.
pub async fn run(admin: &Admin, options: &Options, terminal: &mut Terminal) -> anyhow::Result<()> {
    let topics = selected(admin, options).await?;
    Ok(terminal.line(topics.join("\n"))?)
}

/// The names of the topics that `--topic` and `--exclude-internal` leave, sorted.
pub async fn selected(admin: &Admin, options: &Options) -> anyhow::Result<Vec<Arc<str>>> {
    let filter = options.value("topic")?.map(TopicFilter::new).transpose()?;
    let exclude_internal = options.has("exclude-internal");
    let topics = admin.list_topics().await?.into_iter().map(|topic| topic.name);
    let wanted = |name: &Arc<str>| {
        let internal = is_internal_topic(name);
        !(exclude_internal && internal) && filter.as_ref().is_none_or(|filter| filter.matches(name))
    };
    Ok(topics.filter(wanted).collect())
}

/// Fails when `--topic` names nothing that exists, unless `--if-exists` says that this is fine.
pub fn must_exist(found: &[Arc<str>], options: &Options) -> anyhow::Result<()> {
    match options.value("topic")? {
        Some(topic) if !topic.is_empty() && found.is_empty() && !options.has("if-exists") => {
            // 3.9.1 shows Java's Optional here, and scripts may look for it.
            Err(anyhow!("Topic 'Optional[{topic}]' does not exist as expected"))
        }
        _ => Ok(()),
    }
}

/// Topics by name or by a regular expression (`TopicFilter.IncludeList`).
enum TopicFilter {
    /// Names that hold nothing but themselves: no expression needs to be built.
    Names(Vec<String>),
    Pattern(Regex),
}

impl TopicFilter {
    fn new(text: &str) -> anyhow::Result<TopicFilter> {
        let text = text.trim().replace(',', "|").replace(' ', "");
        let pattern = text.trim_matches(['"', '\'']);
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if pattern.split('|').all(|name| !name.is_empty() && name.chars().all(plain)) {
            return Ok(TopicFilter::Names(pattern.split('|').map(str::to_owned).collect()));
        }
        let whole = Regex::new(&format!("^(?:{pattern})$"));
        whole.map(TopicFilter::Pattern).with_context(|| format!("{pattern} is an invalid regex."))
    }

    fn matches(&self, name: &str) -> bool {
        match self {
            TopicFilter::Names(names) => names.iter().any(|one| one == name),
            TopicFilter::Pattern(pattern) => pattern.is_match(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters() {
        for (filter, yes, no) in [
            ("a,b", "b", "ab"),
            ("\"a\"", "a", "b"),
            ("a.b", "axb", "ab"),
            (r"a\.b", "a.b", "axb"),
            ("cli-l-.*", "cli-l-a", "xcli-l-a"),
            ("a, b", "b", "c"),
        ] {
            let topics = TopicFilter::new(filter).unwrap();
            assert!(topics.matches(yes) && !topics.matches(no), "{filter}");
        }
        assert!(TopicFilter::new("a(").is_err());
    }
}
