//! What a leader does: append, serve followers and consumers, acknowledge.

use super::disk::Record;
use super::env::Timer;
use super::message::{EndAnswer, Endpoint, Fetch, FetchAnswer, Fetched, Message, Produce};
use super::mutation::Mutation;
use super::process::{Ctx, Process};
use super::replica::{MIN_IN_SYNC, Waiting};
use rkafka_base::{BrokerId, LeaderEpoch, Offset};
use rkafka_log::EpochEndOffset;
use rkafka_protocol::ErrorCode;
use rkafka_replication::FollowerFetch;

/// How long a fetch without records is held.
const MAX_WAIT_MS: i64 = 400;
/// The most records of one fetch.
const MAX_RECORDS: i64 = 20;

/// What a look at the log has found for a follower.
#[derive(Clone, Copy, Debug)]
enum Found {
    /// The epoch and the end offset where the logs part.
    Diverging(i32, i64),
    /// How many records there are.
    Records(i64),
    /// As many, and they are being sent: nobody looks at the partition's state any more.
    Sending(i64),
}

/// A fetch on its way through the leader.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    from: Endpoint,
    fetch: Fetch,
    found: Found,
    /// The leader's epoch at the time of the look.
    epoch: i32,
    /// What the fetch says of the follower is noted when it comes, not again after a wait.
    is_first: bool,
    now: bool,
}

impl Process {
    pub fn produce(&mut self, ctx: &mut Ctx, client: Endpoint, produce: Produce) {
        let call = produce.call;
        if let Some(result) = self.append(ctx, client, produce).transpose() {
            let answer = Message::ProduceAnswer { call, result };
            ctx.env.send(self.endpoint(), client, answer);
        }
    }

    /// The offset, or nothing while it is not committed yet.
    fn append(&mut self, ctx: &mut Ctx, client: Endpoint, produce: Produce) -> Result<Option<i64>, ErrorCode> {
        let Produce { call, partition, value, acks_all } = produce;
        let (Some(replica), Some(log)) = (&mut self.replicas[partition], &mut ctx.disk[partition]) else {
            return Err(ErrorCode::NOT_LEADER_OR_FOLLOWER);
        };
        replica.state.check_leader(-1)?;
        if acks_all && !replica.state.has_min_isr(MIN_IN_SYNC) {
            return Err(ErrorCode::NOT_ENOUGH_REPLICAS);
        }
        let offset = log.end();
        log.append(Record { epoch: replica.state.leader_epoch().0, value });
        let epoch = replica.state.leader_epoch();
        ctx.env.touched.insert(partition);
        let at_once = !acks_all || ctx.env.has(Mutation::AcknowledgeEarly);
        if !at_once {
            replica.waiting.push(Waiting { client, call, value, offset, epoch });
        } else if acks_all {
            ctx.env.acknowledged.push((partition, offset, value));
        } else {
            ctx.env.acknowledged_alone.push((partition, self.id));
        }
        self.advance_watermark(ctx, partition);
        self.release_fetches(ctx, partition);
        Ok(at_once.then_some(offset))
    }

    /// Moves the high watermark as far as the in-sync replicas allow.
    pub fn advance_watermark(&mut self, ctx: &mut Ctx, partition: usize) {
        let (Some(replica), Some(log)) = (&mut self.replicas[partition], &ctx.disk[partition]) else { return };
        let live = &self.metadata.live;
        let alive = |id: BrokerId| live.contains(&id.0);
        let eager = ctx.env.has(Mutation::AdvanceOverPendingShrink).then(|| replica.with_proposal_granted()).flatten();
        let state = eager.as_ref().unwrap_or(&replica.state);
        let next = state.high_watermark(replica.ends(log), MIN_IN_SYNC, ctx.lag(), &alive).0;
        if next > replica.watermark {
            replica.watermark = next;
            ctx.env.touched.insert(partition);
            self.look_again(ctx, partition);
        }
    }

    /// Wakes those who wait for the high watermark; when they look is up to the scheduler of tasks.
    pub fn look_again(&mut self, ctx: &mut Ctx, partition: usize) {
        if self.replicas[partition].as_ref().is_some_and(|replica| !replica.waiting.is_empty()) {
            let slow = ctx.env.random.u32(0..50) == 0;
            let ms = if slow { ctx.env.random.i64(0..300) } else { 0 };
            ctx.env.timer(ms, self.id, self.run, Timer::LookAgain { partition });
        }
    }

