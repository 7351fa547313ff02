//! What waits for which answer, without a broker.

use super::*;
use crate::{ClientConfig, ClientKind, HostPort, Node, PartitionView, Properties};
use rkafka_base::{ProducerEpoch, ProducerId};
use std::time::Duration;

const PRODUCER: ProducerIdentity = ProducerIdentity { id: ProducerId(9), epoch: ProducerEpoch(0) };

fn config(list: &[(&str, &str)]) -> Arc<ProducerConfig> {
    let mut given: Properties = list.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
    given.insert("bootstrap.servers".into(), "localhost:9092".into());
    assert!(ClientConfig::of(ClientKind::Producer, "localhost:9092").is_ok());
    Arc::new(ProducerConfig::read(&given).unwrap())
}

/// A cluster of one broker and one topic.
pub fn view(partitions: i32) -> ClusterView {
    let partition = |n| PartitionView {
        partition: n,
        error: ErrorCode::NONE,
        leader: Some(1),
        leader_epoch: 0,
        replicas: vec![1],
        isr: vec![1],
        offline: vec![],
    };
    let topic = TopicView {
        name: "t".into(),
        id: Default::default(),
        error: ErrorCode::NONE,
        internal: false,
        partitions: (0..partitions).map(partition).collect(),
        authorized_operations: 0,
    };
    let node = Node { id: 1, address: HostPort::new("h", 1), rack: None };
    ClusterView { nodes: [(1, node)].into(), topics: [(topic.name.clone(), topic)].into(), ..Default::default() }
}

struct Bench {
    a: Accumulator,
    view: ClusterView,
    now: Instant,
}

impl Bench {
    fn new(partitions: i32, list: &[(&str, &str)]) -> Bench {
        let (view, mut a) = (view(partitions), Accumulator::new(config(list), 1));
        a.update_topic(&"t".into(), view.topics.get("t"));
        Bench { a, view, now: Instant::now() }
    }

    fn append(&mut self, value: &str) -> Result<bool, Refused> {
        let record = ProducerRecord { topic: "t", value: Some(value.as_bytes()), ..Default::default() };
        self.a.append(&record, TimestampMs(1), || self.now, None).map(|t| t.wake)
    }

    fn collect(&mut self) -> Vec<QueuedBatch> {
        let collected = self.a.collect(&self.view, self.now, Some(PRODUCER), |_| true);
        assert!(collected.by_node.keys().all(|n| *n == 1));
        collected.by_node.into_values().flatten().collect()
    }

    /// The one batch that can be sent now.
    fn next(&mut self) -> QueuedBatch {
        let mut batches = self.collect();
        assert_eq!(batches.len(), 1);
        batches.remove(0)
    }

    /// Appends and sends a batch of its own.
    fn send(&mut self, value: &str) -> QueuedBatch {
        self.append(value).unwrap();
        self.next()
    }

    /// So that the broker knows the producer.
    fn begin(&mut self) {
        let first = self.send("first");
        assert_eq!(number(&first), (0, 0));
        self.a.written(&first);
    }

    fn nothing(&mut self) -> bool {
        self.collect().is_empty()
    }
}

/// Epoch and sequence.
fn number(batch: &QueuedBatch) -> (i16, i32) {
    let number = batch.number.unwrap();
    (number.by.epoch.0, number.sequence)
}

#[test]
fn lingers_and_flushes() {
    let mut b = Bench::new(1, &[("linger.ms", "10")]);
    assert_eq!((b.append("a"), b.append("b")), (Ok(true), Ok(false)));
    assert!(b.collect().is_empty());
    b.now += Duration::from_millis(10);
    let batch = b.collect().remove(0);
    assert_eq!((batch.count, number(&batch)), (2, (0, 0)));
    b.a.written(&batch);
    b.append("c").unwrap();
    let id = b.a.flush();
    let second = b.collect().remove(0);
    assert_eq!(number(&second), (0, 2));
    assert!(!b.a.is_flushed(id));
    b.a.written(&second);
    assert!(b.a.is_flushed(id) && b.a.used == 0);
}

