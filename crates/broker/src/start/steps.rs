//! The steps of a start, in Kafka's order.

use super::{
    LOG,
    background::{self, Upkeep},
    config_changes,
    controlled_shutdown::HandOver,
    in_session::in_session,
    listeners,
    registration::Registration,
    undo::Undo,
};
use crate::{
    admin::AdminContext,
    controller_channels::NetworkChannels,
    controller_link::ControllerLink,
    controller_requests::ControllerRequests,
    data::DataContext,
    dynamic_config::DynamicConfig,
    fetch_session::FetchSessions,
    following::FollowingHost,
    groups::{GroupContext, OffsetsPartitions, group_config},
    isr_changes::{self, IsrChanges, ProposalQueue},
    log_dir_failures::{self, FailureReports, LogDirFailures, ReportQueue},
    log_dir_moves::LogDirMoves,
    lost_leadership::LostLeadership,
    metadata_cache::{FIRST_METADATA, MetadataCache},
    network::{BoundListener, SocketServer},
    producer_ids::ProducerIds,
    services::Services,
    topic_configs::TopicConfigs,
};
use anyhow::{Context, bail};
use rkafka_base::{BrokerId, OFFSETS_TOPIC, TRANSACTION_TOPIC, TimestampMs};
use rkafka_config::broker::BrokerConfig;
use rkafka_controller::{Controller, ControllerSettings, NetworkListeners, Surroundings};
use rkafka_coordinator::GroupCoordinator;
use rkafka_log::{LoadOptions, LogConfig, LogDirs};
use rkafka_registry::{brokers, cluster, nodes};
use rkafka_replication::{
    LocalReplica, Replicas,
    fetcher::{FetchSettings, FetcherHost, Fetchers},
};
use rkafka_runtime::{
    clock::{Clock, SystemClock},
    disk_lane::LaneWidth,
    random,
    tasks::{
        essential::{self, Task},
        watched,
    },
};
use rkafka_zookeeper_client::{ZkClient, ZkConnect, ZkOptions};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, atomic::AtomicI64},
    time::{Duration, Instant},
};
use tokio::sync::{Mutex, watch};

/// What a finished start tells its caller.
pub struct Up {
    pub id: BrokerId,
    pub listeners: Vec<(String, SocketAddr)>,
    pub zk: ZkClient,
    /// Why the broker cannot go on, once it cannot.
    pub fatal: watch::Receiver<Option<String>>,
}

/// What the first steps have found out and the later ones share.
struct Base {
    id: BrokerId,
    is_successor: bool,
    cluster_id: String,
    config: Arc<BrokerConfig>,
    clock: Arc<dyn Clock>,
    zk: ZkClient,
    log_dirs: LogDirs,
    replicas: Arc<Replicas>,
    metadata: Arc<MetadataCache>,
    topic_configs: Arc<TopicConfigs>,
    dynamic: Arc<DynamicConfig>,
    failures: FailureReports,
}

/// What the steps in the middle have started and the last ones use.
struct Parts {
    groups: Arc<GroupCoordinator>,
    requests: Arc<ControllerRequests>,
    controller: Controller,
    link: Arc<ControllerLink>,
}

