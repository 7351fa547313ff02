//! The client against a ZooKeeper server of our own, over sockets.

use super::*;
use rkafka_config::zookeeper::ZooKeeperConfig;
use rkafka_zookeeper_server::ZooKeeperServer;
use std::path::Path;

/// Port 0: any free one.
async fn serve(dir: &Path, port: u16) -> ZooKeeperServer {
    let config = ZooKeeperConfig::new(dir, ([127, 0, 0, 1], port).into());
    for _ in 0..1000 {
        match ZooKeeperServer::start(config.clone()).await {
            Ok(server) => return server,
            // The port of the server before is not free yet.
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
    panic!("port {port} does not become free");
}

async fn client(address: &str, chroot: &str) -> ZkClient {
    let connect: ZkConnect = format!("{address}{chroot}").parse().unwrap();
    ZkClient::connect(&connect, Duration::from_secs(6)).await.unwrap()
}

async fn event(events: &mut mpsc::UnboundedReceiver<ZkEvent>) -> ZkEvent {
    tokio::time::timeout(Duration::from_secs(20), events.recv()).await.unwrap().unwrap()
}

fn watched(kind: EventType, path: &str) -> ZkEvent {
    ZkEvent::Watch(WatchedEvent { kind, path: path.into() })
}

#[tokio::test]
async fn operations_watches_and_credentials() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(dir.path(), 0).await;
    let address = &server.client_address().to_string();
    let zk = client(address, "/chroot/deep").await;
    let mut events = zk.subscribe();
    assert_eq!(zk.exists("/a", Watch::Yes).await.unwrap(), None);
    assert_eq!(zk.create("/a", None, CreateMode::Persistent).await.unwrap(), "/a");
    assert_eq!(event(&mut events).await, watched(EventType::NodeCreated, "/a"));
    let again = zk.create("/a", None, CreateMode::Persistent).await.unwrap_err();
    assert!(again.is_node_exists());
    assert_eq!(again.to_string(), "KeeperErrorCode = NodeExists for /a");
    assert_eq!(zk.get_data("/a", Watch::Yes).await.unwrap().0, None);
    assert_eq!(zk.set_data("/a", Some(b"x".to_vec()), 0).await.unwrap().version, 1);
    assert_eq!(event(&mut events).await, watched(EventType::NodeDataChanged, "/a"));
    assert!(zk.set_data("/a", None, 0).await.unwrap_err().is_bad_version());
    assert_eq!(zk.get_data("/a", Watch::No).await.unwrap().0.unwrap(), "x");
    assert!(zk.get_children("/a", Watch::Yes).await.unwrap().0.is_empty());
    let first = zk.create("/a/s_", Some(vec![]), CreateMode::PersistentSequential).await.unwrap();
    assert_eq!(first, "/a/s_0000000000");
    assert_eq!(event(&mut events).await, watched(EventType::NodeChildrenChanged, "/a"));
    let results = zk
        .multi(vec![
            ZkOp::check("/a", 1),
            ZkOp::create("/e", None, CreateMode::Ephemeral),
            ZkOp::set_data("/e", Some(b"v".to_vec()), 0),
            ZkOp::delete(first, ANY_VERSION),
        ])
        .await
        .unwrap();
    assert_eq!(results[1], ZkOpResult::Created("/e".into()));
    let ZkOpResult::DataSet(stat) = &results[2] else { panic!("{results:?}") };
    assert_eq!((stat.version, stat.czxid, stat.ephemeral_owner), (1, stat.mzxid, zk.session_id()));
    let refused = zk.multi(vec![ZkOp::check("/a", 1), ZkOp::check("/a", 9), ZkOp::delete("/e", 0)]).await.unwrap_err();
    assert_eq!((refused.code(), refused.to_string().ends_with(" for /a")), (ZkError::BAD_VERSION, true));
    zk.sync("/").await.unwrap();
    let (acl, stat) = zk.get_acl("/a").await.unwrap();
    assert_eq!(zk.set_acl("/a", acl, stat.aversion).await.unwrap().aversion, 1);
    zk.add_auth("digest", "me:secret").await.unwrap();
    let mine = vec![Acl { perms: 31, id: rkafka_jute::Id::new("auth", "") }];
    zk.create_with_acl("/mine", Some(vec![1]), CreateMode::Persistent, mine).await.unwrap();
    let other = client(address, "").await;
    assert_eq!(other.get_data("/chroot/deep/mine", Watch::No).await.unwrap_err().code(), ZkError::NO_AUTH);
    assert_eq!(other.get_data("/chroot/deep/e", Watch::No).await.unwrap().0.unwrap(), "v");
    zk.close().await.unwrap();
    assert_eq!(other.exists("/chroot/deep/e", Watch::No).await.unwrap(), None);
    assert!(matches!(zk.exists("/a", Watch::No).await, Err(ZkClientError::Closed)));
    // Many callers at once share the connection.
    let many = (0..500).map(|i| {
        let other = other.clone();
        tokio::spawn(async move { other.create(&format!("/n{i}"), Some(vec![0; 100]), CreateMode::Ephemeral).await })
    });
    for one in many.collect::<Vec<_>>() {
        one.await.unwrap().unwrap();
    }
    let refused = client(address, "").await;
    refused.add_auth("nonsense", "x").await.unwrap();
    let error = loop {
        if let Err(e) = refused.exists("/", Watch::No).await {
            break e;
        }
    };
    assert_eq!(error.code(), ZkError::AUTH_FAILED);
    server.shutdown().await;
}

#[tokio::test]
async fn a_session_outlives_its_server() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(dir.path(), 0).await;
    let address = server.client_address();
    let zk = client(&address.to_string(), "").await;
    let (mut events, session) = (zk.subscribe(), zk.session_id());
    zk.create("/e", None, CreateMode::Ephemeral).await.unwrap();
    zk.create("/d", None, CreateMode::Persistent).await.unwrap();
    zk.get_data("/d", Watch::Yes).await.unwrap();
    zk.exists("/w", Watch::Yes).await.unwrap();
    zk.get_children("/d", Watch::Yes).await.unwrap();
    server.shutdown().await;
    assert_eq!(event(&mut events).await, ZkEvent::Disconnected);
    // What is asked for while no server is there waits for the next one.
    let waiting = tokio::spawn({
        let zk = zk.clone();
        async move { zk.exists("/e", Watch::No).await }
    });
    let server = serve(dir.path(), address.port()).await;
    assert_eq!(event(&mut events).await, ZkEvent::Connected);
    assert_eq!(waiting.await.unwrap().unwrap().unwrap().ephemeral_owner, session);
    let other = client(&address.to_string(), "").await;
    other.create("/w", None, CreateMode::Persistent).await.unwrap();
    assert_eq!(event(&mut events).await, watched(EventType::NodeCreated, "/w"));
    other.set_data("/d", None, ANY_VERSION).await.unwrap();
    assert_eq!(event(&mut events).await, watched(EventType::NodeDataChanged, "/d"));
    other.create("/d/c", None, CreateMode::Persistent).await.unwrap();
    assert_eq!(event(&mut events).await, watched(EventType::NodeChildrenChanged, "/d"));
    server.shutdown().await;
}

