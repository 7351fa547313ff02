//! Pure: figures that are looked up when somebody asks (`ZooKeeperServer.registerMetrics`), in the order of `mntr`.

use std::collections::BTreeMap;

use super::namespaces::top;
use crate::core::Core;
use crate::tree::Tree;

/// The subtree of quotas, and its leaves.
const QUOTAS: &str = "/zookeeper/quota";
const LIMITS: &str = "/zookeeper_limits";
const USAGE: &str = "/zookeeper_stats";

/// What the core does not know of itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Process {
    pub uptime_ms: i64,
    /// Open and allowed file descriptors; −1 where the system does not say.
    pub open_files: i64,
    pub max_files: i64,
}

/// One gauge's value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Gauge {
    Whole(i64),
    Real(f64),
}

/// All gauges.
#[derive(Debug, Default)]
pub struct Gauges {
    pub single: Vec<(&'static str, Gauge)>,
    /// Gauges that have one value per namespace.
    pub sets: Vec<(&'static str, BTreeMap<String, i64>)>,
}

/// The nodes as Apache ZooKeeper counts them: it keeps the root under two names.
pub fn node_count(tree: &Tree) -> usize {
    tree.len() + 1
}

/// Looks at everything there is.
pub fn gauges(core: &Core, process: Process) -> Gauges {
    use Gauge::{Real, Whole};
    let stats = &core.stats;
    let tree = &core.database.tree;
    let count = |count: usize| Whole(i64::try_from(count).unwrap_or(i64::MAX));
    let (last, min, max) =
        stats.response_size.map_or((-1, -1, -1), |(last, min, max)| (last as i64, min as i64, max as i64));
    let ephemerals: usize = tree.ephemerals().values().map(|paths| paths.len()).sum();
    let single = vec![
        ("ephemerals_count", count(ephemerals)),
        ("num_alive_connections", count(core.connections.len())),
        ("avg_latency", Real(stats.latency.rounded_average())),
        ("outstanding_requests", count(core.outstanding())),
        ("znode_count", count(node_count(tree))),
        ("global_sessions", count(core.sessions.len())),
        ("non_mtls_remote_conn_count", Whole(0)),
        ("last_client_response_size", Whole(last)),
        ("packets_sent", Whole(stats.packets_sent as i64)),
        ("packets_received", Whole(stats.packets_received as i64)),
        ("max_client_response_size", Whole(max)),
        ("connection_drop_probability", Real(0.0)),
        ("watch_count", count(core.watches.data.len() + core.watches.child.len())),
        ("auth_failed_count", Whole(stats.auth_failures as i64)),
        ("min_latency", Whole(stats.latency.min_ms())),
        ("max_file_descriptor_count", Whole(process.max_files)),
        ("approximate_data_size", Whole(tree.data_size() as i64)),
        ("open_file_descriptor_count", Whole(process.open_files)),
        ("local_sessions", Whole(0)),
        ("uptime", Whole(process.uptime_ms)),
        ("max_latency", Whole(stats.latency.max_ms)),
        ("outstanding_tls_handshake", Whole(0)),
        ("min_client_response_size", Whole(min)),
        ("non_mtls_local_conn_count", Whole(0)),
    ];
    Gauges { single, sets: quotas(core) }
}

/// Limits and use of the quotas by namespace (`QuotaMetricsUtils`).
fn quotas(core: &Core) -> Vec<(&'static str, BTreeMap<String, i64>)> {
    let mut sets = [
        ("quota_bytes_limit_per_namespace", BTreeMap::new()),
        ("quota_count_usage_per_namespace", BTreeMap::new()),
        ("quota_count_limit_per_namespace", BTreeMap::new()),
        ("quota_bytes_usage_per_namespace", BTreeMap::new()),
    ];
    let mut add = |set: usize, namespace: &str, amount: i64| {
        *sets[set].1.entry(namespace.to_owned()).or_default() += amount;
    };
    let mut waiting = vec![QUOTAS.to_owned()];
    while let Some(path) = waiting.pop() {
        let Some(node) = core.database.tree.get(&path) else { continue };
        let below: Vec<String> = node.children().map(|name| format!("{path}/{name}")).collect();
        let is_leaf = below.is_empty();
        waiting.extend(below);
        let (Some(data), Some(quoted)) = (node.data().filter(|_| is_leaf), path.strip_prefix(QUOTAS)) else {
            continue;
        };
        let quota = Quota::parse(data);
        if let Some(namespace) = quoted.strip_suffix(LIMITS).and_then(top) {
            add(0, namespace, if quota.hard_bytes > -1 { quota.hard_bytes } else { quota.bytes });
            add(2, namespace, if quota.hard_count > -1 { quota.hard_count } else { quota.count });
        } else if let Some(namespace) = quoted.strip_suffix(USAGE).and_then(top) {
            add(1, namespace, quota.count);
            add(3, namespace, quota.bytes);
        }
    }
    sets.into()
}

/// What stands in a node of limits or of use; −1 is what is not said.
#[derive(Debug, PartialEq, Eq)]
struct Quota {
    count: i64,
    bytes: i64,
    hard_count: i64,
    hard_bytes: i64,
}

impl Quota {
    /// `count=5,bytes=100;byteHardLimit=200;countHardLimit=10`, in any order. Garbage is not said.
    fn parse(data: &[u8]) -> Quota {
        let mut quota = Quota { count: -1, bytes: -1, hard_count: -1, hard_bytes: -1 };
        let text = String::from_utf8_lossy(data);
        for (key, value) in text.split([',', ';']).filter_map(|word| word.split_once('=')) {
            let Ok(value) = value.trim().parse() else { continue };
            match key.trim() {
                "count" => quota.count = value,
                "bytes" => quota.bytes = value,
                "countHardLimit" => quota.hard_count = value,
                "byteHardLimit" => quota.hard_bytes = value,
                _ => {}
            }
        }
        quota
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_are_read_whatever_their_order() {
        let quota = Quota::parse(b"count=5,bytes=1000;byteHardLimit=2000,countHardLimit=x");
        assert_eq!(quota, Quota { count: 5, bytes: 1000, hard_count: -1, hard_bytes: 2000 });
        assert_eq!(Quota::parse(&[0xff, b'=', 0]).count, -1);
    }
}
