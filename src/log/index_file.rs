//! The file below an offset or a time index: entries of one size, added at the end.
//!
//! Kafka maps these files into memory. Here the last entries wait in memory until there are some to write, older ones
//! are read by position, and a file that nobody asks for is never opened: an idle partition costs no memory. While a
//! segment is being written its index files have their full size from their first entries on, sparse and zero-filled, as
//! Kafka leaves them; they are cut to their entries when the segment is done.

use super::{error::LogError, file_names::segment_file};
use parking_lot::RwLock;
use std::{
    fs::{File, OpenOptions},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
};

/// How many entries may wait in memory.
const MAX_PENDING: usize = 64;
/// How many bytes a search reads at once, at the most.
const BLOCK: usize = 4096;

/// The partition's directory, which is renamed while its files are in use.
pub(super) struct PartitionDir(RwLock<Arc<Path>>);

impl PartitionDir {
    pub fn new(path: PathBuf) -> Arc<PartitionDir> {
        Arc::new(PartitionDir(RwLock::new(path.into())))
    }

    pub fn path(&self) -> Arc<Path> {
        self.0.read().clone()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub fn set_path(&self, path: PathBuf) {
        *self.0.write() = path.into();
    }
}

/// Entries of `N` bytes in a file named after the segment.
pub(super) struct IndexFile<const N: usize> {
    dir: Arc<PartitionDir>,
    base: i64,
    suffix: &'static str,
    max_entries: u32,
    /// The file is new and nothing was written yet.
    fresh: bool,
    open: Option<Open<N>>,
}

struct Open<const N: usize> {
    file: Arc<File>,
    /// Entries that are in the file.
    stored: u32,
    /// Entries that are not in the file yet.
    pending: Vec<[u8; N]>,
    last: Option<[u8; N]>,
    /// The file's size in bytes; larger than its entries while it is preallocated.
    size: u64,
}

impl<const N: usize> IndexFile<N> {
    pub fn new(dir: Arc<PartitionDir>, base: i64, suffix: &'static str, max_bytes: u32) -> IndexFile<N> {
        IndexFile { dir, base, suffix, max_entries: max_bytes / N as u32, fresh: false, open: None }
    }

    pub fn path(&self) -> PathBuf {
        self.dir.file(&segment_file(self.base, self.suffix))
    }

    pub fn max_entries(&self) -> u32 {
        self.max_entries
    }

    /// Opens the file with what it holds, creating it if it does not exist.
    fn open(&mut self) -> Result<&mut Open<N>, LogError> {
        if self.open.is_none() {
            let path = self.path();
            let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
            let file = file.map_err(LogError::io("open", &path))?;
            let size = file.metadata().map_err(LogError::io("look at", &path))?.len();
            let stored = if self.fresh { 0 } else { u32::try_from(size / N as u64).unwrap_or(u32::MAX) };
            let mut open = Open { file: Arc::new(file), stored, pending: Vec::new(), last: None, size };
            open.find_last().map_err(LogError::io("read", &path))?;
            self.open = Some(open);
        }
        self.open.as_mut().ok_or_else(|| LogError::corrupt("index", "is not open"))
    }

    /// Makes the file new and empty. It is preallocated when its first entries are written: an index of zeros beside a
    /// log with records would read as an entry for the segment's first offset. The file stays closed until it is used.
    pub fn create_empty(&mut self) -> Result<(), LogError> {
        let path = self.path();
        File::create(&path).map_err(LogError::io("create", &path))?;
        (self.open, self.fresh) = (None, true);
        Ok(())
    }

    /// Empties the file: the index is to be rebuilt.
    pub fn restart(&mut self) -> Result<(), LogError> {
        let path = self.path();
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(LogError::io("open", &path))?;
        file.set_len(0).map_err(LogError::io("truncate", &path))?;
        self.fresh = false;
        self.open = Some(Open { file: Arc::new(file), stored: 0, pending: Vec::new(), last: None, size: 0 });
        Ok(())
    }

    pub fn len(&mut self) -> Result<u32, LogError> {
        let open = self.open()?;
        Ok(open.stored + open.pending.len() as u32)
    }

    /// Why the file's size cannot be right, if it cannot.
    pub fn odd_size(&mut self) -> Result<Option<String>, LogError> {
        let open = self.open()?;
        if open.size > 0 && open.last.is_none() {
            return Ok(Some(format!("{} bytes hold no entry", open.size)));
        }
        Ok((!open.size.is_multiple_of(N as u64)).then(|| format!("{} bytes are no multiple of {N}", open.size)))
    }

    pub fn first(&mut self) -> Result<Option<[u8; N]>, LogError> {
        if self.len()? == 0 { Ok(None) } else { self.entry(0).map(Some) }
    }

