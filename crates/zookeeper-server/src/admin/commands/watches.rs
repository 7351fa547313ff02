//! `watches`, `watches_by_path`, `watch_summary`. As in ZooKeeper, data watches only.

use std::collections::BTreeMap;

use super::{Answer, Call};
use crate::admin::json::Json;
use crate::figures::watches::session_of;

pub fn by_session(call: &Call<'_>) -> Answer {
    let state = call.shared.state.lock();
    let watched = state.core.watches.data.by_connection().map(|(conn, paths)| {
        let session = session_of(&state.core, conn).to_string();
        (session, Json::List(paths.iter().map(|path| Json::text(&**path)).collect()))
    });
    Answer::new("watches", [("session_id_to_watched_paths", Json::object(watched))])
}

pub fn by_path(call: &Call<'_>) -> Answer {
    let state = call.shared.state.lock();
    let mut by_path: BTreeMap<String, Json> = BTreeMap::new();
    for (path, connections) in state.core.watches.data.by_path() {
        let sessions = connections.map(|conn| Json::Whole(session_of(&state.core, conn)));
        by_path.insert(path.to_owned(), Json::List(sessions.collect()));
    }
    Answer::new("watches_by_path", [("path_to_session_ids", Json::object(by_path))])
}

pub fn summary(call: &Call<'_>) -> Answer {
    let state = call.shared.state.lock();
    let watches = &state.core.watches.data;
    Answer::new(
        "watch_summary",
        [
            ("num_connections", Json::count(watches.by_connection().count())),
            ("num_paths", Json::count(watches.path_count())),
            ("num_total_watches", Json::count(watches.len())),
        ],
    )
}
