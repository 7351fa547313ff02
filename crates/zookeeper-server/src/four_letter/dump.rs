//! `dump`: sessions by expiry, who owns which ephemeral nodes, and connections by when their silence ends them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Question;
use crate::connection::ConnectionState;

/// Connections expire in buckets of this width, and those without a session after as much time, in ms
/// (`zookeeper.nio.sessionlessCnxnTimeout`).
const CONNECTION_BUCKET_MS: i64 = 10_000;

pub fn answer(question: &Question<'_>) -> String {
    let started_ms = question.shared.started_wall_ms;
    let (mut text, ephemerals) = question.with_state(|state| {
        let core = &state.core;
        let mut text = "SessionTracker dump:\n".to_owned();
        let sets = core
            .sessions
            .buckets()
            .iter()
            .map(|(at_ms, sessions)| (*at_ms, sessions.iter().map(|session| format!("0x{session:x}")).collect()));
        expiry_sets(&mut text, "Session", started_ms, &sets.collect());
        // There may be very many: they become text when others have the core again.
        let ephemerals = core.database.tree.ephemerals().iter();
        let ephemerals = ephemerals.map(|(session, paths)| (*session, paths.iter().cloned().collect::<Vec<_>>()));
        (text, ephemerals.collect::<Vec<_>>())
    });
    let _infallible = writeln!(text, "ephemeral nodes dump:\nSessions with Ephemerals ({}):", ephemerals.len());
    for (session, paths) in ephemerals {
        let _infallible = writeln!(text, "0x{session:x}:");
        paths.iter().for_each(|path| {
            let _infallible = writeln!(text, "\t{path}");
        });
    }
    text.push_str("Connections dump:\n");
    question.with_state(|state| {
        let core = &state.core;
        let mut sets: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        for connection in core.connections.values() {
            let line = format!("ip: /{} sessionId: 0x{:x}", connection.address, connection.session);
            sets.entry(silence_ends(connection, started_ms)).or_default().push(line);
        }
        expiry_sets(&mut text, "Connections", started_ms, &sets);
    });
    text
}

/// `Session Sets (2)/(3):` and each set with its members. Times are in ms since the start.
fn expiry_sets(text: &mut String, kind: &str, started_ms: i64, sets: &BTreeMap<i64, Vec<String>>) {
    let members: usize = sets.values().map(Vec::len).sum();
    let _infallible = writeln!(text, "{kind} Sets ({})/({members}):", sets.len());
    for (at_ms, members) in sets {
        let _infallible = writeln!(text, "{} expire at {}:", members.len(), date(started_ms + at_ms));
        members.iter().for_each(|member| text.push_str(&format!("\t{member}\n")));
    }
}

fn silence_ends(connection: &ConnectionState, started_ms: i64) -> i64 {
    let counters = &connection.counters;
    let (heard_ms, timeout_ms) = match connection.timeout_ms {
        0 => (counters.established_ms - started_ms, CONNECTION_BUCKET_MS),
        timeout_ms => ((counters.established_ms - started_ms).max(counters.last_response_ms), i64::from(timeout_ms)),
    };
    ((heard_ms + timeout_ms) / CONNECTION_BUCKET_MS + 1) * CONNECTION_BUCKET_MS
}

/// As `java.util.Date` prints itself, in UTC.
fn date(wall_ms: i64) -> String {
    match jiff::Timestamp::from_millisecond(wall_ms) {
        Ok(at) => at.strftime("%a %b %d %H:%M:%S UTC %Y").to_string(),
        Err(_) => wall_ms.to_string(),
    }
}
