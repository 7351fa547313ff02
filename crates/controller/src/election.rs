//! Pure: who leads a partition.

use rkafka_registry::{LeaderAndIsr, NO_LEADER};

/// The first state of a partition: its first live replica leads, and all live ones are in sync. `None` if none lives.
pub fn initial(live_replicas: &[i32], controller_epoch: i32) -> Option<LeaderAndIsr> {
    let leader = *live_replicas.first()?;
    Some(LeaderAndIsr { leader, leader_epoch: 0, isr: live_replicas.to_vec(), controller_epoch, recovering: false })
}

/// The state after the loss of the leader: the first live replica that is in sync leads on. If there is none and
/// `unclean` allows it, the first live replica leads, alone and recovering, at the price of records.
pub fn after_leader_loss(
    current: &LeaderAndIsr,
    live_replicas: &[i32],
    unclean: bool,
    controller_epoch: i32,
) -> Option<LeaderAndIsr> {
    let next = |leader, isr, recovering| LeaderAndIsr {
        leader,
        leader_epoch: current.leader_epoch + 1,
        isr,
        controller_epoch,
        recovering,
    };
    if let Some(leader) = live_replicas.iter().find(|broker| current.isr.contains(broker)) {
        let isr = current.isr.iter().copied().filter(|broker| live_replicas.contains(broker)).collect();
        return Some(clean(current, next(*leader, isr, current.recovering)));
    }
    let leader = *live_replicas.first().filter(|_| unclean)?;
    Some(next(leader, vec![leader], true))
}

/// The state in which another replica leads because the leader is about to stop: the first live replica that is in sync
/// and does not stop itself. Whoever `is_leaving` leaves the in-sync set. `None` if there is no heir.
pub fn before_shutdown(
    current: &LeaderAndIsr,
    live_replicas: &[i32],
    is_leaving: &dyn Fn(i32) -> bool,
    controller_epoch: i32,
) -> Option<LeaderAndIsr> {
    let heir = live_replicas.iter().find(|broker| current.isr.contains(broker) && !is_leaving(**broker))?;
    let next = LeaderAndIsr {
        leader: *heir,
        leader_epoch: current.leader_epoch + 1,
        isr: current.isr.iter().copied().filter(|broker| !is_leaving(*broker)).collect(),
        controller_epoch,
        recovering: current.recovering,
    };
    Some(clean(current, next))
}

/// The state with its first replica as leader, which must live and be in sync; `None` otherwise.
pub fn preferred(
    current: &LeaderAndIsr,
    replicas: &[i32],
    is_live: impl Fn(i32) -> bool,
    controller_epoch: i32,
) -> Option<LeaderAndIsr> {
    let leader = *replicas.first().filter(|broker| is_live(**broker) && current.isr.contains(broker))?;
    Some(clean(current, LeaderAndIsr { leader, ..renewed(current, controller_epoch) }))
}

/// The state at the end of a reassignment to `target`: the leader stays if it is a target and lives; else the first
/// target leads that lives and is in sync. `None` if there is no such replica.
pub fn among_targets(
    current: &LeaderAndIsr,
    target: &[i32],
    is_live: impl Fn(i32) -> bool,
    controller_epoch: i32,
) -> Option<LeaderAndIsr> {
    let stays = target.contains(&current.leader) && is_live(current.leader);
    let heir = || target.iter().copied().find(|broker| is_live(*broker) && current.isr.contains(broker));
    let leader = if stays { current.leader } else { heir()? };
    Some(LeaderAndIsr { leader, ..renewed(current, controller_epoch) })
}

/// The same state in a new leader epoch, which makes every replica take notice.
pub fn renewed(current: &LeaderAndIsr, controller_epoch: i32) -> LeaderAndIsr {
    LeaderAndIsr { leader_epoch: current.leader_epoch + 1, controller_epoch, ..current.clone() }
}

/// The next state after an election in which nothing is lost: in a new epoch somebody leads who was in sync and is still,
/// and nobody is in sync who was not.
fn clean(current: &LeaderAndIsr, next: LeaderAndIsr) -> LeaderAndIsr {
    debug_assert!(next.leader_epoch > current.leader_epoch, "{next:?} after {current:?}");
    debug_assert!(next.isr.contains(&next.leader), "{next:?} after {current:?}");
    debug_assert!(next.isr.iter().all(|broker| current.isr.contains(broker)), "{next:?} after {current:?}");
    next
}

