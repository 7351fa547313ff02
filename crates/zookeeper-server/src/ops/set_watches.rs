//! Pure: setWatches (101) and setWatches2 (105): a client that comes back brings its watches and the last zxid it saw.
//! What happened since then fires at once; the rest waits.

use super::{Read, request};
use crate::watches::{WatchMode, event};
use rkafka_jute::{EventType, Input, NULL_STRING, ZkError};

/// A list of paths; ZooKeeper fails on null, but only when its turn has come.
type Paths = Option<Vec<String>>;

pub fn serve(cx: &mut Read<'_>, input: &mut Input<'_>) -> Result<(), ZkError> {
    let seen: i64 = request(input)?;
    let lists = [paths(input)?, paths(input)?, paths(input)?, Some(Vec::new()), Some(Vec::new())];
    set(cx, seen, lists)
}

pub fn serve2(cx: &mut Read<'_>, input: &mut Input<'_>) -> Result<(), ZkError> {
    let seen: i64 = request(input)?;
    let lists = [paths(input)?, paths(input)?, paths(input)?, paths(input)?, paths(input)?];
    set(cx, seen, lists)
}

fn paths(input: &mut Input<'_>) -> Result<Paths, ZkError> {
    let is_null = input.rest().first_chunk() == Some(&[0xff; 4]);
    let list: Vec<String> = request(input)?;
    Ok((!is_null).then_some(list))
}

/// Each list may be null, and each path of a list whose nodes are looked at.
fn set(cx: &mut Read<'_>, seen: i64, lists: [Paths; 5]) -> Result<(), ZkError> {
    let [data, exist, child, persistent, recursive] = lists;
    let not_null = |path: &String| if path == NULL_STRING { Err(ZkError::MARSHALLING_ERROR) } else { Ok(()) };
    for path in &data.ok_or(ZkError::MARSHALLING_ERROR)? {
        not_null(path)?;
        match cx.find(path) {
            None => cx.events.push(event(EventType::NodeDeleted, path)),
            Some(node) if node.persisted().mzxid > seen => cx.events.push(event(EventType::NodeDataChanged, path)),
            Some(_) => cx.watches.data.add(path, cx.conn, WatchMode::Standard),
        }
    }
    for path in &exist.ok_or(ZkError::MARSHALLING_ERROR)? {
        not_null(path)?;
        match cx.find(path) {
            Some(_) => cx.events.push(event(EventType::NodeCreated, path)),
            None => cx.watches.data.add(path, cx.conn, WatchMode::Standard),
        }
    }
    for path in &child.ok_or(ZkError::MARSHALLING_ERROR)? {
        not_null(path)?;
        match cx.find(path) {
            None => cx.events.push(event(EventType::NodeDeleted, path)),
            Some(node) if node.persisted().pzxid > seen => cx.events.push(event(EventType::NodeChildrenChanged, path)),
            Some(_) => cx.watches.child.add(path, cx.conn, WatchMode::Standard),
        }
    }
    for path in &persistent.ok_or(ZkError::MARSHALLING_ERROR)? {
        cx.watches.add_persistent(path, cx.conn, WatchMode::Persistent);
    }
    for path in &recursive.ok_or(ZkError::MARSHALLING_ERROR)? {
        cx.watches.add_persistent(path, cx.conn, WatchMode::PersistentRecursive);
    }
    Ok(())
}
