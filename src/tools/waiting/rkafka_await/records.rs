//! Counts the records of a topic as they come, those that fit.

use super::{
    args::Start,
    verdict::{self, Verdict},
};
use crate::record_filter::{Candidate, RecordFilter};
use anyhow::anyhow;
use regex_lite::Regex;
use rkafka_base::TopicPartition;
use rkafka_client::{
    Admin, ClientError, Cluster, ClusterView, Consumer, Properties, Topics,
    admin::OffsetSpec,
    consumer::{ConsumerConfig, Fetched, OffsetReset},
};
use rkafka_protocol::record::RecordRef;
use std::{sync::Arc, time::Duration};

/// How long one look waits for records.
const POLL: Duration = Duration::from_millis(250);
/// How often new partitions are looked for.
const PARTITIONS: Duration = Duration::from_secs(1);
/// How long finding the first offsets may take in one look.
const OFFSETS: Duration = Duration::from_secs(2);

/// Which records count.
pub enum Test {
    All,
    /// Found in the value, read as text.
    Value(Regex),
    Expression(RecordFilter),
}

impl Test {
    /// From what was typed; `now_ms` is what times in an expression count back from.
    ///
    /// Errors: what is wrong with the expression, and where.
    pub fn new(expression: Option<&str>, value: Option<Regex>, now_ms: i64) -> anyhow::Result<Test> {
        Ok(match (expression, value) {
            (Some(text), _) => {
                Test::Expression(RecordFilter::parse(text, now_ms).map_err(|error| anyhow!("--where: {error}"))?)
            }
            (None, Some(regex)) => Test::Value(regex),
            (None, None) => Test::All,
        })
    }

    fn fits(&self, partition: &TopicPartition, record: &RecordRef<'_>) -> bool {
        match self {
            Test::All => true,
            Test::Value(regex) => record.value.is_some_and(|value| regex.is_match(&String::from_utf8_lossy(value))),
            Test::Expression(filter) => filter.matches(&Candidate {
                topic: &partition.topic,
                partition: partition.partition,
                offset: record.offset.0,
                timestamp_ms: Some(record.timestamp.0).filter(|ms| *ms >= 0),
                key: record.key,
                value: record.value,
                headers: record.headers,
            }),
        }
    }
}

/// How many have been found, and what goes on finding them.
pub struct Count {
    topic: Arc<str>,
    wanted: u64,
    found: u64,
    test: Test,
    start: Start,
    properties: Properties,
    /// `None` until the topic and its offsets are known.
    consumer: Option<Consumer>,
}

impl Count {
    /// Counts up to `wanted`; `properties` are the client's.
    pub fn new(topic: &str, wanted: u64, test: Test, start: Start, properties: Properties) -> Count {
        Count { topic: topic.into(), wanted, found: 0, test, start, properties, consumer: None }
    }

    /// Whether records are being read.
    pub fn has_begun(&self) -> bool {
        self.consumer.is_some()
    }

    /// What has been found, once reading has begun.
    pub fn so_far(&self) -> Option<String> {
        let fitting = if matches!(self.test, Test::All) { "" } else { " that fit" };
        self.has_begun().then(|| format!("topic {}: {} of {} records{fitting}", self.topic, self.found, self.wanted))
    }

    /// Reads what comes in a moment.
    pub async fn go_on(&mut self, cluster: Cluster) -> Result<Verdict, ClientError> {
        let mut consumer = match self.consumer.take() {
            Some(consumer) => consumer,
            None => match self.begin(cluster).await? {
                Ok(consumer) => consumer,
                Err(missing) => {
                    // What comes into a topic that was not there is all new.
                    if self.start == Start::Latest {
                        self.start = Start::Earliest;
                    }
                    return Ok(Verdict::Missing(missing));
                }
            },
        };
        let polled = consumer.poll(POLL).await;
        self.take_in_partitions(&mut consumer)?;
        self.consumer = Some(consumer);
        if let Some(fetched) = polled? {
            self.count(fetched)?;
        }
        let so_far = self.so_far().unwrap_or_default();
        Ok(if self.found >= self.wanted { Verdict::Met(so_far) } else { Verdict::Missing(so_far) })
    }

    /// Finds where each partition begins, or that the topic is not there.
    async fn begin(&self, cluster: Cluster) -> Result<Result<Consumer, String>, ClientError> {
        let view = cluster.refresh(&Topics::Named(vec![self.topic.clone()])).await?;
        if let Err(missing) = verdict::found(&view, &self.topic)? {
            return Ok(Err(missing));
        }
        let spec = match self.start {
            Start::Earliest => OffsetSpec::Earliest,
            Start::Latest => OffsetSpec::Latest,
            Start::At(ms) => OffsetSpec::Timestamp(ms),
        };
        let partitions = partitions(&view, &self.topic);
        let wanted: Vec<_> = partitions.iter().map(|partition| (partition.clone(), spec)).collect();
        let found = Admin::over(cluster).with_timeout(OFFSETS).list_offsets(&wanted, true).await?;
        let mut consumer = self.consumer().await?;
        consumer.assign(&partitions);
        for (partition, found) in found {
            match found?.offset {
                // Nothing is as young as that.
                -1 => consumer.seek_to(&partition, OffsetSpec::Latest)?,
                offset => consumer.seek(&partition, offset)?,
            }
        }
        Ok(Ok(consumer))
    }

    async fn consumer(&self) -> Result<Consumer, ClientError> {
        let mut properties = self.properties.clone();
        properties.entry("isolation.level".to_owned()).or_insert_with(|| "read_committed".to_owned());
        for of_groups in ["group.id", "group.instance.id"] {
            properties.remove(of_groups);
        }
        let mut config = ConsumerConfig::read(&properties)?;
        config.auto_offset_reset = OffsetReset::Earliest;
        config.client.metadata_max_age = PARTITIONS;
        config.client.allow_auto_create_topics = false;
        Consumer::with_config(config).await
    }

    /// Reads also what has become part of the topic meanwhile, from its beginning.
    fn take_in_partitions(&self, consumer: &mut Consumer) -> Result<(), ClientError> {
        let (now, known) = (partitions(&consumer.cluster().view(), &self.topic), consumer.assignment());
        if now.len() > known.len() {
            consumer.assign(&now);
            for partition in now.iter().filter(|partition| !known.contains(partition)) {
                consumer.seek_to(partition, OffsetSpec::Earliest)?;
            }
        }
        Ok(())
    }

    fn count(&mut self, mut fetched: Fetched) -> Result<(), ClientError> {
        let partition = fetched.partition.clone();
        while let Some(batch) = fetched.next_batch() {
            let batch = batch?;
            for record in batch.records() {
                let record = record.map_err(|error| ClientError::State(format!("{partition}: {error}")))?;
                self.found += u64::from(self.test.fits(&partition, &record));
                if self.found >= self.wanted {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

fn partitions(view: &ClusterView, topic: &Arc<str>) -> Vec<TopicPartition> {
    let found = view.topics.get(topic).into_iter().flat_map(|found| &found.partitions);
    found.map(|partition| TopicPartition::new(topic.clone(), partition.partition)).collect()
}
