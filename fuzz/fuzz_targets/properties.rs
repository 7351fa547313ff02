//! Any bytes as a properties file: entries or an error, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rkafka_config::properties::Properties;

fuzz_target!(|data: &[u8]| {
    let _ = Properties::parse(data);
});
