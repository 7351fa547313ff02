//! What a follower does: its fetcher's timers and messages, around what the product's fetcher makes of the answers
//! (`fetcher::apply`).

use super::env::Timer;
use super::message::{EndAnswer, Endpoint, Fetch, FetchAnswer, Fetched, Message};
use super::mutation::Mutation;
use super::process::{Ctx, Process};
use super::world::TOPIC_ID;
use rkafka_base::{LeaderEpoch, Offset};
use rkafka_log::EpochEndOffset;
use rkafka_protocol::messages::fetch_response::{EpochEndOffset as Diverging, PartitionData};
use rkafka_protocol::{ErrorCode, Records};
use rkafka_replication::fetch_state::{Answer, BeyondEnd, Question, Step};
use rkafka_replication::fetcher::apply::{Left, Times, answered, begin, cut};
use rkafka_replication::fetcher::{Following, Slot};
use std::sync::Arc;

/// How long a fetch may be without answer.
const FETCH_TIMEOUT_MS: i64 = 1_500;
/// `replica.fetch.backoff.ms`.
const MAX_BACKOFF_MS: i64 = 300;

fn times(ctx: &Ctx) -> Times {
    Times { now: ctx.now(), monotonic_ms: ctx.env.now, max_backoff_ms: MAX_BACKOFF_MS }
}

fn partition_data(partition: usize, answer: Result<Fetched, ErrorCode>) -> PartitionData {
    let (code, fetched) = match answer {
        Ok(fetched) => (ErrorCode::NONE, fetched),
        Err(code) => (code, Fetched::default()),
    };
    let (epoch, end_offset) = fetched.diverging.unwrap_or((-1, -1));
    PartitionData {
        partition_index: partition as i32,
        error_code: code.0,
        high_watermark: fetched.watermark,
        log_start_offset: 0,
        diverging_epoch: Diverging { epoch, end_offset, ..Default::default() },
        records: Some(Records::Bytes(fetched.records)),
        ..Default::default()
    }
}

impl Process {
    /// The controller has said whom to follow: begins anew.
    pub fn start_fetching(&mut self, ctx: &mut Ctx, number: usize) {
        let Some(replica) = &mut self.replicas[number] else { return };
        replica.turn += 1;
        replica.question = None;
        replica.follow = None;
        let partition = Arc::clone(&replica.partition);
        let leader_epoch = partition.leader_epoch();
        if partition.is_leader() || partition.leader().0 < 0 {
            return;
        }
        let state = begin(&partition, leader_epoch, ctx.now());
        ctx.look(number, partition.log());
        replica.follow = Some(Slot::new(Following { partition, topic_id: TOPIC_ID, leader_epoch }, state));
        let turn = replica.turn;
        ctx.env.timer(1, self.id, self.run, Timer::Fetch { partition: number, turn });
    }

    pub fn fetch(&mut self, ctx: &mut Ctx, partition: usize, turn: u64) {
        let Some(replica) = self.replicas[partition].as_mut().filter(|replica| replica.turn == turn) else { return };
        let Some(Slot { state, .. }) = &mut replica.follow else { return };
        if replica.question.take().is_some() {
            // No answer came.
            state.failed(ctx.env.now, MAX_BACKOFF_MS);
        }
        replica.turn += 1;
        let again = Timer::Fetch { partition, turn: replica.turn };
        let Some(question) = state.question(ctx.env.now) else {
            if !state.is_stopped() {
                ctx.env.timer(state.ready_at_ms() - ctx.env.now, self.id, self.run, again);
            }
            return;
        };
        let call = ctx.env.call();
        replica.question = Some((call, question));
        let fetch = Fetch {
            call,
            partition,
            replica: self.id,
            broker_epoch: self.broker_epoch,
            leader_epoch: question.leader_epoch.0,
            offset: question.offset.0,
            last_epoch: question.last_epoch.0,
        };
        let leader = Endpoint::Broker(replica.partition.leader().0);
        let sent = ctx.env.send(Endpoint::Broker(self.id), leader, Message::Fetch(fetch));
        ctx.env.timer(if sent { FETCH_TIMEOUT_MS } else { 1 }, self.id, self.run, again);
    }

