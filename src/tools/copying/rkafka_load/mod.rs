//! `rkafka load`: the topics of a file into a cluster.

mod args;
mod input;

use super::{
    facts::{GroupFacts, TopicFacts},
    naming::{Naming, Taken},
    place::Place,
    saved::{
        Entry, SavedRecord,
        reader::{Next, Reader},
    },
    sink::{Begin, CopiedRecord, Sink, SinkOptions, headers},
};
use crate::{
    block_on::block_on,
    options::clap_command,
    terminal::{
        Terminal,
        live::Live,
        output::{Field, Format, Shape},
    },
    tool::{Call, Exit, Tool},
};
use anyhow::{Context, anyhow, bail, ensure};
use args::LoadArgs;
use bytes::Bytes;
use input::Came;
use rkafka_base::TopicPartition;
use rkafka_client::producer::partition_of_key;
use rkafka_protocol::record::{Batch, MAX_DECOMPRESSED};
use rkafka_runtime::logging;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};
use tokio::sync::mpsc;

pub const TOOL: Tool = Tool { name: "load", script: "load", command: clap_command::<LoadArgs>, run, shows: &[&SHOWN] };

const SHOWN: Shape<3> = Shape::single(
    "load",
    [
        Field::integer("records", "How many records were written."),
        Field::integer("alreadyThere", "How many more an earlier load had written without noting it."),
        Field::boolean("whole", "Whether the file ends as it should."),
    ],
);

/// How long the target may be away.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long the end may take when everything is written.
const CLOSE: Duration = Duration::from_secs(30);
/// The most offsets of groups that a file may bring.
const MAX_GROUP_OFFSETS: usize = 5_000_000;

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let args: LoadArgs = match call.clap(terminal) {
        Ok(args) => args,
        Err(exit) => return Ok(exit),
    };
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    let place = Place::only(args.bootstrap_server.as_deref(), args.command_config.as_deref())?;
    let (input, length) = input::open(&args.file)?;
    let name = if args.file == "-" { "standard input" } else { &args.file };
    let live = terminal.live();
    let Some(reader) = Reader::open(input).with_context(|| name.to_owned())? else {
        bail!("{name} is empty");
    };
    let loaded = block_on(load(&args, place, input::entries(reader)?, (&live, length)))?;
    drop(live);
    let loaded = loaded.with_context(|| name.to_owned())?;
    for partition in &loaded.shared {
        terminal
            .talk(format_args!("somebody else has written to {partition} meanwhile; order is kept among ours only"));
    }
    let mut exit = Exit::OK;
    for error in &loaded.groups_failed {
        terminal.talk(format_args!("{error:#}"));
        exit = Exit::FAILED;
    }
    if !loaded.is_whole {
        terminal.talk(format_args!("{name} is not whole: whoever saved it was stopped; what is in it has been loaded"));
        exit = Exit::FAILED;
    }
    let (written, known) = loaded.counts;
    if terminal.format() != Format::Text {
        terminal.show(&SHOWN, [[written.into(), known.into(), loaded.is_whole.into()]])?;
        return Ok(exit);
    }
    let known = if known == 0 { String::new() } else { format!(", {known} more were there already") };
    terminal.talk(format_args!("loaded {written} records{known}"));
    Ok(exit)
}

/// What has been loaded.
struct Loaded {
    counts: (u64, u64),
    groups_failed: Vec<anyhow::Error>,
    shared: Vec<TopicPartition>,
    /// The file ends as it should.
    is_whole: bool,
}

/// A file on its way into a cluster.
struct Loader<'a> {
    args: &'a LoadArgs,
    naming: Naming,
    sink: Sink,
    begin: Begin,
    taken: Taken,
    /// Partition counts by the name in the target.
    topics: HashMap<String, i32>,
    /// Where records that have no offset of their own stand.
    offsets: BTreeMap<TopicPartition, i64>,
    /// Which partition gets the next record without key and partition.
    turn: i32,
    /// The last that the file says of each group.
    groups: BTreeMap<String, GroupFacts>,
    group_offsets: usize,
}

/// `live` comes with how long the file is, if that is known.
async fn load(
    args: &LoadArgs,
    place: Place,
    mut entries: mpsc::Receiver<Came>,
    (live, length): (&Live, Option<u64>),
) -> anyhow::Result<Loaded> {
    let (mut next, _) = entries.recv().await.unwrap_or(Ok((Next::Over, 0)))?;
    let head = match &next {
        Next::Entry(Entry::Head(head)) => Some(head.clone()),
        _ => None,
    };
    ensure!(
        !args.resume || head.is_some(),
        "it does not say what it is, as files of 'save' do, so nobody knows how far it was loaded: --resume is not possible"
    );
    let options = SinkOptions {
        place,
        compression: args.compression.clone(),
        replication_factor: args.replication_factor,
        group: head.as_ref().map(|head| format!("rkafka-load-{}", head.id)),
        transactional_id: None,
        patience: PATIENCE,
    };
    let mut loader = Loader {
        args,
        naming: Naming { renames: args.rename.clone(), prefix: String::new() },
        sink: Sink::open(options).await?,
        begin: Begin::typed(args.resume, args.append),
        taken: Taken::default(),
        topics: HashMap::new(),
        offsets: BTreeMap::new(),
        turn: 0,
        groups: BTreeMap::new(),
        group_offsets: 0,
    };
    length.into_iter().for_each(|length| live.expect(length));
    // What people write has no end.
    let mut is_whole = head.is_none();
    while let Next::Entry(entry) = next {
        if let Entry::Head(found) = &entry {
            ensure!(head.as_ref() == Some(found), "several files were joined: load them one by one");
        }
        is_whole = head.is_none() || matches!(entry, Entry::End);
        loader.take(entry).await?;
        let (came, whole) = entries.recv().await.context("nobody reads the file any more")??;
        live.reach(whole);
        live.say("loading");
        next = came;
    }
    is_whole &= !matches!(next, Next::Torn);
    loader.sink.finish().await?;
    let groups_failed = loader.commit_groups().await;
    let (counts, shared) = (loader.sink.counts(), loader.sink.shared().cloned().collect());
    loader.sink.close(CLOSE).await?;
    Ok(Loaded { counts, groups_failed, shared, is_whole })
}

