//! The verdicts of Apache Kafka 3.9.1's `LogValidator`, one a line: name, records, compression.type, compacted, timestamp
//! type, bounds before and after, origin, error code, message, record errors, largest timestamp, records in the log.

use super::lies_tests::check_sound;
use super::*;
use crate::record::Batches;

const NOW: TimestampMs = TimestampMs(1_700_000_005_000);

pub(super) fn unhex(text: &str) -> Bytes {
    text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// The batch that goes into the log, in one piece.
pub(super) fn batch(validated: &Validated) -> Batch {
    let bytes = [&validated.head[..], &validated.rest[..]].concat().into();
    Batch { header: validated.header.clone(), bytes }
}

pub(super) fn run(records: Bytes, rules: &TopicRules, origin: Origin) -> Result<Option<Validated>, ProduceError> {
    let (partition, mut work) = (TopicPartition::new("t", 3), Work::default());
    let mut input = ProduceInput { records, partition: &partition, origin, rules, now: NOW, work: &mut work };
    match validate(&mut input) {
        Ok(prepared) => Ok(prepared.map(|prepared| prepared.assign(Offset(1000), LeaderEpoch(5)))),
        Err(Stopped::Refused(error)) => Err(error),
        Err(Stopped::TooMuchWork) => panic!("too much work"),
    }
}

pub(super) fn rules(fields: &[&str]) -> TopicRules {
    TopicRules {
        compression: match fields[2] {
            "producer" => TargetCompression::Producer,
            name => TargetCompression::Fixed(Codec::from_name(name).unwrap(), None),
        },
        compacted: fields[3] == "true",
        timestamp_type: match fields[4] {
            "CreateTime" => TimestampType::CreateTime,
            _ => TimestampType::LogAppendTime,
        },
        timestamp_before_max_ms: fields[5].parse().unwrap(),
        timestamp_after_max_ms: fields[6].parse().unwrap(),
        ..TopicRules::default()
    }
}

/// The parts of a message that name a record in Java's own way are not compared.
fn comparable(message: &str) -> &str {
    message.split("in message ").next().unwrap_or(message)
}

pub(super) fn check_refused(name: &str, fields: &[&str], error: &ProduceError) {
    assert_eq!(error.code.0.to_string(), fields[8], "{name}: {error}");
    if !fields[9].starts_with("Incorrect declared batch size") {
        assert_eq!(error.message, fields[9], "{name}");
    }
    let theirs: Vec<&str> = fields[10].split('\u{1}').filter(|fault| !fault.is_empty()).collect();
    let ours: Vec<String> = error.record_errors.iter().map(|f| format!("{}={}", f.batch_index, f.message)).collect();
    assert_eq!(ours.len(), theirs.len(), "{name}");
    for (ours, theirs) in ours.iter().zip(theirs) {
        assert_eq!(comparable(ours), comparable(theirs), "{name}");
    }
}

fn check_accepted(name: &str, fields: &[&str], ours: &Validated) {
    assert_eq!(fields[8], "0", "{name}: accepted, but Kafka says: {}", fields[9]);
    let theirs = unhex(fields[12]);
    let theirs = Batches::new(theirs).next().unwrap().unwrap();
    let mut expected = BatchHeader { size: 0, crc: 0, ..theirs.header.clone() };
    assert_eq!(expected.max_timestamp.0.to_string(), fields[11], "{name}");
    if name.starts_with("producer's append time v2") {
        // Kafka takes the word of a header that says that a broker has set the timestamps, then says that none has.
        expected.max_timestamp = theirs.decode().unwrap().iter().map(|record| record.timestamp).max().unwrap();
    }
    assert_eq!(BatchHeader { size: 0, crc: 0, ..ours.header.clone() }, expected, "{name}");
    let ours = batch(ours);
    ours.verify_crc().unwrap();
    assert_eq!(ours.decode().unwrap(), theirs.decode().unwrap(), "{name}");
    if !ours.header.is_compressed() && ours.header.max_timestamp == theirs.header.max_timestamp {
        assert_eq!(ours.bytes, theirs.bytes, "{name}");
    }
}

#[test]
fn the_verdicts_of_apache_kafka() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/records/log-validator.txt");
    let mut cases = 0;
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let fields: Vec<&str> = line.split('|').collect();
        let name = format!("{} -> {} {}", fields[0], fields[2], fields[4]);
        let origin = if fields[7] == "CLIENT" { Origin::Client } else { Origin::Coordinator };
        match run(unhex(fields[1]), &rules(&fields), origin) {
            Ok(Some(validated)) => check_accepted(&name, &fields, &validated),
            Ok(None) => panic!("{name}: nothing to append"),
            Err(error) => check_refused(&name, &fields, &error),
        }
        cases += 1;
    }
    assert!(cases > 300, "{cases}");
}

fn simple_batch() -> Bytes {
    use crate::record::{BatchBuilder, BatchOptions};
    let mut builder = BatchBuilder::new(BatchOptions::default());
    builder.append(NOW, None, Some(b"one"), &[]);
    builder.append(NOW, None, Some(b"two"), &[]);
    builder.finish().unwrap()
}

#[test]
fn records_are_not_copied_though_others_hold_their_frame() {
    let records = simple_batch();
    let validated = run(records.clone(), &TopicRules::default(), Origin::Client).unwrap().unwrap();
    assert_eq!(validated.rest.as_ptr(), records[V2_HEADER..].as_ptr());
    assert_eq!((validated.header.base_offset, validated.header.last_offset()), (Offset(1000), Offset(1001)));
}

#[test]
fn sizes_offsets_and_checksums() {
    let batch = simple_batch();
    let small = TopicRules { max_message_bytes: batch.len() - 1, ..TopicRules::default() };
    let error = run(batch.clone(), &small, Origin::Client).unwrap_err();
    assert_eq!(error.code, ErrorCode::MESSAGE_TOO_LARGE);
    let mut moved = batch.to_vec();
    patch::base_offset(&mut moved, Offset(1));
    let error = run(moved.clone().into(), &TopicRules::default(), Origin::Client).unwrap_err();
    assert_eq!(error.code, ErrorCode::INVALID_RECORD);
    assert!(run(moved.into(), &TopicRules::default(), Origin::Coordinator).is_ok());
    let mut broken = batch.to_vec();
    broken[70] ^= 1;
    let error = run(broken.into(), &TopicRules::default(), Origin::Client).unwrap_err();
    assert_eq!(error.code, ErrorCode::CORRUPT_MESSAGE);
    assert!(run(Bytes::new(), &TopicRules::default(), Origin::Client).unwrap().is_none());
    assert!(run(batch.slice(..40), &TopicRules::default(), Origin::Client).unwrap().is_none());
}

#[test]
fn mutated_requests_never_panic_and_what_is_accepted_is_sound() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/records/log-validator.txt");
    let mut rng = fastrand::Rng::with_seed(5);
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let fields: Vec<&str> = line.split('|').collect();
        for _ in 0..20 {
            let mut records = unhex(fields[1]).to_vec();
            for _ in 0..rng.usize(1..4) {
                let at = rng.usize(..records.len());
                records[at] = rng.u8(..);
            }
            // A right checksum lets the damage through to the rules behind it.
            if records.get(16) == Some(&2) && rng.bool() {
                patch::checksum(&mut records);
            }
            let Ok(Some(accepted)) = run(records.into(), &rules(&fields), Origin::Client) else { continue };
            let accepted = batch(&accepted);
            accepted.verify_crc().unwrap();
            check_sound(fields[0], &accepted.header, &accepted.decode().unwrap());
        }
    }
}
