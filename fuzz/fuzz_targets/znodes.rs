//! Any bytes as the payload of any znode that Kafka keeps: a value or an error, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rkafka_registry::{BrokerRegistration, LeaderAndIsr, TopicAssignment};

fuzz_target!(|data: &[u8]| {
    let _ = BrokerRegistration::decode(data);
    let _ = LeaderAndIsr::decode(data);
    let _ = TopicAssignment::decode(data);
});
