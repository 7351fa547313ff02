//! Pure: the JSON files that list partitions: `{"version":1,"partitions":[{"topic":"t","partition":0,…}]}`.

use anyhow::{anyhow, bail};
use rkafka_base::TopicPartition;
use serde_json::{Map, Value};

/// A partition of a file, with what else stands at it.
pub type Entry = (TopicPartition, Map<String, Value>);

/// The entries of `key` in the object that `text` holds. A version, if there is one, must be 1.
pub fn entries(text: &str, key: &str) -> anyhow::Result<Vec<Map<String, Value>>> {
    let value = serde_json::from_str(text).map_err(|error| anyhow!("The input string is not a valid JSON: {error}"))?;
    entries_of(value, key)
}

/// As [`entries`], of what has been parsed.
pub fn entries_of(value: Value, key: &str) -> anyhow::Result<Vec<Map<String, Value>>> {
    let Value::Object(mut object) = value else { bail!("The input string is not a JSON object") };
    match object.get("version") {
        None => {}
        Some(version) if version.as_i64() == Some(1) => {}
        Some(version) => bail!("Not supported version field value {version}"),
    }
    let list = object.remove(key).ok_or_else(|| anyhow!("Missing {key} field"))?;
    let Value::Array(list) = list else { bail!("The field {key} is no list") };
    let entry = |value: Value| match value {
        Value::Object(entry) => Ok(entry),
        other => Err(anyhow!("In the field {key} stands {other} where an object is expected")),
    };
    list.into_iter().map(entry).collect()
}

/// The partitions of a file.
pub fn read(text: &str) -> anyhow::Result<Vec<Entry>> {
    partitions(entries(text, "partitions")?)
}

/// Reads the partition of each entry.
pub fn partitions(entries: Vec<Map<String, Value>>) -> anyhow::Result<Vec<Entry>> {
    let entry = |mut entry: Map<String, Value>| {
        let topic = match entry.remove("topic") {
            Some(Value::String(topic)) => topic,
            other => bail!("The topic of a partition is {}, not a string", shown(other)),
        };
        let number = entry.remove("partition");
        let partition = number.as_ref().and_then(Value::as_i64).and_then(|number| i32::try_from(number).ok());
        let Some(partition) = partition else {
            bail!("The partition of topic {topic} is {}, not a number", shown(number));
        };
        Ok((TopicPartition::new(topic.as_str(), partition), entry))
    };
    entries.into_iter().map(entry).collect()
}

fn shown(value: Option<Value>) -> String {
    value.map_or_else(|| "missing".to_owned(), |value| value.to_string())
}

/// The partitions that stand more than once, each once.
pub fn repeated<'a>(partitions: impl Iterator<Item = &'a TopicPartition>) -> Vec<&'a TopicPartition> {
    let mut sorted: Vec<&TopicPartition> = partitions.collect();
    sorted.sort();
    let mut repeated: Vec<&TopicPartition> =
        sorted.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
    repeated.dedup();
    repeated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files() {
        let good = r#"{"version":1,"partitions":[{"topic":"t","partition":2,"offset":5}]}"#;
        let read_well = read(good).unwrap();
        assert_eq!((read_well[0].0.clone(), read_well[0].1["offset"].as_i64()), (TopicPartition::new("t", 2), Some(5)));
        let wrong = |text: &str| read(text).unwrap_err().to_string();
        assert!(wrong("{oops").starts_with("The input string is not a valid JSON"));
        assert_eq!(wrong("{}"), "Missing partitions field");
        assert_eq!(wrong(r#"{"version":2,"partitions":[]}"#), "Not supported version field value 2");
        assert_eq!(wrong(r#"{"partitions":[{"partition":2}]}"#), "The topic of a partition is missing, not a string");
        assert_eq!(
            wrong(r#"{"partitions":[{"topic":"t","partition":"x"}]}"#),
            "The partition of topic t is \"x\", not a number"
        );
    }

    #[test]
    fn twice() {
        let of = |numbers: &[i32]| numbers.iter().map(|n| TopicPartition::new("t", *n)).collect::<Vec<_>>();
        let partitions = of(&[1, 0, 1, 1, 2]);
        assert_eq!(repeated(partitions.iter()), [&TopicPartition::new("t", 1)]);
        assert!(repeated(of(&[0, 1]).iter()).is_empty());
    }
}
