//! Any bytes as any message in any version: an error or a message that encodes again, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rkafka_protocol::messages::{MESSAGES, round_trip};

fuzz_target!(|data: &[u8]| {
    let Some((head, body)) = data.split_first_chunk::<2>() else { return };
    let (name, min, max) = MESSAGES[head[0] as usize % MESSAGES.len()];
    let version = min + i16::from(head[1]) % (max - min + 1).max(1);
    let _ = round_trip(name, version, bytes::Bytes::copy_from_slice(body));
});
