//! Two replicas in one process: what the follower's roster asks is answered from the leader's log.

use super::{
    apply::{self, Left, Times},
    roster::{Ask, Following, Params, Roster},
    session::FetchMetadata,
};
use crate::{IsrProposal, LocalReplica, Partition, PartitionHost, Throttles};
use bytes::BytesMut;
use rkafka_base::{BrokerId, LeaderEpoch, Offset, TimestampMs, TopicPartition, Uuid};
use rkafka_config::topic::TopicConfig;
use rkafka_log::{AppendOrigin, EpochEndOffset, LoadOptions, LogConfig, LogDirs};
use rkafka_protocol::{
    ErrorCode, Records,
    messages::{
        fetch_response::{EpochEndOffset as Diverging, PartitionData},
        leader_and_isr_request::LeaderAndIsrPartitionState,
    },
    record::{BatchBuilder, BatchOptions},
};
use std::{os::unix::fs::FileExt, path::Path, sync::Arc};

const NOW: TimestampMs = TimestampMs(1_000_000);
const ID: Uuid = Uuid([5; 16]);
const TIMES: Times = Times { now: NOW, monotonic_ms: 50, max_backoff_ms: 1000 };

struct Quiet;

impl PartitionHost for Quiet {
    fn is_alive(&self, _: BrokerId) -> bool {
        true
    }
    fn propose(&self, _: &TopicPartition, _: Option<Uuid>, _: IsrProposal) {}
    fn disk_failed(&self, _: &Path, _: &str) {}
}

/// A broker with one partition.
struct Broker {
    partition: Arc<Partition>,
    throttles: Arc<Throttles>,
    _dirs: LogDirs,
    _temp: tempfile::TempDir,
}

impl Broker {
    fn new(id: i32, number: i32) -> Broker {
        let temp = tempfile::tempdir().unwrap();
        let dirs = LogDirs::open(&[temp.path().to_path_buf()], 1).unwrap();
        let config = Arc::new(LogConfig { segment_bytes: 4000, ..LogConfig::default() });
        let load = |_: &str| Arc::clone(&config);
        dirs.load(&LoadOptions { threads_per_dir: 1, config: &load, now: NOW }).unwrap();
        let name = TopicPartition::new("t", number);
        let log = dirs.get_or_create(&name, Some(ID), Arc::clone(&config), NOW).unwrap();
        let throttles = Arc::new(Throttles::new(11, 1));
        let local = LocalReplica {
            broker: BrokerId(id),
            max_lag_ms: 30_000,
            cluster: Arc::new(Quiet),
            throttles: Arc::clone(&throttles),
        };
        let topic = TopicConfig { follower_replication_throttled_replicas: vec!["*".into()], ..TopicConfig::default() };
        let partition = Arc::new(Partition::new(name, local, log, Arc::new(topic)));
        Broker { partition, throttles, _dirs: dirs, _temp: temp }
    }

    fn lead(&self, leader: i32, epoch: i32) {
        let request = LeaderAndIsrPartitionState {
            leader,
            leader_epoch: epoch,
            isr: vec![1, 2],
            replicas: vec![1, 2],
            ..Default::default()
        };
        self.partition.change(&request, NOW).unwrap();
    }

    fn write(&self, count: usize) {
        for _ in 0..count {
            let wrote = self.partition.append(NOW, AppendOrigin::Client, 1, |base_offset, leader_epoch| {
                let options = BatchOptions { base_offset, leader_epoch, ..BatchOptions::default() };
                let mut builder = BatchBuilder::new(options);
                builder.append(NOW, None, Some(&[7; 300]), &[]);
                Ok::<_, ErrorCode>(Records::Bytes(builder.finish().unwrap()))
            });
            wrote.unwrap();
        }
    }

