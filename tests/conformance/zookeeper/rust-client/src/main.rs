//! The crate zookeeper-client as the judge of a server; its own tests want containers. usage: rust-client HOST:PORT

use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use zookeeper_client::*;

static OPEN: &CreateOptions<'static> = &CreateMode::Persistent.with_acls(Acls::anyone_all());
static EPHEMERAL: &CreateOptions<'static> = &CreateMode::Ephemeral.with_acls(Acls::anyone_all());

#[derive(Clone)]
struct Judge {
    server: String,
    zk: Client,
}

impl Judge {
    async fn client(&self) -> Client {
        connect(&self.server, 10_000).await.chroot(self.zk.path().to_owned()).expect("a root")
    }
}

async fn connect(server: &str, timeout_ms: u64) -> Client {
    let connector = Client::connector().with_session_timeout(Duration::from_millis(timeout_ms));
    // 3.8.4's operations: the crate asks what the server knows by its version.
    connector.with_server_version(3, 8, 4).connect(server).await.expect("a session")
}

async fn nodes(j: Judge) {
    let (stat, _) = j.zk.create("/n", b"one", OPEN).await.unwrap();
    assert_eq!(j.zk.get_data("/n").await.unwrap(), (b"one".to_vec(), stat));
    assert_eq!((stat.czxid, stat.version, stat.data_length), (stat.mzxid, 0, 3));
    let set = j.zk.set_data("/n", b"three", Some(0)).await.unwrap();
    assert_eq!((set.version, set.data_length, set.mzxid), (1, 5, stat.mzxid + 1));
    assert_eq!(j.zk.set_data("/n", b"", Some(0)).await.unwrap_err(), Error::BadVersion);
    assert_eq!(j.zk.check_stat("/n").await.unwrap(), Some(set));
    assert_eq!(j.zk.create("/n", b"", OPEN).await.unwrap_err(), Error::NodeExists);
    assert_eq!(j.zk.create("/no/where", b"", OPEN).await.unwrap_err(), Error::NoNode);
    j.zk.create("/n/c", b"", OPEN).await.unwrap();
    assert_eq!(j.zk.delete("/n", None).await.unwrap_err(), Error::NotEmpty);
    j.zk.delete("/n/c", None).await.unwrap();
    j.zk.delete("/n", Some(1)).await.unwrap();
    assert_eq!(j.zk.check_stat("/n").await.unwrap(), None);
    assert_eq!(j.zk.get_data("/n").await.unwrap_err(), Error::NoNode);
    assert_eq!(j.zk.get_children("/n").await.unwrap_err(), Error::NoNode);
}

async fn kinds(j: Judge) {
    j.zk.create("/k", b"", OPEN).await.unwrap();
    for i in 0..3 {
        let mode = CreateMode::PersistentSequential.with_acls(Acls::anyone_all());
        assert_eq!(j.zk.create("/k/s-", b"", &mode).await.unwrap().1.into_i64(), i);
    }
    let (stat, sequence) =
        j.zk.create("/k/e-", b"", &CreateMode::EphemeralSequential.with_acls(Acls::anyone_all())).await.unwrap();
    assert_eq!((stat.ephemeral_owner, sequence.into_i64()), (j.zk.session_id().0, 3));
    j.zk.create("/k/c", b"", &CreateMode::Container.with_acls(Acls::anyone_all())).await.unwrap();
    let ttl = CreateMode::Persistent.with_acls(Acls::anyone_all()).with_ttl(Duration::from_millis(500));
    j.zk.create("/k/t", b"", &ttl).await.unwrap();
    assert_eq!(j.zk.create("/k/e-0000000003/x", b"", OPEN).await.unwrap_err(), Error::NoChildrenForEphemerals);
    let mut children = j.zk.list_children("/k").await.unwrap();
    children.sort();
    assert_eq!(children, ["c", "e-0000000003", "s-0000000000", "s-0000000001", "s-0000000002", "t"]);
    assert_eq!(j.zk.count_descendants_number("/k").await.unwrap(), 6);
    assert_eq!(j.zk.list_ephemerals("/k").await.unwrap(), ["/k/e-0000000003"]);
    let (_, watcher) = j.zk.check_and_watch_stat("/k/t").await.unwrap();
    assert_eq!(watcher.changed().await.event_type, EventType::NodeDeleted, "the time to live is over");
    j.zk.mkdir("/k/a/b/c", OPEN).await.unwrap();
    assert!(j.zk.check_stat("/k/a/b/c").await.unwrap().is_some());
}

