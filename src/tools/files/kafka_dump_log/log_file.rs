//! The batches of a log, and their records.

use super::{
    decoder::Decoder,
    findings::{Findings, optional},
    named::Named,
    plan::Plan,
    sink::Sink,
    whole_path,
};
use crate::internal_records::{
    facts::Facts,
    segment::{Head, Segment},
};
use anyhow::{Context, anyhow, bail};
use rkafka_protocol::record::{Batch, Batches, Codec, ControlType, MAX_DECOMPRESSED, RecordRef};
use serde_json::{Value, json};
use std::{io::Write, path::Path};

/// Shows a log.
pub fn dump(named: &Named, plan: &Plan, found: &mut Findings, sink: &mut Sink<'_>) -> anyhow::Result<()> {
    let decoder = match &plan.contents {
        Some(contents) => Some(Decoder::new(contents.clone()?)),
        None => None,
    };
    for notice in decoder.iter().flat_map(Decoder::notices) {
        sink.say(notice)?;
    }
    let max_bytes = plan.max_bytes.clone()?;
    sink.say(named.introduction()?)?;
    let mut segment = Segment::open(Path::new(&named.path))?;
    let Ok(limit) = u64::try_from(max_bytes) else { bail!("Invalid size: {max_bytes} in read from {}", named.path) };
    let end = segment.size().min(limit);
    let file = whole_path(named)?;
    let path = &named.path;
    let mut log = LogDump { decoder, facts: Facts::get(), plan, path, file, found, last_offset: -1 };
    let mut position = 0;
    let live = sink.terminal.live_beside_output();
    if let Some(live) = &live {
        live.expect(end);
        live.say(&format!("reading {}", named.name()));
    }
    while let Some(head) = segment.head(position, end)? {
        position += head.size();
        if let Some(live) = &live {
            live.reach(position);
        }
        let batch = segment.batch(&head)?;
        match sink.lines() {
            Some(out) => write_batch(&head, &batch, out)?,
            None => sink.row(path, "batch", batch_value(&head, &batch)?)?,
        }
        if plan.deep {
            let place = || format!("{}: the batch at position {}", named.path, head.position);
            log.records(&head, &batch, sink).with_context(place)?;
        }
    }
    if end > position && max_bytes == i32::MAX {
        sink.say(format_args!("Found {} invalid bytes at the end of {}", end - position, named.name()))?;
    }
    Ok(())
}

/// The line that a batch's header makes.
fn write_batch(head: &Head, batch: &Batch, out: &mut impl Write) -> anyhow::Result<()> {
    let header = &head.header;
    if head.magic >= 2 {
        write!(
            out,
            "baseOffset: {} lastOffset: {} count: {} baseSequence: {} lastSequence: {} producerId: {} producerEpoch: {} \
             partitionLeaderEpoch: {} isTransactional: {} isControl: {} deleteHorizonMs: {}",
            header.base_offset.0,
            header.last_offset().0,
            header.count,
            header.base_sequence,
            header.last_sequence(),
            header.producer_id.0,
            header.producer_epoch.0,
            header.leader_epoch.0,
            header.is_transactional(),
            header.is_control(),
            optional(horizon(head))
        )?;
    } else {
        write!(out, "offset: {}", header.last_offset().0)?;
    }
    let codec = codec(head)?;
    writeln!(
        out,
        " position: {} {}: {} size: {} magic: {} compresscodec: {codec} crc: {} isvalid: {}",
        head.position,
        timestamp_type(head),
        header.max_timestamp.0,
        header.size,
        head.magic,
        header.crc,
        batch.verify_crc().is_ok()
    )?;
    Ok(())
}

/// Before the codec is looked at, the text has half of its line.
fn codec(head: &Head) -> anyhow::Result<Codec> {
    head.header.codec().map_err(|_| {
        let id = head.header.attributes.0 & 7;
        anyhow!("Unknown compression type id: {id}\nThe batch at position {} says so: it is damaged.", head.position)
    })
}

/// From when on tombstones may go, in ms since 1970.
fn horizon(head: &Head) -> Option<i64> {
    (head.header.attributes.0 & DELETE_HORIZON != 0).then_some(head.header.base_timestamp.0)
}

