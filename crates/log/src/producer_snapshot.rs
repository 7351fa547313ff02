//! `.snapshot` files: the producers of a partition as they were at the offset in the file's name.
//!
//! ```text
//! version i16 = 1 | crc u32 (CRC-32C of all that follows) | count i32 | count × 46 bytes:
//! producer id i64 | epoch i16 | last sequence i32 | last offset i64 | offset delta i32 | timestamp i64 |
//! coordinator epoch i32 | first offset of the open transaction i64, −1 for none
//! ```
//!
//! Only the newest batch of each producer is kept (`ProducerStateManager`'s snapshot schema).

use super::{
    error::LogError,
    file_names::{SNAPSHOT, parse_segment_file, segment_file},
    fsync::sync_file,
    open_files::briefly,
    producer_state::{BatchMeta, ProducerEntry, ProducerState},
};
use crc_fast::CrcAlgorithm;
use rkafka_runtime::files;
use std::{collections::VecDeque, io, path::Path};

const VERSION: i16 = 1;
const HEADER: usize = 10;
const CRC_FROM: usize = 6;
const ENTRY: usize = 46;

/// The bytes of a snapshot of `state`.
pub(super) fn encode(state: &ProducerState) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER + state.len() * ENTRY);
    bytes.extend(VERSION.to_be_bytes());
    bytes.extend([0; 4]);
    bytes.extend((state.len() as u32).to_be_bytes());
    for (id, entry) in state.sorted() {
        let nothing = BatchMeta { last_sequence: -1, last_offset: -1, offset_delta: 0, timestamp: -1 };
        let last = entry.batches.back().copied().unwrap_or(nothing);
        bytes.extend(id.to_be_bytes());
        bytes.extend(entry.epoch.to_be_bytes());
        bytes.extend(last.last_sequence.to_be_bytes());
        bytes.extend(last.last_offset.to_be_bytes());
        bytes.extend(last.offset_delta.to_be_bytes());
        bytes.extend(entry.last_timestamp.to_be_bytes());
        bytes.extend(entry.coordinator_epoch.to_be_bytes());
        bytes.extend(entry.current_txn_first_offset.unwrap_or(-1).to_be_bytes());
    }
    let crc = checksum(&bytes);
    if let Some(place) = bytes.get_mut(2..CRC_FROM) {
        place.copy_from_slice(&crc.to_be_bytes());
    }
    bytes
}

/// Reads a snapshot's producers; says what is wrong with the bytes otherwise.
pub(super) fn decode(bytes: &[u8]) -> Result<Vec<(i64, ProducerEntry)>, String> {
    let short = || format!("{} bytes are too short for a snapshot", bytes.len());
    let version = i16::from_be_bytes(*bytes.first_chunk().ok_or_else(short)?);
    if version != VERSION {
        return Err(format!("the snapshot has version {version}, only {VERSION} is known"));
    }
    let entries = bytes.get(HEADER..).ok_or_else(short)?;
    let crc = u32::from_be_bytes(bytes.get(2..).and_then(|b| b.first_chunk()).copied().ok_or_else(short)?);
    let count = i32::from_be_bytes(bytes.get(CRC_FROM..).and_then(|b| b.first_chunk()).copied().ok_or_else(short)?);
    if crc != checksum(bytes) {
        return Err(format!("the snapshot's checksum is {:08x}, its bytes have {:08x}", crc, checksum(bytes)));
    }
    if usize::try_from(count).ok().and_then(|n| n.checked_mul(ENTRY)) != Some(entries.len()) {
        return Err(format!("the snapshot claims {count} producers and holds {} bytes", entries.len()));
    }
    Ok(entries.as_chunks::<ENTRY>().0.iter().map(decode_entry).collect())
}

fn decode_entry(bytes: &[u8; ENTRY]) -> (i64, ProducerEntry) {
    let int = |from: usize| bytes.get(from..).and_then(|b| b.first_chunk()).map_or(-1, |b| i32::from_be_bytes(*b));
    let long = |from: usize| bytes.get(from..).and_then(|b| b.first_chunk()).map_or(-1, |b| i64::from_be_bytes(*b));
    let batch = BatchMeta { last_sequence: int(10), last_offset: long(14), offset_delta: int(22), timestamp: long(26) };
    let known = if batch.last_offset >= 0 { VecDeque::from([batch]) } else { VecDeque::new() };
    let open = long(38);
    let entry = ProducerEntry {
        epoch: i16::from_be_bytes([bytes[8], bytes[9]]),
        batches: known,
        coordinator_epoch: int(34),
        last_timestamp: batch.timestamp,
        current_txn_first_offset: (open >= 0).then_some(open),
    };
    (long(0), entry)
}

