//! Pure: a static member (KIP-345) that comes back without an id takes its old place under a new one.

use super::{
    join::{Joining, joined},
    rebalance, records,
    state::{Change, MemberId, Phase},
    turn::{TimerKey, Turn, join_error, sync_error},
    write::{Returned, Then},
};
use rkafka_base::Offset;
use rkafka_protocol::ErrorCode;
use std::sync::Arc;

/// Lets `id` take the place of `old`.
pub fn come_back(turn: &mut Turn, joining: Joining, old: &MemberId, id: MemberId) {
    let Some(before) = turn.group().member(old).cloned() else { return };
    let Some(instance) = before.instance.clone() else { return };
    log::info!(
        target: "kafka.coordinator.group.GroupCoordinator",
        "Static member with groupInstanceId={instance} and unknown member id joins group {} in {} state. Replacing \
         previously mapped member {old} with this groupInstanceId.",
        turn.group().id(), turn.group().phase().name(),
    );
    let leader_before = turn.group().leader().cloned();
    take_place(turn, &instance, old, &id);
    let request = &joining.join.request;
    turn.apply(Change::Update {
        id: id.clone(),
        protocols: joining.protocols.clone(),
        rebalance_timeout_ms: request.rebalance_timeout_ms,
        session_timeout_ms: request.session_timeout_ms,
    });
    turn.hold_join(&id, joining.ticket);
    let reason = joining.reason().to_owned();
    match turn.group().phase() {
        Phase::Stable if turn.group().elect_protocol().as_deref() == turn.group().protocol() => {
            let returned =
                Returned { instance, id, before, leader_before, can_skip_assignment: joining.join.can_skip_assignment };
            let record = records::group(turn.group(), None);
            turn.write([record], -1, Then::Returned(returned));
        }
        Phase::Stable => rebalance::maybe_prepare(
            turn,
            &format!(
                "Group's selectedProtocol will change because static member {id} with instance id {instance} joined \
                 with change of protocol; client reason: {reason}"
            ),
        ),
        // The leader may be assigning to the old id right now, and the new one would go without.
        Phase::CompletingRebalance => rebalance::prepare(
            turn,
            &format!("Updating metadata for static member {id} with instance id {instance}; client reason: {reason}"),
        ),
        Phase::PreparingRebalance | Phase::Empty | Phase::Dead => {}
    }
}

/// Moves the member from id `old` to `id`. Whoever still waits under the old id is fenced.
fn take_place(turn: &mut Turn, instance: &Arc<str>, old: &MemberId, id: &MemberId) {
    turn.answer_join(old, join_error(old, ErrorCode::FENCED_INSTANCE_ID));
    turn.answer_sync(old, sync_error(ErrorCode::FENCED_INSTANCE_ID));
    turn.apply(Change::Rename { instance: instance.clone(), id: id.clone() });
    turn.cancel(&TimerKey::Session(turn.group().id().clone(), old.clone()));
    turn.renew_session(id);
}

/// The new id is in the log, or could not be written.
pub fn returned(turn: &mut Turn, returned: Returned, result: Result<Offset, ErrorCode>) {
    let Returned { instance, id, before, leader_before, can_skip_assignment } = returned;
    match result {
        Err(code) => {
            let mut response = joined(turn.group(), "", false);
            response.error_code = code.0;
            response.leader = leader_before.map(|l| l.to_string()).unwrap_or_default();
            turn.answer_join(&id, response);
            if turn.group().static_member(&instance) == Some(&id) {
                turn.apply(Change::Update {
                    id: id.clone(),
                    protocols: before.protocols,
                    rebalance_timeout_ms: before.rebalance_timeout_ms,
                    session_timeout_ms: before.session_timeout_ms,
                });
                take_place(turn, &instance, &id, &before.id);
            }
            if turn.group().is(Phase::PreparingRebalance) {
                rebalance::try_complete_join(turn);
            }
        }
        // A rebalance has begun meanwhile; it will answer.
        Ok(_) if !turn.group().is(Phase::Stable) => {}
        Ok(_) if can_skip_assignment => {
            let leads = turn.group().is_leader(&id);
            let mut response = joined(turn.group(), &id, leads);
            response.skip_assignment = leads;
            turn.answer_join(&id, response);
        }
        // Before version 9 a leader cannot be told to skip: naming the old leader keeps it from assigning.
        Ok(_) => {
            let mut response = joined(turn.group(), &id, false);
            response.leader = leader_before.map(|l| l.to_string()).unwrap_or_default();
            turn.answer_join(&id, response);
        }
    }
}
