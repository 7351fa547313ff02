//! `/brokers/ids/N`, where a live broker says how it is reached: registering one, and reading those of others.

use super::json::{Object, PayloadError, encode};
use super::{RegistryError, paths};
use rkafka_config::broker::SecurityProtocol;
use rkafka_zookeeper_client::{ANY_VERSION, CreateMode, Watch, ZkClient, ZkClientError, ZkOp, ZkOpResult};
use serde_json::{Map, Value, json};

/// One advertised listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub listener: String,
    pub host: String,
    pub port: i32,
    pub security_protocol: SecurityProtocol,
}

impl Endpoint {
    /// `LISTENER://host:port`; an IPv6 address stands in brackets.
    fn to_text(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        format!("{}://{host}:{}", self.listener, self.port)
    }

    fn parse(text: &str, protocols: &[(&str, &Value)]) -> Result<Endpoint, PayloadError> {
        let bad = || PayloadError::BadText { text: text.to_owned(), expected: "LISTENER://host:port" };
        let (listener, address) = text.split_once("://").ok_or_else(bad)?;
        let (host, port) = address.rsplit_once(':').ok_or_else(bad)?;
        let protocol = protocols.iter().find(|(name, _)| *name == listener).and_then(|(_, v)| v.as_str());
        Ok(Endpoint {
            listener: listener.to_owned(),
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: port.parse().map_err(|_| bad())?,
            security_protocol: SecurityProtocol::of_name(protocol.unwrap_or(listener)).ok_or_else(bad)?,
        })
    }
}

/// The payload of `/brokers/ids/N`, written as version 5 (IBP 2.7 and later) and read from version 1 on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerRegistration {
    pub endpoints: Vec<Endpoint>,
    pub rack: Option<String>,
    pub jmx_port: i32,
    /// When the broker registered, milliseconds since 1970.
    pub timestamp_ms: i64,
}

impl BrokerRegistration {
    /// `host` and `port` repeat the first PLAINTEXT endpoint, for clients that know nothing of listeners.
    pub fn encode(&self) -> Vec<u8> {
        let plain = self.endpoints.iter().find(|e| e.security_protocol == SecurityProtocol::Plaintext);
        let protocols: Map<String, Value> =
            self.endpoints.iter().map(|e| (e.listener.clone(), Value::from(e.security_protocol.name()))).collect();
        let mut payload = json!({
            "version": 5,
            "features": {},
            "listener_security_protocol_map": protocols,
            "endpoints": self.endpoints.iter().map(Endpoint::to_text).collect::<Vec<_>>(),
            "host": plain.map(|e| e.host.as_str()),
            "port": plain.map_or(-1, |e| e.port),
            "jmx_port": self.jmx_port,
            "timestamp": self.timestamp_ms.to_string(),
        });
        if let Some(rack) = &self.rack {
            payload["rack"] = Value::from(rack.as_str());
        }
        encode(&payload)
    }

    /// Reads versions 1 (host and port only), 2 (endpoints), 3 (rack), 4 (listener names) and 5 (features).
    pub fn decode(bytes: &[u8]) -> Result<BrokerRegistration, PayloadError> {
        let object = Object::parse(bytes)?;
        let endpoints = if object.i32("version")? < 2 {
            vec![Endpoint {
                listener: "PLAINTEXT".to_owned(),
                host: object.string("host")?.to_owned(),
                port: object.i32("port")?,
                security_protocol: SecurityProtocol::Plaintext,
            }]
        } else {
            endpoints(&object)?
        };
        let rack = object.get("rack").and_then(Value::as_str).map(str::to_owned);
        let timestamp_ms = if object.get("timestamp").is_some() { object.i64_text("timestamp")? } else { -1 };
        Ok(BrokerRegistration { endpoints, rack, jmx_port: object.i32_or("jmx_port", -1)?, timestamp_ms })
    }
}

fn endpoints(object: &Object) -> Result<Vec<Endpoint>, PayloadError> {
    let mistyped = PayloadError::Mistyped { key: "endpoints", expected: "a list of strings" };
    let protocols = object.entries("listener_security_protocol_map")?;
    let list = object.get("endpoints").and_then(Value::as_array).ok_or(mistyped.clone())?;
    list.iter().map(|text| Endpoint::parse(text.as_str().ok_or(mistyped.clone())?, &protocols)).collect()
}

/// A broker that is registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveBroker {
    pub id: i32,
    /// The czxid of the broker's node: another one means that the broker was restarted.
    pub epoch: i64,
    pub registration: BrokerRegistration,
}

/// Registers a broker under the client's session and returns its broker epoch. A node that our own earlier session
/// left behind is replaced; one of a foreign session is an error.
pub async fn register(zk: &ZkClient, id: i32, registration: &BrokerRegistration) -> Result<i64, RegistryError> {
    let path = paths::broker_id(id);
    match create_registration(zk, &path, registration).await {
        Ok(epoch) => return Ok(epoch),
        Err(error) if error.is_node_exists() => {}
        Err(error) => return Err(error.into()),
    }
    // A request that was repeated after a lost connection finds its own node.
    match zk.exists(&path, Watch::No).await? {
        Some(stat) if stat.ephemeral_owner == zk.session_id() => Ok(stat.czxid),
        Some(stat) => Err(RegistryError::BrokerIdInUse { id, owner: stat.ephemeral_owner }),
        None => Ok(create_registration(zk, &path, registration).await?),
    }
}

