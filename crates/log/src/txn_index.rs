//! `.txnindex`: the aborted transactions whose abort markers lie in a segment. The file exists only where there are
//! some. Entries of 34 bytes: `version i16 = 0 | producer id i64 | first offset i64 | last offset i64 | last stable
//! offset i64`, in the order of the markers (`TransactionIndex`).

use super::{
    error::LogError,
    file_names::{TXN_INDEX, segment_file},
    index_file::PartitionDir,
    open_files::OpenFile,
    types::AbortedTxn,
};
use rkafka_base::{Offset, ProducerId};
use rkafka_runtime::files::{self, OpenOptions};
use std::{fs::File, io, path::PathBuf, sync::Arc};

const ENTRY: usize = 34;
const VERSION: i16 = 0;
/// How many entries are read at once.
const BLOCK_ENTRIES: usize = 1024;

pub(super) struct TxnIndex {
    dir: Arc<PartitionDir>,
    base: i64,
    /// The entries in the file; `None` until somebody asked.
    len: Option<u64>,
    file: Option<OpenFile>,
    /// The file was written since the segment was loaded, so there may be something to sync.
    written: bool,
}

impl TxnIndex {
    pub fn new(dir: Arc<PartitionDir>, base: i64) -> TxnIndex {
        TxnIndex { dir, base, len: None, file: None, written: false }
    }

    pub fn path(&self) -> PathBuf {
        self.dir.file(&segment_file(self.base, TXN_INDEX))
    }

    /// How many entries there are.
    pub fn len(&mut self) -> Result<u64, LogError> {
        if let Some(len) = self.len {
            return Ok(len);
        }
        let size = self.dir.size_of(&segment_file(self.base, TXN_INDEX))?;
        let len = size.unwrap_or(0) / ENTRY as u64;
        self.len = Some(len);
        Ok(len)
    }

    /// The file, made if it does not exist. It stays open until it is not used for a while.
    pub fn file(&mut self) -> Result<Arc<File>, LogError> {
        if self.file.is_none() {
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false);
            self.file = Some(self.dir.open(&segment_file(self.base, TXN_INDEX), &options)?);
        }
        self.file.as_ref().map(|f| f.get().clone()).ok_or_else(|| LogError::corrupt(self.path(), "is not open"))
    }

    pub fn append(&mut self, txn: &AbortedTxn) -> Result<(), LogError> {
        assert!(
            txn.last_offset.0 >= self.base,
            "the marker at {} lies in the segment of {}",
            txn.last_offset,
            self.base
        );
        let at = self.len()?;
        let file = self.file()?;
        self.written = true;
        files::write_all_at(&file, &encode(txn), at * ENTRY as u64).map_err(LogError::io("write to", self.path()))?;
        self.len = Some(at + 1);
        Ok(())
    }

    /// Calls `visit` for each entry until it returns false.
    fn each(&mut self, mut visit: impl FnMut(u64, AbortedTxn) -> bool) -> Result<(), LogError> {
        let (len, path) = (self.len()?, self.path());
        if len == 0 {
            return Ok(());
        }
        let file = self.file()?;
        let mut block = vec![0; ENTRY * BLOCK_ENTRIES.min(len as usize)];
        let mut slot = 0;
        while slot < len {
            let entries = ((len - slot) as usize).min(BLOCK_ENTRIES);
            let Some(bytes) = block.get_mut(..entries * ENTRY) else { break };
            files::read_exact_at(&file, bytes, slot * ENTRY as u64).map_err(LogError::io("read", &path))?;
            for entry in bytes.as_chunks::<ENTRY>().0 {
                let txn = decode(entry).map_err(|reason| LogError::corrupt(&path, reason))?;
                if !visit(slot, txn) {
                    return Ok(());
                }
                slot += 1;
            }
        }
        Ok(())
    }

    /// Adds the transactions that a reader of `[start, upper_bound)` must know to `found`. Returns whether later
    /// segments cannot hold any more of them.
    pub fn collect(&mut self, start: i64, upper_bound: i64, found: &mut Vec<AbortedTxn>) -> Result<bool, LogError> {
        let mut complete = false;
        self.each(|_, txn| {
            if txn.last_offset.0 >= start && txn.first_offset.0 < upper_bound {
                found.push(txn);
            }
            complete = txn.last_stable_offset.0 >= upper_bound;
            !complete
        })?;
        Ok(complete)
    }

    /// Drops the transactions whose markers are at `offset` or above.
    pub fn truncate_to(&mut self, offset: i64) -> Result<(), LogError> {
        let mut keep = self.len()?;
        self.each(|slot, txn| {
            let below = txn.last_offset.0 < offset;
            if !below {
                keep = slot;
            }
            below
        })?;
        if Some(keep) != self.len {
            let file = self.file()?;
            self.written = true;
            files::set_len(&file, keep * ENTRY as u64).map_err(LogError::io("truncate", self.path()))?;
            self.len = Some(keep);
        }
        Ok(())
    }

    /// Drops everything and removes the file.
    pub fn clear(&mut self) -> Result<(), LogError> {
        (self.file, self.len, self.written) = (None, Some(0), false);
        match files::remove_file(self.path()) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(LogError::io("remove", self.path())(e)),
            _ => Ok(()),
        }
    }

    /// What is wrong with the file, if anything.
    pub fn flaw(&mut self) -> Result<Option<String>, LogError> {
        let base = self.base;
        let mut flaw = None;
        let read = self.each(|slot, txn| {
            if txn.last_offset.0 < base {
                flaw = Some(format!("entry {slot} ends at offset {}, before the segment", txn.last_offset));
            }
            flaw.is_none()
        });
        match read {
            Err(LogError::CorruptFile { reason, .. }) => Ok(Some(reason)),
            Err(e) => Err(e),
            Ok(()) => Ok(flaw),
        }
    }

    /// The file, to be fsynced; `None` if it was not written.
    pub fn file_to_sync(&mut self) -> Result<Option<Arc<File>>, LogError> {
        if self.written { self.file().map(Some) } else { Ok(None) }
    }

    pub fn is_open(&self) -> bool {
        self.file.is_some()
    }

    /// Whether somebody reads or syncs the file at this moment.
    pub fn is_held(&self) -> bool {
        self.file.as_ref().is_some_and(OpenFile::is_held)
    }

    /// Closes the file until somebody asks again.
    pub fn let_go(&mut self) {
        self.file = None;
    }
}

