//! What `kafka-replica-verification` finds, as it is found: Kafka's lines, or rows for programs.

use super::replicas::{Compared, Difference, Lag};
use crate::{
    java_date::DatePattern,
    terminal::{
        Terminal,
        output::{Field, Format, Layout, Shape},
    },
};
use anyhow::anyhow;
use rkafka_base::TopicPartition;
use rkafka_runtime::clock::{Clock, SystemClock};
use serde_json::{Value, json};
use std::io;

/// What was found at some time.
pub const FOUND: Shape<9> = Shape::rows(
    "replica-verification",
    [
        Field::integer("time", "When, in ms since 1970."),
        Field::text(
            "type",
            "`lag` (the partition that is behind most), `checksum` (a batch differs) or `offset` (batches have other \
             offsets; it ends with that).",
        ),
        Field::text("topic", "The topic's name; null if nothing lags."),
        Field::integer("partition", "The partition's number; null if nothing lags."),
        Field::integer(
            "offset",
            "Up to where its replicas are the same, or the last offset of the batch; null if nothing lags.",
        ),
        Field::integer(
            "lag",
            "How many records are not known to be the same; null for a difference and if nothing lags.",
        ),
        Field::list("replicas", "The ids of the two brokers that differ; null for a lag."),
        Field::list("offsets", "The last offset of the batch in each of them; null for a lag."),
        Field::list("checksums", "The CRC of the batch in each of them; null for a lag."),
    ],
);

/// What is found, as it is found.
pub struct Report<'a> {
    terminal: &'a mut Terminal,
    dates: DatePattern,
    /// For programs; `None` for Kafka's lines.
    layout: Option<Layout<'static, 9>>,
}

impl Report<'_> {
    /// Begins.
    pub fn begin(terminal: &mut Terminal) -> anyhow::Result<Report<'_>> {
        let dates = DatePattern::parse("yyyy-MM-dd HH:mm:ss,SSS").map_err(|reason| anyhow!(reason))?;
        let is_text = terminal.format() == Format::Text;
        let layout = if is_text { None } else { Some(terminal.begin(&FOUND)?) };
        Ok(Report { terminal, dates, layout })
    }

    fn stamped(&self, text: impl std::fmt::Display) -> String {
        format!("{}: {text}", self.dates.format(SystemClock.now().0))
    }

    /// Says that it has begun.
    pub fn started(&mut self) -> io::Result<()> {
        let text = self.stamped("verification process is started");
        self.terminal.say(text)?;
        self.terminal.flush()
    }

    /// Shows what replicas differ in.
    pub fn differences(&mut self, compared: &Compared) -> io::Result<()> {
        for difference in compared.differences.iter().chain(&compared.diverged) {
            let text = self.stamped(difference);
            match &mut self.layout {
                Some(layout) => self.terminal.print(layout.row(&difference_row(difference, SystemClock.now().0)))?,
                None => self.terminal.line(text)?,
            }
        }
        Ok(())
    }

    /// Shows what lags most.
    pub fn lag(&mut self, lag: &Lag, partitions: usize) -> io::Result<()> {
        let text = self.stamped(lag.text(partitions));
        match &mut self.layout {
            Some(layout) => self.terminal.print(layout.row(&lag_row(lag, SystemClock.now().0))),
            None => self.terminal.line(text),
        }
    }

    /// Writes out what has been found.
    pub fn flush(&mut self) -> io::Result<()> {
        self.terminal.flush()
    }

    /// Nothing more is found.
    pub fn end(&mut self) -> io::Result<()> {
        self.layout.as_ref().map_or(Ok(()), |layout| self.terminal.print(layout.foot()))
    }
}

/// `now` in ms since 1970.
fn difference_row(difference: &Difference, now: i64) -> [Value; 9] {
    let Difference { partition, replicas, offsets, checksums } = difference;
    let kind = if difference.is_of_offsets() { "offset" } else { "checksum" };
    [
        json!(now),
        json!(kind),
        json!(&*partition.topic),
        json!(partition.partition),
        json!(offsets[0]),
        Value::Null,
        json!(replicas),
        json!(offsets),
        json!(checksums),
    ]
}

/// `now` in ms since 1970.
fn lag_row(lag: &Lag, now: i64) -> [Value; 9] {
    let [replicas, offsets, checksums] = [(); 3].map(|()| Value::Null);
    let (topic, number, offset, behind) = match &lag.worst {
        Some((lag, TopicPartition { topic, partition }, offset)) => {
            (json!(&**topic), json!(partition), json!(offset), json!(lag))
        }
        None => (Value::Null, Value::Null, Value::Null, Value::Null),
    };
    [json!(now), json!("lag"), topic, number, offset, behind, replicas, offsets, checksums]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_for_programs() {
        let (partition, null) = (TopicPartition::new("t", 1), Value::Null);
        let difference =
            Difference { partition: partition.clone(), replicas: [0, 2], offsets: [5, 5], checksums: [7, 8] };
        let row = difference_row(&difference, 99);
        assert_eq!(row[..6], [json!(99), json!("checksum"), json!("t"), json!(1), json!(5), null.clone()]);
        assert_eq!(row[6..], [json!([0, 2]), json!([5, 5]), json!([7, 8])]);
        assert_eq!(difference_row(&Difference { offsets: [5, 6], ..difference }, 99)[1], json!("offset"));
        let lag = lag_row(&Lag { worst: Some((3, partition, 4)) }, 99);
        assert_eq!(lag[..6], [json!(99), json!("lag"), json!("t"), json!(1), json!(4), json!(3)]);
        assert_eq!(lag_row(&Lag::default(), 99)[2..6], [null.clone(), null.clone(), null.clone(), null]);
    }
}
