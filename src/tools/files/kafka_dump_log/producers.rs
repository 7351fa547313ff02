//! Pure: what a partition remembers of its producers: `.snapshot` and `.txnindex`, both of entries of one size.

use super::findings::optional;
use rkafka_protocol::record::crc32c;
use serde_json::{Value, json};
use std::fmt::{self, Display};

const VERSION: i16 = 1;
/// Version, checksum and count.
const HEADER: usize = 10;
const CRC_FROM: usize = 6;
const PRODUCER: usize = 46;
const ABORTED: usize = 34;

/// The producers of a snapshot. Errors: what is wrong with it, in Kafka's words.
pub fn snapshot(bytes: &[u8]) -> Result<Vec<Producer>, String> {
    let underflow = |field: &str| {
        format!("Snapshot failed schema validation: Error reading field '{field}': java.nio.BufferUnderflowException")
    };
    let version = i16::from_be_bytes(at(bytes, 0).ok_or_else(|| underflow("version"))?);
    let crc = u32::from_be_bytes(at(bytes, 2).ok_or_else(|| underflow("crc"))?);
    let count = i32::from_be_bytes(at(bytes, CRC_FROM).ok_or_else(|| underflow("producer_entries"))?);
    let entries = bytes.get(HEADER..).unwrap_or_default();
    let invalid =
        |reason: String| format!("Snapshot failed schema validation: Error reading field 'producer_entries': {reason}");
    let count = match usize::try_from(count) {
        Err(_) => return Err(invalid(format!("Array size {count} cannot be negative"))),
        Ok(count) if count > entries.len() => {
            return Err(invalid(format!(
                "Error reading array of size {count}, only {} bytes available",
                entries.len()
            )));
        }
        Ok(count) => count,
    };
    let entries = entries.as_chunks::<PRODUCER>().0;
    if entries.len() < count {
        return Err(invalid(format!("it claims {count} producers and holds {}", entries.len())));
    }
    if version != VERSION {
        return Err(format!("Snapshot contained an unknown file version {version}"));
    }
    let computed = crc32c(&bytes[CRC_FROM..]);
    if crc != computed {
        return Err(format!(
            "Snapshot is corrupt (CRC is no longer valid). Stored crc: {crc}. Computed crc: {computed}"
        ));
    }
    Ok(entries.iter().take(count).map(Producer::read).collect())
}

/// A producer of a snapshot. Displays as Kafka's line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Producer {
    id: i64,
    epoch: i16,
    coordinator_epoch: i32,
    /// The first offset of the open transaction.
    open: Option<i64>,
    timestamp: i64,
    last: Option<LastBatch>,
}

/// The last batch of a producer.
#[derive(Clone, Debug, PartialEq, Eq)]
struct LastBatch {
    first_sequence: i32,
    last_sequence: i32,
    last_offset: i64,
    offset_delta: i32,
}

impl Producer {
    /// Producer id i64, epoch i16, last sequence i32, last offset i64, offset delta i32, timestamp i64, coordinator epoch
    /// i32, first offset of the open transaction i64.
    fn read(bytes: &[u8; PRODUCER]) -> Producer {
        let long = |from| at(bytes, from).map_or(-1, i64::from_be_bytes);
        let int = |from| at(bytes, from).map_or(-1, i32::from_be_bytes);
        let (last_sequence, last_offset, offset_delta) = (int(10), long(14), int(22));
        let first_sequence = match last_sequence {
            last if last < offset_delta => i32::MAX.wrapping_sub(offset_delta.wrapping_sub(last)).wrapping_add(1),
            last => last.wrapping_sub(offset_delta),
        };
        let last = LastBatch { first_sequence, last_sequence, last_offset, offset_delta };
        Producer {
            id: long(0),
            epoch: at(bytes, 8).map_or(-1, i16::from_be_bytes),
            coordinator_epoch: int(34),
            open: Some(long(38)).filter(|offset| *offset >= 0),
            timestamp: long(26),
            last: Some(last).filter(|_| last_offset >= 0),
        }
    }

    /// For a program.
    pub fn value(&self) -> Value {
        let last = self.last.as_ref();
        json!({
            "producerId": self.id,
            "producerEpoch": self.epoch,
            "coordinatorEpoch": self.coordinator_epoch,
            "currentTxnFirstOffset": self.open,
            "lastTimestamp": self.timestamp,
            "firstSequence": last.map(|last| last.first_sequence),
            "lastSequence": last.map(|last| last.last_sequence),
            "lastOffset": last.map(|last| last.last_offset),
            "offsetDelta": last.map(|last| last.offset_delta),
        })
    }
}

