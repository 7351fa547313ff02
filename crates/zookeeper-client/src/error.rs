//! What can go wrong with an operation.

use rkafka_jute::{JuteError, ZkError};

/// Why an operation did not succeed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ZkClientError {
    /// The server refused; `code` says why.
    #[error("{code} for {path}")]
    Refused { code: ZkError, path: String },
    /// The session's ephemeral nodes and watches are gone. The client does nothing more until
    /// [`super::ZkClient::new_session`].
    #[error("the ZooKeeper session has expired")]
    SessionExpired,
    /// No server took the session in time.
    #[error(
        "could not connect to ZooKeeper at {servers} within {timeout_ms} ms ({cause}); start ZooKeeper there or correct zookeeper.connect"
    )]
    ConnectTimeout { servers: String, timeout_ms: u128, cause: String },
    /// ZooKeeper does not accept what `addauth` sent.
    #[error("ZooKeeper at {servers} refused the client's credentials")]
    AuthFailed { servers: String },
    /// The settings of TLS, or the files that they name, cannot be used.
    #[error("TLS to ZooKeeper: {0}")]
    Tls(String),
    /// [`super::ZkClient::close`] was called.
    #[error("the ZooKeeper client is closed")]
    Closed,
    /// The task of the session has died, of a defect; the log has its words.
    #[error("the ZooKeeper client has panicked, which is a defect of this program")]
    Panicked,
    /// ZooKeeper seems not to take a request that long: two connections in a row ended over it, so that it is unknown
    /// whether it was done, or it is longer than any that is sent. Its servers may be told to take more.
    #[error("the request for {path} is {size} bytes long and ZooKeeper's limit is {limit} (jute.maxbuffer)")]
    RequestTooLarge { path: String, size: usize, limit: usize },
    /// The operation was done; its answer was not read.
    #[error("ZooKeeper's answer for {path} is {size} bytes long, and no more than {limit} are read (jute.maxbuffer)")]
    AnswerTooLarge { path: String, size: usize, limit: usize },
    /// A reply that is not what the operation's reply must be.
    #[error("ZooKeeper sent a malformed reply: {0}")]
    Malformed(#[from] JuteError),
}

impl ZkClientError {
    /// The code by which the server refused, or the one nearest in meaning.
    pub fn code(&self) -> ZkError {
        match self {
            ZkClientError::Refused { code, .. } => *code,
            ZkClientError::SessionExpired => ZkError::SESSION_EXPIRED,
            // Also what ZooKeeper's own client makes of a connection that a long frame has ended.
            ZkClientError::ConnectTimeout { .. }
            | ZkClientError::Tls(_)
            | ZkClientError::Closed
            | ZkClientError::Panicked
            | ZkClientError::RequestTooLarge { .. }
            | ZkClientError::AnswerTooLarge { .. } => ZkError::CONNECTION_LOSS,
            ZkClientError::AuthFailed { .. } => ZkError::AUTH_FAILED,
            ZkClientError::Malformed(_) => ZkError::MARSHALLING_ERROR,
        }
    }

    /// Whether the node that the operation needs is absent.
    pub fn is_no_node(&self) -> bool {
        self.code() == ZkError::NO_NODE
    }

    /// Whether the node that was to be created is there already.
    pub fn is_node_exists(&self) -> bool {
        self.code() == ZkError::NODE_EXISTS
    }

    /// Whether a node has another version than the operation expects.
    pub fn is_bad_version(&self) -> bool {
        self.code() == ZkError::BAD_VERSION
    }
}
