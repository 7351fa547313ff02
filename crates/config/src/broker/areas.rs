//! Pure: a broker's settings by area, each field named after its property, with its unit last.

use crate::settings::Settings;

/// How the broker reaches ZooKeeper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZooKeeperSettings {
    /// `zookeeper.connect`: `host:port,host:port/chroot`.
    pub connect: String,
    pub session_timeout_ms: i32,
    /// `zookeeper.connection.timeout.ms`, or the session's.
    pub connection_timeout_ms: i32,
    pub max_in_flight_requests: usize,
}

impl ZooKeeperSettings {
    pub(super) fn of(settings: &Settings, connect: String) -> ZooKeeperSettings {
        let session_timeout_ms = settings.int("zookeeper.session.timeout.ms");
        let connection = settings.optional_number("zookeeper.connection.timeout.ms");
        ZooKeeperSettings {
            connect,
            session_timeout_ms,
            connection_timeout_ms: connection.and_then(|ms| i32::try_from(ms).ok()).unwrap_or(session_timeout_ms),
            max_in_flight_requests: settings.size("zookeeper.max.in.flight.requests"),
        }
    }
}

/// Sockets, connections and requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkSettings {
    pub num_network_threads: usize,
    pub num_io_threads: usize,
    pub queued_max_requests: usize,
    /// −1: the system's default.
    pub socket_send_buffer_bytes: i32,
    /// −1: the system's default.
    pub socket_receive_buffer_bytes: i32,
    /// The largest request, without its length field.
    pub socket_request_max_bytes: i32,
    pub socket_listen_backlog_size: i32,
    pub max_connections: usize,
    pub max_connections_per_ip: usize,
    /// `host:limit` pairs.
    pub max_connections_per_ip_overrides: String,
    pub max_connection_creation_rate: i32,
    /// Negative: connections may idle for ever.
    pub connections_max_idle_ms: i64,
    pub request_timeout_ms: i32,
    /// The most bytes of one fetch response.
    pub fetch_max_bytes: i32,
    pub max_incremental_fetch_session_cache_slots: usize,
    pub max_request_partition_size_limit: usize,
}

impl NetworkSettings {
    pub(super) fn of(settings: &Settings) -> NetworkSettings {
        NetworkSettings {
            num_network_threads: settings.size("num.network.threads"),
            num_io_threads: settings.size("num.io.threads"),
            queued_max_requests: settings.size("queued.max.requests"),
            socket_send_buffer_bytes: settings.int("socket.send.buffer.bytes"),
            socket_receive_buffer_bytes: settings.int("socket.receive.buffer.bytes"),
            socket_request_max_bytes: settings.int("socket.request.max.bytes"),
            socket_listen_backlog_size: settings.int("socket.listen.backlog.size"),
            max_connections: settings.size("max.connections"),
            max_connections_per_ip: settings.size("max.connections.per.ip"),
            max_connections_per_ip_overrides: settings.text("max.connections.per.ip.overrides").unwrap_or_default(),
            max_connection_creation_rate: settings.int("max.connection.creation.rate"),
            connections_max_idle_ms: settings.long("connections.max.idle.ms"),
            request_timeout_ms: settings.int("request.timeout.ms"),
            fetch_max_bytes: settings.int("fetch.max.bytes"),
            max_incremental_fetch_session_cache_slots: settings.size("max.incremental.fetch.session.cache.slots"),
            max_request_partition_size_limit: settings.size("max.request.partition.size.limit"),
        }
    }
}

/// How topics come and go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicSettings {
    pub num_partitions: i32,
    pub default_replication_factor: i32,
    pub auto_create_topics_enable: bool,
    pub delete_topic_enable: bool,
    /// `rkafka.internal.topics.grow.enable`.
    pub internal_topics_grow_enable: bool,
}

impl TopicSettings {
    pub(super) fn of(settings: &Settings) -> TopicSettings {
        TopicSettings {
            num_partitions: settings.int("num.partitions"),
            default_replication_factor: settings.int("default.replication.factor"),
            auto_create_topics_enable: settings.flag("auto.create.topics.enable"),
            delete_topic_enable: settings.flag("delete.topic.enable"),
            internal_topics_grow_enable: settings.flag("rkafka.internal.topics.grow.enable"),
        }
    }
}

/// What the logs of all topics share.
#[derive(Clone, Debug, PartialEq)]
pub struct LogSettings {
    pub num_recovery_threads_per_data_dir: usize,
    pub retention_check_interval_ms: i64,
    pub flush_scheduler_interval_ms: i64,
    pub flush_offset_checkpoint_interval_ms: i32,
    pub flush_start_offset_checkpoint_interval_ms: i32,
    pub initial_task_delay_ms: i64,
    pub dir_failure_timeout_ms: i64,
    pub cleaner_enable: bool,
    pub cleaner_threads: usize,
    pub cleaner_backoff_ms: i64,
    pub cleaner_dedupe_buffer_size: i64,
    pub cleaner_io_buffer_size: i32,
    pub cleaner_io_buffer_load_factor: f64,
    pub cleaner_io_max_bytes_per_second: f64,
    pub producer_id_expiration_ms: i32,
    pub producer_id_expiration_check_interval_ms: i32,
}