fn encode(txn: &AbortedTxn) -> [u8; ENTRY] {
    let mut entry = [0; ENTRY];
    entry[..2].copy_from_slice(&VERSION.to_be_bytes());
    let fields = [txn.producer_id.0, txn.first_offset.0, txn.last_offset.0, txn.last_stable_offset.0];
    for (place, field) in entry[2..].chunks_exact_mut(8).zip(fields) {
        place.copy_from_slice(&field.to_be_bytes());
    }
    entry
}

fn decode(entry: &[u8; ENTRY]) -> Result<AbortedTxn, String> {
    let version = i16::from_be_bytes([entry[0], entry[1]]);
    if version != VERSION {
        return Err(format!("an entry has version {version}, only {VERSION} is known"));
    }
    let field =
        |n: usize| entry.get(2 + 8 * n..).and_then(|rest| rest.first_chunk()).map_or(-1, |b| i64::from_be_bytes(*b));
    Ok(AbortedTxn {
        producer_id: ProducerId(field(0)),
        first_offset: Offset(field(1)),
        last_offset: Offset(field(2)),
        last_stable_offset: Offset(field(3)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn txn(id: i64, first: i64, last: i64, lso: i64) -> AbortedTxn {
        AbortedTxn {
            producer_id: ProducerId(id),
            first_offset: Offset(first),
            last_offset: Offset(last),
            last_stable_offset: Offset(lso),
        }
    }

    #[test]
    fn a_recorded_entry() {
        // spec-a-0 of the recorded 3.9.1 log dir.
        let recorded: [u8; 34] = [
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x51, 0, 0, 0, 0, 0, 0, 0, 0x52,
        ];
        assert_eq!(encode(&txn(0, 0, 81, 82)), recorded);
        assert_eq!(decode(&recorded).unwrap(), txn(0, 0, 81, 82));
    }

    #[test]
    fn collect_and_truncate() {
        let temp = tempfile::tempdir().unwrap();
        let mut index = TxnIndex::new(PartitionDir::alone(temp.path().to_path_buf()), 0);
        let mut found = Vec::new();
        assert!(!index.collect(0, 100, &mut found).unwrap());
        assert!(!index.path().exists());
        for t in [txn(1, 0, 10, 5), txn(2, 5, 20, 11), txn(3, 30, 40, 41)] {
            index.append(&t).unwrap();
        }
        assert!(!index.collect(11, 50, &mut found).unwrap());
        assert_eq!(found, [txn(2, 5, 20, 11), txn(3, 30, 40, 41)]);
        found.clear();
        assert!(index.collect(0, 8, &mut found).unwrap());
        assert_eq!(found, [txn(1, 0, 10, 5), txn(2, 5, 20, 11)]);
        index.truncate_to(21).unwrap();
        assert_eq!(index.len().unwrap(), 2);
        std::fs::write(index.path(), [1; 68]).unwrap();
        let mut bad = TxnIndex::new(PartitionDir::alone(temp.path().to_path_buf()), 0);
        assert!(bad.flaw().unwrap().is_some());
        assert!(bad.collect(0, 1, &mut found).is_err());
    }
}
