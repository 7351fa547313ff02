//! The state against a coordinator and partitions of a few lines, with answers that get lost and errors of all kinds. Seeded:
//! a failure names its seed.

use super::state::{End, Granted, Protocol, Step, TransactionManager};
use crate::{ClientError, producer::batch::ProducerIdentity};
use rkafka_base::{ProducerEpoch, ProducerId, TopicPartition};
use rkafka_protocol::ErrorCode;
use std::collections::BTreeSet;

const PARTITIONS: i32 = 4;

fn partition(number: i32) -> TopicPartition {
    TopicPartition::new("t", number)
}

fn broker(code: ErrorCode) -> ClientError {
    ClientError::broker(code, None)
}

fn lost() -> ClientError {
    ClientError::Timeout { message: "no answer".into(), cause: None }
}

fn granted(epoch: i16, protocol: Protocol) -> Granted {
    Granted { identity: ProducerIdentity { id: ProducerId(7), epoch: ProducerEpoch(epoch) }, protocol, can_bump: true }
}

fn ready(protocol: Protocol) -> TransactionManager {
    let mut t = TransactionManager::new("x");
    t.begin_init().unwrap();
    t.initialized(granted(0, protocol));
    t
}

/// What waits is thrown away when a transaction is aborted; that fails batches, and must not fail the producer.
#[test]
fn batches_that_are_thrown_away_do_not_stop_an_abort() {
    let mut t = ready(Protocol::Explicit);
    t.begin().unwrap();
    assert!(!t.admits(&partition(0)));
    let (identity, _) = t.partitions_to_add().unwrap();
    t.partitions_added(Ok(()));
    t.begin_end(End::Abort).unwrap();
    for numbered in [false, true] {
        t.batch_failed(numbered, &t.discards().unwrap());
    }
    assert_eq!(t.next_step().unwrap(), Step::EndTxn(identity, End::Abort));
}

#[test]
fn calls_have_an_order() {
    let mut t = TransactionManager::new("x");
    assert!(t.check_send().unwrap_err().to_string().contains("before init_transactions has succeeded"));
    assert!(t.begin().is_err() && t.begin_end(End::Commit).is_err());
    t.begin_init().unwrap();
    // Its time was over: once more.
    t.begin_init().unwrap();
    t.initialized(granted(0, Protocol::Explicit));
    assert!(t.begin_init().is_err() && t.check_send().is_err());
    t.begin().unwrap();
    assert!(t.begin().is_err() && t.check_send().is_ok());
    t.begin_end(End::Commit).unwrap();
    t.begin_end(End::Commit).unwrap();
    assert!(t.begin_end(End::Abort).is_err() && t.check_send().is_err() && t.begin_offsets().is_err());
    // Nothing was sent: nobody is asked.
    assert_eq!(t.next_step(), Ok(Step::Done));
    t.begin().unwrap();
}

#[test]
fn a_partition_is_named_before_its_first_batch_and_once() {
    let mut t = ready(Protocol::Explicit);
    t.begin().unwrap();
    assert!(!t.admits(&partition(0)) && !t.admits(&partition(1)));
    let (by, asked) = t.partitions_to_add().unwrap();
    assert_eq!((by.epoch.0, asked), (0, vec![partition(0), partition(1)]));
    assert!(!t.admits(&partition(2)) && t.partitions_to_add().is_none());
    t.partitions_added(Ok(()));
    assert!(t.admits(&partition(0)) && t.admits(&partition(1)) && !t.admits(&partition(2)));
    assert_eq!(t.partitions_to_add().unwrap().1, [partition(2)]);
    t.partitions_added(Ok(()));
    t.begin_end(End::Commit).unwrap();
    assert!(matches!(t.next_step(), Ok(Step::EndTxn(_, End::Commit))));
    t.ended(None);
    assert_eq!(t.next_step(), Ok(Step::Done));
    // Not of the next transaction.
    t.begin().unwrap();
    assert!(!t.admits(&partition(0)));
}

