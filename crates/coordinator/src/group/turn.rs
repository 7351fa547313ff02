//! Pure: one turn on one group. The deciding files get this instead of the shard: they read the group, apply changes,
//! answer, start writes and set timers, and can do nothing else.

use super::{
    config::GroupConfig,
    records,
    request::GroupReply,
    state::{Change, Group, Member, MemberId, Phase},
    write::{self, Then, Writes},
};
use crate::{
    shard::{Effects, Now, Ticket},
    timers::Timers,
};
use rkafka_protocol::{
    ErrorCode,
    messages::{JoinGroupResponse, SyncGroupResponse},
};
use std::sync::Arc;

/// What can become due.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TimerKey {
    /// Look for expired offsets and groups.
    Expiry,
    /// The joining phase of a group's rebalance ends.
    Join(Arc<str>),
    /// Members of the group had time enough to ask for their assignments.
    Sync(Arc<str>),
    /// A member's session ends unless it has been heard of.
    Session(Arc<str>, MemberId),
    /// An id that was handed out has not been used.
    Pending(Arc<str>, MemberId),
}

/// The surroundings of a turn: everything of the shard that is not a group.
pub struct Desk {
    pub config: Arc<GroupConfig>,
    pub timers: Timers<TimerKey>,
    pub writes: Writes,
}

/// One turn on one group.
pub struct Turn<'a> {
    group: &'a mut Group,
    desk: &'a mut Desk,
    effects: &'a mut Effects<GroupReply>,
    now: Now,
}

