//! The cluster that is copied from: what there is in it, and its records.

use super::{
    choice::Choice,
    facts::{GroupFacts, GroupOffset, TopicFacts},
    place::Place,
};
use crate::access::{admin, failure::with_hint};
use anyhow::{Context, anyhow, bail};
use rkafka_base::TopicPartition;
use rkafka_client::{
    Admin, ClientError, Consumer, Properties,
    admin::{ConfigResource, OffsetSpec, TopicListing},
    consumer::{ConsumerConfig, Fetched, OffsetReset},
};
use rkafka_protocol::ErrorCode;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant},
};

/// How long one look for records lasts.
const POLL: Duration = Duration::from_millis(500);
/// How long nothing at all may come while there is something to come.
const PATIENCE: Duration = Duration::from_secs(120);
/// How the brokers mark a setting that was made for the topic (`DescribeConfigsResponse.ConfigSource`).
const OF_THE_TOPIC: i8 = 1;
/// How many topics are asked about at a time.
const AT_A_TIME: usize = 100;

/// A cluster to read from.
pub struct Source {
    admin: Admin,
    properties: Properties,
}

/// The offsets between which the records of a partition lie, at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    pub start: i64,
    /// One past the last record that is part of no open transaction.
    pub end: i64,
}

impl Source {
    /// Errors: no client can be made.
    pub async fn open(place: &Place) -> anyhow::Result<Source> {
        Ok(Source { admin: admin::open_with(&place.properties).await?, properties: place.properties.clone() })
    }

    /// The cluster's id; empty if it has none.
    pub async fn cluster_id(&self) -> anyhow::Result<String> {
        let cluster = self.admin.describe_cluster(false).await.map_err(|error| with_hint(&error))?;
        Ok(cluster.cluster_id.unwrap_or_default())
    }

    /// The topics that are meant.
    ///
    /// Errors: a word means none, if each has to mean one.
    pub async fn topics(&self, choice: &Choice, all_words: bool) -> anyhow::Result<Vec<TopicFacts>> {
        let all = self.admin.list_topics().await.map_err(|error| with_hint(&error))?;
        let chosen = choice.of(all.iter().map(|topic: &TopicListing| (&*topic.name, topic.internal)), all_words)?;
        let mut topics = Vec::with_capacity(chosen.len());
        for names in chosen.chunks(AT_A_TIME) {
            let shared: Vec<Arc<str>> = names.iter().map(|name| Arc::from(*name)).collect();
            let resources: Vec<_> = names.iter().map(|name| ConfigResource::topic(*name)).collect();
            let views = self.admin.describe_topics(&shared).await.map_err(|error| with_hint(&error))?;
            let configs = self.admin.describe_configs(&resources, false, false).await;
            let configs = configs.map_err(|error| with_hint(&error))?;
            for ((name, view), configs) in names.iter().zip(views).zip(configs) {
                let place = || format!("topic {name}");
                let view = match view {
                    // It has been deleted meanwhile.
                    Err(error) if error.code() == Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION) && !all_words => continue,
                    view => view.with_context(place)?,
                };
                let configs = configs.with_context(place)?.into_iter();
                let own = configs.filter(|config| config.config_source == OF_THE_TOPIC);
                let replicas = view.partitions.iter().map(|partition| partition.replicas.len()).max().unwrap_or(1);
                topics.push(TopicFacts {
                    name: (*name).to_owned(),
                    id: if view.id.is_zero() { String::new() } else { view.id.to_string() },
                    partitions: i32::try_from(view.partitions.len())?,
                    replication_factor: i16::try_from(replicas)?,
                    configs: own.filter_map(|config| Some((config.name, config.value?))).collect(),
                });
            }
        }
        Ok(topics)
    }

    /// Between which offsets the records of each partition lie now.
    pub async fn bounds(&self, topics: &[TopicFacts]) -> anyhow::Result<BTreeMap<TopicPartition, Bounds>> {
        let all: Vec<TopicPartition> = topics.iter().flat_map(partitions).collect();
        let starts = offsets(&self.admin, &all, OffsetSpec::Earliest).await?;
        let ends = offsets(&self.admin, &all, OffsetSpec::Latest).await?;
        let bounds = |(partition, start): (TopicPartition, i64)| {
            let end = ends.get(&partition).copied().unwrap_or(start);
            (partition, Bounds { start, end })
        };
        Ok(starts.into_iter().map(bounds).collect())
    }

    /// What the groups that are meant have committed for partitions of `topics`; those without anything are left out.
    pub async fn groups(&self, choice: &Choice, topics: &BTreeSet<String>) -> anyhow::Result<Vec<GroupFacts>> {
        let all = self.admin.list_groups(&[], &[]).await.map_err(|error| with_hint(&error))?;
        let names: Vec<String> = all.into_iter().map(|group| group.group_id).collect();
        let mut groups = Vec::new();
        for name in choice.of_groups(&names)? {
            let committed = self.admin.group_offsets(name, None).await;
            let committed = committed.map_err(|error| with_hint(&error).context(format!("group {name}")))?;
            let mut offsets = Vec::new();
            for (partition, found) in committed.into_iter().filter(|(tp, _)| topics.contains(&*tp.topic)) {
                if let Some(found) = found.map_err(|error| anyhow!("group {name}, {partition}: {error}"))? {
                    let (topic, number) = (partition.topic.to_string(), partition.partition);
                    let (offset, metadata) = (found.offset, found.metadata);
                    offsets.push(GroupOffset { topic, partition: number, offset, metadata });
                }
            }
            if !offsets.is_empty() {
                groups.push(GroupFacts { group: name.to_owned(), offsets });
            }
        }
        Ok(groups)
    }

    /// A consumer of nothing yet, in no group, which sees what is committed only.
    pub async fn consumer(&self) -> anyhow::Result<Consumer> {
        let mut properties = self.properties.clone();
        properties.insert("isolation.level".to_owned(), "read_committed".to_owned());
        for of_groups in ["group.id", "group.instance.id"] {
            properties.remove(of_groups);
        }
        let mut config = ConsumerConfig::read(&properties).map_err(|error| with_hint(&error))?;
        // What is gone at the beginning of a partition cannot be copied any more.
        config.auto_offset_reset = OffsetReset::Earliest;
        config.client.allow_auto_create_topics = false;
        Consumer::with_config(config).await.map_err(|error| with_hint(&error))
    }

    /// Reads each partition from an offset to another.
    pub async fn read(&self, wanted: BTreeMap<TopicPartition, Bounds>) -> anyhow::Result<Reading> {
        let mut consumer = self.consumer().await?;
        let left: BTreeMap<TopicPartition, i64> =
            wanted.iter().filter(|(_, bounds)| bounds.start < bounds.end).map(|(tp, b)| (tp.clone(), b.end)).collect();
        consumer.assign(&left.keys().cloned().collect::<Vec<_>>());
        for partition in left.keys() {
            consumer.seek(partition, wanted[partition].start)?;
        }
        Ok(Reading { consumer, left, heard: Instant::now() })
    }
}

