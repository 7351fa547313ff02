//! Pure: brokers whose registration stands although nobody listens at their address.
//!
//! Such a broker is treated as dead at once: others lead, under higher leader epochs, and the epochs keep what it might
//! still do harmless if the suspicion is wrong: replicas follow the new leader only, and the controller refuses its
//! proposals. It comes back when it answers again, or registers anew.

use super::brokers::{gain, lose};
use super::cluster::Cluster;
use super::event::Outcome;
use rkafka_registry::brokers::LiveBroker;

/// Nobody listens at the broker's address.
pub fn apply_gone(cluster: &mut Cluster, broker: i32, epoch: i64) -> Outcome {
    let mut outcome = Outcome::default();
    let is_own = broker == cluster.settings.broker_id;
    if !is_own && cluster.brokers.get(&broker).is_some_and(|known| known.epoch == epoch) {
        cluster.suspects.insert(broker, epoch);
        lose(cluster, &[broker], &mut outcome);
    }
    outcome
}

/// The broker answers under the registration that it had.
pub fn apply_back(cluster: &mut Cluster, back: LiveBroker) -> Outcome {
    let mut outcome = Outcome::default();
    if cluster.suspects.get(&back.id) == Some(&back.epoch) {
        cluster.suspects.remove(&back.id);
        gain(cluster, vec![back], &mut outcome);
    }
    outcome
}

#[cfg(test)]
mod tests {
    use crate::event::{Event, Loaded};
    use crate::world_for_tests::{World, broker, seen};

    #[test]
    fn an_unreachable_leader_is_replaced_although_it_is_registered() {
        let mut world = World::with_live(&[(0, 5), (1, 6), (2, 7)]);
        world.create(vec![seen("t", &[&[1, 0, 2]], Some(1))]);
        world.transcript();
        // An earlier life of the broker is of no interest.
        world.handle(Event::BrokerUnreachable { broker: 1, epoch: 4 });
        assert!(world.transcript().is_empty());
        world.handle(Event::BrokerUnreachable { broker: 1, epoch: 6 });
        assert_eq!(world.state("t", 0), (0, 1, vec![0, 2]));
        let told = world.transcript();
        assert!(told.iter().all(|line| !line.starts_with("1 ")), "{told:?}");
        assert!(told.contains(&"2 UMR[0, 2] t-0:0".to_owned()), "{told:?}");
        // Others come; the suspect stays dead, whatever ZooKeeper lists.
        world.handle(Event::BrokersSeen(vec![broker(0, 5), broker(1, 6), broker(2, 7), broker(3, 8)]));
        assert_eq!(world.cluster.brokers.keys().copied().collect::<Vec<_>>(), [0, 2, 3]);
        world.handle(Event::BrokersSeen(vec![broker(1, 6), broker(2, 7), broker(3, 8)]));
        assert_eq!(world.state("t", 0), (2, 2, vec![2]));
        assert_eq!(world.cluster.brokers.keys().copied().collect::<Vec<_>>(), [2, 3]);
        // It answers again.
        world.transcript();
        world.handle(Event::BrokerReachable(broker(1, 6)));
        assert!(world.transcript().contains(&"1 LISR t-0:2e2[2]".to_owned()));
        assert!(world.cluster.suspects.is_empty());
    }

    #[test]
    fn a_suspect_that_registers_anew_has_come_back() {
        let mut world = World::with_live(&[(0, 5), (1, 6)]);
        world.create(vec![seen("t", &[&[1]], Some(1))]);
        world.handle(Event::BrokerUnreachable { broker: 1, epoch: 6 });
        assert_eq!(world.state("t", 0), (-1, 1, vec![1]));
        world.handle(Event::BrokersSeen(vec![broker(0, 5), broker(1, 9)]));
        assert_eq!(world.state("t", 0), (1, 2, vec![1]));
        assert!(world.cluster.suspects.is_empty());
        // A late answer of the earlier life changes nothing.
        world.transcript();
        world.handle(Event::BrokerReachable(broker(1, 6)));
        assert!(world.transcript().is_empty());
    }

    #[test]
    fn a_new_controller_knows_that_its_predecessor_is_dead() {
        let mut world = World::with_live(&[]);
        let loaded = Loaded { brokers: vec![broker(0, 5), broker(1, 6)], suspects: vec![(1, 6)], ..Loaded::default() };
        world.handle(Event::Elected(Box::new(loaded)));
        assert_eq!(world.transcript(), ["0 UMR[0]"]);
    }
}
