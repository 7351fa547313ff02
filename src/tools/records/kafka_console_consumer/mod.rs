//! `kafka-console-consumer`: a topic's messages, one a line, on standard output.
//!
//! Texts, order and exit codes are those of Apache Kafka 3.9.1, or 4.4.0: values on stdout, `Processed a total of N messages` on
//! stderr at every orderly end, 0 after `--timeout-ms`, 130 and 143 after SIGINT and SIGTERM. `--zookeeper`, as scripts from
//! before 2.0 have it, finds the brokers in ZooKeeper.

mod args;
mod bounds;
pub(in crate::tools::records) mod formatter;
pub(in crate::tools::records) mod output;
mod own_args;
mod plan;
mod range;
mod session;
mod start;
mod tail;

use crate::{
    access::{brokers_in_zookeeper, properties},
    block_on::block_on,
    era::Era,
    options::{UsageError, kafka_command},
    schemas::{decoder::Decoder, schema_args::RegistryEnvironment},
    terminal::{Terminal, closed_output::closed_output, output::Format},
    tool::{Call, Exit, Tool},
};
use anyhow::anyhow;
use args::ConsumerArgs;
use formatter::{Formatter, LineFormat};
use output::Output;
use plan::Plan;
use rkafka_client::{ClientError, Properties, consumer::Consumer};
use rkafka_runtime::{
    clock::{Clock, SystemClock},
    logging,
    shutdown::{StopSignal, StopSignals},
};
use session::{ConsumerLoop, Ended, Rules, Showing};
use start::Started;
use std::{pin::pin, time::Duration};

pub const TOOL: Tool = Tool {
    name: "console-consumer",
    script: "kafka-console-consumer",
    command: kafka_command::<ConsumerArgs>,
    run,
    shows: &[&formatter::RECORDS],
};

/// The line above the table of options.
const INTRODUCTION: &str = "This tool helps to read data from Kafka topics and outputs it to standard output.";
/// The logger of Kafka's own tool.
const LOGGER: &str = "org.apache.kafka.tools.consumer.ConsoleConsumer";
/// How long leaving the group may take, at an orderly end and after a signal.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(30);
const CLOSE_TIMEOUT_AFTER_SIGNAL: Duration = Duration::from_secs(2);
/// How long standard output may take what is left, after a signal and otherwise.
const DRAIN_AFTER_SIGNAL: Duration = Duration::from_secs(1);
const DRAIN: Duration = Duration::from_secs(7 * 24 * 3600);

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let (args, asked) = call.typed::<ConsumerArgs>().map_err(UsageError::with_table)?;
    if let Some(exit) = call.help_or_version(asked, INTRODUCTION, terminal)? {
        return Ok(exit);
    }
    let now_ms = SystemClock.now().0;
    let plan = Plan::of(&args, call.era(), now_ms, &RegistryEnvironment::read())?;
    for notice in &plan.notices {
        terminal.talk(notice);
    }
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    let consumer_file = properties::load(plan.consumer_config.as_deref())?;
    let formatter_file = properties::load_alone(plan.formatter_config.as_deref())?;
    // Before anything is asked of a cluster, everything that was typed is looked at.
    plan.consumer(&consumer_file, "")?;
    let filter = plan.filter(now_ms)?;
    let decoder = Decoder::open(&plan.schemas)?;
    let formatter = formatter(&plan, formatter_file, call.era(), terminal)?;
    block_on(consume(&plan, consumer_file, Showing { formatter, filter, decoder }, terminal))?
}

/// What shows the messages. Says what is to be said about the choice.
fn formatter(plan: &Plan, file: Properties, era: Era, terminal: &mut Terminal) -> Result<Formatter, UsageError> {
    let properties = plan.formatter(file);
    let formatter = match &plan.format {
        Some(format) => LineFormat::parse(format, &properties).map(Formatter::Line).map_err(UsageError::Unusable)?,
        None => {
            let chosen = Formatter::choose(&plan.formatter_class, &properties, era).map_err(UsageError::Rule)?;
            for warning in &chosen.warnings {
                terminal.talk(warning);
            }
            chosen.formatter
        }
    };
    match terminal.format() {
        Format::Text => Ok(formatter),
        format => formatter.for_programs(format).map_err(|reason| UsageError::Unusable(reason.to_owned())),
    }
}

async fn consume(
    plan: &Plan,
    consumer_file: Properties,
    showing: Showing,
    terminal: &mut Terminal,
) -> anyhow::Result<Exit> {
    let mut signals = StopSignals::listen()?;
    let mut closed = pin!(closed_output());
    let begun = tokio::select! {
        biased;
        signal = signals.wait() => return Ok(Exit(signal.exit_code())),
        () = &mut closed => {
            let exit = verdict(Some(Ended::Closed), None, true, terminal);
            report(0, plan, terminal)?;
            return Ok(exit);
        }
        begun = begin(plan, consumer_file) => begun?,
    };
    let Started { mut consumer, bounds, tail } = match begun {
        Ok(started) => started,
        Err(error) => return Ok(failed(&error)),
    };
    let rules = match rules(plan) {
        Ok(rules) => rules,
        Err(error) => {
            log::error!(target: LOGGER, "Unknown error when running consumer: {error}");
            report(0, plan, terminal)?;
            return Ok(Exit::FAILED);
        }
    };
    let mut session = ConsumerLoop::new(showing, rules, bounds, Output::start()?);
    let (ended, signal) = tokio::select! {
        biased;
        signal = signals.wait() => (None, Some(signal)),
        () = closed => (Some(Ended::Closed), None),
        ended = session.run(&mut consumer, &plan.source, tail) => (Some(ended), None),
    };
    finish(session, consumer, ended, signal, plan, terminal).await
}

