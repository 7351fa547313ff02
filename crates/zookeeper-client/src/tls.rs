//! TLS below a client's frames. rustls does no I/O: what comes from the server goes through it, and so does what is sent.

use std::io::{Read as _, Write as _};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use bytes::BytesMut;
use rustls::{ClientConfig, ClientConnection};

use rkafka_security::tls::server_name;

/// Plain bytes that are moved at once.
const CHUNK: usize = 4096;

/// One connection's TLS.
pub(super) struct Tls(Box<ClientConnection>);

impl Tls {
    /// Begins with the server that this host name means.
    pub fn new(context: &Arc<ClientConfig>, host: &str) -> anyhow::Result<Tls> {
        let mut connection = ClientConnection::new(context.clone(), server_name(host)?)?;
        // Every request is encrypted as a whole; their number and size are limited elsewhere.
        connection.set_buffer_limit(None);
        Ok(Tls(Box::new(connection)))
    }

    /// Whether TLS itself has something to say.
    pub(crate) fn wants_to_send(&self) -> bool {
        self.0.wants_write()
    }

    /// What must be sent to say `plain`, and what TLS itself has to say.
    pub fn seal(&mut self, plain: &[u8]) -> anyhow::Result<Vec<u8>> {
        self.0.writer().write_all(plain)?;
        let mut sealed = Vec::new();
        while self.0.wants_write() {
            self.0.write_tls(&mut sealed)?;
        }
        Ok(sealed)
    }

    /// Takes what came from the server and adds what it says to `plain`.
    pub fn open(&mut self, mut sealed: &[u8], plain: &mut BytesMut) -> anyhow::Result<()> {
        while !sealed.is_empty() {
            if self.0.read_tls(&mut sealed)? == 0 {
                bail!("the server has ended TLS");
            }
            let was_handshaking = self.0.is_handshaking();
            let state = self.0.process_new_packets().with_context(|| match was_handshaking {
                true => "TLS handshake (is this the server's secureClientPort, and does each side trust the other?)",
                false => "TLS",
            })?;
            let mut left = state.plaintext_bytes_to_read();
            let mut chunk = [0; CHUNK];
            while left > 0 {
                let count = self.0.reader().read(&mut chunk)?;
                plain.extend_from_slice(&chunk[..count]);
                left = left.saturating_sub(count.max(1));
            }
        }
        Ok(())
    }
}
