//! Pure: the JSON that says where replicas are, or are to go.

use crate::tools::partitions::json_partitions;
use anyhow::{anyhow, bail};
use rkafka_base::TopicPartition;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The log directory that a broker chooses itself.
const ANY: &str = "any";

/// The replicas of each partition, the preferred leader first.
pub type Replicas = BTreeMap<TopicPartition, Vec<i32>>;
/// Where a broker's replica goes: by broker, then by partition.
pub type Dirs = BTreeMap<(i32, TopicPartition), String>;

/// What a file says. Partitions may stand twice until [`Reassignment::checked`] has looked.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Reassignment {
    pub targets: Vec<(TopicPartition, Vec<i32>)>,
    pub dirs: Dirs,
}

impl Reassignment {
    /// Reads a file's text.
    pub fn read(text: &str) -> anyhow::Result<Reassignment> {
        let value: Value = serde_json::from_str(text).map_err(|error| anyhow!(invalid(text, &error)))?;
        let mut read = Reassignment::default();
        if value.get("partitions").is_none() && value.is_object() {
            return Ok(read);
        }
        let entries = json_partitions::entries_of(value, "partitions")?;
        for (partition, entry) in json_partitions::partitions(entries)? {
            let replicas = replicas(&partition, &entry)?;
            let dirs = match entry.get("log_dirs") {
                None => replicas.iter().map(|_| ANY.to_owned()).collect(),
                Some(list) => log_dirs(&partition, list)?,
            };
            if replicas.len() != dirs.len() {
                bail!(
                    "Size of replicas list {replicas:?} is different from size of log dirs list [{}] for partition \
                     {partition}",
                    dirs.join(", ")
                );
            }
            let chosen = replicas.iter().zip(dirs).filter(|(_, dir)| dir != ANY);
            read.dirs.extend(chosen.map(|(broker, dir)| ((*broker, partition.clone()), dir)));
            read.targets.push((partition, replicas));
        }
        Ok(read)
    }

    /// The targets, if they can be meant.
    pub fn checked(&self) -> anyhow::Result<Replicas> {
        if self.targets.is_empty() {
            bail!("Partition reassignment list cannot be empty");
        }
        if self.targets.iter().any(|(_, replicas)| replicas.is_empty()) {
            bail!("Partition replica list cannot be empty");
        }
        let twice = json_partitions::repeated(self.targets.iter().map(|(partition, _)| partition));
        if !twice.is_empty() {
            let names: Vec<String> = twice.iter().map(ToString::to_string).collect();
            bail!("Partition reassignment contains duplicate topic partitions: {}", names.join(","));
        }
        let doubled: Vec<String> = self.targets.iter().filter_map(|(p, replicas)| doubled(p, replicas)).collect();
        if !doubled.is_empty() {
            bail!("Partition replica lists may not contain duplicate entries: {}", doubled.join(". "));
        }
        Ok(self.targets.iter().cloned().collect())
    }
}

fn doubled(partition: &TopicPartition, replicas: &[i32]) -> Option<String> {
    let mut seen = BTreeSet::new();
    let twice: BTreeSet<i32> = replicas.iter().filter(|id| !seen.insert(**id)).copied().collect();
    let list: Vec<String> = twice.iter().map(ToString::to_string).collect();
    (!twice.is_empty()).then(|| format!("{partition} contains multiple entries for {}", list.join(",")))
}

fn replicas(partition: &TopicPartition, entry: &Map<String, Value>) -> anyhow::Result<Vec<i32>> {
    let list = entry.get("replicas").and_then(Value::as_array);
    let id = |value: &Value| value.as_i64().and_then(|id| i32::try_from(id).ok());
    let ids: Option<Vec<i32>> = list.and_then(|list| list.iter().map(id).collect());
    ids.ok_or_else(|| anyhow!("The replicas of partition {partition} are no list of broker ids"))
}

fn log_dirs(partition: &TopicPartition, list: &Value) -> anyhow::Result<Vec<String>> {
    let list = list.as_array();
    let dirs: Option<Vec<String>> =
        list.and_then(|list| list.iter().map(|dir| dir.as_str().map(str::to_owned)).collect());
    dirs.ok_or_else(|| anyhow!("The log_dirs of partition {partition} are no list of strings"))
}

/// Why a text is no JSON; the commonest mistake in the words of Kafka's tool, and where it is.
fn invalid(text: &str, error: &serde_json::Error) -> String {
    let place = format!("line {}, column {}", error.line(), error.column());
    let line = text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
    let found = line.get(error.column().saturating_sub(1)..).and_then(|rest| rest.chars().next());
    match found {
        Some(found) if error.to_string().starts_with("key must be a string") => format!(
            "Unexpected character ('{found}' (code {})): was expecting double-quote to start field name at {place}",
            u32::from(found)
        ),
        _ => format!("The file is no JSON: {error}"),
    }
}

/// The topics of a file for `--generate`.
pub fn topics(text: &str) -> anyhow::Result<Vec<String>> {
    let mut topics = Vec::new();
    for entry in json_partitions::entries(text, "topics")? {
        match entry.get("topic").and_then(Value::as_str) {
            Some(topic) => topics.push(topic.to_owned()),
            None => bail!("An entry of the field topics has no topic"),
        }
    }
    let mut seen = BTreeSet::new();
    let twice: BTreeSet<&String> = topics.iter().filter(|topic| !seen.insert(*topic)).collect();
    if !twice.is_empty() {
        let names: Vec<&str> = twice.into_iter().map(String::as_str).collect();
        bail!("List of topics to reassign contains duplicate entries: [{}]", names.join(", "));
    }
    Ok(topics)
}

