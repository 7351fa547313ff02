//! Three brokers: partitions move, leaders are elected, internal topics grow, as a client and the nodes in ZooKeeper see
//! it.

use crate::cluster::PATIENCE;
use rkafka_base::TopicPartition;
use rkafka_broker::Broker;
use rkafka_client::{
    Admin, Consumer, Producer, Properties,
    admin::{ConfigOperation, ConfigResource, ElectionKind, NewTopic, OffsetSpec},
};
use rkafka_config::{broker::BrokerConfig, properties, zookeeper::ZooKeeperConfig};
use rkafka_protocol::messages::create_topics_request::CreatableReplicaAssignment;
use rkafka_zookeeper_client::{CreateMode, Watch, ZkClient, ZkConnect};
use rkafka_zookeeper_server::ZooKeeperServer;
use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};
use tempfile::TempDir;

pub struct Trio {
    /// By id.
    brokers: BTreeMap<usize, Broker>,
    zookeeper: ZooKeeperServer,
    folder: TempDir,
}

impl Trio {
    pub async fn start(brokers: usize) -> Trio {
        let folder = TempDir::new().unwrap();
        let zookeeper: properties::Properties = [
            ("dataDir", folder.path().join("zookeeper").display().to_string()),
            ("clientPort", "0".to_owned()),
            ("clientPortAddress", "localhost".to_owned()),
            ("admin.enableServer", "false".to_owned()),
        ]
        .into_iter()
        .collect();
        let zookeeper = ZooKeeperConfig::from_properties("test", &zookeeper).unwrap();
        let zookeeper = ZooKeeperServer::start(zookeeper).await.unwrap();
        let mut trio = Trio { brokers: BTreeMap::new(), zookeeper, folder };
        for id in 0..brokers {
            trio.start_broker(id).await;
        }
        trio.know_each_other().await;
        trio
    }

    fn zookeeper_connect(&self) -> String {
        format!("localhost:{}", self.zookeeper.client_address().port())
    }

    async fn start_broker(&mut self, id: usize) {
        let logs = self.folder.path().join(format!("logs-{id}")).display().to_string();
        let broker: properties::Properties = [
            ("broker.id", id.to_string()),
            ("listeners", "PLAINTEXT://localhost:0".to_owned()),
            ("log.dirs", logs),
            ("zookeeper.connect", self.zookeeper_connect()),
            ("offsets.topic.num.partitions", "3".to_owned()),
            ("group.initial.rebalance.delay.ms", "0".to_owned()),
            ("controlled.shutdown.enable", "false".to_owned()),
        ]
        .into_iter()
        .collect();
        let broker = Broker::start(BrokerConfig::from_properties("test", &broker).unwrap()).await.unwrap();
        self.brokers.insert(id, broker);
    }

    async fn stop_broker(&mut self, id: usize) {
        self.brokers.remove(&id).unwrap().shutdown().await;
    }

    fn bootstrap(&self) -> String {
        let addresses: Vec<String> = self.brokers.values().map(|b| b.listeners()[0].1.to_string()).collect();
        addresses.join(",")
    }

    async fn know_each_other(&self) {
        for broker in self.brokers.values() {
            let admin = Admin::connect(&broker.listeners()[0].1.to_string()).await.unwrap();
            eventually("all brokers know each other", || async {
                admin.describe_cluster(false).await.unwrap().nodes.len() == self.brokers.len()
            })
            .await;
        }
    }

    pub async fn admin(&self) -> Admin {
        Admin::connect(&self.bootstrap()).await.unwrap()
    }

    fn properties(&self, list: &[(&str, &str)]) -> Properties {
        let mut all: Properties = list.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        all.insert("bootstrap.servers".to_owned(), self.bootstrap());
        all
    }

    async fn write_numbers(&self, topic: &str, count: u32) {
        let producer = Producer::new(&self.properties(&[("acks", "all")]), None).await.unwrap();
        crate::cluster::append_numbers(&producer, topic, count).await;
        producer.flush().await.unwrap();
        producer.close(PATIENCE).await.unwrap();
    }

    async fn read(&self, topic: &str, count: usize) -> Vec<u32> {
        let mut consumer = Consumer::new(&self.properties(&[])).await.unwrap();
        let tp = TopicPartition::new(topic, 0);
        consumer.assign(std::slice::from_ref(&tp));
        consumer.seek_to(&tp, OffsetSpec::Earliest).unwrap();
        crate::cluster::sorted(&crate::cluster::read(&mut consumer, 1, count).await)
    }

    pub async fn stop(self) {
        for broker in self.brokers.into_values().rev() {
            broker.shutdown().await;
        }
        self.zookeeper.shutdown().await;
        self.folder.close().unwrap();
    }
}

