//! A client without a session's task: whoever made it is the network and the ZooKeeper behind it. The door for simulations,
//! which have a ZooKeeper, a network and a clock of their own.
//!
//! What the task does is then the owner's business: to send operations in their order and to answer them in it, to send again
//! what a lost server has not answered, to set watches again, to fail what waits when the session has expired.

use super::call::{Call, CallError};
use super::session::Command;
use super::{COMMAND_QUEUE, Link, Shared, ZkClient};
use super::{WatchedEvent, ZkError, ZkEvent};
use bytes::Bytes;
use rkafka_jute::OpCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// The other end of a [`ZkClient`].
pub struct FarSide {
    shared: Arc<Shared>,
    commands: mpsc::Receiver<Command>,
}

/// An operation that waits for its answer. One that is dropped fails as if the client were closed.
pub struct Operation {
    call: Call,
}

impl ZkClient {
    /// A client without servers and without a task.
    pub fn with_far_side() -> (ZkClient, FarSide) {
        let (commands, receiver) = mpsc::channel(COMMAND_QUEUE);
        let shared = Shared::new();
        let far_side = FarSide { shared: Arc::clone(&shared), commands: receiver };
        let client =
            ZkClient { commands, shared, chroot: "".into(), servers: "".into(), connect_timeout: Duration::ZERO };
        (client, far_side)
    }
}

impl FarSide {
    /// The operation that comes after those that were taken before, if there is one yet.
    pub fn operation(&mut self) -> Option<Operation> {
        loop {
            match self.commands.try_recv().ok()? {
                Command::Call(call) => return Some(Operation { call }),
                // The owner knows when a session begins, and asks nobody who he is.
                Command::NewSession | Command::AddAuth { .. } => {}
            }
        }
    }

    /// A server has taken the session, for the first time or again.
    pub fn begin(&self, session: i64) {
        self.shared.connected(session);
    }

    /// The server is lost.
    pub fn disconnect(&self) {
        self.shared.publish(ZkEvent::Disconnected);
    }

    /// The session is over. What waits is to be failed before ([`Operation::expire`]).
    pub fn expire(&self) {
        let session = self.shared.session_id.load(std::sync::atomic::Ordering::Acquire);
        self.shared.publish(ZkEvent::Expired { session });
    }

    /// A watch fires.
    pub fn fire(&self, event: WatchedEvent) {
        self.shared.publish(ZkEvent::Watch(event));
    }

    /// Whether the session is over and no other one has begun.
    pub fn is_expired(&self) -> bool {
        *self.shared.link.borrow() == Link::Expired
    }
}

impl Operation {
    pub fn op(&self) -> OpCode {
        self.call.op
    }

    /// The encoded request.
    pub fn body(&self) -> &[u8] {
        &self.call.body
    }

    /// It was carried out, with this encoded result.
    pub fn answer(self, body: impl Into<Bytes>) {
        self.call.answer(Ok(body.into()));
    }

    /// The server refuses it.
    pub fn refuse(self, code: ZkError) {
        self.call.answer(Err(CallError::Code(code)));
    }

    /// The session has ended before it was answered.
    pub fn expire(self) {
        self.call.answer(Err(CallError::Expired));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EventType, Watch, ZkClientError};
    use rkafka_jute::{ExistsRequest, ExistsResponse, Record, Stat};

    #[tokio::test]
    async fn the_far_side_is_the_server() {
        let (zk, mut far) = ZkClient::with_far_side();
        let mut events = zk.subscribe();
        far.begin(7);
        assert_eq!((zk.session_id(), events.recv().await), (7, Some(ZkEvent::Connected)));
        assert!(far.operation().is_none());
        let both = async { tokio::join!(zk.exists("/a", Watch::Yes), zk.exists("/b", Watch::No)) };
        let serve = async {
            tokio::task::yield_now().await;
            let (first, second) = (far.operation().unwrap(), far.operation().unwrap());
            assert_eq!(first.op(), OpCode::EXISTS);
            let request = ExistsRequest::from_bytes(first.body()).unwrap();
            assert_eq!(request, ExistsRequest { path: "/a".into(), watch: true });
            first.refuse(ZkError::NO_NODE);
            let stat = Stat { version: 3, ..Stat::default() };
            second.answer(ExistsResponse { stat }.to_bytes());
        };
        let ((absent, present), ()) = tokio::join!(both, serve);
        assert!(absent.unwrap().is_none());
        assert_eq!(present.unwrap().unwrap().version, 3);
        let fired = WatchedEvent { kind: EventType::NodeCreated, path: "/a".into() };
        far.fire(fired.clone());
        assert_eq!(events.recv().await, Some(ZkEvent::Watch(fired)));
    }

    #[tokio::test]
    async fn an_expired_session_fails_what_waits() {
        let (zk, mut far) = ZkClient::with_far_side();
        far.begin(7);
        let mut events = zk.subscribe();
        let end = async {
            tokio::task::yield_now().await;
            far.disconnect();
            far.operation().unwrap().expire();
            far.expire();
        };
        let (result, ()) = tokio::join!(zk.delete("/a", -1), end);
        assert!(matches!(result, Err(ZkClientError::SessionExpired)), "{result:?}");
        assert_eq!(events.recv().await, Some(ZkEvent::Disconnected));
        assert_eq!(events.recv().await, Some(ZkEvent::Expired { session: 7 }));
        assert!(far.is_expired());
        far.begin(8);
        assert_eq!(zk.session_id(), 8);
        drop(far);
        assert!(matches!(zk.sync("/").await, Err(ZkClientError::Closed)));
    }
}
