//! Bytes on their way to a client. Whoever produces them tries to send at once; what the socket does not take waits for
//! the connection's task.

use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use rkafka_runtime::lock::{Mutex, Rank};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::tls::{Sent, Tls};

/// A client that lets this many bytes wait is too slow to serve.
const MAX_WAITING_BYTES: usize = 64 * 1024 * 1024;

/// The sending side of one connection.
#[derive(Debug)]
pub struct Outbox {
    pub stream: TcpStream,
    /// Set before the first byte is served, if the connection has TLS; boxed, for most have none.
    tls: OnceLock<Box<Tls>>,
    /// Held while the socket takes bytes, so that they leave in their order. TLS is locked under it.
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

impl Waiting {
    fn unsent(&self) -> usize {
        self.bytes.len() - self.sent
    }

    /// Forgets what is sent, when that is most of it: a connection that is never quite empty must not grow.
    fn reclaim(&mut self) {
        if self.sent > self.bytes.len() / 2 {
            self.bytes.drain(..self.sent);
            self.sent = 0;
        }
    }

    fn emptied(&mut self) -> Outlook {
        self.bytes = Vec::new();
        self.sent = 0;
        if self.failed || self.closing { Outlook::Over } else { Outlook::Idle }
    }
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
        Outbox {
            stream,
            tls: OnceLock::new(),
            waiting: Mutex::new(Rank::ZooKeeperOutbox, Waiting::default()),
            wake: Notify::new(),
            throttled: AtomicBool::new(false),
        }
    }

    /// Speaks TLS from now on.
    pub fn secure(&self, tls: Tls) {
        let _first_one_stays = self.tls.set(Box::new(tls));
    }

    pub fn tls(&self) -> Option<&Tls> {
        self.tls.get().map(Box::as_ref)
    }

    /// Adds bytes behind those that wait.
    pub fn push(&self, bytes: Vec<u8>) {
        let mut waiting = self.waiting.lock();
        if waiting.failed || waiting.closing {
            return;
        }
        // What comes now may be long, and the client has had no chance to read it yet.
        if waiting.unsent() > MAX_WAITING_BYTES {
            log::warn!(target: "org.apache.zookeeper.server.NIOServerCnxn", "Closing a connection that does not read its replies");
            waiting.failed = true;
        } else if waiting.bytes.is_empty() {
            waiting.bytes = bytes;
        } else {
            waiting.reclaim();
            waiting.bytes.extend_from_slice(&bytes);
        }
    }

    /// How many bytes wait for the socket.
    pub fn unsent(&self) -> usize {
        self.waiting.lock().unsent()
    }

    /// Nothing more will be pushed; the connection closes when all is sent.
    pub fn finish(&self) {
        self.waiting.lock().closing = true;
    }

    /// Sends what the socket takes now.
    pub fn flush(&self) -> Outlook {
        let mut waiting = self.waiting.lock();
        if let Some(tls) = self.tls.get() {
            return self.flush_tls(tls, &mut waiting);
        }
        while !waiting.failed && waiting.sent < waiting.bytes.len() {
            match self.stream.try_write(&waiting.bytes[waiting.sent..]) {
                Ok(count) => waiting.sent += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Outlook::Waiting,
                Err(_) => waiting.failed = true,
            }
        }
        waiting.emptied()
    }

    fn flush_tls(&self, tls: &Tls, waiting: &mut Waiting) -> Outlook {
        if !waiting.failed {
            match tls.write(&self.stream, waiting.bytes.get(waiting.sent..).unwrap_or_default()) {
                Ok(Sent::All) => {}
                Ok(Sent::Part(count)) => {
                    waiting.sent += count;
                    return Outlook::Waiting;
                }
                Err(_) => waiting.failed = true,
            }
        }
        waiting.emptied()
    }

    /// Sends, and wakes the connection's task if there is something left for it.
    pub fn flush_from_outside(&self) {
        let was_throttled = self.throttled.load(Ordering::Acquire);
        if self.flush() != Outlook::Idle || was_throttled {
            self.wake.notify_one();
        }
    }
}
