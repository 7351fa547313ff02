//! The load and its judgement: writers that wait for acks=all through one idempotent producer, and a consumer that follows
//! from the beginning.

use crate::{
    cluster::{Cluster, PARTITIONS, TOPIC},
    process::PATIENCE,
};
use parking_lot::Mutex;
use rkafka_base::TopicPartition;
use rkafka_client::{Consumer, Producer, Properties, admin::OffsetSpec, producer::ProducerRecord};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{task::JoinHandle, time::sleep};

/// Writers of each partition: as many batches may be under way at once.
const WRITERS: usize = 3;
/// The pause of a writer between two records.
const PACE: Duration = Duration::from_millis(2);

/// The partitions of [`TOPIC`].
pub fn partitions() -> Vec<TopicPartition> {
    (0..PARTITIONS).map(|p| TopicPartition::new(TOPIC, p)).collect()
}

/// An acknowledged record. The offset is −1 if the broker knew the batch but not its place any more.
#[derive(Debug)]
struct Acked {
    partition: i32,
    offset: i64,
    value: String,
    at: Instant,
}

/// Per partition: (offset, value) in the order in which they came.
type Log = BTreeMap<i32, Vec<(i64, String)>>;

pub struct Load {
    acked: Arc<Mutex<Vec<Acked>>>,
    stop: Arc<AtomicBool>,
    writers: Vec<JoinHandle<()>>,
    follower: JoinHandle<Log>,
    ends: tokio::sync::watch::Sender<Option<Vec<i64>>>,
}

fn properties(cluster: &Cluster, list: &[(&str, &str)]) -> Properties {
    let fixed = [
        ("metadata.max.age.ms", "1000"),
        ("request.timeout.ms", "5000"),
        ("reconnect.backoff.max.ms", "200"),
        ("retry.backoff.max.ms", "200"),
    ];
    let mut all: Properties = fixed.iter().chain(list).map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    all.insert("bootstrap.servers".to_owned(), cluster.bootstrap());
    all
}

impl Load {
    /// Starts writers and follower, and waits for the first acknowledgements.
    pub async fn start(cluster: &Cluster) -> Load {
        let given = properties(cluster, &[("acks", "all"), ("enable.idempotence", "true"), ("linger.ms", "0")]);
        let producer = Arc::new(Producer::new(&given, None).await.unwrap());
        let (acked, stop) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let writers = (0..WRITERS * PARTITIONS as usize)
            .map(|w| tokio::spawn(write(producer.clone(), w, Arc::clone(&acked), stop.clone())))
            .collect();
        let ends = tokio::sync::watch::Sender::new(None);
        let consumer = Consumer::new(&properties(cluster, &[("auto.offset.reset", "none")])).await.unwrap();
        let follower = tokio::spawn(follow(consumer, ends.subscribe()));
        let load = Load { acked, stop, writers, follower, ends };
        load.flows("at first").await;
        load
    }