    /// What this leader answers to a question about its partition.
    fn answer(&self, params: &Params) -> PartitionData {
        let (log, question) = (self.partition.log(), &params.question);
        let mut data = PartitionData {
            partition_index: self.partition.name().partition,
            high_watermark: log.high_watermark().0,
            log_start_offset: log.log_start().0,
            ..Default::default()
        };
        if let Err(code) = self.partition.check_leader(question.leader_epoch.0) {
            data.error_code = code.0;
            return data;
        }
        let ours = log.end_offset_for_epoch(question.last_epoch);
        if question.last_epoch != LeaderEpoch::NONE
            && (ours.leader_epoch < question.last_epoch || ours.end_offset < question.offset)
        {
            let (epoch, end_offset) = (ours.leader_epoch.0, ours.end_offset.0);
            data.diverging_epoch = Diverging { epoch, end_offset, ..Default::default() };
            return data;
        }
        match log.read(question.offset, 1500, true, log.log_end()) {
            Ok(read) => data.records = Some(in_memory(&read.records)),
            Err(error) => data.error_code = error.code().0,
        }
        data
    }

    fn state(&self) -> (i64, i64, Option<LeaderEpoch>) {
        let log = self.partition.log();
        (log.log_end().0, log.high_watermark().0, log.latest_epoch())
    }
}

fn in_memory(records: &Records) -> Records {
    let Records::File(region) = records else { return records.clone() };
    let mut bytes = BytesMut::zeroed(region.len);
    region.file.read_exact_at(&mut bytes, region.offset).unwrap();
    Records::Bytes(bytes.freeze())
}

/// A follower's side: the roster and the session.
#[derive(Default)]
struct Follower {
    roster: Roster,
    session: FetchMetadata,
}

impl Follower {
    fn follow(&mut self, broker: &Broker, epoch: i32) {
        let partition = Arc::clone(&broker.partition);
        let following = Following { partition, topic_id: ID, leader_epoch: LeaderEpoch(epoch) };
        self.roster.follow(following, |f| apply::begin(&f.partition, f.leader_epoch, NOW));
    }

    fn ask(&mut self) -> Option<Ask> {
        self.roster.next(&mut self.session, TIMES.monotonic_ms)
    }

    /// Asks and takes in the leader's answers, until there is nothing to ask or nothing new.
    fn catch_up(&mut self, leader: &Broker) {
        for _ in 0..50 {
            let Some(ask) = self.ask() else { return };
            self.session.answered(ErrorCode::NONE, 9);
            let mut news = false;
            for (name, _, params) in &ask.wanted {
                let slot = self.roster.get_mut(name).unwrap();
                let left = apply::answered(slot, &params.question, leader.answer(params), &TIMES);
                news |= !matches!(left, Left::Failed(_) | Left::AskLogEnd);
                self.roster.touch(name);
            }
            if ask.wanted.is_empty() || !news {
                return;
            }
        }
        panic!("no end");
    }
}

fn pair() -> (Broker, Broker, Follower) {
    let (one, two) = (Broker::new(1, 0), Broker::new(2, 0));
    one.lead(1, 0);
    two.lead(1, 0);
    one.write(20);
    let mut follower = Follower::default();
    follower.follow(&two, 0);
    (one, two, follower)
}

#[test]
fn a_follower_copies_and_asks_only_for_what_has_moved() {
    let (one, two, mut follower) = pair();
    follower.catch_up(&one);
    assert_eq!(two.state(), (20, 0, Some(LeaderEpoch(0))), "the leader alone does not know that it is committed");
    assert!(follower.ask().is_some_and(|ask| ask.wanted.is_empty() && ask.forget.is_empty()), "nothing has moved");
    follower.session.restart();
    let ask = follower.ask().unwrap();
    assert_eq!(ask.wanted.first().map(|(_, _, p)| p.question.offset), Some(Offset(20)), "a full request names all");
    let read = |b: &Broker| in_memory(&b.partition.log().read(Offset(0), 9000, true, Offset(99)).unwrap().records);
    assert_eq!(read(&one), read(&two), "byte for byte");
}

#[test]
fn a_deposed_leader_gives_up_what_its_successor_lacks() {
    let (one, two, mut follower) = pair();
    follower.catch_up(&one);
    // The old leader goes on by itself; the new one writes other records in their place.
    one.write(7);
    two.lead(2, 3);
    two.write(2);
    one.lead(2, 3);
    let mut back = Follower::default();
    back.follow(&one, 3);
    back.catch_up(&two);
    assert_eq!((one.state().0, one.state().2), (22, Some(LeaderEpoch(3))));
    let ends = |b: &Broker, epoch| b.partition.log().end_offset_for_epoch(LeaderEpoch(epoch));
    assert_eq!(ends(&one, 0), EpochEndOffset { leader_epoch: LeaderEpoch(0), end_offset: Offset(20) });
    assert_eq!(ends(&one, 0), ends(&two, 0));
}

