//! Pure: `DefaultMessageFormatter`: the fields that are asked for, in a fixed order, with separators between them.

use super::{Shown, deserializer::Deserializer};
use rkafka_client::Properties;

/// What is shown of a record, and how.
#[derive(Debug)]
pub struct Fields {
    timestamp: bool,
    delivery: bool,
    epoch: bool,
    partition: bool,
    offset: bool,
    headers: bool,
    key: bool,
    value: bool,
    key_separator: Vec<u8>,
    line_separator: Vec<u8>,
    headers_separator: Vec<u8>,
    null_literal: Vec<u8>,
    key_deserializer: Option<Deserializer>,
    value_deserializer: Option<Deserializer>,
    headers_deserializer: Option<Deserializer>,
}

impl Fields {
    /// Understands the properties. The second part is what is to be said of deserializers that cannot be loaded: Kafka
    /// goes on without them.
    pub fn configure(properties: &Properties) -> (Fields, Vec<String>) {
        let flag = |name: &str, default: bool| match properties.get(name) {
            Some(text) => text.trim().eq_ignore_ascii_case("true"),
            None => default,
        };
        let text = |name: &str, default: &str| properties.get(name).map_or(default, String::as_str).as_bytes().to_vec();
        let mut warnings = Vec::new();
        let mut deserializer = |name: &str| {
            let class = properties.get(name).filter(|class| !class.is_empty())?;
            let found = Deserializer::by_class(class);
            if found.is_none() {
                warnings.push(format!(
                    "Unable to instantiate a deserializer from {class}: the bytes are shown as they are"
                ));
            }
            found
        };
        let fields = Fields {
            key_deserializer: deserializer("key.deserializer"),
            value_deserializer: deserializer("value.deserializer"),
            headers_deserializer: deserializer("headers.deserializer"),
            timestamp: flag("print.timestamp", false),
            delivery: flag("print.delivery", false),
            epoch: flag("print.epoch", false),
            partition: flag("print.partition", false),
            offset: flag("print.offset", false),
            headers: flag("print.headers", false),
            key: flag("print.key", false),
            value: flag("print.value", true),
            key_separator: text("key.separator", "\t"),
            line_separator: text("line.separator", "\n"),
            headers_separator: text("headers.separator", ","),
            null_literal: text("null.literal", "null"),
        };
        (fields, warnings)
    }

    /// Those of key, value and headers.
    pub fn deserializers(&self) -> [Option<Deserializer>; 3] {
        [self.key_deserializer, self.value_deserializer, self.headers_deserializer]
    }

    /// Appends the record.
    #[inline]
    pub fn write(&self, shown: &Shown, out: &mut Vec<u8>) -> Result<(), String> {
        if self.before_value().contains(&true) {
            self.write_before_value(shown, out)?;
        }
        if self.value {
            self.field(shown.record.value, self.value_deserializer, out)?;
            out.extend_from_slice(&self.line_separator);
        }
        Ok(())
    }

    /// Which of the fields before the value are wanted, in their order.
    #[inline]
    fn before_value(&self) -> [bool; 7] {
        [self.timestamp, self.partition, self.offset, self.delivery, self.epoch, self.headers, self.key]
    }

    fn write_before_value(&self, shown: &Shown, out: &mut Vec<u8>) -> Result<(), String> {
        let wanted = self.before_value();
        for (place, _) in wanted.iter().enumerate().filter(|(_, wanted)| **wanted) {
            match place {
                0 => match shown.timestamp_type {
                    Some(kind) => out.extend_from_slice(format!("{kind}:{}", shown.record.timestamp).as_bytes()),
                    None => out.extend_from_slice(b"NO_TIMESTAMP"),
                },
                1 => out.extend_from_slice(format!("Partition:{}", shown.partition).as_bytes()),
                2 => out.extend_from_slice(format!("Offset:{}", shown.record.offset).as_bytes()),
                3 => match shown.delivery {
                    Some(count) => out.extend_from_slice(format!("Delivery:{count}").as_bytes()),
                    None => out.extend_from_slice(b"Delivery:NOT_PRESENT"),
                },
                // Kafka's tools tell their formatter nothing of the leader epoch.
                4 => out.extend_from_slice(b"Epoch:NOT_PRESENT"),
                5 => self.write_headers(shown, out)?,
                _ => self.field(shown.record.key, self.key_deserializer, out)?,
            }
            let more = self.value || wanted[place + 1..].contains(&true);
            out.extend_from_slice(if more { &self.key_separator } else { &self.line_separator });
        }
        Ok(())
    }