fn checksum(bytes: &[u8]) -> u32 {
    crc_fast::checksum(CrcAlgorithm::Crc32Iscsi, bytes.get(CRC_FROM..).unwrap_or_default()) as u32
}

/// Writes the snapshot of `state` at its end offset, if it does not stand there already. `sync` waits for the disk.
pub(super) fn take(dir: &Path, state: &mut ProducerState, sync: bool) -> Result<(), LogError> {
    if state.map_end_offset <= state.snapshot_offset {
        return Ok(());
    }
    assert!(state.map_end_offset >= 0, "a snapshot at offset {} could not be found again", state.map_end_offset);
    let path = dir.join(segment_file(state.map_end_offset, SNAPSHOT));
    let bytes = encode(state);
    assert_eq!(bytes.len(), HEADER + state.len() * ENTRY, "a snapshot of {} producers", state.len());
    debug_assert_eq!(
        decode(&bytes).map(|producers| producers.len()),
        Ok(state.len()),
        "a snapshot is read as it is written"
    );
    let write = || {
        let file = briefly(|| files::create(&path))?;
        files::write_all(&file, &bytes)?;
        if sync { sync_file(&file) } else { Ok(()) }
    };
    write().map_err(LogError::io("write", &path))?;
    state.snapshot_offset = state.map_end_offset;
    Ok(())
}

/// The offsets of the snapshots in a directory, ascending.
pub(super) fn list(dir: &Path) -> Result<Vec<i64>, LogError> {
    let mut found = Vec::new();
    for entry in briefly(|| files::read_dir(dir)).map_err(LogError::io("list", dir))? {
        let name = entry.map_err(LogError::io("list", dir))?.file_name();
        match name.to_str().and_then(parse_segment_file) {
            Some((offset, SNAPSHOT)) => found.push(offset.0),
            _ => continue,
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// Reads the snapshot at `offset`. A damaged one is removed and reported, and `None` returned.
pub(super) fn load(dir: &Path, offset: i64) -> Result<Option<Vec<(i64, ProducerEntry)>>, LogError> {
    let path = dir.join(segment_file(offset, SNAPSHOT));
    let bytes = briefly(|| files::read(&path)).map_err(LogError::io("read", &path))?;
    match decode(&bytes) {
        Ok(entries) => Ok(Some(entries)),
        Err(reason) => {
            let target = "org.apache.kafka.storage.internals.log.ProducerStateManager";
            log::warn!(target: target, "Failed to load producer snapshot from '{}': {reason}; it is removed and the state \
                is read from the log", path.display());
            remove(dir, offset)?;
            Ok(None)
        }
    }
}

pub(super) fn remove(dir: &Path, offset: i64) -> Result<(), LogError> {
    let path = dir.join(segment_file(offset, SNAPSHOT));
    match files::remove_file(&path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(LogError::io("remove", &path)(e)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// spec-cmp-0/00000000000000000015.snapshot of the recorded 3.9.1 log dir.
    const RECORDED: [u8; 56] = [
        0x00, 0x01, 0x2b, 0x57, 0x9f, 0xdd, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0x0e, 0, 0, 0, 0, 0, 0,
        0, 0x0e, 0, 0, 0, 4, 0, 0, 0x01, 0xa2, 0x04, 0xa3, 0xa6, 0x23, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff,
    ];

    fn state_of(bytes: &[u8]) -> ProducerState {
        let mut state = ProducerState::default();
        state.restore(decode(bytes).unwrap(), 15, 0, i64::MAX);
        state
    }

    #[test]
    fn recorded_snapshots_are_read_and_written_alike() {
        let state = state_of(&RECORDED);
        let (id, entry) = state.sorted()[0];
        assert_eq!(id, 2);
        assert_eq!((entry.epoch, entry.last_sequence(), entry.coordinator_epoch), (0, 14, -1));
        assert_eq!(encode(&state), RECORDED);
        let empty = [0x00, 0x01, 0x48, 0x67, 0x4b, 0xc7, 0, 0, 0, 0];
        assert_eq!(encode(&state_of(&empty)), empty);
    }

    #[test]
    fn damaged_snapshots_are_refused() {
        for n in 0..RECORDED.len() {
            assert!(decode(&RECORDED[..n]).is_err());
            let mut bad = RECORDED;
            bad[n] ^= 0x40;
            assert!(decode(&bad).is_err());
        }
        let mut rng = fastrand::Rng::with_seed(9);
        for _ in 0..2000 {
            let bytes: Vec<u8> = (0..rng.usize(0..80)).map(|_| rng.u8(..)).collect();
            assert!(decode(&bytes).is_err());
        }
    }
}
