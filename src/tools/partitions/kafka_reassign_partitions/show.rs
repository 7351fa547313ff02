//! `--generate`, `--verify` and `--list`.

use super::{
    file::{self, Reassignment, Replicas},
    log_dirs::{self, Found, Progress},
    throttles,
};
use crate::{
    era::Era,
    java_order,
    terminal::{
        Terminal,
        output::{Field, Format, Shape},
    },
};
use anyhow::{anyhow, bail};
use rkafka_base::TopicPartition;
use rkafka_broker::replica_assignment::{Candidate, Start, placed};
use rkafka_client::{Admin, ClientError, TopicView};
use rkafka_protocol::{ErrorCode, messages::list_partition_reassignments_response::OngoingPartitionReassignment};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// How often a topic that is not known is asked for again, and how long to wait in between.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(100);

/// Where partitions are and could go.
pub const PROPOSED: Shape<2> = Shape::single(
    "reassign-partitions --generate",
    [
        Field::object("current", "Where the partitions are: what a file for `--reassignment-json-file` has."),
        Field::object("proposed", "Where they could go: what a file for `--reassignment-json-file` has."),
    ],
);

/// How far a move is.
pub const VERIFIED: Shape<8> = Shape::rows(
    "reassign-partitions --verify",
    [
        Field::text("topic", "The topic's name."),
        Field::integer("partition", "The partition's number."),
        Field::text(
            "status",
            "`inProgress`, `completed` or `notActive` (it is elsewhere, and nothing moves it); of a move between log \
             directories also `movingElsewhere`, and `missing` if the broker has no such replica in use.",
        ),
        Field::list(
            "replicas",
            "The brokers that have it, the preferred leader first; null for a move between log directories.",
        ),
        Field::list("targetReplicas", "The brokers that are to have it; null for a move between log directories."),
        Field::integer("broker", "The broker in which a replica moves between log directories; else null."),
        Field::text(
            "logDir",
            "The directory in which it is; null if that is not known, and for moves between brokers.",
        ),
        Field::text("targetLogDir", "The directory in which it is to be; null for moves between brokers."),
    ],
);

/// A move that is under way.
pub const LISTED: Shape<5> = Shape::rows(
    "reassign-partitions --list",
    [
        Field::text("topic", "The topic's name."),
        Field::integer("partition", "The partition's number."),
        Field::list("replicas", "The ids of all brokers that have it now, those that come and go among them."),
        Field::list("addingReplicas", "Those that come."),
        Field::list("removingReplicas", "Those that go."),
    ],
);

/// Proposes where the partitions of topics could go.
pub async fn generate(
    admin: &Admin,
    text: &str,
    brokers: &str,
    by_rack: bool,
    era: Era,
    terminal: &mut Terminal,
) -> anyhow::Result<()> {
    let ids = broker_ids(brokers)?;
    let topics = file::topics(text)?;
    let current = replicas_of(admin, &topics.into_iter().collect()).await?;
    let nodes = admin.describe_cluster(false).await?.nodes;
    let mut candidates: Vec<Candidate> = nodes
        .into_iter()
        .filter(|node| ids.contains(&node.id))
        .map(|node| Candidate { id: node.id, rack: node.rack.filter(|_| by_rack) })
        .collect();
    candidates.sort_by_key(|candidate| candidate.id);
    let random = start_by_lot(candidates.len());
    if era == Era::V4_4 && candidates.is_empty() {
        bail!("All brokers are currently fenced, or have all their log directories cordoned.");
    }
    let proposed = proposal(&current, &candidates, random)?;
    let (now, unknown) = (log_dirs::current(admin, &current, era).await?, file::Dirs::new());
    if terminal.format() != Format::Text {
        return Ok(terminal.show(&PROPOSED, [[file::value(&current, &now), file::value(&proposed, &unknown)]])?);
    }
    let (now, proposed) = (file::written(&current, &now), file::written(&proposed, &unknown));
    terminal.line(format_args!("Current partition replica assignment\n{now}\n"))?;
    Ok(terminal.line(format_args!("Proposed partition reassignment configuration\n{proposed}"))?)
}

