//! Pure: an event as a line of JSON.

use crate::{java_class, java_number};
use rkafka_base::TopicPartition;
use rkafka_client::ClientError;

/// A line that is being put together, field by field.
#[derive(Debug)]
pub struct Event(String);

impl Event {
    pub fn new(now_ms: i64, name: &str) -> Event {
        Event(format!("{{\"timestamp\":{now_ms},\"name\":{}", string(name)))
    }

    pub fn text(self, field: &str, value: Option<&str>) -> Event {
        self.raw(field, &value.map_or_else(|| "null".to_owned(), string))
    }

    pub fn int(self, field: &str, value: i64) -> Event {
        self.raw(field, &value.to_string())
    }

    pub fn double(self, field: &str, value: f64) -> Event {
        let text = java_number::double(value);
        self.raw(field, &if value.is_finite() { text } else { string(&text) })
    }

    pub fn flag(self, field: &str, value: bool) -> Event {
        self.raw(field, if value { "true" } else { "false" })
    }

    /// Objects that have a partition and numbers.
    pub fn partitions(
        self,
        field: &str,
        all: impl IntoIterator<Item = (TopicPartition, Vec<(&'static str, i64)>)>,
    ) -> Event {
        let objects: Vec<String> = all
            .into_iter()
            .map(|(partition, numbers)| {
                let numbers: String = numbers.iter().map(|(name, number)| format!(",\"{name}\":{number}")).collect();
                format!("{{\"topic\":{},\"partition\":{}{numbers}}}", string(&partition.topic), partition.partition)
            })
            .collect();
        self.raw(field, &format!("[{}]", objects.join(",")))
    }

    /// Objects that have a partition and its offsets.
    pub fn offsets<'a>(self, field: &str, all: impl IntoIterator<Item = (&'a TopicPartition, &'a [i64])>) -> Event {
        let object = |(partition, offsets): (&TopicPartition, &[i64])| {
            let (topic, number, count) = (string(&partition.topic), partition.partition, offsets.len());
            let list: Vec<String> = offsets.iter().map(ToString::to_string).collect();
            let list = list.join(",");
            format!("{{\"topic\":{topic},\"partition\":{number},\"count\":{count},\"offsets\":[{list}]}}")
        };
        let objects: Vec<String> = all.into_iter().map(object).collect();
        self.raw(field, &format!("[{}]", objects.join(",")))
    }

    /// An object of numbers.
    pub fn numbers(self, field: &str, numbers: impl IntoIterator<Item = (&'static str, i64)>) -> Event {
        let fields: Vec<String> = numbers.into_iter().map(|(name, number)| format!("\"{name}\":{number}")).collect();
        self.raw(field, &format!("{{{}}}", fields.join(",")))
    }

    fn raw(mut self, field: &str, json: &str) -> Event {
        self.0.push_str(&format!(",\"{field}\":{json}"));
        self
    }

    /// The line.
    pub fn line(self) -> String {
        self.0 + "}"
    }
}

fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The class of Java's client for an error, as `Class` shows itself.
pub fn class_of(error: &ClientError) -> String {
    format!("class {}", java_class::of(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_protocol::ErrorCode;

    #[test]
    fn lines_as_jackson_writes_them() {
        let event = Event::new(5, "x").text("key", None).text("value", Some("a\"b")).int("offset", -1);
        let event = event.double("rate", 19.736842105263158).flag("success", true);
        let event = event.partitions("partitions", [(TopicPartition::new("t", 2), vec![("count", 3)])]);
        assert_eq!(
            event.line(),
            r#"{"timestamp":5,"name":"x","key":null,"value":"a\"b","offset":-1,"rate":19.736842105263158,"success":true,"partitions":[{"topic":"t","partition":2,"count":3}]}"#
        );
    }

    #[test]
    fn offsets_and_counts() {
        let event = Event::new(5, "x").offsets("partitions", [(&TopicPartition::new("t", 2), &[3, 4][..])]);
        let event = event.numbers("counts", [("A", 1), ("B", 2)]);
        assert_eq!(
            event.line(),
            r#"{"timestamp":5,"name":"x","partitions":[{"topic":"t","partition":2,"count":2,"offsets":[3,4]}],"counts":{"A":1,"B":2}}"#
        );
    }

    #[test]
    fn classes() {
        let broker = ClientError::Broker { code: ErrorCode::NOT_LEADER_OR_FOLLOWER, message: String::new() };
        assert_eq!(class_of(&broker), "class org.apache.kafka.common.errors.NotLeaderOrFollowerException");
        let timeout = ClientError::Timeout { message: String::new(), cause: None };
        assert_eq!(class_of(&timeout), "class org.apache.kafka.common.errors.TimeoutException");
    }
}
