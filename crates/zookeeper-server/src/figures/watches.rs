//! Who watches. There may be millions of watches: they are copied a slice at a time, so that others have the core in
//! between, and what is made of them is made without it. What changes meanwhile is seen or not.

use crate::connection::ConnId;
use crate::core::Core;
use crate::shared::Shared;

/// How many watches are copied while nobody else has the core.
const SLICE: usize = 1_000;

/// The session of a connection; 0 when it has none.
fn session_of(core: &Core, conn: ConnId) -> i64 {
    core.connections.get(&conn).map_or(0, |connection| connection.session)
}

/// Hands out the watched paths in order, each with the sessions that watch it. Data watches only, as in ZooKeeper.
pub fn by_path(shared: &Shared, mut each: impl FnMut(&str, &[i64])) {
    let mut last: Option<Box<str>> = None;
    loop {
        let slice: Vec<(Box<str>, Vec<i64>)> = {
            let core = &shared.state.lock().core;
            let mut room = SLICE;
            let paths = core.watches.data.paths_behind(last.as_deref());
            let sessions = paths
                .map(|(path, conns)| (Box::from(path), conns.map(|conn| session_of(core, conn)).collect::<Vec<i64>>()));
            let fits = |(_, sessions): &(Box<str>, Vec<i64>)| {
                let had_room = room > 0;
                room = room.saturating_sub(sessions.len());
                had_room
            };
            sessions.take_while(fits).collect()
        };
        slice.iter().for_each(|(path, sessions)| each(path, sessions));
        match slice.into_iter().next_back() {
            Some((path, _)) => last = Some(path),
            None => return,
        }
    }
}

/// Hands out the connections with their sessions and a path that they watch each time, in order.
pub fn by_connection(shared: &Shared, mut each: impl FnMut(ConnId, i64, &str)) {
    let mut last: Option<(ConnId, Box<str>)> = None;
    loop {
        let slice: Vec<(ConnId, i64, Box<str>)> = {
            let core = &shared.state.lock().core;
            let behind = last.as_ref().map(|(conn, path)| (*conn, &**path));
            let watches = core.watches.data.watches_behind(behind).take(SLICE);
            watches.map(|(conn, path)| (conn, session_of(core, conn), Box::from(path))).collect()
        };
        slice.iter().for_each(|(conn, session, path)| each(*conn, *session, path));
        match slice.into_iter().next_back() {
            Some((conn, _, path)) => last = Some((conn, path)),
            None => return,
        }
    }
}