/// An assignment as JSON that [`Reassignment::read`] reads again. Which directory a replica is in, `dirs` says.
pub fn value(replicas: &Replicas, dirs: &Dirs) -> Value {
    let entry = |(partition, ids): (&TopicPartition, &Vec<i32>)| {
        let (topic, number, dirs) = (&*partition.topic, partition.partition, dirs_of(partition, ids, dirs));
        json!({ "topic": topic, "partition": number, "replicas": ids, "log_dirs": dirs })
    };
    json!({ "version": 1, "partitions": replicas.iter().map(entry).collect::<Value>() })
}

fn dirs_of<'a>(partition: &TopicPartition, ids: &[i32], dirs: &'a Dirs) -> Vec<&'a str> {
    ids.iter().map(|id| dirs.get(&(*id, partition.clone())).map_or(ANY, String::as_str)).collect()
}

/// As [`value`], as a text with its keys in Kafka's order: one that [`Reassignment::read`] reads again.
pub fn written(replicas: &Replicas, dirs: &Dirs) -> String {
    let partition = |(partition, ids): (&TopicPartition, &Vec<i32>)| {
        let (topic, dirs) = (json!(&*partition.topic), json!(dirs_of(partition, ids, dirs)));
        let (number, ids) = (partition.partition, json!(ids));
        format!("{{\"topic\":{topic},\"partition\":{number},\"replicas\":{ids},\"log_dirs\":{dirs}}}")
    };
    let list: Vec<String> = replicas.iter().map(partition).collect();
    format!("{{\"version\":1,\"partitions\":[{}]}}", list.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(partition: i32, replicas: &str) -> String {
        format!("{{\"topic\":\"t\",\"partition\":{partition},\"replicas\":{replicas}}}")
    }

    fn checked(entries: &[String]) -> Result<Replicas, String> {
        let text = format!("{{\"version\":1,\"partitions\":[{}]}}", entries.join(","));
        let read = Reassignment::read(&text).map_err(|error| error.to_string())?;
        read.checked().map_err(|error| error.to_string())
    }

    #[test]
    fn there_and_back() {
        let replicas = checked(&[entry(1, "[2,0]"), entry(0, "[1]")]).unwrap();
        let text = written(&replicas, &Dirs::new());
        let expected = "{\"version\":1,\"partitions\":[{\"topic\":\"t\",\"partition\":0,\"replicas\":[1],\"log_dirs\":\
                        [\"any\"]},{\"topic\":\"t\",\"partition\":1,\"replicas\":[2,0],\"log_dirs\":[\"any\",\"any\"]}]}";
        assert_eq!(text, expected);
        assert_eq!(Reassignment::read(&text).unwrap().checked().unwrap(), replicas);
        assert_eq!(value(&replicas, &Dirs::new()), serde_json::from_str::<Value>(&text).unwrap());
        let dirs = Dirs::from([((0, TopicPartition::new("t", 1)), "/d".to_owned())]);
        let text = written(&replicas, &dirs);
        assert!(text.ends_with("\"replicas\":[2,0],\"log_dirs\":[\"any\",\"/d\"]}]}"));
        assert_eq!(value(&replicas, &dirs), serde_json::from_str::<Value>(&text).unwrap());
    }

    #[test]
    fn directories() {
        let text = r#"{"partitions":[{"topic":"t","partition":0,"replicas":[1,2],"log_dirs":["any","/d"]}]}"#;
        let dirs = Reassignment::read(text).unwrap().dirs;
        assert_eq!(dirs.into_iter().collect::<Vec<_>>(), [((2, TopicPartition::new("t", 0)), "/d".to_owned())]);
        let text = r#"{"partitions":[{"topic":"t","partition":0,"replicas":[1,2],"log_dirs":["any"]}]}"#;
        let error = Reassignment::read(text).unwrap_err().to_string();
        assert!(
            error.starts_with("Size of replicas list [1, 2] is different from size of log dirs list [any]"),
            "{error}"
        );
    }

    #[test]
    fn what_is_wrong() {
        assert_eq!(checked(&[]).unwrap_err(), "Partition reassignment list cannot be empty");
        assert_eq!(checked(&[entry(0, "[]")]).unwrap_err(), "Partition replica list cannot be empty");
        let twice = checked(&[entry(0, "[1]"), entry(0, "[1]")]).unwrap_err();
        assert_eq!(twice, "Partition reassignment contains duplicate topic partitions: t-0");
        let doubled = checked(&[entry(0, "[1,2,1]")]).unwrap_err();
        assert!(doubled.ends_with("duplicate entries: t-0 contains multiple entries for 1"), "{doubled}");
        let json = Reassignment::read("{oops").unwrap_err().to_string();
        let expected = "Unexpected character ('o' (code 111)): was expecting double-quote to start field name";
        assert!(json.starts_with(expected), "{json}");
        let topics = topics(r#"{"topics":[{"topic":"a"},{"topic":"a"}]}"#).unwrap_err().to_string();
        assert_eq!(topics, "List of topics to reassign contains duplicate entries: [a]");
    }
}
