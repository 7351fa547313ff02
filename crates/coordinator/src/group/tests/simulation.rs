//! Many members that join, sync, commit, leave, fall silent and come back, in the order that a seed says, over a log that
//! is slow and sometimes fails. Whatever happens:
//! - a generation has one protocol, and its members' assignments are that generation's;
//! - generations only grow, and whoever waits is answered once, and in the end;
//! - what has been acknowledged is what a new coordinator reads from the log.

use super::rig::{GROUP, Rig, again, consumer, subscription};
use crate::{
    group::{
        GroupConfig, GroupShard, Join,
        state::{Group, Phase},
    },
    shard::Ticket,
};
use rkafka_protocol::ErrorCode;
use std::collections::BTreeMap;

const STEPS: usize = 3_000;
const MEMBERS: usize = 6;

/// One consumer process.
#[derive(Default)]
struct Actor {
    name: String,
    instance: Option<String>,
    member: String,
    generation: i32,
    leads: Vec<String>,
    doing: Doing,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Doing {
    #[default]
    Nothing,
    Joining(Ticket),
    Joined,
    Syncing(Ticket),
    Working,
    Committing(Ticket, i64),
}

struct World {
    rig: Rig,
    random: fastrand::Rng,
    actors: Vec<Actor>,
    /// Acknowledged commits.
    acknowledged: BTreeMap<i32, i64>,
    /// Counts commits; offsets grow with every one.
    next_offset: i64,
    generation: i32,
    protocols: BTreeMap<i32, String>,
    /// The group's last own record could not be written, so the log may be a generation behind.
    log_is_behind: bool,
}

impl World {
    fn new(seed: u64) -> World {
        let config = GroupConfig { initial_rebalance_delay_ms: 1_000, ..GroupConfig::default() };
        let mut rig = Rig::new(config);
        rig.hold = true;
        let actor = |n: usize| Actor {
            name: format!("c{n}"),
            instance: (n.is_multiple_of(3)).then(|| format!("i{n}")),
            ..Actor::default()
        };
        World {
            rig,
            random: fastrand::Rng::with_seed(seed),
            actors: (0..MEMBERS).map(actor).collect(),
            acknowledged: BTreeMap::new(),
            next_offset: 0,
            generation: 0,
            protocols: BTreeMap::new(),
            log_is_behind: false,
        }
    }

    fn step(&mut self) {
        match self.random.u32(0..100) {
            0..20 => self.release(),
            20..30 => {
                let ms = self.random.i64(0..4_000);
                self.rig.advance(ms);
            }
            30..32 => self.crash(),
            _ => {
                let who = self.random.usize(0..MEMBERS);
                self.act(who);
            }
        }
        self.check();
    }

    fn release(&mut self) {
        let fails = self.random.u32(0..20) == 0;
        let Some(write) = self.rig.held.front() else { return };
        let of_group = write.base_sequence == -1;
        if of_group {
            self.log_is_behind = fails;
        }
        self.rig.release(if fails { Err(ErrorCode::NOT_ENOUGH_REPLICAS) } else { Ok(()) });
    }

    /// The coordinator moves: everybody who waits hears nothing and tries again.
    fn crash(&mut self) {
        self.rig.restart();
        self.rig.replies.clear();
        self.log_is_behind = false;
        self.generation = self.rig.shard.group(GROUP).map_or(0, Group::generation);
        self.protocols.clear();
        for actor in &mut self.actors {
            actor.doing = Doing::Nothing;
        }
    }

    fn act(&mut self, who: usize) {
        match self.actors[who].doing {
            Doing::Nothing => self.join(who),
            Doing::Joining(ticket) => self.hear_join(who, ticket),
            Doing::Joined => self.sync(who),
            Doing::Syncing(ticket) => self.hear_sync(who, ticket),
            Doing::Working => self.work(who),
            Doing::Committing(ticket, offset) => self.hear_commit(who, ticket, offset),
        }
    }

    fn join(&mut self, who: usize) {
        let changes = self.random.u32(0..10) == 0;
        let actor = &self.actors[who];
        let mut join = again(consumer(&actor.name, &["t"]), &actor.member);
        join.request.group_instance_id = actor.instance.clone();
        if changes {
            join.request.protocols[0].metadata = subscription(&["t", "u"]);
        }
        let join = Join { require_known_member: actor.instance.is_none(), can_skip_assignment: true, ..join };
        self.actors[who].doing = Doing::Joining(self.rig.join(join));
    }

