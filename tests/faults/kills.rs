//! kill -9 of brokers: what was acknowledged is there, and another leads soon.

use crate::{
    cluster::{Cluster, Wiring},
    load::Load,
};
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
async fn each_broker_in_turn_and_writes_go_on_within_a_second() {
    // Kafka's own session timeout: whoever waits for it is found out.
    let mut cluster =
        Cluster::start(Wiring { settings: "zookeeper.session.timeout.ms=18000", ..Default::default() }).await;
    let load = Load::start(&cluster).await;
    for id in 0..3 {
        let at = Instant::now();
        let was_controller = cluster.controller(id).await == id as i32;
        cluster.brokers[id].server().kill();
        cluster.led_by_others(id as i32).await;
        load.flows("after the kill").await;
        let (gap, partition) = load.longest_gap(at);
        println!("broker {id} (controller: {was_controller}): no writes to partition {partition} for {gap:?}");
        // A second on a machine with nothing else to do; here other tests run beside.
        assert!(gap < Duration::from_secs(4), "partition {partition} stood still for {gap:?}");
        cluster.start_broker(id);
        cluster.settled().await;
    }
    load.finish(&mut cluster).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_of_three_then_the_third() {
    let mut cluster = Cluster::start(Wiring::default()).await;
    let load = Load::start(&cluster).await;
    cluster.brokers[0].server().kill();
    cluster.brokers[1].server().kill();
    cluster.led_by_others(0).await;
    // One replica is not enough for min.insync.replicas=2: nothing may be acknowledged, and nothing may be lost.
    cluster.start_broker(1);
    load.flows("with two again").await;
    cluster.brokers[2].server().kill();
    cluster.start_broker(0);
    cluster.start_broker(2);
    cluster.settled().await;
    load.finish(&mut cluster).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_at_once() {
    let mut cluster = Cluster::start(Wiring::default()).await;
    let load = Load::start(&cluster).await;
    cluster.brokers.iter_mut().for_each(|b| b.server().kill());
    cluster.zookeeper.kill();
    cluster.restart_zookeeper();
    (0..3).for_each(|id| cluster.brokers[id].spawn(cluster.dir.path()));
    cluster.settled().await;
    load.flows("after everything was killed").await;
    load.finish(&mut cluster).await;
}