async fn watches(j: Judge) {
    let (_, created) = j.zk.check_and_watch_stat("/w").await.unwrap();
    j.zk.create("/w", b"", OPEN).await.unwrap();
    let event = created.changed().await;
    assert_eq!((event.event_type, event.path.as_str()), (EventType::NodeCreated, "/w"));
    let (_, _, data) = j.zk.get_and_watch_data("/w").await.unwrap();
    let (_, _, children) = j.zk.get_and_watch_children("/w").await.unwrap();
    j.zk.create("/w/c", b"", OPEN).await.unwrap();
    j.zk.set_data("/w", b"x", None).await.unwrap();
    assert_eq!(children.changed().await.event_type, EventType::NodeChildrenChanged);
    assert_eq!(data.changed().await.event_type, EventType::NodeDataChanged);
    let (_, _, data) = j.zk.get_and_watch_data("/w").await.unwrap();
    drop(data);
    let (_, gone) = j.zk.check_and_watch_stat("/w/c").await.unwrap();
    j.zk.delete("/w/c", None).await.unwrap();
    assert_eq!(gone.changed().await.event_type, EventType::NodeDeleted);
}

async fn persistent_watches(j: Judge) {
    j.zk.create("/p", b"", OPEN).await.unwrap();
    let mut here = j.zk.watch("/p", AddWatchMode::Persistent).await.unwrap();
    j.zk.create("/r", b"", OPEN).await.unwrap();
    let mut below = j.zk.watch("/r", AddWatchMode::PersistentRecursive).await.unwrap();
    for i in 0..3 {
        j.zk.create(&format!("/p/{i}"), b"", OPEN).await.unwrap();
        j.zk.set_data("/p", b"x", None).await.unwrap();
        let path = format!("/r/{i}");
        j.zk.create(&path, b"", OPEN).await.unwrap();
        j.zk.set_data(&path, b"x", None).await.unwrap();
        j.zk.set_data("/r", b"x", None).await.unwrap();
        assert_eq!(here.changed().await.event_type, EventType::NodeChildrenChanged);
        assert_eq!(here.changed().await.event_type, EventType::NodeDataChanged);
        for (kind, at) in
            [(EventType::NodeCreated, &*path), (EventType::NodeDataChanged, &path), (EventType::NodeDataChanged, "/r")]
        {
            let event = below.changed().await;
            assert_eq!((event.event_type, &*event.path), (kind, at));
        }
    }
    drop(here);
    drop(below);
}

async fn transactions(j: Judge) {
    let mut writer = j.zk.new_multi_writer();
    writer.add_create("/m", b"1", OPEN).unwrap();
    writer.add_set_data("/m", b"22", Some(0)).unwrap();
    writer.add_check_version("/m", 1).unwrap();
    writer.add_create("/m/c", b"", OPEN).unwrap();
    writer.add_delete("/m/c", None).unwrap();
    let results = writer.commit().await.unwrap();
    assert_eq!(results.len(), 5);
    assert!(matches!(&results[0], MultiWriteResult::Create { path, .. } if path == "/m"));
    assert!(matches!(&results[1], MultiWriteResult::SetData { stat } if stat.version == 1 && stat.czxid == stat.mzxid));
    writer.add_create("/m/d", b"", OPEN).unwrap();
    writer.add_check_version("/m", 7).unwrap();
    let failed = writer.commit().await.unwrap_err();
    assert_eq!(failed, MultiWriteError::OperationFailed { index: 1, source: Error::BadVersion });
    assert_eq!(j.zk.check_stat("/m/d").await.unwrap(), None);
    let mut reader = j.zk.new_multi_reader();
    reader.add_get_data("/m").unwrap();
    reader.add_get_children("/m").unwrap();
    reader.add_get_data("/none").unwrap();
    let results = reader.commit().await.unwrap();
    assert!(matches!(&results[0], MultiReadResult::Data { data, .. } if data == b"22"));
    assert!(matches!(&results[1], MultiReadResult::Children { children } if children.is_empty()));
    assert!(matches!(&results[2], MultiReadResult::Error { err: Error::NoNode }));
    let mut guarded = j.zk.new_check_writer("/m", Some(1)).unwrap();
    guarded.add_set_data("/m", b"3", None).unwrap();
    guarded.commit().await.unwrap();
}

