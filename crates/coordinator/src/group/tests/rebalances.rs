//! Joining, syncing, leaving and timing out.

use super::rig::{GROUP, Rig, again, consumer};
use crate::group::{GroupConfig, GroupRequest, Join, state::Phase};
use rkafka_protocol::{ErrorCode, messages::JoinGroupRequest};

#[test]
fn a_lone_member_waits_the_initial_delay_leads_and_gets_its_assignment() {
    let mut rig = Rig::new(GroupConfig::default());
    let join = rig.join(consumer("a", &["t"]));
    assert_eq!((rig.joined(join), rig.phase()), (None, Phase::PreparingRebalance));
    rig.advance(2_999);
    assert_eq!(rig.phase(), Phase::PreparingRebalance);
    rig.advance(1);
    let joined = rig.joined(join).expect("an answer after the delay");
    assert_eq!((joined.generation_id, joined.error_code, &*joined.member_id), (1, 0, "a-0001"));
    assert_eq!((&*joined.leader, joined.members.len()), ("a-0001", 1));
    assert_eq!((joined.protocol_type.as_deref(), joined.protocol_name.as_deref()), (Some("consumer"), Some("range")));
    let sync = rig.sync("a-0001", 1, &[("a-0001", "mine")]);
    let synced = rig.synced(sync).expect("an answer after the write");
    assert_eq!((synced.error_code, &synced.assignment[..]), (0, &b"mine"[..]));
    assert_eq!((rig.phase(), rig.heartbeat("a-0001", 1)), (Phase::Stable, ErrorCode::NONE));
    assert_eq!(rig.heartbeat("a-0001", 0), ErrorCode::ILLEGAL_GENERATION);
    assert_eq!(rig.heartbeat("b", 1), ErrorCode::UNKNOWN_MEMBER_ID);
}

/// 32,767 bytes are a string's limit in requests, answers and records alike.
#[test]
fn a_member_whose_name_fills_a_string_gets_an_id_that_fits_one() {
    for name in ["n".repeat(32_767), "\u{fffd}".repeat(10_922)] {
        let mut rig = Rig::new(GroupConfig::default());
        let by_instance = || {
            let join = consumer("a", &["t"]);
            Join { request: JoinGroupRequest { group_instance_id: Some(name.clone()), ..join.request }, ..join }
        };
        for join in [consumer(&name, &["t"]), by_instance()] {
            let join = rig.join(join);
            rig.advance(3_000);
            let joined = rig.joined(join).expect("an answer after the delay");
            assert!(joined.member_id.len() <= 32_767 && joined.member_id.starts_with(&name[..30_000]));
            let sync = rig.sync(&joined.member_id, joined.generation_id, &[(&joined.member_id, "mine")]);
            assert_eq!(rig.synced(sync).expect("an answer after the write").error_code, 0);
            rig.restart();
            assert_eq!(rig.heartbeat(&joined.member_id, joined.generation_id), ErrorCode::NONE);
            assert_eq!(rig.leave(&joined.member_id, None), ErrorCode::NONE);
        }
    }
}

#[test]
fn a_group_whose_record_cannot_be_written_answers_with_an_error() {
    let mut rig = Rig::new(GroupConfig::default());
    let join = rig.join(consumer(&"n".repeat(40_000), &["t"]));
    rig.advance(3_000);
    let joined = rig.joined(join).expect("an answer after the delay");
    let sync = rig.sync(&joined.member_id, 1, &[]);
    assert_eq!(rig.synced(sync).map(|s| s.error_code), Some(ErrorCode::UNKNOWN_SERVER_ERROR.0));
    assert_eq!(rig.phase(), Phase::PreparingRebalance);
}

#[test]
fn the_initial_delay_grows_with_each_newcomer_up_to_the_rebalance_timeout() {
    let mut rig = Rig::new(GroupConfig::default());
    let short = |client| {
        let join = consumer(client, &["t"]);
        Join { request: JoinGroupRequest { rebalance_timeout_ms: 7_000, ..join.request }, ..join }
    };
    let first = rig.join(short("a"));
    rig.advance(2_000);
    let second = rig.join(short("b"));
    rig.advance(2_000);
    assert_eq!(rig.joined(first), None, "b came within the delay, so it is waited again");
    rig.join(short("c"));
    rig.advance(2_999);
    assert_eq!(rig.joined(first), None);
    rig.advance(1);
    assert_eq!(rig.joined(first).map(|r| r.members.len()), Some(3), "7 seconds in all");
    assert_eq!(rig.joined(second).map(|r| (r.generation_id, r.members.len())), Some((1, 0)));
}

