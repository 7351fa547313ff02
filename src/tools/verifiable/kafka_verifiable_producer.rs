//! `kafka-verifiable-producer`: sends numbers and prints what became of each, one JSON object a line.
//!
//! Options, objects and exit codes are those of Apache Kafka 3.9.1, or 4.4.0 (`VerifiableProducer`).

use super::event::{Event, class_of};
use crate::{
    access::{failure::with_hint, properties},
    block_on::block_on,
    options::{
        Argparse, Once, UsageError, argparse, argparse_command,
        renamed::{has_been_deprecated, warnings},
    },
    pace::Pace,
    terminal::Terminal,
    tool::{Call, Exit, Tool},
};
use anyhow::anyhow;
use clap::Args;
use rkafka_client::{
    ClientError, Properties,
    producer::{DeliveryReport, Producer, ProducerRecord, Reports},
};
use rkafka_runtime::{
    clock::{Clock, SystemClock},
    logging,
    shutdown::StopSignals,
};
use std::time::Duration;
use tokio::sync::mpsc;

pub const TOOL: Tool = Tool {
    name: "verifiable-producer",
    script: "kafka-verifiable-producer",
    command: argparse_command::<ProducerArgs>,
    run,
    shows: &[],
};

const PARSER: Argparse = Argparse {
    program: "verifiable-producer",
    about: "This tool produces increasing integers to the specified topic and prints JSON metadata to stdout on each \
            \"send\" request, making externally visible which messages have been acked and which have not.",
    required: &["topic"],
    one_of: &[&["bootstrap-server", "broker-list"]],
};

/// What is left at the end is sent or runs out of `delivery.timeout.ms`; this only bounds a bug.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(24 * 3600);
/// After so many messages the producer gets its turn.
const AT_ONCE: u64 = 100;

/// What can be typed.
#[derive(Debug, Args)]
#[command(about = "Send numbers and print what became of each, for tests")]
struct ProducerArgs {
    #[arg(long, value_name = "TOPIC", help = "produce messages to this topic")]
    topic: Once<String>,
    #[arg(
        long,
        value_name = "MAX-MESSAGES",
        default_value = "-1",
        help = "how many; -1 for as many as go until it is ended"
    )]
    max_messages: Once<i32>,
    #[arg(
        long,
        value_name = "THROUGHPUT",
        default_value = "-1",
        help = "messages a second, approximately; -1 for as many as possible"
    )]
    throughput: Once<i32>,
    #[arg(long, value_name = "ACKS", default_value = "-1", help = "who must have a message: 0, 1 or -1 for all")]
    acks: Once<i32>,
    #[arg(long = "producer.config", value_name = "CONFIG_FILE", help = "properties file for the producer")]
    producer_config: Once<String>,
    #[arg(long, value_name = "CONFIG_FILE", help = "today's name of --producer.config")]
    command_config: Once<String>,
    #[arg(
        long,
        value_name = "CREATETIME",
        default_value = "-1",
        help = "the first message's time, in milliseconds since 1970; -1 stands for the present"
    )]
    message_create_time: Once<i64>,
    #[arg(long, value_name = "VALUE-PREFIX", help = "a number that stands before each value, with a dot between")]
    value_prefix: Once<i32>,
    #[arg(long, value_name = "REPEATING-KEYS", help = "keys from 0 up to this number, again and again")]
    repeating_keys: Once<i32>,
    #[arg(long, value_name = "HOST1:PORT1[,HOST2:PORT2[...]]", help = "brokers to start from")]
    bootstrap_server: Once<String>,
    #[arg(long, value_name = "HOST1:PORT1[,HOST2:PORT2[...]]", help = "DEPRECATED, use --bootstrap-server")]
    broker_list: Once<String>,
}

/// What is meant.
#[derive(Debug)]
struct Plan {
    topic: String,
    /// `None` for as many as go.
    count: Option<u64>,
    throughput: i32,
    created: Option<i64>,
    prefix: Option<i32>,
    keys: Option<i32>,
    config_file: Option<String>,
    servers: String,
    acks: i32,
}

