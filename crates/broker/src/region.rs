//! Reads records that lie in files into memory, for the few who cannot send them as they lie.

use bytes::{Bytes, BytesMut};
use rkafka_protocol::{FileRegion, Records, Segment};
use rkafka_runtime::files;
use std::io;

/// The records in one piece of memory. Blocks on the disk if they are not cached.
pub fn read(records: &Records) -> io::Result<Bytes> {
    match records {
        Records::Bytes(bytes) => Ok(bytes.clone()),
        Records::File(region) => read_region(region).map(BytesMut::freeze),
        Records::Pieces(pieces) => {
            let mut all = BytesMut::with_capacity(records.len());
            for piece in pieces {
                match piece {
                    Segment::Bytes(bytes) => all.extend_from_slice(bytes),
                    Segment::File(region) => all.extend_from_slice(&read_region(region)?),
                }
            }
            Ok(all.freeze())
        }
    }
}

/// One region. Blocks on the disk if it is not cached.
pub fn read_region(region: &FileRegion) -> io::Result<BytesMut> {
    let mut bytes = BytesMut::zeroed(region.len);
    files::read_exact_at(&region.file, &mut bytes, region.offset)?;
    Ok(bytes)
}
