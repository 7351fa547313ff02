//! The cluster as a whole: its brokers, its controller, the brokers' log directories.

use super::{Admin, Route, item};
use crate::{ClientError, HostPort, Node, Topics, cluster::CONTROLLERS};
use rkafka_protocol::{
    ApiKey, ErrorCode, VersionRange,
    messages::{
        DescribeClusterRequest, DescribeClusterResponse, DescribeLogDirsRequest, UnregisterBrokerRequest,
        UnregisterControllerRequest, describe_log_dirs_request::DescribableLogDirTopic,
        describe_log_dirs_response::DescribeLogDirsResult,
    },
};

/// One log directory of a broker and the partitions in it.
pub use rkafka_protocol::messages::describe_log_dirs_response::DescribeLogDirsResult as LogDirs;

/// What `describeCluster` tells.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterDescription {
    pub cluster_id: Option<String>,
    pub controller: Option<i32>,
    pub nodes: Vec<Node>,
    /// The operations that the caller is allowed, as bits; `i32::MIN` if not asked for.
    pub authorized_operations: i32,
}

/// A broker and whether it is fenced: registered with a KRaft cluster, but not at work.
#[derive(Clone, Debug, PartialEq)]
pub struct BrokerEndpoint {
    pub node: Node,
    pub fenced: bool,
}

/// Asks DescribeCluster for the addresses of brokers (`EndpointType.BROKER`).
const BROKERS: i8 = 1;
/// The first version of DescribeCluster that knows fenced brokers.
const WITH_FENCED: i16 = 2;

impl Admin {
    /// The brokers, in the order of the answer; with `include_fenced` also those that are fenced, which brokers before 4.0
    /// cannot tell.
    pub async fn broker_endpoints(&self, include_fenced: bool) -> Result<Vec<BrokerEndpoint>, ClientError> {
        let attempt = || async {
            let connection = self.cluster.any().await?;
            // 3.9 knows no fenced brokers here, so the common range is too narrow.
            let own = ApiKey::DescribeCluster.facts().versions.unwrap_or(VersionRange { min: 0, max: WITH_FENCED });
            let version = connection.versions().choose_within(ApiKey::DescribeCluster, own);
            if include_fenced && !version.as_ref().is_ok_and(|version| *version >= WITH_FENCED) {
                let text = match version {
                    Ok(version) => {
                        format!("Attempted to write a non-default includeFencedBrokers at version {version}")
                    }
                    Err(error) => error.to_string(),
                };
                return Err(ClientError::UnsupportedVersion(text));
            }
            let Ok(version) = version else {
                let nodes = self.cluster_from_metadata().await?.nodes.into_iter();
                return Ok(nodes.map(|node| BrokerEndpoint { node, fenced: false }).collect());
            };
            let request = DescribeClusterRequest {
                include_fenced_brokers: include_fenced,
                endpoint_type: self.endpoint_type(),
                ..Default::default()
            };
            let response = connection.call_at(&request, version).await?;
            item(response.error_code, response.error_message.as_deref(), ())?;
            let fenced: Vec<i32> = response.brokers.iter().filter(|b| b.is_fenced).map(|b| b.broker_id).collect();
            let nodes = description(response).nodes.into_iter();
            Ok(nodes.map(|node| BrokerEndpoint { fenced: fenced.contains(&node.id), node }).collect())
        };
        self.cluster.retrying("describeCluster", self.deadline(), attempt).await
    }

    /// Has a KRaft cluster forget a broker that was taken away for good.
    pub async fn unregister_broker(&self, broker: i32) -> Result<(), ClientError> {
        let request = |_| UnregisterBrokerRequest { broker_id: broker, ..Default::default() };
        let response = self.call("unregisterBroker", Route::Any, request, |r| ErrorCode(r.error_code)).await?;
        item(response.error_code, response.error_message.as_deref(), ())
    }

    /// Takes a controller that is gone off the cluster's list (KIP-1312).
    pub async fn unregister_controller(&self, controller: i32) -> Result<(), ClientError> {
        let request = |_| UnregisterControllerRequest { controller_id: controller, ..Default::default() };
        let response = self.call("unregisterController", Route::Any, request, |r| ErrorCode(r.error_code)).await?;
        item(response.error_code, response.error_message.as_deref(), ())
    }

    /// The brokers, the controller, the cluster's id. Brokers before 2.8 are asked through Metadata.
    pub async fn describe_cluster(
        &self,
        include_authorized_operations: bool,
    ) -> Result<ClusterDescription, ClientError> {
        let attempt = || async {
            let connection = self.cluster.any().await?;
            let Ok(version) = connection.versions().choose(ApiKey::DescribeCluster) else {
                return self.cluster_from_metadata().await;
            };
            let request = DescribeClusterRequest {
                include_cluster_authorized_operations: include_authorized_operations,
                endpoint_type: self.endpoint_type(),
                ..Default::default()
            };
            let response = connection.call_at(&request, version).await?;
            item(response.error_code, response.error_message.clone().as_deref(), description(response))
        };
        self.cluster.retrying("describeCluster", self.deadline(), attempt).await
    }

    /// Whose addresses are asked for: those of brokers or of controllers.
    fn endpoint_type(&self) -> i8 {
        if self.cluster.config().of_controllers { CONTROLLERS } else { BROKERS }
    }

    async fn cluster_from_metadata(&self) -> Result<ClusterDescription, ClientError> {
        let view = self.cluster.refresh(&Topics::None).await?;
        Ok(ClusterDescription {
            cluster_id: view.cluster_id.clone(),
            controller: view.controller,
            nodes: view.nodes.values().cloned().collect(),
            authorized_operations: i32::MIN,
        })
    }

    /// The log directories of one broker; `topics` narrows the partitions (`None`: all).
    pub async fn describe_log_dirs(
        &self,
        broker: i32,
        topics: Option<Vec<DescribableLogDirTopic>>,
    ) -> Result<Vec<DescribeLogDirsResult>, ClientError> {
        let request = |_| DescribeLogDirsRequest { topics: topics.clone(), ..Default::default() };
        let response = self.call("describeLogDirs", Route::Node(broker), request, |r| ErrorCode(r.error_code)).await?;
        item(response.error_code, None, response.results)
    }
}

fn description(response: DescribeClusterResponse) -> ClusterDescription {
    let nodes = response.brokers.into_iter().filter_map(|b| {
        let port = u16::try_from(b.port).ok()?;
        Some(Node { id: b.broker_id, address: HostPort::new(b.host, port), rack: b.rack })
    });
    ClusterDescription {
        cluster_id: Some(response.cluster_id).filter(|id| !id.is_empty()),
        controller: Some(response.controller_id).filter(|id| *id >= 0),
        nodes: nodes.collect(),
        authorized_operations: response.cluster_authorized_operations,
    }
}
