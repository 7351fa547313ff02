//! The consumer's loop: poll, format, hand to standard output, until something ends it.

use super::{
    bounds::{Bounds, Log},
    formatter::{Formatter, Shown},
    output::{BUFFER_BYTES, Output},
    plan::Source,
    start,
    tail::Tail,
};
use crate::{record_filter::RecordFilter, schemas::decoder::Decoder};
use rkafka_base::TopicPartition;
use rkafka_client::{
    ClientError,
    consumer::{Consumer, Fetched},
};
use rkafka_protocol::record::RecordRef;
use std::time::Duration;
use tokio::time::Instant;

/// How long one poll waits when the user set no limit; longer would only overflow clocks.
const LONG: Duration = Duration::from_secs(3600);
/// How long nothing may come from a cluster that cannot be reached until a hint is given.
const HINT_AFTER: Duration = Duration::from_secs(5);
/// How often it is looked whether partitions have come to their ends without a message.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What the user asked of the loop.
#[derive(Debug)]
pub struct Rules {
    /// `None` for no limit.
    pub max_messages: Option<u64>,
    pub timeout: Option<Duration>,
    pub skip_on_error: bool,
}

/// How messages are shown, and which.
pub struct Showing {
    pub formatter: Formatter,
    /// `None` for all.
    pub filter: Option<RecordFilter>,
    /// `None` for bytes as they are.
    pub decoder: Option<Decoder>,
}

/// Why the loop ended.
#[derive(Debug)]
pub enum Ended {
    Reached,
    TimedOut,
    /// Standard output is closed.
    Closed,
    Poll(ClientError),
    /// A message cannot be shown.
    Message(String),
}

/// The loop's state, which outlives it: a signal may end it at any wait.
pub struct ConsumerLoop {
    pub showing: Showing,
    pub rules: Rules,
    pub output: Output,
    /// Formatted, not handed over yet.
    pub waiting: Vec<u8>,
    /// How many messages have been taken, shown or not; those that the filter passes over are not taken.
    pub count: u64,
    /// Where to go on in the fetch at hand, which the consumer's position is past already.
    pub resume: Option<(TopicPartition, i64)>,
    hinted: bool,
    /// How many messages have come.
    came: u64,
    /// What is read, if that is not everything there is and will be.
    bounds: Option<Bounds>,
}

impl ConsumerLoop {
    pub fn new(showing: Showing, rules: Rules, bounds: Option<Bounds>, output: Output) -> ConsumerLoop {
        let mut waiting = Vec::with_capacity(BUFFER_BYTES + BUFFER_BYTES / 4);
        waiting.extend_from_slice(showing.formatter.head().as_bytes());
        ConsumerLoop { showing, rules, output, waiting, count: 0, resume: None, hinted: false, came: 0, bounds }
    }

    /// Runs until something ends it. May be dropped at any wait. The last messages of a tail come first.
    pub async fn run(
        &mut self,
        consumer: &mut Consumer,
        source: &Source,
        tail: Option<(u64, Vec<(TopicPartition, Log)>)>,
    ) -> Ended {
        if let Some((wanted, logs)) = tail
            && let Some(ended) = self.show_tail(consumer, source, wanted, &logs).await
        {
            return ended;
        }
        let mut since = Instant::now();
        while !self.reached() {
            let fetched = match self.next(consumer, since).await {
                Ok(Some(fetched)) => fetched,
                Ok(None) => return Ended::TimedOut,
                Err(ended) => return ended,
            };
            let (partition, next_offset) = (fetched.partition.clone(), fetched.next_offset);
            let before = self.came;
            if let Some(ended) = self.show(fetched).await {
                return ended;
            }
            self.note_position(consumer, &partition, next_offset);
            if self.came > before {
                since = Instant::now();
            }
        }
        Ended::Reached
    }

    fn reached(&self) -> bool {
        self.reached_maximum() || self.is_done()
    }

    fn reached_maximum(&self) -> bool {
        self.rules.max_messages.is_some_and(|max| self.count >= max)
    }

    fn is_done(&self) -> bool {
        self.bounds.as_ref().is_some_and(Bounds::is_done)
    }

    /// Reads no more of a partition that has come to its end.
    fn note_position(&mut self, consumer: &mut Consumer, partition: &TopicPartition, position: i64) {
        if self.bounds.as_mut().is_some_and(|bounds| bounds.reached(partition, position)) {
            // Not assigned any more: then nothing comes of it either.
            let _ = consumer.pause(partition, true);
        }
    }

    /// Takes note of partitions that came to their ends without a message: what was there is deleted, or hidden.
    fn note_positions(&mut self, consumer: &mut Consumer) {
        if self.bounds.as_ref().is_none_or(Bounds::is_open) {
            return;
        }
        for partition in consumer.assignment() {
            if let Some(position) = consumer.position(&partition) {
                self.note_position(consumer, &partition, position);
            }
        }
    }

    /// Shows the last messages, and puts the consumer behind them.
    async fn show_tail(
        &mut self,
        consumer: &mut Consumer,
        source: &Source,
        wanted: u64,
        logs: &[(TopicPartition, Log)],
    ) -> Option<Ended> {
        let mut tail = match Tail::read(consumer, wanted, logs).await {
            Ok(tail) => tail,
            Err(error) => return Some(Ended::Poll(error)),
        };
        loop {
            let one = match tail.take_next() {
                Ok(Some(one)) => one,
                Ok(None) => break,
                Err(error) => return Some(Ended::Poll(error)),
            };
            let shown = match one.shown() {
                Ok(shown) => shown,
                Err(error) => return Some(Ended::Poll(error)),
            };
            if let Some(ended) = self.fetch_schemas(&shown.record).await.or_else(|| self.take(&shown)) {
                return Some(ended);
            }
            if self.reached_maximum() {
                return Some(Ended::Reached);
            }
            if self.waiting.len() >= BUFFER_BYTES && !self.output.write(&mut self.waiting).await {
                return Some(Ended::Closed);
            }
        }
        let bounds = self.bounds.as_ref()?;
        start::go_on(consumer, source, bounds).err().map(Ended::Poll)
    }

