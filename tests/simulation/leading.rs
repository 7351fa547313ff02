//! What a leader's handlers do around the product's `Partition`: append, serve followers and consumers, acknowledge.

use super::disk::{Record, bytes_of, records_of};
use super::env::Timer;
use super::message::{EndAnswer, Endpoint, Fetch, FetchAnswer, Fetched, Message, Produce};
use super::mutation::Mutation;
use super::process::{Ctx, Process};
use super::replica::{Held, Replica, Waiting};
use bytes::Bytes;
use rkafka_base::{BrokerId, LeaderEpoch, Offset};
use rkafka_log::{AppendOrigin, EpochEndOffset};
use rkafka_protocol::{ErrorCode, Records};
use rkafka_replication::{AppendError, FollowerFetch, ReadBound};

/// How long a fetch without records is held.
const MAX_WAIT_MS: i64 = 400;
/// The most bytes of one fetch: some twenty records.
const MAX_BYTES: u32 = 1_700;

/// What a look at the log has found for a follower.
#[derive(Clone, Debug)]
enum Found {
    /// The epoch and the end offset where the logs part.
    Diverging(i32, i64),
    /// A part of a file, which is read when it is sent.
    Records(Records),
    /// The same, and it is being sent: nobody looks at the partition's state any more.
    Sending(Records),
}

/// A fetch on its way through the leader.
#[derive(Clone, Debug)]
pub struct Reading {
    from: Endpoint,
    fetch: Fetch,
    found: Found,
    /// The leader's epoch at the time of the look.
    epoch: LeaderEpoch,
    /// What the fetch says of the follower is noted when it comes, not again after a wait.
    is_first: bool,
    now: bool,
}

impl Process {
    fn served(&self, partition: usize) -> Result<&Replica, ErrorCode> {
        self.replicas[partition].as_ref().ok_or(ErrorCode::NOT_LEADER_OR_FOLLOWER)
    }

    pub fn produce(&mut self, ctx: &mut Ctx, client: Endpoint, produce: Produce) {
        let call = produce.call;
        if let Some(result) = self.append(ctx, client, produce).transpose() {
            let answer = Message::ProduceAnswer { call, result };
            ctx.env.send(self.endpoint(), client, answer);
        }
    }

    /// The offset, or nothing while it is not committed yet.
    fn append(&mut self, ctx: &mut Ctx, client: Endpoint, produce: Produce) -> Result<Option<i64>, ErrorCode> {
        let Produce { call, partition: number, value, acks_all } = produce;
        let Some(replica) = &mut self.replicas[number] else { return Err(ErrorCode::NOT_LEADER_OR_FOLLOWER) };
        let now = ctx.now();
        let batch = |offset, epoch: LeaderEpoch| Ok(Record { epoch: epoch.0, value }.batch(offset, now));
        let acks = if acks_all { -1 } else { 1 };
        let appended = match replica.partition.append::<()>(now, AppendOrigin::Client, acks, batch) {
            Ok(appended) => appended,
            Err(AppendError::Refused(code)) => return Err(code),
            Err(AppendError::Log(error)) if error.is_storage() => return Err(error.code()),
            Err(error) => panic!("an append fails: {error:?}"),
        };
        ctx.look(number, replica.partition.log());
        let offset = appended.appended.first_offset.0;
        if acks_all && !ctx.env.has(Mutation::AcknowledgeEarly) {
            let mut waiting = Waiting::new(&replica.partition, client, call, value, (offset, appended.epoch));
            match waiting.poll() {
                None => {
                    replica.waiting.push(waiting);
                    return Ok(None);
                }
                Some(result) => result?,
            }
        }
        if acks_all {
            ctx.env.acknowledged.push((number, offset, value));
        } else {
            ctx.env.acknowledged_alone.push((number, self.id));
        }
        Ok(Some(offset))
    }

