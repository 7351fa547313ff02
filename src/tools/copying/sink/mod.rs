//! The cluster that is copied to: makes topics, writes records to their partitions in order, and remembers how far it is.
//!
//! How far it is stands in the target itself, as offsets that a group of our own has committed: the source's offset before
//! which the target has everything, and beside it the target's. It is stored after the target has acknowledged, so whoever
//! is killed has written some more at most. Who goes on compares that rest with what comes next, record by record, and
//! writes nothing that is there already ([`exactly_once`] has nothing to compare). Records that somebody else has written into
//! the same partition end the comparison: then some may be there twice, and none is missing.

mod copied_record;
mod earlier;
mod exactly_once;
mod note;
mod topics;

pub use copied_record::{CopiedRecord, headers};

use super::{
    facts::{GroupFacts, TopicFacts},
    place::Place,
    progress::Progress,
    source::{Bounds, Source, offsets, partitions},
};
use crate::access::{admin, failure::with_hint};
use anyhow::{Context, anyhow, bail, ensure};
use copied_record::Mark;
use exactly_once::{COMMIT_EVERY, Transaction, has_transactions};
use note::Note;
use rkafka_base::TopicPartition;
use rkafka_client::{
    Admin, ClientError, Producer,
    admin::{CommittedOffset, OffsetSpec},
    consumer::Fetched,
    producer::{ProducerRecord, Refused},
};
use rkafka_protocol::record::TimestampType;
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    time::{Duration, Instant},
};
use tokio::{sync::mpsc, time::sleep};

const LOGGER: &str = "rkafka.copy";
/// How often progress is stored.
const STORE_EVERY: Duration = Duration::from_secs(1);
/// How often all progress is stored anew: the target forgets what has not changed for `offsets.retention.minutes`.
const RENEW_EVERY: Duration = Duration::from_secs(3600);
/// What whoever was killed had under way must have come to rest before the rest is looked at: two looks so far apart have
/// to see the same ends.
const REST: Duration = Duration::from_millis(700);
/// How often that is tried.
const LOOKS_FOR_REST: u32 = 10;
/// The most records of a partition that are compared.
const MAX_COMPARED: i64 = 5_000_000;
/// The memory for records on their way, and the longest record.
const MEMORY: usize = 64 << 20;
const LONGEST: usize = 60 << 20;

/// How a copy begins in topics that may hold records already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// They have to be empty.
    Empty,
    /// Behind what is there.
    Append,
    /// Where an earlier copy has ended.
    Resume,
    /// As [`Begin::Resume`] where there was an earlier copy, as [`Begin::Append`] elsewhere.
    Either,
}

impl Begin {
    /// Whether to begin so in a partition of which nothing is known.
    fn check(self, partition: &TopicPartition, is_empty: bool) -> anyhow::Result<()> {
        match self {
            _ if is_empty => Ok(()),
            Begin::Append | Begin::Either => Ok(()),
            Begin::Empty => {
                bail!("{partition} holds records already: --resume goes on with an earlier copy, --append adds to them")
            }
            Begin::Resume => {
                bail!("{partition} holds records, and nothing is known of an earlier copy: --append adds to them")
            }
        }
    }

    /// What `--resume` and `--append` mean.
    pub fn typed(resume: bool, append: bool) -> Begin {
        match (resume, append) {
            (true, _) => Begin::Resume,
            (false, true) => Begin::Append,
            (false, false) => Begin::Empty,
        }
    }
}

/// What was typed about the target.
#[derive(Clone, Debug)]
pub struct SinkOptions {
    pub place: Place,
    /// Of the batches that are written.
    pub compression: String,
    /// Of topics that have to be made; the source's otherwise.
    pub replication_factor: Option<i16>,
    /// The group that remembers how far the copy is; `None` if it cannot be gone on with.
    pub group: Option<String>,
    /// Of the transactions in which records and progress are written, if that is wanted and the target has some.
    pub transactional_id: Option<String>,
    /// How long the target may be away.
    pub patience: Duration,
}

