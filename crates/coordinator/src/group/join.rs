//! Pure: JoinGroup. Decides whether somebody is let in, under which id, and whether that calls for a rebalance.

use super::{
    rebalance,
    request::{GroupReply, Join},
    state::{Change, Group, Member, MemberId, Phase, Protocol},
    static_member,
    turn::{TimerKey, Turn, join_error},
};
use crate::shard::Ticket;
use bytes::Bytes;
use rkafka_protocol::{
    ErrorCode, MAX_STRING,
    messages::{JoinGroupResponse, join_group_response::JoinGroupResponseMember},
    text,
};
use std::sync::Arc;

/// How long somebody new may wait to be let in. It has no session yet, and if its connection is gone it would otherwise
/// hold up every rebalance until the longest rebalance timeout.
pub const NEW_MEMBER_TIMEOUT_MS: i64 = 5 * 60 * 1_000;

/// How many bytes of metadata one member may have, over all its protocols. They stay until it leaves, and the leader gets
/// those of all; a group's record is far smaller (`max.message.bytes` of the offsets topic).
const MAX_METADATA: usize = 4 << 20;

/// A JoinGroup on its way through the decisions.
pub struct Joining {
    pub ticket: Ticket,
    pub protocols: Vec<Protocol>,
    pub join: Join,
}

impl Joining {
    pub fn new(ticket: Ticket, mut join: Join) -> Joining {
        let protocols = std::mem::take(&mut join.request.protocols);
        // A member's metadata outlives the frame that it came in, so it must not hold on to it.
        let own = |metadata: Bytes| Bytes::copy_from_slice(&metadata);
        let protocols = protocols.into_iter().map(|p| Protocol { name: p.name, metadata: own(p.metadata) }).collect();
        Joining { ticket, protocols, join }
    }

    pub fn reason(&self) -> &str {
        self.join.request.reason.as_deref().filter(|r| !r.is_empty()).unwrap_or("not provided")
    }

    fn refuse(self, turn: &mut Turn, member: &str, code: ErrorCode) {
        turn.reply(self.ticket, GroupReply::Join(join_error(member, code)));
    }
}

