//! The line to one broker: messages in order, one at a time, each repeated until it is answered.

use super::channels::BrokerChannels;
use super::event::Event;
use super::requests::Message;
use rkafka_base::{TopicPartition, Uuid};
use rkafka_protocol::ErrorCode;
use rkafka_protocol::messages::{LeaderAndIsrRequest, LeaderAndIsrResponse, StopReplicaRequest, StopReplicaResponse};
use rkafka_runtime::clock::Clock;
use rkafka_runtime::tasks::essential::{self, End, Task};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

const TARGET: &str = "kafka.controller.RequestSendThread";
/// The pause before a message is repeated.
const RETRY: Duration = Duration::from_millis(100);

/// What waits in a line.
enum Item {
    Message(Message),
    /// Dropped when everything before it has been answered.
    Mark(mpsc::Sender<()>),
}

/// Feeds the task that talks to one broker; dropping it ends the task.
pub(super) struct BrokerLine {
    /// Not limited: the queue grows only with changes of the cluster, and only until ZooKeeper says that the silent
    /// broker is gone.
    items: mpsc::UnboundedSender<Item>,
    task: AbortHandle,
}

impl BrokerLine {
    /// Opens the line; what brokers report that concerns the controller goes to `reports`.
    pub fn open<C: BrokerChannels>(
        broker: i32,
        channels: Arc<C>,
        clock: Arc<dyn Clock>,
        reports: mpsc::UnboundedSender<Event>,
    ) -> BrokerLine {
        let (items, queue) = mpsc::unbounded_channel();
        let task = essential::spawn(Task::BrokerLine, run(broker, channels, clock, queue, reports)).abort_handle();
        BrokerLine { items, task }
    }

    pub fn send(&self, message: Message) {
        // The task ends only with the line.
        let _ = self.items.send(Item::Message(message));
    }

    /// Puts a mark behind all messages; it is dropped when they have been answered, or with the line.
    pub fn mark(&self, mark: mpsc::Sender<()>) {
        let _ = self.items.send(Item::Mark(mark));
    }
}