#[tokio::test]
async fn an_expired_session_is_renewed_on_demand() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = serve(first.path(), 0).await;
    let address = server.client_address();
    let zk = client(&address.to_string(), "").await;
    let (mut events, session) = (zk.subscribe(), zk.session_id());
    server.shutdown().await;
    assert_eq!(event(&mut events).await, ZkEvent::Disconnected);
    // A server that knows nothing of the session.
    let server = serve(second.path(), address.port()).await;
    assert_eq!(event(&mut events).await, ZkEvent::Expired { session });
    assert!(matches!(zk.exists("/", Watch::No).await, Err(ZkClientError::SessionExpired)));
    zk.new_session().await.unwrap();
    assert_ne!(zk.session_id(), session);
    assert!(zk.exists("/", Watch::No).await.unwrap().is_some());
    server.shutdown().await;
}

#[tokio::test]
async fn the_last_handle_closes_the_session() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(dir.path(), 0).await;
    let address = server.client_address().to_string();
    let other = client(&address, "").await;
    let mut events = other.subscribe();
    let zk = client(&address, "").await;
    zk.create("/e", None, CreateMode::Ephemeral).await.unwrap();
    other.exists("/e", Watch::Yes).await.unwrap();
    drop(zk);
    assert_eq!(event(&mut events).await, watched(EventType::NodeDeleted, "/e"));
    server.shutdown().await;
}

