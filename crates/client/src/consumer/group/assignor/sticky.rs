//! Pure: even shares with as few moves as can be (Kafka's `StickyAssignor` and `CooperativeStickyAssignor`).
//!
//! What members own and may keep stays theirs; free partitions go to the members with the least; then partitions move
//! from the fullest members to emptier ones that may have them, while a move makes the shares more even. Which partition
//! moves may differ from Kafka's choice; that each share differs by at most one among equal subscribers does not.

use super::{Assignment, Member, PartitionCounts};
use rkafka_base::TopicPartition;
use std::collections::{BTreeMap, BTreeSet};

/// Shares out at once: moved partitions change hands in this rebalance.
pub fn assign(counts: &PartitionCounts, members: &[&Member]) -> Assignment {
    if members.is_empty() {
        return Assignment::new();
    }
    let mut shares: Vec<BTreeSet<TopicPartition>> = kept(counts, members);
    let owned: BTreeSet<TopicPartition> = shares.iter().flatten().cloned().collect();
    for (topic, count) in counts {
        for partition in 0..*count {
            let tp = TopicPartition::new(topic.clone(), partition);
            if owned.contains(&tp) {
                continue;
            }
            let takers = (0..members.len()).filter(|i| members[*i].topics.contains(topic));
            if let Some(least) = takers.min_by_key(|i| shares[*i].len()) {
                shares[least].insert(tp);
            }
        }
    }
    balance(members, &mut shares);
    members.iter().zip(shares).map(|(m, share)| (m.id.clone(), share.into_iter().collect())).collect()
}

/// Shares out in two steps: a partition that is to leave a member is given to nobody until that member has let it go.
pub fn assign_cooperatively(counts: &PartitionCounts, members: &[&Member]) -> Assignment {
    let mut assignment = assign(counts, members);
    let mut owners: BTreeMap<&TopicPartition, &str> = BTreeMap::new();
    for member in members {
        owners.extend(member.owned.iter().map(|tp| (tp, member.id.as_str())));
    }
    for (id, share) in &mut assignment {
        share.retain(|tp| owners.get(tp).is_none_or(|owner| owner == id));
    }
    assignment
}

/// What each member may keep of what it owns. Two members may claim one partition after a missed rebalance: the later
/// generation has it; of the same generation neither (KIP-429).
fn kept(counts: &PartitionCounts, members: &[&Member]) -> Vec<BTreeSet<TopicPartition>> {
    let mut claims: BTreeMap<&TopicPartition, (i32, Option<usize>)> = BTreeMap::new();
    for (i, member) in members.iter().enumerate() {
        for tp in &member.owned {
            let exists = counts.get(&tp.topic).is_some_and(|n| (0..*n).contains(&tp.partition));
            if !exists || !member.topics.contains(&tp.topic) {
                continue;
            }
            match claims.get_mut(tp) {
                Some((generation, _)) if member.generation < *generation => {}
                Some((generation, owner)) if member.generation == *generation && *owner != Some(i) => *owner = None,
                _ => drop(claims.insert(tp, (member.generation, Some(i)))),
            }
        }
    }
    let mut shares = vec![BTreeSet::new(); members.len()];
    for (tp, (_, owner)) in claims {
        if let Some(owner) = owner {
            shares[owner].insert(tp.clone());
        }
    }
    shares
}

/// Moves partitions while one can go to a member that has at least two fewer.
fn balance(members: &[&Member], shares: &mut [BTreeSet<TopicPartition>]) {
    // Every move narrows a difference, so the number of partitions bounds the moves of each round.
    let bound = shares.iter().map(BTreeSet::len).sum::<usize>() * members.len() + 1;
    for _ in 0..bound {
        let mut order: Vec<usize> = (0..members.len()).collect();
        order.sort_by_key(|i| std::cmp::Reverse(shares[*i].len()));
        let found = order.iter().find_map(|from| better_place(members, shares, *from).map(|(tp, to)| (*from, tp, to)));
        let Some((from, tp, to)) = found else { return };
        shares[from].remove(&tp);
        shares[to].insert(tp);
    }
}

/// A partition of member `from` and the emptiest member that may have it and would still have fewer.
fn better_place(
    members: &[&Member],
    shares: &[BTreeSet<TopicPartition>],
    from: usize,
) -> Option<(TopicPartition, usize)> {
    let full = shares[from].len();
    shares[from].iter().rev().find_map(|tp| {
        let takers = (0..members.len()).filter(|i| members[*i].topics.contains(&tp.topic));
        let to = takers.min_by_key(|i| shares[*i].len())?;
        (shares[to].len() + 2 <= full).then(|| (tp.clone(), to))
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Assignor, tests::*};

    #[test]
    fn keeps_and_evens_out() {
        let all = [("t", 0), ("t", 1), ("t", 2), ("t", 3)];
        let members = [member("a", &["t"], &all), member("b", &["t"], &[])];
        assert_eq!(text(&Assignor::Sticky.assign(&counts(&[("t", 4)]), &members)), "a: t-0 t-1; b: t-2 t-3");
        // Cooperatively, b waits until a has let go.
        assert_eq!(text(&Assignor::CooperativeSticky.assign(&counts(&[("t", 4)]), &members)), "a: t-0 t-1; b: ");
        let members = [member("a", &["t"], &all[..2]), member("b", &["t"], &[])];
        assert_eq!(text(&Assignor::CooperativeSticky.assign(&counts(&[("t", 4)]), &members)), "a: t-0 t-1; b: t-2 t-3");
    }

    #[test]
    fn the_later_generation_owns() {
        let mut late = member("b", &["t"], &[("t", 0)]);
        late.generation = 2;
        let members = [member("a", &["t"], &[("t", 0), ("t", 1)]), late];
        assert_eq!(text(&Assignor::Sticky.assign(&counts(&[("t", 2)]), &members)), "a: t-1; b: t-0");
    }

    #[test]
    fn unequal_subscriptions() {
        let members = [member("a", &["x"], &[]), member("b", &["x", "y"], &[("x", 0), ("x", 1), ("y", 0), ("y", 1)])];
        assert_eq!(text(&Assignor::Sticky.assign(&counts(&[("x", 2), ("y", 2)]), &members)), "a: x-0 x-1; b: y-0 y-1");
    }
}
