//! `kafka-mirror-maker`: copies topics from one cluster to another as long as it runs, each record at least once.
//!
//! Options, texts and exit codes are those of Apache Kafka 3.9.1 (`MirrorMaker`, the one before Connect's). Offsets are
//! committed for what the target has, and where a partition begins before anything of it is copied; when partitions go to
//! another member, what was not committed is copied again.

mod plan;
mod progress;

use crate::{
    access::{failure::with_hint, properties},
    block_on::block_on,
    options::kafka_command,
    terminal::Terminal,
    tool::{Call, Exit, Tool},
};
use anyhow::{anyhow, bail};
use bytes::Bytes;
use plan::{MirrorArgs, Plan};
use progress::Progress;
use rkafka_base::TopicPartition;
use rkafka_client::{
    ClientError, Consumer, Producer,
    consumer::Fetched,
    producer::{ProducerRecord, Reports},
};
use rkafka_protocol::{ErrorCode, record::Header};
use rkafka_runtime::{logging, shutdown::StopSignals};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{sync::watch, task::JoinSet};

pub const TOOL: Tool =
    Tool { name: "mirror-maker", script: "kafka-mirror-maker", command: kafka_command::<MirrorArgs>, run, shows: &[] };

const INTRODUCTION: &str = "This tool helps to continuously copy data between two Kafka clusters.";
/// The logger of Kafka's own tool.
const LOGGER: &str = "kafka.tools.MirrorMaker$";
/// How Kafka's tool ends when a stream does.
const ABORTED: Exit = Exit(255);
/// How long one look for records takes, at the most.
const POLL: Duration = Duration::from_secs(1);
/// How long what is under way may take at the end.
const LAST: Duration = Duration::from_secs(30);

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    log::warn!(target: LOGGER, "This tool is deprecated and may be removed in a future major release.");
    let (args, asked) = call.typed::<MirrorArgs>()?;
    if let Some(exit) = call.help_or_version(asked, INTRODUCTION, terminal)? {
        return Ok(exit);
    }
    let plan = Plan::of(&args)?;
    let consumer_file = properties::load(Some(&plan.consumer_config))?;
    let Some(include) = plan.include.clone() else {
        log::error!(target: LOGGER, "include list must be specified");
        return Ok(Exit::FAILED);
    };
    if !consumer_file.contains_key("partition.assignment.strategy") {
        terminal.talk(
            "WARNING: The default partition assignment strategy of the mirror maker will change from 'range' to \
             'roundrobin' in an upcoming release (so that better load balancing can be achieved). If you prefer to make \
             this switch in advance of that release add the following to the corresponding config: \
             'partition.assignment.strategy=org.apache.kafka.clients.consumer.RoundRobinAssignor'",
        );
    }
    let (producer, sync) = plan::producer(properties::load(Some(&plan.producer_config))?);
    block_on(async {
        let mut signals = StopSignals::listen()?;
        let (failed, failure) = watch::channel(false);
        let producer = Producer::new(&producer, Some(reports(failed, plan.abort))).await;
        let producer = Arc::new(producer.map_err(|error| with_hint(&error))?);
        let (stop, stopped) = watch::channel(false);
        let mut streams = JoinSet::new();
        for number in 0..plan.streams {
            let properties = plan::consumer(&consumer_file, number);
            let mut consumer = Consumer::new(&properties).await.map_err(|error| with_hint(&error))?;
            consumer.subscribe_pattern(&include)?;
            let stream = Stream {
                consumer,
                producer: producer.clone(),
                sync,
                abort: plan.abort,
                interval: Duration::from_millis(u64::try_from(plan.commit_interval_ms).unwrap_or(0)),
                progress: Progress::default(),
                failure: failure.clone(),
                stopped: stopped.clone(),
            };
            streams.spawn(stream.run());
        }
        let exit = tokio::select! {
            biased;
            signal = signals.wait() => Exit(signal.exit_code()),
            () = ended(&mut streams) => ABORTED,
        };
        // Streams see it at their next step.
        let _ = stop.send(true);
        while streams.join_next().await.is_some() {}
        if let Ok(producer) = Arc::try_unwrap(producer)
            && let Err(error) = producer.close(if exit == ABORTED { Duration::ZERO } else { LAST }).await
        {
            log::warn!(target: LOGGER, "The producer was not closed in order: {error}");
        }
        Ok(exit)
    })?
}

/// Waits until a stream ends, which none does by itself unless something is wrong.
async fn ended(streams: &mut JoinSet<anyhow::Result<()>>) {
    match streams.join_next().await {
        Some(Ok(Err(error))) => log::error!(target: LOGGER, "Mirror maker thread failure due to {error:#}"),
        Some(_) => {}
        // There are none.
        None => return,
    }
    log::error!(target: LOGGER, "Mirror maker thread exited abnormally, stopping the whole mirror maker.");
}

fn reports(failed: watch::Sender<bool>, abort: bool) -> Reports {
    Box::new(move |report| {
        let Err(error) = &report.result else { return };
        log::error!(target: LOGGER, "{} records for {} were not written: {error}", report.count, report.partition);
        if abort {
            failed.send_replace(true);
        }
    })
}

