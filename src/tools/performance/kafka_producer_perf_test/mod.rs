//! `kafka-producer-perf-test`: how many records a second a cluster takes, and how long each takes.
//!
//! Options, table and exit codes are those of Apache Kafka 3.9.1, or 4.4.0 (`ProducerPerformance`); the options are those of both;
//! the records are the very ones that Kafka's tool makes. One thread makes records, another sends and counts. Every
//! latency counts for the percentiles.

mod args;
mod payload;
mod plan;
mod random;
mod stats;

use super::metrics_table;
use crate::{
    access::{failure::with_hint, properties},
    block_on::block_on,
    era::Era,
    options::{argparse, argparse_command},
    pace::Pace,
    terminal::{
        Terminal,
        live::{self, Live},
        output::{Format, Layout},
    },
    tool::{Call, Exit, Tool},
};
use anyhow::{Context, anyhow};
use args::{PerfArgs, parser};
use payload::Payloads;
use plan::{PayloadSource, Plan};
use rkafka_client::{
    ClientError, Properties,
    producer::{DeliveryReport, Producer, ProducerRecord, Reports},
    repeats::Repeats,
};
use rkafka_runtime::{
    clock::{Clock, SystemClock},
    logging,
    shutdown::StopSignals,
};
use stats::{Measured, Metric, Outcome};
use std::{
    fs,
    hash::{BuildHasher, Hasher, RandomState},
    io,
    path::absolute,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};
use tokio::{runtime::Handle, sync::mpsc};

pub const TOOL: Tool = Tool {
    name: "producer-perf-test",
    script: "kafka-producer-perf-test",
    command: argparse_command::<PerfArgs>,
    run,
    shows: &[&stats::RESULTS],
};

/// The logger of Kafka's own tool.
const LOGGER: &str = "org.apache.kafka.tools.ProducerPerformance";
/// What is left at the end is sent or runs out of `delivery.timeout.ms`; this only bounds a bug.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(24 * 3600);

/// What the threads report to the one that counts.
enum Event {
    Delivered(DeliveryReport, i64),
    /// The record with this number was not taken in.
    Refused(ClientError),
    /// The first records are through; the steady state begins.
    Warm(i64),
    /// A transaction could not be begun or committed.
    Failed(ClientError),
    /// All records have been made.
    Made,
}

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let parser = parser(call.era());
    let args: PerfArgs = match call.argparse(&parser, terminal)? {
        Ok(args) => args,
        Err(exit) => return Ok(exit),
    };
    let plan = match Plan::of(&args, call.era()) {
        Ok(plan) => plan,
        Err(error) => return Ok(call.refuse(&parser, argparse::reason(&error), terminal)),
    };
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    let listed = listed(&plan.payload, call.era(), terminal)?;
    for notice in &plan.notices {
        terminal.talk(notice);
    }
    let fresh = fresh();
    let properties =
        plan.producer(properties::load(plan.config_file.as_deref())?, &fresh).map_err(|error| anyhow!(error))?;
    block_on(measure(plan, listed, properties, terminal))?
}

/// An id that nobody has.
fn fresh() -> String {
    let random = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", random(), random())
}

/// The messages of the payload file.
fn listed(source: &PayloadSource, era: Era, terminal: &mut Terminal) -> anyhow::Result<Vec<Vec<u8>>> {
    let PayloadSource::File { path, delimiter } = source else { return Ok(Vec::new()) };
    terminal.say(format_args!("Reading payloads from: {}", absolute(path)?.display()))?;
    let bytes = fs::read(path).map_err(|error| {
        anyhow!("File does not exist or empty file provided.\n--payload-file {path} cannot be read: {error}")
    })?;
    let listed = payload::split(&String::from_utf8_lossy(&bytes), delimiter).map_err(|error| anyhow!(error))?;
    terminal.say(format_args!("Number of {} read: {}", era.pick("messages", "records"), listed.len()))?;
    Ok(listed)
}

