//! Pure: the changes that a group can undergo. Applying them is the only code that alters a group.

use super::{CommittedOffset, Group, JoinWindow, Member, MemberId, Phase, Protocol};
use crate::shard::Ticket;
use bytes::Bytes;
use rkafka_base::{Offset, TopicPartition};
use std::{collections::BTreeMap, sync::Arc};

/// One change of a group.
#[derive(Clone, Debug)]
pub enum Change {
    /// Enters a phase at a wall-clock time.
    Enter(Phase, i64),
    Add(Member),
    Remove(MemberId),
    Update {
        id: MemberId,
        protocols: Vec<Protocol>,
        rebalance_timeout_ms: i32,
        session_timeout_ms: i32,
    },
    /// The static member `instance` goes on under another id.
    Rename {
        instance: Arc<str>,
        id: MemberId,
    },
    AwaitJoin(MemberId, Option<Ticket>),
    AwaitSync(MemberId, Option<Ticket>),
    AddPending(MemberId),
    Lead(MemberId),
    /// The next generation begins at a wall-clock time, with this protocol if there are members.
    NextGeneration(Option<String>, i64),
    /// The member has been told of its generation and owes a SyncGroup.
    Admit(MemberId),
    SyncReceived(MemberId),
    ClearSyncs,
    /// Everybody's assignment; members that are not named get an empty one.
    Assign(BTreeMap<MemberId, Bytes>),
    Window(JoinWindow),
    NewMemberAdded(bool),
    /// Commits for these partitions are on their way to the log.
    BeginCommit(Vec<TopicPartition>),
    /// They have arrived, or failed.
    EndCommit(Vec<TopicPartition>),
    Commit(TopicPartition, CommittedOffset),
    /// A commit within a transaction of this producer id that has not ended.
    CommitInTransaction(i64, TopicPartition, CommittedOffset),
    /// A tombstone at this offset of the log.
    Forget(TopicPartition, Offset),
    /// What a record says about the group's last stable state.
    Restore(Restored),
}

/// A group as its record in the log tells it.
#[derive(Clone, Debug)]
pub struct Restored {
    pub protocol_type: Option<String>,
    pub protocol: Option<String>,
    pub generation: i32,
    pub leader: Option<MemberId>,
    pub since_ms: Option<i64>,
    pub members: Vec<Member>,
}

impl Group {
    /// Applies one change. A change that names an unknown member alters nothing.
    pub fn apply(&mut self, change: Change) {
        match change {
            Change::Enter(phase, at_ms) => self.enter(phase, at_ms),
            Change::Add(member) => self.add(member),
            Change::Remove(id) => self.remove(&id),
            Change::Update { id, protocols, rebalance_timeout_ms, session_timeout_ms } => {
                self.update(&id, protocols, rebalance_timeout_ms, session_timeout_ms);
            }
            Change::Rename { instance, id } => self.rename(&instance, id),
            Change::AwaitJoin(id, ticket) => self.hold_join(&id, ticket),
            Change::AwaitSync(id, ticket) => {
                if let Some(member) = self.members.get_mut(&id) {
                    member.sync_ticket = ticket;
                }
            }
            Change::AddPending(id) => drop(self.pending.insert(id)),
            Change::Lead(id) => self.leader = Some(id),
            Change::NextGeneration(protocol, at_ms) => self.next_generation(protocol, at_ms),
            Change::Admit(id) => self.admit(id),
            Change::SyncReceived(id) => drop(self.pending_sync.remove(&id)),
            Change::ClearSyncs => self.pending_sync.clear(),
            Change::Assign(mut assignments) => {
                for member in self.members.values_mut() {
                    member.assignment = assignments.remove(&member.id).unwrap_or_default();
                }
            }
            Change::Window(window) => self.join_window = window,
            Change::NewMemberAdded(added) => self.new_member_added = added,
            Change::BeginCommit(partitions) => partitions.into_iter().for_each(|p| self.offsets.begin(p)),
            Change::EndCommit(partitions) => partitions.iter().for_each(|p| self.offsets.end(p)),
            Change::Commit(partition, offset) => self.offsets.put(partition, offset),
            Change::CommitInTransaction(producer, partition, offset) => self.offsets.open(producer, partition, offset),
            Change::Forget(partition, at) => self.offsets.remove(&partition, at),
            Change::Restore(restored) => self.restore(restored),
        }
        self.debug_check();
    }