#[test]
fn a_failed_batch_spoils_the_transaction_and_raises_the_epoch() {
    let mut t = ready(Protocol::Explicit);
    t.begin().unwrap();
    t.admits(&partition(0));
    t.partitions_to_add();
    t.partitions_added(Ok(()));
    t.batch_failed(true, &broker(ErrorCode::MESSAGE_TOO_LARGE));
    assert!(t.discards().is_some() && t.sends_as().is_none() && t.check_send().is_err());
    assert_eq!(t.begin_end(End::Commit).unwrap_err().code(), Some(ErrorCode::MESSAGE_TOO_LARGE));
    t.begin_end(End::Abort).unwrap();
    assert!(matches!(t.next_step(), Ok(Step::EndTxn(_, End::Abort))));
    t.ended(None);
    assert!(matches!(t.next_step(), Ok(Step::Bump(by)) if by.epoch.0 == 0));
    t.bumped(granted(1, Protocol::Explicit));
    assert_eq!(t.next_step(), Ok(Step::Done));
    // The other protocol gives a new epoch in any case.
    let mut t = ready(Protocol::Implicit);
    t.begin().unwrap();
    assert!(t.admits(&partition(0)));
    t.batch_failed(true, &broker(ErrorCode::MESSAGE_TOO_LARGE));
    t.begin_end(End::Abort).unwrap();
    assert!(matches!(t.next_step(), Ok(Step::EndTxn(_, End::Abort))));
    t.ended(Some(granted(1, Protocol::Implicit).identity));
    assert_eq!(t.next_step(), Ok(Step::Done));
    t.begin().unwrap();
    assert_eq!(t.sends_as().unwrap().epoch.0, 1);
}

#[test]
fn who_is_fenced_can_do_nothing_more() {
    let mut t = ready(Protocol::Implicit);
    t.begin().unwrap();
    t.admits(&partition(0));
    t.begin_end(End::Commit).unwrap();
    assert!(!t.end_failed(&broker(ErrorCode::INVALID_PRODUCER_EPOCH)));
    for refused in [t.next_step().map(drop), t.begin(), t.begin_end(End::Abort), t.begin_init(), t.check_send()] {
        let why = refused.unwrap_err();
        assert_eq!(why.code(), Some(ErrorCode::PRODUCER_FENCED));
        assert!(why.to_string().contains("transactional.id x was fenced"), "{why}");
    }
}

/// What the brokers have.
struct Brokers {
    protocol: Protocol,
    epoch: i16,
    open: bool,
    members: BTreeSet<i32>,
    /// By transaction: records in partitions that the coordinator has not ended.
    undecided: Vec<u32>,
    committed: Vec<u32>,
    aborted: Vec<u32>,
    /// How the transaction of the epoch, or of the same epoch, was ended last.
    last_end: Option<(ProducerIdentity, End)>,
}

impl Brokers {
    fn append(&mut self, by: ProducerIdentity, number: i32, record: u32) {
        assert_eq!(by.epoch.0, self.epoch, "only the epoch of the coordinator sends");
        if self.protocol == Protocol::Implicit {
            self.open = true;
            self.members.insert(number);
        }
        assert!(self.open && self.members.contains(&number), "a batch went to a partition that nobody had named");
        self.undecided.push(record);
    }

    fn add(&mut self, asked: &[TopicPartition]) {
        self.open = true;
        self.members.extend(asked.iter().map(|p| p.partition));
    }

    fn end(&mut self, by: ProducerIdentity, end: End) -> Result<Option<ProducerIdentity>, ClientError> {
        let next = |epoch| granted(epoch, Protocol::Implicit).identity;
        if self.protocol == Protocol::Implicit && self.last_end == Some((by, end)) {
            return Ok(Some(next(self.epoch)));
        }
        assert_eq!(by.epoch.0, self.epoch);
        let again = self.protocol == Protocol::Explicit && !self.open && self.last_end == Some((by, end));
        if !self.open && !again && (self.protocol == Protocol::Explicit || end == End::Commit) {
            return Err(broker(ErrorCode::INVALID_TXN_STATE));
        }
        let decided = if end == End::Commit { &mut self.committed } else { &mut self.aborted };
        decided.append(&mut self.undecided);
        (self.open, self.last_end) = (false, Some((by, end)));
        self.members.clear();
        if self.protocol == Protocol::Explicit {
            return Ok(None);
        }
        self.epoch += 1;
        Ok(Some(next(self.epoch)))
    }
}

