//! What the rest of a broker holds of its controller: the start and the end of it, whether it is elected, and one
//! function per API, with the answer of a broker that is not the controller.

use super::asked::{ElectionKind, Reply, Request, Targets};
use super::channels::BrokerChannels;
use super::cluster::ControllerSettings;
use super::command::{Command, ControllerStatus};
use super::driver::{Driver, Outputs};
use super::listeners::Listeners;
use super::queues::Queues;
use super::refusal::PartitionResults;
use rkafka_base::TopicPartition;
use rkafka_protocol::ErrorCode;
use rkafka_protocol::messages::{
    AllocateProducerIdsRequest, AllocateProducerIdsResponse, AlterPartitionRequest, AlterPartitionResponse,
    ControlledShutdownRequest, ControlledShutdownResponse,
};
use rkafka_registry::ReplicaAssignment;
use rkafka_runtime::clock::{Clock, within};
use rkafka_runtime::tasks::essential::{self, Task};
use rkafka_zookeeper_client::ZkClient;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};

/// Commands that may wait for the loop.
const COMMAND_QUEUE: usize = 16;

/// A handle on the controller of one broker, elected or not.
#[derive(Clone)]
pub struct Controller {
    commands: mpsc::Sender<Command>,
    status: watch::Receiver<ControllerStatus>,
    clock: Arc<dyn Clock>,
}

/// What the controller has around it besides ZooKeeper.
pub struct Surroundings<C> {
    /// The way to every broker.
    pub channels: Arc<C>,
    /// Where the brokers are looked after.
    pub listeners: Arc<dyn Listeners>,
    pub clock: Arc<dyn Clock>,
}

impl Controller {
    /// Starts the loop, which stands for election at once. The broker must be registered.
    pub fn start<C: BrokerChannels>(settings: ControllerSettings, zk: ZkClient, around: Surroundings<C>) -> Controller {
        let (commands, command_queue) = mpsc::channel(COMMAND_QUEUE);
        let (status_sender, status) = watch::channel(ControllerStatus::default());
        let (reports, report_queue) = mpsc::unbounded_channel();
        let (signs, sign_queue) = mpsc::unbounded_channel();
        let events = zk.subscribe();
        let clock = Arc::clone(&around.clock);
        let driver = Driver::new(settings, zk, around, Outputs { status: status_sender, reports, signs });
        let queues = Queues::new(events, report_queue, sign_queue, command_queue);
        drop(essential::spawn(Task::Controller, driver.run(queues)));
        Controller { commands, status, clock }
    }

    /// Whether this broker is the controller.
    pub fn is_active(&self) -> bool {
        self.status.borrow().active_epoch.is_some()
    }

    /// Whether the loop is over, for whatever reason.
    pub fn has_ended(&self) -> bool {
        self.commands.is_closed()
    }

    /// The status, and a signal when it changes.
    pub fn status(&self) -> watch::Receiver<ControllerStatus> {
        self.status.clone()
    }

    /// Stands for election again: call it when the broker is registered under a new session.
    pub async fn stand(&self) {
        // A loop that has ended stands no more.
        let _ = self.commands.send(Command::Stand).await;
    }

    /// Has the controller answer `request`; `None` if this broker is not the controller, or no longer.
    pub async fn ask(&self, request: Request) -> Option<Reply> {
        if !self.is_active() {
            return None;
        }
        let (reply, wait) = oneshot::channel();
        self.commands.send(Command::Ask(request, reply)).await.ok()?;
        wait.await.ok()
    }

    /// A setting allows unclean elections that did not before: partitions without leader may get one.
    /// `unclean_by_default` holds for topics that do not say otherwise.
    pub async fn reconsider_elections(&self, unclean_by_default: bool) {
        // A loop that has ended elects nobody.
        let _ = self.commands.send(Command::Reconsider { unclean_by_default }).await;
    }

    /// Waits until every live broker has answered what the controller has told it so far, at most for `patience`: then
    /// whichever broker a client asks next knows as much as this one.
    pub async fn told_all(&self, patience: Duration) {
        let (mark, mut passed) = mpsc::channel(1);
        if self.commands.send(Command::Mark(mark)).await.is_ok() {
            // Nobody sends anything: the channel ends with the last mark. A broker that hangs is not waited for.
            let _ = within(&*self.clock, patience, passed.recv()).await;
        }
    }

    /// Ends the term, if any, and the loop. The `/controller` node goes with the session.
    pub async fn shutdown(&self) {
        let (done, wait) = oneshot::channel();
        if self.commands.send(Command::Resign(done)).await.is_ok() {
            let _ = wait.await;
        }
    }
}

impl Controller {
    /// AlterPartition 0–3 in the words of `version`.
    pub async fn alter_partition(&self, request: AlterPartitionRequest, version: i16) -> AlterPartitionResponse {
        match self.ask(Request::AlterPartition { request, version }).await {
            Some(Reply::AlterPartition(response)) => response,
            _ => AlterPartitionResponse { error_code: ErrorCode::NOT_CONTROLLER.0, ..Default::default() },
        }
    }

    /// ControlledShutdown 0–3. When it answers, what other brokers can lead is theirs.
    pub async fn controlled_shutdown(&self, request: ControlledShutdownRequest) -> ControlledShutdownResponse {
        match self.ask(Request::ControlledShutdown(request)).await {
            Some(Reply::ControlledShutdown(response)) => response,
            _ => ControlledShutdownResponse { error_code: ErrorCode::NOT_CONTROLLER.0, ..Default::default() },
        }
    }

    /// AlterPartitionReassignments: what became of each partition's request; `None` if this broker is not the controller.
    pub async fn alter_reassignments(&self, targets: Targets) -> Option<PartitionResults<()>> {
        match self.ask(Request::AlterReassignments(targets)).await? {
            Reply::AlterReassignments(results) => Some(results),
            _ => None,
        }
    }

    /// ListPartitionReassignments, of some partitions or of all; `None` if this broker is not the controller.
    pub async fn list_reassignments(
        &self,
        only: Option<BTreeSet<TopicPartition>>,
    ) -> Option<Vec<(TopicPartition, ReplicaAssignment)>> {
        match self.ask(Request::ListReassignments(only)).await? {
            Reply::ListReassignments(under_way) => Some(under_way),
            _ => None,
        }
    }

    /// ElectLeaders: the leaders that were elected; `None` if this broker is not the controller.
    pub async fn elect_leaders(
        &self,
        kind: ElectionKind,
        partitions: Vec<TopicPartition>,
    ) -> Option<PartitionResults<i32>> {
        match self.ask(Request::ElectLeaders { kind, partitions }).await? {
            Reply::ElectLeaders(results) => Some(results),
            _ => None,
        }
    }

    /// AllocateProducerIds 0.
    pub async fn allocate_producer_ids(&self, request: AllocateProducerIdsRequest) -> AllocateProducerIdsResponse {
        match self.ask(Request::AllocateProducerIds { request, latest: None, version: 0 }).await {
            Some(Reply::AllocateProducerIds(response)) => response,
            _ => AllocateProducerIdsResponse { error_code: ErrorCode::NOT_CONTROLLER.0, ..Default::default() },
        }
    }
}