async fn measure(
    plan: Plan,
    listed: Vec<Vec<u8>>,
    properties: Properties,
    terminal: &mut Terminal,
) -> anyhow::Result<Exit> {
    let mut signals = StopSignals::listen()?;
    let (events, mut heard) = mpsc::unbounded_channel();
    let producer =
        Producer::new(&properties, Some(reports(events.clone()))).await.map_err(|error| with_hint(&error))?;
    if plan.warmup > 0 {
        let text = "records. Steady state results will print after the complete test summary.";
        terminal.say(format_args!("Warmup first {} {text}", plan.warmup))?;
    }
    terminal.flush()?;
    let transaction_duration = plan.transaction_duration(&properties);
    if transaction_duration.is_some() {
        tokio::select! {
            biased;
            signal = signals.wait() => return Ok(Exit(signal.exit_code())),
            begun = producer.init_transactions() => begun.map_err(|error| with_hint(&error))?,
        }
    }
    let producer = Arc::new(producer);
    let client_id = producer.config().client.client_id.clone();
    let mut count = Counter::new(&plan, terminal)?;
    let (print_metrics, feeder) =
        (plan.print_metrics, Feeder { producer: producer.clone(), events, plan, transaction_duration });
    let runtime = Handle::current();
    let spawned = thread::Builder::new().name("records".into()).spawn(move || feeder.run(listed, &runtime));
    spawned.context("no thread can be started to make the records")?;
    let finished = async {
        count.until_made(&mut heard, terminal).await?;
        // The thread has let go of it.
        if let Ok(producer) = Arc::try_unwrap(producer) {
            producer.close(CLOSE_TIMEOUT).await?;
        }
        count.rest(&mut heard, terminal)
    };
    let broken_off = tokio::select! {
        biased;
        signal = signals.wait() => Some(Ok(Exit(signal.exit_code()))),
        finished = finished => finished.err().map(Err),
    };
    if let Some(why) = broken_off {
        count.end(terminal)?;
        return why;
    }
    let now = SystemClock.now().0;
    let metrics = print_metrics.then(|| count.all.metrics(now, count.failed));
    let (all, steady) = (count.all.total(now), count.steady.as_ref().map(|steady| steady.total(now)));
    count.show(&all, metrics.as_deref(), terminal)?;
    if let Some(steady) = steady {
        count.show(&steady, None, terminal)?;
    }
    count.end(terminal)?;
    if let Some(metrics) = metrics.filter(|_| count.layout.is_none()) {
        terminal.line(metrics_table::table(&client_id, &metrics))?;
    }
    Ok(Exit::OK)
}

fn reports(events: mpsc::UnboundedSender<Event>) -> Reports {
    Box::new(move |report| {
        // Nobody is left to count when it has been interrupted.
        let _ = events.send(Event::Delivered(report.clone(), SystemClock.now().0));
    })
}

/// Makes the records, on a thread of its own.
struct Feeder {
    producer: Arc<Producer>,
    events: mpsc::UnboundedSender<Event>,
    plan: Plan,
    /// `None`: without transactions.
    transaction_duration: Option<Duration>,
}

impl Feeder {
    fn run(self, listed: Vec<Vec<u8>>, runtime: &Handle) {
        let Feeder { producer, events, plan, transaction_duration } = self;
        let mut transaction = None;
        let mut payloads = Payloads::new(&plan, listed);
        let mut pace = Pace::new(plan.throughput, SystemClock.now().0);
        let mut now = 0;
        for number in 0..plan.records {
            let (key, value) = payloads.next(number);
            now = SystemClock.now().0.max(now);
            if plan.warmup > 0 && number == plan.warmup {
                // Their time tells the records that count from those that do not.
                now += 1;
                let _ = events.send(Event::Warm(now));
            }
            if transaction_duration.is_some() && transaction.is_none() {
                if let Err(error) = producer.begin_transaction() {
                    let _ = events.send(Event::Failed(error));
                    return;
                }
                transaction = Some(now);
            }
            let record = ProducerRecord {
                topic: &plan.topic,
                key,
                value: Some(value),
                timestamp: Some(now),
                ..ProducerRecord::default()
            };
            if producer.try_append(&record).is_err()
                && let Err(error) = runtime.block_on(producer.append(&record))
            {
                // No transaction is open, and none will be.
                let is_last = matches!(error, ClientError::State(_));
                let told = events.send(if is_last { Event::Failed(error) } else { Event::Refused(error) });
                if is_last || told.is_err() {
                    return;
                }
            }
            let is_due =
                |begun: &i64| transaction_duration.is_some_and(|lasts| now - begun >= lasts.as_millis() as i64);
            if transaction.take_if(|begun| is_due(begun) || number + 1 == plan.records).is_some()
                && let Err(error) = runtime.block_on(producer.commit_transaction())
            {
                let _ = events.send(Event::Failed(error));
                return;
            }
            if let Some(pause) = pace.wait(number, now) {
                sleep(pause, &events);
            }
        }
        // The producer is closed by whoever has it alone.
        drop(producer);
        let _ = events.send(Event::Made);
    }
}

/// Sleeps, unless nobody counts any more.
fn sleep(pause: Duration, events: &mpsc::UnboundedSender<Event>) {
    const LOOK: Duration = Duration::from_millis(100);
    let until = Instant::now() + pause;
    while let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
        thread::sleep(left.min(LOOK));
        if events.is_closed() {
            return;
        }
    }
}

