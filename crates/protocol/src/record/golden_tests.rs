//! Bytes of Apache Kafka 3.9.1: batches written by its Java client in every magic and codec, and logs of its brokers.

use super::*;
use bytes::Bytes;
use rkafka_base::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, TimestampMs};
use std::fs;

const RECORDS: i64 = 60;
const APPEND_TIME: i64 = 1_700_000_009_999;

fn golden(name: &str) -> Bytes {
    let path = format!("{}/../../tests/golden/records/{name}", env!("CARGO_MANIFEST_DIR"));
    fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}")).into()
}

/// Magic, codec, "the broker set the timestamps", file.
fn goldens() -> Vec<(i8, Codec, bool, String)> {
    let mut all = Vec::new();
    for magic in 0..=2 {
        for codec in Codec::ALL.into_iter().filter(|codec| magic == 2 || *codec != Codec::Zstd) {
            all.push((magic, codec, false, format!("v{magic}-{codec}.bin")));
            if magic > 0 {
                all.push((magic, codec, true, format!("v{magic}-{codec}-append-time.bin")));
            }
        }
    }
    all
}

/// The records that the golden files hold.
fn expected(magic: i8, append_time: bool) -> Vec<Record> {
    let start = 1_700_000_000_000;
    let bytes = |text: String| Some(Bytes::from(text));
    (0..RECORDS)
        .map(|i| {
            let (delta, key, value) = match i {
                0 => (0, bytes("k0".into()), bytes("v0".into())),
                1 => (-5, None, bytes("no key".into())),
                2 => (100_000, bytes("tombstone".into()), None),
                3 => (1, None, None),
                4 => (2, bytes(String::new()), bytes(String::new())),
                i => (
                    i,
                    bytes(format!("key-{i}")),
                    bytes(format!("value number {i} of a batch that repeats itself, itself, itself")),
                ),
            };
            let timestamp = match magic {
                0 => -1,
                _ if append_time => APPEND_TIME,
                _ => start + delta,
            };
            let header = |key: &'static str, value| Header { key: Bytes::from(key), value };
            let headers = match (magic, i) {
                (2, 1) => vec![header("h1", Some("v1".into())), header("h2", None), header("", Some(Bytes::new()))],
                _ => Vec::new(),
            };
            Record { offset: Offset(1000 + i), timestamp: TimestampMs(timestamp), key, value, headers }
        })
        .collect()
}

fn read_all(bytes: &Bytes) -> Vec<Record> {
    let mut batches = Batches::new(bytes.clone());
    let mut records = Vec::new();
    for batch in &mut batches {
        let batch = batch.unwrap();
        batch.verify_crc().unwrap();
        records.extend(batch.decode().unwrap());
    }
    assert_eq!(batches.position(), bytes.len());
    records
}

fn build(records: &[Record], codec: Codec, append_time: Option<TimestampMs>) -> Bytes {
    let options = BatchOptions { codec, base_offset: records[0].offset, append_time, ..BatchOptions::default() };
    let mut builder = BatchBuilder::new(options);
    for record in records {
        builder.append(record.timestamp, record.key.as_deref(), record.value.as_deref(), &record.headers);
    }
    builder.finish().unwrap()
}

#[test]
fn every_magic_and_codec_of_the_java_client_is_read() {
    for (magic, codec, append_time, file) in goldens() {
        let bytes = golden(&file);
        let first = BatchHeader::parse(&bytes).unwrap().unwrap();
        assert_eq!((first.magic, first.codec()), (magic, Ok(codec)), "{file}");
        assert_eq!(read_all(&bytes), expected(magic, append_time), "{file}");
    }
}

#[test]
fn uncompressed_sets_are_written_as_the_java_client_writes_them() {
    for (magic, codec, append_time, file) in goldens().into_iter().filter(|(_, codec, ..)| *codec == Codec::None) {
        // What the producer said, which LogAppendTime hides from readers, still stands in the old format's entries
        // and in the deltas of magic 2.
        let given = expected(magic, false);
        let time = append_time.then_some(TimestampMs(APPEND_TIME));
        let written = match magic {
            2 => build(&given, codec, time),
            _ => {
                let kind = if append_time { TimestampType::LogAppendTime } else { TimestampType::CreateTime };
                let mut builder = LegacyBuilder::new(magic, codec, kind);
                for record in expected(magic, append_time) {
                    builder.append(record.offset, record.timestamp, record.key.as_deref(), record.value.as_deref());
                }
                builder.finish().unwrap()
            }
        };
        assert_eq!(written, golden(&file), "{file}");
    }
}

