//! The batches of a log, and their records.

use super::{
    decoder::Decoder,
    facts::Facts,
    findings::{Findings, optional},
    named::Named,
    plan::Plan,
    segment::{Head, Segment},
    whole_path,
};
use anyhow::{Context, anyhow, bail};
use rkafka_protocol::record::{Batch, Batches, ControlType, MAX_DECOMPRESSED, RecordRef};
use std::{io::Write, path::Path};

/// Shows a log.
pub fn dump(named: &Named, plan: &Plan, found: &mut Findings, out: &mut impl Write) -> anyhow::Result<()> {
    let decoder = match &plan.contents {
        Some(contents) => Some(Decoder::new(contents.clone()?)),
        None => None,
    };
    for notice in decoder.iter().flat_map(Decoder::notices) {
        writeln!(out, "{notice}")?;
    }
    let max_bytes = plan.max_bytes.clone()?;
    writeln!(out, "{}", named.introduction()?)?;
    let mut segment = Segment::open(Path::new(&named.path))?;
    let Ok(limit) = u64::try_from(max_bytes) else { bail!("Invalid size: {max_bytes} in read from {}", named.path) };
    let end = segment.size().min(limit);
    let file = whole_path(named)?;
    let mut log = LogDump { decoder, facts: Facts::get(), plan, file, found, last_offset: -1 };
    let mut position = 0;
    while let Some(head) = segment.head(position, end)? {
        position += head.size();
        let batch = segment.batch(&head)?;
        write_batch(&head, &batch, out)?;
        if plan.deep {
            let place = || format!("{}: the batch at position {}", named.path, head.position);
            log.records(&head, &batch, out).with_context(place)?;
        }
    }
    if end > position && max_bytes == i32::MAX {
        writeln!(out, "Found {} invalid bytes at the end of {}", end - position, named.name())?;
    }
    Ok(())
}

/// The line that a batch's header makes.
fn write_batch(head: &Head, batch: &Batch, out: &mut impl Write) -> anyhow::Result<()> {
    let header = &head.header;
    if head.magic >= 2 {
        let attributes = header.attributes;
        let horizon = (attributes.0 & DELETE_HORIZON != 0).then_some(header.base_timestamp.0);
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
            optional(horizon)
        )?;
    } else {
        write!(out, "offset: {}", header.last_offset().0)?;
    }
    let codec = header.codec().map_err(|_| {
        let id = header.attributes.0 & 7;
        anyhow!("Unknown compression type id: {id}\nThe batch at position {} says so: it is damaged.", head.position)
    })?;
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

/// The bit by which a batch's base timestamp is the time at which its tombstones may go.
const DELETE_HORIZON: i16 = 0x40;

fn timestamp_type(head: &Head) -> &'static str {
    if head.magic == 0 { "NoTimestampType" } else { head.header.timestamp_type().name() }
}

struct LogDump<'a> {
    decoder: Option<Decoder>,
    facts: &'static Facts,
    plan: &'a Plan,
    /// The log's whole path.
    file: String,
    found: &'a mut Findings,
    last_offset: i64,
}

impl LogDump<'_> {
    fn records(&mut self, head: &Head, batch: &Batch, out: &mut impl Write) -> anyhow::Result<()> {
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
            self.record(head, &record, entry.as_ref(), out)?;
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
                self.control(record, out)?;
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

    fn control(&self, record: &RecordRef<'_>, out: &mut impl Write) -> anyhow::Result<()> {
        let (kind, value) = (ControlType::parse(record.key.unwrap_or_default())?, record.value.unwrap_or_default());
        let json = |id: i16| {
            let shown = Decoder::control(self.facts, id, value);
            shown.ok_or_else(|| anyhow!("the control record at offset {} cannot be read", record.offset.0))
        };
        match kind {
            ControlType::Abort | ControlType::Commit => {
                let Some([_, _, epoch @ ..]) = value.first_chunk::<6>() else {
                    bail!("Invalid value size found for end transaction marker. It is {} bytes, not 6", value.len());
                };
                let name = if kind == ControlType::Abort { "ABORT" } else { "COMMIT" };
                write!(out, " endTxnMarker: {name} coordinatorEpoch: {}", i32::from_be_bytes(*epoch))?;
            }
            ControlType::Other(2) => write!(out, " controlType: LEADER_CHANGE(2)")?,
            ControlType::Other(3) => write!(out, " SnapshotHeader {}", json(3)?)?,
            ControlType::Other(4) => write!(out, " SnapshotFooter {}", json(4)?)?,
            ControlType::Other(5) => write!(out, " KRaftVersion {}", json(5)?)?,
            ControlType::Other(6) => write!(out, " KRaftVoters {}", json(6)?)?,
            ControlType::Other(id) => write!(out, " controlType: UNKNOWN({id})")?,
        }
        Ok(())
    }
}

/// A record's sequence number, which wraps around to 0; −1 if its producer is not idempotent.
fn sequence(head: &Head, offset: i64) -> i64 {
    match head.header.base_sequence {
        base if base < 0 => -1,
        base => i64::from(base).wrapping_add(offset.wrapping_sub(head.header.base_offset.0)) & i64::from(i32::MAX),
    }
}
