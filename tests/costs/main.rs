//! A request costs what it may: every version of every API that the broker serves, with each of its arrays made long, with
//! what stands in them alike or different, with long strings, extreme numbers, nothing at all. What the broker allocates,
//! holds and computes for it grows no faster than the request's length, and stays below so much a byte
//! (docs/adr/0014-what-a-request-may-cost.md).
//!
//! Broker and ZooKeeper server run in this process, so that its allocator counts for both; the requests are made of the
//! schema facts, so that an API that is new is asked as well. `SEED=… cargo test --test costs` varies what is asked in
//! which order and how long arrays are; `COSTS=1` prints what each request has cost.

mod counting;
mod facts;
mod request;
mod server;
mod values;

use counting::Cost;
use facts::{Facts, Request};
use request::Shape;
use rkafka_broker::handlers::HANDLERS;
use rkafka_protocol::{
    ApiKey, Message, Reader,
    messages::MetadataResponse,
    record::{BatchBuilder, BatchOptions},
};
use server::{Outcome, Server};
use std::time::Duration;
use values::Numbers;

/// How much longer the longer of two arrays is.
const FACTOR: usize = 16;
/// How long the shorter one is: in the last version of an API, where a square of the length is to be seen in the processor
/// time; in the first; and in those between, whose code is the same.
const SHORT: usize = 320;
const SHORT_FIRST: usize = 128;
const SHORT_BETWEEN: usize = 24;
/// The same where each element makes a file or a node that stays.
const SHORT_MADE: usize = 4;

/// What a request may cost whatever its length.
const BASE: Cost = Cost { allocations: 6_000, peak: 4 << 20, kept: 4 << 20, cpu: Duration::from_millis(60) };
/// What it may cost for each of its bytes, some two or three times what is seen: calls of the allocator, bytes held,
/// processor time without optimisation.
const ALLOCATIONS_A_BYTE: usize = 8;
const PEAK_A_BYTE: usize = 150;
const CPU_A_BYTE: Duration = Duration::from_micros(60);
/// By how much the cost of a request that is [`FACTOR`] times as long may exceed as much times the cost, where it is
/// more than [`BASE`]: tables grow in steps. If it grew with the square of the length it would exceed it by 16.
const STEPS: usize = 2;
/// What an answer may have for each byte of the request, beyond what there is to be told of the broker.
const ANSWER_A_BYTE: usize = 20;
const ANSWER_BASE: usize = 256 << 10;

/// How long an answer is waited for: requests that say that they would wait for ever do so.
const PATIENCE: Duration = Duration::from_secs(20);
const SHORT_PATIENCE: Duration = Duration::from_millis(150);

/// A generator with a printed seed: failures replay.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }
}

/// What is asked of one version of one API.
struct Asked<'a> {
    server: &'a Server,
    key: ApiKey,
    version: i16,
    request: Request,
    topic_id: [u8; 16],
    batch: &'a [u8],
    wrong: &'a mut Vec<String>,
    greatest: &'a mut Greatest,
}

/// The most that a request has cost for each of its bytes, beyond the base.
#[derive(Debug, Default)]
struct Greatest {
    allocations: f64,
    peak: f64,
    cpu: f64,
    answer: f64,
    requests: usize,
}

