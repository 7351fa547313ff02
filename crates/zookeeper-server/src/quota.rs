//! Pure: quotas. `/zookeeper/quota/<path>/zookeeper_limits` sets one on `<path>` and everything below it,
//! `zookeeper_stats` beside it counts what is there. Only with `enforceQuota` does anyone look at the limits.
//!
//! As ZooKeeper has it (`DataTree`, `StatsTrack`, `ZooKeeperServer.checkQuota`): the longest path with a limit governs a
//! node, its statistics are written without a new version or zxid, and a quota on the root itself means nothing.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::database::Database;
use super::path;
use super::tree::Tree;
use rkafka_jute::ZkError;

const TARGET: &str = "org.apache.zookeeper.server.ZooKeeperServer";
const FOLDER: &str = "/zookeeper/quota";
const LIMITS: &str = "zookeeper_limits";
const STATS: &str = "zookeeper_stats";
/// How often a write beyond a limit is logged, in ms.
const WARNING_INTERVAL_MS: i64 = 1000;

/// The paths that have limits.
#[derive(Debug, Clone, Default)]
pub struct Quotas {
    limited: BTreeSet<Box<str>>,
}

impl Quotas {
    /// The longest path with limits that `path` is or lies below.
    pub fn governing<'a>(&self, path: &'a str) -> Option<&'a str> {
        let mut at = path;
        while !self.limited.is_empty() && at != "/" {
            if self.limited.contains(at) {
                return Some(at);
            }
            at = path::parent(at);
        }
        None
    }
}

/// The path that a node below [`FOLDER`] speaks of, and the node's name.
fn subject(path: &str) -> Option<(&str, &str)> {
    let (folder, name) = path.rsplit_once('/')?;
    let subject = folder.strip_prefix(FOLDER)?;
    subject.starts_with('/').then_some((subject, name))
}

fn limits_path(subject: &str) -> String {
    format!("{FOLDER}{subject}/{LIMITS}")
}

fn stats_path(subject: &str) -> String {
    format!("{FOLDER}{subject}/{STATS}")
}

/// What stands in a node of limits or statistics: `count=5,bytes=100=;byteHardLimit=200;countHardLimit=10`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Track {
    values: BTreeMap<String, i64>,
}

impl Track {
    /// `None` where Java's parser fails.
    fn parse(data: Option<&[u8]>) -> Option<Track> {
        let text = String::from_utf8_lossy(data?);
        let text = text.trim_end_matches([',', ';']);
        let mut values = BTreeMap::new();
        if text.is_empty() {
            return Some(Track { values });
        }
        let mut last_was_empty = false;
        for (position, pair) in text.split([',', ';']).enumerate() {
            // Several separators are one, but not at the beginning.
            let is_empty = pair.is_empty();
            if is_empty && position > 0 {
                continue;
            }
            last_was_empty |= is_empty;
            let mut parts = pair.split('=');
            let (key, value) = (parts.next()?, parts.next()?);
            let value = match value {
                "" if parts.any(|part| !part.is_empty()) => -1,
                value => value.parse().ok()?,
            };
            values.insert(key.to_owned(), value);
        }
        (!last_was_empty).then_some(Track { values })
    }

    fn of(&self, key: &str) -> i64 {
        self.values.get(key).copied().unwrap_or(-1)
    }

    fn count(&self) -> i64 {
        self.of("count")
    }

    fn bytes(&self) -> i64 {
        self.of("bytes")
    }

    fn set(&mut self, count: i64, bytes: i64) {
        self.values.insert("count".to_owned(), count);
        self.values.insert("bytes".to_owned(), bytes);
    }

    fn to_data(&self) -> Bytes {
        let mut text = format!("count={},bytes={}", self.count(), self.bytes());
        let others: Vec<String> = self
            .values
            .iter()
            .filter(|(key, _)| !matches!(key.as_str(), "count" | "bytes"))
            .map(|(key, value)| format!(";{key}={value}"))
            .collect();
        if !others.is_empty() {
            text.push('=');
            others.iter().for_each(|other| text.push_str(other));
        }
        text.into()
    }
}

/// A node was created with so many bytes of data.
pub fn created(database: &mut Database, created: &str, bytes: usize) {
    if let Some((subject, name)) = subject(created) {
        match name {
            LIMITS => drop(database.quotas.limited.insert(subject.into())),
            STATS => recount(&mut database.tree, subject),
            _ => {}
        }
    }
    changed(database, created, signed(bytes), 1);
}

/// A node with so many bytes of data was deleted.
pub fn deleted(database: &mut Database, deleted: &str, bytes: usize) {
    if let Some((subject, LIMITS)) = subject(deleted) {
        database.quotas.limited.remove(subject);
    }
    changed(database, deleted, -signed(bytes), -1);
}

/// What lies at or below a path with limits changed by so much.
pub fn changed(database: &mut Database, changed: &str, bytes: i64, count: i64) {
    let Some(governing) = database.quotas.governing(changed) else { return };
    let stats = stats_path(governing);
    let Some(node) = database.tree.get(&stats) else {
        log::error!(target: "org.apache.zookeeper.server.DataTree", "Missing node for stat {stats}");
        return;
    };
    let Some(mut track) = Track::parse(node.data()) else {
        log::error!(target: "org.apache.zookeeper.server.DataTree", "{stats} does not hold statistics of a quota");
        return;
    };
    track.set(track.count().wrapping_add(count), track.bytes().wrapping_add(bytes));
    database.tree.replace_data(&stats, track.to_data());
}

