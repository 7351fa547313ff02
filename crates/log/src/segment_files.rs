//! The files of a segment: opened when they are needed, closed when they have not been needed for a while.

use super::{
    error::LogError,
    file_names::{LOG, segment_file},
    fsync::sync_file,
    open_files::{Hand, Idle, OpenFile},
    segment::{Inner, Segment},
};
use rkafka_runtime::{
    files::OpenOptions,
    lock::{Mutex, MutexGuard},
};
use std::{
    fs::File,
    sync::{Arc, Weak},
};

impl Segment {
    /// What changes, to be used: the files that are opened stay open for a while.
    pub fn lock(&self) -> MutexGuard<'_, Inner> {
        let mut inner = self.inner.lock();
        inner.used = true;
        if !inner.in_ring {
            inner.in_ring = true;
            self.dir.files().enter(Arc::downgrade(&self.inner) as Weak<dyn Idle>);
        }
        inner
    }

    /// What changes, for a look: files that are opened for it are closed again.
    pub(crate) fn glance<T>(&self, look: impl FnOnce(&mut Inner) -> Result<T, LogError>) -> Result<T, LogError> {
        let mut inner = self.inner.lock();
        let in_use = inner.is_open();
        let seen = look(&mut inner);
        if !in_use && !inner.retired {
            inner.let_go();
        }
        seen
    }

    /// Closes the files until somebody uses them again.
    pub(crate) fn let_go(&self) {
        let mut inner = self.inner.lock();
        if !inner.retired {
            inner.let_go();
        }
    }

    /// Whether a reader should not keep `file`, because files are scarce.
    pub(crate) fn files_are_scarce(&self, file: &File) -> bool {
        self.dir.files().are_scarce(file)
    }

    /// The log file. It stays readable for whoever holds it, even after it was removed.
    pub fn file(&self) -> Result<Arc<File>, LogError> {
        self.file_in(&mut self.lock())
    }

    pub(crate) fn file_in(&self, inner: &mut Inner) -> Result<Arc<File>, LogError> {
        if let Some(file) = &inner.log {
            return Ok(file.get().clone());
        }
        let file = self.dir.open(&segment_file(self.base, LOG), OpenOptions::new().read(true).write(true))?;
        let opened = file.get().clone();
        inner.log = Some(file);
        Ok(opened)
    }

    /// Opens all files and keeps them open, before they are renamed and removed: who reads the segment can finish.
    pub(crate) fn keep_open(&self) -> Result<(), LogError> {
        let mut guard = self.inner.lock();
        let inner = &mut *guard;
        self.file_in(inner)?;
        inner.open_indexes()?;
        inner.retired = true;
        Ok(())
    }

    /// Waits until what was written of the segment is on disk. Blocks.
    pub fn sync(&self) -> Result<(), LogError> {
        let files = {
            let mut inner = self.lock();
            if inner.retired {
                return Ok(());
            }
            self.files_to_sync(&mut inner)?
        };
        files.iter().try_for_each(|file| sync_file(file)).map_err(LogError::io("sync", self.path()))
    }

    /// Indexes that were not written have nothing to be synced. The log file was written, if not by this process.
    fn files_to_sync(&self, inner: &mut Inner) -> Result<Vec<Arc<File>>, LogError> {
        let indexes =
            [inner.offsets.file().file_to_sync()?, inner.times.file().file_to_sync()?, inner.aborted.file_to_sync()?];
        let log = self.file_in(inner)?;
        Ok(indexes.into_iter().flatten().chain([log]).collect())
    }
}

impl Inner {
    /// Makes sure that the index entries of `batches` batches can be written.
    pub fn expect(&mut self, batches: usize) -> Result<(), LogError> {
        self.offsets.file().expect(batches)?;
        self.times.file().expect(batches)
    }

    fn is_open(&mut self) -> bool {
        self.log.is_some() || self.offsets.file().is_open() || self.times.file().is_open() || self.aborted.is_open()
    }

    fn is_held(&mut self) -> bool {
        self.log.as_ref().is_some_and(OpenFile::is_held)
            || self.offsets.file().is_held()
            || self.times.file().is_held()
            || self.aborted.is_held()
    }

    pub(crate) fn let_go(&mut self) {
        self.log = None;
        self.offsets.file().let_go();
        self.times.file().let_go();
        self.aborted.let_go();
    }

    /// Opens the index files, and the transaction index if there is one.
    fn open_indexes(&mut self) -> Result<(), LogError> {
        self.offsets.file().file()?;
        self.times.file().file()?;
        if self.aborted.len()? > 0 { self.aborted.file().map(drop) } else { Ok(()) }
    }

    #[cfg(test)]
    pub fn set_file(&mut self, file: OpenFile) {
        self.log = Some(file);
    }
}

impl Idle for Mutex<Inner> {
    fn close_if_idle(&self) -> Hand {
        let Some(mut inner) = self.try_lock() else { return Hand::Busy };
        // The files of a segment that is removed go with it.
        if inner.retired || inner.is_held() || std::mem::take(&mut inner.used) {
            return Hand::Busy;
        }
        inner.let_go();
        inner.in_ring = false;
        Hand::Closed
    }
}