    fn hear_join(&mut self, who: usize, ticket: Ticket) {
        let Some(response) = self.rig.joined(ticket) else { return };
        let actor = &mut self.actors[who];
        match ErrorCode(response.error_code) {
            ErrorCode::NONE => {
                let protocol = response.protocol_name.expect("a generation has a protocol");
                let chosen = self.protocols.entry(response.generation_id).or_insert_with(|| protocol.clone());
                assert_eq!(*chosen, protocol, "two protocols in generation {}", response.generation_id);
                actor.leads = Vec::new();
                if response.leader == response.member_id && !response.skip_assignment {
                    assert!(!response.members.is_empty());
                    actor.leads = response.members.into_iter().map(|m| m.member_id).collect();
                }
                actor.member = response.member_id;
                actor.generation = response.generation_id;
                actor.doing = Doing::Joined;
            }
            ErrorCode::MEMBER_ID_REQUIRED => {
                actor.member = response.member_id;
                actor.doing = Doing::Nothing;
            }
            _ => self.start_over(who),
        }
    }

    fn start_over(&mut self, who: usize) {
        self.actors[who].member.clear();
        self.actors[who].doing = Doing::Nothing;
    }

    fn sync(&mut self, who: usize) {
        let Actor { member, generation, leads, .. } = &self.actors[who];
        let given: Vec<(String, String)> = leads.iter().map(|m| (m.clone(), format!("{generation}/{m}"))).collect();
        let given: Vec<(&str, &str)> = given.iter().map(|(m, a)| (m.as_str(), a.as_str())).collect();
        let (member, generation) = (member.clone(), *generation);
        self.actors[who].doing = Doing::Syncing(self.rig.sync(&member, generation, &given));
    }

    fn hear_sync(&mut self, who: usize, ticket: Ticket) {
        let Some(response) = self.rig.synced(ticket) else { return };
        let actor = &mut self.actors[who];
        match ErrorCode(response.error_code) {
            ErrorCode::NONE => {
                let assignment = String::from_utf8(response.assignment.to_vec()).expect("text");
                // A static member that came back keeps what it had under its old id.
                if actor.instance.is_none() {
                    assert_eq!(assignment, format!("{}/{}", actor.generation, actor.member));
                } else {
                    let generation = assignment.split('/').next();
                    assert_eq!(generation, Some(actor.generation.to_string()).as_deref());
                }
                actor.doing = Doing::Working;
            }
            ErrorCode::REBALANCE_IN_PROGRESS | ErrorCode::COORDINATOR_NOT_AVAILABLE => actor.doing = Doing::Nothing,
            _ => self.start_over(who),
        }
    }

    fn work(&mut self, who: usize) {
        let (member, generation) = (self.actors[who].member.clone(), self.actors[who].generation);
        match self.random.u32(0..20) {
            0 => {
                self.rig.leave(&member, None);
                self.start_over(who);
            }
            1 => self.start_over(who), // Gone without a word.
            2 => self.actors[who].doing = Doing::Nothing,
            3..8 => {
                self.next_offset += 1;
                let offset = self.next_offset;
                let partition = self.random.i32(0..4);
                let ticket =
                    self.rig.commit(&member, generation, &[("t", partition, offset * 4 + i64::from(partition))]);
                self.actors[who].doing = Doing::Committing(ticket, offset * 4 + i64::from(partition));
            }
            _ => match self.rig.heartbeat(&member, generation) {
                ErrorCode::NONE => {}
                ErrorCode::REBALANCE_IN_PROGRESS => self.actors[who].doing = Doing::Nothing,
                _ => self.start_over(who),
            },
        }
    }

    fn hear_commit(&mut self, who: usize, ticket: Ticket, offset: i64) {
        let Some(code) = self.rig.committed(ticket) else { return };
        if code == ErrorCode::NONE {
            let latest = self.acknowledged.entry((offset % 4) as i32).or_default();
            *latest = offset.max(*latest);
        }
        self.actors[who].doing = if code == ErrorCode::NONE { Doing::Working } else { Doing::Nothing };
    }