    /// What the counts and the lists beside the members always say of them.
    fn debug_check(&self) {
        let joining = || self.members.values().filter(|member| member.join_ticket.is_some()).count();
        debug_assert_eq!(self.joining, joining(), "{}: so many members wait for the next generation", self.id);
        debug_assert!(
            self.pending_sync.iter().chain(self.statics.values()).all(|id| self.members.contains_key(id)),
            "{}: {:?} and {:?} are members",
            self.id,
            self.pending_sync,
            self.statics
        );
    }

    fn enter(&mut self, phase: Phase, at_ms: i64) {
        self.phase = phase;
        self.since_ms = Some(at_ms);
    }

    fn count_protocols(supported: &mut BTreeMap<String, usize>, member: &Member, add: bool) {
        for (at, protocol) in member.protocols.iter().enumerate() {
            if member.protocols[..at].iter().any(|p| p.name == protocol.name) {
                continue;
            }
            let count = supported.entry(protocol.name.clone()).or_default();
            *count = if add { *count + 1 } else { count.saturating_sub(1) };
            if *count == 0 {
                supported.remove(&protocol.name);
            }
        }
    }

    fn add(&mut self, member: Member) {
        if self.members.is_empty() {
            self.protocol_type = Some(member.protocol_type.clone());
        }
        if let Some(instance) = &member.instance {
            self.statics.insert(instance.clone(), member.id.clone());
        }
        if self.leader.is_none() {
            self.leader = Some(member.id.clone());
        }
        self.pending.remove(&member.id);
        Group::count_protocols(&mut self.supported, &member, true);
        self.joining += usize::from(member.join_ticket.is_some());
        self.members.insert(member.id.clone(), member);
    }

    fn remove(&mut self, id: &MemberId) {
        if let Some(member) = self.members.remove(id) {
            Group::count_protocols(&mut self.supported, &member, false);
            self.joining -= usize::from(member.join_ticket.is_some());
            if let Some(instance) = &member.instance {
                self.statics.remove(instance);
            }
        }
        if self.is_leader(id) {
            self.leader = self.members.keys().next().cloned();
        }
        self.pending.remove(id);
        self.pending_sync.remove(id);
    }

    fn update(&mut self, id: &MemberId, protocols: Vec<Protocol>, rebalance_timeout_ms: i32, session_timeout_ms: i32) {
        if let Some(member) = self.members.get_mut(id) {
            Group::count_protocols(&mut self.supported, member, false);
            member.protocols = protocols;
            member.rebalance_timeout_ms = rebalance_timeout_ms;
            member.session_timeout_ms = session_timeout_ms;
            Group::count_protocols(&mut self.supported, member, true);
        }
        // A static member may come back with another subscription and not cause a new generation.
        if self.phase == Phase::Stable {
            self.subscribed = self.compute_subscribed();
        }
    }

    fn rename(&mut self, instance: &Arc<str>, id: MemberId) {
        let Some(old) = self.statics.get(instance).cloned() else { return };
        let Some(mut member) = self.members.remove(&old) else { return };
        self.joining -= usize::from(member.join_ticket.take().is_some());
        member.sync_ticket = None;
        member.id = id.clone();
        if self.is_leader(&old) {
            self.leader = Some(id.clone());
        }
        if self.pending_sync.remove(&old) {
            self.pending_sync.insert(id.clone());
        }
        self.statics.insert(instance.clone(), id.clone());
        self.members.insert(id, member);
    }

    fn hold_join(&mut self, id: &MemberId, ticket: Option<Ticket>) {
        let Some(member) = self.members.get_mut(id) else { return };
        self.joining -= usize::from(member.join_ticket.is_some());
        self.joining += usize::from(ticket.is_some());
        member.join_ticket = ticket;
    }

    fn next_generation(&mut self, protocol: Option<String>, at_ms: i64) {
        self.generation = self.generation.checked_add(1).unwrap_or(1);
        self.protocol = protocol;
        self.subscribed = self.compute_subscribed();
        self.pending_sync.clear();
        let phase = if self.members.is_empty() { Phase::Empty } else { Phase::CompletingRebalance };
        self.enter(phase, at_ms);
    }

    fn admit(&mut self, id: MemberId) {
        if let Some(member) = self.members.get_mut(&id) {
            member.is_new = false;
            self.pending_sync.insert(id);
        }
    }

    fn restore(&mut self, restored: Restored) {
        self.members.clear();
        self.supported.clear();
        self.statics.clear();
        restored.members.into_iter().for_each(|m| self.add(m));
        self.protocol_type = restored.protocol_type;
        self.protocol = restored.protocol;
        self.generation = restored.generation;
        self.leader = restored.leader;
        self.since_ms = restored.since_ms;
        self.phase = if self.members.is_empty() { Phase::Empty } else { Phase::Stable };
        self.subscribed = self.compute_subscribed();
    }
}
