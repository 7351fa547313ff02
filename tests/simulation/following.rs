//! What a follower does: asks its leader as `FetchState` says, appends, and cuts off what diverges.

use super::disk::ReplicaLog;
use super::env::Timer;
use super::message::{EndAnswer, Endpoint, Fetch, FetchAnswer, Fetched, Message};
use super::mutation::Mutation;
use super::process::{Ctx, Process};
use rkafka_base::{LeaderEpoch, Offset};
use rkafka_log::EpochEndOffset;
use rkafka_protocol::ErrorCode;
use rkafka_replication::fetch_state::{Answer, BeyondEnd, FetchState, LogView, Step};

/// How long a fetch may be without answer.
const FETCH_TIMEOUT_MS: i64 = 1_500;
/// `replica.fetch.backoff.ms`.
const MAX_BACKOFF_MS: i64 = 300;

fn view(log: &ReplicaLog, watermark: i64) -> LogView {
    LogView {
        start: Offset(0),
        end: Offset(log.end()),
        high_watermark: Offset(watermark),
        latest_epoch: log.epochs.latest(),
    }
}

impl Process {
    /// The controller has said whom to follow: begins anew.
    pub fn start_fetching(&mut self, ctx: &mut Ctx, partition: usize) {
        let (Some(replica), Some(log)) = (&mut self.replicas[partition], &mut ctx.disk[partition]) else { return };
        replica.turn += 1;
        replica.question = None;
        replica.follow = None;
        if replica.state.is_leader() || replica.state.leader().0 < 0 {
            return;
        }
        let (state, cut) = FetchState::begin(replica.state.leader_epoch(), &view(log, replica.watermark));
        replica.follow = Some(state);
        if let Some(offset) = cut {
            log.truncate_to(offset.0);
            ctx.env.touched.insert(partition);
        }
        let turn = replica.turn;
        ctx.env.timer(1, self.id, self.run, Timer::Fetch { partition, turn });
    }

    pub fn fetch(&mut self, ctx: &mut Ctx, partition: usize, turn: u64) {
        let Some(replica) = self.replicas[partition].as_mut().filter(|replica| replica.turn == turn) else { return };
        let Some(state) = &mut replica.follow else { return };
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
        let leader = Endpoint::Broker(replica.state.leader().0);
        let sent = ctx.env.send(Endpoint::Broker(self.id), leader, Message::Fetch(fetch));
        ctx.env.timer(if sent { FETCH_TIMEOUT_MS } else { 1 }, self.id, self.run, again);
    }

    pub fn fetched(&mut self, ctx: &mut Ctx, from: Endpoint, answer: FetchAnswer) {
        let partition = answer.partition;
        let (Some(replica), Some(log)) = (&mut self.replicas[partition], &mut ctx.disk[partition]) else { return };
        let Some((_, asked)) = replica.question.take_if(|(call, _)| *call == answer.call) else { return };
        let Some(state) = &mut replica.follow else { return };
        ctx.env.touched.insert(partition);
        let (error, fetched) = match answer.result {
            Ok(fetched) => (ErrorCode::NONE, fetched),
            Err(code) => (code, Fetched::default()),
        };
        let diverging = fetched
            .diverging
            .map(|(epoch, end)| EpochEndOffset { leader_epoch: LeaderEpoch(epoch), end_offset: Offset(end) });
        let answer = Answer { error, diverging };
        let step = state.answered(&asked, &answer, &view(log, replica.watermark), |epoch| log.end_offset_for(epoch));
        match step {
            // `Partition::append_as_follower` refuses what this leader cannot have.
            Step::Append if fetched.records.iter().any(|record| record.epoch > asked.leader_epoch.0) => {
                state.failed(ctx.env.now, MAX_BACKOFF_MS);
            }
            Step::Append => {
                fetched.records.into_iter().for_each(|record| log.append(record));
                replica.watermark = replica.watermark.max(fetched.watermark.min(log.end()));
                state.appended(&view(log, replica.watermark));
            }
            Step::Truncate(_) if ctx.env.has(Mutation::DropTruncation) => {
                // It goes on as if the leader had agreed.
                log.epochs.assign(asked.leader_epoch.0, log.end());
                state.appended(&view(log, replica.watermark));
            }
            Step::Truncate(offset) => self.cut(ctx, partition, offset),
            Step::AskLogEnd => {
                let call = ctx.env.call();
                replica.question = Some((call, asked));
                let message = Message::AskEnd { call, partition, leader_epoch: asked.leader_epoch.0 };
                ctx.env.send(Endpoint::Broker(self.id), from, message);
            }
            Step::Wait => state.failed(ctx.env.now, MAX_BACKOFF_MS),
            Step::Ignore | Step::Stop => {}
        }
        self.fetch_again(ctx, partition);
    }

    /// The leader's log end, for a follower whose offset the leader does not have.
    pub fn end_told(&mut self, ctx: &mut Ctx, answer: EndAnswer) {
        let partition = answer.partition;
        let Some(replica) = &mut self.replicas[partition] else { return };
        if replica.question.take_if(|(call, _)| *call == answer.call).is_none() {
            return;
        }
        let Some(state) = &mut replica.follow else { return };
        match answer.result.map(|end| state.leader_ends_at(Offset(end))) {
            Ok(BeyondEnd::Truncate(offset)) => self.cut(ctx, partition, offset),
            // No log of the simulation loses its start: there is nothing to begin anew.
            Ok(BeyondEnd::AskLogStart) => {
                if let Some(log) = &ctx.disk[partition] {
                    state.truncated(&view(log, replica.watermark), ctx.env.now, MAX_BACKOFF_MS);
                }
            }
            Err(ErrorCode::FENCED_LEADER_EPOCH) => {
                state.stop();
            }
            Err(_) => state.failed(ctx.env.now, MAX_BACKOFF_MS),
        }
        self.fetch_again(ctx, partition);
    }

    fn cut(&mut self, ctx: &mut Ctx, partition: usize, offset: Offset) {
        let (Some(replica), Some(log)) = (&mut self.replicas[partition], &mut ctx.disk[partition]) else { return };
        let Some(state) = &mut replica.follow else { return };
        let id = self.id;
        ctx.env.note(|| format!("{id} cuts {partition} from {} to {offset}", log.end()));
        if offset.0 < log.end() || !ctx.env.has(Mutation::KeepEmptyEpochs) {
            log.truncate_to(offset.0);
        }
        replica.watermark = replica.watermark.min(log.end());
        state.truncated(&view(log, replica.watermark), ctx.env.now, MAX_BACKOFF_MS);
        ctx.env.touched.insert(partition);
    }

    /// The next question, as soon as it may be asked; the alarm for an absent answer is off.
    fn fetch_again(&mut self, ctx: &mut Ctx, partition: usize) {
        let Some(replica) = &mut self.replicas[partition] else { return };
        let Some(state) = &replica.follow else { return };
        replica.turn += 1;
        let wait = if replica.question.is_some() { FETCH_TIMEOUT_MS } else { state.ready_at_ms() - ctx.env.now };
        if !state.is_stopped() {
            ctx.env.timer(wait.max(1), self.id, self.run, Timer::Fetch { partition, turn: replica.turn });
        }
    }
}