/// Polls until `condition` holds.
async fn eventually<F: Future<Output = bool>>(what: &str, mut condition: impl FnMut() -> F) {
    let end = Instant::now() + PATIENCE;
    while !condition().await {
        assert!(Instant::now() < end, "gave up waiting until {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn t0() -> TopicPartition {
    TopicPartition::new("t", 0)
}

/// Topic `t` with one partition on these brokers.
pub async fn create(admin: &Admin, replicas: &[i32]) {
    let assignment =
        CreatableReplicaAssignment { partition_index: 0, broker_ids: replicas.to_vec(), ..Default::default() };
    let topic = NewTopic {
        name: "t".to_owned(),
        num_partitions: -1,
        replication_factor: -1,
        assignments: vec![assignment],
        ..Default::default()
    };
    admin.create_topics(&[topic], false).await.unwrap().remove(0).unwrap();
}

/// Leader, replicas, and in-sync replicas of a partition, as any broker says.
async fn partition(admin: &Admin, tp: &TopicPartition) -> (i32, Vec<i32>, BTreeSet<i32>) {
    let topic = admin.describe_topics(std::slice::from_ref(&tp.topic)).await.unwrap().remove(0).unwrap();
    let p = topic.partitions.iter().find(|p| p.partition == tp.partition).unwrap();
    (p.leader.unwrap_or(-1), p.replicas.clone(), p.isr.iter().copied().collect())
}

async fn arrive(admin: &Admin, tp: &TopicPartition, replicas: &[i32]) {
    let wanted: BTreeSet<i32> = replicas.iter().copied().collect();
    eventually(&format!("{tp} is on {replicas:?}"), || async {
        let (leader, now, isr) = partition(admin, tp).await;
        now == replicas && isr == wanted && wanted.contains(&leader)
    })
    .await;
    eventually("the reassignment is over", || async { admin.list_reassignments(None).await.unwrap().is_empty() }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partition_moves_with_its_records() {
    let trio = Trio::start(3).await;
    let admin = trio.admin().await;
    create(&admin, &[0, 1]).await;
    trio.write_numbers("t", 2_000).await;
    for target in [&[2, 0][..], &[1], &[0, 1, 2], &[2]] {
        let outcome = admin.alter_reassignments(&[(t0(), Some(target.to_vec()))]).await.unwrap();
        assert!(outcome[0].is_ok(), "{outcome:?}");
        arrive(&admin, &t0(), target).await;
        assert_eq!(trio.read("t", 2_000).await, (0..2_000).collect::<Vec<_>>());
    }
    let refused = admin.alter_reassignments(&[(t0(), Some(vec![7]))]).await.unwrap();
    assert!(refused[0].as_ref().unwrap_err().to_string().contains("brokers that are not alive"));
    assert!(admin.alter_reassignments(&[(t0(), None)]).await.unwrap()[0].is_err());
    trio.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn leaders_are_elected_on_request() {
    let trio = Trio::start(3).await;
    let admin = trio.admin().await;
    create(&admin, &[0, 1, 2]).await;
    // Another order makes another replica the preferred one.
    admin.alter_reassignments(&[(t0(), Some(vec![2, 1, 0]))]).await.unwrap().remove(0).unwrap();
    eventually("the order has changed", || async { partition(&admin, &t0()).await.1 == [2, 1, 0] }).await;
    assert_eq!(partition(&admin, &t0()).await.0, 0);
    let elected = admin.elect_leaders(ElectionKind::Preferred, Some(&[t0()])).await.unwrap();
    assert!(elected[&t0()].is_ok(), "{elected:?}");
    eventually("the preferred replica leads", || async { partition(&admin, &t0()).await.0 == 2 }).await;
    let again = admin.elect_leaders(ElectionKind::Preferred, Some(&[t0()])).await.unwrap();
    assert!(again[&t0()].as_ref().unwrap_err().to_string().contains("not needed"));
    assert!(admin.elect_leaders(ElectionKind::Unclean, None).await.unwrap().is_empty());
    trio.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_nodes_of_old_tools_are_obeyed() {
    let trio = Trio::start(3).await;
    let admin = trio.admin().await;
    create(&admin, &[0, 1]).await;
    let connect: ZkConnect = trio.zookeeper_connect().parse().unwrap();
    let zk = ZkClient::connect(&connect, Duration::from_secs(10)).await.unwrap();
    let ask = |path: &'static str, payload: &'static str| {
        let zk = zk.clone();
        async move {
            zk.create(path, Some(payload.as_bytes().to_vec()), CreateMode::Persistent).await.unwrap();
            eventually("the request is taken away", || async { zk.exists(path, Watch::No).await.unwrap().is_none() })
                .await;
        }
    };
    // Twice: the controller waits for the node again.
    for target in ["[2,1]", "[1,2]"] {
        let payload: &'static str = match target {
            "[2,1]" => {
                r#"{"version":1,"partitions":[{"topic":"t","partition":0,"replicas":[2,1]},{"topic":"no","partition":0,"replicas":[1]}]}"#
            }
            _ => r#"{"version":1,"partitions":[{"topic":"t","partition":0,"replicas":[1,2]}]}"#,
        };
        ask("/admin/reassign_partitions", payload).await;
        let replicas = if target == "[2,1]" { [2, 1] } else { [1, 2] };
        arrive(&admin, &t0(), &replicas).await;
        ask("/admin/preferred_replica_election", r#"{"version":1,"partitions":[{"topic":"t","partition":0}]}"#).await;
        eventually("the preferred replica leads", || async { partition(&admin, &t0()).await.0 == replicas[0] }).await;
    }
    trio.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_outlive_the_broker_that_was_alone_at_first() {
    let mut trio = Trio::start(1).await;
    let admin = trio.admin().await;
    create(&admin, &[0]).await;
    trio.write_numbers("t", 10).await;
    let group = [("group.id", "g"), ("auto.offset.reset", "earliest"), ("heartbeat.interval.ms", "100")];
    let mut consumer = Consumer::new(&trio.properties(&group)).await.unwrap();
    consumer.subscribe(&[Arc::from("t")]).unwrap();
    crate::cluster::read(&mut consumer, 1, 10).await;
    consumer.commit().await.unwrap();
    consumer.close().await.unwrap();
    let offsets: Vec<TopicPartition> = (0..3).map(|n| TopicPartition::new("__consumer_offsets", n)).collect();
    assert_eq!(partition(&admin, &offsets[0]).await.1, [0]);

    trio.start_broker(1).await;
    trio.start_broker(2).await;
    trio.know_each_other().await;
    for tp in &offsets {
        eventually(&format!("{tp} has three replicas"), || async { partition(&admin, tp).await.2.len() == 3 }).await;
    }
    trio.stop_broker(0).await;
    let survivors = trio.admin().await;
    eventually("somebody else knows the group", || async {
        let committed = survivors.group_offsets("g", None).await;
        committed.is_ok_and(|all| matches!(all.get(&t0()), Some(Ok(Some(found))) if found.offset == 10))
    })
    .await;
    trio.stop().await;
}

/// Broker 0 alone has the last records, and is gone; broker 1 is back without them.
async fn without_the_last_records(trio: &mut Trio) -> Admin {
    let admin = trio.admin().await;
    create(&admin, &[0, 1]).await;
    trio.write_numbers("t", 10).await;
    trio.stop_broker(1).await;
    let first = trio.admin().await;
    eventually("the follower is missed", || async { partition(&first, &t0()).await.2 == BTreeSet::from([0]) }).await;
    trio.write_numbers("t", 10).await;
    trio.stop_broker(0).await;
    trio.start_broker(1).await;
    trio.know_each_other().await;
    let admin = trio.admin().await;
    eventually("nobody leads", || async { partition(&admin, &t0()).await.0 == -1 }).await;
    admin
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_without_the_last_records_needs_leave() {
    let mut trio = Trio::start(3).await;
    let admin = without_the_last_records(&mut trio).await;
    let refused = admin.elect_leaders(ElectionKind::Preferred, Some(&[t0()])).await.unwrap();
    assert!(refused[&t0()].is_err());
    let elected = admin.elect_leaders(ElectionKind::Unclean, Some(&[t0()])).await.unwrap();
    assert!(elected[&t0()].is_ok(), "{elected:?}");
    eventually("all brokers know the leader", || async { partition(&admin, &t0()).await.0 == 1 }).await;
    assert_eq!(trio.read("t", 10).await, (0..10).collect::<Vec<_>>());
    trio.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_leave_can_be_a_setting() {
    let mut trio = Trio::start(3).await;
    let admin = without_the_last_records(&mut trio).await;
    let allow = ("unclean.leader.election.enable".to_owned(), ConfigOperation::Set, Some("true".to_owned()));
    let changed = admin.incremental_alter_configs(&[(ConfigResource::topic("t"), vec![allow])], false).await.unwrap();
    assert!(changed[0].is_ok(), "{changed:?}");
    eventually("the survivor leads", || async { partition(&admin, &t0()).await.0 == 1 }).await;
    trio.stop().await;
}
