//! The console producer, as a user runs it, while a broker refuses some of its lines and others are killed or frozen: each
//! line that the brokers would take is in its partition once, in order; each other one is reported once, with the reason.
//!
//! `CONSOLE_SEED=N` repeats what was written and the order of the faults (not their timing), `CONSOLE_ROUNDS=N` does it more
//! often. With `APACHE_KAFKA=folder/of/jars` the brokers are Apache Kafka's: `tests/conformance/run console-producer`.

use crate::{
    cluster::{Cluster, PARTITIONS, SESSION, Wiring},
    process::{PATIENCE, apache},
};
use rkafka_base::{TimestampMs, TopicPartition};
use rkafka_client::{Admin, Consumer, admin::OffsetSpec, producer::partition_of_key};
use rkafka_protocol::{
    ErrorCode,
    record::{BatchBuilder, BatchOptions, record_size_bound},
};
use std::{
    io::{Read, Write},
    process::{Child, ChildStderr, Command, Stdio},
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// How long the producer may go on after the last line: longer than all it waits for, one after the other.
const END: Duration = Duration::from_secs(90);
/// By how much a codec may make a batch longer that cannot be compressed, at most.
const EXPANSION: usize = 100;

/// What one run of the producer is given.
#[derive(Debug)]
struct Setup {
    options: Vec<String>,
    /// `max.message.bytes` of the topic.
    limit: usize,
    max_request_size: usize,
    compressed: bool,
    replicas: Vec<Vec<i32>>,
    lines: usize,
    /// For how long lines come.
    pace: Duration,
}

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Arrives,
    /// The client knows that it is too large.
    TooLarge,
    /// The broker says that it is too large.
    Refused,
    /// It depends on how far it can be compressed.
    Either,
}

#[derive(Debug)]
struct Line {
    key: String,
    value: String,
    fate: Fate,
}

