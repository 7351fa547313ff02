//! `rkafka save`: topics into a file.

mod args;
mod kept;

use super::{
    choice::Choice,
    facts::{Head, Reached, TopicFacts},
    place::Place,
    saved::{FileFormat, writer::Writer},
    source::{Bounds, Source},
};
use crate::{
    block_on::{block_on, block_on_for_reader},
    options::clap_command,
    terminal::{
        Terminal,
        live::Live,
        output::{Field, Format, Shape},
    },
    tool::{Call, Exit, Tool},
};
use anyhow::{Context, bail, ensure};
use args::SaveArgs;
use kept::Kept;
use rkafka_base::TopicPartition;
use rkafka_runtime::random;
use std::{
    collections::{BTreeMap, HashMap},
    fs::{File, OpenOptions},
    io::{self, BufWriter, ErrorKind, Write},
    path::Path,
};

pub const TOOL: Tool = Tool { name: "save", script: "save", command: clap_command::<SaveArgs>, run, shows: &[&SHOWN] };

/// Not shown when the file itself goes to standard output.
const SHOWN: Shape<3> = Shape::single(
    "save",
    [
        Field::integer("topics", "How many topics were saved."),
        Field::integer("partitions", "How many partitions they have."),
        Field::integer("records", "How many records this call has added to the file."),
    ],
);

/// How many bytes are gathered before they are written.
const BUFFER: usize = 1 << 20;

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let args: SaveArgs = match call.clap(terminal) {
        Ok(args) => args,
        Err(exit) => return Ok(exit),
    };
    let topics = Choice::new(&args.topics)?;
    let groups = Choice::new(&args.groups)?;
    let place = Place::only(args.bootstrap_server.as_deref(), args.command_config.as_deref())?;
    let live = terminal.live();
    let saved = if args.is_for_pipe() {
        ensure!(!args.resume, "--resume wants a file: what has gone through a pipe cannot be gone on with");
        let begun = Begun::new(args.format());
        let out = BufWriter::with_capacity(BUFFER, terminal.data());
        block_on_for_reader(save(&args, &place, (&topics, &groups), begun, out, &live))?
    } else {
        let (begun, file) = open(&args)?;
        let mut out = BufWriter::with_capacity(BUFFER, file);
        let saved = block_on(save(&args, &place, (&topics, &groups), begun, &mut out, &live))?;
        let synced = out.into_inner().map_err(io::IntoInnerError::into_error).and_then(|target| target.file.sync_all());
        let saved = saved.with_context(|| format!("{} is not finished, --resume goes on with it", args.to))?;
        synced.with_context(|| format!("cannot write {}", args.to))?;
        saved
    };
    drop(live);
    let Saved { topics, partitions, records } = saved;
    if terminal.format() != Format::Text && !args.is_for_pipe() {
        terminal.show(&SHOWN, [[topics.into(), partitions.into(), records.into()]])?;
        return Ok(Exit::OK);
    }
    terminal.talk(format_args!("saved {records} records of {partitions} partitions of {topics} topics"));
    Ok(Exit::OK)
}

/// What is in the file already.
struct Begun {
    format: FileFormat,
    /// `None` if the file is new.
    head: Option<Head>,
    topics: HashMap<String, TopicFacts>,
    next: BTreeMap<TopicPartition, i64>,
}

impl Begun {
    fn new(format: FileFormat) -> Begun {
        Begun { format, head: None, topics: HashMap::new(), next: BTreeMap::new() }
    }
}

struct Saved {
    topics: usize,
    partitions: usize,
    records: u64,
}

