//! The table of all locks.

/// Makes the enum and, for the test that compares it with `docs/concurrency.md`, the texts.
macro_rules! ranks {
    ($($(#[doc = $line:literal])+ $rank:ident,)+) => {
        /// The locks of all crates, in the order in which a thread takes them: the upper ones first. A rank stands for all
        /// locks that are made with it, of which a thread holds one at a time unless its line says otherwise.
        ///
        /// Each line says where the lock is, what it guards, and what may happen under it: "memory" means that who holds it
        /// waits for nothing, "files" that he may open, read, write or rename them, "disk" that he may wait for an fsync.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Rank { $($(#[doc = $line])+ $rank,)+ }

        #[cfg(all(test, debug_assertions))]
        pub(super) const TABLE: &[(Rank, &[&str])] = &[$((Rank::$rank, &[$($line),+])),+];
    };
}

ranks! {
    /// broker: the table of fetch sessions. Under it: memory; to make room, each session is looked at.
    FetchSessions,
    /// broker: one fetch session, during a request's beginning and end, not while it reads or waits. Under it: memory.
    FetchSession,
    /// broker: whose turn it is among a connection's produce requests. Under it: memory.
    ProduceTurns,
    /// broker: the table of connections and how many each address has. Under it: memory.
    Connections,
    /// broker: what topics have unless they say otherwise. Under it: memory.
    TopicDefaults,
    /// broker: where leaders listen, as LeaderAndIsr requests said. Under it: memory.
    NamedLeaders,
    /// broker: the controller's connections to other brokers. Under it: memory.
    ControllerLinks,
    /// broker: the moves between log dirs and their tasks. Under it: disk, since a move begins and ends
    /// under it, which waits for `LogSet`.
    LogDirMoves,
    /// coordinator: which partitions it has. Under it: memory.
    CoordinatorSlots,
    /// coordinator: one partition's shard, with those who wait for its replies. Under it: files; what a request decides is
    /// appended at once, so that appends come in the order of decisions.
    CoordinatorShard,
    /// replication: the fetchers and which leader each partition was last followed under. Under it: memory; fetchers are
    /// spawned.
    Fetchers,
    /// replication: what one fetcher has yet to hear. Under it: memory.
    FetcherInbox,
    /// replication: the replicas in log dirs that have failed. Under it: memory.
    OfflineReplicas,
    /// replication: the partitions that have a replica here. Under it: memory.
    Replicas,
    /// replication: the topics' names by id. Under it: memory.
    TopicNames,
    /// replication: the right to change one partition's log. Readers append or follow, writers let another epoch begin, so
    /// that nothing of an earlier one gets into the log. Under it: disk.
    PartitionTurn,
    /// log: the right to change the set of logs: to make, delete, move and, at the end, close them. Under it: disk.
    LogSet,
    /// log: the dirs that logs are to be made in which do not exist yet. Under it: memory.
    PreferredDirs,
    /// log: the moves that the end of the last run has interrupted. Under it: memory.
    InterruptedMoves,
    /// log: whom one log dir belongs to (meta.properties). Under it: disk.
    DirOwner,
    /// log: the hold on one log dir, its file lock. Under it: files.
    DirHold,
    /// log: the log dirs that this process holds. Under it: files.
    HeldDirs,
    /// log: the right to flush one log. Under it: disk; appends go on meanwhile.
    LogFlush,
    /// log: the checkpoints of one log dir as they were last written. Under it: disk; the offsets are asked of the logs
    /// under it, so that who writes later writes what is later.
    DirCheckpoints,
    /// log: partitions that a dir's checkpoints may still name. Under it: memory.
    DirLostLogs,
    /// log: the logs by partition. Under it: memory.
    Logs,
    /// log: the copies that move to another log dir. Under it: memory.
    FutureLogs,
    /// log: why one log dir is not used any more. Under it: memory.
    DirFailure,
    /// log: one log: its segments, producers and epochs, and the right to change its offsets; who only reads does without.
    /// Under it: disk, where a log is rolled or cut, or where writing into the page cache waits for it. Two at once when a copy takes its replica's place: the replica's first.
    LogState,
    /// log: one segment's open files and what is known of its indexes. Under it: files are opened and read.
    SegmentFiles,
    /// log: the name of one partition's directory, which stays while a file in it is opened. Under it: files.
    PartitionDir,
    /// log: the ring of segments with open files. Under it: files are closed; a segment in it is only tried.
    OpenFiles,
    /// log: when somebody last waited for a descriptor in vain. Under it: memory.
    OpenFilesPatience,
    /// log: the files to be removed in a while. Under it: memory.
    Deletions,
    /// log: the logs that wait for an fsync. Under it: memory.
    UnflushedLogs,
    /// replication: who leads one partition in which epoch, and how far the followers are. Under it: memory. The log's lock
    /// is not taken under it: who wants that waits for a disk.
    PartitionState,
    /// replication: the right to move one partition's high watermark. Under it: memory.
    HighWatermark,
    /// replication: who waits for one partition to move on. Under it: memory; waiters are woken.
    PartitionWaiters,
    /// replication: the bytes that went through one throttle lately. Under it: memory.
    ThrottleWindows,
    /// client: the connections of one client by broker. Under it: memory; a connection that is being opened is only tried.
    ClientConnections,
    /// client: what one client knows of the cluster. Under it: memory.
    ClusterView,
    /// client: the records that one producer has taken in. Under it: memory.
    ProducerBatches,
    /// client: the last failure that one producer tries to get over. Under it: memory.
    ProducerFailure,
    /// client: the requests of one connection that wait for answers, and why it is closed. Under it: memory.
    ConnectionCalls,
    /// zookeeper-client: who hears of one session's events. Under it: memory.
    ZooKeeperSubscribers,
    /// zookeeper-client: why one session's last attempt to reach a server failed. Under it: memory.
    ZooKeeperFailure,
    /// zookeeper-server: the whole state: tree, sessions, watches, connections. Replies are handed to the outboxes under it,
    /// so that they keep their order. Under it: memory; disk for a restore, when nobody may look.
    ZooKeeperState,
    /// zookeeper-server: the bytes that wait for one client. Under it: the socket is written to, which never waits.
    ZooKeeperOutbox,
    /// zookeeper-server: one connection's TLS. Under it: the socket is read and written, which never waits.
    ZooKeeperTls,
    /// zookeeper-server: the keys that new connections begin TLS with. Under it: files, when they have changed.
    ZooKeeperTlsContext,
    /// zookeeper-server: when something heavy was last asked for. Under it: memory.
    ZooKeeperRateLimit,
    /// zookeeper-shell: the session that the tab key asks. Under it: memory.
    ShellSession,
    /// runtime: the threads and disk lanes that the pulse looks after. Under it: memory.
    Pulse,
}