impl Loader<'_> {
    async fn take(&mut self, entry: Entry) -> anyhow::Result<()> {
        match entry {
            Entry::Head(_) | Entry::End => {}
            Entry::Topic(facts) => self.topic(facts).await?,
            Entry::Group(group) => {
                self.group_offsets += group.offsets.len();
                if self.group_offsets > MAX_GROUP_OFFSETS {
                    bail!("it has more than {MAX_GROUP_OFFSETS} offsets of groups");
                }
                self.groups.insert(group.group.clone(), group);
            }
            Entry::Reached(reached) => {
                let partition = TopicPartition::new(self.naming.of(&reached.topic).as_str(), reached.partition);
                self.sink.see(&partition, reached.next);
            }
            Entry::Batch { topic, partition, from, batch } => self.batch((&topic, partition), from, &batch).await?,
            Entry::Record(record) => self.record(*record).await?,
        }
        self.sink.go_on().await
    }

    async fn topic(&mut self, mut facts: TopicFacts) -> anyhow::Result<()> {
        let copy = self.naming.of(&facts.name);
        self.taken.take(&facts.name, &copy)?;
        facts.name = copy;
        self.sink.make(&facts).await?;
        self.sink.begin(&[(facts.clone(), HashMap::new())], self.begin).await?;
        let count = self.topics.entry(facts.name).or_insert(0);
        *count = facts.partitions.max(*count);
        Ok(())
    }

    async fn batch(&mut self, (topic, partition): (&str, i32), from: i64, batch: &Bytes) -> anyhow::Result<()> {
        let to = TopicPartition::new(self.naming.of(topic).as_str(), partition);
        let place = || format!("{topic}-{partition}");
        let known =
            self.sink.next(&to).with_context(|| format!("records of {topic}-{partition} before their topic"))?;
        let batch = Batch::parse(batch).with_context(place)?;
        let from = from.max(known);
        if batch.header.next_offset().0 <= from {
            return Ok(());
        }
        let open = batch.open(MAX_DECOMPRESSED).with_context(place)?;
        for record in open.records() {
            let record = record.with_context(place)?;
            if record.offset.0 >= from {
                self.sink.put(&to, &CopiedRecord::of(&record, &headers(&record))).await?;
            }
        }
        Ok(())
    }

    async fn record(&mut self, record: SavedRecord) -> anyhow::Result<()> {
        let topic = record.topic.as_deref().or(self.args.topic.as_deref());
        let name = self.naming.of(topic.context("a record without a topic: say --topic")?);
        let count = self.partitions_of(&name).await?;
        let partition = match (record.partition, &record.key) {
            (Some(partition), _) => partition,
            (None, Some(key)) => partition_of_key(key, count),
            (None, None) => {
                self.turn = (self.turn + 1) % count;
                self.turn
            }
        };
        if !(0..count).contains(&partition) {
            bail!("there is no partition {partition} of topic {name}, which has {count}");
        }
        let to = TopicPartition::new(Arc::<str>::from(name), partition);
        let next = self.offsets.entry(to.clone()).or_insert(0);
        let offset = record.offset.unwrap_or(*next);
        *next = offset + 1;
        if self.args.resume && self.sink.next(&to).is_some_and(|known| offset < known) {
            return Ok(());
        }
        let copied = CopiedRecord {
            offset,
            timestamp: record.timestamp.unwrap_or(-1),
            key: record.key.as_deref(),
            value: record.value.as_deref(),
            headers: &record.headers,
        };
        self.sink.put(&to, &copied).await
    }

    /// How many partitions a topic of the target has, which the file need not have told of.
    async fn partitions_of(&mut self, name: &str) -> anyhow::Result<i32> {
        if let Some(count) = self.topics.get(name) {
            return Ok(*count);
        }
        let partitions = self.sink.partitions_of(name).await?;
        let facts = TopicFacts {
            name: name.to_owned(),
            id: String::new(),
            partitions,
            replication_factor: -1,
            configs: BTreeMap::new(),
        };
        self.sink.begin(&[(facts.clone(), HashMap::new())], self.begin).await?;
        self.topics.insert(name.to_owned(), partitions);
        Ok(partitions)
    }

    async fn commit_groups(&self) -> Vec<anyhow::Error> {
        let mut failed = Vec::new();
        for group in self.groups.values().filter(|_| !self.args.no_groups) {
            failed.extend(self.sink.commit(group, |topic| self.naming.of(topic)).await.err());
        }
        failed
    }
}
