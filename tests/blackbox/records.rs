//! What the broker makes of produced records: compressed batches whose headers lie, records that are refused by the
//! thousand, bombs. The order of a connection's requests holds whatever each of them costs.

use crate::{
    client::{Client, batch, fetch, produce},
    harness::{Cluster, ok},
};
use bytes::Bytes;
use rkafka_base::TimestampMs;
use rkafka_protocol::{
    ErrorCode, Records,
    messages::*,
    record::{Batch, BatchBuilder, BatchOptions, Codec, TimestampType, patch},
};
use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

const NOW: i64 = 1_700_000_000_000;

fn cluster(topic: &str, config: &str) -> Cluster {
    let cluster = Cluster::start();
    let create = format!("kafka-topics.sh --create --topic {topic} {config} --bootstrap-server localhost:9092");
    ok(&cluster.shell(&create, ""));
    cluster
}

fn packed(codec: Codec, records: impl IntoIterator<Item = (i64, Option<&'static [u8]>, Vec<u8>)>) -> Bytes {
    let mut builder = BatchBuilder::new(BatchOptions { codec, ..BatchOptions::default() });
    for (timestamp, key, value) in records {
        builder.append(TimestampMs(timestamp), key, Some(&value), &[]);
    }
    builder.finish().expect("a batch")
}

/// One request that names the same partition many times.
fn repeated(topic: &str, records: &Bytes, times: usize) -> ProduceRequest {
    let mut request = produce(topic, 1, records.clone());
    let data = request.topic_data[0].partition_data[0].clone();
    request.topic_data[0].partition_data = vec![data; times];
    request
}

fn offset_at(client: &mut Client, topic: &str, timestamp: i64) -> i64 {
    use list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
    let partition = ListOffsetsPartition { timestamp, current_leader_epoch: -1, ..Default::default() };
    let topic = ListOffsetsTopic { name: topic.into(), partitions: vec![partition], ..Default::default() };
    let request = ListOffsetsRequest { replica_id: -1, topics: vec![topic], ..Default::default() };
    client.ask(&request, 1).topics[0].partitions[0].offset
}

/// As Sarama wrote compressed batches until 2025.
#[test]
fn the_largest_timestamp_of_a_compressed_batch_is_the_records_whatever_its_header_says() {
    let cluster = cluster("times", "");
    let mut client = Client::connect(cluster.port);
    for (round, codec) in (0i64..).zip([Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd]) {
        let (start, first) = (NOW + round * 1_000, round * 3);
        let records = [0, 5, 10].map(|after| (start + after, None, b"value".to_vec()));
        let mut unset = packed(codec, records).to_vec();
        patch::max_timestamp(&mut unset, &[], TimestampType::CreateTime, TimestampMs(-1));
        let written = client.ask(&produce("times", 1, unset.into()), 7);
        assert_eq!(written.responses[0].partition_responses[0].base_offset, first);
        for (timestamp, expected) in [(start, first), (start + 5, first + 1), (start + 6, first + 2), (start + 11, -1)]
        {
            assert_eq!(offset_at(&mut client, "times", timestamp), expected, "{codec}: {}", timestamp - start);
        }
        let fetched = client.ask(&fetch("times", first, 1, 0), 10);
        let Some(Records::Bytes(bytes)) = &fetched.responses[0].partitions[0].records else { panic!("no records") };
        let stored = Batch::parse(bytes).expect("a batch");
        assert_eq!(stored.header.max_timestamp, TimestampMs(start + 10), "{codec}");
        stored.verify_crc().expect("a right checksum");
    }
}

/// KIP-110: who does not know zstd is told so, and gets no records that it cannot read.
#[test]
fn clients_that_do_not_know_zstd_are_refused_a_topic_that_is_in_it() {
    let cluster = cluster("zstandard", "--config compression.type=zstd");
    let mut client = Client::connect(cluster.port);
    client.ask(&produce("zstandard", 1, batch()), 7);
    let mut fetched = |version| {
        let response = client.ask(&fetch("zstandard", 0, 1, 0), version);
        let partition = response.responses[0].partitions[0].clone();
        (ErrorCode(partition.error_code), partition.records.map_or(0, |records| records.len()) > 0)
    };
    assert_eq!(fetched(9), (ErrorCode::UNSUPPORTED_COMPRESSION_TYPE, false));
    assert_eq!(fetched(10), (ErrorCode::NONE, true));
}

#[test]
fn long_requests_keep_their_place() {
    let cluster = cluster("order", "");
    let mut client = Client::connect(cluster.port);
    let long = packed(Codec::Zstd, [(NOW, None, vec![0; 3 << 20])]);
    const ROUNDS: i64 = 20;
    for _ in 0..ROUNDS {
        client.send(&produce("order", 1, batch()), 7);
        client.send(&produce("order", -1, long.clone()), 7);
        client.send(&produce("order", 0, batch()), 7);
        client.send(&produce("order", -1, batch()), 7);
        client.send(&ApiVersionsRequest::default(), 0);
    }
    for round in 0..ROUNDS {
        let mut receive = || client.receive::<ProduceRequest>(7).responses[0].partition_responses[0].base_offset;
        assert_eq!((receive(), receive()), (round * 4, round * 4 + 1));
        client.expect_no_reply();
        assert_eq!(client.receive::<ProduceRequest>(7).responses[0].partition_responses[0].base_offset, round * 4 + 3);
        client.receive::<ApiVersionsRequest>(0);
    }
}

#[test]
fn others_are_served_while_a_bomb_is_decompressed() {
    let cluster = cluster("bombs", "");
    let bomb = packed(Codec::Zstd, [(NOW, None, vec![0; 60 << 20])]);
    assert!(bomb.len() < 64 << 10, "{}", bomb.len());
    let (mut attacker, mut other) = (Client::connect(cluster.port), Client::connect(cluster.port));
    let answered = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let response = attacker.ask(&repeated("bombs", &bomb, 40), 7);
            let codes = response.responses[0].partition_responses.iter().map(|p| ErrorCode(p.error_code));
            // One request may decompress to 1 GiB.
            let expected = (0..40).map(|i| if i < 17 { ErrorCode::NONE } else { ErrorCode::MESSAGE_TOO_LARGE });
            assert!(codes.eq(expected), "{response:?}");
            answered.store(true, Ordering::Release);
        });
        let mut served = 0;
        while !answered.load(Ordering::Acquire) {
            other.ask(&ApiVersionsRequest::default(), 0);
            other.ask(&produce("bombs", 1, batch()), 7);
            served += 1;
        }
        assert!(served >= 10, "{served} requests were answered meanwhile");
    });
}

#[test]
fn an_answer_names_a_bounded_number_of_records() {
    let cluster = cluster("compacted", "--config cleanup.policy=compact");
    let mut client = Client::connect(cluster.port);
    let keyless = packed(Codec::Zstd, (0..600).map(|_| (NOW, None, Vec::new())));
    let response = client.ask(&repeated("compacted", &keyless, 50), 8);
    let partitions = &response.responses[0].partition_responses;
    assert!(partitions.iter().all(|p| ErrorCode(p.error_code) == ErrorCode::INVALID_RECORD));
    let named: Vec<usize> = partitions.iter().map(|p| p.record_errors.len()).collect();
    assert_eq!((named[0], named[1], named.iter().sum::<usize>()), (600, 400, 1_000));
    let message = partitions[0].error_message.as_deref().unwrap_or_default();
    assert!(message.contains("600 record errors in total"), "{message}");
    let last = &partitions[0].record_errors[599];
    assert_eq!(last.batch_index, 599);
    let expected = "Compacted topic cannot accept message without key in topic partition compacted-0";
    assert_eq!(last.batch_index_error_message.as_deref(), Some(expected));
    // Not one record can be named any more.
    assert!(partitions[2..].iter().all(|p| p.error_message.is_none()));
}