/// By lot, from the clock: a proposal need not be unforeseeable.
fn start_by_lot(brokers: usize) -> Start {
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().subsec_nanos();
    let drawn = usize::try_from(nanos / 1000).unwrap_or_default();
    let count = brokers.max(1);
    Start { leader: drawn % count, shift: drawn / count % count, partition: 0 }
}

fn broker_ids(list: &str) -> anyhow::Result<BTreeSet<i32>> {
    let mut ids = BTreeSet::new();
    let mut twice = BTreeSet::new();
    for part in list.split(',') {
        let id: i32 =
            part.parse().map_err(|_| anyhow!("For input string: \"{part}\"\n--broker-list wants broker ids: 0,1,2"))?;
        if !ids.insert(id) {
            twice.insert(id);
        }
    }
    if !twice.is_empty() {
        bail!("Broker list contains duplicate entries: {:?}", twice.into_iter().collect::<Vec<_>>());
    }
    Ok(ids)
}

/// Spreads the partitions of each topic over the brokers anew.
fn proposal(current: &Replicas, brokers: &[Candidate], start: Start) -> anyhow::Result<Replicas> {
    // As many replicas as the first partition has: which that is, the order of Kafka's map decides.
    let mut known: Vec<(&TopicPartition, &Vec<i32>)> = current.iter().collect();
    java_order::sort_by_partition(&mut known, java_order::UNSIZED, |(partition, _)| partition);
    let mut topics: BTreeMap<&str, Vec<&Vec<i32>>> = BTreeMap::new();
    for (partition, replicas) in known {
        topics.entry(&partition.topic).or_default().push(replicas);
    }
    let mut proposed = Replicas::new();
    for (topic, partitions) in topics {
        let factor = partitions.first().map_or(0, |replicas| replicas.len());
        if factor > brokers.len() {
            bail!("Replication factor: {factor} larger than available brokers: {}.", brokers.len());
        }
        let count = i32::try_from(partitions.len())?;
        let assignment = placed(brokers, count, factor, start).ok_or_else(|| {
            anyhow!(
                "Not all brokers have rack information. Add --disable-rack-aware in command line to make replica \
                 assignment without rack information."
            )
        })?;
        proposed.extend(assignment.into_iter().map(|(number, ids)| (TopicPartition::new(topic, number), ids)));
    }
    Ok(proposed)
}

/// Where the partitions of topics are. A topic that is missing is an error, once it has been asked for again a few times:
/// it may have been made just now, by another broker.
pub async fn replicas_of(admin: &Admin, topics: &BTreeSet<String>) -> anyhow::Result<Replicas> {
    let names: Vec<Arc<str>> = topics.iter().map(|name| name.as_str().into()).collect();
    let is_missing = |description: &Result<TopicView, ClientError>| {
        description.as_ref().is_err_and(|error| error.code() == Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION))
    };
    let mut descriptions = admin.describe_topics(&names).await?;
    for _ in 0..TRIES {
        if !descriptions.iter().any(is_missing) {
            break;
        }
        tokio::time::sleep(PAUSE).await;
        descriptions = admin.describe_topics(&names).await?;
    }
    let mut replicas = Replicas::new();
    for (description, name) in descriptions.into_iter().zip(&names) {
        if is_missing(&description) {
            bail!("Topic {name} not found.");
        }
        let topic = description?;
        let partitions = topic.partitions.into_iter();
        replicas.extend(partitions.map(|p| (TopicPartition::new(name.clone(), p.partition), p.replicas)));
    }
    Ok(replicas)
}