#[test]
fn a_batch_that_comes_back_goes_first_and_alone() {
    let mut b = Bench::new(1, &[]);
    b.begin();
    let (first, second) = (b.send("a"), b.send("b"));
    b.append("c").unwrap();
    b.a.put_back(first);
    assert!(b.nothing(), "the second is still under way");
    b.a.put_back(second);
    let again = b.next();
    assert_eq!((number(&again), again.attempts), ((0, 1), 2));
    assert!(b.nothing());
    b.a.written(&again);
    assert_eq!(number(&b.next()), (0, 2));
}

#[test]
fn a_broker_that_may_not_know_the_producer_gets_one_batch_first() {
    let mut b = Bench::new(1, &[]);
    let first = b.send("a");
    b.append("b").unwrap();
    assert!(b.nothing());
    b.a.put_back(first);
    let first = b.next();
    b.a.written(&first);
    assert_eq!(number(&b.next()), (0, 1));
}

#[test]
fn behind_a_failed_batch_the_rest_is_numbered_anew() {
    let mut b = Bench::new(1, &[]);
    b.begin();
    let (refused, second, third) = (b.send("a"), b.send("b"), b.send("c"));
    b.append("d").unwrap();
    b.a.failed(&refused);
    assert!(b.nothing(), "it would be refused, too");
    assert!(b.a.is_behind(&second) && b.a.is_behind(&third));
    b.a.put_back_refused(third);
    assert!(b.nothing());
    b.a.put_back_refused(second);
    // In order, and as many at once as before.
    let sent = [b.next(), b.next(), b.next()];
    assert_eq!(sent.each_ref().map(number), [(1, 0), (1, 1), (1, 2)]);
    sent.iter().for_each(|batch| b.a.written(batch));
    assert!(b.a.used == 0);
}

#[test]
fn what_a_broker_may_have_keeps_its_number_behind_a_failed_batch() {
    let mut b = Bench::new(1, &[]);
    b.begin();
    let (refused, second, third) = (b.send("a"), b.send("b"), b.send("c"));
    b.a.failed(&refused);
    // Their connection is lost before they are answered.
    b.a.put_back(second);
    b.a.put_back(third);
    let second = b.next();
    assert_eq!(number(&second), (0, 2));
    assert!(b.nothing());
    // Not written, so the third cannot be, either.
    b.a.put_back_refused(second);
    let second = b.next();
    assert_eq!(number(&second), (1, 0));
    b.a.written(&second);
    assert_eq!(number(&b.next()), (1, 1));
}

#[test]
fn behind_a_batch_that_is_repeated_numbers_stay() {
    let mut b = Bench::new(1, &[]);
    b.begin();
    let (first, second) = (b.send("a"), b.send("b"));
    assert!(b.a.is_behind(&second), "the first is not answered");
    b.a.put_back_refused(second);
    b.a.put_back(first);
    let first = b.next();
    assert_eq!(number(&first), (0, 1));
    b.a.written(&first);
    let second = b.next();
    assert_eq!(number(&second), (0, 2));
}

#[test]
fn what_the_broker_has_lost_begins_a_new_epoch() {
    let mut b = Bench::new(1, &[]);
    b.begin();
    let first = b.send("a");
    assert!(!b.a.is_behind(&first));
    b.a.put_back_refused(first);
    assert_eq!(number(&b.next()), (1, 0));
}

#[test]
fn partitions_count_for_themselves() {
    let mut b = Bench::new(2, &[]);
    let mut send = |partition| {
        let record = ProducerRecord { topic: "t", partition: Some(partition), ..Default::default() };
        b.a.append(&record, TimestampMs(1), || b.now, None).unwrap();
        b.a.collect(&b.view, b.now, Some(PRODUCER), |_| true).by_node.remove(&1).unwrap().remove(0)
    };
    let (zero, one) = (send(0), send(1));
    b.a.failed(&zero);
    assert!(!b.a.is_behind(&one));
    b.a.written(&one);
    let mut send = |partition| {
        let record = ProducerRecord { topic: "t", partition: Some(partition), ..Default::default() };
        b.a.append(&record, TimestampMs(1), || b.now, None).unwrap();
        b.a.collect(&b.view, b.now, Some(PRODUCER), |_| true).by_node.remove(&1).unwrap().remove(0)
    };
    assert_eq!([send(0), send(1)].each_ref().map(number), [(1, 0), (0, 1)]);
}