/// A consumer and what it hands on.
struct Stream {
    consumer: Consumer,
    producer: Arc<Producer>,
    sync: bool,
    /// A record that cannot be written ends everything.
    abort: bool,
    interval: Duration,
    progress: Progress,
    failure: watch::Receiver<bool>,
    stopped: watch::Receiver<bool>,
}

impl Stream {
    async fn run(mut self) -> anyhow::Result<()> {
        let (mut failure, mut stopped) = (self.failure.clone(), self.stopped.clone());
        let copied = tokio::select! {
            biased;
            _ = failure.wait_for(|failed| *failed) => Err(anyhow!("a record could not be written")),
            _ = stopped.wait_for(|stopped| *stopped) => Ok(()),
            copied = self.copy() => copied,
        };
        if !*self.failure.borrow() {
            match tokio::time::timeout(LAST, self.commit()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => log::warn!(target: LOGGER, "Offsets were not committed at the end: {error:#}"),
                Err(_) => {
                    log::warn!(target: LOGGER, "What is under way was not written within {} s; its offsets are not \
                    committed, and it is copied again", LAST.as_secs())
                }
            }
        }
        if let Ok(Err(error)) = tokio::time::timeout(LAST, self.consumer.close()).await {
            log::warn!(target: LOGGER, "The consumer was not closed in order: {error}");
        }
        copied
    }

    async fn copy(&mut self) -> anyhow::Result<()> {
        let mut committed = Instant::now();
        loop {
            let fetched = self.consumer.poll(POLL).await.map_err(|error| with_hint(&error))?;
            self.begin(fetched.as_ref()).await?;
            if let Some(fetched) = fetched {
                self.hand_on(fetched).await?;
            }
            if committed.elapsed() > self.interval || self.progress.is_urgent() {
                self.commit().await?;
                committed = Instant::now();
            }
        }
    }

    /// Commits where each partition begins that has come, before anything of it is handed on.
    async fn begin(&mut self, fetched: Option<&Fetched>) -> anyhow::Result<()> {
        let mine = self.consumer.assignment();
        self.progress.keep(&mine);
        let start = |partition: &TopicPartition| match fetched {
            Some(fetched) if fetched.partition == *partition => Some(fetched.from),
            _ => self.consumer.position(partition),
        };
        let new = self.progress.to_begin(&mine).into_iter();
        self.commit_offsets(new.filter_map(|partition| start(&partition).map(|offset| (partition, offset))).collect())
            .await
    }

    /// Commits offsets. A failure that passes is told, and what is not committed is tried again later; others are errors.
    async fn commit_offsets(&mut self, offsets: Vec<(TopicPartition, i64)>) -> anyhow::Result<()> {
        let Err(error) = self.consumer.commit_offsets(&offsets).await else {
            self.progress.committed(offsets);
            return Ok(());
        };
        match error {
            ClientError::Broker {
                code:
                    ErrorCode::ILLEGAL_GENERATION
                    | ErrorCode::UNKNOWN_MEMBER_ID
                    | ErrorCode::REBALANCE_IN_PROGRESS
                    | ErrorCode::FENCED_INSTANCE_ID,
                ..
            } => {
                log::warn!(target: LOGGER, "Failed to commit offsets because the group has rebalanced: {error}. What was \
                copied since is copied again by whoever gets the partitions.")
            }
            _ if error.is_retriable() => {
                log::warn!(target: LOGGER, "Failed to commit offsets: {error}. It is tried again.")
            }
            _ => return Err(with_hint(&error)),
        }
        Ok(())
    }

    async fn hand_on(&mut self, mut fetched: Fetched) -> anyhow::Result<()> {
        let partition = fetched.partition.clone();
        while let Some(batch) = fetched.next_batch() {
            let batch = batch?;
            for record in batch.records() {
                let record = record?;
                let bytes = Bytes::copy_from_slice;
                let headers: Vec<Header> = record
                    .headers
                    .iter()
                    .map(|(key, value)| Header { key: bytes(key), value: value.map(bytes) })
                    .collect();
                let copy = ProducerRecord {
                    topic: &partition.topic,
                    partition: None,
                    key: record.key,
                    value: record.value,
                    headers: &headers,
                    timestamp: Some(record.timestamp.0).filter(|time| *time != -1),
                };
                if self.sync {
                    self.producer.send(&copy).await.map_err(|error| with_hint(&error))?;
                } else if self.producer.try_append(&copy).is_err()
                    && let Err(error) = self.producer.append(&copy).await
                {
                    if self.abort || self.producer.is_dead() {
                        return Err(with_hint(&error));
                    }
                    log::error!(target: LOGGER, "A record for {} was not written: {error}", partition.topic);
                }
                self.progress.hand_on(&partition, record.offset.0 + 1);
            }
        }
        Ok(())
    }

    /// Waits until everything is written, and commits it.
    async fn commit(&mut self) -> anyhow::Result<()> {
        if self.progress.to_commit().is_empty() {
            return Ok(());
        }
        self.producer.flush().await.map_err(|error| with_hint(&error))?;
        if *self.failure.borrow() {
            bail!("a record could not be written");
        }
        self.progress.keep(&self.consumer.assignment());
        self.commit_offsets(self.progress.to_commit()).await
    }
}
