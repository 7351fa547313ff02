//! How a leader's proposals for the in-sync set reach the controller, as `broker::isr_changes` brings them: one request
//! under way at a time, a proposal stays until it is answered or its partition has moved on.

use super::env::Timer;
use super::message::{Endpoint, Message};
use super::mutation::Mutation;
use super::process::{Ctx, Process};
use super::world::{TOPIC, TOPIC_ID};
use super::zookeeper::ZooKeeper;
use rkafka_base::{BrokerId, LeaderEpoch};
use rkafka_protocol::ErrorCode;
use rkafka_protocol::messages::alter_partition_request::{BrokerState, PartitionData, TopicData};
use rkafka_protocol::messages::{AlterPartitionRequest, AlterPartitionResponse};
use rkafka_registry::{LeaderAndIsr, paths};
use rkafka_replication::{IsrAnswer, IsrOutcome, IsrProposal};
use std::collections::BTreeMap;

/// Of AlterPartition.
pub const VERSION: i16 = 3;
const TIMEOUT_MS: i64 = 1_000;
const RETRY_MS: i64 = 100;

#[derive(Default)]
pub struct Proposals {
    waiting: BTreeMap<usize, IsrProposal>,
    in_flight: Option<u64>,
    /// What the request that is under way, or the last one, has asked for.
    sent: BTreeMap<usize, IsrProposal>,
}

impl Process {
    /// The timer's look at followers that lag.
    pub fn check_in_sync(&mut self, ctx: &mut Ctx) {
        for replica in self.replicas.iter().flatten() {
            replica.partition.check_isr(ctx.now());
        }
    }

    /// After each step: brings what partitions have proposed before the controller.
    pub fn propose(&mut self, ctx: &mut Ctx) {
        for (partition, proposal) in self.host.take_proposed() {
            ctx.env.touched.insert(partition);
            let (id, version) = (self.id, proposal.partition_epoch);
            ctx.env.note(|| format!("{id} proposes {:?} for {partition}, version {version}", proposal.isr));
            self.proposals.waiting.insert(partition, proposal.clone());
            self.send_proposals(ctx);
            if ctx.env.has(Mutation::AdvanceOverPendingShrink) {
                self.take_for_granted(ctx, partition, &proposal);
            }
        }
    }

    fn take_for_granted(&mut self, ctx: &Ctx, partition: usize, proposal: &IsrProposal) {
        let Some(replica) = &self.replicas[partition] else { return };
        let (leader_epoch, partition_epoch) = (proposal.leader_epoch, proposal.partition_epoch + 1);
        let granted = IsrAnswer::State { leader_epoch, partition_epoch, isr: proposal.isr.clone() };
        replica.partition.isr_answered(proposal, &granted, ctx.now());
    }

    fn send_proposals(&mut self, ctx: &mut Ctx) {
        let replicas = &self.replicas;
        self.proposals.waiting.retain(|partition, proposal| {
            replicas[*partition].as_ref().is_some_and(|replica| replica.partition.is_pending(proposal))
        });
        if self.proposals.in_flight.is_some() || self.proposals.waiting.is_empty() {
            return;
        }
        let call = ctx.env.call();
        self.proposals.in_flight = Some(call);
        let waiting = self.proposals.waiting.iter();
        let everybody = ctx.env.has(Mutation::JoinWithoutCatchingUp);
        let partitions = waiting.map(|(partition, proposal)| {
            let mut data = partition_data(*partition, proposal);
            if ctx.env.has(Mutation::ForgetBrokerEpochs) {
                data.new_isr_with_epochs.iter_mut().for_each(|member| member.broker_epoch = -1);
            }
            if everybody {
                let all = ctx.env.shape.assignment[*partition].iter();
                data.new_isr_with_epochs = all.map(|id| member(*id, -1)).collect();
            }
            data
        });
        self.proposals.sent = self.proposals.waiting.clone();
        let topic = TopicData { topic_id: TOPIC_ID, partitions: partitions.collect(), ..Default::default() };
        let request = AlterPartitionRequest {
            broker_id: self.id,
            broker_epoch: self.broker_epoch,
            topics: vec![topic],
            ..Default::default()
        };
        let sent = self.metadata.controller.is_some_and(|controller| {
            ctx.env.send(Endpoint::Broker(self.id), Endpoint::Broker(controller), Message::Alter { call, request })
        });
        let ms = if sent { TIMEOUT_MS } else { RETRY_MS };
        ctx.env.timer(ms, self.id, self.run, Timer::Alter { call });
    }

