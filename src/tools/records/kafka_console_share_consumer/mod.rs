//! `kafka-console-share-consumer`: a topic's messages, one a line, on standard output, read as a member of a share group
//! (KIP-932).
//!
//! Texts and exit codes are those of Apache Kafka 4.4.0 (`ConsoleShareConsumer`); 3.9 has no such tool. A message is
//! acknowledged when it has been handed to standard output; what was not goes to other members.

mod args;
mod plan;
mod session;

use crate::{
    access::properties,
    block_on::block_on,
    era::Era,
    options::{UsageError, kafka_command},
    terminal::{Terminal, closed_output::closed_output, output::Format},
    tool::{Call, Exit, Tool},
    tools::records::kafka_console_consumer::{
        formatter::{self, Formatter},
        output::Output,
    },
};
use anyhow::anyhow;
use args::ShareConsumerArgs;
use plan::Plan;
use rkafka_client::{ClientError, Properties, ShareConsumer};
use rkafka_runtime::{
    logging,
    shutdown::{StopSignal, StopSignals},
};
use session::{ConsumerLoop, Ended};
use std::{pin::pin, time::Duration};

pub const TOOL: Tool = Tool {
    name: "console-share-consumer",
    script: "kafka-console-share-consumer",
    command: kafka_command::<ShareConsumerArgs>,
    run,
    shows: &[&formatter::DELIVERED],
};

/// The line above the table of options.
const INTRODUCTION: &str =
    "This tool helps to read data from Kafka topics using share groups and outputs it to standard output.";
/// The logger of Kafka's own tool.
const LOGGER: &str = "org.apache.kafka.tools.consumer.ConsoleShareConsumer";
const UNKNOWN_ERROR: &str = "Unknown error when running consumer: ";
/// How long acknowledging and leaving the group may take, at an orderly end and after a signal.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(30);
const CLOSE_TIMEOUT_AFTER_SIGNAL: Duration = Duration::from_secs(2);
/// How long standard output may take what is left, after a signal and otherwise.
const DRAIN_AFTER_SIGNAL: Duration = Duration::from_secs(1);
const DRAIN: Duration = Duration::from_secs(7 * 24 * 3600);

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let (args, asked) = call.typed::<ShareConsumerArgs>().map_err(UsageError::with_table)?;
    if let Some(exit) = call.help_or_version(asked, INTRODUCTION, terminal)? {
        return Ok(exit);
    }
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    let plan = match Plan::of(&args) {
        Ok(plan) => plan,
        // Kafka's tool meets these when it is at work.
        Err(wrong @ (UsageError::Unparsable { .. } | UsageError::Multiple(_))) => {
            log::error!(target: LOGGER, "{UNKNOWN_ERROR}{wrong}");
            return Ok(Exit::FAILED);
        }
        Err(wrong) => return Err(wrong.into()),
    };
    for notice in &plan.notices {
        terminal.talk(notice);
    }
    let consumer = plan.consumer(&properties::load(plan.consumer_config.as_deref())?)?;
    let set = plan.formatter(properties::load(plan.formatter_config.as_deref())?);
    let chosen = Formatter::choose(&plan.formatter_class, &set, Era::V4_4).map_err(UsageError::Rule)?;
    for warning in &chosen.warnings {
        terminal.talk(warning);
    }
    let formatter = match terminal.format() {
        Format::Text => chosen.formatter,
        format => {
            let rows = chosen.formatter.for_programs_that_share(format);
            rows.map_err(|reason| UsageError::Unusable(reason.to_owned()))?
        }
    };
    block_on(consume(&plan, &consumer, formatter, terminal))?
}

async fn consume(
    plan: &Plan,
    properties: &Properties,
    formatter: Formatter,
    terminal: &mut Terminal,
) -> anyhow::Result<Exit> {
    let mut signals = StopSignals::listen()?;
    let closed = pin!(closed_output());
    let mut consumer = tokio::select! {
        biased;
        signal = signals.wait() => return Ok(Exit(signal.exit_code())),
        consumer = ShareConsumer::new(properties) => match consumer {
            Ok(consumer) => consumer,
            Err(error) => {
                log::error!(target: LOGGER, "{UNKNOWN_ERROR}{}", explained(&error));
                return Ok(Exit::FAILED);
            }
        },
    };
    consumer.subscribe(&[plan.topic.as_str().into()]);
    let mut session = ConsumerLoop::new(plan, formatter, Output::start()?);
    let (ended, signal) = tokio::select! {
        biased;
        signal = signals.wait() => (None, Some(signal)),
        () = closed => (Some(Ended::Closed), None),
        ended = session.run(&mut consumer) => (Some(ended), None),
    };
    finish(session, consumer, ended, signal, terminal).await
}

/// Shows what is left, acknowledges it, leaves the group, and says how it ended.
async fn finish(
    mut session: ConsumerLoop<'_>,
    mut consumer: ShareConsumer,
    ended: Option<Ended>,
    signal: Option<StopSignal>,
    terminal: &mut Terminal,
) -> anyhow::Result<Exit> {
    let drain = if signal.is_some() { DRAIN_AFTER_SIGNAL } else { DRAIN };
    session.end();
    // Standard output may be the very thing that does not move.
    let handed_over = tokio::time::timeout(drain, session.hand_over(&mut consumer)).await;
    let closed = !matches!(handed_over, Ok(true)) | !session.output.close(drain).await;
    let wrong = match &ended {
        Some(Ended::Message(error)) if signal.is_none() => Some(error.clone()),
        _ => None,
    };
    let exit = verdict(ended, signal, closed, terminal);
    let patience = if signal.is_some() { CLOSE_TIMEOUT_AFTER_SIGNAL } else { CLOSE_TIMEOUT };
    match tokio::time::timeout(patience, consumer.close(patience)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => log::warn!(target: LOGGER, "The consumer could not be closed in order: {error}"),
        Err(_) => log::warn!(target: LOGGER, "The consumer did not leave its group in time"),
    }
    let failed = consumer.outcomes().into_iter().filter_map(|outcome| Some((outcome.partition, outcome.error?)));
    for (partition, error) in failed {
        let text = "Messages were not acknowledged, and may be delivered again";
        log::warn!(target: LOGGER, "{text}: {partition}: {error}");
        terminal.note_failure();
    }
    terminal.talk(format_args!("Processed a total of {} messages", session.count));
    // Kafka's tool tells of it when it has counted.
    if let Some(error) = wrong {
        log::error!(target: LOGGER, "{UNKNOWN_ERROR}{error}");
    }
    if session.plan.systest_events {
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
        Some(Ended::Message(_)) => return Exit::FAILED,
        Some(Ended::Poll(error)) => {
            log::error!(target: LOGGER, "{TERMINATING}{}", explained(&error));
            terminal.note_failure();
            // Kafka's tool ends with 0 whatever happened; a peer that is no broker is the user's mistake.
            return if matches!(error, ClientError::NotKafka { .. }) { Exit::FAILED } else { Exit::OK };
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

fn explained(error: &ClientError) -> String {
    let hint = error.hint().map(|hint| format!(". {hint}")).unwrap_or_default();
    format!("{error}{hint}")
}
