//! The task of one client connection: reads frames (or a four-letter word) and hands them to the core; sends what the
//! socket did not take at once.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::{Buf as _, BytesMut};

use super::connection::ConnId;
use super::four_letter::{self, Word};
use super::outbox::{Outbox, Outlook};
use super::shared::Shared;

const TARGET: &str = "org.apache.zookeeper.server.NIOServerCnxn";
/// A connection must open its session within this time (`zookeeper.nio.sessionlessCnxnTimeout`).
const GREETING_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a closed connection may go on sending before it is cut; cutting at once could destroy the last reply.
const LINGER: Duration = Duration::from_secs(1);
/// The first read of a connection, in bytes; frames that are longer grow the buffer.
const READ_SIZE: usize = 4096;

/// Serves the connection until either side ends it.
pub async fn serve(shared: Arc<Shared>, outbox: Arc<Outbox>, conn: ConnId, address: SocketAddr) {
    let mut stopping = shared.stopping.subscribe();
    let mut connection = Connection { shared: &shared, outbox: &outbox, conn, buffer: BytesMut::new(), greeted: false };
    let ended = tokio::select! {
        ended = connection.run() => ended,
        _ = stopping.wait_for(|stopping| *stopping) => Ok(End::ByServer),
    };
    match ended {
        Ok(End::ByClient) => {}
        Ok(End::ByServer) => linger(&outbox).await,
        Err(error) => log::warn!(target: TARGET, "Closing the connection of {address}: {error}"),
    }
    shared.state.lock().forget(conn, address);
}

enum End {
    ByClient,
    ByServer,
}

struct Connection<'a> {
    shared: &'a Arc<Shared>,
    outbox: &'a Outbox,
    conn: ConnId,
    buffer: BytesMut,
    /// The first frame was seen: no four-letter word may come any more.
    greeted: bool,
}

impl Connection<'_> {
    async fn run(&mut self) -> io::Result<End> {
        let greeting = tokio::time::sleep(GREETING_TIMEOUT);
        tokio::pin!(greeting);
        loop {
            let outlook = self.outbox.flush();
            if outlook == Outlook::Over {
                return Ok(End::ByServer);
            }
            let may_read = !self.outbox.throttled.load(Ordering::Acquire);
            tokio::select! {
                ready = self.outbox.stream.readable(), if may_read => {
                    ready?;
                    if let Some(end) = self.read()? {
                        return Ok(end);
                    }
                }
                ready = self.outbox.stream.writable(), if outlook == Outlook::Waiting => ready?,
                () = self.outbox.wake.notified() => {}
                () = &mut greeting, if !self.greeted => return Ok(End::ByServer),
            }
        }
    }

    /// Reads what is there and serves the whole frames in it.
    fn read(&mut self) -> io::Result<Option<End>> {
        self.buffer.reserve(READ_SIZE);
        match self.outbox.stream.try_read_buf(&mut self.buffer) {
            Ok(0) => return Ok(Some(End::ByClient)),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(Some(End::ByClient)),
            Err(error) => return Err(error),
        }
        let mut frames = Vec::new();
        while let Some(length) = self.frame_length()? {
            if self.buffer.len() < 4 + length {
                break;
            }
            self.buffer.advance(4);
            frames.push(self.buffer.split_to(length));
            self.greeted = true;
        }
        if !frames.is_empty() {
            self.receive(&frames);
        }
        if self.buffer.is_empty() {
            // Idle connections keep no buffer.
            self.buffer = BytesMut::new();
        }
        Ok(None)
    }

    /// Serves what was read at once, so that the replies leave together.
    fn receive(&self, frames: &[BytesMut]) {
        let (conn, limit) = (self.conn, self.shared.config.outstanding_limit);
        let is_nearer = self.shared.with_core(|core, now| {
            let before = core.next_expiry();
            frames.iter().for_each(|frame| core.receive(conn, frame, now));
            if core.outstanding() > limit && core.pending_of(conn) > 0 {
                self.outbox.throttled.store(true, Ordering::Release);
            }
            core.next_expiry().is_some_and(|next| before.is_none_or(|before| next < before))
        });
        if is_nearer {
            self.shared.timer.notify_one();
        }
    }

    /// The length of the frame that the buffer begins with, or `None` until it is there. A four-letter word in place of
    /// the first frame is answered here.
    fn frame_length(&mut self) -> io::Result<Option<usize>> {
        let Some(first) = self.buffer.first_chunk::<4>().copied() else { return Ok(None) };
        let length = i32::from_be_bytes(first);
        match usize::try_from(length) {
            Ok(length) if length <= self.shared.config.max_frame => Ok(Some(length)),
            _ if !self.greeted => {
                let Some(word) = Word::find(first) else {
                    self.greeted = true;
                    return Err(io::Error::other(stranger(first)));
                };
                if let Some(argument) = self.buffer.get(4..4 + word.argument) {
                    self.answer(word, argument);
                    self.greeted = true;
                    self.buffer.clear();
                }
                Ok(None)
            }
            _ => Err(io::Error::other(format!("Unreasonable length = {length}"))),
        }
    }

    fn answer(&self, word: Word, argument: &[u8]) {
        let from = self.shared.state.lock().core.word_received(self.conn);
        if let Some(address) = from {
            log::info!(target: TARGET, "Processing {} command from /{address}", word.name);
        }
        let answer = four_letter::answer(self.shared, word, argument);
        self.shared.state.lock().core.stats.packets_sent += four_letter::packets(&answer);
        self.outbox.push(answer.into_bytes());
        self.outbox.finish();
    }
}

/// What the first bytes of a connection that speaks something else look like.
fn stranger(first: [u8; 4]) -> String {
    let length = i32::from_be_bytes(first);
    let guess = match &first {
        [0x16, 0x03, ..] => ": this looks like TLS, which this port does not speak",
        b"GET " | b"POST" | b"HEAD" | b"PUT " | b"OPTI" => ": this looks like HTTP, which this port does not speak",
        _ => "",
    };
    format!("Unreasonable length = {length}{guess}")
}

/// Lets the client read to the end before the socket goes.
async fn linger(outbox: &Outbox) {
    use rustix::net::Shutdown;
    outbox.flush();
    if rustix::net::shutdown(&outbox.stream, Shutdown::Write).is_err() {
        return;
    }
    let drain = async {
        let mut scrap = [0; 512];
        while outbox.stream.readable().await.is_ok() {
            match outbox.stream.try_read(&mut scrap) {
                Ok(0) => return,
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => return,
                _ => {}
            }
        }
    };
    let _elapsed = tokio::time::timeout(LINGER, drain).await;
}
