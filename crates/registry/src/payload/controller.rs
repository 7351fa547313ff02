//! Pure: `/controller` and `/controller_epoch`, who controls the cluster and how often that has changed.

use super::json::{Object, PayloadError, encode};
use serde_json::json;

/// The payload of `/controller`, version 2; version 1 lacks the KRaft epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ControllerRegistration {
    pub broker_id: i32,
    /// When the controller was elected, milliseconds since 1970.
    pub timestamp_ms: i64,
    /// Above 0 when a KRaft quorum controls the cluster (migration); brokers must then keep their hands off.
    pub kraft_controller_epoch: i32,
}

impl ControllerRegistration {
    pub fn encode(&self) -> Vec<u8> {
        encode(&json!({
            "version": 2,
            "brokerid": self.broker_id,
            "timestamp": self.timestamp_ms.to_string(),
            "kraftControllerEpoch": self.kraft_controller_epoch,
        }))
    }

    pub fn decode(bytes: &[u8]) -> Result<ControllerRegistration, PayloadError> {
        let object = Object::parse(bytes)?;
        Ok(ControllerRegistration {
            broker_id: object.i32("brokerid")?,
            timestamp_ms: if object.get("timestamp").is_some() { object.i64_text("timestamp")? } else { -1 },
            kraft_controller_epoch: object.i32_or("kraftControllerEpoch", -1)?,
        })
    }
}

/// Reads `/controller_epoch`: the epoch as decimal text.
pub fn decode_controller_epoch(bytes: &[u8]) -> Result<i32, PayloadError> {
    let text = String::from_utf8_lossy(bytes);
    let expected = "a controller epoch";
    text.trim().parse().map_err(|_| PayloadError::BadText { text: text.into_owned(), expected })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn reads_and_writes() {
        let bytes = br#"{"version":2,"brokerid":2,"timestamp":"1795373996567","kraftControllerEpoch":-1}"#;
        let controller = ControllerRegistration::decode(bytes).unwrap();
        let ours: Value = serde_json::from_slice(&controller.encode()).unwrap();
        assert_eq!(ours, serde_json::from_slice::<Value>(bytes).unwrap());
        let old = ControllerRegistration::decode(br#"{"version":1,"brokerid":0,"timestamp":"1"}"#).unwrap();
        assert_eq!(old.kraft_controller_epoch, -1);
        assert_eq!(decode_controller_epoch(b"17"), Ok(17));
        assert!(decode_controller_epoch(b"x").is_err());
    }
}
