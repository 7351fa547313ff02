//! What no Kafka client sends, over real sockets: the connection is closed, one line in the log names what was seen,
//! and everybody else is served on.

use crate::harness::{Cluster, PATIENCE, ok, wait_for};
use rkafka_protocol::ErrorCode;
use std::{
    io::{Read, Write},
    net::TcpStream,
};

/// Sends bytes and reads until the broker closes; what it answered before that.
fn send(port: u16, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the broker accepts");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    // The broker may close before it has read everything.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Ok(_) => answer,
        Err(e) if e.kind() == std::io::ErrorKind::ConnectionReset => answer,
        Err(e) => panic!("the broker keeps the connection open: {e}"),
    }
}

fn frame(body: &[u8]) -> Vec<u8> {
    [&(body.len() as i32).to_be_bytes(), body].concat()
}

/// A request header of version 1 with an empty client id.
fn header(key: i16, version: i16) -> Vec<u8> {
    [&key.to_be_bytes()[..], &version.to_be_bytes(), &7i32.to_be_bytes(), &0i16.to_be_bytes()].concat()
}

#[test]
fn strange_bytes_close_one_connection_and_are_named() {
    let cluster = Cluster::start();
    let cases: &[(&str, Vec<u8>, &str)] = &[
        ("TLS", vec![0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03], "TLS"),
        ("HTTP", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec(), "HTTP"),
        // A ZooKeeper connect request: protocol 0, zxid 0, timeout 30000, session 0, password of 16 bytes.
        (
            "ZooKeeper",
            frame(
                &[&[0; 4][..], &[0; 8], &30_000i32.to_be_bytes(), &[0; 8], &16i32.to_be_bytes(), &[0; 16], &[0]]
                    .concat(),
            ),
            "ZooKeeper",
        ),
        ("a negative length", vec![0xff; 8], "-1"),
        ("an oversized frame", [&0x7fff_fff0i32.to_be_bytes()[..], &[0; 64]].concat(), "socket.request.max.bytes"),
        ("an unknown API", frame(&header(12_345, 0)), "12345"),
        ("an unknown version", frame(&header(3, 99)), "99"),
        ("a truncated request", frame(&[&header(3, 1)[..], &100i32.to_be_bytes()].concat()), "Metadata"),
        ("a hostile length", frame(&[&header(3, 1)[..], &0x7fff_ffffi32.to_be_bytes()].concat()), "Metadata"),
    ];
    for (what, bytes, named) in cases {
        let before = cluster.broker.log().len();
        let answer = send(cluster.port, bytes);
        assert!(answer.is_empty(), "{what} was answered with {answer:02x?}");
        wait_for(&format!("a log line that names {what} by '{named}'"), || {
            cluster.broker.log()[before..].lines().any(|l| l.contains(named)).then_some(())
        });
        let lines: Vec<String> = cluster.broker.log()[before..].lines().map(str::to_string).collect();
        assert_eq!(lines.len(), 1, "{what}: {lines:?}");
    }
    ok(&cluster.shell("kafka-topics.sh --list --bootstrap-server localhost:9092", ""));
}

/// Asks on a connection of its own; the answer without its correlation id.
fn ask(port: u16, key: i16, version: i16, client: &[u8], body: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the broker accepts");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let header = [&key.to_be_bytes()[..], &version.to_be_bytes(), &7i32.to_be_bytes(), &text(client)].concat();
    stream.write_all(&frame(&[&header[..], body].concat())).expect("sent");
    let mut length = [0; 4];
    stream.read_exact(&mut length).unwrap_or_else(|e| panic!("API {key} is not answered: {e}"));
    let mut answer = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut answer).expect("the answer");
    assert_eq!(answer[..4], 7i32.to_be_bytes(), "the correlation id");
    answer.split_off(4)
}

fn text(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as i16).to_be_bytes(), bytes].concat()
}

fn array(count: usize, element: impl Fn(usize) -> Vec<u8>) -> Vec<u8> {
    let mut bytes = (count as i32).to_be_bytes().to_vec();
    (0..count).for_each(|n| bytes.extend(element(n)));
    bytes
}

/// Java decodes what is not UTF-8 with replacement characters, and answers.
#[test]
fn strings_that_are_not_utf8_are_served() {
    let cluster = Cluster::start_with("offsets.topic.num.partitions=1\noffsets.topic.replication.factor=1\n");
    ok(&cluster.shell("kafka-topics.sh --create --topic t --bootstrap-server localhost:9092", ""));
    let answer = ask(cluster.port, 18, 0, b"caf\xe9", b"");
    assert_eq!(answer[..2], [0, 0], "ApiVersions of a client whose id is in Latin-1");
    // Metadata 4 of one topic, not to be created. The answer ends: code, name, internal, partitions.
    let topic = [&array(1, |_| text(b"caf\xe9"))[..], &[0]].concat();
    let answer = ask(cluster.port, 3, 4, b"", &topic);
    let wanted = [&17i16.to_be_bytes()[..], &text("caf\u{fffd}".as_bytes()), &[0, 0, 0, 0, 0]].concat();
    assert!(answer.ends_with(&wanted), "INVALID_TOPIC_EXCEPTION for the topic as Java reads it: {answer:02x?}");
    // OffsetCommit 2, as soon as there is a coordinator: retention, topic, partition, offset, metadata.
    wait_for("a coordinator", || {
        let found = ask(cluster.port, 10, 0, b"", &text(b"g\xff"));
        (found[..2] == [0, 0]).then_some(())
    });
    let offset = [&0i32.to_be_bytes()[..], &1i64.to_be_bytes(), &text(b"\x80\x01\xff")].concat();
    let commit = [
        &text(b"g\xff")[..],
        &(-1i32).to_be_bytes(),
        &text(b""),
        &(-1i64).to_be_bytes(),
        &array(1, |_| [text(b"t"), array(1, |_| offset.clone())].concat()),
    ]
    .concat();
    let answer = wait_for("a coordinator that has loaded its partition", || {
        let answer = ask(cluster.port, 8, 2, b"", &commit);
        (!answer.ends_with(&ErrorCode::COORDINATOR_LOAD_IN_PROGRESS.0.to_be_bytes())).then_some(answer)
    });
    assert!(answer.ends_with(&[0, 0, 0, 0, 0, 0]), "partition 0, no error: {answer:02x?}");
    // OffsetFetch 1: topic, partition, offset, metadata, code.
    let fetch = [text(b"g\xff"), array(1, |_| [text(b"t"), array(1, |_| vec![0; 4])].concat())].concat();
    let answer = ask(cluster.port, 9, 1, b"", &fetch);
    let wanted = [&text("\u{fffd}\u{1}\u{fffd}".as_bytes())[..], &[0, 0]].concat();
    assert!(answer.ends_with(&wanted), "{answer:02x?}");
    // 32,767 bytes that become 98,301 are cut to what a string holds.
    let answer = ask(cluster.port, 10, 0, &[0xff; 32_767], &text(&[0xff; 32_767]));
    assert_eq!(answer[..2], [0, 0]);
}

