//! Pure: `/cluster/id` and `/feature`.

use super::json::{Object, PayloadError, encode};
use rkafka_base::Uuid;
use serde_json::json;

/// Writes `/cluster/id`; its version is a string.
pub fn encode_cluster_id(id: Uuid) -> Vec<u8> {
    encode(&json!({"version": "1", "id": id.to_string()}))
}

/// Reads `/cluster/id`. The id is kept as text: clusters exist whose id is not a UUID.
pub fn decode_cluster_id(bytes: &[u8]) -> Result<String, PayloadError> {
    Ok(Object::parse(bytes)?.string("id")?.to_owned())
}

/// The payload of `/feature` without finalized features, as brokers from IBP 3.3 on write it.
pub fn encode_no_features() -> Vec<u8> {
    encode(&json!({"version": 2, "status": 1, "features": {}}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cluster_id() {
        let id = Uuid::parse("p6cQR7fBTa2JT_WD2eumFA").unwrap();
        assert_eq!(decode_cluster_id(&encode_cluster_id(id)).unwrap(), "p6cQR7fBTa2JT_WD2eumFA");
        assert_eq!(decode_cluster_id(br#"{"version":"1","id":"my-cluster"}"#).unwrap(), "my-cluster");
        assert!(decode_cluster_id(b"{}").is_err());
    }
}
