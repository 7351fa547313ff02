//! Pure: staying in a group and leaving it: Heartbeat, LeaveGroup, and sessions that end.

use super::{
    rebalance,
    request::GroupReply,
    state::{MemberId, Phase},
    turn::Turn,
};
use crate::shard::Ticket;
use rkafka_protocol::{
    ErrorCode,
    messages::{
        HeartbeatRequest, LeaveGroupRequest, LeaveGroupResponse, leave_group_request::MemberIdentity,
        leave_group_response::MemberResponse,
    },
};

const TARGET: &str = "kafka.coordinator.group.GroupCoordinator";

/// Handles a Heartbeat.
pub fn heartbeat(turn: &mut Turn, ticket: Ticket, request: &HeartbeatRequest) {
    let instance = request.group_instance_id.as_deref();
    let code = match turn.check_generation(&request.member_id, instance, request.generation_id) {
        Err(code) => code,
        Ok(_) if turn.group().is(Phase::Empty) => ErrorCode::UNKNOWN_MEMBER_ID,
        Ok(member) => {
            turn.renew_session(&member);
            if turn.group().is(Phase::PreparingRebalance) { ErrorCode::REBALANCE_IN_PROGRESS } else { ErrorCode::NONE }
        }
    };
    turn.reply(ticket, GroupReply::Heartbeat(code.0));
}

/// Handles a LeaveGroup of one or several members.
pub fn leave(turn: &mut Turn, ticket: Ticket, request: LeaveGroupRequest) {
    let response = if turn.group().is(Phase::Dead) {
        LeaveGroupResponse { error_code: ErrorCode::COORDINATOR_NOT_AVAILABLE.0, ..LeaveGroupResponse::default() }
    } else {
        let members = request.members.into_iter().map(|m| leave_one(turn, m)).collect();
        LeaveGroupResponse { members, ..LeaveGroupResponse::default() }
    };
    turn.reply(ticket, GroupReply::Leave(response));
}

fn leave_one(turn: &mut Turn, leaving: MemberIdentity) -> MemberResponse {
    let instance = leaving.group_instance_id.as_deref();
    let reason = leaving.reason.as_deref().unwrap_or("not provided");
    let id: MemberId = leaving.member_id.as_str().into();
    let code = if id.is_empty() {
        // An administrator removes a static member by its instance id.
        match instance.and_then(|i| turn.group().static_member(i)).cloned() {
            Some(id) => depart(turn, &id, reason),
            None => ErrorCode::UNKNOWN_MEMBER_ID,
        }
    } else if turn.group().is_pending(&id) {
        forget_pending(turn, &id);
        ErrorCode::NONE
    } else {
        match turn.check_member(&id, instance) {
            Ok(_) => depart(turn, &id, reason),
            Err(code) => code,
        }
    };
    MemberResponse {
        member_id: leaving.member_id,
        group_instance_id: leaving.group_instance_id,
        error_code: code.0,
        ..MemberResponse::default()
    }
}

fn depart(turn: &mut Turn, id: &MemberId, reason: &str) -> ErrorCode {
    remove(turn, id, &format!("Removing member {id} on LeaveGroup; client reason: {reason}"));
    let group = turn.group().id();
    log::info!(
        target: TARGET,
        "Member {id} has left group {group} through explicit `LeaveGroup`; client reason: {reason}",
    );
    ErrorCode::NONE
}

fn forget_pending(turn: &mut Turn, id: &MemberId) {
    turn.remove(id);
    if turn.group().is(Phase::PreparingRebalance) {
        rebalance::try_complete_join(turn);
    }
}

/// Takes a member out and rebalances the others.
fn remove(turn: &mut Turn, id: &MemberId, reason: &str) {
    turn.remove(id);
    match turn.group().phase() {
        Phase::Dead | Phase::Empty => {}
        Phase::Stable | Phase::CompletingRebalance => rebalance::maybe_prepare(turn, reason),
        Phase::PreparingRebalance => rebalance::try_complete_join(turn),
    }
}

/// A member has not been heard of for its session timeout.
pub fn session_due(turn: &mut Turn, id: &MemberId) {
    let Some(member) = turn.group().member(id) else { return };
    if turn.group().is(Phase::Dead) || member.is_excused_from_heartbeats() {
        return;
    }
    let group = turn.group().id();
    log::info!(target: TARGET, "Member {id} in group {group} has failed, removing it from the group");
    remove(turn, id, &format!("removing member {id} on heartbeat expiration"));
}

/// An id that was handed out has not come back in time.
pub fn pending_due(turn: &mut Turn, id: &MemberId) {
    if turn.group().is_pending(id) {
        let group = turn.group().id();
        log::info!(
            target: TARGET,
            "Pending member {id} in group {group} has been removed after session timeout expiration.",
        );
        forget_pending(turn, id);
    }
}
