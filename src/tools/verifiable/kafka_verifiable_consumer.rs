//! `kafka-verifiable-consumer`: consumes in a group and prints what happens, one JSON object a line.
//!
//! Options, objects and exit codes are those of Apache Kafka 3.9.1, or 4.4.0 (`VerifiableConsumer`), with 4.4's
//! `--close-timeout`. An object tells of the records of one partition; Kafka's may tell of several at once.

use super::event::Event;
use crate::{
    access::{failure::with_hint, properties},
    block_on::block_on,
    era::Era,
    options::{
        Argparse, Flag, Once, Opt, UsageError, argparse, argparse_command,
        renamed::{has_been_deprecated, warnings},
    },
    terminal::Terminal,
    tool::{Call, Exit, Tool},
};
use anyhow::anyhow;
use clap::{ArgAction::SetTrue, Args};
use rkafka_base::TopicPartition;
use rkafka_client::{
    ClientError, Properties,
    consumer::{Consumer, Fetched},
};
use rkafka_runtime::{
    clock::{Clock, SystemClock},
    logging,
    shutdown::StopSignals,
};
use std::time::Duration;

pub const TOOL: Tool = Tool {
    name: "verifiable-consumer",
    script: "kafka-verifiable-consumer",
    command: argparse_command::<ConsumerArgs>,
    run,
    shows: &[],
};

const PARSER: Argparse = Argparse {
    program: "verifiable-consumer",
    about: "This tool consumes messages from a specific topic and emits consumer events (e.g. group rebalances, received \
            messages, and offsets committed) as JSON objects to STDOUT.",
    required: &["topic", "group-id"],
    one_of: &[&["bootstrap-server", "broker-list"]],
};

/// The logger of Kafka's own tool.
const LOGGER: &str = "org.apache.kafka.tools.VerifiableConsumer";
/// How long one look for records takes, at the most.
const POLL: Duration = Duration::from_secs(1);
/// How many records are told of at once, as Kafka's consumer hands them out (`max.poll.records`).
const MAX_POLL_RECORDS: usize = 500;

/// What can be typed.
#[derive(Debug, Args)]
#[command(about = "Consume in a group and print what happens, for tests")]
struct ConsumerArgs {
    #[arg(long, value_name = "TOPIC", help = "consume messages of this topic")]
    topic: Once<String>,
    #[arg(
        long,
        value_name = "GROUP_PROTOCOL",
        default_value = "classic",
        help = "the group's protocol: classic or consumer"
    )]
    group_protocol: Once<String>,
    #[arg(long, value_name = "GROUP_REMOTE_ASSIGNOR", help = "the brokers' assignor, with the protocol consumer")]
    group_remote_assignor: Once<String>,
    #[arg(long, value_name = "GROUP_ID", help = "the group to consume in")]
    group_id: Once<String>,
    #[arg(long, value_name = "GROUP_INSTANCE_ID", help = "the name of a static member")]
    group_instance_id: Once<String>,
    #[arg(long, value_name = "MAX-MESSAGES", default_value = "-1", help = "how many; -1 for all until it is ended")]
    max_messages: Once<i32>,
    #[arg(
        long,
        value_name = "TIMEOUT_MS",
        default_value = "30000",
        help = "after how long without a word the member is gone"
    )]
    session_timeout: Once<i32>,
    #[arg(long, action = SetTrue, help = "tell of each record")]
    verbose: Flag,
    #[arg(long, action = SetTrue, help = "let the consumer commit offsets, now and then")]
    enable_autocommit: Flag,
    #[arg(
        long,
        value_name = "RESETPOLICY",
        default_value = "earliest",
        help = "where to begin: earliest, latest, or none"
    )]
    reset_policy: Once<String>,
    #[arg(
        long,
        value_name = "ASSIGNMENTSTRATEGY",
        default_value = "org.apache.kafka.clients.consumer.RangeAssignor",
        help = "how the members share partitions, with the protocol classic"
    )]
    assignment_strategy: Once<String>,
    #[arg(long = "consumer.config", value_name = "CONFIG_FILE", help = "properties file for the consumer")]
    consumer_config: Once<String>,
    #[arg(long, value_name = "CONFIG_FILE", help = "today's name of --consumer.config")]
    command_config: Once<String>,
    #[arg(
        long,
        value_name = "CLOSE_TIMEOUT_MS",
        default_value = "30000",
        help = "how long leaving the group may take, in milliseconds"
    )]
    close_timeout: Once<i64>,
    #[arg(long, value_name = "HOST1:PORT1[,HOST2:PORT2[...]]", help = "brokers to start from")]
    bootstrap_server: Once<String>,
    #[arg(long, value_name = "HOST1:PORT1[,HOST2:PORT2[...]]", help = "DEPRECATED, use --bootstrap-server")]
    broker_list: Once<String>,
}

/// What is meant.
#[derive(Debug)]
struct Plan {
    topic: String,
    /// `None` for all.
    count: Option<usize>,
    verbose: bool,
    auto_commit: bool,
    close_timeout: Duration,
    config_file: Option<String>,
    own: Properties,
}