impl<'a> Turn<'a> {
    pub fn new(group: &'a mut Group, desk: &'a mut Desk, effects: &'a mut Effects<GroupReply>, now: Now) -> Turn<'a> {
        Turn { group, desk, effects, now }
    }

    pub fn group(&self) -> &Group {
        self.group
    }

    pub fn config(&self) -> &GroupConfig {
        &self.desk.config
    }

    pub fn now(&self) -> Now {
        self.now
    }

    pub fn apply(&mut self, change: Change) {
        self.group.apply(change);
    }

    pub fn enter(&mut self, phase: Phase) {
        self.apply(Change::Enter(phase, self.now.wall_ms));
    }

    pub fn reply(&mut self, ticket: Ticket, reply: GroupReply) {
        self.effects.replies.push((ticket, reply));
    }

    /// Sets the timer `key` to `delay_ms` from now.
    pub fn schedule(&mut self, key: TimerKey, delay_ms: i64) {
        self.desk.timers.schedule(key, self.now.mono_ms.saturating_add(delay_ms.max(0)));
    }

    pub(crate) fn cancel(&mut self, key: &TimerKey) {
        self.desk.timers.cancel(key);
    }

    /// Starts a write; `then` says what happens when it is committed or has failed. What cannot be encoded has failed.
    pub fn write(&mut self, records: impl IntoIterator<Item = records::Encoded>, base_sequence: i32, then: Then) {
        let group = self.group.id().clone();
        match records.into_iter().collect() {
            Ok(records) => self.effects.writes.push(self.desk.writes.begin(group, records, base_sequence, then)),
            Err(error) => {
                log::error!(target: "kafka.coordinator.group.GroupMetadataManager",
                    "A record of group {group} cannot be written: {error}");
                write::written(self, then, Err(ErrorCode::UNKNOWN_SERVER_ERROR));
            }
        }
    }

    /// Gives `member` a full session from now on.
    pub(crate) fn renew_session(&mut self, member: &MemberId) {
        if let Some(timeout_ms) = self.group.member(member).map(|m| m.session_timeout_ms) {
            self.schedule_session(member, i64::from(timeout_ms));
        }
    }

    pub(crate) fn schedule_session(&mut self, member: &MemberId, timeout_ms: i64) {
        self.schedule(TimerKey::Session(self.group.id().clone(), member.clone()), timeout_ms);
    }

    /// Takes a member out, with its timers. If it waits for an answer, that tells it to join anew.
    pub fn remove(&mut self, member: &MemberId) {
        self.answer_join(member, join_error("", ErrorCode::UNKNOWN_MEMBER_ID));
        self.answer_sync(member, sync_error(ErrorCode::UNKNOWN_MEMBER_ID));
        self.apply(Change::Remove(member.clone()));
        self.cancel(&TimerKey::Session(self.group.id().clone(), member.clone()));
        self.cancel(&TimerKey::Pending(self.group.id().clone(), member.clone()));
    }

    /// Answers the member's JoinGroup if it waits for one. Says whether it did.
    pub(crate) fn answer_join(&mut self, member: &MemberId, response: JoinGroupResponse) -> bool {
        let Some(ticket) = self.group.member(member).and_then(|m| m.join_ticket) else { return false };
        self.apply(Change::AwaitJoin(member.clone(), None));
        self.reply(ticket, GroupReply::Join(response));
        true
    }

    /// Answers the member's SyncGroup if it waits for one. Says whether it did.
    pub(crate) fn answer_sync(&mut self, member: &MemberId, response: SyncGroupResponse) -> bool {
        let Some(ticket) = self.group.member(member).and_then(|m| m.sync_ticket) else { return false };
        self.apply(Change::AwaitSync(member.clone(), None));
        self.reply(ticket, GroupReply::Sync(response));
        true
    }

    /// Lets the member wait for the answer to its JoinGroup. One that waits already came over a connection that the
    /// member has given up; it gets an answer that would make it try again.
    pub(crate) fn hold_join(&mut self, member: &MemberId, ticket: Ticket) {
        let retry = join_error(member, ErrorCode::REBALANCE_IN_PROGRESS);
        self.answer_join(member, retry);
        self.apply(Change::AwaitJoin(member.clone(), Some(ticket)));
    }

    /// Likewise for SyncGroup.
    pub(crate) fn hold_sync(&mut self, member: &MemberId, ticket: Ticket) {
        self.answer_sync(member, sync_error(ErrorCode::REBALANCE_IN_PROGRESS));
        self.apply(Change::AwaitSync(member.clone(), Some(ticket)));
    }

    /// The check that every request of a member passes: its static instance is not another member's by now, and the
    /// group knows its id.
    pub(crate) fn check_member(&self, member: &str, instance: Option<&str>) -> Result<&Member, ErrorCode> {
        if let Some(instance) = instance {
            match self.group.static_member(instance) {
                Some(current) if **current != *member => return Err(ErrorCode::FENCED_INSTANCE_ID),
                Some(_) => {}
                None => return Err(ErrorCode::UNKNOWN_MEMBER_ID),
            }
        }
        self.group.member(member).ok_or(ErrorCode::UNKNOWN_MEMBER_ID)
    }

    /// The same, of a live group and for the current generation.
    pub(crate) fn check_generation(
        &self,
        member: &str,
        instance: Option<&str>,
        generation: i32,
    ) -> Result<MemberId, ErrorCode> {
        if self.group.is(Phase::Dead) {
            return Err(ErrorCode::COORDINATOR_NOT_AVAILABLE);
        }
        let member = self.check_member(member, instance)?.id.clone();
        if generation == self.group.generation() { Ok(member) } else { Err(ErrorCode::ILLEGAL_GENERATION) }
    }
}

/// A JoinGroup's refusal.
pub fn join_error(member: &str, code: ErrorCode) -> JoinGroupResponse {
    JoinGroupResponse {
        error_code: code.0,
        generation_id: -1,
        protocol_name: None,
        member_id: member.to_owned(),
        ..JoinGroupResponse::default()
    }
}

/// A SyncGroup's refusal.
pub fn sync_error(code: ErrorCode) -> SyncGroupResponse {
    SyncGroupResponse { error_code: code.0, ..SyncGroupResponse::default() }
}
