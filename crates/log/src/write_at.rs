//! Writing several pieces of memory to one place of a file with one system call.

use std::{
    fs::File,
    io::{self, IoSlice},
};

/// How many pieces one system call takes (`IOV_MAX` on Linux).
const MAX_PIECES: usize = 1024;

/// Writes all `pieces` one after the other from `position` on.
pub(super) fn write_all_vectored_at(file: &File, pieces: &mut [IoSlice<'_>], position: u64) -> io::Result<()> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::FileExt;

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
