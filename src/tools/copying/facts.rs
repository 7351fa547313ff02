//! Pure: what is told of topics and groups besides their records, and its JSON, in which files keep it.

use anyhow::{Context, anyhow, ensure};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, ops::RangeInclusive};

/// Settings that would change or refuse records on their way to another topic, or name brokers of one cluster
/// (MirrorMaker 2 leaves them out, too).
const NOT_CARRIED: [&str; 8] = [
    "follower.replication.throttled.replicas",
    "leader.replication.throttled.replicas",
    "message.timestamp.after.max.ms",
    "message.timestamp.before.max.ms",
    "message.timestamp.difference.max.ms",
    "message.timestamp.type",
    "remote.storage.enable",
    "unclean.leader.election.enable",
];

/// The most partitions of a topic, more than any cluster carries: what a damaged file says is not asked for.
const MAX_PARTITIONS: i32 = 1_000_000;

/// A topic, as it would have to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicFacts {
    pub name: String,
    /// In base64; empty if its brokers are too old to have ids.
    pub id: String,
    pub partitions: i32,
    pub replication_factor: i16,
    /// The settings of its own, without brokers' defaults.
    pub configs: BTreeMap<String, String>,
}

/// What a group has committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupFacts {
    pub group: String,
    pub offsets: Vec<GroupOffset>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupOffset {
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
    /// What the group noted beside it.
    pub metadata: String,
}

impl TopicFacts {
    /// The settings that a copy of the topic is to have.
    pub fn carried(&self) -> impl Iterator<Item = (&String, &String)> {
        self.configs.iter().filter(|(name, _)| !NOT_CARRIED.contains(&name.as_str()))
    }

    pub fn to_json(&self) -> Value {
        json!({
            "name": self.name,
            "id": self.id,
            "partitions": self.partitions,
            "replicationFactor": self.replication_factor,
            "configs": self.configs,
        })
    }

    /// Errors: what is missing.
    pub fn of_json(value: &Value) -> anyhow::Result<TopicFacts> {
        let configs = value.get("configs").and_then(Value::as_object).into_iter().flatten();
        let configs = configs.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
        Ok(TopicFacts {
            name: text(value, "name")?,
            id: text(value, "id").unwrap_or_default(),
            partitions: within(value, "partitions", 1..=MAX_PARTITIONS)?,
            replication_factor: i16::try_from(number(value, "replicationFactor").unwrap_or(-1))?,
            configs: configs.collect(),
        })
    }
}

impl GroupFacts {
    pub fn to_json(&self) -> Value {
        let offset = |o: &GroupOffset| json!({ "topic": o.topic, "partition": o.partition, "offset": o.offset, "metadata": o.metadata });
        json!({ "group": self.group, "offsets": self.offsets.iter().map(offset).collect::<Vec<_>>() })
    }

    /// Errors: what is missing.
    pub fn of_json(value: &Value) -> anyhow::Result<GroupFacts> {
        let offsets = value.get("offsets").and_then(Value::as_array).context("a group without \"offsets\"")?;
        let offset = |o: &Value| {
            Ok(GroupOffset {
                topic: text(o, "topic")?,
                partition: within(o, "partition", 0..=i32::MAX)?,
                offset: offset_of(o, "offset")?,
                metadata: text(o, "metadata").unwrap_or_default(),
            })
        };
        Ok(GroupFacts {
            group: text(value, "group")?,
            offsets: offsets.iter().map(offset).collect::<anyhow::Result<_>>()?,
        })
    }
}

/// Up to where a partition has been read: past what cannot be seen, such as markers of transactions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    pub topic: String,
    pub partition: i32,
    pub next: i64,
}

impl Reached {
    pub fn to_json(&self) -> Value {
        json!({ "topic": self.topic, "partition": self.partition, "next": self.next })
    }

    /// Errors: what is missing.
    pub fn of_json(value: &Value) -> anyhow::Result<Reached> {
        Ok(Reached {
            topic: text(value, "topic")?,
            partition: within(value, "partition", 0..=i32::MAX)?,
            next: offset_of(value, "next")?,
        })
    }
}

/// What a saved file says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Tells this file from others: by it a cluster remembers how far the file has been loaded.
    pub id: String,
    /// The cluster whose topics they are; empty if it has no id.
    pub cluster: String,
}

impl Head {
    pub fn to_json(&self) -> Value {
        json!({ "id": self.id, "cluster": self.cluster })
    }

    /// Errors: what is missing.
    pub fn of_json(value: &Value) -> anyhow::Result<Head> {
        Ok(Head { id: text(value, "id")?, cluster: text(value, "cluster").unwrap_or_default() })
    }
}

/// The text of a field.
pub fn text(value: &Value, field: &str) -> anyhow::Result<String> {
    let found = value.get(field).and_then(Value::as_str);
    found.map(str::to_owned).ok_or_else(|| anyhow!("there is no text \"{field}\""))
}

fn within(value: &Value, field: &str, range: RangeInclusive<i32>) -> anyhow::Result<i32> {
    let number = number(value, field)?;
    let fitting = i32::try_from(number).ok().filter(|number| range.contains(number));
    fitting.with_context(|| format!("\"{field}\" is {number}, which cannot be"))
}

/// The offset of a field: there is one behind it.
pub fn offset_of(value: &Value, field: &str) -> anyhow::Result<i64> {
    let number = number(value, field)?;
    ensure!((0..i64::MAX).contains(&number), "\"{field}\" is {number}, which is no offset");
    Ok(number)
}

/// The whole number of a field.
pub fn number(value: &Value, field: &str) -> anyhow::Result<i64> {
    value.get(field).and_then(Value::as_i64).ok_or_else(|| anyhow!("there is no whole number \"{field}\""))
}

/// An object of one more field than `value`, which is an object.
pub fn tagged(tag: &str, kind: &str, value: Value) -> Value {
    let mut object = Map::from_iter([(tag.to_owned(), Value::from(kind))]);
    if let Value::Object(fields) = value {
        object.extend(fields);
    }
    Value::Object(object)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_comes_back() {
        let configs = [("retention.ms", "5"), ("message.timestamp.type", "LogAppendTime")];
        let topic = TopicFacts {
            name: "t".into(),
            id: "x".into(),
            partitions: 3,
            replication_factor: 2,
            configs: configs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect(),
        };
        assert_eq!(TopicFacts::of_json(&topic.to_json()).unwrap(), topic);
        assert_eq!(topic.carried().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["retention.ms"]);
        let offset = GroupOffset { topic: "t".into(), partition: 1, offset: 7, metadata: "m".into() };
        let group = GroupFacts { group: "g".into(), offsets: vec![offset] };
        assert_eq!(GroupFacts::of_json(&group.to_json()).unwrap(), group);
        let reached = Reached { topic: "t".into(), partition: 1, next: 9 };
        assert_eq!(Reached::of_json(&reached.to_json()).unwrap(), reached);
        assert!(TopicFacts::of_json(&json!({"name": "t"})).unwrap_err().to_string().contains("\"partitions\""));
        for (partition, next) in [(-1, 9), (1, -1), (1, i64::MAX)] {
            let wrong = json!({"topic": "t", "partition": partition, "next": next});
            assert!(Reached::of_json(&wrong).is_err(), "{wrong}");
        }
        for partitions in [0, -1, i64::from(i32::MAX), i64::MAX] {
            assert!(TopicFacts::of_json(&json!({"name": "t", "partitions": partitions})).is_err(), "{partitions}");
        }
        assert_eq!(tagged("rkafka", "head", json!({"id": 1})), json!({"rkafka": "head", "id": 1}));
    }
}