    /// After each step: whoever was woken looks again, each as soon as the scheduler of tasks lets it.
    pub fn wake(&mut self, ctx: &mut Ctx) {
        for partition in 0..self.replicas.len() {
            let Some(replica) = &mut self.replicas[partition] else { continue };
            if replica.waiting.iter_mut().map(Waiting::becomes_due).fold(false, |any, due| any | due) {
                ctx.env.touched.insert(partition);
                // That somebody else leads and is gone again in the meantime takes long.
                let (odds, most) = if ctx.env.has(Mutation::ForgetBreaksInLeadership) { (4, 3_000) } else { (50, 300) };
                let slow = ctx.env.random.u32(0..odds) == 0;
                let ms = if slow { ctx.env.random.i64(0..most) } else { 0 };
                ctx.env.timer(ms, self.id, self.run, Timer::LookAgain { partition });
            }
            let (woken, held) = std::mem::take(&mut replica.held).into_iter().partition(Held::is_woken);
            replica.held = held;
            let woken: Vec<Held> = woken;
            for Held { from, fetch, .. } in woken {
                self.serve_fetch(ctx, from, fetch, false, false);
            }
        }
    }

    pub fn answer_producers(&mut self, ctx: &mut Ctx, partition: usize) {
        let Some(replica) = &mut self.replicas[partition] else { return };
        let mut answers = Vec::new();
        let partition_now = &replica.partition;
        let forgets = ctx.env.has(Mutation::ForgetBreaksInLeadership) && partition_now.is_leader();
        replica.waiting.retain_mut(|waiting| {
            let Some(mut result) = waiting.poll_due() else { return true };
            if forgets && result.is_err() {
                // As if it had been appended in the present epoch.
                let at = (waiting.offset, partition_now.leader_epoch());
                *waiting = Waiting::new(partition_now, waiting.client, waiting.call, waiting.value, at);
                let Some(again) = waiting.poll() else { return true };
                result = again;
            }
            answers.push((waiting.client, waiting.call, result.map(|()| waiting.offset)));
            if result.is_ok() {
                ctx.env.acknowledged.push((partition, waiting.offset, waiting.value));
            }
            false
        });
        for (client, call, result) in answers {
            ctx.env.send(self.endpoint(), client, Message::ProduceAnswer { call, result });
        }
    }

    /// The replica goes: whoever waits at it is woken and hears so.
    pub fn refuse_all(&self, ctx: &mut Ctx, replica: &mut Replica) {
        for mut waiting in replica.waiting.drain(..) {
            assert!(waiting.becomes_due(), "who waits at a partition that stops is woken");
            let result = waiting.poll_due().expect("a stopped partition keeps nobody waiting").map(|()| waiting.offset);
            assert!(result.is_err(), "a stopped partition commits nothing");
            let answer = Message::ProduceAnswer { call: waiting.call, result };
            ctx.env.send(self.endpoint(), waiting.client, answer);
        }
        for held in replica.held.drain(..) {
            assert!(held.is_woken(), "who waits at a partition that stops is woken");
            self.answer_fetch(ctx, held.from, &held.fetch, Err(ErrorCode::NOT_LEADER_OR_FOLLOWER));
        }
    }

    pub fn consume(&mut self, ctx: &mut Ctx, client: Endpoint, call: u64, partition: usize, offset: i64) {
        let result = self.readable(partition, offset).map(records_of);
        ctx.env.send(self.endpoint(), client, Message::ConsumeAnswer { call, partition, offset, result });
    }