/// What became of a batch: how many records, and where.
type Report = (TopicPartition, i64, Result<Option<i64>, ClientError>);

struct Lane {
    progress: Progress,
    /// Of the source's topic; empty if it has none.
    topic_id: String,
    stored: Option<Note>,
    /// What an earlier copy has written behind its stored progress.
    there: VecDeque<Mark>,
}

/// A cluster to write to.
pub struct Sink {
    admin: Admin,
    producer: Producer,
    /// At most as many as batches fit into [`MEMORY`].
    reports: mpsc::UnboundedReceiver<Report>,
    options: SinkOptions,
    lanes: BTreeMap<TopicPartition, Lane>,
    transaction: Transaction,
    stored_at: Instant,
    renewed_at: Instant,
    written: u64,
    known: u64,
}

impl Sink {
    /// Errors: no client can be made.
    pub async fn open(options: SinkOptions) -> anyhow::Result<Sink> {
        let mut properties = options.place.properties.clone();
        let ms = options.patience.as_millis().min(i32::MAX as u128).to_string();
        for (name, value) in [
            ("acks", "all".to_owned()),
            ("enable.idempotence", "true".to_owned()),
            ("compression.type", options.compression.clone()),
            ("buffer.memory", MEMORY.to_string()),
            ("max.request.size", LONGEST.to_string()),
            ("delivery.timeout.ms", ms.clone()),
            ("max.block.ms", ms),
        ] {
            properties.insert(name.to_owned(), value);
        }
        let admin = admin::open_with(&options.place.properties).await?;
        let mut transaction = Transaction::Unused;
        if let Some(id) = &options.transactional_id {
            match has_transactions(&admin).await? {
                true => {
                    exactly_once::configure(&mut properties, id, options.patience);
                    transaction = Transaction::Closed;
                }
                false => {
                    log::warn!(target: LOGGER, "The brokers that are copied to have no transactions: the copy is made \
                    at least once, not exactly once")
                }
            }
        }
        let (tell, reports) = mpsc::unbounded_channel();
        let told = Box::new(move |report: &rkafka_client::producer::DeliveryReport| {
            let place = report.result.clone().map(|sent| Some(sent.offset).filter(|offset| *offset >= 0));
            // Nobody listens any more when all is over.
            let _ = tell.send((report.partition.clone(), i64::from(report.count), place));
        });
        let producer = Producer::new(&properties, Some(told)).await.map_err(|error| with_hint(&error))?;
        if !matches!(transaction, Transaction::Unused) {
            // An earlier copy of the same id is fenced, and what it had open is aborted, before anything is looked at.
            producer.init_transactions().await.map_err(|error| with_hint(&error))?;
        }
        let (lanes, stored_at) = (BTreeMap::new(), Instant::now());
        Ok(Sink {
            admin,
            producer,
            reports,
            options,
            lanes,
            transaction,
            stored_at,
            renewed_at: stored_at,
            written: 0,
            known: 0,
        })
    }

    /// How many records this copy has written, and how many it has found there.
    pub fn counts(&self) -> (u64, u64) {
        (self.written, self.known)
    }

    /// How far a partition is: the source's next offset. `None` for one that was not begun.
    pub fn next(&self, partition: &TopicPartition) -> Option<i64> {
        self.lanes.get(partition).map(|lane| lane.progress.stored().0)
    }

