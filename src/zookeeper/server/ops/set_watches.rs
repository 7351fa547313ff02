//! Pure: setWatches (101) and setWatches2 (105): a client that comes back brings its watches and the last zxid it saw.
//! What happened since then fires at once; the rest waits.

use super::Read;
use crate::zookeeper::jute::{EventType, SetWatches, SetWatches2, ZkError};
use crate::zookeeper::server::watches::{WatchMode, event};

pub fn serve(cx: &mut Read<'_>, request: SetWatches) -> Result<(), ZkError> {
    let SetWatches { relative_zxid, data_watches, exist_watches, child_watches } = request;
    let request = SetWatches2 { relative_zxid, data_watches, exist_watches, child_watches, ..SetWatches2::default() };
    serve2(cx, request)
}

pub fn serve2(cx: &mut Read<'_>, request: SetWatches2) -> Result<(), ZkError> {
    let seen = request.relative_zxid;
    for path in &request.data_watches {
        match cx.database.tree.get(path) {
            None => cx.events.push(event(EventType::NodeDeleted, path)),
            Some(node) if node.stat.mzxid > seen => cx.events.push(event(EventType::NodeDataChanged, path)),
            Some(_) => cx.watches.data.add(path, cx.conn, WatchMode::Standard),
        }
    }
    for path in &request.exist_watches {
        match cx.database.tree.get(path) {
            Some(_) => cx.events.push(event(EventType::NodeCreated, path)),
            None => cx.watches.data.add(path, cx.conn, WatchMode::Standard),
        }
    }
    for path in &request.child_watches {
        match cx.database.tree.get(path) {
            None => cx.events.push(event(EventType::NodeDeleted, path)),
            Some(node) if node.stat.pzxid > seen => cx.events.push(event(EventType::NodeChildrenChanged, path)),
            Some(_) => cx.watches.child.add(path, cx.conn, WatchMode::Standard),
        }
    }
    for path in &request.persistent_watches {
        cx.watches.add_persistent(path, cx.conn, WatchMode::Persistent);
    }
    for path in &request.persistent_recursive_watches {
        cx.watches.add_persistent(path, cx.conn, WatchMode::PersistentRecursive);
    }
    Ok(())
}
