//! What a registry answers when it does not do what was asked.

use reqwest::StatusCode;
use serde_json::Value;
use std::error::Error;

/// Why a registry was of no help.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RegistryError {
    #[error("the schema registry at {address} cannot be asked: {reason}")]
    Unreachable { address: String, reason: String },
    #[error("{address} does not answer as a schema registry: {what}")]
    NotARegistry { address: String, what: String },
    /// An error of its own. `code` is its `error_code`, such as 40401.
    #[error("{message} (the schema registry's error {code}){}", hint(.code))]
    Answered { code: i64, message: String },
    #[error("the schema registry's answer cannot be read: {0}")]
    Unreadable(String),
    #[error("a schema refers to more than {0} others")]
    TooMany(usize),
}

impl RegistryError {
    /// What a status other than success means.
    pub(super) fn answered(address: String, status: StatusCode, answer: Option<&Value>) -> RegistryError {
        let of = |name: &str| answer.and_then(|answer| answer.get(name));
        let (code, message) = (of("error_code").and_then(Value::as_i64), of("message").and_then(Value::as_str));
        match (code, message) {
            (Some(code), Some(message)) => RegistryError::Answered { code, message: message.to_owned() },
            _ if status == StatusCode::UNAUTHORIZED || status == StatusCode::FORBIDDEN => {
                let message = format!("{address} refuses who asks");
                RegistryError::Answered { code: status.as_u16().into(), message }
            }
            _ if is_passing(status.as_u16()) => {
                RegistryError::Unreachable { address, reason: format!("it answers {status}") }
            }
            _ => RegistryError::NotARegistry { address, what: format!("it answers {status}") },
        }
    }

    /// Whether the same question may be answered the next time.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            RegistryError::Unreachable { .. } => true,
            RegistryError::Answered { code, .. } => is_passing(u16::try_from(code / 100).unwrap_or(0)) || *code == 429,
            _ => false,
        }
    }

    /// Whether it knows no such schema, subject or version.
    pub fn is_not_found(&self) -> bool {
        matches!(self, RegistryError::Answered { code: 404 | 40400..=40499, .. })
    }
}

fn is_passing(status: u16) -> bool {
    matches!(status, 429 | 500..=504)
}

/// What to do about an error, by its code, if that is known.
fn hint(code: &i64) -> &'static str {
    match code {
        401 | 40101 => ". Say who asks with --schema-registry-user USER:PASSWORD",
        403 | 40301 => ". Who asks may not do this",
        409 => ". 'rkafka schema check' tells what is incompatible with what",
        40401 => ". 'rkafka schema list' shows the subjects",
        40402 => ". 'rkafka schema list SUBJECT' shows the versions",
        42203 => ". Levels are NONE, BACKWARD, FORWARD, FULL and each of the last three with _TRANSITIVE",
        _ => "",
    }
}

/// The id in an answer.
pub(super) fn id(answer: &Value) -> Result<u32, RegistryError> {
    let id = answer.get("id").and_then(Value::as_u64).and_then(|id| u32::try_from(id).ok());
    id.ok_or_else(|| RegistryError::Unreadable("there is no id in it".into()))
}

/// What went wrong, without the address, which may hold a password.
pub(super) fn without_address(error: reqwest::Error, otherwise: &str) -> anyhow::Error {
    let error = error.without_url();
    let innermost = std::iter::successors(error.source(), |inner| (*inner).source()).last();
    anyhow::anyhow!(match innermost {
        _ if error.is_timeout() => "it takes too long".to_owned(),
        Some(cause) => cause.to_string(),
        None if error.to_string().is_empty() => otherwise.to_owned(),
        None => error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answered(status: u16, answer: Value) -> RegistryError {
        RegistryError::answered("http://h".into(), StatusCode::from_u16(status).unwrap(), Some(&answer))
    }

    #[test]
    fn errors_by_their_codes() {
        let unknown = answered(404, json!({"error_code": 40401, "message": "Subject 'x' not found."}));
        assert_eq!(
            unknown.to_string(),
            "Subject 'x' not found. (the schema registry's error 40401). 'rkafka schema list' shows the subjects"
        );
        assert!(unknown.is_not_found() && !unknown.may_pass());
        assert!(answered(500, json!({"error_code": 50001, "message": "store"})).may_pass());
        assert!(answered(503, json!(null)).may_pass());
        assert_eq!(
            answered(404, json!(null)).to_string(),
            "http://h does not answer as a schema registry: it answers 404 Not Found"
        );
        let refused = answered(401, json!("x")).to_string();
        assert!(
            refused.starts_with("http://h refuses who asks") && refused.contains("--schema-registry-user"),
            "{refused}"
        );
    }
}
