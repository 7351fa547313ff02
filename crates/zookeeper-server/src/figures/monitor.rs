//! The figures that exporters read.

use crate::metrics::{self, Figure, Process};
use crate::shared::Shared;

/// Every figure with its name.
pub fn figures(shared: &Shared) -> Vec<(String, Figure)> {
    let process = process(shared);
    let state = shared.state.lock();
    metrics::plain(&metrics::gauges(&state.core, process), &state.core.stats.metrics)
}

/// What there is to know of the process.
pub fn process(shared: &Shared) -> Process {
    let open = rkafka_platform::open_descriptors().and_then(|open| i64::try_from(open).ok());
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    Process {
        uptime_ms: i64::try_from(shared.started.elapsed().as_millis()).unwrap_or(i64::MAX),
        open_files: open.unwrap_or(-1),
        max_files: limit.and_then(|limit| i64::try_from(limit).ok()).unwrap_or(-1),
    }
}
