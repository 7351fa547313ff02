//! Walking the batches of a segment file by their headers, and checking their CRCs where they must be trusted again.

use super::batch::{BadBatch, Batch, OVERHEAD, PREFIX, UP_TO_MAGIC};
use crc_fast::{CrcAlgorithm, Digest};
use rkafka_runtime::files;
use std::{fs::File, io};

/// How much is read at once while batches are small.
const BLOCK: usize = 8192;
/// How much is read at once to compute a CRC.
const CRC_BLOCK: usize = 256 * 1024;

/// Why a walk ended before the end of the file.
#[derive(Debug, thiserror::Error)]
pub(super) enum ScanError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("at byte {position}: {reason}")]
    Bad { position: u64, reason: BadBatch },
}

/// The batches of `file` from one byte to another. A batch that does not end before `end` is not returned.
pub(super) struct BatchScan<'a> {
    file: &'a File,
    position: u64,
    end: u64,
    block: Vec<u8>,
    block_at: u64,
    last_size: u32,
}

impl<'a> BatchScan<'a> {
    pub fn new(file: &'a File, position: u64, end: u64) -> BatchScan<'a> {
        BatchScan { file, position, end, block: Vec::new(), block_at: 0, last_size: 0 }
    }

    /// Where the next batch starts, or would.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The next batch and where it starts; `None` at the end, or where a batch is cut off by it.
    pub fn next(&mut self) -> Result<Option<(u64, Batch)>, ScanError> {
        let position = self.position;
        if position + UP_TO_MAGIC as u64 > self.end {
            return Ok(None);
        }
        let prefix = self.prefix()?;
        let batch = match Batch::parse(prefix) {
            Ok(batch) => batch,
            // The header itself is cut off.
            Err(BadBatch::Short) => return Ok(None),
            Err(reason) => return Err(ScanError::Bad { position, reason }),
        };
        if position + u64::from(batch.size) > self.end {
            return Ok(None);
        }
        self.position += u64::from(batch.size);
        self.last_size = batch.size;
        Ok(Some((position, batch)))
    }

    /// The bytes at the position: a header's worth, or what there is.
    fn prefix(&mut self) -> io::Result<&[u8]> {
        let left = (self.end - self.position).min(PREFIX as u64) as usize;
        let from = self.position.wrapping_sub(self.block_at) as usize;
        if self.position >= self.block_at && self.block.len() >= from.saturating_add(left) {
            return Ok(self.block.get(from..from + left).unwrap_or_default());
        }
        let wanted = if self.last_size as usize > BLOCK { PREFIX } else { BLOCK };
        self.block.resize(wanted.min((self.end - self.position) as usize), 0);
        files::read_exact_at(self.file, &mut self.block, self.position)?;
        self.block_at = self.position;
        Ok(self.block.get(..left).unwrap_or_default())
    }
}

/// Whether the CRC that `batch` carries is that of its bytes in the file.
pub(super) fn crc_holds(file: &File, position: u64, batch: &Batch, buffer: &mut Vec<u8>) -> io::Result<bool> {
    let from = batch.crc_from() as u64;
    let mut left = u64::from(batch.size).saturating_sub(from);
    let mut at = position + from;
    let algorithm = if batch.magic == 2 { CrcAlgorithm::Crc32Iscsi } else { CrcAlgorithm::Crc32IsoHdlc };
    let mut digest = Digest::new(algorithm);
    buffer.resize(CRC_BLOCK, 0);
    while left > 0 {
        let n = left.min(CRC_BLOCK as u64) as usize;
        let Some(block) = buffer.get_mut(..n) else { break };
        files::read_exact_at(file, block, at)?;
        digest.update(block);
        at += n as u64;
        left -= n as u64;
    }
    Ok(digest.finalize() as u32 == batch.crc)
}

/// The batches of bytes in memory that lie in several pieces.
pub(super) fn scan_pieces(pieces: &[&[u8]]) -> Result<Vec<Batch>, BadBatch> {
    let total: usize = pieces.iter().map(|p| p.len()).sum();
    let mut batches = Vec::with_capacity(1);
    let mut at = 0;
    let (mut piece, mut piece_at) = (0, 0);
    while at < total {
        while pieces.get(piece).is_some_and(|p| piece_at + p.len() <= at) {
            piece_at += pieces.get(piece).map_or(0, |p| p.len());
            piece += 1;
        }
        let rest = pieces.get(piece..).unwrap_or_default();
        let batch = parse_across(rest, at - piece_at)?;
        at += batch.size as usize;
        if at > total {
            let missing = at - total;
            return Err(BadBatch::Invalid(format!("the last batch lacks {missing} bytes")));
        }
        batches.push(batch);
    }
    Ok(batches)
}

/// Parses the batch that starts `skip` bytes into the first piece, whose header may reach into the next ones.
fn parse_across(pieces: &[&[u8]], skip: usize) -> Result<Batch, BadBatch> {
    let first = pieces.first().and_then(|p| p.get(skip..)).unwrap_or_default();
    if first.len() >= PREFIX || pieces.len() == 1 {
        return Batch::parse(first);
    }
    let mut prefix = [0; PREFIX];
    let mut filled = 0;
    for piece in std::iter::once(&first).chain(pieces.iter().skip(1)) {
        let n = piece.len().min(PREFIX - filled);
        if let (Some(place), Some(bytes)) = (prefix.get_mut(filled..filled + n), piece.get(..n)) {
            place.copy_from_slice(bytes);
        }
        filled += n;
    }
    Batch::parse(prefix.get(..filled).unwrap_or_default())
}

const _: () = assert!(OVERHEAD < UP_TO_MAGIC && PREFIX <= BLOCK);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::tests::v2_batch;
    use std::os::unix::fs::FileExt;

    #[test]
    fn pieces_are_one_stream() {
        let mut all = Vec::new();
        for i in 0..20 {
            all.extend(v2_batch(i * 10, 1, 10, i, (i as usize) * 37 % 200));
        }
        let whole = scan_pieces(&[&all]).unwrap();
        assert_eq!(whole.len(), 20);
        let mut rng = fastrand::Rng::with_seed(3);
        for _ in 0..200 {
            let mut cuts: Vec<usize> = (0..rng.usize(1..30)).map(|_| rng.usize(..all.len())).collect();
            cuts.extend([0, all.len()]);
            cuts.sort();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|w| &all[w[0]..w[1]]).collect();
            assert_eq!(scan_pieces(&pieces).unwrap(), whole);
        }
        assert!(scan_pieces(&[&all[..all.len() - 1]]).is_err());
        assert!(scan_pieces(&[&all[..30]]).is_err());
        assert_eq!(scan_pieces(&[]).unwrap(), []);
    }

    #[test]
    fn a_torn_tail_ends_the_walk() {
        let mut all = Vec::new();
        for i in 0..50 {
            all.extend(v2_batch(i, 0, 1, i, if i == 7 { 20_000 } else { 5 }));
        }
        let file = tempfile::tempfile().unwrap();
        file.write_all_at(&all, 0).unwrap();
        for cut in [0, 1, 60, 61, 65, 66, all.len() - 1] {
            let mut scan = BatchScan::new(&file, 0, cut as u64);
            let mut end = 0;
            while let Some((position, batch)) = scan.next().unwrap() {
                assert_eq!(position, end);
                assert!(crc_holds(&file, position, &batch, &mut Vec::new()).unwrap());
                end = position + u64::from(batch.size);
            }
            assert!(end as usize <= cut && cut - (end as usize) < 20_100);
        }
    }
}
