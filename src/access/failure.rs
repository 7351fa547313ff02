//! How a tool tells what a client met: Kafka's words, and in the next line what to do.

use anyhow::anyhow;
use rkafka_client::ClientError;

/// The error, with its hint below.
pub fn with_hint(error: &ClientError) -> anyhow::Error {
    match error.hint() {
        Some(hint) => anyhow!("{error}\n{hint}"),
        None => anyhow!("{error}"),
    }
}
