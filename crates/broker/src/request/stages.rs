//! The stages that a request passes, in this order:
//!
//! | stage | what | where |
//! |---|---|---|
//! | frame | cut out of the connection's bytes, its API and version found | `network/frame.rs`, `dispatch.rs` |
//! | authenticate | is its sender known, as the listener's protocol asks for? | here |
//! | throttle | must the connection wait, because its user has had its share? | here |
//! | decode | the header, then the body | `dispatch.rs`, the wire crate |
//! | bound | may it ask for so much? | `bound.rs`, and each handler's own limits |
//! | authorize | may its sender do that at all? | here |
//! | handle | | `handlers/` |
//! | account | what it cost is added up | here |
//!
//! A broker whose listeners are all PLAINTEXT, without quotas and ACLs, has nothing to do in some of them: what they will
//! need is at hand, and who writes a handler need not think of them.

use super::{ConnectionInfo, RequestContext, RequestError};
use rkafka_config::broker::SecurityProtocol;
use rkafka_protocol::ApiKey;
use std::time::Duration;

/// Lets through whose sender is known. On a PLAINTEXT listener that is everybody, as `User:ANONYMOUS`.
pub fn authenticate(connection: &ConnectionInfo, api: ApiKey) -> Result<(), RequestError> {
    match connection.security {
        SecurityProtocol::Plaintext => Ok(()),
        // The start refuses such listeners as long as nobody can be authenticated; this holds whatever it does.
        SecurityProtocol::Ssl | SecurityProtocol::SaslPlaintext | SecurityProtocol::SaslSsl => {
            Err(RequestError::NotAuthenticated { api })
        }
    }
}

/// How long the connection must wait before its next request, which the reply says (`throttle_time_ms`). There are no
/// quotas: not at all.
pub fn throttle(_connection: &ConnectionInfo) -> Duration {
    Duration::ZERO
}

/// Lets through what its sender may do. There are no ACLs: everything.
pub fn authorize(_context: &RequestContext) -> Result<(), RequestError> {
    Ok(())
}

/// Adds up what a request has cost its sender: the bytes of its frame and of its reply. Nobody asks for it yet.
pub fn account(_connection: &ConnectionInfo, _request_bytes: usize, _reply_bytes: usize) {}
