//! Pure: the binary format: a magic number, a version, and frames with checksums.

use super::Entry;
use crate::tools::copying::facts::{GroupFacts, Head, Reached, TopicFacts};
use anyhow::{Context, bail, ensure};
use bytes::{Buf, Bytes};
use rkafka_protocol::record::crc32c;
use serde_json::Value;

/// What a file begins with: no text begins so, and a copy as text would spoil its end.
pub const MAGIC: [u8; 8] = *b"\x89rkafka\n";
/// Behind the magic number, as four bytes.
pub const VERSION: u32 = 1;
/// The length of both.
pub const PREAMBLE: usize = MAGIC.len() + 4;
/// Length and checksum before each frame.
pub const PREFIX: usize = 8;
/// The most bytes of a frame. Kafka's batches are seldom a hundredth as long.
pub const MAX_FRAME: usize = 256 << 20;

/// What a frame holds: its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Head = 1,
    Topic = 2,
    Group = 3,
    Batch = 4,
    Reached = 5,
    End = 6,
}

/// What a file begins with.
pub fn preamble() -> [u8; PREAMBLE] {
    let mut bytes = [0; PREAMBLE];
    bytes[..MAGIC.len()].copy_from_slice(&MAGIC);
    bytes[MAGIC.len()..].copy_from_slice(&VERSION.to_be_bytes());
    bytes
}

/// A frame of what is told as JSON.
pub fn json(kind: Kind, value: &Value) -> anyhow::Result<Vec<u8>> {
    frame(kind, &[value.to_string().as_bytes()])
}

/// A frame of a record batch.
pub fn batch(topic: &str, partition: i32, from: i64, batch: &[u8]) -> anyhow::Result<Vec<u8>> {
    let length = u16::try_from(topic.len()).context("a topic's name is too long")?;
    let place = [&length.to_be_bytes(), topic.as_bytes(), &partition.to_be_bytes(), &from.to_be_bytes() as &[u8]];
    frame(Kind::Batch, &[place.concat().as_slice(), batch])
}

fn frame(kind: Kind, parts: &[&[u8]]) -> anyhow::Result<Vec<u8>> {
    let length = 1 + parts.iter().map(|part| part.len()).sum::<usize>();
    ensure!(length <= MAX_FRAME, "a frame of {length} bytes is too long, {MAX_FRAME} are the limit");
    let mut bytes = vec![0; PREFIX];
    bytes.reserve_exact(length);
    bytes.push(kind as u8);
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
    let checksum = crc32c(&bytes[PREFIX..]);
    bytes[..4].copy_from_slice(&u32::try_from(length)?.to_be_bytes());
    bytes[4..PREFIX].copy_from_slice(&checksum.to_be_bytes());
    Ok(bytes)
}

/// Length and checksum of the frame that begins so; `None` for a length that no frame has.
pub fn prefix(bytes: [u8; PREFIX]) -> Option<(usize, u32)> {
    let mut bytes = bytes.as_slice();
    let (length, checksum) = (usize::try_from(bytes.get_u32()).ok()?, bytes.get_u32());
    (1..=MAX_FRAME).contains(&length).then_some((length, checksum))
}

/// Whether a frame of `length` bytes, of which only those of `begun` are there, may have been cut short. If what it holds
/// says that it is of another length, the length before it is damaged, and what seems missing is other frames.
pub fn may_be_cut(length: usize, begun: &[u8]) -> bool {
    match begun.first() {
        None => true,
        Some(kind) if *kind == Kind::Batch as u8 => {
            let Some(name) = begun.get(1..3).and_then(|bytes| <[u8; 2]>::try_from(bytes).ok()) else { return true };
            // Behind kind, name, partition, offset: the batch, which begins with an offset and the length of its rest.
            let batch = 3 + usize::from(u16::from_be_bytes(name)) + 12;
            let rest = begun.get(batch + 8..batch + 12).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
            rest.is_none_or(|rest| {
                usize::try_from(u32::from_be_bytes(rest)).is_ok_and(|rest| batch + 12 + rest == length)
            })
        }
        Some(_) => {
            let mut values = serde_json::Deserializer::from_slice(&begun[1..]).into_iter::<Value>();
            !matches!(values.next(), Some(Ok(_)))
        }
    }
}

/// What a frame's bytes hold, which have been checked against their checksum.
///
/// Errors: it was written by a later version, or not by this program.
pub fn entry(mut body: Bytes) -> anyhow::Result<Entry> {
    ensure!(body.has_remaining(), "an empty frame");
    let kind = body.get_u8();
    let json = |body: &Bytes| serde_json::from_slice::<Value>(body).context("a frame that is no JSON");
    Ok(match kind {
        kind if kind == Kind::Head as u8 => Entry::Head(Head::of_json(&json(&body)?)?),
        kind if kind == Kind::Topic as u8 => Entry::Topic(TopicFacts::of_json(&json(&body)?)?),
        kind if kind == Kind::Group as u8 => Entry::Group(GroupFacts::of_json(&json(&body)?)?),
        kind if kind == Kind::Reached as u8 => Entry::Reached(Reached::of_json(&json(&body)?)?),
        kind if kind == Kind::End as u8 => Entry::End,
        kind if kind == Kind::Batch as u8 => {
            ensure!(body.remaining() >= 2, "a batch's frame without a topic");
            let length = usize::from(body.get_u16());
            ensure!(body.remaining() >= length + 12, "a batch's frame ends too early");
            let name = body.split_to(length);
            let topic = std::str::from_utf8(&name).context("a topic's name that is no text")?.into();
            Entry::Batch { topic, partition: body.get_i32(), from: body.get_i64(), batch: body }
        }
        other => bail!("a frame of kind {other}, which this version does not know"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(frame: &[u8]) -> Bytes {
        let (length, checksum) = prefix(frame[..PREFIX].try_into().unwrap()).unwrap();
        let body = Bytes::copy_from_slice(&frame[PREFIX..]);
        assert_eq!((body.len(), crc32c(&body)), (length, checksum));
        body
    }

    #[test]
    fn frames_come_back() {
        let Entry::Batch { topic, partition, from, batch } =
            entry(body(&batch("orders", 3, 17, b"abc").unwrap())).unwrap()
        else {
            panic!("no batch");
        };
        assert_eq!((&*topic, partition, from, &*batch), ("orders", 3, 17, b"abc" as &[u8]));
        let head = Head { id: "x".into(), cluster: String::new() };
        let frame = json(Kind::Head, &head.to_json()).unwrap();
        assert!(matches!(entry(body(&frame)).unwrap(), Entry::Head(found) if found == head));
        assert!(matches!(entry(body(&json(Kind::End, &Value::Null).unwrap())).unwrap(), Entry::End));
    }

    #[test]
    fn what_is_no_frame() {
        assert_eq!(prefix([0; PREFIX]), None);
        assert_eq!(prefix([0xff; PREFIX]), None);
        for bytes in [b"" as &[u8], b"\x04", b"\x04\x00\x05abc", b"\x01{", b"\x63"] {
            assert!(entry(Bytes::copy_from_slice(bytes)).is_err(), "{bytes:?}");
        }
    }
}