    fn readable(&self, partition: usize, offset: i64) -> Result<Bytes, ErrorCode> {
        let partition = &self.served(partition)?.partition;
        partition.check_leader(-1)?;
        let read = partition.read(Offset(offset), MAX_BYTES, true, ReadBound::HighWatermark);
        bytes_of(&read.map_err(|e| e.code())?.records).ok_or(ErrorCode::KAFKA_STORAGE_ERROR)
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

    /// Where the logs part, or what there is to send (`broker::handlers::fetch`).
    fn find_for_follower(&self, ctx: &Ctx, fetch: &Fetch) -> Result<(Found, LeaderEpoch), ErrorCode> {
        let partition = &self.served(fetch.partition)?.partition;
        let epoch = if ctx.env.has(Mutation::SkipEpochCheck) { -1 } else { fetch.leader_epoch };
        let epoch = partition.check_leader(epoch)?;
        if fetch.last_epoch >= 0 && !ctx.env.has(Mutation::SkipEpochCheck) {
            let end = partition.end_offset_for_epoch(LeaderEpoch(fetch.last_epoch));
            if end == EpochEndOffset::UNDEFINED {
                return Err(ErrorCode::OFFSET_OUT_OF_RANGE);
            }
            if end.leader_epoch.0 < fetch.last_epoch || end.end_offset.0 < fetch.offset {
                return Ok((Found::Diverging(end.leader_epoch.0, end.end_offset.0), epoch));
            }
        }
        let read = partition.read(Offset(fetch.offset), MAX_BYTES, true, ReadBound::LogEnd);
        Ok((Found::Records(read.map_err(|e| e.code())?.records), epoch))
    }

    /// Notes how far the follower is, and answers; the records are read from the file while they are sent.
    fn finish_fetch(&mut self, ctx: &mut Ctx, reading: Reading) {
        let number = reading.fetch.partition;
        let (from, fetch) = (reading.from, reading.fetch);
        let Some(replica) = &mut self.replicas[number] else { return };
        let records = match reading.found {
            Found::Diverging(epoch, end) => {
                let diverging = Some((epoch, end));
                let fetched = Fetched { watermark: replica.watermark(), diverging, records: Bytes::new() };
                return self.answer_fetch(ctx, from, &fetch, Ok(fetched));
            }
            Found::Records(records) => records,
            Found::Sending(records) => return self.send_records(ctx, from, &fetch, &records),
        };
        if reading.is_first {
            let (offset, log_start) = (Offset(fetch.offset), Offset(0));
            let known = FollowerFetch { offset, log_start, broker_epoch: fetch.broker_epoch };
            ctx.env.touched.insert(number);
            let noted = replica.partition.follower_fetched(BrokerId(fetch.replica), reading.epoch, known, ctx.now());
            if let Err(code) = noted {
                return self.answer_fetch(ctx, from, &fetch, Err(code));
            }
        }
        if records.is_empty() && !reading.now {
            replica.held.push(Held::new(&replica.partition, from, fetch));
            // It looks again, since something may have come before it waited.
            if replica.partition.log().log_end().0 > fetch.offset {
                replica.held.pop();
                return self.serve_fetch(ctx, from, fetch, false, false);
            }
            let timer = Timer::HeldFetch { partition: number, call: fetch.call };
            return ctx.env.timer(MAX_WAIT_MS, self.id, self.run, timer);
        }
        if ctx.env.random.u32(0..40) == 0 {
            let ms = ctx.env.random.i64(0..400);
            self.suspended.insert(fetch.call, Reading { found: Found::Sending(records), ..reading });
            return ctx.env.timer(ms, self.id, self.run, Timer::Resume { call: fetch.call });
        }
        self.send_records(ctx, from, &fetch, &records);
    }

    /// The records go from the file to the socket, whatever the file holds by then. A file that has become too short ends
    /// the connection.
    fn send_records(&mut self, ctx: &mut Ctx, from: Endpoint, fetch: &Fetch, records: &Records) {
        let Some(replica) = &self.replicas[fetch.partition] else { return };
        if let Some(records) = bytes_of(records) {
            let fetched = Fetched { watermark: replica.watermark(), diverging: None, records };
            self.answer_fetch(ctx, from, fetch, Ok(fetched));
        }
    }

    pub fn tell_end(&mut self, ctx: &mut Ctx, from: Endpoint, call: u64, partition: usize, leader_epoch: i32) {
        let end = |replica: &Replica| {
            replica.partition.check_leader(leader_epoch).map(|_| replica.partition.log().log_end().0)
        };
        let result = self.served(partition).and_then(end);
        ctx.env.send(self.endpoint(), from, Message::EndAnswer(EndAnswer { call, partition, result }));
    }

    pub fn release_fetch(&mut self, ctx: &mut Ctx, partition: usize, call: u64) {
        let Some(replica) = &mut self.replicas[partition] else { return };
        if let Some(at) = replica.held.iter().position(|held| held.fetch.call == call) {
            let Held { from, fetch, .. } = replica.held.remove(at);
            self.serve_fetch(ctx, from, fetch, false, true);
        }
    }
}