#[tokio::test]
async fn what_is_not_zookeeper_is_named() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    // Something that hangs up on every connection.
    let hanging_up = tokio::spawn(async move { while listener.accept().await.is_ok() {} });
    let mut options = ZkOptions::new(format!("{address}/x").parse().unwrap(), Duration::from_secs(6));
    options.connect_timeout = Duration::from_millis(300);
    let error = ZkClient::open(options).await.err().unwrap().to_string();
    assert!(error.contains(&address.to_string()) && error.contains("clientPort"), "{error}");
    hanging_up.abort();
}

#[tokio::test]
async fn a_server_that_is_silent_at_first_is_asked_again() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(dir.path(), 0).await;
    let behind = server.client_address();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    // As a server does that still starts: the first connection is taken and forgotten.
    let starting = tokio::spawn(async move {
        let _forgotten = listener.accept().await.unwrap();
        let (mut near, _) = listener.accept().await.unwrap();
        let mut far = tokio::net::TcpStream::connect(behind).await.unwrap();
        let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
    });
    let began = tokio::time::Instant::now();
    let zk = ZkClient::connect(&address.to_string().parse().unwrap(), Duration::from_secs(30)).await.unwrap();
    assert!(zk.exists("/", Watch::No).await.unwrap().is_some());
    assert!(began.elapsed() < Duration::from_secs(20), "long before the session timeout");
    starting.abort();
    server.shutdown().await;
}

#[tokio::test]
async fn watches_that_stay_and_operations_about_the_session() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(dir.path(), 0).await;
    let zk = client(&server.client_address().to_string(), "/chroot").await;
    let mut events = zk.subscribe();
    zk.add_watch("/w", AddWatchMode::PersistentRecursive).await.unwrap();
    for path in ["/w", "/w/a"] {
        zk.create(path, None, CreateMode::Container).await.unwrap();
        assert_eq!(event(&mut events).await, watched(EventType::NodeCreated, path));
    }
    zk.get_children("/w", Watch::Yes).await.unwrap();
    zk.remove_watches("/w", WatcherType::Any, false).await.unwrap();
    assert_eq!(event(&mut events).await, watched(EventType::ChildWatchRemoved, "/w"));
    assert_eq!(event(&mut events).await, watched(EventType::PersistentWatchRemoved, "/w"));
    let again = zk.remove_watches("/w", WatcherType::Any, false).await.unwrap_err();
    assert_eq!(again.to_string(), "KeeperErrorCode = No such watcher for /w");
    zk.create("/w/e", None, CreateMode::Ephemeral).await.unwrap();
    assert_eq!(zk.get_ephemerals("/").await.unwrap(), ["/chroot/w/e"]);
    assert_eq!(zk.get_all_children_number("/").await.unwrap(), 3);
    assert!(zk.who_am_i().await.unwrap().iter().any(|info| info.auth_scheme == "ip"));
    assert!(zk.delete("/", ANY_VERSION).await.is_err());
    assert_eq!(zk.state(), ZkState::Connected);
    zk.close().await.unwrap();
    server.shutdown().await;
}

#[tokio::test]
async fn operations_fail_with_their_server_if_they_are_not_to_be_repeated() {
    let connect: ZkConnect = "127.0.0.1:1".parse().unwrap();
    let mut options = ZkOptions::new(connect, Duration::from_secs(6));
    options.repeat = false;
    let (zk, _events) = ZkClient::start(options).unwrap();
    assert_eq!(zk.state(), ZkState::Connecting);
    let error = zk.exists("/", Watch::No).await.unwrap_err();
    assert_eq!(error.to_string(), "KeeperErrorCode = ConnectionLoss for /");
    assert!(zk.last_failure().contains("127.0.0.1:1"));
}