    /// Begins with those partitions of topics that were not begun. Each topic is there, and comes with where the source's
    /// partitions begin (0 otherwise).
    ///
    /// Errors: they hold records, and nobody said what to do about that.
    pub async fn begin(&mut self, topics: &[(TopicFacts, HashMap<i32, i64>)], how: Begin) -> anyhow::Result<()> {
        let all = topics.iter().flat_map(|(facts, starts)| {
            partitions(facts).map(move |tp| (starts.get(&tp.partition).copied().unwrap_or(0), facts.id.as_str(), tp))
        });
        let starts: BTreeMap<TopicPartition, (i64, &str)> = all
            .filter(|(.., tp)| !self.lanes.contains_key(tp))
            .map(|(start, topic_id, tp)| (tp, (start, topic_id)))
            .collect();
        if starts.is_empty() {
            return Ok(());
        }
        let new: Vec<TopicPartition> = starts.keys().cloned().collect();
        let earlier = match how {
            Begin::Resume | Begin::Either => self.earlier(&new).await?,
            Begin::Empty | Begin::Append => BTreeMap::new(),
        };
        let ends = if earlier.is_empty() { self.ends(&new).await? } else { self.ends_at_rest(&new).await? };
        let firsts = offsets(&self.admin, &new, OffsetSpec::Earliest).await?;
        let mut behind = BTreeMap::new();
        let mut lanes = BTreeMap::new();
        let group = self.options.group.as_deref().unwrap_or_default();
        for (partition, (start, topic_id)) in starts {
            let (first, end) = (firsts[&partition], ends[&partition]);
            let found = earlier.get(&partition);
            let is_other = |of: &Note| !of.topic_id.is_empty() && !topic_id.is_empty() && of.topic_id != topic_id;
            let lane = match found {
                // A mirror goes on with the new topic, behind what it has of the old one.
                Some(of) if how == Begin::Either && is_other(of) => Lane::new(start, end, topic_id),
                None => {
                    how.check(&partition, first == end)?;
                    Lane::new(start, end, topic_id)
                }
                Some(of) => {
                    ensure!(
                        !is_other(of),
                        "{partition}: the topic that an earlier copy had read was made anew since; delete the group {group} \
                         to begin anew"
                    );
                    let (source, target) = (of.source, of.target);
                    ensure!(
                        target <= end,
                        "{partition} ends at {end}, and an earlier copy had come to {target}: the topic was made anew \
                         since; delete the group {group} to begin anew"
                    );
                    if target < end && !of.is_exact {
                        behind.insert(partition.clone(), Bounds { start: target, end });
                    }
                    // Behind an exact note are markers and what was aborted: none of that is ever to be compared.
                    let target = if of.is_exact { end } else { target };
                    // It is stored anew, from when on the target keeps it for as long as it keeps any.
                    Lane::new(source, target, topic_id)
                }
            };
            lanes.insert(partition, lane);
        }
        if !behind.is_empty() {
            self.mark(behind, &mut lanes).await?;
        }
        self.lanes.extend(lanes);
        // Who is killed before anything else is stored finds where this copy has begun.
        self.store().await
    }

    async fn ends(&self, of: &[TopicPartition]) -> anyhow::Result<BTreeMap<TopicPartition, i64>> {
        offsets(&self.admin, of, OffsetSpec::Latest).await
    }

    async fn ends_at_rest(&self, of: &[TopicPartition]) -> anyhow::Result<BTreeMap<TopicPartition, i64>> {
        let mut ends = self.ends(of).await?;
        for _ in 0..LOOKS_FOR_REST {
            sleep(REST).await;
            let later = self.ends(of).await?;
            if later == ends {
                break;
            }
            // Somebody writes there, and the comparison will tell who.
            ends = later;
        }
        Ok(ends)
    }

    /// Takes note of what is in the target behind the stored progress.
    async fn mark(
        &self,
        mut behind: BTreeMap<TopicPartition, Bounds>,
        lanes: &mut BTreeMap<TopicPartition, Lane>,
    ) -> anyhow::Result<()> {
        behind.retain(|partition, bounds| {
            let count = bounds.end - bounds.start;
            if count > MAX_COMPARED {
                log::warn!(target: LOGGER, "{partition} has {count} records behind those that an earlier copy knows of, \
                    which are too many to be compared: some may be there twice");
            }
            count <= MAX_COMPARED
        });
        let target = Source::open(&self.options.place).await?;
        let mut reading = target.read(behind).await?;
        while let Some(mut fetched) = reading.next().await? {
            let Some(lane) = lanes.get_mut(&fetched.partition) else { continue };
            while let Some(batch) = fetched.next_batch() {
                let batch = batch?;
                let is_own = batch.timestamp_type() != TimestampType::LogAppendTime;
                for record in batch.records() {
                    let record = record?;
                    lane.there.push_back(Mark::of(&CopiedRecord::of(&record, &headers(&record)), is_own));
                }
            }
        }
        Ok(())
    }

