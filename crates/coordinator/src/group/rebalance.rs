//! Pure: a rebalance from its first cause to the next generation.

use super::{
    join::joined,
    records,
    state::{Change, JoinWindow, MemberId, Phase},
    sync,
    turn::{TimerKey, Turn},
    write::Then,
};
use rkafka_base::Offset;
use rkafka_protocol::ErrorCode;
use std::collections::BTreeMap;

const TARGET: &str = "kafka.coordinator.group.GroupCoordinator";

/// Begins a rebalance unless one is gathering members already.
pub fn maybe_prepare(turn: &mut Turn, reason: &str) {
    if matches!(turn.group().phase(), Phase::Empty | Phase::Stable | Phase::CompletingRebalance) {
        prepare(turn, reason);
    }
}

/// Begins a rebalance: everybody has to join again.
pub fn prepare(turn: &mut Turn, reason: &str) {
    if turn.group().is(Phase::CompletingRebalance) {
        sync::fail_waiting(turn, ErrorCode::REBALANCE_IN_PROGRESS);
    }
    turn.apply(Change::ClearSyncs);
    turn.cancel(&TimerKey::Sync(turn.group().id().clone()));
    let timeout_ms = turn.group().rebalance_timeout_ms();
    let delay_ms = i64::from(turn.config().initial_rebalance_delay_ms);
    // The first member of a group is usually followed by others: waiting a little saves a rebalance for each.
    let (window, wait_ms) = if turn.group().is(Phase::Empty) {
        (JoinWindow::Initial { remaining_ms: (timeout_ms - delay_ms).max(0) }, delay_ms)
    } else {
        (JoinWindow::AllMembers, timeout_ms)
    };
    turn.enter(Phase::PreparingRebalance);
    log::info!(
        target: TARGET,
        "Preparing to rebalance group {} in state PreparingRebalance with old generation {} (reason: {reason})",
        turn.group().id(), turn.group().generation(),
    );
    turn.apply(Change::Window(window));
    turn.schedule(TimerKey::Join(turn.group().id().clone()), wait_ms);
    try_complete_join(turn);
}

/// Ends the joining phase if everybody is here. The initial delay is always waited for.
pub fn try_complete_join(turn: &mut Turn) {
    let group = turn.group();
    if group.is(Phase::PreparingRebalance)
        && group.join_window() == JoinWindow::AllMembers
        && group.all_members_joined()
    {
        complete_join(turn);
    }
}

/// The joining phase has lasted as long as it may.
pub fn join_due(turn: &mut Turn) {
    if !turn.group().is(Phase::PreparingRebalance) {
        return;
    }
    if let JoinWindow::Initial { remaining_ms } = turn.group().join_window()
        && turn.group().new_member_added()
        && remaining_ms > 0
    {
        let delay_ms = i64::from(turn.config().initial_rebalance_delay_ms).min(remaining_ms);
        turn.apply(Change::NewMemberAdded(false));
        turn.apply(Change::Window(JoinWindow::Initial { remaining_ms: remaining_ms - delay_ms }));
        turn.schedule(TimerKey::Join(turn.group().id().clone()), delay_ms);
        return;
    }
    complete_join(turn);
}

/// Drops the dynamic members that have not come and forms the next generation of those that have.
fn complete_join(turn: &mut Turn) {
    drop_absent(turn);
    elect_joined_leader(turn);
    let group = turn.group();
    let leader_is_here = group.leader().and_then(|l| group.member(l)).is_some_and(|l| l.join_ticket.is_some());
    if !leader_is_here && !group.members().is_empty() {
        // Only static members are left, and none has come: wait for one, or for their sessions to end.
        log::error!(target: TARGET, "Group {} could not complete rebalance because no members rejoined", group.id());
        let timeout_ms = group.rebalance_timeout_ms();
        turn.apply(Change::Window(JoinWindow::AllMembers));
        turn.schedule(TimerKey::Join(turn.group().id().clone()), timeout_ms);
        return;
    }
    turn.cancel(&TimerKey::Join(turn.group().id().clone()));
    turn.apply(Change::NewMemberAdded(false));
    let protocol = turn.group().elect_protocol();
    turn.apply(Change::NextGeneration(protocol, turn.now().wall_ms));
    let (id, generation) = (turn.group().id().clone(), turn.group().generation());
    if turn.group().is(Phase::Empty) {
        log::info!(target: TARGET, "Group {id} with generation {generation} is now empty");
        let record = records::group(turn.group(), Some(&BTreeMap::new()));
        turn.write([record], -1, Then::Emptied);
        return;
    }
    let members = turn.group().member_ids();
    log::info!(target: TARGET, "Stabilized group {id} generation {generation} with {} members", members.len());
    members.iter().for_each(|member| admit(turn, member));
    let timeout_ms = turn.group().rebalance_timeout_ms();
    turn.schedule(TimerKey::Sync(id), timeout_ms);
}

fn drop_absent(turn: &mut Turn) {
    let absent = |m: &&super::state::Member| m.join_ticket.is_none() && !m.is_static();
    let absent: Vec<MemberId> = turn.group().members().values().filter(absent).map(|m| m.id.clone()).collect();
    if !absent.is_empty() {
        let id = turn.group().id();
        log::info!(target: TARGET, "Group {id} removed dynamic members who haven't joined: {absent:?}");
        absent.iter().for_each(|member| turn.remove(member));
    }
}

/// A leader that has not come back cannot assign: somebody who is here takes over.
fn elect_joined_leader(turn: &mut Turn) {
    let group = turn.group();
    let here = |id: &MemberId| group.member(id).is_some_and(|m| m.join_ticket.is_some());
    if group.leader().is_some_and(|l| !here(l))
        && let Some(other) = group.members().keys().find(|id| here(id)).cloned()
    {
        turn.apply(Change::Lead(other));
    }
}

fn admit(turn: &mut Turn, member: &MemberId) {
    let leads = turn.group().is_leader(member);
    let response = joined(turn.group(), member, leads);
    turn.answer_join(member, response);
    turn.renew_session(member);
    turn.apply(Change::Admit(member.clone()));
}

/// Members that never asked for their assignment have had the whole rebalance timeout for it: they go.
pub fn sync_due(turn: &mut Turn) {
    let pending: Vec<MemberId> = turn.group().pending_sync().iter().cloned().collect();
    let waits = matches!(turn.group().phase(), Phase::CompletingRebalance | Phase::Stable);
    if pending.is_empty() || !waits {
        return;
    }
    pending.iter().for_each(|member| turn.remove(member));
    prepare(turn, &format!("Removing {pending:?} on pending sync request expiration"));
}

/// The record of an empty generation is written or lost. If it is lost, a new coordinator finds the generation before,
/// whose members will time out.
pub fn emptied(turn: &mut Turn, result: Result<Offset, ErrorCode>) {
    if let Err(code) = result {
        let id = turn.group().id();
        log::warn!(target: TARGET, "Failed to write empty metadata for group {id}: {code}");
    }
}
