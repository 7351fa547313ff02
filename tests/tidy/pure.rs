//! What a file gives up that begins with `//! Pure:`: the world outside, waiting, locks, logging, and the order in which a
//! hash map hands out what it holds (see `order`).

use crate::{
    names::Name,
    order,
    tree::{Source, Tree},
};
use std::collections::BTreeSet;

/// What it may not name, in imports or where it stands.
const OUTSIDE: &[&str] = &[
    "std::env",
    "std::fs",
    "std::io::stderr",
    "std::io::stdin",
    "std::io::stdout",
    "std::net",
    "std::os",
    "std::process",
    "std::sync::Barrier",
    "std::sync::Condvar",
    "std::sync::Mutex",
    "std::sync::RwLock",
    "std::sync::atomic",
    "std::sync::mpsc",
    "std::thread",
    "std::time::SystemTime",
    "std::time::Instant::now",
];
/// Crates that stand for one of these.
const CRATES: &[&str] = &[
    "arc_swap",
    "fastrand",
    "getrandom",
    "hyper",
    "jiff",
    "log",
    "parking_lot",
    "ring",
    "rkafka_platform",
    "rkafka_runtime",
    "rustix",
    "rustls",
    "socket2",
    "tempfile",
    "tokio",
];
/// Parts of these crates that only compute.
const COMPUTE: &[&str] = &[
    "ring::digest",
    "ring::hmac",
    "ring::pbkdf2",
    "rustls::pki_types::CertificateDer",
    "rustls::pki_types::PrivateKeyDer",
    "rustls::pki_types::PrivatePkcs1KeyDer",
    "rustls::pki_types::PrivatePkcs8KeyDer",
    "rustls::pki_types::PrivateSec1KeyDer",
];
/// Names of locks, wherever they come from.
const LOCKS: &[&str] = &["Condvar", "Mutex", "RwLock"];
const LOGS: &str = "logs: ";
const LOG_MACROS: &[&str] = &["debug", "error", "info", "log", "trace", "warn"];
/// Deciding code that tells the operator what it has decided, where it decides it. Nothing comes back from a log line, so
/// they decide the same either way; still, a new file rather gives its driver what there is to say.
const SPEAKS: &[&str] = &[
    "crates/broker/src/api_error.rs",
    "crates/broker/src/topic_creation/replica_assignment.rs",
    "crates/broker/src/topic_creation/requested.rs",
    "crates/client/src/config.rs",
    "crates/controller/src/leader_election.rs",
    "crates/controller/src/reassignment_requests.rs",
    "crates/coordinator/src/group/join.rs",
    "crates/coordinator/src/group/load.rs",
    "crates/coordinator/src/group/membership.rs",
    "crates/coordinator/src/group/rebalance.rs",
    "crates/coordinator/src/group/removal.rs",
    "crates/coordinator/src/group/shard.rs",
    "crates/coordinator/src/group/static_member.rs",
    "crates/coordinator/src/group/sync.rs",
    "crates/coordinator/src/group/turn.rs",
    "crates/log/src/producer_check.rs",
    "crates/zookeeper-server/src/connect.rs",
    "crates/zookeeper-server/src/ops/multi_read.rs",
    "crates/zookeeper-server/src/quota.rs",
    "crates/zookeeper-server/src/sasl.rs",
    "crates/zookeeper-server/src/unsent.rs",
];
const WAITS: &[&str] = &["async", "await"];
/// Parts of these that are values only.
const VALUES: &[&str] =
    &["IpAddr", "Ipv4Addr", "Ipv6Addr", "SocketAddr", "SocketAddrV4", "SocketAddrV6", "AddrParseError"];

pub fn check(tree: &Tree) -> Vec<String> {
    let mut found = BTreeSet::new();
    for package in &tree.packages_of_sources() {
        let declared = order::declared(tree, package);
        for source in tree.shipped().filter(|s| s.package == *package && s.is_pure()) {
            let mut all = named(source);
            all.retain(|(_, what)| !(what.starts_with(LOGS) && SPEAKS.contains(&source.path.as_str())));
            all.extend(order::leaks(source, &declared));
            found.extend(all.into_iter().map(|(line, what)| (source.path.clone(), line, what)));
        }
    }
    found.into_iter().map(|(path, line, what)| format!("{path}:{line} {what}")).collect()
}

pub fn stale(tree: &Tree) -> Vec<String> {
    let speaks = |path: &str| {
        let source = tree.shipped().find(|s| s.path == path && s.is_pure());
        source.is_some_and(|s| named(s).iter().any(|(_, what)| what.starts_with(LOGS)))
    };
    let computes = |part: &str| tree.shipped().any(|s| s.is_pure() && s.names().iter().any(|n| lies_in(n, part)));
    let silent = SPEAKS.iter().filter(|path| !speaks(path)).map(|path| format!("SPEAKS: {path} is silent or not pure"));
    let idle = COMPUTE.iter().filter(|part| !computes(part)).map(|part| format!("COMPUTE: nothing pure names {part}"));
    silent.chain(idle).collect()
}

/// Whether a name is `path` or lies below it.
fn lies_in(name: &Name, path: &str) -> bool {
    let parts: Vec<&str> = path.split("::").collect();
    name.path.len() >= parts.len() && name.path.iter().zip(parts).all(|(a, b)| a == b)
}

fn named(source: &Source) -> Vec<(usize, String)> {
    let names = source.names();
    // A name that a `*` may have brought in could be one of std's modules.
    let has_glob = names.iter().any(|n| n.glob && n.imported_as.is_none());
    let mut found = Vec::new();
    for name in names {
        let mut as_std = name.clone();
        as_std.path.insert(0, "std".to_string());
        if let Some(what) = refused(name).or_else(|| refused(&as_std).filter(|_| has_glob && name.path.len() > 1)) {
            found.push((name.line, what));
        }
    }
    found
}

fn refused(name: &Name) -> Option<String> {
    let last = name.path.last().map(String::as_str).unwrap_or_default();
    let is_value = name.path.iter().any(|part| VALUES.contains(&part.as_str()));
    if OUTSIDE.iter().any(|o| name.reaches(o)) && !is_value {
        return Some(format!("names {}", name.text()));
    }
    let log_macro = LOG_MACROS.contains(&last) && (name.call || (name.path.len() == 2 && name.path[0] == "log"));
    if log_macro {
        return Some(format!("{LOGS}{}!", name.text()));
    }
    // A crate is more than a word: `log` may be a variable.
    let names_crate = name.path.len() > 1 || name.glob || name.imported_as.is_some() || name.call;
    let computes = COMPUTE.iter().any(|part| lies_in(name, part));
    if names_crate && !computes && CRATES.iter().any(|c| lies_in(name, c)) {
        return Some(format!("names {}", name.text()));
    }
    if name.path.iter().any(|part| LOCKS.contains(&part.as_str())) {
        return Some(format!("has a lock: {}", name.text()));
    }
    if name.path.windows(2).any(|pair| pair == ["Instant", "now"]) || name.path.iter().any(|p| p == "SystemTime") {
        return Some(format!("reads a clock: {}", name.text()));
    }
    (name.path.len() == 1 && WAITS.contains(&last)).then(|| format!("waits: {last}"))
}
