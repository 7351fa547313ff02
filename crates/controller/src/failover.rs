//! What the driver does about brokers that end without a word: as controller it counts them as dead, and otherwise it
//! takes the dead controller's place.

use super::channels::BrokerChannels;
use super::driver::{Driver, Incumbent, TermEnd};
use super::event::{Event, Outcome};
use super::liveness::{Belief, Sign};
use super::load;
use rkafka_registry::brokers::{self, LiveBroker};
use rkafka_registry::{RegistryError, controllers};
use rkafka_zookeeper_client::ZkClient;

const TARGET: &str = "kafka.controller.KafkaController";
/// A broker that registered longer ago than this has opened its listeners since.
const SETTLED_AFTER_MS: i64 = 30_000;

impl<C: BrokerChannels> Driver<C> {
    /// Watches the broker that is the controller, to take its place when it dies.
    pub(super) async fn watch_incumbent(&mut self) {
        self.liveness.clear();
        if !self.settings.fast_failover {
            return;
        }
        match find_incumbent(&self.zk).await {
            Ok(Some((broker, czxid))) => {
                self.incumbent = Some(Incumbent { broker: broker.id, epoch: broker.epoch, czxid });
                self.liveness.watch(&broker, Belief::Starting);
            }
            // Its end shows in ZooKeeper.
            Ok(None) => {}
            Err(error) => log::warn!(target: TARGET, "The controller's registration could not be read: {error}"),
        }
    }

    /// Reacts to the end or the return of a broker that is watched.
    pub(super) async fn on_sign(&mut self, sign: Sign) -> Result<(), TermEnd> {
        let id = self.settings.broker_id;
        match (sign, &self.term, self.incumbent) {
            (Sign::Gone { broker, epoch }, Some(_), _) => {
                log::info!(target: TARGET, "[Controller id={id}] Broker {broker} (epoch {epoch}) refuses connections: it counts as dead");
                self.process(Event::BrokerUnreachable { broker, epoch }).await
            }
            (Sign::Back { broker, epoch }, Some(_), _) => match load::live_broker(&self.zk, broker).await? {
                Some(live) if live.epoch == epoch => {
                    log::info!(target: TARGET, "[Controller id={id}] Broker {broker} (epoch {epoch}) answers again");
                    self.process(Event::BrokerReachable(live)).await
                }
                _ => Ok(()),
            },
            (Sign::Gone { broker, epoch }, None, Some(incumbent))
                if (broker, epoch) == (incumbent.broker, incumbent.epoch) =>
            {
                log::info!(target: TARGET, "[Controller id={id}] The controller, broker {broker}, refuses connections: it is replaced");
                let session = self.zk.session_id();
                let election = controllers::replace(&self.zk, incumbent.czxid, id, self.clock.now().0).await;
                self.on_election(session, election, vec![(broker, epoch)]).await
            }
            (_, None, _) => Ok(()),
        }
    }

    /// Watches the brokers that were there at the start of the term. One that registered long ago has listened since,
    /// so it counts as gone if it refuses now; a suspect is waited for.
    pub(super) fn watch_loaded(&mut self, brokers: &[LiveBroker], suspects: &[(i32, i64)]) {
        let settled = self.clock.now().0 - SETTLED_AFTER_MS;
        for broker in brokers {
            let belief = match broker.registration.timestamp_ms < settled {
                _ if suspects.contains(&(broker.id, broker.epoch)) => Belief::Gone,
                true => Belief::Listening,
                false => Belief::Starting,
            };
            self.watch(broker, belief);
        }
    }

    fn watch(&mut self, broker: &LiveBroker, belief: Belief) {
        if self.settings.fast_failover && broker.id != self.settings.broker_id {
            self.liveness.watch(broker, belief);
        }
    }

    /// Watches brokers that came, and no longer those that are gone; a suspected one may come back.
    pub(super) fn watch_others(&mut self, outcome: &Outcome) {
        let Some(term) = &self.term else { return };
        for broker in outcome.brokers_down.iter().filter(|id| !term.cluster.suspects.contains_key(id)) {
            self.liveness.forget(*broker);
        }
        let came: Vec<LiveBroker> =
            outcome.brokers_up.iter().filter_map(|id| term.cluster.brokers.get(id).cloned()).collect();
        for broker in &came {
            self.watch(broker, Belief::Starting);
        }
    }
}

/// The broker that is the controller, and the czxid of its `/controller` node.
async fn find_incumbent(zk: &ZkClient) -> Result<Option<(LiveBroker, i64)>, RegistryError> {
    let Some((controller, czxid)) = controllers::incumbent(zk).await? else { return Ok(None) };
    Ok(brokers::read(zk, controller.broker_id).await?.map(|broker| (broker, czxid)))
}
