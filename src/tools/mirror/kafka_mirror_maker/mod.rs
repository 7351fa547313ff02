//! `kafka-mirror-maker`: copies topics from one cluster to another as long as it runs, each record at least once.
//!
//! Options, texts and exit codes are those of Apache Kafka 3.9.1 (`MirrorMaker`, the one before Connect's). Offsets are
//! committed for what the target has; when partitions go to another member, what was not committed is copied again.

mod plan;

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
use rkafka_base::TopicPartition;
use rkafka_client::{
    Consumer, Producer,
    consumer::Fetched,
    producer::{ProducerRecord, Reports},
};
use rkafka_protocol::record::Header;
use rkafka_runtime::{logging, shutdown::StopSignals};
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{sync::watch, task::JoinSet};

pub const TOOL: Tool =
    Tool { name: "mirror-maker", script: "kafka-mirror-maker", command: kafka_command::<MirrorArgs>, run };

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
                interval: Duration::from_millis(u64::try_from(plan.commit_interval_ms).unwrap_or(0)),
                written: BTreeMap::new(),
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
    interval: Duration,
    /// The offsets behind what has been handed on since the last commit.
    written: BTreeMap<TopicPartition, i64>,
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
            if let Some(fetched) = self.consumer.poll(POLL).await.map_err(|error| with_hint(&error))? {
                self.hand_on(fetched).await?;
            }
            if committed.elapsed() > self.interval {
                self.commit().await?;
                committed = Instant::now();
            }
        }
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
                } else if self.producer.try_append(&copy).is_err() {
                    self.producer.append(&copy).await.map_err(|error| with_hint(&error))?;
                }
                self.written.insert(partition.clone(), record.offset.0 + 1);
            }
        }
        Ok(())
    }

    /// Waits until everything is written, and commits it.
    async fn commit(&mut self) -> anyhow::Result<()> {
        if self.written.is_empty() {
            return Ok(());
        }
        self.producer.flush().await.map_err(|error| with_hint(&error))?;
        if *self.failure.borrow() {
            bail!("a record could not be written");
        }
        // Whoever has got the others copies them again.
        let mine = self.consumer.assignment();
        let offsets: Vec<(TopicPartition, i64)> =
            std::mem::take(&mut self.written).into_iter().filter(|(partition, _)| mine.contains(partition)).collect();
        if let Err(error) = self.consumer.commit_offsets(&offsets).await {
            log::warn!(target: LOGGER, "Failed to commit offsets: {error}. What was copied since is copied again by whoever \
                gets the partitions.");
        }
        Ok(())
    }
}
