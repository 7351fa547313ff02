//! The properties that hold for every client of this process below what its own options and files say: those of the context
//! in use, and how long servers that cannot be reached are tried. The program sets them once, before the tool runs, as the
//! environment is set before a process runs.

use rkafka_client::Properties;
use std::sync::OnceLock;

static DEFAULTS: OnceLock<Properties> = OnceLock::new();

/// Sets them; what was set before stays.
pub fn set(properties: Properties) {
    let _ = DEFAULTS.set(properties);
}

/// What was set; nothing under Kafka's own names and in tests.
pub fn get() -> Properties {
    DEFAULTS.get().cloned().unwrap_or_default()
}
