//! Static members (KIP-345, KIP-814).

use super::rig::{Rig, again, consumer, subscription};
use crate::group::{Join, state::Phase};
use rkafka_protocol::ErrorCode;

fn instance(name: &str) -> Join {
    let mut join = consumer("c", &["t"]);
    join.request.group_instance_id = Some(name.to_owned());
    Join { can_skip_assignment: true, ..join }
}

/// A stable group with one static member; its id and the generation.
fn stable(rig: &mut Rig) -> (String, i32) {
    let join = rig.join(instance("one"));
    rig.advance(0);
    let joined = rig.joined(join).expect("joined");
    rig.sync(&joined.member_id, joined.generation_id, &[(&joined.member_id, "mine")]);
    assert_eq!((rig.phase(), &*joined.member_id), (Phase::Stable, "one-0001"));
    (joined.member_id, joined.generation_id)
}

#[test]
fn it_comes_back_without_a_rebalance_and_the_old_id_is_fenced() {
    let mut rig = Rig::prompt();
    let (old, generation) = stable(&mut rig);
    let back = rig.join(instance("one"));
    let back = rig.joined(back).expect("at once");
    assert_eq!((back.generation_id, back.error_code, rig.phase()), (generation, 0, Phase::Stable));
    assert_eq!((&*back.member_id, &back.leader, back.skip_assignment), ("one-0002", &back.member_id, true));
    assert_eq!(back.members.len(), 1, "a leader may look after the group's topics");
    let sync = rig.sync(&back.member_id, generation, &[]);
    assert_eq!(rig.synced(sync).map(|r| r.assignment), Some("mine".into()));
    let late = rig.join(again(instance("one"), &old));
    assert_eq!(rig.joined(late).map(|r| ErrorCode(r.error_code)), Some(ErrorCode::FENCED_INSTANCE_ID));
    assert_eq!(rig.heartbeat(&old, generation), ErrorCode::UNKNOWN_MEMBER_ID);
    // The new id is what a new coordinator knows.
    rig.restart();
    assert_eq!(rig.heartbeat("one-0002", generation), ErrorCode::NONE);
}

#[test]
fn before_version_9_it_is_told_that_the_old_id_leads() {
    let mut rig = Rig::prompt();
    let (old, _) = stable(&mut rig);
    let back = rig.join(Join { can_skip_assignment: false, ..instance("one") });
    let back = rig.joined(back).expect("at once");
    assert_eq!((&back.leader, back.skip_assignment, back.members.len()), (&old, false, 0));
}

#[test]
fn it_goes_back_to_the_old_id_if_the_new_one_cannot_be_written() {
    let mut rig = Rig::prompt();
    let (old, generation) = stable(&mut rig);
    rig.hold = true;
    let mut changed = instance("one");
    changed.request.protocols[0].metadata = subscription(&["t", "u"]);
    let back = rig.join(changed);
    assert_eq!(rig.joined(back), None);
    rig.release(Err(ErrorCode::NOT_LEADER_OR_FOLLOWER));
    let refused = rig.joined(back).expect("refused");
    assert_eq!(ErrorCode(refused.error_code), ErrorCode::NOT_COORDINATOR);
    assert_eq!(rig.heartbeat(&old, generation), ErrorCode::NONE);
    let metadata = rig.group().member(&old).expect("back").metadata("range");
    assert_eq!(metadata, subscription(&["t"]));
}

#[test]
fn it_outlasts_a_rebalance_but_not_its_session() {
    let mut rig = Rig::prompt();
    let (id, generation) = stable(&mut rig);
    let other = rig.join(consumer("b", &["t"]));
    rig.heartbeat(&id, generation);
    rig.advance(9_999);
    assert!(rig.group().has(&id) && rig.joined(other).is_none());
    rig.advance(1);
    assert!(!rig.group().has(&id));
    assert_eq!(rig.joined(other).map(|r| r.members.len()), Some(1));
}

#[test]
fn an_administrator_removes_it_by_its_instance_id() {
    let mut rig = Rig::prompt();
    stable(&mut rig);
    assert_eq!(rig.leave("", Some("two")), ErrorCode::UNKNOWN_MEMBER_ID);
    assert_eq!(rig.leave("one-0009", Some("one")), ErrorCode::FENCED_INSTANCE_ID);
    assert_eq!(rig.leave("", Some("one")), ErrorCode::NONE);
    assert_eq!(rig.phase(), Phase::Empty);
}
