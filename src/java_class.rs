//! Pure: the classes of Java's client for errors, where Kafka's tools print one before a message, or instead of it.

use rkafka_client::ClientError;
use rkafka_protocol::ErrorCode;

/// The class of an error, with its package.
pub fn of(error: &ClientError) -> String {
    const PACKAGE: &str = "org.apache.kafka.common.errors.";
    let simple = match error {
        ClientError::Timeout { .. } => "TimeoutException".to_owned(),
        ClientError::UnsupportedVersion(_) => "UnsupportedVersionException".to_owned(),
        ClientError::Connect { .. } | ClientError::Disconnected { .. } => "NetworkException".to_owned(),
        ClientError::Broker { code, .. } => of_code(*code),
        ClientError::Config(_) => return "org.apache.kafka.common.config.ConfigException".to_owned(),
        ClientError::State(_) => return "java.lang.IllegalStateException".to_owned(),
        _ => return "org.apache.kafka.common.KafkaException".to_owned(),
    };
    format!("{PACKAGE}{simple}")
}

/// An error as Java's `Throwable` shows itself: its class and its message.
pub fn with_message(error: &ClientError) -> String {
    format!("{}: {error}", of(error))
}

/// `NOT_LEADER_OR_FOLLOWER` as `NotLeaderOrFollowerException`, but for those that are called otherwise.
fn of_code(code: ErrorCode) -> String {
    let simple = match code {
        ErrorCode::UNKNOWN_SERVER_ERROR => "UnknownServer",
        ErrorCode::CORRUPT_MESSAGE => "CorruptRecord",
        ErrorCode::MESSAGE_TOO_LARGE => "RecordTooLarge",
        ErrorCode::REQUEST_TIMED_OUT => "Timeout",
        ErrorCode::TOPIC_ALREADY_EXISTS => "TopicExists",
        ErrorCode::NON_EMPTY_GROUP => "GroupNotEmpty",
        _ => {
            let mut name = String::new();
            for word in code.name().split('_') {
                let mut letters = word.chars();
                name.extend(letters.next());
                name.extend(letters.map(|c| c.to_ascii_lowercase()));
            }
            return if name.ends_with("Exception") { name } else { name + "Exception" };
        }
    };
    format!("{simple}Exception")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes() {
        let broker = |code| of(&ClientError::broker(code, None));
        for (code, class) in [
            (ErrorCode::NOT_LEADER_OR_FOLLOWER, "NotLeaderOrFollowerException"),
            (ErrorCode::INVALID_TOPIC_EXCEPTION, "InvalidTopicException"),
            (ErrorCode::NON_EMPTY_GROUP, "GroupNotEmptyException"),
        ] {
            assert_eq!(broker(code), format!("org.apache.kafka.common.errors.{class}"));
        }
        let timeout = ClientError::Timeout { message: "too late".into(), cause: None };
        assert_eq!(with_message(&timeout), "org.apache.kafka.common.errors.TimeoutException: too late");
    }
}