#[test]
fn answers_that_come_after_a_change_of_leader_are_dropped() {
    let (one, two, mut follower) = pair();
    let ask = follower.ask().unwrap();
    let (name, _, params) = &ask.wanted[0];
    let late = one.answer(params);
    two.lead(2, 1);
    let slot = follower.roster.get_mut(name).unwrap();
    let left = apply::answered(slot, &params.question, late.clone(), &TIMES);
    assert!(matches!(left, Left::Nothing) && slot.state.is_stopped(), "fenced by the partition itself");
    assert_eq!(two.state().0, 0);
    two.lead(1, 2);
    one.lead(1, 2);
    follower.follow(&two, 2);
    let slot = follower.roster.get_mut(name).unwrap();
    assert!(matches!(apply::answered(slot, &params.question, late, &TIMES), Left::Nothing));
    assert_eq!(two.state().0, 0, "by the state, too");
    follower.catch_up(&one);
    assert_eq!(two.state().0, 20);
}

#[test]
fn partitions_come_and_go_within_a_session() {
    let (one, two, mut follower) = pair();
    let other = Broker::new(2, 1);
    other.lead(1, 0);
    follower.catch_up(&one);
    follower.follow(&other, 0);
    assert_eq!(follower.roster.beside(50).map(|ask| ask.wanted.len()), Some(1), "only the new one");
    let ask = follower.ask().unwrap();
    assert_eq!(ask.wanted.iter().map(|(n, ..)| n.partition).collect::<Vec<_>>(), [1]);
    assert!(follower.roster.beside(50).is_none());
    follower.roster.unfollow(other.partition.name());
    assert_eq!(follower.ask().unwrap().forget, [(other.partition.name().clone(), ID)]);
    // Followed again before the leader has heard that it was forgotten: named anew, and not forgotten.
    follower.roster.unfollow(two.partition.name());
    follower.follow(&two, 1);
    let ask = follower.ask().unwrap();
    assert_eq!((ask.wanted.len(), ask.forget.len()), (1, 0));
    follower.roster.unfollow(two.partition.name());
    assert!(follower.ask().is_none() && follower.session.is_full());
}

#[test]
fn an_error_takes_a_partition_out_of_the_session_until_its_wait_is_over() {
    let (one, two, mut follower) = pair();
    follower.catch_up(&one);
    let name = two.partition.name().clone();
    let question = follower.roster.asked(&name).unwrap();
    let slot = follower.roster.get_mut(&name).unwrap();
    let data = PartitionData { error_code: ErrorCode::UNKNOWN_TOPIC_ID.0, ..Default::default() };
    assert!(matches!(apply::answered(slot, &question, data, &TIMES), Left::Failed(_)));
    follower.roster.touch(&name);
    assert!(follower.ask().is_none(), "it is the only one");
    assert_eq!(follower.roster.wake(51), Some(9));
    assert_eq!(follower.roster.wake(60), None);
    assert_eq!(follower.roster.beside(60).map(|ask| ask.wanted.len()), Some(1));
}

#[test]
fn damaged_bytes_are_asked_for_again_and_a_throttle_holds_back_who_lags() {
    let (one, two, mut follower) = pair();
    let ask = follower.ask().unwrap();
    let (name, _, params) = &ask.wanted[0];
    let mut data = one.answer(params);
    let mut bytes = data.records.as_ref().and_then(Records::as_bytes).unwrap().to_vec();
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    data.records = Some(Records::Bytes(bytes.into()));
    let slot = follower.roster.get_mut(name).unwrap();
    assert!(matches!(apply::answered(slot, &params.question, data, &TIMES), Left::Failed(_)));
    assert_eq!((two.state().0, slot.state.ready_at_ms()), (0, 60));
    two.throttles.follower.set(Some(10));
    slot.state = apply::begin(&two.partition, LeaderEpoch(0), NOW);
    let data = PartitionData { high_watermark: 20, ..one.answer(params) };
    assert!(matches!(apply::answered(slot, &params.question, data, &TIMES), Left::Nothing));
    assert!(two.state().0 > 0 && slot.state.ready_at_ms() > 60, "{:?}", slot.state);
}