/// A batch's header for a program.
fn batch_value(head: &Head, batch: &Batch) -> anyhow::Result<Value> {
    let (header, is_new) = (&head.header, head.magic >= 2);
    Ok(json!({
        "baseOffset": is_new.then_some(header.base_offset.0),
        "lastOffset": header.last_offset().0,
        "count": is_new.then_some(header.count),
        "baseSequence": is_new.then_some(header.base_sequence),
        "lastSequence": is_new.then(|| header.last_sequence()),
        "producerId": is_new.then_some(header.producer_id.0),
        "producerEpoch": is_new.then_some(header.producer_epoch.0),
        "partitionLeaderEpoch": is_new.then_some(header.leader_epoch.0),
        "isTransactional": is_new.then(|| header.is_transactional()),
        "isControl": is_new.then(|| header.is_control()),
        "deleteHorizonMs": horizon(head).filter(|_| is_new),
        "position": head.position,
        "size": header.size,
        "timestampType": timestamp_type(head),
        "maxTimestamp": header.max_timestamp.0,
        "magic": head.magic,
        "compression": codec(head)?.to_string(),
        "crc": header.crc,
        "isValid": batch.verify_crc().is_ok(),
    }))
}

/// The bit by which a batch's base timestamp is the time at which its tombstones may go.
const DELETE_HORIZON: i16 = 0x40;

fn timestamp_type(head: &Head) -> &'static str {
    if head.magic == 0 { "NoTimestampType" } else { head.header.timestamp_type().name() }
}

struct LogDump<'a> {
    decoder: Option<Decoder>,
    facts: &'static Facts,
    plan: &'a Plan,
    /// The log's path as it was typed.
    path: &'a str,
    /// The log's whole path.
    file: String,
    found: &'a mut Findings,
    last_offset: i64,
}