impl Plan {
    /// Understands the options.
    fn of(args: &ProducerArgs) -> Result<Plan, UsageError> {
        argparse::exclusive(&args.producer_config, &args.command_config)?;
        let acks = args.acks.value()?.unwrap_or(-1);
        if !(-1..=1).contains(&acks) {
            let text = format!("argument --acks: invalid choice: '{acks}' (choose from {{0,1,-1}})");
            return Err(UsageError::Unusable(text));
        }
        Ok(Plan {
            topic: args.topic.required()?,
            count: args.max_messages.value()?.and_then(|count| u64::try_from(count).ok()),
            throughput: args.throughput.value()?.unwrap_or(-1),
            created: args.message_create_time.value()?.filter(|time| *time != -1),
            prefix: args.value_prefix.value()?,
            keys: args.repeating_keys.value()?,
            config_file: args.command_config.value_or(&args.producer_config)?,
            servers: args.bootstrap_server.value_or(&args.broker_list)?.unwrap_or_default(),
            acks,
        })
    }

    /// The producer's properties: those of the file go before the tool's own.
    fn producer(&self, file: Properties) -> Properties {
        let own = [
            ("bootstrap.servers", self.servers.clone()),
            ("acks", self.acks.to_string()),
            // A message that is sent again might be told of twice.
            ("retries", "0".to_owned()),
        ];
        let own = own.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        properties::below(own, &file)
    }

    fn value(&self, number: u64) -> String {
        self.prefix.map_or_else(|| number.to_string(), |prefix| format!("{prefix}.{number}"))
    }

    fn key(&self, number: u64) -> Option<String> {
        let count = self.keys?;
        // A count that is never met is never begun anew.
        let count = u64::try_from(count).ok().filter(|count| *count > 0);
        Some(count.map_or(number, |count| number % count).to_string())
    }
}

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let args: ProducerArgs = match call.argparse(&PARSER, terminal)? {
        Ok(args) => args,
        Err(exit) => return Ok(exit),
    };
    let plan = match Plan::of(&args) {
        Ok(plan) => plan,
        Err(error) => return Ok(call.refuse(&PARSER, argparse::reason(&error), terminal)),
    };
    for warning in warnings(call.era(), has_been_deprecated, &[(&args.producer_config, &args.command_config)]) {
        terminal.talk(warning);
    }
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    let properties = match properties::load(plan.config_file.as_deref()) {
        Ok(file) => plan.producer(file),
        Err(error) => return Ok(call.refuse(&PARSER, format!("{error:#}"), terminal)),
    };
    block_on(produce(&plan, &properties, terminal))?
}

async fn produce(plan: &Plan, properties: &Properties, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let mut signals = StopSignals::listen()?;
    let (events, heard) = mpsc::unbounded_channel();
    let reports: Reports = Box::new(move |report| drop(events.send(report.clone())));
    let producer = Producer::new(properties, Some(reports)).await.map_err(|error| with_hint(&error))?;
    let began = SystemClock.now().0;
    let mut told = Told { plan, heard, sent: 0, acked: 0 };
    terminal.line(Event::new(began, "startup_complete").line())?;
    terminal.flush()?;
    let signal = tokio::select! {
        biased;
        signal = signals.wait() => Some(signal),
        sent = told.send_all(&producer, began, terminal) => {
            sent?;
            None
        }
    };
    let closed = producer.close(CLOSE_TIMEOUT).await;
    told.tell(terminal)?;
    if let Err(error) = closed {
        terminal.talk(&error);
    }
    let ended = SystemClock.now().0;
    terminal.line(Event::new(ended, "shutdown_complete").line())?;
    let rate = 1000.0 * (told.acked as f64 / (ended - began) as f64);
    let data = Event::new(SystemClock.now().0, "tool_data").int("sent", told.sent).int("acked", told.acked);
    terminal.line(data.int("target_throughput", plan.throughput.into()).double("avg_throughput", rate).line())?;
    Ok(signal.map_or(Exit::OK, |signal| Exit(signal.exit_code())))
}

/// Sends, and tells of what was sent.
struct Told<'a> {
    plan: &'a Plan,
    heard: mpsc::UnboundedReceiver<DeliveryReport>,
    sent: i64,
    acked: i64,
}

