//! What happens when the disk of a log dir fails: the dir is used no more, its replicas are offline, and the controller
//! hears of it through a node under `/log_dir_event_notification` (KIP-112). Without any dir left the broker ends.

use rkafka_base::{BrokerId, OFFSETS_TOPIC, TopicPartition};
use rkafka_coordinator::GroupCoordinator;
use rkafka_log::LogDirs;
use rkafka_registry as registry;
use rkafka_registry::paths;
use rkafka_replication::{Replicas, fetcher::Fetchers};
use rkafka_runtime::tasks::essential::End;
use rkafka_zookeeper_client::ZkClient;
use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::sync::{mpsc, watch};

const LOG: &str = "kafka.server.ReplicaManager";
/// How many reports wait; one that finds no place is repeated by the next write that fails.
const MAX_REPORTS: usize = 64;
/// The pause before another try to tell the controller.
const RETRY: Duration = Duration::from_secs(1);

/// A dir that failed, and why.
type Report = (PathBuf, String);

/// Where failures are reported, from wherever they show. Cheap to clone; never blocks.
#[derive(Clone)]
pub struct FailureReports(mpsc::Sender<Report>);

/// The reports on their way to [`LogDirFailures`].
pub struct ReportQueue(mpsc::Receiver<Report>);

/// A way to report failures, and where the reports come out.
pub fn failure_reports() -> (FailureReports, ReportQueue) {
    let (sender, queue) = mpsc::channel(MAX_REPORTS);
    (FailureReports(sender), ReportQueue(queue))
}

impl FailureReports {
    pub fn report(&self, log_dir: &Path, reason: &str) {
        let _ = self.0.try_send((log_dir.to_path_buf(), reason.to_owned()));
    }
}

/// Takes failed dirs out of service.
pub struct LogDirFailures {
    pub local: BrokerId,
    pub log_dirs: LogDirs,
    pub replicas: Arc<Replicas>,
    pub fetchers: Arc<Fetchers>,
    pub groups: Arc<GroupCoordinator>,
    pub zk: ZkClient,
    /// The dirs that have been dealt with; at first those that could not be used at the start.
    pub given_up: HashSet<PathBuf>,
    /// Set to a reason when the broker cannot go on.
    pub fatal: watch::Sender<Option<String>>,
}

impl LogDirFailures {
    /// Runs until nobody is left who could report, or no log dir.
    pub async fn run(mut self, mut reports: ReportQueue) -> End {
        while let Some((dir, reason)) = reports.0.recv().await {
            let lost = self.log_dirs.take_offline(&dir, &reason);
            // A replica that was being opened when the dir failed may have come after its others were given up.
            if !self.given_up.insert(dir.clone()) && self.replicas.all_in(&dir).is_empty() {
                continue;
            }
            self.give_up(&dir, lost);
            if self.log_dirs.online_dirs().is_empty() {
                log::error!(target: "kafka.log.LogManager", "Shutdown broker because all log dirs have failed");
                let _ = self.fatal.send(Some(format!("all log dirs have failed, {} last: {reason}", dir.display())));
                return End::Asked;
            }
            self.tell_controller().await;
        }
        End::Asked
    }

    /// The dir's replicas are served no more; also those that another failure has taken out of the log dirs before.
    fn give_up(&self, dir: &Path, mut lost: Vec<TopicPartition>) {
        lost.extend(self.replicas.all_in(dir).iter().map(|partition| partition.name().clone()));
        lost.sort();
        lost.dedup();
        self.fetchers.unfollow(&lost);
        for name in &lost {
            if let Some(replica) = self.replicas.take_offline(name) {
                replica.stop();
            }
            if &*name.topic == OFFSETS_TOPIC {
                // Its groups find the next coordinator.
                self.groups.resigned(name.partition, None);
            }
        }
        let names: Vec<String> = lost.iter().map(TopicPartition::to_string).collect();
        log::warn!(target: LOG, "[ReplicaManager broker={}] Broker {} stopped fetcher for partitions {} because they are in the failed log directory {}",
            self.local, self.local, names.join(","), dir.display());
    }

    async fn tell_controller(&self) {
        loop {
            match registry::notices::report_log_dir_failure(&self.zk, self.local.0).await {
                Ok(()) => return,
                Err(error) => {
                    log::warn!(target: LOG, "The controller could not be told of the failed log directory through {}: {error}", paths::LOG_DIR_EVENT_NOTIFICATION);
                }
            }
            tokio::time::sleep(RETRY).await;
        }
    }
}
