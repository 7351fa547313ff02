//! Pure: Zstandard frames (RFC 8878), any number end to end.

use super::{Codec, PIECE, RecordError, corrupt};
use std::cell::Cell;
use std::io::Write;
use zstd::zstd_safe::{DCtx, InBuffer, OutBuffer, ResetDirective, get_error_name};

/// The level of `compression.zstd.level` when it is not set.
const DEFAULT_LEVEL: i32 = 3;
/// A context is kept for the thread's next batch unless a frame's window has made it larger than this. Kafka's clients
/// ask for windows of up to 8 MiB, at the highest levels; 2 MiB at the default one.
const MAX_KEPT_CONTEXT: usize = 4 << 20;

thread_local! {
    /// Making a context costs more than decompressing a small batch.
    static KEPT: Cell<Option<DCtx<'static>>> = const { Cell::new(None) };
}

/// Decompresses piece by piece.
pub struct Pieces<'a> {
    rest: &'a [u8],
    /// `None` after an error.
    context: Option<DCtx<'static>>,
    /// Whether a frame has begun that has not ended.
    within: bool,
}

impl<'a> Pieces<'a> {
    pub fn new(data: &'a [u8]) -> Pieces<'a> {
        Pieces { rest: data, context: Some(KEPT.take().unwrap_or_else(DCtx::create)), within: false }
    }

    /// Appends the next piece to `out`; nothing at the end.
    pub fn next(&mut self, out: &mut Vec<u8>) -> Result<(), RecordError> {
        let start = out.len();
        out.reserve(PIECE);
        while out.len() == start {
            if self.rest.is_empty() && !self.within {
                return Ok(());
            }
            let context = self.context.get_or_insert_with(DCtx::create);
            let mut input = InBuffer::around(self.rest);
            let mut output = OutBuffer::around_pos(out, start);
            match context.decompress_stream(&mut output, &mut input) {
                Ok(hint) => self.within = hint != 0,
                Err(code) => {
                    // A context that has failed is of no more use.
                    self.context = None;
                    return Err(corrupt(Codec::Zstd, get_error_name(code)));
                }
            }
            if input.pos() == 0 && output.pos() == start {
                return Err(corrupt(Codec::Zstd, "it ends inside a frame"));
            }
            self.rest = self.rest.get(input.pos()..).unwrap_or_default();
        }
        Ok(())
    }
}

impl Drop for Pieces<'_> {
    fn drop(&mut self) {
        let kept = self.context.take().filter(|context| context.sizeof() <= MAX_KEPT_CONTEXT);
        KEPT.set(kept.and_then(|mut context| context.reset(ResetDirective::SessionOnly).ok().map(|_| context)));
    }
}

pub fn compress(level: Option<i32>, data: &[u8], out: &mut Vec<u8>) -> Result<(), RecordError> {
    let failed = |error| corrupt(Codec::Zstd, error);
    let mut encoder = zstd::stream::write::Encoder::new(out, level.unwrap_or(DEFAULT_LEVEL)).map_err(failed)?;
    encoder.write_all(data).map_err(failed)?;
    encoder.finish().map_err(failed)?;
    Ok(())
}
