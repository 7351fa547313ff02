//! What a follower does: fetch from its leader, append, cut off what diverges.

use super::env::Timer;
use super::message::{Endpoint, Fetch, FetchAnswer, Message};
use super::mutation::Mutation;
use super::process::{Ctx, Process};
use rkafka::base::LeaderEpoch;
use rkafka::protocol::ErrorCode;

/// How long a fetch may be without answer.
const FETCH_TIMEOUT_MS: i64 = 1_500;
/// `replica.fetch.backoff.ms`.
const BACKOFF_MS: i64 = 300;

impl Process {
    pub fn start_fetching(&mut self, ctx: &mut Ctx, partition: usize) {
        let Some(replica) = &self.replicas[partition] else { return };
        if replica.state.is_leader() || replica.state.leader().0 < 0 || replica.fetch_in_flight.is_some() {
            return;
        }
        let turn = replica.turn;
        ctx.env.timer(1, self.id, self.run, Timer::Fetch { partition, turn });
    }

    pub fn fetch(&mut self, ctx: &mut Ctx, partition: usize, turn: u64) {
        let (Some(replica), Some(log)) = (&mut self.replicas[partition], &ctx.disk[partition]) else { return };
        if replica.turn != turn || replica.state.is_leader() || replica.state.leader().0 < 0 {
            return;
        }
        let call = ctx.env.call();
        let fetch = Fetch {
            call,
            partition,
            replica: self.id,
            leader_epoch: replica.state.leader_epoch().0,
            offset: log.end(),
            last_epoch: log.epochs.latest().map_or(-1, |epoch| epoch.0),
        };
        replica.turn += 1;
        replica.fetch_in_flight = Some(call);
        let again = Timer::Fetch { partition, turn: replica.turn };
        let leader = Endpoint::Broker(replica.state.leader().0);
        let sent = ctx.env.send(Endpoint::Broker(self.id), leader, Message::Fetch(fetch));
        ctx.env.timer(if sent { FETCH_TIMEOUT_MS } else { BACKOFF_MS }, self.id, self.run, again);
    }

    pub fn fetched(&mut self, ctx: &mut Ctx, answer: FetchAnswer) {
        let partition = answer.partition;
        let (Some(replica), Some(log)) = (&mut self.replicas[partition], &mut ctx.disk[partition]) else { return };
        if replica.fetch_in_flight != Some(answer.call) {
            return;
        }
        replica.fetch_in_flight = None;
        replica.turn += 1;
        ctx.env.touched.insert(partition);
        let pause = match answer.result {
            Ok(fetched) => {
                if let Some((epoch, end)) = fetched.diverging {
                    let own = log.end_offset_for(LeaderEpoch(epoch));
                    let end = if own.leader_epoch.0 == epoch { end.min(own.end_offset.0) } else { own.end_offset.0 };
                    let id = self.id;
                    ctx.env.note(|| format!("{id} cuts {partition} from {} to {end}", log.end()));
                    if ctx.env.has(Mutation::DropTruncation) {
                        log.epochs.assign(epoch.max(replica.state.leader_epoch().0), log.end());
                    } else {
                        log.truncate_to(end);
                    }
                    replica.watermark = replica.watermark.min(log.end());
                } else {
                    fetched.records.into_iter().for_each(|record| log.append(record));
                    replica.watermark = replica.watermark.max(fetched.watermark.min(log.end()));
                }
                1
            }
            // The leader's log ends before ours begins to agree: what it does not know goes.
            Err(ErrorCode::OFFSET_OUT_OF_RANGE) => BACKOFF_MS,
            Err(_) => BACKOFF_MS,
        };
        let turn = replica.turn;
        ctx.env.timer(pause, self.id, self.run, Timer::Fetch { partition, turn });
    }
}
