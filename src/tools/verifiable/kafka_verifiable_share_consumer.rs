//! `kafka-verifiable-share-consumer`: consumes in a share group and prints what happens, one JSON object a line.
//!
//! Options, objects and exit codes are those of Apache Kafka 4.4.0 (`VerifiableShareConsumer`); 3.9 has no such tool. An
//! object tells of the records of one partition; Kafka's may tell of several at once.

use super::event::Event;
use crate::{
    access::{admin, failure::with_hint, properties},
    block_on::block_on,
    options::{Argparse, Flag, Once, Opt, UsageError, argparse, argparse_command},
    terminal::Terminal,
    tool::{Call, Exit, Tool},
};
use anyhow::anyhow;
use clap::{ArgAction::SetTrue, Args};
use rkafka_base::TopicPartition;
use rkafka_client::{
    Admin, Properties, ShareConsumer,
    admin::{ConfigOperation, ConfigResource, ResourceKind},
    share_consumer::{AckType, Delivered, Outcome},
};
use rkafka_runtime::{
    clock::{Clock, SystemClock},
    logging,
    shutdown::StopSignals,
};
use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

pub const TOOL: Tool = Tool {
    name: "verifiable-share-consumer",
    script: "kafka-verifiable-share-consumer",
    command: argparse_command::<ShareConsumerArgs>,
    run,
    shows: &[],
};

const PARSER: Argparse = Argparse {
    program: "verifiable-share-consumer",
    about: "This tool creates a share group and consumes messages from a specific topic and emits share consumer events (e.g. \
            share consumer startup, received messages, and offsets acknowledged) as JSON objects to STDOUT.",
    required: &["bootstrap-server", "topic", "group-id"],
    one_of: &[],
};

/// The logger of Kafka's own tool.
const LOGGER: &str = "org.apache.kafka.tools.VerifiableShareConsumer";
/// How long one look for records takes, at the most.
const POLL: Duration = Duration::from_secs(5);
/// How long a synchronous acknowledgement may take.
const COMMIT_TIMEOUT: Duration = Duration::from_secs(60);
/// How long acknowledging and leaving the group may take at the end.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(30);
/// Where a group begins when it has no offsets, as a configuration of the group.
const OFFSET_RESET: &str = "share.auto.offset.reset";

/// What can be typed.
#[derive(Debug, Args)]
#[command(about = "Consume in a share group and print what happens, for tests")]
struct ShareConsumerArgs {
    #[arg(long, value_name = "HOST1:PORT1[,HOST2:PORT2[...]]", help = "brokers to start from")]
    bootstrap_server: Once<String>,
    #[arg(long, value_name = "TOPIC", help = "consume messages of this topic")]
    topic: Once<String>,
    #[arg(long, value_name = "GROUP-ID", help = "the share group to consume in")]
    group_id: Once<String>,
    #[arg(long, value_name = "MAX-MESSAGES", default_value = "-1", help = "how many; -1 for all until it is ended")]
    max_messages: Once<i32>,
    #[arg(long, action = SetTrue, help = "tell of each record")]
    verbose: Flag,
    #[arg(
        long,
        value_name = "ACKNOWLEDGEMENT-MODE",
        default_value = "auto",
        help = "when records are acknowledged: auto, sync or async"
    )]
    acknowledgement_mode: Once<String>,
    #[arg(
        long,
        value_name = "ACK-PATTERN",
        help = "accept, release, reject or renew, with commas between: what becomes of records, by their offsets in turn; one \
                that is renewed comes once more, and the pattern goes on for it"
    )]
    ack_pattern: Once<String>,
    #[arg(
        long,
        value_name = "OFFSET-RESET-STRATEGY",
        help = "where the group is to begin: earliest or latest; a configuration of the group, which stays"
    )]
    offset_reset_strategy: Once<String>,
    #[arg(long, value_name = "CONFIG-FILE", help = "properties file for the consumer")]
    command_config: Once<String>,
}

/// When records are acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// By the next poll.
    Auto,
    Sync,
    Async,
}

/// What is meant.
#[derive(Debug)]
struct Plan {
    topic: String,
    group: String,
    servers: String,
    /// `None` for all.
    count: Option<usize>,
    verbose: bool,
    mode: Mode,
    /// What becomes of records, by their offsets in turn; empty: they are accepted.
    pattern: Vec<AckType>,
    offset_reset: Option<String>,
    config_file: Option<String>,
    own: Properties,
}

