//! A connection's bytes on their way in and out: over the bare socket today. What protects them (TLS) comes in here, and
//! neither frames nor handlers notice.

use bytes::BytesMut;
use rkafka_protocol::FileRegion;
use rkafka_runtime::files;
use std::{
    io::{self, IoSlice},
    task::{Context, Poll},
};
use tokio::{
    io::{AsyncReadExt, Interest},
    net::TcpStream,
};

/// The way of one connection's bytes.
#[derive(Debug)]
pub struct Transport {
    socket: TcpStream,
}

impl Transport {
    /// Bytes go as they are.
    pub fn bare(socket: TcpStream) -> Transport {
        Transport { socket }
    }

    /// Whether there is something to read, or the end; else `context` is woken when there is. One task may ask.
    pub fn poll_readable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket.poll_read_ready(context)
    }

    /// Reads what there is into the room that `buffer` has, after waiting for something. 0 at the end.
    pub async fn read(&mut self, buffer: &mut BytesMut) -> io::Result<usize> {
        self.socket.read_buf(buffer).await
    }

    /// Sends pieces of memory, as far as they are taken now. With `more_follows` a packet that is not full may wait for it.
    pub fn try_send(&self, pieces: &[IoSlice<'_>], more_follows: bool) -> io::Result<usize> {
        let send = || rkafka_platform::send_pieces(&self.socket, pieces, more_follows);
        self.socket.try_io(Interest::WRITABLE, send)
    }

    /// Whether files go from the page cache to the socket by themselves. Where bytes have to be changed on their way, they
    /// are read in pieces, by threads that may block, and sent from memory.
    pub fn takes_files(&self) -> bool {
        true
    }

    /// Sends at most `len` bytes of a file, as far as they are taken now; waits for nothing but the file's disk.
    pub fn try_send_file(&self, region: &FileRegion, len: usize) -> io::Result<usize> {
        let send = || files::send_file(&self.socket, &region.file, region.offset, len);
        self.socket.try_io(Interest::WRITABLE, send)
    }

    /// Ends when something more can be sent.
    pub async fn writable(&self) -> io::Result<()> {
        self.socket.writable().await
    }
}