#[test]
fn from_version_4_on_a_member_has_to_come_again_with_its_id() {
    let mut rig = Rig::prompt();
    let join = Join { require_known_member: true, ..consumer("a", &["t"]) };
    let ticket = rig.join(join.clone());
    let refused = rig.joined(ticket).expect("at once");
    assert_eq!((ErrorCode(refused.error_code), &*refused.member_id), (ErrorCode::MEMBER_ID_REQUIRED, "a-0001"));
    assert_eq!((refused.generation_id, rig.phase()), (-1, Phase::Empty));
    let ticket = rig.join(again(join.clone(), "a-0001"));
    rig.advance(0);
    assert_eq!(rig.joined(ticket).map(|r| r.error_code), Some(0));
    // An id that is not used is forgotten, and then unknown.
    let ticket = rig.join(join.clone());
    let id = rig.joined(ticket).expect("at once").member_id;
    rig.heartbeat("a-0001", 1);
    rig.advance(10_000);
    let ticket = rig.join(again(join, &id));
    assert_eq!(rig.joined(ticket).map(|r| ErrorCode(r.error_code)), Some(ErrorCode::UNKNOWN_MEMBER_ID));
}

#[test]
fn a_second_member_makes_the_first_rejoin() {
    let mut rig = Rig::prompt();
    let (ids, generation) = rig.stable(&["a"]);
    let join = rig.join(consumer("b", &["t"]));
    assert_eq!((rig.joined(join), rig.phase()), (None, Phase::PreparingRebalance));
    assert_eq!(rig.heartbeat(&ids[0], generation), ErrorCode::REBALANCE_IN_PROGRESS);
    // It may still commit what it has done.
    let commit = rig.commit(&ids[0], generation, &[("t", 0, 5)]);
    assert_eq!(rig.committed(commit), Some(ErrorCode::NONE));
    let rejoin = rig.join(again(consumer("a", &["t"]), &ids[0]));
    let (a, b) = (rig.joined(rejoin).expect("all are here"), rig.joined(join).expect("all are here"));
    assert_eq!((a.generation_id, b.generation_id), (generation + 1, generation + 1));
    assert_eq!((&a.leader, a.members.len(), b.members.len()), (&ids[0], 2, 0));
    // The follower's SyncGroup waits for the leader's.
    let follows = rig.sync(&b.member_id, generation + 1, &[]);
    assert_eq!(rig.synced(follows), None);
    let commit = rig.commit(&ids[0], generation + 1, &[("t", 0, 5)]);
    assert_eq!(rig.committed(commit), Some(ErrorCode::REBALANCE_IN_PROGRESS));
    let leads = rig.sync(&ids[0], generation + 1, &[(&ids[0], "x"), (&b.member_id, "y")]);
    assert_eq!(rig.synced(leads).map(|r| r.assignment), Some("x".into()));
    assert_eq!(rig.synced(follows).map(|r| r.assignment), Some("y".into()));
}

#[test]
fn who_does_not_rejoin_in_time_is_dropped_and_another_leads() {
    let mut rig = Rig::prompt();
    let (ids, generation) = rig.stable(&["a"]);
    let join = rig.join(consumer("b", &["t"]));
    for _ in 0..7 {
        rig.advance(9_000);
        // It is alive, but does not rejoin.
        rig.heartbeat(&ids[0], generation);
    }
    let joined = rig.joined(join).expect("the rebalance timeout is over");
    assert_eq!((&joined.leader, joined.members.len()), (&joined.member_id, 1));
    assert_eq!(rig.heartbeat(&ids[0], generation), ErrorCode::UNKNOWN_MEMBER_ID);
}

#[test]
fn who_is_silent_for_its_session_timeout_is_removed_and_the_group_empties() {
    let mut rig = Rig::prompt();
    let (ids, generation) = rig.stable(&["a", "b"]);
    rig.advance(6_000);
    assert_eq!(rig.heartbeat(&ids[0], generation), ErrorCode::NONE);
    rig.advance(4_000);
    assert_eq!(rig.heartbeat(&ids[0], generation), ErrorCode::REBALANCE_IN_PROGRESS);
    assert_eq!(rig.heartbeat(&ids[1], generation), ErrorCode::UNKNOWN_MEMBER_ID);
    rig.advance(10_000);
    assert_eq!((rig.phase(), rig.group().generation()), (Phase::Empty, generation + 1));
    assert_eq!(rig.group().leader(), None);
    let replayed = rig.replay();
    let group = replayed.group(GROUP).expect("its record stays");
    assert_eq!((group.phase(), group.generation()), (Phase::Empty, generation + 1));
}