    fn check(&mut self) {
        let Some(group) = self.rig.shard.group(GROUP) else { return };
        assert!(group.generation() >= self.generation, "generations only grow");
        self.generation = group.generation();
        let waiting = group.members().values().filter(|m| m.join_ticket.is_some()).count();
        assert_eq!(waiting, group.joining());
        assert!(group.leader().is_none_or(|l| group.has(l)), "the leader is a member");
        assert_eq!(group.leader().is_none(), group.members().is_empty());
        if group.is(Phase::Stable) {
            for member in group.members().values() {
                let assignment = String::from_utf8_lossy(&member.assignment);
                let generation = assignment.split('/').next().map(str::to_owned);
                assert_eq!(generation, Some(group.generation().to_string()), "{} in {group:?}", member.id);
            }
        }
        for (partition, offset) in &self.acknowledged {
            let live = group.offsets().iter().find(|(p, _)| p.partition == *partition).map(|(_, o)| o.offset);
            assert!(live >= Some(*offset), "offset {offset} of partition {partition} is lost: {live:?}");
        }
    }

    /// With nothing on its way, the log says what the coordinator says.
    fn compare_with_log(&mut self) {
        while !self.rig.held.is_empty() {
            self.release();
        }
        self.check();
        let replayed = self.rig.replay();
        let (Some(live), Some(logged)) = (self.rig.shard.group(GROUP), replayed.group(GROUP)) else {
            // Only a group that has never been stable and keeps no offsets leaves no trace.
            let traceless = |g: &Group| g.offsets().is_empty() && !g.is(Phase::Stable);
            assert!(self.log_is_behind || self.rig.shard.group(GROUP).is_none_or(traceless));
            return;
        };
        let offsets = |g: &Group| g.offsets().iter().map(|(p, o)| (p.clone(), o.clone())).collect::<Vec<_>>();
        assert_eq!(offsets(live), offsets(logged));
        if self.log_is_behind || !matches!(live.phase(), Phase::Stable | Phase::Empty) {
            return;
        }
        let facts = |g: &Group| (g.phase(), g.generation(), g.leader().cloned(), g.protocol().map(str::to_owned));
        assert_eq!(facts(live), facts(logged));
        let members = |g: &Group| {
            let one = |m: &crate::group::state::Member| {
                (m.id.clone(), m.instance.clone(), m.assignment.clone(), m.session_timeout_ms)
            };
            g.members().values().map(one).collect::<Vec<_>>()
        };
        assert_eq!(members(live), members(logged));
        assert_eq!(live.subscribed(), logged.subscribed());
    }

    /// In the end everybody falls silent: the group empties and nobody is left waiting.
    fn finish(&mut self) {
        self.rig.hold = false;
        while !self.rig.held.is_empty() {
            self.rig.release(Ok(()));
        }
        self.rig.advance(1_000_000);
        let waiting: Vec<Ticket> = self
            .actors
            .iter()
            .filter_map(|a| match a.doing {
                Doing::Joining(t) | Doing::Syncing(t) | Doing::Committing(t, _) => Some(t),
                _ => None,
            })
            .collect();
        for ticket in waiting {
            assert!(self.rig.replies.contains_key(&ticket), "{ticket:?} is never answered");
        }
        let left = |s: &GroupShard| s.group(GROUP).map_or(0, |g| g.members().len() + g.pending().len());
        assert_eq!(left(&self.rig.shard), 0, "{:?}", self.rig.shard.group(GROUP));
    }
}

fn run(seed: u64) {
    let mut world = World::new(seed);
    for step in 0..STEPS {
        world.step();
        if step % 50 == 0 {
            world.compare_with_log();
        }
    }
    world.finish();
}

#[test]
fn members_come_and_go() {
    let seeds: Vec<u64> = match std::env::var("RKAFKA_SEED").ok().and_then(|s| s.parse().ok()) {
        Some(seed) => vec![seed],
        None => (0..60).collect(),
    };
    for seed in seeds {
        let outcome = std::panic::catch_unwind(|| run(seed));
        assert!(outcome.is_ok(), "seed {seed}: run again with RKAFKA_SEED={seed}");
    }
}
