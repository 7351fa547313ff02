//! Elections against a ZooKeeper server of our own.

use super::controllers::{self, Election};
use super::{nodes, paths};
use rkafka_config::zookeeper::ZooKeeperConfig;
use rkafka_zookeeper_client::{ANY_VERSION, Watch, ZkClient, ZkConnect, ZkOp};
use rkafka_zookeeper_server::ZooKeeperServer;
use std::time::Duration;

async fn client(server: &ZooKeeperServer) -> ZkClient {
    let connect: ZkConnect = server.client_address().to_string().parse().unwrap();
    ZkClient::connect(&connect, Duration::from_secs(6)).await.unwrap()
}

async fn czxid(zk: &ZkClient) -> i64 {
    controllers::incumbent(zk).await.unwrap().unwrap().1
}

#[tokio::test]
async fn one_of_those_who_miss_the_controller_takes_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let server = ZooKeeperServer::start(ZooKeeperConfig::new(dir.path(), ([127, 0, 0, 1], 0).into())).await.unwrap();
    let (dead, second, third) = (client(&server).await, client(&server).await, client(&server).await);
    nodes::create_persistent(&dead).await.unwrap();
    let Election::Won(first) = controllers::stand(&dead, 1, 0).await.unwrap() else { panic!("nobody else stands") };
    assert_eq!(controllers::stand(&second, 2, 0).await.unwrap(), Election::Lost(1));
    let missed = czxid(&second).await;
    let Election::Won(won) = controllers::replace(&second, missed, 2, 0).await.unwrap() else { panic!("not replaced") };
    assert_eq!(won.controller_epoch, first.controller_epoch + 1);
    // Who comes second finds another controller, and leaves it in place.
    assert_eq!(controllers::replace(&third, missed, 3, 0).await.unwrap(), Election::Lost(2));
    assert_eq!(controllers::read(&third, Watch::No).await.unwrap().map(|c| c.broker_id), Some(2));
    // The one that was replaced writes nothing any more, and the end of its session changes nothing.
    let write = |elected: controllers::Elected| {
        vec![
            ZkOp::check(paths::CONTROLLER_EPOCH, elected.epoch_zk_version),
            ZkOp::set_data(paths::BROKER_TOPICS, None, ANY_VERSION),
        ]
    };
    assert!(dead.multi(write(first)).await.unwrap_err().is_bad_version());
    second.multi(write(won)).await.unwrap();
    controllers::abdicate(&dead, first).await.unwrap();
    dead.close().await.unwrap();
    assert_eq!(controllers::read(&third, Watch::No).await.unwrap().map(|c| c.broker_id), Some(2));
    // The new one can give the office up.
    controllers::abdicate(&second, won).await.unwrap();
    assert!(matches!(controllers::replace(&third, missed, 3, 0).await.unwrap(), Election::Won(_)));
    server.shutdown().await;
}