impl Plan {
    /// Understands the options.
    fn of(args: &ShareConsumerArgs) -> Result<Plan, UsageError> {
        let mode = mode(&args.acknowledgement_mode.value()?.unwrap_or_default())?;
        let pattern = pattern(args.ack_pattern.text()?.unwrap_or_default())?;
        if !pattern.is_empty() && mode == Mode::Auto {
            let text = "--ack-pattern requires --acknowledgement-mode to be 'sync' or 'async', not 'auto'";
            return Err(UsageError::Unusable(text.to_owned()));
        }
        let (group, servers) = (args.group_id.required()?, args.bootstrap_server.required()?);
        let mut own = Properties::from([
            ("group.id".to_owned(), group.clone()),
            ("bootstrap.servers".to_owned(), servers.clone()),
        ]);
        if !pattern.is_empty() {
            own.insert("share.acknowledgement.mode".to_owned(), "explicit".to_owned());
        }
        Ok(Plan {
            topic: args.topic.required()?,
            group,
            servers,
            count: args.max_messages.value()?.and_then(|count| usize::try_from(count).ok()),
            verbose: args.verbose.is_given(),
            mode,
            pattern,
            offset_reset: offset_reset(args.offset_reset_strategy.text()?.unwrap_or_default())?,
            config_file: args.command_config.value()?,
            own,
        })
    }
}

fn mode(text: &str) -> Result<Mode, UsageError> {
    let modes = [("auto", Mode::Auto), ("sync", Mode::Sync), ("async", Mode::Async)];
    let known = modes.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
    let unknown = || UsageError::Unusable(format!("--acknowledgement-mode {text} is not one of auto, sync and async"));
    known.map(|(_, mode)| *mode).ok_or_else(unknown)
}

fn pattern(text: &str) -> Result<Vec<AckType>, UsageError> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let types = [
        ("accept", AckType::Accept),
        ("release", AckType::Release),
        ("reject", AckType::Reject),
        ("renew", AckType::Renew),
    ];
    let one = |word: &str| {
        let word = word.trim();
        let known = types.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
        known.map(|(_, ack)| *ack).ok_or_else(|| {
            UsageError::Unusable(format!(
                "--ack-pattern {text}: '{word}' is not one of accept, release, reject and renew"
            ))
        })
    };
    let pattern: Vec<AckType> = text.split(',').map(one).collect::<Result<_, _>>()?;
    if pattern.iter().all(|ack| *ack == AckType::Renew) {
        let text = "--ack-pattern must contain at least one non-RENEW type; a pattern of only 'renew' would re-deliver every \
                    record indefinitely without ever resolving it";
        return Err(UsageError::Unusable(text.to_owned()));
    }
    Ok(pattern)
}

/// `earliest` or `latest`, in any case.
fn offset_reset(text: &str) -> Result<Option<String>, UsageError> {
    let text = text.to_lowercase();
    match text.as_str() {
        "" => Ok(None),
        "earliest" | "latest" => Ok(Some(text)),
        other => {
            let text = format!("--offset-reset-strategy {other} is not one of earliest and latest");
            Err(UsageError::Unusable(text))
        }
    }
}

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let args: ShareConsumerArgs = match call.argparse(&PARSER, terminal)? {
        Ok(args) => args,
        Err(exit) => return Ok(exit),
    };
    let plan = match Plan::of(&args) {
        Ok(plan) => plan,
        Err(error) => return Ok(call.refuse(&PARSER, argparse::reason(&error), terminal)),
    };
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    let properties = match properties::load(plan.config_file.as_deref()) {
        Ok(file) => properties::below(file, &plan.own),
        Err(error) => return Ok(call.refuse(&PARSER, format!("{error:#}"), terminal)),
    };
    block_on(consume(&plan, &properties, terminal))?
}

