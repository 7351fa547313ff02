//! The consumer's loop: poll, format, hand to standard output, until something ends it.

use super::{
    formatter::{Formatter, Shown},
    output::{BUFFER_BYTES, Output},
};
use crate::record_filter::RecordFilter;
use rkafka_base::TopicPartition;
use rkafka_client::{
    ClientError,
    consumer::{Consumer, Fetched},
};
use std::time::Duration;
use tokio::time::Instant;

/// How long one poll waits when the user set no limit; longer would only overflow clocks.
const LONG: Duration = Duration::from_secs(3600);
/// How long nothing may come from a cluster that cannot be reached until a hint is given.
const HINT_AFTER: Duration = Duration::from_secs(5);

/// What the user asked of the loop.
#[derive(Debug)]
pub struct Rules {
    /// `None` for no limit.
    pub max_messages: Option<u64>,
    pub timeout: Option<Duration>,
    pub skip_on_error: bool,
    /// Which messages are shown; `None` for all.
    pub filter: Option<RecordFilter>,
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
    pub formatter: Formatter,
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
}

impl ConsumerLoop {
    pub fn new(formatter: Formatter, rules: Rules, output: Output) -> ConsumerLoop {
        let mut waiting = Vec::with_capacity(BUFFER_BYTES + BUFFER_BYTES / 4);
        waiting.extend_from_slice(formatter.head().as_bytes());
        ConsumerLoop { formatter, rules, output, waiting, count: 0, resume: None, hinted: false, came: 0 }
    }

    /// Runs until something ends it. May be dropped at any wait.
    pub async fn run(&mut self, consumer: &mut Consumer) -> Ended {
        let mut since = Instant::now();
        while !self.reached() {
            let fetched = match self.next(consumer, since).await {
                Ok(Some(fetched)) => fetched,
                Ok(None) => return Ended::TimedOut,
                Err(ended) => return ended,
            };
            let before = self.came;
            if let Some(ended) = self.show(fetched).await {
                return ended;
            }
            if self.came > before {
                since = Instant::now();
            }
        }
        Ended::Reached
    }

    fn reached(&self) -> bool {
        self.rules.max_messages.is_some_and(|max| self.count >= max)
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
        loop {
            let waited = since.elapsed();
            let left = self.rules.timeout.map(|timeout| timeout.saturating_sub(waited));
            let patience = if self.hinted { LONG } else { HINT_AFTER };
            let fetched = consumer.poll(left.unwrap_or(LONG).min(patience)).await.map_err(Ended::Poll)?;
            if fetched.is_some() {
                return Ok(fetched);
            }
            self.hint(consumer);
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

    /// Shows one fetch's messages. Hands the text over as it grows.
    async fn show(&mut self, mut fetched: Fetched) -> Option<Ended> {
        let partition = fetched.partition.clone();
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
                self.came += 1;
                let shown = Shown { topic: &partition.topic, partition: partition.partition, timestamp_type, record };
                if self.rules.filter.as_ref().is_some_and(|filter| !filter.matches(&shown.candidate())) {
                    continue;
                }
                self.count += 1;
                if let Err(error) = self.formatter.write(&shown, &mut self.waiting) {
                    if !self.rules.skip_on_error {
                        return Some(Ended::Message(error));
                    }
                    log::error!(target: super::LOGGER, "Error processing message, skipping this message: {error}");
                }
                if self.reached() {
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
