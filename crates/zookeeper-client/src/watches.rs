//! Pure: the watches of a session, which the client must set again whenever it changes servers.
//!
//! The server keeps one data table, for getData and exists alike, and one child table. The client tells watches of
//! absent nodes apart, because the server has to know after a reconnect whether a node's presence is news. Watches of
//! addWatch stay when they fire.

use rkafka_jute::{EventType, OpCode, Record, SetWatches, SetWatches2, WatcherEvent, ZkError};
use std::collections::BTreeSet;

/// The most bytes of paths in one setWatches, far below `jute.maxbuffer` (as ZooKeeper's own client).
const MAX_SET_WATCHES_BYTES: usize = 128 * 1024;

/// Which table a read or addWatch puts its path into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchKind {
    /// Of getData, and of exists on a node that is there.
    Data,
    /// Of exists on a node that is not there.
    Exist,
    Child,
    /// Of addWatch, mode 0.
    Persistent,
    /// Of addWatch, mode 1: of the node and all below.
    PersistentRecursive,
}

/// Which watches removeWatches is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatcherType {
    Children = 1,
    Data = 2,
    /// All, persistent ones included.
    Any = 3,
}

/// What becomes of the session's watches once a call is answered. Paths have the chroot.
pub enum WatchChange {
    /// A read that watches; the kind follows from the operation and its outcome.
    Read(String),
    Add(WatchKind, String),
    /// `local`: whatever the server says of it.
    Remove {
        which: WatcherType,
        path: String,
        local: bool,
    },
}

/// Which watch a read has set, by its outcome.
pub fn watch_kind(op: OpCode, err: ZkError) -> Option<WatchKind> {
    match (op, err) {
        (OpCode::EXISTS, ZkError::NO_NODE) => Some(WatchKind::Exist),
        (OpCode::EXISTS | OpCode::GET_DATA, ZkError::OK) => Some(WatchKind::Data),
        (OpCode::GET_CHILDREN | OpCode::GET_CHILDREN2, ZkError::OK) => Some(WatchKind::Child),
        _ => None,
    }
}

/// The paths that the session watches, with the chroot.
#[derive(Debug, Default)]
pub struct WatchTable {
    data: BTreeSet<String>,
    exist: BTreeSet<String>,
    child: BTreeSet<String>,
    persistent: BTreeSet<String>,
    recursive: BTreeSet<String>,
}

impl WatchTable {
    pub fn add(&mut self, kind: WatchKind, path: String) {
        self.paths(kind).insert(path);
    }

    fn paths(&mut self, kind: WatchKind) -> &mut BTreeSet<String> {
        match kind {
            WatchKind::Data => &mut self.data,
            WatchKind::Exist => &mut self.exist,
            WatchKind::Child => &mut self.child,
            WatchKind::Persistent => &mut self.persistent,
            WatchKind::PersistentRecursive => &mut self.recursive,
        }
    }

    /// Drops the watches that `event` used up.
    pub fn fired(&mut self, event: &WatcherEvent) {
        let Some(kind) = EventType::from_i32(event.kind) else { return };
        if matches!(kind, EventType::NodeCreated | EventType::NodeDataChanged | EventType::NodeDeleted) {
            self.data.remove(&event.path);
            self.exist.remove(&event.path);
        }
        if matches!(kind, EventType::NodeChildrenChanged | EventType::NodeDeleted) {
            self.child.remove(&event.path);
        }
    }

    /// Drops the watches of `path` that `which` means, and says what a client is told of it; empty if there were none.
    pub fn remove(&mut self, which: WatcherType, path: &str) -> Vec<EventType> {
        let mut told = Vec::new();
        if which != WatcherType::Data && self.child.remove(path) {
            told.push(EventType::ChildWatchRemoved);
        }
        if which != WatcherType::Children && (self.data.remove(path) | self.exist.remove(path)) {
            told.push(EventType::DataWatchRemoved);
        }
        if which == WatcherType::Any && (self.persistent.remove(path) | self.recursive.remove(path)) {
            told.push(EventType::PersistentWatchRemoved);
        }
        told
    }

    pub fn clear(&mut self) {
        *self = WatchTable::default();
    }

