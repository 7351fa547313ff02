//! What the controller tells this broker: LeaderAndIsr, UpdateMetadata and StopReplica (`ReplicaManager`).
//!
//! The broker that runs the controller gets them in-process, the others over the network; the messages are the same.
//! They are applied one at a time, in the order in which they come.
//!
//! A request waits for its turn where it was received, and is dropped there without a trace if its connection closes.
//! Once it has its turn it is run to its end by a task of its own: the controller, when it is not answered, sends the
//! same epochs again, and what the first request has changed refuses them as stale. What must be read for it is read
//! before anything changes.

use crate::{
    following::FollowingHost,
    log_dir_moves::LogDirMoves,
    metadata_cache::MetadataCache,
    to_the_end::to_the_end,
    topic_configs::{LoadedConfigs, TopicConfigs},
};
use rkafka_base::{BrokerId, LeaderEpoch, OFFSETS_TOPIC, TopicPartition, Uuid};
use rkafka_coordinator::GroupCoordinator;
use rkafka_log::{Log, LogConfig, LogDirs, LogError};
use rkafka_protocol::{
    ErrorCode,
    messages::{
        LeaderAndIsrRequest, LeaderAndIsrResponse, StopReplicaRequest, StopReplicaResponse, UpdateMetadataRequest,
        UpdateMetadataResponse,
        leader_and_isr_request::{LeaderAndIsrPartitionState, LeaderAndIsrTopicState},
        leader_and_isr_response::{LeaderAndIsrPartitionError, LeaderAndIsrTopicError},
        stop_replica_request::StopReplicaPartitionState,
        stop_replica_response::StopReplicaPartitionError,
    },
};
use rkafka_replication::{
    LocalReplica, Partition, Replicas, RoleChange,
    fetcher::{Fetchers, Following},
};
use rkafka_runtime::{clock::Clock, disk_lane::Access, random, tasks::watched};
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::sync::{Mutex, OwnedMutexGuard};

const LOG: &str = "state.change.logger";
/// From this version on LeaderAndIsr answers by topic id.
const TOPIC_IDS_SINCE: i16 = 5;
/// A request that names no broker epoch.
const ANY_BROKER_EPOCH: i64 = -1;
/// The leader epoch of a StopReplica request for a topic that is being deleted; passes every check.
const EPOCH_DURING_DELETE: i32 = -2;
/// No leader epoch: passes every check.
const NO_EPOCH: i32 = -1;
/// How long a broker that stops waits for the request that is being applied. One that waits for ZooKeeper may wait long.
const STOP_PATIENCE: Duration = Duration::from_secs(2);
/// The controller epoch of a broker that stops: all are behind it.
const STOPPED: i32 = i32::MAX;

/// How often, and with what pause, a log is tried to be made while there are no file descriptors.
const TRIES: u32 = 100;
const RETRY_PAUSE: Duration = Duration::from_millis(100);

/// Applies the controller's requests.
pub struct ControllerRequests {
    pub local: LocalReplica,
    pub metadata: Arc<MetadataCache>,
    pub replicas: Arc<Replicas>,
    pub log_dirs: LogDirs,
    pub topic_configs: Arc<TopicConfigs>,
    pub clock: Arc<dyn Clock>,
    pub groups: Arc<GroupCoordinator>,
    pub fetchers: Arc<Fetchers>,
    pub following: Arc<FollowingHost>,
    pub moves: Arc<LogDirMoves>,
    /// The epoch of this broker's registration in ZooKeeper.
    pub broker_epoch: Arc<AtomicI64>,
    /// The greatest controller epoch seen; held while a request is applied. The lock is fair, so that requests are
    /// applied in the order in which they came, also over several connections.
    pub controller_epoch: Arc<Mutex<i32>>,
}

/// The turn of one request.
type Turn = OwnedMutexGuard<i32>;