fn signed(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// Writes statistics from what there is.
fn recount(tree: &mut Tree, subject: &str) {
    let (mut count, mut bytes) = (0, 0);
    let mut rest = vec![subject.to_owned()];
    while let Some(path) = rest.pop() {
        let Some(node) = tree.get(&path) else { continue };
        count += 1;
        bytes += signed(node.data().map_or(0, <[u8]>::len));
        rest.extend(node.children().map(|name| path::child(&path, name)));
    }
    let mut track = Track::default();
    track.set(count, bytes);
    tree.replace_data(&stats_path(subject), track.to_data());
}

/// Finds the limits in a tree that was just loaded, and counts anew.
pub fn set_up(database: &mut Database) {
    let mut limited: BTreeSet<Box<str>> = BTreeSet::new();
    let mut rest = vec![FOLDER.to_owned()];
    while let Some(path) = rest.pop() {
        let Some(node) = database.tree.get(&path) else { continue };
        rest.extend(node.children().map(|name| path::child(&path, name)));
        if let Some((subject, LIMITS)) = subject(&path).filter(|_| node.child_count() == 0) {
            limited.insert(subject.into());
        }
    }
    for subject in &limited {
        recount(&mut database.tree, subject);
    }
    database.quotas = Quotas { limited };
}

/// A write that is about to be done.
#[derive(Debug, Clone, Copy)]
pub struct Growth<'a> {
    pub path: &'a str,
    pub bytes: i64,
    pub count: i64,
}

impl Growth<'_> {
    pub fn creation<'a>(path: &'a str, data: Option<&Bytes>) -> Growth<'a> {
        Growth { path, bytes: signed(data.map_or(0, Bytes::len)), count: 1 }
    }

    pub(crate) fn of_data<'a>(path: &'a str, before: Option<&Bytes>, after: Option<&Bytes>) -> Growth<'a> {
        Growth { path, bytes: signed(after.map_or(0, Bytes::len)) - signed(before.map_or(0, Bytes::len)), count: 0 }
    }
}

/// Fails when a hard limit would be passed; passing a soft one is logged. `warned_ms` is when something was logged last.
pub fn check(database: &Database, growth: Growth<'_>, now_ms: i64, warned_ms: &mut i64) -> Result<(), ZkError> {
    let Some(governing) = database.quotas.governing(growth.path) else { return Ok(()) };
    let Some(limits) = database.tree.get(&limits_path(governing)) else { return Ok(()) };
    // Java's parser throws at what it cannot read, which a client sees as a failed request.
    let limits = Track::parse(limits.data()).ok_or(ZkError::MARSHALLING_ERROR)?;
    let effective = |soft: &str, hard: &str| match limits.of(hard) {
        hard if hard > -1 => (hard, true),
        _ => (limits.of(soft), false),
    };
    let checks = [
        ("count", growth.count, effective("count", "countHardLimit")),
        ("bytes", growth.bytes, effective("bytes", "byteHardLimit")),
    ];
    let asked = checks.iter().filter(|(_, diff, (limit, _))| *diff != 0 && *limit > -1);
    let asked: Vec<_> = asked.collect();
    if asked.is_empty() {
        return Ok(());
    }
    let Some(stats) = database.tree.get(&stats_path(governing)) else { return Ok(()) };
    let stats = Track::parse(stats.data()).ok_or(ZkError::MARSHALLING_ERROR)?;
    for (what, diff, (limit, is_hard)) in asked {
        let after = stats.of(what).saturating_add(*diff);
        if after <= *limit {
            continue;
        }
        if now_ms - *warned_ms >= WARNING_INTERVAL_MS {
            *warned_ms = now_ms;
            let kind = if *is_hard { "hard" } else { "soft" };
            let limited = if *what == "count" { "CountLimit" } else { "ByteLimit" };
            log::warn!(target: TARGET, "Quota exceeded: {governing} [current {what}={after}, {kind}{limited}={limit}]");
        }
        if *is_hard {
            return Err(ZkError::QUOTA_EXCEEDED);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<Track> {
        Track::parse(Some(text.as_bytes()))
    }

    #[test]
    fn tracks_read_and_write_as_in_java() {
        let track = parse("count=5,bytes=100=;countHardLimit=10;byteHardLimit=200").unwrap();
        assert_eq!((track.count(), track.bytes(), track.of("countHardLimit")), (5, 100, 10));
        assert_eq!(track.to_data(), "count=5,bytes=100=;byteHardLimit=200;countHardLimit=10");
        assert_eq!(parse("").unwrap().to_data(), "count=-1,bytes=-1");
        assert_eq!(parse("count=3,;bytes=-1;").unwrap().to_data(), "count=3,bytes=-1");
        for bad in ["count", "count=", "count=x", ",count=1", "count=1,bytes", "x"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        assert_eq!(Track::parse(None), None);
    }

    #[test]
    fn the_longest_limited_path_governs() {
        let quotas = Quotas { limited: ["/a".into(), "/a/b".into()].into() };
        assert_eq!(quotas.governing("/a/b/c"), Some("/a/b"));
        assert_eq!(quotas.governing("/a/bc"), Some("/a"));
        assert_eq!(quotas.governing("/ab"), None);
        assert_eq!(subject("/zookeeper/quota/a/zookeeper_limits"), Some(("/a", LIMITS)));
        assert_eq!(subject("/zookeeper/quota/zookeeper_limits"), None);
        assert_eq!(subject("/zookeeper/quotas/a/zookeeper_limits"), None);
    }
}
