//! Whoever computes, others are answered: hostile clients keep the broker busy in all the ways there are, and ApiVersions
//! on another connection is timed.
//!
//! The bound of this test is for builds without optimisation, on machines that do other things beside. The figure itself:
//! `RKAFKA=target/release/rkafka STALLS_SECONDS=20 cargo test --test blackbox stalls -- --nocapture`.

use crate::harness::{Cluster, PATIENCE, ok};
use rkafka_base::TimestampMs;
use rkafka_protocol::record::{BatchBuilder, BatchOptions, Codec, crc32c};
use std::{
    io::{self, Read, Write},
    net::TcpStream,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

/// What 99 of 100 answers take at the most.
const P99: Duration = Duration::from_millis(500);
/// How long it goes on, if `STALLS_SECONDS` does not say.
const SECONDS: u64 = 4;
/// How many connections of each kind there are.
const EACH: usize = 2;

fn text(bytes: &str) -> Vec<u8> {
    [&(bytes.len() as i16).to_be_bytes(), bytes.as_bytes()].concat()
}

fn array(count: usize, element: impl Fn(usize) -> Vec<u8>) -> Vec<u8> {
    let mut bytes = (count as i32).to_be_bytes().to_vec();
    (0..count).for_each(|n| bytes.extend(element(n)));
    bytes
}

fn ints(list: &[i32]) -> Vec<u8> {
    list.iter().flat_map(|n| n.to_be_bytes()).collect()
}

fn request(key: i16, version: i16, body: &[u8]) -> Vec<u8> {
    let header = [&key.to_be_bytes()[..], &version.to_be_bytes(), &7i32.to_be_bytes(), &[0, 0]].concat();
    [&((header.len() + body.len()) as i32).to_be_bytes()[..], &header, body].concat()
}

/// A request and the whole of its answer.
fn ask(stream: &mut TcpStream, request: &[u8]) -> io::Result<Vec<u8>> {
    stream.write_all(request)?;
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut answer = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut answer)?;
    Ok(answer)
}

fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).expect("the broker accepts");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream.set_nodelay(true).expect("no delay");
    stream
}

/// 5 KiB of zstd that stand for 250 MiB: blocks of 128 KiB, each one byte over and over.
fn bomb() -> Vec<u8> {
    const BLOCK: u32 = 128 << 10;
    const BLOCKS: u32 = (250 << 20) / BLOCK;
    let mut bytes = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38];
    for n in 0..BLOCKS {
        let header = BLOCK << 3 | 2 | u32::from(n + 1 == BLOCKS);
        bytes.extend(&header.to_le_bytes()[..3]);
        bytes.push(0);
    }
    let head = |length: usize| (length as i32).to_be_bytes();
    let records = [
        &4i16.to_be_bytes()[..],
        &0i32.to_be_bytes(),
        &1i64.to_be_bytes(),
        &1i64.to_be_bytes(),
        &[0xff; 14],
        &1i32.to_be_bytes(),
        &bytes,
    ]
    .concat();
    let rest = [&[0xff; 4][..], &[2], &crc32c(&records).to_be_bytes(), &records].concat();
    [&[0; 8][..], &head(rest.len()), &rest].concat()
}

/// 30 KiB of gzip that stand for 32 MiB, and hold what they say.
fn honest_bomb() -> Vec<u8> {
    let mut batch = BatchBuilder::new(BatchOptions { codec: Codec::Gzip, ..BatchOptions::default() });
    batch.append(TimestampMs(1_000), None, Some(&vec![0; 32 << 20]), &[]);
    batch.finish().expect("a batch").to_vec()
}

/// Produce 7, acks 1: one partition so many times.
fn produce(topic: &str, batch: &[u8], times: usize) -> Vec<u8> {
    let partition = |_| [&0i32.to_be_bytes()[..], &(batch.len() as i32).to_be_bytes(), batch].concat();
    let topics = array(1, |_| [text(topic), array(times, partition)].concat());
    request(0, 7, &[&[0xff, 0xff][..], &1i16.to_be_bytes(), &30_000i32.to_be_bytes(), &topics].concat())
}