    pub fn last(&mut self) -> Result<Option<[u8; N]>, LogError> {
        Ok(self.open()?.last)
    }

    pub fn entry(&mut self, slot: u32) -> Result<[u8; N], LogError> {
        let path = self.path();
        let open = self.open()?;
        match open.pending.get(slot.wrapping_sub(open.stored) as usize) {
            Some(entry) if slot >= open.stored => Ok(*entry),
            _ => open.stored_entry(slot).map_err(LogError::io("read", path)),
        }
    }

    /// Adds an entry; it is in the file at the latest once [`MAX_PENDING`] entries wait.
    pub fn push(&mut self, entry: [u8; N]) -> Result<(), LogError> {
        let open = self.open()?;
        open.pending.push(entry);
        open.last = Some(entry);
        if open.pending.len() >= MAX_PENDING { self.write_pending() } else { Ok(()) }
    }

    /// Writes the waiting entries, into a file of full size.
    pub fn write_pending(&mut self) -> Result<(), LogError> {
        let Some(open) = self.open.as_mut().filter(|o| !o.pending.is_empty()) else { return Ok(()) };
        let full = u64::from(self.max_entries) * N as u64;
        let at = u64::from(open.stored) * N as u64;
        let grown = if open.size < full { open.file.set_len(full).map(|()| open.size = full) } else { Ok(()) };
        let written = grown.and_then(|()| open.file.write_all_at(open.pending.as_flattened(), at));
        written.map_err(LogError::io("write to", self.dir.file(&segment_file(self.base, self.suffix))))?;
        open.stored += open.pending.len() as u32;
        open.pending.clear();
        Ok(())
    }

    /// Keeps the first `len` entries. What was in the file behind them becomes zeros again.
    pub fn truncate(&mut self, len: u32) -> Result<(), LogError> {
        if len >= self.len()? {
            return Ok(());
        }
        let last = if len == 0 { None } else { Some(self.entry(len - 1)?) };
        let path = self.path();
        let open = self.open()?;
        open.pending.truncate(len.saturating_sub(open.stored) as usize);
        open.last = last;
        if len < open.stored {
            open.size = u64::from(len) * N as u64;
            open.stored = len;
            open.file.set_len(open.size).map_err(LogError::io("truncate", path))?;
        }
        Ok(())
    }

    /// Writes what waits and cuts the file to its entries: the segment is done. A file that was not used is left alone.
    pub fn trim(&mut self) -> Result<(), LogError> {
        if self.open.is_none() && !self.fresh {
            return Ok(());
        }
        self.len()?;
        self.write_pending()?;
        let path = self.path();
        let open = self.open()?;
        let size = u64::from(open.stored) * N as u64;
        if open.size != size {
            open.file.set_len(size).map_err(LogError::io("truncate", path))?;
            open.size = size;
        }
        Ok(())
    }

    /// Gives the file its full size again, because its segment is written again.
    pub fn allocate(&mut self) -> Result<(), LogError> {
        let full = u64::from(self.max_entries) * N as u64;
        let path = self.path();
        let open = self.open()?;
        if open.size < full {
            open.file.set_len(full).map_err(LogError::io("extend", path))?;
            open.size = full;
        }
        Ok(())
    }

    /// Whether nothing was asked or written since the segment was loaded.
    pub fn is_untouched(&self) -> bool {
        self.open.is_none() && !self.fresh
    }

    /// The open file, to be fsynced, after the waiting entries were written. `None` if the file was never used.
    pub fn file_to_sync(&mut self) -> Result<Option<Arc<File>>, LogError> {
        self.write_pending()?;
        Ok(self.open.as_ref().map(|o| o.file.clone()))
    }

    /// Like [`Self::trim`], and closes the file until somebody asks again.
    pub fn trim_and_close(&mut self) -> Result<(), LogError> {
        self.trim()?;
        (self.open, self.fresh) = (None, false);
        Ok(())
    }