#[test]
fn another_id_comes_when_the_epochs_are_used_up() {
    let mut b = Bench::new(1, &[]);
    for epoch in 0..=i16::MAX {
        let refused = b.send("a");
        assert_eq!(number(&refused), (epoch, 0));
        b.a.failed(&refused);
    }
    b.append("b").unwrap();
    assert!(b.a.collect(&b.view, b.now, Some(PRODUCER), |_| true).exhausted);
    let other = ProducerIdentity { id: ProducerId(10), ..PRODUCER };
    let collected = b.a.collect(&b.view, b.now, Some(other), |_| true);
    assert!(!collected.exhausted);
    assert_eq!(collected.by_node[&1][0].number.unwrap().by, other);
}

#[test]
fn nothing_overtakes_what_a_deposed_leader_has_not_answered() {
    let mut b = Bench::new(1, &[]);
    b.begin();
    let first = b.send("a");
    b.append("b").unwrap();
    b.view.nodes.insert(2, Node { id: 2, address: HostPort::new("h", 2), rack: None });
    b.view.topics.get_mut("t").unwrap().partitions[0].leader = Some(2);
    let collected = b.a.collect(&b.view, b.now, Some(PRODUCER), |_| true);
    assert!(collected.by_node.is_empty() && collected.deposed == [1].into());
    b.a.put_back(first);
    let collected = b.a.collect(&b.view, b.now, Some(PRODUCER), |_| true);
    assert!(collected.deposed.is_empty());
    assert_eq!(collected.by_node[&2].iter().map(number).collect::<Vec<_>>(), [(0, 1)]);
}

#[test]
fn a_busy_producer_notices_a_deposed_leader() {
    let mut b = Bench::new(1, &[]);
    b.begin();
    let in_flight: Vec<_> = (0..5).map(|_| b.send("a")).collect();
    b.append("b").unwrap();
    b.view.nodes.insert(2, Node { id: 2, address: HostPort::new("h", 2), rack: None });
    b.view.topics.get_mut("t").unwrap().partitions[0].leader = Some(2);
    let collected = b.a.collect(&b.view, b.now, Some(PRODUCER), |_| true);
    assert!(collected.by_node.is_empty() && collected.deposed == [1].into(), "{} in flight", in_flight.len());
}

#[test]
fn memory_is_bounded() {
    let mut b = Bench::new(1, &[("buffer.memory", "1000")]);
    let mut taken = 0;
    while b.append(&"x".repeat(100)).is_ok() {
        taken += 1;
    }
    assert!((5..9).contains(&taken), "{taken}");
    assert_eq!(b.append(&"y".repeat(800)), Err(Refused::Full));
    let batch = b.next();
    b.a.written(&batch);
    assert!(b.append("x").is_ok());
    assert!(matches!(b.append(&"x".repeat(2000)), Err(Refused::Failed(e)) if e.to_string().contains("buffer.memory")));
}

#[test]
fn expires_what_cannot_be_sent() {
    let mut b = Bench::new(1, &[]);
    b.append("a").unwrap();
    b.now += Duration::from_secs(121);
    assert_eq!(b.a.collect(&b.view, b.now, Some(PRODUCER), |_| false).expired.len(), 1);
}

#[test]
fn unknown_topics_and_partitions() {
    let mut b = Bench::new(2, &[]);
    let record = ProducerRecord { topic: "u", ..Default::default() };
    assert_eq!(b.a.append(&record, TimestampMs(1), || b.now, None), Err(Refused::UnknownPartition));
    let record = ProducerRecord { topic: "t", partition: Some(2), ..Default::default() };
    assert_eq!(b.a.append(&record, TimestampMs(1), || b.now, None), Err(Refused::UnknownPartition));
}

