//! The replica fetchers: tasks that copy what leaders on other brokers have (`ReplicaFetcherManager`).
//!
//! For each leader there are up to `num.replica.fetchers` of them; a partition's name decides which one it falls to. What
//! they ask and what they make of the answers is decided in [`super::fetch_state`]; whether an answer may still change the
//! log is decided by the partition, under its lock.

pub mod apply;
mod inbox;
mod lane;
mod out_of_range;
mod request;
mod roster;
mod session;
mod task;
#[cfg(test)]
mod tests;

pub use roster::{Following, Slot};

use inbox::Inbox;
use rkafka_base::{BrokerId, TopicPartition, java_string_hash};
use rkafka_client::HostPort;
use rkafka_config::broker::ReplicationSettings;
use rkafka_runtime::{
    clock::Clock,
    disk_lane::DiskLane,
    lock::{Mutex, Rank},
    tasks::essential::{self, Task},
};
use std::{collections::HashMap, sync::Arc, time::Duration};
use task::ReplicaFetcher;
use tokio::task::AbortHandle;

pub(crate) const LOG: &str = "kafka.server.ReplicaFetcherThread";

/// What fetchers need of the broker that they run in.
pub trait FetcherHost: Send + Sync + 'static {
    /// The epoch of the broker's registration.
    fn broker_epoch(&self) -> i64;

    /// Where a broker listens for others; `None` if it is not known to be alive.
    fn address(&self, broker: BrokerId) -> Option<HostPort>;
}

/// The settings of fetchers.
#[derive(Clone, Debug)]
pub struct FetchSettings {
    pub broker: BrokerId,
    /// `num.replica.fetchers`.
    pub fetchers: usize,
    /// `replica.fetch.wait.max.ms`.
    pub max_wait_ms: i32,
    /// `replica.fetch.min.bytes`.
    pub min_bytes: i32,
    /// `replica.fetch.max.bytes`, for one partition.
    pub max_bytes: i32,
    /// `replica.fetch.response.max.bytes`.
    pub response_max_bytes: i32,
    /// `replica.fetch.backoff.ms`: the longest wait after an error.
    pub max_backoff_ms: i64,
    /// `replica.socket.timeout.ms`.
    pub socket_timeout: Duration,
    /// `replica.socket.receive.buffer.bytes`, if it differs from the default, which leaves it to the system.
    pub receive_buffer_bytes: Option<usize>,
}

/// The default of `replica.socket.receive.buffer.bytes`. A fixed size keeps the system from growing the buffer with the
/// speed of the connection, so only one that was set on purpose is used.
const DEFAULT_RECEIVE_BUFFER: i32 = 64 * 1024;

impl FetchSettings {
    pub fn of(broker: BrokerId, settings: &ReplicationSettings) -> FetchSettings {
        let receive_buffer = settings.socket_receive_buffer_bytes;
        FetchSettings {
            broker,
            fetchers: settings.num_replica_fetchers.max(1),
            max_wait_ms: settings.fetch_wait_max_ms,
            min_bytes: settings.fetch_min_bytes,
            max_bytes: settings.fetch_max_bytes,
            response_max_bytes: settings.fetch_response_max_bytes,
            max_backoff_ms: i64::from(settings.fetch_backoff_ms),
            socket_timeout: Duration::from_millis(u64::try_from(settings.socket_timeout_ms).unwrap_or(0)),
            receive_buffer_bytes: usize::try_from(receive_buffer)
                .ok()
                .filter(|_| receive_buffer != DEFAULT_RECEIVE_BUFFER),
        }
    }
}

/// One fetcher: the leader and its number. Partitions on different disks have different ones, since a fetcher waits for
/// the disk that it writes to.
type Key = (BrokerId, usize);

#[derive(Default)]
struct Running {
    fetchers: HashMap<Key, (Arc<Inbox>, AbortHandle)>,
    /// Which fetcher a partition was last followed by.
    followed: HashMap<TopicPartition, Key>,
    /// The disks that partitions were found on; a fetcher's number tells which one it is.
    disks: Vec<Arc<DiskLane>>,
}

impl Running {
    /// The number of a disk.
    fn number_of(&mut self, disk: Arc<DiskLane>) -> usize {
        let known = self.disks.iter().position(|known| Arc::ptr_eq(known, &disk));
        known.unwrap_or_else(|| {
            self.disks.push(disk);
            self.disks.len() - 1
        })
    }
}

/// All fetchers of a broker.
pub struct Fetchers {
    settings: Arc<FetchSettings>,
    host: Arc<dyn FetcherHost>,
    clock: Arc<dyn Clock>,
    /// Held until the news of a partition is in the inboxes, so that of two words on it the later one stays.
    running: Mutex<Running>,
}

impl Fetchers {
    pub fn new(settings: FetchSettings, host: Arc<dyn FetcherHost>, clock: Arc<dyn Clock>) -> Fetchers {
        Fetchers { settings: Arc::new(settings), host, clock, running: Mutex::new(Rank::Fetchers, Running::default()) }
    }

    /// Follows partitions, each under its leader. A partition that was followed under another leader leaves that one.
    pub fn follow(&self, partitions: Vec<(BrokerId, Following)>) {
        let mut running = self.running.lock();
        let mut by_fetcher: HashMap<Key, Vec<(TopicPartition, Option<Following>)>> = HashMap::new();
        for (leader, following) in partitions {
            let name = following.partition.name().clone();
            let disk = running.number_of(following.partition.log().disk());
            let key = (leader, disk * self.settings.fetchers + self.id_of(&name));
            match running.followed.insert(name.clone(), key) {
                Some(before) if before != key => {
                    by_fetcher.entry(before).or_default().push((name.clone(), None));
                }
                _ => {}
            }
            by_fetcher.entry(key).or_default().push((name, Some(following)));
        }
        by_fetcher.into_iter().for_each(|(key, news)| self.fetcher(&mut running, key).put(news));
    }

    /// Follows partitions no more.
    pub fn unfollow<'a>(&self, partitions: impl IntoIterator<Item = &'a TopicPartition>) {
        let mut running = self.running.lock();
        for name in partitions {
            if let Some(key) = running.followed.remove(name) {
                self.fetcher(&mut running, key).put([(name.clone(), None)]);
            }
        }
    }

    /// Ends all fetchers.
    pub fn shutdown(&self) {
        self.running.lock().fetchers.drain().for_each(|(_, (_, task))| task.abort());
    }

    /// Which of a leader's fetchers for one disk a partition falls to (`AbstractFetcherManager.getFetcherId`).
    fn id_of(&self, name: &TopicPartition) -> usize {
        let hash = 31i32.wrapping_mul(java_string_hash(&name.topic)).wrapping_add(name.partition);
        // Kafka clears the sign bit of the smallest int's absolute value.
        let hash = hash.checked_abs().unwrap_or(0);
        usize::try_from(hash).unwrap_or(0) % self.settings.fetchers
    }

    fn fetcher(&self, running: &mut Running, key: Key) -> Arc<Inbox> {
        let start = || {
            let inbox: Arc<Inbox> = Arc::default();
            let (settings, host, clock) = (Arc::clone(&self.settings), Arc::clone(&self.host), Arc::clone(&self.clock));
            let fetcher = ReplicaFetcher::new(settings, key, host, clock, Arc::clone(&inbox));
            (inbox, essential::spawn(Task::ReplicaFetcher, fetcher.run()).abort_handle())
        };
        Arc::clone(&running.fetchers.entry(key).or_insert_with(start).0)
    }
}
