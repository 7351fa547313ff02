//! `dump`: sessions by expiry, and who owns which ephemeral nodes.

use super::{Answer, Call};
use crate::admin::json::Json;

pub fn run(call: &Call<'_>) -> Answer {
    let state = call.shared.state.lock();
    let core = &state.core;
    let expiry =
        core.sessions.buckets().iter().map(|(at_ms, sessions)| {
            (at_ms.to_string(), Json::List(sessions.iter().copied().map(Json::Whole).collect()))
        });
    let ephemerals = core.database.tree.ephemerals().iter().map(|(session, paths)| {
        (session.to_string(), Json::List(paths.iter().map(|path| Json::text(&**path)).collect()))
    });
    Answer::new(
        "dump",
        [
            ("expiry_time_to_session_ids", Json::object(expiry)),
            ("session_id_to_ephemeral_paths", Json::object(ephemerals)),
        ],
    )
}