async fn consume(plan: &Plan, properties: &Properties, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let mut signals = StopSignals::listen()?;
    let mut consumer = ShareConsumer::new(properties).await.map_err(|error| with_hint(&error))?;
    let mut teller = Teller { plan, terminal, acknowledged: 0, types: HashMap::new(), places: HashMap::new() };
    teller.tell(Teller::event("startup_complete"))?;
    let signal = tokio::select! {
        biased;
        signal = signals.wait() => Some(signal),
        consumed = teller.consume(&mut consumer) => {
            if let Err(error) = consumed {
                if error.downcast_ref::<std::io::Error>().is_some() {
                    return Err(error);
                }
                log::error!(target: LOGGER, "Error during processing, terminating share consumer process: {error:#}");
            }
            None
        }
    };
    if signal.is_some() {
        teller.tell(Teller::event("shutdown_requested"))?;
    }
    if let Err(error) = consumer.close(CLOSE_TIMEOUT).await {
        log::warn!(target: LOGGER, "The consumer could not be closed in order: {error}");
    }
    teller.acknowledged(&mut consumer)?;
    teller.tell(Teller::event("shutdown_complete"))?;
    if signal.is_none() {
        // Kafka's tool is asked to end by its own end, too.
        teller.tell(Teller::event("shutdown_requested"))?;
    }
    Ok(signal.map_or(Exit::OK, |signal| Exit(signal.exit_code())))
}

/// Tells what happens.
struct Teller<'a> {
    plan: &'a Plan,
    terminal: &'a mut Terminal,
    acknowledged: usize,
    /// How records were acknowledged of which no outcome is known yet; with `--ack-pattern` only.
    types: HashMap<(TopicPartition, i64), AckType>,
    /// Where the pattern goes on for records that are handed out once more.
    places: HashMap<(TopicPartition, i64), usize>,
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
        self.plan.count.is_some_and(|count| self.acknowledged >= count)
    }

    async fn consume(&mut self, consumer: &mut ShareConsumer) -> anyhow::Result<()> {
        if let Some(strategy) = &self.plan.offset_reset {
            let admin = admin::open(self.plan.config_file.as_deref(), &self.plan.servers).await?;
            set_offset_reset(&admin, &self.plan.group, strategy).await?;
            self.tell(Teller::event("offset_reset_strategy_set").text("offsetResetStrategy", Some(strategy)))?;
        }
        consumer.subscribe(&[self.plan.topic.as_str().into()]);
        while !self.is_finished() {
            let delivered = consumer.poll(POLL).await.map_err(|error| with_hint(&error))?;
            self.acknowledged(consumer)?;
            let Some(delivered) = delivered else { continue };
            self.records(&delivered, consumer)?;
            match self.plan.mode {
                Mode::Auto => {}
                Mode::Async => consumer.commit_async().map_err(|error| with_hint(&error))?,
                Mode::Sync => {
                    consumer.commit(COMMIT_TIMEOUT).await.map_err(|error| with_hint(&error))?;
                    self.acknowledged(consumer)?;
                }
            }
        }
        Ok(())
    }

    /// Tells of the records of one partition, and says what becomes of them if there is a pattern.
    fn records(&mut self, delivered: &Delivered, consumer: &mut ShareConsumer) -> anyhow::Result<()> {
        let partition = &delivered.partition;
        for batch in delivered.batches().iter().filter(|_| self.plan.verbose) {
            for record in delivered.records_of(batch) {
                let (record, _) = record?;
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                let (key, value) = (record.key.map(text), record.value.map(text));
                let event = Teller::event("record_data").text("key", key.as_deref()).text("value", value.as_deref());
                let event = event.text("topic", Some(&partition.topic)).int("partition", partition.partition.into());
                self.terminal.line(event.int("offset", record.offset.0).line())?;
            }
        }
        let offsets: Vec<i64> = delivered.offsets().iter().copied().collect();
        for offset in offsets.iter().filter(|_| !self.plan.pattern.is_empty()) {
            let record = (partition.clone(), *offset);
            let place = self.places.remove(&record).unwrap_or_else(|| first_place(&self.plan.pattern, *offset));
            let ack = self.plan.pattern.get(place).copied().unwrap_or(AckType::Accept);
            consumer.acknowledge(partition, *offset, ack)?;
            if ack == AckType::Renew {
                self.places.insert(record.clone(), (place + 1) % self.plan.pattern.len());
            }
            self.types.insert(record, ack);
        }
        let event = Teller::event("records_consumed").int("count", offsets.len() as i64);
        self.tell(event.offsets("partitions", [(partition, offsets.as_slice())]))
    }

    /// Tells what came of acknowledgements.
    fn acknowledged(&mut self, consumer: &mut ShareConsumer) -> anyhow::Result<()> {
        for Outcome { partition, offsets, error } in consumer.outcomes() {
            let event = Teller::event("offsets_acknowledged").int("count", offsets.len() as i64);
            let event = event.offsets("partitions", [(&partition, offsets.as_slice())]);
            let event = event.flag("success", error.is_none());
            // Whatever came of them, their types are not needed any more.
            let counts = (!self.plan.pattern.is_empty()).then(|| self.counts(&partition, &offsets));
            let event = match (&error, counts) {
                (Some(error), _) => event.text("error", Some(&error.to_string())),
                (None, None) => event,
                (None, Some(counts)) => event.numbers("ackTypeCounts", counts),
            };
            self.acknowledged += if error.is_none() { offsets.len() } else { 0 };
            self.tell(event)?;
        }
        Ok(())
    }

    /// How many of these offsets were acknowledged in which way, by Kafka's names.
    fn counts(&mut self, partition: &TopicPartition, offsets: &[i64]) -> BTreeMap<&'static str, i64> {
        let mut counts = BTreeMap::new();
        for offset in offsets {
            let name = match self.types.remove(&(partition.clone(), *offset)) {
                Some(AckType::Accept) => "ACCEPT",
                Some(AckType::Release) => "RELEASE",
                Some(AckType::Reject) => "REJECT",
                Some(AckType::Renew) => "RENEW",
                Some(AckType::Gap) | None => continue,
            };
            *counts.entry(name).or_default() += 1;
        }
        counts
    }
}

