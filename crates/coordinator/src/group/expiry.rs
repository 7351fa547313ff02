//! Pure: offsets that nobody has used for `offsets.retention.minutes` expire (KIP-211), and so do groups without
//! members and offsets.

use super::{
    removal,
    state::{CommittedOffset, Group, Phase},
    turn::Turn,
};
use rkafka_base::TopicPartition;

/// Starts the removal of what has expired in this group. Says how many offsets.
pub fn expire(turn: &mut Turn) -> usize {
    if turn.group().is(Phase::Dead) {
        return 0;
    }
    let partitions = expired(turn.group(), turn.now().wall_ms, turn.config().offsets_retention_ms);
    let count = partitions.len();
    let empties = removal::leaves_nothing(turn, &partitions);
    if count > 0 || empties {
        removal::remove(turn, partitions, empties, None);
    }
    count
}

/// The expired offsets. The time counts from when the group lost its last member; for offsets of topics that a stable
/// consumer group does not read, and for groups that only store offsets, from the commit.
fn expired(group: &Group, now_ms: i64, retention_ms: i64) -> Vec<TopicPartition> {
    let since = match group.protocol_type() {
        Some(_) if group.is(Phase::Empty) => group.since_ms(),
        Some(_) if group.is_consumer_group() && group.is(Phase::Stable) && group.subscribed().is_some() => None,
        None => None,
        Some(_) => return Vec::new(),
    };
    let is_read = |p: &TopicPartition| group.is(Phase::Stable) && group.is_subscribed_to(&p.topic);
    let is_over = |o: &CommittedOffset| match o.expire_timestamp_ms {
        Some(at_ms) => now_ms >= at_ms,
        None => now_ms - since.unwrap_or(o.commit_timestamp_ms) >= retention_ms,
    };
    let offsets = group.offsets();
    let expired = offsets.iter().filter(|(p, o)| !offsets.is_in_flight(p) && !is_read(p) && is_over(o));
    expired.map(|(p, _)| p.clone()).collect()
}
