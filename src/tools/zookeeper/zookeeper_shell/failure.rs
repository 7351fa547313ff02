//! Pure: why a command failed, in the words of ZooKeeper's shell, and the exit code that follows (`CliException`).

use rkafka_zookeeper_client::{ZkClientError, ZkError};

/// The exit code of an unknown command.
const NOT_FOUND: u8 = 127;
const FAILED: u8 = 1;

/// What is printed to stderr, and how a shell that ends now exits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub message: String,
    pub exit: u8,
    /// The server's code, if it was the server that refused.
    pub code: Option<ZkError>,
}

impl Failure {
    pub fn new(message: impl Into<String>) -> Failure {
        Failure { message: message.into(), exit: FAILED, code: None }
    }

    pub fn not_found(command: &str) -> Failure {
        Failure { exit: NOT_FOUND, ..Failure::new(format!("Command not found: Command not found {command}")) }
    }

    /// A refusal about `path`; empty if the operation has none.
    pub fn refused(code: ZkError, path: &str) -> Failure {
        let message = match code {
            ZkError::NO_NODE => format!("Node does not exist: {path}"),
            ZkError::NO_CHILDREN_FOR_EPHEMERALS => format!("Ephemerals cannot have children: {path}"),
            ZkError::NODE_EXISTS => format!("Node already exists: {path}"),
            ZkError::NOT_EMPTY => format!("Node not empty: {path}"),
            ZkError::NOT_READ_ONLY => format!("Not a read-only call: {path}"),
            ZkError::INVALID_ACL => format!("Acl is not valid : {path}"),
            ZkError::NO_AUTH => format!("Insufficient permission : {path}"),
            ZkError::BAD_ARGUMENTS => format!("Arguments are not valid : {path}"),
            ZkError::BAD_VERSION => format!("version No is not valid : {path}"),
            ZkError::RECONFIG_IN_PROGRESS => {
                "Another reconfiguration is in progress -- concurrent reconfigs not supported (yet)".to_owned()
            }
            ZkError::NEW_CONFIG_NO_QUORUM => "No quorum of new config is connected and up-to-date with the leader of \
                                              last commmitted config - try invoking reconfiguration after new servers \
                                              are connected and synced"
                .to_owned(),
            ZkError::QUOTA_EXCEEDED => format!("Quota has exceeded : {path}"),
            _ => code_message(code, path),
        };
        Failure { code: Some(code), ..Failure::new(message) }
    }

    /// What went wrong with an operation on `path`.
    pub fn of(error: &ZkClientError, path: &str) -> Failure {
        match error {
            // A multi names the part that was refused.
            ZkClientError::Refused { code, path: refused } if !refused.is_empty() => Failure::refused(*code, refused),
            ZkClientError::RequestTooLarge { .. } | ZkClientError::AnswerTooLarge { .. } => {
                Failure { code: Some(error.code()), ..Failure::new(error.to_string()) }
            }
            _ => Failure::refused(error.code(), path),
        }
    }
}

/// `KeeperErrorCode = NoNode for /a`.
pub fn code_message(code: ZkError, path: &str) -> String {
    if path.is_empty() { code.to_string() } else { format!("{code} for {path}") }
}

/// For `map_err`: [`Failure::of`] an operation on `path`.
pub fn at(path: &str) -> impl Fn(ZkClientError) -> Failure {
    move |error| Failure::of(&error, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_exit_codes() {
        assert_eq!(Failure::not_found("x").message, "Command not found: Command not found x");
        assert_eq!(Failure::not_found("x").exit, 127);
        for (code, message) in [
            (ZkError::NO_NODE, "Node does not exist: /a"),
            (ZkError::NO_WATCHER, "KeeperErrorCode = No such watcher for /a"),
        ] {
            let failure = Failure::refused(code, "/a");
            assert_eq!((failure.message.as_str(), failure.exit), (message, 1));
        }
        assert_eq!(Failure::refused(ZkError::RECONFIG_DISABLED, "").message, "KeeperErrorCode = Reconfig is disabled");
        assert_eq!(Failure::of(&ZkClientError::Closed, "/").message, "KeeperErrorCode = ConnectionLoss for /");
    }
}
