//! Bytes on their way to a client. Whoever produces them tries to send at once; what the socket does not take waits for
//! the connection's task.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use tokio::net::TcpStream;
use tokio::sync::Notify;

/// A client that lets this many bytes wait is too slow to serve.
const MAX_WAITING_BYTES: usize = 64 * 1024 * 1024;

/// The sending side of one connection.
#[derive(Debug)]
pub struct Outbox {
    pub stream: TcpStream,
    waiting: Mutex<Waiting>,
    /// Something for the connection's task to look at.
    pub wake: Notify,
    /// Too many requests are in flight; no more are read until this connection's are answered.
    pub throttled: AtomicBool,
}

#[derive(Debug, Default)]
struct Waiting {
    bytes: Vec<u8>,
    sent: usize,
    closing: bool,
    failed: bool,
}

/// What the connection's task has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlook {
    /// Nothing to send.
    Idle,
    /// Bytes wait for the socket.
    Waiting,
    /// Everything is sent, or never will be: close.
    Over,
}

impl Outbox {
    pub fn new(stream: TcpStream) -> Outbox {
        Outbox { stream, waiting: Mutex::default(), wake: Notify::new(), throttled: AtomicBool::new(false) }
    }

    /// Adds bytes behind those that wait.
    pub fn push(&self, bytes: Vec<u8>) {
        let mut waiting = self.waiting.lock();
        if waiting.failed || waiting.closing {
            return;
        }
        if waiting.bytes.is_empty() {
            waiting.bytes = bytes;
        } else {
            waiting.bytes.extend_from_slice(&bytes);
        }
        if waiting.bytes.len() - waiting.sent > MAX_WAITING_BYTES {
            log::warn!(target: "org.apache.zookeeper.server.NIOServerCnxn", "Closing a connection that does not read its replies");
            waiting.failed = true;
        }
    }

    /// Nothing more will be pushed; the connection closes when all is sent.
    pub fn finish(&self) {
        self.waiting.lock().closing = true;
    }

    /// Sends what the socket takes now.
    pub fn flush(&self) -> Outlook {
        let mut waiting = self.waiting.lock();
        while !waiting.failed && waiting.sent < waiting.bytes.len() {
            match self.stream.try_write(&waiting.bytes[waiting.sent..]) {
                Ok(count) => waiting.sent += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Outlook::Waiting,
                Err(_) => waiting.failed = true,
            }
        }
        waiting.bytes = Vec::new();
        waiting.sent = 0;
        if waiting.failed || waiting.closing { Outlook::Over } else { Outlook::Idle }
    }

    /// Sends, and wakes the connection's task if there is something left for it.
    pub fn flush_from_outside(&self) {
        let was_throttled = self.throttled.load(Ordering::Acquire);
        if self.flush() != Outlook::Idle || was_throttled {
            self.wake.notify_one();
        }
    }
}
