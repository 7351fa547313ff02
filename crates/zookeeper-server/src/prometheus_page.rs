//! `/metrics` of the Prometheus provider (`metricsProvider.className=…PrometheusMetricsProvider`), on a port of its own.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use hyper::Method;
use tokio::net::TcpListener;

use super::figures::monitor;
use super::http::{self, Reply, Request, Site, error_page};
use super::metrics::{self, PROCESS};
use super::shared::Shared;
use rkafka_config::PrometheusConfig;
use rkafka_runtime::tasks::essential::End;

const TARGET: &str = "org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider";
const PATH: &str = "/metrics";
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
/// A connection without traffic for this long is closed.
const IDLE: Duration = Duration::from_secs(30);

#[derive(Debug)]
struct Page {
    shared: Arc<Shared>,
    process_figures: bool,
}

/// Takes the port.
pub async fn bind(config: &PrometheusConfig) -> Result<TcpListener> {
    log::info!(
        target: TARGET,
        "Starting /metrics HTTP endpoint at host: {}, port: {}, exportJvmInfo: {}",
        config.address.ip(), config.address.port(), config.process_figures
    );
    let advice =
        || format!("cannot boot the metrics provider: cannot listen on {} (metricsProvider.httpPort)", config.address);
    TcpListener::bind(config.address).await.with_context(advice)
}

/// Serves until the server stops.
pub async fn serve(shared: Arc<Shared>, config: PrometheusConfig, listener: TcpListener) -> End {
    let stopping = shared.stopping.subscribe();
    let page = Page { shared, process_figures: config.process_figures };
    http::serve(listener, Arc::new(page), IDLE, stopping).await
}

impl Site for Page {
    async fn answer(&self, request: Request) -> Reply {
        if request.path != PATH {
            return error_page(404, "Not Found", &request.path);
        }
        if ![Method::GET, Method::HEAD, Method::POST].contains(&request.method) {
            return Reply::empty(405);
        }
        let wanted = request.query.iter().filter(|(key, _)| key == "name[]").map(|(_, name)| name.clone());
        let wanted: Vec<String> = wanted.collect();
        let figures = if self.process_figures { process_figures() } else { Vec::new() };
        let process = monitor::process(&self.shared);
        let text = {
            let mut state = self.shared.state.lock();
            state.core.stats.metrics.at(process.uptime_ms);
            metrics::text(&metrics::gauges(&state.core, process), &state.core.stats.metrics, &figures, &wanted)
        };
        Reply::new(200, CONTENT_TYPE, text)
    }
}

/// The values of [`PROCESS`]; nothing where the system does not tell.
fn process_figures() -> Vec<f64> {
    let figures = || -> Option<Vec<f64>> {
        let process = rkafka_platform::process_figures()?;
        let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
        Some(vec![
            process.cpu_seconds,
            process.started_seconds,
            rkafka_platform::open_descriptors()? as f64,
            limit.map_or(f64::INFINITY, |limit| limit as f64),
            process.virtual_bytes,
            process.resident_bytes,
        ])
    };
    let figures = figures().unwrap_or_default();
    debug_assert!(figures.is_empty() || figures.len() == PROCESS.len());
    figures
}
