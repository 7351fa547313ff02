//! The deciding code by itself: a ZooKeeper in memory takes the writes, and a model broker takes the messages.

use super::asked::{Reply, Request};
use super::cluster::{Deletion, Leadership, ReplicaPhase};
use super::event::*;
use super::world_for_tests::{World, broker, seen};
use rkafka_base::{TopicPartition, Uuid};
use rkafka_protocol::{ErrorCode, messages::ControlledShutdownRequest};
use rkafka_registry::LeaderAndIsr;
use std::collections::BTreeMap;

#[test]
fn a_topic_is_created_on_one_broker() {
    let mut world = World::with_brokers(&[broker(0, 5)]);
    assert_eq!(world.transcript(), ["0 UMR[0]"]);
    world.create(vec![seen("t", &[&[0], &[0]], Some(1))]);
    assert_eq!(world.state("t", 1), (0, 0, vec![0]));
    assert_eq!(world.transcript(), ["0 LISR t-0:0e0[0]new t-1:0e0[0]new", "0 UMR[0] t-0:0 t-1:0"]);
    assert!(world.assignments.is_empty());
}

#[test]
fn a_topic_of_an_old_tool_gets_an_id_and_keeps_it() {
    let mut world = World::with_brokers(&[broker(0, 5)]);
    world.create(vec![seen("old", &[&[0]], None)]);
    assert_eq!(world.assignments["old"].topic_id, Some(Uuid([99; 16])));
    world.transcript();
    // The old tool adds a partition and drops the id again.
    world.handle(Event::AssignmentSeen(seen("old", &[&[0], &[0]], None)));
    assert_eq!(world.assignments["old"].topic_id, Some(Uuid([99; 16])));
    assert_eq!(world.transcript(), ["0 LISR old-1:0e0[0]new", "0 UMR[0] old-1:0"]);
}

#[test]
fn deletion_asks_the_brokers_first() {
    let mut world = World::with_brokers(&[broker(0, 5)]);
    world.create(vec![seen("t", &[&[0]], Some(1))]);
    world.transcript();
    world.handle(Event::DeletionsSeen(vec!["t".into(), "unknown".into()]));
    assert_eq!(world.dropped_requests, ["unknown".into()]);
    assert_eq!(world.transcript(), ["0 UMR[0] t-0:-2", "0 STOP t-0e-2", "0 STOP t-0e-2 delete"]);
    world.handle(Event::ReplicasDeleted { broker: 0, results: vec![(TopicPartition::new("t", 0), 0)] });
    assert_eq!(world.dropped_requests, ["unknown".into(), "t".into()]);
    assert!(world.cluster.topics.is_empty() && world.states.is_empty());
    // The same name again is a new topic.
    world.create(vec![seen("t", &[&[0]], Some(2))]);
    assert_eq!(world.transcript(), ["0 LISR t-0:0e0[0]new", "0 UMR[0] t-0:0"]);
}

#[test]
fn deletion_waits_for_a_dead_broker() {
    let mut world = World::with_brokers(&[broker(0, 5), broker(1, 6)]);
    world.create(vec![seen("t", &[&[0, 1]], Some(1))]);
    world.handle(Event::BrokersSeen(vec![broker(0, 5)]));
    world.transcript();
    world.handle(Event::DeletionsSeen(vec!["t".into()]));
    assert!(world.transcript().is_empty());
    world.handle(Event::BrokersSeen(vec![broker(0, 5), broker(1, 9)]));
    let told = world.transcript();
    assert!(told.contains(&"1 STOP t-0e-2 delete".to_owned()), "{told:?}");
    for id in [0, 1] {
        world.handle(Event::ReplicasDeleted { broker: id, results: vec![(TopicPartition::new("t", 0), 0)] });
    }
    assert!(world.cluster.topics.is_empty());
}