/// A file to write to.
struct Target {
    file: File,
    /// What is in it goes when the first of the new comes, not before: the cluster may not be there.
    replaces: bool,
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.replaces {
            self.file.set_len(0)?;
            self.replaces = false;
        }
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn open(args: &SaveArgs) -> anyhow::Result<(Begun, Target)> {
    let path = Path::new(&args.to);
    if args.resume
        && let Some(kept) = Kept::open(path)?
    {
        let Kept { file, format, head, topics, next } = kept;
        ensure!(
            args.format.is_none() || format == args.format(),
            "{} is of the other format: leave --format out, or name another file",
            args.to
        );
        return Ok((Begun { format, head: Some(head), topics, next }, Target { file, replaces: false }));
    }
    let mut options = OpenOptions::new();
    options.write(true);
    if args.resume || args.overwrite {
        options.create(true).truncate(false);
    } else {
        options.create_new(true);
    }
    match options.open(path) {
        Ok(file) => {
            // Pipes and devices have nothing to be replaced.
            let replaces = file.metadata().is_ok_and(|metadata| metadata.is_file());
            Ok((Begun::new(args.format()), Target { file, replaces }))
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!("{} is there already: --resume goes on with it, --overwrite replaces it", args.to)
        }
        Err(error) => Err(error).with_context(|| format!("cannot write {}", args.to)),
    }
}

async fn save(
    args: &SaveArgs,
    place: &Place,
    (topics, groups): (&Choice, &Choice),
    begun: Begun,
    out: impl Write,
    live: &Live,
) -> anyhow::Result<Saved> {
    let source = Source::open(place).await?;
    let cluster = source.cluster_id().await?;
    let topics = source.topics(topics, true).await?;
    let names = topics.iter().map(|topic| topic.name.clone()).collect();
    let mut bounds = source.bounds(&topics).await?;
    let mut writer = Writer::new(out, begun.format);
    match &begun.head {
        None => writer.begin(&Head { id: random::uuid().to_string(), cluster })?,
        Some(head) => ensure!(
            head.cluster == cluster,
            "{} holds topics of the cluster {}, and this one is {cluster}",
            args.to,
            head.cluster
        ),
    }
    for topic in &topics {
        match begun.topics.get(&topic.name) {
            Some(known) if known.id != topic.id => {
                bail!("topic {} has been made anew since {} was begun: name another file", topic.name, args.to)
            }
            Some(known) if known == topic => {}
            _ => writer.topic(topic)?,
        }
    }
    for group in source.groups(groups, &names).await? {
        writer.group(&group)?;
    }
    for (partition, bounds) in &mut bounds {
        let next = begun.next.get(partition).copied().unwrap_or(bounds.start);
        ensure!(
            next <= bounds.end,
            "{partition} ends at {}, and {} holds it up to {next}: records were lost or the topic was made anew since; name \
             another file",
            bounds.end,
            args.to
        );
        bounds.start = next.max(bounds.start);
    }
    let saved = Saved { topics: topics.len(), partitions: bounds.len(), records: 0 };
    records(&source, bounds, writer, saved, live).await
}

async fn records<W: Write>(
    source: &Source,
    bounds: BTreeMap<TopicPartition, Bounds>,
    mut writer: Writer<W>,
    mut saved: Saved,
    live: &Live,
) -> anyhow::Result<Saved> {
    let all: i64 = bounds.values().map(|bounds| bounds.end.saturating_sub(bounds.start).max(0)).sum();
    live.expect(u64::try_from(all).unwrap_or(0));
    let mut done = 0;
    let mut reading = source.read(bounds).await?;
    while let Some(mut fetched) = reading.next().await? {
        let partition = fetched.partition.clone();
        let place = (&*partition.topic, partition.partition);
        let mut written = fetched.from;
        while let Some(batch) = fetched.next_closed() {
            let batch = batch?;
            saved.records += writer.batch(place, fetched.from, &batch)?;
            written = batch.header.next_offset().0;
        }
        // What cannot be seen would be looked at again.
        if fetched.next_offset > written {
            let (topic, partition) = (partition.topic.to_string(), partition.partition);
            writer.reached(&Reached { topic, partition, next: fetched.next_offset })?;
        }
        done += u64::try_from(fetched.next_offset - fetched.from).unwrap_or(0);
        live.reach(done);
        live.say(&format!("saving {partition}"));
    }
    writer.end()?;
    Ok(saved)
}
