//! TLS between a socket and the buffers of a connection. rustls does no I/O: bytes are handed to it and taken from it,
//! so the socket stays where it is without TLS, and nothing waits here.

use std::io::{self, Read as _, Write as _};
use std::sync::Arc;

use bytes::BytesMut;
use rkafka_runtime::lock::{Mutex, Rank};
use rustls::{ServerConfig, ServerConnection};
use tokio::net::TcpStream;

/// The first byte of a connection that begins with TLS: a handshake record.
pub const HANDSHAKE: u8 = 0x16;
/// Plain bytes that are moved at once.
const CHUNK: usize = 4096;

/// One connection's TLS. Read by its task, written to by whoever sends.
#[derive(Debug)]
pub struct Tls(Mutex<State>);

#[derive(Debug)]
struct State {
    connection: ServerConnection,
    said_goodbye: bool,
}

/// How far what was to be sent has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    All,
    /// The socket is full until it becomes writable; so many plain bytes were taken over.
    Part(usize),
}

/// The socket as rustls sees it.
struct Socket<'a>(&'a TcpStream);

impl io::Read for Socket<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.try_read(buffer)
    }
}

impl io::Write for Socket<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Tls {
    pub fn new(context: &Arc<ServerConfig>) -> Result<Tls, rustls::Error> {
        let connection = ServerConnection::new(context.clone())?;
        Ok(Tls(Mutex::new(Rank::ZooKeeperTls, State { connection, said_goodbye: false })))
    }

    /// Reads what the socket has and adds what it says to `buffer`; 0 is the end. `WouldBlock` like the socket's own.
    pub fn read(&self, socket: &TcpStream, buffer: &mut BytesMut) -> io::Result<usize> {
        self.read_from(&mut Socket(socket), buffer)
    }

    /// The same for bytes that were read from the socket before it was known that they are TLS.
    pub fn take(&self, mut bytes: &[u8], buffer: &mut BytesMut) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.read_from(&mut bytes, buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn read_from(&self, source: &mut dyn io::Read, buffer: &mut BytesMut) -> io::Result<usize> {
        let connection = &mut self.0.lock().connection;
        if connection.read_tls(source)? == 0 {
            return Ok(0);
        }
        let state =
            connection.process_new_packets().map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        let mut left = state.plaintext_bytes_to_read();
        let is_over = state.peer_has_closed() && left == 0;
        let mut chunk = [0; CHUNK];
        while left > 0 {
            let count = connection.reader().read(&mut chunk)?;
            buffer.extend_from_slice(&chunk[..count]);
            left = left.saturating_sub(count.max(1));
        }
        match (is_over, buffer.len()) {
            (true, 0) => Ok(0),
            // Nothing but a part of the handshake, or of a record.
            (_, 0) => Err(io::ErrorKind::WouldBlock.into()),
            (_, length) => Ok(length),
        }
    }

    /// Sends `bytes` and what TLS itself has to say, as far as the socket takes it.
    pub fn write(&self, socket: &TcpStream, bytes: &[u8]) -> io::Result<Sent> {
        self.0.lock().write(socket, bytes)
    }

    /// Tells the client, once, that nothing more comes.
    pub(crate) fn say_goodbye(&self, socket: &TcpStream) {
        let mut state = self.0.lock();
        if !std::mem::replace(&mut state.said_goodbye, true) {
            state.connection.send_close_notify();
        }
        let _best_effort = state.write(socket, &[]);
    }

    /// Whether the handshake is over; then, what the client's certificate is.
    pub(crate) fn client_certificate(&self) -> Option<Option<Vec<u8>>> {
        let connection = &self.0.lock().connection;
        let certificate = || connection.peer_certificates().and_then(|chain| chain.first()).map(|first| first.to_vec());
        (!connection.is_handshaking()).then(certificate)
    }
}

impl State {
    fn write(&mut self, socket: &TcpStream, bytes: &[u8]) -> io::Result<Sent> {
        let mut taken = 0;
        loop {
            while self.connection.wants_write() {
                match self.connection.write_tls(&mut Socket(socket)) {
                    Ok(_) => {}
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Sent::Part(taken)),
                    Err(error) => return Err(error),
                }
            }
            let rest = bytes.get(taken..).unwrap_or_default();
            if rest.is_empty() {
                return Ok(Sent::All);
            }
            let count = self.connection.writer().write(rest)?;
            if count == 0 {
                return Ok(Sent::Part(taken));
            }
            taken += count;
        }
    }
}
