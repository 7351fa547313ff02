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
    terminal::Terminal,
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
use std::time::Duration;
use tally::{Came, HEADER, Tally};

pub const TOOL: Tool = Tool {
    name: "share-consumer-perf-test",
    script: "kafka-share-consumer-perf-test",
    command: kafka_command::<SharePerfArgs>,
    run,
    shows: &[],
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
    if plan.header {
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
    tokio::select! {
        biased;
        signal = signals.wait() => return Ok(Exit(signal.exit_code())),
        consumed = consume(&mut members, plan, dates, terminal) => consumed?,
    }
    let now = SystemClock.now().0;
    report(&members, plan, began_ms, now, dates, terminal)?;
    for member in &mut members {
        member.consumer.commit(COMMIT_TIMEOUT).await.map_err(|error| with_hint(&error))?;
    }
    terminal.line(total(&members).total(began_ms, now, dates))?;
    if plan.print_metrics {
        for Member { consumer, tally, .. } in &members {
            const GROUP: &str = "consumer-share-fetch-manager-metrics";
            let (records, bytes) = (tally.came.records as f64, tally.came.bytes as f64);
            let metrics = [(GROUP, "records-consumed-total", records), (GROUP, "bytes-consumed-total", bytes)];
            terminal.line(metrics_table::table(&consumer.config().client.client_id, &metrics))?;
        }
    }
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

/// What is said before the line of all.
fn report(
    members: &[Member],
    plan: &Plan,
    began_ms: i64,
    now_ms: i64,
    dates: &DatePattern,
    terminal: &mut Terminal,
) -> anyhow::Result<()> {
    for (member, number) in members.iter().zip(1..).filter(|_| plan.each_consumer) {
        let client_id = &member.consumer.config().client.client_id;
        let columns = member.tally.came.total(began_ms, now_ms, dates);
        let text = format!("Share consumer {number} having client id {client_id} consumption metrics-");
        terminal.line(format_args!("{text} {columns}"))?;
    }
    if total(members).records < plan.records {
        terminal.line(format_args!(
            "WARNING: Exiting before consuming the expected number of records: timeout ({} ms) exceeded. You can use the \
             --timeout option to increase the timeout.",
            plan.timeout_ms
        ))?;
        // Whoever has reached a broker has merely found no records.
        let failure = members.iter().find_map(|member| member.consumer.last_failure());
        if let Some(error) = failure.filter(|error| error.hint().is_some()) {
            terminal.talk(with_hint(error));
        }
    }
    Ok(())
}

/// Polls the consumers in turn until there is enough, or none of them has got anything for too long.
async fn consume(
    members: &mut [Member],
    plan: &Plan,
    dates: &DatePattern,
    terminal: &mut Terminal,
) -> anyhow::Result<()> {
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
            records += count(&delivered, member, plan, dates, terminal)?;
        }
        if !waits {
            return Ok(());
        }
    }
}

fn count(
    delivered: &Delivered,
    member: &mut Member,
    plan: &Plan,
    dates: &DatePattern,
    terminal: &mut Terminal,
) -> anyhow::Result<u64> {
    let before = member.tally.came.records;
    for batch in delivered.batches() {
        for record in delivered.records_of(batch) {
            let (record, _) = record?;
            let length = |field: Option<&[u8]>| field.map_or(0, <[u8]>::len);
            member.tally.came.add(length(record.key) + length(record.value));
            if let Some(line) = member.tally.line(member.last_came_ms, dates)
                && plan.detailed
            {
                terminal.line(line)?;
                terminal.flush()?;
            }
        }
    }
    Ok(member.tally.came.records - before)
}
