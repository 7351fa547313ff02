//! Batches whose headers lie or whose records are broken, compressed and not, and what Apache Kafka 3.9.1's `LogValidator`
//! says of each (`tests/conformance/records/Verdicts.java` makes the file, in the format of `log-validator.txt`).

use super::tests::{batch, check_refused, rules, run, unhex};
use super::*;
use crate::record::{Batches, Record};

/// What Kafka lets into a log although readers choke on it, or would not all read the same, and is refused here.
const REFUSED_HERE: [&str; 14] = [
    "record longer than its length",
    "record shorter than its length",
    "last record shorter than its length",
    "record length 0",
    "record length of gigabytes",
    "key length -2",
    "value length -2",
    "header value length -2",
    "a varint with more than 32 bits",
    "bytes after the compressed ones",
    "zeros after the compressed ones",
    // Kafka fails at these, or takes them if the codec changes.
    "compressed bytes cut by 1",
    "compressed bytes cut by 9",
    "compressed bytes cut by 20",
];
/// Where Kafka fails when it writes such records anew, with a codec that differs, and ours does not.
const TAKEN_HERE: [&str; 2] = ["all timestamps negative", "timestamps overflow"];
const UNKNOWN_SERVER_ERROR: &str = "-1";
const NONE: &str = "0";

fn check(case: &str, lie: &str, fields: &[&str]) {
    let ours = run(unhex(fields[1]), &rules(fields), Origin::Client);
    let kafka_fails = fields[8] == UNKNOWN_SERVER_ERROR;
    match ours {
        Ok(None) => panic!("{case}: nothing to append"),
        Ok(Some(validated)) if kafka_fails && TAKEN_HERE.contains(&lie) => {
            assert_ne!(fields[2], "producer", "{case}");
            let batch = batch(&validated);
            check_sound(case, &batch.header, &batch.decode().unwrap());
        }
        Ok(Some(validated)) => {
            assert_eq!(fields[8], NONE, "{case}: accepted, but Kafka says: {}", fields[9]);
            assert!(!REFUSED_HERE.contains(&lie), "{case}: accepted");
            check_accepted(case, lie, fields, &validated);
        }
        Err(error) if kafka_fails || REFUSED_HERE.contains(&lie) => {
            assert_eq!(error.code, ErrorCode::INVALID_RECORD, "{case}: {error}");
            assert_eq!(error.record_errors, [], "{case}");
        }
        Err(error) if error.record_errors.is_empty() => {
            assert_eq!(error.code.0.to_string(), fields[8], "{case}: {error}");
            assert_eq!(fields[10], "", "{case}");
        }
        Err(error) => check_refused(case, fields, &error),
    }
}

fn check_accepted(case: &str, lie: &str, fields: &[&str], ours: &Validated) {
    let theirs = Batches::new(unhex(fields[12])).next().unwrap().unwrap();
    let ours = batch(ours);
    ours.verify_crc().unwrap();
    let records = ours.decode().unwrap();
    check_sound(case, &ours.header, &records);
    let mut expected = BatchHeader { size: 0, crc: 0, ..theirs.header.clone() };
    // Only compaction sets a delete horizon; the other bits mean nothing yet.
    expected.attributes = expected.attributes.as_written();
    let keeps = fields[2] == "producer" && fields[4] == "CreateTime";
    if keeps && lie.starts_with("append time, largest timestamp too") {
        // Kafka takes the header's word, but says that the timestamps are the records' own.
        expected.max_timestamp = TimestampMs(1_700_000_000_040);
    }
    assert_eq!(BatchHeader { size: 0, crc: 0, ..ours.header.clone() }, expected, "{case}");
    if lie.starts_with("offset delta") {
        // Kafka keeps the offsets of records that are not compressed.
        let content = |record: &Record| Record { offset: Offset(0), ..record.clone() };
        let theirs = theirs.decode().unwrap();
        assert!(records.iter().map(content).eq(theirs.iter().map(content)), "{case}");
    } else {
        assert_eq!(records, theirs.decode().unwrap(), "{case}");
    }
}

