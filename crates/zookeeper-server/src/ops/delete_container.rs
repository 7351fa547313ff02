//! Pure: deleteContainer (20): the server's own deletion of empty containers and of nodes past their time to live.
//! Its request is the bare path.

use super::Prepare;
use crate::database::Database;
use crate::node::Owner;
use crate::tree::{NodeRef, SYSTEM_PATHS};
use rkafka_jute::{DeleteTxn, Input, Txn, ZkError};

/// How many are deleted per round, so that other requests get their turn (ZooKeeper allows 10,000 a minute).
const MAX_PER_ROUND: usize = 10_000;

pub fn prepare(cx: &mut Prepare<'_>, input: &mut Input<'_>) -> Result<Txn, ZkError> {
    if cx.session != 0 {
        // A client's. ZooKeeper takes the request's header for a part of the path, which is no path then.
        return Err(ZkError::BAD_ARGUMENTS);
    }
    let path = String::from_utf8_lossy(input.rest()).into_owned();
    if SYSTEM_PATHS.contains(&path.as_str()) {
        return Err(ZkError::BAD_ARGUMENTS);
    }
    let node = cx.changes.record(&path)?;
    if node.child_count > 0 {
        return Err(ZkError::NOT_EMPTY);
    }
    match Owner::of(node.stat.ephemeral_owner) {
        Owner::Container | Owner::Ttl(_) => {}
        Owner::Nobody | Owner::Session(_) => return Err(ZkError::BAD_VERSION),
    }
    cx.changes.delete(&path, cx.zxid);
    Ok(Txn::DeleteContainer(DeleteTxn { path }))
}

/// The paths whose time has come: containers that had children and have none (or never had any for `max_never_used_ms`,
/// if that is not 0), and childless nodes that were not
/// modified for their time to live.
pub fn candidates(database: &Database, wall_ms: i64, max_never_used_ms: i64) -> Vec<String> {
    let tree = &database.tree;
    let is_over = |node: NodeRef<'_>| {
        let never_used_for = wall_ms - node.persisted().mtime;
        node.child_count() == 0
            && (node.persisted().cversion > 0 || max_never_used_ms != 0 && never_used_for > max_never_used_ms)
    };
    let containers = tree.containers().filter(|path| tree.get(path).is_some_and(is_over));
    let ttls = tree.ttls().filter(|path| {
        tree.get(path).is_some_and(|node| match Owner::of(node.persisted().ephemeral_owner) {
            Owner::Ttl(ttl_ms) => node.child_count() == 0 && wall_ms - node.persisted().mtime > ttl_ms,
            _ => false,
        })
    });
    containers.chain(ttls).take(MAX_PER_ROUND).map(|path| path.to_string()).collect()
}
