//! hyper's view of a socket: reads and writes go to tokio's, and silence for too long ends the connection.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::rt::ReadBufCursor;
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

/// The most that one read takes, in bytes.
const READ_SIZE: usize = 16 * 1024;

/// A connection with an alarm clock.
pub struct Socket {
    stream: TcpStream,
    idle: Duration,
    alarm: Pin<Box<Sleep>>,
    /// A request is being answered: the client waits for us, not we for it.
    is_busy: Arc<AtomicBool>,
}

impl Socket {
    pub fn new(stream: TcpStream, idle: Duration, is_busy: Arc<AtomicBool>) -> Socket {
        Socket { stream, idle, alarm: Box::pin(tokio::time::sleep(idle)), is_busy }
    }

    /// Something moved.
    fn rearm(&mut self) {
        self.alarm.as_mut().reset(Instant::now() + self.idle);
    }

    /// Nothing moves; the error comes when that has gone on for too long.
    fn wait(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        while self.alarm.as_mut().poll(context).is_ready() {
            if !self.is_busy.load(Ordering::Relaxed) {
                return Poll::Ready(io::ErrorKind::TimedOut.into());
            }
            self.rearm();
        }
        Poll::Pending
    }
}

impl hyper::rt::Read for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut cursor: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let socket = self.get_mut();
        let mut scrap = [0; READ_SIZE];
        let size = cursor.remaining().min(READ_SIZE);
        let mut buffer = ReadBuf::new(&mut scrap[..size]);
        match Pin::new(&mut socket.stream).poll_read(context, &mut buffer) {
            Poll::Ready(Ok(())) => {
                cursor.put_slice(buffer.filled());
                socket.rearm();
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => socket.wait(context).map(Err),
        }
    }
}

impl hyper::rt::Write for Socket {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let socket = self.get_mut();
        match Pin::new(&mut socket.stream).poll_write(context, bytes) {
            Poll::Pending => socket.wait(context).map(Err),
            ready => {
                socket.rearm();
                ready
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}
