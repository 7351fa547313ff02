//! Brings leaders' proposals for their in-sync replicas before the controller (`AlterPartitionManager`).
//!
//! One request is under way at a time; what comes meanwhile goes together into the next one. A proposal stays until it is
//! answered or its partition has moved on.

use crate::{controller_link::ControllerLink, log_dir_failures::FailureReports, metadata_cache::MetadataCache};
use rkafka_base::{BrokerId, LeaderEpoch, TopicPartition, Uuid};
use rkafka_protocol::{
    ErrorCode,
    messages::{
        AlterPartitionRequest, AlterPartitionResponse,
        alter_partition_request::{BrokerState, PartitionData, TopicData},
        alter_partition_response,
    },
};
use rkafka_replication::{IsrAnswer, IsrOutcome, IsrProposal, PartitionHost, Replicas};
use rkafka_runtime::{clock::Clock, tasks::essential::End};
use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::sync::mpsc;

const LOG: &str = "kafka.server.DefaultAlterPartitionManager";
/// The pause before a request is repeated that the controller could not deal with.
const RETRY: Duration = Duration::from_millis(100);

/// Of so many failures of one proposal in a row, one is told.
const WARN_EVERY: u32 = 100;

/// One partition's proposal.
struct Proposed {
    partition: TopicPartition,
    topic_id: Option<Uuid>,
    proposal: IsrProposal,
    /// How often the controller could not deal with it.
    failures: u32,
}

/// The cluster as this broker's partitions see it.
pub struct BrokerPartitionHost {
    metadata: Arc<MetadataCache>,
    /// Holds at most one proposal for each partition.
    proposals: mpsc::UnboundedSender<Proposed>,
    failures: FailureReports,
}

impl PartitionHost for BrokerPartitionHost {
    fn is_alive(&self, broker: BrokerId) -> bool {
        self.metadata.is_alive(broker)
    }

    fn propose(&self, partition: &TopicPartition, topic_id: Option<Uuid>, proposal: IsrProposal) {
        // A broker that is stopping asks for nothing more.
        let _ = self.proposals.send(Proposed { partition: partition.clone(), topic_id, proposal, failures: 0 });
    }

    fn disk_failed(&self, log_dir: &Path, reason: &str) {
        self.failures.report(log_dir, reason);
    }
}

/// The proposals on their way to [`IsrChanges`].
pub struct ProposalQueue(mpsc::UnboundedReceiver<Proposed>);

/// The cluster as partitions see it, and where their proposals come out.
pub fn partition_host(
    metadata: Arc<MetadataCache>,
    failures: FailureReports,
) -> (Arc<BrokerPartitionHost>, ProposalQueue) {
    let (proposals, queue) = mpsc::unbounded_channel();
    (Arc::new(BrokerPartitionHost { metadata, proposals, failures }), ProposalQueue(queue))
}

/// Sends the proposals and hands the answers out.
pub struct IsrChanges {
    pub local: BrokerId,
    pub broker_epoch: Arc<AtomicI64>,
    pub link: Arc<ControllerLink>,
    pub replicas: Arc<Replicas>,
    pub clock: Arc<dyn Clock>,
}

impl IsrChanges {
    /// Runs until every partition is gone.
    pub async fn run(self, mut queue: ProposalQueue) -> End {
        let mut waiting: BTreeMap<TopicPartition, Proposed> = BTreeMap::new();
        loop {
            if waiting.is_empty() {
                match queue.0.recv().await {
                    Some(first) => waiting.insert(first.partition.clone(), first),
                    None => return End::Asked,
                };
            }
            while let Ok(more) = queue.0.try_recv() {
                waiting.insert(more.partition.clone(), more);
            }
            waiting.retain(|_, p| self.is_pending(p));
            if waiting.is_empty() {
                continue;
            }
            let request = self.request(waiting.values());
            let response = self.link.alter_partition(&request).await;
            if !self.take_in(&response, &mut waiting) {
                tokio::time::sleep(RETRY).await;
            }
        }
    }

    fn is_pending(&self, proposed: &Proposed) -> bool {
        let partition = self.replicas.get(&proposed.partition.topic, proposed.partition.partition);
        partition.is_some_and(|p| p.is_pending(&proposed.proposal))
    }

