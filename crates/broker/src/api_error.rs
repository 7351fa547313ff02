//! Pure: an error code with the sentence that goes with it (`ApiError`).

use rkafka_protocol::{ErrorCode, text};

/// The longest message, in bytes: some repeat what the request says, and a string of a response is no longer than
/// 32,767 bytes.
pub const MAX_MESSAGE: usize = 4 << 10;

/// What a response tells of one item that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .message.as_deref().unwrap_or_else(|| .code.message()))]
pub struct ApiError {
    pub code: ErrorCode,
    /// `None`: the code says it all.
    pub message: Option<String>,
}

impl ApiError {
    /// Cuts the message to [`MAX_MESSAGE`].
    pub fn new(code: ErrorCode, message: impl Into<String>) -> ApiError {
        let mut message: String = message.into();
        message.truncate(text::cut(&message, MAX_MESSAGE).len());
        ApiError { code, message: Some(message).filter(|message| message != code.message()) }
    }
}

impl From<ErrorCode> for ApiError {
    fn from(code: ErrorCode) -> ApiError {
        ApiError { code, message: None }
    }
}

impl From<rkafka_registry::RegistryError> for ApiError {
    /// The client learns no more than that it is not its own fault; the log has the cause. But if it wants more than
    /// ZooKeeper keeps it must ask for less: Kafka with KRaft says so by the same code.
    fn from(error: rkafka_registry::RegistryError) -> ApiError {
        if error.is_too_large() {
            log::warn!(target: "kafka.server.ZkAdminManager", "A change is refused: {error}");
            return ApiError::new(ErrorCode::POLICY_VIOLATION, format!("This is more than ZooKeeper keeps: {error}."));
        }
        log::error!(target: "kafka.server.ZkAdminManager", "ZooKeeper could not be asked or changed: {error}");
        ErrorCode::UNKNOWN_SERVER_ERROR.into()
    }
}

/// The code and message of an item's result, as responses carry them.
pub fn code_and_message(result: &Result<(), ApiError>) -> (i16, Option<String>) {
    match result {
        Ok(()) => (ErrorCode::NONE.0, None),
        Err(error) => (error.code.0, error.message.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_fits_into_an_answer() {
        let error = ApiError::new(ErrorCode::INVALID_REQUEST, "\u{20ac}".repeat(40_000));
        assert_eq!(error.to_string(), "\u{20ac}".repeat(1_365));
    }
}
