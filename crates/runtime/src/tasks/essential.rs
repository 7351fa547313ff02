//! Tasks and threads that a server cannot do without: when one panics, or ends though nobody asked it to, the log names it
//! and the process ends, so that others take over. What a panic leaves half-done lives no longer than the process; the next
//! start recovers, as after kill -9.

use super::{
    LOG,
    caught::{Caught, Payload, message},
};
use std::{
    convert::Infallible,
    fmt,
    future::Future,
    io, process,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};
use tokio::{sync::Semaphore, task::JoinHandle};

/// What the process ends with when an essential task has died (`EX_SOFTWARE`).
pub const EXIT_CODE: u8 = 70;
/// How long whoever waits for [`died`] may take to let go of what others wait for.
pub const LAST_ACTS: Duration = Duration::from_secs(1);
/// When the process ends although nobody has ended it: all its threads may be stuck.
const HALT: Duration = Duration::from_secs(2);

/// How long the end of a task without a panic waits to be told: most likely it could not go on because of a panic that is
/// unwinding just now, and that one is to be told.
const CAUSE_FIRST: Duration = Duration::from_millis(100);

/// Closed by the first death. Nobody ever gets a permit.
static DEATH: Semaphore = Semaphore::const_new(0);
/// Whether a death ends the process.
static ENDS_PROCESS: AtomicBool = AtomicBool::new(false);

macro_rules! tasks {
    ($($(#[doc = $line:literal])+ $task:ident = $name:literal,)+) => {
        /// Every essential task. Each line says whose it is, and what does not happen without it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Task { $($(#[doc = $line])+ $task,)+ }

        impl Task {
            /// All of them.
            pub const ALL: &[Task] = &[$(Task::$task),+];

            /// What the log and [`docs/concurrency.md`] call it.
            pub fn name(self) -> &'static str {
                match self { $(Task::$task => $name),+ }
            }
        }
    };
}

tasks! {
    /// broker: one listener's clients are not let in.
    Accepting = "accepting",
    /// broker: idle connections stay.
    IdleConnections = "closing idle connections",
    /// replication: what one leader leads is not followed.
    ReplicaFetcher = "replica fetcher",
    /// controller: nobody controls the cluster, and nobody else can.
    Controller = "controller",
    /// controller: one broker hears nothing of what was decided.
    BrokerLine = "line to one broker",
    /// controller: one broker's death shows only when its session expires.
    BrokerWatch = "watch over one broker",
    /// broker: an expired session is not renewed.
    Registration = "registration",
    /// broker: settings stay as they are.
    ChangedSettings = "changed settings",
    /// broker: the in-sync sets of partitions that are led here stay as they are.
    IsrChanges = "changes of in-sync replicas",
    /// broker: who was replaced without a word goes on with acks=1 until the controller reaches it.
    LostLeaderships = "lost leaderships",
    /// broker: the replicas of a dir that has failed stay.
    LogDirFailures = "failures of log dirs",
    /// broker: one kind of checkpoints, retention, housekeeping, fsync or the look at followers does not happen.
    Upkeep = "upkeep",
    /// coordinator: no member is missed, no rebalance ends.
    GroupTimer = "group timer",
    /// zookeeper-client, in a broker: no call is answered, no watch fires.
    ZooKeeperSession = "ZooKeeper session",
    /// zookeeper-server, a thread: no write and no new session is answered.
    ZooKeeperLog = "zk-log",
    /// zookeeper-server: one port's clients are not let in.
    ZooKeeperAccepting = "accepting ZooKeeper clients",
    /// zookeeper-server: no session ends by itself.
    SessionExpiry = "session expiry",
    /// zookeeper-server: empty container nodes stay.
    ContainerNodes = "container nodes",
    /// zookeeper-server: old snapshots and logs fill the disk.
    Purging = "purging",
    /// zookeeper-server: the operators' HTTP port is silent.
    AdminServer = "AdminServer",
    /// zookeeper-server: the figures are not told.
    PrometheusPage = "Prometheus page",
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How an essential task has come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Its owner wanted it to end, or has gone.
    Asked,
    /// Something is gone that it cannot do without; says what.
    Unasked(&'static str),
}

/// Of a task that never ends: its owner aborts it.
impl From<Infallible> for End {
    fn from(never: Infallible) -> End {
        match never {}
    }
}

/// Begins an essential task. Its owner may abort it.
pub fn spawn<F>(task: Task, future: F) -> JoinHandle<()>
where
    F: Future<Output: Into<End>> + Send + 'static,
{
    let caught = Caught::new(task.name(), future);
    tokio::spawn(async move {
        let how = caught.await.map(Into::into);
        if matches!(how, Ok(End::Unasked(_))) {
            tokio::time::sleep(CAUSE_FIRST).await;
        }
        ended(task, how);
    })
}

/// Begins an essential thread, which the system knows by the task's name. It passes [`fault_point`] now and then.
pub fn spawn_thread<E: Into<End>>(
    task: Task,
    work: impl FnOnce() -> E + Send + 'static,
) -> io::Result<thread::JoinHandle<()>> {
    let work = move || {
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        let how = caught.map(Into::into);
        if matches!(how, Ok(End::Unasked(_))) {
            thread::sleep(CAUSE_FIRST);
        }
        ended(task, how);
    };
    thread::Builder::new().name(task.name().to_owned()).spawn(work)
}

/// Where tests may have an essential thread panic; nothing in a release.
#[inline]
pub fn fault_point(task: Task) {
    #[cfg(debug_assertions)]
    super::faults::strike_if_due(task.name());
    #[cfg(not(debug_assertions))]
    let _ = task;
}

fn ended(task: Task, how: Result<End, Payload>) {
    match how {
        Ok(End::Asked) => {}
        Ok(End::Unasked(why)) => died_of(task, format_args!("has ended though nobody asked it to: {why}")),
        Err(panic) => died_of(task, format_args!("has panicked: {}", message(&panic))),
    }
}

fn died_of(task: Task, how: fmt::Arguments<'_>) {
    static IS_FIRST: AtomicBool = AtomicBool::new(true);
    if !IS_FIRST.swap(false, Ordering::SeqCst) {
        // Most likely a consequence of the first one, which has been told.
        log::debug!(target: LOG, "The essential task '{task}' {how}, too");
        return;
    }
    log::error!(target: LOG, "The essential task '{task}' {how}. This process cannot go on without it");
    if ENDS_PROCESS.load(Ordering::SeqCst) {
        let halt = || {
            thread::sleep(HALT);
            process::exit(EXIT_CODE.into());
        };
        if thread::Builder::new().name("halt".to_owned()).spawn(halt).is_err() {
            process::exit(EXIT_CODE.into());
        }
    }
    DEATH.close();
}

/// Waits for the first death of an essential task in this process. Who waits is to end the process with [`EXIT_CODE`], and
/// may do what is quick and safe before, within [`LAST_ACTS`].
pub async fn died() {
    // The semaphore has no permits, so this ends with an error, when it is closed.
    let _ = DEATH.acquire().await;
}

/// Whether an essential task of this process has died.
pub fn has_died() -> bool {
    DEATH.is_closed()
}

/// From now on a death ends the process even if nobody who waits for [`died`] gets to it. Programs call it that are
/// servers; where it was not called, in tests, the line in the log is all.
pub fn end_process_on_death() {
    ENDS_PROCESS.store(true, Ordering::SeqCst);
}
