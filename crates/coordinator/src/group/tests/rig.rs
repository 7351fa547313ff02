//! A shard, its log in memory, and a clock to turn.

use crate::{
    batch,
    group::{
        Client, GroupConfig, GroupReply, GroupRequest, GroupShard, Join,
        load::GroupLoader,
        state::{Group, Phase},
    },
    shard::{Effects, Input, Loader, Now, Shard, Ticket, Write},
};
use bytes::{Bytes, BytesMut};
use rkafka_base::Offset;
use rkafka_protocol::{
    ErrorCode, Message, Writer,
    messages::{
        ConsumerProtocolSubscription, HeartbeatRequest, JoinGroupRequest, JoinGroupResponse, LeaveGroupRequest,
        LeaveGroupResponse, OffsetCommitRequest, SyncGroupRequest, SyncGroupResponse,
        join_group_request::JoinGroupRequestProtocol,
        leave_group_request::MemberIdentity,
        offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic},
        offset_fetch_request::OffsetFetchRequestGroup,
        sync_group_request::SyncGroupRequestAssignment,
    },
    record::{Codec, patch},
};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

pub const GROUP: &str = "g";
pub const WALL: i64 = 1_700_000_000_000;

/// A shard in a test.
pub struct Rig {
    pub shard: GroupShard,
    pub config: Arc<GroupConfig>,
    pub now: Now,
    pub log: Vec<u8>,
    pub next_offset: i64,
    pub replies: BTreeMap<Ticket, GroupReply>,
    /// Writes whose outcome the shard has not been told, if `hold` is set.
    pub held: VecDeque<Write>,
    pub hold: bool,
    tickets: u64,
    ids: u64,
}

impl Rig {
    pub fn new(config: GroupConfig) -> Rig {
        let (config, now) = (Arc::new(config), Now { wall_ms: WALL, mono_ms: 0 });
        let (shard, _) = GroupLoader::new(0, Arc::clone(&config)).finish(now);
        let (replies, held) = (BTreeMap::new(), VecDeque::new());
        let (log, hold) = (Vec::new(), false);
        Rig { shard, config, now, log, next_offset: 0, replies, held, hold, tickets: 0, ids: 0 }
    }

    /// Kafka's defaults without the initial delay.
    pub fn prompt() -> Rig {
        Rig::new(GroupConfig { initial_rebalance_delay_ms: 0, ..GroupConfig::default() })
    }

    pub fn group(&self) -> &Group {
        self.shard.group(GROUP).expect("the group exists")
    }

    pub fn phase(&self) -> Phase {
        self.group().phase()
    }

    pub fn ask(&mut self, request: GroupRequest) -> Ticket {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        let effects = self.shard.handle(Input::Request(ticket, request), self.now);
        self.take(effects);
        ticket
    }

    pub fn take(&mut self, effects: Effects<GroupReply>) {
        for (ticket, reply) in effects.replies {
            assert!(self.replies.insert(ticket, reply).is_none(), "{ticket:?} is answered twice");
        }
        for write in effects.writes {
            self.held.push_back(write);
            if !self.hold {
                self.release(Ok(()));
            }
        }
    }

    /// Lets the oldest write that is held back reach the log, or fail.
    pub fn release(&mut self, outcome: Result<(), ErrorCode>) {
        let Some(write) = self.held.pop_front() else { return };
        let result = outcome.map(|()| self.append(&write));
        let effects = self.shard.handle(Input::Written(write.id, result), self.now);
        self.take(effects);
    }

    fn append(&mut self, write: &Write) -> Offset {
        let batch = batch::build(&write.records, write.base_sequence, Codec::None, self.now.wall_ms).expect("fits");
        let mut batch = BytesMut::from(&batch[..]);
        let at = Offset(self.next_offset);
        patch::base_offset(&mut batch, at);
        self.next_offset += write.records.len() as i64;
        self.log.extend_from_slice(&batch);
        at
    }

