//! The thread that makes writes durable: it takes all entries there are, writes them with one fsync, and then lets them
//! take effect. While the disk works, the next batch gathers.

use std::sync::Arc;
use std::time::Instant;

use super::core::Now;
use super::metrics;
use super::shared::{Restore, Shared, State};
use super::storage::Storage;
use rkafka_runtime::tasks::essential::{self, End, Task};

/// How many transactions take effect without letting others have the core in between.
const APPLIED_AT_ONCE: usize = 1000;

/// Runs until the server stops and everything is on disk, or the disk fails, of which [`Shared::fail`] tells.
pub fn run(shared: &Arc<Shared>, storage: Storage) -> End {
    write_all(shared, storage);
    End::Asked
}

fn write_all(shared: &Arc<Shared>, mut storage: Storage) {
    if let Err(error) = storage.begin() {
        return fail(shared, format!("cannot write the first snapshot: {error:#}"));
    }
    loop {
        let entries = {
            let mut state = shared.state.lock();
            while !state.core.has_entries() {
                if let Some(order) = state.restore.take() {
                    if let Err(error) = restore(&mut state, &mut storage, order, shared.now()) {
                        drop(state);
                        return fail(shared, format!("cannot write the restored snapshot: {error:#}"));
                    }
                    continue;
                }
                if state.stopping {
                    storage.close();
                    return;
                }
                shared.work.wait(&mut state);
            }
            state.core.take_entries()
        };
        essential::fault_point(Task::ZooKeeperLog);
        let Some(last) = entries.last().map(|entry| entry.zxid) else { continue };
        let began = Instant::now();
        if let Err(error) = storage.persist(&entries) {
            let logs = storage.logs().display();
            let reason = format!(
                "cannot write the transaction log in {logs}: {error}. What was answered is safe; make room or repair the \
                 disk, and start again"
            );
            fail(shared, reason);
            // A snapshot that is being written goes on to its end before the folder is given up.
            return storage.close();
        }
        let took_ms = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
        let snapshot_ms = storage.finished_snapshot_ms();
        let is_due = storage.snapshot_is_due();
        // A batch may hold the ends of thousands of sessions: others have the core in between.
        let slices = entries.chunks(APPLIED_AT_ONCE).filter_map(|slice| slice.last());
        for entry in slices.filter(|entry| entry.zxid != last) {
            shared.with_core(|core, now| core.persisted(entry.zxid, now));
            std::thread::yield_now();
        }
        let frozen = shared.with_core(|core, now| {
            snapshot_ms.into_iter().for_each(|ms| core.stats.metrics.record(metrics::SNAPSHOT_TIME, ms));
            core.stats.logged(entries.len(), took_ms, shared.config.fsync_warning_ms);
            core.persisted(last, now);
            is_due.then(|| core.database().freeze())
        });
        if let Some(database) = frozen {
            storage.begin_snapshot(database);
        }
    }
}

/// Replaces the state, in memory and on disk. Nobody may look or write in between, so the lock is held.
fn restore(state: &mut State, storage: &mut Storage, order: Restore, now: Now) -> anyhow::Result<()> {
    let zxid = state.core.restore(order.database, now);
    storage.replace(state.core.database())?;
    log::warn!(
        target: "org.apache.zookeeper.server.ZooKeeperServer",
        "After restore database. lastProcessedZxid=0x{zxid:x}, nodeCount={}, sessionCount={}",
        state.core.database().tree.len(), state.core.sessions.len()
    );
    state.deliver().iter().for_each(|outbox| outbox.flush_from_outside());
    // Whoever asked may be gone.
    let _heard = order.done.send(zxid);
    Ok(())
}

fn fail(shared: &Shared, reason: String) {
    log::error!(target: "org.apache.zookeeper.server.ZooKeeperCriticalThread", "Severe unrecoverable error, {reason}");
    shared.state.lock().core.stats.metrics.add(metrics::UNRECOVERABLE_ERRORS, 1);
    shared.fail(reason);
}
