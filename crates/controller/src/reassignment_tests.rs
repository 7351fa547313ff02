//! Reassignments, elections on request, the automatic rebalance and the growth of internal topics, by the deciding code
//! alone.

use super::asked::{ElectionKind, Reply, Request};
use super::cluster::{Cluster, Leadership};
use super::event::{Event, Loaded};
use super::refusal::Refusal;
use super::world_for_tests::{World, broker, seen};
use rkafka_base::TopicPartition;
use rkafka_protocol::ErrorCode;
use rkafka_protocol::messages::AlterPartitionRequest;
use rkafka_protocol::messages::alter_partition_request::{BrokerState, PartitionData, TopicData};
use rkafka_registry::{NO_LEADER, ReplicaAssignment};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

fn tp(partition: i32) -> TopicPartition {
    TopicPartition::new("t", partition)
}

/// Brokers 0 to 3 and a topic of one partition with these replicas.
fn world(replicas: &[i32]) -> World {
    let mut world = World::with_live(&[(0, 5), (1, 6), (2, 7), (3, 8)]);
    world.create(vec![seen("t", &[replicas], Some(1))]);
    world.transcript();
    world
}

fn reassign(world: &mut World, target: Option<&[i32]>) -> Result<(), Refusal> {
    let targets = [(tp(0), target.map(<[i32]>::to_vec))].into();
    world.handle(Event::Asked { id: 1, request: Request::AlterReassignments(targets) });
    match world.replies.pop() {
        Some(Reply::AlterReassignments(mut results)) => results.pop().expect("one result").1,
        other => panic!("{other:?}"),
    }
}

/// The leader gets `isr` accepted.
fn in_sync(world: &mut World, isr: &[i32]) {
    let leadership = world.cluster.partition(&tp(0)).unwrap().leadership.clone().unwrap();
    let leader = leadership.state.leader;
    let members = isr.iter().map(|id| BrokerState { broker_id: *id, broker_epoch: -1, ..Default::default() });
    let partition = PartitionData {
        partition_index: 0,
        leader_epoch: leadership.state.leader_epoch,
        partition_epoch: leadership.zk_version,
        new_isr_with_epochs: members.collect(),
        ..Default::default()
    };
    let topic_id = world.cluster.topics["t"].id;
    let topic = TopicData { topic_id, partitions: vec![partition], ..Default::default() };
    let broker_epoch = world.cluster.brokers[&leader].epoch;
    let request = AlterPartitionRequest { broker_id: leader, broker_epoch, topics: vec![topic], ..Default::default() };
    world.handle(Event::Asked { id: 2, request: Request::AlterPartition { request, version: 3 } });
    let Some(Reply::AlterPartition(response)) = world.replies.pop() else { panic!("no answer") };
    assert_eq!(response.topics[0].partitions[0].error_code, 0);
}

fn assignment(world: &World) -> ReplicaAssignment {
    let in_memory = world.cluster.partition(&tp(0)).unwrap().assignment.clone();
    assert_eq!(world.assignments["t"].partitions[&0], in_memory);
    in_memory
}

#[test]
fn what_zookeeper_does_not_keep_is_refused() {
    let mut world = world(&[1, 0]);
    world.is_full = true;
    let refusal = reassign(&mut world, Some(&[2, 3])).unwrap_err();
    assert_eq!(refusal.code, ErrorCode::POLICY_VIOLATION);
    assert!(refusal.text().contains("2000000 bytes, and its limit is 1048575"));
    assert_eq!(world.cluster.partition(&tp(0)).unwrap().assignment, ReplicaAssignment::of(vec![1, 0]));
    assert!(world.transcript().is_empty());
    world.is_full = false;
    assert_eq!(reassign(&mut world, Some(&[2, 3])), Ok(()));
}

