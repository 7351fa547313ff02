//! `hash`: digests of the tree, one for each 128th transaction.

use super::{Answer, Call};
use crate::admin::json::Json;
use crate::digest;

pub fn run(call: &Call<'_>) -> Answer {
    let state = call.shared.state.lock();
    let digests = state.core.stats.digests.iter().map(|entry| {
        Json::object([
            ("zxid", Json::Whole(entry.zxid)),
            ("digest", Json::Whole(entry.digest)),
            ("digest_version", Json::count(digest::VERSION)),
        ])
    });
    Answer::new("hash", [("digests", Json::List(digests.collect()))])
}
