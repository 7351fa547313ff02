//! Pure: the groups of one partition of `__consumer_offsets`. Finds or makes the group that a request is about, gives it
//! its turn, and removes groups that have died.

use super::{
    config::GroupConfig,
    describe, expiry,
    join::{self, Joining},
    membership, offset_commit, offset_fetch, rebalance, removal,
    request::{GroupReply, GroupRequest, Join},
    state::{Group, Phase},
    sync,
    turn::{Desk, TimerKey, Turn, join_error, sync_error},
    write::{self, Then, Writes},
};
use crate::{
    shard::{Effects, Input, Now, Shard, Ticket, WriteId},
    timers::Timers,
};
use rkafka_base::Offset;
use rkafka_protocol::{
    ErrorCode,
    messages::{
        LeaveGroupRequest, LeaveGroupResponse, OffsetCommitRequest, OffsetDeleteResponse,
        describe_groups_response::DescribedGroup, leave_group_response::MemberResponse,
        offset_fetch_response::OffsetFetchResponseGroup,
    },
};
use std::{collections::BTreeMap, sync::Arc};

/// The groups of one partition.
pub struct GroupShard {
    partition: i32,
    groups: BTreeMap<Arc<str>, Group>,
    desk: Desk,
}

type Out = Effects<GroupReply>;

impl GroupShard {
    /// The shard as its log left it. Members get a full session to show up in.
    pub fn loaded(
        partition: i32,
        config: Arc<GroupConfig>,
        groups: BTreeMap<Arc<str>, Group>,
        now: Now,
    ) -> (GroupShard, Out) {
        let max_size = config.max_size;
        let desk = Desk { config, timers: Timers::default(), writes: Writes::default() };
        let mut shard = GroupShard { partition, groups, desk };
        let mut out = Out::default();
        for id in shard.groups.keys().cloned().collect::<Vec<_>>() {
            shard.turn(&id, now, &mut out, |turn| {
                let group = turn.group();
                log::info!(
                    target: "kafka.coordinator.group.GroupCoordinator",
                    "Loading group metadata for {id} with generation {}", group.generation(),
                );
                if group.members().len() > max_size {
                    rebalance::prepare(turn, &format!("Freshly-loaded group is over capacity ({max_size})"));
                }
                turn.group().member_ids().iter().for_each(|m| turn.renew_session(m));
            });
        }
        shard.schedule_expiry(now);
        (shard, out)
    }

    pub fn partition(&self) -> i32 {
        self.partition
    }

