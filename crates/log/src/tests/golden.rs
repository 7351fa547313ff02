//! Log dirs that Apache Kafka 3.9.1 left behind: one after SIGTERM (`d0-clean`), one after SIGKILL (`d1-unclean`).

use super::*;
use crate::{LoadOptions, LogDirs};
use std::{collections::BTreeMap, fs, path::PathBuf, process::Command};

/// Unpacks the recording; every test has its own copy.
fn unpack() -> tempfile::TempDir {
    let temp = tempfile::tempdir().unwrap();
    let archive = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/log/kafka-3.9.1-log-dirs.tar.gz");
    let done = Command::new("tar").arg("-xzf").arg(archive).arg("-C").arg(temp.path()).status().unwrap();
    assert!(done.success());
    temp
}

/// The files of a partition's directory without the zeros at the end of preallocated indexes.
fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let mut bytes = fs::read(entry.path()).unwrap();
        let width = if name.ends_with(".index") {
            8
        } else if name.ends_with(".timeindex") {
            12
        } else {
            0
        };
        while width > 0 && bytes.ends_with(&[0; 12][..width]) {
            bytes.truncate(bytes.len() - width);
        }
        found.insert(name, bytes);
    }
    found
}

fn open(dir: &Path, recovery_point: i64, clean: bool) -> Log {
    let name = dir.file_name().unwrap().to_str().unwrap();
    let (topic, partition) = name.split('.').next().unwrap().rsplit_once('-').unwrap();
    let open = OpenLog {
        dir: dir.to_path_buf(),
        partition: TopicPartition::new(topic, partition.parse().unwrap()),
        config: Arc::default(),
        recovery_point: Offset(recovery_point),
        log_start: Offset(0),
        cleaned_to: Offset(0),
        clean,
    };
    Log::open(open, TimestampMs(1_795_373_992_000), 1).unwrap()
}

fn partition_dirs(root: &Path) -> Vec<PathBuf> {
    let mut dirs = Vec::new();
    for log_dir in ["a", "b"] {
        let entries = fs::read_dir(root.join(log_dir)).unwrap().map(|e| e.unwrap().path());
        dirs.extend(entries.filter(|p| p.is_dir()));
    }
    dirs.sort();
    assert!(dirs.len() >= 8);
    dirs
}

#[test]
fn clean_logs_are_left_as_they_are() {
    let temp = unpack();
    for dir in partition_dirs(&temp.path().join("d0-clean")) {
        if dir.to_str().unwrap().ends_with("-delete") {
            continue;
        }
        let before = files(&dir);
        let log = open(&dir, 0, true);
        assert!(log.topic_id().is_some());
        let newest = before.keys().filter_map(|n| n.strip_suffix(".snapshot")).next_back();
        assert_eq!(log.log_end().0, newest.map_or(0, |n| n.parse().unwrap()), "{}", dir.display());
        log.close(TimestampMs(1_795_373_992_000), true).unwrap();
        assert_eq!(files(&dir), before, "{}", dir.display());
    }
}

#[test]
fn rebuilt_indexes_are_kafkas() {
    let temp = unpack();
    let root = temp.path();
    for dir in partition_dirs(&root.join("d0-clean")).into_iter().chain(partition_dirs(&root.join("d1-unclean"))) {
        let mut before = files(&dir);
        before.retain(|name, _| !name.ends_with(".deleted"));
        for name in before.keys().filter(|n| n.contains("index") || n.ends_with(".snapshot")) {
            fs::remove_file(dir.join(name)).unwrap();
        }
        let log = open(&dir, 0, false);
        log.close(TimestampMs(1_795_373_992_000), true).unwrap();
        let after = files(&dir);
        for (name, bytes) in &before {
            let made = after.get(name).unwrap();
            // A log that was killed lacks the last entry of its time index.
            let last_entry = name.ends_with(".timeindex") && made.starts_with(bytes) && made.len() == bytes.len() + 12;
            assert!(made == bytes || last_entry, "{}/{name}: {made:?}, not {bytes:?}", dir.display());
        }
        let extra: Vec<_> = after.keys().filter(|n| !before.contains_key(*n) && !n.ends_with(".snapshot")).collect();
        assert!(extra.is_empty(), "{extra:?}");
    }
}