    pub fn fetched(&mut self, ctx: &mut Ctx, from: Endpoint, answer: FetchAnswer) {
        let partition = answer.partition;
        let Some(replica) = &mut self.replicas[partition] else { return };
        let Some((_, asked)) = replica.question.take_if(|(call, _)| *call == answer.call) else { return };
        let Some(slot) = &mut replica.follow else { return };
        let data = partition_data(partition, answer.result);
        if !keeps_what_diverges(ctx, slot, &asked, &data) {
            let left = answered(slot, &asked, data, &times(ctx));
            ctx.look(partition, replica.partition.log());
            if matches!(left, Left::AskLogEnd) {
                let call = ctx.env.call();
                replica.question = Some((call, asked));
                let message = Message::AskEnd { call, partition, leader_epoch: asked.leader_epoch.0 };
                ctx.env.send(Endpoint::Broker(self.id), from, message);
            }
        }
        self.fetch_again(ctx, partition);
    }

    /// The leader's log end, for a follower whose offset the leader does not have (`fetcher::out_of_range`).
    pub fn end_told(&mut self, ctx: &mut Ctx, answer: EndAnswer) {
        let partition = answer.partition;
        let Some(replica) = &mut self.replicas[partition] else { return };
        if replica.question.take_if(|(call, _)| *call == answer.call).is_none() {
            return;
        }
        let Some(slot) = &mut replica.follow else { return };
        let epoch = slot.state.leader_epoch();
        match answer.result.map(|end| slot.state.leader_ends_at(Offset(end))) {
            Ok(beyond) => {
                let done = match beyond {
                    BeyondEnd::Truncate(offset) => slot.partition.truncate_as_follower(epoch, offset, ctx.now()),
                    // No log of the simulation loses its start: there is nothing to begin anew.
                    BeyondEnd::AskLogStart => Ok(()),
                };
                cut(slot, done, &times(ctx));
                ctx.look(partition, replica.partition.log());
            }
            Err(ErrorCode::FENCED_LEADER_EPOCH) => {
                slot.state.stop();
            }
            Err(_) => slot.state.failed(ctx.env.now, MAX_BACKOFF_MS),
        }
        self.fetch_again(ctx, partition);
    }

    /// The next question, as soon as it may be asked; the alarm for an absent answer is off.
    fn fetch_again(&mut self, ctx: &mut Ctx, partition: usize) {
        let Some(replica) = &mut self.replicas[partition] else { return };
        let Some(Slot { state, .. }) = &replica.follow else { return };
        replica.turn += 1;
        let wait = if replica.question.is_some() { FETCH_TIMEOUT_MS } else { state.ready_at_ms() - ctx.env.now };
        if !state.is_stopped() {
            ctx.env.timer(wait.max(1), self.id, self.run, Timer::Fetch { partition, turn: replica.turn });
        }
    }
}

/// Whether a follower that does not obey has gone on as if its leader had agreed with it.
fn keeps_what_diverges(ctx: &Ctx, slot: &mut Slot, asked: &Question, data: &PartitionData) -> bool {
    let (drops, keeps) = (ctx.env.has(Mutation::DropTruncation), ctx.env.has(Mutation::KeepEmptyEpochs));
    if data.diverging_epoch.epoch < 0 || !(drops || keeps) {
        return false;
    }
    let (leader_epoch, end_offset) = (LeaderEpoch(data.diverging_epoch.epoch), Offset(data.diverging_epoch.end_offset));
    let answer = Answer { error: ErrorCode::NONE, diverging: Some(EpochEndOffset { leader_epoch, end_offset }) };
    let partition = &slot.partition;
    let mut state = slot.state.clone();
    let step = state.answered(asked, &answer, &partition.log_view(), |epoch| partition.end_offset_for_epoch(epoch));
    match step {
        Step::Truncate(_) if drops => {
            let noted = partition.log().assign_epoch_start(asked.leader_epoch, partition.log().log_end());
            noted.expect("an epoch is noted");
            slot.state.appended(&slot.partition.log_view());
        }
        Step::Truncate(offset) if keeps && offset >= partition.log().log_end() => {
            slot.state.truncated(&slot.partition.log_view(), ctx.env.now, MAX_BACKOFF_MS);
        }
        _ => return false,
    }
    true
}