    /// What the log says now.
    pub fn replay(&self) -> GroupShard {
        let mut loader = GroupLoader::new(0, Arc::clone(&self.config));
        batch::load(Bytes::copy_from_slice(&self.log), &mut loader, |at, e| panic!("batch at {at}: {e}"))
            .expect("the log can be read");
        loader.finish(self.now).0
    }

    /// Forgets everything but the log.
    pub fn restart(&mut self) {
        self.held.clear();
        self.shard = self.replay();
    }

    /// Lets time pass, timer by timer.
    pub fn advance(&mut self, ms: i64) {
        let until = self.now.mono_ms + ms;
        while let Some(due) = self.shard.next_deadline().filter(|d| *d <= until) {
            self.turn_clock(due.max(self.now.mono_ms));
            let effects = self.shard.handle(Input::Tick, self.now);
            self.take(effects);
        }
        self.turn_clock(until);
    }

    fn turn_clock(&mut self, mono_ms: i64) {
        self.now = Now { wall_ms: self.now.wall_ms + mono_ms - self.now.mono_ms, mono_ms };
    }

    pub fn fresh_id(&mut self) -> String {
        self.ids += 1;
        format!("{:04}", self.ids)
    }

    pub fn join(&mut self, join: Join) -> Ticket {
        let fresh_id = self.fresh_id();
        self.ask(GroupRequest::Join(Join { fresh_id, ..join }))
    }

    pub fn joined(&mut self, ticket: Ticket) -> Option<JoinGroupResponse> {
        match self.replies.remove(&ticket)? {
            GroupReply::Join(response) => Some(response),
            other => panic!("{other:?} to a join"),
        }
    }

    pub fn sync(&mut self, member: &str, generation: i32, assignments: &[(&str, &str)]) -> Ticket {
        let one = |(member, assignment): &(&str, &str)| SyncGroupRequestAssignment {
            member_id: (*member).to_owned(),
            assignment: Bytes::copy_from_slice(assignment.as_bytes()),
            ..Default::default()
        };
        self.ask(GroupRequest::Sync(SyncGroupRequest {
            group_id: GROUP.into(),
            generation_id: generation,
            member_id: member.into(),
            assignments: assignments.iter().map(one).collect(),
            ..Default::default()
        }))
    }

    pub fn synced(&mut self, ticket: Ticket) -> Option<SyncGroupResponse> {
        match self.replies.remove(&ticket)? {
            GroupReply::Sync(response) => Some(response),
            other => panic!("{other:?} to a sync"),
        }
    }

    pub fn heartbeat(&mut self, member: &str, generation: i32) -> ErrorCode {
        let request = HeartbeatRequest {
            group_id: GROUP.into(),
            generation_id: generation,
            member_id: member.into(),
            ..Default::default()
        };
        let ticket = self.ask(GroupRequest::Heartbeat(request));
        match self.replies.remove(&ticket) {
            Some(GroupReply::Heartbeat(code)) => ErrorCode(code),
            other => panic!("{other:?} to a heartbeat"),
        }
    }

    pub fn leave(&mut self, member: &str, instance: Option<&str>) -> ErrorCode {
        let identity = MemberIdentity {
            member_id: member.into(),
            group_instance_id: instance.map(str::to_owned),
            ..Default::default()
        };
        let request =
            LeaveGroupRequest { group_id: GROUP.into(), members: vec![identity], ..LeaveGroupRequest::default() };
        let ticket = self.ask(GroupRequest::Leave(request));
        match self.replies.remove(&ticket) {
            Some(GroupReply::Leave(LeaveGroupResponse { members, error_code: 0, .. })) => {
                ErrorCode(members[0].error_code)
            }
            other => panic!("{other:?} to a leave"),
        }
    }

