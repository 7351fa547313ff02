//! The administrative client (Kafka's `AdminClient`). One file per kind of thing that it administers.
//!
//! Each call retries what may pass (no controller, a broker down) until `default.api.timeout.ms`, and gives back one
//! result per thing it was asked about, with the broker's error code and text. Requests and results are the wire's own
//! structs where those say it plainly.

mod acls;
mod cluster;
mod configs;
mod consumer_groups;
mod delegation_tokens;
mod features;
mod groups;
mod log_dirs;
mod offsets;
mod quorum;
mod quotas;
mod reassignments;
mod scram;
mod share_groups;
mod streams_groups;
mod topics;
mod transactions;

pub use cluster::{BrokerEndpoint, ClusterDescription, LogDirs};
pub use configs::{ConfigChange, ConfigOperation, ConfigResource, ResourceKind};
pub use consumer_groups::{ConsumerGroup, GroupMember};
pub use delegation_tokens::{DelegationToken, Principal};
pub use features::{Feature, FeatureChange, Features};
pub use groups::{CommittedOffset, GroupListing};
pub(crate) use groups::{commit_topics, committed_offsets, offset_fetch_error, offset_fetch_request};
pub use offsets::{FoundOffset, OffsetSpec, list_offsets_once};
pub use quorum::{Quorum, QuorumReplica, RaftEndpoint};
pub use quotas::{ClientQuotas, QuotaMatch};
pub use reassignments::ElectionKind;
pub use scram::NewScramCredential;
pub use share_groups::{ByTopic, ShareGroup, ShareGroupMember, ShareOffset};
pub use streams_groups::{
    Assignment, StoredTopology, StreamsGroup, StreamsGroupMember, Subtopology, TaskIds, TopologyDescription,
    TopologyDescriptionNode,
};
pub use topics::{NewPartitions, NewTopic, TopicListing};
pub use transactions::{
    OpenTransaction, PartitionProducer, TransactionDescription, TransactionFilter, TransactionListing,
};

use super::{
    BrokerConnection, ClientConfig, ClientError, ClientKind, Cluster, Properties,
    cluster::CoordinatorKind,
    config::{default_client_id, warn_unknown},
};
use rkafka_protocol::{ErrorCode, Request};
use std::time::Duration;
use tokio::time::Instant;

/// What became of one of the things that a call was about.
pub type ItemResult<T> = Result<T, ClientError>;

/// A handle for administrative calls; clones share connections.
#[derive(Clone)]
pub struct Admin {
    cluster: Cluster,
    timeout: Duration,
}

/// Which broker a call goes to.
#[derive(Clone, Debug, PartialEq)]
enum Route {
    Any,
    Controller,
    Node(i32),
    Group(String),
}

impl Admin {
    /// An admin client for the given properties (`bootstrap.servers` and what `--command-config` holds). Unknown ones are
    /// warned about.
    pub async fn new(properties: &Properties) -> Result<Admin, ClientError> {
        warn_unknown(ClientKind::Admin, properties);
        let config = ClientConfig::read(ClientKind::Admin, properties, default_client_id(ClientKind::Admin))?;
        Ok(Admin::over(Cluster::connect(config).await?))
    }

    /// An admin client with Kafka's defaults.
    pub async fn connect(bootstrap_servers: &str) -> Result<Admin, ClientError> {
        Ok(Admin::over(Cluster::connect(ClientConfig::of(ClientKind::Admin, bootstrap_servers)?).await?))
    }

    /// An admin client that shares the connections of another client.
    pub fn over(cluster: Cluster) -> Admin {
        let timeout = cluster.config().default_api_timeout;
        Admin { cluster, timeout }
    }

    /// The same client with another bound for whole calls, in place of `default.api.timeout.ms`.
    pub fn with_timeout(mut self, timeout: Duration) -> Admin {
        self.timeout = timeout;
        self
    }

    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    fn deadline(&self) -> Instant {
        Instant::now() + self.timeout
    }

    /// What a request that the broker may work on for a while carries as its own timeout.
    fn operation_timeout_ms(&self) -> i32 {
        let most = self.timeout.min(self.cluster.config().request_timeout);
        i32::try_from(most.as_millis()).unwrap_or(i32::MAX)
    }

    /// Refuses what Kafka's clients do not ask controllers for (`UnsupportedEndpointTypeException`).
    fn only_of_brokers(&self) -> Result<(), ClientError> {
        if self.cluster.config().of_controllers {
            let message = "This Admin API is not yet supported when communicating directly with the controller quorum.";
            return Err(ClientError::broker(ErrorCode::UNSUPPORTED_ENDPOINT_TYPE, Some(message)));
        }
        Ok(())
    }

    async fn connection(&self, route: &Route) -> Result<BrokerConnection, ClientError> {
        match route {
            // Of controllers, only the active one does anything.
            Route::Any if self.cluster.config().of_controllers => self.cluster.controller().await,
            Route::Any => self.cluster.any().await,
            Route::Controller => self.cluster.controller().await,
            Route::Node(id) => self.cluster.node(*id).await,
            Route::Group(group) => Ok(self.cluster.coordinator(CoordinatorKind::Group, group).await?.1),
        }
    }

    /// Sends what `request` makes for the negotiated version, again and again while `failure` finds a code in the answer
    /// that may pass.
    async fn call<R: Request>(
        &self,
        name: &str,
        route: Route,
        request: impl Fn(i16) -> R,
        failure: impl Fn(&R::Response) -> ErrorCode,
    ) -> Result<R::Response, ClientError> {
        let attempt = || async {
            let connection = self.connection(&route).await?;
            let version = connection.versions().choose(R::KEY)?;
            let response = connection.call_at(&request(version), version).await?;
            match failure(&response) {
                code if code.is_retriable() => Err(ClientError::broker(code, None)),
                _ => Ok(response),
            }
        };
        self.cluster.retrying(name, self.deadline(), attempt).await
    }
}

/// NOT_CONTROLLER if it is among `codes`: then none of the items was worked on, and all may be sent again.
fn not_controller(mut codes: impl Iterator<Item = i16>) -> ErrorCode {
    if codes.any(|c| c == ErrorCode::NOT_CONTROLLER.0) { ErrorCode::NOT_CONTROLLER } else { ErrorCode::NONE }
}

/// `value`, or the error that an answer carries for it.
fn item<T>(code: i16, message: Option<&str>, value: T) -> ItemResult<T> {
    match ErrorCode(code).ok() {
        Ok(()) => Ok(value),
        Err(code) => Err(ClientError::broker(code, message)),
    }
}
