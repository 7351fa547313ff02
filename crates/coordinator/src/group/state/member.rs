//! Pure: one member of a group.

use crate::shard::Ticket;
use bytes::Bytes;
use std::sync::Arc;

/// A member's id, as the coordinator made it: `clientId-UUID`, or `group.instance.id-UUID` for a static member.
pub type MemberId = Arc<str>;

/// A way of assigning that a member offers (an assignor's name), with the member's subscription for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protocol {
    pub name: String,
    pub metadata: Bytes,
}

/// A member.
#[derive(Clone, Debug)]
pub struct Member {
    pub id: MemberId,
    /// `group.instance.id` of a static member (KIP-345).
    pub instance: Option<Arc<str>>,
    pub client_id: String,
    pub client_host: String,
    pub rebalance_timeout_ms: i32,
    pub session_timeout_ms: i32,
    pub protocol_type: String,
    /// In the order of preference.
    pub protocols: Vec<Protocol>,
    pub assignment: Bytes,
    /// Has not been part of a generation yet, so it sends no heartbeats.
    pub is_new: bool,
    pub join_ticket: Option<Ticket>,
    pub sync_ticket: Option<Ticket>,
}

impl Member {
    pub(crate) fn is_static(&self) -> bool {
        self.instance.is_some()
    }

    /// Its subscription under `protocol`; empty if it does not offer it.
    pub fn metadata(&self, protocol: &str) -> Bytes {
        self.protocols.iter().find(|p| p.name == protocol).map(|p| p.metadata.clone()).unwrap_or_default()
    }

    /// Whether it offers exactly this.
    pub fn matches(&self, protocols: &[Protocol]) -> bool {
        self.protocols == protocols
    }

    /// Waits for an answer and therefore cannot send heartbeats, which counts as being alive. A new member does not
    /// know its id yet and may have gone for good, so that is no excuse for it.
    pub(crate) fn is_excused_from_heartbeats(&self) -> bool {
        !self.is_new && (self.join_ticket.is_some() || self.sync_ticket.is_some())
    }
}
