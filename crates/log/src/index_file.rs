//! The file below an offset or a time index: entries of one size, added at the end.
//!
//! Kafka maps these files into memory. Here the last entries wait in memory until there are some to write, older ones
//! are read by position, and a file that nobody asks for is never opened: an idle partition costs no memory. While a
//! segment is being written its index files have their full size from their first entries on, sparse and zero-filled, as
//! Kafka leaves them; they are cut to their entries when the segment is done.

use super::{
    error::LogError,
    file_names::segment_file,
    open_files::{OpenFile, OpenFiles},
};
use rkafka_runtime::{
    disk_lane::DiskLane,
    files::{self, OpenOptions},
    lock::{Rank, RwLock},
};
use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// How many entries may wait in memory.
const MAX_PENDING: usize = 64;
/// How many bytes a search reads at once, at the most.
const BLOCK: usize = 4096;

/// The partition's directory, which is renamed while its files are in use.
pub(super) struct PartitionDir {
    /// Held for reading while a file is opened, for writing while the directory is renamed.
    path: RwLock<Arc<Path>>,
    files: Arc<OpenFiles>,
    disk: Arc<DiskLane>,
}

impl PartitionDir {
    pub fn new(path: PathBuf, disk: Arc<DiskLane>) -> Arc<PartitionDir> {
        PartitionDir::with_files(path, OpenFiles::of_process(), disk)
    }

    /// One that lies on a disk of its own.
    #[cfg(test)]
    pub fn alone(path: PathBuf) -> Arc<PartitionDir> {
        let disk = DiskLane::new(&path, Default::default());
        PartitionDir::new(path, disk)
    }

    pub(crate) fn with_files(path: PathBuf, files: Arc<OpenFiles>, disk: Arc<DiskLane>) -> Arc<PartitionDir> {
        Arc::new(PartitionDir { path: RwLock::new(Rank::PartitionDir, path.into()), files, disk })
    }

    /// The way to the disk that it lies on.
    pub fn disk(&self) -> &Arc<DiskLane> {
        &self.disk
    }

    pub fn path(&self) -> Arc<Path> {
        self.path.read().clone()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Among which files those of the partition count.
    pub fn files(&self) -> &OpenFiles {
        &self.files
    }

    /// Opens a file of the partition. The directory is not renamed meanwhile.
    pub fn open(&self, name: &str, options: &OpenOptions) -> Result<OpenFile, LogError> {
        let dir = self.path.read();
        let path = dir.join(name);
        self.files.open(&path, options).map_err(LogError::io("open", &path))
    }

    /// The size of a file of the partition in bytes, if it exists.
    pub fn size_of(&self, name: &str) -> Result<Option<u64>, LogError> {
        let dir = self.path.read();
        let path = dir.join(name);
        match files::metadata(&path) {
            Ok(found) => Ok(Some(found.len())),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(LogError::io("look at", path)(e)),
        }
    }

    /// Gives the directory another name.
    pub fn rename(&self, to: &Path) -> Result<(), LogError> {
        let mut path = self.path.write();
        files::rename(&*path, to).map_err(LogError::io("rename", &*path))?;
        *path = to.into();
        Ok(())
    }

    /// A file that does not belong to the partition, counted among its files.
    #[cfg(test)]
    pub fn counted(&self, file: File) -> OpenFile {
        self.files.counted(file)
    }
}

/// Entries of `N` bytes in a file named after the segment.
pub(super) struct IndexFile<const N: usize> {
    dir: Arc<PartitionDir>,
    base: i64,
    suffix: &'static str,
    max_entries: u32,
    /// What is known of the file, once somebody has asked. It stays true while the file is closed.
    known: Option<Known<N>>,
    file: Option<OpenFile>,
    /// The file was written since the segment was loaded, so there may be something to sync.
    written: bool,
}

/// Entries that are due, on their way into the file.
pub(super) struct DueEntries {
    file: Arc<File>,
    path: PathBuf,
    at: u64,
    bytes: Vec<u8>,
    /// The file's full size, which it gets with its first entries.
    full: u64,
    grows: bool,
}

impl DueEntries {
    /// Writes them. May block.
    pub fn write(&self) -> Result<(), LogError> {
        let grown = if self.grows { files::set_len(&self.file, self.full) } else { Ok(()) };
        grown
            .and_then(|()| files::write_all_at(&self.file, &self.bytes, self.at))
            .map_err(LogError::io("write to", &self.path))
    }
}

struct Known<const N: usize> {
    /// Entries that are in the file.
    stored: u32,
    /// Entries that are not in the file yet.
    pending: Vec<[u8; N]>,
    last: Option<[u8; N]>,
    /// The file's size in bytes; larger than its entries while it is preallocated.
    size: u64,
}

impl<const N: usize> Known<N> {
    const EMPTY: Known<N> = Known { stored: 0, pending: Vec::new(), last: None, size: 0 };

