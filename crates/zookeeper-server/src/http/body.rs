//! What an answer contains: bytes at hand, or a file that is read while it is sent.

use std::io::{self, Read as _};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use rkafka_runtime::files::Reader;

/// A file is read in pieces of this many bytes.
const PIECE: usize = 64 * 1024;

/// The content of an answer.
#[derive(Debug)]
pub enum Content {
    /// Everything, until it is taken.
    Whole(Option<Bytes>),
    /// A file, and what follows it.
    File { file: Reader, length: u64, behind: Option<Bytes> },
}

impl Default for Content {
    fn default() -> Content {
        Content::Whole(None)
    }
}

impl From<String> for Content {
    fn from(text: String) -> Content {
        Content::Whole(Some(Bytes::from(text)))
    }
}

impl Content {
    /// In bytes; `None` for a file, which is sent in chunks.
    pub fn length(&self) -> Option<u64> {
        match self {
            Content::Whole(bytes) => Some(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Content::File { .. } => None,
        }
    }
}

impl Body for Content {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let next = match self.get_mut() {
            Content::Whole(bytes) => Ok(bytes.take().filter(|bytes| !bytes.is_empty())),
            Content::File { file, length, behind } => next_piece(file, length, behind),
        };
        Poll::Ready(next.transpose().map(|piece| piece.map(Frame::data)))
    }

    fn size_hint(&self) -> SizeHint {
        self.length().map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

fn next_piece(file: &mut Reader, length: &mut u64, behind: &mut Option<Bytes>) -> io::Result<Option<Bytes>> {
    if *length == 0 {
        return Ok(behind.take());
    }
    let mut piece = vec![0; usize::try_from(*length).unwrap_or(PIECE).min(PIECE)];
    file.read_exact(&mut piece)?;
    *length -= piece.len() as u64;
    Ok(Some(Bytes::from(piece)))
}