impl Plan {
    /// Understands the options.
    fn of(args: &ConsumerArgs, era: Era) -> Result<Plan, UsageError> {
        argparse::exclusive(&args.consumer_config, &args.command_config)?;
        let protocol = args.group_protocol.value()?.unwrap_or_default();
        // In 3.9 whatever is not consumer is classic.
        let is_known = ["classic", "consumer"].iter().any(|known| protocol.eq_ignore_ascii_case(known));
        if era == Era::V4_4 && !is_known {
            return Err(UsageError::Unusable(format!(
                "--group-protocol {protocol} is not one of classic and consumer"
            )));
        }
        let mut own = Properties::new();
        let mut set = |key: &str, value: Option<String>| {
            if let Some(value) = value {
                own.insert(key.to_owned(), value);
            }
        };
        if protocol.eq_ignore_ascii_case("consumer") {
            set("group.protocol", Some(protocol));
            set("group.remote.assignor", args.group_remote_assignor.value()?);
        } else {
            set("partition.assignment.strategy", args.assignment_strategy.value()?);
        }
        let auto_commit = args.enable_autocommit.is_given();
        set("group.id", args.group_id.value()?);
        set("group.instance.id", args.group_instance_id.value()?);
        set("bootstrap.servers", args.bootstrap_server.value_or(&args.broker_list)?);
        set("enable.auto.commit", Some(auto_commit.to_string()));
        set("auto.offset.reset", args.reset_policy.value()?);
        set("session.timeout.ms", args.session_timeout.value()?.map(|timeout| timeout.to_string()));
        let close_timeout = args.close_timeout.value()?.unwrap_or_default();
        Ok(Plan {
            topic: args.topic.required()?,
            count: args.max_messages.value()?.and_then(|count| usize::try_from(count).ok()),
            verbose: args.verbose.is_given(),
            auto_commit,
            close_timeout: Duration::from_millis(u64::try_from(close_timeout).unwrap_or(0)),
            config_file: args.command_config.value_or(&args.consumer_config)?,
            own,
        })
    }
}

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let args: ConsumerArgs = match call.argparse(&PARSER, terminal)? {
        Ok(args) => args,
        Err(exit) => return Ok(exit),
    };
    let plan = match Plan::of(&args, call.era()) {
        Ok(plan) => plan,
        Err(error) => return Ok(call.refuse(&PARSER, argparse::reason(&error), terminal)),
    };
    for warning in warnings(call.era(), has_been_deprecated, &[(&args.consumer_config, &args.command_config)]) {
        terminal.talk(warning);
    }
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    let properties = match properties::load(plan.config_file.as_deref()) {
        Ok(file) => properties::below(file, &plan.own),
        Err(error) => return Ok(call.refuse(&PARSER, format!("{error:#}"), terminal)),
    };
    block_on(consume(&plan, &properties, call.era(), terminal))?
}

async fn consume(plan: &Plan, properties: &Properties, era: Era, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let mut signals = StopSignals::listen()?;
    let mut consumer = Consumer::new(properties).await.map_err(|error| with_hint(&error))?;
    let mut teller = Teller { plan, terminal, consumed: 0, assigned: Vec::new() };
    teller.tell(Teller::event("startup_complete"))?;
    let signal = tokio::select! {
        biased;
        signal = signals.wait() => Some(signal),
        consumed = teller.consume(&mut consumer) => {
            if let Err(error) = consumed {
                if error.downcast_ref::<std::io::Error>().is_some() {
                    return Err(error);
                }
                log::error!(target: LOGGER, "Error during processing, terminating consumer process: {error:#}");
            }
            None
        }
    };
    match tokio::time::timeout(plan.close_timeout, consumer.close()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => log::warn!(target: LOGGER, "The consumer could not be closed in order: {error}"),
        Err(_) => log::warn!(target: LOGGER, "The consumer did not leave its group in time"),
    }
    teller.reassigned(Vec::new(), true)?;
    teller.tell(Teller::event("shutdown_complete"))?;
    if era == Era::V4_4 {
        teller.tell(Teller::event("shutdown_requested"))?;
    }
    Ok(signal.map_or(Exit::OK, |signal| Exit(signal.exit_code())))
}

/// Tells what happens.
struct Teller<'a> {
    plan: &'a Plan,
    terminal: &'a mut Terminal,
    consumed: usize,
    assigned: Vec<TopicPartition>,
}

