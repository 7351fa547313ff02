//! How this broker asks the controller for something: changes of in-sync replicas, producer ids, leave to stop
//! (`NodeToControllerChannelManager`).
//!
//! Who the controller is stands in the metadata cache. If it is this broker the request goes straight to it, else over a
//! connection of its own. Whoever is asked and is not the controller any more says so; then the cache will soon know more.

use crate::metadata_cache::MetadataCache;
use rkafka_base::BrokerId;
use rkafka_client::{BrokerConnection, ClientConfig, ClientError, HostPort, Target};
use rkafka_controller::Controller;
use rkafka_protocol::{
    ErrorCode, Request,
    messages::{
        AllocateProducerIdsRequest, AllocateProducerIdsResponse, AlterPartitionRequest, AlterPartitionResponse,
        ControlledShutdownRequest, ControlledShutdownResponse,
    },
};
use std::{future::Future, sync::Arc, time::Duration};
use tokio::{sync::Mutex, time::Instant};

const LOG: &str = "kafka.server.NodeToControllerRequestThread";
/// The pause before the controller is asked again.
const RETRY: Duration = Duration::from_millis(50);
/// The versions in which each request is sent.
const ALTER_PARTITION: i16 = 3;
/// The last version that names topics, for those that have no id.
const ALTER_PARTITION_BY_NAME: i16 = 1;
const ALLOCATE_PRODUCER_IDS: i16 = 0;
const CONTROLLED_SHUTDOWN: i16 = 3;

/// Why the controller did not answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LinkError {
    #[error("no controller is known")]
    NoController,
    #[error("broker {0} is not the controller any more")]
    NotController(BrokerId),
    #[error("controller {controller} cannot be asked: {cause}")]
    Connection { controller: BrokerId, cause: ClientError },
    #[error("the controller has no listener {0}")]
    NoListener(String),
}

/// The way to the controller, whoever that is at the time.
pub struct ControllerLink {
    local: BrokerId,
    metadata: Arc<MetadataCache>,
    controller: Controller,
    /// The listener between brokers.
    listener: String,
    config: ClientConfig,
    open: Mutex<Option<(Target, BrokerConnection)>>,
}

impl ControllerLink {
    pub fn new(
        local: BrokerId,
        metadata: Arc<MetadataCache>,
        controller: Controller,
        listener: String,
        timeout: Duration,
    ) -> ControllerLink {
        let prefix = format!("[NodeToControllerChannelManager id={local}] ");
        let config = ClientConfig::between_brokers(local.to_string(), prefix, timeout);
        ControllerLink { local, metadata, controller, listener, config, open: Mutex::new(None) }
    }

    /// Asks for other in-sync replicas, as long as it takes. Topics are named by id if all of them have one.
    pub async fn alter_partition(&self, request: &AlterPartitionRequest) -> AlterPartitionResponse {
        let by_name = request.topics.iter().any(|topic| topic.topic_id.is_zero());
        let version = if by_name { ALTER_PARTITION_BY_NAME } else { ALTER_PARTITION };
        let mut request = request.clone();
        for partition in request.topics.iter_mut().flat_map(|topic| &mut topic.partitions) {
            // Each version has a field of its own for the members.
            match by_name {
                true => partition.new_isr_with_epochs.clear(),
                false => partition.new_isr.clear(),
            }
        }
        loop {
            let own = || self.controller.alter_partition(request.clone(), version);
            if let Ok(response) = self.ask(&request, version, own, |r| r.error_code).await {
                return response;
            }
            tokio::time::sleep(RETRY).await;
        }
    }

    /// Asks for a block of producer ids, again and again until `timeout` has passed.
    pub async fn allocate_producer_ids(
        &self,
        request: AllocateProducerIdsRequest,
        timeout: Duration,
    ) -> Result<AllocateProducerIdsResponse, LinkError> {
        let deadline = Instant::now() + timeout;
        loop {
            let own = || self.controller.allocate_producer_ids(request.clone());
            match self.ask(&request, ALLOCATE_PRODUCER_IDS, own, |r| r.error_code).await {
                Err(_) if Instant::now() < deadline => tokio::time::sleep(RETRY).await,
                answer => return answer,
            }
        }
    }

    /// Asks the controller, once, to take this broker's leaderships over to others.
    pub async fn controlled_shutdown(
        &self,
        request: ControlledShutdownRequest,
    ) -> Result<ControlledShutdownResponse, LinkError> {
        let own = || self.controller.controlled_shutdown(request.clone());
        self.ask(&request, CONTROLLED_SHUTDOWN, own, |r| r.error_code).await
    }

    async fn ask<R: Request, F: Future<Output = R::Response>>(
        &self,
        request: &R,
        version: i16,
        own: impl FnOnce() -> F,
        code: impl Fn(&R::Response) -> i16,
    ) -> Result<R::Response, LinkError> {
        let controller = self.metadata.snapshot().controller.ok_or(LinkError::NoController)?;
        let answer = match controller == self.local {
            true => Ok(own().await),
            false => self.send(controller, request, version).await,
        };
        let answer = match answer {
            Ok(response) if ErrorCode(code(&response)) == ErrorCode::NOT_CONTROLLER => {
                Err(LinkError::NotController(controller))
            }
            other => other,
        };
        if let Err(error) = &answer {
            log::debug!(target: LOG, "{}{}: {error}", self.config.log_prefix, R::KEY.name());
        }
        answer
    }

    async fn send<R: Request>(
        &self,
        controller: BrokerId,
        request: &R,
        version: i16,
    ) -> Result<R::Response, LinkError> {
        let failed = |cause| LinkError::Connection { controller, cause };
        let connection = self.connection(controller).await?;
        let offered = connection.versions().choose(R::KEY).map_err(failed)?;
        let answer = connection.call_at(request, version.min(offered));
        tokio::select! {
            answer = answer => answer.map_err(failed),
            // One that hangs may have been replaced long before the request times out.
            () = self.metadata.until(|m| m.controller != Some(controller)) => Err(LinkError::NotController(controller)),
        }
    }

    async fn connection(&self, controller: BrokerId) -> Result<BrokerConnection, LinkError> {
        let snapshot = self.metadata.snapshot();
        let endpoint = snapshot.endpoint(controller, &self.listener);
        let endpoint = endpoint.ok_or_else(|| LinkError::NoListener(self.listener.clone()))?;
        let port = u16::try_from(endpoint.port).unwrap_or(0);
        let address = HostPort::new(&*endpoint.host, port);
        let mut open = self.open.lock().await;
        if let Some((target, connection)) = &*open
            && target.node_id == controller.0
            && target.address == address
            && connection.closed().is_none()
        {
            return Ok(connection.clone());
        }
        let target = Target { address, node_id: controller.0, resolved: Vec::new() };
        let connection = BrokerConnection::open(&target, &self.config)
            .await
            .map_err(|cause| LinkError::Connection { controller, cause })?;
        log::info!(target: LOG, "{}Recorded new ZK controller, from now on will use node {}:{} (id: {controller} rack: null)", self.config.log_prefix, endpoint.host, endpoint.port);
        *open = Some((target, connection.clone()));
        Ok(connection)
    }
}
