//! Pure: who waits for what. Watches belong to a connection, not to a session: a client that comes back sets them again.
//!
//! Two tables, as in ZooKeeper: data watches (also of nodes that do not exist) and child watches. A watch is one-shot,
//! persistent, or persistent and recursive; one connection may have several kinds on one path. Each connection gets at
//! most one event per change and path.

use core::ops::Bound::{Excluded, Unbounded};
use std::collections::{BTreeMap, BTreeSet};

use super::connection::ConnId;
use super::database::{Change, ChangeKind};
use super::path;
use rkafka_jute::{Acl, EventType, KeeperState, WatcherEvent};

/// The kinds of watch one connection has on one path, as bits.
type Kinds = u8;
const STANDARD: Kinds = 1;
const PERSISTENT: Kinds = 2;
const RECURSIVE: Kinds = 4;

/// The kind of a watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchMode {
    Standard,
    Persistent,
    PersistentRecursive,
}

impl WatchMode {
    fn bit(self) -> Kinds {
        match self {
            WatchMode::Standard => STANDARD,
            WatchMode::Persistent => PERSISTENT,
            WatchMode::PersistentRecursive => RECURSIVE,
        }
    }
}

/// One table of watches.
#[derive(Debug, Default)]
pub struct WatchTable {
    by_path: BTreeMap<Box<str>, BTreeMap<ConnId, Kinds>>,
    by_connection: BTreeMap<ConnId, BTreeSet<Box<str>>>,
    /// How many recursive watches there are; with none the parents of a changed path need no look.
    recursive: usize,
}

impl WatchTable {
    pub fn add(&mut self, path: &str, conn: ConnId, mode: WatchMode) {
        let watchers = match self.by_path.get_mut(path) {
            Some(watchers) => watchers,
            None => self.by_path.entry(path.into()).or_default(),
        };
        let kinds = watchers.entry(conn).or_default();
        if mode.bit() & RECURSIVE & !*kinds != 0 {
            self.recursive += 1;
        }
        *kinds |= mode.bit();
        self.by_connection.entry(conn).or_default().insert(path.into());
    }

    pub fn contains(&self, path: &str, conn: ConnId) -> bool {
        self.by_path.get(path).is_some_and(|watchers| watchers.contains_key(&conn))
    }

    /// Removes every watch of the connection on the path; false when there was none.
    pub fn remove(&mut self, path: &str, conn: ConnId) -> bool {
        self.remove_kinds(path, conn, STANDARD | PERSISTENT | RECURSIVE)
    }

    /// Removes the one-shot watch if there is one, otherwise every watch; false when there was none.
    pub(crate) fn remove_standard_or_all(&mut self, path: &str, conn: ConnId) -> bool {
        self.remove_mode(path, conn, WatchMode::Standard) || self.remove(path, conn)
    }

    /// Removes a watch of one kind; false when there was none.
    pub(crate) fn remove_mode(&mut self, path: &str, conn: ConnId, mode: WatchMode) -> bool {
        self.contains_mode(path, conn, mode) && self.remove_kinds(path, conn, mode.bit())
    }

    /// Whether there is a watch of this kind.
    pub(crate) fn contains_mode(&self, path: &str, conn: ConnId, mode: WatchMode) -> bool {
        let kinds = self.by_path.get(path).and_then(|watchers| watchers.get(&conn));
        kinds.is_some_and(|kinds| kinds & mode.bit() != 0)
    }

    fn remove_kinds(&mut self, path: &str, conn: ConnId, gone: Kinds) -> bool {
        let Some(watchers) = self.by_path.get_mut(path) else { return false };
        let Some(kinds) = watchers.get_mut(&conn) else { return false };
        if *kinds & gone & RECURSIVE != 0 {
            self.recursive -= 1;
        }
        *kinds &= !gone;
        if *kinds == 0 {
            watchers.remove(&conn);
            if watchers.is_empty() {
                self.by_path.remove(path);
            }
            self.forget_path(path, conn);
        }
        true
    }

    fn forget_path(&mut self, path: &str, conn: ConnId) {
        if let Some(paths) = self.by_connection.get_mut(&conn) {
            paths.remove(path);
            if paths.is_empty() {
                self.by_connection.remove(&conn);
            }
        }
    }

