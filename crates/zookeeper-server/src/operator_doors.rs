//! Opening the doors for operators: the AdminServer and the Prometheus page. Their ports are taken before the client's,
//! as in Apache ZooKeeper, so that a server never serves clients without the doors that were asked for.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::metrics::{self, Metrics};
use super::shared::Shared;
use super::{admin, prometheus_page};
use rkafka_config::{AdminConfig, PrometheusConfig, ZooKeeperConfig};
use rkafka_runtime::tasks::essential::{self, Task};

/// Ports that are taken.
pub struct OperatorDoors {
    admin: Option<(AdminConfig, TcpListener)>,
    prometheus: Option<(PrometheusConfig, TcpListener)>,
}

/// Doors that answer.
pub struct Open {
    pub tasks: Vec<JoinHandle<()>>,
    pub admin: Option<SocketAddr>,
    pub metrics: Option<SocketAddr>,
}

impl OperatorDoors {
    /// Takes the ports. The error of the AdminServer is an [`admin::AdminServerError`].
    pub async fn bind(config: &ZooKeeperConfig) -> Result<OperatorDoors> {
        let prometheus = match &config.doors.prometheus {
            Some(config) => Some((config.clone(), prometheus_page::bind(config).await?)),
            None => None,
        };
        let admin = match &config.doors.admin {
            Some(config) => Some((config.clone(), admin::bind(config).await?)),
            None => None,
        };
        Ok(OperatorDoors { admin, prometheus })
    }

    /// Metrics for this configuration, with what loading the data took.
    pub fn metrics(&self, load_time: Duration, replayed: u64) -> Metrics {
        let mut metrics = Metrics::new(self.prometheus.is_some());
        metrics.record(metrics::DB_INIT_TIME, i64::try_from(load_time.as_millis()).unwrap_or(i64::MAX));
        metrics.record(metrics::STARTUP_TXNS_LOADED, i64::try_from(replayed).unwrap_or(i64::MAX));
        metrics
    }

    /// Begins to answer.
    pub fn open(self, shared: &Arc<Shared>) -> Open {
        let mut open = Open { tasks: Vec::new(), admin: None, metrics: None };
        if let Some((config, listener)) = self.admin {
            open.admin = listener.local_addr().ok();
            let port = open.admin.map_or(config.address.port(), |address| address.port());
            log::info!(
                target: admin::TARGET,
                "Started AdminServer on address {}, port {port} and command URL {}",
                config.address.ip(), config.command_url
            );
            open.tasks.push(essential::spawn(Task::AdminServer, admin::serve(shared.clone(), config, listener)));
        }
        if let Some((config, listener)) = self.prometheus {
            open.metrics = listener.local_addr().ok();
            let serving = prometheus_page::serve(shared.clone(), config, listener);
            open.tasks.push(essential::spawn(Task::PrometheusPage, serving));
        }
        open
    }
}
