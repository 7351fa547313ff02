//! Pure: the watches of a session, which the client must set again whenever it changes servers.
//!
//! The server keeps one data table, for getData and exists alike, and one child table. The client tells watches of
//! absent nodes apart, because the server has to know after a reconnect whether a node's presence is news.

use crate::zookeeper::jute::{EventType, SetWatches, WatcherEvent};
use std::collections::BTreeSet;

/// The most bytes of paths in one setWatches, far below `jute.maxbuffer` (as ZooKeeper's own client).
const MAX_SET_WATCHES_BYTES: usize = 128 * 1024;

/// Which table a read puts its path into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchKind {
    /// Of getData, and of exists on a node that is there.
    Data,
    /// Of exists on a node that is not there.
    Exist,
    Child,
}

/// The paths that the session watches, with the chroot.
#[derive(Debug, Default)]
pub struct WatchTable {
    data: BTreeSet<String>,
    exist: BTreeSet<String>,
    child: BTreeSet<String>,
}

impl WatchTable {
    pub fn add(&mut self, kind: WatchKind, path: String) {
        match kind {
            WatchKind::Data => self.data.insert(path),
            WatchKind::Exist => self.exist.insert(path),
            WatchKind::Child => self.child.insert(path),
        };
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

    pub fn clear(&mut self) {
        *self = WatchTable::default();
    }

    /// The requests that set all watches again; the server fires those whose node has changed after `relative_zxid`.
    pub fn restore(&self, relative_zxid: i64) -> Vec<SetWatches> {
        let kinds = [(WatchKind::Data, &self.data), (WatchKind::Exist, &self.exist), (WatchKind::Child, &self.child)];
        let all = kinds.into_iter().flat_map(|(kind, paths)| paths.iter().map(move |path| (kind, path)));
        let mut requests: Vec<SetWatches> = Vec::new();
        let mut bytes = MAX_SET_WATCHES_BYTES;
        for (kind, path) in all {
            if bytes + path.len() > MAX_SET_WATCHES_BYTES {
                requests.push(SetWatches { relative_zxid, ..SetWatches::default() });
                bytes = 0;
            }
            bytes += path.len() + 4;
            if let Some(request) = requests.last_mut() {
                let list = match kind {
                    WatchKind::Data => &mut request.data_watches,
                    WatchKind::Exist => &mut request.exist_watches,
                    WatchKind::Child => &mut request.child_watches,
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
        let requests = table.restore(7);
        assert_eq!(requests.len(), 1);
        assert_eq!((requests[0].relative_zxid, &requests[0].data_watches[..]), (7, &["/a".to_owned()][..]));
        assert_eq!(requests[0].exist_watches, ["/b"]);
        assert!(requests[0].child_watches.is_empty());
        table.fired(&event(EventType::NodeCreated, "/b"));
        table.fired(&event(EventType::NodeDeleted, "/a"));
        assert!(table.restore(7).is_empty());
    }

    #[test]
    fn many_watches_are_split() {
        let mut table = WatchTable::default();
        for i in 0..10_000 {
            table.add(WatchKind::Data, format!("/brokers/topics/a-topic-with-a-name-{i:05}"));
        }
        let requests = table.restore(1);
        assert!(requests.len() > 2);
        assert_eq!(requests.iter().map(|r| r.data_watches.len()).sum::<usize>(), 10_000);
    }
}
