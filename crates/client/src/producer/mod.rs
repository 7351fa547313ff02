//! The producer: takes records in, batches them by partition, sends them behind the scenes.
//!
//! [`Producer::try_append`] copies a record into its batch under one short lock and allocates nothing; the [`sender`] task
//! does the rest. What became of the batches is told to a report function, or record by record through
//! [`Producer::send`]. With a `transactional.id`, records are written in [`transactions`] only.

mod accumulator;
mod answer;
mod batch;
mod config;
mod partition_queue;
mod partitioner;
mod sender;
#[cfg(test)]
mod tests;
mod transactions;

pub use accumulator::{ProducerRecord, Refused};
pub use batch::{DeliveryReport, Sent};
pub use config::{Acks, Idempotence, Partitioning, ProducerConfig};
pub use partitioner::partition_of_key;
pub use transactions::GroupMetadata;

use super::{ClientError, ClientKind, Cluster, Properties, config::warn_unknown, task};
use accumulator::Accumulator;
use batch::Waiter;
use rkafka_runtime::{
    clock::{Clock, SystemClock},
    lock::{Mutex, Rank},
};
use sender::{Sender, Shared};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{Notify, oneshot, watch},
    task::AbortHandle,
    time::{Instant, timeout_at},
};

/// Called with what became of each batch, from the sender's task: it must be quick.
pub type Reports = Box<dyn Fn(&DeliveryReport) + Send + Sync>;

/// A producer. Threads and tasks may share it by reference.
pub struct Producer {
    config: Arc<ProducerConfig>,
    cluster: Cluster,
    shared: Arc<Shared>,
    sender: AbortHandle,
    /// Closed once the sender has ended, in whatever way.
    ended: oneshot::Receiver<()>,
}

impl Producer {
    /// A producer for the given properties. Unknown ones are warned about.
    pub async fn new(properties: &Properties, reports: Option<Reports>) -> Result<Producer, ClientError> {
        warn_unknown(ClientKind::Producer, properties);
        Producer::with_config(ProducerConfig::read(properties)?, reports).await
    }

    pub async fn with_config(config: ProducerConfig, reports: Option<Reports>) -> Result<Producer, ClientError> {
        let cluster = Cluster::connect(config.client.clone()).await?;
        let config = Arc::new(config);
        let shared = Arc::new(Shared {
            accumulator: Mutex::new(Rank::ProducerBatches, Accumulator::new(config.clone(), fastrand::u64(..))),
            wake: Notify::new(),
            progress: watch::Sender::default(),
            last_failure: Mutex::new(Rank::ProducerFailure, None),
            reports,
        });
        let (ends, ended) = oneshot::channel();
        let told = shared.clone();
        let work = Sender::new(cluster.clone(), config.clone(), shared.clone()).run();
        let sender = task::spawn("sending", work, |end: Result<(), ClientError>| async move {
            if let Err(why) = end {
                told.give_up(&why, true);
            }
            drop(ends);
        });
        Ok(Producer { config, cluster, shared, sender, ended })
    }

    pub fn config(&self) -> &ProducerConfig {
        &self.config
    }

    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The last failure that is being retried behind the scenes; tells why nothing goes.
    pub fn last_failure(&self) -> Option<ClientError> {
        self.shared.last_failure.lock().clone()
    }

    /// Takes a record in if that is possible without waiting. The record's bytes are copied; nothing else is allocated
    /// unless a batch begins.
    pub fn try_append(&self, record: &ProducerRecord) -> Result<(), Refused> {
        self.put(record, None)
    }

    fn put(&self, record: &ProducerRecord, waiter: Option<Waiter>) -> Result<(), Refused> {
        let wall = SystemClock.now();
        let taken = self.shared.accumulator.lock().append(record, wall, std::time::Instant::now, waiter)?;
        if taken.wake {
            self.shared.wake.notify_one();
        }
        Ok(())
    }

    /// Takes a record in, waiting for metadata and memory for at most `max.block.ms`.
    ///
    /// Errors: the topic stays unknown, the memory stays used up, the record is too large, the producer is closed.
    pub async fn append(&self, record: &ProducerRecord<'_>) -> Result<(), ClientError> {
        self.put_waiting(record, || (None, ())).await
    }

