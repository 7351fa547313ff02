//! Pure: one group's state. Its fields are private to this folder: everybody reads through the methods here, and
//! [`Change`]s, applied in `change`, are the only way to alter it.

mod change;
mod member;
mod offsets;

pub use change::{Change, Restored};
pub use member::{Member, MemberId, Protocol};
pub use offsets::{CommittedOffset, Offsets};

use super::subscription;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The protocol type of Kafka's own consumers.
pub const CONSUMER: &str = "consumer";

/// Where a group stands. The names are those that DescribeGroups shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// No members; perhaps offsets.
    Empty,
    /// Waits for members to (re)join.
    PreparingRebalance,
    /// Waits for the leader's assignment.
    CompletingRebalance,
    Stable,
    /// About to be removed; nobody may use it any more.
    Dead,
}

impl Phase {
    pub const ALL: [Phase; 5] =
        [Phase::Empty, Phase::PreparingRebalance, Phase::CompletingRebalance, Phase::Stable, Phase::Dead];

    pub fn name(self) -> &'static str {
        match self {
            Phase::Empty => "Empty",
            Phase::PreparingRebalance => "PreparingRebalance",
            Phase::CompletingRebalance => "CompletingRebalance",
            Phase::Stable => "Stable",
            Phase::Dead => "Dead",
        }
    }
}

/// How a rebalance ends its joining phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinWindow {
    /// The group was empty: wait for others, at most this much longer than the current delay.
    Initial { remaining_ms: i64 },
    /// Ends when all members have rejoined.
    AllMembers,
}

/// A consumer group.
#[derive(Clone, Debug)]
pub struct Group {
    id: Arc<str>,
    phase: Phase,
    /// When it entered `phase`, wall-clock ms; unknown for groups that were loaded from old records.
    since_ms: Option<i64>,
    protocol_type: Option<String>,
    protocol: Option<String>,
    generation: i32,
    leader: Option<MemberId>,
    members: BTreeMap<MemberId, Member>,
    /// Static members' ids by `group.instance.id`.
    statics: BTreeMap<Arc<str>, MemberId>,
    /// Ids that were handed out by MEMBER_ID_REQUIRED and have not joined yet.
    pending: BTreeSet<MemberId>,
    /// Members that have not asked for their assignment in this generation.
    pending_sync: BTreeSet<MemberId>,
    /// How many members offer each protocol.
    supported: BTreeMap<String, usize>,
    joining: usize,
    /// The topics that the members subscribe to, if the group is a consumer group whose subscriptions can be read.
    subscribed: Option<BTreeSet<String>>,
    /// Somebody new came while the first generation was being formed.
    new_member_added: bool,
    join_window: JoinWindow,
    offsets: Offsets,
}

impl Group {
    /// A group without members, offsets or history.
    pub fn new(id: Arc<str>, now_wall_ms: i64) -> Group {
        Group {
            id,
            phase: Phase::Empty,
            since_ms: Some(now_wall_ms),
            protocol_type: None,
            protocol: None,
            generation: 0,
            leader: None,
            members: BTreeMap::new(),
            statics: BTreeMap::new(),
            pending: BTreeSet::new(),
            pending_sync: BTreeSet::new(),
            supported: BTreeMap::new(),
            joining: 0,
            subscribed: None,
            new_member_added: false,
            join_window: JoinWindow::AllMembers,
            offsets: Offsets::default(),
        }
    }

    pub fn id(&self) -> &Arc<str> {
        &self.id
    }

    pub fn phase(&self) -> Phase {
        self.phase
    }

    pub fn is(&self, phase: Phase) -> bool {
        self.phase == phase
    }

    pub(crate) fn since_ms(&self) -> Option<i64> {
        self.since_ms
    }

    pub fn protocol_type(&self) -> Option<&str> {
        self.protocol_type.as_deref()
    }

    pub fn protocol(&self) -> Option<&str> {
        self.protocol.as_deref()
    }

    pub fn generation(&self) -> i32 {
        self.generation
    }

    pub fn leader(&self) -> Option<&MemberId> {
        self.leader.as_ref()
    }

