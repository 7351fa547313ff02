//! The doors to the disk: std's calls under their own names, of which each may be stalled or refused first ([faults]).
//! Logs, the ZooKeeper server and whoever sends records touch files through these alone; tidy sees to it.
//!
//! What an open file is called is asked of the system, and only while faults are injected. Where the system does not tell,
//! it has no name: only a rule for every path is about it.
//!
//! [faults]: crate::faults

use crate::{
    faults::{self, Fate, Operation, check},
    sync_watch,
};
use rkafka_platform::SYNC_FILE_SYSTEM;
use std::{
    fs::{self, File, Metadata, ReadDir},
    io::{self, IoSlice, Read, Write},
    ops::Range,
    os::{fd::AsFd, unix::fs::FileExt},
    path::{Path, PathBuf},
};

/// How many pieces one system call takes (`IOV_MAX` on Linux).
const MAX_PIECES: usize = 1024;

/// How a file is opened: std's options.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    options: fs::OpenOptions,
    creates: bool,
}

impl OpenOptions {
    #[expect(clippy::new_without_default, reason = "as std's, which are spelled out")]
    pub fn new() -> OpenOptions {
        OpenOptions { options: fs::OpenOptions::new(), creates: false }
    }

    pub fn read(&mut self, read: bool) -> &mut OpenOptions {
        self.options.read(read);
        self
    }

    pub fn write(&mut self, write: bool) -> &mut OpenOptions {
        self.options.write(write);
        self
    }

    pub fn append(&mut self, append: bool) -> &mut OpenOptions {
        self.options.append(append);
        self
    }

    pub fn truncate(&mut self, truncate: bool) -> &mut OpenOptions {
        self.options.truncate(truncate);
        self
    }

    pub fn create(&mut self, create: bool) -> &mut OpenOptions {
        self.options.create(create);
        self.creates = create;
        self
    }

    pub fn open(&self, path: impl AsRef<Path>) -> io::Result<File> {
        let operation = if self.creates { Operation::Create } else { Operation::Open };
        check(operation, || path.as_ref().to_path_buf())?;
        self.options.open(path)
    }
}

/// Opens a file for reading.
pub fn open(path: impl AsRef<Path>) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

/// Makes a file, or empties it, for writing.
pub fn create(path: impl AsRef<Path>) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).open(path)
}

/// The bytes of a file.
pub fn read(path: impl AsRef<Path>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    Reader(open(path)?).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Makes a file of these bytes.
pub fn write(path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> io::Result<()> {
    write_all(&create(path)?, bytes.as_ref())
}

pub fn read_dir(path: impl AsRef<Path>) -> io::Result<ReadDir> {
    at(Operation::List, path.as_ref(), fs::read_dir)
}

pub fn metadata(path: impl AsRef<Path>) -> io::Result<Metadata> {
    at(Operation::List, path.as_ref(), fs::metadata)
}

pub fn symlink_metadata(path: impl AsRef<Path>) -> io::Result<Metadata> {
    at(Operation::List, path.as_ref(), fs::symlink_metadata)
}

pub fn create_dir(path: impl AsRef<Path>) -> io::Result<()> {
    at(Operation::MakeDir, path.as_ref(), fs::create_dir)
}

pub fn create_dir_all(path: impl AsRef<Path>) -> io::Result<()> {
    at(Operation::MakeDir, path.as_ref(), fs::create_dir_all)
}

/// A rule is about the name that the file has had.
pub fn rename(from: impl AsRef<Path>, to: impl AsRef<Path>) -> io::Result<()> {
    at(Operation::Rename, from.as_ref(), |from| fs::rename(from, to))
}

pub fn remove_file(path: impl AsRef<Path>) -> io::Result<()> {
    at(Operation::Remove, path.as_ref(), fs::remove_file)
}

pub fn remove_dir_all(path: impl AsRef<Path>) -> io::Result<()> {
    at(Operation::Remove, path.as_ref(), fs::remove_dir_all)
}

fn at<'a, T>(operation: Operation, path: &'a Path, act: impl FnOnce(&'a Path) -> io::Result<T>) -> io::Result<T> {
    check(operation, || path.to_path_buf())?;
    act(path)
}

pub fn read_exact_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    check(Operation::Read, || path_of(file))?;
    file.read_exact_at(bytes, offset)
}

pub fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
    check(Operation::Read, || path_of(file))?;
    file.read_at(bytes, offset)
}

/// [`rkafka_platform::send_file`].
pub fn send_file(socket: impl AsFd, file: &File, offset: u64, len: usize) -> io::Result<usize> {
    check(Operation::Read, || path_of(file))?;
    rkafka_platform::send_file(socket, file, offset, len)
}

pub fn write_all_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    in_parts(file, bytes.len(), |part| {
        file.write_all_at(bytes.get(part.clone()).unwrap_or_default(), offset + part.start as u64)
    })
}

