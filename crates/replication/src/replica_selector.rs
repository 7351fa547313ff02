//! Pure: which replica a consumer should read from (KIP-392): one in its own rack, rather than a leader far away.

use rkafka_base::{BrokerId, Offset};

/// A replica that has what the consumer asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaView {
    pub broker: BrokerId,
    pub rack: Option<String>,
    pub log_end: Offset,
    /// How long ago it had everything that the leader had, in milliseconds; 0 for the leader.
    pub behind_ms: i64,
}

/// The follower in `rack` that a consumer there should turn to (`RackAwareReplicaSelector`); `None` if the leader is as
/// near, or nobody is nearer.
pub fn nearest(rack: &str, leader: &ReplicaView, followers: &[ReplicaView]) -> Option<BrokerId> {
    let is_near = |replica: &&ReplicaView| replica.rack.as_deref() == Some(rack);
    if rack.is_empty() || is_near(&leader) {
        return None;
    }
    let best = |r: &&ReplicaView| (r.log_end, std::cmp::Reverse(r.behind_ms), r.broker);
    followers.iter().filter(is_near).max_by_key(best).map(|replica| replica.broker)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replica(id: i32, rack: &str, log_end: i64, behind_ms: i64) -> ReplicaView {
        ReplicaView { broker: BrokerId(id), rack: Some(rack.to_owned()), log_end: Offset(log_end), behind_ms }
    }

    #[test]
    fn the_most_complete_replica_in_the_rack() {
        let leader = replica(1, "a", 20, 0);
        let followers =
            [replica(2, "b", 18, 5), replica(3, "b", 20, 9), replica(4, "b", 20, 7), replica(5, "c", 20, 0)];
        assert_eq!(nearest("b", &leader, &followers), Some(BrokerId(4)));
        assert_eq!(nearest("c", &leader, &followers), Some(BrokerId(5)));
        for rack in ["a", "d", ""] {
            assert_eq!(nearest(rack, &leader, &followers), None, "{rack}");
        }
        let unplaced = ReplicaView { rack: None, ..leader };
        assert_eq!(nearest("", &unplaced, &followers), None);
    }
}