impl ControllerRequests {
    /// Applies LeaderAndIsr 0–7.
    pub async fn leader_and_isr(self: &Arc<Self>, request: LeaderAndIsrRequest, version: i16) -> LeaderAndIsrResponse {
        let (this, turn) = (Arc::clone(self), self.turn().await);
        to_the_end(async move { this.apply_leader_and_isr(turn, request, version).await }).await
    }

    /// Applies what the controller has decided and not said here, as if it had said so in the epoch that is known of it.
    pub(crate) async fn take_as_said(self: &Arc<Self>, request: LeaderAndIsrRequest) {
        let (this, turn) = (Arc::clone(self), self.turn().await);
        if *turn == STOPPED {
            return;
        }
        let request = LeaderAndIsrRequest { controller_epoch: *turn, broker_epoch: ANY_BROKER_EPOCH, ..request };
        to_the_end(async move { this.apply_leader_and_isr(turn, request, TOPIC_IDS_SINCE).await }).await;
    }

    /// Applies UpdateMetadata 0–8.
    pub async fn update_metadata(self: &Arc<Self>, request: UpdateMetadataRequest) -> UpdateMetadataResponse {
        let (this, turn) = (Arc::clone(self), self.turn().await);
        to_the_end(async move { this.apply_update_metadata(turn, &request) }).await
    }

    /// Applies StopReplica 0–4.
    pub async fn stop_replica(self: &Arc<Self>, request: StopReplicaRequest) -> StopReplicaResponse {
        let (this, turn) = (Arc::clone(self), self.turn().await);
        to_the_end(async move { this.apply_stop_replica(turn, request).await }).await
    }

    /// Applies nothing more: waits for the request that is being applied, and refuses those that come after it.
    pub async fn shutdown(&self) {
        match tokio::time::timeout(STOP_PATIENCE, self.turn()).await {
            Ok(mut turn) => *turn = STOPPED,
            Err(_) => {
                log::warn!(target: LOG, "[Broker id={}] A request of the controller is left unfinished", self.local.broker)
            }
        }
    }

    async fn turn(&self) -> Turn {
        Arc::clone(&self.controller_epoch).lock_owned().await
    }

    async fn apply_leader_and_isr(
        &self,
        mut turn: Turn,
        request: LeaderAndIsrRequest,
        version: i16,
    ) -> LeaderAndIsrResponse {
        if let Err(code) = self.check(&mut turn, request.broker_epoch, request.controller_epoch) {
            return LeaderAndIsrResponse { error_code: code.0, ..Default::default() };
        }
        self.following.note_leaders(&request.live_leaders);
        let all = grouped(request);
        let configs = self.topic_configs.load_all(self.to_open(&all)).await;
        let mut topics = Vec::new();
        let mut ungrouped = Vec::new();
        let mut to_follow = Vec::new();
        for topic in all {
            let name: Arc<str> = Arc::from(topic.topic_name.as_str());
            let mut partition_errors = Vec::with_capacity(topic.partition_states.len());
            for state in &topic.partition_states {
                let partition = TopicPartition::new(Arc::clone(&name), state.partition_index);
                let change = self.become_leader_or_follower(&partition, topic.topic_id, state, &configs).await;
                let code = change.map(|following| to_follow.extend(following));
                partition_errors.push(LeaderAndIsrPartitionError {
                    topic_name: topic.topic_name.clone(),
                    partition_index: state.partition_index,
                    error_code: code.err().map_or(0, |c| c.0),
                    ..Default::default()
                });
            }
            // Older versions answer by name, newer ones by id.
            if version < TOPIC_IDS_SINCE {
                ungrouped.extend(partition_errors);
            } else {
                let topic_id = topic.topic_id;
                topics.push(LeaderAndIsrTopicError { topic_id, partition_errors, ..Default::default() });
            }
        }
        self.fetchers.follow(to_follow);
        self.topic_configs.reload_outdated(configs).await;
        LeaderAndIsrResponse { partition_errors: ungrouped, topics, ..Default::default() }
    }

