//! Pure: SyncGroup. The leader brings the assignment, it is written to the log, and then everybody gets theirs.

use super::{
    rebalance, records,
    request::GroupReply,
    state::{Change, MemberId, Phase},
    turn::{Turn, sync_error},
    write::Then,
};
use crate::shard::Ticket;
use bytes::Bytes;
use rkafka_base::Offset;
use rkafka_protocol::{
    ErrorCode,
    messages::{SyncGroupRequest, SyncGroupResponse},
};
use std::collections::BTreeMap;

const TARGET: &str = "kafka.coordinator.group.GroupCoordinator";

/// Handles a SyncGroup.
pub fn sync(turn: &mut Turn, ticket: Ticket, request: SyncGroupRequest) {
    match check(turn, &request) {
        Ok(member) => sync_member(turn, ticket, request, &member),
        Err(code) => turn.reply(ticket, GroupReply::Sync(sync_error(code))),
    }
}

fn check(turn: &Turn, request: &SyncGroupRequest) -> Result<MemberId, ErrorCode> {
    let instance = request.group_instance_id.as_deref();
    let member = turn.check_generation(&request.member_id, instance, request.generation_id)?;
    let differs = |asked: &Option<String>, is: Option<&str>| asked.as_deref().is_some_and(|a| Some(a) != is);
    let group = turn.group();
    if differs(&request.protocol_type, group.protocol_type()) || differs(&request.protocol_name, group.protocol()) {
        return Err(ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
    }
    Ok(member)
}

fn sync_member(turn: &mut Turn, ticket: Ticket, request: SyncGroupRequest, member: &MemberId) {
    match turn.group().phase() {
        Phase::Empty | Phase::Dead => {
            turn.reply(ticket, GroupReply::Sync(sync_error(ErrorCode::UNKNOWN_MEMBER_ID)));
        }
        Phase::PreparingRebalance => {
            turn.reply(ticket, GroupReply::Sync(sync_error(ErrorCode::REBALANCE_IN_PROGRESS)));
        }
        Phase::CompletingRebalance => {
            turn.hold_sync(member, ticket);
            turn.apply(Change::SyncReceived(member.clone()));
            if turn.group().is_leader(member) {
                propose(turn, request);
            }
        }
        Phase::Stable => {
            turn.apply(Change::SyncReceived(member.clone()));
            let response = assignment(turn, member);
            turn.reply(ticket, GroupReply::Sync(response));
            turn.renew_session(member);
        }
    }
}

/// Writes the leader's assignment. Members that it forgot get an empty one.
fn propose(turn: &mut Turn, request: SyncGroupRequest) {
    let group = turn.group();
    let (id, generation) = (group.id(), group.generation());
    log::info!(
        target: TARGET,
        "Assignment received from leader {} for group {id} for generation {generation}. The group has {} members, {} of \
         which are static.",
        request.member_id, group.members().len(), group.members().values().filter(|m| m.is_static()).count(),
    );
    let given: BTreeMap<String, Bytes> = request.assignments.into_iter().map(|a| (a.member_id, a.assignment)).collect();
    // Assignments outlive the frame that they came in, so they must not hold on to it.
    let own = |member: &MemberId| given.get(&**member).map(|a| Bytes::copy_from_slice(a)).unwrap_or_default();
    let of = |member: &MemberId| (member.clone(), own(member));
    let assignments: BTreeMap<MemberId, Bytes> = group.members().keys().map(of).collect();
    let record = records::group(group, Some(&assignments));
    turn.write([record], -1, Then::Assign { generation, assignments });
}

/// The assignment is in the log, or could not be written. If another rebalance has begun, it is void.
pub fn assignment_written(
    turn: &mut Turn,
    generation: i32,
    assignments: BTreeMap<MemberId, Bytes>,
    result: Result<Offset, ErrorCode>,
) {
    if !turn.group().is(Phase::CompletingRebalance) || turn.group().generation() != generation {
        return;
    }
    match result {
        Ok(_) => {
            turn.apply(Change::Assign(assignments));
            turn.enter(Phase::Stable);
            for member in turn.group().member_ids() {
                let response = assignment(turn, &member);
                if turn.answer_sync(&member, response) {
                    turn.renew_session(&member);
                }
            }
        }
        Err(code) => {
            fail_waiting(turn, code);
            rebalance::maybe_prepare(turn, &format!("Error {} when storing group assignment", code.name()));
        }
    }
}

/// Voids all assignments and answers every waiting SyncGroup with `code`.
pub fn fail_waiting(turn: &mut Turn, code: ErrorCode) {
    turn.apply(Change::Assign(BTreeMap::new()));
    for member in turn.group().member_ids() {
        if turn.answer_sync(&member, sync_error(code)) {
            turn.renew_session(&member);
        }
    }
}

fn assignment(turn: &Turn, member: &MemberId) -> SyncGroupResponse {
    let group = turn.group();
    SyncGroupResponse {
        protocol_type: group.protocol_type().map(str::to_owned),
        protocol_name: group.protocol().map(str::to_owned),
        assignment: group.member(member).map(|m| m.assignment.clone()).unwrap_or_default(),
        ..SyncGroupResponse::default()
    }
}
