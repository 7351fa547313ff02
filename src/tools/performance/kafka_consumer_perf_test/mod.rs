//! `kafka-consumer-perf-test`: how many records a second a consumer gets.
//!
//! Options, table and exit codes are those of Apache Kafka 3.9.1, or 4.4.0 (`ConsumerPerformance`); the options are those of both.

mod args;
mod plan;
mod tally;

use super::metrics_table;
use crate::{
    access::{failure::with_hint, properties},
    block_on::block_on,
    era::Era,
    java_date::DatePattern,
    options::{Opt, UsageError, kafka_command},
    terminal::{
        Terminal,
        live::{self, Live},
        output::{Format, Layout},
    },
    tool::{Call, Exit, Tool},
};
use anyhow::anyhow;
use args::PerfArgs;
use plan::{Plan, Source};
use rkafka_client::{
    ClientError, Properties,
    consumer::{Consumer, Fetched},
};
use rkafka_runtime::{
    clock::{Clock, SystemClock},
    logging,
    shutdown::StopSignals,
};
use serde_json::{Value, json};
use std::{
    hash::{BuildHasher, Hasher, RandomState},
    io,
    time::Duration,
};
use tally::{Outcome, RESULTS, Tally};

pub const TOOL: Tool = Tool {
    name: "consumer-perf-test",
    script: "kafka-consumer-perf-test",
    command: kafka_command::<PerfArgs>,
    run,
    shows: &[&tally::RESULTS],
};

const INTRODUCTION: &str = "This tool is used to verify the consumer performance.";
/// How long one look for records takes, at the most.
const POLL: Duration = Duration::from_millis(100);
/// How many records Kafka's consumer hands out at once (`max.poll.records`): whether there are enough is asked between.
const MAX_POLL_RECORDS: u64 = 500;
const CLOSE_TIMEOUT: Duration = Duration::from_secs(30);

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let (args, asked) = call.typed::<PerfArgs>().map_err(UsageError::with_table)?;
    let no_brokers = !args.bootstrap_server.is_given() && !args.broker_list.is_given();
    if call.era() == Era::V3_9 && no_brokers && !asked.help && !asked.version {
        return Err(UsageError::missing_option(&args.bootstrap_server).into());
    }
    if args.threads.is_given() || args.num_fetch_threads.is_given() {
        let text = "have been deprecated and will be ignored by the test";
        terminal.say(format_args!("WARNING: option [threads] and [num-fetch-threads] {text}"))?;
    }
    if let Some(exit) = call.help_or_version(asked, INTRODUCTION, terminal)? {
        return Ok(exit);
    }
    let plan = Plan::of(&args, call.era())?;
    for notice in &plan.notices {
        terminal.talk(notice);
    }
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    let properties = plan.consumer(properties::load(plan.config_file.as_deref())?, random_below(100_000));
    let dates = DatePattern::parse(&plan.date_format)
        .map_err(|reason| anyhow!("{reason}\n--date-format {} is no pattern.", plan.date_format))?;
    if plan.header && terminal.format() == Format::Text {
        terminal.line(tally::header(plan.detailed))?;
        terminal.flush()?;
    }
    block_on(measure(&plan, &properties, &dates, call.era(), terminal))?
}

/// A number below `bound` that differs from run to run.
fn random_below(bound: u32) -> u32 {
    (RandomState::new().build_hasher().finish() % u64::from(bound)) as u32
}

async fn measure(
    plan: &Plan,
    properties: &Properties,
    dates: &DatePattern,
    era: Era,
    terminal: &mut Terminal,
) -> anyhow::Result<Exit> {
    let mut signals = StopSignals::listen()?;
    let mut consumer = Consumer::new(properties).await.map_err(|error| with_hint(&error))?;
    let client_id = consumer.config().client.client_id.clone();
    let chunk = properties.get("max.poll.records").and_then(|text| text.parse().ok()).unwrap_or(MAX_POLL_RECORDS);
    let mut tally = Tally::new(SystemClock.now().0, plan.interval_ms);
    let mut layout = if terminal.format() == Format::Text { None } else { Some(terminal.begin(&RESULTS)?) };
    let mut lines = Lines { plan, dates, layout: layout.as_mut() };
    let broken_off = tokio::select! {
        biased;
        signal = signals.wait() => Some(Ok(Exit(signal.exit_code()))),
        consumed = consume(&mut consumer, chunk, &mut lines, &mut tally, terminal) => consumed.err().map(Err),
    };
    if let Some(why) = broken_off {
        lines.end(terminal)?;
        return why;
    }
    if tally.records() < plan.messages {
        terminal.note_failure();
        terminal.say(format_args!(
            "WARNING: Exiting before consuming the expected number of {}: timeout ({} ms) exceeded. You can use the \
             --timeout option to increase the timeout.",
            era.pick("messages", "records"),
            plan.timeout_ms
        ))?;
    }
    let now = SystemClock.now().0;
    // Whoever has reached a broker has merely found no records.
    let unreached = |error: &&ClientError| matches!(error, ClientError::Connect { .. }) || error.is_hopeless();
    let failure = consumer.last_failure().filter(unreached).filter(|_| consumer.assignment().is_empty()).cloned();
    if tokio::time::timeout(CLOSE_TIMEOUT, consumer.close()).await.is_err() {
        log::warn!("The consumer did not leave its group in time");
    }
    if let Some(error) = failure {
        terminal.talk(with_hint(&error));
    }
    const GROUP: &str = "consumer-fetch-manager-metrics";
    let (records, bytes) = (tally.records() as f64, tally.bytes() as f64);
    let metrics = [(GROUP, "records-consumed-total", records), (GROUP, "bytes-consumed-total", bytes)];
    lines.total(&tally.total(now), plan.print_metrics.then_some(&metrics[..]), terminal)?;
    if plan.print_metrics && terminal.format() == Format::Text {
        terminal.line(metrics_table::table(&client_id, &metrics))?;
    }
    Ok(Exit::OK)
}

