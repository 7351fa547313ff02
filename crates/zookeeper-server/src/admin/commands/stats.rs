//! `server_stats` and `stats`: the server in figures; `stats` lists the connections too.

use super::{Answer, Call, connections};
use crate::admin::json::Json;
use crate::figures::{VERSION, dirs};
use crate::metrics::node_count;
use crate::stats::Stats;

pub fn server_stats(call: &Call<'_>) -> Answer {
    Answer::new("server_stats", fields(call))
}

pub fn stats(call: &Call<'_>) -> Answer {
    let mut fields = fields(call);
    fields.extend(connections::fields(call.shared, false));
    Answer::new("stats", fields)
}

fn fields(call: &Call<'_>) -> Vec<(&'static str, Json)> {
    let (data_size, log_size) = dirs::sizes(&call.shared.config);
    let uptime_ms = call.shared.started.elapsed().as_millis();
    let state = call.shared.state.lock();
    let (core, stats) = (&state.core, &state.core.stats);
    let server = Json::object([
        ("packets_sent", Json::count(stats.packets_sent)),
        ("packets_received", Json::count(stats.packets_received)),
        ("fsync_threshold_exceed_count", Json::count(stats.slow_fsyncs)),
        ("client_response_stats", response_sizes(stats)),
        ("data_dir_size", Json::count(data_size)),
        ("log_dir_size", Json::count(log_size)),
        ("provider_null", Json::Flag(false)),
        ("last_processed_zxid", Json::Whole(core.database.last_zxid)),
        ("outstanding_requests", Json::count(core.outstanding())),
        ("server_state", Json::text("standalone")),
        ("avg_latency", Json::Real(stats.latency.rounded_average())),
        ("max_latency", Json::Whole(stats.latency.max_ms)),
        ("min_latency", Json::Whole(stats.latency.min_ms())),
        ("num_alive_client_connections", Json::count(core.connections.len())),
        ("uptime", Json::count(uptime_ms)),
        ("auth_failed_count", Json::count(stats.auth_failures)),
        ("non_mtlsremote_conn_count", Json::Whole(0)),
        ("non_mtlslocal_conn_count", Json::Whole(0)),
    ]);
    vec![
        ("version", Json::text(VERSION)),
        ("read_only", Json::Flag(false)),
        ("server_stats", server),
        ("client_response", response_sizes(stats)),
        ("node_count", Json::count(node_count(&core.database.tree))),
    ]
}

fn response_sizes(stats: &Stats) -> Json {
    let size = |size: Option<usize>| size.map_or(Json::Whole(-1), Json::count);
    Json::object([
        ("last_buffer_size", size(stats.response_size.map(|(last, ..)| last))),
        ("min_buffer_size", size(stats.response_size.map(|(_, min, _)| min))),
        ("max_buffer_size", size(stats.response_size.map(|(.., max)| max))),
    ])
}
