//! How the consumer begins: what it subscribes to, and where in the partitions it is put.

use super::{
    bounds::{Bounds, Log},
    plan::{Source, Start},
    range::{Begin, Mark, Range},
};
use regex_lite::Regex;
use rkafka_base::TopicPartition;
use rkafka_client::{
    Admin, ClientError, Cluster, CoordinatorKind, Properties,
    admin::{FoundOffset, ItemResult, OffsetSpec},
    consumer::{Consumer, OffsetReset},
};
use rkafka_protocol::ErrorCode;
use std::{collections::BTreeMap, sync::Arc};

/// A consumer at its start, and what is to be read with it.
pub struct Started {
    pub consumer: Consumer,
    /// `None` if Kafka's own options say all.
    pub bounds: Option<Bounds>,
    /// The last so many messages before the bounds' ends come first.
    pub tail: Option<(u64, Vec<(TopicPartition, Log)>)>,
}

/// Begins to read `source`; `range` is what rkafka's own options say.
pub async fn start(properties: &Properties, source: &Source, range: Option<&Range>) -> Result<Started, ClientError> {
    let mut consumer = Consumer::new(properties).await?;
    let is_member = consumer.config().group.is_some();
    if let Some(range) = range {
        return in_range(consumer, source, range).await;
    }
    if !is_member && !matches!(source, Source::Partition(..)) {
        begin_offsets_topic(consumer.cluster().clone());
    }
    match source {
        Source::Topic(topic) if is_member => consumer.subscribe(&[topic.as_str().into()])?,
        Source::Include(pattern) if is_member => consumer.subscribe_pattern(pattern)?,
        Source::Partition(topic, partition, start) => {
            let partition = TopicPartition::new(topic.as_str(), *partition);
            consumer.assign(std::slice::from_ref(&partition));
            match start {
                Start::Earliest => consumer.seek_to(&partition, OffsetSpec::Earliest)?,
                Start::Latest => consumer.seek_to(&partition, OffsetSpec::Latest)?,
                Start::At(offset) => consumer.seek(&partition, *offset)?,
            }
        }
        Source::Topic(_) | Source::Include(_) => read_all(&mut consumer, source)?,
    }
    Ok(Started { consumer, bounds: None, tail: None })
}

/// Reads also the partitions that come later, unless one was named.
pub fn read_all(consumer: &mut Consumer, source: &Source) -> Result<(), ClientError> {
    match source {
        Source::Topic(topic) => consumer.read_all_of(&[topic.as_str().into()]),
        Source::Include(pattern) => consumer.read_all_matching(pattern),
        Source::Partition(..) => Ok(()),
    }
}

/// Has the cluster make `__consumer_offsets`, which the random group of Kafka's tool leaves behind and others then find.
/// Nobody waits for it, and it may fail: messages can be read when groups cannot be coordinated.
fn begin_offsets_topic(cluster: Cluster) {
    tokio::spawn(async move {
        let found = cluster.coordinator(CoordinatorKind::Group, "console-consumer").await;
        if let Err(error) = found {
            log::debug!(target: super::LOGGER, "No group coordinator: {error}");
        }
    });
}

async fn in_range(mut consumer: Consumer, source: &Source, range: &Range) -> Result<Started, ClientError> {
    let cluster = Cluster::clone(consumer.cluster());
    let offsets = Offsets { admin: Admin::over(cluster), read_committed: consumer.config().read_committed };
    let partitions = partitions(&offsets.admin, source, consumer.config().exclude_internal_topics).await?;
    let latest = offsets.of(&partitions, OffsetSpec::Latest).await?;
    let earliest = offsets.of(&partitions, OffsetSpec::Earliest).await?;
    let ends = match range.end {
        Some(mark) => Some(offsets.times(&partitions, mark).await?),
        None => None,
    };
    let (begin, tail) = match range.begin {
        Begin::At(mark) => (mark, None),
        Begin::Tail(count) => (Mark::Back(0), Some(count)),
        Begin::AsKafka => (as_kafka(source, &consumer), None),
    };
    let begins = offsets.times(&partitions, begin).await?;
    let mut parts = BTreeMap::new();
    let mut logs = Vec::new();
    for partition in partitions {
        let log = Log { earliest: earliest[&partition], latest: latest[&partition] };
        let end =
            range.end.map(|mark| log.offset(mark, ends.as_ref().and_then(|found| found.get(&partition).copied())));
        let before = end.unwrap_or(log.latest).min(log.latest);
        let first = if tail.is_some() { before } else { log.offset(begin, begins.get(&partition).copied()) };
        parts.insert(partition.clone(), log.part(first, end, range.follow));
        logs.push((partition, Log { latest: before, ..log }));
    }
    let bounds = Bounds::new(parts);
    if tail.is_none() {
        go_on(&mut consumer, source, &bounds)?;
    }
    Ok(Started { consumer, tail: tail.map(|count| (count, logs)), bounds: Some(bounds) })
}