/// Does all steps; each that succeeds notes in `undo` how it is undone.
pub async fn run(config: BrokerConfig, undo: &mut Undo) -> anyhow::Result<Up> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let config = Arc::new(config);
    let zk = connect(&config, undo).await?;
    let (failures, reports) = log_dir_failures::failure_reports();
    let base = open_logs(config, clock, zk, failures, undo).await?;
    let bound = listeners::bind(&base.config)?;
    let addresses: Vec<_> = bound.iter().map(|b| (b.name.clone(), b.address)).collect();
    let registration = Registration {
        id: base.id,
        endpoints: listeners::advertised(&base.config, &bound),
        rack: base.config.rack.clone(),
        clock: Arc::clone(&base.clock),
        is_successor: base.is_successor,
    };
    let groups = start_groups(&base, undo);
    let session_timeout = Duration::from_millis(u64::try_from(base.config.zookeeper.session_timeout_ms).unwrap_or(0));
    let aside = (!base.log_dirs.were_closed()).then_some(session_timeout);
    let (broker_epoch, events) = registration.begin(&base.zk, aside).await?;
    // Who is in sync from here on has been told so by a leader.
    base.log_dirs.set_in_doubt(false);
    let (requests, proposals) = controller_requests(&base, &groups, broker_epoch);
    let requests = Arc::new(requests);
    let fetchers = Arc::clone(&requests.fetchers);
    undo.push("replica fetchers", || async move { fetchers.shutdown() });
    let stopping = Arc::clone(&requests);
    undo.push("requests of the controller", || async move { stopping.shutdown().await });
    let fatal = follow_log_dirs(&base, &requests, reports, undo);
    let controller = start_controller(&base, &requests, undo);
    let link = controller_link(&base, &controller);
    start_isr_changes(&base, &requests, &link, proposals, undo);
    look_after_leaderships(&base, &requests, undo);
    let keeping = registration.keep(base.zk.clone(), events, Arc::clone(&requests), controller.clone());
    stop_with(undo, "registration", essential::spawn(Task::Registration, keeping));
    follow_config_changes(&base, &controller, undo);
    let upkeep = Upkeep {
        replicas: Arc::clone(&base.replicas),
        log_dirs: base.log_dirs.clone(),
        clock: Arc::clone(&base.clock),
        failures: base.failures.clone(),
    };
    for (name, task) in background::start(&upkeep, &base.config) {
        stop_with(undo, name, task);
    }
    // The controller may be another broker, which reaches this one through its listener.
    let parts = Parts { groups, requests, controller, link };
    serve(&base, &parts, bound, undo)?;
    base.metadata.wait_until(FIRST_METADATA, |m| m.is_alive(base.id)).await;
    hand_over_before_stopping(&base, parts, undo);
    Ok(Up { id: base.id, listeners: addresses, zk: base.zk, fatal })
}

/// Begins the ZooKeeper session and creates the nodes that every broker expects.
async fn connect(config: &BrokerConfig, undo: &mut Undo) -> anyhow::Result<ZkClient> {
    let settings = &config.zookeeper;
    log::info!(target: LOG, "Connecting to zookeeper on {}", settings.connect);
    let connect: ZkConnect =
        settings.connect.parse().with_context(|| format!("zookeeper.connect={}", settings.connect))?;
    let millis = |ms: i32| Duration::from_millis(u64::try_from(ms).unwrap_or(0));
    let mut options = ZkOptions::new(connect, millis(settings.session_timeout_ms));
    options.connect_timeout = millis(settings.connection_timeout_ms);
    options.max_in_flight = settings.max_in_flight_requests;
    options.is_essential = true;
    let zk = ZkClient::open(options).await?;
    log::info!(target: "kafka.zookeeper.ZooKeeperClient", "[ZooKeeperClient Kafka server] Connected.");
    let closing = zk.clone();
    undo.push("ZooKeeper session", || async move {
        if let Err(e) = closing.close().await {
            log::warn!(target: LOG, "The ZooKeeper session was not closed and will expire: {e}");
        }
    });
    in_session(&zk, async || nodes::create_persistent(&zk).await).await?;
    Ok(zk)
}

/// Finds out who this broker is, and opens its log dirs, which must belong to it.
async fn open_logs(
    config: Arc<BrokerConfig>,
    clock: Arc<dyn Clock>,
    zk: ZkClient,
    failures: FailureReports,
    undo: &mut Undo,
) -> anyhow::Result<Base> {
    let cluster_id = in_session(&zk, async || cluster::cluster_id(&zk, random::uuid).await).await?;
    log::info!(target: LOG, "Cluster ID = {cluster_id}");
    let paths: Vec<PathBuf> = config.log_dirs.iter().map(Into::into).collect();
    let width = LaneWidth::for_dirs(paths.len(), config.network.num_io_threads);
    let log_dirs = LogDirs::open_with(&paths, fastrand::u64(..), width)?;
    log_dirs.set_in_doubt(true);
    let closing = (log_dirs.clone(), Arc::clone(&clock));
    undo.push("log dirs", || async move {
        let (dirs, clock) = closing;
        // A panic has been told, and leaves no mark of a clean stop.
        let _ended = watched::spawn_blocking("closing logs", move || dirs.shutdown(clock.now())).await;
    });
    let id = in_session(&zk, async || broker_id(&config, &log_dirs, &zk).await).await?;
    let is_successor = log_dirs.stored_broker_id() == Some(id);
    log_dirs.claim(id, &cluster_id, clock.now())?;
    let replicas: Arc<Replicas> = Arc::default();
    let topic_configs = Arc::new(TopicConfigs::new(zk.clone(), Arc::clone(&replicas), &config));
    let dynamic = Arc::new(DynamicConfig::new(Arc::clone(&config), id.0));
    if let Some(defaults) = in_session(&zk, async || dynamic.reload(&zk).await).await? {
        in_session(&zk, async || topic_configs.set_defaults((*defaults).clone()).await).await?;
    }
    load_logs(&config, &zk, &topic_configs, &log_dirs, clock.now()).await?;
    let metadata: Arc<MetadataCache> = Arc::default();
    Ok(Base {
        id,
        is_successor,
        cluster_id,
        config,
        clock,
        zk,
        log_dirs,
        replicas,
        metadata,
        topic_configs,
        dynamic,
        failures,
    })
}