/// How outcomes are shown.
struct Lines<'a> {
    plan: &'a Plan,
    dates: &'a DatePattern,
    /// For programs; `None` for Kafka's lines.
    layout: Option<&'a mut Layout<'static, 12>>,
}

impl Lines<'_> {
    fn interval(&mut self, outcome: &Outcome, terminal: &mut Terminal) -> io::Result<()> {
        if !self.plan.detailed {
            return Ok(());
        }
        match &mut self.layout {
            Some(layout) => terminal.print(layout.row(&outcome.row("interval", Value::Null)))?,
            None => terminal.line(outcome.detailed(self.dates))?,
        }
        terminal.flush()
    }

    /// The last row. Kafka's tool has none below its details.
    fn total(
        &mut self,
        outcome: &Outcome,
        metrics: Option<&[(&str, &str, f64)]>,
        terminal: &mut Terminal,
    ) -> io::Result<()> {
        let named = |(_, name, value): &(&str, &str, f64)| ((*name).to_owned(), json!(value));
        let metrics = metrics.map_or(Value::Null, |all| Value::Object(all.iter().map(named).collect()));
        match &mut self.layout {
            Some(layout) => terminal.print(layout.row(&outcome.row("total", metrics)))?,
            None if self.plan.detailed => {}
            None => terminal.line(outcome.total(self.dates))?,
        }
        self.end(terminal)
    }

    /// Nothing is shown any more.
    fn end(&self, terminal: &mut Terminal) -> io::Result<()> {
        self.layout.as_ref().map_or(Ok(()), |layout| terminal.print(layout.foot()))
    }
}

async fn consume(
    consumer: &mut Consumer,
    chunk: u64,
    lines: &mut Lines<'_>,
    tally: &mut Tally,
    terminal: &mut Terminal,
) -> anyhow::Result<()> {
    let plan = lines.plan;
    match &plan.source {
        Source::Topic(topic) => consumer.subscribe(&[topic.as_str().into()])?,
        Source::Include(pattern) => consumer.subscribe_pattern(pattern)?,
    }
    let mut joining_since = Some(SystemClock.now().0);
    let mut now = SystemClock.now().0;
    let (mut last_came, mut assigned) = (now, Vec::new());
    let mut live = None;
    while tally.records() < plan.messages && now - last_came <= plan.timeout_ms {
        let asked = now;
        let fetched = consumer.poll(POLL).await.map_err(|error| with_hint(&error))?;
        now = SystemClock.now().0;
        let assignment = consumer.assignment();
        if assignment != assigned {
            assigned = assignment;
            // A rebalance takes the partitions away first, and ends when there are some again.
            match assigned.is_empty() {
                true => drop(joining_since.get_or_insert(asked)),
                false => tally.joined(now - joining_since.take().unwrap_or(asked)),
            }
        }
        let Some(mut fetched) = fetched else { continue };
        let before = tally.records();
        if live.is_none() {
            live = terminal.live_around_output();
            if let Some(live) = &live {
                live.expect(plan.messages);
                live.say("records read");
            }
        }
        let mut count = Count { tally: &mut *tally, lines: &mut *lines, chunk, now, live: live.as_ref() };
        count.records(&mut fetched, terminal)?;
        if let Some(live) = &live {
            live.reach(tally.records());
        }
        if tally.records() > before {
            last_came = now;
        }
    }
    Ok(())
}

/// Counts what a fetch brought, until there is enough.
struct Count<'a, 'b> {
    tally: &'a mut Tally,
    lines: &'a mut Lines<'b>,
    chunk: u64,
    now: i64,
    /// How far it is, for a person.
    live: Option<&'a Live>,
}

impl Count<'_, '_> {
    fn records(&mut self, fetched: &mut Fetched, terminal: &mut Terminal) -> anyhow::Result<()> {
        let mut in_chunk = 0;
        while let Some(batch) = fetched.next_batch() {
            let batch = batch?;
            for record in batch.records() {
                if in_chunk >= self.chunk {
                    if self.tally.records() >= self.lines.plan.messages {
                        return Ok(());
                    }
                    in_chunk = 0;
                }
                let record = record?;
                in_chunk += 1;
                let length = |field: Option<&[u8]>| field.map_or(0, <[u8]>::len);
                self.tally.add(length(record.key) + length(record.value));
                if let Some(outcome) = self.tally.interval(self.now) {
                    live::aside(self.live, || self.lines.interval(&outcome, terminal))?;
                }
            }
        }
        Ok(())
    }
}
