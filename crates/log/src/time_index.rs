//! `.timeindex`: up to which offset no record is younger than a time. Entries of 12 bytes, growing:
//! `timestamp i64 | relative offset u32`: the largest timestamp so far, and the last offset of the batch that holds it.

use super::{
    error::LogError,
    file_names::TIME_INDEX,
    index_file::{IndexFile, PartitionDir},
};
use std::sync::Arc;

const ENTRY: usize = 12;

pub(super) struct TimeIndex {
    file: IndexFile<ENTRY>,
    base: i64,
}

impl TimeIndex {
    pub fn new(dir: Arc<PartitionDir>, base: i64, max_bytes: u32) -> TimeIndex {
        TimeIndex { file: IndexFile::new(dir, base, TIME_INDEX, max_bytes), base }
    }

    pub fn file(&mut self) -> &mut IndexFile<ENTRY> {
        &mut self.file
    }

    /// Adds an entry if its timestamp is greater than the last one's. `closing` may use the last place, which is kept
    /// free until then.
    pub fn maybe_append(&mut self, timestamp: i64, offset: i64, closing: bool) -> Result<(), LogError> {
        let full = self.file.len()? >= self.file.max_entries();
        if full || (!closing && self.is_full()?) || timestamp <= self.last()?.0 {
            return Ok(());
        }
        // Of another segment: a batch that was read again from a damaged file.
        let Ok(relative) = u32::try_from(offset - self.base) else { return Ok(()) };
        let mut entry = [0; ENTRY];
        entry[..8].copy_from_slice(&timestamp.to_be_bytes());
        entry[8..].copy_from_slice(&relative.to_be_bytes());
        self.file.push(entry)
    }

    /// The greatest entry whose timestamp is not greater; −1 and the base offset if there is none.
    pub fn lookup(&mut self, timestamp: i64) -> Result<(i64, i64), LogError> {
        let above = self.file.partition_point(|e| timestamp_of(e) <= timestamp)?;
        match above.checked_sub(1) {
            None => Ok((-1, self.base)),
            Some(slot) => {
                let entry = self.file.entry(slot)?;
                Ok(self.decode(&entry))
            }
        }
    }

    /// The last entry, timestamp and offset; −1 and the base offset if there is none.
    pub fn last(&mut self) -> Result<(i64, i64), LogError> {
        Ok(self.file.last()?.map_or((-1, self.base), |e| self.decode(&e)))
    }

    /// Drops all entries of `offset` and above.
    pub fn truncate_to(&mut self, offset: i64) -> Result<(), LogError> {
        let base = self.base;
        let keep = self.file.partition_point(|e| base + i64::from(offset_of(e)) < offset)?;
        self.file.truncate(keep)
    }

    pub fn is_full(&mut self) -> Result<bool, LogError> {
        Ok(self.file.len()? + 1 >= self.file.max_entries())
    }

    /// What is wrong with the file, if anything: Kafka's `sanityCheck`.
    pub fn flaw(&mut self) -> Result<Option<String>, LogError> {
        if let Some(odd) = self.file.odd_size()? {
            return Ok(Some(odd));
        }
        let (Some(first), Some(last)) = (self.file.first()?, self.file.last()?) else { return Ok(None) };
        let shrinks = timestamp_of(&last) < timestamp_of(&first) || offset_of(&last) < offset_of(&first);
        Ok(shrinks.then(|| "its last entry is smaller than its first".to_string()))
    }

    fn decode(&self, entry: &[u8; ENTRY]) -> (i64, i64) {
        (timestamp_of(entry), self.base + i64::from(offset_of(entry)))
    }
}

fn timestamp_of(entry: &[u8]) -> i64 {
    entry.first_chunk().map_or(0, |b| i64::from_be_bytes(*b))
}

fn offset_of(entry: &[u8]) -> u32 {
    entry.get(8..).and_then(|e| e.first_chunk()).map_or(0, |b| u32::from_be_bytes(*b))
}
