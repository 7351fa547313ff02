//! Sends replies: memory by gathered writes, file regions by sendfile where there is such a thing, in the order they were
//! queued.

use bytes::Buf;
use rkafka_platform::send_pieces;
use rkafka_protocol::{FileRegion, Segment};
use std::{
    collections::VecDeque,
    io::{self, IoSlice},
};
use tokio::{io::Interest, net::TcpStream};

/// How many pieces of memory one write gathers.
const MAX_GATHERED: usize = 64;
/// The most bytes that one sendfile call moves, so that one large reply does not keep a worker for long.
const MAX_SENDFILE: usize = 1 << 20;

/// Replies that are not sent yet.
#[derive(Default)]
pub struct ReplyWriter {
    queue: VecDeque<Segment>,
    bytes: usize,
}

impl ReplyWriter {
    pub fn push(&mut self, segments: Vec<Segment>) {
        self.bytes += segments.iter().map(Segment::len).sum::<usize>();
        self.queue.extend(segments);
    }

    /// Bytes waiting to be sent.
    pub fn queued(&self) -> usize {
        self.bytes
    }

    /// Sends everything that is queued.
    pub async fn flush(&mut self, stream: &TcpStream) -> io::Result<()> {
        while let Some(front) = self.queue.front() {
            match front {
                Segment::File(region) => {
                    let sent = send_file(stream, region).await?;
                    self.sent_of_file(sent);
                }
                Segment::Bytes(_) => {
                    let sent = send_memory(stream, &self.queue).await?;
                    self.sent_of_memory(sent);
                }
            }
        }
        Ok(())
    }

    fn sent_of_file(&mut self, sent: usize) {
        self.bytes -= sent;
        if let Some(Segment::File(region)) = self.queue.front_mut() {
            region.offset += sent as u64;
            region.len -= sent;
            if region.len == 0 {
                self.queue.pop_front();
            }
        }
    }

    fn sent_of_memory(&mut self, mut sent: usize) {
        self.bytes -= sent;
        while let Some(Segment::Bytes(bytes)) = self.queue.front_mut() {
            if bytes.len() > sent {
                bytes.advance(sent);
                return;
            }
            sent -= bytes.len();
            self.queue.pop_front();
        }
    }
}

async fn send_memory(stream: &TcpStream, queue: &VecDeque<Segment>) -> io::Result<usize> {
    let memory = queue.iter().map_while(|s| match s {
        Segment::Bytes(b) => Some(&**b),
        Segment::File(_) => None,
    });
    let mut slices = [IoSlice::new(&[]); MAX_GATHERED];
    let mut count = 0;
    for (slot, bytes) in slices.iter_mut().zip(memory) {
        *slot = IoSlice::new(bytes);
        count += 1;
    }
    // More follows at once: let the kernel fill the packet instead of sending the header alone.
    let more_follows = count < queue.len();
    let gathered = slices.get(..count).unwrap_or_default();
    stream.async_io(Interest::WRITABLE, || send_pieces(stream, gathered, more_follows)).await
}

async fn send_file(stream: &TcpStream, region: &FileRegion) -> io::Result<usize> {
    let send = || rkafka_platform::send_file(stream, &region.file, region.offset, region.len.min(MAX_SENDFILE));
    let sent = stream.async_io(Interest::WRITABLE, send).await?;
    if sent == 0 {
        // The file is shorter than the reply has promised: the client can only be told by closing.
        let message = format!("a log file ends {} bytes before the end of the reply that reads it", region.len);
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, message));
    }
    Ok(sent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use std::{io::Write, sync::Arc};
    use tokio::{io::AsyncReadExt, net::TcpListener};

    #[tokio::test]
    async fn memory_and_file_regions_arrive_in_order() {
        let mut file = tempfile::tempfile().unwrap();
        let content: Vec<u8> = (0..3_000_000u32).map(|i| i as u8).collect();
        file.write_all(&content).unwrap();
        let region = FileRegion { file: Arc::new(file), offset: 7, len: 2_500_000 };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let reading = tokio::spawn(async move {
            let mut received = Vec::new();
            listener.accept().await.unwrap().0.read_to_end(&mut received).await.unwrap();
            received
        });
        let mut writer = ReplyWriter::default();
        let head = Bytes::from(vec![1; 10]);
        writer.push(vec![Segment::Bytes(head.clone()), Segment::File(region.clone()), Segment::Bytes(head)]);
        writer.push((0..200).map(|i| Segment::Bytes(Bytes::from(vec![i as u8; 5]))).collect());
        let stream = TcpStream::connect(address).await.unwrap();
        writer.flush(&stream).await.unwrap();
        assert_eq!(writer.queued(), 0);
        drop(stream);
        let mut expected = vec![1; 10];
        expected.extend_from_slice(&content[7..2_500_007]);
        expected.extend_from_slice(&[1; 10]);
        (0..200).for_each(|i| expected.extend_from_slice(&[i as u8; 5]));
        assert_eq!(reading.await.unwrap(), expected);
    }

    #[tokio::test]
    async fn a_file_that_is_too_short_is_an_error() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let mut writer = ReplyWriter::default();
        let file = Arc::new(tempfile::tempfile().unwrap());
        writer.push(vec![Segment::File(FileRegion { file, offset: 0, len: 10 })]);
        assert_eq!(writer.flush(&stream).await.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