    pub fn answer_producers(&mut self, ctx: &mut Ctx, partition: usize) {
        let Some(replica) = &mut self.replicas[partition] else { return };
        let mut answers = Vec::new();
        let (state, watermark) = (&replica.state, replica.watermark);
        let forgetful = ctx.env.has(Mutation::ForgetBreaksInLeadership);
        replica.waiting.retain(|waiting| {
            let leads = state.has_led_since(waiting.epoch) || (forgetful && state.is_leader());
            let result = if !leads {
                Err(ErrorCode::NOT_LEADER_OR_FOLLOWER)
            } else if watermark <= waiting.offset {
                return true;
            } else if !state.has_min_maximal_isr(MIN_IN_SYNC) {
                Err(ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND)
            } else {
                Ok(waiting.offset)
            };
            answers.push((*waiting, result));
            false
        });
        for (waiting, result) in answers {
            let Waiting { client, call, value, .. } = waiting;
            if let Ok(offset) = result {
                ctx.env.acknowledged.push((partition, offset, value));
            }
            let answer = Message::ProduceAnswer { call, result };
            ctx.env.send(self.endpoint(), client, answer);
        }
    }

    pub fn consume(&mut self, ctx: &mut Ctx, client: Endpoint, call: u64, partition: usize, offset: i64) {
        let result = self.readable(ctx, partition, offset);
        ctx.env.send(self.endpoint(), client, Message::ConsumeAnswer { call, partition, offset, result });
    }

    fn readable(&self, ctx: &Ctx, partition: usize, offset: i64) -> Result<Vec<Record>, ErrorCode> {
        let (Some(replica), Some(log)) = (&self.replicas[partition], &ctx.disk[partition]) else {
            return Err(ErrorCode::NOT_LEADER_OR_FOLLOWER);
        };
        replica.state.check_leader(-1)?;
        if offset > log.end() {
            return Err(ErrorCode::OFFSET_OUT_OF_RANGE);
        }
        let end = replica.watermark.max(offset).min(offset + MAX_RECORDS);
        Ok(log.records[offset as usize..end as usize].to_vec())
    }

    /// Answers a follower, or holds its fetch until there is something to answer or `now` says not to wait.
    pub fn serve_fetch(&mut self, ctx: &mut Ctx, from: Endpoint, fetch: Fetch, is_first: bool, now: bool) {
        match self.find_for_follower(ctx, &fetch) {
            Ok((found, epoch)) => {
                let reading = Reading { from, fetch, found, epoch, is_first, now };
                // The task may be suspended between the look at the partition and the note of it.
                if ctx.env.random.u32(0..40) == 0 {
                    let ms = ctx.env.random.i64(0..200);
                    self.suspended.insert(fetch.call, reading);
                    ctx.env.timer(ms, self.id, self.run, Timer::Resume { call: fetch.call });
                } else {
                    self.finish_fetch(ctx, reading);
                }
            }
            Err(code) => self.answer_fetch(ctx, from, &fetch, Err(code)),
        }
    }

    pub fn resume_fetch(&mut self, ctx: &mut Ctx, call: u64) {
        if let Some(reading) = self.suspended.remove(&call) {
            self.finish_fetch(ctx, reading);
        }
    }

    fn answer_fetch(&self, ctx: &mut Ctx, from: Endpoint, fetch: &Fetch, result: Result<Fetched, ErrorCode>) {
        let answer = FetchAnswer { call: fetch.call, partition: fetch.partition, result };
        ctx.env.send(self.endpoint(), from, Message::FetchAnswer(answer));
    }

    /// Where the logs part, or how many records there are.
    fn find_for_follower(&self, ctx: &Ctx, fetch: &Fetch) -> Result<(Found, i32), ErrorCode> {
        let (Some(replica), Some(log)) = (&self.replicas[fetch.partition], &ctx.disk[fetch.partition]) else {
            return Err(ErrorCode::NOT_LEADER_OR_FOLLOWER);
        };
        let epoch = if ctx.env.has(Mutation::SkipEpochCheck) { -1 } else { fetch.leader_epoch };
        replica.state.check_leader(epoch)?;
        let epoch = replica.state.leader_epoch().0;
        if fetch.last_epoch >= 0 && !ctx.env.has(Mutation::SkipEpochCheck) {
            let end = log.end_offset_for(LeaderEpoch(fetch.last_epoch));
            if end == EpochEndOffset::UNDEFINED {
                return Err(ErrorCode::OFFSET_OUT_OF_RANGE);
            }
            if end.leader_epoch.0 < fetch.last_epoch || end.end_offset.0 < fetch.offset {
                return Ok((Found::Diverging(end.leader_epoch.0, end.end_offset.0), epoch));
            }
        }
        if fetch.offset > log.end() {
            return Err(ErrorCode::OFFSET_OUT_OF_RANGE);
        }
        Ok((Found::Records((log.end() - fetch.offset).min(MAX_RECORDS)), epoch))
    }

