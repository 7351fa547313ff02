//! The topics of the target: made as the source has them, grown when it grows.

use super::Sink;
use crate::{access::failure::with_hint, tools::copying::facts::TopicFacts};
use anyhow::{Context, anyhow, bail};
use rkafka_client::admin::{NewPartitions, NewTopic};
use rkafka_protocol::{ErrorCode, messages::create_topics_request::CreatableTopicConfig};
use std::{collections::BTreeMap, time::Duration};
use tokio::time::sleep;

/// How often, and after which pause, a topic is looked for that has just been made.
const LOOKS_FOR_TOPIC: u32 = 100;
const LOOK_AGAIN: Duration = Duration::from_millis(100);

impl Sink {
    /// Makes sure that the topic is there, with at least as many partitions as `facts` has; it is called as they say.
    pub async fn make(&self, facts: &TopicFacts) -> anyhow::Result<()> {
        let name = &facts.name;
        let found = self.admin.describe_topics(&[name.as_str().into()]).await.map_err(|error| with_hint(&error))?;
        match found.into_iter().next() {
            Some(Ok(there)) => {
                let count = i32::try_from(there.partitions.len())?;
                if count >= facts.partitions {
                    return Ok(());
                }
                let grown = NewPartitions {
                    name: name.clone(),
                    count: facts.partitions,
                    assignments: None,
                    ..Default::default()
                };
                let grown = self.admin.create_partitions(&[grown], false).await.map_err(|error| with_hint(&error))?;
                let failed = grown.into_iter().find_map(Result::err);
                failed.map_or(Ok(()), |e| Err(anyhow!("topic {name} has {count} partitions and gets no more: {e}")))
            }
            Some(Err(error)) if error.code() != Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION) => {
                Err(with_hint(&error)).with_context(|| format!("topic {name}"))
            }
            _ => self.create(facts).await,
        }
    }

    /// How many partitions a topic has; one that is not there is made as the brokers think fit.
    pub async fn partitions_of(&self, topic: &str) -> anyhow::Result<i32> {
        let facts = TopicFacts {
            name: topic.to_owned(),
            id: String::new(),
            partitions: -1,
            replication_factor: -1,
            configs: BTreeMap::new(),
        };
        self.make(&facts).await?;
        // A broker may not have heard yet of what another one has made.
        for _ in 0..LOOKS_FOR_TOPIC {
            let found = self.admin.describe_topics(&[topic.into()]).await.map_err(|error| with_hint(&error))?;
            match found.into_iter().next() {
                Some(Ok(view)) if !view.partitions.is_empty() => return Ok(i32::try_from(view.partitions.len())?),
                Some(Err(error)) if !error.is_retriable() => {
                    return Err(with_hint(&error)).with_context(|| format!("topic {topic}"));
                }
                _ => sleep(LOOK_AGAIN).await,
            }
        }
        bail!("topic {topic} was made, and no broker has heard of it")
    }

    async fn create(&self, facts: &TopicFacts) -> anyhow::Result<()> {
        let cluster = self.admin.describe_cluster(false).await.map_err(|error| with_hint(&error))?;
        let brokers = i16::try_from(cluster.nodes.len()).unwrap_or(i16::MAX).max(1);
        let as_many = if facts.replication_factor > 0 { facts.replication_factor.min(brokers) } else { -1 };
        let config = |(name, value): (&String, &String)| CreatableTopicConfig {
            name: name.clone(),
            value: Some(value.clone()),
            ..Default::default()
        };
        let topic = NewTopic {
            name: facts.name.clone(),
            num_partitions: facts.partitions,
            replication_factor: self.options.replication_factor.unwrap_or(as_many),
            configs: facts.carried().map(config).collect(),
            ..Default::default()
        };
        let made = self.admin.create_topics(&[topic], false).await.map_err(|error| with_hint(&error))?;
        match made.into_iter().next() {
            Some(Err(error)) if error.code() != Some(ErrorCode::TOPIC_ALREADY_EXISTS) => {
                Err(anyhow!("topic {} cannot be made: {error}", facts.name))
            }
            _ => Ok(()),
        }
    }
}
