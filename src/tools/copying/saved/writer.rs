//! Writes a file of saved topics, in either format.

use super::{FileFormat, frames, lines};
use crate::tools::copying::facts::{GroupFacts, Head, Reached, TopicFacts};
use anyhow::Context;
use rkafka_protocol::record::{Batch, MAX_DECOMPRESSED};
use serde_json::{Value, json};
use std::io::Write;

/// Where entries go.
pub struct Writer<W> {
    out: W,
    format: FileFormat,
}

impl<W: Write> Writer<W> {
    /// Writes behind what is there already.
    pub fn new(out: W, format: FileFormat) -> Writer<W> {
        Writer { out, format }
    }

    /// Begins a file.
    pub fn begin(&mut self, head: &Head) -> anyhow::Result<()> {
        match self.format {
            FileFormat::Binary => {
                self.out.write_all(&frames::preamble())?;
                self.json(frames::Kind::Head, "", head.to_json())
            }
            FileFormat::Lines => {
                let mut versioned = head.to_json();
                versioned["version"] = Value::from(lines::VERSION);
                self.json(frames::Kind::Head, lines::HEAD, versioned)
            }
        }
    }

    pub fn topic(&mut self, topic: &TopicFacts) -> anyhow::Result<()> {
        self.json(frames::Kind::Topic, lines::TOPIC, topic.to_json())
    }

    pub fn group(&mut self, group: &GroupFacts) -> anyhow::Result<()> {
        self.json(frames::Kind::Group, lines::GROUP, group.to_json())
    }

    pub fn reached(&mut self, reached: &Reached) -> anyhow::Result<()> {
        self.json(frames::Kind::Reached, lines::REACHED, reached.to_json())
    }

    /// Everything is there.
    pub fn end(&mut self) -> anyhow::Result<()> {
        self.json(frames::Kind::End, lines::END, json!({}))?;
        self.flush()
    }

    /// Writes the records of a batch from the offset `from` on. Gives their number.
    ///
    /// Errors: the batch is damaged; writing fails.
    pub fn batch(&mut self, (topic, partition): (&str, i32), from: i64, batch: &Batch) -> anyhow::Result<u64> {
        let place = || format!("{topic}-{partition} at offset {}", batch.header.base_offset.0);
        batch.verify_crc().with_context(place)?;
        let header = &batch.header;
        if self.format == FileFormat::Binary {
            self.out.write_all(&frames::batch(topic, partition, from, &batch.bytes)?)?;
            if header.magic >= 2 && header.base_offset.0 >= from {
                return Ok(u64::try_from(header.count).unwrap_or(0));
            }
        }
        let open = batch.open(MAX_DECOMPRESSED).with_context(place)?;
        let mut count = 0;
        for record in open.records() {
            let record = record.with_context(place)?;
            if record.offset.0 < from {
                continue;
            }
            count += 1;
            if self.format == FileFormat::Lines {
                lines::record(&mut self.out, (topic, partition), &record, header.timestamp_type().name())?;
            }
        }
        Ok(count)
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        Ok(self.out.flush()?)
    }

    fn json(&mut self, kind: frames::Kind, word: &str, value: Value) -> anyhow::Result<()> {
        let bytes = match self.format {
            FileFormat::Binary => frames::json(kind, &value)?,
            FileFormat::Lines => lines::tagged(word, value),
        };
        Ok(self.out.write_all(&bytes)?)
    }
}
