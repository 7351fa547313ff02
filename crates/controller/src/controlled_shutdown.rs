//! Pure: ControlledShutdown: a broker that is about to stop hands its leaderships over and leaves the in-sync sets,
//! so that nobody has to miss it.
//!
//! The broker stays known until its registration goes: it is told of everything, but gets no leadership any more and
//! cannot come back into an in-sync set.

use super::asked::{Reply, RequestId};
use super::cluster::{Cluster, Leadership, Partition};
use super::election;
use super::event::{Event, Outcome, Write, WriteResult};
use super::partitions;
use super::requests::RequestBatch;
use rkafka_base::TopicPartition;
use rkafka_protocol::ErrorCode;
use rkafka_protocol::messages::{
    ControlledShutdownRequest, ControlledShutdownResponse, controlled_shutdown_response::RemainingPartition,
};

/// Versions below 2 name no epoch.
const ANY_BROKER_EPOCH: i64 = -1;

/// Marks the broker; what it leads and follows goes in the events that follow, and the last of them replies.
pub fn apply(cluster: &mut Cluster, id: RequestId, request: &ControlledShutdownRequest) -> Outcome {
    let broker = request.broker_id;
    let refused = match cluster.brokers.get(&broker) {
        None => Some(ErrorCode::BROKER_NOT_AVAILABLE),
        Some(live) if request.broker_epoch != ANY_BROKER_EPOCH && request.broker_epoch < live.epoch => {
            Some(ErrorCode::STALE_BROKER_EPOCH)
        }
        Some(_) => None,
    };
    if let Some(code) = refused {
        let response = ControlledShutdownResponse { error_code: code.0, ..Default::default() };
        return Outcome::default().with_reply(id, Reply::ControlledShutdown(response));
    }
    cluster.shutting_down.insert(broker);
    let mut follow_ups = vec![Event::MoveLeaders { broker }];
    let followed: Vec<(i32, TopicPartition)> = shared(cluster, broker)
        .filter(|(_, partition)| partition.leader() != Some(broker))
        .map(|(tp, _)| (broker, tp))
        .collect();
    if !followed.is_empty() {
        follow_ups.push(Event::ShrinkInSync(followed));
    }
    follow_ups.push(Event::ShutdownPrepared { id, broker });
    Outcome { follow_ups, ..Outcome::default() }
}

/// The partitions on `broker` that have another replica too.
fn shared(cluster: &Cluster, broker: i32) -> impl Iterator<Item = (TopicPartition, &Partition)> {
    cluster
        .partitions()
        .filter(move |(tp, _, partition)| {
            let replicas = &partition.assignment.replicas;
            replicas.len() > 1
                && replicas.contains(&broker)
                && partition.leadership.is_some()
                && !cluster.is_to_be_deleted(&tp.topic)
        })
        .map(|(tp, _, partition)| (tp, partition))
}

/// The states in which another replica leads what `broker` leads, as far as one is in sync.
pub fn moves(cluster: &Cluster, broker: i32) -> Vec<Write> {
    let led = shared(cluster, broker).filter(|(_, partition)| partition.leader() == Some(broker));
    let writes = led.filter_map(|(tp, partition)| {
        let current = partition.leadership.as_ref()?;
        if current.state.controller_epoch > cluster.epoch {
            return None;
        }
        let live = cluster.live_replicas(&tp, partition);
        let leaving = |broker: i32| cluster.shutting_down.contains(&broker);
        let state = election::before_shutdown(&current.state, &live, &leaving, cluster.epoch)?;
        Some(Write::SetState { partition: tp, state, expected_version: current.zk_version })
    });
    writes.collect()
}

/// Takes the new leaders in and tells all replicas, the leaving one too.
pub fn apply_moves(cluster: &mut Cluster, broker: i32, written: Vec<(Write, WriteResult)>) -> Outcome {
    let mut outcome = Outcome::default();
    let mut batch = RequestBatch::default();
    for (write, result) in written {
        let Write::SetState { partition: tp, state, .. } = write else { continue };
        match result {
            WriteResult::Done(zk_version) => {
                partitions::hand_over(cluster, &mut batch, &tp, Leadership { state, zk_version });
            }
            WriteResult::Conflict => outcome.reread.push(tp),
            WriteResult::Gone | WriteResult::TooLarge { .. } => {}
        }
    }
    if !outcome.reread.is_empty() {
        outcome.follow_ups.push(Event::MoveLeaders { broker });
    }
    outcome.messages = batch.finish(cluster);
    outcome
}

/// Replies with what the broker still leads although others have replicas of it: nobody else is in sync.
pub fn apply_prepared(cluster: &Cluster, id: RequestId, broker: i32) -> Outcome {
    let remaining = shared(cluster, broker).filter(|(_, partition)| partition.leader() == Some(broker));
    let remaining_partitions = remaining.map(|(tp, _)| RemainingPartition {
        topic_name: tp.topic.to_string(),
        partition_index: tp.partition,
        ..Default::default()
    });
    let response =
        ControlledShutdownResponse { remaining_partitions: remaining_partitions.collect(), ..Default::default() };
    Outcome::default().with_reply(id, Reply::ControlledShutdown(response))
}
