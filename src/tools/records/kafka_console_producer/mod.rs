//! `kafka-console-producer`: lines from standard input to a topic, one message each.
//!
//! Options, reader properties, texts and exit codes are those of Apache Kafka 3.9.1, or 4.4.0. At a terminal lines can be edited and
//! recalled; in a pipe the tool is a filter that reads, splits and appends on one thread and sends on another. Messages
//! that could not be delivered are logged one by one, as Kafka does, and counted at the end.

mod args;
mod feeder;
mod input;
mod line_reader;
mod lines;
mod plan;
mod screen;

use crate::{
    access::properties,
    block_on::block_on,
    options::{UsageError, kafka_command},
    schemas::{encoder::Encoder, schema_args::RegistryEnvironment},
    terminal::Terminal,
    tool::{Call, Exit, Tool},
};
use anyhow::anyhow;
use args::ProducerArgs;
use feeder::{Fed, Feeder, Tally};
use input::Input;
use line_reader::LineReader;
use plan::Plan;
use rkafka_client::{
    ClientError, Properties,
    producer::{Producer, Reports},
};
use rkafka_runtime::{
    logging,
    shutdown::{StopSignal, StopSignals},
};
use screen::ModeAtStart;
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::sync::oneshot;

pub const TOOL: Tool = Tool {
    name: "console-producer",
    script: "kafka-console-producer",
    command: kafka_command::<ProducerArgs>,
    run,
    shows: &[],
};

/// The line above the table of options.
const INTRODUCTION: &str = "This tool helps to read data from standard input and publish it to Kafka.";
/// The logger of Kafka's own tool.
const LOGGER: &str = "kafka.tools.ConsoleProducer";
/// How long what was typed may take to be sent after a signal.
const FLUSH_AFTER_SIGNAL: Duration = Duration::from_secs(1);
/// What is left at the end is sent or runs out of `delivery.timeout.ms`; this only bounds a bug.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(24 * 3600);

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let (args, asked) = call.typed::<ProducerArgs>().map_err(UsageError::with_table)?;
    plan::check_brokers_given(&args, asked, call.era())?;
    if let Some(exit) = call.help_or_version(asked, INTRODUCTION, terminal)? {
        return Ok(exit);
    }
    let plan = Plan::of(&args, call.era(), &RegistryEnvironment::read())?;
    for notice in &plan.notices {
        terminal.talk(notice);
    }
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    let producer = plan.producer(properties::load(plan.producer_config.as_deref())?);
    let reader = plan.reader(properties::load_alone(plan.reader_config.as_deref())?);
    let reader = LineReader::configure(&reader).map_err(|error| anyhow!(error))?;
    block_on(produce(plan, &producer, reader, terminal))?
}

async fn produce(
    plan: Plan,
    properties: &Properties,
    reader: LineReader,
    terminal: &mut Terminal,
) -> anyhow::Result<Exit> {
    let mut signals = StopSignals::listen()?;
    let tally = Arc::new(Tally::default());
    let producer = Producer::new(properties, Some(reports(tally.clone()))).await;
    let producer = Arc::new(producer.map_err(|error| feeder::with_hint(&error))?);
    let encoder = tokio::select! {
        biased;
        signal = signals.wait() => return Ok(Exit(signal.exit_code())),
        encoder = Encoder::open(&plan.schemas, &plan.topic) => encoder?,
    };
    let _screen = ModeAtStart::keep();
    let feeder = Feeder {
        producer: producer.clone(),
        runtime: tokio::runtime::Handle::current(),
        topic: plan.topic,
        reader,
        encoder,
        sync: plan.sync,
        tally: tally.clone(),
        hinted: false,
    };
    let fed = feed(feeder, Input::open(terminal))?;
    let fed = tokio::select! {
        biased;
        signal = signals.wait() => return Ok(interrupted(&producer, signal).await),
        fed = fed => fed.unwrap_or_else(|_| Err(anyhow!("the thread that reads standard input ended")))
    };
    if matches!(fed, Ok(Fed::Interrupted)) {
        return Ok(interrupted(&producer, StopSignal::Interrupt).await);
    }
    let closed = match Arc::try_unwrap(producer) {
        Ok(producer) => tokio::select! {
            biased;
            signal = signals.wait() => return Ok(Exit(signal.exit_code())),
            closed = producer.close(CLOSE_TIMEOUT) => closed,
        },
        Err(_) => Ok(()),
    };
    report(&tally, terminal);
    fed?;
    closed?;
    Ok(Exit::OK)
}

/// Starts the thread that reads standard input. It is not waited for: it may be stuck in a read.
fn feed(feeder: Feeder, input: Input) -> anyhow::Result<oneshot::Receiver<anyhow::Result<Fed>>> {
    let (done, ended) = oneshot::channel();
    std::thread::Builder::new().name("stdin".into()).spawn(move || {
        // The feeder is gone, and with it its hold on the producer, before anybody hears of the end.
        let fed = feeder.run(input);
        let _ = done.send(fed);
    })?;
    Ok(ended)
}

/// Sends what was typed so far, if that is quick.
async fn interrupted(producer: &Producer, signal: StopSignal) -> Exit {
    let _ = tokio::time::timeout(FLUSH_AFTER_SIGNAL, producer.flush()).await;
    Exit(signal.exit_code())
}

fn reports(tally: Arc<Tally>) -> Reports {
    Box::new(move |report| {
        let Err(error) = &report.result else { return };
        tally.failed.fetch_add(u64::from(report.count.unsigned_abs()), Ordering::Relaxed);
        log_all(report, error);
    })
}

fn log_all(report: &rkafka_client::producer::DeliveryReport, error: &ClientError) {
    report.for_each(|record| feeder::log_failure(&report.partition.topic, record.key, record.value, error));
}

fn report(tally: &Tally, terminal: &mut Terminal) {
    let (read, failed) = (tally.read.load(Ordering::Relaxed), tally.failed.load(Ordering::Relaxed));
    if failed > 0 {
        terminal.note_failure();
        terminal.talk(format_args!("{failed} of {read} messages were not delivered"));
    }
}
