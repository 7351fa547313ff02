//! Links that go dead or are cut: broker to ZooKeeper, and broker to broker.

use crate::{
    cluster::{Cluster, SESSION, Wiring},
    load::Load,
    proxy::Mode,
};
use std::time::Duration;
use tokio::time::sleep;

const RELAYS: Wiring<'static> = Wiring { relays: true, settings: "", log_dirs_of_1: None };

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_cut_off_from_zookeeper() {
    let mut cluster = Cluster::start(RELAYS).await;
    let load = Load::start(&cluster).await;
    let controller = cluster.controller(0).await as usize;
    for id in [controller, (controller + 1) % 3] {
        // A moment: the session goes on over another connection, and nobody notices.
        let witness = (id + 2) % 3;
        let before = cluster.leaders(witness).await;
        let link = cluster.brokers[id].zookeeper_link.as_ref().unwrap();
        link.set(Mode::Refuse);
        sleep(SESSION / 6).await;
        link.set(Mode::Pass);
        load.flows("after a short cut").await;
        // That something does not happen can only be watched for a while.
        sleep(Duration::from_millis(500)).await;
        assert_eq!(cluster.leaders(witness).await, before, "a short cut of broker {id} moved leaders");
        // Longer than the session, with connections that hang: others take over; the broker must learn that it did
        // not lead any more, and come back.
        cluster.brokers[id].zookeeper_link.as_ref().unwrap().set(Mode::Silent);
        cluster.led_by_others(id as i32).await;
        load.flows("while a broker is cut off from ZooKeeper").await;
        cluster.brokers[id].zookeeper_link.as_ref().unwrap().set(Mode::Pass);
        cluster.settled().await;
        load.flows("after that").await;
    }
    load.finish(&mut cluster).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_cut_off_from_a_leader() {
    let mut cluster = Cluster::start(RELAYS).await;
    let load = Load::start(&cluster).await;
    let controller = cluster.controller(0).await;
    let (leader, follower) = ((controller + 1) % 3, (controller + 2) % 3);
    cluster.brokers[leader as usize].link.as_ref().unwrap().set_from(follower, Mode::Silent);
    cluster
        .until("the ISR to shrink", |view| {
            view.topics[crate::cluster::TOPIC]
                .partitions
                .iter()
                .all(|p| p.leader != Some(leader) || !p.isr.contains(&follower))
        })
        .await;
    load.flows("with a follower cut off").await;
    cluster.brokers[leader as usize].link.as_ref().unwrap().set_from(follower, Mode::Pass);
    cluster.settled().await;
    load.finish(&mut cluster).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_no_other_reaches() {
    let mut cluster = Cluster::start(RELAYS).await;
    let load = Load::start(&cluster).await;
    let controller = cluster.controller(0).await;
    // Refused: it looks dead and is not; clients and ZooKeeper still reach it. It may lose its leaderships, and must
    // not go on acknowledging what the others do not have.
    let id = (controller + 1) % 3;
    cluster.brokers[id as usize].link.as_ref().unwrap().set(Mode::Refuse);
    sleep(SESSION).await;
    cluster.brokers[id as usize].link.as_ref().unwrap().set(Mode::Pass);
    cluster.settled().await;
    load.flows("after a broker was refused").await;
    // The same, with silence, for the controller.
    cluster.brokers[controller as usize].link.as_ref().unwrap().set(Mode::Silent);
    sleep(SESSION).await;
    cluster.brokers[controller as usize].link.as_ref().unwrap().set(Mode::Pass);
    cluster.settled().await;
    load.flows("after silence around the controller").await;
    load.finish(&mut cluster).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_alone_on_its_side_of_the_network() {
    let mut cluster = Cluster::start(RELAYS).await;
    let load = Load::start(&cluster).await;
    let id = cluster.controller(0).await;
    let apart = |cluster: &Cluster, mode| {
        for broker in &cluster.brokers {
            let link = broker.link.as_ref().unwrap();
            if broker.id == id { link.set(mode) } else { link.set_from(id, mode) }
        }
        cluster.brokers[id as usize].zookeeper_link.as_ref().unwrap().set(mode);
    };
    apart(&cluster, Mode::Silent);
    cluster.led_by_others(id).await;
    load.flows("on the larger side").await;
    sleep(SESSION / 2).await;
    apart(&cluster, Mode::Pass);
    cluster.settled().await;
    load.finish(&mut cluster).await;
}
