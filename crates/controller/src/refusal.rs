//! Pure: why the controller refuses what it is asked for, partition by partition (`ApiError`).

use rkafka_base::TopicPartition;
use rkafka_protocol::{ErrorCode, text};

/// The longest message, in bytes: some repeat what the request says, and a string of a response is no longer than
/// 32,767 bytes.
const MAX_MESSAGE: usize = 4 << 10;

/// Why the controller does not do what it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub code: ErrorCode,
    /// `None`: the code says it all.
    pub message: Option<String>,
}

impl Refusal {
    /// Cuts the message to [`MAX_MESSAGE`].
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Refusal {
        let mut message: String = message.into();
        message.truncate(text::cut(&message, MAX_MESSAGE).len());
        Refusal { code, message: Some(message) }
    }

    /// The sentence for people.
    pub fn text(self) -> String {
        self.message.unwrap_or_else(|| self.code.message().to_owned())
    }

    /// ZooKeeper does not keep so much: `size` bytes where it takes `limit`.
    pub fn too_large(size: usize, limit: usize) -> Refusal {
        let text = format!(
            "This is more than ZooKeeper keeps: it would take {size} bytes, and its limit is {limit} (jute.maxbuffer). \
             Change fewer partitions at a time."
        );
        Refusal::new(ErrorCode::POLICY_VIOLATION, text)
    }

    /// The partition is not known.
    pub(crate) fn unknown_partition() -> Refusal {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_fits_into_an_answer() {
        let text = Refusal::new(ErrorCode::INVALID_REPLICA_ASSIGNMENT, "\u{20ac}".repeat(40_000)).text();
        assert_eq!(text, "\u{20ac}".repeat(1_365));
    }
}
