//! SASL DIGEST-MD5 (RFC 2831) as ZooKeeper's servers and clients use it: who the client is, never more (`qop=auth`).
//!
//! The client sends an empty token, the server a challenge, the client its response, the server its own proof. All of it
//! is pure; nonces come from outside.

mod client;
mod digest_md5;
mod directives;
mod server;

pub use client::respond;
pub use digest_md5::nonce_text;
pub use server::{ServerExchange, Step};

/// Both sides of ZooKeeper have the service and the realm built in.
const REALM: &str = "zk-sasl-md5";
const DIGEST_URI: &str = "zookeeper/zk-sasl-md5";

/// The exchange has failed; the text says at which step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("DIGEST-MD5: {0}")]
pub struct SaslError(pub String);

impl SaslError {
    fn new(reason: impl Into<String>) -> SaslError {
        SaslError(reason.into())
    }
}

#[cfg(test)]
mod tests;