    /// The topics of which a replica is to be opened that is not open yet.
    fn to_open(&self, topics: &[LeaderAndIsrTopicState]) -> Vec<String> {
        let is_closed = |topic: &LeaderAndIsrTopicState| {
            topic.partition_states.iter().any(|p| self.replicas.get(&topic.topic_name, p.partition_index).is_none())
        };
        topics.iter().filter(|topic| is_closed(topic)).map(|topic| topic.topic_name.clone()).collect()
    }

    fn apply_update_metadata(&self, mut turn: Turn, request: &UpdateMetadataRequest) -> UpdateMetadataResponse {
        if let Err(code) = self.check(&mut turn, request.broker_epoch, request.controller_epoch) {
            return UpdateMetadataResponse { error_code: code.0, ..Default::default() };
        }
        let before = self.metadata.snapshot();
        let deleted = self.metadata.apply(request);
        if !before.brokers.keys().eq(self.metadata.snapshot().brokers.keys()) {
            self.replicas.all().iter().for_each(|partition| partition.brokers_changed(self.clock.now()));
        }
        if !deleted.is_empty() {
            let groups = Arc::clone(&self.groups);
            drop(watched::spawn("forgetting deleted partitions' offsets", async move {
                groups.partitions_deleted(deleted).await
            }));
        }
        if let Some(topic) = self.metadata.snapshot().topic(OFFSETS_TOPIC) {
            self.groups.set_partitions(i32::try_from(topic.partitions.size()).unwrap_or(i32::MAX));
        }
        UpdateMetadataResponse::default()
    }

    async fn apply_stop_replica(&self, mut turn: Turn, request: StopReplicaRequest) -> StopReplicaResponse {
        if let Err(code) = self.check(&mut turn, request.broker_epoch, request.controller_epoch) {
            return StopReplicaResponse { error_code: code.0, ..Default::default() };
        }
        let mut partition_errors = Vec::new();
        for (topic, state) in stops(request) {
            let partition = TopicPartition::new(topic.as_str(), state.partition_index);
            let code = self.stop(&partition, &state).await;
            partition_errors.push(StopReplicaPartitionError {
                topic_name: topic,
                partition_index: state.partition_index,
                error_code: code.err().map_or(0, |c| c.0),
                ..Default::default()
            });
        }
        StopReplicaResponse { partition_errors, ..Default::default() }
    }

    /// The checks that come before every request; remembers the controller's epoch.
    fn check(&self, known: &mut i32, broker_epoch: i64, controller_epoch: i32) -> Result<(), ErrorCode> {
        if broker_epoch != ANY_BROKER_EPOCH && broker_epoch < self.broker_epoch.load(Ordering::Acquire) {
            return Err(ErrorCode::STALE_BROKER_EPOCH);
        }
        if controller_epoch < *known {
            return Err(ErrorCode::STALE_CONTROLLER_EPOCH);
        }
        *known = controller_epoch;
        Ok(())
    }

    /// Does what one partition of a LeaderAndIsr request asks for. Gives the leader to follow, if there is one.
    async fn become_leader_or_follower(
        &self,
        name: &TopicPartition,
        topic_id: Uuid,
        state: &LeaderAndIsrPartitionState,
        configs: &LoadedConfigs,
    ) -> Result<Option<(BrokerId, Following)>, ErrorCode> {
        if !state.replicas.contains(&self.local.broker.0) {
            return Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
        }
        if self.replicas.is_offline(name) {
            return Err(ErrorCode::KAFKA_STORAGE_ERROR);
        }
        let partition = match self.replicas.get(&name.topic, name.partition) {
            Some(partition) => partition,
            None => self.open(name, topic_id, state.is_new, configs).await?,
        };
        self.check_topic_id(&partition, topic_id).await?;
        let led = partition.is_leader();
        match self.change(&partition, state).await? {
            RoleChange::Stale => Ok(None),
            RoleChange::Leader { epoch_start } => {
                // Whatever its fetcher has under way comes too late: the new epoch has fenced it.
                self.fetchers.unfollow([name]);
                log::info!(target: LOG, "[Broker id={}] Leader {name} with topic id {topic_id} starts at leader epoch {} from offset {epoch_start}", self.local.broker, state.leader_epoch);
                self.elected(name, state.leader_epoch);
                Ok(None)
            }
            RoleChange::Follower { leader } => {
                log::info!(target: LOG, "[Broker id={}] Follower {name} of leader {leader} in epoch {}", self.local.broker, state.leader_epoch);
                if led {
                    self.resigned(name, Some(state.leader_epoch));
                }
                if leader == BrokerId::NONE {
                    self.fetchers.unfollow([name]);
                    return Ok(None);
                }
                let topic_id = partition.topic_id().unwrap_or(Uuid::ZERO);
                let leader_epoch = LeaderEpoch(state.leader_epoch);
                Ok(Some((leader, Following { partition, topic_id, leader_epoch })))
            }
        }
    }