impl Asked<'_> {
    fn ask(&mut self, shape: &Shape) -> (usize, Cost, Outcome) {
        let frame = request::frame(self.key, self.version, &self.request, shape, self.topic_id, self.batch);
        let begun = counting::begin();
        let outcome = self.server.ask(&frame, if may_wait(shape) { SHORT_PATIENCE } else { PATIENCE });
        let cost = begun.end();
        self.note(shape, frame.len(), cost, outcome);
        (frame.len(), cost, outcome)
    }

    fn note(&mut self, shape: &Shape, bytes: usize, cost: Cost, outcome: Outcome) {
        let each = |n: usize, base: usize| n.saturating_sub(base) as f64 / bytes as f64;
        let greatest = &mut self.greatest;
        greatest.requests += 1;
        greatest.allocations = greatest.allocations.max(each(cost.allocations, BASE.allocations));
        greatest.peak = greatest.peak.max(each(cost.peak, BASE.peak));
        greatest.cpu = greatest.cpu.max(cost.cpu.saturating_sub(BASE.cpu).as_secs_f64() * 1e6 / bytes as f64);
        if let Outcome::Answer(length) = outcome {
            greatest.answer = greatest.answer.max(each(length, ANSWER_BASE));
        }
        if std::env::var_os("COSTS").is_some() {
            println!("{:?} v{} {shape:?}: {bytes} bytes, {cost:?}, {outcome:?}", self.key, self.version);
        }
    }

    /// Whether one request has cost more than its length allows; its length, and what it has cost.
    fn check(&mut self, shape: &Shape) -> (usize, Cost) {
        let (bytes, cost, outcome) = self.ask(shape);
        let mut found = Vec::new();
        if cost.allocations > BASE.allocations + bytes * ALLOCATIONS_A_BYTE {
            found.push("allocations");
        }
        if cost.peak > BASE.peak + bytes * PEAK_A_BYTE {
            found.push("memory");
        }
        if cost.cpu > BASE.cpu + CPU_A_BYTE * u32::try_from(bytes).unwrap_or(u32::MAX) {
            found.push("processor time");
        }
        match outcome {
            Outcome::Answer(length) if length > ANSWER_BASE + bytes * ANSWER_A_BYTE => found.push("a long answer"),
            // With acks=0, or an API that the client may not have meant so, closing is the answer.
            Outcome::Closed if self.is_to_be_answered(shape) => found.push("a closed connection"),
            Outcome::Waits if !may_wait(shape) => found.push("no answer"),
            _ => {}
        }
        self.report(shape, &found, &format!("{bytes} bytes of request: {cost:?}, {outcome:?}"));
        (bytes, cost)
    }

    /// Acks of another kind than there are, or none, are answered by closing.
    fn is_to_be_answered(&self, shape: &Shape) -> bool {
        self.key != ApiKey::Produce || !matches!(shape, Shape::Numbers(_))
    }

    /// Whether what a longer array costs grows with its length.
    fn compare(&mut self, short: &Shape, long: &Shape) {
        let (short_bytes, less, _) = self.ask(short);
        let (mut bytes, mut more) = self.check(long);
        // Somebody else of this process may have been busy meanwhile, and the first time may be a special one.
        for _ in 0..2 {
            if too_much(less, more, bytes.div_ceil(short_bytes)).is_empty() {
                return;
            }
            let (b, again, _) = self.ask(long);
            bytes = b;
            more = Cost {
                allocations: more.allocations.min(again.allocations),
                peak: more.peak.min(again.peak),
                kept: more.kept.min(again.kept),
                cpu: more.cpu.min(again.cpu),
            };
        }
        let found = too_much(less, more, bytes.div_ceil(short_bytes));
        self.report(long, &found, &format!("{short_bytes} bytes cost {less:?}, {bytes} bytes {more:?}"));
    }

    fn report(&mut self, shape: &Shape, found: &[&str], figures: &str) {
        if !found.is_empty() {
            self.wrong.push(format!("{:?} v{} {shape:?}: {}; {figures}", self.key, self.version, found.join(", ")));
        }
    }
}

/// Whether a request may say that it would wait for long.
fn may_wait(shape: &Shape) -> bool {
    matches!(shape, Shape::Numbers(_) | Shape::LongStrings(_))
}

/// What of `more` is more than `factor` times `less`.
fn too_much(less: Cost, more: Cost, factor: usize) -> Vec<&'static str> {
    let times = factor * STEPS;
    let mut found = Vec::new();
    if more.allocations > BASE.allocations + less.allocations * times {
        found.push("allocations grow faster than the request");
    }
    if more.peak > BASE.peak + less.peak * times {
        found.push("memory grows faster than the request");
    }
    if more.cpu > BASE.cpu + less.cpu * u32::try_from(times).unwrap_or(u32::MAX) {
        found.push("processor time grows faster than the request");
    }
    found
}

