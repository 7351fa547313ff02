//! `rkafka mirror`: topics from one cluster to another, as long as it runs.

mod args;

use super::{
    choice::Choice,
    facts::TopicFacts,
    naming::Naming,
    sink::{Begin, Sink, SinkOptions},
    source::{Source, partitions},
};
use crate::{
    access::failure::with_hint,
    block_on::block_on,
    options::clap_command,
    terminal::{Terminal, live::Live},
    tool::{Call, Exit, Tool},
};
use anyhow::{Context, anyhow, ensure};
use args::MirrorArgs;
use rkafka_base::TopicPartition;
use rkafka_client::Consumer;
use rkafka_runtime::{logging, shutdown::StopSignals};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

pub const TOOL: Tool = Tool { name: "mirror", script: "mirror", command: clap_command::<MirrorArgs>, run, shows: &[] };

const LOGGER: &str = "rkafka.mirror";
/// How long the target may be away: as long as it takes.
const PATIENCE: Duration = Duration::from_millis(i32::MAX as u64);
/// How long one look for records lasts.
const POLL: Duration = Duration::from_millis(500);
/// How long what is under way may take at the end.
const LAST: Duration = Duration::from_secs(10);

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let args: MirrorArgs = match call.clap(terminal) {
        Ok(args) => args,
        Err(exit) => return Ok(exit),
    };
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    let (topics, groups) = (Choice::new(&args.topics)?, Choice::new(&args.groups)?);
    let live = terminal.live();
    block_on(async {
        let mut signals = StopSignals::listen()?;
        let mut mirror = tokio::select! {
            biased;
            signal = signals.wait() => return Ok(Exit(signal.exit_code())),
            mirror = Mirror::open(args, topics, groups) => mirror?,
        };
        let ended = tokio::select! {
            biased;
            signal = signals.wait() => Ok(Exit(signal.exit_code())),
            failed = mirror.run(&live) => failed.map(|never| match never {}),
        };
        drop(live);
        let exit = match ended {
            Ok(exit) => exit,
            Err(error) => return Err(mirror.sink.give_up(error).await),
        };
        let finished = tokio::time::timeout(LAST, mirror.sink.finish()).await;
        if !matches!(finished, Ok(Ok(()))) {
            log::warn!(target: LOGGER, "What was under way was not written within {} s: it is compared and written at the \
                next start", LAST.as_secs());
        }
        Ok(exit)
    })?
}

/// Nothing: what has no end gives none.
enum Never {}

/// Two clusters, and what is copied between them.
struct Mirror {
    args: MirrorArgs,
    naming: Naming,
    topics: Choice,
    groups: Choice,
    source: Source,
    sink: Sink,
    consumer: Consumer,
    /// What is read now.
    read: BTreeSet<TopicPartition>,
    /// The topics of the source, as they were looked at last.
    known: Vec<TopicFacts>,
}

impl Mirror {
    async fn open(args: MirrorArgs, topics: Choice, groups: Choice) -> anyhow::Result<Mirror> {
        let naming = Naming { renames: Vec::new(), prefix: args.prefix.clone() };
        let (from, to) = args.clusters.places()?;
        let source = Source::open(&from).await?;
        let cluster = source.cluster_id().await?;
        let there = Source::open(&to).await?.cluster_id().await?;
        ensure!(
            cluster.is_empty() || cluster != there,
            "both servers belong to the cluster {cluster}, which would be copied onto itself"
        );
        let wanted = format!("rkafka-mirror-{cluster}/{}/{}", args.prefix, args.topics.join("|"));
        let options = SinkOptions {
            place: to,
            compression: args.compression.clone(),
            replication_factor: args.replication_factor,
            group: Some(format!("rkafka-mirror-{cluster}")),
            transactional_id: Some(wanted).filter(|_| args.exactly_once),
            patience: PATIENCE,
        };
        let sink = Sink::open(options).await?;
        let consumer = source.consumer().await?;
        let (read, known) = (BTreeSet::new(), Vec::new());
        let mut mirror = Mirror { args, naming, topics, groups, source, sink, consumer, read, known };
        mirror.look_for_topics().await?;
        Ok(mirror)
    }

