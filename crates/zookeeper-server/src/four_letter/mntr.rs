//! `mntr`: the figures that exporters read, one `zk_<name>` and value to a line.

use std::fmt::Write as _;

use super::{Question, VERSION};
use crate::metrics::{self, Figure, Process, java_double};
use crate::shared::Shared;

pub fn answer(question: &Question<'_>) -> String {
    let mut text = format!("zk_version\t{VERSION}\nzk_server_state\tstandalone\n");
    for (name, figure) in figures(question.shared) {
        let value = match figure {
            Figure::Whole(value) => value.to_string(),
            Figure::Real(value) => java_double(value),
        };
        let _infallible = writeln!(text, "zk_{name}\t{value}");
    }
    text
}

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
