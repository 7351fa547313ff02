//! Pure: the i32 length in front of everything on a ZooKeeper connection.

use super::{Output, Record};

/// The default of `jute.maxbuffer` in bytes: the longest frame a server reads.
pub const DEFAULT_MAX_BUFFER: usize = 0xf_ffff;

/// Appends `header` and `body` as one frame.
pub fn write(output: &mut Output, header: &impl Record, body: Option<&impl Record>) {
    with(output, |output| {
        header.write(output);
        if let Some(body) = body {
            body.write(output);
        }
    });
}

/// The bytes of the content of one frame.
pub fn content(frame: &Output) -> u64 {
    frame.len().saturating_sub(4) as u64
}

/// Appends one frame whose content `fill` writes.
pub fn with(output: &mut Output, fill: impl FnOnce(&mut Output)) {
    let start = output.len();
    output.i32(0);
    fill(output);
    let length = i32::try_from(output.len() - start - 4).unwrap_or(i32::MAX);
    output.patch_i32(start, length);
}
