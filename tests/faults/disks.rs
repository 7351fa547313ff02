//! A log.dir that is full: a small file system of its own, as on a real machine.

use crate::{
    cluster::{Cluster, TOPIC, Wiring},
    load::Load,
};
use std::{fs, io::Write, path::Path, process::Command};

/// A tmpfs of 24 MiB, unmounted when dropped.
struct SmallDisk<'a>(&'a Path);

impl SmallDisk<'_> {
    fn mount(at: &Path) -> SmallDisk<'_> {
        fs::create_dir_all(at).unwrap();
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", "size=24m", "rkafka-test"]).arg(at).status();
        assert!(done.is_ok_and(|s| s.success()), "cannot mount a small tmpfs");
        SmallDisk(at)
    }

    fn fill(&self) {
        let mut file = fs::File::create(self.0.join("ballast")).unwrap();
        while file.write_all(&[7; 4096]).is_ok() {}
    }

    fn free(&self) {
        fs::remove_file(self.0.join("ballast")).unwrap();
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

/// Who is not root runs the test as root of a user namespace of its own, where it may mount. Whether that was done.
fn done_in_a_namespace(test: &str) -> bool {
    if rustix::process::geteuid().is_root() {
        return false;
    }
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount"]).arg(std::env::current_exe().unwrap());
    let status = command.args(["--exact", test, "--nocapture"]).status();
    assert!(status.is_ok_and(|s| s.success()), "{test} failed in a namespace of its own (it mounts a small tmpfs)");
    true
}

#[tokio::test(flavor = "multi_thread")]
async fn the_only_log_dir_is_full() {
    if done_in_a_namespace("disks::the_only_log_dir_is_full") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let disk = SmallDisk::mount(folder.path());
    let logs = folder.path().display().to_string();
    let mut cluster = Cluster::start(Wiring { log_dirs_of_1: Some(&logs), ..Default::default() }).await;
    let load = Load::start(&cluster).await;
    disk.fill();
    // A broker without a log dir ends, as Apache Kafka does.
    let status = cluster.brokers[1].server().ended();
    assert_eq!(status.code(), Some(1), "the end of a broker that lost its only log dir");
    cluster.led_by_others(1).await;
    load.flows("without it").await;
    disk.free();
    cluster.start_broker(1);
    cluster.settled().await;
    load.finish(&mut cluster).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_log_dirs_is_full() {
    if done_in_a_namespace("disks::one_of_two_log_dirs_is_full") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (small, large) = (folder.path().join("small"), folder.path().join("large"));
    let disk = SmallDisk::mount(&small);
    let logs = format!("{},{}", small.display(), large.display());
    let mut cluster = Cluster::start(Wiring { log_dirs_of_1: Some(&logs), ..Default::default() }).await;
    let there = |dir: &Path| {
        let names = fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
        names.filter_map(|n| n.strip_prefix("load-").and_then(|p| p.parse::<i32>().ok())).collect::<Vec<_>>()
    };
    let (lost, kept) = (there(&small), there(&large));
    assert!(!lost.is_empty() && !kept.is_empty(), "both dirs hold replicas: {lost:?} {kept:?}");
    let load = Load::start(&cluster).await;
    disk.fill();
    // It goes on with the other dir, and says which replicas it has lost.
    cluster
        .until_told_by_others(1, "the replicas of one dir to be given up, and no other", |view| {
            view.topics[TOPIC].partitions.iter().all(|p| {
                p.isr.contains(&1) == kept.contains(&p.partition)
                    && (p.leader != Some(1) || kept.contains(&p.partition))
                    && p.leader.is_some()
            })
        })
        .await;
    load.flows("with one dir of two").await;
    assert!(cluster.brokers[1].is_alive());
    disk.free();
    assert_eq!(cluster.brokers[1].server().stop().code(), Some(143));
    cluster.start_broker(1);
    cluster.settled().await;
    load.finish(&mut cluster).await;
}