/// The steps that a 3.9.1 controller was observed to take for [1,0,2] → [2,1].
#[test]
fn replicas_leave() {
    let mut world = world(&[1, 0, 2]);
    assert_eq!(reassign(&mut world, Some(&[2, 1])), Ok(()));
    assert_eq!(world.state("t", 0), (1, 2, vec![1, 2]));
    assert_eq!(assignment(&world), ReplicaAssignment::of(vec![2, 1]));
    assert_eq!(
        world.transcript(),
        [
            "1 LISR t-0:1e1[1, 0, 2]",
            "2 LISR t-0:1e1[1, 0, 2]",
            "0 UMR[0, 1, 2, 3] t-0:1",
            "1 UMR[0, 1, 2, 3] t-0:1",
            "2 UMR[0, 1, 2, 3] t-0:1",
            "3 UMR[0, 1, 2, 3] t-0:1",
            "1 LISR t-0:1e2[1, 2]",
            "2 LISR t-0:1e2[1, 2]",
            "0 UMR[0, 1, 2, 3] t-0:1",
            "1 UMR[0, 1, 2, 3] t-0:1",
            "2 UMR[0, 1, 2, 3] t-0:1",
            "3 UMR[0, 1, 2, 3] t-0:1",
            "0 STOP t-0e2",
            "0 STOP t-0e2 delete",
            "0 UMR[0, 1, 2, 3] t-0:1",
            "1 UMR[0, 1, 2, 3] t-0:1",
            "2 UMR[0, 1, 2, 3] t-0:1",
            "3 UMR[0, 1, 2, 3] t-0:1",
        ]
    );
    world.handle(Event::Asked {
        id: 3,
        request: Request::ElectLeaders { kind: ElectionKind::Preferred, partitions: vec![tp(0)] },
    });
    assert_eq!(world.state("t", 0), (2, 3, vec![1, 2]));
    assert_eq!(world.replies.pop(), Some(Reply::ElectLeaders(vec![(tp(0), Ok(2))])));
}

#[test]
fn replicas_come_and_the_leader_goes() {
    let mut world = world(&[0, 1]);
    assert_eq!(reassign(&mut world, Some(&[2, 3])), Ok(()));
    let moving = assignment(&world);
    assert_eq!(
        (&moving.replicas[..], &moving.adding[..], &moving.removing[..]),
        (&[2, 3, 0, 1][..], &[2, 3][..], &[0, 1][..])
    );
    assert_eq!(world.state("t", 0), (0, 1, vec![0, 1]));
    let told = world.transcript();
    assert_eq!(
        told[..4],
        ["0 LISR t-0:0e1[0, 1]", "1 LISR t-0:0e1[0, 1]", "2 LISR t-0:0e1[0, 1]new", "3 LISR t-0:0e1[0, 1]new"]
    );
    world.handle(Event::Asked { id: 9, request: Request::ListReassignments(None) });
    assert_eq!(world.replies.pop(), Some(Reply::ListReassignments(vec![(tp(0), moving)])));

    in_sync(&mut world, &[0, 1, 2]);
    assert!(assignment(&world).is_being_reassigned());
    in_sync(&mut world, &[0, 1, 2, 3]);
    assert_eq!(assignment(&world), ReplicaAssignment::of(vec![2, 3]));
    // One epoch for the new leader, one for each replica that left.
    let (leader, epoch, isr) = world.state("t", 0);
    assert_eq!((leader, isr), (2, vec![2, 3]));
    assert!(epoch >= 3);
    let told = world.transcript();
    for line in ["0 STOP", "1 STOP"] {
        assert!(told.iter().any(|l| l.starts_with(line) && l.ends_with("delete")), "{told:?}");
    }
    world.handle(Event::Asked { id: 9, request: Request::ListReassignments(Some([tp(0)].into())) });
    assert_eq!(world.replies.pop(), Some(Reply::ListReassignments(Vec::new())));
    assert_eq!(world.cluster.partition(&tp(0)).unwrap().replicas.keys().copied().collect::<Vec<_>>(), [2, 3]);
}

#[test]
fn a_cancelled_reassignment_goes_back() {
    let mut world = world(&[0, 1]);
    assert_eq!(reassign(&mut world, None), Err(ErrorCode::NO_REASSIGNMENT_IN_PROGRESS.into()));
    reassign(&mut world, Some(&[2, 3])).unwrap();
    in_sync(&mut world, &[0, 1, 2]);
    world.transcript();
    assert_eq!(reassign(&mut world, None), Ok(()));
    assert_eq!(assignment(&world), ReplicaAssignment::of(vec![0, 1]));
    let (leader, _, isr) = world.state("t", 0);
    assert_eq!((leader, isr), (0, vec![0, 1]));
    let told = world.transcript();
    for line in ["2 STOP", "3 STOP"] {
        assert!(told.iter().any(|l| l.starts_with(line) && l.ends_with("delete")), "{told:?}");
    }
}