impl Line {
    fn partition(&self) -> usize {
        partition_of_key(self.key.as_bytes(), PARTITIONS) as usize
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

impl Setup {
    fn pick(random: &mut fastrand::Rng) -> Setup {
        let limit = random.choice([300, 1_000, 20_000]).unwrap();
        let mut options = Vec::new();
        let mut option = |name: &str, value: String| options.extend([name.to_owned(), value]);
        match random.u8(0..4) {
            0 => option("--batch-size", "1".to_owned()),
            1 => option("--batch-size", (limit * 2).to_string()),
            2 => option("--batch-size", "16384".to_owned()),
            _ => {}
        }
        option("--timeout", random.choice(["0", "1", "20", "1000"]).unwrap().to_owned());
        let codec = if random.bool() { "none" } else { random.choice(["gzip", "snappy", "lz4", "zstd"]).unwrap() };
        option("--compression-codec", codec.to_owned());
        let max_request_size = if random.u8(0..3) == 0 { limit * 5 / 4 } else { 1_048_576 };
        option("--producer-property", format!("max.request.size={max_request_size}"));
        option("--producer-property", format!("max.in.flight.requests.per.connection={}", random.u8(1..=5)));
        if random.u8(0..3) == 0 {
            option("--max-memory-bytes", (limit * 20).to_string());
        }
        if random.u8(0..3) == 0 {
            option("--request-timeout-ms", "5000".to_owned());
        }
        let factor = random.choice([1, 3, 3]).unwrap();
        let replicas = |p: i32| (p..p + factor).map(|broker| broker % 3).collect();
        Setup {
            replicas: (0..PARTITIONS).map(replicas).collect(),
            options,
            limit,
            max_request_size,
            compressed: codec != "none",
            lines: random.usize(300..1_500),
            pace: Duration::from_secs(random.u64(2..7)),
        }
    }

    fn line(&self, n: usize, random: &mut fastrand::Rng) -> Line {
        let length = match random.u8(0..10) {
            0 => random.usize(self.limit * 3 / 4..self.limit * 3 / 2),
            1 => random.usize(self.limit - 80..self.limit - 60),
            _ => random.usize(0..40),
        };
        let mut value = format!("{n} ");
        value.extend((0..length).map(|_| random.alphanumeric()));
        let key = random.u8(0..20).to_string();
        let fate = self.fate(&key, &value);
        Line { key, value, fate }
    }

    fn fate(&self, key: &str, value: &str) -> Fate {
        let (key, value) = (Some(key.as_bytes()), Some(value.as_bytes()));
        if record_size_bound(key, value, &[]) > self.max_request_size {
            return Fate::TooLarge;
        }
        let mut alone = BatchBuilder::new(BatchOptions::default());
        alone.append(TimestampMs(0), key, value, &[]);
        match alone.size() {
            size if !self.compressed && size > self.limit => Fate::Refused,
            size if self.compressed && size + EXPANSION > self.limit => Fate::Either,
            _ => Fate::Arrives,
        }
    }

    fn start(&self, cluster: &Cluster, topic: &str) -> Child {
        let binary = std::env::var_os("RKAFKA").unwrap_or_else(|| env!("CARGO_BIN_EXE_rkafka").into());
        Command::new(binary)
            .args(["console-producer", "--bootstrap-server", &cluster.bootstrap(), "--topic", topic])
            .args(["--property", "parse.key=true", "--property", "key.separator=:"])
            .args(&self.options)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }
}

/// Kills, or freezes, one broker after the other, sometimes two at once, while lines come. All run in the end.
async fn faults(cluster: &mut Cluster, random: &mut fastrand::Rng, lasting: Duration) {
    let end = Instant::now() + lasting;
    while Instant::now() < end {
        sleep(Duration::from_millis(random.u64(100..1_000))).await;
        let brokers = match random.u8(0..5) {
            0 => vec![0, 1],
            _ => vec![random.usize(0..3)],
        };
        let killed = random.bool();
        println!("{} {brokers:?}", if killed { "kill" } else { "freeze" });
        for id in &brokers {
            let server = cluster.brokers[*id].server();
            if killed { server.kill() } else { server.pause() }
        }
        let most = if random.bool() { Duration::from_millis(300) } else { SESSION * 3 / 2 };
        sleep(most.mul_f64(random.f64())).await;
        for id in &brokers {
            match killed {
                true => cluster.brokers[*id].spawn(cluster.dir.path()),
                false => cluster.brokers[*id].server().resume(),
            }
        }
        for id in brokers.iter().filter(|_| killed) {
            cluster.brokers[*id].wait_until_it_serves(cluster.dir.path());
        }
    }
}

/// Writes the lines, evenly but for a few pauses, on a thread of its own.
fn write(child: &mut Child, lines: &[Line], pace: Duration, seed: u64) -> JoinHandle<()> {
    let mut stdin = child.stdin.take().unwrap();
    let texts: Vec<String> = lines.iter().map(|line| format!("{}:{}\n", line.key, line.value)).collect();
    let mut random = fastrand::Rng::with_seed(seed);
    std::thread::spawn(move || {
        let each = pace / texts.len() as u32;
        for text in texts {
            stdin.write_all(text.as_bytes()).unwrap();
            if random.u8(0..20) == 0 {
                std::thread::sleep(each * 20);
            }
        }
    })
}

/// All that is said on standard error, taken off as it comes.
fn heard(mut stderr: ChildStderr) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut said = String::new();
        stderr.read_to_string(&mut said).unwrap();
        said
    })
}

/// The values of each partition, up to its end.
async fn read(cluster: &Cluster, topic: &str) -> Vec<Vec<String>> {
    let partitions: Vec<TopicPartition> = (0..PARTITIONS).map(|p| TopicPartition::new(topic, p)).collect();
    let admin = Admin::connect(&cluster.bootstrap()).await.unwrap();
    let wanted: Vec<_> = partitions.iter().map(|tp| (tp.clone(), OffsetSpec::Latest)).collect();
    let ends = admin.list_offsets(&wanted, false).await.unwrap();
    let given = [("bootstrap.servers", cluster.bootstrap()), ("auto.offset.reset", "none".to_owned())];
    let mut consumer = Consumer::new(&given.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()).await.unwrap();
    consumer.assign(&partitions);
    partitions.iter().for_each(|tp| consumer.seek_to(tp, OffsetSpec::Earliest).unwrap());
    let mut found = vec![Vec::new(); PARTITIONS as usize];
    let start = Instant::now();
    let at_end = |consumer: &Consumer, tp: &TopicPartition| {
        consumer.position(tp).unwrap_or(0) >= ends[tp].as_ref().unwrap().offset
    };
    while !partitions.iter().all(|tp| at_end(&consumer, tp)) {
        assert!(start.elapsed() < PATIENCE, "{topic} cannot be read to its end");
        let Some(mut fetched) = consumer.poll(Duration::from_millis(100)).await.unwrap() else { continue };
        while let Some(batch) = fetched.next_batch() {
            for record in batch.unwrap().records() {
                let value = record.unwrap().value.unwrap().to_vec();
                found[fetched.partition.partition as usize].push(String::from_utf8(value).unwrap());
            }
        }
    }
    found
}

