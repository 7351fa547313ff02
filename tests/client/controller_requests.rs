//! What becomes of a controller's request whose connection closes while it is applied.

use crate::cluster::PATIENCE;
use rkafka_base::Uuid;
use rkafka_broker::Broker;
use rkafka_client::{Admin, admin::NewTopic};
use rkafka_config::{broker::BrokerConfig, properties::Properties, zookeeper::ZooKeeperConfig};
use rkafka_protocol::{
    ErrorCode, Message, Reader, Request, Segment, Writer,
    messages::{
        LeaderAndIsrRequest, LeaderAndIsrResponse, RequestHeader, ResponseHeader,
        leader_and_isr_request::{LeaderAndIsrLiveLeader, LeaderAndIsrPartitionState, LeaderAndIsrTopicState},
    },
    request_header_version, response_header_version,
};
use rkafka_registry::{LeaderAndIsr, paths};
use rkafka_zookeeper_client::{ANY_VERSION, ZkClient, ZkConnect};
use rkafka_zookeeper_server::ZooKeeperServer;
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    time::timeout,
};

const VERSION: i16 = 7;

/// A way to a server on which requests that contain a text wait until they are let through.
struct Gate {
    address: SocketAddr,
    open: watch::Sender<bool>,
    reached: watch::Receiver<bool>,
}

impl Gate {
    async fn before(server: SocketAddr, text: &'static str) -> Gate {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (open, opened) = watch::channel(false);
        let (reach, reached) = watch::channel(false);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(server).await.unwrap();
                let (mut from_client, mut to_client) = client.into_split();
                let (mut from_server, mut to_server) = server.into_split();
                let (mut opened, reach) = (opened.clone(), reach.clone());
                tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
                tokio::spawn(async move {
                    let mut bytes = vec![0; 64 << 10];
                    while let Ok(count @ 1..) = from_client.read(&mut bytes).await {
                        if bytes[..count].windows(text.len()).any(|w| w == text.as_bytes()) {
                            reach.send_replace(true);
                            opened.wait_for(|open| *open).await.unwrap();
                        }
                        to_server.write_all(&bytes[..count]).await.unwrap();
                    }
                });
            }
        });
        Gate { address, open, reached }
    }
}

fn encoded(request: &LeaderAndIsrRequest) -> Vec<u8> {
    let key = LeaderAndIsrRequest::KEY;
    let header = RequestHeader {
        request_api_key: key as i16,
        request_api_version: VERSION,
        correlation_id: 7,
        client_id: Some("9".to_owned()),
        ..Default::default()
    };
    let mut writer = Writer::framed();
    header.encode(&mut writer, request_header_version(key, VERSION)).unwrap();
    request.encode(&mut writer, VERSION).unwrap();
    let bytes = |segment| match segment {
        Segment::Bytes(bytes) => bytes.to_vec(),
        _ => panic!("a request holds no file"),
    };
    writer.finish().unwrap().into_iter().flat_map(bytes).collect()
}

async fn answer(connection: &mut TcpStream) -> LeaderAndIsrResponse {
    let length = timeout(PATIENCE, connection.read_i32()).await.unwrap().unwrap();
    let mut frame = vec![0; usize::try_from(length).unwrap()];
    connection.read_exact(&mut frame).await.unwrap();
    let mut reader = Reader::new(frame.into());
    ResponseHeader::decode(&mut reader, response_header_version(LeaderAndIsrRequest::KEY, VERSION)).unwrap();
    LeaderAndIsrResponse::decode(&mut reader, VERSION).unwrap()
}

/// Partition 0 of a topic, led by another broker.
fn led_by(leader: i32, topic: &str, topic_id: Uuid, is_new: bool) -> LeaderAndIsrTopicState {
    let state = LeaderAndIsrPartitionState {
        topic_name: topic.to_owned(),
        controller_epoch: 100,
        leader,
        leader_epoch: 50,
        isr: vec![0, leader],
        partition_epoch: 50,
        replicas: vec![0, leader],
        is_new,
        ..Default::default()
    };
    LeaderAndIsrTopicState {
        topic_name: topic.to_owned(),
        topic_id,
        partition_states: vec![state],
        ..Default::default()
    }
}