/// What a dead broker has deleted already stays deleted, and no broker is told of a leader of what it deletes.
#[test]
fn deletion_does_not_wait_for_a_broker_that_has_done_its_part() {
    let mut world = World::with_brokers(&[broker(0, 5), broker(1, 6)]);
    world.create(vec![seen("t", &[&[0, 1]], Some(1))]);
    let deleted = |broker| Event::ReplicasDeleted { broker, results: vec![(TopicPartition::new("t", 0), 0)] };
    world.handle(Event::DeletionsSeen(vec!["t".into()]));
    world.handle(deleted(1));
    world.transcript();
    world.handle(Event::BrokersSeen(vec![broker(0, 5)]));
    assert_eq!(world.transcript(), ["0 UMR[0] t-0:-2"]);
    world.handle(deleted(0));
    assert!(world.cluster.topics.is_empty());
}

#[test]
fn deletion_can_be_forbidden() {
    let mut world = World::with_brokers(&[broker(0, 5)]);
    world.cluster.settings.delete_topic_enable = false;
    world.create(vec![seen("t", &[&[0]], Some(1))]);
    world.handle(Event::DeletionsSeen(vec!["t".into()]));
    assert_eq!(world.dropped_requests, ["t".into()]);
    assert!(world.cluster.topics.contains_key("t"));
}

#[test]
fn a_lost_leader_is_replaced_and_comes_back_as_a_follower() {
    let mut world = World::with_brokers(&[broker(0, 5), broker(1, 6), broker(2, 7)]);
    world.create(vec![seen("t", &[&[1, 0, 2]], Some(1))]);
    world.transcript();
    world.handle(Event::BrokersSeen(vec![broker(0, 5), broker(2, 7)]));
    assert_eq!(world.state("t", 0), (0, 1, vec![0, 2]));
    let told = world.transcript();
    assert_eq!(told[..2], ["0 LISR t-0:0e1[0, 2]", "2 LISR t-0:0e1[0, 2]"], "{told:?}");
    world.handle(Event::BrokersSeen(vec![broker(0, 5), broker(1, 20), broker(2, 7)]));
    assert_eq!(
        world.transcript(),
        [
            "0 UMR[0, 1, 2]",
            "2 UMR[0, 1, 2]",
            "1 UMR[0, 1, 2] t-0:0",
            "1 LISR t-0:0e1[0, 2]",
            "0 UMR[0, 1, 2] t-0:0",
            "1 UMR[0, 1, 2] t-0:0",
            "2 UMR[0, 1, 2] t-0:0"
        ]
    );
}

#[test]
fn a_restarted_single_broker_leads_again_with_a_new_epoch() {
    let mut world = World::with_brokers(&[broker(0, 5)]);
    world.create(vec![seen("t", &[&[0]], Some(1))]);
    // The same id with a later epoch was away in between.
    world.handle(Event::BrokersSeen(vec![broker(0, 50)]));
    assert_eq!(world.state("t", 0), (0, 2, vec![0]));
    // A new controller that finds the leader alive keeps it.
    let states = world.states.clone();
    let mut next = World::new();
    next.states = states.clone();
    let states = states.into_iter().map(|(tp, (state, zk_version))| (tp, Leadership { state, zk_version })).collect();
    let loaded =
        Loaded { brokers: vec![broker(0, 70)], topics: vec![seen("t", &[&[0]], Some(1))], states, ..Loaded::default() };
    next.handle(Event::Elected(Box::new(loaded)));
    assert_eq!(next.transcript(), ["0 UMR[0]", "0 LISR t-0:0e2[0]", "0 UMR[0] t-0:0"]);
}

#[test]
fn an_unclean_election_needs_leave() {
    let mut world = World::with_brokers(&[broker(0, 5), broker(1, 6)]);
    world.create(vec![seen("t", &[&[0, 1]], Some(1))]);
    world.handle(Event::BrokersSeen(vec![broker(0, 5)]));
    world.handle(Event::BrokersSeen(vec![]));
    assert_eq!(world.state("t", 0).0, -1);
    assert_eq!(world.state("t", 0).2, [0]);
    world.handle(Event::BrokersSeen(vec![broker(1, 9)]));
    assert_eq!(world.state("t", 0).0, -1);
    world.unclean.insert("t".into());
    world.handle(elect());
    assert_eq!((world.state("t", 0).0, world.state("t", 0).2), (1, vec![1]));
    assert!(world.states[&TopicPartition::new("t", 0)].0.recovering);
}

