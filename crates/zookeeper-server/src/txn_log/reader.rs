//! Reads a transaction log file entry by entry, and tells its end from a torn or damaged entry.

use std::io::{self, BufReader, Read as _};
use std::path::Path;

use super::{END_OF_ENTRY, ENTRY_HEADER_LENGTH, HEADER_LENGTH, MAGIC, VERSION, checksum};
use rkafka_runtime::files::{self, Reader};

/// What comes next in the file.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// The bytes of an entry whose checksum is right.
    Entry(Vec<u8>),
    /// The zeros behind the last entry, or the end of the file.
    End,
    /// An entry that was not written completely: everything from [`LogReader::position`] on was never acknowledged.
    Torn(String),
    /// The same, but whole entries follow: a power cut has kept some sectors of the last write and not others. In a file
    /// that others came after it is damage.
    PartlyWritten(String),
    /// An entry that was complete and is not any more: whole entries follow it.
    Damaged(String),
}

/// One log file.
#[derive(Debug)]
pub struct LogReader {
    file: BufReader<Reader>,
    /// Where the next entry begins, in bytes.
    position: u64,
    length: u64,
}

impl LogReader {
    /// Opens the file; `Ok(None)` when it is shorter than its header (a crash right after its creation).
    pub fn open(path: &Path) -> io::Result<Option<LogReader>> {
        let file = files::open(path)?;
        let length = file.metadata()?.len();
        let mut file = BufReader::with_capacity(32 * 1024, Reader(file));
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
            Read::Bad(why) => self.judge(why),
        }
    }

    /// What a bad entry is. A process that ends leaves nothing whole behind the entry that it tore; rot does. A machine
    /// that loses its power may, too, within the one write that was under way: a sector that did not reach the disk reads
    /// as the zeros that were there before.
    fn judge(&self, why: String) -> io::Result<Next> {
        let window = self.read_ahead(self.position, LOOK_AHEAD)?;
        let Some(next) = (1..window.len()).find(|start| is_whole_entry(&window[*start..])) else {
            return Ok(Next::Torn(why));
        };
        let bad = window.get(..next).unwrap_or_default();
        if has_unwritten_sector(self.position, bad) && self.ends_within(LOOK_AHEAD)? {
            return Ok(Next::PartlyWritten(format!("{why}, and part of it was never written")));
        }
        Ok(Next::Damaged(why))
    }

    /// Up to `most` bytes from `from` on.
    fn read_ahead(&self, from: u64, most: usize) -> io::Result<Vec<u8>> {
        let mut window = vec![0; usize::try_from(self.length.saturating_sub(from)).unwrap_or(most).min(most)];
        let mut filled = 0;
        while let Some(rest) = window.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match files::read_at(&self.file.get_ref().0, rest, from + filled as u64)? {
                0 => break,
                count => filled += count,
            }
        }
        window.truncate(filled);
        Ok(window)
    }

    /// Whether nothing but zeros comes later than `most` bytes from here.
    fn ends_within(&self, most: usize) -> io::Result<bool> {
        let mut at = self.position + most as u64;
        while at < self.length {
            let block = self.read_ahead(at, most)?;
            if block.is_empty() || block.iter().any(|byte| *byte != 0) {
                return Ok(block.is_empty());
            }
            at += block.len() as u64;
        }
        Ok(true)
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

/// How far behind a bad entry a whole one is looked for, in bytes; more than one write of the log is long.
const LOOK_AHEAD: usize = 4 * 1024 * 1024;
/// What a disk writes as a whole.
const SECTOR: u64 = 512;
/// The first bytes of an entry are zeros anyhow: the upper half of its checksum.
const ZEROS_IN_FRONT: usize = 4;

/// Whether the part that some sector has of `bytes`, which lie at `position`, is nothing but zeros. The last byte of an
/// entry, its mark, is none.
fn has_unwritten_sector(position: u64, bytes: &[u8]) -> bool {
    let first = usize::try_from(SECTOR - position % SECTOR).unwrap_or(bytes.len()).min(bytes.len());
    let (first, others) = bytes.split_at(first);
    let is_zero = |part: &[u8]| part.iter().all(|byte| *byte == 0);
    (first.len() > ZEROS_IN_FRONT && is_zero(first)) || others.chunks(SECTOR as usize).any(is_zero)
}

fn is_whole_entry(bytes: &[u8]) -> bool {
    let length = usize::try_from(i32_at(bytes, 8)).unwrap_or(0);
    let entry = bytes.get(ENTRY_HEADER_LENGTH..).and_then(|rest| rest.split_at_checked(length));
    let Some((entry, [END_OF_ENTRY, ..])) = entry else { return false };
    let sum = bytes.first_chunk::<8>().map(|sum| i64::from_be_bytes(*sum));
    length > 0 && sum == Some(checksum(entry))
}

/// The bytes that an entry takes in the file.
pub(super) fn entry_length(length: usize) -> u64 {
    (ENTRY_HEADER_LENGTH + length + 1) as u64
}

fn i32_at(bytes: &[u8], at: usize) -> i32 {
    let mut four = [0; 4];
    if let Some(slice) = bytes.get(at..at + 4) {
        four.copy_from_slice(slice);
    }
    i32::from_be_bytes(four)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{core::LogEntry, txn_log::LogWriter};
    use std::{fs::OpenOptions, os::unix::fs::FileExt as _};

    /// What [`LogReader`] makes of a file: the entries, and what ends them.
    fn read(path: &Path) -> (Vec<Vec<u8>>, Next) {
        let mut reader = LogReader::open(path).unwrap().unwrap();
        let mut entries = Vec::new();
        loop {
            match reader.next().unwrap() {
                Next::Entry(bytes) => entries.push(bytes),
                end => return (entries, end),
            }
        }
    }

    /// Entries with text, with zeros, and with both.
    fn entries(rng: &mut fastrand::Rng, count: usize) -> Vec<LogEntry> {
        let mut bytes = || match rng.u8(..3) {
            0 => vec![0; rng.usize(1..6_000)],
            1 => (0..rng.usize(1..900)).map(|_| rng.u8(..)).collect(),
            _ => (0..rng.usize(1..3_000)).map(|n| if n < 40 { rng.u8(..) } else { 0 }).collect(),
        };
        (0..count).map(|n| LogEntry { zxid: n as i64 + 1, bytes: bytes() }).collect()
    }

    #[test]
    fn any_sectors_of_the_last_write_may_be_missing() {
        for seed in 0..400 {
            let mut rng = fastrand::Rng::with_seed(seed);
            let folder = tempfile::tempdir().unwrap();
            let mut writer = LogWriter::new(folder.path(), 64 * 1024, false);
            let (kept, lost) = (rng.usize(1..10), rng.usize(1..12));
            let all = entries(&mut rng, kept + lost);
            writer.append(&all[..kept]).unwrap();
            let synced = writer.position();
            writer.append(&all[kept..]).unwrap();
            let (path, end) = (folder.path().join("log.1"), writer.position());
            let file = OpenOptions::new().write(true).open(&path).unwrap();
            let sector = [512, 4096][rng.usize(..2)];
            for at in (synced / sector..=end / sector).filter(|_| rng.bool()) {
                let (from, to) = ((at * sector).max(synced), ((at + 1) * sector).min(end));
                file.write_all_at(&vec![0; (to - from) as usize], from).unwrap();
            }
            let (found, why) = read(&path);
            assert!(found.len() >= kept, "seed {seed}: {} of {kept}", found.len());
            assert!(found.iter().zip(&all).all(|(found, entry)| *found == entry.bytes), "seed {seed}");
            assert!(!matches!(why, Next::Damaged(_)), "seed {seed}: {why:?}");
        }
    }

    #[test]
    fn a_byte_that_changed_is_damage() {
        let mut rng = fastrand::Rng::with_seed(3);
        let folder = tempfile::tempdir().unwrap();
        let text = |n: i64| LogEntry { zxid: n, bytes: (0..700).map(|i| (i * n) as u8 | 1).collect() };
        let mut writer = LogWriter::new(folder.path(), 64 * 1024, false);
        writer.append(&(1..20).map(text).collect::<Vec<_>>()).unwrap();
        let path = folder.path().join("log.1");
        let good = std::fs::read(&path).unwrap();
        for _ in 0..200 {
            let mut bad = good.clone();
            let at = HEADER_LENGTH as usize + rng.usize(..10 * 713);
            bad[at] ^= 1 << rng.u8(..8);
            std::fs::write(&path, &bad).unwrap();
            let (found, why) = read(&path);
            assert!(found.len() <= 10 && matches!(why, Next::Damaged(_)), "byte {at}: {why:?}");
        }
    }
}
