//! Pure: how a record is shown: the formatters of the console consumer, by Kafka's class names.

mod api_json;
mod coordinator_text;
mod deserializer;
mod fields;
mod line_format;
mod rows;

use crate::{era::Era, record_filter::Candidate, terminal::output::Format};
use coordinator_text::CoordinatorText;
use fields::Fields;
use rkafka_client::Properties;
use rkafka_protocol::record::{RecordRef, TimestampType};

pub use api_json::ApiJson;
pub use line_format::LineFormat;
pub use rows::{DELIVERED, RECORDS, Rows};

/// A record and where it came from.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    pub topic: &'a str,
    pub partition: i32,
    /// `None` for magic 0, which has no timestamps.
    pub timestamp_type: Option<TimestampType>,
    /// How often it has been delivered; only a share group counts that.
    pub delivery: Option<i16>,
    pub record: RecordRef<'a>,
}

impl<'a> Shown<'a> {
    /// The record as a filter sees it.
    pub fn candidate(&self) -> Candidate<'a> {
        let RecordRef { offset, timestamp, key, value, headers } = self.record;
        let timestamp_ms = self.timestamp_type.map(|_| timestamp.0);
        let (topic, partition) = (self.topic, self.partition);
        Candidate { topic, partition, offset: offset.0, timestamp_ms, key, value, headers }
    }
}

/// Writes records as text.
#[derive(Debug)]
pub enum Formatter {
    /// `DefaultMessageFormatter`, and `LoggingMessageFormatter`, whose log lines Kafka's tools do not show.
    Fields(Fields),
    /// `--format`.
    Line(LineFormat),
    /// `NoOpMessageFormatter`.
    Nothing,
    /// `OffsetsMessageFormatter`, `GroupMetadataMessageFormatter` and `TransactionLogMessageFormatter`.
    Json(ApiJson, Era),
    /// The same three by their old names, which have another layout.
    Text(CoordinatorText),
    /// No class of Kafka's: rows for programs.
    Rows(Rows),
}

/// A formatter, and what is to be said about the choice.
#[derive(Debug)]
pub struct Chosen {
    pub formatter: Formatter,
    /// Lines for stderr.
    pub warnings: Vec<String>,
}

const PACKAGE: &str = "org.apache.kafka.tools.consumer.";
const OLD_PACKAGE: &str = "kafka.tools.";
const OLD_OFFSETS: &str = "kafka.coordinator.group.GroupMetadataManager$OffsetsMessageFormatter";
const OLD_GROUPS: &str = "kafka.coordinator.group.GroupMetadataManager$GroupMetadataMessageFormatter";
const OLD_TRANSACTIONS: &str = "kafka.coordinator.transaction.TransactionLog$TransactionLogMessageFormatter";

/// The default of `--formatter`.
pub const DEFAULT_CLASS: &str = "org.apache.kafka.tools.consumer.DefaultMessageFormatter";

impl Formatter {
    /// The formatter of a class name, set up with the properties of `--property` and `--formatter-config`.
    ///
    /// Errors: an unknown class.
    pub fn choose(class: &str, properties: &Properties, era: Era) -> Result<Chosen, String> {
        let mut warnings = Vec::new();
        if let Some(replacement) = replacement(class) {
            warnings.push(format!(
                "WARNING: {class} is deprecated and will be removed in the next major release. Please use {replacement} instead"
            ));
        }
        let simple = class.strip_prefix(PACKAGE).or_else(|| class.strip_prefix(OLD_PACKAGE));
        let formatter = match simple.unwrap_or(class) {
            "DefaultMessageFormatter" | "LoggingMessageFormatter" => {
                let (fields, unknown) = Fields::configure(properties);
                warnings.extend(unknown);
                Formatter::Fields(fields)
            }
            "NoOpMessageFormatter" => Formatter::Nothing,
            "OffsetsMessageFormatter" => Formatter::Json(ApiJson::Offsets, era),
            "GroupMetadataMessageFormatter" => Formatter::Json(ApiJson::Groups, era),
            "TransactionLogMessageFormatter" => Formatter::Json(ApiJson::Transactions, era),
            OLD_OFFSETS => Formatter::Text(CoordinatorText::Offsets),
            OLD_GROUPS => Formatter::Text(CoordinatorText::Groups),
            OLD_TRANSACTIONS => Formatter::Text(CoordinatorText::Transactions),
            _ => {
                return Err(format!(
                    "The formatter class {class} cannot be loaded: {PACKAGE}* has DefaultMessageFormatter, \
                     LoggingMessageFormatter, NoOpMessageFormatter, OffsetsMessageFormatter, \
                     GroupMetadataMessageFormatter and TransactionLogMessageFormatter."
                ));
            }
        };
        Ok(Chosen { formatter, warnings })
    }

