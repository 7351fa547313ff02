//! The producer's decisions against a broker of a few lines, with every fault that one connection can have. Seeded: a
//! failure names its seed.

use super::{
    accumulator::{Accumulator, ProducerRecord, tests::view},
    answer::{Outcome, by_partition, outcome},
    batch::{ProducerIdentity, QueuedBatch},
    config::ProducerConfig,
};
use crate::{ClientError, ClusterView};
use rkafka_base::{ProducerEpoch, ProducerId, TimestampMs, TopicPartition};
use rkafka_protocol::{
    ErrorCode,
    messages::{
        ProduceResponse,
        produce_response::{PartitionProduceResponse, TopicProduceResponse},
    },
    record::Batch,
};
use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

const PARTITIONS: i32 = 3;
const LINES: u32 = 300;
/// `max.message.bytes`.
const LIMIT: usize = 200;
/// What a batch takes that holds one value of 64 bytes and more, beside the value.
const OVERHEAD: usize = 70;
const PRODUCER: ProducerIdentity = ProducerIdentity { id: ProducerId(9), epoch: ProducerEpoch(0) };

/// One partition of the broker: its lines, and what it knows of the producer.
#[derive(Default)]
struct Log {
    lines: Vec<u32>,
    epoch: i16,
    /// First and last sequence of the last batches.
    last: VecDeque<(i32, i32)>,
}

impl Log {
    fn append(&mut self, bytes: &bytes::Bytes) -> ErrorCode {
        let batch = Batch::parse(bytes).unwrap();
        let lines: Vec<u32> = batch.decode().unwrap().iter().map(|r| number(r.value.as_ref().unwrap())).collect();
        if bytes.len() > LIMIT {
            return ErrorCode::MESSAGE_TOO_LARGE;
        }
        let (epoch, first) = (batch.header.producer_epoch.0, batch.header.base_sequence);
        let last = first + lines.len() as i32 - 1;
        let known = self.last.back().copied();
        if let Some((_, end)) = known {
            match epoch.cmp(&self.epoch) {
                std::cmp::Ordering::Less => return ErrorCode::INVALID_PRODUCER_EPOCH,
                std::cmp::Ordering::Greater if first != 0 => return ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER,
                std::cmp::Ordering::Greater => self.last.clear(),
                std::cmp::Ordering::Equal if self.last.contains(&(first, last)) => return ErrorCode::NONE,
                std::cmp::Ordering::Equal if first != end + 1 => return ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER,
                std::cmp::Ordering::Equal => {}
            }
        }
        self.epoch = epoch;
        self.last.push_back((first, last));
        if self.last.len() > 5 {
            self.last.pop_front();
        }
        self.lines.extend(lines);
        ErrorCode::NONE
    }
}

fn number(value: &[u8]) -> u32 {
    String::from_utf8_lossy(value).split(' ').next().unwrap().parse().unwrap()
}

type Answer = (Vec<QueuedBatch>, Result<ProduceResponse, ClientError>);

/// A producer, one connection, a broker.
struct World {
    random: fastrand::Rng,
    config: Arc<ProducerConfig>,
    accumulator: Accumulator,
    view: ClusterView,
    now: Instant,
    next_line: u32,
    /// What should be in each partition, and what should fail.
    expected: Vec<Vec<u32>>,
    too_large: Vec<u32>,
    wire: VecDeque<Vec<QueuedBatch>>,
    answers: Vec<Answer>,
    logs: Vec<Log>,
    failed: Vec<u32>,
}

impl World {
    fn new(seed: u64) -> World {
        let mut random = fastrand::Rng::with_seed(seed);
        let batch_size = random.choice([1, 150, 500, 16_384]).unwrap().to_string();
        let in_flight = random.u32(1..=5).to_string();
        let given = [
            ("bootstrap.servers", "h:1"),
            ("batch.size", &batch_size),
            ("max.in.flight.requests.per.connection", &in_flight),
        ];
        let given = given.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let config = Arc::new(ProducerConfig::read(&given).unwrap());
        let mut accumulator = Accumulator::new(config.clone(), seed);
        let view = view(PARTITIONS);
        accumulator.update_topic(&"t".into(), view.topics.get("t"));
        World {
            random,
            config,
            accumulator,
            view,
            now: Instant::now(),
            next_line: 0,
            expected: vec![Vec::new(); PARTITIONS as usize],
            too_large: Vec::new(),
            wire: VecDeque::new(),
            answers: Vec::new(),
            logs: (0..PARTITIONS).map(|_| Log::default()).collect(),
            failed: Vec::new(),
        }
    }

    fn append(&mut self) {
        let (line, partition) = (self.next_line, self.random.i32(0..PARTITIONS));
        let length = if self.random.u8(0..4) > 0 { self.random.usize(6..20) } else { self.random.usize(100..160) };
        let value = format!("{:<length$}", format!("{line} "));
        let record = ProducerRecord {
            topic: "t",
            partition: Some(partition),
            value: Some(value.as_bytes()),
            ..Default::default()
        };
        self.accumulator.append(&record, TimestampMs(1), || self.now, None).unwrap();
        self.next_line += 1;
        match length + OVERHEAD > LIMIT {
            true => self.too_large.push(line),
            false => self.expected[partition as usize].push(line),
        }
    }

    fn collect(&mut self) {
        let under_way = self.wire.len() + self.answers.len();
        let free = |_| under_way < self.config.max_in_flight;
        let collected = self.accumulator.collect(&self.view, self.now, Some(PRODUCER), free);
        assert!(collected.expired.is_empty() && !collected.exhausted && collected.deposed.is_empty());
        self.wire.extend(collected.by_node.into_values());
    }

