//! The loop against a ZooKeeper server of our own: what comes late, or in another order than it happened.

use super::channels::BrokerChannels;
use super::cluster::ControllerSettings;
use super::command::{Command, ControllerStatus};
use super::driver::{Driver, Outputs};
use super::handle::Surroundings;
use super::listeners::NetworkListeners;
use super::queues::Queues;
use rkafka_config::zookeeper::ZooKeeperConfig;
use rkafka_protocol::messages::{
    LeaderAndIsrRequest, LeaderAndIsrResponse, StopReplicaRequest, StopReplicaResponse, UpdateMetadataRequest,
    UpdateMetadataResponse,
};
use rkafka_registry::{Endpoint, controllers, nodes, paths};
use rkafka_runtime::clock::SystemClock;
use rkafka_zookeeper_client::{ANY_VERSION, CreateMode, Watch, ZkClient, ZkConnect, ZkEvent};
use rkafka_zookeeper_server::ZooKeeperServer;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::{mpsc, oneshot, watch};

const SELF: i32 = 1;
const PATIENCE: Duration = Duration::from_secs(10);
/// As good as never.
const A_WHILE: Duration = Duration::from_millis(300);

/// Brokers that take everything in.
struct Silent;

impl BrokerChannels for Silent {
    fn broker_up(&self, _broker: i32, _endpoints: &[Endpoint]) {}
    fn broker_down(&self, _broker: i32) {}
    async fn leader_and_isr(&self, _: i32, _: LeaderAndIsrRequest) -> anyhow::Result<LeaderAndIsrResponse> {
        Ok(LeaderAndIsrResponse::default())
    }
    async fn update_metadata(&self, _: i32, _: UpdateMetadataRequest) -> anyhow::Result<UpdateMetadataResponse> {
        Ok(UpdateMetadataResponse::default())
    }
    async fn stop_replica(&self, _: i32, _: StopReplicaRequest) -> anyhow::Result<StopReplicaResponse> {
        Ok(StopReplicaResponse::default())
    }
}

/// A loop whose queues are in the test's hands, and the server that it stands on.
struct Bench {
    server: ZooKeeperServer,
    zk: ZkClient,
    events: mpsc::UnboundedSender<ZkEvent>,
    commands: mpsc::Sender<Command>,
    status: watch::Receiver<ControllerStatus>,
    _dir: TempDir,
}

fn settings() -> ControllerSettings {
    ControllerSettings {
        broker_id: SELF,
        inter_broker_listener: "PLAINTEXT".into(),
        fast_failover: true,
        delete_topic_enable: true,
        unclean_leader_election_enable: false,
        leader_imbalance_per_broker_percentage: 10,
        leader_rebalance_interval: None,
        internal_topic_factors: BTreeMap::new(),
    }
}

async fn serve(dir: &TempDir, port: u16) -> ZooKeeperServer {
    ZooKeeperServer::start(ZooKeeperConfig::new(dir.path(), ([127, 0, 0, 1], port).into())).await.unwrap()
}

async fn connect(server: &ZooKeeperServer) -> ZkClient {
    let connect: ZkConnect = server.client_address().to_string().parse().unwrap();
    ZkClient::connect(&connect, Duration::from_secs(6)).await.unwrap()
}

impl Bench {
    /// `prepare` comes before the loop starts.
    async fn start(prepare: impl AsyncFnOnce(&ZkClient)) -> Bench {
        let dir = tempfile::tempdir().unwrap();
        let server = serve(&dir, 0).await;
        let zk = connect(&server).await;
        nodes::create_persistent(&zk).await.unwrap();
        prepare(&zk).await;
        let (events, event_queue) = mpsc::unbounded_channel();
        let (commands, command_queue) = mpsc::channel(16);
        let (status_sender, status) = watch::channel(ControllerStatus::default());
        let (reports, report_queue) = mpsc::unbounded_channel();
        let (signs, sign_queue) = mpsc::unbounded_channel();
        let around = Surroundings {
            channels: Arc::new(Silent),
            listeners: Arc::new(NetworkListeners::new(SELF)),
            clock: Arc::new(SystemClock),
        };
        let outputs = Outputs { status: status_sender, reports, signs };
        let driver = Driver::new(settings(), zk.clone(), around, outputs);
        let queues = Queues::new(event_queue, report_queue, sign_queue, command_queue);
        tokio::spawn(driver.run(queues));
        Bench { server, zk, events, commands, status, _dir: dir }
    }