async fn leader(id: i32) -> (TcpListener, LeaderAndIsrLiveLeader) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = i32::from(listener.local_addr().unwrap().port());
    let host_name = "127.0.0.1".to_owned();
    (listener, LeaderAndIsrLiveLeader { broker_id: id, host_name, port, ..Default::default() })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_has_begun_is_applied_although_its_connection_closes() {
    let folder = tempfile::TempDir::new().unwrap();
    let zookeeper = ZooKeeperConfig::new(folder.path().join("zookeeper"), "127.0.0.1:0".parse().unwrap());
    let zookeeper = ZooKeeperServer::start(zookeeper).await.unwrap();
    let mut gate = Gate::before(zookeeper.client_address(), "/config/topics/new").await;
    let properties = format!(
        "broker.id=0\nlisteners=PLAINTEXT://127.0.0.1:0\nlog.dirs={}\nzookeeper.connect={}\n\
         controlled.shutdown.enable=false\n",
        folder.path().join("logs").display(),
        gate.address
    );
    let properties = Properties::parse(properties.as_bytes()).unwrap();
    let broker = Broker::start(BrokerConfig::from_properties("test", &properties).unwrap()).await.unwrap();
    let address = broker.listeners()[0].1;
    let admin = Admin::connect(&address.to_string()).await.unwrap();
    let old = NewTopic { name: "old".to_owned(), num_partitions: 1, replication_factor: 1, ..Default::default() };
    let old = admin.create_topics(&[old], false).await.unwrap().remove(0).unwrap();

    // Of "old" everything is known; to open "new" its settings must be read first.
    let ((of_old, seven), (_of_new, eight)) = (leader(7).await, leader(8).await);
    let request = LeaderAndIsrRequest {
        controller_id: 9,
        controller_epoch: 100,
        broker_epoch: -1,
        topic_states: vec![led_by(7, "old", old.topic_id, false), led_by(8, "new", Uuid([5; 16]), true)],
        live_leaders: vec![seven, eight],
        ..Default::default()
    };
    let mut connection = TcpStream::connect(address).await.unwrap();
    connection.write_all(&encoded(&request)).await.unwrap();
    timeout(PATIENCE, gate.reached.wait_for(|reached| *reached)).await.unwrap().unwrap();
    // The broker ends its side when it has noticed.
    connection.shutdown().await.unwrap();
    assert_eq!(timeout(PATIENCE, connection.read(&mut [0; 64])).await.unwrap().unwrap(), 0);

    // A controller that has no answer asks again, in the same epochs. That waits its turn.
    let mut again = TcpStream::connect(address).await.unwrap();
    again.write_all(&encoded(&request)).await.unwrap();
    gate.open.send_replace(true);
    let answer = answer(&mut again).await;
    let codes: Vec<i16> = answer.topics.iter().flat_map(|t| &t.partition_errors).map(|p| p.error_code).collect();
    assert_eq!((answer.error_code, codes), (0, vec![ErrorCode::STALE_CONTROLLER_EPOCH.0; 2]));
    timeout(PATIENCE, of_old.accept()).await.expect("the replica of \"old\" fetches from its leader").unwrap();
    broker.shutdown().await;
    zookeeper.shutdown().await;
}

/// The controller cannot reach the leader, takes it for dead or not, and has another one elected: nobody says so.
#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_was_replaced_without_a_word_notices() {
    let folder = tempfile::TempDir::new().unwrap();
    let zookeeper = ZooKeeperConfig::new(folder.path().join("zookeeper"), "127.0.0.1:0".parse().unwrap());
    let zookeeper = ZooKeeperServer::start(zookeeper).await.unwrap();
    let properties = format!(
        "broker.id=0\nlisteners=PLAINTEXT://127.0.0.1:0\nlog.dirs={}\nzookeeper.connect={}\n\
         controlled.shutdown.enable=false\n",
        folder.path().join("logs").display(),
        zookeeper.client_address()
    );
    let properties = Properties::parse(properties.as_bytes()).unwrap();
    let broker = Broker::start(BrokerConfig::from_properties("test", &properties).unwrap()).await.unwrap();
    let address = broker.listeners()[0].1;
    let admin = Admin::connect(&address.to_string()).await.unwrap();
    let topic = NewTopic { name: "t".to_owned(), num_partitions: 1, replication_factor: 1, ..Default::default() };
    let topic = admin.create_topics(&[topic], false).await.unwrap().remove(0).unwrap();

    // It leads, and broker 7, which is in sync, never fetches.
    let (seventh, seven) = leader(7).await;
    let mut state = led_by(7, "t", topic.topic_id, false);
    for partition in &mut state.partition_states {
        (partition.leader, partition.partition_epoch) = (0, 0);
    }
    let request = LeaderAndIsrRequest {
        controller_id: 9,
        controller_epoch: 100,
        broker_epoch: -1,
        topic_states: vec![state],
        live_leaders: vec![seven],
        ..Default::default()
    };
    let mut connection = TcpStream::connect(address).await.unwrap();
    connection.write_all(&encoded(&request)).await.unwrap();
    assert_eq!(answer(&mut connection).await.topics[0].partition_errors[0].error_code, 0);
    timeout(Duration::from_secs(3), seventh.accept()).await.expect_err("nobody else leads as ZooKeeper knows");

    // Then broker 7 is elected. The old leader becomes its follower within two seconds and a little.
    let connect: ZkConnect = zookeeper.client_address().to_string().parse().unwrap();
    let zk = ZkClient::connect(&connect, PATIENCE).await.unwrap();
    let elected = LeaderAndIsr { leader: 7, leader_epoch: 51, isr: vec![7], controller_epoch: 100, recovering: false };
    zk.set_data(&paths::partition_state("t", 0), Some(elected.encode()), ANY_VERSION).await.unwrap();
    timeout(Duration::from_secs(5), seventh.accept()).await.expect("it fetches from the new leader").unwrap();
    zk.close().await.unwrap();
    broker.shutdown().await;
    zookeeper.shutdown().await;
}
