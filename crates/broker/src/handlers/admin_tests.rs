//! The administrative APIs over a socket: every version of each against a broker and a ZooKeeper server of our own.

use super::HANDLERS;
use crate::Broker;
use rkafka_base::Uuid;
use rkafka_config::{BrokerConfig, properties::Properties, zookeeper::ZooKeeperConfig};
use rkafka_protocol::messages::{
    alter_configs_request as alter,
    create_partitions_request::CreatePartitionsTopic,
    create_topics_request::{CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig},
    delete_topics_request::DeleteTopicState,
    describe_configs_request::DescribeConfigsResource,
    incremental_alter_configs_request as incremental,
    metadata_request::MetadataRequestTopic,
    offset_fetch_request::{OffsetFetchRequestGroup, OffsetFetchRequestTopics},
    *,
};
use rkafka_protocol::{
    ApiKey, ErrorCode, Message, Reader, Request, Writer, request_header_version, response_header_version,
};
use rkafka_zookeeper_client::{Watch, ZkClient};
use rkafka_zookeeper_server::ZooKeeperServer;
use std::{ops::RangeInclusive, time::Duration};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

struct World {
    _dir: tempfile::TempDir,
    zookeeper: ZooKeeperServer,
    broker: Broker,
    client: TcpStream,
}

impl World {
    async fn start(extra: &str) -> World {
        let dir = tempfile::tempdir().unwrap();
        let config = ZooKeeperConfig::new(dir.path().join("zk"), "127.0.0.1:0".parse().unwrap());
        let zookeeper = ZooKeeperServer::start(config).await.unwrap();
        let text = format!(
            "broker.id=0\nlisteners=PLAINTEXT://127.0.0.1:0\nlog.dirs={}\nzookeeper.connect={}/kafka\n{extra}",
            dir.path().join("logs").display(),
            zookeeper.client_address()
        );
        let properties = Properties::parse(text.as_bytes()).unwrap();
        let broker = Broker::start(BrokerConfig::from_properties("test", &properties).unwrap()).await.unwrap();
        let client = TcpStream::connect(broker.listeners()[0].1).await.unwrap();
        World { _dir: dir, zookeeper, broker, client }
    }

    async fn ask<Q: Request>(&mut self, version: i16, request: &Q) -> Q::Response {
        let header = RequestHeader {
            request_api_key: Q::KEY as i16,
            request_api_version: version,
            correlation_id: 7,
            client_id: Some("test".into()),
            ..Default::default()
        };
        let mut writer = Writer::framed();
        header.encode(&mut writer, request_header_version(Q::KEY, version)).unwrap();
        request.encode(&mut writer, version).unwrap();
        for segment in writer.finish().unwrap() {
            let rkafka_protocol::Segment::Bytes(bytes) = segment else { panic!("a request holds no file") };
            self.client.write_all(&bytes).await.unwrap();
        }
        let length = self.client.read_i32().await.unwrap_or_else(|e| panic!("{} {version}: {e}", Q::NAME));
        let mut frame = vec![0; usize::try_from(length).unwrap()];
        self.client.read_exact(&mut frame).await.unwrap();
        let mut reader = Reader::new(frame.into());
        let header = ResponseHeader::decode(&mut reader, response_header_version(Q::KEY, version)).unwrap();
        assert_eq!(header.correlation_id, 7);
        Q::Response::decode(&mut reader, version).unwrap()
    }

    async fn stop(self) {
        self.broker.shutdown().await;
        self.zookeeper.shutdown().await;
    }

    async fn create(&mut self, topic: CreatableTopic) -> create_topics_response::CreatableTopicResult {
        let request = CreateTopicsRequest { topics: vec![topic], timeout_ms: 10_000, ..Default::default() };
        self.ask(7, &request).await.topics.remove(0)
    }
}

fn versions(api: ApiKey) -> RangeInclusive<i16> {
    let row = HANDLERS.iter().find(|row| row.key == api).unwrap();
    row.min..=row.max
}

fn topic(name: &str, partitions: i32) -> CreatableTopic {
    CreatableTopic { name: name.into(), num_partitions: partitions, replication_factor: 1, ..Default::default() }
}

