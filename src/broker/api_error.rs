//! Pure: an error code with the sentence that goes with it (`ApiError`).

use crate::protocol::ErrorCode;

/// What a response tells of one item that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .message.as_deref().unwrap_or_else(|| .code.message()))]
pub struct ApiError {
    pub code: ErrorCode,
    /// `None`: the code says it all.
    pub message: Option<String>,
}

impl ApiError {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> ApiError {
        ApiError { code, message: Some(message.into()).filter(|message| message != code.message()) }
    }
}

impl From<ErrorCode> for ApiError {
    fn from(code: ErrorCode) -> ApiError {
        ApiError { code, message: None }
    }
}

impl From<crate::registry::RegistryError> for ApiError {
    /// The client learns no more than that it is not its own fault; the log has the cause. But if it wants more than
    /// ZooKeeper keeps it must ask for less: Kafka with KRaft says so by the same code.
    fn from(error: crate::registry::RegistryError) -> ApiError {
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