    fn len(&self) -> usize {
        self.stored as usize + self.pending.len()
    }
}

impl<const N: usize> IndexFile<N> {
    pub fn new(dir: Arc<PartitionDir>, base: i64, suffix: &'static str, max_bytes: u32) -> IndexFile<N> {
        IndexFile { dir, base, suffix, max_entries: max_bytes / N as u32, known: None, file: None, written: false }
    }

    pub fn path(&self) -> PathBuf {
        self.dir.file(&segment_file(self.base, self.suffix))
    }

    pub fn max_entries(&self) -> u32 {
        self.max_entries
    }

    fn open_now(&self) -> Result<OpenFile, LogError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        self.dir.open(&segment_file(self.base, self.suffix), &options)
    }

    /// The file, which stays open until it is not used for a while.
    pub fn file(&mut self) -> Result<Arc<File>, LogError> {
        if self.file.is_none() {
            self.file = Some(self.open_now()?);
        }
        self.file.as_ref().map(|f| f.get().clone()).ok_or_else(|| LogError::corrupt(self.path(), "is not open"))
    }

    /// What is known of the file. The first time it is looked at, and created if it does not exist, but not kept open.
    fn known(&mut self) -> Result<&mut Known<N>, LogError> {
        if self.known.is_none() {
            let opened = if self.file.is_none() { Some(self.open_now()?) } else { None };
            let Some(file) = opened.as_ref().or(self.file.as_ref()) else {
                return Err(LogError::corrupt(self.path(), "is not open"));
            };
            let size = file.get().metadata().map_err(LogError::io("look at", self.path()))?.len();
            let stored = u32::try_from(size / N as u64).unwrap_or(u32::MAX);
            let mut known = Known { stored, size, ..Known::EMPTY };
            known.find_last(file.get()).map_err(LogError::io("read", self.path()))?;
            self.known = Some(known);
        }
        Ok(self.known.get_or_insert(Known::EMPTY))
    }

    /// Makes the file new and empty. It is preallocated when its first entries are written: an index of zeros beside a
    /// log with records would read as an entry for the segment's first offset. The file stays closed until it is used.
    pub fn create_empty(&mut self) -> Result<(), LogError> {
        let path = self.path();
        self.dir.files().patiently(|| files::create(&path)).map_err(LogError::io("create", &path))?;
        (self.known, self.file) = (Some(Known::EMPTY), None);
        Ok(())
    }

    /// Empties the file: the index is to be rebuilt.
    pub fn restart(&mut self) -> Result<(), LogError> {
        let path = self.path();
        self.written = true;
        files::set_len(&*self.file()?, 0).map_err(LogError::io("truncate", &path))?;
        self.known = Some(Known::EMPTY);
        Ok(())
    }

    pub fn len(&mut self) -> Result<u32, LogError> {
        let known = self.known()?;
        Ok(known.len() as u32)
    }

    /// Why the file's size cannot be right, if it cannot.
    pub fn odd_size(&mut self) -> Result<Option<String>, LogError> {
        let known = self.known()?;
        if known.size > 0 && known.last.is_none() {
            return Ok(Some(format!("{} bytes hold no entry", known.size)));
        }
        Ok((!known.size.is_multiple_of(N as u64)).then(|| format!("{} bytes are no multiple of {N}", known.size)))
    }

    pub fn first(&mut self) -> Result<Option<[u8; N]>, LogError> {
        if self.len()? == 0 { Ok(None) } else { self.entry(0).map(Some) }
    }

    pub fn last(&mut self) -> Result<Option<[u8; N]>, LogError> {
        Ok(self.known()?.last)
    }

    pub fn entry(&mut self, slot: u32) -> Result<[u8; N], LogError> {
        let known = self.known()?;
        debug_assert!((slot as usize) < known.len(), "entry {slot} of {}", known.len());
        match known.pending.get(slot.wrapping_sub(known.stored) as usize) {
            Some(entry) if slot >= known.stored => Ok(*entry),
            _ => stored_entry(&*self.file()?, slot).map_err(LogError::io("read", self.path())),
        }
    }

