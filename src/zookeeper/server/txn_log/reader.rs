//! Reads a transaction log file entry by entry, and tells its end from a torn or damaged entry.

use std::fs::File;
use std::io::{self, BufReader, Read as _};
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
            Read::Cut(why) => Ok(Next::Torn(why)),
            Read::Wrong { why, length } => {
                let position = self.position;
                self.position += entry_length(length);
                // A crash leaves nothing whole behind the entry that it tore; rot does.
                let follower = self.read_entry();
                self.position = position;
                Ok(if matches!(follower?, Read::Entry(_)) { Next::Damaged(why) } else { Next::Torn(why) })
            }
        }
    }

    fn read_entry(&mut self) -> io::Result<Read> {
        let left = self.length.saturating_sub(self.position);
        if left < ENTRY_HEADER_LENGTH as u64 {
            // Too short for an entry: fine if it is padding.
            let mut rest = Vec::new();
            (&mut self.file).take(left).read_to_end(&mut rest)?;
            let is_padding = rest.iter().all(|byte| *byte == 0);
            return Ok(if is_padding { Read::End } else { Read::Cut("the file ends inside an entry".into()) });
        }
        let mut header = [0; ENTRY_HEADER_LENGTH];
        self.file.read_exact(&mut header)?;
        let sum = i64::from_be_bytes([0, 1, 2, 3, 4, 5, 6, 7].map(|at| header[at]));
        let length = i32_at(&header, 8);
        if length == 0 {
            return Ok(if sum == 0 { Read::End } else { Read::Cut("a checksum without an entry".into()) });
        }
        let Some(length) = usize::try_from(length).ok().filter(|length| entry_length(*length) <= left) else {
            return Ok(Read::Cut(format!("an entry of {length} bytes where {left} are left")));
        };
        let mut bytes = vec![0; length + 1];
        self.file.read_exact(&mut bytes)?;
        let end = bytes.pop();
        if checksum(&bytes) != sum {
            return Ok(Read::Wrong { why: "its checksum is wrong".into(), length });
        }
        if end != Some(END_OF_ENTRY) {
            return Ok(Read::Wrong { why: "its end mark is missing".into(), length });
        }
        Ok(Read::Entry(bytes))
    }
}

enum Read {
    Entry(Vec<u8>),
    End,
    Cut(String),
    Wrong { why: String, length: usize },
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