/// Partitions that are read up to offsets known beforehand.
pub struct Reading {
    consumer: Consumer,
    left: BTreeMap<TopicPartition, i64>,
    /// When something came last.
    heard: Instant,
}

impl Reading {
    /// The next records, or `None` when all is read.
    ///
    /// Errors: what trying again does not heal; nothing came for [`PATIENCE`].
    pub async fn next(&mut self) -> anyhow::Result<Option<Fetched>> {
        while !self.left.is_empty() {
            let Some(fetched) = self.consumer.poll(POLL).await.map_err(|error| with_hint(&error))? else {
                if self.heard.elapsed() > PATIENCE {
                    let why = self.consumer.last_failure().map(ClientError::to_string);
                    let (seconds, why) =
                        (PATIENCE.as_secs(), why.unwrap_or_else(|| "the brokers sent none".to_owned()));
                    bail!("no records have come for {seconds} s, of {} partitions: {why}", self.left.len());
                }
                continue;
            };
            self.heard = Instant::now();
            let Some(end) = self.left.get(&fetched.partition) else { continue };
            if fetched.next_offset >= *end {
                self.left.remove(&fetched.partition);
                self.consumer.pause(&fetched.partition, true)?;
            }
            return Ok(Some(fetched));
        }
        Ok(None)
    }
}

/// All partitions of a topic.
pub fn partitions(topic: &TopicFacts) -> impl Iterator<Item = TopicPartition> + use<> {
    let name: Arc<str> = topic.name.as_str().into();
    (0..topic.partitions).map(move |number| TopicPartition::new(name.clone(), number))
}

/// One offset of each partition.
///
/// Errors: the first partition's that has none.
pub async fn offsets(
    admin: &Admin,
    partitions: &[TopicPartition],
    spec: OffsetSpec,
) -> anyhow::Result<BTreeMap<TopicPartition, i64>> {
    let wanted: Vec<_> = partitions.iter().map(|partition| (partition.clone(), spec)).collect();
    let found = admin.list_offsets(&wanted, true).await.map_err(|error| with_hint(&error))?;
    let offset = |(partition, found): (TopicPartition, Result<_, ClientError>)| {
        let found: rkafka_client::admin::FoundOffset = found.map_err(|error| anyhow!("{partition}: {error}"))?;
        Ok((partition, found.offset))
    };
    found.into_iter().map(offset).collect()
}