/// Writes where the last write has ended.
pub fn write_all(mut file: &File, bytes: &[u8]) -> io::Result<()> {
    in_parts(file, bytes.len(), |part| file.write_all(bytes.get(part).unwrap_or_default()))
}

/// Writes all `pieces` one after the other from `position` on.
pub fn write_all_vectored_at(file: &File, pieces: &mut [IoSlice<'_>], position: u64) -> io::Result<()> {
    if !faults::are_installed() {
        return write_vectored(file, pieces, position);
    }
    let len = pieces.iter().map(|piece| piece.len()).sum();
    in_parts(file, len, |part| {
        let mut at = 0;
        let mut within: Vec<IoSlice<'_>> = Vec::with_capacity(pieces.len());
        for piece in pieces.iter() {
            let [from, to] = [part.start, part.end].map(|end| end.clamp(at, at + piece.len()) - at);
            within.extend(piece.get(from..to).map(IoSlice::new));
            at += piece.len();
        }
        write_vectored(file, &mut within, position + part.start as u64)
    })
}

fn write_vectored(file: &File, pieces: &mut [IoSlice<'_>], position: u64) -> io::Result<()> {
    let mut at = position;
    let end = position + pieces.iter().map(|piece| piece.len() as u64).sum::<u64>();
    let mut rest = pieces;
    IoSlice::advance_slices(&mut rest, 0);
    while !rest.is_empty() {
        let batch = rest.get(..rest.len().min(MAX_PIECES)).unwrap_or_default();
        match rustix::io::pwritev(file, batch, at) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => {
                at += written as u64;
                IoSlice::advance_slices(&mut rest, written);
            }
            Err(rustix::io::Errno::INTR) => {}
            Err(e) => return Err(e.into()),
        }
    }
    assert_eq!(at, end, "the pieces from byte {position} on are written whole");
    Ok(())
}

/// Writes `len` bytes at once, or in the parts that faults leave of them.
fn in_parts(file: &File, len: usize, mut write: impl FnMut(Range<usize>) -> io::Result<()>) -> io::Result<()> {
    if !faults::are_installed() {
        return write(0..len);
    }
    let path = path_of(file);
    let mut done = 0;
    loop {
        match faults::fate(Operation::Write, &path, len - done) {
            Fate::Done => return write(done..len),
            Fate::Part(part) => {
                write(done..done + part)?;
                done += part;
            }
            Fate::Fails(part, errno) => {
                write(done..done + part)?;
                return Err(errno.into());
            }
        }
    }
}

/// Sets the size of a file.
pub fn set_len(file: &File, len: u64) -> io::Result<()> {
    check(Operation::Truncate, || path_of(file))?;
    file.set_len(len)
}

/// Waits until the bytes and the size of a file are on disk.
pub fn sync_data(file: &File) -> io::Result<()> {
    check(Operation::Sync, || path_of(file))?;
    sync_watch::syncing(file);
    file.sync_data()
}

/// Waits until all of a file, or the names in a directory, are on disk.
pub fn sync_all(file: &File) -> io::Result<()> {
    check(Operation::Sync, || path_of(file))?;
    sync_watch::syncing(file);
    file.sync_all()
}

/// How everything is put on disk that was written to the file system of a file, where that can be done at once.
pub fn sync_file_system() -> Option<impl Fn(&File) -> io::Result<()>> {
    SYNC_FILE_SYSTEM.map(|sync| {
        move |file: &File| {
            check(Operation::Sync, || path_of(file))?;
            sync(file)
        }
    })
}

fn path_of(file: &File) -> PathBuf {
    rkafka_platform::path_of(file).unwrap_or_default()
}

/// A file that is read from its beginning.
#[derive(Debug)]
pub struct Reader(pub File);

impl Read for Reader {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        check(Operation::Read, || path_of(&self.0))?;
        self.0.read(bytes)
    }

    fn read_to_end(&mut self, bytes: &mut Vec<u8>) -> io::Result<usize> {
        check(Operation::Read, || path_of(&self.0))?;
        self.0.read_to_end(bytes)
    }
}

/// A file that is written from its beginning.
#[derive(Debug)]
pub struct Writer(pub File);

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        write_all(&self.0, bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_pieces() {
        let file = tempfile::tempfile().unwrap();
        let bytes: Vec<u8> = (0..10_000u32).map(|n| n as u8).collect();
        let mut pieces: Vec<IoSlice<'_>> = bytes.chunks(3).map(IoSlice::new).collect();
        pieces.insert(0, IoSlice::new(&[]));
        write_all_vectored_at(&file, &mut pieces, 5).unwrap();
        let mut read = vec![0; bytes.len()];
        file.read_exact_at(&mut read, 5).unwrap();
        assert_eq!(read, bytes);
    }
}