    /// The requests that set all watches again; the server fires those whose node has changed after `relative_zxid`.
    /// The old request is used where it suffices: servers before 3.6 know no other.
    pub fn restore(&self, relative_zxid: i64) -> Vec<(OpCode, Vec<u8>)> {
        let batches = self.batches(relative_zxid).into_iter();
        batches
            .map(|all| {
                if !all.persistent_watches.is_empty() || !all.persistent_recursive_watches.is_empty() {
                    return (OpCode::SET_WATCHES2, all.to_bytes());
                }
                let SetWatches2 { relative_zxid, data_watches, exist_watches, child_watches, .. } = all;
                let old = SetWatches { relative_zxid, data_watches, exist_watches, child_watches };
                (OpCode::SET_WATCHES, old.to_bytes())
            })
            .collect()
    }

    fn batches(&self, relative_zxid: i64) -> Vec<SetWatches2> {
        let kinds = [
            (WatchKind::Data, &self.data),
            (WatchKind::Exist, &self.exist),
            (WatchKind::Child, &self.child),
            (WatchKind::Persistent, &self.persistent),
            (WatchKind::PersistentRecursive, &self.recursive),
        ];
        let all = kinds.into_iter().flat_map(|(kind, paths)| paths.iter().map(move |path| (kind, path)));
        let mut requests: Vec<SetWatches2> = Vec::new();
        let mut bytes = MAX_SET_WATCHES_BYTES;
        for (kind, path) in all {
            if bytes + path.len() > MAX_SET_WATCHES_BYTES {
                requests.push(SetWatches2 { relative_zxid, ..SetWatches2::default() });
                bytes = 0;
            }
            bytes += path.len() + 4;
            if let Some(request) = requests.last_mut() {
                let list = match kind {
                    WatchKind::Data => &mut request.data_watches,
                    WatchKind::Exist => &mut request.exist_watches,
                    WatchKind::Child => &mut request.child_watches,
                    WatchKind::Persistent => &mut request.persistent_watches,
                    WatchKind::PersistentRecursive => &mut request.persistent_recursive_watches,
                };
                list.push(path.clone());
            }
        }
        requests
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: EventType, path: &str) -> WatcherEvent {
        WatcherEvent { kind: kind as i32, state: 3, path: path.into() }
    }

    #[test]
    fn a_watch_fires_once() {
        let mut table = WatchTable::default();
        for kind in [WatchKind::Data, WatchKind::Child] {
            table.add(kind, "/a".into());
        }
        table.add(WatchKind::Exist, "/b".into());
        table.fired(&event(EventType::NodeChildrenChanged, "/a"));
        let requests = table.batches(7);
        assert_eq!(requests.len(), 1);
        assert_eq!((requests[0].relative_zxid, &requests[0].data_watches[..]), (7, &["/a".to_owned()][..]));
        assert_eq!(requests[0].exist_watches, ["/b"]);
        assert!(requests[0].child_watches.is_empty());
        assert_eq!(table.restore(7)[0].0, OpCode::SET_WATCHES);
        table.fired(&event(EventType::NodeCreated, "/b"));
        table.fired(&event(EventType::NodeDeleted, "/a"));
        assert!(table.restore(7).is_empty());
    }

    #[test]
    fn watches_that_stay_until_they_are_removed() {
        let mut table = WatchTable::default();
        for kind in [WatchKind::Persistent, WatchKind::PersistentRecursive, WatchKind::Child, WatchKind::Exist] {
            table.add(kind, "/a".into());
        }
        table.fired(&event(EventType::NodeDeleted, "/a"));
        assert_eq!(table.restore(7)[0].0, OpCode::SET_WATCHES2);
        assert!(table.remove(WatcherType::Data, "/a").is_empty());
        table.add(WatchKind::Data, "/a".into());
        table.add(WatchKind::Child, "/a".into());
        assert_eq!(table.remove(WatcherType::Children, "/a"), [EventType::ChildWatchRemoved]);
        let left = [EventType::DataWatchRemoved, EventType::PersistentWatchRemoved];
        assert_eq!(table.remove(WatcherType::Any, "/a"), left);
        assert!(table.restore(7).is_empty());
    }

    #[test]
    fn many_watches_are_split() {
        let mut table = WatchTable::default();
        for i in 0..10_000 {
            table.add(WatchKind::Data, format!("/brokers/topics/a-topic-with-a-name-{i:05}"));
        }
        let requests = table.batches(1);
        assert!(requests.len() > 2);
        assert_eq!(requests.iter().map(|r| r.data_watches.len()).sum::<usize>(), 10_000);
    }
}
