//! Pure: why the controller refuses what it is asked for, partition by partition (`ApiError`).

use crate::base::TopicPartition;
use crate::protocol::ErrorCode;

/// Why the controller does not do what it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub code: ErrorCode,
    /// `None`: the code says it all.
    pub message: Option<String>,
}

impl Refusal {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Refusal {
        Refusal { code, message: Some(message.into()) }
    }

    /// The sentence for people.
    pub fn text(self) -> String {
        self.message.unwrap_or_else(|| self.code.message().to_owned())
    }

    /// The partition is not known.
    pub fn unknown_partition() -> Refusal {
        Refusal::new(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, "The partition does not exist.")
    }
}

impl From<ErrorCode> for Refusal {
    fn from(code: ErrorCode) -> Refusal {
        Refusal { code, message: None }
    }
}

/// What became of each partition; `T` says more of a success.
pub type PartitionResults<T> = Vec<(TopicPartition, Result<T, Refusal>)>;
