//! Groups: members share partitions out, go on where the group has committed, and take over from one another.

use crate::cluster::{PATIENCE, POLL, TestCluster, read, sorted};
use rkafka_client::{Admin, Consumer};
use std::{sync::Arc, time::Instant};

const GROUP: (&str, &str) = ("group.id", "g");
const EARLIEST: (&str, &str) = ("auto.offset.reset", "earliest");

async fn member(cluster: &TestCluster, assignor: &str) -> Consumer {
    let heartbeat = ("heartbeat.interval.ms", "100");
    let mut consumer =
        cluster.consumer(&[GROUP, EARLIEST, heartbeat, ("partition.assignment.strategy", assignor)]).await;
    consumer.subscribe(&[Arc::from("t")]).unwrap();
    consumer
}

/// Polls all members until each has `share` partitions.
async fn settle(members: &mut [Consumer], share: &[usize]) {
    let end = Instant::now() + PATIENCE;
    loop {
        for member in members.iter_mut() {
            let fetched = member.poll(POLL / 20).await.unwrap();
            assert!(fetched.is_none(), "the topic is empty");
        }
        let now: Vec<usize> = members.iter().map(|m| m.assignment().len()).collect();
        if now == share {
            return;
        }
        assert!(Instant::now() < end, "the members have {now:?} partitions, not {share:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn goes_on_where_the_group_was() {
    let cluster = TestCluster::start().await;
    cluster.create("t", 2, &[]).await;
    cluster.write_numbers("t", 1_000, &[]).await;
    let mut first = member(&cluster, "range").await;
    read(&mut first, 2, 1_000).await;
    first.close().await.unwrap();
    cluster.write_numbers("t", 10, &[]).await;
    let mut second = member(&cluster, "range").await;
    assert_eq!(sorted(&read(&mut second, 2, 10).await), (0..10).collect::<Vec<_>>());
    second.commit().await.unwrap();
    let admin = Admin::connect(&cluster.bootstrap).await.unwrap();
    let offsets = admin.group_offsets("g", None).await.unwrap();
    let sum: i64 = offsets.into_values().map(|o| o.unwrap().unwrap().offset).sum();
    assert_eq!(sum, 1_010);
    second.close().await.unwrap();
    assert_eq!(admin.describe_consumer_group("g").await.unwrap().state, "Empty");
    admin.delete_group("g").await.unwrap();
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn members_come_and_go() {
    let cluster = TestCluster::start().await;
    cluster.create("t", 4, &[]).await;
    for assignor in ["range", "roundrobin", "sticky", "cooperative-sticky"] {
        let mut members = vec![member(&cluster, assignor).await];
        settle(&mut members, &[4]).await;
        members.push(member(&cluster, assignor).await);
        settle(&mut members, &[2, 2]).await;
        members.remove(0).close().await.unwrap();
        settle(&mut members, &[4]).await;
        members.remove(0).close().await.unwrap();
    }
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_that_match_a_pattern() {
    let cluster = TestCluster::start().await;
    cluster.create("t", 1, &[]).await;
    cluster.create("other", 1, &[]).await;
    cluster.write_numbers("t", 10, &[]).await;
    cluster.write_numbers("other", 10, &[]).await;
    let mut consumer = cluster.consumer(&[GROUP, EARLIEST]).await;
    consumer.subscribe_pattern("t.*").unwrap();
    assert_eq!(read(&mut consumer, 1, 10).await[0].len(), 10);
    assert_eq!(consumer.assignment().len(), 1);
    consumer.close().await.unwrap();
    cluster.stop().await;
}
