//! Which topics `--topic` and `--exclude-internal` name, and `--list`, which prints them.

use super::args::TopicsArgs;
use crate::{era::Era, options::Opt, terminal::Terminal, tools::topics::topic_filter::TopicFilter};
use anyhow::anyhow;
use rkafka_base::is_internal_topic;
use rkafka_client::Admin;
use std::sync::Arc;

/// The topics that are meant.
#[derive(Debug)]
pub struct Selection {
    /// What `--topic` says.
    pub topic: Option<String>,
    filter: Option<TopicFilter>,
    exclude_internal: bool,
    /// It is fine if there are none.
    pub if_exists: bool,
    era: Era,
}

impl Selection {
    /// Understands the options that select.
    pub fn of(args: &TopicsArgs, era: Era) -> anyhow::Result<Selection> {
        let topic = args.topic.value()?;
        Ok(Selection {
            filter: topic.as_deref().map(TopicFilter::new).transpose()?,
            topic,
            exclude_internal: args.exclude_internal.is_given(),
            if_exists: args.if_exists.is_given(),
            era,
        })
    }

    /// The names of the topics that exist, sorted.
    pub async fn names(&self, admin: &Admin) -> anyhow::Result<Vec<Arc<str>>> {
        let topics = admin.list_topics().await?.into_iter().map(|topic| topic.name);
        Ok(topics.filter(|name| self.has(name)).collect())
    }

    fn has(&self, name: &str) -> bool {
        let internal = is_internal_topic(name);
        !(self.exclude_internal && internal) && self.filter.as_ref().is_none_or(|filter| filter.matches(name))
    }

    /// Fails when `--topic` names nothing that exists, unless `--if-exists` says that this is fine.
    pub fn must_exist(&self, found: &[Arc<str>]) -> anyhow::Result<()> {
        match &self.topic {
            Some(topic) if !topic.is_empty() && found.is_empty() && !self.if_exists => {
                // 3.9.1 shows Java's Optional here, and scripts may look for it.
                let topic = self.era.pick(format!("Optional[{topic}]"), topic.clone());
                Err(anyhow!("Topic '{topic}' does not exist as expected"))
            }
            _ => Ok(()),
        }
    }
}

/// Prints the names of the topics; an empty line when there is none, as Kafka's tool does.
pub async fn list(admin: &Admin, topics: &Selection, terminal: &mut Terminal) -> anyhow::Result<()> {
    Ok(terminal.line(topics.names(admin).await?.join("\n"))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::typed;

    #[test]
    fn selections() {
        let selection = |line: &str| Selection::of(&typed(line).unwrap(), Era::V3_9).unwrap();
        assert!(selection("").has("__consumer_offsets"));
        let outside = selection("--exclude-internal");
        assert!(outside.has("t") && !outside.has("__consumer_offsets"));
        assert!(outside.must_exist(&[]).is_ok());
        let one = selection("--topic t");
        assert!(one.must_exist(&["t".into()]).is_ok());
        assert_eq!(one.must_exist(&[]).unwrap_err().to_string(), "Topic 'Optional[t]' does not exist as expected");
        assert!(selection("--topic t --if-exists").must_exist(&[]).is_ok());
        let now = Selection::of(&typed("--topic t").unwrap(), Era::V4_4).unwrap();
        assert_eq!(now.must_exist(&[]).unwrap_err().to_string(), "Topic 't' does not exist as expected");
    }
}
