//! Pure: AlterPartition: a leader proposes another in-sync set, and the controller makes it so or says why not.

use super::cluster::{Cluster, Leadership};
use super::event::{Outcome, Write, WriteResult};
use super::reassignment;
use super::requests::RequestBatch;
use rkafka_base::TopicPartition;
use rkafka_protocol::ErrorCode;
use rkafka_protocol::messages::{
    AlterPartitionRequest, AlterPartitionResponse,
    alter_partition_request::{PartitionData, TopicData},
    alter_partition_response::{PartitionData as PartitionAnswer, TopicData as TopicAnswer},
};
use rkafka_registry::LeaderAndIsr;
use std::collections::BTreeMap;

/// From this version on topics are named by id, and a member that may not join has an error code of its own.
const TOPIC_IDS_SINCE: i16 = 2;
/// From this version on the members come with their broker epochs.
const BROKER_EPOCHS_SINCE: i16 = 3;

/// What becomes of one partition's proposal.
enum Verdict {
    Refused(ErrorCode),
    /// The proposal is the state already: an answer was lost.
    AlreadySo(Leadership),
    Wanted(TopicPartition, LeaderAndIsr, i32),
}

fn check_sender(cluster: &Cluster, request: &AlterPartitionRequest) -> Result<(), ErrorCode> {
    match cluster.brokers.get(&request.broker_id) {
        Some(broker) if broker.epoch == request.broker_epoch => Ok(()),
        _ => Err(ErrorCode::STALE_BROKER_EPOCH),
    }
}

/// The proposed states that are to be written.
pub fn writes(cluster: &Cluster, request: &AlterPartitionRequest, version: i16) -> Vec<Write> {
    if check_sender(cluster, request).is_err() {
        return Vec::new();
    }
    let verdicts = request.topics.iter().flat_map(|topic| {
        let name = name_of(cluster, topic, version);
        topic.partitions.iter().map(move |proposal| judge(cluster, request, name, proposal, version))
    });
    let writes = verdicts.filter_map(|verdict| match verdict {
        Verdict::Wanted(partition, state, expected_version) => {
            Some(Write::SetState { partition, state, expected_version })
        }
        Verdict::Refused(_) | Verdict::AlreadySo(_) => None,
    });
    writes.collect()
}

/// The name of a topic in a request, which may give its id instead.
fn name_of<'a>(cluster: &'a Cluster, topic: &'a TopicData, version: i16) -> Option<&'a str> {
    match version {
        ..TOPIC_IDS_SINCE => Some(&topic.topic_name),
        _ => cluster.topic_name(topic.topic_id).map(|name| &**name),
    }
}