fn play(seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let protocol = if random.bool() { Protocol::Explicit } else { Protocol::Implicit };
    let mut t = ready(protocol);
    let (epoch, members) = (0, BTreeSet::new());
    let (undecided, committed, aborted) = (Vec::new(), Vec::new(), Vec::new());
    let mut brokers = Brokers { protocol, epoch, open: false, members, undecided, committed, aborted, last_end: None };
    let (mut told_committed, mut told_aborted) = (Vec::new(), Vec::new());
    let mut record = 0;
    for transaction in 0..30 {
        t.begin().unwrap();
        // What an earlier transaction of the same epoch has ended is not this one's.
        brokers.last_end = brokers.last_end.filter(|_| protocol == Protocol::Implicit);
        let mut own = Vec::new();
        let (mut asked, mut spoiled) = (None, false);
        for _ in 0..random.usize(0..25) {
            match random.u8(0..10) {
                0..=5 => {
                    let number = random.i32(0..PARTITIONS);
                    let Some(by) = t.sends_as().filter(|_| t.check_send().is_ok()) else { continue };
                    if t.admits(&partition(number)) {
                        record += 1;
                        let arrives = random.u8(0..20) > 0;
                        if arrives {
                            brokers.append(by, number, record);
                            own.push(record);
                        } else {
                            t.batch_failed(random.bool(), &broker(ErrorCode::NOT_ENOUGH_REPLICAS));
                            spoiled = true;
                        }
                    }
                }
                6..=7 => asked = asked.or_else(|| t.partitions_to_add()),
                8 => {
                    let Some((_, partitions)) = asked.take() else { continue };
                    match random.u8(0..10) {
                        0 => t.partitions_added(Err(lost())),
                        1 => {
                            brokers.add(&partitions);
                            t.partitions_added(Err(lost()));
                        }
                        2 => {
                            t.partitions_added(Err(broker(ErrorCode::TOPIC_AUTHORIZATION_FAILED)));
                            spoiled = true;
                        }
                        _ => {
                            brokers.add(&partitions);
                            t.partitions_added(Ok(()));
                        }
                    }
                }
                _ => {}
            }
        }
        // Who commits has had answers to everything.
        if let Some((_, partitions)) = asked.take() {
            brokers.add(&partitions);
            t.partitions_added(Ok(()));
        }
        // A partition that was only ever wanted again has no batches.
        let mut end = if random.u8(0..4) > 0 { End::Commit } else { End::Abort };
        if spoiled {
            assert!(t.begin_end(End::Commit).is_err(), "seed {seed}, transaction {transaction}: a spoiled one commits");
            end = End::Abort;
        }
        if end == End::Commit && own.is_empty() {
            end = End::Abort;
        }
        t.begin_end(end).unwrap();
        for round in 0.. {
            assert!(round < 50, "seed {seed}, transaction {transaction}: it does not end");
            match t.next_step() {
                Ok(Step::Done) => break,
                Ok(Step::Wait) => panic!("seed {seed}: nothing is under way"),
                Ok(Step::EndTxn(by, how)) => {
                    assert_eq!(how, end);
                    match random.u8(0..6) {
                        0 => t.begin_end(end).unwrap(),
                        1 => {
                            // The answer was lost: its user calls again.
                            let _ = brokers.end(by, how);
                            t.begin_end(end).unwrap();
                        }
                        _ => match brokers.end(by, how) {
                            Ok(next) => t.ended(next),
                            Err(why) => assert!(t.end_failed(&why), "seed {seed}, transaction {transaction}: {why}"),
                        },
                    }
                }
                Ok(Step::Bump(by)) => {
                    assert_eq!((by.epoch.0, brokers.open), (brokers.epoch, false));
                    brokers.epoch += 1;
                    brokers.last_end = None;
                    t.bumped(granted(brokers.epoch, protocol));
                }
                Err(why) => panic!("seed {seed}, transaction {transaction}: {why}"),
            }
        }
        if end == End::Commit {
            told_committed.append(&mut own)
        } else {
            told_aborted.append(&mut own)
        }
        assert!(brokers.undecided.is_empty() && !brokers.open, "seed {seed}: a transaction hangs");
        assert_eq!((&brokers.committed, &brokers.aborted), (&told_committed, &told_aborted), "seed {seed}");
    }
}

#[test]
fn whatever_is_lost_a_transaction_is_committed_or_aborted_as_its_user_is_told() {
    for seed in 0..2000 {
        play(seed);
    }
}