    /// Copies until something fails that does not pass.
    async fn run(&mut self, live: &Live) -> anyhow::Result<Never> {
        let mut looked = Instant::now();
        loop {
            if self.read.is_empty() {
                tokio::time::sleep(POLL).await;
            } else if let Some(fetched) = self.consumer.poll(POLL).await.map_err(|error| with_hint(&error))? {
                let to = self.naming.of_partition(&fetched.partition);
                self.sink.put_all(&to, fetched).await?;
            }
            self.sink.take_in()?;
            // What cannot be stored or looked at now can be later, but for a transaction; records wait for nothing of it.
            if let Err(error) = self.sink.store_if_due().await {
                if self.sink.is_exactly_once() {
                    return Err(error);
                }
                log::warn!(target: LOGGER, "{error:#}; it is tried again");
            }
            if looked.elapsed() >= self.args.every {
                // What follows may take longer than a transaction may be open.
                if self.sink.is_exactly_once() {
                    self.sink.finish().await?;
                }
                if let Err(error) = self.look_for_topics().await {
                    log::warn!(target: LOGGER, "looking for topics: {error:#}; it is tried again");
                }
                if let Err(error) = self.carry_groups().await {
                    log::warn!(target: LOGGER, "carrying over what groups have committed: {error:#}; it is tried again");
                }
                looked = Instant::now();
            }
            let (written, known) = self.sink.counts();
            live.say(&format!(
                "{} partitions of {} topics: {} records copied, {} to come",
                self.read.len(),
                self.known.len(),
                written + known,
                self.left()
            ));
        }
    }

    /// How many records of the source have not been read.
    fn left(&self) -> i64 {
        let left = |partition| {
            let (end, next) = (self.consumer.high_watermark(partition)?, self.consumer.position(partition)?);
            Some(end.saturating_sub(next).max(0))
        };
        self.read.iter().filter_map(left).sum()
    }

    /// Takes in topics and partitions that have come, and lets go of those that have gone.
    async fn look_for_topics(&mut self) -> anyhow::Result<()> {
        let found = self.source.topics(&self.topics, false).await?;
        if found == self.known && !self.read.is_empty() {
            return Ok(());
        }
        let all: BTreeSet<TopicPartition> = found.iter().flat_map(partitions).collect();
        let fresh: Vec<TopicFacts> =
            found.iter().filter(|topic| partitions(topic).any(|tp| !self.read.contains(&tp))).cloned().collect();
        let bounds = self.source.bounds(&fresh).await?;
        let mut copies = Vec::new();
        for topic in &fresh {
            let copy = TopicFacts { name: self.naming.of(&topic.name), ..topic.clone() };
            let of_topic = bounds.iter().filter(|(tp, _)| *tp.topic == topic.name);
            let starts = of_topic.map(|(tp, bounds)| (tp.partition, bounds.start)).collect();
            self.sink.make(&copy).await?;
            copies.push((copy, starts));
        }
        self.sink.begin(&copies, Begin::Either).await?;
        self.consumer.assign(&all.iter().cloned().collect::<Vec<_>>());
        for (partition, bounds) in bounds.iter().filter(|(tp, _)| !self.read.contains(tp)) {
            let to = self.naming.of_partition(partition);
            let next = self.sink.next(&to).with_context(|| format!("{to} was not begun"))?;
            // Made anew, it has less than was copied of the old one.
            let next = if next > bounds.end { bounds.start } else { next.max(bounds.start) };
            self.consumer.seek(partition, next)?;
        }
        (self.read, self.known) = (all, found);
        Ok(())
    }

    async fn carry_groups(&mut self) -> anyhow::Result<()> {
        let names = self.known.iter().map(|topic| topic.name.clone()).collect();
        let mut last = BTreeMap::new();
        for group in self.source.groups(&self.groups, &names).await? {
            if let Err(error) = self.sink.commit(&group, |topic| self.naming.of(topic)).await {
                last.insert(group.group, error);
            }
        }
        match last.pop_first() {
            Some((_, error)) => Err(error),
            None => Ok(()),
        }
    }
}