    /// Lets the partition take in what it is told, where its disk may be waited for.
    async fn change(
        &self,
        partition: &Arc<Partition>,
        state: &LeaderAndIsrPartitionState,
    ) -> Result<RoleChange, ErrorCode> {
        let (disk, now) = (partition.log().disk(), self.clock.now());
        if let Some(_inside) = disk.enter(Access::Write) {
            return partition.change(state, now);
        }
        let (there, state) = (Arc::clone(partition), state.clone());
        disk.run_apart(Access::Write, move || there.change(&state, now)).await
    }

    async fn check_topic_id(&self, partition: &Arc<Partition>, given: Uuid) -> Result<(), ErrorCode> {
        match partition.topic_id() {
            _ if given.is_zero() => Ok(()),
            Some(own) if own == given => Ok(()),
            Some(_) => Err(ErrorCode::INCONSISTENT_TOPIC_ID),
            None => {
                let log = partition.log().clone();
                let assign = move || log.assign_topic_id(given);
                partition.log().disk().run(Access::Write, assign).await.map_err(|e| e.code())
            }
        }
    }

    /// Opens the replica's log, which is new or was loaded at the start.
    ///
    /// A replica that is not new and that no working log dir holds may lie in one that has failed: an empty one must not
    /// take its place.
    async fn open(
        &self,
        name: &TopicPartition,
        topic_id: Uuid,
        is_new: bool,
        configs: &LoadedConfigs,
    ) -> Result<Arc<Partition>, ErrorCode> {
        if !is_new && self.log_dirs.has_offline_dir() && self.log_dirs.get(name).is_none() {
            log::error!(target: LOG, "[Broker id={}] Cannot create log for {name} because log directories are offline", self.local.broker);
            return Err(ErrorCode::KAFKA_STORAGE_ERROR);
        }
        let config = configs.of(&name.topic).map_err(|e| {
            log::error!(target: LOG, "[Broker id={}] The settings of {name} could not be read: {e}", self.local.broker);
            ErrorCode::UNKNOWN_SERVER_ERROR
        })?;
        let log_config = Arc::new(self.topic_configs.log_config(&config));
        let topic_id = (!topic_id.is_zero()).then_some(topic_id);
        let log = self.get_or_create(name, topic_id, &log_config).await.map_err(|e| {
            log::error!(target: "kafka.log.LogManager", "Error while creating log for {name}: {e}");
            e.code()
        })?;
        // A log that was loaded at the start may have older settings.
        log.set_config(log_config);
        let partition = self.replicas.insert(Partition::new(name.clone(), self.local.clone(), log, config));
        self.moves.resume(partition.log());
        Ok(partition)
    }

    /// The partition's log. For file descriptors it waits: the controller would not ask a second time.
    async fn get_or_create(
        &self,
        name: &TopicPartition,
        topic_id: Option<Uuid>,
        config: &Arc<LogConfig>,
    ) -> Result<Log, LogError> {
        let mut tries = 1;
        loop {
            let (dirs, name, config, now) = (self.log_dirs.clone(), name.clone(), Arc::clone(config), self.clock.now());
            let disk = self.log_dirs.disk_for(&name)?;
            let get = move || dirs.get_or_create(&name, topic_id, config, now);
            match disk.run(Access::Write, get).await {
                Err(error) if error.is_exhaustion() && tries < TRIES => {
                    tries += 1;
                    tokio::time::sleep(RETRY_PAUSE).await;
                }
                done => return done,
            }
        }
    }