    pub fn group(&self, id: &str) -> Option<&Group> {
        self.groups.get(id)
    }

    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.values()
    }

    fn schedule_expiry(&mut self, now: Now) {
        let at_ms = now.mono_ms.saturating_add(self.desk.config.retention_check_interval_ms.max(1));
        self.desk.timers.schedule(TimerKey::Expiry, at_ms);
    }

    /// Gives the group its turn, if there is such a group, and removes it if that was its last.
    fn turn(&mut self, id: &str, now: Now, out: &mut Out, act: impl FnOnce(&mut Turn)) -> bool {
        let Some(group) = self.groups.get_mut(id) else { return false };
        act(&mut Turn::new(group, &mut self.desk, out, now));
        if group.is(Phase::Dead) && !self.desk.writes.any_of(id) {
            self.groups.remove(id);
        }
        true
    }

    fn ensure(&mut self, id: &str, now: Now) {
        if !self.groups.contains_key(id) {
            let id: Arc<str> = id.into();
            self.groups.insert(id.clone(), Group::new(id, now.wall_ms));
        }
    }

    fn request(&mut self, ticket: Ticket, request: GroupRequest, now: Now, out: &mut Out) {
        match request {
            GroupRequest::Join(join) => self.join(ticket, join, now, out),
            GroupRequest::Sync(request) => {
                let id = request.group_id.clone();
                if !self.turn(&id, now, out, |turn| sync::sync(turn, ticket, request)) {
                    out.replies.push((ticket, GroupReply::Sync(sync_error(ErrorCode::UNKNOWN_MEMBER_ID))));
                }
            }
            GroupRequest::Heartbeat(request) => {
                if !self.turn(&request.group_id, now, out, |turn| membership::heartbeat(turn, ticket, &request)) {
                    out.replies.push((ticket, GroupReply::Heartbeat(ErrorCode::UNKNOWN_MEMBER_ID.0)));
                }
            }
            GroupRequest::Leave(request) => self.leave(ticket, request, now, out),
            GroupRequest::CommitOffsets(request) => self.commit(ticket, request, now, out),
            GroupRequest::FetchOffsets { request, require_stable } => {
                let group = self.groups.get(request.group_id.as_str());
                let reply = offset_fetch::fetch(group, request, require_stable);
                out.replies.push((ticket, GroupReply::FetchOffsets(reply)));
            }
            GroupRequest::Describe(id) => {
                let reply = GroupReply::Describe(describe::describe(&id, self.group(&id)));
                out.replies.push((ticket, reply));
            }
            GroupRequest::List(states) => {
                let groups = self.groups.values().filter_map(|g| describe::list(g, &states)).collect();
                out.replies.push((ticket, GroupReply::List(ErrorCode::NONE.0, groups)));
            }
            GroupRequest::Delete(id) => {
                if !self.turn(&id, now, out, |turn| removal::delete_group(turn, ticket)) {
                    out.replies.push((ticket, GroupReply::Delete(ErrorCode::GROUP_ID_NOT_FOUND.0)));
                }
            }
            GroupRequest::DeleteOffsets(request) => {
                let id = request.group_id.clone();
                if !self.turn(&id, now, out, |turn| removal::delete_offsets(turn, ticket, request)) {
                    let error_code = ErrorCode::GROUP_ID_NOT_FOUND.0;
                    let response = OffsetDeleteResponse { error_code, ..OffsetDeleteResponse::default() };
                    out.replies.push((ticket, GroupReply::DeleteOffsets(response)));
                }
            }
            GroupRequest::ForgetPartitions(gone) => {
                self.each(now, out, |turn| removal::forget_partitions(turn, &gone));
                out.replies.push((ticket, GroupReply::ForgetPartitions));
            }
        }
    }

    fn each(&mut self, now: Now, out: &mut Out, mut act: impl FnMut(&mut Turn)) {
        for id in self.groups.keys().cloned().collect::<Vec<_>>() {
            self.turn(&id, now, out, &mut act);
        }
    }

    fn join(&mut self, ticket: Ticket, join: Join, now: Now, out: &mut Out) {
        let config = &self.desk.config;
        let timeout_ms = join.request.session_timeout_ms;
        let member = join.request.member_id.clone();
        let mut refuse = |code| out.replies.push((ticket, GroupReply::Join(join_error(&member, code))));
        if !(config.min_session_timeout_ms..=config.max_session_timeout_ms).contains(&timeout_ms) {
            return refuse(ErrorCode::INVALID_SESSION_TIMEOUT);
        }
        let id = join.request.group_id.clone();
        if member.is_empty() {
            self.ensure(&id, now);
        } else if !self.groups.contains_key(id.as_str()) {
            // The member knows a group that we do not: it has to start anew.
            return refuse(ErrorCode::UNKNOWN_MEMBER_ID);
        }
        self.turn(&id, now, out, |turn| join::join(turn, Joining::new(ticket, join)));
    }

    fn leave(&mut self, ticket: Ticket, request: LeaveGroupRequest, now: Now, out: &mut Out) {
        if self.groups.contains_key(request.group_id.as_str()) {
            let id = request.group_id.clone();
            self.turn(&id, now, out, |turn| membership::leave(turn, ticket, request));
            return;
        }
        let unknown = |m: rkafka_protocol::messages::leave_group_request::MemberIdentity| MemberResponse {
            member_id: m.member_id,
            group_instance_id: m.group_instance_id,
            error_code: ErrorCode::UNKNOWN_MEMBER_ID.0,
            ..MemberResponse::default()
        };
        let members = request.members.into_iter().map(unknown).collect();
        let response = LeaveGroupResponse { members, ..LeaveGroupResponse::default() };
        out.replies.push((ticket, GroupReply::Leave(response)));
    }

    fn commit(&mut self, ticket: Ticket, request: OffsetCommitRequest, now: Now, out: &mut Out) {
        let id = request.group_id.clone();
        if request.generation_id_or_member_epoch < 0 {
            self.ensure(&id, now);
        } else if !self.groups.contains_key(id.as_str()) {
            let response = offset_commit::answer(&request, ErrorCode::ILLEGAL_GENERATION);
            return out.replies.push((ticket, GroupReply::CommitOffsets(response)));
        }
        self.turn(&id, now, out, |turn| offset_commit::commit(turn, ticket, request));
    }

    fn written(&mut self, id: WriteId, result: Result<Offset, ErrorCode>, now: Now, out: &mut Out) {
        if let Some((group, then)) = self.desk.writes.end(id) {
            self.turn(&group, now, out, |turn| write::written(turn, then, result));
        }
    }

    fn tick(&mut self, now: Now, out: &mut Out) {
        while let Some(key) = self.desk.timers.pop_due(now.mono_ms) {
            match key {
                TimerKey::Expiry => {
                    self.each(now, out, |turn| {
                        expiry::expire(turn);
                    });
                    self.schedule_expiry(now);
                }
                TimerKey::Join(group) => drop(self.turn(&group, now, out, rebalance::join_due)),
                TimerKey::Sync(group) => drop(self.turn(&group, now, out, rebalance::sync_due)),
                TimerKey::Session(group, member) => {
                    self.turn(&group, now, out, |turn| membership::session_due(turn, &member));
                }
                TimerKey::Pending(group, member) => {
                    self.turn(&group, now, out, |turn| membership::pending_due(turn, &member));
                }
            }
        }
    }
}

