//! SIGSTOP: a process that is slow, not gone.

use crate::{
    cluster::{Cluster, SESSION, Wiring},
    load::Load,
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