    /// The one that lays records out in `format`, which is one for programs, with the same deserializers.
    ///
    /// Errors: this one has a layout of its own.
    pub fn for_programs(self, format: Format) -> Result<Formatter, &'static str> {
        match self {
            Formatter::Fields(fields) => Ok(Formatter::Rows(Rows::new(fields, format))),
            _ => {
                Err("--output lays messages out by itself: it does not go with another layout. Leave one of them out.")
            }
        }
    }

    /// As [`Formatter::for_programs`], for a share consumer.
    pub fn for_programs_that_share(self, format: Format) -> Result<Formatter, &'static str> {
        self.for_programs(format).map(|rows| match rows {
            Formatter::Rows(rows) => Formatter::Rows(rows.delivered_too(format)),
            other => other,
        })
    }

    /// What stands before the first record.
    pub fn head(&self) -> String {
        if let Formatter::Rows(rows) = self { rows.head() } else { String::new() }
    }

    /// What stands behind the last record.
    pub fn foot(&self) -> &'static str {
        if let Formatter::Rows(rows) = self { rows.foot() } else { "" }
    }

    /// Appends the record to `out`. What an error leaves there is shown, as Kafka shows it.
    ///
    /// Errors, in Kafka's words: the record cannot be understood by the deserializers or the formatter.
    #[inline]
    pub fn write(&self, shown: &Shown, out: &mut Vec<u8>) -> Result<(), String> {
        match self {
            Formatter::Fields(fields) => fields.write(shown, out),
            Formatter::Line(format) => format.write(shown, out),
            Formatter::Nothing => Ok(()),
            Formatter::Json(json, era) => json.write(&shown.record, *era, out),
            Formatter::Text(text) => text.write(&shown.record, out),
            Formatter::Rows(rows) => rows.write(shown, out),
        }
    }
}

/// What the class is called today, if it is an old name.
fn replacement(class: &str) -> Option<String> {
    let simple = match class {
        OLD_OFFSETS => "OffsetsMessageFormatter",
        OLD_GROUPS => "GroupMetadataMessageFormatter",
        OLD_TRANSACTIONS => "TransactionLogMessageFormatter",
        _ => class.strip_prefix(OLD_PACKAGE).filter(|simple| {
            ["DefaultMessageFormatter", "LoggingMessageFormatter", "NoOpMessageFormatter"].contains(simple)
        })?,
    };
    Some(format!("{PACKAGE}{simple}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_protocol::record::Batches;

    /// What `class` shows of a log that Apache Kafka 3.9.1 wrote.
    fn show(class: &str, log: &str) -> String {
        let path = format!("{}/tests/golden/records/logs/{log}", env!("CARGO_MANIFEST_DIR"));
        let formatter = Formatter::choose(class, &Properties::new(), Era::V3_9).unwrap().formatter;
        let mut out = Vec::new();
        for batch in Batches::new(std::fs::read(path).unwrap()) {
            let open = batch.unwrap().open(1 << 20).unwrap();
            for record in open.records().filter(|_| !open.header.is_control()) {
                let shown =
                    Shown { topic: "t", partition: 2, timestamp_type: None, delivery: None, record: record.unwrap() };
                formatter.write(&shown, &mut out).unwrap();
            }
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn coordinator_records_look_as_kafka_shows_them() {
        let golden = include_str!("../../../../../tests/golden/records/formatters.txt");
        let mut cases = 0;
        for case in golden.split("== ").skip(1) {
            let (head, expected) = case.split_once('\n').unwrap();
            let (class, log) = head.split_once(' ').unwrap();
            assert_eq!(show(class, log), expected.strip_suffix("<END\n").unwrap(), "{class}");
            cases += 1;
        }
        assert_eq!(cases, 6);
    }

    #[test]
    fn programs_have_rows() {
        let of = |class: &str| {
            Formatter::choose(class, &Properties::new(), Era::V3_9).unwrap().formatter.for_programs(Format::Json)
        };
        let rows = of(DEFAULT_CLASS).unwrap();
        assert_eq!((rows.head().as_str(), rows.foot()), ("[", "]\n"));
        assert!(of("kafka.tools.NoOpMessageFormatter").unwrap_err().starts_with("--output lays"));
    }

    #[test]
    fn names() {
        let chosen = Formatter::choose("kafka.tools.NoOpMessageFormatter", &Properties::new(), Era::V3_9).unwrap();
        assert!(chosen.warnings[0].starts_with("WARNING: kafka.tools.NoOpMessageFormatter is deprecated"));
        assert!(Formatter::choose("no.Such", &Properties::new(), Era::V3_9).unwrap_err().contains("no.Such"));
        assert!(Formatter::choose(DEFAULT_CLASS, &Properties::new(), Era::V3_9).unwrap().warnings.is_empty());
    }
}