    /// The broker takes the first request on the wire. `heard`: the answer arrives.
    fn serve(&mut self, heard: bool) {
        let Some(mut batches) = self.wire.pop_front() else { return };
        let mut partition_responses = Vec::new();
        for batch in &mut batches {
            let log = &mut self.logs[batch.partition.partition as usize];
            let code = match self.random.u8(0..20) {
                0 => ErrorCode::NOT_ENOUGH_REPLICAS,
                1 => Some(log.append(&batch.seal().unwrap()))
                    .filter(|code| *code != ErrorCode::NONE)
                    .unwrap_or(ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND),
                _ => log.append(&batch.seal().unwrap()),
            };
            let (index, error_code) = (batch.partition.partition, code.0);
            partition_responses.push(PartitionProduceResponse { index, error_code, ..Default::default() });
        }
        let topic = TopicProduceResponse { name: "t".to_owned(), partition_responses, ..Default::default() };
        let answer = ProduceResponse { responses: vec![topic], ..Default::default() };
        self.answers.push((batches, if heard { Ok(answer) } else { Err(lost()) }));
    }

    /// The connection ends; the broker may have taken some of what was on it.
    fn disconnect(&mut self) {
        for _ in 0..self.random.usize(0..=self.wire.len()) {
            self.serve(false);
        }
        let unread = std::mem::take(&mut self.wire);
        self.answers.extend(unread.into_iter().map(|batches| (batches, Err(lost()))));
    }

    /// The sender hears one of the answers, whichever.
    fn hear(&mut self) {
        if self.answers.is_empty() {
            return;
        }
        let (batches, result) = self.answers.swap_remove(self.random.usize(0..self.answers.len()));
        let mut results = by_partition(result.map(Some));
        for mut batch in batches {
            let behind = self.accumulator.is_behind(&batch);
            match outcome(&batch, results.take(&batch.partition), behind, &self.config) {
                Outcome::Done(_) => self.accumulator.written(&batch),
                Outcome::Split => self.accumulator.split(batch),
                Outcome::Behind => self.accumulator.put_back_refused(batch),
                Outcome::Retry { .. } => self.accumulator.put_back(batch),
                Outcome::Lost(why) => panic!("{why}"),
                Outcome::Failed(why) => {
                    assert_eq!(why.code(), Some(ErrorCode::MESSAGE_TOO_LARGE), "{why}");
                    self.accumulator.failed(&batch);
                    let records = Batch::parse(&batch.seal().unwrap()).unwrap().decode().unwrap();
                    self.failed.extend(records.iter().map(|r| number(r.value.as_ref().unwrap())));
                }
            }
        }
    }

    fn step(&mut self) {
        self.now += Duration::from_micros(100);
        match self.random.u8(0..12) {
            0..=3 if self.next_line < LINES => self.append(),
            0..=6 => self.collect(),
            7..=8 => self.serve(true),
            9 if self.random.u8(0..10) == 0 => self.disconnect(),
            _ => self.hear(),
        }
    }
}

fn lost() -> ClientError {
    ClientError::Disconnected { address: "h:1".to_owned(), during: String::new() }
}

/// Lines of all sizes around what the broker takes: those that are too large fail, the others are there once, in order,
/// whatever else happened.
#[test]
fn only_what_the_broker_refuses_is_missing() {
    for seed in 0..1_000 {
        let mut world = World::new(seed);
        let mut steps = 0;
        while world.next_line < LINES || !world.accumulator.is_flushed(u64::MAX) {
            world.step();
            steps += 1;
            assert!(steps < 200_000, "seed {seed} goes nowhere");
        }
        let written: Vec<_> = world.logs.into_iter().map(|log| log.lines).collect();
        assert_eq!(written, world.expected, "seed {seed}");
        world.failed.sort_unstable();
        assert_eq!(world.failed, world.too_large, "seed {seed}");
    }
}

/// A broker that has lost the producer's last batches gets the next ones all the same.
#[test]
fn what_a_broker_lost_stops_nobody() {
    let mut log = Log::default();
    let mut world = World::new(1);
    world.expected.clear();
    let send = |world: &mut World, line: u32| {
        let value = format!("{line} ");
        let record =
            ProducerRecord { topic: "t", partition: Some(0), value: Some(value.as_bytes()), ..Default::default() };
        world.accumulator.append(&record, TimestampMs(1), || world.now, None).unwrap();
        world.collect();
    };
    for line in 0..3 {
        send(&mut world, line);
        let mut batch = world.wire.pop_front().unwrap().remove(0);
        assert_eq!(batch.partition, TopicPartition::new("t", 0));
        assert_eq!(log.append(&batch.seal().unwrap()), ErrorCode::NONE);
        world.accumulator.written(&batch);
    }
    (log.lines, log.last) = (vec![0], [(0, 0)].into());
    send(&mut world, 3);
    let mut batch = world.wire.pop_front().unwrap().remove(0);
    assert_eq!(log.append(&batch.seal().unwrap()), ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
    assert!(!world.accumulator.is_behind(&batch));
    world.accumulator.put_back_refused(batch);
    world.collect();
    batch = world.wire.pop_front().unwrap().remove(0);
    assert_eq!(log.append(&batch.seal().unwrap()), ErrorCode::NONE);
    assert_eq!(log.lines, [0, 3]);
}
