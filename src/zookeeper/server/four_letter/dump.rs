//! `dump`: sessions by expiry, and who owns which ephemeral nodes.

use std::fmt::Write as _;

use super::Question;

pub fn answer(question: &Question<'_>) -> String {
    let started_ms = question.shared.started_wall_ms;
    question.with_state(|state| {
        let core = &state.core;
        let buckets = core.sessions.buckets();
        let mut text = format!("SessionTracker dump:\nSession Sets ({})/({}):\n", buckets.len(), core.sessions.len());
        for (at_ms, sessions) in buckets {
            let _infallible = writeln!(text, "{} expire at {}:", sessions.len(), date(started_ms + at_ms));
            sessions.iter().for_each(|session| text.push_str(&format!("\t0x{session:x}\n")));
        }
        let ephemerals = core.database.tree.ephemerals();
        let _infallible = writeln!(text, "ephemeral nodes dump:\nSessions with Ephemerals ({}):", ephemerals.len());
        for (session, paths) in ephemerals {
            let _infallible = writeln!(text, "0x{session:x}:");
            paths.iter().for_each(|path| text.push_str(&format!("\t{path}\n")));
        }
        let _infallible = writeln!(text, "Connections dump:\nConnections ({}):", core.connections.len());
        core.connections.values().for_each(|connection| {
            text.push_str(&format!("\t/{}[0x{:x}]\n", connection.address, connection.session));
        });
        text
    })
}

/// As `java.util.Date` prints itself, in UTC.
fn date(wall_ms: i64) -> String {
    match jiff::Timestamp::from_millisecond(wall_ms) {
        Ok(at) => at.strftime("%a %b %d %H:%M:%S UTC %Y").to_string(),
        Err(_) => wall_ms.to_string(),
    }
}