    /// This broker leads the partition now: whoever coordinates by it begins to.
    fn elected(&self, name: &TopicPartition, leader_epoch: i32) {
        if &*name.topic == OFFSETS_TOPIC {
            self.groups.elected(name.partition, leader_epoch);
        }
    }

    /// This broker leads the partition no more; without an epoch the partition is going away.
    fn resigned(&self, name: &TopicPartition, leader_epoch: Option<i32>) {
        if &*name.topic == OFFSETS_TOPIC {
            self.groups.resigned(name.partition, leader_epoch);
        }
    }

    async fn stop(&self, name: &TopicPartition, state: &StopReplicaPartitionState) -> Result<(), ErrorCode> {
        if self.replicas.is_offline(name) {
            return Err(ErrorCode::KAFKA_STORAGE_ERROR);
        }
        let partition = self.replicas.get(&name.topic, name.partition);
        let epoch = partition.as_ref().map(|p| p.leader_epoch().0);
        let is_free = matches!(state.leader_epoch, EPOCH_DURING_DELETE | NO_EPOCH);
        if !is_free && epoch.is_some_and(|own| state.leader_epoch < own) {
            return Err(ErrorCode::FENCED_LEADER_EPOCH);
        }
        if partition.as_ref().is_some_and(|p| p.is_leader()) {
            self.resigned(name, None);
        }
        if state.delete_partition {
            self.moves.stop(name);
        }
        if partition.is_some() {
            self.fetchers.unfollow([name]);
            self.replicas.remove(name);
        }
        // Whoever waits for it hears so, whatever becomes of its files.
        if let Some(partition) = partition {
            partition.stop();
        }
        if state.delete_partition
            && let Some(log) = self.log_dirs.get(name)
        {
            let mut id = [0; 16];
            random::fill(&mut id);
            let (dirs, name, now) = (self.log_dirs.clone(), name.clone(), self.clock.now());
            let delete = move || dirs.delete(&name, id, now);
            log.disk().run(Access::Write, delete).await.map_err(|e| e.code())?;
        }
        Ok(())
    }
}

/// The request's partitions by topic; versions before 2 list them one by one.
fn grouped(request: LeaderAndIsrRequest) -> Vec<LeaderAndIsrTopicState> {
    let mut topics = request.topic_states;
    let mut places: HashMap<String, usize> =
        topics.iter().enumerate().map(|(at, topic)| (topic.topic_name.clone(), at)).collect();
    for state in request.ungrouped_partition_states {
        let at = *places.entry(state.topic_name.clone()).or_insert_with(|| {
            topics.push(LeaderAndIsrTopicState { topic_name: state.topic_name.clone(), ..Default::default() });
            topics.len() - 1
        });
        if let Some(topic) = topics.get_mut(at) {
            topic.partition_states.push(state);
        }
    }
    topics
}

/// The request's partitions one by one, whichever form its version gives them.
fn stops(request: StopReplicaRequest) -> Vec<(String, StopReplicaPartitionState)> {
    let delete_partition = request.delete_partitions;
    let old = |topic: String, partition_index| {
        let state = StopReplicaPartitionState {
            partition_index,
            leader_epoch: NO_EPOCH,
            delete_partition,
            ..Default::default()
        };
        (topic, state)
    };
    let mut all = Vec::new();
    for p in request.ungrouped_partitions {
        all.push(old(p.topic_name, p.partition_index));
    }
    for t in request.topics {
        all.extend(t.partition_indexes.iter().map(|p| old(t.name.clone(), *p)));
    }
    for t in request.topic_states {
        all.extend(t.partition_states.into_iter().map(|p| (t.topic_name.clone(), p)));
    }
    all
}
