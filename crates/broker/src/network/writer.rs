//! Sends replies: memory by gathered writes, file regions by sendfile where there is such a thing, in the order they were
//! queued. While the disk of a region is slow, it is read in pieces among the threads that may block.

use super::transport::Transport;
use crate::region;
use bytes::Buf;
use rkafka_protocol::{FileRegion, Segment};
use rkafka_runtime::{
    disk_lane::{Access, DiskLane},
    pulse,
};
use std::{
    collections::VecDeque,
    io::{self, IoSlice},
    sync::Arc,
};

/// How many pieces of memory one write gathers.
const MAX_GATHERED: usize = 64;
/// The most bytes that one sendfile call moves, so that one large reply does not keep a worker for long.
const MAX_SENDFILE: usize = 1 << 20;
/// How many bytes of a region are read into memory at a time.
const MAX_PIECE: usize = 256 << 10;

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

    /// Sends everything that is queued; says so whenever some of it has gone.
    pub async fn flush(&mut self, stream: &Transport, sent: impl Fn()) -> io::Result<()> {
        while let Some(front) = self.queue.front() {
            let before = self.bytes;
            match front {
                Segment::File(region) => match send_file(stream, region).await? {
                    Some(sent) => self.sent_of_file(sent),
                    None => self.read_piece().await?,
                },
                Segment::Bytes(_) => {
                    let sent = send_memory(stream, &self.queue).await?;
                    self.sent_of_memory(sent);
                }
            }
            if self.bytes < before {
                sent();
            }
        }
        Ok(())
    }

    fn sent_of_file(&mut self, sent: usize) {
        self.bytes -= sent;
        self.pass(sent);
    }

    /// The first bytes of the region at the front are done with.
    fn pass(&mut self, done: usize) {
        if let Some(Segment::File(region)) = self.queue.front_mut() {
            region.offset += done as u64;
            region.len -= done;
            if region.len == 0 {
                self.queue.pop_front();
            }
        }
    }

    /// Puts the beginning of the region at the front into memory.
    async fn read_piece(&mut self) -> io::Result<()> {
        let Some(Segment::File(region)) = self.queue.front() else { return Ok(()) };
        let piece = FileRegion { len: region.len.min(MAX_PIECE), ..region.clone() };
        let bytes = match lane(&piece) {
            Some(disk) => disk.run_apart(Access::Read, move || region::read_region(&piece)).await?,
            None => region::read_region(&piece)?,
        };
        self.pass(bytes.len());
        self.queue.push_front(Segment::Bytes(bytes.freeze()));
        Ok(())
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

/// Sends some of the memory at the front, after waiting until some is taken.
async fn send_memory(stream: &Transport, queue: &VecDeque<Segment>) -> io::Result<usize> {
    loop {
        match try_send_memory(stream, queue) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => stream.writable().await?,
            sent => return sent,
        }
    }
}

/// Apart, so that no connection keeps the room for the pieces while it waits.
fn try_send_memory(stream: &Transport, queue: &VecDeque<Segment>) -> io::Result<usize> {
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
    stream.try_send(slices.get(..count).unwrap_or_default(), more_follows)
}

/// The way to the disk of a region.
fn lane(region: &FileRegion) -> Option<Arc<DiskLane>> {
    region.disk.clone().and_then(|disk| disk.downcast().ok())
}

/// Sends some of a region; `None` if it has to be read into memory, or its disk has to be waited for elsewhere.
async fn send_file(stream: &Transport, region: &FileRegion) -> io::Result<Option<usize>> {
    if !stream.takes_files() {
        return Ok(None);
    }
    let disk = region.disk.as_ref().and_then(|disk| disk.downcast_ref::<DiskLane>());
    let len = region.len.min(MAX_SENDFILE);
    loop {
        let inside = disk.map(|disk| disk.enter(Access::Read));
        if matches!(inside, Some(None)) {
            return Ok(None);
        }
        let sent = {
            let _busy = pulse::busy();
            stream.try_send_file(region, len)
        };
        drop(inside);
        match sent {
            Ok(0) => {
                // The file is shorter than the reply has promised: the client can only be told by closing.
                let message = format!("a log file ends {} bytes before the end of the reply that reads it", region.len);
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, message));
            }
            Ok(sent) => return Ok(Some(sent)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => stream.writable().await?,
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use std::io::Write;
    use tokio::{
        io::AsyncReadExt,
        net::{TcpListener, TcpStream},
    };

    #[tokio::test]
    async fn memory_and_file_regions_arrive_in_order() {
        let mut file = tempfile::tempfile().unwrap();
        let content: Vec<u8> = (0..3_000_000u32).map(|i| i as u8).collect();
        file.write_all(&content).unwrap();
        let region = FileRegion { file: Arc::new(file), offset: 7, len: 2_500_000, disk: None };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let reading = tokio::spawn(async move {
            let mut received = Vec::new();
            listener.accept().await.unwrap().0.read_to_end(&mut received).await.unwrap();
            received
        });
        let mut writer = ReplyWriter::default();
        // More than a socket takes at once.
        let head = Bytes::from(vec![1; 8_000_000]);
        writer.push(vec![Segment::Bytes(head.clone()), Segment::File(region.clone()), Segment::Bytes(head.clone())]);
        writer.push((0..200).map(|i| Segment::Bytes(Bytes::from(vec![i as u8; 5]))).collect());
        let stream = Transport::bare(TcpStream::connect(address).await.unwrap());
        writer.flush(&stream, || {}).await.unwrap();
        assert_eq!(writer.queued(), 0);
        drop(stream);
        let mut expected = head.to_vec();
        expected.extend_from_slice(&content[7..2_500_007]);
        expected.extend_from_slice(&head);
        (0..200).for_each(|i| expected.extend_from_slice(&[i as u8; 5]));
        assert_eq!(reading.await.unwrap(), expected);
    }

    #[tokio::test]
    async fn a_file_that_is_too_short_is_an_error() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = Transport::bare(TcpStream::connect(listener.local_addr().unwrap()).await.unwrap());
        let mut writer = ReplyWriter::default();
        let file = Arc::new(tempfile::tempfile().unwrap());
        writer.push(vec![Segment::File(FileRegion { file, offset: 0, len: 10, disk: None })]);
        assert_eq!(writer.flush(&stream, || {}).await.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