impl LogSettings {
    pub(super) fn of(settings: &Settings) -> LogSettings {
        LogSettings {
            num_recovery_threads_per_data_dir: settings.size("num.recovery.threads.per.data.dir"),
            retention_check_interval_ms: settings.long("log.retention.check.interval.ms"),
            flush_scheduler_interval_ms: settings.long("log.flush.scheduler.interval.ms"),
            flush_offset_checkpoint_interval_ms: settings.int("log.flush.offset.checkpoint.interval.ms"),
            flush_start_offset_checkpoint_interval_ms: settings.int("log.flush.start.offset.checkpoint.interval.ms"),
            initial_task_delay_ms: settings.long("log.initial.task.delay.ms"),
            dir_failure_timeout_ms: settings.long("log.dir.failure.timeout.ms"),
            cleaner_enable: settings.flag("log.cleaner.enable"),
            cleaner_threads: settings.size("log.cleaner.threads"),
            cleaner_backoff_ms: settings.long("log.cleaner.backoff.ms"),
            cleaner_dedupe_buffer_size: settings.long("log.cleaner.dedupe.buffer.size"),
            cleaner_io_buffer_size: settings.int("log.cleaner.io.buffer.size"),
            cleaner_io_buffer_load_factor: settings.double("log.cleaner.io.buffer.load.factor"),
            cleaner_io_max_bytes_per_second: settings.double("log.cleaner.io.max.bytes.per.second"),
            producer_id_expiration_ms: settings.int("producer.id.expiration.ms"),
            producer_id_expiration_check_interval_ms: settings.int("producer.id.expiration.check.interval.ms"),
        }
    }
}

/// How replicas follow their leaders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicationSettings {
    pub num_replica_fetchers: usize,
    pub lag_time_max_ms: i64,
    pub fetch_wait_max_ms: i32,
    pub fetch_min_bytes: i32,
    pub fetch_max_bytes: i32,
    pub fetch_response_max_bytes: i32,
    pub fetch_backoff_ms: i32,
    pub socket_timeout_ms: i32,
    pub socket_receive_buffer_bytes: i32,
    pub high_watermark_checkpoint_interval_ms: i64,
    pub controller_socket_timeout_ms: i32,
    pub auto_leader_rebalance_enable: bool,
    pub leader_imbalance_check_interval_seconds: i64,
    pub leader_imbalance_per_broker_percentage: i32,
    pub unclean_leader_election_interval_ms: i64,
    /// Whether a broker that refuses connections counts as gone before its ZooKeeper session ends.
    pub fast_failover_enable: bool,
    pub quota_window_num: usize,
    pub quota_window_size_seconds: i64,
    /// `replica.selector.class`.
    pub selector: ReplicaSelector,
}

/// Which replica consumers are sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplicaSelector {
    Leader,
    /// One in the consumer's rack (KIP-392).
    RackAware,
}

impl ReplicaSelector {
    /// The selector that a Java class stands for; `None` for a class that is not Kafka's own.
    pub(super) fn of(settings: &Settings) -> Option<ReplicaSelector> {
        match settings.text("replica.selector.class").unwrap_or_default().as_str() {
            "" | "org.apache.kafka.common.replica.LeaderSelector" => Some(ReplicaSelector::Leader),
            "org.apache.kafka.common.replica.RackAwareReplicaSelector" => Some(ReplicaSelector::RackAware),
            _ => None,
        }
    }
}

impl ReplicationSettings {
    pub(super) fn of(settings: &Settings) -> ReplicationSettings {
        ReplicationSettings {
            quota_window_num: settings.size("replication.quota.window.num"),
            quota_window_size_seconds: settings.long("replication.quota.window.size.seconds"),
            selector: ReplicaSelector::of(settings).unwrap_or(ReplicaSelector::Leader),
            num_replica_fetchers: settings.size("num.replica.fetchers"),
            lag_time_max_ms: settings.long("replica.lag.time.max.ms"),
            fetch_wait_max_ms: settings.int("replica.fetch.wait.max.ms"),
            fetch_min_bytes: settings.int("replica.fetch.min.bytes"),
            fetch_max_bytes: settings.int("replica.fetch.max.bytes"),
            fetch_response_max_bytes: settings.int("replica.fetch.response.max.bytes"),
            fetch_backoff_ms: settings.int("replica.fetch.backoff.ms"),
            socket_timeout_ms: settings.int("replica.socket.timeout.ms"),
            socket_receive_buffer_bytes: settings.int("replica.socket.receive.buffer.bytes"),
            high_watermark_checkpoint_interval_ms: settings.long("replica.high.watermark.checkpoint.interval.ms"),
            controller_socket_timeout_ms: settings.int("controller.socket.timeout.ms"),
            auto_leader_rebalance_enable: settings.flag("auto.leader.rebalance.enable"),
            leader_imbalance_check_interval_seconds: settings.long("leader.imbalance.check.interval.seconds"),
            leader_imbalance_per_broker_percentage: settings.int("leader.imbalance.per.broker.percentage"),
            unclean_leader_election_interval_ms: settings.long("unclean.leader.election.interval.ms"),
            fast_failover_enable: settings.flag("rkafka.fast.failover.enable"),
        }
    }
}

