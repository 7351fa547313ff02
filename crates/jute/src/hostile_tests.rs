//! Bytes of strangers: every decoder answers with a value or an error, never a panic or an allocation for a lying length.

use bytes::Bytes;

use super::*;

/// One decoder that may fail but must return.
type Decoder = fn(&[u8]) -> bool;

fn decoders() -> Vec<Decoder> {
    fn ok<T: Record>(bytes: &[u8]) -> bool {
        T::from_bytes(bytes).is_ok()
    }
    let mut decoders: Vec<Decoder> = vec![
        ok::<ConnectRequest>,
        ok::<ConnectResponse>,
        ok::<RequestHeader>,
        ok::<ReplyHeader>,
        ok::<CreateRequest>,
        ok::<CreateTtlRequest>,
        ok::<SetDataRequest>,
        ok::<SetAclRequest>,
        ok::<SetWatches>,
        ok::<SetWatches2>,
        ok::<AuthPacket>,
        ok::<MultiRequest>,
        ok::<MultiResponse>,
        ok::<GetChildren2Response>,
        ok::<WhoAmIResponse>,
        ok::<WatcherEvent>,
        ok::<TxnHeader>,
        ok::<MultiTxn>,
        ok::<TxnDigest>,
    ];
    fn txn<const OP: i32>(bytes: &[u8]) -> bool {
        Txn::read(OpCode(OP), &mut Input::new(bytes)).is_ok()
    }
    decoders.extend([txn::<1>, txn::<2>, txn::<5>, txn::<7>, txn::<14>, txn::<19>, txn::<21>, txn::<-11>, txn::<99>]
        as [Decoder; 9]);
    decoders
}

fn samples() -> Vec<Vec<u8>> {
    let create = CreateRequest {
        path: "/brokers/ids/0".into(),
        data: Some(Bytes::from_static(b"payload")),
        acl: Acl::open(),
        flags: 1,
    };
    let watches = SetWatches2 { relative_zxid: 9, data_watches: vec!["/a".into(), "/b".into()], ..Default::default() };
    let multi = MultiRequest { ops: vec![MultiOp::Create(create.clone()), MultiOp::Create2(create.clone())] };
    let sub = Txn::Delete(DeleteTxn { path: "/a".into() }).to_sub_txn();
    vec![
        create.to_bytes(),
        watches.to_bytes(),
        multi.to_bytes(),
        MultiTxn { txns: vec![sub] }.to_bytes(),
        ConnectRequest { password: Some(Bytes::from_static(&[0; 16])), ..Default::default() }.to_bytes(),
    ]
}

#[test]
fn random_truncated_and_mutated_bytes_are_survived() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut rng = fastrand::Rng::with_seed(seed);
    for decode in decoders() {
        for sample in samples() {
            for end in 0..sample.len() {
                decode(&sample[..end]);
            }
            for _ in 0..200 {
                let mut bytes = sample.clone();
                let at = rng.usize(..bytes.len());
                bytes[at] = rng.u8(..);
                decode(&bytes);
            }
        }
        for _ in 0..500 {
            let bytes: Vec<u8> = (0..rng.usize(..64)).map(|_| rng.u8(..)).collect();
            decode(&bytes);
        }
    }
}

#[test]
fn a_length_beyond_the_input_is_refused() {
    for length in [i32::MAX, 1_000_000, -2, i32::MIN] {
        let mut bytes = length.to_be_bytes().to_vec();
        bytes.extend_from_slice(&[0; 8]);
        assert!(String::from_bytes(&bytes).is_err());
        assert!(Buffer::from_bytes(&bytes).is_err());
        // A negative count is an empty vector, as in ZooKeeper.
        assert_eq!(Vec::<i64>::from_bytes(&bytes).ok(), (length < 0).then(Vec::new));
    }
}

#[test]
fn null_and_empty_buffers_stay_apart() {
    assert_eq!(Buffer::from_bytes(&[0xff; 4]), Ok(None));
    assert_eq!(Buffer::from_bytes(&[0; 4]), Ok(Some(Bytes::new())));
    assert_eq!(None::<Bytes>.to_bytes(), [0xff; 4]);
}