/// What the producer says of a line that is not delivered, without the reason.
fn report(topic: &str, line: &Line) -> String {
    let (key, value) = (line.key.len(), line.value.len());
    format!("Error when sending message to topic {topic} with key: {key} bytes, value: {value} bytes with error: ")
}

/// Compares what is there, and what was said, with what was written.
fn judge(topic: &str, lines: &[Line], found: &[Vec<String>], said: &str) {
    let mut expected = vec![Vec::new(); PARTITIONS as usize];
    let mut reports = Vec::new();
    for line in lines {
        let arrived = found[line.partition()].contains(&line.value);
        if line.fate == Fate::Arrives || line.fate == Fate::Either && arrived {
            expected[line.partition()].push(line.value.clone());
        } else {
            let reason = match line.fate {
                Fate::TooLarge => "which is the value of the max.request.size configuration.".to_owned(),
                _ => ErrorCode::MESSAGE_TOO_LARGE.message().to_owned(),
            };
            reports.push((report(topic, line), reason));
        }
    }
    for (partition, (found, expected)) in found.iter().zip(&expected).enumerate() {
        let number = |value: &String| value.split(' ').next().unwrap_or_default().to_owned();
        let numbers = |values: &[String]| values.iter().map(number).collect::<Vec<_>>().join(" ");
        let missing: Vec<String> = expected.iter().filter(|value| !found.contains(value)).map(number).collect();
        assert!(
            found == expected,
            "partition {partition} holds {} lines instead of {}; missing: {missing:?}; all: {}\n{said}",
            found.len(),
            expected.len(),
            numbers(found),
        );
    }
    let mut errors: Vec<&str> = said.lines().filter(|line| line.contains("] ERROR ")).collect();
    let count = reports.len();
    for (report, reason) in reports {
        let at = errors.iter().position(|error| error.contains(&report) && error.contains(&reason));
        let at = at.unwrap_or_else(|| panic!("not said: {report}{reason}\n{said}"));
        errors.swap_remove(at);
    }
    assert!(errors.is_empty(), "said without a cause: {errors:?}");
    let summary = format!("{count} of {} messages were not delivered\n", lines.len());
    assert!(count == 0 || said.ends_with(&summary), "it does not end with {summary}{said}");
}

async fn round(cluster: &mut Cluster, topic: &str, seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let setup = Setup::pick(&mut random);
    println!("{topic}, CONSOLE_SEED={seed}: {setup:?}");
    let limit = setup.limit.to_string();
    cluster.create(topic, &setup.replicas, &[("max.message.bytes", &limit), ("min.insync.replicas", "1")]).await;
    let lines: Vec<Line> = (0..setup.lines).map(|n| setup.line(n, &mut random)).collect();
    let mut producer = setup.start(cluster, topic);
    let writer = write(&mut producer, &lines, setup.pace, seed);
    let said = heard(producer.stderr.take().unwrap());
    faults(cluster, &mut random, setup.pace).await;
    let start = Instant::now();
    let status = loop {
        if let Some(status) = producer.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > END {
            let _ = producer.kill();
            panic!("the producer does not end: {}", said.join().unwrap());
        }
        sleep(Duration::from_millis(20)).await;
    };
    writer.join().unwrap();
    let said = said.join().unwrap();
    assert_eq!(status.code(), Some(0), "{said}");
    let found = read(cluster, topic).await;
    judge(topic, &lines, &found, &said);
    println!("{topic}: {} lines, {:?} more after the last", lines.len(), start.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_a_broker_would_take_arrive_once_and_in_order() {
    let seed = number("CONSOLE_SEED").unwrap_or_else(|| fastrand::u64(0..1_000_000));
    let rounds = number("CONSOLE_ROUNDS").unwrap_or(2);
    let mut cluster = Cluster::start(Wiring::default()).await;
    println!("brokers of {}", if apache().is_some() { "Apache Kafka" } else { "ours" });
    for n in 0..rounds {
        round(&mut cluster, &format!("lines-{n}"), seed + n).await;
        cluster.settled().await;
    }
}