    pub fn commit(&mut self, member: &str, generation: i32, offsets: &[(&str, i32, i64)]) -> Ticket {
        let topic = |(topic, partition, offset): &(&str, i32, i64)| OffsetCommitRequestTopic {
            name: (*topic).to_owned(),
            partitions: vec![OffsetCommitRequestPartition {
                partition_index: *partition,
                committed_offset: *offset,
                ..Default::default()
            }],
            ..Default::default()
        };
        self.ask(GroupRequest::CommitOffsets(OffsetCommitRequest {
            group_id: GROUP.into(),
            generation_id_or_member_epoch: generation,
            member_id: member.into(),
            topics: offsets.iter().map(topic).collect(),
            ..Default::default()
        }))
    }

    pub fn committed(&mut self, ticket: Ticket) -> Option<ErrorCode> {
        match self.replies.remove(&ticket)? {
            GroupReply::CommitOffsets(response) => Some(ErrorCode(response.topics[0].partitions[0].error_code)),
            other => panic!("{other:?} to a commit"),
        }
    }

    /// All offsets of the group as (topic, partition, offset).
    pub fn offsets(&mut self) -> Vec<(String, i32, i64)> {
        let request = OffsetFetchRequestGroup { group_id: GROUP.into(), topics: None, ..Default::default() };
        let ticket = self.ask(GroupRequest::FetchOffsets { request, require_stable: false });
        let Some(GroupReply::FetchOffsets(response)) = self.replies.remove(&ticket) else { panic!("no offsets") };
        let all = response.topics.iter().flat_map(|t| t.partitions.iter().map(move |p| (t, p)));
        all.map(|(t, p)| (t.name.clone(), p.partition_index, p.committed_offset)).collect()
    }

    /// Brings these members into a stable generation. Gives their ids, the leader's first, and the generation.
    pub fn stable(&mut self, clients: &[&str]) -> (Vec<String>, i32) {
        let tickets: Vec<Ticket> = clients.iter().map(|c| self.join(consumer(c, &["t"]))).collect();
        self.advance(i64::from(self.config.initial_rebalance_delay_ms));
        // Members that came first have been through a generation of their own, if there is no initial delay.
        let mut responses: Vec<JoinGroupResponse> = tickets.into_iter().filter_map(|t| self.joined(t)).collect();
        responses.sort_by_key(|r| r.leader != r.member_id);
        assert_eq!(responses.len(), clients.len());
        let generation = responses[0].generation_id;
        let ids: Vec<String> = responses.into_iter().map(|r| r.member_id).collect();
        let assignments: Vec<(&str, &str)> = ids.iter().map(|id| (id.as_str(), id.as_str())).collect();
        for id in ids.iter().rev() {
            self.sync(id, generation, if *id == ids[0] { &assignments } else { &[] });
        }
        assert_eq!(self.phase(), Phase::Stable);
        self.replies.clear();
        (ids, generation)
    }
}

/// A JoinGroup of a consumer without an id, with one protocol and a session of ten seconds, that need not come twice.
pub fn consumer(client: &str, topics: &[&str]) -> Join {
    let protocol = JoinGroupRequestProtocol {
        name: "range".into(),
        metadata: subscription(topics),
        ..JoinGroupRequestProtocol::default()
    };
    Join {
        request: JoinGroupRequest {
            group_id: GROUP.into(),
            session_timeout_ms: 10_000,
            rebalance_timeout_ms: 60_000,
            protocol_type: "consumer".into(),
            protocols: vec![protocol],
            ..JoinGroupRequest::default()
        },
        client: Client { id: client.into(), host: "/127.0.0.1".into() },
        ..Join::default()
    }
}

/// The same under an id that it has been given.
pub fn again(join: Join, member: &str) -> Join {
    let request = JoinGroupRequest { member_id: member.into(), ..join.request };
    Join { request, ..join }
}

pub fn subscription(topics: &[&str]) -> Bytes {
    let mut writer = Writer::plain();
    writer.i16(0);
    let topics = topics.iter().map(|t| (*t).to_owned()).collect();
    ConsumerProtocolSubscription { topics, ..Default::default() }.encode(&mut writer, 0).expect("encodes");
    writer.into_bytes()
}