    pub fn alter_unanswered(&mut self, ctx: &mut Ctx, call: u64) {
        if self.proposals.in_flight == Some(call) {
            self.proposals.in_flight = None;
            self.send_proposals(ctx);
        }
    }

    /// The controller's side.
    pub fn asked_to_alter(&mut self, ctx: &mut Ctx, from: Endpoint, call: u64, request: AlterPartitionRequest) {
        if !self.ask_controller(from, call, request) {
            let response = AlterPartitionResponse { error_code: ErrorCode::NOT_CONTROLLER.0, ..Default::default() };
            ctx.env.send(self.endpoint(), from, Message::AlterAnswer { call, response });
        }
    }

    pub fn alter_answered(&mut self, ctx: &mut Ctx, call: u64, response: AlterPartitionResponse) {
        if self.proposals.in_flight != Some(call) {
            return;
        }
        if response.error_code != 0 {
            // The timer repeats it in a moment.
            ctx.env.timer(RETRY_MS, self.id, self.run, Timer::Alter { call });
            return;
        }
        self.proposals.in_flight = None;
        for answer in response.topics.iter().flat_map(|topic| &topic.partitions) {
            let partition = answer.partition_index as usize;
            let Some(proposal) = self.proposals.sent.remove(&partition) else { continue };
            if self.proposals.waiting.get(&partition) == Some(&proposal) {
                self.proposals.waiting.remove(&partition);
            }
            let answer = match ErrorCode(answer.error_code) {
                ErrorCode::NONE => IsrAnswer::State {
                    leader_epoch: LeaderEpoch(answer.leader_epoch),
                    partition_epoch: answer.partition_epoch,
                    isr: answer.isr.iter().copied().map(BrokerId).collect(),
                },
                code => IsrAnswer::Refused(code),
            };
            self.proposal_answered(ctx, partition, proposal, &answer);
        }
        if !self.proposals.waiting.is_empty() {
            let call = ctx.env.call();
            self.proposals.in_flight = Some(call);
            ctx.env.timer(RETRY_MS, self.id, self.run, Timer::Alter { call });
        }
    }

    fn proposal_answered(&mut self, ctx: &mut Ctx, partition: usize, proposal: IsrProposal, answer: &IsrAnswer) {
        let Some(replica) = &self.replicas[partition] else { return };
        let outcome = replica.partition.isr_answered(&proposal, answer, ctx.now());
        let id = self.id;
        ctx.env.note(|| format!("{id} hears of its proposal for {partition}: {answer:?}, {outcome:?}"));
        ctx.env.touched.insert(partition);
        if outcome == IsrOutcome::Retry {
            self.proposals.waiting.entry(partition).or_insert(proposal);
        }
    }
}

/// Makes proposals look as if they were made to the present state.
pub fn make_current(request: &mut AlterPartitionRequest, zk: &ZooKeeper) {
    for proposal in request.topics.iter_mut().flat_map(|topic| &mut topic.partitions) {
        if let Some(node) = zk.node(&paths::partition_state(TOPIC, proposal.partition_index)) {
            let state = LeaderAndIsr::decode(&node.data).expect("a partition's state");
            (proposal.leader_epoch, proposal.partition_epoch) = (state.leader_epoch, node.version);
        }
    }
}

fn member(broker_id: i32, broker_epoch: i64) -> BrokerState {
    BrokerState { broker_id, broker_epoch, ..Default::default() }
}

fn partition_data(partition: usize, proposal: &IsrProposal) -> PartitionData {
    let members = proposal.isr.iter().zip(&proposal.broker_epochs);
    PartitionData {
        partition_index: partition as i32,
        leader_epoch: proposal.leader_epoch.0,
        new_isr_with_epochs: members.map(|(id, epoch)| member(id.0, *epoch)).collect(),
        partition_epoch: proposal.partition_epoch,
        ..Default::default()
    }
}
