//! What the replica fetchers need of this broker: where leaders listen, and the epoch of its registration.

use crate::metadata_cache::MetadataCache;
use rkafka_base::BrokerId;
use rkafka_client::HostPort;
use rkafka_protocol::messages::leader_and_isr_request::LeaderAndIsrLiveLeader;
use rkafka_replication::fetcher::FetcherHost;
use rkafka_runtime::lock::{Mutex, Rank};
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

/// The fetchers' view of the broker.
pub struct FollowingHost {
    /// The name of the listener that brokers use among themselves.
    listener: String,
    metadata: Arc<MetadataCache>,
    broker_epoch: Arc<AtomicI64>,
    /// Leaders as LeaderAndIsr requests named them: such a request comes before the metadata of a broker that is new.
    named: Mutex<HashMap<BrokerId, HostPort>>,
}

impl FollowingHost {
    pub fn new(listener: String, metadata: Arc<MetadataCache>, broker_epoch: Arc<AtomicI64>) -> FollowingHost {
        FollowingHost { listener, metadata, broker_epoch, named: Mutex::new(Rank::NamedLeaders, HashMap::new()) }
    }

    /// Notes where the leaders of a LeaderAndIsr request listen.
    pub fn note_leaders(&self, leaders: &[LeaderAndIsrLiveLeader]) {
        let address = |l: &LeaderAndIsrLiveLeader| Some(HostPort::new(&l.host_name, u16::try_from(l.port).ok()?));
        let addresses = leaders.iter().filter_map(|l| Some((BrokerId(l.broker_id), address(l)?)));
        self.named.lock().extend(addresses);
    }
}

impl FetcherHost for FollowingHost {
    fn broker_epoch(&self) -> i64 {
        self.broker_epoch.load(Ordering::Acquire)
    }

    fn address(&self, broker: BrokerId) -> Option<HostPort> {
        let snapshot = self.metadata.snapshot();
        let current = snapshot.endpoint(broker, &self.listener);
        let current = current.and_then(|e| Some(HostPort::new(&e.host, u16::try_from(e.port).ok()?)));
        current.or_else(|| self.named.lock().get(&broker).cloned())
    }
}
