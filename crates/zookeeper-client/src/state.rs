//! How a client stands with its servers, for people to see.

use super::{Link, ZkClient};
use std::{fmt, sync::atomic::Ordering};

/// The state of a session, with the names that ZooKeeper's shell shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZkState {
    /// No server has the session at the moment.
    Connecting,
    Connected,
    /// Connected to a server that only reads.
    ConnectedReadOnly,
    /// Closed, or expired.
    Closed,
    /// A server refused the credentials.
    AuthFailed,
}

impl ZkState {
    /// Whether operations may succeed, now or when a server is found.
    pub fn is_alive(self) -> bool {
        !matches!(self, ZkState::Closed | ZkState::AuthFailed)
    }
}

impl fmt::Display for ZkState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ZkState::Connecting => "CONNECTING",
            ZkState::Connected => "CONNECTED",
            ZkState::ConnectedReadOnly => "CONNECTEDREADONLY",
            ZkState::Closed => "CLOSED",
            ZkState::AuthFailed => "AUTH_FAILED",
        })
    }
}

impl ZkClient {
    pub fn state(&self) -> ZkState {
        let link = *self.shared.link.borrow();
        match link {
            Link::AuthFailed => ZkState::AuthFailed,
            Link::Expired | Link::Died => ZkState::Closed,
            _ if self.commands.is_closed() => ZkState::Closed,
            Link::Up if self.shared.read_only.load(Ordering::Acquire) => ZkState::ConnectedReadOnly,
            Link::Up => ZkState::Connected,
            Link::Never | Link::Down => ZkState::Connecting,
        }
    }

    /// Why the last attempt to reach a server failed.
    pub fn last_failure(&self) -> String {
        self.shared.last_failure.lock().clone()
    }
}
