//! How the controller reaches brokers.
//!
//! The controller decides and says what each broker must know in Kafka's own messages; who carries them is the
//! broker's business: straight into its own replicas when the target is the broker that runs the controller, over the
//! network otherwise. The driver keeps one request in flight per broker, in order, and repeats one that failed until
//! it is answered or the broker is gone.

use rkafka_protocol::messages::{
    LeaderAndIsrRequest, LeaderAndIsrResponse, StopReplicaRequest, StopReplicaResponse, UpdateMetadataRequest,
    UpdateMetadataResponse,
};
use rkafka_registry::Endpoint;
use std::future::Future;

/// The way to every live broker of the cluster.
pub trait BrokerChannels: Send + Sync + 'static {
    /// `broker` is alive at `endpoints`. Comes before the first request for it, and again when its endpoints change.
    fn broker_up(&self, broker: i32, endpoints: &[Endpoint]);

    /// `broker` is gone: give up what is on its way to it.
    fn broker_down(&self, broker: i32);

    /// Sends LeaderAndIsr (version 7 over the network). An error means that no answer came and the request is sent again.
    fn leader_and_isr(
        &self,
        broker: i32,
        request: LeaderAndIsrRequest,
    ) -> impl Future<Output = anyhow::Result<LeaderAndIsrResponse>> + Send;

    /// Sends UpdateMetadata (version 8 over the network).
    fn update_metadata(
        &self,
        broker: i32,
        request: UpdateMetadataRequest,
    ) -> impl Future<Output = anyhow::Result<UpdateMetadataResponse>> + Send;

    /// Sends StopReplica (version 4 over the network).
    fn stop_replica(
        &self,
        broker: i32,
        request: StopReplicaRequest,
    ) -> impl Future<Output = anyhow::Result<StopReplicaResponse>> + Send;
}
