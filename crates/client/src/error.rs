//! What can go wrong between a client and a cluster, in words that name the address and the next step.
//!
//! `Display` speaks Kafka's own words where Kafka has some, since scripts look for them; [`ClientError::hint`] adds what
//! a person should try next.

use rkafka_protocol::{ErrorCode, WireError};
use std::{fmt, time::Duration};

/// Why a call to a cluster failed. Cheap enough to clone: one failure may end many waiting calls.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ClientError {
    /// A property has a bad value, or one is missing (`ConfigException`).
    #[error("{0}")]
    Config(String),
    /// No TCP connection could be made.
    #[error("Connection to {address} could not be established: {reason}")]
    Connect {
        address: String,
        reason: String,
        /// Every address was tried, and at each the machine said that nobody listens there.
        refused: bool,
    },
    /// The peer answered with something that is not Kafka's protocol.
    #[error("{address} does not speak Kafka's protocol in plain text: {what}")]
    NotKafka { address: String, what: Foreign },
    /// None of the addresses could be reached in the time that was set for it; nothing is tried any more.
    #[error("Cannot reach {addresses}: {reason} (tried for {})", shown(*.tried))]
    Unreachable {
        addresses: String,
        /// Of the last address that was tried.
        reason: String,
        tried: Duration,
    },
    /// The connection ended while an answer was awaited.
    #[error("{address} disconnected{}", during_text(.during))]
    Disconnected { address: String, during: String },
    /// No answer came in time (`TimeoutException`). `cause` is the last failure seen while waiting.
    #[error("{message}")]
    Timeout { message: String, cause: Option<Box<ClientError>> },
    /// The broker does not offer the API in a version that this client can use (`UnsupportedVersionException`).
    #[error("{0}")]
    UnsupportedVersion(String),
    /// The peer sent a frame that cannot be read.
    #[error("{address} sent a frame that cannot be read: {reason}")]
    BadFrame { address: String, reason: String },
    /// A request could not be written.
    #[error("cannot write the request: {0}")]
    Encode(WireError),
    /// The cluster answered with an error code.
    #[error("{message}")]
    Broker { code: ErrorCode, message: String },
    /// The client was used after it had been closed, or in a way that it does not allow (`IllegalStateException`).
    #[error("{0}")]
    State(String),
}

fn shown(time: Duration) -> String {
    if time < Duration::from_secs(1) { format!("{} ms", time.as_millis()) } else { format!("{} s", time.as_secs()) }
}

fn during_text(what: &str) -> String {
    if what.is_empty() { String::new() } else { format!(" during {what}") }
}

/// What a peer that is not a Kafka listener turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// It answered with a TLS record.
    Tls,
    /// It answered with an HTTP status line.
    Http,
    /// It answered with text of another protocol (SSH, SMTP, Redis …).
    Text,
    /// It closed every connection without a byte, as ZooKeeper does.
    Silent,
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Foreign::Tls => "it answered with TLS",
            Foreign::Http => "it answered with HTTP",
            Foreign::Text => "it answered with text of another protocol",
            Foreign::Silent => "it closed the connection without an answer",
        })
    }
}

impl ClientError {
    /// An error that the cluster reported, with its own text if it sent one.
    pub fn broker(code: ErrorCode, message: Option<&str>) -> ClientError {
        let message = message.filter(|m| !m.is_empty()).unwrap_or_else(|| code.message()).to_owned();
        ClientError::Broker { code, message }
    }

    /// The error code that the cluster answered with, if that is what failed.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            ClientError::Broker { code, .. } => Some(*code),
            ClientError::Timeout { cause: Some(cause), .. } => cause.code(),
            _ => None,
        }
    }

    /// Whether the same call may succeed a moment later, on this or another connection.
    pub fn is_retriable(&self) -> bool {
        match self {
            ClientError::Connect { .. } | ClientError::Disconnected { .. } | ClientError::Timeout { .. } => true,
            ClientError::Broker { code, .. } => code.is_retriable(),
            _ => false,
        }
    }

    /// Whether there is no cluster to talk to at the addresses that were given, now and later.
    pub fn is_hopeless(&self) -> bool {
        matches!(self, ClientError::NotKafka { .. } | ClientError::Unreachable { .. })
    }

    /// What to try next, for a person; `None` where the message says it all.
    pub fn hint(&self) -> Option<String> {
        match self {
            ClientError::Timeout { cause: Some(cause), .. } => {
                let next = cause.hint().map(|h| format!(". {h}")).unwrap_or_default();
                Some(format!("{cause}{next}"))
            }
            ClientError::Connect { address, .. } => Some(format!(
                "Check that a broker runs and listens on {address}, and that the name and port are right."
            )),
            ClientError::Unreachable { addresses, .. } => {
                Some(format!("Check that a broker runs and listens on {addresses}; --timeout has it tried for longer."))
            }
            ClientError::NotKafka { address, what } => Some(foreign_hint(address, *what)),
            ClientError::Disconnected { address, .. } => Some(format!(
                "If {address} is a SASL or TLS listener, this version cannot use it: name a PLAINTEXT one."
            )),
            _ => None,
        }
    }
}

fn foreign_hint(address: &str, what: Foreign) -> String {
    match what {
        Foreign::Tls => format!("{address} is a TLS listener: use the port of a PLAINTEXT listener of the broker."),
        Foreign::Http => format!("{address} is a web server: use the host and port of a broker's listener."),
        Foreign::Text => format!("Use the host and port of a broker's listener instead of {address}."),
        Foreign::Silent if address.ends_with(":2181") => {
            format!("{address} is most likely ZooKeeper: --bootstrap-server wants a broker, usually on port 9092.")
        }
        Foreign::Silent => {
            format!("{address} may be ZooKeeper or a TLS listener: use the port of a PLAINTEXT listener of a broker.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_names_its_cause() {
        let cause =
            ClientError::Connect { address: "localhost:1".into(), reason: "connection refused".into(), refused: true };
        let error = ClientError::Timeout {
            message: "Timed out waiting for a node assignment. Call: listTopics".into(),
            cause: Some(Box::new(cause)),
        };
        assert_eq!(error.to_string(), "Timed out waiting for a node assignment. Call: listTopics");
        let hint = error.hint().unwrap();
        assert!(hint.starts_with("Connection to localhost:1 could not be established: connection refused."), "{hint}");
    }

    #[test]
    fn zookeepers_port_is_recognised() {
        let error = ClientError::NotKafka { address: "localhost:2181".into(), what: Foreign::Silent };
        assert!(error.hint().unwrap().contains("most likely ZooKeeper"));
    }
}