    /// Waits for a term other than that of `before`.
    async fn elected(&mut self, before: Option<i32>) -> i32 {
        let newer = |status: &ControllerStatus| status.active_epoch.is_some() && status.active_epoch != before;
        let won = tokio::time::timeout(PATIENCE, self.status.wait_for(newer)).await.expect("a term begins");
        won.unwrap().active_epoch.unwrap()
    }

    async fn stays(&mut self, epoch: i32) {
        let other = |status: &ControllerStatus| status.active_epoch != Some(epoch);
        let ended = tokio::time::timeout(A_WHILE, self.status.wait_for(other)).await;
        assert!(ended.is_err(), "the term ends");
    }

    async fn stop(self) {
        let (done, wait) = oneshot::channel();
        self.commands.send(Command::Resign(done)).await.ok();
        wait.await.unwrap();
        self.zk.close().await.unwrap();
        self.server.shutdown().await;
    }
}

#[tokio::test]
async fn the_end_of_an_earlier_session_ends_no_term_of_a_later_one() {
    let mut bench = Bench::start(async |_| ()).await;
    let epoch = bench.elected(None).await;
    // It was queued while the loop was busy, and the session that it tells of has had a successor since.
    bench.events.send(ZkEvent::Expired { session: bench.zk.session_id() - 1 }).unwrap();
    bench.stays(epoch).await;
    bench.stop().await;
}

#[tokio::test]
async fn who_stands_under_a_new_session_begins_a_new_term() {
    let mut bench = Bench::start(async |_| ()).await;
    let first = bench.elected(None).await;
    // The loop has not heard yet that the session is over when the broker, registered anew, has it stand.
    let (old, port) = (bench.zk.session_id(), bench.server.client_address().port());
    let mut told = bench.zk.subscribe();
    bench.server.shutdown().await;
    // Another server, which has seen as much and knows nothing of the session.
    let dir = tempfile::tempdir().unwrap();
    let server = serve(&dir, 0).await;
    let zk = connect(&server).await;
    nodes::create_persistent(&zk).await.unwrap();
    zk.create(paths::CONTROLLER_EPOCH, Some(b"7".to_vec()), CreateMode::Persistent).await.unwrap();
    for _ in 0..50 {
        zk.set_data(paths::CONTROLLER_EPOCH, Some(b"7".to_vec()), ANY_VERSION).await.unwrap();
    }
    zk.close().await.unwrap();
    server.shutdown().await;
    bench.server = serve(&dir, port).await;
    while !matches!(told.recv().await.unwrap(), ZkEvent::Expired { .. }) {}
    bench.zk.new_session().await.unwrap();
    bench.commands.send(Command::Stand).await.ok();
    let second = bench.elected(Some(first)).await;
    bench.events.send(ZkEvent::Expired { session: old }).unwrap();
    bench.stays(second).await;
    assert_eq!(controllers::read(&bench.zk, Watch::No).await.unwrap().map(|c| c.broker_id), Some(SELF));
    bench.stop().await;
}

#[tokio::test]
async fn an_office_that_was_not_given_up_is_taken_again() {
    let mut bench = Bench::start(async |zk: &ZkClient| {
        let me = controllers::ControllerRegistration { broker_id: SELF, timestamp_ms: 0, kraft_controller_epoch: -1 };
        zk.create(paths::CONTROLLER, Some(me.encode()), CreateMode::Ephemeral).await.unwrap();
        zk.create(paths::CONTROLLER_EPOCH, Some(b"7".to_vec()), CreateMode::Persistent).await.unwrap();
    })
    .await;
    assert_eq!(bench.elected(None).await, 8);
    bench.zk.delete(paths::CONTROLLER, ANY_VERSION).await.ok();
    bench.stop().await;
}