    /// What comes next; `None` if nothing came in time after `since`.
    async fn next(&mut self, consumer: &mut Consumer, since: Instant) -> Result<Option<Fetched>, Ended> {
        // What is there already comes first; before a wait, everything is shown.
        if self.rules.timeout != Some(Duration::ZERO)
            && let Some(fetched) = consumer.poll(Duration::ZERO).await.map_err(Ended::Poll)?
        {
            return Ok(Some(fetched));
        }
        if !self.output.write(&mut self.waiting).await {
            return Err(Ended::Closed);
        }
        let asked = Instant::now();
        loop {
            let waited = since.elapsed();
            let left = self.rules.timeout.map(|timeout| timeout.saturating_sub(waited));
            let patience = match &self.bounds {
                Some(bounds) if !bounds.is_open() => LOOK_EVERY,
                _ if self.hinted => LONG,
                _ => HINT_AFTER,
            };
            let fetched = consumer.poll(left.unwrap_or(LONG).min(patience)).await.map_err(Ended::Poll)?;
            if fetched.is_some() {
                return Ok(fetched);
            }
            self.note_positions(consumer);
            if self.is_done() {
                return Err(Ended::Reached);
            }
            if asked.elapsed() >= HINT_AFTER {
                self.hint(consumer);
            }
            if self.rules.timeout.is_some_and(|timeout| since.elapsed() >= timeout) {
                return Ok(None);
            }
        }
    }

    /// Says once what to try if nothing has come and the cluster cannot be reached.
    fn hint(&mut self, consumer: &Consumer) {
        if self.hinted || self.count > 0 {
            return;
        }
        if let Some(hint) = consumer.last_failure().and_then(ClientError::hint) {
            log::warn!(target: super::LOGGER, "{hint}");
            self.hinted = true;
        }
    }

    /// Fetches the schemas that a message names. Without a registry there is nothing to be done.
    #[inline]
    async fn fetch_schemas(&mut self, record: &RecordRef<'_>) -> Option<Ended> {
        let decoder = self.showing.decoder.as_mut()?;
        decoder.prepare(record.key, record.value).await.err().map(|error| Ended::Message(error.to_string()))
    }

    /// Formats and counts one message, unless the filter passes it over.
    #[inline]
    fn take(&mut self, shown: &Shown<'_>) -> Option<Ended> {
        self.came += 1;
        let decoded = match &self.showing.decoder {
            None => return self.take_decoded(shown),
            Some(decoder) => decoder.decode(shown.record.key, shown.record.value),
        };
        match decoded {
            Ok(decoded) => {
                let (key, value) = (decoded.key.as_deref(), decoded.value.as_deref());
                self.take_decoded(&Shown { record: RecordRef { key, value, ..shown.record }, ..*shown })
            }
            Err(what) => {
                self.count += 1;
                self.failed(format!("{}-{} at offset {}: {what}", shown.topic, shown.partition, shown.record.offset))
            }
        }
    }

    #[inline]
    fn take_decoded(&mut self, shown: &Shown<'_>) -> Option<Ended> {
        if self.showing.filter.as_ref().is_some_and(|filter| !filter.matches(&shown.candidate())) {
            return None;
        }
        self.count += 1;
        self.showing.formatter.write(shown, &mut self.waiting).err().and_then(|error| self.failed(error))
    }

    /// A message cannot be shown.
    #[cold]
    fn failed(&self, error: String) -> Option<Ended> {
        if !self.rules.skip_on_error {
            return Some(Ended::Message(error));
        }
        log::error!(target: super::LOGGER, "Error processing message, skipping this message: {error}");
        None
    }

    /// Shows one fetch's messages. Hands the text over as it grows.
    async fn show(&mut self, mut fetched: Fetched) -> Option<Ended> {
        let partition = fetched.partition.clone();
        let (first, end) = match &self.bounds {
            Some(bounds) => bounds.shown(&partition)?,
            None => (0, i64::MAX),
        };
        self.resume = Some((partition.clone(), fetched.from));
        while let Some(batch) = fetched.next_batch() {
            let batch = match batch {
                Ok(batch) => batch,
                Err(error) => return Some(Ended::Poll(error)),
            };
            let timestamp_type = (batch.magic() > 0).then(|| batch.timestamp_type());
            for record in batch.records() {
                let record = match record {
                    Ok(record) => record,
                    Err(error) => return Some(Ended::Message(format!("{partition}: {error}"))),
                };
                if record.offset.0 < first {
                    continue;
                }
                if record.offset.0 >= end {
                    self.resume = None;
                    return None;
                }
                let shown = Shown {
                    topic: &partition.topic,
                    partition: partition.partition,
                    timestamp_type,
                    delivery: None,
                    record,
                };
                if self.showing.decoder.is_some()
                    && let Some(ended) = self.fetch_schemas(&record).await
                {
                    return Some(ended);
                }
                if let Some(ended) = self.take(&shown) {
                    return Some(ended);
                }
                if self.reached_maximum() {
                    self.resume = Some((partition, record.offset.0 + 1));
                    return Some(Ended::Reached);
                }
                if self.waiting.len() >= BUFFER_BYTES {
                    self.resume = Some((partition.clone(), record.offset.0 + 1));
                    if !self.output.write(&mut self.waiting).await {
                        return Some(Ended::Closed);
                    }
                }
            }
        }
        self.resume = None;
        None
    }
}