/// A consumer of what the options name.
async fn begin(plan: &Plan, consumer_file: Properties) -> anyhow::Result<Result<Started, ClientError>> {
    let servers = match (&plan.bootstrap_servers, &plan.zookeeper) {
        (Some(servers), _) => servers.clone(),
        (None, zookeeper) => brokers_in_zookeeper::find(zookeeper.as_deref().unwrap_or_default()).await?,
    };
    let properties = plan.consumer(&consumer_file, &servers)?;
    Ok(start::start(&properties, &plan.source, plan.range.as_ref()).await)
}

/// The numbers that Kafka's tool looks at when the consumer is there already.
fn rules(plan: &Plan) -> Result<Rules, UsageError> {
    let max_messages = plan.max_messages.clone()?;
    Ok(Rules {
        // −1 stands for "no limit"; with other negative numbers Kafka's tool ends at once.
        max_messages: max_messages.filter(|max| *max != -1).map(|max| u64::try_from(max).unwrap_or(0)),
        timeout: plan.timeout_ms.and_then(|ms| u64::try_from(ms).ok()).map(Duration::from_millis),
        skip_on_error: plan.skip_on_error,
    })
}

fn failed(error: &ClientError) -> Exit {
    let hint = error.hint().map(|hint| format!(". {hint}")).unwrap_or_default();
    log::error!(target: LOGGER, "Unknown error when running consumer: {error}{hint}");
    Exit::FAILED
}

/// Shows what is left, leaves the group, and says how it ended.
async fn finish(
    mut session: ConsumerLoop,
    mut consumer: Consumer,
    ended: Option<Ended>,
    signal: Option<StopSignal>,
    plan: &Plan,
    terminal: &mut Terminal,
) -> anyhow::Result<Exit> {
    session.waiting.extend_from_slice(session.showing.formatter.foot().as_bytes());
    let drain = if signal.is_some() { DRAIN_AFTER_SIGNAL } else { DRAIN };
    // Standard output may be the very thing that does not move.
    let handed_over = tokio::time::timeout(drain, session.output.write(&mut session.waiting)).await;
    let closed = !matches!(handed_over, Ok(true)) | !session.output.close(drain).await;
    // That nothing more came is no failure; that nobody could be reached is one.
    let unreached = |error: &ClientError| matches!(error, ClientError::Connect { .. }) || error.is_hopeless();
    if consumer.assignment().is_empty() && consumer.last_failure().is_some_and(unreached) {
        terminal.note_failure();
    }
    let exit = verdict(ended, signal, closed, terminal);
    if let Some((partition, offset)) = &session.resume {
        // Not assigned any more: then there is nothing to commit for it.
        let _ = consumer.seek(partition, *offset);
    }
    let patience = if signal.is_some() { CLOSE_TIMEOUT_AFTER_SIGNAL } else { CLOSE_TIMEOUT };
    if let Ok(Err(error)) = tokio::time::timeout(patience, consumer.close()).await {
        log::warn!(target: LOGGER, "The consumer could not be closed in order: {error}");
    }
    report(session.count, plan, terminal)?;
    if plan.systest_events {
        terminal.say("shutdown_complete")?;
    }
    Ok(exit)
}

fn verdict(ended: Option<Ended>, signal: Option<StopSignal>, closed: bool, terminal: &mut Terminal) -> Exit {
    const TERMINATING: &str = "Error processing message, terminating consumer process: ";
    if let Some(signal) = signal {
        return Exit(signal.exit_code());
    }
    match ended {
        Some(Ended::Message(error)) => {
            log::error!(target: LOGGER, "Unknown error when running consumer: {error}");
            return Exit::FAILED;
        }
        Some(Ended::Poll(error)) => {
            let hint = error.hint().map(|hint| format!(". {hint}")).unwrap_or_default();
            log::error!(target: LOGGER, "{TERMINATING}{error}{hint}");
            terminal.note_failure();
            // Kafka's tool ends with 0 whatever happened; a peer that is no broker is the user's mistake.
            return if error.is_hopeless() { Exit::FAILED } else { Exit::OK };
        }
        Some(Ended::TimedOut) => {
            log::error!(target: LOGGER, "{TERMINATING}");
            terminal.talk("org.apache.kafka.common.errors.TimeoutException");
        }
        Some(Ended::Closed) => terminal.talk("Unable to write to standard out, closing consumer."),
        Some(Ended::Reached) | None if closed => terminal.talk("Unable to write to standard out, closing consumer."),
        Some(Ended::Reached) | None => {}
    }
    Exit::OK
}

fn report(count: u64, plan: &Plan, terminal: &mut Terminal) -> anyhow::Result<()> {
    if plan.speaks_as_0_8() {
        terminal.talk(format_args!("Consumed {count} messages"));
    } else {
        terminal.talk(format_args!("Processed a total of {count} messages"));
    }
    Ok(())
}
