//! Every message, header and coordinator record in every version, byte for byte as Apache Kafka's Java client writes it.
//!
//! `golden/apache-*.txt`: a line a message and version, `Name version xHEX xHEX` (all defaults; every field set).

use bytes::Bytes;
use rkafka_wire::messages;

/// Lines that no ZooKeeper-mode broker needs and whose layout changed between two releases while unstable.
const OTHER_LAYOUT: &[(&str, &str, i16)] =
    &[("3.9.1", "ReadShareGroupStateSummaryResponse", 0), ("3.9.1", "ShareGroupMetadataValue", 0)];

fn hex(text: &str) -> Option<Bytes> {
    let text = text.strip_prefix('x')?;
    (0..text.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(&text[i..i + 2], 16).ok())
        .collect::<Option<Vec<u8>>>()
        .map(Bytes::from)
}

fn check(release: &str, text: &str, at_least: usize) {
    let (mut checked, mut wrong) = (0, Vec::new());
    for line in text.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let version: i16 = words[1].parse().expect("a version");
        if OTHER_LAYOUT.contains(&(release, words[0], version)) {
            continue;
        }
        for (which, word) in [("default", words[2]), ("filled", words[3])] {
            let Some(bytes) = hex(word) else { continue };
            checked += 1;
            match messages::round_trip(words[0], version, bytes.clone()) {
                Some(Ok(again)) if again == bytes => {}
                other => wrong.push(format!("{} v{version} {which}: {other:?}\n  want {bytes:?}", words[0])),
            }
        }
    }
    assert!(checked > at_least, "only {checked} of {release} were checked");
    assert!(wrong.is_empty(), "{} of {checked} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn apache_3_9_1() {
    check("3.9.1", include_str!("golden/apache-3.9.1.txt"), 1_000);
}

#[test]
fn apache_4_1_1() {
    check("4.1.1", include_str!("golden/apache-4.1.1.txt"), 1_000);
}

#[test]
fn apache_4_4_0() {
    check("4.4.0", include_str!("golden/apache-4.4.0.txt"), 1_100);
}

#[test]
fn headers_and_records_of_3_9_1() {
    check("3.9.1", include_str!("golden/apache-3.9.1-records.txt"), 100);
}

#[test]
fn headers_and_records_of_4_1_1() {
    check("4.1.1", include_str!("golden/apache-4.1.1-records.txt"), 150);
}
