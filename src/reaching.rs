//! What a person sees while a tool waits for servers that cannot be reached: one line that says who is tried, why it failed,
//! and for how long yet. It goes away when an answer comes. Only at a terminal; elsewhere the client's warnings stand.

use crate::terminal::{Terminal, live};
use rkafka_client::unreached::{self, Unreached};
use rkafka_runtime::logging;
use std::{
    convert::Infallible,
    future::Future,
    time::{Duration, Instant},
};

/// How often the line is renewed.
const RENEWAL: Duration = Duration::from_millis(100);
/// A wait that is shorter is not told.
const NOTICEABLE: Duration = Duration::from_millis(500);

/// Does the work, and tells meanwhile of servers that cannot be reached.
pub async fn told<T>(work: impl Future<Output = T>) -> T {
    let terminal = Terminal::new();
    if !live::is_seen() {
        return work.await;
    }
    unreached::show_instead_of_warnings();
    logging::call_before_lines(live::make_room);
    let done = tokio::select! {
        biased;
        done = work => done,
        never = tell(&terminal) => match never {},
    };
    live::make_room();
    done
}

async fn tell(terminal: &Terminal) -> Infallible {
    loop {
        tokio::time::sleep(RENEWAL).await;
        let now = Instant::now();
        match unreached::current() {
            Some(server) if now.saturating_duration_since(server.since) >= NOTICEABLE => {
                live::say_in_passing(terminal, &line(&server, now));
            }
            _ => live::make_room(),
        }
    }
}

/// `waiting for localhost:9092: Connection refused (3 s, 2 s left)`
fn line(server: &Unreached, now: Instant) -> String {
    let Unreached { address, reason, since, until } = server;
    let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let left = until.map(|until| format!(", {} s left", until.saturating_duration_since(now).as_secs_f64().ceil()));
    let waited = now.saturating_duration_since(*since).as_secs();
    format!("waiting for {address}{reason} ({waited} s{})", left.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line() {
        let since = Instant::now();
        let now = since + Duration::from_millis(3900);
        let mut server = Unreached { address: "a:1".to_owned(), reason: None, since, until: None };
        assert_eq!(line(&server, now), "waiting for a:1 (3 s)");
        server.reason = Some("Connection refused".to_owned());
        server.until = Some(since + Duration::from_secs(5));
        assert_eq!(line(&server, now), "waiting for a:1: Connection refused (3 s, 2 s left)");
        assert_eq!(line(&server, now + Duration::from_secs(2)), "waiting for a:1: Connection refused (5 s, 0 s left)");
    }
}
