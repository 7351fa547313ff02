//! Offset and time indexes, and whether they agree with their log.

use super::{
    findings::Findings,
    named::Named,
    plan::{IndexMode, Plan},
    sink::Sink,
    whole_path,
};
use crate::internal_records::segment::Segment;
use anyhow::{Context, anyhow, bail};
use rkafka_protocol::record::MAX_DECOMPRESSED;
use serde_json::json;
use std::{fs, path::Path};

/// An entry of an offset index: the last offset of a batch, and where it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct OffsetEntry {
    offset: i64,
    position: i32,
}

/// An entry of a time index: a timestamp, and the offset of the batch that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct TimeEntry {
    timestamp: i64,
    offset: i64,
}

const OFFSET_ENTRY: usize = 8;
const TIME_ENTRY: usize = 12;

/// Shows an offset index.
pub fn dump_offsets(named: &Named, plan: &Plan, found: &mut Findings, sink: &mut Sink<'_>) -> anyhow::Result<()> {
    let max_message_size = plan.max_message_size.clone()?;
    let base = named.base_offset()?;
    let mut segment = Segment::open(Path::new(&named.sibling(".log")))?;
    let bytes = read(&named.path)?;
    let entries = offset_entries(&bytes, base);
    if entries.is_empty() {
        sink.say(format_args!("{} is empty.", named.path))?;
        return Ok(());
    }
    if plan.index == IndexMode::Sanity {
        let last = entries.last().map_or(base, |entry| entry.offset);
        check_sanity("Index", named, &bytes, OFFSET_ENTRY, last, base)?;
        sink.say(format_args!("{} passed sanity check.", named.path))?;
        return Ok(());
    }
    let file = whole_path(named)?;
    for (at, entry) in entries.iter().enumerate() {
        // A file that is being written has its full size, and zeros after the last entry.
        if entry.offset == base && at > 0 {
            break;
        }
        let last = last_offset_at(&mut segment, entry.position, max_message_size);
        let last = last.with_context(|| format!("{}: entry {at}, of offset {}", named.path, entry.offset))?;
        if last != entry.offset {
            found.mismatch(&file, entry.offset, last);
        }
        if plan.index != IndexMode::Verify {
            let OffsetEntry { offset, position } = entry;
            let data = || json!({ "offset": offset, "position": position });
            sink.thing(&named.path, "offsetIndexEntry", format_args!("offset: {offset} position: {position}"), data)?;
        }
    }
    Ok(())
}

/// The last offset of the batch at a position that an index has.
fn last_offset_at(segment: &mut Segment, position: i32, max_size: i32) -> anyhow::Result<i64> {
    let (at, end) = (start(segment, position)?, u64::try_from(max_size).ok());
    let end = end.ok_or_else(|| anyhow!("--max-message-size {max_size} is negative"))?.saturating_add(at);
    match segment.head(at, end)? {
        Some(head) => Ok(head.header.last_offset().0),
        None => bail!(
            "the log has no whole batch of at most {max_size} bytes at position {at}\nEither the index is ahead of its log \
             (a broker rebuilds it when it starts), or the batch is larger than --max-message-size."
        ),
    }
}

/// A position of an index as one in the log.
fn start(segment: &Segment, position: i32) -> anyhow::Result<u64> {
    let at = u64::try_from(position).map_err(|_| anyhow!("Invalid position: {position} in read from its log"))?;
    if at > segment.size() {
        bail!("Slice from position {at} exceeds end position of its log, which has {} bytes", segment.size());
    }
    Ok(at)
}

/// Shows a time index.
pub fn dump_times(named: &Named, plan: &Plan, found: &mut Findings, sink: &mut Sink<'_>) -> anyhow::Result<()> {
    let base = named.base_offset()?;
    let mut segment = Segment::open(Path::new(&named.sibling(".log")))?;
    let offsets = offset_entries(&read(&named.sibling(".index"))?, base);
    let bytes = read(&named.path)?;
    let entries = time_entries(&bytes, base);
    if plan.index == IndexMode::Sanity {
        let (first, last) = (entries.first(), entries.last());
        if let (Some(first), Some(last)) = (first, last)
            && last.timestamp < first.timestamp
        {
            bail!(
                "Corrupt time index found, time index file ({}) has non-zero size but the last timestamp is {} which is \
                 less than the first timestamp {}",
                whole_path(named)?,
                last.timestamp,
                first.timestamp
            );
        }
        check_sanity("Time index", named, &bytes, TIME_ENTRY, last.map_or(base, |entry| entry.offset), base)?;
        sink.say(format_args!("{} passed sanity check.", named.path))?;
        return Ok(());
    }
    let file = whole_path(named)?;
    let mut before = -1;
    for (at, entry) in entries.iter().enumerate() {
        if entry.offset == base && at > 0 {
            break;
        }
        let place = || format!("{}: entry {at}, of offset {}", named.path, entry.offset);
        check_time(&mut segment, &offsets, entry, before, &file, found).with_context(place)?;
        if plan.index != IndexMode::Verify {
            let TimeEntry { timestamp, offset } = entry;
            let data = || json!({ "timestamp": timestamp, "offset": offset });
            sink.thing(&named.path, "timeIndexEntry", format_args!("timestamp: {timestamp} offset: {offset}"), data)?;
        }
        before = entry.timestamp;
    }
    Ok(())
}

