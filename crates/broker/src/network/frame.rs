//! Pure: cuts a connection's bytes into frames (int32 length, then that many bytes) without copying large ones.

use super::sniff::{self, Foreign};
use bytes::{Buf, Bytes, BytesMut};

/// The room that a connection's first read gets, in bytes.
const FIRST_READ: usize = 2 << 10;
/// The most room that one read gets, unless a single frame needs more; reached by connections that fill theirs.
const LARGEST_READ: usize = 128 << 10;
/// The most room that is made for a frame before so much of it has come: what a client only says takes no memory. A frame
/// that is longer is moved each time it has grown to twice its size.
const MAX_RESERVED: usize = (1 << 20) + (64 << 10);
/// Frames up to this length are copied out, so that they neither pin the read buffer nor force a new one.
const COPIED_FRAME: usize = 1 << 10;
const LENGTH_PREFIX: usize = 4;

/// Why a connection's bytes are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    #[error("{0}")]
    Foreign(Foreign),
    #[error("a frame says it is {0} bytes long")]
    Negative(i32),
    #[error("a frame says it is {length} bytes long, more than socket.request.max.bytes={max}")]
    Oversized { length: usize, max: usize },
}

/// The bytes read so far, and where the next ones go.
pub struct FrameReader {
    buf: BytesMut,
    max_frame: usize,
    read_size: usize,
    /// No frame has been cut yet: the bytes may be another protocol's.
    first: bool,
}

impl FrameReader {
    pub fn new(max_frame: usize) -> FrameReader {
        FrameReader { buf: BytesMut::new(), max_frame, read_size: FIRST_READ, first: true }
    }

    /// Bytes that are read but not cut into frames.
    pub fn buffered(&self) -> usize {
        self.buf.len()
    }

    /// Gives back its memory unless there is something in it: idle connections have no buffer.
    pub fn let_go(&mut self) {
        if self.buf.is_empty() {
            self.buf = BytesMut::new();
        }
    }

    /// Where the next read goes. A frame that does not fit gets a buffer of exactly its size, so that it ends up in
    /// one piece and nothing after it shares its memory; a very long one gets it by and by.
    pub fn space(&mut self) -> &mut BytesMut {
        let missing = self.next_length().map_or(0, |len| (LENGTH_PREFIX + len).saturating_sub(self.buf.len()));
        let missing = missing.min(self.buf.len().max(MAX_RESERVED));
        let room = self.buf.capacity() - self.buf.len();
        if missing > room && missing > self.read_size {
            let mut exact = BytesMut::with_capacity(self.buf.len() + missing);
            exact.extend_from_slice(&self.buf);
            self.buf = exact;
        } else if room == 0 || missing > room {
            self.buf.reserve(self.read_size.max(missing));
        }
        &mut self.buf
    }

    /// Notes that a read filled `read` of the `room` bytes it had: connections that fill theirs get more.
    pub fn note_read(&mut self, read: usize, room: usize) {
        if read == room && self.read_size < LARGEST_READ {
            self.read_size *= 2;
        }
    }

    /// The next whole frame, without its length.
    pub fn next_frame(&mut self) -> Result<Option<Bytes>, FrameError> {
        let Some(prefix) = self.buf.first_chunk::<LENGTH_PREFIX>() else { return Ok(None) };
        if self.first
            && let Some(foreign) = sniff::length_prefix(*prefix)
        {
            return Err(FrameError::Foreign(foreign));
        }
        let length = i32::from_be_bytes(*prefix);
        let length = usize::try_from(length).map_err(|_| FrameError::Negative(length))?;
        if length > self.max_frame {
            return Err(FrameError::Oversized { length, max: self.max_frame });
        }
        if self.buf.len() < LENGTH_PREFIX + length {
            return Ok(None);
        }
        let frame = self.cut(length);
        if std::mem::take(&mut self.first)
            && let Some(foreign) = sniff::first_frame(&frame)
        {
            return Err(FrameError::Foreign(foreign));
        }
        Ok(Some(frame))
    }

    fn cut(&mut self, length: usize) -> Bytes {
        self.buf.advance(LENGTH_PREFIX);
        if length <= COPIED_FRAME {
            let frame = Bytes::copy_from_slice(&self.buf[..length]);
            self.buf.advance(length);
            frame
        } else if length == self.buf.len() {
            std::mem::take(&mut self.buf).freeze()
        } else {
            self.buf.split_to(length).freeze()
        }
    }

