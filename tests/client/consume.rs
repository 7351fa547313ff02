//! The consumer without a group: where it starts, seeks, resets.

use crate::cluster::{POLL, TestCluster, read};
use rkafka_base::TopicPartition;
use rkafka_client::admin::OffsetSpec;

#[tokio::test(flavor = "multi_thread")]
async fn seeks_and_resets() {
    let cluster = TestCluster::start().await;
    cluster.create("t", 1, &[]).await;
    cluster.write_numbers("t", 1_000, &[]).await;
    let tp = TopicPartition::new("t", 0);
    let mut consumer = cluster.consumer(&[("auto.offset.reset", "earliest")]).await;
    consumer.assign(std::slice::from_ref(&tp));
    assert_eq!(read(&mut consumer, 1, 1_000).await[0].len(), 1_000);
    assert_eq!(consumer.position(&tp), Some(1_000));
    // In the middle of a batch.
    consumer.seek(&tp, 990).unwrap();
    assert_eq!(read(&mut consumer, 1, 10).await[0][0], "990");
    // Past the end: out of range, and back to the beginning.
    consumer.seek(&tp, 5_000).unwrap();
    assert_eq!(read(&mut consumer, 1, 1_000).await[0][0], "0");
    consumer.seek_to(&tp, OffsetSpec::Latest).unwrap();
    assert!(consumer.poll(POLL).await.unwrap().is_none());
    assert_eq!(consumer.position(&tp), Some(1_000));
    consumer.seek_to(&tp, OffsetSpec::Timestamp(1)).unwrap();
    assert_eq!(read(&mut consumer, 1, 1_000).await[0][0], "0");
    assert!(consumer.seek(&TopicPartition::new("t", 1), 0).is_err());
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn paused_partitions_wait() {
    let cluster = TestCluster::start().await;
    cluster.create("t", 2, &[]).await;
    cluster.write_numbers("t", 100, &[]).await;
    let all = [TopicPartition::new("t", 0), TopicPartition::new("t", 1)];
    let mut consumer = cluster.consumer(&[("auto.offset.reset", "earliest")]).await;
    consumer.assign(&all);
    consumer.pause(&all[0], true).unwrap();
    let mut count = 0;
    while let Some(mut fetched) = consumer.poll(POLL).await.unwrap() {
        assert_eq!(fetched.partition, all[1]);
        while let Some(batch) = fetched.next_batch() {
            count += batch.unwrap().records().count();
        }
    }
    consumer.pause(&all[0], false).unwrap();
    assert_eq!(read(&mut consumer, 2, 100 - count).await[0].len(), 100 - count);
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_rule_to_start_by() {
    let cluster = TestCluster::start().await;
    cluster.create("t", 1, &[]).await;
    let mut consumer = cluster.consumer(&[("auto.offset.reset", "none")]).await;
    assert!(consumer.poll(POLL).await.is_err(), "nothing is assigned");
    consumer.assign(&[TopicPartition::new("t", 0)]);
    let error = loop {
        if let Err(error) = consumer.poll(POLL).await {
            break error;
        }
    };
    assert_eq!(error.to_string(), "Undefined offset with no reset policy for partitions: [t-0]");
    cluster.stop().await;
}