impl Drop for BrokerLine {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run<C: BrokerChannels>(
    broker: i32,
    channels: Arc<C>,
    clock: Arc<dyn Clock>,
    mut queue: mpsc::UnboundedReceiver<Item>,
    reports: mpsc::UnboundedSender<Event>,
) -> End {
    while let Some(item) = queue.recv().await {
        let message = match item {
            Item::Message(message) => message,
            Item::Mark(mark) => {
                drop(mark);
                continue;
            }
        };
        let mut failures = 0u64;
        let report = loop {
            match deliver(broker, &*channels, &message).await {
                Ok(report) => break report,
                Err(error) => {
                    if failures == 0 {
                        log::warn!(target: TARGET, "No answer from broker {broker}, trying again: {error:#}");
                    }
                    failures += 1;
                    clock.sleep(RETRY).await;
                }
            }
        };
        if let Some(event) = report
            && reports.send(event).is_err()
        {
            break;
        }
    }
    // The term has dropped the line, or there is no controller any more.
    End::Asked
}

async fn deliver<C: BrokerChannels>(broker: i32, channels: &C, message: &Message) -> anyhow::Result<Option<Event>> {
    match message {
        Message::LeaderAndIsr(request) => {
            let response = channels.leader_and_isr(broker, request.clone()).await?;
            complain(broker, "LeaderAndIsr", response.error_code);
            Ok(failed_replicas(broker, request, &response))
        }
        Message::UpdateMetadata(request) => {
            let response = channels.update_metadata(broker, request.clone()).await?;
            complain(broker, "UpdateMetadata", response.error_code);
            Ok(None)
        }
        Message::StopReplica(request) => {
            let response = channels.stop_replica(broker, request.clone()).await?;
            complain(broker, "StopReplica", response.error_code);
            Ok(deletions(broker, request, &response))
        }
    }
}

fn complain(broker: i32, request: &str, code: i16) {
    let code = ErrorCode(code);
    if code != ErrorCode::NONE {
        log::warn!(target: TARGET, "Broker {broker} refused {request}: {} ({})", code.name(), code.message());
    }
}

/// The replicas whose log dir the broker cannot reach.
fn failed_replicas(broker: i32, request: &LeaderAndIsrRequest, response: &LeaderAndIsrResponse) -> Option<Event> {
    let failed = |code: i16| ErrorCode(code) == ErrorCode::KAFKA_STORAGE_ERROR;
    let names: BTreeMap<Uuid, &str> =
        request.topic_states.iter().map(|t| (t.topic_id, t.topic_name.as_str())).collect();
    let by_id = response.topics.iter().flat_map(|topic| {
        let name = names.get(&topic.topic_id).copied().unwrap_or_default();
        topic.partition_errors.iter().map(move |p| (name, p.partition_index, p.error_code))
    });
    let by_name = response.partition_errors.iter().map(|p| (p.topic_name.as_str(), p.partition_index, p.error_code));
    let failed = by_id.chain(by_name).filter(|(_, _, code)| failed(*code));
    let partitions: Vec<TopicPartition> = failed.map(|(name, number, _)| TopicPartition::new(name, number)).collect();
    let epoch = request.broker_epoch;
    (!partitions.is_empty()).then_some(Event::ReplicasFailed { broker, epoch, partitions })
}

/// How the deletions that a StopReplica asked for went. A partition that the broker does not mention counts as failed.
fn deletions(broker: i32, request: &StopReplicaRequest, response: &StopReplicaResponse) -> Option<Event> {
    let answers: BTreeMap<(&str, i32), i16> = response
        .partition_errors
        .iter()
        .map(|error| ((error.topic_name.as_str(), error.partition_index), error.error_code))
        .collect();
    let results: Vec<(TopicPartition, i16)> = request
        .topic_states
        .iter()
        .flat_map(|topic| topic.partition_states.iter().map(move |partition| (&topic.topic_name, partition)))
        .filter(|(_, partition)| partition.delete_partition)
        .map(|(name, partition)| {
            let answer = answers.get(&(name.as_str(), partition.partition_index));
            let code = match (ErrorCode(response.error_code), answer) {
                (ErrorCode::NONE, Some(answer)) => *answer,
                (ErrorCode::NONE, None) => ErrorCode::UNKNOWN_SERVER_ERROR.0,
                (refused, _) => refused.0,
            };
            (TopicPartition::new(name.as_str(), partition.partition_index), code)
        })
        .collect();
    (!results.is_empty()).then_some(Event::ReplicasDeleted { broker, results })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_protocol::messages::stop_replica_request::{StopReplicaPartitionState, StopReplicaTopicState};
    use rkafka_protocol::messages::stop_replica_response::StopReplicaPartitionError;
    use std::time::Instant;

    #[test]
    fn the_end_of_a_large_topic_is_taken_in_at_once() {
        const PARTITIONS: i32 = 40_000;
        let state = |partition_index| StopReplicaPartitionState {
            partition_index,
            delete_partition: partition_index != 1,
            ..Default::default()
        };
        let topic = StopReplicaTopicState {
            topic_name: "t".into(),
            partition_states: (0..PARTITIONS).map(state).collect(),
            ..Default::default()
        };
        let request = StopReplicaRequest { topic_states: vec![topic], ..Default::default() };
        let error = |partition_index| StopReplicaPartitionError {
            topic_name: "t".into(),
            partition_index,
            error_code: if partition_index == 2 { 56 } else { 0 },
            ..Default::default()
        };
        // The last one is not mentioned.
        let response =
            StopReplicaResponse { partition_errors: (0..PARTITIONS - 1).map(error).collect(), ..Default::default() };
        let began = Instant::now();
        let Some(Event::ReplicasDeleted { broker: 7, results }) = deletions(7, &request, &response) else {
            panic!("nothing was deleted")
        };
        assert!(began.elapsed() < Duration::from_secs(3), "it took {:?}", began.elapsed());
        assert_eq!(results.len(), PARTITIONS as usize - 1);
        let failed: Vec<(i32, i16)> =
            results.iter().filter(|(_, code)| *code != 0).map(|(tp, code)| (tp.partition, *code)).collect();
        assert_eq!(failed, [(2, 56), (PARTITIONS - 1, ErrorCode::UNKNOWN_SERVER_ERROR.0)]);
    }
}
