//! Restarts that somebody meant: of brokers one by one, and of ZooKeeper.

use crate::{
    cluster::{Cluster, SESSION, Wiring},
    load::Load,
};
use std::time::{Duration, Instant};
use tokio::time::sleep;

#[tokio::test(flavor = "multi_thread")]
async fn brokers_one_by_one() {
    let mut cluster = Cluster::start(Wiring::default()).await;
    let load = Load::start(&cluster).await;
    for id in 0..3 {
        let at = Instant::now();
        let status = cluster.brokers[id].server().stop();
        assert_eq!(status.code(), Some(143), "broker {id}");
        load.flows("after a clean stop").await;
        let (gap, partition) = load.longest_gap(at);
        println!("broker {id} stops: no writes to partition {partition} for {gap:?}");
        assert!(gap < Duration::from_secs(2), "a clean stop of broker {id} stopped writes for {gap:?}");
        cluster.start_broker(id);
        cluster.settled().await;
    }
    load.finish(&mut cluster).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn zookeeper_killed_and_back() {
    let mut cluster = Cluster::start(Wiring::default()).await;
    let load = Load::start(&cluster).await;
    // Soon back, and gone for longer than sessions live: no broker's session may end on a server that was not there.
    for away in [Duration::from_millis(200), SESSION * 2] {
        let before = cluster.leaders(0).await;
        cluster.zookeeper.kill();
        sleep(away).await;
        load.flows("without ZooKeeper").await;
        cluster.restart_zookeeper();
        cluster.settled().await;
        load.flows("with ZooKeeper again").await;
        assert_eq!(cluster.leaders(0).await, before, "leaders moved because ZooKeeper was away for {away:?}");
    }
    // And the cluster can still fail over.
    cluster.brokers[1].server().kill();
    cluster.led_by_others(1).await;
    load.flows("after a kill").await;
    cluster.start_broker(1);
    cluster.settled().await;
    load.finish(&mut cluster).await;
}
