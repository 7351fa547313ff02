//! `kafka-share-consumer-perf-test`: how many records a second the consumers of a share group get.
//!
//! Options, table and exit codes are those of Apache Kafka 4.4.0 (`ShareConsumerPerformance`); 3.9 has no such tool. The
//! consumers of `--threads` take turns in one thread: what they wait for is the broker.

mod args;
mod plan;
mod tally;

use super::metrics_table;
use crate::{
    access::{failure::with_hint, properties},
    block_on::block_on,
    java_date::DatePattern,
    options::{UsageError, kafka_command},
    terminal::{
        Terminal,
        output::{Format, Layout},
    },
    tool::{Call, Exit, Tool},
};
use anyhow::anyhow;
use args::SharePerfArgs;
use plan::Plan;
use rkafka_client::{Properties, ShareConsumer, share_consumer::Delivered};
use rkafka_runtime::{
    clock::{Clock, SystemClock},
    logging,
    shutdown::StopSignals,
};
use serde_json::{Map, Value, json};
use std::{io, time::Duration};
use tally::{Came, HEADER, Interval, RESULTS, Tally};

pub const TOOL: Tool = Tool {
    name: "share-consumer-perf-test",
    script: "kafka-share-consumer-perf-test",
    command: kafka_command::<SharePerfArgs>,
    run,
    shows: &[&tally::RESULTS],
};

const INTRODUCTION: &str = "This tool is used to verify the share consumer performance.";
/// How long one look for records takes, at the most.
const POLL: Duration = Duration::from_millis(100);
/// How long acknowledging the last records may take.
const COMMIT_TIMEOUT: Duration = Duration::from_secs(60);
const CLOSE_TIMEOUT: Duration = Duration::from_millis(500);

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let (args, asked) = call.typed::<SharePerfArgs>().map_err(UsageError::with_table)?;
    if let Some(exit) = call.help_or_version(asked, INTRODUCTION, terminal)? {
        return Ok(exit);
    }
    let plan = Plan::of(&args)?;
    for notice in &plan.notices {
        terminal.talk(notice);
    }
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    let file = properties::load(plan.config_file.as_deref())?;
    let dates = DatePattern::parse(&plan.date_format)
        .map_err(|reason| anyhow!("{reason}\n--date-format {} is no pattern.", plan.date_format))?;
    if plan.header && terminal.format() == Format::Text {
        terminal.line(HEADER)?;
        terminal.flush()?;
    }
    block_on(measure(&plan, &file, &dates, terminal))?
}

/// One of the consumers.
struct Member {
    consumer: ShareConsumer,
    tally: Tally,
    last_came_ms: i64,
}

async fn measure(plan: &Plan, file: &Properties, dates: &DatePattern, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let mut signals = StopSignals::listen()?;
    let mut members = Vec::new();
    for number in 0..plan.consumers {
        let consumer = ShareConsumer::new(&plan.consumer(file, number)).await.map_err(|error| with_hint(&error))?;
        let tally = Tally::new(number + 1, SystemClock.now().0, plan.interval_ms);
        members.push(Member { consumer, tally, last_came_ms: SystemClock.now().0 });
    }
    let began_ms = SystemClock.now().0;
    let layout = if terminal.format() == Format::Text { None } else { Some(terminal.begin(&RESULTS)?) };
    let mut lines = Lines { plan, dates, layout };
    let broken_off = tokio::select! {
        biased;
        signal = signals.wait() => Some(Ok(Exit(signal.exit_code()))),
        consumed = consume(&mut members, &mut lines, terminal) => consumed.err().map(Err),
    };
    if let Some(why) = broken_off {
        lines.end(terminal)?;
        return why;
    }
    let now = SystemClock.now().0;
    lines.report(&members, began_ms, now, terminal)?;
    for member in &mut members {
        if let Err(error) = member.consumer.commit(COMMIT_TIMEOUT).await {
            lines.end(terminal)?;
            return Err(with_hint(&error));
        }
    }
    lines.total(&members, began_ms, now, terminal)?;
    for member in &mut members {
        if let Err(error) = member.consumer.close(CLOSE_TIMEOUT).await {
            log::warn!("A consumer could not be closed in order: {error}");
        }
    }
    Ok(Exit::OK)
}

fn total(members: &[Member]) -> Came {
    let mut total = Came::default();
    for member in members {
        total.records += member.tally.came.records;
        total.bytes += member.tally.came.bytes;
    }
    total
}

/// The metrics of `--print-metrics`: group, name, value.
fn metrics(came: &Came) -> [(&'static str, &'static str, f64); 2] {
    const GROUP: &str = "consumer-share-fetch-manager-metrics";
    let (records, bytes) = (came.records as f64, came.bytes as f64);
    [(GROUP, "records-consumed-total", records), (GROUP, "bytes-consumed-total", bytes)]
}