    /// Writes a record, or finds that it is there. Waits while the memory for records on their way is full.
    ///
    /// Errors: records cannot be written.
    pub async fn put(&mut self, partition: &TopicPartition, record: &CopiedRecord<'_>) -> anyhow::Result<()> {
        ensure!((0..i64::MAX).contains(&record.offset), "{partition}: {} is no offset", record.offset);
        self.begin_transaction()?;
        let lane = self.lanes.get_mut(partition).with_context(|| format!("{partition} was not begun"))?;
        if let Some(mark) = lane.there.pop_front() {
            if mark == Mark::of(record, mark.has_timestamp()) {
                lane.progress.hand_on(record.offset);
                lane.progress.wrote(1, None);
                self.known += 1;
                return Ok(());
            }
            lane.there.clear();
            log::warn!(target: LOGGER, "{partition} holds records of somebody else behind those of the earlier \
                copy: some records may be there twice");
        }
        let copy = ProducerRecord {
            topic: &partition.topic,
            partition: Some(partition.partition),
            key: record.key,
            value: record.value,
            headers: record.headers,
            timestamp: Some(record.timestamp).filter(|time| *time >= 0),
        };
        lane.progress.hand_on(record.offset);
        match self.producer.try_append(&copy) {
            Ok(()) => {}
            Err(Refused::Failed(error)) => return Err(with_hint(&error)).with_context(|| partition.to_string()),
            Err(Refused::Full | Refused::UnknownPartition) => {
                let waited = self.producer.append(&copy).await;
                waited.map_err(|error| with_hint(&error)).with_context(|| partition.to_string())?;
            }
        }
        Ok(())
    }

    /// Writes all records that have been fetched, as [`Sink::put`] does.
    pub async fn put_all(&mut self, partition: &TopicPartition, mut fetched: Fetched) -> anyhow::Result<()> {
        while let Some(batch) = fetched.next_batch() {
            let batch = batch?;
            for record in batch.records() {
                let record = record?;
                self.put(partition, &CopiedRecord::of(&record, &headers(&record))).await?;
            }
        }
        self.see(partition, fetched.next_offset);
        Ok(())
    }

    /// Everything of a partition's source before `next` has been looked at.
    pub fn see(&mut self, partition: &TopicPartition, next: i64) {
        if let Some(lane) = self.lanes.get_mut(partition) {
            lane.progress.see(next);
        }
    }

    /// Takes in what has been written, and stores progress if that is due.
    ///
    /// Errors: records were not written; progress cannot be stored.
    pub async fn go_on(&mut self) -> anyhow::Result<()> {
        self.take_in()?;
        self.store_if_due().await
    }

    /// Stores progress, unless that was done a moment ago.
    pub async fn store_if_due(&mut self) -> anyhow::Result<()> {
        let every = if self.is_exactly_once() { COMMIT_EVERY } else { STORE_EVERY };
        if self.stored_at.elapsed() < every {
            return Ok(());
        }
        self.store().await
    }

    /// Takes in what has been written.
    ///
    /// Errors: records were not written, and are not tried again.
    pub fn take_in(&mut self) -> anyhow::Result<()> {
        while let Ok((partition, count, place)) = self.reports.try_recv() {
            let place = place.map_err(|e| anyhow!("{count} records for {partition} were not written: {e}"))?;
            let lane = self.lanes.get_mut(&partition).with_context(|| format!("{partition} was not begun"))?;
            lane.progress.wrote(count, place);
            self.written += u64::try_from(count).unwrap_or(0);
        }
        Ok(())
    }