/// What each kind of hostile client sends, over and over.
fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    let partition = |rest: Vec<u8>| array(1, |_| [text("t"), array(1, |_| rest.clone())].concat());
    let fetched = [&0i32.to_be_bytes()[..], &0i64.to_be_bytes(), &(50i32 << 20).to_be_bytes()].concat();
    let fetch = [ints(&[-1, 100, 1, 50 << 20]), partition(fetched)].concat();
    let timed = [&0i32.to_be_bytes()[..], &2_000i64.to_be_bytes()].concat();
    let offsets = [ints(&[-1]), partition(timed)].concat();
    let names = array(20_000, |n| text(&format!("name-{n}")));
    let bad = |n: usize| [text(&format!("!{n:06}")), ints(&[1]), vec![0, 1, 0, 0, 0, 0, 0, 0, 0, 0]].concat();
    let topics = [&array(20_000, bad)[..], &20_000i32.to_be_bytes(), &[1]].concat();
    let resource = |n: usize| [&[2][..], &text(if n.is_multiple_of(2) { "t" } else { "unknown" }), &[0xff; 4]].concat();
    let configs = [&array(4_000, resource)[..], &[1]].concat();
    let protocol = |n: usize| [&text(&format!("p{n}"))[..], &4_000i32.to_be_bytes(), &[0; 4_000]].concat();
    let join = [text("storm"), ints(&[6_000, 6_000]), text(""), text("consumer"), array(50, protocol)].concat();
    let again = array(100_000, |_| text("t"));
    vec![
        ("produce bombs", produce("c", &bomb(), 4)),
        ("down-converting fetches", request(1, 3, &fetch)),
        ("offsets by time", request(2, 1, &offsets)),
        ("metadata of many names", request(3, 1, &names)),
        ("metadata of one name", request(3, 1, &again)),
        ("bad topics", request(19, 2, &topics)),
        ("settings", request(32, 1, &configs)),
        ("joins", request(11, 4, &join)),
    ]
}

#[test]
fn api_versions_is_answered_while_others_compute() {
    let seconds = std::env::var("STALLS_SECONDS").ok().and_then(|s| s.parse().ok()).unwrap_or(SECONDS);
    let cluster = Cluster::start();
    let create = "kafka-topics.sh --create --bootstrap-server localhost:9092 --topic";
    ok(&cluster.shell(&format!("{create} t"), ""));
    ok(&cluster.shell(&format!("{create} c --config cleanup.policy=compact"), ""));
    let stored = produce("t", &honest_bomb(), 1);
    let mut stream = connect(cluster.port);
    (0..8).for_each(|_| drop(ask(&mut stream, &stored).expect("an answer")));
    let stop = AtomicBool::new(false);
    let kinds = hostile();
    let done: Vec<AtomicUsize> = kinds.iter().map(|_| AtomicUsize::new(0)).collect();
    let port = cluster.port;
    let times = thread::scope(|scope| {
        for ((_, request), done) in kinds.iter().zip(&done) {
            for _ in 0..EACH {
                scope.spawn(|| storm(port, request, &stop, done));
            }
        }
        let times = timed(&mut stream, Duration::from_secs(seconds));
        stop.store(true, Ordering::Relaxed);
        times
    });
    let at = |part: usize| times[(times.len() - 1) * part / 100];
    println!("ApiVersions {} times: p50 {:?}, p99 {:?}, longest {:?}", times.len(), at(50), at(99), at(100));
    for ((what, request), done) in kinds.iter().zip(&done) {
        println!("{what}: {} requests of {} bytes", done.load(Ordering::Relaxed), request.len());
    }
    assert!(at(99) <= P99, "ApiVersions takes {:?}", at(99));
    let log = cluster.broker.log();
    assert!(!log.contains("panicked"), "{log}");
}

/// Asks again and again; also when a broker has had enough of it.
fn storm(port: u16, request: &[u8], stop: &AtomicBool, done: &AtomicUsize) {
    let mut stream = connect(port);
    stream.set_read_timeout(Some(Duration::from_millis(100))).expect("a timeout");
    let mut buffer = vec![0; 64 << 10];
    while !stop.load(Ordering::Relaxed) {
        if stream.write_all(request).is_err() || !read_answer(&mut stream, &mut buffer, stop) {
            stream = connect(port);
            stream.set_read_timeout(Some(Duration::from_millis(100))).expect("a timeout");
        }
        done.fetch_add(1, Ordering::Relaxed);
    }
}

/// Reads an answer without keeping it; false if there is none to come.
fn read_answer(stream: &mut TcpStream, buffer: &mut [u8], stop: &AtomicBool) -> bool {
    let (mut head, mut read) = (Vec::new(), 0);
    while !stop.load(Ordering::Relaxed) {
        match stream.read(buffer) {
            Ok(0) => return false,
            Ok(n) => {
                read += n;
                head.extend(buffer[..n].iter().take(4usize.saturating_sub(head.len())));
                if let Some(length) = head.first_chunk()
                    && read >= u32::from_be_bytes(*length) as usize + 4
                {
                    return true;
                }
            }
            Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
            Err(_) => return false,
        }
    }
    false
}

/// How long ApiVersions took, from the shortest.
fn timed(stream: &mut TcpStream, duration: Duration) -> Vec<Duration> {
    let ask_versions = request(18, 0, &[]);
    let begun = Instant::now();
    let mut times = Vec::new();
    while begun.elapsed() < duration {
        let asked = Instant::now();
        ask(stream, &ask_versions).expect("an answer");
        times.push(asked.elapsed());
        thread::sleep(Duration::from_millis(5));
    }
    times.sort();
    times
}