#[tokio::test]
async fn a_request_that_no_server_takes_fails_alone() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(dir.path(), 0).await;
    let zk = client(&server.client_address().to_string(), "").await;
    let mut events = zk.subscribe();
    let session = zk.session_id();
    zk.exists("/w", Watch::Yes).await.unwrap();
    let large = tokio::spawn({
        let zk = zk.clone();
        async move { zk.create("/large", Some(vec![0; 2 << 20]), CreateMode::Persistent).await }
    });
    let others = (0..100).map(|n| {
        let zk = zk.clone();
        tokio::spawn(async move { zk.create(&format!("/n{n}"), None, CreateMode::Persistent).await })
    });
    for other in others.collect::<Vec<_>>() {
        // One attempt each: none is repeated, and so none meets itself.
        other.await.unwrap().unwrap();
    }
    let error = large.await.unwrap().unwrap_err();
    let ZkClientError::RequestTooLarge { path, size, limit: 1_048_575 } = &error else { panic!("{error}") };
    assert!(path == "/large" && *size > 2 << 20 && error.to_string().contains(&size.to_string()), "{error}");
    // The session goes on with its watches, and has lost no more connections than it takes to be sure.
    assert_eq!((zk.session_id(), zk.exists("/large", Watch::No).await.unwrap()), (session, None));
    zk.create("/w", None, CreateMode::Persistent).await.unwrap();
    let mut seen = Vec::new();
    while seen.last() != Some(&watched(EventType::NodeCreated, "/w")) {
        seen.push(event(&mut events).await);
    }
    assert_eq!(seen.iter().filter(|event| **event == ZkEvent::Disconnected).count(), 2, "{seen:?}");
    // What could not be read again is not even sent.
    let error = zk.create("/larger", Some(vec![0; 5 << 20]), CreateMode::Persistent).await.unwrap_err();
    assert!(matches!(error, ZkClientError::RequestTooLarge { .. }), "{error}");
    assert_eq!(events.try_recv().ok(), None);
    server.shutdown().await;
}

#[tokio::test]
async fn a_server_may_take_longer_requests_than_most() {
    let dir = tempfile::tempdir().unwrap();
    let config =
        ZooKeeperConfig { max_frame: 8 << 20, ..ZooKeeperConfig::new(dir.path(), "127.0.0.1:0".parse().unwrap()) };
    let server = ZooKeeperServer::start(config).await.unwrap();
    let zk = client(&server.client_address().to_string(), "").await;
    zk.create("/large", Some(vec![7; 3 << 20]), CreateMode::Persistent).await.unwrap();
    let read = zk.get_data("/large", Watch::No).await.unwrap().0.unwrap();
    assert!(read.len() == 3 << 20 && read.iter().all(|byte| *byte == 7));
    server.shutdown().await;
}

#[tokio::test]
async fn an_answer_that_is_too_long_fails_alone() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(dir.path(), 0).await;
    let zk = client(&server.client_address().to_string(), "").await;
    let mut events = zk.subscribe();
    zk.create("/p", None, CreateMode::Persistent).await.unwrap();
    let name = "n".repeat(2000);
    for group in 0..25 {
        let child = |n| ZkOp::create(format!("/p/{name}{group}-{n}"), None, CreateMode::Persistent);
        zk.multi((0..100).map(child).collect()).await.unwrap();
    }
    let (children, next) = tokio::join!(zk.get_children("/p", Watch::No), zk.exists("/p", Watch::No));
    let error = children.unwrap_err();
    assert!(matches!(&error, ZkClientError::AnswerTooLarge { path, size, .. } if path == "/p" && *size > 5_000_000));
    assert_eq!(next.unwrap().unwrap().num_children, 2500);
    assert_eq!(events.try_recv().ok(), None, "the connection goes on");
    server.shutdown().await;
}
