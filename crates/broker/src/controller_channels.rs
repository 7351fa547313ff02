//! How this broker's controller reaches brokers: itself without a detour, the others over the network, in the versions
//! that brokers of release 3.9 speak to each other without asking.

use super::controller_requests::ControllerRequests;
use anyhow::{Context, bail};
use rkafka_client::{BrokerConnection, BrokerVersions, ClientConfig, HostPort, Target};
use rkafka_controller::BrokerChannels;
use rkafka_protocol::Request;
use rkafka_protocol::messages::{
    LeaderAndIsrRequest, LeaderAndIsrResponse, StopReplicaRequest, StopReplicaResponse, UpdateMetadataRequest,
    UpdateMetadataResponse,
};
use rkafka_registry::Endpoint;
use rkafka_runtime::lock::{Mutex, Rank};
use std::{collections::HashMap, sync::Arc, time::Duration};

/// The versions whose fields the controller fills.
const LEADER_AND_ISR: i16 = 7;
const UPDATE_METADATA: i16 = 8;
const STOP_REPLICA: i16 = 4;

/// The way to one other broker.
struct Link {
    /// `None` if the broker has no listener of the name that brokers use among themselves.
    address: Option<HostPort>,
    connection: Option<BrokerConnection>,
}

/// The channels of this broker's controller.
pub struct NetworkChannels {
    local: Arc<ControllerRequests>,
    /// The name of the listener that brokers use among themselves.
    listener: String,
    config: ClientConfig,
    /// Not held while a connection is opened: the broker may be gone by then, or another one have its id.
    links: Mutex<HashMap<i32, Link>>,
}

impl NetworkChannels {
    /// Channels to `local` and, by `listener`, to the others; a request may take `timeout`.
    pub fn new(local: Arc<ControllerRequests>, listener: String, timeout: Duration) -> NetworkChannels {
        let id = local.local.broker.0;
        let prefix = format!("[Controller id={id}] ");
        let config = ClientConfig::between_brokers(id.to_string(), prefix, timeout);
        NetworkChannels { local, listener, config, links: Mutex::new(Rank::ControllerLinks, HashMap::new()) }
    }

    fn is_local(&self, broker: i32) -> bool {
        broker == self.local.local.broker.0
    }

    async fn call<R: Request>(&self, broker: i32, request: &R, version: i16) -> anyhow::Result<R::Response> {
        let connection = self.connection(broker).await?;
        Ok(connection.call_at(request, version).await?)
    }

    /// The open connection, or a new one.
    async fn connection(&self, broker: i32) -> anyhow::Result<BrokerConnection> {
        let address = match self.links.lock().get(&broker) {
            None => bail!("broker {broker} is gone"),
            Some(Link { connection: Some(open), .. }) if open.closed().is_none() => return Ok(open.clone()),
            Some(link) => link.address.clone(),
        };
        let missing = || format!("broker {broker} has no listener {}", self.listener);
        let target = Target { address: address.with_context(missing)?, node_id: broker, resolved: Vec::new() };
        let opened = BrokerConnection::open_blind(&target, &self.config, BrokerVersions::of_3_9()).await?;
        if let Some(link) = self.links.lock().get_mut(&broker)
            && link.address.as_ref() == Some(&target.address)
        {
            link.connection = Some(opened.clone());
        }
        Ok(opened)
    }
}

impl BrokerChannels for NetworkChannels {
    fn broker_up(&self, broker: i32, endpoints: &[Endpoint]) {
        if self.is_local(broker) {
            return;
        }
        let endpoint = endpoints.iter().find(|endpoint| endpoint.listener == self.listener);
        let address = endpoint.and_then(|e| Some(HostPort::new(&e.host, u16::try_from(e.port).ok()?)));
        let mut links = self.links.lock();
        if links.get(&broker).is_none_or(|link| link.address != address) {
            links.insert(broker, Link { address, connection: None });
        }
    }

    fn broker_down(&self, broker: i32) {
        self.links.lock().remove(&broker);
    }

    async fn leader_and_isr(&self, broker: i32, request: LeaderAndIsrRequest) -> anyhow::Result<LeaderAndIsrResponse> {
        match self.is_local(broker) {
            true => Ok(self.local.leader_and_isr(request, LEADER_AND_ISR).await),
            false => self.call(broker, &request, LEADER_AND_ISR).await,
        }
    }

    async fn update_metadata(
        &self,
        broker: i32,
        request: UpdateMetadataRequest,
    ) -> anyhow::Result<UpdateMetadataResponse> {
        match self.is_local(broker) {
            true => Ok(self.local.update_metadata(request).await),
            false => self.call(broker, &request, UPDATE_METADATA).await,
        }
    }

    async fn stop_replica(&self, broker: i32, request: StopReplicaRequest) -> anyhow::Result<StopReplicaResponse> {
        match self.is_local(broker) {
            true => Ok(self.local.stop_replica(request).await),
            false => self.call(broker, &request, STOP_REPLICA).await,
        }
    }
}