    /// Opens the file if `entries` more have to be written, so that this cannot fail once they have been added.
    pub fn expect(&mut self, entries: usize) -> Result<(), LogError> {
        if self.known()?.pending.len() + entries >= MAX_PENDING { self.file().map(drop) } else { Ok(()) }
    }

    /// Adds an entry. Once [`MAX_PENDING`] entries wait they are due: whoever adds sees to it that they are written.
    pub fn push(&mut self, entry: [u8; N]) -> Result<(), LogError> {
        let known = self.known()?;
        known.pending.push(entry);
        known.last = Some(entry);
        Ok(())
    }

    fn is_due(&self) -> bool {
        self.known.as_ref().is_some_and(|known| known.pending.len() >= MAX_PENDING)
    }

    /// Writes the entries that wait, if they are due.
    pub fn write_due(&mut self) -> Result<(), LogError> {
        if self.is_due() { self.write_pending() } else { Ok(()) }
    }

    /// What is to be written if entries are due: by who holds no lock, and is the only one who adds entries. Readers look
    /// them up in memory until [`Self::written`].
    pub fn due(&mut self) -> Result<Option<DueEntries>, LogError> {
        if !self.is_due() {
            return Ok(None);
        }
        let full = u64::from(self.max_entries) * N as u64;
        let (file, path) = (self.file()?, self.path());
        self.written = true;
        let known = self.known()?;
        let (at, bytes) = (u64::from(known.stored) * N as u64, known.pending.as_flattened().to_vec());
        Ok(Some(DueEntries { file, path, at, bytes, full, grows: known.size < full }))
    }

    /// The entries that were due are in the file. Somebody else may have written them, too.
    pub fn written(&mut self, entries: &DueEntries) -> Result<(), LogError> {
        let known = self.known()?;
        known.size = known.size.max(entries.full);
        if u64::from(known.stored) * N as u64 == entries.at {
            let count = entries.bytes.len() / N;
            known.stored += count as u32;
            known.pending.drain(..count);
        }
        Ok(())
    }

    /// Writes the waiting entries, into a file of full size.
    pub fn write_pending(&mut self) -> Result<(), LogError> {
        if self.known.as_ref().is_none_or(|known| known.pending.is_empty()) {
            return Ok(());
        }
        let full = u64::from(self.max_entries) * N as u64;
        let (file, path) = (self.file()?, self.path());
        self.written = true;
        let known = self.known()?;
        assert_eq!(
            known.last.as_ref(),
            known.pending.last(),
            "the last entry is the last one that waits to be written"
        );
        let at = u64::from(known.stored) * N as u64;
        let grown = if known.size < full { files::set_len(&file, full).map(|()| known.size = full) } else { Ok(()) };
        let written = grown.and_then(|()| files::write_all_at(&file, known.pending.as_flattened(), at));
        written.map_err(LogError::io("write to", path))?;
        known.stored += known.pending.len() as u32;
        known.pending.clear();
        Ok(())
    }

    /// Keeps the first `len` entries. What was in the file behind them becomes zeros again.
    pub fn truncate(&mut self, len: u32) -> Result<(), LogError> {
        if len >= self.len()? {
            return Ok(());
        }
        let last = if len == 0 { None } else { Some(self.entry(len - 1)?) };
        if len < self.known()?.stored {
            self.resize(u64::from(len) * N as u64, "truncate")?;
        }
        let known = self.known()?;
        known.pending.truncate(len.saturating_sub(known.stored) as usize);
        (known.last, known.stored) = (last, known.stored.min(len));
        assert_eq!(known.len(), len as usize, "the first {len} entries are left");
        Ok(())
    }

    fn resize(&mut self, size: u64, action: &'static str) -> Result<(), LogError> {
        let file = self.file()?;
        self.written = true;
        files::set_len(&file, size).map_err(LogError::io(action, self.path()))?;
        self.known()?.size = size;
        Ok(())
    }

    /// Writes what waits and cuts the file to its entries: the segment is done. A file that was not used is left alone.
    pub fn trim(&mut self) -> Result<(), LogError> {
        self.write_pending()?;
        let Some(known) = &self.known else { return Ok(()) };
        let size = u64::from(known.stored) * N as u64;
        if known.size == size { Ok(()) } else { self.resize(size, "truncate") }
    }

