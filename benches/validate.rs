//! What looking at every produced record costs: CPU seconds for a gigabyte of records, by codec and size of record.
//! `cargo bench --bench validate`; the figures of docs/adr/0009 are from here.

use bytes::Bytes;
use rkafka_base::{TimestampMs, TopicPartition};
use rkafka_protocol::record::{
    BatchBuilder, BatchOptions, Codec, crc32c,
    validate::{Origin, Prepared, ProduceInput, TopicRules, Work, validate},
};
use std::hint::black_box;

/// How many bytes of records, before compression, each figure is taken from.
const MEASURED: usize = 512 << 20;
/// Batches judged between two looks at the clock.
const ROUND: usize = 32;

/// CPU nanoseconds of this thread.
fn cpu_time() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    stat.split(' ').next().and_then(|n| n.parse().ok()).expect("a number")
}

/// Words at random: gzip makes a quarter of it.
fn batch(codec: Codec, record: usize, size: usize) -> (Bytes, usize) {
    let mut rng = fastrand::Rng::with_seed(1);
    let words: Vec<String> = (0..500).map(|_| (0..rng.usize(3..9)).map(|_| rng.lowercase()).collect()).collect();
    let mut builder = BatchBuilder::new(BatchOptions { codec, ..BatchOptions::default() });
    while builder.size() < size {
        let mut value = String::new();
        while value.len() < record {
            value.push_str(&words[rng.usize(..words.len())]);
            value.push(' ');
        }
        value.truncate(record);
        builder.append(TimestampMs(1_700_000_000_000), Some(b"key"), Some(value.as_bytes()), &[]);
    }
    let plain = builder.size();
    (builder.finish().expect("a batch"), plain)
}

fn judge(records: Bytes, partition: &TopicPartition, rules: &TopicRules) -> Prepared {
    let (origin, now, mut work) = (Origin::Client, TimestampMs(0), Work::default());
    let mut input = ProduceInput { records, partition, origin, rules, now, work: &mut work };
    validate(&mut input).expect("good records").expect("a batch")
}

fn main() {
    let rules = TopicRules { max_message_bytes: 2 << 20, ..TopicRules::default() };
    let partition = TopicPartition::new("bench", 0);
    println!("codec   record   batch  compressed  checksum s/GB  validate s/GB");
    for codec in Codec::ALL {
        for (record, size) in [(100, 16 << 10), (1 << 10, 16 << 10), (100, 1 << 20), (1 << 10, 1 << 20)] {
            let (bytes, plain) = batch(codec, record, size);
            let rounds = MEASURED / plain / ROUND;
            let (mut checksum, mut whole) = (0, 0);
            for _ in 0..rounds {
                let copies: Vec<Bytes> = (0..ROUND).map(|_| Bytes::from(bytes.to_vec())).collect();
                let start = cpu_time();
                let sum = copies.iter().fold(0, |sum, copy| sum ^ crc32c(copy));
                let middle = cpu_time();
                let judged: Vec<Prepared> = copies.into_iter().map(|copy| judge(copy, &partition, &rules)).collect();
                whole += cpu_time() - middle;
                checksum += middle - start;
                black_box((sum, judged));
            }
            let per_gb = |ns: u64| ns as f64 / (rounds * ROUND * plain) as f64;
            let ratio = bytes.len() as f64 / plain as f64;
            let (name, checksum, whole) = (codec.name(), per_gb(checksum), per_gb(whole));
            println!("{name:6} {record:7} {size:7} {ratio:11.2} {checksum:14.3} {whole:14.3}");
        }
    }
}