/// The node comes into being by a create and a setData in one transaction, as Kafka does it, so that the answer has
/// the czxid.
async fn create_registration(
    zk: &ZkClient,
    path: &str,
    registration: &BrokerRegistration,
) -> Result<i64, ZkClientError> {
    let ops =
        vec![ZkOp::create(path, None, CreateMode::Ephemeral), ZkOp::set_data(path, Some(registration.encode()), 0)];
    let results = zk.multi(ops).await?;
    let stat = results.iter().find_map(|result| match result {
        ZkOpResult::DataSet(stat) => Some(*stat),
        _ => None,
    });
    Ok(stat.map_or(-1, |stat| stat.czxid))
}

/// Replaces the broker's node if the session that owns it is `previous_session`, one of ours that ended without being
/// closed. Returns whether it did.
pub async fn remove_stale_registration(zk: &ZkClient, id: i32, previous_session: i64) -> Result<bool, RegistryError> {
    let path = paths::broker_id(id);
    match zk.exists(&path, Watch::No).await? {
        Some(stat) if previous_session != 0 && stat.ephemeral_owner == previous_session => {
            match zk.delete(&path, stat.version).await {
                Ok(()) => Ok(true),
                Err(error) if error.is_no_node() => Ok(false),
                Err(error) => Err(error.into()),
            }
        }
        _ => Ok(false),
    }
}

/// The ids of the live brokers, sorted. Nodes whose name is no number are passed over.
pub async fn ids(zk: &ZkClient, watch: Watch) -> Result<Vec<i32>, RegistryError> {
    let (names, _) = zk.get_children(paths::BROKER_IDS, watch).await?;
    let mut ids: Vec<i32> = names.iter().filter_map(|name| name.parse().ok()).collect();
    ids.sort_unstable();
    Ok(ids)
}

/// One broker, or `None` if it is not registered.
pub async fn read(zk: &ZkClient, id: i32) -> Result<Option<LiveBroker>, RegistryError> {
    let path = paths::broker_id(id);
    let Some((data, stat)) = zk.get_data_if_present(&path, Watch::No).await? else { return Ok(None) };
    let registration = BrokerRegistration::decode(&data.unwrap_or_default()).map_err(RegistryError::payload(&path))?;
    Ok(Some(LiveBroker { id, epoch: stat.czxid, registration }))
}

/// All live brokers, sorted by id.
pub async fn read_all(zk: &ZkClient, watch_ids: Watch) -> Result<Vec<LiveBroker>, RegistryError> {
    let mut brokers = Vec::new();
    for id in ids(zk, watch_ids).await? {
        brokers.extend(read(zk, id).await?);
    }
    Ok(brokers)
}

/// A broker id that nobody has had: the count of these calls above `reserved_max` (`broker.id.generation.enable`).
pub async fn generate_id(zk: &ZkClient, reserved_max: i32) -> Result<i32, RegistryError> {
    super::nodes::create_with_parents(zk, paths::BROKER_SEQUENCE, None).await?;
    let stat = zk.set_data(paths::BROKER_SEQUENCE, Some(Vec::new()), ANY_VERSION).await?;
    Ok(stat.version.saturating_add(reserved_max))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_a_3_9_1_broker_wrote() {
        let bytes = br#"{"features":{},"listener_security_protocol_map":{"PLAINTEXT":"PLAINTEXT"},"endpoints":["PLAINTEXT://localhost:29092"],"rack":"r0","jmx_port":-1,"port":29092,"host":"localhost","version":5,"timestamp":"1795373996301"}"#;
        let registration = BrokerRegistration::decode(bytes).unwrap();
        assert_eq!(registration.rack.as_deref(), Some("r0"));
        assert_eq!(registration.timestamp_ms, 1795373996301);
        assert_eq!(registration.endpoints[0].to_text(), "PLAINTEXT://localhost:29092");
        let ours: Value = serde_json::from_slice(&registration.encode()).unwrap();
        assert_eq!(ours, serde_json::from_slice::<Value>(bytes).unwrap());
    }

    #[test]
    fn reads_what_0_8_2_wrote() {
        let bytes = br#"{"jmx_port":-1,"timestamp":"1","host":"h","version":1,"port":9092}"#;
        let registration = BrokerRegistration::decode(bytes).unwrap();
        assert_eq!(registration.endpoints[0].to_text(), "PLAINTEXT://h:9092");
    }

    #[test]
    fn without_a_plaintext_listener_host_is_null() {
        let secure = BrokerRegistration {
            endpoints: vec![Endpoint {
                listener: "CLIENTS".into(),
                host: "::1".into(),
                port: 9093,
                security_protocol: SecurityProtocol::SaslSsl,
            }],
            rack: None,
            jmx_port: -1,
            timestamp_ms: 7,
        };
        let json: Value = serde_json::from_slice(&secure.encode()).unwrap();
        assert_eq!((&json["host"], &json["port"]), (&Value::Null, &Value::from(-1)));
        assert_eq!(json["endpoints"][0], "CLIENTS://[::1]:9093");
        assert!(json.get("rack").is_none());
        assert_eq!(BrokerRegistration::decode(&secure.encode()).unwrap(), secure);
    }

    #[test]
    fn broken_payloads_name_what_is_wrong() {
        for (bytes, message) in [
            (&b"["[..], "not JSON: EOF while parsing a list at line 1 column 1"),
            (b"[]", "a JSON object is expected"),
            (b"{}", "key 'version' is missing"),
            (br#"{"version":"x"}"#, "key 'version' must be a 32-bit integer"),
            (br#"{"version":5,"endpoints":["x"]}"#, "'x' is not LISTENER://host:port"),
        ] {
            assert_eq!(BrokerRegistration::decode(bytes).unwrap_err().to_string(), message);
        }
    }
}