    fn write_headers(&self, shown: &Shown, out: &mut Vec<u8>) -> Result<(), String> {
        if shown.record.headers.is_empty() {
            out.extend_from_slice(b"NO_HEADERS");
        }
        for (n, (key, value)) in shown.record.headers.iter().enumerate() {
            if n > 0 {
                out.extend_from_slice(&self.headers_separator);
            }
            out.extend_from_slice(String::from_utf8_lossy(key).as_bytes());
            out.push(b':');
            self.field(value, self.headers_deserializer, out)?;
        }
        Ok(())
    }

    #[inline]
    fn field(&self, bytes: Option<&[u8]>, deserializer: Option<Deserializer>, out: &mut Vec<u8>) -> Result<(), String> {
        // Kafka hands the literal for null to the deserializer, too.
        let bytes = bytes.unwrap_or(&self.null_literal);
        match deserializer {
            None => out.extend_from_slice(bytes),
            Some(deserializer) => out.extend_from_slice(deserializer.text(bytes)?.as_bytes()),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_base::TimestampMs;
    use rkafka_protocol::record::{Batch, BatchBuilder, BatchOptions, Header, TimestampType};

    fn show(list: &[(&str, &str)]) -> String {
        let mut builder = BatchBuilder::new(BatchOptions::default());
        let header = |key: &'static str, value: &'static str| Header { key: key.into(), value: Some(value.into()) };
        builder.append(TimestampMs(17), Some(b"k1"), Some(b"v1"), &[header("h1", "x"), header("h2", "y")]);
        builder.append(TimestampMs(18), None, Some(b"plain"), &[]);
        builder.append(TimestampMs(19), Some(b"gone"), None, &[]);
        let open = Batch::parse(&builder.finish().unwrap()).unwrap().open(1 << 20).unwrap();
        let (fields, _) = Fields::configure(&list.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect());
        let mut out = Vec::new();
        for record in open.records() {
            let timestamp_type = Some(TimestampType::CreateTime);
            fields
                .write(
                    &Shown { topic: "t", partition: 3, timestamp_type, delivery: None, record: record.unwrap() },
                    &mut out,
                )
                .unwrap();
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn fields_and_separators() {
        assert_eq!(show(&[]), "v1\nplain\nnull\n");
        assert_eq!(show(&[("print.value", "false")]), "");
        assert_eq!(show(&[("print.key", " TRUE "), ("key.separator", "=")]), "k1=v1\nnull=plain\ngone=null\n");
        assert_eq!(show(&[("print.offset", "true"), ("print.value", "no")]), "Offset:0\nOffset:1\nOffset:2\n");
        assert_eq!(
            show(&[("print.epoch", "true"), ("print.delivery", "true")]),
            "Delivery:NOT_PRESENT\tEpoch:NOT_PRESENT\tv1\nDelivery:NOT_PRESENT\tEpoch:NOT_PRESENT\tplain\n\
             Delivery:NOT_PRESENT\tEpoch:NOT_PRESENT\tnull\n"
        );
        let all = ["print.timestamp", "print.partition", "print.offset", "print.headers", "print.key"];
        let mut all: Vec<(&str, &str)> = all.into_iter().map(|name| (name, "true")).collect();
        all.extend([("null.literal", "-"), ("line.separator", ";"), ("headers.separator", "+")]);
        assert_eq!(
            show(&all),
            "CreateTime:17\tPartition:3\tOffset:0\th1:x+h2:y\tk1\tv1;\
             CreateTime:18\tPartition:3\tOffset:1\tNO_HEADERS\t-\tplain;\
             CreateTime:19\tPartition:3\tOffset:2\tNO_HEADERS\tgone\t-;"
        );
    }
}
