//! What the tests of the deciding code have around it: a ZooKeeper in memory that takes the writes, and a list that takes the
//! messages.

use super::asked::Reply;
use super::cluster::*;
use super::event::*;
use super::requests::Message;
use super::{partitions, step};
use rkafka_base::{TopicPartition, Uuid};
use rkafka_registry::brokers::LiveBroker;
use rkafka_registry::{
    BrokerRegistration, Endpoint, LeaderAndIsr, ReplicaAssignment, SecurityProtocol, TopicAssignment,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

pub(super) fn broker(id: i32, epoch: i64) -> LiveBroker {
    let endpoint = Endpoint {
        listener: "PLAINTEXT".into(),
        host: "localhost".into(),
        port: 9092 + id,
        security_protocol: SecurityProtocol::Plaintext,
    };
    let registration = BrokerRegistration { endpoints: vec![endpoint], rack: None, jmx_port: -1, timestamp_ms: 0 };
    LiveBroker { id, epoch, registration }
}

pub(super) fn seen(name: &str, partitions: &[&[i32]], id: Option<u8>) -> TopicSeen {
    let partitions = partitions.iter().enumerate().map(|(n, r)| (n as i32, ReplicaAssignment::of(r.to_vec())));
    let assignment = TopicAssignment { topic_id: id.map(|b| Uuid([b; 16])), partitions: partitions.collect() };
    TopicSeen { name: name.into(), assignment, fresh_id: Uuid([99; 16]) }
}

/// The state znodes, the assignments, and what each broker was told.
pub(super) struct World {
    pub cluster: Cluster,
    pub(super) states: BTreeMap<TopicPartition, (LeaderAndIsr, i32)>,
    pub(super) assignments: BTreeMap<Arc<str>, TopicAssignment>,
    /// Whether ZooKeeper keeps no longer assignments.
    pub(super) is_full: bool,
    pub(super) dropped_requests: Vec<Arc<str>>,
    /// `/admin/reassign_partitions`.
    pub(super) reassignment_requests: BTreeSet<TopicPartition>,
    pub(super) election_requests_dropped: usize,
    pub(super) unclean: BTreeSet<Arc<str>>,
    sent: Vec<(i32, Message)>,
    pub(super) replies: Vec<Reply>,
    /// How many events are handled until the controller dies.
    pub(super) steps_to_live: Option<usize>,
    /// Whether all that is handled and written is printed.
    pub(super) is_traced: bool,
}

impl World {
    pub(super) fn new() -> World {
        let settings = ControllerSettings {
            broker_id: 0,
            inter_broker_listener: "PLAINTEXT".into(),
            fast_failover: true,
            delete_topic_enable: true,
            unclean_leader_election_enable: false,
            leader_imbalance_per_broker_percentage: 10,
            leader_rebalance_interval: None,
            internal_topic_factors: BTreeMap::new(),
        };
        World {
            cluster: Cluster::new(settings, 1),
            states: BTreeMap::new(),
            assignments: BTreeMap::new(),
            is_full: false,
            dropped_requests: Vec::new(),
            reassignment_requests: BTreeSet::new(),
            election_requests_dropped: 0,
            unclean: BTreeSet::new(),
            sent: Vec::new(),
            replies: Vec::new(),
            steps_to_live: None,
            is_traced: false,
        }
    }

    /// A cluster of brokers with these ids and epochs.
    pub(super) fn with_live(brokers: &[(i32, i64)]) -> World {
        World::with_brokers(&brokers.iter().map(|(id, epoch)| broker(*id, *epoch)).collect::<Vec<_>>())
    }

    pub(super) fn with_brokers(brokers: &[LiveBroker]) -> World {
        let mut world = World::new();
        world.handle(Event::Elected(Box::new(Loaded { brokers: brokers.to_vec(), ..Loaded::default() })));
        world
    }

    fn write(&mut self, write: &Write) -> WriteResult {
        match write {
            Write::CreateState { partition, state } => {
                if self.states.contains_key(partition) {
                    return WriteResult::Conflict;
                }
                self.states.insert(partition.clone(), (state.clone(), 0));
                WriteResult::Done(0)
            }
            Write::SetState { partition, state, expected_version } => match self.states.get_mut(partition) {
                None => WriteResult::Gone,
                Some((_, version)) if version != expected_version => WriteResult::Conflict,
                Some(slot) => {
                    *slot = (state.clone(), slot.1 + 1);
                    WriteResult::Done(slot.1)
                }
            },
            Write::SetAssignment { topic, assignment } => {
                self.assignments.insert(topic.clone(), assignment.clone());
                WriteResult::Done(1)
            }
            Write::ChangeReplicas { .. } if self.is_full => WriteResult::TooLarge { size: 2_000_000, limit: 1_048_575 },
            Write::ChangeReplicas { topic, changes } => {
                self.assignments.entry(topic.clone()).or_default().partitions.extend(changes.clone());
                WriteResult::Done(1)
            }
            Write::DropReassignmentRequests { partitions } => {
                self.reassignment_requests.retain(|tp| !partitions.contains(tp));
                WriteResult::Done(1)
            }
            Write::DropElectionRequest => {
                self.election_requests_dropped += 1;
                WriteResult::Done(0)
            }
            Write::SetProducerIds { .. } => WriteResult::Done(1),
            Write::DeleteTopic { topic } => {
                self.states.retain(|tp, _| tp.topic != *topic);
                self.assignments.remove(topic);
                self.dropped_requests.push(topic.clone());
                WriteResult::Done(0)
            }
            Write::DropDeletionRequest { topic } => {
                self.dropped_requests.push(topic.clone());
                WriteResult::Done(0)
            }
        }
    }

    pub(super) fn handle(&mut self, event: Event) {
        let mut queue = VecDeque::from([event]);
        for _ in 0..1000 {
            let Some(mut event) = queue.pop_front() else { return };
            match &mut self.steps_to_live {
                Some(0) => return,
                Some(steps) => *steps -= 1,
                None => {}
            }
            if let Event::ElectLeaders { unclean } = &mut event {
                let doubtful = partitions::topics_without_clean_heir(&self.cluster);
                *unclean = doubtful.intersection(&self.unclean).cloned().collect();
            }
            let writes = step::decide(&self.cluster, &event);
            let written: Vec<(Write, WriteResult)> = writes
                .into_iter()
                .map(|w| {
                    let r = self.write(&w);
                    (w, r)
                })
                .collect();
            if self.is_traced {
                println!("{event:?}\n    {written:?}");
            }
            let outcome = step::apply(&mut self.cluster, event, written);
            for follow_up in outcome.follow_ups.into_iter().rev() {
                queue.push_front(follow_up);
            }
            if !outcome.reread.is_empty() {
                let read = outcome.reread.into_iter().map(|tp| {
                    let found = self.states.get(&tp).cloned();
                    (tp, found.map(|(state, zk_version)| Leadership { state, zk_version }))
                });
                queue.push_front(Event::StatesRead(read.collect()));
            }
            self.sent.extend(outcome.messages);
            self.replies.extend(outcome.replies.into_iter().map(|(_, reply)| reply));
        }
        panic!("the controller does not come to rest");
    }

    pub(super) fn create(&mut self, topics: Vec<TopicSeen>) {
        let names = self.cluster.topics.keys().cloned().chain(topics.iter().map(|t| t.name.clone())).collect();
        self.handle(Event::TopicsSeen { names, new: topics });
    }

    pub(super) fn state(&self, topic: &str, partition: i32) -> (i32, i32, Vec<i32>) {
        let state = &self.states[&TopicPartition::new(topic, partition)].0;
        (state.leader, state.leader_epoch, state.isr.clone())
    }

    /// A line per message: to whom, which kind, which partitions.
    pub(super) fn transcript(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        for (broker, message) in self.sent.drain(..) {
            let text = match message {
                Message::LeaderAndIsr(request) => {
                    let topics = request.topic_states.iter().flat_map(|t| {
                        t.partition_states.iter().map(|p| {
                            format!(
                                " {}-{}:{}e{}{:?}{}",
                                t.topic_name,
                                p.partition_index,
                                p.leader,
                                p.leader_epoch,
                                p.isr,
                                if p.is_new { "new" } else { "" }
                            )
                        })
                    });
                    format!("LISR{}", topics.collect::<String>())
                }
                Message::UpdateMetadata(request) => {
                    let live: Vec<i32> = request.live_brokers.iter().map(|b| b.id).collect();
                    let topics = request.topic_states.iter().flat_map(|t| {
                        t.partition_states
                            .iter()
                            .map(|p| format!(" {}-{}:{}", t.topic_name, p.partition_index, p.leader))
                    });
                    format!("UMR{live:?}{}", topics.collect::<String>())
                }
                Message::StopReplica(request) => {
                    let topics = request.topic_states.iter().flat_map(|t| {
                        t.partition_states.iter().map(|p| {
                            let delete = if p.delete_partition { " delete" } else { "" };
                            format!(" {}-{}e{}{delete}", t.topic_name, p.partition_index, p.leader_epoch)
                        })
                    });
                    format!("STOP{}", topics.collect::<String>())
                }
            };
            lines.push(format!("{broker} {text}"));
        }
        lines
    }
}
