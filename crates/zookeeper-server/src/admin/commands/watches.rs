//! `watches`, `watches_by_path`, `watch_summary`. As in ZooKeeper, data watches only.

use super::{Answer, Call};
use crate::admin::json::Json;
use crate::connection::ConnId;
use crate::figures::watches::{self, by_connection};
use crate::shared::Shared;

pub fn by_session(shared: &Shared) -> Answer {
    let mut watched: Vec<(ConnId, String, Vec<Json>)> = Vec::new();
    by_connection(shared, |conn, session, path| match watched.last_mut() {
        Some((last, _, paths)) if *last == conn => paths.push(Json::text(path)),
        _ => watched.push((conn, session.to_string(), vec![Json::text(path)])),
    });
    let watched = watched.into_iter().map(|(_, session, paths)| (session, Json::List(paths)));
    Answer::new("watches", [("session_id_to_watched_paths", Json::object(watched))])
}

pub fn by_path(shared: &Shared) -> Answer {
    let mut watched = Vec::new();
    watches::by_path(shared, |path, sessions| {
        watched.push((path.to_owned(), Json::List(sessions.iter().copied().map(Json::Whole).collect())));
    });
    Answer::new("watches_by_path", [("path_to_session_ids", Json::object(watched))])
}

pub fn summary(call: &Call<'_>) -> Answer {
    let state = call.shared.state.lock();
    let watches = &state.core.watches.data;
    Answer::new(
        "watch_summary",
        [
            ("num_connections", Json::count(watches.connection_count())),
            ("num_paths", Json::count(watches.path_count())),
            ("num_total_watches", Json::count(watches.len())),
        ],
    )
}