/// Where the pattern begins for the record at an offset. It is not empty.
fn first_place(pattern: &[AckType], offset: i64) -> usize {
    usize::try_from(offset).unwrap_or_default() % pattern.len().max(1)
}

async fn set_offset_reset(admin: &Admin, group: &str, strategy: &str) -> anyhow::Result<()> {
    let resource = ConfigResource { kind: ResourceKind::Group, name: group.to_owned() };
    let change = (OFFSET_RESET.to_owned(), ConfigOperation::Set, Some(strategy.to_owned()));
    for result in admin.incremental_alter_configs(&[(resource, vec![change])], false).await? {
        result.map_err(|error| with_hint(&error))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(line: &str) -> Result<Plan, String> {
        Plan::of(&PARSER.typed(line)?).map_err(|error| error.to_string())
    }

    const WHAT: &str = "--topic t --group-id g --bootstrap-server a:1";

    #[test]
    fn what_is_consumed() {
        let auto = plan(WHAT).unwrap();
        assert_eq!((auto.mode, auto.count, auto.offset_reset), (Mode::Auto, None, None));
        assert!(!auto.own.contains_key("share.acknowledgement.mode"));
        let other =
            format!("{WHAT} --acknowledgement-mode SYNC --ack-pattern accept,Reject --offset-reset-strategy Latest");
        let other = plan(&other).unwrap();
        assert_eq!((other.mode, other.offset_reset.as_deref()), (Mode::Sync, Some("latest")));
        assert_eq!(other.own["share.acknowledgement.mode"], "explicit");
        assert_eq!(other.pattern, [AckType::Accept, AckType::Reject]);
        assert_eq!([0, 1, 2].map(|offset| first_place(&other.pattern, offset)), [0, 1, 0]);
    }

    #[test]
    fn refusals() {
        let error = |line: &str| plan(&format!("{WHAT} {line}")).unwrap_err();
        let text = "--ack-pattern requires --acknowledgement-mode to be 'sync' or 'async', not 'auto'";
        assert_eq!(error("--ack-pattern accept"), text);
        assert!(error("--acknowledgement-mode sync --ack-pattern foo").contains("'foo' is not one of"));
        assert!(error("--acknowledgement-mode sync --ack-pattern renew,renew").contains("at least one non-RENEW type"));
        assert!(error("--acknowledgement-mode never").contains("not one of auto, sync and async"));
        assert!(error("--offset-reset-strategy none").contains("not one of earliest and latest"));
        assert_eq!(plan("--topic t --bootstrap-server a:1").unwrap_err(), "argument --group-id is required");
    }
}
