//! What a handler gives back, and the frame that becomes of it.

use rkafka_protocol::{Message, Segment};
use std::{future::Future, pin::Pin};

/// A handler's answer. A plain response converts into [`Reply::Send`], so most handlers never name this type.
#[derive(Debug)]
pub enum Reply<R> {
    Send(R),
    /// The protocol wants no answer: a produce request with acks=0 that went well.
    Nothing,
    /// The connection is to be closed, for this reason: how a client with acks=0 learns of an error.
    Close(String),
}

impl<R: Message> From<R> for Reply<R> {
    fn from(response: R) -> Reply<R> {
        Reply::Send(response)
    }
}

/// An encoded reply.
#[derive(Debug)]
pub enum Frame {
    /// Length prefix, header and message, to be sent in this order.
    Send(Vec<Segment>),
    Nothing,
    Close(String),
}

/// A handler at work. It is polled first on the connection's own task, before the connection's next request starts,
/// so whatever it does up to its first `await` happens in the order of the requests.
pub type ReplyFuture = Pin<Box<dyn Future<Output = Frame> + Send>>;
