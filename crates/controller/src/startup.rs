//! Pure: a controller's first step after its election: everything that was read becomes state, and every broker is
//! told.

use super::asked::{Ballot, ElectionKind, Requester, Trigger};
use super::brokers::without_suspects;
use super::cluster::{Cluster, Deletion, Partition, PartitionPhase, ReplicaPhase, Topic};
use super::event::{Event, Loaded, Outcome, TopicSeen, elect};
use super::reassignment;
use super::requests::RequestBatch;
use rkafka_base::TopicPartition;

/// Takes everything in. The brokers first hear which brokers live, then who leads what; partitions without a live
/// leader and deletions follow.
pub fn apply(cluster: &mut Cluster, mut loaded: Loaded) -> Outcome {
    cluster.suspects = loaded.suspects.iter().copied().collect();
    let live = without_suspects(cluster, &loaded.brokers);
    cluster.brokers = live.into_iter().map(|broker| (broker.id, broker)).collect();
    for topic in std::mem::take(&mut loaded.topics) {
        load_topic(cluster, topic, &mut loaded);
    }
    let live: Vec<i32> = cluster.brokers.keys().copied().collect();
    let mut introduction = RequestBatch::default();
    introduction.metadata(live.iter().copied(), []);
    let mut messages = introduction.finish(cluster);

    let mut batch = RequestBatch::default();
    let mut gone = Vec::new();
    for (tp, _, partition) in cluster.partitions() {
        for broker in &partition.assignment.replicas {
            if !cluster.is_replica_live(*broker, &tp) {
                gone.push((*broker, tp.clone()));
            } else if partition.leadership.is_some() {
                batch.leader_and_isr(cluster, &[*broker], &tp, false);
            }
        }
    }
    messages.extend(batch.finish(cluster));
    let deletions = Event::DeletionsSeen(std::mem::take(&mut loaded.deletions));
    let mut follow_ups: Vec<Event> = reassignment::strangers(cluster).into_iter().collect();
    follow_ups.push(elect());
    if !gone.is_empty() {
        follow_ups.push(Event::ShrinkInSync(gone));
    }
    follow_ups.push(deletions);
    follow_ups.extend(requests(cluster, loaded));
    Outcome { messages, follow_ups, brokers_up: live, ..Outcome::default() }
}

/// What was asked for while there was no controller, and what another one had begun.
fn requests(cluster: &Cluster, loaded: Loaded) -> Vec<Event> {
    let Loaded { reassignments: targets, preferred_elections, .. } = loaded;
    let mut events: Vec<Event> = reassignment::resumptions(cluster, |_| true).into_iter().collect();
    if !targets.is_empty() {
        events.push(Event::AlterReassignments { targets, requester: Requester::Znode });
    }
    if let Some(partitions) = preferred_elections {
        events.push(Event::HoldElection(Ballot::new(ElectionKind::Preferred, Trigger::Znode, partitions)));
    }
    events.push(Event::GrowInternalTopics);
    events
}

fn load_topic(cluster: &mut Cluster, seen: TopicSeen, loaded: &mut Loaded) {
    let id = seen.assignment.topic_id.unwrap_or(seen.fresh_id);
    let mut topic = Topic { id, partitions: Default::default(), deletion: Deletion::NotWanted };
    // Whoever is to be deleted gets no leader any more.
    if cluster.settings.delete_topic_enable && loaded.deletions.contains(&seen.name) {
        topic.deletion = Deletion::Wanted;
    }
    // Collected at once: a tree that grows in order keeps its nodes half full.
    let partitions = seen.assignment.partitions.into_iter().map(|(number, assignment)| {
        let mut partition = Partition::new(assignment);
        partition.leadership = loaded.states.remove(&TopicPartition::new(seen.name.clone(), number));
        if let Some(leader) = partition.leadership.as_ref().map(|leadership| leadership.state.leader) {
            let lives = cluster.brokers.contains_key(&leader);
            partition.phase = if lives { PartitionPhase::Online } else { PartitionPhase::Offline };
            for (broker, phase) in &mut partition.replicas {
                let lives = cluster.brokers.contains_key(broker);
                *phase = if lives { ReplicaPhase::Online } else { ReplicaPhase::Offline };
            }
        }
        (number, partition)
    });
    topic.partitions = partitions.collect();
    cluster.add_topic(seen.name, topic);
}