/// Whoever alone has the records is not deleted, whatever anybody asks for.
#[test]
fn the_last_replica_in_sync_is_not_given_up() {
    let mut world = world(&[0]);
    reassign(&mut world, Some(&[2, 3])).unwrap();
    in_sync(&mut world, &[0, 2]);
    world.handle(Event::BrokersSeen([(1, 6), (2, 7), (3, 8)].map(|(id, epoch)| broker(id, epoch)).to_vec()));
    assert_eq!(world.state("t", 0).0, 2);
    let refused = reassign(&mut world, None).unwrap_err();
    assert_eq!(refused.code, ErrorCode::INVALID_REPLICA_ASSIGNMENT);
    assert!(assignment(&world).is_being_reassigned());
}

/// The controller's broker led the partition and dies when the targets are in sync: the next controller's first
/// election ends the reassignment, and the dead broker that it drops is no replica from then on.
#[test]
fn a_dead_leader_that_is_dropped_stays_dropped() {
    let mut world = world(&[0, 1]);
    reassign(&mut world, Some(&[2, 3])).unwrap();
    in_sync(&mut world, &[0, 1, 2]);
    // The old controller writes the last in-sync set, and nothing after that.
    world.steps_to_live = Some(1);
    in_sync(&mut world, &[0, 1, 2, 3]);
    assert!(assignment(&world).is_being_reassigned());
    fail_over(&mut world, &[(1, 6), (2, 7), (3, 8)].into());
    assert_eq!(assignment(&world), ReplicaAssignment::of(vec![2, 3]));
    assert_eq!((world.state("t", 0).0, world.state("t", 0).2), (2, vec![2, 3]));
    assert_eq!(world.cluster.partition(&tp(0)).unwrap().replicas.keys().copied().collect::<Vec<_>>(), [2, 3]);
    // The topic can be deleted without the broker that has nothing of it.
    world.handle(Event::DeletionsSeen(vec!["t".into()]));
    for id in [2, 3] {
        world.handle(Event::ReplicasDeleted { broker: id, results: vec![(tp(0), 0)] });
    }
    assert!(world.cluster.topics.is_empty());
}

/// The answer of a broker that has lost a log dir comes when its replica has been moved away already.
#[test]
fn a_replica_that_was_moved_away_does_not_fail() {
    let mut world = world(&[0, 1]);
    reassign(&mut world, Some(&[1])).unwrap();
    let before = world.cluster.clone();
    world.handle(Event::ReplicasFailed { broker: 0, epoch: 5, partitions: vec![tp(0)] });
    assert_eq!(world.cluster.partition(&tp(0)), before.partition(&tp(0)));
    assert!(world.cluster.failed_replicas.is_empty());
}

#[test]
fn requests_are_checked() {
    let mut world = world(&[0, 1]);
    let mut refusal = |target: &[i32]| reassign(&mut world, Some(target)).unwrap_err();
    let messages: Vec<String> =
        [&[][..], &[1, 1], &[-1], &[9, 1]].map(|target| refusal(target).message.unwrap_or_default()).to_vec();
    assert_eq!(
        messages,
        [
            "Empty replica list specified in partition reassignment.",
            "Duplicate replica ids in partition reassignment replica list: Buffer(1, 1)",
            "Invalid broker id in replica list: Buffer(-1)",
            "Replica assignment has brokers that are not alive. Replica list: Buffer(9), live broker list: Set(0, 1, 2, 3)",
        ]
    );
    world.handle(Event::DeletionsSeen(vec!["t".into()]));
    assert_eq!(reassign(&mut world, Some(&[1, 2])), Err(Refusal::unknown_partition()));
}

