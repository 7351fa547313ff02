//! How this broker's controller reaches brokers: itself without a detour over the network.

use super::controller_requests::ControllerRequests;
use crate::controller::BrokerChannels;
use crate::protocol::messages::{
    LeaderAndIsrRequest, LeaderAndIsrResponse, StopReplicaRequest, StopReplicaResponse, UpdateMetadataRequest,
    UpdateMetadataResponse,
};
use crate::registry::Endpoint;
use anyhow::bail;
use std::sync::Arc;

/// The version of LeaderAndIsr whose fields the controller fills.
const LEADER_AND_ISR: i16 = 7;

/// The channels of a controller whose cluster is this one broker.
pub struct LocalChannels(pub Arc<ControllerRequests>);

impl LocalChannels {
    fn check(&self, broker: i32) -> anyhow::Result<()> {
        if broker != self.0.local.broker.0 {
            bail!("broker {broker} is not this broker, and replication between brokers is not served");
        }
        Ok(())
    }
}

impl BrokerChannels for LocalChannels {
    fn broker_up(&self, _broker: i32, _endpoints: &[Endpoint]) {}

    fn broker_down(&self, _broker: i32) {}

    async fn leader_and_isr(&self, broker: i32, request: LeaderAndIsrRequest) -> anyhow::Result<LeaderAndIsrResponse> {
        self.check(broker)?;
        Ok(self.0.leader_and_isr(request, LEADER_AND_ISR).await)
    }

    async fn update_metadata(
        &self,
        broker: i32,
        request: UpdateMetadataRequest,
    ) -> anyhow::Result<UpdateMetadataResponse> {
        self.check(broker)?;
        Ok(self.0.update_metadata(request).await)
    }

    async fn stop_replica(&self, broker: i32, request: StopReplicaRequest) -> anyhow::Result<StopReplicaResponse> {
        self.check(broker)?;
        Ok(self.0.stop_replica(request).await)
    }
}
