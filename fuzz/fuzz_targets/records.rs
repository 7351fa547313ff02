//! Any bytes as record batches of any magic: read, decompressed, converted down; never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rkafka_base::Offset;
use rkafka_protocol::record::{Batches, down_convert};

/// Enough to find a bomb, little enough to go on fuzzing.
const LIMIT: usize = 1 << 20;

fuzz_target!(|data: &[u8]| {
    let bytes = bytes::Bytes::copy_from_slice(data);
    for batch in Batches::new(bytes.clone()).map_while(Result::ok) {
        let _ = batch.verify_crc();
        if let Ok(open) = batch.open(LIMIT) {
            let _ = open.records().take_while(Result::is_ok).count();
        }
    }
    for magic in [0, 1] {
        let _ = down_convert(&bytes, magic, Offset(0));
    }
});