/// What `kafka-dump-log --deep-iteration` checks, and more: nothing in the header says other than the records.
pub(super) fn check_sound(case: &str, header: &BatchHeader, records: &[Record]) {
    assert_eq!(header.count as usize, records.len(), "{case}");
    assert_eq!(header.last_offset_delta + 1, header.count, "{case}");
    for (i, record) in records.iter().enumerate() {
        assert_eq!(record.offset, header.base_offset.plus(i as i64), "{case}");
    }
    let largest = records.iter().map(|record| record.timestamp).max().unwrap();
    assert_eq!(header.max_timestamp, largest.max(TimestampMs(-1)), "{case}");
    assert_eq!(header.attributes, header.attributes.as_written(), "{case}");
}

#[test]
fn no_lie_gets_into_a_log() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/records/lies.txt");
    let text = std::fs::read_to_string(path).unwrap();
    let failed = text.lines().filter(|line| {
        let fields: Vec<&str> = line.split('|').collect();
        let (lie, _codec) = fields[0].rsplit_once(' ').unwrap();
        let case = format!("{} -> {} {} {}", fields[0], fields[2], fields[3], fields[4]);
        // Each panic says what is wrong; all of them are wanted.
        std::panic::catch_unwind(|| check(&case, lie, &fields)).is_err()
    });
    assert_eq!(failed.count(), 0);
    assert!(text.lines().count() > 500, "{}", text.lines().count());
}

#[test]
fn a_bomb_costs_what_is_allowed_and_no_more() {
    for codec in [Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd] {
        let bomb = bomb(codec, 8 << 20);
        let (partition, rules) = (TopicPartition::new("t", 3), TopicRules::default());
        let judge = |allowed: usize| {
            let mut work = Work { decompressed: allowed, ..Work::default() };
            let (origin, records) = (Origin::Client, bomb.clone());
            let mut input = ProduceInput {
                records,
                partition: &partition,
                origin,
                rules: &rules,
                now: TimestampMs(0),
                work: &mut work,
            };
            let judged = validate(&mut input).map(|prepared| prepared.is_some());
            assert_eq!(input.records.is_empty(), judged.is_ok(), "{codec}");
            (judged, allowed - work.decompressed)
        };
        let (stopped, used) = judge(1 << 20);
        assert_eq!(stopped, Err(Stopped::TooMuchWork), "{codec}");
        assert!(used <= 1 << 20, "{codec} {used}");
        let (judged, used) = judge(9 << 20);
        assert_eq!(judged, Ok(true), "{codec}");
        assert!((8 << 20..9 << 20).contains(&used), "{codec} {used}");
    }
}

#[test]
fn a_batch_beyond_every_bound_is_too_large() {
    let records = zeros(MAX_DECOMPRESSED);
    assert!(records.len() < 16 << 10, "{}", records.len());
    let error = run(records, &TopicRules::default(), Origin::Client).unwrap_err();
    assert_eq!(error.code, ErrorCode::MESSAGE_TOO_LARGE);
}

#[test]
fn no_more_records_are_named_than_may_be() {
    let records: Vec<_> = (0..3_000).map(|_| None).collect();
    let batch = keyless(&records);
    let rules = TopicRules { compacted: true, ..TopicRules::default() };
    let error = run(batch, &rules, Origin::Client).unwrap_err();
    assert_eq!((error.code, error.record_errors.len()), (ErrorCode::INVALID_RECORD, MAX_RECORD_ERRORS));
    assert!(error.message.contains("due to 3000 record errors in total"), "{error}");
}

