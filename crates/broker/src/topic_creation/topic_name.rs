//! Pure: which names a topic may have (`org.apache.kafka.common.internals.Topic`).

use crate::api_error::ApiError;
use rkafka_protocol::ErrorCode;

/// The longest name; a partition's directory adds a number and must fit into 255 bytes.
pub const MAX_LENGTH: usize = 249;

/// The topic that belongs to KRaft and that nobody may create.
pub const CLUSTER_METADATA: &str = "__cluster_metadata";

/// Checks a topic's name.
pub fn validate(name: &str) -> Result<(), ApiError> {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let problem = if name.is_empty() {
        "the empty string is not allowed".to_owned()
    } else if name == "." || name == ".." {
        format!("'{name}' is not allowed")
    } else if name.encode_utf16().count() > MAX_LENGTH {
        format!("the length of '{name}' is longer than the max allowed length {MAX_LENGTH}")
    } else if !name.chars().all(legal) {
        format!("'{name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'")
    } else {
        return Ok(());
    };
    Err(ApiError::new(ErrorCode::INVALID_TOPIC_EXCEPTION, format!("Topic name is invalid: {problem}")))
}

/// Whether the name could become the same as another one in metrics, where `.` and `_` are one.
pub fn may_collide(name: &str) -> bool {
    name.contains(['.', '_'])
}

/// Whether two names are the same in metrics.
pub fn collide(one: &str, other: &str) -> bool {
    one.replace('.', "_") == other.replace('.', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for name in ["a", "A-1_b.c", &"x".repeat(249), "..."] {
            assert_eq!(validate(name), Ok(()));
        }
        for (name, problem) in [
            ("", "the empty string is not allowed"),
            ("..", "'..' is not allowed"),
            ("cli bad", "'cli bad' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"),
            ("ü", "'ü' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"),
        ] {
            assert_eq!(validate(name).unwrap_err().to_string(), format!("Topic name is invalid: {problem}"));
        }
        assert!(validate(&"x".repeat(250)).unwrap_err().to_string().ends_with("max allowed length 249"));
        assert!(collide("a.b", "a_b") && !collide("a.b", "a-b"));
    }
}