impl Shard for GroupShard {
    type Request = GroupRequest;
    type Reply = GroupReply;

    fn handle(&mut self, input: Input<GroupRequest>, now: Now) -> Out {
        let mut out = Out::default();
        match input {
            Input::Request(ticket, request) => self.request(ticket, request, now, &mut out),
            Input::Written(id, result) => self.written(id, result, now, &mut out),
            Input::Tick => self.tick(now, &mut out),
        }
        out
    }

    fn next_deadline(&self) -> Option<i64> {
        self.desk.timers.next_deadline()
    }

    fn unload(mut self) -> Out {
        let mut out = Out::default();
        for member in self.groups.values().flat_map(|g| g.members().values()) {
            if let Some(ticket) = member.join_ticket {
                let error = join_error(&member.id, ErrorCode::NOT_COORDINATOR);
                out.replies.push((ticket, GroupReply::Join(error)));
            }
            if let Some(ticket) = member.sync_ticket {
                out.replies.push((ticket, GroupReply::Sync(sync_error(ErrorCode::NOT_COORDINATOR))));
            }
        }
        for then in self.desk.writes.drain() {
            match then {
                Then::Commit { ticket, mut response, .. } => {
                    write::refuse_commit(&mut response, ErrorCode::NOT_COORDINATOR);
                    out.replies.push((ticket, GroupReply::CommitOffsets(response)));
                }
                Then::Remove { reply: Some((ticket, reply)), .. } => {
                    out.replies.push((ticket, removal::refuse(reply, ErrorCode::NOT_COORDINATOR)));
                }
                Then::Remove { reply: None, .. } | Then::Assign { .. } | Then::Emptied | Then::Returned(_) => {}
            }
        }
        out
    }

    fn refuse(request: GroupRequest, code: ErrorCode) -> GroupReply {
        let loading = code == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS;
        match request {
            GroupRequest::Join(join) => GroupReply::Join(join_error(&join.request.member_id, code)),
            // A group that is still being loaded has lost its rebalance. Older clients do not know the loading code here.
            GroupRequest::Sync(_) if loading => GroupReply::Sync(sync_error(ErrorCode::REBALANCE_IN_PROGRESS)),
            GroupRequest::Sync(_) => GroupReply::Sync(sync_error(code)),
            GroupRequest::Heartbeat(_) => GroupReply::Heartbeat(if loading { 0 } else { code.0 }),
            GroupRequest::Leave(_) => {
                GroupReply::Leave(LeaveGroupResponse { error_code: code.0, ..LeaveGroupResponse::default() })
            }
            GroupRequest::CommitOffsets(request) => GroupReply::CommitOffsets(offset_commit::answer(&request, code)),
            GroupRequest::FetchOffsets { request, .. } => GroupReply::FetchOffsets(OffsetFetchResponseGroup {
                group_id: request.group_id,
                error_code: code.0,
                ..OffsetFetchResponseGroup::default()
            }),
            GroupRequest::Describe(group_id) => GroupReply::Describe(DescribedGroup {
                error_code: code.0,
                group_id,
                authorized_operations: i32::MIN,
                ..DescribedGroup::default()
            }),
            GroupRequest::List(_) => GroupReply::List(code.0, Vec::new()),
            GroupRequest::Delete(_) => GroupReply::Delete(code.0),
            GroupRequest::DeleteOffsets(_) => GroupReply::DeleteOffsets(OffsetDeleteResponse {
                error_code: code.0,
                ..OffsetDeleteResponse::default()
            }),
            GroupRequest::ForgetPartitions(_) => GroupReply::ForgetPartitions,
        }
    }
}