/// Says how far the moves of a file are, and ends throttles when all are over. Returns how many are not completed.
pub async fn verify(admin: &Admin, text: &str, keep_throttles: bool, terminal: &mut Terminal) -> anyhow::Result<usize> {
    let Reassignment { targets, dirs } = Reassignment::read(text)?;
    let ongoing = admin.list_reassignments(None).await?;
    let is_text = terminal.format() == Format::Text;
    if is_text {
        terminal.line("Status of partition reassignment:")?;
    }
    let current = known_replicas(admin, &targets).await?;
    let sorted: BTreeMap<&TopicPartition, &Vec<i32>> = targets.iter().map(|(p, replicas)| (p, replicas)).collect();
    let (mut rows, mut open) = (Vec::new(), 0);
    for (partition, target) in sorted {
        let now = current.get(partition).cloned().unwrap_or_default();
        let progress = match ongoing.contains_key(partition) {
            true => Progress::Moving,
            false if now == *target => Progress::Completed,
            false => Progress::NotMoving,
        };
        open += usize::from(progress != Progress::Completed);
        match is_text {
            true => terminal.line(told(partition, progress, &now, target))?,
            false => rows.push(row(partition, progress, &now, target)),
        }
    }
    let found = log_dirs::find(admin, &dirs).await?;
    let mut is_over = ongoing.is_empty();
    let mut lines = Vec::new();
    for ((broker, partition), target) in &dirs {
        let found = found.get(&(*broker, partition.clone()));
        let progress = Progress::of(target, found);
        is_over &= progress.is_over();
        open += usize::from(progress != Progress::Completed);
        lines.push(log_dirs::told(*broker, partition, target, found));
        rows.push(dir_row(*broker, partition, target, found));
    }
    match is_text {
        // An empty line stands for no moves.
        true => terminal.line(lines.join("\n"))?,
        false => terminal.show(&VERIFIED, rows)?,
    }
    if is_over && !keep_throttles {
        throttles::clear(admin, &targets, terminal).await?;
    }
    Ok(open)
}

/// How far a move between brokers is, in the words of Kafka's tool.
fn told(partition: &TopicPartition, progress: Progress, now: &[i32], target: &[i32]) -> String {
    match progress {
        Progress::Moving => format!("Reassignment of partition {partition} is still in progress."),
        Progress::Completed => format!("Reassignment of partition {partition} is completed."),
        _ => format!(
            "There is no active reassignment of partition {partition}, but replica set is {} rather than {}.",
            listed(now),
            listed(target)
        ),
    }
}

fn row(partition: &TopicPartition, progress: Progress, now: &[i32], target: &[i32]) -> [Value; 8] {
    let [broker, dir, target_dir] = [(); 3].map(|()| Value::Null);
    let (topic, number) = (json!(&*partition.topic), json!(partition.partition));
    [topic, number, json!(progress.name()), json!(now), json!(target), broker, dir, target_dir]
}

fn dir_row(broker: i32, partition: &TopicPartition, target: &str, found: Option<&Found>) -> [Value; 8] {
    let progress = Progress::of(target, found).name();
    let (topic, number) = (json!(&*partition.topic), json!(partition.partition));
    let dir = found.and_then(|found| found.current.as_ref());
    [topic, number, json!(progress), Value::Null, Value::Null, json!(broker), json!(dir), json!(target)]
}