/// Compares an entry with the batch that it means.
fn check_time(
    segment: &mut Segment,
    offsets: &[OffsetEntry],
    entry: &TimeEntry,
    before: i64,
    file: &str,
    found: &mut Findings,
) -> anyhow::Result<()> {
    let mut position = start(segment, position_below(offsets, entry.offset))?;
    let batch = loop {
        let Some(head) = segment.head(position, u64::MAX)? else {
            found.not_found(file, entry.offset, -1);
            return Ok(());
        };
        if head.header.last_offset().0 >= entry.offset {
            break head;
        }
        position += head.size();
    };
    let last = batch.header.last_offset().0;
    if last != entry.offset {
        found.not_found(file, entry.offset, last);
        return Ok(());
    }
    let open = segment.batch(&batch)?.open(MAX_DECOMPRESSED)?;
    let mut newest = -1;
    for record in open.records() {
        newest = newest.max(record?.timestamp.0);
    }
    if newest != entry.timestamp {
        found.wrong_timestamp(file, entry.timestamp, newest);
    }
    if before >= entry.timestamp {
        found.out_of_order(file, entry.timestamp, before);
    }
    Ok(())
}

/// The position of the last entry at or below an offset, 0 without one.
fn position_below(offsets: &[OffsetEntry], offset: i64) -> i32 {
    // As Kafka looks: by halves, which matters where the zeros of a file that is being written follow.
    let (mut low, mut high) = (0, offsets.len().saturating_sub(1));
    if offsets.first().is_none_or(|first| first.offset > offset) {
        return 0;
    }
    while low < high {
        let middle = (low + high).div_ceil(2);
        match offsets[middle].offset.cmp(&offset) {
            std::cmp::Ordering::Greater => high = middle - 1,
            std::cmp::Ordering::Less => low = middle,
            std::cmp::Ordering::Equal => return offsets[middle].position,
        }
    }
    offsets[low].position
}

/// The check by which a starting broker decides whether an index is to be rebuilt.
fn check_sanity(what: &str, named: &Named, bytes: &[u8], size: usize, last: i64, base: i64) -> anyhow::Result<()> {
    let file = whole_path(named)?;
    if last < base {
        let found = match what {
            "Index" => {
                format!("Corrupt index found, index file {file} has non-zero size but the last offset is {last}")
            }
            _ => format!(
                "Corrupt time index found, time index file ({file}) has non-zero size but the last offset is {last}"
            ),
        };
        let than = if what == "Index" { "base" } else { "first" };
        bail!("{found} which is less than the {than} offset {base}");
    }
    if !bytes.len().is_multiple_of(size) {
        let file = format!("{what} file {file} is corrupt, found {} bytes", bytes.len());
        bail!("{file} which is neither positive nor a multiple of {size}");
    }
    Ok(())
}

fn read(path: &str) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| path.to_owned())
}

/// Relative offset i32, position i32.
fn offset_entries(bytes: &[u8], base: i64) -> Vec<OffsetEntry> {
    let entry = |[a, b, c, d, position @ ..]: &[u8; OFFSET_ENTRY]| OffsetEntry {
        offset: base.wrapping_add(i64::from(i32::from_be_bytes([*a, *b, *c, *d]))),
        position: i32::from_be_bytes(*position),
    };
    bytes.as_chunks().0.iter().map(entry).collect()
}

/// Timestamp i64, relative offset i32.
fn time_entries(bytes: &[u8], base: i64) -> Vec<TimeEntry> {
    let entry = |[a, b, c, d, e, f, g, h, offset @ ..]: &[u8; TIME_ENTRY]| TimeEntry {
        timestamp: i64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]),
        offset: base.wrapping_add(i64::from(i32::from_be_bytes(*offset))),
    };
    bytes.as_chunks().0.iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_and_how_they_are_found() {
        let bytes = [0, 0, 0, 2, 0, 0, 0, 9, 0, 0, 0, 5, 0, 0, 1, 0, 7];
        let entries = offset_entries(&bytes, 10);
        assert_eq!(entries, [OffsetEntry { offset: 12, position: 9 }, OffsetEntry { offset: 15, position: 256 }]);
        let positions: Vec<i32> = [11, 12, 14, 15, 99].map(|offset| position_below(&entries, offset)).to_vec();
        assert_eq!(positions, [0, 9, 9, 256, 256]);
        assert_eq!(position_below(&[], 5), 0);
        let bytes = [0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 1, 9, 9];
        assert_eq!(time_entries(&bytes, 10), [TimeEntry { timestamp: 3, offset: 11 }]);
    }

    #[test]
    fn what_a_broker_would_rebuild() {
        let named = Named::new("/d/00000000000000000010.index");
        let check = |bytes: &[u8], last| check_sanity("Index", &named, bytes, OFFSET_ENTRY, last, 10).err();
        assert!(check(&[0; 8], 10).is_none());
        let error = check(&[0; 9], 10).unwrap().to_string();
        assert!(error.ends_with("found 9 bytes which is neither positive nor a multiple of 8"), "{error}");
        assert!(check(&[0; 8], 9).unwrap().to_string().contains("less than the base offset 10"));
    }
}