    /// Gives the file its full size again, because its segment is written again.
    pub fn allocate(&mut self) -> Result<(), LogError> {
        let full = u64::from(self.max_entries) * N as u64;
        if self.known()?.size < full { self.resize(full, "extend") } else { Ok(()) }
    }

    /// Whether nothing was asked or written since the segment was loaded.
    pub fn is_untouched(&self) -> bool {
        self.known.is_none() && self.file.is_none()
    }

    pub fn is_open(&self) -> bool {
        self.file.is_some()
    }

    /// Whether somebody reads or syncs the file at this moment.
    pub fn is_held(&self) -> bool {
        self.file.as_ref().is_some_and(OpenFile::is_held)
    }

    /// Closes the file until somebody asks again. Entries that wait go on waiting.
    pub fn let_go(&mut self) {
        self.file = None;
    }

    /// The file, to be fsynced, after the waiting entries were written. `None` if it was not written.
    pub fn file_to_sync(&mut self) -> Result<Option<Arc<File>>, LogError> {
        self.write_pending()?;
        if self.written { self.file().map(Some) } else { Ok(None) }
    }

    /// Like [`Self::trim`], and closes the file until somebody asks again.
    pub fn trim_and_close(&mut self) -> Result<(), LogError> {
        self.trim()?;
        (self.known, self.file) = (None, None);
        Ok(())
    }

    /// How many entries, from the first on, satisfy `holds`; those that do come before those that do not.
    pub fn partition_point(&mut self, holds: impl Fn(&[u8]) -> bool) -> Result<u32, LogError> {
        let known = self.known()?;
        if known.stored == 0 || known.pending.first().is_some_and(|e| holds(e)) {
            return Ok(known.stored + known.pending.partition_point(|e| holds(e)) as u32);
        }
        let per_block = (BLOCK / N) as u32;
        let (mut low, mut high) = (0, known.stored);
        let (file, path) = (self.file()?, self.path());
        while high - low > per_block {
            let middle = low + (high - low) / 2;
            let entry: [u8; N] = stored_entry(&file, middle).map_err(LogError::io("read", &path))?;
            if holds(&entry) { low = middle + 1 } else { high = middle }
        }
        let mut block = [0; BLOCK];
        let bytes = (high - low) as usize * N;
        let entries = &mut block[..bytes];
        files::read_exact_at(&file, entries, u64::from(low) * N as u64).map_err(LogError::io("read", &path))?;
        let held = entries.chunks_exact(N).take_while(|e| holds(e)).count();
        Ok(low + held as u32)
    }
}

impl<const N: usize> Known<N> {
    /// Reads the last entry. A file that was not cut to its entries before a crash ends in zeros, which are none.
    fn find_last(&mut self, file: &File) -> io::Result<()> {
        let Some(last) = self.stored.checked_sub(1) else { return Ok(()) };
        let mut entry = stored_entry(file, last)?;
        if entry == [0; N] {
            let (mut low, mut high) = (0, last);
            while low < high {
                let middle = low + (high - low) / 2;
                if stored_entry(file, middle)? == [0; N] { high = middle } else { low = middle + 1 }
            }
            self.stored = low;
            let Some(last) = low.checked_sub(1) else { return Ok(()) };
            entry = stored_entry(file, last)?;
        }
        self.last = Some(entry);
        Ok(())
    }
}

fn stored_entry<const N: usize>(file: &File, slot: u32) -> io::Result<[u8; N]> {
    let mut entry = [0; N];
    files::read_exact_at(file, &mut entry, u64::from(slot) * N as u64)?;
    Ok(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(dir: &Path) -> IndexFile<8> {
        IndexFile::new(PartitionDir::alone(dir.to_path_buf()), 5, ".index", 8003)
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
            file.write_due().unwrap();
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
        again.write_due().unwrap();
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
            IndexFile::new(PartitionDir::alone(temp.path().to_path_buf()), 0, ".timeindex", 1 << 20);
        file.restart().unwrap();
        for i in 0..5000u64 {
            let mut e = [0; 12];
            e[..8].copy_from_slice(&(i * 2).to_be_bytes());
            file.push(e).unwrap();
            file.write_due().unwrap();
        }
        for target in (0..10_001u64).step_by(7) {
            let n = file.partition_point(|e| u64::from_be_bytes(e[..8].try_into().unwrap()) <= target).unwrap();
            assert_eq!(u64::from(n), (target / 2 + 1).min(5000));
        }
    }
}
