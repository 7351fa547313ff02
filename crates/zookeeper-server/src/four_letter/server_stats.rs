//! `srvr` and `stat`: the server in nine lines; `stat` lists the clients too.

use super::{Question, connections};
use crate::figures::VERSION;
use crate::metrics::{java_double, node_count};
use crate::shared::State;

pub fn srvr(question: &Question<'_>) -> String {
    question.with_state(|state| format!("{}{}", version_line(), summary(state)))
}

pub fn stat(question: &Question<'_>) -> String {
    question.with_state(|state| {
        let clients = state.core.connections.values().map(|connection| connections::brief(connection) + ")\n");
        format!("{}Clients:\n{}\n{}", version_line(), clients.collect::<String>(), summary(state))
    })
}

fn version_line() -> String {
    format!("Zookeeper version: {VERSION}\n")
}

fn summary(state: &State) -> String {
    let core = &state.core;
    let stats = &core.stats;
    format!(
        "Latency min/avg/max: {}/{}/{}\nReceived: {}\nSent: {}\nConnections: {}\nOutstanding: {}\nZxid: 0x{:x}\n\
         Mode: standalone\nNode count: {}\n",
        stats.latency.min_ms(),
        java_double(stats.latency.rounded_average()),
        stats.latency.max_ms,
        stats.packets_received,
        stats.packets_sent,
        core.connections.len(),
        core.outstanding(),
        core.database.last_zxid,
        node_count(&core.database.tree),
    )
}
