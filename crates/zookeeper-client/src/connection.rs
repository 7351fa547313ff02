//! One TCP connection to a ZooKeeper server: frames in and out, and the handshake that opens a session on it.

use super::call::MAX_ANSWER;
use super::tls::Tls;
use anyhow::{Context, bail};
use bytes::{Buf, Bytes, BytesMut};
use rkafka_jute::{ConnectRequest, ConnectResponse, OpCode, Output, Record, frame};
use rustls::ClientConfig;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

/// The most that is read at once with TLS, in bytes.
const SEALED_READ: usize = 16 * 1024;

/// The bytes of a reply's header.
const REPLY_HEADER: usize = 16;

/// What has come.
pub(super) enum Received {
    Frame(Bytes),
    /// The beginning of a frame of `size` bytes, too many to be kept. The rest is passed over.
    Overlong {
        head: Bytes,
        size: usize,
    },
}

/// A connection with a session on it.
pub(super) struct ServerConnection {
    stream: TcpStream,
    tls: Option<Tls>,
    received: BytesMut,
    /// How many bytes are still to come of a frame that is passed over.
    unwanted: usize,
    out: Output,
    /// How long a write may take before the server counts as lost.
    write_timeout: Duration,
    pub last_sent: Instant,
    pub last_heard: Instant,
}

impl ServerConnection {
    /// Connects to one server and opens or continues a session. The error says what the server did.
    pub async fn open(
        server: &(String, u16),
        tls: Option<&Arc<ClientConfig>>,
        request: &ConnectRequest,
        limit: Duration,
    ) -> anyhow::Result<(ServerConnection, ConnectResponse)> {
        match timeout(limit, ServerConnection::handshake(server, tls, request, limit)).await {
            Ok(result) => result.with_context(|| format!("{}:{}", server.0, server.1)),
            Err(_) => bail!("{}:{}: no answer within {} ms", server.0, server.1, limit.as_millis()),
        }
    }

    async fn handshake(
        server: &(String, u16),
        tls: Option<&Arc<ClientConfig>>,
        request: &ConnectRequest,
        write_timeout: Duration,
    ) -> anyhow::Result<(ServerConnection, ConnectResponse)> {
        let stream = TcpStream::connect((server.0.as_str(), server.1)).await?;
        stream.set_nodelay(true)?;
        let now = Instant::now();
        let (received, out) = (BytesMut::with_capacity(8192), Output::new());
        let tls = tls.map(|context| Tls::new(context, &server.0)).transpose()?;
        let (last_sent, last_heard) = (now, now);
        let mut connection =
            ServerConnection { stream, tls, received, unwanted: 0, out, write_timeout, last_sent, last_heard };
        frame::with(&mut connection.out, |out| request.write(out));
        connection.flush().await?;
        let answer = loop {
            if let Some(frame) = connection.next_frame().context("this is not a ZooKeeper server's clientPort")? {
                break frame;
            }
            if connection.fill().await? == 0 {
                bail!("it closed the connection during the handshake; is this a ZooKeeper server's clientPort?");
            }
            connection.flush().await?;
        };
        let response = ConnectResponse::from_bytes(&answer).context("this is not a ZooKeeper server's clientPort")?;
        Ok((connection, response))
    }

    /// Puts a request behind what is to be sent next.
    pub fn enqueue(&mut self, xid: i32, op: OpCode, body: &[u8]) {
        frame::with(&mut self.out, |out| {
            out.i32(xid);
            out.i32(op.0);
            out.raw(body);
        });
    }

    /// Sends what was enqueued.
    pub async fn flush(&mut self) -> anyhow::Result<()> {
        if self.out.is_empty() && !self.tls.as_ref().is_some_and(Tls::wants_to_send) {
            return Ok(());
        }
        let sealed = match &mut self.tls {
            None => None,
            Some(tls) => Some(tls.seal(self.out.as_slice())?),
        };
        let bytes = sealed.as_deref().unwrap_or(self.out.as_slice());
        match timeout(self.write_timeout, self.stream.write_all(bytes)).await {
            Ok(result) => result?,
            Err(_) => bail!("it takes no more requests"),
        }
        self.out.clear();
        self.last_sent = Instant::now();
        Ok(())
    }

    /// Waits for bytes; 0 means that the server closed the connection. Safe to cancel.
    pub async fn fill(&mut self) -> anyhow::Result<usize> {
        let count = match &mut self.tls {
            None => self.stream.read_buf(&mut self.received).await?,
            Some(tls) => {
                let mut sealed = BytesMut::with_capacity(SEALED_READ);
                let count = self.stream.read_buf(&mut sealed).await?;
                let opened = tls.open(&sealed, &mut self.received);
                if opened.is_err() {
                    // The server hears what we do not like.
                    let alert = tls.seal(&[]).unwrap_or_default();
                    let _best_effort = self.stream.try_write(&alert);
                }
                opened?;
                count
            }
        };
        self.last_heard = Instant::now();
        Ok(count)
    }

    /// Sends what was enqueued and waits for the reply to `xid`, while nothing else is under way.
    pub(crate) async fn answer_to(&mut self, xid: i32) -> anyhow::Result<Bytes> {
        loop {
            self.flush().await?;
            while let Some(frame) = self.next_frame()? {
                if frame.first_chunk::<4>() == Some(&xid.to_be_bytes()) {
                    return Ok(frame);
                }
            }
            if self.fill().await? == 0 {
                bail!("it closed the connection");
            }
        }
    }

    /// The next whole frame of what has come, if any. While a session is being opened no frame is long.
    pub fn next_frame(&mut self) -> anyhow::Result<Option<Bytes>> {
        if let Some(head) = self.received.first_chunk::<4>()
            && usize::try_from(i32::from_be_bytes(*head)).is_ok_and(|length| length > MAX_ANSWER)
        {
            bail!("a frame of {} bytes is announced", i32::from_be_bytes(*head));
        }
        match self.next_received()? {
            Some(Received::Frame(frame)) => Ok(Some(frame)),
            Some(Received::Overlong { .. }) | None => Ok(None),
        }
    }

    /// The next whole frame of what has come, or the beginning of one that is too long; nothing if neither is there.
    pub(crate) fn next_received(&mut self) -> anyhow::Result<Option<Received>> {
        let passed_over = self.unwanted.min(self.received.len());
        self.received.advance(passed_over);
        self.unwanted -= passed_over;
        let Some(head) = self.received.first_chunk::<4>() else { return Ok(None) };
        let announced = i32::from_be_bytes(*head);
        let Ok(length) = usize::try_from(announced) else { bail!("a frame of {announced} bytes is announced") };
        if length > MAX_ANSWER {
            if self.received.len() < 4 + REPLY_HEADER {
                return Ok(None);
            }
            self.received.advance(4);
            self.unwanted = length - REPLY_HEADER;
            let head = self.received.split_to(REPLY_HEADER).freeze();
            return Ok(Some(Received::Overlong { head, size: length }));
        }
        if self.received.len() < 4 + length {
            self.received.reserve(4 + length - self.received.len());
            return Ok(None);
        }
        self.received.advance(4);
        Ok(Some(Received::Frame(self.received.split_to(length).freeze())))
    }
}
