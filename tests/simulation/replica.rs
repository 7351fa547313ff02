//! A partition's replica in a process: the product's `Partition` over its log, and whoever waits at it.

use super::disk::{log_of, partition_of};
use super::message::{Endpoint, Fetch};
use super::process::Ctx;
use super::world::tp;
use parking_lot::Mutex;
use rkafka_base::{BrokerId, LeaderEpoch, Offset, TopicPartition, Uuid};
use rkafka_config::topic::TopicConfig;
use rkafka_log::LogDirs;
use rkafka_protocol::ErrorCode;
use rkafka_replication::fetch_state::Question;
use rkafka_replication::fetcher::Slot;
use rkafka_replication::{
    IsrProposal, LocalReplica, Partition, PartitionHost, Replicas, Throttles, Waiter, WaiterPlace, WaitsFor,
};
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::path::Path;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// `min.insync.replicas`.
pub const MIN_IN_SYNC: i32 = 2;
/// No request waits as long as this: the clients of the simulation give up by themselves.
const FOR_EVER: Duration = Duration::from_secs(1_000_000);

/// The rest of the cluster, as the partitions of one process see it.
#[derive(Default)]
pub struct Host {
    /// Where other parts of the process find the partitions.
    pub replicas: Arc<Replicas>,

    live: Mutex<BTreeSet<i32>>,
    proposed: Mutex<Vec<(usize, IsrProposal)>>,
    /// Whose disk has refused something since this was last asked.
    failed: Mutex<BTreeMap<usize, String>>,
}

impl Host {
    pub fn set_live(&self, live: BTreeSet<i32>) {
        *self.live.lock() = live;
    }

    /// What partitions have proposed since this was last asked.
    pub fn take_proposed(&self) -> Vec<(usize, IsrProposal)> {
        std::mem::take(&mut self.proposed.lock())
    }
}

impl Host {
    /// The disk of a partition has refused something, and why.
    pub fn note_failed(&self, partition: usize, reason: &str) {
        self.failed.lock().insert(partition, reason.to_owned());
    }

    pub fn take_failed(&self) -> BTreeMap<usize, String> {
        std::mem::take(&mut self.failed.lock())
    }
}

impl PartitionHost for Host {
    fn is_alive(&self, broker: BrokerId) -> bool {
        self.live.lock().contains(&broker.0)
    }

    fn propose(&self, partition: &TopicPartition, _: Option<Uuid>, proposal: IsrProposal) {
        self.proposed.lock().push((partition.partition as usize, proposal));
    }

    fn disk_failed(&self, log_dir: &Path, reason: &str) {
        self.note_failed(partition_of(log_dir), reason);
    }
}

/// Notes that a task is to be polled.
#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A producer that waits for its record to be committed.
pub struct Waiting {
    pub client: Endpoint,
    pub call: u64,
    pub value: u64,
    pub offset: i64,
    /// `Partition::committed`, as the produce handler awaits it.
    committed: Pin<Box<dyn Future<Output = Result<(), ErrorCode>>>>,
    woken: Arc<Woken>,
    /// It was woken, and will be polled when its turn comes.
    is_due: bool,
}

impl Waiting {
    /// Waits for the record at `offset`, appended in `epoch`.
    pub fn new(partition: &Arc<Partition>, client: Endpoint, call: u64, value: u64, at: (i64, LeaderEpoch)) -> Waiting {
        let partition = Arc::clone(partition);
        let (offset, epoch) = at;
        let committed = async move { partition.committed(Offset(offset + 1), epoch, FOR_EVER).await };
        let (committed, woken) = (Box::pin(committed), Arc::default());
        Waiting { client, call, value, offset, committed, woken, is_due: false }
    }

    /// Whether it was woken since this was last asked, and now waits for its turn.
    pub fn becomes_due(&mut self) -> bool {
        let woken = self.woken.0.swap(false, Ordering::Relaxed);
        self.is_due |= woken;
        woken
    }

    /// Polls it if it is its turn.
    pub fn poll_due(&mut self) -> Option<Result<(), ErrorCode>> {
        std::mem::take(&mut self.is_due).then(|| self.poll()).flatten()
    }

    pub fn poll(&mut self) -> Option<Result<(), ErrorCode>> {
        let waker = Waker::from(Arc::clone(&self.woken));
        match self.committed.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(result) => Some(result),
            Poll::Pending => None,
        }
    }
}

/// A fetch that waits for records.
pub struct Held {
    pub from: Endpoint,
    pub fetch: Fetch,
    waiter: Arc<Waiter>,
    _place: WaiterPlace,
}

impl Held {
    pub fn new(partition: &Partition, from: Endpoint, fetch: Fetch) -> Held {
        let waiter = Waiter::new(1);
        let place = partition.watch(&waiter, WaitsFor::Append);
        Held { from, fetch, waiter, _place: place }
    }

    pub fn is_woken(&self) -> bool {
        pin!(self.waiter.woken()).as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }
}

pub struct Replica {
    pub partition: Arc<Partition>,
    /// Fetches that wait for records.
    pub held: Vec<Held>,
    pub waiting: Vec<Waiting>,
    /// Grows with every change of the leader; timers of earlier turns mean nothing.
    pub turn: u64,
    /// What a fetcher has of it, if it follows.
    pub follow: Option<Slot>,
    /// What the leader was asked and has not answered.
    pub question: Option<(u64, Question)>,
}

impl Replica {
    /// The replica of a log that nobody has used since the process began, or since the replica was stopped.
    pub fn open(
        ctx: &mut Ctx,
        broker: i32,
        number: usize,
        dirs: &LogDirs,
        host: &Arc<Host>,
    ) -> Result<Replica, ErrorCode> {
        let log = log_of(dirs, number, ctx.now()).map_err(|error| {
            host.note_failed(number, &error.to_string());
            error.code()
        })?;
        if let Some(known) = &mut ctx.disk[number] {
            known.look(&log);
        }
        let local = LocalReplica {
            broker: BrokerId(broker),
            max_lag_ms: ctx.env.shape.lag_ms,
            cluster: Arc::clone(host) as Arc<dyn PartitionHost>,
            throttles: Arc::new(Throttles::new(11, 1)),
        };
        let config = TopicConfig { min_insync_replicas: MIN_IN_SYNC, ..TopicConfig::default() };
        host.replicas.remove(&tp(number));
        let partition = host.replicas.insert(Partition::new(tp(number), local, log, Arc::new(config)));
        Ok(Replica { partition, held: Vec::new(), waiting: Vec::new(), turn: 0, follow: None, question: None })
    }

    pub fn watermark(&self) -> i64 {
        self.partition.log().high_watermark().0
    }
}