fn setting(name: &str, value: &str) -> CreatableTopicConfig {
    CreatableTopicConfig { name: name.into(), value: Some(value.into()), ..Default::default() }
}

fn described(kind: i8, name: &str) -> DescribeConfigsResource {
    DescribeConfigsResource {
        resource_type: kind,
        resource_name: name.into(),
        configuration_keys: None,
        ..Default::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn topics_in_every_version() {
    let mut world = World::start("").await;
    for version in versions(ApiKey::CreateTopics) {
        let name = format!("v{version}");
        let topics = vec![CreatableTopic { configs: vec![setting("retention.ms", "5")], ..topic(&name, 2) }];
        let request = CreateTopicsRequest { topics, timeout_ms: 10_000, ..Default::default() };
        let result = world.ask(version, &request).await.topics.remove(0);
        assert_eq!((result.error_code, &*result.name), (0, &*name), "{result:?}");
        if version >= 5 {
            let own: Vec<_> = result.configs.unwrap().into_iter().filter(|config| config.config_source == 1).collect();
            assert_eq!((own.len(), own[0].name.as_str(), own[0].value.as_deref()), (1, "retention.ms", Some("5")));
            assert_eq!((result.num_partitions, result.replication_factor), (2, 1));
        }
        assert_eq!(result.topic_id.is_zero(), version < 7);
        let again = world.ask(version, &request).await.topics.remove(0);
        assert_eq!(again.error_code, ErrorCode::TOPIC_ALREADY_EXISTS.0);
    }
    for version in versions(ApiKey::CreatePartitions) {
        let wanted = CreatePartitionsTopic {
            name: "v0".into(),
            count: 3 + i32::from(version),
            assignments: None,
            ..Default::default()
        };
        let request = CreatePartitionsRequest { topics: vec![wanted], timeout_ms: 10_000, ..Default::default() };
        assert_eq!(world.ask(version, &request).await.results[0].error_code, 0);
        assert_eq!(world.ask(version, &request).await.results[0].error_code, ErrorCode::INVALID_PARTITIONS.0);
    }
    for version in versions(ApiKey::DeleteTopics) {
        let name = format!("v{version}");
        let one = DeleteTopicState { name: Some(name.clone()), ..Default::default() };
        let (topics, topic_names) = if version >= 6 { (vec![one], vec![]) } else { (vec![], vec![name]) };
        let request = DeleteTopicsRequest { topics, topic_names, timeout_ms: 10_000, ..Default::default() };
        assert_eq!(world.ask(version, &request).await.responses[0].error_code, 0);
        let again = world.ask(version, &request).await.responses[0].error_code;
        assert_eq!(again, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.0);
    }
    // By id, and again under the same name.
    for _ in 0..3 {
        let id = world.create(topic("again", 1)).await.topic_id;
        let one = DeleteTopicState { name: None, topic_id: id, ..Default::default() };
        let request = DeleteTopicsRequest { topics: vec![one], timeout_ms: 10_000, ..Default::default() };
        let response = world.ask(6, &request).await.responses.remove(0);
        assert_eq!((response.error_code, response.name.as_deref()), (0, Some("again")));
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_have_kafkas_codes_and_sentences() {
    let mut world = World::start("").await;
    assert_eq!(world.create(topic("a.b", 1)).await.error_code, 0);
    let assigned = |ids: Vec<i32>| CreatableTopic {
        num_partitions: -1,
        replication_factor: -1,
        assignments: vec![CreatableReplicaAssignment { partition_index: 0, broker_ids: ids, ..Default::default() }],
        ..topic("t", 1)
    };
    for (wanted, code, message) in [
        (topic("a.b", 1), ErrorCode::TOPIC_ALREADY_EXISTS, "Topic 'a.b' already exists."),
        (topic("a_b", 1), ErrorCode::INVALID_TOPIC_EXCEPTION, "Topic 'a_b' collides with existing topics: a.b"),
        (topic("..", 1), ErrorCode::INVALID_TOPIC_EXCEPTION, "Topic name is invalid: '..' is not allowed"),
        (topic("t", 0), ErrorCode::INVALID_PARTITIONS, "Number of partitions must be larger than 0."),
        (
            CreatableTopic { replication_factor: 4, ..topic("t", 1) },
            ErrorCode::INVALID_REPLICATION_FACTOR,
            "Replication factor: 4 larger than available brokers: 1.",
        ),
        (
            CreatableTopic { configs: vec![setting("no.such", "1")], ..topic("t", 1) },
            ErrorCode::INVALID_CONFIG,
            "Unknown topic config name: no.such",
        ),
        (
            CreatableTopic { configs: vec![setting("retention.ms", "abc")], ..topic("t", 1) },
            ErrorCode::INVALID_CONFIG,
            "Invalid value abc for configuration retention.ms: Not a number of type LONG",
        ),
        (
            assigned(vec![0, 0]),
            ErrorCode::INVALID_REPLICA_ASSIGNMENT,
            "Duplicate replica assignment found: HashMap(0 -> ArrayBuffer(0, 0))",
        ),
    ] {
        let result = world.create(wanted).await;
        assert_eq!((ErrorCode(result.error_code), result.error_message.as_deref()), (code, Some(message)));
    }
    let only_checked = CreateTopicsRequest { topics: vec![topic("t", 3)], validate_only: true, ..Default::default() };
    let result = world.ask(7, &only_checked).await.topics.remove(0);
    assert_eq!((result.error_code, result.num_partitions, result.topic_id), (0, 3, Uuid::ZERO));
    let twice = CreateTopicsRequest { topics: vec![topic("t", 1), topic("t", 1)], ..Default::default() };
    let results = world.ask(7, &twice).await.topics;
    assert_eq!((results.len(), results[0].error_code), (1, ErrorCode::INVALID_REQUEST.0));
    // Without patience Kafka says that the time is up, and makes the topic all the same.
    let hasty = CreateTopicsRequest { topics: vec![topic("t", 1)], timeout_ms: 0, ..Default::default() };
    assert_eq!(world.ask(7, &hasty).await.topics[0].error_code, ErrorCode::REQUEST_TIMED_OUT.0);
    world.stop().await;
}

/// 2³¹ − 1 partitions fit into 48 bytes of request.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_request_creates_no_more_than_it_may() {
    let mut world = World::start("").await;
    assert_eq!(world.create(topic("t", 1)).await.error_code, 0);
    for validate_only in [true, false] {
        let request = CreateTopicsRequest {
            topics: vec![topic("huge", i32::MAX), topic("small", 2)],
            timeout_ms: 10_000,
            validate_only,
            ..Default::default()
        };
        let results = world.ask(7, &request).await.topics;
        let codes: Vec<_> = results.iter().map(|r| (&*r.name, ErrorCode(r.error_code))).collect();
        assert_eq!(codes, [("huge", ErrorCode::POLICY_VIOLATION), ("small", ErrorCode::NONE)]);
        assert!(results[0].error_message.as_deref().unwrap().contains("200000"), "{results:?}");
        let wanted = |name: &str| CreatePartitionsTopic {
            name: name.into(),
            count: i32::MAX,
            assignments: None,
            ..Default::default()
        };
        let request = CreatePartitionsRequest {
            topics: vec![wanted("t")],
            timeout_ms: 10_000,
            validate_only,
            ..Default::default()
        };
        let result = world.ask(3, &request).await.results.remove(0);
        assert_eq!(ErrorCode(result.error_code), ErrorCode::POLICY_VIOLATION, "{result:?}");
    }
    // All topics of a request together.
    let topics = ["a", "b", "c"].map(|name| topic(name, 90_000)).to_vec();
    let request = CreateTopicsRequest { topics, validate_only: true, ..Default::default() };
    let codes: Vec<_> = world.ask(7, &request).await.topics.iter().map(|r| ErrorCode(r.error_code)).collect();
    assert_eq!(codes, [ErrorCode::NONE, ErrorCode::NONE, ErrorCode::POLICY_VIOLATION]);
    world.stop().await;
}

/// `KafkaApis.handleTopicMetadataRequest`: as soon as one topic is named by id, ids alone count.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metadata_by_topic_id() {
    let mut world = World::start("").await;
    let id = world.create(topic("a", 2)).await.topic_id;
    world.create(topic("b", 1)).await;
    let one = |name: Option<&str>, topic_id: Uuid| MetadataRequestTopic {
        name: name.map(str::to_owned),
        topic_id,
        ..Default::default()
    };
    let ask = |topics: Vec<MetadataRequestTopic>| MetadataRequest { topics: Some(topics), ..Default::default() };
    let unknown = Uuid([9; 16]);
    // The Java client puts an empty name beside an id.
    let mixed = ask(vec![one(Some(""), id), one(Some("b"), Uuid::ZERO), one(None, unknown), one(None, id)]);
    let topics = world.ask(12, &mixed).await.topics;
    let seen: Vec<_> =
        topics.iter().map(|t| (t.error_code, t.name.as_deref(), t.topic_id, t.partitions.len())).collect();
    assert_eq!(seen, [(0, Some("a"), id, 2), (ErrorCode::UNKNOWN_TOPIC_ID.0, None, unknown, 0)]);
    // Before version 12 an id, and a name that is null, are refused with the whole request.
    for version in [10, 11] {
        for foreign in [one(Some("a"), id), one(None, Uuid::ZERO)] {
            let response = world.ask(version, &ask(vec![foreign.clone(), one(Some("b"), Uuid::ZERO)])).await;
            let seen: Vec<_> = response.topics.iter().map(|t| (t.error_code, t.name.as_deref(), t.topic_id)).collect();
            let code = ErrorCode::INVALID_REQUEST.0;
            let name = foreign.name.as_deref().or(Some(""));
            assert_eq!(seen, [(code, name, foreign.topic_id), (code, Some("b"), Uuid::ZERO)]);
            assert!(response.brokers.is_empty());
        }
    }
    world.stop().await;
}

/// Where the answer to a few bytes is long, asking a thousand times for the same must not make it a thousand times as long.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_asked_for_twice_is_answered_once() {
    let mut world = World::start("offsets.topic.num.partitions=1\noffsets.topic.replication.factor=1\n").await;
    let id = world.create(topic("t", 3)).await.topic_id;
    let named = MetadataRequestTopic { name: Some("t".into()), ..Default::default() };
    for version in versions(ApiKey::Metadata) {
        let request = MetadataRequest { topics: Some(vec![named.clone(); 1_000]), ..Default::default() };
        assert_eq!(world.ask(version, &request).await.topics.len(), 1, "{version}");
    }
    let by_id = MetadataRequestTopic { name: None, topic_id: id, ..Default::default() };
    let request = MetadataRequest { topics: Some(vec![by_id; 1_000]), ..Default::default() };
    assert_eq!(world.ask(12, &request).await.topics.len(), 1);
    let resources = vec![described(4, "0"); 1_000];
    let request = DescribeConfigsRequest { resources, ..Default::default() };
    assert_eq!(world.ask(4, &request).await.results.len(), 1);
    let coordinator_keys = vec!["g".to_owned(); 1_000];
    let request = FindCoordinatorRequest { coordinator_keys, ..Default::default() };
    assert_eq!(world.ask(4, &request).await.coordinators[0].error_code, 0);
    let request = DescribeGroupsRequest { groups: vec!["g".to_owned(); 1_000], ..Default::default() };
    assert_eq!(world.ask(5, &request).await.groups.len(), 1);
    let asked = OffsetFetchRequestTopics { name: "t".into(), partition_indexes: vec![0; 1_000], ..Default::default() };
    let group = OffsetFetchRequestGroup { group_id: "g".into(), topics: Some(vec![asked; 10]), ..Default::default() };
    let request = OffsetFetchRequest { groups: vec![group], ..Default::default() };
    let topics = world.ask(9, &request).await.groups.remove(0).topics;
    assert_eq!((topics.len(), topics[0].partitions.len()), (1, 1));
    let one = DeleteTopicState { name: Some("t".into()), ..Default::default() };
    let request = DeleteTopicsRequest { topics: vec![one; 1_000], timeout_ms: 10_000, ..Default::default() };
    let responses = world.ask(6, &request).await.responses;
    assert_eq!((responses.len(), responses[0].error_code), (1, 0));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_in_every_version() {
    let mut world = World::start("log.segment.bytes=2000000\n").await;
    world.create(topic("t", 1)).await;
    for version in versions(ApiKey::AlterConfigs) {
        let config = alter::AlterableConfig {
            name: "retention.ms".into(),
            value: Some(format!("{}", 100 + version)),
            ..Default::default()
        };
        let resource = alter::AlterConfigsResource {
            resource_type: 2,
            resource_name: "t".into(),
            configs: vec![config],
            ..Default::default()
        };
        let request = AlterConfigsRequest { resources: vec![resource], ..Default::default() };
        assert_eq!(world.ask(version, &request).await.responses[0].error_code, 0);
    }
    for version in versions(ApiKey::IncrementalAlterConfigs) {
        let config = incremental::AlterableConfig {
            name: "cleanup.policy".into(),
            config_operation: 2,
            value: Some("compact".into()),
            ..Default::default()
        };
        let dynamic = incremental::AlterableConfig {
            name: "log.retention.ms".into(),
            config_operation: 0,
            value: Some("77".into()),
            ..Default::default()
        };
        let of = |kind, name: &str, config| incremental::AlterConfigsResource {
            resource_type: kind,
            resource_name: name.into(),
            configs: vec![config],
            ..Default::default()
        };
        let resources = vec![of(2, "t", config), of(4, "0", dynamic)];
        let request = IncrementalAlterConfigsRequest { resources, ..Default::default() };
        let responses = world.ask(version, &request).await.responses;
        assert!(responses.iter().all(|response| response.error_code == 0), "{responses:?}");
    }
    for version in versions(ApiKey::DescribeConfigs) {
        let resources = vec![described(2, "t"), described(4, "0"), described(4, ""), described(8, "0")];
        let request = DescribeConfigsRequest {
            resources,
            include_synonyms: version >= 1,
            include_documentation: version >= 3,
            ..Default::default()
        };
        let results = world.ask(version, &request).await.results;
        assert!(results.iter().all(|result| result.error_code == 0), "{results:?}");
        let value = |name: &str| {
            let config = results[0].configs.iter().find(|config| config.name == name).unwrap();
            (config.value.clone().unwrap(), config.is_default, config.config_source, config.synonyms.len())
        };
        assert_eq!(value("retention.ms").0, "102");
        assert_eq!(value("cleanup.policy").0, "delete,compact");
        let size = value("segment.bytes");
        assert_eq!(size.0, "2000000");
        assert_eq!((size.2, size.3), if version == 0 { (-1, 0) } else { (4, 2) });
        assert_eq!(value("flush.ms").1, version == 0);
    }
    // The broker follows its own notification.
    let shown = async |world: &mut World| {
        let request = DescribeConfigsRequest { resources: vec![described(4, "0")], ..Default::default() };
        let configs = world.ask(4, &request).await.results.remove(0).configs;
        configs.into_iter().find(|config| config.name == "log.retention.ms").unwrap()
    };
    for attempt in 0.. {
        let retention = shown(&mut world).await;
        if (retention.value.as_deref(), retention.config_source) == (Some("77"), 2) {
            break;
        }
        assert!(attempt < 500, "{retention:?}");
        tokio::task::yield_now().await;
    }
    world.stop().await;
}

/// How many frames the ZooKeeper server has been sent, once nobody sends any more.
async fn packets(zookeeper: &ZooKeeperServer) -> usize {
    let mut before = 0;
    loop {
        let mut stream = TcpStream::connect(zookeeper.client_address()).await.unwrap();
        stream.write_all(b"srvr").await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        let count = text.lines().find_map(|line| line.strip_prefix("Received: ")).unwrap().parse().unwrap();
        // The word itself counts, too.
        if count == before + 1 {
            return count;
        }
        before = count;
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_of_many_topics_take_a_few_round_trips_each() {
    const TOPICS: usize = 200;
    let mut world = World::start("").await;
    let topics: Vec<CreatableTopic> = (0..TOPICS).map(|n| topic(&format!("many{n}"), 1)).collect();
    let request = CreateTopicsRequest { topics, timeout_ms: 20_000, ..Default::default() };
    assert!(world.ask(7, &request).await.topics.iter().all(|topic| topic.error_code == 0));
    let before = packets(&world.zookeeper).await;
    let config = |value: &str| incremental::AlterableConfig {
        name: "retention.ms".into(),
        value: Some(value.into()),
        ..Default::default()
    };
    let resource = |n: usize| incremental::AlterConfigsResource {
        resource_type: 2,
        resource_name: format!("many{n}"),
        configs: vec![config("77")],
        ..Default::default()
    };
    let request =
        IncrementalAlterConfigsRequest { resources: (0..TOPICS).map(resource).collect(), ..Default::default() };
    let responses = world.ask(1, &request).await.responses;
    let names: Vec<String> = responses.iter().map(|response| response.resource_name.clone()).collect();
    assert_eq!(names, (0..TOPICS).map(|n| format!("many{n}")).collect::<Vec<_>>(), "in the request's order");
    assert!(responses.iter().all(|response| response.error_code == 0), "{responses:?}");
    // What is kept is not looked at again with each further change.
    let spent = packets(&world.zookeeper).await - before;
    assert!(spent < 5 * TOPICS, "{spent} frames for {TOPICS} topics");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn coordinators_producers_and_the_cluster_in_every_version() {
    let mut world = World::start("offsets.topic.num.partitions=5\noffsets.topic.replication.factor=1\n").await;
    let address = world.broker.listeners()[0].1;
    for version in versions(ApiKey::FindCoordinator) {
        let coordinator_keys = if version >= 4 { vec!["g".to_owned()] } else { vec![] };
        let key = if version < 4 { "g".to_owned() } else { String::new() };
        let request = FindCoordinatorRequest { key, coordinator_keys, ..Default::default() };
        let response = world.ask(version, &request).await;
        let found = match response.coordinators.first() {
            Some(one) => (one.error_code, one.node_id, one.host.clone(), one.port),
            None => (response.error_code, response.node_id, response.host.clone(), response.port),
        };
        assert_eq!(found, (0, 0, address.ip().to_string(), i32::from(address.port())), "{version}");
    }
    for version in versions(ApiKey::InitProducerId) {
        let request =
            InitProducerIdRequest { transactional_id: None, producer_id: -1, producer_epoch: -1, ..Default::default() };
        let response = world.ask(version, &request).await;
        let wanted = (0, i64::from(version), 0);
        assert_eq!((response.error_code, response.producer_id, response.producer_epoch), wanted);
        let transactional = InitProducerIdRequest { transactional_id: Some("x".into()), ..request };
        assert_ne!(world.ask(version, &transactional).await.error_code, 0);
    }
    for version in versions(ApiKey::DescribeCluster) {
        let request = DescribeClusterRequest { include_cluster_authorized_operations: true, ..Default::default() };
        let response = world.ask(version, &request).await;
        assert_eq!((response.error_code, response.controller_id, response.brokers.len()), (0, 0, 1));
        assert_eq!(response.cluster_id.len(), 22);
    }
    let controllers = DescribeClusterRequest { endpoint_type: 2, ..Default::default() };
    let code = world.ask(1, &controllers).await.error_code;
    assert_eq!(code, ErrorCode::MISMATCHED_ENDPOINT_TYPE.0);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_that_zookeeper_has_no_room_for() {
    let mut world = World::start("").await;
    let result = world.create(topic("big", 100_000)).await;
    let message = result.error_message.unwrap_or_default();
    assert_eq!(result.error_code, ErrorCode::POLICY_VIOLATION.0, "{message}");
    assert!(message.contains("/brokers/topics/big") && message.contains("1048575 (jute.maxbuffer)"), "{message}");
    let connect = format!("{}/kafka", world.zookeeper.client_address()).parse().unwrap();
    let zk = ZkClient::connect(&connect, Duration::from_secs(6)).await.unwrap();
    for path in ["/brokers/topics/big", "/config/topics/big"] {
        assert_eq!(zk.exists(path, Watch::No).await.unwrap(), None, "{path} stays");
    }
    assert_eq!(world.create(topic("small", 1)).await.error_code, 0);
    world.stop().await;
}