    /// How many entries, from the first on, satisfy `holds`; those that do come before those that do not.
    pub fn partition_point(&mut self, holds: impl Fn(&[u8]) -> bool) -> Result<u32, LogError> {
        let path = self.path();
        let open = self.open()?;
        if open.stored == 0 || open.pending.first().is_some_and(|e| holds(e)) {
            return Ok(open.stored + open.pending.partition_point(|e| holds(e)) as u32);
        }
        let per_block = (BLOCK / N) as u32;
        let (mut low, mut high) = (0, open.stored);
        while high - low > per_block {
            let middle = low + (high - low) / 2;
            let entry = open.stored_entry(middle).map_err(LogError::io("read", &path))?;
            if holds(&entry) { low = middle + 1 } else { high = middle }
        }
        let mut block = [0; BLOCK];
        let bytes = (high - low) as usize * N;
        let entries = &mut block[..bytes];
        open.file.read_exact_at(entries, u64::from(low) * N as u64).map_err(LogError::io("read", &path))?;
        let held = entries.chunks_exact(N).take_while(|e| holds(e)).count();
        Ok(low + held as u32)
    }
}

impl<const N: usize> Open<N> {
    /// Reads the last entry. A file that was not cut to its entries before a crash ends in zeros, which are none.
    fn find_last(&mut self) -> std::io::Result<()> {
        let Some(last) = self.stored.checked_sub(1) else { return Ok(()) };
        let mut entry = self.stored_entry(last)?;
        if entry == [0; N] {
            let (mut low, mut high) = (0, last);
            while low < high {
                let middle = low + (high - low) / 2;
                if self.stored_entry(middle)? == [0; N] { high = middle } else { low = middle + 1 }
            }
            self.stored = low;
            let Some(last) = low.checked_sub(1) else { return Ok(()) };
            entry = self.stored_entry(last)?;
        }
        self.last = Some(entry);
        Ok(())
    }

    fn stored_entry(&self, slot: u32) -> std::io::Result<[u8; N]> {
        let mut entry = [0; N];
        self.file.read_exact_at(&mut entry, u64::from(slot) * N as u64)?;
        Ok(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(dir: &Path) -> IndexFile<8> {
        IndexFile::new(PartitionDir::new(dir.to_path_buf()), 5, ".index", 8003)
    }

    fn size_of(dir: &Path) -> u64 {
        std::fs::metadata(dir.join("00000000000000000005.index")).unwrap().len()
    }

    #[test]
    fn preallocated_with_its_first_entries_then_cut() {
        let temp = tempfile::tempdir().unwrap();
        let mut file = index(temp.path());
        file.create_empty().unwrap();
        assert_eq!((size_of(temp.path()), file.len().unwrap()), (0, 0));
        for i in 0..300u64 {
            file.push(i.to_be_bytes()).unwrap();
        }
        assert_eq!(size_of(temp.path()), 8000);
        for i in [0u32, 255, 256, 299] {
            assert_eq!(file.entry(i).unwrap(), u64::from(i).to_be_bytes());
        }
        for target in [0u64, 1, 200, 256, 299, 300] {
            let n = file.partition_point(|e| u64::from_be_bytes(e.try_into().unwrap()) < target).unwrap();
            assert_eq!(u64::from(n), target);
        }
        file.trim().unwrap();
        assert_eq!(size_of(temp.path()), 2400);
        let mut again = index(temp.path());
        assert_eq!(again.len().unwrap(), 300);
        assert_eq!(again.last().unwrap(), Some(299u64.to_be_bytes()));
        again.truncate(10).unwrap();
        again.allocate().unwrap();
        again.push(7u64.to_be_bytes()).unwrap();
        again.trim().unwrap();
        assert_eq!(size_of(temp.path()), 88);
        assert_eq!(again.entry(10).unwrap(), 7u64.to_be_bytes());
    }

    #[test]
    fn zeros_are_no_entries() {
        let temp = tempfile::tempdir().unwrap();
        for entries in [0u64, 1, 2, 7, 500, 999, 1000] {
            let mut bytes: Vec<u8> = (1..=entries).flat_map(u64::to_be_bytes).collect();
            bytes.resize(8000, 0);
            std::fs::write(temp.path().join("00000000000000000005.index"), bytes).unwrap();
            let mut file = index(temp.path());
            assert_eq!(u64::from(file.len().unwrap()), entries);
            assert_eq!(file.odd_size().unwrap().is_some(), entries == 0);
            file.trim().unwrap();
            assert_eq!(size_of(temp.path()), entries * 8);
        }
    }

    #[test]
    fn searches_long_files() {
        let temp = tempfile::tempdir().unwrap();
        let mut file: IndexFile<12> =
            IndexFile::new(PartitionDir::new(temp.path().to_path_buf()), 0, ".timeindex", 1 << 20);
        file.restart().unwrap();
        for i in 0..5000u64 {
            let mut e = [0; 12];
            e[..8].copy_from_slice(&(i * 2).to_be_bytes());
            file.push(e).unwrap();
        }
        for target in (0..10_001u64).step_by(7) {
            let n = file.partition_point(|e| u64::from_be_bytes(e[..8].try_into().unwrap()) <= target).unwrap();
            assert_eq!(u64::from(n), (target / 2 + 1).min(5000));
        }
    }
}