/// `broker.id`, or the id in meta.properties, or one that ZooKeeper gives.
async fn broker_id(config: &BrokerConfig, log_dirs: &LogDirs, zk: &ZkClient) -> anyhow::Result<BrokerId> {
    match (config.broker_id.0 >= 0, log_dirs.stored_broker_id()) {
        (true, _) => Ok(config.broker_id),
        (false, Some(stored)) => Ok(stored),
        (false, None) if config.broker_id_generation_enable => {
            Ok(BrokerId(brokers::generate_id(zk, config.reserved_broker_max_id).await?))
        }
        (false, None) => bail!("broker.id is not set, and broker.id.generation.enable=false"),
    }
}

/// Loads the logs with the settings of their topics, so that nothing is deleted by a default that does not apply.
async fn load_logs(
    config: &BrokerConfig,
    zk: &ZkClient,
    topic_configs: &Arc<TopicConfigs>,
    log_dirs: &LogDirs,
    now: TimestampMs,
) -> anyhow::Result<()> {
    let began = Instant::now();
    log::info!(target: "kafka.log.LogManager", "Loading logs from log dirs ArrayBuffer({})", config.log_dirs.join(", "));
    let by_topic = in_session(zk, async || topic_configs.read_all().await).await?;
    let default: Arc<LogConfig> = Arc::new(topic_configs.default_log_config());
    let threads_per_dir = config.logs.num_recovery_threads_per_data_dir;
    let dirs = log_dirs.clone();
    let loading = tokio::task::spawn_blocking(move || {
        let config = |topic: &str| Arc::clone(by_topic.get(topic).unwrap_or(&default));
        dirs.load(&LoadOptions { threads_per_dir, config: &config, now })
    });
    let count = loading.await??;
    log::info!(target: "kafka.log.LogManager", "Loaded {count} logs in {}ms", began.elapsed().as_millis());
    Ok(())
}

fn start_groups(base: &Base, undo: &mut Undo) -> Arc<GroupCoordinator> {
    let log = OffsetsPartitions {
        replicas: Arc::clone(&base.replicas),
        clock: Arc::clone(&base.clock),
        commit_timeout: Duration::from_millis(u64::try_from(base.config.offsets.commit_timeout_ms).unwrap_or(0)),
    };
    let groups = Arc::new(GroupCoordinator::start(
        group_config(&base.config.groups, &base.config.offsets),
        base.config.offsets.topic_num_partitions,
        Arc::new(log),
        Arc::clone(&base.clock),
    ));
    let stopping = Arc::clone(&groups);
    undo.push("group coordinator", || async move { stopping.shutdown() });
    groups
}

fn controller_requests(
    base: &Base,
    groups: &Arc<GroupCoordinator>,
    broker_epoch: i64,
) -> (ControllerRequests, ProposalQueue) {
    let (cluster, proposals) = isr_changes::partition_host(Arc::clone(&base.metadata), base.failures.clone());
    let max_lag_ms = base.config.replication.lag_time_max_ms;
    let broker_epoch = Arc::new(AtomicI64::new(broker_epoch));
    let following = Arc::new(FollowingHost::new(
        base.config.listeners.inter_broker.clone(),
        Arc::clone(&base.metadata),
        Arc::clone(&broker_epoch),
    ));
    let settings = FetchSettings::of(base.id, &base.config.replication);
    let host: Arc<dyn FetcherHost> = following.clone();
    let fetchers = Arc::new(Fetchers::new(settings, host, Arc::clone(&base.clock)));
    let requests = ControllerRequests {
        local: LocalReplica { broker: base.id, max_lag_ms, cluster, throttles: Arc::clone(base.dynamic.throttles()) },
        metadata: Arc::clone(&base.metadata),
        replicas: Arc::clone(&base.replicas),
        log_dirs: base.log_dirs.clone(),
        topic_configs: Arc::clone(&base.topic_configs),
        clock: Arc::clone(&base.clock),
        groups: Arc::clone(groups),
        fetchers,
        following,
        moves: Arc::new(LogDirMoves::new(base.log_dirs.clone(), Arc::clone(&base.clock), move_threads(&base.config))),
        broker_epoch,
        controller_epoch: Arc::new(Mutex::new(-1)),
    };
    (requests, proposals)
}