    /// Waits until every partition acknowledged records sent after this call.
    pub async fn flows(&self, when: &str) {
        let from = Instant::now();
        loop {
            let mut counts = [0; PARTITIONS as usize];
            // A record that was acknowledged half a second from now on was sent after it, or waited in vain until now.
            for a in self.acked.lock().iter().rev().take_while(|a| a.at > from) {
                counts[a.partition as usize] += 1;
            }
            if counts.iter().all(|c| *c > 2 * WRITERS) {
                return;
            }
            assert!(from.elapsed() < PATIENCE, "no writes to some partition {when}: {counts:?}");
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// The longest time without an acknowledgement on any one partition since `from`, and on which.
    pub fn longest_gap(&self, from: Instant) -> (Duration, i32) {
        let acked = self.acked.lock();
        let gap = |partition: i32| {
            let mut last = from;
            let mut longest = Duration::ZERO;
            for a in acked.iter().filter(|a| a.partition == partition && a.at > from) {
                longest = longest.max(a.at - last);
                last = a.at;
            }
            (longest.max(last.elapsed()), partition)
        };
        (0..PARTITIONS).map(gap).max().unwrap()
    }

    /// Ends the load and judges it: see the module's head.
    pub async fn finish(self, cluster: &mut Cluster) {
        cluster.settled().await;
        self.flows("before the end").await;
        self.stop.store(true, Ordering::Relaxed);
        for writer in self.writers {
            tokio::time::timeout(PATIENCE, writer).await.expect("the last acknowledgements").unwrap();
        }
        let ends = cluster.ends().await;
        self.ends.send_replace(Some(ends.clone()));
        let followed = tokio::time::timeout(PATIENCE, self.follower).await.expect("the follower reads to the end");
        let consumer = Consumer::new(&properties(cluster, &[("auto.offset.reset", "none")])).await.unwrap();
        let again = tokio::sync::watch::Sender::new(Some(ends));
        let read = tokio::time::timeout(PATIENCE, follow(consumer, again.subscribe())).await;
        let log = read.expect("the whole log is read again");
        let acked = self.acked.lock();
        judge(&acked, &log);
        assert!(followed.unwrap() == log, "the follower saw another log than stands there in the end");
        println!("{} records acknowledged and found", acked.len());
    }
}

/// Writes numbered records to one partition, each after the acknowledgement of the one before.
async fn write(producer: Arc<Producer>, writer: usize, acked: Arc<Mutex<Vec<Acked>>>, stop: Arc<AtomicBool>) {
    let partition = (writer % PARTITIONS as usize) as i32;
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let value = format!("{writer}:{number}");
        let record = ProducerRecord {
            topic: TOPIC,
            partition: Some(partition),
            value: Some(value.as_bytes()),
            ..Default::default()
        };
        let sent = producer.send(&record).await.unwrap_or_else(|e| panic!("{value} could not be sent: {e}"));
        acked.lock().push(Acked { partition, offset: sent.offset, value, at: Instant::now() });
        sleep(PACE).await;
    }
}

/// Reads from the beginning until the ends are known and reached.
async fn follow(mut consumer: Consumer, ends: tokio::sync::watch::Receiver<Option<Vec<i64>>>) -> Log {
    let all = partitions();
    consumer.assign(&all);
    all.iter().for_each(|tp| consumer.seek_to(tp, OffsetSpec::Earliest).unwrap());
    let mut log = Log::new();
    loop {
        if let Some(ends) = &*ends.borrow()
            && all.iter().zip(ends).all(|(tp, end)| consumer.position(tp).unwrap_or(0) >= *end)
        {
            return log;
        }
        let Some(mut fetched) = consumer.poll(Duration::from_millis(100)).await.unwrap() else { continue };
        let records = log.entry(fetched.partition.partition).or_default();
        while let Some(batch) = fetched.next_batch() {
            for record in batch.unwrap().records() {
                let record = record.unwrap();
                records.push((record.offset.0, String::from_utf8(record.value.unwrap().to_vec()).unwrap()));
            }
        }
    }
}

/// Every acknowledged record stands at its offset; no record is there twice; each writer's are in order.
fn judge(acked: &[Acked], log: &Log) {
    let mut places: HashMap<&str, (i32, i64)> = HashMap::new();
    for (partition, records) in log {
        let mut last: HashMap<&str, u64> = HashMap::new();
        for (offset, value) in records {
            let before = places.insert(value, (*partition, *offset));
            assert!(before.is_none(), "{value} stands at {before:?} and at {partition}:{offset}");
            let (writer, number) = value.split_once(':').unwrap();
            let number: u64 = number.parse().unwrap();
            let previous = last.insert(writer, number);
            assert!(previous.is_none_or(|p| p < number), "{value} at {partition}:{offset} follows number {previous:?}");
        }
    }
    for a in acked {
        let place = places.get(a.value.as_str());
        assert!(place.is_some(), "{} was acknowledged at {}:{} and is lost", a.value, a.partition, a.offset);
        let right = place.is_some_and(|(p, o)| *p == a.partition && (a.offset == -1 || a.offset == *o));
        assert!(right, "{} was acknowledged at {}:{} and stands at {place:?}", a.value, a.partition, a.offset);
    }
}
