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

use super::pace::Pace;

/// The most that one read takes, in bytes.
const READ_SIZE: usize = 16 * 1024;

/// What the client is at.
#[derive(Debug, Clone, Copy)]
enum Phase {
    /// Between two requests: only silence for too long ends that.
    Between,
    /// It sends the head of a request, which is short: it is to be there within the grace.
    Head(Pace),
    /// A request is being answered: the client waits for us, not we for it. Whoever reads the content minds its pace.
    Answering,
    /// It reads the answer.
    Reply(Pace),
}

/// A connection with an alarm clock.
pub struct Socket {
    stream: TcpStream,
    idle: Duration,
    grace: Duration,
    phase: Phase,
    /// When something last moved.
    moved: Instant,
    alarm: Pin<Box<Sleep>>,
    /// A request is being answered.
    is_busy: Arc<AtomicBool>,
}

impl Socket {
    pub fn new(stream: TcpStream, idle: Duration, grace: Duration, is_busy: Arc<AtomicBool>) -> Socket {
        let moved = Instant::now();
        let alarm = Box::pin(tokio::time::sleep_until(moved + idle));
        Socket { stream, idle, grace, phase: Phase::Between, moved, alarm, is_busy }
    }

    /// Bytes of the client have come.
    fn received(&mut self) {
        self.moved = Instant::now();
        if self.is_busy.load(Ordering::Relaxed) {
            self.phase = Phase::Answering;
            return;
        }
        if !matches!(self.phase, Phase::Head(_)) {
            self.phase = Phase::Head(Pace::begin(self.grace));
        }
    }

    /// Bytes of an answer have gone, or are to go.
    fn sent(&mut self, bytes: usize) {
        self.moved = if bytes > 0 { Instant::now() } else { self.moved };
        if !matches!(self.phase, Phase::Reply(_)) {
            self.phase = Phase::Reply(Pace::begin(self.grace));
        }
        if let Phase::Reply(pace) = &mut self.phase {
            pace.moved(bytes);
        }
    }

    /// When the client must have done more.
    fn deadline(&self) -> Instant {
        let silence = self.moved + self.idle;
        match self.phase {
            Phase::Between | Phase::Answering => silence,
            Phase::Head(pace) | Phase::Reply(pace) => silence.min(pace.deadline()),
        }
    }

    /// Nothing moves; the error comes when that has gone on for too long.
    fn wait(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        if self.is_busy.load(Ordering::Relaxed) {
            (self.phase, self.moved) = (Phase::Answering, Instant::now());
        }
        let deadline = self.deadline();
        if self.alarm.deadline() != deadline {
            self.alarm.as_mut().reset(deadline);
        }
        while self.alarm.as_mut().poll(context).is_ready() {
            if !self.is_busy.load(Ordering::Relaxed) {
                return Poll::Ready(io::ErrorKind::TimedOut.into());
            }
            self.moved = Instant::now();
            let deadline = self.deadline();
            self.alarm.as_mut().reset(deadline);
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
                socket.received();
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
            Poll::Pending => {
                socket.sent(0);
                socket.wait(context).map(Err)
            }
            Poll::Ready(result) => {
                socket.sent(result.as_ref().map_or(0, |count| *count));
                Poll::Ready(result)
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let socket = self.get_mut();
        let flushed = Pin::new(&mut socket.stream).poll_flush(context);
        if flushed.is_ready() && matches!(socket.phase, Phase::Reply(_)) {
            // All that there is so far has gone; perhaps it was the whole answer.
            socket.phase = Phase::Between;
        }
        flushed
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}
