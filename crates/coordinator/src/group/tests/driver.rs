//! The coordinator as the broker drives it: elections, loading, time, and a log whose appends take their time.

use super::rig::{GROUP, consumer};
use crate::{
    Appended, GroupCoordinator, OffsetsLog,
    group::{Client, GroupConfig},
    storage::BoxFuture,
};
use bytes::{Bytes, BytesMut};
use parking_lot::Mutex;
use rkafka_base::Offset;
use rkafka_protocol::{
    ErrorCode,
    messages::{
        HeartbeatRequest, OffsetCommitRequest, SyncGroupRequest,
        offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic},
        offset_fetch_request::OffsetFetchRequestGroup,
        sync_group_request::SyncGroupRequestAssignment,
    },
    record::{BatchHeader, patch},
};
use rkafka_runtime::{clock::SystemClock, disk_lane::DiskLane};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::watch;

/// Far longer than anything here takes.
const BOUND: Duration = Duration::from_secs(20);

/// One partition in memory. Appends are committed, and reads answered, while the gate is open; who waits behind it panics if
/// it is broken.
struct Memory {
    bytes: Mutex<(Vec<u8>, i64)>,
    gate: watch::Sender<bool>,
    is_broken: Arc<AtomicBool>,
    /// The next read fails.
    refuses: AtomicBool,
}

impl Memory {
    fn new() -> Arc<Memory> {
        Arc::new(Memory {
            bytes: Mutex::default(),
            gate: watch::Sender::new(true),
            is_broken: Arc::default(),
            refuses: AtomicBool::new(false),
        })
    }

    fn open(&self, open: bool) {
        self.gate.send_replace(open);
    }

    fn wait<T: Send + 'static>(&self, value: T) -> BoxFuture<Result<T, ErrorCode>> {
        let (mut gate, is_broken) = (self.gate.subscribe(), Arc::clone(&self.is_broken));
        Box::pin(async move {
            gate.wait_for(|open| *open).await.map_err(|_| ErrorCode::UNKNOWN_SERVER_ERROR)?;
            assert!(!is_broken.load(Ordering::SeqCst), "a test");
            Ok(value)
        })
    }
}

impl OffsetsLog for Memory {
    fn append(&self, _partition: i32, batch: Bytes) -> Result<Appended, ErrorCode> {
        let mut log = self.bytes.lock();
        let mut batch = BytesMut::from(&batch[..]);
        patch::base_offset(&mut batch, Offset(log.1));
        let header = BatchHeader::parse(&batch).expect("a header").expect("whole");
        log.0.extend_from_slice(&batch);
        log.1 = header.next_offset().0;
        Ok(Appended { base_offset: header.base_offset, committed: self.wait(()) })
    }

    fn disk(&self, _: i32) -> Option<Arc<DiskLane>> {
        None
    }

    fn start_offset(&self, _partition: i32) -> Result<Offset, ErrorCode> {
        Ok(Offset(0))
    }

    fn read(&self, _partition: i32, from: Offset, _max: usize) -> BoxFuture<Result<Bytes, ErrorCode>> {
        if self.refuses.swap(false, Ordering::SeqCst) {
            return Box::pin(std::future::ready(Err(ErrorCode::KAFKA_STORAGE_ERROR)));
        }
        let log = self.bytes.lock();
        self.wait(if from.0 < log.1 { Bytes::copy_from_slice(&log.0) } else { Bytes::new() })
    }
}

fn start(log: &Arc<Memory>) -> Arc<GroupCoordinator> {
    start_with(log, GroupConfig { initial_rebalance_delay_ms: 10, ..GroupConfig::default() })
}

fn start_with(log: &Arc<Memory>, config: GroupConfig) -> Arc<GroupCoordinator> {
    let log: Arc<dyn OffsetsLog> = Arc::<Memory>::clone(log);
    Arc::new(GroupCoordinator::start(config, 1, log, Arc::new(SystemClock)))
}

async fn bounded<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(BOUND, future).await.expect("in time")
}