#[test]
fn no_record_comes_into_a_batch_that_later_ones_follow() {
    let mut b = Bench::new(1, &[("batch.size", "400")]);
    b.begin();
    b.append("a").unwrap();
    let split = b.send("b");
    let behind = b.send("c");
    b.a.split(split);
    b.append("d").unwrap();
    b.a.put_back_refused(behind);
    let mut order = Vec::new();
    while order.len() < 4 {
        let batch = b.next();
        assert_eq!(batch.count, 1);
        order.push(number(&batch));
        b.a.written(&batch);
    }
    assert_eq!(order, [(0, 1), (0, 2), (0, 3), (0, 4)]);
    let mut unsent = b.send("e");
    b.a.put_back(unsent);
    b.append("f").unwrap();
    unsent = b.next();
    assert_eq!(unsent.count, 1, "it has its number already");
}

#[test]
fn pieces_of_a_split_batch_keep_their_order() {
    let mut b = Bench::new(1, &[("batch.size", "160")]);
    b.append(&"a".repeat(20)).unwrap();
    b.append(&"b".repeat(20)).unwrap();
    let batch = b.collect().remove(0);
    b.a.split(batch);
    let first = b.next();
    assert!(b.nothing());
    b.a.put_back(first);
    let first = b.next();
    assert_eq!((number(&first), first.count), ((0, 0), 1));
    b.a.written(&first);
    assert!(!b.a.is_flushed(1));
    let second = b.next();
    assert_eq!(number(&second), (0, 1));
    b.a.written(&second);
    assert!(b.a.is_flushed(1) && b.a.used == 0);
}

#[test]
fn a_transaction_numbers_its_batches_and_takes_what_waits_with_it() {
    use crate::producer::transactions::state::{End, Granted, Protocol};
    let granted = |epoch| {
        let identity = ProducerIdentity { epoch: ProducerEpoch(epoch), ..PRODUCER };
        Granted { identity, protocol: Protocol::Explicit, can_bump: true }
    };
    let mut b = Bench::new(1, &[("transactional.id", "x"), ("batch.size", "1")]);
    assert!(matches!(b.append("early"), Err(Refused::Failed(_))));
    let transactions = b.a.transactions.as_mut().unwrap();
    transactions.begin_init().unwrap();
    transactions.initialized(granted(0));
    transactions.begin().unwrap();
    b.append("a").unwrap();
    assert!(b.nothing(), "the coordinator has not heard of the partition");
    let transactions = b.a.transactions.as_mut().unwrap();
    assert_eq!(transactions.partitions_to_add().unwrap().1, [TopicPartition::new("t", 0)]);
    transactions.partitions_added(Ok(()));
    let mut first = b.next();
    assert_eq!(number(&first), (0, 0));
    let bytes = first.seal().unwrap();
    assert!(rkafka_protocol::record::Batch::parse(&bytes).unwrap().header.is_transactional());
    b.append("b").unwrap();
    assert!(b.a.discard().is_none());
    let why = ClientError::broker(ErrorCode::MESSAGE_TOO_LARGE, None);
    b.a.note_failure(&first, &why);
    b.a.failed(&first);
    // What has not been sent goes, too, and nothing more comes in.
    let (said, lost) = b.a.discard().unwrap();
    assert_eq!((said, lost.len()), (why, 1));
    lost.iter().for_each(|batch| b.a.failed(batch));
    assert!(matches!(b.append("late"), Err(Refused::Failed(_))) && b.a.is_flushed(u64::MAX));
    let transactions = b.a.transactions.as_mut().unwrap();
    transactions.begin_end(End::Abort).unwrap();
    transactions.ended(None);
    transactions.bumped(granted(1));
    transactions.next_step().unwrap();
    transactions.begin().unwrap();
    transactions.admits(&TopicPartition::new("t", 0));
    transactions.partitions_to_add();
    transactions.partitions_added(Ok(()));
    b.append("c").unwrap();
    let collected = b.a.collect(&b.view, b.now, Some(granted(1).identity), |_| true);
    assert_eq!(number(&collected.by_node[&1][0]), (1, 0));
}
