//! Pure: `/brokers/ids/N`, where a live broker says how it is reached.

use super::json::{Object, PayloadError, encode};
use rkafka_config::broker::SecurityProtocol;
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
