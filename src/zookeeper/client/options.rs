//! What a client can be told beyond where its servers are: how to speak with them, and who it is.

use std::fmt;

use bytes::Bytes;

pub use crate::runtime::tls::{Store, StoreKind, TlsOptions, TlsOptionsError};

/// How to speak with the servers, and who the client is.
#[derive(Clone, Default)]
pub struct ClientOptions {
    /// TLS to every server (`zookeeper.ssl.client.enable`).
    pub tls: Option<TlsOptions>,
    /// User and password for SASL DIGEST-MD5, before anything else is asked.
    pub sasl: Option<(String, String)>,
    /// Take a server that only reads, too.
    pub read_only: bool,
    /// Schemes and credentials, for example `digest` and `user:password`.
    pub auth: Vec<(String, Bytes)>,
}

impl fmt::Debug for ClientOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let schemes: Vec<&str> = self.auth.iter().map(|(scheme, _)| scheme.as_str()).collect();
        formatter
            .debug_struct("ClientOptions")
            .field("tls", &self.tls)
            .field("sasl", &self.sasl.as_ref().map(|(user, _)| user))
            .field("read_only", &self.read_only)
            .field("auth", &schemes)
            .finish()
    }
}
