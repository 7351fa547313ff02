//! Moves of replicas between the log dirs of this broker (AlterReplicaLogDirs): who is on the way where, and the tasks that
//! copy (`ReplicaAlterLogDirsManager`).

use rkafka_base::TopicPartition;
use rkafka_log::{Log, LogDirs, LogError, MoveProgress};
use rkafka_runtime::{
    clock::Clock,
    lock::{Mutex, Rank},
    random,
    tasks::watched,
};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{sync::Semaphore, task::AbortHandle};

const LOG: &str = "kafka.server.ReplicaAlterLogDirsThread";
/// The pause when a copy has everything but the replica has just been written to.
const PAUSE: Duration = Duration::from_millis(5);

/// The moves of a broker.
pub struct LogDirMoves {
    log_dirs: LogDirs,
    clock: Arc<dyn Clock>,
    /// How many copy at the same time.
    copying: Arc<Semaphore>,
    /// Held over the whole of a beginning or an end, files included, so that there is one copy for a replica and one task.
    running: Mutex<Running>,
}

/// The moves under way by replica: where to, and the task.
type Running = HashMap<TopicPartition, (PathBuf, AbortHandle)>;

impl LogDirMoves {
    /// `threads` is `num.replica.alter.log.dirs.threads`, by default the number of log dirs.
    pub fn new(log_dirs: LogDirs, clock: Arc<dyn Clock>, threads: usize) -> LogDirMoves {
        let copying = Arc::new(Semaphore::new(threads.max(1)));
        LogDirMoves { log_dirs, clock, copying, running: Mutex::new(Rank::LogDirMoves, HashMap::new()) }
    }

    /// Begins to move a replica into `dir`. A move to there that is under way goes on; one to another dir ends.
    pub fn start(self: &Arc<Self>, current: &Log, dir: &Path) -> Result<(), LogError> {
        let partition = current.partition().clone();
        let mut running = self.running.lock();
        if running.get(&partition).is_some_and(|(to, task)| to == dir && !task.is_finished()) {
            return Ok(());
        }
        self.end(&mut running, &partition);
        if current.log_dir() == dir {
            // The move to there came to its end while this one waited.
            return Ok(());
        }
        let future = self.log_dirs.begin_future(current, dir, unique(), current.config(), self.clock.now())?;
        log::info!(target: LOG, "Beginning to move {partition} from {} to {}", current.log_dir().display(), dir.display());
        let moves = Arc::clone(self);
        let moving = watched::spawn("a move to another log dir", async move { moves.run(future).await });
        let task = moving.abort_handle();
        running.insert(partition, (dir.to_path_buf(), task));
        Ok(())
    }

    /// Goes on with the move that the end of the last run has interrupted, if there was one.
    pub fn resume(self: &Arc<Self>, current: &Log) {
        let Some(dir) = self.log_dirs.interrupted_move(current.partition()) else { return };
        if dir != current.log_dir()
            && let Err(error) = self.start(current, &dir)
        {
            log::error!(target: LOG, "{} cannot be moved on to {}: {error}", current.partition(), dir.display());
        }
    }

    /// Ends a replica's move; the copy goes.
    pub fn stop(&self, partition: &TopicPartition) {
        self.end(&mut self.running.lock(), partition);
    }

    fn end(&self, running: &mut Running, partition: &TopicPartition) {
        if let Some((_, task)) = running.remove(partition) {
            task.abort();
        }
        if let Err(error) = self.log_dirs.drop_future(partition, unique(), self.clock.now()) {
            log::error!(target: LOG, "What was copied of {partition} cannot be removed: {error}");
        }
    }

    async fn run(self: Arc<Self>, future: Log) {
        let Ok(_permit) = self.copying.acquire().await else { return };
        // No replica was ever cut so often: the first step finds out how often this one was, and begins there.
        let mut truncations = u64::MAX;
        loop {
            let (log_dirs, copy, now) = (self.log_dirs.clone(), future.clone(), self.clock.now());
            let step = tokio::task::spawn_blocking(move || {
                let progress = log_dirs.advance_future(&copy, &mut truncations, unique(), now);
                (progress, truncations)
            });
            let Some((progress, counted)) = watched::joined(step.await) else { return };
            truncations = counted;
            match progress {
                Ok(MoveProgress::Done) => return,
                Ok(MoveProgress::Copied(0)) => tokio::time::sleep(PAUSE).await,
                Ok(MoveProgress::Copied(_) | MoveProgress::Restarted) => {}
                Err(LogError::OffsetOutOfRange { .. }) => truncations = u64::MAX,
                Err(error) => {
                    log::error!(target: LOG, "Moving {} failed: {error}", future.partition());
                    return;
                }
            }
        }
    }
}

fn unique() -> [u8; 16] {
    let mut id = [0; 16];
    random::fill(&mut id);
    id
}