/// Handles a JoinGroup whose session timeout has been checked.
pub fn join(turn: &mut Turn, joining: Joining) {
    let member: MemberId = joining.join.request.member_id.as_str().into();
    if joining.protocols.iter().map(|p| p.name.len() + p.metadata.len()).sum::<usize>() > MAX_METADATA {
        joining.refuse(turn, &member, ErrorCode::INVALID_REQUEST);
    } else if !has_room(turn.group(), &member, turn.config().max_size) {
        turn.remove(&member);
        joining.refuse(turn, "", ErrorCode::GROUP_MAX_SIZE_REACHED);
    } else if turn.group().is(Phase::Dead) {
        joining.refuse(turn, &member, ErrorCode::COORDINATOR_NOT_AVAILABLE);
    } else if !turn.group().supports(&joining.join.request.protocol_type, &joining.protocols) {
        joining.refuse(turn, &member, ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
    } else if member.is_empty() {
        newcomer(turn, joining);
    } else if turn.group().is_pending(&member) {
        add(turn, joining, member);
    } else {
        match turn.check_member(&member, joining.join.request.group_instance_id.as_deref()) {
            Ok(_) => rejoin(turn, joining, &member),
            Err(code) => joining.refuse(turn, &member, code),
        }
    }
    if turn.group().is(Phase::PreparingRebalance) {
        rebalance::try_complete_join(turn);
    }
}

/// Whether `group.max.size` lets this member in. While a rebalance gathers members it counts those that have come.
fn has_room(group: &Group, member: &str, max_size: usize) -> bool {
    match group.phase() {
        Phase::Empty | Phase::Dead => true,
        Phase::PreparingRebalance => {
            group.member(member).is_some_and(|m| m.join_ticket.is_some()) || group.joining() < max_size
        }
        Phase::CompletingRebalance | Phase::Stable => group.has(member) || group.members().len() < max_size,
    }
}

fn newcomer(turn: &mut Turn, joining: Joining) {
    let instance = joining.join.request.group_instance_id.clone();
    let id = fresh_id(instance.as_deref().unwrap_or(&joining.join.client.id), &joining.join.fresh_id);
    match instance {
        Some(instance) => match turn.group().static_member(&instance).cloned() {
            Some(old) => static_member::come_back(turn, joining, &old, id),
            None => add(turn, joining, id),
        },
        None if joining.join.require_known_member => {
            log::info!(
                target: "kafka.coordinator.group.GroupCoordinator",
                "Dynamic member with unknown member id joins group {} in {} state. Created a new member id {id} and \
                 request the member to rejoin with this id.",
                turn.group().id(), turn.group().phase().name(),
            );
            turn.apply(Change::AddPending(id.clone()));
            let key = TimerKey::Pending(turn.group().id().clone(), id.clone());
            turn.schedule(key, i64::from(joining.join.request.session_timeout_ms));
            joining.refuse(turn, &id, ErrorCode::MEMBER_ID_REQUIRED);
        }
        None => add(turn, joining, id),
    }
}

/// A new member's id: what it calls itself, and a random part. The id goes into answers and into the group's record, so
/// a name that leaves no room for the random part is cut.
fn fresh_id(name: &str, random: &str) -> MemberId {
    let room = MAX_STRING.saturating_sub(random.len() + 1);
    format!("{}-{random}", text::cut(name, room)).into()
}

/// Takes somebody new in and rebalances.
fn add(turn: &mut Turn, joining: Joining, id: MemberId) {
    let reason = format!(
        "Adding new member {id} with group instance id {}; client reason: {}",
        joining.join.request.group_instance_id.as_deref().unwrap_or("null"),
        joining.reason(),
    );
    let Joining { ticket, protocols, join } = joining;
    let member = Member {
        id: id.clone(),
        instance: join.request.group_instance_id.as_deref().map(Arc::from),
        client_id: join.client.id,
        client_host: join.client.host,
        rebalance_timeout_ms: join.request.rebalance_timeout_ms,
        session_timeout_ms: join.request.session_timeout_ms,
        protocol_type: join.request.protocol_type,
        protocols,
        assignment: Bytes::new(),
        is_new: true,
        join_ticket: Some(ticket),
        sync_ticket: None,
    };
    if turn.group().is(Phase::PreparingRebalance) && turn.group().generation() == 0 {
        turn.apply(Change::NewMemberAdded(true));
    }
    turn.apply(Change::Add(member));
    turn.cancel(&TimerKey::Pending(turn.group().id().clone(), id.clone()));
    turn.schedule_session(&id, NEW_MEMBER_TIMEOUT_MS);
    rebalance::maybe_prepare(turn, &reason);
}

/// A member that the group knows joins again.
fn rejoin(turn: &mut Turn, joining: Joining, id: &MemberId) {
    let group = turn.group();
    let same = group.member(id).is_some_and(|m| m.matches(&joining.protocols));
    let leads = group.is_leader(id);
    match group.phase() {
        Phase::PreparingRebalance => update(turn, joining, id, "joining group"),
        // It has perhaps missed the answer: nothing changes, so it gets it again.
        Phase::CompletingRebalance if same => current(turn, joining, id, leads),
        Phase::CompletingRebalance => update(turn, joining, id, "updating metadata"),
        // The leader may have seen changes that its subscription does not show, such as new partitions.
        Phase::Stable if leads => update(turn, joining, id, "leader re-joining group"),
        Phase::Stable if same => current(turn, joining, id, false),
        Phase::Stable => update(turn, joining, id, "updating metadata"),
        Phase::Empty | Phase::Dead => joining.refuse(turn, id, ErrorCode::UNKNOWN_MEMBER_ID),
    }
}

fn current(turn: &mut Turn, joining: Joining, id: &MemberId, with_members: bool) {
    let response = joined(turn.group(), id, with_members);
    turn.reply(joining.ticket, GroupReply::Join(response));
}

fn update(turn: &mut Turn, joining: Joining, id: &MemberId, what: &str) {
    let reason =
        format!("Member {id} {what} during {}; client reason: {}", turn.group().phase().name(), joining.reason());
    let request = &joining.join.request;
    turn.apply(Change::Update {
        id: id.clone(),
        rebalance_timeout_ms: request.rebalance_timeout_ms,
        session_timeout_ms: request.session_timeout_ms,
        protocols: joining.protocols,
    });
    turn.hold_join(id, joining.ticket);
    rebalance::maybe_prepare(turn, &reason);
}

/// The answer that lets `member` into the current generation. The leader gets everybody's subscriptions.
pub fn joined(group: &Group, member: &str, with_members: bool) -> JoinGroupResponse {
    let protocol = group.protocol().unwrap_or_default();
    let entry = |m: &Member| JoinGroupResponseMember {
        member_id: m.id.to_string(),
        group_instance_id: m.instance.as_deref().map(str::to_owned),
        metadata: m.metadata(protocol),
        ..JoinGroupResponseMember::default()
    };
    JoinGroupResponse {
        generation_id: group.generation(),
        protocol_type: group.protocol_type().map(str::to_owned),
        protocol_name: group.protocol().map(str::to_owned),
        leader: group.leader().map(ToString::to_string).unwrap_or_default(),
        member_id: member.to_owned(),
        members: if with_members { group.members().values().map(entry).collect() } else { Vec::new() },
        ..JoinGroupResponse::default()
    }
}
