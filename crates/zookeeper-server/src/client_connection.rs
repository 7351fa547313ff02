//! The task of one client connection: reads frames (or a four-letter word) and hands them to the core; sends what the
//! socket did not take at once.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::{Buf as _, BytesMut};
use rustls::ServerConfig;

use super::connection::ConnId;
use super::four_letter::{self, Word};
use super::metrics;
use super::outbox::{Outbox, Outlook};
use super::shared::Shared;
use super::tls::{self, Tls};
use rkafka_runtime::tasks::watched;
use rkafka_security::tls::subject_of;

const TARGET: &str = "org.apache.zookeeper.server.NIOServerCnxn";
/// A connection must open its session within this time (`zookeeper.nio.sessionlessCnxnTimeout`).
const GREETING_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a closed connection may go on sending before it is cut; cutting at once could destroy the last reply.
const LINGER: Duration = Duration::from_secs(1);
/// The first read of a connection, in bytes; frames that are longer grow the buffer.
const READ_SIZE: usize = 4096;
/// While more bytes of replies than this wait for the client, none of its requests are served, nor read.
const MAX_UNSENT: usize = 16 * 1024 * 1024;

/// Serves the connection until either side ends it.
/// With `optional_tls` the first byte says whether it speaks TLS.
pub async fn serve(
    shared: Arc<Shared>,
    outbox: Arc<Outbox>,
    conn: ConnId,
    address: SocketAddr,
    optional_tls: Option<Arc<ServerConfig>>,
) {
    // However it ends.
    let _place = Place { shared: &shared, conn, address };
    let mut stopping = shared.stopping.subscribe();
    let mut connection = ClientConnection {
        shared: &shared,
        outbox: &outbox,
        conn,
        buffer: BytesMut::new(),
        backlog: VecDeque::new(),
        greeted: false,
        optional_tls,
        certified: false,
    };
    let ended = tokio::select! {
        ended = connection.run() => ended,
        _ = stopping.wait_for(|stopping| *stopping) => Ok(End::ByServer),
    };
    match ended {
        Ok(End::ByClient) => shared.state.lock().core.stats.metrics.add(metrics::CONNECTIONS_DROPPED, 1),
        Ok(End::ByServer) => linger(&outbox).await,
        Err(error) => {
            // With TLS there may be an alert to send, which says what is wrong.
            outbox.flush();
            log::warn!(target: TARGET, "Closing the connection of {address}: {error}");
        }
    }
}

/// A connection's place among those of the server. Dropping it gives the place up, and with it the socket.
struct Place<'a> {
    shared: &'a Shared,
    conn: ConnId,
    address: SocketAddr,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.shared.state.lock().forget(self.conn, self.address);
    }
}

enum End {
    ByClient,
    ByServer,
}

struct ClientConnection<'a> {
    shared: &'a Arc<Shared>,
    outbox: &'a Arc<Outbox>,
    conn: ConnId,
    buffer: BytesMut,
    /// Frames that were read and are not served yet.
    backlog: VecDeque<BytesMut>,
    /// The first frame was seen: no four-letter word may come any more.
    greeted: bool,
    /// The connection may still turn out to speak TLS.
    optional_tls: Option<Arc<ServerConfig>>,
    /// TLS's handshake is over, and the core knows the client's certificate.
    certified: bool,
}

