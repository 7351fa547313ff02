//! Faults at random, also several at once: `FAULTS_SEED=N` repeats the order of one run (not its timing), and
//! `FAULTS_ROUNDS=N` makes it longer.

use crate::{
    cluster::{Cluster, SESSION, Wiring},
    load::Load,
    proxy::Mode,
};
use std::time::Duration;
use tokio::time::sleep;

#[derive(Clone, Copy, Debug)]
enum Fault {
    /// Killed, and started again after a while.
    Kill(usize),
    /// Stopped by SIGTERM, and started again.
    Stop(usize),
    Pause(usize),
    /// What others send to it is held up or refused.
    Link(usize, Mode),
    ZooKeeperLink(usize, Mode),
    ZooKeeper,
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn pick(rng: &mut fastrand::Rng, relays: bool) -> Fault {
    let (broker, mode) = (rng.usize(0..3), if rng.bool() { Mode::Silent } else { Mode::Refuse });
    match rng.u8(0..if relays { 10 } else { 6 }) {
        0 | 1 => Fault::Kill(broker),
        2 => Fault::Stop(broker),
        3 | 4 => Fault::Pause(broker),
        5 => Fault::ZooKeeper,
        6 | 7 => Fault::Link(broker, mode),
        _ => Fault::ZooKeeperLink(broker, mode),
    }
}

fn inflict(cluster: &mut Cluster, fault: Fault) {
    match fault {
        Fault::Kill(id) => cluster.brokers[id].server().kill(),
        Fault::Stop(id) => cluster.brokers[id].server().request_stop(),
        Fault::Pause(id) => cluster.brokers[id].server().pause(),
        Fault::Link(id, mode) => cluster.brokers[id].link.as_ref().unwrap().set(mode),
        Fault::ZooKeeperLink(id, mode) => cluster.brokers[id].zookeeper_link.as_ref().unwrap().set(mode),
        Fault::ZooKeeper => cluster.zookeeper.kill(),
    }
}

fn heal(cluster: &mut Cluster, fault: Fault) {
    match fault {
        Fault::Kill(id) => cluster.brokers[id].spawn(cluster.dir.path()),
        Fault::Stop(id) => {
            // It may be waiting for ZooKeeper or a controller that is gone as well.
            cluster.brokers[id].server().kill();
            cluster.brokers[id].spawn(cluster.dir.path());
        }
        Fault::Pause(id) => cluster.brokers[id].server().resume(),
        Fault::Link(id, _) => cluster.brokers[id].link.as_ref().unwrap().set(Mode::Pass),
        Fault::ZooKeeperLink(id, _) => cluster.brokers[id].zookeeper_link.as_ref().unwrap().set(Mode::Pass),
        Fault::ZooKeeper => cluster.restart_zookeeper(),
    }
}

/// Whether both can be there at once; a process that is gone cannot be paused.
fn go_together(one: Fault, other: Fault) -> bool {
    let process = |fault| match fault {
        Fault::Kill(id) | Fault::Stop(id) | Fault::Pause(id) => Some(id),
        Fault::ZooKeeper => Some(3),
        Fault::Link(..) | Fault::ZooKeeperLink(..) => None,
    };
    process(one).is_none() || process(one) != process(other)
}

/// A moment, or a time around the session timeout.
fn wait(rng: &mut fastrand::Rng) -> Duration {
    let most = if rng.bool() { Duration::from_millis(300) } else { SESSION * 3 / 2 };
    most.mul_f64(rng.f64())
}

async fn run(relays: bool) {
    let seed = number("FAULTS_SEED").unwrap_or_else(|| fastrand::u64(0..1_000_000));
    let rounds = number("FAULTS_ROUNDS").unwrap_or(5);
    println!("FAULTS_SEED={seed}");
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut cluster = Cluster::start(Wiring { relays, ..Default::default() }).await;
    let load = Load::start(&cluster).await;
    for round in 0..rounds {
        let first = pick(&mut rng, relays);
        let second = Some(pick(&mut rng, relays)).filter(|f| rng.bool() && go_together(first, *f));
        let waits = [0; 3].map(|_| wait(&mut rng));
        println!("round {round}: {first:?} {second:?} {waits:?}");
        inflict(&mut cluster, first);
        sleep(waits[0]).await;
        if let Some(second) = second {
            inflict(&mut cluster, second);
            sleep(waits[1]).await;
        }
        heal(&mut cluster, first);
        sleep(waits[2] / 2).await;
        if let Some(second) = second {
            heal(&mut cluster, second);
        }
        // Now and then the next fault comes before everything is well.
        if rng.u8(0..3) > 0 {
            cluster.settled().await;
            load.flows("after a round").await;
        }
    }
    load.finish(&mut cluster).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_at_random() {
    run(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_and_links_at_random() {
    run(true).await;
}
