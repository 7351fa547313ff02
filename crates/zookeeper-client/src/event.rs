//! What a client is told without asking: watches that fired, and what becomes of its session.

pub use rkafka_jute::EventType;

/// A watch that fired; it is gone and must be set again by another read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchedEvent {
    pub kind: EventType,
    /// Relative to the client's chroot.
    pub path: String,
}

/// An entry of a client's event stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ZkEvent {
    /// A session was begun, or a server was found that continues it. Watches live on.
    Connected,
    /// The server is lost. The client looks for another one; operations wait.
    Disconnected,
    /// The session is over, and with it its ephemeral nodes and watches. Whoever hears of it late may have a newer one
    /// already, and with it nodes that stay.
    Expired {
        session: i64,
    },
    /// The credentials of this scheme were refused.
    AuthFailed {
        scheme: String,
    },
    /// The server believes who the client is by SASL; comes behind [`ZkEvent::Connected`].
    SaslAuthenticated,
    Watch(WatchedEvent),
}