#[test]
fn a_write_that_meets_another_version_is_read_again() {
    let mut world = World::with_brokers(&[broker(0, 5), broker(1, 6)]);
    world.create(vec![seen("t", &[&[0, 1]], Some(1))]);
    // A leader of an old release shrank the ISR by itself.
    let tp = TopicPartition::new("t", 0);
    let slot = world.states.get_mut(&tp).unwrap();
    slot.0.isr = vec![0, 1];
    slot.1 = 7;
    world.handle(Event::BrokersSeen(vec![broker(1, 6)]));
    assert_eq!(world.state("t", 0), (1, 1, vec![1]));
    assert_eq!(world.states[&tp].1, 8);
}

/// Random brokers come and go, topics come and go; at rest the controller agrees with ZooKeeper, only live replicas
/// lead, and epochs only grow.
#[test]
fn random_histories_keep_the_invariants() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut rng = fastrand::Rng::with_seed(seed);
    for _ in 0..60 {
        let mut world = World::with_brokers(&[]);
        let (mut live, mut next_epoch, mut topic_number) = (BTreeMap::<i32, i64>::new(), 1, 0u8);
        let mut epochs = BTreeMap::<(TopicPartition, Uuid), i32>::new();
        for _ in 0..60 {
            match rng.u8(0..10) {
                0..=4 => {
                    let id = rng.i32(0..4);
                    next_epoch += 1;
                    if live.remove(&id).is_none() || rng.bool() {
                        live.insert(id, next_epoch);
                    }
                    world.handle(Event::BrokersSeen(live.iter().map(|(id, epoch)| broker(*id, *epoch)).collect()));
                }
                5 | 6 => {
                    topic_number = topic_number.wrapping_add(1);
                    let name = format!("t{}", rng.u8(0..4));
                    if !world.cluster.topics.contains_key(&*name) {
                        let first = rng.i32(0..4);
                        world.create(vec![seen(
                            &name,
                            &[&[first, (first + 1) % 4], &[(first + 2) % 4]],
                            Some(topic_number),
                        )]);
                    }
                }
                7 => {
                    if let Some(name) = world.cluster.topics.keys().next().cloned() {
                        world.handle(Event::DeletionsSeen(vec![name]));
                    }
                }
                _ => {
                    let started: Vec<(i32, TopicPartition)> = world
                        .cluster
                        .partitions()
                        .flat_map(|(tp, _, p)| {
                            p.replicas.clone().into_iter().map(move |(b, phase)| (b, tp.clone(), phase))
                        })
                        .filter(|(_, _, phase)| *phase == ReplicaPhase::DeletionStarted)
                        .map(|(b, tp, _)| (b, tp))
                        .collect();
                    for (id, tp) in started {
                        let error = if rng.u8(0..5) == 0 { -1 } else { 0 };
                        world.handle(Event::ReplicasDeleted { broker: id, results: vec![(tp, error)] });
                    }
                }
            }
            check(&world, &live, &mut epochs);
        }
    }
}

fn check(world: &World, live: &BTreeMap<i32, i64>, epochs: &mut BTreeMap<(TopicPartition, Uuid), i32>) {
    for (tp, topic, partition) in world.cluster.partitions() {
        let Some(leadership) = &partition.leadership else {
            let nobody = partition.assignment.replicas.iter().all(|b| !live.contains_key(b));
            assert!(nobody || topic.deletion != Deletion::NotWanted, "{tp} has no state although a replica lives");
            continue;
        };
        assert_eq!(world.states[&tp], (leadership.state.clone(), leadership.zk_version), "{tp}");
        let state = &leadership.state;
        if topic.deletion == Deletion::NotWanted {
            if let Some(leader) = partition.leader() {
                assert!(live.contains_key(&leader), "{tp} is led by a dead broker");
                assert!(state.isr.iter().all(|b| live.contains_key(b)), "{tp}");
                assert!(state.isr.contains(&leader));
            } else {
                assert!(!state.isr.iter().any(|b| live.contains_key(b)), "{tp} has an heir but no leader");
            }
        }
        assert!(!state.isr.is_empty());
        let epoch = epochs.entry((tp, topic.id)).or_insert(0);
        assert!(state.leader_epoch >= *epoch);
        *epoch = state.leader_epoch;
    }
}

