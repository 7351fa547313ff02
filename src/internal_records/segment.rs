//! A segment's log as it lies on disk, damaged or not: the batches one by one, and the bytes of each.

use anyhow::{Context, bail};
use bytes::{Bytes, BytesMut};
use rkafka_protocol::record::{Batch, BatchHeader, ENTRY_PREFIX, LEGACY_V0_HEADER, MAGIC_PREFIX, V2_HEADER};
use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

/// How many bytes are read at once.
const BLOCK: usize = 1 << 20;
/// The least length of an entry that Kafka goes on from.
const MIN_LENGTH: i32 = 14;

/// A file of batches.
pub struct Segment {
    file: File,
    path: PathBuf,
    size: u64,
    /// What has been read, from `start` on.
    buffer: BytesMut,
    start: u64,
}

/// A batch as its header has it.
#[derive(Debug)]
pub struct Head {
    pub position: u64,
    /// As the file has it, whichever format the rest was read by.
    pub magic: i8,
    pub header: BatchHeader,
}

impl Head {
    /// The whole batch's size in bytes.
    pub fn size(&self) -> u64 {
        self.header.size as u64
    }
}

impl Segment {
    pub fn open(path: &Path) -> anyhow::Result<Segment> {
        let opened = File::open(path).and_then(|file| file.metadata().map(|data| (file, data)));
        let (file, data) = opened.with_context(|| path.display().to_string())?;
        if data.is_dir() {
            bail!("{} is a directory", path.display());
        }
        Ok(Segment { file, path: path.to_owned(), size: data.len(), buffer: BytesMut::new(), start: 0 })
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    /// The batch at `position`; `None` if it is not all there before `end`.
    ///
    /// Errors: a length that no batch has, after which nothing can be found; a file that cannot be read.
    pub fn head(&mut self, position: u64, end: u64) -> anyhow::Result<Option<Head>> {
        let end = end.min(self.size);
        if position.saturating_add(MAGIC_PREFIX as u64) >= end {
            return Ok(None);
        }
        let prefix = self.peek(position, MAGIC_PREFIX)?;
        let (length, magic) = (i32::from_be_bytes([prefix[8], prefix[9], prefix[10], prefix[11]]), prefix[16] as i8);
        if length < MIN_LENGTH {
            bail!(
                "Found record size {length} smaller than minimum record overhead ({MIN_LENGTH}) in file {}.\nThe bytes from \
                 position {position} on are no batch: the file is damaged there, or was cut off by a crash and padded.",
                self.path.display()
            );
        }
        let size = u64::from(length.unsigned_abs()) + ENTRY_PREFIX as u64;
        if position + size > end {
            return Ok(None);
        }
        let header = self.header(position, magic, size as usize)?;
        Ok(Some(Head { position, magic, header }))
    }

    /// The header of a batch of `size` bytes, which may be smaller than its format's header.
    fn header(&mut self, position: u64, magic: i8, size: usize) -> anyhow::Result<BatchHeader> {
        let (wanted, known_magic) = match magic {
            0 | 1 => (LEGACY_V0_HEADER, magic),
            2.. => (V2_HEADER, 2),
            ..0 => bail!(
                "the batch at position {position} of {} has the unknown magic {magic}: the file is damaged there",
                self.path.display()
            ),
        };
        if position + wanted as u64 > self.size {
            bail!(
                "Unexpected EOF while attempting to read the next batch: the one at position {position} of {} says that it \
                 has {size} bytes, its header alone has {wanted}",
                self.path.display()
            );
        }
        let mut copy = [0; V2_HEADER];
        copy[..wanted].copy_from_slice(self.peek(position, wanted)?);
        copy[8..12].copy_from_slice(&(V2_HEADER as i32).to_be_bytes());
        copy[16] = known_magic as u8;
        match BatchHeader::parse(&copy)? {
            Some(header) => Ok(BatchHeader { size, ..header }),
            None => bail!("the batch at position {position} of {} has no header", self.path.display()),
        }
    }

    /// The bytes of a batch.
    pub fn batch(&mut self, head: &Head) -> anyhow::Result<Batch> {
        self.fill(head.position, head.header.size)?;
        let bytes: Bytes = self.buffer.split_to(head.header.size).freeze();
        self.start += head.size();
        Ok(Batch { header: head.header.clone(), bytes })
    }

    fn peek(&mut self, position: u64, length: usize) -> anyhow::Result<&[u8]> {
        self.fill(position, length)?;
        Ok(&self.buffer[..length])
    }

    /// Has the buffer begin at `position` and hold `length` bytes, which are before the file's end.
    fn fill(&mut self, position: u64, length: usize) -> anyhow::Result<()> {
        let skipped = position.checked_sub(self.start).and_then(|n| usize::try_from(n).ok());
        match skipped.filter(|skipped| *skipped <= self.buffer.len()) {
            Some(skipped) => drop(self.buffer.split_to(skipped)),
            None => self.buffer.clear(),
        }
        self.start = position;
        if self.buffer.len() >= length {
            return Ok(());
        }
        let held = self.buffer.len();
        let from = position + held as u64;
        let left = usize::try_from(self.size.saturating_sub(from)).unwrap_or(usize::MAX);
        let more = (length - held).max(BLOCK).min(left);
        self.buffer.resize(held + more, 0);
        let read = self.file.seek(SeekFrom::Start(from)).and_then(|_| self.file.read_exact(&mut self.buffer[held..]));
        read.with_context(|| format!("{} cannot be read at position {from}", self.path.display()))?;
        if self.buffer.len() < length {
            bail!("{} ends within what should be read at position {position}", self.path.display());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_base::TimestampMs;
    use rkafka_protocol::record::{BatchBuilder, BatchOptions};

    fn batch() -> Vec<u8> {
        let mut builder = BatchBuilder::new(BatchOptions::default());
        builder.append(TimestampMs(7), None, Some(b"value"), &[]);
        builder.finish().unwrap().to_vec()
    }

    fn segment(bytes: &[u8]) -> Segment {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        Segment::open(file.path()).unwrap()
    }

    fn positions(bytes: &[u8]) -> Result<Vec<u64>, String> {
        let (mut segment, mut position, mut found) = (segment(bytes), 0, Vec::new());
        while let Some(head) = segment.head(position, u64::MAX).map_err(|error| error.to_string())? {
            found.push(head.position);
            position += head.size();
            let batch = segment.batch(&head).unwrap();
            assert_eq!(batch.bytes.len() as u64, head.size());
            if let Ok(open) = batch.open(1 << 20) {
                open.records().for_each(drop);
            }
        }
        Ok(found)
    }

    #[test]
    fn batches_up_to_one_that_is_torn() {
        let one = batch();
        let two = [one.clone(), one.clone()].concat();
        let n = one.len() as u64;
        assert_eq!(positions(&two), Ok(vec![0, n]));
        assert_eq!(positions(&two[..two.len() - 1]), Ok(vec![0]));
        assert_eq!(positions(&[]), Ok(vec![]));
        assert!(positions(&[one, vec![0; 30]].concat()).unwrap_err().contains("Found record size 0 smaller"));
    }

    #[test]
    fn back_and_forth() {
        let one = batch();
        let mut segment = segment(&one.repeat(3));
        for at in [2, 0, 1, 1, 0] {
            let head = segment.head(at * one.len() as u64, u64::MAX).unwrap().unwrap();
            assert_eq!(segment.batch(&head).unwrap().bytes, one);
        }
        assert!(segment.head(0, one.len() as u64 - 1).unwrap().is_none());
    }

    #[test]
    fn no_bytes_are_too_strange() {
        let mut rng = fastrand::Rng::with_seed(3);
        for _ in 0..2_000 {
            let mut bytes = batch().repeat(2);
            for _ in 0..rng.usize(1..4) {
                let at = rng.usize(..bytes.len());
                bytes[at] = rng.u8(..);
            }
            bytes.truncate(rng.usize(..=bytes.len()));
            let _ = positions(&bytes);
        }
        // A batch that says it ends within its own header, and others behind it.
        let mut bytes = batch().repeat(3);
        bytes[8..12].copy_from_slice(&20u32.to_be_bytes());
        let _ = positions(&bytes);
    }
}