    /// Waits until everything is written, and stores that.
    pub async fn finish(&mut self) -> anyhow::Result<()> {
        self.producer.flush().await.map_err(|error| with_hint(&error))?;
        self.take_in()?;
        self.store().await
    }

    async fn store(&mut self) -> anyhow::Result<()> {
        self.stored_at = Instant::now();
        if self.renewed_at.elapsed() >= RENEW_EVERY {
            self.renewed_at = self.stored_at;
            self.lanes.values_mut().for_each(|lane| lane.stored = None);
        }
        let Some(group) = &self.options.group else { return Ok(()) };
        if self.is_exactly_once() {
            return self.commit_transaction().await;
        }
        let changed = self.changed();
        if changed.is_empty() {
            return Ok(());
        }
        let stored = self.admin.alter_group_offsets(group, &Sink::offsets(&changed)).await;
        stored.map_err(|error| with_hint(&error)).with_context(|| format!("progress, in the group {group}"))?;
        self.are_stored(changed);
        Ok(())
    }

    /// Partitions into which somebody else writes, too.
    pub fn shared(&self) -> impl Iterator<Item = &TopicPartition> {
        self.lanes.iter().filter(|(_, lane)| lane.progress.is_shared()).map(|(partition, _)| partition)
    }

    /// Commits for a group where it goes on in the copies; `named` gives a copy's name. What is ahead already stays.
    /// Gives how many offsets were committed.
    ///
    /// Errors: the group has members, or it cannot be written.
    pub async fn commit(&self, group: &GroupFacts, named: impl Fn(&str) -> String) -> anyhow::Result<usize> {
        let mut wanted = BTreeMap::new();
        for offset in &group.offsets {
            let partition = TopicPartition::new(named(&offset.topic).as_str(), offset.partition);
            let Some(lane) = self.lanes.get(&partition) else { continue };
            let Some(target) = lane.progress.translation.translate(offset.offset) else { continue };
            wanted.insert(partition, (target, offset.metadata.clone()));
        }
        let partitions: Vec<_> = wanted.keys().cloned().collect();
        let place = || format!("group {}", group.group);
        let there = self.admin.group_offsets(&group.group, Some(&partitions)).await;
        for (partition, found) in there.map_err(|error| with_hint(&error)).with_context(place)? {
            let has = found.map_err(|error| anyhow!("group {}, {partition}: {error}", group.group))?;
            if has.zip(wanted.get(&partition)).is_some_and(|(has, (target, _))| has.offset >= *target) {
                wanted.remove(&partition);
            }
        }
        if wanted.is_empty() {
            return Ok(0);
        }
        let offset =
            |(partition, (offset, metadata))| (partition, CommittedOffset { offset, leader_epoch: -1, metadata });
        let offsets: Vec<_> = wanted.into_iter().map(offset).collect();
        let committed = self.admin.alter_group_offsets(&group.group, &offsets).await;
        committed.map_err(|error| with_hint(&error)).with_context(place)?;
        Ok(offsets.len())
    }

    /// Ends in order, within a time.
    pub async fn close(self, patience: Duration) -> anyhow::Result<()> {
        self.producer.close(patience).await.map_err(|error| with_hint(&error))
    }
}

impl Lane {
    fn new(source: i64, target: i64, topic_id: &str) -> Lane {
        let (progress, topic_id) = (Progress::new(source, target), topic_id.to_owned());
        Lane { progress, topic_id, stored: None, there: VecDeque::new() }
    }

    /// What is to be stored. `in_transaction`: with the records. What an earlier copy has written without noting it does not
    /// count then until all of it has been compared.
    fn note(&self, in_transaction: bool) -> Note {
        let (source, target) = self.progress.stored();
        let is_exact = in_transaction && self.there.is_empty();
        Note { source, target, topic_id: self.topic_id.clone(), is_exact }
    }
}
