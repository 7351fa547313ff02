//! The producer: codecs, keys, acknowledgements, splitting, refused records, and exactly once over a line that breaks.

use crate::cluster::{PATIENCE, TestCluster, append_numbers, sorted, start_behind_a_bad_line};
use rkafka_client::{
    ClientError, Producer,
    producer::{ProducerRecord, partition_of_key},
};
use rkafka_protocol::ErrorCode;
use std::sync::{Arc, Mutex};

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
        let sent =
            producer.send(&ProducerRecord { topic: "t", value: Some(b"v"), ..Default::default() }).await.unwrap();
        assert_eq!(sent.offset, offset);
    }
    let error =
        producer.send(&ProducerRecord { topic: "t", partition: Some(7), ..Default::default() }).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Partition 7 of topic t with partition count 1 is not present in metadata after 300 ms."
    );
    let large = vec![b'x'; 2 << 20];
    let error =
        producer.append(&ProducerRecord { topic: "t", value: Some(&large), ..Default::default() }).await.unwrap_err();
    assert!(error.to_string().contains("max.request.size"), "{error}");
    producer.close(PATIENCE).await.unwrap();
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_too_large_for_the_topic_are_split() {
    let cluster = TestCluster::start().await;
    cluster.create("small", 1, &[("max.message.bytes", "2000")]).await;
    let producer = cluster.producer(&[("linger.ms", "200")]).await;
    append_numbers(&producer, "small", 2_000).await;
    producer.flush().await.unwrap();
    producer.close(PATIENCE).await.unwrap();
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

/// `max.message.bytes`, and what a batch takes beside a value of 64 bytes and more that is alone in it.
const LIMIT: usize = 300;
const OVERHEAD: usize = 70;

/// Writes lines of random size around what the broker takes to three partitions: those that are too large are reported so,
/// every other one is there once and in order.
async fn only_what_is_too_large_fails(cluster: &TestCluster, topic: &str, seed: u64, list: &[(&str, &str)]) {
    let mut random = fastrand::Rng::with_seed(seed);
    cluster.create(topic, 3, &[("max.message.bytes", &LIMIT.to_string())]).await;
    let failed: Arc<Mutex<Vec<String>>> = Arc::default();
    let heard = failed.clone();
    let reports = move |report: &rkafka_client::producer::DeliveryReport| {
        let Err(error) = &report.result else { return };
        assert_eq!(error.code(), Some(ErrorCode::MESSAGE_TOO_LARGE), "{error}");
        report.for_each(|record| {
            heard.lock().unwrap().push(String::from_utf8(record.value.unwrap().to_vec()).unwrap());
        });
    };
    let producer = Producer::new(&cluster.properties(list), Some(Box::new(reports))).await.unwrap();
    let (mut expected, mut too_large) = (vec![Vec::new(); 3], Vec::new());
    // The last ones show that nothing came twice before them.
    for n in 0..2_003 {
        let partition = if n < 2_000 { random.i32(0..3) } else { n - 2_000 };
        let length = if n >= 2_000 || random.u8(0..10) > 0 { random.usize(6..40) } else { random.usize(200..260) };
        let value = format!("{:<length$}", format!("{n} "));
        let bytes = Some(value.as_bytes());
        producer
            .append(&ProducerRecord { topic, partition: Some(partition), value: bytes, ..Default::default() })
            .await
            .unwrap();
        match length + OVERHEAD > LIMIT {
            true => too_large.push(value),
            false => expected[partition as usize].push(value),
        }
        if random.u8(0..50) == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    }
    producer.flush().await.unwrap();
    producer.close(PATIENCE).await.unwrap();
    let count = expected.iter().map(Vec::len).sum();
    let small = [("max.partition.fetch.bytes", "3000")];
    assert_eq!(cluster.read_all(topic, 3, count, &small).await, expected);
    let mut failed = std::mem::take(&mut *failed.lock().unwrap());
    failed.sort();
    too_large.sort();
    assert_eq!(failed, too_large);
}

/// `SEED` repeats a run.
fn seed() -> u64 {
    let seed = std::env::var("SEED").map_or_else(|_| fastrand::u64(..), |seed| seed.parse().unwrap());
    eprintln!("SEED={seed}");
    seed
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_too_large_takes_no_other_along() {
    let seed = seed();
    let cluster = TestCluster::start().await;
    let in_flight = "max.in.flight.requests.per.connection";
    for (i, list) in [
        [("batch.size", "1"), (in_flight, "5")],
        [("batch.size", "1"), (in_flight, "1")],
        [("batch.size", "400"), (in_flight, "3")],
        [("linger.ms", "1"), (in_flight, "5")],
        [("batch.size", "1"), ("acks", "1")],
        [("batch.size", "400"), ("compression.type", "none")],
    ]
    .iter()
    .enumerate()
    {
        eprintln!("{list:?}");
        only_what_is_too_large_fails(&cluster, &format!("t{i}"), seed.wrapping_add(i as u64), list).await;
    }
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_too_large_takes_no_other_along_when_the_line_breaks() {
    let seed = seed();
    let cluster = start_behind_a_bad_line(30_000).await;
    for (i, size) in ["1", "400"].into_iter().enumerate() {
        only_what_is_too_large_fails(&cluster, &format!("t{i}"), seed, &[("batch.size", size)]).await;
    }
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_broker_is_named() {
    let given = [("bootstrap.servers", "127.0.0.1:1"), ("max.block.ms", "200")];
    let given = given.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let producer = rkafka_client::Producer::new(&given, None).await.unwrap();
    let error = producer.append(&ProducerRecord { topic: "t", ..Default::default() }).await.unwrap_err();
    assert_eq!(error.to_string(), "Topic t not present in metadata after 200 ms.");
    assert!(matches!(&error, ClientError::Timeout { cause: Some(_), .. }));
    assert!(error.hint().unwrap().contains("127.0.0.1:1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_producer_whose_task_has_died_says_so() {
    let cluster = TestCluster::start().await;
    cluster.create("t", 1, &[]).await;
    // Reports are made from the producer's own task.
    let deadly = Box::new(|_: &rkafka_client::producer::DeliveryReport| panic!("the death that this test is about"));
    let record = ProducerRecord { topic: "t", value: Some(b"v"), ..Default::default() };
    for waits_for_its_record in [false, true] {
        let producer = Producer::new(&cluster.properties(&[]), Some(deadly.clone())).await.unwrap();
        let in_time = async {
            match waits_for_its_record {
                // It is written, or nobody knows.
                true => drop(producer.send(&record).await),
                false => producer.append(&record).await.unwrap(),
            }
            let refused = loop {
                let _ = producer.flush().await;
                if let Err(error) = producer.append(&record).await {
                    break error;
                }
            };
            let flushed = producer.flush().await.unwrap_err();
            let unsent = producer.send(&record).await.unwrap_err();
            let closed = producer.close(PATIENCE * 10).await.unwrap_err();
            for error in [flushed, refused, unsent, closed] {
                assert!(error.to_string().contains("task for sending has died"), "{error}");
            }
        };
        tokio::time::timeout(PATIENCE, in_time).await.expect("nobody waits for what has died");
    }
    cluster.stop().await;
}