    /// Notes how far the follower is, and answers; the records are read from the file while they are sent.
    fn finish_fetch(&mut self, ctx: &mut Ctx, reading: Reading) {
        let Reading { from, fetch, found, .. } = reading;
        let number = fetch.partition;
        let Some(replica) = &self.replicas[number] else { return };
        let count = match found {
            Found::Diverging(epoch, end) => {
                let diverging = Some((epoch, end));
                let fetched = Fetched { watermark: replica.watermark, diverging, records: Vec::new() };
                return self.answer_fetch(ctx, from, &fetch, Ok(fetched));
            }
            Found::Records(count) => count,
            Found::Sending(count) => return self.send_records(ctx, reading, count),
        };
        if reading.is_first
            && let Err(code) = self.note_fetch(ctx, &fetch, reading.epoch)
        {
            return self.answer_fetch(ctx, from, &fetch, Err(code));
        }
        let Some(replica) = &mut self.replicas[number] else { return };
        if count == 0 && !reading.now {
            replica.held.push((from, fetch));
            let timer = Timer::HeldFetch { partition: number, call: fetch.call };
            return ctx.env.timer(MAX_WAIT_MS, self.id, self.run, timer);
        }
        if ctx.env.random.u32(0..40) == 0 {
            let ms = ctx.env.random.i64(0..400);
            self.suspended.insert(fetch.call, Reading { found: Found::Sending(count), ..reading });
            return ctx.env.timer(ms, self.id, self.run, Timer::Resume { call: fetch.call });
        }
        self.send_records(ctx, reading, count);
    }

    /// The records go from the file to the socket, whatever the file holds by then. A file that has become too short ends
    /// the connection.
    fn send_records(&mut self, ctx: &mut Ctx, reading: Reading, count: i64) {
        let Reading { from, fetch, .. } = reading;
        let (Some(replica), Some(log)) = (&self.replicas[fetch.partition], &ctx.disk[fetch.partition]) else { return };
        let range = fetch.offset as usize..(fetch.offset + count) as usize;
        if let Some(records) = log.records.get(range) {
            let fetched = Fetched { watermark: replica.watermark, diverging: None, records: records.to_vec() };
            self.answer_fetch(ctx, from, &fetch, Ok(fetched));
        }
    }

    /// Notes how far the follower is, as `Partition::follower_fetched` does.
    fn note_fetch(&mut self, ctx: &mut Ctx, fetch: &Fetch, epoch: i32) -> Result<(), ErrorCode> {
        let number = fetch.partition;
        let (Some(replica), Some(log)) = (&mut self.replicas[number], &ctx.disk[number]) else {
            return Err(ErrorCode::NOT_LEADER_OR_FOLLOWER);
        };
        replica.state.check_leader(epoch)?;
        let id = BrokerId(fetch.replica);
        let known =
            FollowerFetch { offset: Offset(fetch.offset), log_start: Offset(0), broker_epoch: fetch.broker_epoch };
        if !replica.state.follower_fetched(id, known, Offset(log.end()), ctx.wall_ms) {
            return Err(ErrorCode::NOT_LEADER_OR_FOLLOWER);
        }
        let may_join = replica.state.may_join(id, replica.ends(log));
        ctx.env.touched.insert(number);
        if may_join {
            self.change_in_sync(ctx, number);
        }
        self.advance_watermark(ctx, number);
        Ok(())
    }

    pub fn tell_end(&mut self, ctx: &mut Ctx, from: Endpoint, call: u64, partition: usize, leader_epoch: i32) {
        let result = match (&self.replicas[partition], &ctx.disk[partition]) {
            (Some(replica), Some(log)) => replica.state.check_leader(leader_epoch).map(|()| log.end()),
            _ => Err(ErrorCode::NOT_LEADER_OR_FOLLOWER),
        };
        ctx.env.send(self.endpoint(), from, Message::EndAnswer(EndAnswer { call, partition, result }));
    }

    pub fn release_fetch(&mut self, ctx: &mut Ctx, partition: usize, call: u64) {
        let Some(replica) = &mut self.replicas[partition] else { return };
        if let Some(at) = replica.held.iter().position(|(_, fetch)| fetch.call == call) {
            let (from, fetch) = replica.held.remove(at);
            self.serve_fetch(ctx, from, fetch, false, true);
        }
    }

    /// Looks again at all fetches that wait for records.
    pub fn release_fetches(&mut self, ctx: &mut Ctx, partition: usize) {
        let Some(replica) = &mut self.replicas[partition] else { return };
        for (from, fetch) in std::mem::take(&mut replica.held) {
            self.serve_fetch(ctx, from, fetch, false, false);
        }
    }
}