/// The work that a request makes grows with its length, not with its square.
#[test]
fn long_lists_are_answered_in_time() {
    let cluster = Cluster::start();
    ok(&cluster.shell("kafka-topics.sh --create --topic t --bootstrap-server localhost:9092", ""));
    // CreateTopics 2: name, partitions, factor, assignments, configs; timeout, validate only.
    let bad = |n: usize| {
        let rest = [&1i32.to_be_bytes()[..], &1i16.to_be_bytes(), &[0; 8]].concat();
        [text(format!("!{n:06}").as_bytes()), rest].concat()
    };
    let body = [&array(100_000, bad)[..], &20_000i32.to_be_bytes(), &[0]].concat();
    let answer = ask(cluster.port, 19, 2, b"", &body);
    assert_eq!(answer[4..8], 100_000i32.to_be_bytes());
    // AlterConfigs 0 of broker loggers, which are refused: type, name, configs; validate only.
    let resource = |n: usize| [&[8][..], &text(format!("{n}").as_bytes()), &[0; 4]].concat();
    let body = [&array(100_000, resource)[..], &[0]].concat();
    let answer = ask(cluster.port, 33, 0, b"", &body);
    assert_eq!(answer[4..8], 100_000i32.to_be_bytes());
    // Fetch 4 of one partition over and over: replica, max wait, min and max bytes, isolation; offset, max bytes.
    let partition = |_| [&0i32.to_be_bytes()[..], &0i64.to_be_bytes(), &1i32.to_be_bytes()].concat();
    let head: Vec<u8> = [-1i32, 100, 1, 1 << 20].iter().flat_map(|n| n.to_be_bytes()).chain([0]).collect();
    let body = [head, array(1, |_| [text(b"t"), array(300_000, partition)].concat())].concat();
    let answer = ask(cluster.port, 1, 4, b"", &body);
    assert_eq!(answer[4..8], 1i32.to_be_bytes(), "one topic");
    assert_eq!(answer[11..15], 1i32.to_be_bytes(), "one partition");
    // A topic's settings that are named without end.
    let setting = |n: usize| [text(format!("k{n}").as_bytes()), vec![0, 0, 1, b'1']].concat();
    let body = [&array(1, |_| [&[2][..], &text(b"t"), &array(100_000, setting)].concat())[..], &[0]].concat();
    let answer = ask(cluster.port, 44, 0, b"", &body);
    assert_eq!(answer[4..8], 1i32.to_be_bytes());
}

#[test]
fn api_versions_of_the_future_gets_version_0_with_the_error() {
    let cluster = Cluster::start();
    let mut stream = TcpStream::connect(("127.0.0.1", cluster.port)).expect("the broker accepts");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream.write_all(&frame(&header(18, 99))).expect("sent");
    let mut length = [0; 4];
    stream.read_exact(&mut length).expect("an answer");
    let mut body = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut body).expect("the answer");
    assert_eq!(body[..4], 7i32.to_be_bytes(), "the correlation id");
    assert_eq!(body[4..6], 35i16.to_be_bytes(), "UNSUPPORTED_VERSION");
    let apis = u32::from_be_bytes([body[6], body[7], body[8], body[9]]) as usize;
    assert_eq!(body.len(), 10 + 6 * apis, "an array of key, min, max and nothing else");
    // The connection goes on: a client now asks again in a version that it was told.
    stream.write_all(&frame(&header(18, 0))).expect("sent");
    stream.read_exact(&mut length).expect("a second answer");
}

#[test]
fn noise_on_a_thousand_connections_leaves_the_broker_as_it_was() {
    let cluster = Cluster::start();
    let seed = std::env::var("SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(0x5eed_0003u64);
    println!("SEED={seed}");
    let mut state = seed;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for _ in 0..1_000 {
        let key = (random() % 80) as i16;
        let version = (random() % 18) as i16;
        let noise: Vec<u8> = (0..random() % 64).map(|_| random() as u8).collect();
        let mut stream = TcpStream::connect(("127.0.0.1", cluster.port)).expect("the broker accepts");
        let _ = stream.write_all(&frame(&[header(key, version), noise].concat()));
    }
    let log = cluster.broker.log();
    assert!(!log.contains("panicked"), "{log}");
    let list = cluster.shell("kafka-topics.sh --create --topic alive --bootstrap-server localhost:9092", "");
    assert!(ok(&list).contains("Created topic alive."));
}