    fn remove_connection(&mut self, conn: ConnId) {
        for path in self.by_connection.get(&conn).cloned().unwrap_or_default() {
            self.remove(&path, conn);
        }
    }

    /// The connections that hear of `kind` at `path`; one-shot watches are used up.
    fn trigger(&mut self, path: &str, kind: EventType) -> BTreeSet<ConnId> {
        let mut heard = BTreeSet::new();
        let mut used_up = Vec::new();
        for (conn, kinds) in self.by_path.get(path).into_iter().flatten() {
            let as_recursive = kinds & RECURSIVE != 0 && kind != EventType::NodeChildrenChanged;
            if as_recursive || kinds & (STANDARD | PERSISTENT) != 0 {
                heard.insert(*conn);
            }
            if kinds & STANDARD != 0 {
                used_up.push(*conn);
            }
        }
        for conn in used_up {
            self.remove_kinds(path, conn, STANDARD);
        }
        if self.recursive > 0 && kind != EventType::NodeChildrenChanged {
            self.hear_from_above(path, &mut heard);
        }
        heard
    }

    fn hear_from_above(&self, path: &str, heard: &mut BTreeSet<ConnId>) {
        let mut at = path;
        while at != "/" {
            at = path::parent(at);
            let watchers = self.by_path.get(at).into_iter().flatten();
            heard.extend(watchers.filter(|(_, kinds)| **kinds & RECURSIVE != 0).map(|(conn, _)| *conn));
        }
    }

    /// The paths behind `last` with the connections that watch them, in order.
    pub(crate) fn paths_behind(
        &self,
        last: Option<&str>,
    ) -> impl Iterator<Item = (&str, impl Iterator<Item = ConnId>)> {
        let paths = self.by_path.range::<str, _>((last.map_or(Unbounded, Excluded), Unbounded));
        paths.map(|(path, watchers)| (path.as_ref(), watchers.keys().copied()))
    }

    /// The pairs of connection and path behind `last`, in order.
    pub(crate) fn watches_behind(&self, last: Option<(ConnId, &str)>) -> impl Iterator<Item = (ConnId, &str)> {
        let connections = self.by_connection.range(last.map_or(ConnId(0), |(conn, _)| conn)..);
        connections.flat_map(move |(conn, paths)| {
            let from = last.filter(|(first, _)| first == conn).map_or(Unbounded, |(_, path)| Excluded(path));
            paths.range::<str, _>((from, Unbounded)).map(|path| (*conn, path.as_ref()))
        })
    }

    /// How many connections watch anything.
    pub(crate) fn connection_count(&self) -> usize {
        self.by_connection.len()
    }

    /// Watched paths.
    pub(crate) fn path_count(&self) -> usize {
        self.by_path.len()
    }

    /// Pairs of connection and path.
    pub fn len(&self) -> usize {
        self.by_connection.values().map(BTreeSet::len).sum()
    }
}

/// Both tables.
#[derive(Debug, Default)]
pub struct Watches {
    pub data: WatchTable,
    pub child: WatchTable,
}

impl Watches {
    /// The events that a change causes, in the order in which they are sent, each with the ACL that says who may read it.
    pub fn fire<'c>(&mut self, change: &'c Change) -> Vec<(ConnId, WatcherEvent, &'c [Acl])> {
        let Change { kind, path, acl, parent_acl } = change;
        let event_kind = match kind {
            ChangeKind::Created => EventType::NodeCreated,
            ChangeKind::Deleted => EventType::NodeDeleted,
            ChangeKind::DataChanged => EventType::NodeDataChanged,
        };
        let mut heard = self.data.trigger(path, event_kind);
        if *kind == ChangeKind::Deleted {
            heard.extend(self.child.trigger(path, event_kind));
        }
        let own = heard.into_iter().map(|conn| (conn, event(event_kind, path), &**acl));
        let mut events: Vec<_> = own.collect();
        if *kind != ChangeKind::DataChanged {
            let parent = path::parent(path);
            let heard = self.child.trigger(parent, EventType::NodeChildrenChanged).into_iter();
            events.extend(heard.map(|conn| (conn, event(EventType::NodeChildrenChanged, parent), &**parent_acl)));
        }
        events
    }

    /// A connection is gone.
    pub fn remove_connection(&mut self, conn: ConnId) {
        self.data.remove_connection(conn);
        self.child.remove_connection(conn);
    }

    /// Adds a watch that hears of data and children.
    pub fn add_persistent(&mut self, path: &str, conn: ConnId, mode: WatchMode) {
        self.data.add(path, conn, mode);
        self.child.add(path, conn, mode);
    }
}