impl ClientConnection<'_> {
    async fn run(&mut self) -> io::Result<End> {
        let greeting = tokio::time::sleep(GREETING_TIMEOUT);
        tokio::pin!(greeting);
        loop {
            let before = self.outbox.unsent();
            let outlook = self.outbox.flush();
            if outlook == Outlook::Over {
                return Ok(End::ByServer);
            }
            let unsent = self.outbox.unsent();
            let has_room = unsent <= MAX_UNSENT;
            if before > MAX_UNSENT && unsent < before {
                self.shared.with_core(|core, now| core.is_taking(self.conn, now));
            }
            if has_room && !self.backlog.is_empty() {
                self.receive();
                continue;
            }
            let may_read = has_room && !self.outbox.throttled.load(Ordering::Acquire);
            tokio::select! {
                ready = self.outbox.stream.readable(), if may_read => {
                    ready?;
                    if let Some(end) = self.read()? {
                        return Ok(end);
                    }
                }
                ready = self.outbox.stream.writable(), if outlook == Outlook::Waiting => ready?,
                () = self.outbox.wake.notified() => {}
                () = &mut greeting, if !self.greeted => {
                    self.shared.state.lock().core.stats.metrics.add(metrics::SESSIONLESS_EXPIRED, 1);
                    return Ok(End::ByServer);
                }
            }
        }
    }

    /// Reads what is there and serves the whole frames in it.
    fn read(&mut self) -> io::Result<Option<End>> {
        self.buffer.reserve(READ_SIZE);
        match self.fill() {
            Ok(0) => return Ok(Some(End::ByClient)),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(Some(End::ByClient)),
            Err(error) => return Err(error),
        }
        while let Some(length) = self.frame_length()? {
            if self.buffer.len() < 4 + length {
                break;
            }
            self.buffer.advance(4);
            self.backlog.push_back(self.buffer.split_to(length));
            self.greeted = true;
        }
        if !self.backlog.is_empty() {
            self.receive();
        }
        if self.buffer.is_empty() {
            // Idle connections keep no buffer.
            self.buffer = BytesMut::new();
        }
        Ok(None)
    }

    /// Reads what the socket has, through TLS if the connection has it; 0 is the end.
    fn fill(&mut self) -> io::Result<usize> {
        if let Some(tls) = self.outbox.tls() {
            let count = tls.read(&self.outbox.stream, &mut self.buffer);
            return self.handshaken(tls, count);
        }
        let count = self.outbox.stream.try_read_buf(&mut self.buffer)?;
        match self.optional_tls.take() {
            Some(context) if self.buffer.first() == Some(&tls::HANDSHAKE) => self.turn_to_tls(&context),
            _ => Ok(count),
        }
    }

    /// What was read begins with TLS.
    fn turn_to_tls(&mut self, context: &Arc<ServerConfig>) -> io::Result<usize> {
        self.outbox.secure(Tls::new(context).map_err(io::Error::other)?);
        let early = std::mem::take(&mut self.buffer);
        let Some(tls) = self.outbox.tls() else { return Err(io::ErrorKind::NotConnected.into()) };
        let taken = tls.take(&early, &mut self.buffer);
        self.handshaken(tls, taken.map(|()| early.len()))
    }

    /// Tells the core, once, who the client is by its certificate; or that the handshake has failed.
    fn handshaken(&mut self, tls: &Tls, count: io::Result<usize>) -> io::Result<usize> {
        if self.certified {
            return count;
        }
        match (&count, tls.client_certificate()) {
            (Err(error), None) if error.kind() != io::ErrorKind::WouldBlock => {
                let mut state = self.shared.state.lock();
                state.core.stats.auth_failures += 1;
                state.core.stats.metrics.add(metrics::UNSUCCESSFUL_HANDSHAKES, 1);
            }
            (_, Some(certificate)) => {
                self.certified = true;
                if let Some(subject) = certificate.as_deref().and_then(subject_of) {
                    self.shared.state.lock().core.certified(self.conn, &subject);
                }
            }
            _ => {}
        }
        count
    }

    /// Serves what was read at once, so that the replies leave together; as much of it as may wait for the client.
    fn receive(&mut self) {
        let mut frames = std::mem::take(&mut self.backlog);
        let (conn, limit) = (self.conn, self.shared.config.outstanding_limit);
        let is_nearer = self.shared.with_core(|core, now| {
            let before = core.next_expiry();
            while core.unsent_of(conn) <= MAX_UNSENT
                && let Some(frame) = frames.pop_front()
            {
                core.receive(conn, &frame, now);
            }
            if core.outstanding() > limit && core.pending_of(conn) > 0 {
                self.outbox.throttled.store(true, Ordering::Release);
                self.shared.warn_of_throttling(now, core.outstanding());
            }
            core.next_expiry().is_some_and(|next| before.is_none_or(|before| next < before))
        });
        self.backlog = frames;
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
            Ok(length) if length <= self.shared.config.max_frame => {
                self.make_room(length)?;
                Ok(Some(length))
            }
            _ if !self.greeted => {
                let Some(word) = Word::find(first) else {
                    self.greeted = true;
                    return Err(io::Error::other(stranger(first).unwrap_or_else(|| self.too_long(length))));
                };
                if let Some(argument) = self.buffer.get(4..4 + word.argument) {
                    self.answer(word, argument);
                    self.greeted = true;
                    self.buffer.clear();
                }
                Ok(None)
            }
            _ => Err(io::Error::other(self.too_long(length))),
        }
    }

    fn too_long(&self, length: i32) -> String {
        let limit = self.shared.config.max_frame;
        format!(
            "Len error. A message with advertised length of {length} is either a malformed message or too large to process \
             (length is greater than jute.maxbuffer={limit})"
        )
    }

    /// Refuses a large request while too many bytes of such are in the queue.
    fn make_room(&self, length: usize) -> io::Result<()> {
        if self.shared.config.large_request_threshold.is_none_or(|threshold| length <= threshold) {
            return Ok(());
        }
        let mut state = self.shared.state.lock();
        if state.core.takes_large_request(length) {
            return Ok(());
        }
        state.core.stats.metrics.add(metrics::LARGE_REQUESTS_REJECTED, 1);
        let limit = self.shared.config.large_request_max_bytes;
        Err(io::Error::other(format!(
            "Rejecting a large request of {length} bytes: with those in flight there would be more than \
             largeRequestMaxBytes={limit}"
        )))
    }

    /// Answers now, or has the answer made by the time that the connection's turn comes.
    fn answer(&self, word: Word, argument: &[u8]) {
        let from = self.shared.state.lock().core.word_received(self.conn);
        if let Some(address) = from {
            log::info!(target: TARGET, "Processing {} command from /{address}", word.name);
        }
        if !word.is_long {
            return tell(self.shared, self.outbox, four_letter::answer(self.shared, word, argument));
        }
        let (shared, outbox, conn) = (Arc::clone(self.shared), Arc::clone(self.outbox), self.conn);
        drop(watched::spawn("a long answer to a four-letter word", async move {
            let is_there = move |shared: &Shared| shared.state.lock().outboxes.contains_key(&conn);
            let list = move |shared: &Shared| is_there(shared).then(|| four_letter::answer(shared, word, &[]));
            let answer = shared.listed(list).await.flatten().unwrap_or_default();
            tell(&shared, &outbox, answer);
            outbox.flush_from_outside();
        }));
    }
}

/// The answer to a four-letter word is all that the connection is told.
fn tell(shared: &Shared, outbox: &Outbox, answer: String) {
    shared.state.lock().core.stats.packets_sent += four_letter::packets(&answer);
    outbox.push(answer.into_bytes());
    outbox.finish();
}

/// What is known of first bytes that are another protocol's.
fn stranger(first: [u8; 4]) -> Option<String> {
    let guess = match &first {
        [0x16, 0x03, ..] => "this looks like TLS, which is spoken on secureClientPort",
        b"GET " | b"POST" | b"HEAD" | b"PUT " | b"OPTI" => "this looks like HTTP, which this port does not speak",
        _ => return None,
    };
    Some(format!("Unreasonable length = {}: {guess}", i32::from_be_bytes(first)))
}

/// Lets the client read to the end before the socket goes.
async fn linger(outbox: &Outbox) {
    use rustix::net::Shutdown;
    outbox.flush();
    if let Some(tls) = outbox.tls() {
        tls.say_goodbye(&outbox.stream);
    }
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
