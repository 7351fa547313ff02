//! This broker's node under `/brokers/ids`, and its renewal when the ZooKeeper session has expired.

use super::in_session::{in_session, tell_of_expiry};
use crate::controller_requests::ControllerRequests;
use rkafka_base::BrokerId;
use rkafka_controller::Controller;
use rkafka_registry::{BrokerRegistration, Endpoint, RegistryError, brokers, paths};
use rkafka_runtime::{clock::Clock, tasks::essential::End};
use rkafka_zookeeper_client::{Watch, ZkClient, ZkEvent};
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::sync::mpsc::UnboundedReceiver;

const LOG: &str = "kafka.zk.KafkaZkClient";
/// The pause before another try to register.
const RETRY: Duration = Duration::from_secs(1);

/// What this broker says of itself.
#[derive(Clone)]
pub struct Registration {
    pub id: BrokerId,
    pub endpoints: Vec<Endpoint>,
    pub rack: Option<String>,
    pub clock: Arc<dyn Clock>,
    /// The log dirs belonged to a broker of this id before, and are locked now: that broker has ended.
    pub is_successor: bool,
}

impl Registration {
    /// Registers for the first time, after standing aside for so long at the most if the last life had no clean end. Gives the
    /// broker epoch, and what becomes of the session from now on.
    pub async fn begin(
        &self,
        zk: &ZkClient,
        aside: Option<Duration>,
    ) -> anyhow::Result<(i64, UnboundedReceiver<ZkEvent>)> {
        in_session(zk, async || {
            let events = zk.subscribe();
            Ok::<_, RegistryError>((self.stand_and_register(zk, aside).await?, events))
        })
        .await
    }

    async fn stand_and_register(&self, zk: &ZkClient, aside: Option<Duration>) -> Result<i64, RegistryError> {
        if let Some(session_timeout) = aside {
            self.step_aside(zk, session_timeout).await?;
        }
        self.register(zk).await
    }

    /// Registers under the client's session. Gives the broker epoch.
    pub async fn register(&self, zk: &ZkClient) -> Result<i64, RegistryError> {
        let path = format!("/brokers/ids/{}", self.id);
        log::info!(target: LOG, "Creating {path} (is it secure? false)");
        let registration = BrokerRegistration {
            endpoints: self.endpoints.clone(),
            rack: self.rack.clone(),
            jmx_port: -1,
            timestamp_ms: self.clock.now().0,
        };
        let epoch = match brokers::register(zk, self.id.0, &registration).await {
            Err(RegistryError::BrokerIdInUse { owner, .. }) if self.take_over(zk, owner).await? => {
                brokers::register(zk, self.id.0, &registration).await?
            }
            other => other?,
        };
        let addresses: Vec<String> =
            self.endpoints.iter().map(|e| format!("{}://{}:{}", e.listener, e.host, e.port)).collect();
        log::info!(target: LOG, "Registered broker {} at path {path} with addresses: {}, czxid (broker epoch): {epoch}", self.id, addresses.join(","));
        Ok(epoch)
    }

    /// Removes the registration that an earlier life has left behind, if it has and it is known to have ended.
    pub(super) async fn leave(&self, zk: &ZkClient) -> Result<(), RegistryError> {
        if let Some(stat) = zk.exists(&paths::broker_id(self.id.0), Watch::No).await?
            && stat.ephemeral_owner != zk.session_id()
        {
            self.take_over(zk, stat.ephemeral_owner).await?;
        }
        Ok(())
    }

    /// A broker that was killed leaves its nodes behind until its session expires. If the log dirs and the addresses
    /// show that `owner` was this broker's own earlier life, its nodes go at once, so that nobody waits for that.
    async fn take_over(&self, zk: &ZkClient, owner: i64) -> Result<bool, RegistryError> {
        let earlier = brokers::read(zk, self.id.0).await?;
        let same_place = earlier.is_none_or(|broker| broker.registration.endpoints == self.endpoints);
        if !self.is_successor || !same_place {
            return Ok(false);
        }
        log::info!(target: LOG, "Broker {} was registered here before by session 0x{owner:x}, whose broker has ended; its registration is replaced", self.id);
        brokers::remove_stale_registration(zk, self.id.0, owner).await?;
        if let Some(stat) = zk.exists(paths::CONTROLLER, Watch::No).await?
            && stat.ephemeral_owner == owner
        {
            match zk.delete(paths::CONTROLLER, stat.version).await {
                Err(e) if !e.is_no_node() => return Err(e.into()),
                _ => {}
            }
        }
        Ok(true)
    }

    /// Begins a new session and registers again whenever the session has expired.
    pub async fn keep(
        self,
        zk: ZkClient,
        mut events: UnboundedReceiver<ZkEvent>,
        requests: Arc<ControllerRequests>,
        controller: Controller,
    ) -> End {
        let mut session = zk.session_id();
        while let Some(event) = events.recv().await {
            if !matches!(event, ZkEvent::Expired { .. }) {
                continue;
            }
            tell_of_expiry();
            if let Some(epoch) = self.renew(&zk, session).await {
                requests.broker_epoch.store(epoch, Ordering::Release);
                session = zk.session_id();
                controller.stand().await;
            }
        }
        End::Unasked("the ZooKeeper client is closed")
    }

    async fn renew(&self, zk: &ZkClient, previous: i64) -> Option<i64> {
        if zk.new_session().await.is_err() {
            // The client is closed: the broker is stopping.
            return None;
        }
        loop {
            let renewed = async {
                brokers::remove_stale_registration(zk, self.id.0, previous).await?;
                self.register(zk).await
            };
            match renewed.await {
                Ok(epoch) => return Some(epoch),
                Err(e) => log::error!(target: LOG, "Registering broker {} again failed: {e}", self.id),
            }
            tokio::time::sleep(RETRY).await;
        }
    }
}
