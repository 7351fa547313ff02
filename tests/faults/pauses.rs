//! SIGSTOP: a process that is slow, not gone.

use crate::{
    cluster::{Cluster, SESSION, TOPIC, Wiring},
    load::Load,
    process::PATIENCE,
};
use rkafka_client::{Producer, Properties, producer::ProducerRecord};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::time::sleep;

#[tokio::test(flavor = "multi_thread")]
async fn shorter_than_the_session_moves_no_leader() {
    let mut cluster = Cluster::start(Wiring::default()).await;
    let load = Load::start(&cluster).await;
    for id in 0..3 {
        let before = cluster.leaders((id + 1) % 3).await;
        cluster.brokers[id].server().pause();
        sleep(SESSION / 3).await;
        cluster.brokers[id].server().resume();
        load.flows("after a short pause").await;
        cluster.settled().await;
        assert_eq!(cluster.leaders((id + 1) % 3).await, before, "a pause of broker {id} moved leaders");
    }
    load.finish(&mut cluster).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn longer_than_the_session_moves_leaders_and_the_sleeper_steps_back() {
    let mut cluster = Cluster::start(Wiring::default()).await;
    let load = Load::start(&cluster).await;
    // The controller, then a broker that is not.
    for round in 0..2 {
        let controller = cluster.controller(0).await;
        let sleeper = if round == 0 { controller } else { (controller + 1) % 3 };
        cluster.brokers[sleeper as usize].server().pause();
        cluster.led_by_others(sleeper).await;
        load.flows("while a broker sleeps").await;
        // Its registration is gone with its session; it must come back by itself.
        cluster.brokers[sleeper as usize].server().resume();
        cluster.settled().await;
        load.flows("after it woke").await;
    }
    load.finish(&mut cluster).await;
}

/// Whoever was suspended before it has registered has no session any more, and begins another one.
#[tokio::test(flavor = "multi_thread")]
async fn longer_than_the_session_while_it_starts() {
    let mut cluster = Cluster::start(Wiring::default()).await;
    let load = Load::start(&cluster).await;
    const EXPIRED: &str = "Expiring session";
    let dir = cluster.dir.path().to_owned();
    for begun in ["[ZooKeeperClient Kafka server] Connected.", "Loading logs from log dirs"] {
        let expired = cluster.zookeeper.count(EXPIRED);
        cluster.brokers[2].server().kill();
        cluster.brokers[2].spawn(&dir);
        cluster.brokers[2].server().wait_for_line(begun);
        cluster.brokers[2].server().pause();
        // That of its last life, and its own.
        cluster.zookeeper.wait_for_lines(EXPIRED, expired + 2);
        cluster.brokers[2].server().resume();
        cluster.brokers[2].server().wait_for_line("Session expired.");
        cluster.settled().await;
    }
    load.finish(&mut cluster).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_longer_than_the_session() {
    let mut cluster = Cluster::start(Wiring::default()).await;
    let load = Load::start(&cluster).await;
    cluster.brokers.iter_mut().for_each(|b| b.server().pause());
    sleep(SESSION * 2).await;
    cluster.brokers.iter_mut().for_each(|b| b.server().resume());
    cluster.settled().await;
    load.flows("after all woke").await;
    load.finish(&mut cluster).await;
}

/// A broker that reads nothing has its own partitions wait, and nobody else's, also when more is under way to it than its
/// connection takes.
#[tokio::test(flavor = "multi_thread")]
async fn a_sleeper_holds_up_what_others_lead_for_nobody() {
    const LARGE: usize = 100_000;
    const COUNT: u64 = 200;
    let mut cluster =
        Cluster::start(Wiring { settings: "zookeeper.session.timeout.ms=18000", ..Default::default() }).await;
    let bootstrap = cluster.bootstrap();
    for acks in ["0", "1"] {
        let given = [
            ("bootstrap.servers", bootstrap.as_str()),
            ("acks", acks),
            ("batch.size", "1"),
            ("max.in.flight.requests.per.connection", "1000"),
        ];
        let given: Properties = given.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let done: Arc<[AtomicU64; 3]> = Arc::default();
        let heard = done.clone();
        let reports = move |report: &rkafka_client::producer::DeliveryReport| {
            assert!(report.result.is_ok(), "{report:?}");
            heard[report.partition.partition as usize].fetch_add(1, Ordering::Relaxed);
        };
        let producer = Producer::new(&given, Some(Box::new(reports))).await.unwrap();
        let value = vec![b'x'; LARGE];
        let to = |partition| ProducerRecord {
            topic: TOPIC,
            partition: Some(partition),
            value: Some(&value),
            ..Default::default()
        };
        let until = async |partition: usize, count: u64, what: &str| {
            let start = Instant::now();
            while done[partition].load(Ordering::Relaxed) < count {
                let waited = start.elapsed();
                assert!(waited < PATIENCE / 4, "acks={acks}: {what}: {done:?} after {waited:?}");
                sleep(Duration::from_millis(5)).await;
            }
        };
        for partition in 0..3 {
            producer.append(&to(partition)).await.unwrap();
            until(partition as usize, 1, "while all are awake").await;
        }
        cluster.brokers[1].server().pause();
        for _ in 0..COUNT {
            producer.append(&to(1)).await.unwrap();
        }
        sleep(Duration::from_millis(300)).await;
        assert!(done[1].load(Ordering::Relaxed) < COUNT, "the sleeper's connection takes everything");
        for partition in [0, 2] {
            producer.append(&to(partition)).await.unwrap();
            until(partition as usize, 2, "while another sleeps").await;
        }
        cluster.brokers[1].server().resume();
        until(1, COUNT + 1, "after it woke").await;
        producer.close(PATIENCE).await.unwrap();
    }
}
