//! Where what is found in files goes: Kafka's lines, or rows for programs.

use crate::terminal::{
    Terminal,
    output::{Field, Format, Layout, Shape},
};
use serde_json::{Value, json};
use std::{
    fmt::Display,
    io::{self, Write},
};

/// A thing in a file.
pub const DUMPED: Shape<3> = Shape::rows(
    "dump-log",
    [
        Field::text("file", "The file's path, as it was typed."),
        Field::text(
            "type",
            "What it is: `batch` and (with `--deep-iteration` or a decoder) `record` of a log; `offsetIndexEntry`; \
             `timeIndexEntry`; `producer` of a snapshot; `abortedTransaction`.",
        ),
        Field::object(
            "data",
            "By type. `batch`: `baseOffset`, `lastOffset`, `count`, `baseSequence`, `lastSequence`, `producerId`, \
             `producerEpoch`, `partitionLeaderEpoch`, `isTransactional`, `isControl`, `deleteHorizonMs` (all but `lastOffset` \
             null before magic 2), `position` and `size` in bytes, `timestampType`, `maxTimestamp` in ms, `magic`, \
             `compression`, `crc`, `isValid`. `record`: `offset`, `timestampType`, `timestamp` in ms, `keySize` and \
             `valueSize` in bytes (null for none), `sequence`, `headerKeys`, `crc` and `isValid` (before magic 2, else null), \
             `controlType`, `coordinatorEpoch`, `key` and `payload` as the decoder shows them; all but the last two are null \
             with `--skip-record-metadata`. `offsetIndexEntry`: `offset`, `position` in bytes. `timeIndexEntry`: `timestamp` \
             in ms, `offset`. `producer`: `producerId`, `producerEpoch`, `coordinatorEpoch`, `currentTxnFirstOffset` or null, \
             `lastTimestamp` in ms, and of its last batch (null without one) `firstSequence`, `lastSequence`, `lastOffset`, \
             `offsetDelta`. `abortedTransaction`: `version`, `producerId`, `firstOffset`, `lastOffset`, `lastStableOffset`.",
        ),
    ],
);

/// The screen, and how what is found is laid out on it.
pub struct Sink<'a> {
    pub terminal: &'a mut Terminal,
    /// For programs; `None` for Kafka's lines.
    layout: Option<Layout<'static, 3>>,
}

impl Sink<'_> {
    /// Begins.
    pub fn begin(terminal: &mut Terminal) -> io::Result<Sink<'_>> {
        let is_text = terminal.format() == Format::Text;
        let layout = if is_text { None } else { Some(terminal.begin(&DUMPED)?) };
        Ok(Sink { terminal, layout })
    }

    /// Where Kafka's lines go, if they are wanted.
    pub fn lines(&mut self) -> Option<&mut (impl Write + use<>)> {
        if self.layout.is_some() { None } else { Some(self.terminal.data()) }
    }

    /// A thing of `file`: Kafka's `line`, or as a row. `data` is only made if it is wanted.
    pub fn thing(
        &mut self,
        file: &str,
        kind: &str,
        line: impl Display,
        data: impl FnOnce() -> Value,
    ) -> io::Result<()> {
        if self.layout.is_none() { self.terminal.line(line) } else { self.row(file, kind, data()) }
    }

    /// A thing of `file` as a row; nothing where lines are wanted.
    pub fn row(&mut self, file: &str, kind: &str, data: Value) -> io::Result<()> {
        match &mut self.layout {
            Some(layout) => self.terminal.print(layout.row(&[json!(file), json!(kind), data])),
            None => Ok(()),
        }
    }

    /// A sentence among the lines.
    pub fn say(&mut self, text: impl Display) -> io::Result<()> {
        self.terminal.say(text)
    }

    /// Nothing more is found.
    pub fn end(self) -> io::Result<()> {
        self.layout.map_or(Ok(()), |layout| self.terminal.print(layout.foot()))
    }
}
