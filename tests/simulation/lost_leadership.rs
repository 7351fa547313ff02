//! How a leader notices that somebody else was elected in its place although nobody has told it, as
//! `broker::lost_leadership` does.

use super::process::{Ctx, Process};
use super::session::User;
use super::world::TOPIC;
use super::zookeeper::{Answer, Call};
use rkafka_protocol::messages::leader_and_isr_request::LeaderAndIsrPartitionState;
use rkafka_registry::{LeaderAndIsr, paths};
use std::time::Duration;

/// How often the followers are looked at.
pub const EVERY_MS: i64 = 500;
/// For how long a follower is silent before ZooKeeper is asked.
pub const PATIENCE_MS: i64 = 1_000;

impl Process {
    pub fn look_for_successors(&mut self, ctx: &mut Ctx) {
        if !self.doubtful.is_empty() || self.zk.session.is_none() || !ctx.env.looks_for_successors() {
            return;
        }
        let (now, patience) = (ctx.now(), Duration::from_millis(PATIENCE_MS as u64));
        let misses = |(number, replica): (usize, &Option<super::replica::Replica>)| {
            replica.as_ref().is_some_and(|replica| replica.partition.misses_follower(now, patience)).then_some(number)
        };
        self.doubtful = self.replicas.iter().enumerate().filter_map(misses).collect();
        let reads = self.doubtful.iter().map(|number| {
            let path = paths::partition_state(TOPIC, *number as i32);
            Call::Get { path, watch: false }
        });
        let reads: Vec<Call> = reads.collect();
        if !reads.is_empty() {
            self.zk.call(ctx.env, self.id, self.run, User::LostLeadership, reads);
        }
    }

    pub fn told_who_leads(&mut self, ctx: &mut Ctx, answers: Vec<Answer>) {
        for (number, answer) in std::mem::take(&mut self.doubtful).into_iter().zip(answers) {
            let Answer::Node(Some(node)) = answer else { continue };
            let state = LeaderAndIsr::decode(&node.data).expect("a partition's state");
            let Some(replica) = &self.replicas[number] else { continue };
            if state.leader == self.id || state.leader_epoch <= replica.partition.leader_epoch().0 {
                continue;
            }
            let replicas = replica.partition.assigned().into_iter().map(|broker| broker.0).collect();
            let id = self.id;
            ctx.env.note(|| format!("{id} learns that {} leads {number} in its place", state.leader));
            let order = LeaderAndIsrPartitionState {
                partition_index: number as i32,
                controller_epoch: state.controller_epoch,
                leader: state.leader,
                leader_epoch: state.leader_epoch,
                isr: state.isr,
                partition_epoch: node.version,
                replicas,
                ..Default::default()
            };
            // What has failed since is looked at again.
            let _ = self.become_leader_or_follower(ctx, &order);
        }
    }
}