fn shorter(key: ApiKey, version: i16, min: i16, max: i16, random: &mut Random) -> usize {
    let length = match key {
        ApiKey::LeaderAndIsr | ApiKey::StopReplica => SHORT_MADE,
        _ if version == max => SHORT,
        _ if version == min => SHORT_FIRST,
        _ => SHORT_BETWEEN,
    };
    length + random.below(length / 4)
}

/// A batch of one record.
fn batch() -> Vec<u8> {
    let mut batch = BatchBuilder::new(BatchOptions::default());
    batch.append(rkafka_base::TimestampMs(1), None, Some(b"value"), &[]);
    batch.finish().expect("a batch").to_vec()
}

fn topic_id(server: &Server, facts: &Facts) -> [u8; 16] {
    let request = facts.request(ApiKey::Metadata as i16, 12).expect("Metadata");
    let frame =
        request::frame(ApiKey::Metadata, 12, &request, &Shape::Alike(vec!["Topics".to_owned()], 1), [0; 16], &[]);
    let read = |answer: &[u8]| {
        let mut reader = Reader::new(bytes::Bytes::copy_from_slice(&answer[1..]));
        MetadataResponse::decode(&mut reader, 12).expect("Metadata").topics
    };
    let answer = server.ask_until("the topic", &frame, |answer| read(answer).iter().any(|t| t.error_code == 0));
    read(&answer)[0].topic_id.0
}

#[test]
fn every_request_costs_what_it_may() {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0x5eed_0014);
    println!("SEED={seed}");
    let mut random = Random(seed);
    let facts = Facts::read();
    let server = Server::start();
    let topic_id = topic_id(&server, &facts);
    let group = facts.request(ApiKey::FindCoordinator as i16, 0).expect("FindCoordinator");
    let group = request::frame(ApiKey::FindCoordinator, 0, &group, &Shape::Empty, topic_id, &[]);
    server.ask_until("the coordinator", &group, |answer| answer.starts_with(&[0, 0]));
    let batch = batch();
    let (mut wrong, mut greatest) = (Vec::new(), Greatest::default());
    let of_the_controller = |key| matches!(key, ApiKey::LeaderAndIsr | ApiKey::StopReplica | ApiKey::UpdateMetadata);
    // Last what comes from a controller: it changes what the broker takes for the cluster.
    let (last, first): (Vec<_>, Vec<_>) = HANDLERS.iter().partition(|row| of_the_controller(row.key));
    for row in first.into_iter().chain(last) {
        for version in row.min..=row.max {
            let request = facts.request(row.key as i16, version);
            let request = request.unwrap_or_else(|| panic!("{:?} has no facts to make requests of", row.key));
            let arrays = request.arrays();
            let batch = if row.key == ApiKey::Produce && version < 3 { &[][..] } else { &batch };
            let (wrong, greatest) = (&mut wrong, &mut greatest);
            let mut asked = Asked { server: &server, key: row.key, version, request, topic_id, batch, wrong, greatest };
            for array in arrays {
                let length = shorter(row.key, version, row.min, row.max, &mut random);
                for make in [Shape::Alike, Shape::Different] {
                    asked.compare(&make(array.clone(), length), &make(array.clone(), length * FACTOR));
                }
            }
            for shape in [Shape::LongStrings(32_767), Shape::Empty, Shape::Null] {
                asked.check(&shape);
            }
            for numbers in [Numbers::Least, Numbers::Greatest] {
                asked.check(&Shape::Numbers(numbers));
            }
        }
    }
    server.end();
    println!("the most for each byte: {greatest:.2?}");
    assert!(wrong.is_empty(), "{} findings:\n{}", wrong.len(), wrong.join("\n"));
}
