//! Pure: elections that somebody asks for (`KafkaController.processReplicaLeaderElection`): the preferred replica takes
//! the lead again, or a partition without leader gets one at any price.

use super::asked::{Ballot, ElectionKind, Reply, Trigger};
use super::cluster::{Cluster, Leadership};
use super::election;
use super::event::{Event, Outcome, Write, WriteResult};
use super::partitions;
use super::refusal::{PartitionResults, Refusal};
use super::requests::RequestBatch;
use rkafka_base::TopicPartition;
use rkafka_protocol::ErrorCode;
use rkafka_registry::{LeaderAndIsr, NO_LEADER};

const TARGET: &str = "kafka.controller.KafkaController";

impl ElectionKind {
    /// The code for a partition that cannot get a leader this way, and the name of the strategy in its message.
    fn failure(self) -> (ErrorCode, &'static str) {
        match self {
            ElectionKind::Preferred => {
                (ErrorCode::PREFERRED_LEADER_NOT_AVAILABLE, "PreferredReplicaPartitionLeaderElectionStrategy")
            }
            ElectionKind::Unclean => {
                (ErrorCode::ELIGIBLE_LEADERS_NOT_AVAILABLE, "OfflinePartitionLeaderElectionStrategy(true)")
            }
        }
    }
}

/// The next state of a partition, or why it has none.
fn verdict(cluster: &Cluster, kind: ElectionKind, tp: &TopicPartition) -> Result<(LeaderAndIsr, i32), Refusal> {
    let partition = cluster.partition(tp).ok_or_else(Refusal::unknown_partition)?;
    if cluster.is_to_be_deleted(&tp.topic) {
        return Err(Refusal::new(ErrorCode::INVALID_TOPIC_EXCEPTION, "The topic is being deleted"));
    }
    let (code, strategy) = kind.failure();
    let no_heir = || Refusal::new(code, format!("Failed to elect leader for partition {tp} under strategy {strategy}"));
    let current = partition.leadership.as_ref().ok_or_else(no_heir)?;
    let leader = current.state.leader;
    let next = match kind {
        ElectionKind::Preferred => {
            if partition.assignment.replicas.first() == Some(&leader) {
                return Err(ErrorCode::ELECTION_NOT_NEEDED.into());
            }
            let is_live = |broker: i32| cluster.is_replica_live(broker, tp);
            election::preferred(&current.state, &partition.assignment.replicas, is_live, cluster.epoch)
        }
        ElectionKind::Unclean => {
            if leader != NO_LEADER && cluster.brokers.contains_key(&leader) {
                return Err(ErrorCode::ELECTION_NOT_NEEDED.into());
            }
            let live = cluster.live_replicas(tp, partition);
            election::after_leader_loss(&current.state, &live, true, cluster.epoch)
        }
    };
    let next = next.filter(|_| current.state.controller_epoch <= cluster.epoch).ok_or_else(no_heir)?;
    Ok((next, current.zk_version))
}

/// The states with the elected leaders.
pub fn decide(cluster: &Cluster, ballot: &Ballot) -> Vec<Write> {
    let writes = ballot.partitions.iter().filter_map(|tp| {
        let (state, expected_version) = verdict(cluster, ballot.kind, tp).ok()?;
        Some(Write::SetState { partition: tp.clone(), state, expected_version })
    });
    writes.collect()
}

/// Takes the leaders in, tells the brokers, and answers. Partitions whose state was changed by somebody else meanwhile
/// are voted on again.
pub fn apply(cluster: &mut Cluster, ballot: Ballot, written: Vec<(Write, WriteResult)>) -> Outcome {
    let Ballot { kind, trigger, partitions, mut settled } = ballot;
    settled.extend(
        partitions.into_iter().filter_map(|tp| verdict(cluster, kind, &tp).err().map(|refusal| (tp, Err(refusal)))),
    );
    let mut outcome = Outcome::default();
    let mut batch = RequestBatch::default();
    for (write, result) in written {
        let Write::SetState { partition: tp, state, .. } = write else { continue };
        match result {
            WriteResult::Done(zk_version) => {
                settled.push((tp.clone(), Ok(state.leader)));
                partitions::hand_over(cluster, &mut batch, &tp, Leadership { state, zk_version });
            }
            WriteResult::Conflict => outcome.reread.push(tp),
            WriteResult::Gone => settled.push((tp, Err(Refusal::unknown_partition()))),
            WriteResult::TooLarge { size, limit } => settled.push((tp, Err(Refusal::too_large(size, limit)))),
        }
    }
    outcome.messages = batch.finish(cluster);
    if outcome.reread.is_empty() {
        finish(&mut outcome, trigger, settled);
    } else {
        let partitions = outcome.reread.clone();
        outcome.follow_ups.push(Event::HoldElection(Ballot { kind, trigger, partitions, settled }));
    }
    outcome
}

fn finish(outcome: &mut Outcome, trigger: Trigger, settled: PartitionResults<i32>) {
    match trigger {
        Trigger::Api(id) => outcome.replies.push((id, Reply::ElectLeaders(settled))),
        Trigger::Znode | Trigger::Auto => {
            for (tp, result) in &settled {
                if let Err(refusal) = result
                    && refusal.code != ErrorCode::ELECTION_NOT_NEEDED
                {
                    log::error!(target: TARGET, "Error completing replica leader election ({trigger:?}) for partition {tp}: {}",
                        refusal.message.as_deref().unwrap_or(refusal.code.message()));
                }
            }
            if trigger == Trigger::Znode {
                outcome.follow_ups.push(Event::PreferredElectionOver);
            }
        }
    }
}
