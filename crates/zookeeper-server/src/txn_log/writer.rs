//! Appends to the transaction log. A batch is one write and one fsync; a new file begins with the first entry after a
//! start or a snapshot.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::reader::entry_length;
use super::{DRAFT, END_OF_ENTRY, ENTRY_HEADER_LENGTH, HEADER_LENGTH, MAGIC, VERSION, checksum};
use crate::core::LogEntry;
use rkafka_jute::Output;
use rkafka_runtime::{
    descriptors::{LONG, patiently},
    files::{self, OpenOptions},
};

/// When this few bytes are left of the preallocated size, the file grows again.
const GROW_MARGIN: u64 = 4096;

/// The open end of the log.
#[derive(Debug)]
pub struct LogWriter {
    directory: PathBuf,
    /// The step in which files grow, in bytes; 0 turns preallocation off.
    step: u64,
    force_sync: bool,
    open: Option<Open>,
    buffer: Output,
    /// The last transaction that was written; 0 before the first.
    last_zxid: i64,
}

#[derive(Debug)]
struct Open {
    file: File,
    position: u64,
    allocated: u64,
}

impl LogWriter {
    pub fn new(directory: &Path, step: u64, force_sync: bool) -> LogWriter {
        LogWriter { directory: directory.into(), step, force_sync, open: None, buffer: Output::new(), last_zxid: 0 }
    }

    /// Writes the entries and waits until they are on disk. Many go in several writes: what a power cut may leave in
    /// disorder is known to be no longer than one of them.
    pub fn append(&mut self, entries: &[LogEntry]) -> io::Result<()> {
        let mut rest = entries;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(in_one_write(rest));
            self.write(now)?;
            rest = later;
        }
        Ok(())
    }

    fn write(&mut self, entries: &[LogEntry]) -> io::Result<()> {
        let Some(first) = entries.first() else { return Ok(()) };
        self.buffer.clear();
        let mut open = match self.open.take() {
            Some(open) => open,
            None => self.create(first.zxid)?,
        };
        for entry in entries {
            assert!(entry.zxid > self.last_zxid, "0x{:x} comes after 0x{:x}", entry.zxid, self.last_zxid);
            self.last_zxid = entry.zxid;
            self.buffer.i64(checksum(&entry.bytes));
            self.buffer.buffer(Some(&entry.bytes));
            self.buffer.raw(&[END_OF_ENTRY]);
        }
        let bytes = self.buffer.as_slice();
        let length: u64 = entries.iter().map(|entry| entry_length(entry.bytes.len())).sum();
        assert_eq!(bytes.len() as u64, length, "{} entries have the length that readers expect", entries.len());
        let end = open.position + length;
        if self.step > 0 && end + GROW_MARGIN >= open.allocated {
            open.allocated = if end > open.allocated { end.next_multiple_of(self.step) } else { open.allocated };
            open.allocated += self.step;
            files::set_len(&open.file, open.allocated)?;
        }
        assert!(self.step == 0 || end <= open.allocated, "byte {end} is beyond the {} that there are", open.allocated);
        files::write_all_at(&open.file, bytes, open.position)?;
        open.position = end;
        if self.force_sync {
            files::sync_data(&open.file)?;
        }
        self.open = Some(open);
        if self.buffer.len() > MAX_KEPT_BUFFER {
            self.buffer = Output::new();
        }
        Ok(())
    }

    /// Starts `log.<zxid>`. An existing file of that name holds no transaction: recovery would have counted it.
    ///
    /// The file gets its name with its header in it: Apache ZooKeeper does not start on a log file without one.
    fn create(&self, zxid: i64) -> io::Result<Open> {
        let draft = self.directory.join(format!("{DRAFT}{zxid:x}"));
        // Without a descriptor writes wait: the disk is not to blame, and others will close some.
        let create = || OpenOptions::new().write(true).create(true).truncate(true).open(&draft);
        let file = patiently(LONG, || false, create)?;
        let mut header = Output::new();
        header.i32(MAGIC);
        header.i32(VERSION);
        header.i64(0);
        files::write_all_at(&file, header.as_slice(), 0)?;
        if self.force_sync {
            files::sync_data(&file)?;
        }
        files::rename(&draft, self.directory.join(format!("log.{zxid:x}")))?;
        if self.force_sync {
            // The name must survive too.
            files::sync_all(&patiently(LONG, || false, || files::open(&self.directory))?)?;
        }
        log::info!(target: "org.apache.zookeeper.server.persistence.FileTxnLog", "Creating new log file: log.{zxid:x}");
        let allocated = if self.step > 0 { HEADER_LENGTH + self.step } else { 0 };
        if allocated > 0 {
            files::set_len(&file, allocated)?;
        }
        Ok(Open { file, position: HEADER_LENGTH, allocated })
    }

    /// The next entry begins a new file.
    pub fn roll(&mut self) {
        self.open = None;
    }

    /// The folder of the files.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The last transaction that was written; 0 before the first.
    pub fn last_zxid(&self) -> i64 {
        self.last_zxid
    }

    /// Bytes written to the current file.
    pub fn position(&self) -> u64 {
        self.open.as_ref().map_or(0, |open| open.position)
    }
}

/// No write has more bytes than this, unless it is a single entry: what the reader looks ahead over is longer.
const MAX_WRITE: usize = 1 << 20;
/// A buffer that grew beyond this many bytes for one batch is given back.
const MAX_KEPT_BUFFER: usize = 64 * 1024;

/// How many of the entries go in one write: at least one. One that is larger than all may be goes alone, because a power
/// cut that tears it leaves nothing whole behind the tear.
fn in_one_write(entries: &[LogEntry]) -> usize {
    let mut size = 0;
    let fits = |entry: &&LogEntry| {
        size += entry.bytes.len();
        size <= MAX_WRITE
    };
    entries.iter().take_while(fits).count().max(1)
}

const _: () = assert!(ENTRY_HEADER_LENGTH == 12 && HEADER_LENGTH == 16);

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_large_entry_is_written_alone() {
        let entry = |size| LogEntry { zxid: 1, bytes: vec![0; size] };
        let small = || entry(1000);
        assert_eq!(in_one_write(&[small(), small(), small()]), 3);
        assert_eq!(in_one_write(&[small(), entry(4 << 20), small()]), 1);
        assert_eq!(in_one_write(&[entry(4 << 20), small()]), 1);
        assert_eq!(in_one_write(&[entry(MAX_WRITE / 2), entry(MAX_WRITE / 2), small()]), 2);
    }

    #[test]
    fn a_file_has_its_header_before_its_first_entry() {
        let folder = tempfile::tempdir().unwrap();
        LogWriter::new(folder.path(), 1024, true).create(0x1f).unwrap();
        let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["log.1f"]);
        let bytes = fs::read(folder.path().join("log.1f")).unwrap();
        assert_eq!(bytes[..16], *b"ZKLG\0\0\0\x02\0\0\0\0\0\0\0\0");
        assert!(bytes[16..].iter().all(|byte| *byte == 0));
    }
}