#[test]
fn compressed_sets_have_the_headers_that_the_java_client_gives_them() {
    for (magic, codec, append_time, file) in goldens() {
        let theirs = golden(&file);
        let time = append_time.then_some(TimestampMs(APPEND_TIME));
        let given = expected(magic, append_time && magic < 2);
        let ours = match magic {
            2 => build(&given, codec, time),
            _ => {
                let kind = if append_time { TimestampType::LogAppendTime } else { TimestampType::CreateTime };
                let mut builder = LegacyBuilder::new(magic, codec, kind);
                for record in &given {
                    builder.append(record.offset, record.timestamp, record.key.as_deref(), record.value.as_deref());
                }
                builder.finish().unwrap()
            }
        };
        let header = |bytes: &Bytes| BatchHeader { size: 0, crc: 0, ..BatchHeader::parse(bytes).unwrap().unwrap() };
        assert_eq!(header(&ours), header(&theirs), "{file}");
        assert_eq!(read_all(&ours), read_all(&theirs), "{file}");
    }
}

#[test]
fn markers_and_transactional_batches() {
    let marker = Marker {
        producer_id: ProducerId(42),
        producer_epoch: ProducerEpoch(5),
        control_type: ControlType::Commit,
        coordinator_epoch: 9,
    };
    let theirs = golden("v2-commit-marker.bin");
    let ours = marker.batch(Offset(7), TimestampMs(1_700_000_000_000), LeaderEpoch(3)).unwrap();
    assert_eq!(ours, theirs);
    let records = read_all(&theirs);
    assert_eq!(ControlType::parse(records[0].key.as_deref().unwrap()), Ok(ControlType::Commit));
    assert_eq!(records[0].value.as_deref(), Some(&[0, 0, 0, 0, 0, 9][..]));

    let options = BatchOptions {
        base_offset: Offset(500),
        leader_epoch: LeaderEpoch(3),
        transactional: true,
        ..BatchOptions::default()
    };
    let mut builder = BatchBuilder::new(options);
    builder.append(TimestampMs(1_700_000_000_000), Some(b"a"), Some(b"1"), &[]);
    builder.append(TimestampMs(1_700_000_000_001), Some(b"b"), Some(b"2"), &[]);
    builder.set_producer(ProducerId(42), ProducerEpoch(5), 17);
    let ours = builder.finish().unwrap();
    assert_eq!(ours, golden("v2-transactional.bin"));
    assert_eq!(BatchHeader::parse(&ours).unwrap().unwrap().last_sequence(), 18);
}

#[test]
fn logs_of_a_broker_are_walked_and_rewritten_alike() {
    for name in ["spec-a-0", "spec-cmp-0", "__consumer_offsets-2", "__transaction_state-0"] {
        let bytes = golden(&format!("logs/{name}.log"));
        let mut batches = Batches::new(bytes.clone());
        for batch in &mut batches {
            let batch = batch.unwrap();
            batch.verify_crc().unwrap();
            let records = batch.decode().unwrap();
            assert_eq!(records.len(), batch.header.count as usize);
            let header = &batch.header;
            let (Some(last), Codec::None) = (records.last(), header.codec().unwrap()) else { continue };
            assert_eq!(last.offset, header.last_offset());
            let mut builder = BatchBuilder::new(BatchOptions {
                base_offset: header.base_offset,
                leader_epoch: header.leader_epoch,
                producer_id: header.producer_id,
                producer_epoch: header.producer_epoch,
                base_sequence: header.base_sequence,
                transactional: header.is_transactional(),
                control: header.is_control(),
                ..BatchOptions::default()
            });
            for record in &records {
                let (key, value) = (record.key.as_deref(), record.value.as_deref());
                builder.append_at(record.offset, record.timestamp, key, value, &record.headers).unwrap();
            }
            assert_eq!(builder.finish().unwrap(), batch.bytes, "{name} {:?}", header);
        }
        assert_eq!(batches.position(), bytes.len(), "{name}");
    }
}