impl Told<'_> {
    async fn send_all(&mut self, producer: &Producer, began: i64, terminal: &mut Terminal) -> anyhow::Result<()> {
        let plan = self.plan;
        let mut pace = Pace::new(plan.throughput.into(), began);
        let mut created = plan.created;
        for number in 0..plan.count.unwrap_or(u64::MAX) {
            let now = SystemClock.now().0;
            let (key, value) = (plan.key(number), plan.value(number));
            let record = ProducerRecord {
                topic: &plan.topic,
                key: key.as_deref().map(str::as_bytes),
                value: Some(value.as_bytes()),
                timestamp: Some(created.unwrap_or(now)),
                ..ProducerRecord::default()
            };
            created = created.map(|time| time.saturating_add(now - began));
            self.sent += 1;
            if producer.try_append(&record).is_err()
                && let Err(error) = producer.append(&record).await
            {
                self.failed(key.as_deref(), &value, &error, terminal)?;
            }
            if number % AT_ONCE == 0 {
                tokio::task::yield_now().await;
            }
            self.tell(terminal)?;
            if let Some(pause) = pace.wait(number, now) {
                let until = tokio::time::Instant::now() + pause;
                while let Ok(heard) = tokio::time::timeout_at(until, self.hear(terminal)).await {
                    heard?;
                }
            }
        }
        Ok(())
    }

    /// Waits for a report and tells of it.
    async fn hear(&mut self, terminal: &mut Terminal) -> anyhow::Result<()> {
        match self.heard.recv().await {
            Some(report) => self.report(&report, terminal)?,
            None => std::future::pending().await,
        }
        Ok(terminal.flush()?)
    }

    /// Tells of what has come in.
    fn tell(&mut self, terminal: &mut Terminal) -> anyhow::Result<()> {
        let mut any = false;
        while let Ok(report) = self.heard.try_recv() {
            self.report(&report, terminal)?;
            any = true;
        }
        if any {
            terminal.flush()?;
        }
        Ok(())
    }

    fn report(&mut self, report: &DeliveryReport, terminal: &mut Terminal) -> anyhow::Result<()> {
        let mut records = Vec::new();
        let text = |bytes: Option<&[u8]>| bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        report.for_each(|record| records.push((text(record.key), text(record.value))));
        for (at, (key, value)) in records.iter().enumerate() {
            match &report.result {
                Ok(sent) => {
                    self.acked += 1;
                    let offset = if sent.offset < 0 { sent.offset } else { sent.offset + at as i64 };
                    let event = Event::new(SystemClock.now().0, "producer_send_success");
                    let event = event.text("key", key.as_deref()).text("value", value.as_deref());
                    let event = event.int("offset", offset).text("topic", Some(&report.partition.topic));
                    terminal.line(event.int("partition", report.partition.partition.into()).line())?;
                }
                Err(error) => self.failed(key.as_deref(), value.as_deref().unwrap_or_default(), error, terminal)?,
            }
        }
        Ok(())
    }

    fn failed(
        &self,
        key: Option<&str>,
        value: &str,
        error: &ClientError,
        terminal: &mut Terminal,
    ) -> anyhow::Result<()> {
        let event = Event::new(SystemClock.now().0, "producer_send_error").text("topic", Some(&self.plan.topic));
        let event = event.text("key", key).text("value", Some(value)).text("exception", Some(&class_of(error)));
        terminal.line(event.text("message", Some(&error.to_string())).line())?;
        Ok(terminal.flush()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(line: &str) -> Result<Plan, String> {
        Plan::of(&PARSER.typed(line)?).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_sent() {
        let sent = plan("--topic t --broker-list a:1 --value-prefix 7 --repeating-keys 2 --max-messages 3").unwrap();
        assert_eq!((sent.count, sent.value(5), sent.key(5)), (Some(3), "7.5".into(), Some("1".into())));
        let file = Properties::from([("acks".to_owned(), "1".to_owned())]);
        let all: Vec<String> = sent.producer(file).iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(all, ["acks=1", "bootstrap.servers=a:1", "retries=0"]);
        let sent = plan("--topic t --bootstrap-server a:1 --repeating-keys 0 --message-create-time 9").unwrap();
        assert_eq!((sent.count, sent.created, sent.key(5)), (None, Some(9), Some("5".into())));
    }

    #[test]
    fn refusals() {
        let error = |line: &str| plan(line).unwrap_err();
        assert_eq!(error("--topic t"), "one of the arguments --bootstrap-server --broker-list is required");
        assert_eq!(error("--broker-list a:1"), "argument --topic is required");
        let acks = error("--topic t --broker-list a:1 --acks 2");
        assert_eq!(acks, "argument --acks: invalid choice: '2' (choose from {0,1,-1})");
        let both = error("--topic t --broker-list a:1 --command-config a --producer.config b");
        assert_eq!(both, "Options --producer.config and --command-config are mutually exclusive.");
    }
}
