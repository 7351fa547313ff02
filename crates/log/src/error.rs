//! What can go wrong with a log, and the protocol's code for each case.

use rkafka_base::{Offset, TopicPartition, Uuid};
use rkafka_protocol::ErrorCode;
use rkafka_runtime::descriptors;
use std::{
    io,
    path::{Path, PathBuf},
};

/// Why an operation on a log failed. A failed operation leaves the log as it was before.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The disk or the file system refused, and the broker takes the log dir offline; or there were no file descriptors
    /// left ([`LogError::is_exhaustion`]), of which the disk knows nothing.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried, as a verb: "write to", "open".
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    /// A file holds something that nobody can have written on purpose.
    #[error("{}: {reason}", path.display())]
    CorruptFile { path: PathBuf, reason: String },
    /// The offset is not between the log start offset and the log end offset.
    #[error("{partition}: offset {offset} is not between {start} and {end}")]
    OffsetOutOfRange { partition: TopicPartition, offset: Offset, start: Offset, end: Offset },
    /// A record batch that was to be appended is malformed.
    #[error("{partition}: {reason}")]
    CorruptBatch { partition: TopicPartition, reason: String },
    /// The batches of one append do not fit into one segment.
    #[error("{partition}: {size} bytes of records are more than the segment size of {limit} bytes")]
    BatchesTooLarge { partition: TopicPartition, size: u64, limit: u32 },
    /// A batch of an idempotent producer does not follow the last one.
    #[error("{0}")]
    OutOfOrderSequence(String),
    /// A producer with the same id and a higher epoch has written.
    #[error("{0}")]
    InvalidProducerEpoch(String),
    /// A write outside a transaction while one is open.
    #[error("{0}")]
    InvalidTxnState(String),
    /// A transaction marker of a coordinator that has been replaced.
    #[error("{0}")]
    CoordinatorFenced(String),
    /// Records from the leader do not start where the follower's log ends.
    #[error("{partition}: records from the leader start at offset {first}, but the log ends at {end}")]
    UnexpectedOffset { partition: TopicPartition, first: Offset, end: Offset },
    /// The directory belongs to another incarnation of the topic.
    #[error("{partition}: the log on disk has topic id {on_disk}, the controller says {given}")]
    InconsistentTopicId { partition: TopicPartition, on_disk: Uuid, given: Uuid },
    /// The log was closed or deleted, or a write that could not be undone has left it unusable.
    #[error("{partition}: the log is {state}")]
    Unusable { partition: TopicPartition, state: &'static str },
    /// A read that met one truncation after the other, or one that waits for its disk.
    #[error("{partition}: the log is being cut")]
    BeingCut { partition: TopicPartition },
    /// The log dirs as a whole cannot be used: locked, of another broker, of another cluster.
    #[error("{0}")]
    LogDirs(String),
}

impl LogError {
    /// Wraps an I/O error with what was tried on which file; for `map_err`.
    pub(crate) fn io(action: &'static str, path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> LogError {
        move |source| LogError::Io { action, path: path.as_ref().to_path_buf(), source }
    }

    pub(crate) fn corrupt(path: impl AsRef<Path>, reason: impl Into<String>) -> LogError {
        LogError::CorruptFile { path: path.as_ref().to_path_buf(), reason: reason.into() }
    }

    /// Whether the disk is to blame, so that the log dir should go offline.
    pub fn is_storage(&self) -> bool {
        matches!(self, LogError::Io { .. } | LogError::CorruptFile { .. }) && !self.is_exhaustion()
    }

    /// Whether there were no file descriptors left. It passes, and the same may succeed a moment later.
    pub fn is_exhaustion(&self) -> bool {
        matches!(self, LogError::Io { source, .. } if descriptors::is_exhausted(source))
    }

    /// The code that a response carries.
    pub fn code(&self) -> ErrorCode {
        match self {
            // Clients ask again, and a controller does not think that a log dir has failed.
            _ if self.is_exhaustion() => ErrorCode::NOT_LEADER_OR_FOLLOWER,
            // Leaders' logs are not cut: this replica does not lead, or not any more.
            LogError::BeingCut { .. } => ErrorCode::NOT_LEADER_OR_FOLLOWER,
            LogError::Io { .. } | LogError::CorruptFile { .. } | LogError::Unusable { .. } | LogError::LogDirs(_) => {
                ErrorCode::KAFKA_STORAGE_ERROR
            }
            LogError::OffsetOutOfRange { .. } => ErrorCode::OFFSET_OUT_OF_RANGE,
            LogError::CorruptBatch { .. } => ErrorCode::CORRUPT_MESSAGE,
            LogError::BatchesTooLarge { .. } => ErrorCode::RECORD_LIST_TOO_LARGE,
            LogError::OutOfOrderSequence(_) => ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER,
            LogError::InvalidProducerEpoch(_) => ErrorCode::INVALID_PRODUCER_EPOCH,
            LogError::InvalidTxnState(_) => ErrorCode::INVALID_TXN_STATE,
            LogError::CoordinatorFenced(_) => ErrorCode::TRANSACTION_COORDINATOR_FENCED,
            LogError::UnexpectedOffset { .. } => ErrorCode::UNKNOWN_SERVER_ERROR,
            LogError::InconsistentTopicId { .. } => ErrorCode::INCONSISTENT_TOPIC_ID,
        }
    }
}

impl From<LogError> for ErrorCode {
    fn from(error: LogError) -> ErrorCode {
        error.code()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::io::Errno;

    #[test]
    fn what_a_disk_is_blamed_for() {
        let error = |errno: Errno| LogError::io("open", "/data/t-0/00000000000000000000.log")(errno.into());
        for errno in [Errno::IO, Errno::NOSPC, Errno::ROFS, Errno::DQUOT, Errno::NOENT, Errno::ACCESS] {
            assert!(error(errno).is_storage() && !error(errno).is_exhaustion(), "{errno}");
            assert_eq!(error(errno).code(), ErrorCode::KAFKA_STORAGE_ERROR);
        }
        for errno in [Errno::MFILE, Errno::NFILE] {
            assert!(!error(errno).is_storage() && error(errno).is_exhaustion(), "{errno}");
            assert_eq!(error(errno).code(), ErrorCode::NOT_LEADER_OR_FOLLOWER);
        }
        assert!(LogError::corrupt("/data", "").is_storage());
    }
}