#[test]
fn the_order_alone_can_change() {
    let mut world = world(&[0, 1]);
    assert_eq!(reassign(&mut world, Some(&[1, 0])), Ok(()));
    assert_eq!(assignment(&world), ReplicaAssignment::of(vec![1, 0]));
    assert_eq!(world.state("t", 0), (0, 1, vec![0, 1]));
}

#[test]
fn a_dead_target_is_waited_for() {
    let mut world = world(&[0, 1]);
    reassign(&mut world, Some(&[0, 3])).unwrap();
    world.handle(Event::BrokersSeen([(0, 5), (1, 6), (2, 7)].map(|(id, epoch)| broker(id, epoch)).to_vec()));
    world.transcript();
    world.handle(Event::BrokersSeen([(0, 5), (1, 6), (2, 7), (3, 50)].map(|(id, epoch)| broker(id, epoch)).to_vec()));
    let told = world.transcript();
    assert!(told.iter().any(|line| line.starts_with("3 LISR") && line.ends_with("new")), "{told:?}");
    in_sync(&mut world, &[0, 1, 3]);
    assert_eq!(assignment(&world), ReplicaAssignment::of(vec![0, 3]));
}

#[test]
fn the_legacy_node_asks_once() {
    let mut world = world(&[0, 1]);
    world.reassignment_requests = [tp(0), tp(7)].into();
    let targets: super::Targets = [(tp(0), Some(vec![2, 3])), (tp(7), Some(vec![1]))].into();
    let event = Event::AlterReassignments { targets, requester: super::asked::Requester::Znode };
    world.handle(event.clone());
    assert_eq!(world.reassignment_requests, [tp(0)].into());
    let epoch = world.state("t", 0).1;
    world.handle(event);
    assert_eq!(world.state("t", 0).1, epoch);
    in_sync(&mut world, &[0, 1, 2, 3]);
    assert!(world.reassignment_requests.is_empty());
}

