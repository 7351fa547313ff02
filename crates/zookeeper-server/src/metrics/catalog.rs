//! Pure: the names of Apache ZooKeeper 3.8's metrics (`ServerMetrics`), in the order in which its `mntr` lists them, and
//! short names for those that are recorded here. The others belong to parts that a lone server of this kind does not
//! have (elections, learners, commit processor, Netty); they are listed because dashboards ask for them, and stay 0.

/// What is counted.
pub const COUNTERS: &[&str] = &[
    "proposal_count",
    "watch_bytes",
    "outstanding_changes_removed",
    "throttled_ops",
    "stale_requests_dropped",
    "large_requests_rejected",
    "insecure_admin_count",
    "connection_rejected",
    "cnxn_closed_without_zk_server_running",
    "sessionless_connections_expired",
    "looking_count",
    "dead_watchers_queued",
    "stale_requests",
    "connection_drop_count",
    "learner_proposal_received_count",
    "digest_mismatches_count",
    "dead_watchers_cleared",
    "response_packet_cache_hits",
    "bytes_received_count",
    "add_dead_watcher_stall_time",
    "request_throttle_wait_count",
    "requests_not_forwarded_to_commit_processor",
    "response_packet_cache_misses",
    "ensemble_auth_success",
    "prep_processor_request_queued",
    "learner_commit_received_count",
    "stale_replies",
    "connection_request_count",
    "response_bytes",
    "ensemble_auth_fail",
    "diff_count",
    "response_packet_get_children_cache_misses",
    "connection_revalidate_count",
    "quit_leading_due_to_disloyal_voter",
    "snap_count",
    "unrecoverable_error_count",
    "unsuccessful_handshake",
    "commit_count",
    "stale_sessions_expired",
    "response_packet_get_children_cache_hits",
    "sync_processor_request_queued",
    "outstanding_changes_queued",
    "request_commit_queued",
    "ensemble_auth_skip",
    "skip_learner_request_to_next_processor_count",
    "tls_handshake_exceeded",
    "revalidate_count",
];

/// Summaries with average, minimum, maximum, count and sum.
pub const BASIC: &[&str] = &[
    "socket_closing_time",
    "proposal_process_time",
    "leader_unavailable_time",
    "node_created_watch_count",
    "session_queues_drained",
    "write_commit_proc_req_queued",
    "connection_token_deficit",
    "read_commit_proc_req_queued",
    "node_deleted_watch_count",
    "startup_txns_load_time",
    "sync_processor_queue_size",
    "follower_sync_time",
    "prep_processor_queue_size",
    "fsynctime",
    "inflight_snap_count",
    "reads_issued_from_session_queue",
    "learner_request_processor_queue_size",
    "snapshottime",
    "unavailable_time",
    "startup_txns_loaded",
    "reads_after_write_in_session_queue",
    "requests_in_session_queue",
    "write_commit_proc_issued",
    "prep_process_time",
    "pending_session_queue_size",
    "time_waiting_empty_pool_in_commit_processor_read_ms",
    "commit_process_time",
    "dbinittime",
    "inflight_diff_count",
    "netty_queued_buffer_capacity",
    "election_time",
    "commit_commit_proc_req_queued",
    "sync_processor_batch_size",
    "node_children_watch_count",
    "write_batch_time_in_commit_processor",
    "read_commit_proc_issued",
    "concurrent_request_processing_in_commit_processor",
    "observer_sync_time",
    "node_changed_watch_count",
    "sync_process_time",
    "startup_snap_load_time",
];

/// Summaries that know percentiles too.
pub const ADVANCED: &[&str] = &[
    "prep_processor_queue_time_ms",
    "jvm_pause_time_ms",
    "close_session_prep_time",
    "read_commitproc_time_ms",
    "updatelatency",
    "local_write_committed_time_ms",
    "request_throttle_queue_time_ms",
    "readlatency",
    "quorum_ack_latency",
    "om_commit_process_time_ms",
    "read_final_proc_time_ms",
    "commit_propagation_latency",
    "dead_watchers_cleaner_latency",
    "write_final_proc_time_ms",
    "proposal_ack_creation_latency",
    "proposal_latency",
    "om_proposal_process_time_ms",
    "sync_processor_queue_and_flush_time_ms",
    "propagation_latency",
    "server_write_committed_time_ms",
    "sync_processor_queue_time_ms",
    "sync_processor_queue_flush_time_ms",
    "write_commitproc_time_ms",
];