/// `num.replica.alter.log.dirs.threads`, by default one for each log dir.
fn move_threads(config: &BrokerConfig) -> usize {
    let given = config.settings.text("num.replica.alter.log.dirs.threads").and_then(|n| n.parse().ok());
    given.unwrap_or(config.log_dirs.len())
}

/// Begins to take log dirs out of service whose disks fail.
fn follow_log_dirs(
    base: &Base,
    requests: &ControllerRequests,
    reports: ReportQueue,
    undo: &mut Undo,
) -> watch::Receiver<Option<String>> {
    let (fatal, receiver) = watch::channel(None);
    let failures = LogDirFailures {
        local: base.id,
        log_dirs: base.log_dirs.clone(),
        replicas: Arc::clone(&base.replicas),
        fetchers: Arc::clone(&requests.fetchers),
        groups: Arc::clone(&requests.groups),
        zk: base.zk.clone(),
        given_up: base.log_dirs.offline_dirs().into_iter().map(|(dir, _)| dir).collect(),
        fatal,
    };
    stop_with(undo, "log dir failures", essential::spawn(Task::LogDirFailures, failures.run(reports)));
    receiver
}

/// Begins to bring changes of in-sync replicas before the controller.
fn start_isr_changes(
    base: &Base,
    requests: &ControllerRequests,
    link: &Arc<ControllerLink>,
    proposals: ProposalQueue,
    undo: &mut Undo,
) {
    let changes = IsrChanges {
        local: base.id,
        broker_epoch: Arc::clone(&requests.broker_epoch),
        link: Arc::clone(link),
        replicas: Arc::clone(&base.replicas),
        clock: Arc::clone(&base.clock),
    };
    stop_with(undo, "changes of in-sync replicas", essential::spawn(Task::IsrChanges, changes.run(proposals)));
}

/// Begins to look whether others have been elected without a word.
fn look_after_leaderships(base: &Base, requests: &Arc<ControllerRequests>, undo: &mut Undo) {
    let wait_ms = base.config.replication.fetch_wait_max_ms;
    let leaderships = LostLeadership {
        zk: base.zk.clone(),
        requests: Arc::clone(requests),
        longest_fetch: Duration::from_millis(u64::try_from(wait_ms).unwrap_or(0)),
    };
    stop_with(undo, "leaderships", essential::spawn(Task::LostLeaderships, leaderships.run()));
}

fn controller_link(base: &Base, controller: &Controller) -> Arc<ControllerLink> {
    let timeout = u64::try_from(base.config.replication.controller_socket_timeout_ms).unwrap_or(0);
    Arc::new(ControllerLink::new(
        base.id,
        Arc::clone(&base.metadata),
        controller.clone(),
        base.config.listeners.inter_broker.clone(),
        Duration::from_millis(timeout),
    ))
}

fn leader_rebalance_interval(config: &BrokerConfig) -> Option<Duration> {
    let replication = &config.replication;
    let seconds = u64::try_from(replication.leader_imbalance_check_interval_seconds).ok()?;
    replication.auto_leader_rebalance_enable.then(|| Duration::from_secs(seconds.max(1)))
}

/// How many replicas the internal topics are to have when they grow with the cluster.
fn internal_topic_factors(config: &BrokerConfig) -> BTreeMap<Arc<str>, i32> {
    let factors = [
        (OFFSETS_TOPIC, config.offsets.topic_replication_factor),
        (TRANSACTION_TOPIC, config.transactions.state_log_replication_factor),
    ];
    let grow = config.topics.internal_topics_grow_enable;
    factors.into_iter().filter(|_| grow).map(|(name, factor)| (Arc::from(name), i32::from(factor))).collect()
}

