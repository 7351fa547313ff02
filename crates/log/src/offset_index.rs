//! `.index`: which byte of the segment an offset is near. Entries of 8 bytes, strictly growing:
//! `relative offset u32 | position u32`, the offset being the last one of the batch that starts at the position.

use super::{
    error::LogError,
    file_names::INDEX,
    index_file::{IndexFile, PartitionDir},
};
use std::sync::Arc;

const ENTRY: usize = 8;

pub(super) struct OffsetIndex {
    file: IndexFile<ENTRY>,
    base: i64,
}

impl OffsetIndex {
    pub fn new(dir: Arc<PartitionDir>, base: i64, max_bytes: u32) -> OffsetIndex {
        OffsetIndex { file: IndexFile::new(dir, base, INDEX, max_bytes), base }
    }

    pub fn file(&mut self) -> &mut IndexFile<ENTRY> {
        &mut self.file
    }

    /// Adds an entry; the offset must be greater than that of the last entry, otherwise nothing is added.
    pub fn append(&mut self, offset: i64, position: u32) -> Result<(), LogError> {
        if self.file.last()?.is_some_and(|last| self.decode(&last).0 >= offset) {
            return Ok(());
        }
        let relative = offset - self.base;
        assert!(
            (0..=i64::from(i32::MAX)).contains(&relative),
            "offset {offset} is none of the segment of {}",
            self.base
        );
        let mut entry = [0; ENTRY];
        entry[..4].copy_from_slice(&(relative as u32).to_be_bytes());
        entry[4..].copy_from_slice(&position.to_be_bytes());
        self.file.push(entry)
    }

    /// The greatest entry that is not greater than `offset`; the start of the segment if there is none.
    pub fn lookup(&mut self, offset: i64) -> Result<(i64, u32), LogError> {
        let base = self.base;
        let above = self.file.partition_point(|e| base + i64::from(be_u32(e, 0)) <= offset)?;
        match above.checked_sub(1) {
            None => Ok((base, 0)),
            Some(slot) => {
                let entry = self.file.entry(slot)?;
                Ok(self.decode(&entry))
            }
        }
    }

    /// The last entry; the start of the segment if there is none.
    pub fn last(&mut self) -> Result<(i64, u32), LogError> {
        Ok(self.file.last()?.map_or((self.base, 0), |e| self.decode(&e)))
    }

    /// Drops all entries of `offset` and above.
    pub fn truncate_to(&mut self, offset: i64) -> Result<(), LogError> {
        let base = self.base;
        let keep = self.file.partition_point(|e| base + i64::from(be_u32(e, 0)) < offset)?;
        self.file.truncate(keep)
    }

    pub fn is_full(&mut self) -> Result<bool, LogError> {
        Ok(self.file.len()? >= self.file.max_entries())
    }

    /// What is wrong with the file, if anything: Kafka's `sanityCheck`, and entries that were never written.
    pub fn flaw(&mut self, log_size: u64) -> Result<Option<String>, LogError> {
        if let Some(odd) = self.file.odd_size()? {
            return Ok(Some(odd));
        }
        Ok(self.file.last()?.and_then(|entry| {
            let (offset, position) = self.decode(&entry);
            let wrong = position == 0 || u64::from(position) >= log_size;
            wrong.then(|| format!("its last entry points offset {offset} to byte {position} of {log_size}"))
        }))
    }

    fn decode(&self, entry: &[u8; ENTRY]) -> (i64, u32) {
        (self.base + i64::from(be_u32(entry, 0)), be_u32(entry, 4))
    }
}

fn be_u32(entry: &[u8], from: usize) -> u32 {
    entry.get(from..).and_then(|e| e.first_chunk()).map_or(0, |b| u32::from_be_bytes(*b))
}