/// The state without `broker` among the in-sync replicas; the last of them stays, so that it is known who has the
/// records. `None` if nothing changes.
pub fn without(current: &LeaderAndIsr, broker: i32, controller_epoch: i32) -> Option<LeaderAndIsr> {
    if current.leader != broker && !current.isr.contains(&broker) {
        return None;
    }
    let isr: Vec<i32> = if current.isr == [broker] {
        current.isr.clone()
    } else {
        current.isr.iter().copied().filter(|member| *member != broker).collect()
    };
    let leader = if current.leader == broker { NO_LEADER } else { current.leader };
    if leader == current.leader && isr == current.isr {
        return None;
    }
    debug_assert!(
        !isr.is_empty() || current.isr.iter().all(|member| *member == broker),
        "somebody else has the records: {current:?} without {broker}"
    );
    let (leader_epoch, recovering) = (current.leader_epoch + 1, current.recovering);
    Some(LeaderAndIsr { leader, leader_epoch, isr, controller_epoch, recovering })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(leader: i32, isr: &[i32]) -> LeaderAndIsr {
        LeaderAndIsr { leader, leader_epoch: 8, isr: isr.to_vec(), controller_epoch: 6, recovering: false }
    }

    #[test]
    fn a_new_partition_is_led_by_its_first_live_replica() {
        let first = initial(&[2, 3], 1).unwrap();
        assert_eq!((first.leader, first.leader_epoch, first.isr), (2, 0, vec![2, 3]));
        assert_eq!(initial(&[], 1), None);
    }

    #[test]
    fn the_assignment_decides_the_order_of_heirs() {
        let next = after_leader_loss(&state(1, &[1, 2, 3]), &[3, 2], false, 7).unwrap();
        assert_eq!((next.leader, next.leader_epoch, next.isr, next.controller_epoch), (3, 9, vec![2, 3], 7));
    }

    /// The case that a real 3.9.1 controller was observed with.
    #[test]
    fn an_unclean_leader_is_alone_and_recovering() {
        let lost = state(-1, &[2]);
        assert_eq!(after_leader_loss(&lost, &[1], false, 6), None);
        let next = after_leader_loss(&lost, &[1], true, 6).unwrap();
        assert_eq!((next.leader, next.leader_epoch, next.isr, next.recovering), (1, 9, vec![1], true));
        assert_eq!(after_leader_loss(&lost, &[], true, 6), None);
    }

    #[test]
    fn the_preferred_replica_must_live_and_be_in_sync() {
        let next = preferred(&state(1, &[1, 2]), &[2, 1], |_| true, 7).unwrap();
        assert_eq!((next.leader, next.leader_epoch, next.isr), (2, 9, vec![1, 2]));
        assert_eq!(preferred(&state(1, &[1, 2]), &[2, 1], |broker| broker != 2, 7), None);
        assert_eq!(preferred(&state(1, &[1]), &[2, 1], |_| true, 7), None);
    }

    #[test]
    fn a_reassignment_keeps_its_leader_if_it_can() {
        let leader = |current: LeaderAndIsr, live: &[i32]| {
            among_targets(&current, &[3, 2], |broker| live.contains(&broker), 7).map(|s| (s.leader, s.leader_epoch))
        };
        assert_eq!(leader(state(2, &[1, 2, 3]), &[1, 2, 3]), Some((2, 9)));
        assert_eq!(leader(state(1, &[1, 2, 3]), &[1, 2, 3]), Some((3, 9)));
        assert_eq!(leader(state(2, &[1, 2, 3]), &[1, 3]), Some((3, 9)));
        assert_eq!(leader(state(1, &[1, 2]), &[1, 3]), None);
    }

    #[test]
    fn the_last_in_sync_replica_stays_known() {
        let next = without(&state(2, &[2]), 2, 6).unwrap();
        assert_eq!((next.leader, next.leader_epoch, &next.isr[..]), (-1, 9, &[2][..]));
        assert_eq!(without(&next, 2, 6), None);
        let next = without(&state(1, &[1, 2]), 2, 6).unwrap();
        assert_eq!((next.leader, &next.isr[..]), (1, &[1][..]));
        assert_eq!(without(&state(1, &[1]), 2, 6), None);
    }
}