impl Display for Producer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Producer { id, epoch, coordinator_epoch, open, timestamp, last } = self;
        write!(
            f,
            "producerId: {id} producerEpoch: {epoch} coordinatorEpoch: {coordinator_epoch} currentTxnFirstOffset: {} \
             lastTimestamp: {timestamp} ",
            optional(*open)
        )?;
        let Some(LastBatch { first_sequence, last_sequence, last_offset, offset_delta }) = last else { return Ok(()) };
        write!(
            f,
            "firstSequence: {first_sequence} lastSequence: {last_sequence} lastOffset: {last_offset} offsetDelta: \
             {offset_delta} timestamp: {timestamp}"
        )
    }
}

/// A transaction that was aborted. Displays as Kafka's line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aborted {
    version: i16,
    producer_id: i64,
    first_offset: i64,
    last_offset: i64,
    last_stable_offset: i64,
}

impl Aborted {
    /// For a program.
    pub fn value(&self) -> Value {
        json!({
            "version": self.version,
            "producerId": self.producer_id,
            "firstOffset": self.first_offset,
            "lastOffset": self.last_offset,
            "lastStableOffset": self.last_stable_offset,
        })
    }
}

impl Display for Aborted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Aborted { version, producer_id, first_offset, last_offset, last_stable_offset } = self;
        write!(
            f,
            "version: {version} producerId: {producer_id} firstOffset: {first_offset} lastOffset: {last_offset} \
             lastStableOffset: {last_stable_offset}"
        )
    }
}

/// The transactions of an index of aborted ones up to a version that is not known, and that version. Part of an entry at
/// the end is passed over.
pub fn aborted(bytes: &[u8]) -> (Vec<Aborted>, Option<i16>) {
    let mut all = Vec::new();
    for entry in bytes.as_chunks::<ABORTED>().0 {
        let version = at(entry, 0).map_or(-1, i16::from_be_bytes);
        if version > 0 {
            return (all, Some(version));
        }
        let long = |from| at(entry, from).map_or(-1, i64::from_be_bytes);
        let (producer_id, first_offset, last_offset, last_stable_offset) = (long(2), long(10), long(18), long(26));
        all.push(Aborted { version, producer_id, first_offset, last_offset, last_stable_offset });
    }
    (all, None)
}

fn at<const N: usize>(bytes: &[u8], from: usize) -> Option<[u8; N]> {
    bytes.get(from..)?.first_chunk().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A snapshot that Kafka 3.9.1 wrote.
    const RECORDED: [u8; 56] = [
        0x00, 0x01, 0x2b, 0x57, 0x9f, 0xdd, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0x0e, 0, 0, 0, 0, 0, 0,
        0, 0x0e, 0, 0, 0, 4, 0, 0, 0x01, 0xa2, 0x04, 0xa3, 0xa6, 0x23, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff,
    ];

    #[test]
    fn a_snapshot_whole_and_damaged() {
        let producers = snapshot(&RECORDED).unwrap();
        assert_eq!(producers[0].value()["firstSequence"], 10);
        assert_eq!(producers[0].value()["currentTxnFirstOffset"], Value::Null);
        assert_eq!(
            producers.iter().map(ToString::to_string).collect::<Vec<_>>(),
            [
                "producerId: 2 producerEpoch: 0 coordinatorEpoch: -1 currentTxnFirstOffset: OptionalLong.empty lastTimestamp: \
              1795374163491 firstSequence: 10 lastSequence: 14 lastOffset: 14 offsetDelta: 4 timestamp: 1795374163491"
            ]
        );
        for length in 0..RECORDED.len() {
            assert!(snapshot(&RECORDED[..length]).is_err());
        }
        let mut damaged = RECORDED;
        damaged[20] = 1;
        assert!(
            snapshot(&damaged)
                .unwrap_err()
                .starts_with("Snapshot is corrupt (CRC is no longer valid). Stored crc: 727")
        );
        damaged[6] = 0x80;
        assert!(snapshot(&damaged).unwrap_err().ends_with("cannot be negative"));
    }

    #[test]
    fn transactions_that_were_aborted() {
        let mut entry = [0; ABORTED];
        (entry[9], entry[25], entry[33]) = (7, 81, 82);
        let line = "version: 0 producerId: 7 firstOffset: 0 lastOffset: 81 lastStableOffset: 82";
        let lines = |bytes: &[u8]| {
            let (transactions, unknown) = aborted(bytes);
            (transactions.iter().map(ToString::to_string).collect::<Vec<_>>(), unknown)
        };
        assert_eq!(lines(&entry), (vec![line.to_owned()], None));
        assert_eq!(aborted(&entry).0[0].value()["lastStableOffset"], 82);
        let mut two = [entry, entry].concat();
        two[35] = 3;
        assert_eq!(lines(&two), (vec![line.to_owned()], Some(3)));
        assert_eq!(lines(&two[..33]), (vec![], None));
    }
}