    /// As [`Producer::append`], and waits until the record is written.
    pub async fn send(&self, record: &ProducerRecord<'_>) -> Result<Sent, ClientError> {
        let with_waiter = || {
            let (waiter, answer) = oneshot::channel();
            let tell: Waiter = Box::new(move |sent| drop(waiter.send(sent)));
            (Some(tell), answer)
        };
        let answer = self.put_waiting(record, with_waiter).await?.await;
        answer.unwrap_or_else(|_| {
            self.alive()?;
            Err(ClientError::State("the producer was closed before the record was sent".to_owned()))
        })
    }

    async fn put_waiting<T>(
        &self,
        record: &ProducerRecord<'_>,
        waiter: impl Fn() -> (Option<Waiter>, T),
    ) -> Result<T, ClientError> {
        let deadline = Instant::now() + self.config.max_block;
        let mut progress = self.shared.progress.subscribe();
        loop {
            let (waiter, answer) = waiter();
            let refused = match self.put(record, waiter) {
                Ok(()) => return Ok(answer),
                Err(Refused::Failed(why)) => return Err(why),
                Err(refused) => refused,
            };
            if refused == Refused::UnknownPartition && self.shared.accumulator.lock().register(record.topic) {
                self.shared.wake.notify_one();
            }
            if timeout_at(deadline, progress.changed()).await.is_err() {
                return Err(self.timed_out(record, &refused));
            }
        }
    }

    /// Kafka's words for what did not come in time.
    fn timed_out(&self, record: &ProducerRecord, refused: &Refused) -> ClientError {
        let max_block = self.config.max_block.as_millis();
        let count = self.shared.accumulator.lock().partition_count(record.topic);
        let message = match (refused, record.partition) {
            (Refused::Full, _) => {
                format!("Failed to allocate memory within the configured max blocking time {max_block} ms.")
            }
            (_, Some(partition)) if count > 0 => format!(
                "Partition {partition} of topic {} with partition count {count} is not present in metadata after {max_block} ms.",
                record.topic
            ),
            _ => format!("Topic {} not present in metadata after {max_block} ms.", record.topic),
        };
        ClientError::Timeout { message, cause: self.last_failure().map(Box::new) }
    }

    /// Sends everything that was taken in so far and waits until it is done with, written or not.
    ///
    /// Errors: the producer's own task has died.
    pub async fn flush(&self) -> Result<(), ClientError> {
        let mut progress = self.shared.progress.subscribe();
        let upto = self.shared.accumulator.lock().flush();
        self.shared.wake.notify_one();
        while !self.shared.accumulator.lock().is_flushed(upto) {
            if progress.changed().await.is_err() {
                break;
            }
        }
        self.alive()
    }

    /// Whether nothing can be written any more, whatever the record.
    pub fn is_dead(&self) -> bool {
        self.alive().is_err()
    }

    fn alive(&self) -> Result<(), ClientError> {
        let accumulator = self.shared.accumulator.lock();
        accumulator.failed.clone().filter(|_| accumulator.dead).map_or(Ok(()), Err)
    }

    /// Sends what is left, for at most `timeout`; what is not sent then is reported as failed.
    ///
    /// Errors: not everything was done with in time; the producer's own task has died.
    ///
    /// What a transactional producer has open is aborted first, so that readers need not wait for its timeout.
    pub async fn close(mut self, timeout: Duration) -> Result<(), ClientError> {
        let begun = Instant::now();
        if self.is_in_transaction() {
            // What cannot be aborted now is when its time is over.
            let _ = tokio::time::timeout(timeout, self.abort_transaction()).await;
        }
        let timeout = timeout.saturating_sub(begun.elapsed());
        self.shared.accumulator.lock().closing = true;
        self.shared.wake.notify_one();
        if tokio::time::timeout(timeout, &mut self.ended).await.is_ok() {
            return self.alive();
        }
        self.sender.abort();
        let why = ClientError::State("Producer is closed forcefully.".to_owned());
        self.shared.give_up(&why, true);
        Err(why)
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        // The sender sends what is left and ends by itself.
        self.shared.accumulator.lock().closing = true;
        self.shared.wake.notify_one();
    }
}
