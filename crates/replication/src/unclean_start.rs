//! Pure: when a broker may take part again that was not stopped in order.
//!
//! Its machine may have lost its power, and with it the ends of its logs, while the state in ZooKeeper still counts it in
//! sync. Elected on that old word it would have everybody else cut off what it lost itself. So it stays unregistered, and
//! cannot be elected, until the controller has missed it and taken it out of each in-sync set in which somebody else
//! lives. Then it is a replica that lags: it is in sync again once it has fetched what it lacks. (KRaft has the controller
//! do so at the registration, KIP-966; this needs nothing of a controller that Apache Kafka's does not do.)

use std::collections::BTreeSet;

/// Whether `broker` must not be registered yet because of a partition with the in-sync set `isr`: it is counted in sync,
/// and one of `live` is, too, who can lead without it. Where nobody else is in sync, or nobody who is lives, the broker
/// is the best that there is.
pub fn must_be_dropped(broker: i32, isr: &[i32], live: &BTreeSet<i32>) -> bool {
    isr.contains(&broker) && isr.iter().any(|other| *other != broker && live.contains(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_while_somebody_else_can_lead() {
        let live = BTreeSet::from([1, 2]);
        assert!(must_be_dropped(0, &[0, 1, 5], &live));
        assert!(!must_be_dropped(0, &[1, 2], &live), "dropped already");
        assert!(!must_be_dropped(0, &[0], &live), "the last one");
        assert!(!must_be_dropped(0, &[0, 5], &live), "nobody else lives");
        assert!(!must_be_dropped(1, &[1], &live), "its own registration is nobody else");
    }
}
