//! The producer: codecs, keys, acknowledgements, splitting, and exactly once over a line that breaks.

use crate::cluster::{PATIENCE, TestCluster, append_numbers, sorted, start_behind_a_bad_line};
use rkafka::client::{
    ClientError,
    producer::{Record, partition_of_key},
};

#[tokio::test(flavor = "multi_thread")]
async fn every_codec_and_every_kind_of_acks() {
    let cluster = TestCluster::start().await;
    for (i, (codec, acks)) in
        [("none", "all"), ("gzip", "1"), ("snappy", "0"), ("lz4", "-1"), ("zstd", "all")].into_iter().enumerate()
    {
        let topic = format!("codec-{i}");
        cluster.create(&topic, 3, &[]).await;
        cluster.write_numbers(&topic, 5_000, &[("compression.type", codec), ("acks", acks)]).await;
        let seen = cluster.read_all(&topic, 3, 5_000, &[]).await;
        for (partition, list) in seen.iter().enumerate() {
            assert!(list.iter().all(|n| partition_of_key(n.as_bytes(), 3) as usize == partition), "{codec}");
        }
        assert_eq!(sorted(&seen), (0..5_000).collect::<Vec<_>>(), "{codec}");
    }
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_record_hears_its_offset() {
    let cluster = TestCluster::start().await;
    cluster.create("t", 1, &[]).await;
    let producer = cluster.producer(&[("max.block.ms", "300")]).await;
    for offset in 0..3 {
        let sent = producer.send(&Record { topic: "t", value: Some(b"v"), ..Default::default() }).await.unwrap();
        assert_eq!(sent.offset, offset);
    }
    let error = producer.send(&Record { topic: "t", partition: Some(7), ..Default::default() }).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Partition 7 of topic t with partition count 1 is not present in metadata after 300 ms."
    );
    let large = vec![b'x'; 2 << 20];
    let error = producer.append(&Record { topic: "t", value: Some(&large), ..Default::default() }).await.unwrap_err();
    assert!(error.to_string().contains("max.request.size"), "{error}");
    producer.close(PATIENCE).await;
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_too_large_for_the_topic_are_split() {
    let cluster = TestCluster::start().await;
    cluster.create("small", 1, &[("max.message.bytes", "2000")]).await;
    let producer = cluster.producer(&[("linger.ms", "200")]).await;
    append_numbers(&producer, "small", 2_000).await;
    producer.flush().await;
    producer.close(PATIENCE).await;
    let seen = cluster.read_all("small", 1, 2_000, &[]).await;
    assert_eq!(sorted(&seen), (0..2_000).collect::<Vec<_>>());
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exactly_once_and_in_order_over_a_line_that_breaks() {
    let cluster = start_behind_a_bad_line(60_000).await;
    cluster.create("t", 2, &[]).await;
    // Small batches, so that many are under way whenever the line breaks.
    cluster.write_numbers("t", 20_000, &[("batch.size", "400")]).await;
    let seen = cluster.read_all("t", 2, 20_000, &[("max.partition.fetch.bytes", "3000")]).await;
    assert_eq!(sorted(&seen), (0..20_000).collect::<Vec<_>>());
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_broker_is_named() {
    let given = [("bootstrap.servers", "127.0.0.1:1"), ("max.block.ms", "200")];
    let given = given.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let producer = rkafka::client::Producer::new(&given, None).await.unwrap();
    let error = producer.append(&Record { topic: "t", ..Default::default() }).await.unwrap_err();
    assert_eq!(error.to_string(), "Topic t not present in metadata after 200 ms.");
    assert!(matches!(&error, ClientError::Timeout { cause: Some(_), .. }));
    assert!(error.hint().unwrap().contains("127.0.0.1:1"));
}