async fn acls(j: Judge) {
    let mine = j.client().await;
    mine.auth("digest", b"me:secret").await.unwrap();
    mine.create("/acl", b"x", &CreateMode::Persistent.with_acls(Acls::creator_all())).await.unwrap();
    assert_eq!(j.zk.get_data("/acl").await.unwrap_err(), Error::NoAuth);
    assert_eq!(j.zk.delete("/acl", None).await, Ok(()), "the parent's acl counts");
    mine.create("/acl", b"x", &CreateMode::Persistent.with_acls(Acls::creator_all())).await.unwrap();
    let (acls, stat) = mine.get_acl("/acl").await.unwrap();
    assert_eq!((acls.len(), acls[0].scheme(), stat.aversion), (1, "digest", 0));
    assert_eq!(mine.set_acl("/acl", &Acls::anyone_read(), Some(0)).await.unwrap().aversion, 1);
    j.zk.get_data("/acl").await.unwrap();
    assert_eq!(j.zk.set_data("/acl", b"", None).await.unwrap_err(), Error::NoAuth);
    let users = mine.list_auth_users().await.unwrap();
    assert!(users.contains(&AuthUser::new("digest", "me")), "{users:?}");
    assert_eq!(j.client().await.auth("nonsense", b"x").await.unwrap_err(), Error::AuthFailed);
    assert_eq!(
        j.zk.create("/bad", b"", &CreateMode::Persistent.with_acls(Acls::creator_all())).await.unwrap_err(),
        Error::InvalidAcl
    );
}

async fn pipeline(j: Judge) {
    j.zk.create("/many", b"0", OPEN).await.unwrap();
    let mut running = Vec::new();
    // A call sends its request at once; its future is the answer.
    for i in 0..1000 {
        running.push(j.zk.set_data("/many", b"x", Some(i)));
    }
    for (i, answer) in running.into_iter().enumerate() {
        assert_eq!(answer.await.unwrap().version, i as i32 + 1);
    }
    let other = j.client().await;
    other.sync("/many").await.unwrap();
    assert_eq!(other.get_data("/many").await.unwrap().1.version, 1000);
}

async fn locks(j: Judge) {
    j.zk.create("/locks", b"", OPEN).await.unwrap();
    let inside = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let mut running = Vec::new();
    for _ in 0..4 {
        let (client, inside) = (j.client().await, inside.clone());
        running.push(tokio::spawn(async move {
            for _ in 0..10 {
                let prefix = LockPrefix::new_curator("/locks", "lock-").unwrap();
                let lock = client.lock(prefix, b"", Acls::anyone_all()).await.unwrap();
                assert_eq!(inside.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
                tokio::task::yield_now().await;
                inside.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                drop(lock);
            }
        }));
    }
    for r in running {
        r.await.unwrap();
    }
}

async fn chroot(j: Judge) {
    j.zk.create("/root", b"", OPEN).await.unwrap();
    let inside = j.zk.clone().chroot(format!("{}/root", j.zk.path())).unwrap();
    let (_, watcher) = inside.check_and_watch_stat("/in").await.unwrap();
    inside.create("/in", b"x", OPEN).await.unwrap();
    assert_eq!(watcher.changed().await.path, "/in");
    assert_eq!(j.zk.get_data("/root/in").await.unwrap().0, b"x");
    let (config, stat) = connect(&j.server, 10_000).await.get_config().await.unwrap();
    assert_eq!((config.len(), stat.mzxid), (0, 0));
}

async fn closing(j: Judge) {
    let other = j.client().await;
    other.create("/closing", b"", EPHEMERAL).await.unwrap();
    let (_, watcher) = j.zk.check_and_watch_stat("/closing").await.unwrap();
    drop(other);
    assert_eq!(watcher.changed().await.event_type, EventType::NodeDeleted);
}

/// A proxy; while the sender says false, connections are cut.
async fn link(server: String) -> (String, watch::Sender<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (open, is_open) = watch::channel(true);
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let (mut is_open, server) = (is_open.clone(), server.clone());
            tokio::spawn(async move {
                let Ok(mut far) = TcpStream::connect(&server).await else { return };
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                    _ = is_open.wait_for(|open| !open) => {}
                }
                let _ = near.shutdown().await;
            });
        }
    });
    (address, open)
}

