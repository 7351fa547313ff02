//! The consumer's loop: poll, format, hand to standard output, acknowledge, until something ends it.

use super::plan::Plan;
use crate::tools::records::kafka_console_consumer::{
    formatter::{Formatter, Shown},
    output::{BUFFER_BYTES, Output},
};
use rkafka_base::TopicPartition;
use rkafka_client::{
    ClientError, ShareConsumer,
    share_consumer::{AckType, Delivered},
};
use std::time::Duration;
use tokio::time::Instant;

/// How long one poll waits when the user set no limit; longer would only overflow clocks.
const LONG: Duration = Duration::from_secs(3600);
/// How long nothing may come from a cluster that cannot be reached until a hint is given.
const HINT_AFTER: Duration = Duration::from_secs(5);

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
pub struct ConsumerLoop<'a> {
    pub plan: &'a Plan,
    pub output: Output,
    /// How many messages have been taken.
    pub count: u64,
    formatter: Formatter,
    /// Formatted, not handed over yet.
    waiting: Vec<u8>,
    /// What becomes of the messages in `waiting`, once they have been handed over.
    acks: Vec<(TopicPartition, i64, AckType)>,
    hinted: bool,
}

impl ConsumerLoop<'_> {
    pub fn new(plan: &Plan, formatter: Formatter, output: Output) -> ConsumerLoop<'_> {
        let mut waiting = Vec::with_capacity(BUFFER_BYTES + BUFFER_BYTES / 4);
        waiting.extend_from_slice(formatter.head().as_bytes());
        ConsumerLoop { plan, output, count: 0, formatter, waiting, acks: Vec::new(), hinted: false }
    }

    /// Runs until something ends it. May be dropped at any wait.
    pub async fn run(&mut self, consumer: &mut ShareConsumer) -> Ended {
        while !self.reached() {
            let delivered = match self.next(consumer).await {
                Ok(Some(delivered)) => delivered,
                Ok(None) => return Ended::TimedOut,
                Err(error) => return Ended::Poll(error),
            };
            if let Some(ended) = self.show(&delivered, consumer).await {
                return ended;
            }
            // The next poll wants all to be acknowledged.
            if !self.hand_over(consumer).await {
                return Ended::Closed;
            }
        }
        Ended::Reached
    }

    /// Adds what stands behind the last message; it is handed over with what is left.
    pub fn end(&mut self) {
        self.waiting.extend_from_slice(self.formatter.foot().as_bytes());
    }

    fn reached(&self) -> bool {
        self.plan.max_messages.is_some_and(|max| self.count >= max)
    }

    /// What comes next; `None` if nothing came in time.
    async fn next(&mut self, consumer: &mut ShareConsumer) -> Result<Option<Delivered>, ClientError> {
        let since = Instant::now();
        loop {
            let left = self.plan.timeout.map(|timeout| timeout.saturating_sub(since.elapsed()));
            let patience = if self.hinted { LONG } else { HINT_AFTER };
            let delivered = consumer.poll(left.unwrap_or(LONG).min(patience)).await?;
            if delivered.is_some() {
                return Ok(delivered);
            }
            self.hint(consumer);
            if self.plan.timeout.is_some_and(|timeout| since.elapsed() >= timeout) {
                return Ok(None);
            }
        }
    }

    /// Says once what to try if nothing has come and the cluster cannot be reached.
    fn hint(&mut self, consumer: &ShareConsumer) {
        if self.hinted || self.count > 0 {
            return;
        }
        if let Some(hint) = consumer.last_failure().and_then(ClientError::hint) {
            log::warn!(target: super::LOGGER, "{hint}");
            self.hinted = true;
        }
    }

    /// Shows what was delivered of one partition. Hands the text over as it grows.
    async fn show(&mut self, delivered: &Delivered, consumer: &mut ShareConsumer) -> Option<Ended> {
        let partition = &delivered.partition;
        for batch in delivered.batches() {
            let timestamp_type = (batch.magic() > 0).then(|| batch.timestamp_type());
            for record in delivered.records_of(batch) {
                let (record, count) = match record {
                    Ok(record) => record,
                    Err(error) => return Some(Ended::Message(format!("{partition}: {error}"))),
                };
                let (topic, number) = (&*partition.topic, partition.partition);
                let shown = Shown { topic, partition: number, timestamp_type, delivery: Some(count), record };
                self.count += 1;
                let ack = match self.formatter.write(&shown, &mut self.waiting) {
                    Ok(()) => self.plan.ack,
                    Err(error) if self.plan.reject_on_error => {
                        log::error!(target: super::LOGGER, "Error processing message, rejecting this message: {error}");
                        AckType::Reject
                    }
                    Err(error) => return Some(Ended::Message(error)),
                };
                self.acks.push((partition.clone(), record.offset.0, ack));
                if self.reached() {
                    return Some(Ended::Reached);
                }
                if self.waiting.len() >= BUFFER_BYTES && !self.hand_over(consumer).await {
                    return Some(Ended::Closed);
                }
            }
        }
        None
    }

    /// Hands what is formatted to standard output, and acknowledges it. `false` if standard output is closed.
    pub async fn hand_over(&mut self, consumer: &mut ShareConsumer) -> bool {
        if !self.output.write(&mut self.waiting).await {
            return false;
        }
        for (partition, offset, ack) in self.acks.drain(..) {
            if let Err(error) = consumer.acknowledge(&partition, offset, ack) {
                log::warn!(target: super::LOGGER, "{partition} at {offset}: {error}");
            }
        }
        true
    }
}