fn judge(
    cluster: &Cluster,
    request: &AlterPartitionRequest,
    topic: Option<&str>,
    proposal: &PartitionData,
    version: i16,
) -> Verdict {
    let Some(topic) = topic else { return Verdict::Refused(ErrorCode::UNKNOWN_TOPIC_ID) };
    let tp = TopicPartition::new(topic, proposal.partition_index);
    let known = cluster.partition(&tp);
    let Some((partition, current)) = known.and_then(|p| Some((p, p.leadership.as_ref()?))) else {
        return Verdict::Refused(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    };
    if proposal.partition_epoch > current.zk_version || proposal.leader_epoch > current.state.leader_epoch {
        // Another controller must have told the sender.
        return Verdict::Refused(ErrorCode::NOT_CONTROLLER);
    }
    if proposal.leader_epoch < current.state.leader_epoch {
        return Verdict::Refused(ErrorCode::FENCED_LEADER_EPOCH);
    }
    let wanted = LeaderAndIsr {
        leader: request.broker_id,
        leader_epoch: proposal.leader_epoch,
        isr: members(proposal, version),
        controller_epoch: cluster.epoch,
        recovering: proposal.leader_recovery_state != 0,
    };
    if is_same(&wanted, &current.state) {
        return Verdict::AlreadySo(current.clone());
    }
    if proposal.partition_epoch < current.zk_version {
        return Verdict::Refused(ErrorCode::INVALID_UPDATE_VERSION);
    }
    let replicas = &partition.assignment.replicas;
    if current.state.leader != request.broker_id
        || (wanted.recovering && (wanted.isr.len() > 1 || !current.state.recovering))
        || !wanted.isr.contains(&wanted.leader)
        || wanted.isr.iter().any(|member| !replicas.contains(member))
    {
        return Verdict::Refused(ErrorCode::INVALID_REQUEST);
    }
    if wanted.isr.iter().any(|member| !cluster.is_electable(*member)) || has_restarted_member(cluster, proposal) {
        return Verdict::Refused(match version {
            ..TOPIC_IDS_SINCE => ErrorCode::OPERATION_NOT_ATTEMPTED,
            _ => ErrorCode::INELIGIBLE_REPLICA,
        });
    }
    Verdict::Wanted(tp, wanted, current.zk_version)
}

/// Whether a member was proposed for what it had before it registered anew; it may have lost that (KIP-903).
fn has_restarted_member(cluster: &Cluster, proposal: &PartitionData) -> bool {
    proposal.new_isr_with_epochs.iter().any(|member| {
        let live = cluster.brokers.get(&member.broker_id);
        member.broker_epoch >= 0 && live.is_some_and(|broker| broker.epoch != member.broker_epoch)
    })
}

fn members(proposal: &PartitionData, version: i16) -> Vec<i32> {
    match version {
        ..BROKER_EPOCHS_SINCE => proposal.new_isr.clone(),
        _ => proposal.new_isr_with_epochs.iter().map(|member| member.broker_id).collect(),
    }
}

fn is_same(one: &LeaderAndIsr, other: &LeaderAndIsr) -> bool {
    (one.leader, one.leader_epoch, &one.isr, one.recovering)
        == (other.leader, other.leader_epoch, &other.isr, other.recovering)
}

/// Takes the new in-sync sets in, tells all brokers of them, and answers.
pub fn apply(
    cluster: &mut Cluster,
    request: &AlterPartitionRequest,
    version: i16,
    written: Vec<(Write, WriteResult)>,
) -> (AlterPartitionResponse, Outcome) {
    let mut outcome = Outcome::default();
    if let Err(code) = check_sender(cluster, request) {
        return (AlterPartitionResponse { error_code: code.0, ..Default::default() }, outcome);
    }
    let mut results: BTreeMap<TopicPartition, WriteResult> = BTreeMap::new();
    for (write, result) in written {
        if let Write::SetState { partition, .. } = write {
            results.entry(partition).or_insert(result);
        }
    }
    let mut changed = Vec::new();
    let mut topics = Vec::with_capacity(request.topics.len());
    for topic in &request.topics {
        let name = name_of(cluster, topic, version);
        let answers = topic.partitions.iter().map(|proposal| {
            let outcome = match judge(cluster, request, name, proposal, version) {
                Verdict::Refused(code) => Err(code),
                Verdict::AlreadySo(leadership) => Ok(leadership),
                Verdict::Wanted(tp, state, _) => match results.remove(&tp) {
                    Some(WriteResult::Done(zk_version)) => {
                        let leadership = Leadership { state, zk_version };
                        changed.push((tp, leadership.clone()));
                        Ok(leadership)
                    }
                    Some(WriteResult::Conflict) => {
                        outcome.reread.push(tp);
                        Err(ErrorCode::INVALID_UPDATE_VERSION)
                    }
                    Some(WriteResult::Gone) => Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
                    Some(WriteResult::TooLarge { .. }) => Err(ErrorCode::POLICY_VIOLATION),
                    // Named twice in one request.
                    None => Err(ErrorCode::INVALID_REQUEST),
                },
            };
            answer(proposal.partition_index, outcome)
        });
        let partitions = answers.collect();
        let (topic_name, topic_id) = (topic.topic_name.clone(), topic.topic_id);
        topics.push(TopicAnswer { topic_name, topic_id, partitions, ..Default::default() });
    }
    let partitions: Vec<TopicPartition> = changed.iter().map(|(tp, _)| tp.clone()).collect();
    outcome.messages = take_in(cluster, changed);
    outcome.follow_ups.extend(reassignment::completions(cluster, &partitions));
    (AlterPartitionResponse { topics, ..Default::default() }, outcome)
}

/// Everybody learns of the new sets by UpdateMetadata; the leader knows from the answer.
fn take_in(cluster: &mut Cluster, changed: Vec<(TopicPartition, Leadership)>) -> Vec<(i32, super::Message)> {
    let mut batch = RequestBatch::default();
    for (tp, leadership) in changed {
        if let Some(partition) = cluster.partition_mut(&tp) {
            partition.leadership = Some(leadership);
            batch.metadata(cluster.brokers.keys().copied().collect::<Vec<_>>(), [tp]);
        }
    }
    batch.finish(cluster)
}

fn answer(partition_index: i32, outcome: Result<Leadership, ErrorCode>) -> PartitionAnswer {
    match outcome {
        Err(code) => PartitionAnswer { partition_index, error_code: code.0, ..Default::default() },
        Ok(Leadership { state, zk_version }) => PartitionAnswer {
            partition_index,
            leader_id: state.leader,
            leader_epoch: state.leader_epoch,
            isr: state.isr,
            leader_recovery_state: i8::from(state.recovering),
            partition_epoch: zk_version,
            ..Default::default()
        },
    }
}
