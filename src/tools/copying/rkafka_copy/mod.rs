//! `rkafka copy`: topics from one cluster to another, once.

mod args;

use super::{
    choice::Choice,
    facts::TopicFacts,
    naming::{Naming, Taken},
    sink::{Begin, Sink, SinkOptions},
    source::{Reading, Source},
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
use anyhow::{anyhow, ensure};
use args::CopyArgs;
use rkafka_runtime::logging;
use std::{collections::HashMap, time::Duration};

pub const TOOL: Tool = Tool { name: "copy", script: "copy", command: clap_command::<CopyArgs>, run, shows: &[&SHOWN] };

const SHOWN: Shape<4> = Shape::single(
    "copy",
    [
        Field::integer("partitions", "How many partitions were looked at."),
        Field::integer("records", "How many records were written."),
        Field::integer("alreadyThere", "How many more an earlier copy had written without noting it."),
        Field::integer("groupOffsets", "How many offsets of groups were committed in the target."),
    ],
);

/// How long the target may be away.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long the end may take when everything is written.
const CLOSE: Duration = Duration::from_secs(30);

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let args: CopyArgs = match call.clap(terminal) {
        Ok(args) => args,
        Err(exit) => return Ok(exit),
    };
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    let (topics, groups) = (Choice::new(&args.topics)?, Choice::new(&args.groups)?);
    let live = terminal.live();
    let copied = block_on(copy(&args, &topics, &groups, &live))?;
    drop(live);
    let Copied { counts: (written, known), partitions, groups, groups_failed } = copied?;
    groups_failed.iter().for_each(|error| terminal.talk(format_args!("{error:#}")));
    let exit = if groups_failed.is_empty() { Exit::OK } else { Exit::FAILED };
    if terminal.format() != Format::Text {
        terminal.show(&SHOWN, [[partitions.into(), written.into(), known.into(), groups.into()]])?;
        return Ok(exit);
    }
    let known = if known == 0 { String::new() } else { format!(", {known} more were there already") };
    terminal.talk(format_args!("copied {written} records of {partitions} partitions{known}"));
    if groups > 0 {
        terminal.talk(format_args!("{groups} offsets of groups lead to the same records in the copies"));
    }
    Ok(exit)
}

/// What has been copied.
struct Copied {
    counts: (u64, u64),
    partitions: usize,
    /// How many offsets were committed.
    groups: usize,
    groups_failed: Vec<anyhow::Error>,
}

async fn copy(args: &CopyArgs, topics: &Choice, groups: &Choice, live: &Live) -> anyhow::Result<Copied> {
    let naming = Naming { renames: args.rename.clone(), prefix: String::new() };
    let (from, to) = args.clusters.places()?;
    let source = Source::open(&from).await?;
    let cluster = source.cluster_id().await?;
    let topics = source.topics(topics, true).await?;
    let mut bounds = source.bounds(&topics).await?;
    let there = Source::open(&to).await?.cluster_id().await?;
    let renames: Vec<String> = args.rename.iter().map(|(old, new)| format!("{old}={new}")).collect();
    let wanted = format!("rkafka-copy-{cluster}/{}/{}", renames.join("|"), args.topics.join("|"));
    let options = SinkOptions {
        place: to,
        compression: args.compression.clone(),
        replication_factor: args.replication_factor,
        group: Some(format!("rkafka-copy-{cluster}")),
        transactional_id: Some(wanted).filter(|_| args.exactly_once),
        patience: PATIENCE,
    };
    let mut sink = Sink::open(options).await?;
    let mut taken = Taken::default();
    for topic in &topics {
        taken.take(&topic.name, &naming.of(&topic.name))?;
        let is_itself = !cluster.is_empty() && cluster == there && naming.of(&topic.name) == topic.name;
        ensure!(!is_itself, "topic {} would be copied onto itself: --rename {0}=NEW", topic.name);
    }
    let mut copies = Vec::new();
    for topic in &topics {
        let copy = TopicFacts { name: naming.of(&topic.name), ..topic.clone() };
        let starts: HashMap<i32, i64> =
            bounds.iter().filter(|(tp, _)| *tp.topic == topic.name).map(|(tp, b)| (tp.partition, b.start)).collect();
        sink.make(&copy).await?;
        copies.push((copy, starts));
    }
    sink.begin(&copies, Begin::typed(args.resume, args.append)).await?;
    for (partition, bounds) in &mut bounds {
        let next = sink.next(&naming.of_partition(partition)).unwrap_or(bounds.start);
        ensure!(
            next <= bounds.end,
            "{partition} ends at {}, and an earlier copy had come to {next}: records were lost or the topic was made anew \
             since; delete the group rkafka-copy-{cluster} of the target to begin anew",
            bounds.end
        );
        bounds.start = next.max(bounds.start);
    }
    let partitions = bounds.len();
    let all: i64 = bounds.values().map(|bounds| (bounds.end - bounds.start).max(0)).sum();
    live.expect(u64::try_from(all).unwrap_or(0));
    if let Err(error) = write(&mut sink, source.read(bounds).await?, &naming, live).await {
        return Err(sink.give_up(error).await);
    }
    let names = topics.into_iter().map(|topic| topic.name).collect();
    let (mut committed, mut groups_failed) = (0, Vec::new());
    for group in source.groups(groups, &names).await? {
        match sink.commit(&group, |topic| naming.of(topic)).await {
            Ok(count) => committed += count,
            Err(error) => groups_failed.push(error),
        }
    }
    let counts = sink.counts();
    sink.close(CLOSE).await?;
    Ok(Copied { counts, partitions, groups: committed, groups_failed })
}

/// How long nothing may come before what was written is looked after.
const LOOK: Duration = Duration::from_millis(500);

/// Writes all that is read.
async fn write(sink: &mut Sink, mut reading: Reading, naming: &Naming, live: &Live) -> anyhow::Result<()> {
    let mut done = 0;
    loop {
        let fetched = {
            let mut next = std::pin::pin!(reading.next());
            loop {
                // What is written is committed in time, also while nothing comes.
                match tokio::time::timeout(LOOK, next.as_mut()).await {
                    Ok(fetched) => break fetched?,
                    Err(_) => sink.go_on().await?,
                }
            }
        };
        let Some(fetched) = fetched else { break };
        let partition = fetched.partition.clone();
        done += u64::try_from(fetched.next_offset - fetched.from).unwrap_or(0);
        sink.put_all(&naming.of_partition(&partition), fetched).await?;
        sink.go_on().await?;
        live.reach(done);
        live.say(&format!("copying {partition}"));
    }
    sink.finish().await
}