    pub fn is_leader(&self, member: &str) -> bool {
        self.leader.as_deref() == Some(member)
    }

    pub fn members(&self) -> &BTreeMap<MemberId, Member> {
        &self.members
    }

    pub fn member(&self, id: &str) -> Option<&Member> {
        self.members.get(id)
    }

    pub fn has(&self, id: &str) -> bool {
        self.members.contains_key(id)
    }

    pub(crate) fn member_ids(&self) -> Vec<MemberId> {
        self.members.keys().cloned().collect()
    }

    /// The id under which the static member `instance` is known.
    pub(crate) fn static_member(&self, instance: &str) -> Option<&MemberId> {
        self.statics.get(instance)
    }

    pub fn is_pending(&self, id: &str) -> bool {
        self.pending.contains(id)
    }

    pub fn pending(&self) -> &BTreeSet<MemberId> {
        &self.pending
    }

    pub(crate) fn pending_sync(&self) -> &BTreeSet<MemberId> {
        &self.pending_sync
    }

    /// How many members wait for the answer to their JoinGroup.
    pub fn joining(&self) -> usize {
        self.joining
    }

    pub fn subscribed(&self) -> Option<&BTreeSet<String>> {
        self.subscribed.as_ref()
    }

    pub(crate) fn is_consumer_group(&self) -> bool {
        self.protocol_type() == Some(CONSUMER)
    }

    /// Whether a member reads `topic`; yes if that cannot be known.
    pub(crate) fn is_subscribed_to(&self, topic: &str) -> bool {
        self.subscribed.as_ref().is_none_or(|topics| topics.contains(topic))
    }

    pub(crate) fn new_member_added(&self) -> bool {
        self.new_member_added
    }

    pub(crate) fn join_window(&self) -> JoinWindow {
        self.join_window
    }

    pub fn offsets(&self) -> &Offsets {
        &self.offsets
    }

    /// The longest rebalance timeout among the members.
    pub fn rebalance_timeout_ms(&self) -> i64 {
        self.members.values().map(|m| i64::from(m.rebalance_timeout_ms)).max().unwrap_or(0)
    }

    pub(crate) fn all_members_joined(&self) -> bool {
        self.members.len() <= self.joining && self.pending.is_empty()
    }

    /// Whether a member that offers `protocols` of type `protocol_type` fits in.
    pub(crate) fn supports(&self, protocol_type: &str, protocols: &[Protocol]) -> bool {
        if self.phase == Phase::Empty {
            return !protocol_type.is_empty() && !protocols.is_empty();
        }
        let everybody = |name: &str| self.supported.get(name).is_some_and(|n| *n == self.members.len());
        self.protocol_type() == Some(protocol_type) && protocols.iter().any(|p| everybody(&p.name))
    }

    /// The protocol that gets most votes: each member votes for the first of its protocols that everybody offers.
    /// Of several with as many votes, the one that the leader prefers.
    pub(crate) fn elect_protocol(&self) -> Option<String> {
        let everybody = |name: &str| self.supported.get(name).is_some_and(|n| *n == self.members.len());
        let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
        for member in self.members.values() {
            if let Some(choice) = member.protocols.iter().find(|p| everybody(&p.name)) {
                *votes.entry(&choice.name).or_default() += 1;
            }
        }
        let most = votes.values().max()?;
        let leader = self.leader.as_ref().and_then(|id| self.members.get(id));
        let preferred = leader.and_then(|l| l.protocols.iter().find(|p| votes.get(p.name.as_str()) == Some(most)));
        let first = || votes.iter().find(|(_, n)| *n == most).map(|(name, _)| (*name).to_owned());
        preferred.map(|p| p.name.clone()).or_else(first)
    }

    /// What the members subscribe to under `protocol`.
    fn compute_subscribed(&self) -> Option<BTreeSet<String>> {
        if !self.is_consumer_group() {
            return None;
        }
        if self.members.is_empty() {
            return Some(BTreeSet::new());
        }
        let protocol = self.protocol.as_deref()?;
        subscription::topics(self.members.values().map(|m| m.metadata(protocol)))
    }
}
