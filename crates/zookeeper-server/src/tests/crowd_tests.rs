//! What happens to very many at once, and must not hold up the others.

use std::time::{Duration, Instant};

use super::client::{Server, create, exists};
use rkafka_jute::{ExistsResponse, OpCode};

/// Sessions with one ephemeral node each, all of which end at the same time.
const CROWD: u64 = 6_000;
/// Linear, this takes a fraction of a second without optimisation; quadratic, half a minute.
const PATIENCE: Duration = Duration::from_secs(5);

#[test]
fn a_crowd_of_sessions_ends_in_time_that_grows_with_it_and_in_slices() {
    let mut server = Server::new();
    for conn in 1..=CROWD {
        server.accept(conn);
        let request = rkafka_jute::ConnectRequest { timeout_ms: 10_000, ..Default::default() };
        server.frame(conn, &rkafka_jute::Record::to_bytes(&request));
    }
    server.persist();
    for conn in 1..=CROWD {
        server.send(conn, OpCode::CREATE, &create(&format!("/e{conn}"), 1));
    }
    server.persist();
    server.now_ms = 60_000;
    server.connect(CROWD + 1);
    let began = Instant::now();
    let before = server.log.len();
    let now = server.now();
    server.core.expire_sessions(now);
    server.collect();
    let slice = server.log.len() - before;
    assert!((1..CROWD as usize / 4).contains(&slice), "{slice} at once");
    while server.core.next_expiry().is_some_and(|at| at <= server.now_ms) {
        server.core.expire_sessions(now);
    }
    server.persist();
    assert!(began.elapsed() < PATIENCE, "it took {:?}", began.elapsed());
    assert_eq!(server.closed.len(), CROWD as usize);
    assert!(server.ask::<ExistsResponse>(CROWD + 1, OpCode::EXISTS, &exists("/e1", false)).is_err());
}
