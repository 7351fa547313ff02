//! An operation on its way, and how it ends without a result.

use super::error::ZkClientError;
use super::watches::WatchChange;
use bytes::Bytes;
use rkafka_jute::{OpCode, ZkError, frame};
use tokio::sync::oneshot;

/// The longest answer that is read, in bytes (what Kafka sets as its client's `jute.maxbuffer`).
pub(super) const MAX_ANSWER: usize = 4 * 1024 * 1024;
/// The longest request that is sent, in bytes: what is written can be read back.
const MAX_REQUEST: usize = MAX_ANSWER - 1024;
/// What every server takes, in bytes. A server closes the connection on which a longer request comes than its
/// `jute.maxbuffer`, which it tells nobody.
const TAKEN_BY_ALL: usize = frame::DEFAULT_MAX_BUFFER;
/// How many connections in a row may end over a request longer than that before it counts as their cause.
const MAX_CONNECTIONS: u8 = 2;
/// The bytes of a request's header.
const HEADER: usize = 8;

/// An operation on its way.
pub(super) struct Call {
    pub op: OpCode,
    /// The encoded request, with the chroot in its paths.
    pub body: Vec<u8>,
    pub watch: Option<WatchChange>,
    pub reply: oneshot::Sender<Result<Bytes, CallError>>,
    /// The connections that have ended while it was under way.
    connections: u8,
}

impl Call {
    /// An error says that the request is too long to be sent.
    pub fn new(
        op: OpCode,
        body: Vec<u8>,
        watch: Option<WatchChange>,
        reply: oneshot::Sender<Result<Bytes, CallError>>,
    ) -> Result<Call, CallError> {
        match body.len() + HEADER {
            size if size > MAX_REQUEST => Err(CallError::RequestTooLarge { size, limit: MAX_REQUEST }),
            _ => Ok(Call { op, body, watch, reply, connections: 0 }),
        }
    }

    /// Whether a server may close the connection because of it. Such a request is sent alone, so that nothing else has
    /// to be repeated and the cause is known.
    pub fn is_long(&self) -> bool {
        self.size() > TAKEN_BY_ALL
    }

    /// Whether it ends the session.
    pub(crate) fn is_close(&self) -> bool {
        self.op == OpCode::CLOSE_SESSION
    }

    fn size(&self) -> usize {
        self.body.len() + HEADER
    }

    /// Notes that the connection has ended on which it was sent. Gives it back if it is to be sent again.
    pub fn lost(mut self) -> Option<Call> {
        if !self.is_long() {
            return Some(self);
        }
        self.connections += 1;
        if self.connections < MAX_CONNECTIONS {
            return Some(self);
        }
        let size = self.size();
        self.answer(Err(CallError::RequestTooLarge { size, limit: TAKEN_BY_ALL }));
        None
    }

    /// Gives the call its result. A caller that has gone away does not mind.
    pub fn answer(self, result: Result<Bytes, CallError>) {
        let _ = self.reply.send(result);
    }
}

/// Why a call has no result.
#[derive(Debug)]
pub(super) enum CallError {
    Code(ZkError),
    Expired,
    Closed,
    RequestTooLarge { size: usize, limit: usize },
    AnswerTooLarge { size: usize, limit: usize },
}

impl CallError {
    pub fn at(self, path: &str) -> ZkClientError {
        let path = || path.to_owned();
        match self {
            CallError::Code(code) => ZkClientError::Refused { code, path: path() },
            CallError::Expired => ZkClientError::SessionExpired,
            CallError::Closed => ZkClientError::Closed,
            CallError::RequestTooLarge { size, limit } => ZkClientError::RequestTooLarge { path: path(), size, limit },
            CallError::AnswerTooLarge { size, limit } => ZkClientError::AnswerTooLarge { path: path(), size, limit },
        }
    }
}