/// A counter, by its place in [`COUNTERS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counter(pub(super) usize);

/// A summary, by its place in [`BASIC`] followed by [`ADVANCED`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary(pub(super) usize);

impl Counter {
    const fn named(name: &str) -> Counter {
        match position(COUNTERS, name) {
            Some(at) => Counter(at),
            None => panic!("no such counter"),
        }
    }
}

impl Summary {
    const fn named(name: &str) -> Summary {
        match (position(BASIC, name), position(ADVANCED, name)) {
            (Some(at), _) => Summary(at),
            (None, Some(at)) => Summary(BASIC.len() + at),
            (None, None) => panic!("no such summary"),
        }
    }
}

/// Evaluated when compiling: a name that is not in the tables does not compile.
const fn position(names: &[&str], name: &str) -> Option<usize> {
    let mut at = 0;
    while at < names.len() {
        if same(names[at].as_bytes(), name.as_bytes()) {
            return Some(at);
        }
        at += 1;
    }
    None
}

const fn same(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let mut at = 0;
    while at < left.len() {
        if left[at] != right[at] {
            return false;
        }
        at += 1;
    }
    true
}

pub const BYTES_RECEIVED: Counter = Counter::named("bytes_received_count");
pub const CONNECTIONS_DROPPED: Counter = Counter::named("connection_drop_count");
pub const CONNECTION_REJECTED: Counter = Counter::named("connection_rejected");
pub const CONNECTION_REQUESTS: Counter = Counter::named("connection_request_count");
pub const CONNECTION_REVALIDATIONS: Counter = Counter::named("connection_revalidate_count");
pub const LARGE_REQUESTS_REJECTED: Counter = Counter::named("large_requests_rejected");
pub const REQUESTS_PREPARED: Counter = Counter::named("prep_processor_request_queued");
pub const RESPONSE_BYTES: Counter = Counter::named("response_bytes");
pub const SESSIONLESS_EXPIRED: Counter = Counter::named("sessionless_connections_expired");
pub const STALE_SESSIONS: Counter = Counter::named("stale_sessions_expired");
pub const SYNC_QUEUED: Counter = Counter::named("sync_processor_request_queued");
pub const UNRECOVERABLE_ERRORS: Counter = Counter::named("unrecoverable_error_count");
pub const UNSUCCESSFUL_HANDSHAKES: Counter = Counter::named("unsuccessful_handshake");
pub const WATCH_BYTES: Counter = Counter::named("watch_bytes");

pub const BATCH_SIZE: Summary = Summary::named("sync_processor_batch_size");
pub const DB_INIT_TIME: Summary = Summary::named("dbinittime");
pub const FSYNC_TIME: Summary = Summary::named("fsynctime");
pub const NODE_CHANGED_WATCHES: Summary = Summary::named("node_changed_watch_count");
pub const NODE_CHILDREN_WATCHES: Summary = Summary::named("node_children_watch_count");
pub const NODE_CREATED_WATCHES: Summary = Summary::named("node_created_watch_count");
pub const NODE_DELETED_WATCHES: Summary = Summary::named("node_deleted_watch_count");
pub const PROPAGATION_LATENCY: Summary = Summary::named("propagation_latency");
pub const READ_LATENCY: Summary = Summary::named("readlatency");
pub const SNAPSHOT_TIME: Summary = Summary::named("snapshottime");
pub const STARTUP_TXNS_LOADED: Summary = Summary::named("startup_txns_loaded");
pub const SYNC_FLUSH_TIME: Summary = Summary::named("sync_processor_queue_flush_time_ms");
pub const UPDATE_LATENCY: Summary = Summary::named("updatelatency");