/// Puts the consumer where the bounds begin.
pub fn go_on(consumer: &mut Consumer, source: &Source, bounds: &Bounds) -> Result<(), ClientError> {
    let partitions: Vec<TopicPartition> = bounds.begins().map(|(partition, _)| partition.clone()).collect();
    consumer.assign(&partitions);
    for (partition, offset) in bounds.begins() {
        consumer.seek(partition, offset)?;
        consumer.pause(partition, false)?;
    }
    if bounds.is_open() { read_all(consumer, source) } else { Ok(()) }
}

/// Where Kafka's own options let reading begin.
fn as_kafka(source: &Source, consumer: &Consumer) -> Mark {
    match source {
        Source::Partition(_, _, Start::Earliest) => Mark::Earliest,
        Source::Partition(_, _, Start::Latest) => Mark::Back(0),
        Source::Partition(_, _, Start::At(offset)) => Mark::Offset(*offset),
        Source::Topic(_) | Source::Include(_) => match consumer.config().auto_offset_reset {
            OffsetReset::Earliest => Mark::Earliest,
            OffsetReset::Latest | OffsetReset::None => Mark::Back(0),
        },
    }
}

/// The partitions that are there now. Errors: the topic or the partition is not there.
async fn partitions(
    admin: &Admin,
    source: &Source,
    exclude_internal: bool,
) -> Result<Vec<TopicPartition>, ClientError> {
    let names: Vec<Arc<str>> = match source {
        Source::Topic(topic) | Source::Partition(topic, ..) => vec![topic.as_str().into()],
        Source::Include(pattern) => {
            let whole = Regex::new(&format!("^(?:{pattern})$"))
                .map_err(|error| ClientError::Config(format!("{pattern} is not a regular expression: {error}")))?;
            let listed = admin.list_topics().await?.into_iter();
            let wanted = listed.filter(|t| whole.is_match(&t.name) && !(t.internal && exclude_internal));
            wanted.map(|topic| topic.name).collect()
        }
    };
    let mut partitions = Vec::new();
    for topic in admin.describe_topics(&names).await? {
        let topic = topic?;
        partitions.extend(topic.partitions.iter().map(|one| TopicPartition::new(topic.name.clone(), one.partition)));
    }
    if let Source::Partition(topic, number, _) = source {
        partitions.retain(|partition| partition.partition == *number);
        if partitions.is_empty() {
            let message = format!("There is no partition {number} of topic {topic}");
            return Err(ClientError::Broker { code: ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, message });
        }
    }
    Ok(partitions)
}

/// Asks the leaders for offsets.
struct Offsets {
    admin: Admin,
    read_committed: bool,
}

impl Offsets {
    /// An offset of each partition. Errors: a partition has none, or is left out of the answer.
    async fn of(
        &self,
        partitions: &[TopicPartition],
        spec: OffsetSpec,
    ) -> Result<BTreeMap<TopicPartition, i64>, ClientError> {
        let wanted: Vec<(TopicPartition, OffsetSpec)> = partitions.iter().map(|one| (one.clone(), spec)).collect();
        let found = self.admin.list_offsets(&wanted, self.read_committed).await?;
        let offset = |(partition, found): (TopicPartition, ItemResult<FoundOffset>)| Ok((partition, found?.offset));
        let offsets = found.into_iter().map(offset).collect::<Result<BTreeMap<_, _>, ClientError>>()?;
        for partition in partitions {
            if !offsets.contains_key(partition) {
                return Err(ClientError::State(format!("No broker answered for {partition}")));
            }
        }
        Ok(offsets)
    }

    /// The offsets of a place that is a time; none for others.
    async fn times(
        &self,
        partitions: &[TopicPartition],
        mark: Mark,
    ) -> Result<BTreeMap<TopicPartition, i64>, ClientError> {
        match mark {
            Mark::Time(ms) => self.of(partitions, OffsetSpec::Timestamp(ms)).await,
            _ => Ok(BTreeMap::new()),
        }
    }
}
