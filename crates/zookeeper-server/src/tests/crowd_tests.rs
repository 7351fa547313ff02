//! What happens to very many at once, and must not hold up the others.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::client::{Server, create, exists};
use crate::ZooKeeperServer;
use crate::connection::ConnId;
use crate::figures::watches::{by_connection, by_path};
use crate::watches::WatchMode;
use rkafka_config::ZooKeeperConfig;
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

/// More watches than are copied at a time.
const WATCHES: u64 = 3_500;

#[tokio::test]
async fn whoever_lists_watches_lets_others_have_the_core() {
    let folder = tempfile::tempdir().unwrap();
    let config = ZooKeeperConfig::new(folder.path(), ([127, 0, 0, 1], 0).into());
    let server = ZooKeeperServer::start(config).await.unwrap();
    let shared = &server.shared;
    for n in 0..WATCHES {
        let path = format!("/w{n:05}");
        let data = &mut shared.state.lock().core.watches.data;
        (0..=n % 2).for_each(|conn| data.add(&path, ConnId(1000 + conn), WatchMode::Standard));
    }
    let (mut paths, mut watches) = (Vec::new(), Vec::new());
    // A lock that is held already ends a debug build.
    by_path(shared, |path, sessions| paths.push((path.to_owned(), sessions.len(), shared.state.lock().stopping)));
    by_connection(shared, |conn, _, path| watches.push((conn.0, path.to_owned(), shared.state.lock().stopping)));
    let expected: Vec<_> = (0..WATCHES).map(|n| (format!("/w{n:05}"), 1 + n as usize % 2, false)).collect();
    assert_eq!(paths, expected);
    assert!(watches.is_sorted() && watches.len() as u64 == WATCHES + WATCHES / 2);
    watches.dedup();
    assert_eq!(watches.len() as u64, WATCHES + WATCHES / 2, "each once");
    server.shutdown().await;
}

#[tokio::test]
async fn long_words_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    let words = vec!["*".to_owned()];
    let config =
        ZooKeeperConfig { four_letter_words: words, ..ZooKeeperConfig::new(folder.path(), ([127, 0, 0, 1], 0).into()) };
    let server = ZooKeeperServer::start(config).await.unwrap();
    server.shared.state.lock().core.watches.data.add("/a", ConnId(1000), WatchMode::Standard);
    for (word, answer) in [("wchp", "/a\n\t0x0\n\n"), ("wchc", "0x0\n\t/a\n\n"), ("dump", "SessionTracker dump:\n")] {
        let mut stream = tokio::net::TcpStream::connect(server.client_address()).await.unwrap();
        stream.write_all(word.as_bytes()).await.unwrap();
        let mut text = String::new();
        tokio::time::timeout(PATIENCE, stream.read_to_string(&mut text)).await.expect("an answer").unwrap();
        assert!(text.starts_with(answer), "{word}: {text}");
    }
    server.shutdown().await;
}