fn proposal(broker: i32, epoch: i64, leader_epoch: i32, partition_epoch: i32, isr: &[i32]) -> Request {
    use rkafka_protocol::messages::AlterPartitionRequest;
    use rkafka_protocol::messages::alter_partition_request::{BrokerState, PartitionData, TopicData};
    let members = isr.iter().map(|id| BrokerState { broker_id: *id, ..Default::default() }).collect();
    let partition = PartitionData { leader_epoch, partition_epoch, new_isr_with_epochs: members, ..Default::default() };
    let topic = TopicData { topic_id: Uuid([1; 16]), partitions: vec![partition], ..Default::default() };
    let request =
        AlterPartitionRequest { broker_id: broker, broker_epoch: epoch, topics: vec![topic], ..Default::default() };
    Request::AlterPartition { request, version: 3 }
}

impl World {
    /// The code and the partition epoch that a proposal is answered with.
    fn propose(&mut self, request: Request) -> (i16, i32) {
        self.handle(Event::Asked { id: 1, request });
        let Some(Reply::AlterPartition(response)) = self.replies.pop() else { panic!("no answer") };
        match response.topics.first().and_then(|topic| topic.partitions.first()) {
            Some(partition) => (partition.error_code, partition.partition_epoch),
            None => (response.error_code, -1),
        }
    }
}

#[test]
fn a_leader_changes_its_in_sync_set() {
    let mut world = World::with_live(&[(0, 5), (1, 6), (2, 7)]);
    world.create(vec![seen("t", &[&[1, 0, 2]], Some(1))]);
    world.transcript();
    assert_eq!(world.propose(proposal(1, 6, 0, 0, &[1, 0])), (0, 1));
    assert_eq!(world.state("t", 0), (1, 0, vec![1, 0]));
    assert_eq!(world.transcript(), ["0 UMR[0, 1, 2] t-0:1", "1 UMR[0, 1, 2] t-0:1", "2 UMR[0, 1, 2] t-0:1"]);
    // The same again: the answer was lost.
    assert_eq!(world.propose(proposal(1, 6, 0, 0, &[1, 0])), (0, 1));
    assert_eq!(world.propose(proposal(1, 6, 0, 0, &[1])), (ErrorCode::INVALID_UPDATE_VERSION.0, 0));
    assert_eq!(world.propose(proposal(1, 6, 0, 2, &[1])), (ErrorCode::NOT_CONTROLLER.0, 0));
    assert_eq!(world.propose(proposal(1, 6, 1, 1, &[1])), (ErrorCode::NOT_CONTROLLER.0, 0));
    assert_eq!(world.propose(proposal(1, 5, 0, 1, &[1])), (ErrorCode::STALE_BROKER_EPOCH.0, -1));
    assert_eq!(world.propose(proposal(0, 5, 0, 1, &[0])), (ErrorCode::INVALID_REQUEST.0, 0));
    assert_eq!(world.propose(proposal(1, 6, 0, 1, &[1, 9])), (ErrorCode::INVALID_REQUEST.0, 0));
    world.handle(Event::BrokersSeen(vec![broker(0, 5), broker(1, 6)]));
    assert_eq!(world.propose(proposal(1, 6, 0, 1, &[1, 0, 2])), (ErrorCode::INELIGIBLE_REPLICA.0, 0));
    world.handle(Event::BrokersSeen(vec![broker(0, 5)]));
    assert_eq!(world.state("t", 0), (0, 1, vec![0]));
    world.handle(Event::BrokersSeen(vec![broker(0, 5), broker(1, 9)]));
    assert_eq!(world.propose(proposal(1, 9, 0, 1, &[1])), (ErrorCode::FENCED_LEADER_EPOCH.0, 0));
}