impl Teller<'_> {
    fn event(name: &str) -> Event {
        Event::new(SystemClock.now().0, name)
    }

    fn tell(&mut self, event: Event) -> anyhow::Result<()> {
        self.terminal.line(event.line())?;
        Ok(self.terminal.flush()?)
    }

    fn is_finished(&self) -> bool {
        self.plan.count.is_some_and(|count| self.consumed >= count)
    }

    async fn consume(&mut self, consumer: &mut Consumer) -> anyhow::Result<()> {
        consumer.subscribe(&[self.plan.topic.as_str().into()])?;
        while !self.is_finished() {
            let fetched = consumer.poll(POLL).await.map_err(|error| with_hint(&error))?;
            self.reassigned(consumer.assignment(), false)?;
            let Some(fetched) = fetched else { continue };
            self.records(fetched, consumer).await?;
        }
        Ok(())
    }

    /// Tells what partitions went and came.
    fn reassigned(&mut self, now: Vec<TopicPartition>, closed: bool) -> anyhow::Result<()> {
        if now == self.assigned {
            return Ok(());
        }
        let before = std::mem::replace(&mut self.assigned, now.clone());
        let listed = |partitions: Vec<TopicPartition>| partitions.into_iter().map(|partition| (partition, Vec::new()));
        if !before.is_empty() {
            self.tell(Teller::event("partitions_revoked").partitions("partitions", listed(before)))?;
        }
        if !closed {
            self.tell(Teller::event("partitions_assigned").partitions("partitions", listed(now)))?;
        }
        Ok(())
    }

    /// Tells of the records of a fetch, and commits them.
    async fn records(&mut self, mut fetched: Fetched, consumer: &mut Consumer) -> anyhow::Result<()> {
        let partition = fetched.partition.clone();
        let mut chunk = Vec::with_capacity(MAX_POLL_RECORDS);
        while let Some(batch) = fetched.next_batch() {
            let batch = batch?;
            for record in batch.records() {
                let record = record?;
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                let (key, value) = if self.plan.verbose { (record.key, record.value) } else { (None, None) };
                chunk.push((record.offset.0, key.map(text), value.map(text)));
                if chunk.len() == MAX_POLL_RECORDS {
                    self.chunk(&partition, std::mem::take(&mut chunk), consumer).await?;
                    if self.is_finished() {
                        return Ok(());
                    }
                }
            }
        }
        if !chunk.is_empty() {
            self.chunk(&partition, chunk, consumer).await?;
        }
        Ok(())
    }

    async fn chunk(
        &mut self,
        partition: &TopicPartition,
        records: Vec<(i64, Option<String>, Option<String>)>,
        consumer: &mut Consumer,
    ) -> anyhow::Result<()> {
        let wanted = self.plan.count.map_or(usize::MAX, |count| count.saturating_sub(self.consumed));
        let told = &records[..records.len().min(wanted)];
        let (Some((first, ..)), Some((last, ..))) = (told.first(), told.last()) else { return Ok(()) };
        if self.plan.verbose {
            for (offset, key, value) in told {
                let event = Teller::event("record_data").text("key", key.as_deref()).text("value", value.as_deref());
                let event = event.text("topic", Some(&partition.topic)).int("partition", partition.partition.into());
                self.terminal.line(event.int("offset", *offset).line())?;
            }
        }
        self.consumed += told.len();
        let summary = vec![("count", told.len() as i64), ("minOffset", *first), ("maxOffset", *last)];
        let event = Teller::event("records_consumed").int("count", records.len() as i64);
        self.tell(event.partitions("partitions", [(partition.clone(), summary)]))?;
        if self.plan.auto_commit {
            return Ok(());
        }
        let next = last + 1;
        let committed = consumer.commit_offsets(&[(partition.clone(), next)]).await;
        self.committed(partition, next, committed.as_ref().err())
    }

    fn committed(&mut self, partition: &TopicPartition, next: i64, error: Option<&ClientError>) -> anyhow::Result<()> {
        let event = Teller::event("offsets_committed");
        let event = event.partitions("offsets", [(partition.clone(), vec![("offset", next)])]);
        let event = match error {
            Some(error) => event.text("error", Some(&error.to_string())),
            None => event,
        };
        self.tell(event.flag("success", error.is_none()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(line: &str) -> Result<Plan, String> {
        Plan::of(&PARSER.typed(line)?, Era::V3_9).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_consumed() {
        let own = |line: &str| {
            let plan = plan(&format!("--topic t --group-id g --bootstrap-server a:1 {line}")).unwrap();
            plan.own.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            own(""),
            "auto.offset.reset=earliest bootstrap.servers=a:1 enable.auto.commit=false group.id=g \
             partition.assignment.strategy=org.apache.kafka.clients.consumer.RangeAssignor session.timeout.ms=30000"
        );
        let new = own("--group-protocol consumer --group-remote-assignor uniform --enable-autocommit");
        assert!(
            new.contains("enable.auto.commit=true group.id=g group.protocol=consumer group.remote.assignor=uniform")
        );
        assert!(!new.contains("partition.assignment.strategy"));
        assert_eq!(plan("--topic t --group-id g --broker-list a:1").unwrap().count, None);
    }

    #[test]
    fn refusals() {
        let error = |line: &str| plan(line).unwrap_err();
        assert_eq!(error("--topic t --broker-list a:1"), "argument --group-id is required");
        assert!(
            error("--topic t --group-id g --broker-list a:1 --command-config a --consumer.config b")
                .contains("mutually exclusive")
        );
    }
}