fn start_controller(base: &Base, requests: &Arc<ControllerRequests>, undo: &mut Undo) -> Controller {
    let settings = ControllerSettings {
        broker_id: base.id.0,
        inter_broker_listener: base.config.listeners.inter_broker.clone(),
        fast_failover: base.config.replication.fast_failover_enable,
        delete_topic_enable: base.config.topics.delete_topic_enable,
        unclean_leader_election_enable: base.topic_configs.is_unclean_by_default(),
        leader_imbalance_per_broker_percentage: base.config.replication.leader_imbalance_per_broker_percentage,
        leader_rebalance_interval: leader_rebalance_interval(&base.config),
        internal_topic_factors: internal_topic_factors(&base.config),
    };
    let timeout = u64::try_from(base.config.replication.controller_socket_timeout_ms).unwrap_or(0);
    let listener = base.config.listeners.inter_broker.clone();
    let channels = NetworkChannels::new(Arc::clone(requests), listener, Duration::from_millis(timeout));
    let around = Surroundings {
        channels: Arc::new(channels),
        listeners: Arc::new(NetworkListeners::new(base.id.0)),
        clock: Arc::clone(&base.clock),
    };
    let controller = Controller::start(settings, base.zk.clone(), around);
    let stopping = controller.clone();
    undo.push("controller", || async move { stopping.shutdown().await });
    controller
}

fn follow_config_changes(base: &Base, controller: &Controller, undo: &mut Undo) {
    let events = base.zk.subscribe();
    let followed = config_changes::Followed {
        zk: base.zk.clone(),
        topics: Arc::clone(&base.topic_configs),
        broker: Arc::clone(&base.dynamic),
        clock: Arc::clone(&base.clock),
        controller: controller.clone(),
    };
    let following = config_changes::follow(followed, events);
    stop_with(undo, "config changes", essential::spawn(Task::ChangedSettings, following));
}

fn hand_over_before_stopping(base: &Base, parts: Parts, undo: &mut Undo) {
    let settings = base.config.controlled_shutdown.clone();
    let each = settings.retry_backoff_ms.saturating_add(base.config.replication.controller_socket_timeout_ms.into());
    let limit = each.saturating_mul(settings.max_retries.into());
    let metadata = Arc::clone(&base.metadata);
    let broker_epoch = Arc::clone(&parts.requests.broker_epoch);
    let hand_over = HandOver { local: base.id, settings, link: parts.link, metadata, broker_epoch };
    let limit = Duration::from_millis(u64::try_from(limit).unwrap_or(0));
    undo.push_within("controlled shutdown", limit, || hand_over.run());
}

/// Begins to answer requests.
fn serve(base: &Base, parts: &Parts, bound: Vec<BoundListener>, undo: &mut Undo) -> anyhow::Result<()> {
    let network = &base.config.network;
    let admin = AdminContext::new(
        base.zk.clone(),
        parts.controller.clone(),
        ProducerIds::new(Arc::clone(&parts.link), base.id, Arc::clone(&parts.requests.broker_epoch)),
        Arc::clone(&base.metadata),
        Arc::clone(&base.dynamic),
        base.cluster_id.clone(),
    );
    let data = DataContext {
        local: base.id,
        cluster_id: base.cluster_id.clone(),
        config: Arc::clone(&base.config),
        metadata: Arc::clone(&base.metadata),
        replicas: Arc::clone(&base.replicas),
        log_dirs: base.log_dirs.clone(),
        sessions: FetchSessions::new(network.max_incremental_fetch_session_cache_slots),
        clock: Arc::clone(&base.clock),
        topics: admin.topics.clone(),
    };
    let services = Arc::new(Services {
        metadata: Arc::clone(&base.metadata),
        data: Arc::new(data),
        groups: Arc::new(GroupContext {
            coordinator: Arc::clone(&parts.groups),
            metadata: Arc::clone(&base.metadata),
            zookeeper: Arc::new(base.zk.clone()),
        }),
        admin: Arc::new(admin),
        controller_requests: Arc::clone(&parts.requests),
    });
    for listener in &bound {
        log::info!(target: "kafka.network.DataPlaneAcceptor", "Awaiting socket connections on {listener}.");
    }
    let server = SocketServer::start(
        base.id.0,
        bound,
        listeners::limits(network)?,
        &base.config.listeners.inter_broker,
        &services,
    );
    undo.push("socket server", || server.shutdown());
    Ok(())
}

/// Ends a task when the broker stops.
fn stop_with(undo: &mut Undo, name: &'static str, task: tokio::task::JoinHandle<()>) {
    undo.push(name, || async move { task.abort() });
}