    fn request<'a>(&self, proposals: impl Iterator<Item = &'a Proposed>) -> AlterPartitionRequest {
        let mut topics: Vec<TopicData> = Vec::new();
        for Proposed { partition, topic_id, proposal, .. } in proposals {
            if topics.last().is_none_or(|t| *t.topic_name != *partition.topic) {
                topics.push(TopicData {
                    topic_name: partition.topic.to_string(),
                    topic_id: topic_id.unwrap_or_default(),
                    ..Default::default()
                });
            }
            if let Some(topic) = topics.last_mut() {
                topic.partitions.push(partition_data(partition.partition, proposal));
            }
        }
        let broker_epoch = self.broker_epoch.load(Ordering::Acquire);
        AlterPartitionRequest { broker_id: self.local.0, broker_epoch, topics, ..Default::default() }
    }

    /// Hands the answers out. False if something has to be sent again that the controller could not deal with.
    fn take_in(&self, response: &AlterPartitionResponse, waiting: &mut BTreeMap<TopicPartition, Proposed>) -> bool {
        if let Err(code) = ErrorCode(response.error_code).ok() {
            log::warn!(target: LOG, "[Broker id={}] The controller refused a change of in-sync replicas: {}; it is asked again", self.local, code.name());
            return false;
        }
        let mut again = false;
        let names = names_by_id(waiting.values());
        for topic in &response.topics {
            for answer in &topic.partitions {
                let Some(name) = proposed(waiting, &names, topic, answer.partition_index) else { continue };
                if self.answered(&name, answer, waiting) {
                    again = true;
                }
            }
        }
        !again
    }

    /// Takes one partition's answer in; true if its proposal must be sent again.
    fn answered(
        &self,
        name: &TopicPartition,
        answer: &alter_partition_response::PartitionData,
        waiting: &mut BTreeMap<TopicPartition, Proposed>,
    ) -> bool {
        let Some(proposed) = waiting.remove(name) else { return false };
        let Some(partition) = self.replicas.get(&name.topic, name.partition) else { return false };
        let outcome = partition.isr_answered(&proposed.proposal, &isr_answer(answer), self.clock.now());
        let code = ErrorCode(answer.error_code).name();
        let isr = &proposed.proposal.isr;
        match outcome {
            IsrOutcome::Adopted => log::info!(target: "kafka.cluster.Partition",
                "[Partition {name} broker={}] ISR updated to {} and version updated to {}",
                self.local, list(&answer.isr), answer.partition_epoch),
            IsrOutcome::Retry => {
                if proposed.failures.is_multiple_of(WARN_EVERY) {
                    log::warn!(target: "kafka.cluster.Partition", "[Partition {name} broker={}] Failed to change the ISR to {isr:?}: {code}; trying again", self.local);
                }
                waiting.insert(name.clone(), Proposed { failures: proposed.failures.saturating_add(1), ..proposed });
                return true;
            }
            IsrOutcome::Reverted | IsrOutcome::AwaitController => {
                log::info!(target: "kafka.cluster.Partition", "[Partition {name} broker={}] Failed to change the ISR to {isr:?}: {code}", self.local);
            }
            IsrOutcome::Outdated => {}
        }
        false
    }
}

/// The names of the topics by the ids that the proposals give.
fn names_by_id<'a>(proposals: impl Iterator<Item = &'a Proposed>) -> BTreeMap<Uuid, Arc<str>> {
    proposals.filter_map(|proposed| Some((proposed.topic_id?, proposed.partition.topic.clone()))).collect()
}

/// The partition that an answer is about, if its proposal waits. `names` are those of the topics by their ids.
fn proposed(
    waiting: &BTreeMap<TopicPartition, Proposed>,
    names: &BTreeMap<Uuid, Arc<str>>,
    topic: &alter_partition_response::TopicData,
    partition: i32,
) -> Option<TopicPartition> {
    let by_name = topic.topic_id.is_zero();
    let name = if by_name { Arc::from(topic.topic_name.as_str()) } else { names.get(&topic.topic_id)?.clone() };
    let name = TopicPartition::new(name, partition);
    let is_same = |proposed: &Proposed| by_name || proposed.topic_id == Some(topic.topic_id);
    waiting.get(&name).is_some_and(is_same).then_some(name)
}

fn partition_data(index: i32, proposal: &IsrProposal) -> PartitionData {
    // Apache Kafka's controllers on ZooKeeper do not look at the members' epochs; ours do.
    let members = proposal.isr.iter().zip(&proposal.broker_epochs);
    let with_epoch =
        |(id, epoch): (&BrokerId, &i64)| BrokerState { broker_id: id.0, broker_epoch: *epoch, ..Default::default() };
    PartitionData {
        partition_index: index,
        leader_epoch: proposal.leader_epoch.0,
        new_isr: proposal.isr.iter().map(|id| id.0).collect(),
        new_isr_with_epochs: members.map(with_epoch).collect(),
        partition_epoch: proposal.partition_epoch,
        ..Default::default()
    }
}

fn isr_answer(answer: &alter_partition_response::PartitionData) -> IsrAnswer {
    match ErrorCode(answer.error_code).ok() {
        Err(code) => IsrAnswer::Refused(code),
        Ok(()) => IsrAnswer::State {
            leader_epoch: LeaderEpoch(answer.leader_epoch),
            partition_epoch: answer.partition_epoch,
            isr: answer.isr.iter().copied().map(BrokerId).collect(),
        },
    }
}

/// `1,2,3`, as Kafka writes sets of brokers.
fn list(brokers: &[i32]) -> String {
    brokers.iter().map(i32::to_string).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn answers_find_their_proposals_however_many_there_are() {
        const PARTITIONS: i32 = 40_000;
        let id = Uuid([3; 16]);
        let proposal = IsrProposal {
            number: 1,
            leader_epoch: LeaderEpoch(0),
            partition_epoch: 0,
            isr: vec![BrokerId(1)],
            broker_epochs: vec![-1],
        };
        let waiting: BTreeMap<TopicPartition, Proposed> = (0..PARTITIONS)
            .map(|n| {
                let partition = TopicPartition::new("t", n);
                let topic_id = (n % 2 == 0).then_some(id);
                (partition.clone(), Proposed { partition, topic_id, proposal: proposal.clone(), failures: 0 })
            })
            .collect();
        let began = Instant::now();
        let names = names_by_id(waiting.values());
        let by_id = alter_partition_response::TopicData { topic_id: id, ..Default::default() };
        let by_name = alter_partition_response::TopicData { topic_name: "t".into(), ..Default::default() };
        let found = |topic| (0..PARTITIONS + 1).filter(|n| proposed(&waiting, &names, topic, *n).is_some()).count();
        assert_eq!((found(&by_id), found(&by_name)), (PARTITIONS as usize / 2, PARTITIONS as usize));
        assert!(began.elapsed() < Duration::from_secs(3), "it took {:?}", began.elapsed());
        let unknown = alter_partition_response::TopicData { topic_id: Uuid([4; 16]), ..Default::default() };
        assert_eq!(proposed(&waiting, &names, &unknown, 0), None);
    }
}