#[test]
fn members_that_never_sync_are_removed_after_the_rebalance_timeout() {
    let mut rig = Rig::prompt();
    let (ids, _) = rig.stable(&["a"]);
    let b = rig.join(consumer("b", &["t"]));
    rig.join(again(consumer("a", &["t"]), &ids[0]));
    let b = rig.joined(b).expect("all are here");
    let sync = rig.sync(&b.member_id, b.generation_id, &[]);
    for _ in 0..6 {
        rig.advance(9_000);
        assert_eq!(rig.heartbeat(&ids[0], b.generation_id), ErrorCode::NONE);
    }
    assert_eq!(rig.synced(sync), None);
    rig.advance(6_000);
    assert_eq!(rig.synced(sync).map(|r| ErrorCode(r.error_code)), Some(ErrorCode::REBALANCE_IN_PROGRESS));
    assert_eq!(rig.heartbeat(&ids[0], b.generation_id), ErrorCode::UNKNOWN_MEMBER_ID);
    assert!(rig.group().is_leader(&b.member_id));
}

#[test]
fn leaving_empties_the_group_at_once_and_keeps_its_offsets() {
    let mut rig = Rig::prompt();
    let (ids, generation) = rig.stable(&["a"]);
    rig.commit(&ids[0], generation, &[("t", 3, 42)]);
    assert_eq!(rig.leave(&ids[0], None), ErrorCode::NONE);
    assert_eq!(rig.leave(&ids[0], None), ErrorCode::UNKNOWN_MEMBER_ID);
    assert_eq!((rig.phase(), rig.group().generation()), (Phase::Empty, generation + 1));
    rig.restart();
    assert_eq!(rig.offsets(), [("t".to_owned(), 3, 42)]);
    let (_, next) = rig.stable(&["c"]);
    assert_eq!(next, generation + 2);
}

#[test]
fn an_assignment_that_cannot_be_written_starts_the_rebalance_again() {
    let mut rig = Rig::prompt();
    let join = rig.join(consumer("a", &["t"]));
    rig.advance(0);
    let joined = rig.joined(join).expect("joined");
    rig.hold = true;
    let sync = rig.sync(&joined.member_id, 1, &[]);
    assert_eq!((rig.synced(sync), rig.phase()), (None, Phase::CompletingRebalance));
    rig.release(Err(ErrorCode::NOT_ENOUGH_REPLICAS));
    assert_eq!(rig.synced(sync).map(|r| ErrorCode(r.error_code)), Some(ErrorCode::COORDINATOR_NOT_AVAILABLE));
    assert_eq!(rig.phase(), Phase::PreparingRebalance);
}

#[test]
fn protocols_are_voted_on_and_must_overlap() {
    let mut rig = Rig::prompt();
    let with = |client, names: &[&str]| {
        let mut join = consumer(client, &["t"]);
        let first = join.request.protocols.remove(0);
        join.request.protocols = names.iter().map(|n| super::rig_protocol(&first, n)).collect();
        join
    };
    let a = rig.join(with("a", &["sticky", "range"]));
    let b = rig.join(with("b", &["range", "sticky"]));
    let c = rig.join(with("c", &["range"]));
    let stranger = rig.join(with("d", &["other"]));
    assert_eq!(rig.joined(stranger).map(|r| ErrorCode(r.error_code)), Some(ErrorCode::INCONSISTENT_GROUP_PROTOCOL));
    rig.advance(0);
    for ticket in [a, b, c] {
        assert_eq!(rig.joined(ticket).and_then(|r| r.protocol_name).as_deref(), Some("range"));
    }
}

#[test]
fn limits_are_kept() {
    let mut rig = Rig::new(GroupConfig { max_size: 1, initial_rebalance_delay_ms: 0, ..GroupConfig::default() });
    rig.stable(&["a"]);
    let second = rig.join(consumer("b", &["t"]));
    let refused = rig.joined(second).expect("at once");
    assert_eq!((ErrorCode(refused.error_code), &*refused.member_id), (ErrorCode::GROUP_MAX_SIZE_REACHED, ""));
    let mut hasty = consumer("c", &["t"]);
    hasty.request.session_timeout_ms = 5_999;
    let hasty = rig.join(hasty);
    assert_eq!(rig.joined(hasty).map(|r| ErrorCode(r.error_code)), Some(ErrorCode::INVALID_SESSION_TIMEOUT));
}

#[test]
fn a_group_is_described_and_listed() {
    let mut rig = Rig::prompt();
    let (ids, _) = rig.stable(&["a"]);
    let described = rig.ask(GroupRequest::Describe(GROUP.into()));
    let nobody = rig.ask(GroupRequest::Describe("nobody".into()));
    let listed = rig.ask(GroupRequest::List(vec!["stable".into()]));
    let none = rig.ask(GroupRequest::List(vec!["empty".into()]));
    let text = |t| format!("{:?}", rig.replies.get(&t).expect("a reply"));
    assert!(text(described).contains("\"Stable\"") && text(described).contains(&ids[0]));
    assert!(text(nobody).contains("error_code: 0") && text(nobody).contains("\"Dead\""));
    assert!(text(listed).contains("\"classic\"") && !text(none).contains("\"classic\""));
}