#[test]
fn a_torn_tail_ends_the_walk_where_it_starts() {
    let bytes = golden("v2-transactional.bin");
    let two = Bytes::from([&bytes[..], &bytes[..]].concat());
    for cut in 0..bytes.len() {
        let mut batches = Batches::new(two.slice(..bytes.len() + cut));
        assert_eq!(batches.by_ref().map(Result::unwrap).count(), 1);
        assert_eq!((batches.position(), batches.rest().len()), (bytes.len(), cut));
    }
}

#[test]
fn patches_change_what_they_say_and_keep_the_checksum_right() {
    let mut bytes = golden("v2-none.bin").to_vec();
    patch::base_offset(&mut bytes, Offset(77));
    patch::leader_epoch(&mut bytes, LeaderEpoch(9));
    patch::max_timestamp(&mut bytes, &[], TimestampType::LogAppendTime, TimestampMs(5));
    patch::producer(&mut bytes, ProducerId(1), ProducerEpoch(2), 3);
    let batch = Batch::parse(&bytes.into()).unwrap();
    batch.verify_crc().unwrap();
    let header = &batch.header;
    assert_eq!((header.base_offset, header.leader_epoch, header.base_sequence), (Offset(77), LeaderEpoch(9), 3));
    assert!(batch.decode().unwrap().iter().all(|record| record.timestamp == TimestampMs(5)));
}

#[test]
fn mutated_batches_never_panic() {
    let mut rng = fastrand::Rng::with_seed(3);
    for (.., file) in goldens() {
        let bytes = golden(&file);
        for _ in 0..400 {
            let mut mutated = bytes.to_vec();
            // Where the formats keep their lengths and counts more often than elsewhere.
            let reach = if rng.bool() { 100.min(mutated.len()) } else { mutated.len() };
            for _ in 0..rng.usize(1..5) {
                let at = rng.usize(..reach);
                let any = rng.u8(..);
                mutated[at] = *rng.choice([0, 1, 0x7f, 0x80, 0xff, any].iter()).unwrap();
            }
            mutated.truncate(mutated.len() - if rng.bool() { 0 } else { rng.usize(..mutated.len()) });
            for batch in Batches::new(mutated) {
                let Ok(batch) = batch else { break };
                let _ = batch.verify_crc();
                let Ok(open) = batch.open(1 << 20) else { continue };
                for record in open.owned_records() {
                    let Ok(record) = record else { break };
                    assert!(record.headers.len() <= bytes.len());
                }
            }
        }
    }
}

#[test]
fn a_bomb_is_refused() {
    for codec in [Codec::Gzip, Codec::Lz4, Codec::Zstd, Codec::Snappy] {
        let mut builder = BatchBuilder::new(BatchOptions { codec, ..BatchOptions::default() });
        builder.append(TimestampMs(0), None, Some(&vec![0; 8 << 20]), &[]);
        let batch = Batch::parse(&builder.finish().unwrap()).unwrap();
        assert!(batch.bytes.len() < 1 << 20);
        assert_eq!(batch.open(1 << 20).unwrap_err(), RecordError::TooMuchData { limit: 1 << 20 }, "{codec}");
    }
}

#[test]
fn old_fetch_versions_get_what_the_java_client_converts() {
    for line in std::str::from_utf8(&golden("down-convert.txt")).unwrap().lines() {
        let fields: Vec<&str> = line.split('|').collect();
        let unhex = |text: &str| -> Bytes {
            let byte = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
            (0..text.len()).step_by(2).map(byte).collect()
        };
        let (name, magic, from) = (fields[0], fields[1].parse().unwrap(), Offset(fields[2].parse().unwrap()));
        let ours = down_convert(&unhex(fields[3]), magic, from);
        if fields[4] == "UNSUPPORTED_COMPRESSION_TYPE" {
            assert_eq!(ours.unwrap_err().code().name(), fields[4], "{name}");
            continue;
        }
        let (ours, theirs) = (ours.unwrap(), unhex(fields[4]));
        let compressed = BatchHeader::parse(&theirs).unwrap().is_some_and(|header| header.is_compressed());
        assert_eq!(read_all(&ours), read_all(&theirs), "{name}");
        if !compressed {
            assert_eq!(ours, theirs, "{name}");
        }
    }
}