#[test]
fn elections_say_why_not() {
    let mut world = world(&[0, 1]);
    let elect = |world: &mut World, kind, partition| {
        let request = Request::ElectLeaders { kind, partitions: vec![tp(partition)] };
        world.handle(Event::Asked { id: 1, request });
        match world.replies.pop() {
            Some(Reply::ElectLeaders(mut results)) => results.pop().expect("one result").1,
            other => panic!("{other:?}"),
        }
    };
    let code = |result: Result<i32, Refusal>| result.unwrap_err().code;
    assert_eq!(code(elect(&mut world, ElectionKind::Preferred, 0)), ErrorCode::ELECTION_NOT_NEEDED);
    assert_eq!(code(elect(&mut world, ElectionKind::Unclean, 0)), ErrorCode::ELECTION_NOT_NEEDED);
    assert_eq!(code(elect(&mut world, ElectionKind::Unclean, 5)), ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    // Broker 1 is left alone, then goes, and broker 0 comes back without the last records.
    world.handle(Event::BrokersSeen(vec![broker(1, 6)]));
    let refused = elect(&mut world, ElectionKind::Preferred, 0).unwrap_err();
    assert_eq!(refused.code, ErrorCode::PREFERRED_LEADER_NOT_AVAILABLE);
    assert_eq!(
        refused.message.as_deref(),
        Some("Failed to elect leader for partition t-0 under strategy PreferredReplicaPartitionLeaderElectionStrategy")
    );
    world.handle(Event::BrokersSeen(vec![]));
    assert_eq!(code(elect(&mut world, ElectionKind::Unclean, 0)), ErrorCode::ELIGIBLE_LEADERS_NOT_AVAILABLE);
    world.handle(Event::BrokersSeen(vec![broker(0, 30)]));
    assert_eq!(world.state("t", 0).0, NO_LEADER);
    assert_eq!(elect(&mut world, ElectionKind::Unclean, 0), Ok(0));
    assert_eq!((world.state("t", 0).0, world.state("t", 0).2), (0, vec![0]));
}

#[test]
fn strays_return_when_there_are_many() {
    let mut world = World::with_live(&[(0, 5), (1, 6)]);
    world.create(vec![seen("t", &[&[0, 1], &[0, 1], &[1, 0]], Some(1))]);
    world.handle(Event::BrokersSeen(vec![broker(1, 6)]));
    world.handle(Event::BrokersSeen(vec![broker(0, 20), broker(1, 6)]));
    // Not in sync yet.
    world.handle(Event::RebalanceLeaders);
    assert_eq!(world.state("t", 0).0, 1);
    in_sync(&mut world, &[1, 0]);
    world.cluster.settings.leader_imbalance_per_broker_percentage = 100;
    world.handle(Event::RebalanceLeaders);
    assert_eq!(world.state("t", 0).0, 1);
    world.cluster.settings.leader_imbalance_per_broker_percentage = 10;
    world.handle(Event::RebalanceLeaders);
    assert_eq!([0, 1, 2].map(|n| world.state("t", n).0), [0, 1, 1]);
}

#[test]
fn internal_topics_grow() {
    let mut world = World::with_live(&[(0, 5)]);
    let name: Arc<str> = "t".into();
    world.cluster.settings.internal_topic_factors = [(name, 3)].into();
    world.create(vec![seen("t", &[&[0]], Some(1))]);
    world.handle(Event::BrokersSeen(vec![broker(0, 5), broker(1, 6)]));
    assert_eq!(assignment(&world).target(), [0, 1]);
    // Another broker waits for the end of the first growth.
    world.handle(Event::BrokersSeen(vec![broker(0, 5), broker(1, 6), broker(2, 7), broker(3, 8)]));
    assert_eq!(assignment(&world).target(), [0, 1]);
    in_sync(&mut world, &[0, 1]);
    assert_eq!(assignment(&world).target(), [0, 1, 2]);
    in_sync(&mut world, &[0, 1, 2]);
    assert_eq!(assignment(&world), ReplicaAssignment::of(vec![0, 1, 2]));
}

#[test]
fn growth_spreads_leaders() {
    let mut world = World::with_live(&[(0, 5)]);
    world.create(vec![seen("t", &[&[0][..]; 9], Some(1))]);
    world.cluster.settings.internal_topic_factors = [("t".into(), 3)].into();
    world.handle(Event::BrokersSeen(vec![broker(0, 5), broker(1, 6), broker(2, 7)]));
    let first = |n| world.cluster.partition(&tp(n)).unwrap().assignment.target()[0];
    let mut leaders: Vec<i32> = (0..9).map(first).collect();
    leaders.sort_unstable();
    assert_eq!(leaders, [0, 0, 0, 1, 1, 1, 2, 2, 2]);
}

/// Another controller takes over: all it knows is what stands in ZooKeeper.
fn fail_over(world: &mut World, live: &BTreeMap<i32, i64>) {
    let mut topic = seen("t", &[], Some(1));
    let first = ReplicaAssignment::of(vec![0, 1, 2]);
    let assignment = world.assignments.get("t").map_or(first, |written| written.partitions[&0].clone());
    topic.assignment.partitions.insert(0, assignment);
    let states = world
        .states
        .iter()
        .map(|(tp, (state, zk_version))| (tp.clone(), Leadership { state: state.clone(), zk_version: *zk_version }));
    let states = states.collect();
    world.steps_to_live = None;
    let brokers = live.iter().map(|(id, epoch)| broker(*id, *epoch)).collect();
    world.cluster = Cluster::new(world.cluster.settings.clone(), world.cluster.epoch + 1);
    world.handle(Event::Elected(Box::new(Loaded { brokers, topics: vec![topic], states, ..Loaded::default() })));
}

fn check(world: &World, epoch: &mut i32) {
    let partition = world.cluster.partition(&tp(0)).unwrap();
    let assignment = &partition.assignment;
    if let Some(topic) = world.assignments.get("t") {
        assert_eq!(topic.partitions[&0], *assignment);
    }
    let distinct: BTreeSet<i32> = assignment.replicas.iter().copied().collect();
    assert_eq!(distinct.len(), assignment.replicas.len(), "{assignment:?}");
    assert!(!assignment.origin().is_empty() && !assignment.target().is_empty(), "{assignment:?}");
    assert_eq!(partition.replicas.keys().copied().collect::<BTreeSet<_>>(), distinct);
    let Some(leadership) = &partition.leadership else { return };
    let state = &leadership.state;
    assert!(!state.isr.is_empty() && state.isr.iter().all(|id| distinct.contains(id)), "{state:?} {assignment:?}");
    assert!(state.leader == NO_LEADER || state.isr.contains(&state.leader), "{state:?}");
    assert!(state.leader_epoch >= *epoch);
    *epoch = state.leader_epoch;
}

/// How many stories are told unless `SEEDS` says otherwise.
const USUAL_STORIES: usize = 100;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// `SEED=17 cargo test --lib random_reassignments` tells one story again, with all that the controller handles and
/// writes; `SEEDS=5000` tells more stories than usual.
#[test]
fn random_reassignments_come_to_an_end() {
    if let Some(seed) = number("SEED") {
        return story(seed, true);
    }
    let mut seeds = fastrand::Rng::new();
    for _ in 0..number("SEEDS").map_or(USUAL_STORIES, |count| count as usize) {
        let seed = seeds.u64(..);
        story(seed, false);
    }
}

/// Brokers come and go, controllers too, while reassignments begin, change and are cancelled; when all brokers are back
/// and in sync, nothing is left to do.
fn story(seed: u64, is_traced: bool) {
    println!("SEED={seed}");
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut live: BTreeMap<i32, i64> = (0..5).map(|id| (id, i64::from(id) + 1)).collect();
    let mut world = World::with_live(&live.iter().map(|(id, epoch)| (*id, *epoch)).collect::<Vec<_>>());
    world.is_traced = is_traced;
    world.create(vec![seen("t", &[&[0, 1, 2]], Some(1))]);
    let (mut next_epoch, mut leader_epoch) = (10, 0);
    for _ in 0..60 {
        match rng.u8(0..10) {
            0..=3 => {
                let id = rng.i32(0..5);
                next_epoch += 1;
                if live.remove(&id).is_none() || rng.bool() {
                    live.insert(id, next_epoch);
                }
                let brokers = live.iter().map(|(id, epoch)| broker(*id, *epoch)).collect();
                world.handle(Event::BrokersSeen(brokers));
            }
            4 | 5 => {
                let mut target: Vec<i32> = (0..5).collect();
                rng.shuffle(&mut target);
                target.truncate(rng.usize(1..4));
                let target = (rng.u8(0..4) > 0).then_some(&target[..]);
                let _ = reassign(&mut world, target);
            }
            6 => {
                // A controller that dies in the middle of something.
                let targets: super::Targets = [(tp(0), Some(vec![rng.i32(0..5)]))].into();
                world.steps_to_live = Some(rng.usize(1..6));
                world.handle(Event::Asked { id: 1, request: Request::AlterReassignments(targets) });
                world.replies.clear();
                fail_over(&mut world, &live);
            }
            7 => fail_over(&mut world, &live),
            _ => join_in_sync(&mut world, &live, &mut rng),
        }
        check(&world, &mut leader_epoch);
    }
    for id in 0..5 {
        live.entry(id).or_insert(next_epoch + 1);
    }
    world.handle(Event::BrokersSeen(live.iter().map(|(id, epoch)| broker(*id, *epoch)).collect()));
    for _ in 0..20 {
        join_in_sync(&mut world, &live, &mut rng);
    }
    check(&world, &mut leader_epoch);
    assert!(!world.cluster.partition(&tp(0)).unwrap().assignment.is_being_reassigned());
}

/// One more live replica catches up.
fn join_in_sync(world: &mut World, live: &BTreeMap<i32, i64>, rng: &mut fastrand::Rng) {
    let partition = world.cluster.partition(&tp(0)).unwrap();
    let Some(state) = partition.leadership.as_ref().map(|leadership| leadership.state.clone()) else { return };
    let candidates: Vec<i32> = partition
        .assignment
        .replicas
        .iter()
        .copied()
        .filter(|id| live.contains_key(id) && !state.isr.contains(id))
        .collect();
    if state.leader == NO_LEADER || candidates.is_empty() {
        return;
    }
    let joining = candidates[rng.usize(..candidates.len())];
    in_sync(world, &[&state.isr[..], &[joining]].concat());
}