/// Where partitions are; those of topics that are not there are left out.
async fn known_replicas(admin: &Admin, targets: &[(TopicPartition, Vec<i32>)]) -> anyhow::Result<Replicas> {
    let names: BTreeSet<Arc<str>> = targets.iter().map(|(partition, _)| partition.topic.clone()).collect();
    let names: Vec<Arc<str>> = names.into_iter().collect();
    let mut replicas = Replicas::new();
    for description in admin.describe_topics(&names).await? {
        match description {
            Ok(topic) => replicas.extend(
                topic
                    .partitions
                    .into_iter()
                    .map(|p| (TopicPartition::new(topic.name.clone(), p.partition), p.replicas)),
            ),
            Err(error) if error.code() == Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(replicas)
}

pub fn listed(ids: &[i32]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// Lists the moves that are under way.
pub async fn list(admin: &Admin, terminal: &mut Terminal) -> anyhow::Result<()> {
    let ongoing = admin.list_reassignments(None).await?;
    if terminal.format() != Format::Text {
        return Ok(terminal.show(&LISTED, ongoing.iter().map(ongoing_row))?);
    }
    if ongoing.is_empty() {
        return Ok(terminal.line("No partition reassignments found.")?);
    }
    terminal.line("Current partition reassignments:")?;
    for (partition, reassignment) in ongoing {
        let part = |name: &str, ids: &[i32]| match ids {
            [] => String::new(),
            ids => format!(" {name}: {}.", listed(ids)),
        };
        let replicas = listed(&reassignment.replicas);
        let adding = part("adding", &reassignment.adding_replicas);
        let removing = part("removing", &reassignment.removing_replicas);
        terminal.line(format_args!("{partition}: replicas: {replicas}.{adding}{removing}"))?;
    }
    Ok(())
}

fn ongoing_row((partition, moving): (&TopicPartition, &OngoingPartitionReassignment)) -> [Value; 5] {
    let (topic, number) = (json!(&*partition.topic), json!(partition.partition));
    [topic, number, json!(moving.replicas), json!(moving.adding_replicas), json!(moving.removing_replicas)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_for_programs() {
        let (partition, null) = (TopicPartition::new("t", 1), Value::Null);
        let moved = row(&partition, Progress::NotMoving, &[0], &[1]);
        assert_eq!(moved[..5], [json!("t"), json!(1), json!("notActive"), json!([0]), json!([1])]);
        assert_eq!(moved[5..], [null.clone(), null.clone(), null.clone()]);
        let found = Found { current: Some("/a".into()), future: Some("/b".into()) };
        let of_dir = dir_row(2, &partition, "/b", Some(&found));
        assert_eq!(of_dir[2..], [json!("inProgress"), null.clone(), null, json!(2), json!("/a"), json!("/b")]);
        assert_eq!(dir_row(2, &partition, "/b", None)[2], json!("missing"));
    }

    #[test]
    fn proposals() {
        let start = Start { leader: 1, shift: 0, partition: 0 };
        let brokers = |racks: &[Option<&str>]| -> Vec<Candidate> {
            let one = |(id, rack): (usize, &Option<&str>)| Candidate { id: id as i32, rack: rack.map(Into::into) };
            racks.iter().enumerate().map(one).collect()
        };
        let current: Replicas = (0..3).map(|n| (TopicPartition::new("t", n), vec![0, 1])).collect();
        let proposed = proposal(&current, &brokers(&[None, None, None]), start).unwrap();
        let leaders: Vec<i32> = proposed.values().map(|replicas| replicas[0]).collect();
        assert_eq!(leaders, [1, 2, 0]);
        assert!(proposed.values().all(|replicas| replicas.len() == 2 && replicas[0] != replicas[1]));
        let few = proposal(&current, &brokers(&[None]), start).unwrap_err().to_string();
        assert_eq!(few, "Replication factor: 2 larger than available brokers: 1.");
        let mixed = proposal(&current, &brokers(&[None, Some("r")]), start).unwrap_err().to_string();
        assert!(mixed.starts_with("Not all brokers have rack information."), "{mixed}");
    }

    #[test]
    fn lists_of_brokers() {
        assert_eq!(broker_ids("2,0").unwrap(), BTreeSet::from([0, 2]));
        assert_eq!(broker_ids("1,1").unwrap_err().to_string(), "Broker list contains duplicate entries: [1]");
        assert!(broker_ids("x").unwrap_err().to_string().starts_with("For input string: \"x\""));
    }
}
