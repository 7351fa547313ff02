//! `dump`: sessions by expiry, and who owns which ephemeral nodes.

use super::Answer;
use crate::admin::json::Json;
use crate::shared::Shared;

pub fn run(shared: &Shared) -> Answer {
    let (expiry, ephemerals) = {
        let core = &shared.state.lock().core;
        let expiry: Vec<(i64, Vec<i64>)> = core
            .sessions
            .buckets()
            .iter()
            .map(|(at_ms, sessions)| (*at_ms, sessions.iter().copied().collect()))
            .collect();
        let ephemerals = core.database.tree.ephemerals().iter();
        let ephemerals = ephemerals.map(|(session, paths)| (*session, paths.iter().cloned().collect::<Vec<_>>()));
        (expiry, ephemerals.collect::<Vec<_>>())
    };
    let expiry = expiry
        .into_iter()
        .map(|(at_ms, sessions)| (at_ms.to_string(), Json::List(sessions.into_iter().map(Json::Whole).collect())));
    let ephemerals = ephemerals.into_iter().map(|(session, paths)| {
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
