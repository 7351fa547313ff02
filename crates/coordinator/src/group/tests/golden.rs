//! What Apache Kafka 3.9.1 wrote into `__consumer_offsets` for one console consumer is read, and written again byte for
//! byte; and bytes that nobody wrote are refused.

use crate::{
    batch,
    group::{
        GroupConfig,
        load::GroupLoader,
        records::{self, Key},
        state::{Change, Group},
    },
    shard::{Loader, LogRecord, Now},
};
use bytes::{Bytes, BytesMut};
use rkafka_base::{LeaderEpoch, Offset};
use rkafka_protocol::record::{Batch, Batches, Codec, patch};
use std::sync::Arc;

/// A first generation, two automatic commits, and the empty generation after the consumer left.
const RECORDED: &[u8] = include_bytes!("../../../../../tests/golden/coordinator/consumer_offsets-of-3.9.1.log");

fn rewrite(key: Bytes, value: Bytes) -> LogRecord {
    match records::read_key(key).expect("a key") {
        Key::Offset(group, partition) => {
            let offset = records::read_offset(value, Offset(0)).expect("an offset");
            records::offset(&group, &partition, &offset).expect("a record")
        }
        Key::Group(id) => {
            let mut group = Group::new(id, 0);
            group.apply(Change::Restore(records::read_group(value).expect("a group")));
            records::group(&group, None).expect("a record")
        }
        Key::Unknown(version) => panic!("key version {version}"),
    }
}

fn rewrite_batch(batch: &Batch) -> BytesMut {
    let mut time = 0;
    let rewritten = batch.decode().expect("readable").into_iter().map(|record| {
        time = record.timestamp.0;
        rewrite(record.key.expect("a key"), record.value.expect("a value"))
    });
    let records: Vec<LogRecord> = rewritten.collect();
    let bytes = batch::build(&records, batch.header.base_sequence, Codec::None, time).expect("fits");
    let mut bytes = BytesMut::from(&bytes[..]);
    patch::base_offset(&mut bytes, batch.header.base_offset);
    patch::leader_epoch(&mut bytes, LeaderEpoch(0));
    bytes
}

#[test]
fn recorded_batches_are_rewritten_byte_for_byte() {
    let batches: Vec<Batch> = Batches::new(RECORDED).collect::<Result<_, _>>().expect("readable");
    assert_eq!(batches.len(), 4);
    for batch in batches {
        assert_eq!(rewrite_batch(&batch), batch.bytes, "at offset {}", batch.header.base_offset);
    }
}

fn load(log: &[u8]) -> GroupLoader {
    let mut loader = GroupLoader::new(2, Arc::new(GroupConfig::default()));
    let next = batch::load(Bytes::copy_from_slice(log), &mut loader, |at, e| panic!("{at}: {e}")).expect("readable");
    assert!(next.is_some());
    loader
}

#[test]
fn the_recorded_group_is_loaded() {
    let (shard, _) = load(RECORDED).finish(Now::default());
    let group = shard.group("spec-g").expect("the group");
    assert_eq!((group.phase().name(), group.generation(), group.members().len()), ("Empty", 2, 0));
    assert_eq!(
        group.offsets().iter().map(|(p, o)| (p.to_string(), o.offset)).collect::<Vec<_>>(),
        [("spec-a-0".to_owned(), 82), ("spec-a-1".to_owned(), 2)]
    );
    let (stable, _) = load(&RECORDED[..331]).finish(Now::default());
    let group = stable.group("spec-g").expect("the group");
    assert_eq!((group.phase().name(), group.protocol(), group.generation()), ("Stable", Some("range"), 1));
    assert!(group.is_subscribed_to("spec-a") && !group.is_subscribed_to("spec-b"));
}

#[test]
fn hostile_records_are_refused_and_never_a_panic() {
    let mut random = fastrand::Rng::with_seed(7);
    let batches: Vec<Batch> = Batches::new(RECORDED).collect::<Result<_, _>>().expect("readable");
    let all = batches.iter().flat_map(|b| b.decode().expect("readable"));
    let originals: Vec<(Bytes, Bytes)> = all.filter_map(|r| r.key.zip(r.value)).collect();
    for _ in 0..20_000 {
        let (key, value) = originals[random.usize(0..originals.len())].clone();
        let mut mangle = |bytes: Bytes| {
            let mut bytes = BytesMut::from(&bytes[..]);
            for _ in 0..random.usize(1..4) {
                let at = random.usize(0..bytes.len());
                bytes[at] = random.u8(..);
            }
            bytes.truncate(random.usize(0..=bytes.len()));
            bytes.freeze()
        };
        let (key, value) = (mangle(key), mangle(value));
        drop(records::read_key(key));
        drop(records::read_offset(value.clone(), Offset(0)));
        if let Ok(restored) = records::read_group(value) {
            let mut group = Group::new("g".into(), 0);
            group.apply(Change::Restore(restored));
        }
    }
}