impl LogDump<'_> {
    fn records(&mut self, head: &Head, batch: &Batch, sink: &mut Sink<'_>) -> anyhow::Result<()> {
        let count = head.header.count;
        if count < 0 {
            bail!("Found invalid record count {count} in magic v{} batch", head.magic);
        }
        if count == 0 {
            return Ok(());
        }
        let open = batch.open(MAX_DECOMPRESSED)?;
        // In the old formats each record has a checksum of its own.
        let mut entries = (head.magic < 2).then(|| Batches::new(open.data().clone()));
        for record in open.records() {
            let record = record?;
            let offset = record.offset.0;
            if self.last_offset != -1 && offset != self.last_offset.wrapping_add(1) {
                self.found.gap(&self.file, self.last_offset, offset);
            }
            self.last_offset = offset;
            let entry = match &mut entries {
                Some(entries) => entries.next().transpose()?,
                None => None,
            };
            match sink.lines() {
                Some(out) => self.record(head, &record, entry.as_ref(), out)?,
                None => sink.row(self.path, "record", self.value(head, &record, entry.as_ref())?)?,
            }
        }
        Ok(())
    }

    fn record(
        &self,
        head: &Head,
        record: &RecordRef<'_>,
        entry: Option<&Batch>,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        let mut prefix = "| ";
        if !self.plan.skip_metadata {
            let length = |field: Option<&[u8]>| field.map_or(-1, |field| field.len() as i64);
            write!(
                out,
                "| offset: {} {}: {} keySize: {} valueSize: {}",
                record.offset.0,
                timestamp_type(head),
                record.timestamp.0,
                length(record.key),
                length(record.value)
            )?;
            prefix = " ";
            if head.magic >= 2 {
                write!(out, " sequence: {} headerKeys: [", sequence(head, record.offset.0))?;
                for (at, (key, _)) in record.headers.iter().enumerate() {
                    write!(out, "{}{}", if at > 0 { "," } else { "" }, String::from_utf8_lossy(key))?;
                }
                write!(out, "]")?;
            }
            if let Some(entry) = entry {
                // The brace is Kafka's.
                write!(out, " isValid: {} crc: {}}}", entry.verify_crc().is_ok(), entry.header.crc)?;
            }
            if head.header.is_control() {
                write!(out, " {}", self.control(record)?.text)?;
            }
        }
        if let Some(decoder) = self.decoder.as_ref().filter(|_| !head.header.is_control()) {
            let (key, payload) = decoder.show(record).map_err(|reason| anyhow!(reason))?;
            if let Some(key) = key {
                write!(out, "{prefix}key: {key}")?;
                prefix = " ";
            }
            if let Some(payload) = payload {
                write!(out, "{prefix}payload: {payload}")?;
            }
        }
        writeln!(out)?;
        Ok(())
    }

    /// A record for a program.
    fn value(&self, head: &Head, record: &RecordRef<'_>, entry: Option<&Batch>) -> anyhow::Result<Value> {
        let length = |field: Option<&[u8]>| field.map(<[u8]>::len);
        let names = || record.headers.iter().map(|(key, _)| String::from_utf8_lossy(key)).collect::<Vec<_>>();
        let is_control = head.header.is_control();
        let control = if is_control && !self.plan.skip_metadata { Some(self.control(record)?) } else { None };
        let (key, payload) = match self.decoder.as_ref().filter(|_| !is_control) {
            Some(decoder) => decoder.show(record).map_err(|reason| anyhow!(reason))?,
            None => Default::default(),
        };
        let payload = payload.map(|payload| payload.to_string());
        let (is_new, told) = (head.magic >= 2, !self.plan.skip_metadata);
        Ok(json!({
            "offset": told.then_some(record.offset.0),
            "timestampType": told.then(|| timestamp_type(head)),
            "timestamp": told.then_some(record.timestamp.0),
            "keySize": length(record.key).filter(|_| told),
            "valueSize": length(record.value).filter(|_| told),
            "sequence": (told && is_new).then(|| sequence(head, record.offset.0)),
            "headerKeys": (told && is_new).then(names),
            "crc": entry.filter(|_| told).map(|entry| entry.header.crc),
            "isValid": entry.filter(|_| told).map(|entry| entry.verify_crc().is_ok()),
            "controlType": control.as_ref().map(|control| &control.kind),
            "coordinatorEpoch": control.as_ref().and_then(|control| control.coordinator_epoch),
            "key": key.map(|key| key.to_string()),
            "payload": payload.or_else(|| control.as_ref().and_then(|control| control.payload.clone())),
        }))
    }

    fn control(&self, record: &RecordRef<'_>) -> anyhow::Result<Control> {
        let (kind, value) = (ControlType::parse(record.key.unwrap_or_default())?, record.value.unwrap_or_default());
        let with_json = |name: &str, id: i16| -> anyhow::Result<Control> {
            let json = Decoder::control(self.facts, id, value);
            let json =
                json.ok_or_else(|| anyhow!("the control record at offset {} cannot be read", record.offset.0))?;
            let text = format!("{name} {json}");
            Ok(Control { text, kind: name.to_owned(), coordinator_epoch: None, payload: Some(json) })
        };
        let named = |name: String| {
            let text = format!("controlType: {name}");
            Ok(Control { text, kind: name, coordinator_epoch: None, payload: None })
        };
        match kind {
            ControlType::Abort | ControlType::Commit => {
                let Some([_, _, epoch @ ..]) = value.first_chunk::<6>() else {
                    bail!("Invalid value size found for end transaction marker. It is {} bytes, not 6", value.len());
                };
                let name = if kind == ControlType::Abort { "ABORT" } else { "COMMIT" };
                let epoch = i32::from_be_bytes(*epoch);
                let text = format!("endTxnMarker: {name} coordinatorEpoch: {epoch}");
                Ok(Control { text, kind: name.to_owned(), coordinator_epoch: Some(epoch), payload: None })
            }
            ControlType::Other(2) => named("LEADER_CHANGE(2)".to_owned()),
            ControlType::Other(3) => with_json("SnapshotHeader", 3),
            ControlType::Other(4) => with_json("SnapshotFooter", 4),
            ControlType::Other(5) => with_json("KRaftVersion", 5),
            ControlType::Other(6) => with_json("KRaftVoters", 6),
            ControlType::Other(id) => named(format!("UNKNOWN({id})")),
        }
    }
}

/// What a control record says.
struct Control {
    /// As Kafka's tool shows it.
    text: String,
    kind: String,
    coordinator_epoch: Option<i32>,
    /// As JSON, where there is more to it.
    payload: Option<String>,
}

/// A record's sequence number, which wraps around to 0; −1 if its producer is not idempotent.
fn sequence(head: &Head, offset: i64) -> i64 {
    match head.header.base_sequence {
        base if base < 0 => -1,
        base => i64::from(base).wrapping_add(offset.wrapping_sub(head.header.base_offset.0)) & i64::from(i32::MAX),
    }
}