/// Counts what was written.
struct Counter {
    all: Measured,
    steady: Option<Measured>,
    /// Records made from here on count for the steady state.
    steady_from_ms: i64,
    failed: u64,
    failures: Repeats<String>,
    interval_ms: i64,
    records: u64,
    /// How far it is, for a person: from the first record on that was written.
    live: Option<Live>,
    /// For programs; `None` for Kafka's lines.
    layout: Option<Layout<'static, 12>>,
}

impl Counter {
    fn new(plan: &Plan, terminal: &mut Terminal) -> io::Result<Counter> {
        let interval_ms = plan.interval_ms;
        let all = Measured::new(SystemClock.now().0, interval_ms);
        let is_text = terminal.format() == Format::Text;
        let layout = if is_text { None } else { Some(terminal.begin(&stats::RESULTS)?) };
        Ok(Counter {
            all,
            steady: None,
            steady_from_ms: i64::MAX,
            failed: 0,
            failures: Repeats::default(),
            interval_ms,
            records: plan.records,
            live: None,
            layout,
        })
    }

    /// Nothing is shown any more.
    fn end(&mut self, terminal: &mut Terminal) -> io::Result<()> {
        self.live = None;
        if self.failed > 0 {
            terminal.note_failure();
        }
        for (failure, times) in self.failures.rest(Instant::now()) {
            log::error!(target: LOGGER, "{failure}{times}");
        }
        self.layout.as_ref().map_or(Ok(()), |layout| terminal.print(layout.foot()))
    }

    fn show(&mut self, outcome: &Outcome, metrics: Option<&[Metric]>, terminal: &mut Terminal) -> io::Result<()> {
        let layout = &mut self.layout;
        live::aside(self.live.as_ref(), || {
            match layout {
                Some(layout) => terminal.print(layout.row(&outcome.row(metrics)))?,
                None => terminal.line(outcome)?,
            }
            terminal.flush()
        })
    }

    /// A failure comes for each record or batch: it is said once, then counted.
    fn failure(&mut self, text: String) {
        if let Some(times) = self.failures.came(text.clone(), Instant::now()) {
            live::aside(self.live.as_ref(), || log::error!(target: LOGGER, "{text}{times}"));
        }
    }

    async fn until_made(
        &mut self,
        heard: &mut mpsc::UnboundedReceiver<Event>,
        terminal: &mut Terminal,
    ) -> anyhow::Result<()> {
        while let Some(event) = heard.recv().await {
            if matches!(event, Event::Made) {
                break;
            }
            self.take(event, terminal)?;
        }
        Ok(())
    }

    /// What has come in since.
    fn rest(&mut self, heard: &mut mpsc::UnboundedReceiver<Event>, terminal: &mut Terminal) -> anyhow::Result<()> {
        while let Ok(event) = heard.try_recv() {
            self.take(event, terminal)?;
        }
        Ok(())
    }

    fn take(&mut self, event: Event, terminal: &mut Terminal) -> anyhow::Result<()> {
        match event {
            Event::Made => {}
            Event::Failed(error) => return Err(with_hint(&error)),
            Event::Warm(now) => {
                self.steady = Some(Measured::steady(now, self.interval_ms));
                self.steady_from_ms = now;
                self.all.silence();
            }
            Event::Refused(error) => {
                self.failed += 1;
                self.failure(format!("A record was not taken in: {error}"));
            }
            Event::Delivered(report, now) => match &report.result {
                Ok(_) => self.written(&report, now, terminal)?,
                Err(error) => {
                    self.failed += u64::from(report.count.unsigned_abs());
                    self.failure(format!("Records for {} were not written: {error}", report.partition));
                }
            },
        }
        Ok(())
    }

    fn written(&mut self, report: &DeliveryReport, now: i64, terminal: &mut Terminal) -> anyhow::Result<()> {
        let mut outcomes = Vec::new();
        report.for_each(|record| {
            let made = record.timestamp.0;
            let latency = u64::try_from(now - made).unwrap_or(0);
            let bytes = record.value.map_or(0, <[u8]>::len);
            outcomes.extend(self.all.add(latency, bytes, now));
            if let Some(steady) = self.steady.as_mut().filter(|_| made >= self.steady_from_ms) {
                outcomes.extend(steady.add(latency, bytes, now));
            }
        });
        for outcome in &outcomes {
            self.show(outcome, None, terminal)?;
        }
        if self.live.is_none() {
            self.live = terminal.live_around_output();
            if let Some(live) = &self.live {
                live.expect(self.records);
                live.say("records written");
            }
        }
        if let Some(live) = &self.live {
            live.reach(self.all.count() + self.failed);
        }
        Ok(())
    }
}
