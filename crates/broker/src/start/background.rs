//! What a broker does by itself: checkpoints, retention, fsync of rolled segments, removal of deleted replicas.

use crate::log_dir_failures::FailureReports;
use rkafka_config::broker::BrokerConfig;
use rkafka_log::LogDirs;
use rkafka_replication::Replicas;
use rkafka_runtime::{
    clock::Clock,
    tasks::{
        essential::{self, Task},
        watched,
    },
};
use std::{convert::Infallible, sync::Arc, time::Duration};
use tokio::{sync::Notify, task::JoinHandle};

/// How often rolled segments are synced and deleted replicas are looked for.
const HOUSEKEEPING_INTERVAL: Duration = Duration::from_secs(1);

const FLUSH: &str = "fsync of rolled segments";

/// What the tasks work on.
#[derive(Clone)]
pub struct Upkeep {
    pub replicas: Arc<Replicas>,
    pub log_dirs: LogDirs,
    pub clock: Arc<dyn Clock>,
    pub failures: FailureReports,
}

/// Starts the tasks.
pub fn start(upkeep: &Upkeep, config: &BrokerConfig) -> Vec<(&'static str, JoinHandle<()>)> {
    let logs = &config.logs;
    let initial = millis(logs.initial_task_delay_ms);
    let high_watermark = millis(config.replication.high_watermark_checkpoint_interval_ms);
    let recovery = millis(i64::from(logs.flush_offset_checkpoint_interval_ms));
    // A follower that lags is dropped after at most one and a half times the time it has.
    let isr = millis(config.replication.lag_time_max_ms / 2);
    let retention = millis(logs.retention_check_interval_ms);
    let every = |upkeep: &Upkeep, name, first, interval, work: fn(&Upkeep)| {
        (name, essential::spawn(Task::Upkeep, repeat(name, upkeep.clone(), first, interval, work)))
    };
    let mut tasks = vec![every(upkeep, "in-sync replicas", isr, isr, Upkeep::check_isr)];
    // Each dir by itself: one whose disk hangs holds up no other.
    let (mut wakers, dirs) = (Vec::new(), upkeep.log_dirs.online_dirs());
    for dir in dirs {
        let one = &Upkeep { log_dirs: upkeep.log_dirs.only(&dir), ..upkeep.clone() };
        let due = Arc::new(Notify::new());
        wakers.push(Arc::clone(&due));
        tasks.extend([
            every(one, "high watermark checkpoint", high_watermark, high_watermark, Upkeep::checkpoint_high_watermarks),
            every(one, "recovery point checkpoint", initial, recovery, Upkeep::checkpoint_recovery_points),
            every(one, "retention", initial, retention, Upkeep::apply_retention),
            every(one, "housekeeping", HOUSEKEEPING_INTERVAL, HOUSEKEEPING_INTERVAL, Upkeep::housekeep),
            (FLUSH, essential::spawn(Task::Upkeep, flush_due_logs(one.clone(), due))),
        ]);
    }
    upkeep.log_dirs.on_flush_due(move || wakers.iter().for_each(|due| due.notify_one()));
    tasks
}

fn millis(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

/// Does `work` again and again, where it may block.
async fn repeat(
    name: &'static str,
    upkeep: Upkeep,
    first: Duration,
    interval: Duration,
    work: fn(&Upkeep),
) -> Infallible {
    tokio::time::sleep(first).await;
    loop {
        pass(name, &upkeep, work).await;
        tokio::time::sleep(interval).await;
    }
}

/// Does `work` once. A panic of one pass is told and left at that: the next one starts afresh.
async fn pass(name: &'static str, upkeep: &Upkeep, work: fn(&Upkeep)) {
    let upkeep = upkeep.clone();
    let _ended = watched::spawn_blocking(name, move || work(&upkeep)).await;
}

/// Fsyncs each segment as soon as the next one is begun, beside the appends.
async fn flush_due_logs(upkeep: Upkeep, due: Arc<Notify>) -> Infallible {
    loop {
        due.notified().await;
        pass(FLUSH, &upkeep, Upkeep::flush_due_logs).await;
    }
}

impl Upkeep {
    fn check_isr(&self) {
        let now = self.clock.now();
        self.replicas.all().iter().for_each(|partition| partition.check_isr(now));
    }

    fn checkpoint_high_watermarks(&self) {
        self.log_dirs.checkpoint_high_watermarks();
        self.look_for_failures();
    }

    fn checkpoint_recovery_points(&self) {
        self.log_dirs.checkpoint_recovery_points();
        self.look_for_failures();
    }

    fn apply_retention(&self) {
        self.log_dirs.apply_retention(self.clock.now());
        self.look_for_failures();
    }

    fn flush_due_logs(&self) {
        self.log_dirs.flush_due_logs(self.clock.now());
        self.look_for_failures();
    }

    fn housekeep(&self) {
        self.log_dirs.housekeep(self.clock.now());
        self.look_for_failures();
    }

    /// Reports the log dirs that have failed meanwhile.
    fn look_for_failures(&self) {
        self.log_dirs.offline_dirs().iter().for_each(|(dir, reason)| self.failures.report(dir, reason));
    }
}
