//! Any bytes as any of ZooKeeper's requests and transactions: a record that encodes again, or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rkafka_jute::{
    AddWatchRequest, AuthPacket, CheckWatchesRequest, ConnectRequest, ConnectResponse, CreateRequest, CreateTtlRequest,
    DeleteRequest, GetChildrenRequest, GetDataRequest, MultiRequest, MultiResponse, MultiTxn, Record, RequestHeader,
    SetAclRequest, SetDataRequest, SetWatches, SetWatches2, TxnHeader, WatcherEvent,
};

fn again<R: Record>(bytes: &[u8]) {
    if let Ok(record) = R::from_bytes(bytes) {
        let _ = R::from_bytes(&record.to_bytes());
    }
}

const RECORDS: &[fn(&[u8])] = &[
    again::<ConnectRequest>,
    again::<ConnectResponse>,
    again::<RequestHeader>,
    again::<CreateRequest>,
    again::<CreateTtlRequest>,
    again::<DeleteRequest>,
    again::<GetDataRequest>,
    again::<SetDataRequest>,
    again::<GetChildrenRequest>,
    again::<SetAclRequest>,
    again::<SetWatches>,
    again::<SetWatches2>,
    again::<AddWatchRequest>,
    again::<CheckWatchesRequest>,
    again::<AuthPacket>,
    again::<MultiRequest>,
    again::<MultiResponse>,
    again::<WatcherEvent>,
    again::<TxnHeader>,
    again::<MultiTxn>,
];

fuzz_target!(|data: &[u8]| {
    if let Some((which, body)) = data.split_first() {
        RECORDS[*which as usize % RECORDS.len()](body);
    }
});