#[test]
fn what_yields_nothing_is_work_too() {
    let empty = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut bytes = [&bomb(Codec::Gzip, 10)[..], &empty.finish().unwrap().repeat(5_000)].concat();
    let length = bytes.len() as u32 - 12;
    bytes[8..12].copy_from_slice(&length.to_be_bytes());
    patch::checksum(&mut bytes);
    let (partition, rules, origin) = (TopicPartition::new("t", 3), TopicRules::default(), Origin::Client);
    let judge = |records: Bytes, work: &mut Work| {
        let mut input =
            ProduceInput { records, partition: &partition, origin, rules: &rules, now: TimestampMs(0), work };
        validate(&mut input).map(|_| ())
    };
    let (size, mut work) = (bytes.len(), Work::default());
    let _taken_or_not = judge(bytes.into(), &mut work);
    assert!(size > 100_000 && MAX_WORK - work.decompressed >= size, "{size} bytes, {work:?}");
    // Each of these bytes might begin a batch of an old format.
    let here = || Work { decompressed: 99_999, compress: false, ..Work::default() };
    assert_eq!(judge(vec![0; 100_000].into(), &mut here()), Err(Stopped::TooMuchWork));
    assert!(matches!(judge(vec![0; 100_000].into(), &mut Work::default()), Err(Stopped::Refused(_))));
}

#[test]
fn records_are_written_anew_only_where_there_is_time() {
    let rules = TopicRules { compression: TargetCompression::Fixed(Codec::Zstd, None), ..TopicRules::default() };
    let partition = TopicPartition::new("t", 3);
    let mut work = Work { compress: false, ..Work::default() };
    let (records, origin) = (keyless(&[None]), Origin::Client);
    let before = records.clone();
    let mut input =
        ProduceInput { records, partition: &partition, origin, rules: &rules, now: TimestampMs(0), work: &mut work };
    assert_eq!(validate(&mut input).map(|_| ()), Err(Stopped::TooMuchWork));
    assert_eq!(input.records, before);
    input.work.compress = true;
    assert_eq!(validate(&mut input).unwrap().unwrap().header().codec(), Ok(Codec::Zstd));
}

fn bomb(codec: Codec, size: usize) -> Bytes {
    use crate::record::{BatchBuilder, BatchOptions};
    let mut builder = BatchBuilder::new(BatchOptions { codec, ..BatchOptions::default() });
    builder.append(TimestampMs(1), None, Some(&vec![0; size]), &[]);
    builder.finish().unwrap()
}

/// A batch of one record of so many zero bytes, made without them: zstd blocks that repeat one byte.
fn zeros(size: usize) -> Bytes {
    const BLOCK: usize = 128 << 10;
    let block = |size: usize, kind: u32, last: bool| (size as u32) << 3 | kind << 1 | u32::from(last);
    let varint = |v: usize| {
        let mut bytes = Vec::new();
        crate::record::varint::put_varint(&mut bytes, v as i32);
        bytes
    };
    let length = varint(size);
    let head = [varint(3 + 1 + length.len() + size + 1), vec![0, 0, 0, 1], length].concat();
    // Magic, no content size, a window of 128 KiB; the record's head as it is; zeros, of which the last is the header count.
    let mut batch = bomb(Codec::Zstd, 1)[..super::super::V2_HEADER].to_vec();
    batch.extend([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38]);
    batch.extend(&block(head.len(), 0, false).to_le_bytes()[..3]);
    batch.extend(head);
    let mut left = size + 1;
    while left > 0 {
        let repeated = left.min(BLOCK);
        left -= repeated;
        batch.extend(&block(repeated, 1, left == 0).to_le_bytes()[..3]);
        batch.push(0);
    }
    let length = (batch.len() - 12) as u32;
    batch[8..12].copy_from_slice(&length.to_be_bytes());
    patch::checksum(&mut batch);
    batch.into()
}

#[test]
fn a_huge_record_that_is_allowed_is_taken() {
    let validated = run(zeros(200 << 20), &TopicRules::default(), Origin::Client).unwrap().unwrap();
    assert_eq!((validated.header.count, validated.header.max_timestamp), (1, TimestampMs(1)));
}

fn keyless(values: &[Option<&[u8]>]) -> Bytes {
    use crate::record::{BatchBuilder, BatchOptions};
    let mut builder = BatchBuilder::new(BatchOptions { codec: Codec::Gzip, ..BatchOptions::default() });
    values.iter().for_each(|value| builder.append(TimestampMs(1), None, *value, &[]));
    builder.finish().unwrap()
}