async fn reconnect(j: Judge) {
    let (address, open) = link(j.server.clone()).await;
    let far = connect(&address, 10_000).await.chroot(j.zk.path().to_owned()).unwrap();
    let session = far.session_id();
    far.create("/far", b"", EPHEMERAL).await.unwrap();
    let (_, missed) = far.check_and_watch_stat("/far-missed").await.unwrap();
    let (_, _, data) = far.get_and_watch_data("/far").await.unwrap();
    let mut below = far.watch("/far", AddWatchMode::PersistentRecursive).await.unwrap();
    let mut states = far.state_watcher();
    open.send(false).unwrap();
    assert_eq!(states.changed().await, SessionState::Disconnected);
    j.zk.create("/far-missed", b"", OPEN).await.unwrap();
    open.send(true).unwrap();
    assert_eq!(states.changed().await, SessionState::SyncConnected);
    assert_eq!(missed.changed().await.event_type, EventType::NodeCreated);
    j.zk.set_data("/far", b"x", None).await.unwrap();
    assert_eq!(data.changed().await.event_type, EventType::NodeDataChanged);
    loop {
        let event = below.changed().await;
        if event.event_type != EventType::Session {
            assert_eq!((event.event_type, &*event.path), (EventType::NodeDataChanged, "/far"));
            break;
        }
    }
    assert_eq!(far.session_id(), session);
    assert_eq!(far.check_stat("/far").await.unwrap().unwrap().ephemeral_owner, session.0);
}

async fn expiry(j: Judge) {
    let (address, open) = link(j.server.clone()).await;
    let far = connect(&address, 4_000).await.chroot(j.zk.path().to_owned()).unwrap();
    far.create("/expired", b"", EPHEMERAL).await.unwrap();
    let (_, watcher) = j.zk.check_and_watch_stat("/expired").await.unwrap();
    let start = Instant::now();
    open.send(false).unwrap();
    assert_eq!(watcher.changed().await.event_type, EventType::NodeDeleted);
    let seconds = start.elapsed().as_secs_f64();
    assert!((2.0..12.0).contains(&seconds), "{seconds} s");
    open.send(true).unwrap();
    let session = j.client().await;
    let ended = session.session().clone();
    let mut states = session.state_watcher();
    drop(session);
    while states.changed().await != SessionState::Closed {}
    let again = Client::connector().with_server_version(3, 8, 4).with_session(ended).connect(&j.server).await;
    assert_eq!(again.err(), Some(Error::SessionExpired));
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let server = std::env::args().nth(1).expect("usage: rust-client HOST:PORT");
    let zk = connect(&server, 20_000).await;
    let root = format!("/rust-{}", std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos());
    zk.create(&root, b"", OPEN).await.unwrap();
    let judge = Judge { zk: zk.chroot(root.clone()).unwrap(), server };
    let (mut passed, mut failed) = (0, 0);
    macro_rules! run {
        ($($check:ident: $what:literal),* $(,)?) => {$(
            let running = tokio::spawn(tokio::time::timeout(Duration::from_secs(60), $check(judge.clone())));
            match running.await {
                Ok(Ok(())) => { passed += 1; println!("ok   {}", $what); }
                Ok(Err(_)) => { failed += 1; println!("FAIL {}: not finished after 60 s", $what); }
                Err(error) => { failed += 1; println!("FAIL {}: {error}", $what); }
            }
        )*};
    }
    run! {
        nodes: "nodes are made, read, changed and removed",
        kinds: "every kind of node",
        watches: "watches of each kind, once",
        persistent_watches: "persistent watches stay",
        transactions: "transactions, whole or not at all; many reads",
        acls: "acls with a digest, and an unknown scheme",
        pipeline: "a thousand in flight, each seeing those before",
        locks: "the crate's lock: one at a time",
        chroot: "a chroot, and the configuration",
        closing: "a closed session takes its ephemerals",
        reconnect: "a cut connection: the session and its watches come back, and tell what happened",
        expiry: "a session that was away too long, or has ended",
    }
    println!("{passed} passed, {failed} failed");
    std::process::exit((failed > 0 || passed == 0) as i32);
}