/// The member fetched, was proposed, and restarted before the proposal came: what it had may be gone.
#[test]
fn a_member_that_restarted_meanwhile_does_not_join() {
    let mut world = World::with_live(&[(0, 5), (1, 6)]);
    world.create(vec![seen("t", &[&[0, 1]], Some(1))]);
    assert_eq!(world.propose(proposal(0, 5, 0, 0, &[0])), (0, 1));
    let joining = |epoch| {
        let mut request = proposal(0, 5, 0, 1, &[0, 1]);
        let Request::AlterPartition { request: inner, .. } = &mut request else { panic!("a proposal") };
        inner.topics[0].partitions[0].new_isr_with_epochs[1].broker_epoch = epoch;
        request
    };
    world.handle(Event::BrokersSeen(vec![broker(0, 5), broker(1, 8)]));
    assert_eq!(world.propose(joining(6)), (ErrorCode::INELIGIBLE_REPLICA.0, 0));
    assert_eq!(world.propose(joining(8)), (0, 2));
}

#[test]
fn a_proposal_that_races_another_writer_is_refused_and_read_again() {
    let mut world = World::with_live(&[(0, 5), (1, 6)]);
    world.create(vec![seen("t", &[&[0, 1]], Some(1))]);
    let tp = TopicPartition::new("t", 0);
    world.states.get_mut(&tp).unwrap().1 = 4;
    assert_eq!(world.propose(proposal(0, 5, 0, 0, &[0])), (ErrorCode::INVALID_UPDATE_VERSION.0, 0));
    assert_eq!(world.propose(proposal(0, 5, 0, 4, &[0])), (0, 5));
    // The other writer is the controller itself, whose first answer from ZooKeeper was lost.
    let slot = world.states.get_mut(&tp).unwrap();
    *slot = (LeaderAndIsr { isr: vec![0, 1], ..slot.0.clone() }, 6);
    assert_eq!(world.propose(proposal(0, 5, 0, 5, &[0, 1])), (0, 6));
}

#[test]
fn a_broker_that_stops_hands_everything_over_first() {
    let mut world = World::with_live(&[(0, 5), (1, 6), (2, 7)]);
    world.create(vec![seen("t", &[&[1, 0, 2], &[0, 1, 2], &[1]], Some(1))]);
    world.transcript();
    let request = ControlledShutdownRequest { broker_id: 1, broker_epoch: 6, ..Default::default() };
    world.handle(Event::Asked { id: 1, request: Request::ControlledShutdown(request) });
    assert_eq!(world.state("t", 0), (0, 1, vec![0, 2]));
    assert_eq!(world.state("t", 1), (0, 1, vec![0, 2]));
    assert_eq!(world.state("t", 2), (1, 0, vec![1]));
    let Some(Reply::ControlledShutdown(response)) = world.replies.pop() else { panic!("no answer") };
    assert_eq!((response.error_code, response.remaining_partitions), (0, vec![]));
    let told = world.transcript();
    assert_eq!(told[..3], ["0 LISR t-0:0e1[0, 2]", "1 LISR t-0:0e1[0, 2]", "2 LISR t-0:0e1[0, 2]"], "{told:?}");
    assert!(told.contains(&"1 STOP t-1e1".to_owned()), "{told:?}");
    // It gets nothing new, and cannot come back into the in-sync set.
    assert_eq!(world.propose(proposal(0, 5, 1, 1, &[0, 1, 2])), (ErrorCode::INELIGIBLE_REPLICA.0, 0));
    // When it is gone, nothing is left to do for its replicas that others have too.
    world.handle(Event::BrokersSeen(vec![broker(0, 5), broker(2, 7)]));
    assert_eq!(world.state("t", 0), (0, 1, vec![0, 2]));
    assert_eq!(world.state("t", 2), (-1, 1, vec![1]));
    let stale = ControlledShutdownRequest { broker_id: 0, broker_epoch: 4, ..Default::default() };
    world.handle(Event::Asked { id: 1, request: Request::ControlledShutdown(stale) });
    let Some(Reply::ControlledShutdown(response)) = world.replies.pop() else { panic!("no answer") };
    assert_eq!(response.error_code, ErrorCode::STALE_BROKER_EPOCH.0);
}
