//! `mntr`: the figures that exporters read, one `zk_<name>` and value to a line.

use std::fmt::Write as _;
use std::fs;

use super::{Question, VERSION, average};

pub fn answer(question: &Question<'_>) -> String {
    let uptime_ms = question.shared.started.elapsed().as_millis();
    let (open_files, max_files) = file_descriptors();
    let lines = question.with_state(|state| {
        let (core, stats) = (&state.core, &state.core.stats);
        let (last, min, max) =
            stats.response_size.map_or((-1, -1, -1), |(last, min, max)| (last as i64, min as i64, max as i64));
        let tree = &core.database.tree;
        let watches = core.watches.data.len() + core.watches.child.len();
        let ephemerals: usize = tree.ephemerals().values().map(|paths| paths.len()).sum();
        [
            ("version", VERSION.to_owned()),
            ("server_state", "standalone".to_owned()),
            ("ephemerals_count", ephemerals.to_string()),
            ("num_alive_connections", core.connections.len().to_string()),
            ("avg_latency", average(stats.latency.average_ms())),
            ("outstanding_requests", core.outstanding().to_string()),
            ("znode_count", tree.len().to_string()),
            ("global_sessions", core.sessions.len().to_string()),
            ("non_mtls_remote_conn_count", "0".to_owned()),
            ("last_client_response_size", last.to_string()),
            ("packets_sent", stats.packets_sent.to_string()),
            ("packets_received", stats.packets_received.to_string()),
            ("max_client_response_size", max.to_string()),
            ("connection_drop_probability", "0.0".to_owned()),
            ("watch_count", watches.to_string()),
            ("auth_failed_count", stats.auth_failures.to_string()),
            ("min_latency", stats.latency.min_ms().to_string()),
            ("max_file_descriptor_count", max_files.to_string()),
            ("approximate_data_size", tree.data_size().to_string()),
            ("open_file_descriptor_count", open_files.to_string()),
            ("local_sessions", "0".to_owned()),
            ("uptime", uptime_ms.to_string()),
            ("max_latency", stats.latency.max_ms.to_string()),
            ("outstanding_tls_handshake", "0".to_owned()),
            ("min_client_response_size", min.to_string()),
            ("non_mtls_local_conn_count", "0".to_owned()),
            ("stale_sessions_expired", stats.expired_sessions.to_string()),
            ("bytes_received_count", stats.bytes_received.to_string()),
        ]
    });
    lines.iter().fold(String::new(), |mut text, (key, value)| {
        let _infallible = writeln!(text, "zk_{key}\t{value}");
        text
    })
}

/// Open and allowed; −1 where the system does not say.
fn file_descriptors() -> (i64, i64) {
    let open = fs::read_dir("/proc/self/fd").map_or(-1, |entries| entries.count() as i64);
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    (open, limit.and_then(|limit| i64::try_from(limit).ok()).unwrap_or(-1))
}