/// Limits of consumer groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupSettings {
    pub min_session_timeout_ms: i32,
    pub max_session_timeout_ms: i32,
    pub initial_rebalance_delay_ms: i32,
    /// The most members of one group.
    pub max_size: usize,
}

impl GroupSettings {
    pub(super) fn of(settings: &Settings) -> GroupSettings {
        GroupSettings {
            min_session_timeout_ms: settings.int("group.min.session.timeout.ms"),
            max_session_timeout_ms: settings.int("group.max.session.timeout.ms"),
            initial_rebalance_delay_ms: settings.int("group.initial.rebalance.delay.ms"),
            max_size: settings.size("group.max.size"),
        }
    }
}

/// Committed offsets and the topic that keeps them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OffsetsSettings {
    pub topic_num_partitions: i32,
    pub topic_replication_factor: i16,
    pub topic_segment_bytes: i32,
    /// A codec's number: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.
    pub topic_compression_codec: i32,
    pub load_buffer_size: usize,
    pub retention_minutes: i32,
    pub retention_check_interval_ms: i64,
    pub commit_timeout_ms: i32,
    pub commit_required_acks: i16,
    /// `offset.metadata.max.bytes`.
    pub metadata_max_bytes: usize,
}

impl OffsetsSettings {
    pub(super) fn of(settings: &Settings) -> OffsetsSettings {
        OffsetsSettings {
            topic_num_partitions: settings.int("offsets.topic.num.partitions"),
            topic_replication_factor: settings.short("offsets.topic.replication.factor"),
            topic_segment_bytes: settings.int("offsets.topic.segment.bytes"),
            topic_compression_codec: settings.int("offsets.topic.compression.codec"),
            load_buffer_size: settings.size("offsets.load.buffer.size"),
            retention_minutes: settings.int("offsets.retention.minutes"),
            retention_check_interval_ms: settings.long("offsets.retention.check.interval.ms"),
            commit_timeout_ms: settings.int("offsets.commit.timeout.ms"),
            commit_required_acks: settings.short("offsets.commit.required.acks"),
            metadata_max_bytes: settings.size("offset.metadata.max.bytes"),
        }
    }
}

/// Transactions and the topic that keeps their state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionSettings {
    pub state_log_num_partitions: i32,
    pub state_log_replication_factor: i16,
    pub state_log_min_isr: i32,
    pub state_log_segment_bytes: i32,
    pub state_log_load_buffer_size: usize,
    pub max_timeout_ms: i32,
    pub id_expiration_ms: i32,
    pub partition_verification_enable: bool,
}

impl TransactionSettings {
    pub(super) fn of(settings: &Settings) -> TransactionSettings {
        TransactionSettings {
            state_log_num_partitions: settings.int("transaction.state.log.num.partitions"),
            state_log_replication_factor: settings.short("transaction.state.log.replication.factor"),
            state_log_min_isr: settings.int("transaction.state.log.min.isr"),
            state_log_segment_bytes: settings.int("transaction.state.log.segment.bytes"),
            state_log_load_buffer_size: settings.size("transaction.state.log.load.buffer.size"),
            max_timeout_ms: settings.int("transaction.max.timeout.ms"),
            id_expiration_ms: settings.int("transactional.id.expiration.ms"),
            partition_verification_enable: settings.flag("transaction.partition.verification.enable"),
        }
    }
}

/// Handing leaderships over before the broker stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlledShutdownSettings {
    pub enable: bool,
    pub max_retries: i32,
    pub retry_backoff_ms: i64,
}

impl ControlledShutdownSettings {
    pub(super) fn of(settings: &Settings) -> ControlledShutdownSettings {
        ControlledShutdownSettings {
            enable: settings.flag("controlled.shutdown.enable"),
            max_retries: settings.int("controlled.shutdown.max.retries"),
            retry_backoff_ms: settings.long("controlled.shutdown.retry.backoff.ms"),
        }
    }
}
