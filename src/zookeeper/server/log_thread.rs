//! The thread that makes writes durable: it takes all entries there are, writes them with one fsync, and then lets them
//! take effect. While the disk works, the next batch gathers.

use std::sync::Arc;

use super::shared::Shared;
use super::storage::Storage;

/// Runs until the server stops and everything is on disk.
pub fn run(shared: &Arc<Shared>, mut storage: Storage) {
    if let Err(error) = storage.begin() {
        return fail(shared, format!("cannot write the first snapshot: {error:#}"));
    }
    loop {
        let entries = {
            let mut state = shared.state.lock();
            while !state.core.has_entries() {
                if state.stopping {
                    storage.close();
                    return;
                }
                shared.work.wait(&mut state);
            }
            state.core.take_entries()
        };
        let Some(last) = entries.last().map(|entry| entry.zxid) else { continue };
        if let Err(error) = storage.persist(&entries) {
            return fail(shared, format!("cannot write the transaction log: {error}"));
        }
        let is_due = storage.snapshot_is_due();
        let frozen = shared.with_core(|core, now| {
            core.persisted(last, now);
            is_due.then(|| core.database().freeze())
        });
        if let Some(database) = frozen {
            storage.begin_snapshot(database);
        }
    }
}

fn fail(shared: &Shared, reason: String) {
    log::error!(target: "org.apache.zookeeper.server.ZooKeeperCriticalThread", "Severe unrecoverable error, {reason}");
    shared.fail(reason);
}