#[test]
fn an_index_that_is_missing_is_made_again_even_after_a_clean_stop() {
    let temp = unpack();
    let dir = temp.path().join("d0-clean/a/spec-cmp-0");
    let before = files(&dir);
    for name in before.keys().filter(|n| n.contains("index")) {
        fs::remove_file(dir.join(name)).unwrap();
    }
    open(&dir, 15, true).close(TimestampMs(1_795_373_992_000), true).unwrap();
    assert_eq!(files(&dir), before);
}

#[test]
fn whole_log_dirs_are_loaded() {
    let temp = unpack();
    for (root, clean, id) in [("d0-clean", true, 0), ("d1-unclean", false, 1)] {
        let root = temp.path().join(root);
        let dirs = LogDirs::open(&[root.join("a"), root.join("b")], 1).unwrap();
        let (broker, cluster) = (rkafka_base::BrokerId(id), "hcc8Spo3R5aqS80HYvZe-Q");
        assert_eq!((dirs.stored_broker_id(), dirs.stored_cluster_id().as_deref()), (Some(broker), Some(cluster)));
        assert!(dirs.claim(broker, "other", TimestampMs(0)).is_err());
        assert!(dirs.claim(rkafka_base::BrokerId(7), cluster, TimestampMs(0)).is_err());
        dirs.claim(broker, cluster, TimestampMs(0)).unwrap();
        let config = |_: &str| Arc::default();
        let now = TimestampMs(1_795_373_992_000);
        let count = dirs.load(&LoadOptions { threads_per_dir: 1, config: &config, now }).unwrap();
        assert_eq!(count, if clean { 8 } else { 9 });
        let log = dirs.get(&TopicPartition::new("spec-cmp", 0)).unwrap();
        assert_eq!((log.log_end(), log.high_watermark()), (Offset(15), Offset(15)));
        assert!(!root.join("a/.kafka_cleanshutdown").exists());
        let before = fs::read_to_string(root.join("b/recovery-point-offset-checkpoint")).unwrap();
        dirs.shutdown(now);
        assert_eq!(fs::read(root.join("a/.kafka_cleanshutdown")).unwrap(), b"{\"version\":0,\"brokerEpoch\":-1}");
        let after = fs::read_to_string(root.join("b/recovery-point-offset-checkpoint")).unwrap();
        let sorted = |text: &str| text.lines().map(String::from).collect::<std::collections::BTreeSet<_>>();
        assert!(!clean || sorted(&before) == sorted(&after), "{after}");
        dirs.housekeep(TimestampMs(now.0 + 60_000));
        let deleted =
            fs::read_dir(root.join("a")).unwrap().any(|e| e.unwrap().path().to_str().unwrap().ends_with("-delete"));
        assert!(!deleted);
    }
}

#[test]
fn timestamps_and_aborted_transactions_of_real_logs() {
    let temp = unpack();
    let log = open(&temp.path().join("d1-unclean/a/spec-a-0"), 0, false);
    assert_eq!(log.log_end(), Offset(82));
    let aborted = log.aborted_transactions(Offset(0), Offset(82)).unwrap();
    assert_eq!(aborted.len(), 1);
    assert_eq!((aborted[0].first_offset, aborted[0].last_offset), (Offset(0), Offset(81)));
    let newest = log.offset_for_timestamp(crate::MAX_TIMESTAMP).unwrap().unwrap();
    assert_eq!(log.offset_for_timestamp(newest.timestamp.0).unwrap(), Some(newest));
    assert_eq!(log.offset_for_timestamp(newest.timestamp.0 + 1).unwrap(), None);
    assert_eq!(log.offset_for_timestamp(0).unwrap().unwrap().offset, Offset(0));
    // Every record is found by its own time, or one before it with the same.
    let mut last = 0;
    for offset in 0..82 {
        let data = log.read(Offset(offset), 1, true, Offset(82)).unwrap();
        let batch = rkafka_protocol::record::Batch::parse(&bytes_of(&data.records).into()).unwrap();
        for record in batch.decode().unwrap().iter().filter(|r| r.offset.0 == offset) {
            let found = log.offset_for_timestamp(record.timestamp.0).unwrap().unwrap();
            assert!(found.offset <= record.offset && found.offset.0 >= last.min(found.offset.0));
            assert_eq!(found.timestamp, record.timestamp);
            last = offset;
        }
    }
}
