//! Reads a transaction log file entry by entry, and tells its end from a torn or damaged entry.

use std::fs::File;
use std::io::{self, BufReader, Read as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use super::{END_OF_ENTRY, ENTRY_HEADER_LENGTH, HEADER_LENGTH, MAGIC, VERSION, checksum};

/// What comes next in the file.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// The bytes of an entry whose checksum is right.
    Entry(Vec<u8>),
    /// The zeros behind the last entry, or the end of the file.
    End,
    /// An entry that was not written completely: everything from [`LogReader::position`] on was never acknowledged.
    Torn(String),
    /// An entry that was complete and is not any more: whole entries follow it.
    Damaged(String),
}

/// One log file.
#[derive(Debug)]
pub struct LogReader {
    file: BufReader<File>,
    /// Where the next entry begins, in bytes.
    position: u64,
    length: u64,
}

impl LogReader {
    /// Opens the file; `Ok(None)` when it is shorter than its header (a crash right after its creation).
    pub fn open(path: &Path) -> io::Result<Option<LogReader>> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut file = BufReader::with_capacity(32 * 1024, file);
        let mut header = [0; HEADER_LENGTH as usize];
        if length < HEADER_LENGTH {
            return Ok(None);
        }
        file.read_exact(&mut header)?;
        if header == [0; HEADER_LENGTH as usize] {
            return Ok(None);
        }
        let [magic, version] = [0, 4].map(|at| i32_at(&header, at));
        if magic != MAGIC || version != VERSION {
            let message = format!("not a ZooKeeper transaction log (magic {magic:#x}, version {version})");
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        Ok(Some(LogReader { file, position: HEADER_LENGTH, length }))
    }

    /// Where the next entry begins, in bytes.
    pub fn position(&self) -> u64 {
        self.position
    }

    pub fn next(&mut self) -> io::Result<Next> {
        match self.read_entry()? {
            Read::Entry(bytes) => {
                self.position += entry_length(bytes.len());
                Ok(Next::Entry(bytes))
            }
            Read::End => Ok(Next::End),
            // A crash leaves nothing whole behind the entry that it tore; rot does.
            Read::Bad(why) if self.whole_entry_follows()? => Ok(Next::Damaged(why)),
            Read::Bad(why) => Ok(Next::Torn(why)),
        }
    }

    /// Whether a whole entry begins anywhere soon behind the bad one.
    fn whole_entry_follows(&self) -> io::Result<bool> {
        let mut window = vec![0; usize::try_from(self.length - self.position).unwrap_or(LOOK_AHEAD).min(LOOK_AHEAD)];
        let mut filled = 0;
        while let Some(rest) = window.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.file.get_ref().read_at(rest, self.position + filled as u64)? {
                0 => break,
                count => filled += count,
            }
        }
        window.truncate(filled);
        Ok((1..window.len()).any(|start| is_whole_entry(&window[start..])))
    }

    fn read_entry(&mut self) -> io::Result<Read> {
        let left = self.length.saturating_sub(self.position);
        if left < ENTRY_HEADER_LENGTH as u64 {
            // Too short for an entry: fine if it is padding.
            let mut rest = Vec::new();
            (&mut self.file).take(left).read_to_end(&mut rest)?;
            let is_padding = rest.iter().all(|byte| *byte == 0);
            return Ok(if is_padding { Read::End } else { Read::Bad("the file ends inside it".into()) });
        }
        let mut header = [0; ENTRY_HEADER_LENGTH];
        self.file.read_exact(&mut header)?;
        let sum = i64::from_be_bytes([0, 1, 2, 3, 4, 5, 6, 7].map(|at| header[at]));
        let length = i32_at(&header, 8);
        if length == 0 {
            return Ok(if sum == 0 { Read::End } else { Read::Bad("it has a checksum and no length".into()) });
        }
        let Some(length) = usize::try_from(length).ok().filter(|length| entry_length(*length) <= left) else {
            return Ok(Read::Bad(format!("its length is {length} where {left} bytes are left")));
        };
        let mut bytes = vec![0; length + 1];
        self.file.read_exact(&mut bytes)?;
        let end = bytes.pop();
        if checksum(&bytes) != sum {
            return Ok(Read::Bad("its checksum is wrong".into()));
        }
        if end != Some(END_OF_ENTRY) {
            return Ok(Read::Bad("its end mark is missing".into()));
        }
        Ok(Read::Entry(bytes))
    }
}

enum Read {
    Entry(Vec<u8>),
    End,
    Bad(String),
}

/// How far behind a bad entry a whole one is looked for, in bytes.
const LOOK_AHEAD: usize = 4 * 1024 * 1024;

fn is_whole_entry(bytes: &[u8]) -> bool {
    let length = usize::try_from(i32_at(bytes, 8)).unwrap_or(0);
    let entry = bytes.get(ENTRY_HEADER_LENGTH..).and_then(|rest| rest.split_at_checked(length));
    let Some((entry, [END_OF_ENTRY, ..])) = entry else { return false };
    let sum = bytes.first_chunk::<8>().map(|sum| i64::from_be_bytes(*sum));
    length > 0 && sum == Some(checksum(entry))
}

/// The bytes that an entry takes in the file.
fn entry_length(length: usize) -> u64 {
    (ENTRY_HEADER_LENGTH + length + 1) as u64
}

fn i32_at(bytes: &[u8], at: usize) -> i32 {
    let mut four = [0; 4];
    if let Some(slice) = bytes.get(at..at + 4) {
        four.copy_from_slice(slice);
    }
    i32::from_be_bytes(four)
}