async fn elected(coordinator: &GroupCoordinator, epoch: i32) {
    coordinator.elected(0, epoch);
    bounded(async {
        while offsets(coordinator).await.0 == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// Offsets that are committed do not look absent because a disk failed while they were read.
#[tokio::test]
async fn a_partition_that_could_not_be_read_is_read_again() {
    let log = Memory::new();
    let first = start(&log);
    elected(&first, 1).await;
    assert_eq!(commit(&first, 7).await, ErrorCode::NONE);
    log.refuses.store(true, Ordering::SeqCst);
    let second = start(&log);
    second.elected(0, 2);
    while log.refuses.load(Ordering::SeqCst) {
        tokio::task::yield_now().await;
    }
    assert_eq!(offsets(&second).await.0, ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
    while offsets(&second).await.0 == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS {
        tokio::task::yield_now().await;
    }
    assert_eq!(offsets(&second).await, (ErrorCode::NONE, vec![7]));
}

async fn commit(coordinator: &GroupCoordinator, offset: i64) -> ErrorCode {
    let partition = OffsetCommitRequestPartition { committed_offset: offset, ..Default::default() };
    let topic = OffsetCommitRequestTopic { name: "t".into(), partitions: vec![partition], ..Default::default() };
    let request = OffsetCommitRequest {
        group_id: "simple".into(),
        generation_id_or_member_epoch: -1,
        topics: vec![topic],
        ..Default::default()
    };
    let response = bounded(coordinator.commit_offsets(request)).await;
    ErrorCode(response.topics[0].partitions[0].error_code)
}

async fn offsets(coordinator: &GroupCoordinator) -> (ErrorCode, Vec<i64>) {
    let request = OffsetFetchRequestGroup { group_id: "simple".into(), topics: None, ..Default::default() };
    let response = bounded(coordinator.fetch_offsets(request, false)).await;
    let all = response.topics.iter().flat_map(|t| t.partitions.iter().map(|p| p.committed_offset));
    (ErrorCode(response.error_code), all.collect())
}

#[tokio::test]
async fn a_group_forms_by_the_clock_and_syncs_when_the_log_has_committed() {
    let log = Memory::new();
    let coordinator = start(&log);
    elected(&coordinator, 0).await;
    let client = Client { id: "c".into(), host: "/127.0.0.1".into() };
    let joined = bounded(coordinator.join_group(consumer("c", &["t"]).request, 3, client)).await;
    assert_eq!((joined.error_code, joined.generation_id, &joined.leader), (0, 1, &joined.member_id));
    assert_eq!(joined.member_id.len(), "c-".len() + 36, "{}", joined.member_id);
    let assignment = SyncGroupRequestAssignment {
        member_id: joined.member_id.clone(),
        assignment: "x".into(),
        ..Default::default()
    };
    let request = SyncGroupRequest {
        group_id: GROUP.into(),
        generation_id: 1,
        member_id: joined.member_id.clone(),
        assignments: vec![assignment],
        ..Default::default()
    };
    log.open(false);
    let waiting = tokio::spawn({
        let coordinator = Arc::clone(&coordinator);
        async move { coordinator.sync_group(request).await }
    });
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    log.open(true);
    assert_eq!(bounded(waiting).await.expect("no panic").assignment, Bytes::from_static(b"x"));
    let heartbeat = HeartbeatRequest {
        group_id: GROUP.into(),
        generation_id: 1,
        member_id: joined.member_id,
        ..Default::default()
    };
    assert_eq!(coordinator.heartbeat(heartbeat.clone()).await, 0);
    coordinator.resigned(0, Some(1));
    assert_eq!(ErrorCode(coordinator.heartbeat(heartbeat.clone()).await), ErrorCode::NOT_COORDINATOR);
    elected(&coordinator, 2).await;
    assert_eq!(coordinator.heartbeat(heartbeat).await, 0, "the generation is in the log");
}

#[tokio::test]
async fn offsets_survive_the_coordinator_and_are_not_served_while_they_load() {
    let log = Memory::new();
    let coordinator = start(&log);
    assert_eq!(commit(&coordinator, 1).await, ErrorCode::NOT_COORDINATOR);
    elected(&coordinator, 0).await;
    for offset in 1..=3 {
        assert_eq!(commit(&coordinator, offset).await, ErrorCode::NONE);
    }
    drop(coordinator);
    let successor = start(&log);
    log.open(false);
    successor.elected(0, 1);
    assert_eq!(offsets(&successor).await.0, ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
    assert_eq!(commit(&successor, 9).await, ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
    assert_eq!(successor.list_groups(&[], &[]).await.0, ErrorCode::COORDINATOR_LOAD_IN_PROGRESS.0);
    log.open(true);
    elected(&successor, 1).await;
    assert_eq!(offsets(&successor).await, (ErrorCode::NONE, vec![3]));
    // A resignation of an older epoch comes late and is none.
    successor.resigned(0, Some(0));
    assert_eq!(successor.list_groups(&[], &["Classic".into()]).await.1.len(), 1);
    successor.shutdown();
    assert_eq!(offsets(&successor).await.0, ErrorCode::COORDINATOR_NOT_AVAILABLE);
}

#[tokio::test]
async fn who_waits_is_told_when_the_partition_goes() {
    let log = Memory::new();
    let coordinator = start(&log);
    elected(&coordinator, 0).await;
    log.open(false);
    let waiting = tokio::spawn({
        let coordinator = Arc::clone(&coordinator);
        async move { commit(&coordinator, 1).await }
    });
    bounded(async {
        while log.bytes.lock().1 == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    coordinator.resigned(0, None);
    assert_eq!(bounded(waiting).await.expect("no panic"), ErrorCode::NOT_COORDINATOR);
}

#[tokio::test]
async fn a_commit_that_takes_too_long_times_out() {
    let log = Memory::new();
    let coordinator = start_with(&log, GroupConfig { commit_timeout_ms: 20, ..GroupConfig::default() });
    elected(&coordinator, 0).await;
    log.open(false);
    assert_eq!(commit(&coordinator, 1).await, ErrorCode::REQUEST_TIMED_OUT);
}

#[tokio::test]
async fn a_panic_costs_the_partition_and_nobody_waits_in_vain() {
    let log = Memory::new();
    let coordinator = start(&log);
    log.is_broken.store(true, Ordering::SeqCst);
    elected(&coordinator, 0).await;
    assert_eq!(offsets(&coordinator).await.0, ErrorCode::NOT_COORDINATOR, "its loading has panicked");
    log.is_broken.store(false, Ordering::SeqCst);
    elected(&coordinator, 1).await;
    assert_eq!(commit(&coordinator, 1).await, ErrorCode::NONE);
    log.open(false);
    let (waiting, panics) = (commit(&coordinator, 2), async {
        tokio::task::yield_now().await;
        log.is_broken.store(true, Ordering::SeqCst);
        log.open(true);
    });
    assert_ne!(tokio::join!(waiting, panics).0, ErrorCode::NONE);
    assert_eq!(offsets(&coordinator).await.0, ErrorCode::NOT_COORDINATOR, "a write has panicked");
    log.is_broken.store(false, Ordering::SeqCst);
    elected(&coordinator, 2).await;
    assert_eq!(offsets(&coordinator).await, (ErrorCode::NONE, vec![2]), "it is in the log all the same");
}
