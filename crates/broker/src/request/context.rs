//! Who asked: the connection and the request's header, as a handler sees them.

use super::Turns;
use rkafka_config::broker::SecurityProtocol;
use rkafka_protocol::ApiKey;
use std::{net::SocketAddr, sync::Arc};

/// What stays the same for all requests of one connection.
#[derive(Debug)]
pub struct ConnectionInfo {
    /// The listener's name, as in `listeners` (`PLAINTEXT`, `EXTERNAL`, …).
    pub listener: Arc<str>,
    /// What is spoken on that listener.
    pub security: SecurityProtocol,
    /// The authenticated user, `User:ANONYMOUS` without authentication.
    pub principal: Arc<str>,
    /// The client's end of the connection.
    pub peer: SocketAddr,
    /// Our end of the connection.
    pub local: SocketAddr,
    /// The order of its produce requests.
    pub produces: Turns,
}

/// One request's header, and its connection.
#[derive(Clone, Debug)]
pub struct RequestContext {
    pub connection: Arc<ConnectionInfo>,
    pub api: ApiKey,
    /// The version of the API; it decides which fields the reply may carry.
    pub version: i16,
    pub correlation_id: i32,
    /// The client's own name for itself; `None` if it sent null.
    pub client_id: Option<Arc<str>>,
}

impl RequestContext {
    /// The client's own name for itself, empty if it has none.
    pub fn client_id(&self) -> &str {
        self.client_id.as_deref().unwrap_or_default()
    }

    /// The client's address as Kafka writes it into group metadata and logs: `/127.0.0.1`.
    pub fn client_host(&self) -> String {
        format!("/{}", self.connection.peer.ip())
    }

    /// The name of the listener that the request came in by.
    pub fn listener(&self) -> &str {
        &self.connection.listener
    }

    /// The authenticated user, such as `User:ANONYMOUS`.
    pub fn principal(&self) -> &str {
        &self.connection.principal
    }
}