/// How it is shown what came.
struct Lines<'a> {
    plan: &'a Plan,
    dates: &'a DatePattern,
    /// For programs; `None` for Kafka's lines.
    layout: Option<Layout<'static, 10>>,
}

impl Lines<'_> {
    fn interval(&mut self, interval: &Interval, terminal: &mut Terminal) -> io::Result<()> {
        if !self.plan.detailed {
            return Ok(());
        }
        match &mut self.layout {
            Some(layout) => terminal.print(layout.row(&interval.row()))?,
            None => terminal.line(interval.line(self.dates))?,
        }
        terminal.flush()
    }

    /// What is said before the line of all.
    fn report(
        &mut self,
        members: &[Member],
        began_ms: i64,
        now_ms: i64,
        terminal: &mut Terminal,
    ) -> anyhow::Result<()> {
        for (member, number) in members.iter().zip(1..).filter(|_| self.plan.each_consumer) {
            if let Some(layout) = &mut self.layout {
                terminal.print(layout.row(&member.tally.came.row(Some(number), began_ms, now_ms, Value::Null)))?;
                continue;
            }
            let client_id = &member.consumer.config().client.client_id;
            let columns = member.tally.came.total(began_ms, now_ms, self.dates);
            let text = format!("Share consumer {number} having client id {client_id} consumption metrics-");
            terminal.line(format_args!("{text} {columns}"))?;
        }
        if total(members).records < self.plan.records {
            terminal.note_failure();
            terminal.say(format_args!(
                "WARNING: Exiting before consuming the expected number of records: timeout ({} ms) exceeded. You can use \
                 the --timeout option to increase the timeout.",
                self.plan.timeout_ms
            ))?;
            // Whoever has reached a broker has merely found no records.
            let failure = members.iter().find_map(|member| member.consumer.last_failure());
            if let Some(error) = failure.filter(|error| error.hint().is_some()) {
                terminal.talk(with_hint(error));
            }
        }
        Ok(())
    }

    /// The line of all, and the metrics.
    fn total(&mut self, members: &[Member], began_ms: i64, now_ms: i64, terminal: &mut Terminal) -> io::Result<()> {
        let each = members.iter().map(|member| {
            let all = metrics(&member.tally.came);
            (member.consumer.config().client.client_id.clone(), all)
        });
        if let Some(layout) = &mut self.layout {
            let named = |(client_id, all): (String, [(&str, &str, f64); 2])| {
                let all: Map<String, Value> =
                    all.into_iter().map(|(_, name, value)| (name.to_owned(), json!(value))).collect();
                (client_id, Value::Object(all))
            };
            let metrics = if self.plan.print_metrics { Value::Object(each.map(named).collect()) } else { Value::Null };
            terminal.print(layout.row(&total(members).row(None, began_ms, now_ms, metrics)))?;
            return self.end(terminal);
        }
        terminal.line(total(members).total(began_ms, now_ms, self.dates))?;
        for (client_id, all) in each.filter(|_| self.plan.print_metrics) {
            terminal.line(metrics_table::table(&client_id, &all))?;
        }
        Ok(())
    }

    /// Nothing is shown any more.
    fn end(&self, terminal: &mut Terminal) -> io::Result<()> {
        self.layout.as_ref().map_or(Ok(()), |layout| terminal.print(layout.foot()))
    }
}

/// Polls the consumers in turn until there is enough, or none of them has got anything for too long.
async fn consume(members: &mut [Member], lines: &mut Lines<'_>, terminal: &mut Terminal) -> anyhow::Result<()> {
    let plan = lines.plan;
    for member in members.iter_mut() {
        member.consumer.subscribe(&[plan.topic.as_str().into()]);
    }
    let patience = POLL / u32::try_from(members.len()).unwrap_or(u32::MAX).max(1);
    let mut records = 0;
    loop {
        let mut waits = false;
        for member in members.iter_mut() {
            if records >= plan.records {
                return Ok(());
            }
            if SystemClock.now().0 - member.last_came_ms > plan.timeout_ms {
                continue;
            }
            waits = true;
            let polled = member.consumer.poll(patience).await.map_err(|error| with_hint(&error))?;
            let Some(delivered) = polled else { continue };
            member.last_came_ms = SystemClock.now().0;
            records += count(&delivered, member, lines, terminal)?;
        }
        if !waits {
            return Ok(());
        }
    }
}

fn count(
    delivered: &Delivered,
    member: &mut Member,
    lines: &mut Lines<'_>,
    terminal: &mut Terminal,
) -> anyhow::Result<u64> {
    let before = member.tally.came.records;
    for batch in delivered.batches() {
        for record in delivered.records_of(batch) {
            let (record, _) = record?;
            let length = |field: Option<&[u8]>| field.map_or(0, <[u8]>::len);
            member.tally.came.add(length(record.key) + length(record.value));
            if let Some(interval) = member.tally.interval(member.last_came_ms) {
                lines.interval(&interval, terminal)?;
            }
        }
    }
    Ok(member.tally.came.records - before)
}
