//! Which topics `--topic` and `--exclude-internal` name, and `--list`, which prints them.

use super::args::TopicsArgs;
use crate::{
    era::Era,
    options::Opt,
    terminal::{
        Terminal,
        output::{Field, Format, Shape},
    },
    tools::topics::topic_filter::TopicFilter,
};
use anyhow::anyhow;
use rkafka_base::is_internal_topic;
use rkafka_client::{Admin, ClientError, admin::TopicListing};
use rkafka_protocol::Uuid;
use serde_json::{Value, json};
use std::sync::Arc;

/// A topic of the list.
pub const LISTED: Shape<3> = Shape::rows(
    "topics --list",
    [
        Field::text("topic", "The topic's name."),
        Field::text("topicId", "Its id, 16 bytes in base64; null if the brokers give topics none."),
        Field::boolean("isInternal", "Whether it is one of Kafka's own."),
    ],
);

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
        Ok(self.topics(admin).await?.into_iter().map(|topic| topic.name).collect())
    }

    /// The topics that exist, sorted by name.
    async fn topics(&self, admin: &Admin) -> Result<Vec<TopicListing>, ClientError> {
        Ok(admin.list_topics().await?.into_iter().filter(|topic| self.has(&topic.name)).collect())
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
    if terminal.format() != Format::Text {
        let topics = topics.topics(admin).await?;
        return Ok(terminal.show(&LISTED, topics.iter().map(row))?);
    }
    Ok(terminal.line(topics.names(admin).await?.join("\n"))?)
}

fn row(topic: &TopicListing) -> [Value; 3] {
    [json!(&*topic.name), shown_id(topic.id), json!(topic.internal)]
}

/// A topic's id; null for that of brokers which have none.
pub fn shown_id(id: Uuid) -> Value {
    if id == Uuid::ZERO { Value::Null } else { json!(id.to_string()) }
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