    /// The API key of the next frame, if that much of it is here.
    pub fn peek_api_key(&self) -> Option<i16> {
        let key = self.buf.get(LENGTH_PREFIX..LENGTH_PREFIX + 2)?;
        Some(i16::from_be_bytes([key[0], key[1]]))
    }

    /// The length of the next frame if it is known and allowed; `next_frame` reports the others.
    fn next_length(&self) -> Option<usize> {
        let length = usize::try_from(i32::from_be_bytes(*self.buf.first_chunk::<LENGTH_PREFIX>()?)).ok()?;
        (length <= self.max_frame).then_some(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(body: &[u8]) -> Vec<u8> {
        let mut frame = (body.len() as i32).to_be_bytes().to_vec();
        frame.extend_from_slice(body);
        frame
    }

    /// Feeds `bytes` in reads of at most `step`, as a socket would.
    fn frames(bytes: &[u8], step: usize) -> Result<Vec<Bytes>, FrameError> {
        let mut reader = FrameReader::new(1 << 20);
        let mut out = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            let space = reader.space();
            let room = space.capacity() - space.len();
            assert!(room > 0);
            let n = step.min(room).min(rest.len());
            space.extend_from_slice(&rest[..n]);
            rest = &rest[n..];
            reader.note_read(n, room);
            while let Some(frame) = reader.next_frame()? {
                out.push(frame);
            }
        }
        Ok(out)
    }

    #[test]
    fn frames_come_out_whole_however_they_arrive() {
        let bodies: Vec<Vec<u8>> =
            [8, 100, 5_000, 0, 40_000, 1_024, 1_025, 300_000, 9].iter().map(|n| vec![*n as u8 | 1; *n]).collect();
        let stream: Vec<u8> = bodies.iter().flat_map(|b| framed(b)).collect();
        for step in [1, 3, 1_000, 4_096, 1 << 20] {
            assert_eq!(frames(&stream, step).unwrap(), bodies, "reads of {step}");
        }
    }

    #[test]
    fn a_large_frame_gets_a_buffer_of_its_own_size() {
        let mut reader = FrameReader::new(1 << 20);
        reader.space().extend_from_slice(&framed(&vec![1; 600_000])[..100]);
        assert_eq!(reader.next_frame(), Ok(None));
        let space = reader.space();
        assert_eq!(space.capacity(), 600_004);
    }

    #[test]
    fn memory_is_given_back_when_nothing_is_in_it() {
        let mut reader = FrameReader::new(1 << 20);
        let frame = framed(&[1; 100]);
        reader.space().extend_from_slice(&frame[..50]);
        reader.let_go();
        assert_eq!(reader.buffered(), 50);
        reader.space().extend_from_slice(&frame[50..]);
        assert!(reader.next_frame().unwrap().is_some() && reader.buf.capacity() > 0);
        reader.let_go();
        assert_eq!(reader.buf.capacity(), 0);
    }

    #[test]
    fn what_is_only_said_takes_no_memory() {
        let mut reader = FrameReader::new(100 << 20);
        reader.space().extend_from_slice(&framed(&[])[..0]);
        reader.space().extend_from_slice(&(100i32 << 20).to_be_bytes());
        let mut most = 0;
        for came in [1usize << 10, 1 << 20, 5 << 20, 20 << 20] {
            while reader.buffered() < came {
                let space = reader.space();
                let room = space.capacity() - space.len();
                space.resize(space.len() + room, 1);
            }
            let capacity = reader.space().capacity();
            let came = reader.buffered().max(MAX_RESERVED);
            assert!(capacity <= 2 * came + MAX_RESERVED, "{capacity} bytes of room for {came}");
            most = most.max(capacity);
        }
        assert!(most > 20 << 20);
    }

    #[test]
    fn hostile_lengths_are_named() {
        assert_eq!(frames(&(-1i32).to_be_bytes(), 4), Err(FrameError::Negative(-1)));
        let oversized = FrameError::Oversized { length: 1_048_577, max: 1 << 20 };
        assert_eq!(frames(&1_048_577i32.to_be_bytes(), 4), Err(oversized));
        assert_eq!(frames(&[0x16, 3, 1, 0, 1], 5), Err(FrameError::Foreign(Foreign::TlsClientHello)));
    }
}
