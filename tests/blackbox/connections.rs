//! What a connection may expect: replies in the order of its requests, fetches that wake, errors that close, limits.

use crate::{
    client::{Client, batch, fetch, produce},
    harness::{Cluster, ok, wait_for},
};
use rkafka_protocol::messages::*;
use std::time::{Duration, Instant};

const TOPIC: &str = "connections";

fn cluster(extra: &str) -> Cluster {
    let cluster = Cluster::start_with(extra);
    ok(&cluster.shell(&format!("kafka-topics.sh --create --topic {TOPIC} --bootstrap-server localhost:9092"), ""));
    cluster
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let cluster = cluster("");
    let mut client = Client::connect(cluster.port);
    const ROUNDS: i64 = 200;
    for _ in 0..ROUNDS {
        client.send(&produce(TOPIC, -1, batch()), 9);
        client.send(&produce(TOPIC, 1, batch()), 9);
        client.send(&produce(TOPIC, 0, batch()), 9);
        client.send(&ApiVersionsRequest::default(), 0);
        client.send(&fetch(TOPIC, 0, 1, 0), 4);
    }
    for round in 0..ROUNDS {
        for i in 0..2 {
            let response = client.receive::<ProduceRequest>(9);
            assert_eq!(response.responses[0].partition_responses[0].base_offset, 3 * round + i);
        }
        client.expect_no_reply();
        client.receive::<ApiVersionsRequest>(0);
        let fetched = client.receive::<FetchRequest>(4);
        assert_eq!(fetched.responses[0].partitions[0].high_watermark, 3 * round + 3);
    }
}

#[test]
fn a_waiting_fetch_wakes_with_the_append() {
    let cluster = cluster("");
    let (mut reader, mut writer) = (Client::connect(cluster.port), Client::connect(cluster.port));
    const LONG: i32 = 20_000;
    let mut slowest = Duration::ZERO;
    for offset in 0..50 {
        reader.send(&fetch(TOPIC, offset, 1, LONG), 11);
        let began = Instant::now();
        writer.ask(&produce(TOPIC, 1, batch()), 9);
        let response = reader.receive::<FetchRequest>(11);
        slowest = slowest.max(began.elapsed());
        assert!(response.responses[0].partitions[0].records.as_ref().is_some_and(|r| !r.is_empty()));
    }
    assert!(slowest < Duration::from_secs(5), "{slowest:?}: woken by the timeout, not by the append");
    // One record is not enough; the second one wakes it.
    let size = batch().len() as i32;
    reader.send(&fetch(TOPIC, 50, size + 1, LONG), 11);
    writer.ask(&produce(TOPIC, 1, batch()), 9);
    writer.ask(&produce(TOPIC, 1, batch()), 9);
    let response = reader.receive::<FetchRequest>(11);
    assert_eq!(response.responses[0].partitions[0].records.as_ref().map(|r| r.len()), Some(2 * batch().len()));
    // Nothing comes: the fetch ends by itself.
    let began = Instant::now();
    reader.ask(&fetch(TOPIC, 52, 1, 300), 11);
    assert!(began.elapsed() >= Duration::from_millis(300));
}

#[test]
fn an_error_with_acks_0_closes_the_connection() {
    let cluster = cluster("");
    let mut client = Client::connect(cluster.port);
    client.send(&produce("no-such-topic", 0, batch()), 9);
    client.expect_closed();
    wait_for("a line that names the topic", || cluster.broker.log().contains("no-such-topic-0 failed").then_some(()));
}

#[test]
fn silent_and_surplus_connections_are_closed() {
    let cluster = cluster("connections.max.idle.ms=400\nmax.connections.per.ip=3");
    let mut clients: Vec<Client> = (0..3).map(|_| Client::connect(cluster.port)).collect();
    for client in &mut clients {
        client.ask(&ApiVersionsRequest::default(), 0);
    }
    Client::connect(cluster.port).expect_closed();
    wait_for("the limit in the log", || cluster.broker.log().contains("max.connections.per.ip").then_some(()));
    for client in &mut clients {
        client.expect_closed();
    }
    wait_for("a free place", || {
        let mut client = Client::connect(cluster.port);
        client.send(&ApiVersionsRequest::default(), 0);
        client.try_receive().then_some(())
    });
}