/// An event as servers send it.
pub fn event(kind: EventType, path: &str) -> WatcherEvent {
    WatcherEvent { kind: kind as i32, state: KeeperState::SYNC_CONNECTED.0, path: path.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fired(watches: &mut Watches, change: Change) -> Vec<(u64, i32, String)> {
        watches.fire(&change).into_iter().map(|(conn, event, _)| (conn.0, event.kind, event.path)).collect()
    }

    fn change(kind: ChangeKind, path: &str) -> Change {
        Change { kind, path: path.into(), acl: Acl::open().into(), parent_acl: Acl::read_only().into() }
    }

    #[test]
    fn each_event_has_the_acl_of_its_node() {
        let mut watches = Watches::default();
        watches.add_persistent("/a", ConnId(1), WatchMode::Persistent);
        watches.add_persistent("/", ConnId(2), WatchMode::PersistentRecursive);
        let change = change(ChangeKind::Deleted, "/a/b");
        let acls: Vec<_> = watches.fire(&change).into_iter().map(|(conn, _, acl)| (conn.0, acl.to_vec())).collect();
        assert_eq!(acls, [(2, Acl::open()), (1, Acl::read_only())]);
    }

    #[test]
    fn standard_watches_fire_once_and_a_deletion_is_told_once() {
        let mut watches = Watches::default();
        watches.data.add("/a/b", ConnId(1), WatchMode::Standard);
        watches.child.add("/a/b", ConnId(1), WatchMode::Standard);
        watches.child.add("/a", ConnId(2), WatchMode::Standard);
        let deleted = change(ChangeKind::Deleted, "/a/b");
        assert_eq!(fired(&mut watches, deleted.clone()), [(1, 2, "/a/b".into()), (2, 4, "/a".into())]);
        assert_eq!(fired(&mut watches, deleted), []);
        assert_eq!(watches.data.path_count() + watches.child.path_count(), 0);
    }

    #[test]
    fn recursive_watches_hear_of_descendants_but_not_of_children_changed() {
        let mut watches = Watches::default();
        watches.add_persistent("/", ConnId(1), WatchMode::PersistentRecursive);
        watches.add_persistent("/a", ConnId(2), WatchMode::Persistent);
        let created = change(ChangeKind::Created, "/a/b");
        let expected = [(1, 1, "/a/b".to_owned()), (2, 4, "/a".to_owned())];
        assert_eq!(fired(&mut watches, created.clone()), expected);
        assert_eq!(fired(&mut watches, created), expected);
        watches.remove_connection(ConnId(1));
        assert_eq!(fired(&mut watches, change(ChangeKind::DataChanged, "/x")), []);
        assert_eq!(watches.data.recursive + watches.child.recursive, 0);
    }

    #[test]
    fn kinds_of_one_path_go_one_by_one() {
        let mut watches = Watches::default();
        watches.data.add("/a", ConnId(1), WatchMode::Standard);
        watches.add_persistent("/a", ConnId(1), WatchMode::Persistent);
        assert!(watches.data.remove_standard_or_all("/a", ConnId(1)));
        assert!(watches.data.contains_mode("/a", ConnId(1), WatchMode::Persistent));
        assert!(!watches.data.remove_mode("/a", ConnId(1), WatchMode::PersistentRecursive));
        assert!(watches.data.remove_standard_or_all("/a", ConnId(1)) && !watches.data.contains("/a", ConnId(1)));
        assert!(!watches.data.remove_standard_or_all("/a", ConnId(1)));
    }

    #[test]
    fn a_standard_watch_leaves_a_persistent_one_in_place() {
        let mut watches = Watches::default();
        watches.add_persistent("/a", ConnId(1), WatchMode::Persistent);
        watches.data.add("/a", ConnId(1), WatchMode::Standard);
        for _ in 0..2 {
            assert_eq!(fired(&mut watches, change(ChangeKind::DataChanged, "/a")), [(1, 3, "/a".into())]);
        }
    }
}
